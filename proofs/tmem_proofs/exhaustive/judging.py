"""One transition, held against the specification: the answer, the callbacks, what is live, and the whole structure.

The specification's step says what every handle holds next, its judge of metadata what callbacks there may be, and the
canonical law what the structure is, number for number. Beside that: nothing is leaked, no lock is held, and the store
passes its own check.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tmem_proofs.exhaustive.calls import Call
from tmem_proofs.exhaustive.forms import Law, Reading, State, branches, indexes_of
from tmem_proofs.exhaustive.making import Made
from tmem_proofs.exhaustive.scope import Scaled
from tmem_proofs.exhaustive.world import POOL, World, page_of

_REFUSALS = {"obj_alloc_failed", "objnode_alloc_failed", "pam_create_failed"}

Counts = tuple[int, int, int]  # objs, objnodes and pampds


@dataclass(frozen=True, slots=True)
class Due:
    """What the specification makes of a call: the state and the pages that are due after it, and what was wrong."""

    state: State
    pages: dict[tuple[int, int], bytes]
    wrong: tuple[str, ...]


class Judge:
    """Judges the transitions from one state, which the canonical law allows."""

    def __init__(self, scaled: Scaled, law: Law, state: State, checked: set[State]) -> None:
        """`law`: the forms that are due; `checked`: states that pass their own check. Judges share both."""
        self._spec = scaled.spec
        self._law = law
        self._state = state
        self._checked = checked
        self._store = self._stored()
        self._live = self._live_before()
        self._due: dict[Any, Due] = {}

    def verdict(self, call: Call, made: Made, world: World) -> tuple[State | None, list[str]]:
        """The state after a call, and what is wrong with it and the answer; None without an answer."""
        if made.answer is None:
            return None, list(made.wrong)
        state, wrong = self._wrong(call, made.answer, world)
        return state, [*made.wrong, *wrong]

    def _wrong(self, call: Call, answer: Any, world: World) -> tuple[State, list[str]]:
        due = self._due_after(call, answer, world)
        reading = world.reading()
        state = world.state(reading)
        wrong = [*due.wrong, *world.outside.trouble, *world.trouble, *_leaks(world, reading), *_strangers(call, world)]
        if state != due.state:
            wrong += differences(state, due.state)
        pages = {(one.oid, one.index): one.page for one in world.outside.pampds.values()}
        if pages != due.pages:
            wrong.append(f"COH-1 or COH-5: found the pages {pages}, expected {due.pages}")
        if world.locks_held():
            wrong.append(f"LCK-2: found {world.locks_held()} locks held after the call, expected none")
        elif wrong or state not in self._checked:
            wrong += _unsound(world)
            if not wrong:
                self._checked.add(state)
        return state, wrong

    def _due_after(self, call: Call, answer: Any, world: World) -> Due:
        """Which of the frees raised is nothing to the specification: each question is asked once."""
        outside = world.outside
        live = len(outside.objs), len(outside.objnodes), len(outside.pampds)
        question = call, answer, tuple(outside.callbacks), bool(outside.raised), live
        due = self._due.get(question)
        if due is None:
            due = self._due[question] = self._judge(*question)
        return due

    def _judge(self, call: Call, answer: Any, callbacks: tuple[str, ...], raised: bool, live: Counts) -> Due:
        spec = self._spec
        refused, failed = not _REFUSALS.isdisjoint(callbacks), "pam_get_data_failed" in callbacks
        environment = spec.calls.Environment(refused, failed, raised)
        taken = spec.store.step(self._store, call.said, answer, environment)
        told = [spec.metadata.Callback(one) for one in callbacks]
        lives = self._live, spec.metadata.Live(*live)
        broken = spec.metadata.judge_metadata(self._store, taken.store, call.said, answer, told, lives)
        pool = taken.store.pools[POOL]
        forms = tuple((oid, self._law.form(indexes)) for oid, indexes in sorted(pool.indexes().items()))
        state = State(self._state.flags, forms, pool.rules.frozen, pool.destroyed)
        return Due(state, dict(pool.pages), tuple(map(str, [*taken.violations, *broken])))

    def _stored(self) -> Any:
        """The specification's store of the state."""
        spec, state = self._spec, self._state
        flags = state.flags
        rules = spec.machine.Rules(
            bool(flags & spec.words.PERSISTENT), bool(flags & spec.words.SHARED), frozen=state.frozen
        )
        pages = {(oid, index): page_of(oid, index) for oid, form in state.objects for index in indexes_of(form.root)}
        pool = spec.store.Pool(rules, spec.maps.Map(pages), state.destroyed)
        return spec.store.Store(spec.maps.Map({POOL: pool}))

    def _live_before(self) -> Any:
        roots = [form.root for _, form in self._state.objects]
        objnodes = sum(1 for root in roots for _ in branches(root))
        return self._spec.metadata.Live(len(roots), objnodes, sum(len(indexes_of(root)) for root in roots))


def differences(found: State, due: State) -> Iterator[str]:
    """Where two states differ."""
    for what in ("frozen", "destroyed"):
        if getattr(found, what) != getattr(due, what):
            yield f"found {what} {getattr(found, what)}, expected {getattr(due, what)}"
    objects, lawful = dict(found.objects), dict(due.objects)
    for oid in sorted(objects.keys() | lawful.keys()):
        if objects.get(oid) != lawful.get(oid):
            is_there, due_there = str(objects.get(oid, "none")), str(lawful.get(oid, "none"))
            yield f"object {oid}: found {is_there}, expected {due_there}, by the canonical law"


def _leaks(world: World, reading: Reading) -> list[str]:
    """What the host and the PAM own is what the store leads to, each thing once."""
    outside = world.outside
    owned = {"objs": outside.objs, "objnodes": outside.objnodes, "pampds": outside.pampds}
    met = {"objs": reading.objs, "objnodes": reading.objnodes, "pampds": reading.pampds}
    return [
        f"OWN-1: found {len(owned[what])} live {what}, and {len(met[what])} in the store, expected the same ones, once"
        for what in owned
        if len(met[what]) != len(owned[what]) or owned[what].keys() != set(met[what])
    ]


def _strangers(call: Call, world: World) -> list[str]:
    """get_data and free are handed pampds of what the call names alone."""
    return [
        f"OWN-2: found page {one.index} of object {one.oid} handed to the PAM, expected what the call names"
        for one in world.outside.handed
        if not call.names(one.oid, one.index)
    ]


def _unsound(world: World) -> list[str]:
    """What the store says of itself."""
    try:
        world.store.check()
    except Exception as error:  # noqa: BLE001 - whatever it finds, or trips over
        return [f"check: found {type(error).__name__}: {error}, expected nothing"]
    return []
