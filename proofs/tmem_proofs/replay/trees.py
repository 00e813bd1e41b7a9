"""Operations on a tree: a path becomes a real store, a real call and real refusals, run on the shipped objects.

A path's state before the call is a canonical tree, so it is the tree of a set of indexes: the one that the path's
values give. That set is put through the public interface, the host and the PAM are told to fail where they failed on
the path, and the call is made. The answer and the callbacks must be those of the path, the store must find nothing
broken in itself, and the specification must find nothing wrong.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tmem import EPHEMERAL, PERSISTENT, GetDataError, Tmem, _tree
from tmem_proofs.claims.scenario import PAGE, Run
from tmem_proofs.conformance.recorder import CallbackError, Fail, Recorder
from tmem_proofs.counterexample import page_of
from tmem_proofs.engine.symbolic import as_fact
from tmem_proofs.engine.terms import Term, Valuation
from tmem_proofs.replay.agree import agree
from tmem_proofs.replay.memory import full_leaves
from tmem_proofs.story import number
from tmem_spec import Answer, Handle, Judge, Outcome
from tmem_spec.calls import Call, FlushPage, Get, NewPool, Put
from tmem_spec.metadata import Callback
from tmem_spec.words import SLOT_BITS, SLOTS

OID = 7

_FAILING = {
    Callback.OBJ_ALLOC_REFUSED: ("obj_alloc", Callback.OBJ_ALLOC),
    Callback.OBJNODE_ALLOC_REFUSED: ("objnode_alloc", Callback.OBJNODE_ALLOC),
    Callback.CREATE_REFUSED: ("create", Callback.CREATE),
    Callback.GET_DATA_FAILED: ("get_data", Callback.GET_DATA),
}


@dataclass(frozen=True, slots=True)
class Case:
    """A path in plain values: the indexes stored before, the call, what fails in it, and what comes of it.

    `outcome`: None if the operation ends in an exception of its own. `entries`: of leaves, before there is no memory.
    """

    operation: str
    indexes: frozenset[int]
    index: int
    failures: tuple[Fail, ...]
    outcome: Outcome | None
    callbacks: tuple[Callback, ...]
    flags: int = EPHEMERAL
    exclusive: bool = False
    entries: int | None = None

    def call(self, pool: int) -> Call:
        """The call, in the specification's words."""
        handle = Handle(pool, OID, self.index)
        reads = Get(handle, self.exclusive)
        calls: dict[str, Call] = {"lookup": reads, "get": reads, "delete": FlushPage(handle)}
        return calls.get(self.operation, Put(handle, PAGE))


def concretise(run: Run, operation: str) -> Case | None:
    """The path in plain values, with as few pages as it allows; None if it cannot be taken. Asks the solver."""
    values = run.path.witness(_few(run)) or run.path.witness()
    if values is None:
        return None
    indexes = frozenset(_indexes(run, run.before.root, run.before.height, 0, values))
    index = number(run.index, values)
    callbacks = tuple(run.surroundings.callbacks)
    flags = PERSISTENT if operation == "lookup" else number(run.flags, values)
    exclusive = bool(number(run.exclusive, values))
    outcome = None if run.answer is None else run.answer.outcome
    short = run.surroundings.short
    return Case(operation, indexes, index, _failures(run), outcome, callbacks, flags, exclusive, short)


def replay(case: Case) -> None:
    """Run the case on the shipped objects. Raises ReplayError if anything differs from the path, or is broken."""
    recorder = Recorder()
    store = Tmem(host=recorder, pam=recorder)
    pool = store.new_pool(case.flags)
    judge = Judge()
    judge.observe(NewPool(case.flags), Answer(Outcome.DONE, pool=pool))
    for index in sorted(case.indexes):
        recorder.expect()
        store.put(pool, OID, index, page_of(index))
        judge.observe(Put(Handle(pool, OID, index), page_of(index)), Answer(Outcome.STORED))
    if case.operation == "place":
        _place(store, pool, case)
        return
    judge.live = recorder.live()
    recorder.expect(*case.failures)
    if case.entries is None:
        answer = _answer(store, pool, case)
    else:
        with full_leaves(store, pool, OID, recorder, case.entries):
            answer = _answer(store, pool, case)
    agree("outcome", answer.outcome, case.outcome)
    if case.operation != "lookup":
        agree("callbacks", tuple(recorder.callbacks), case.callbacks)
    broken = judge.observe(case.call(pool), answer, recorder.environment(), recorder.callbacks, recorder.live())
    agree("violations", [str(one) for one in broken], [])
    store.check()


def _place(store: Tmem, pool: int, case: Case) -> None:
    """Put a page in its place, which calls neither host nor PAM."""
    placed = _tree.place(store._pools[pool].objs[OID], case.index, PAGE)  # noqa: SLF001 - no call does it alone
    agree("placed", placed, case.outcome is Outcome.STORED)
    store.check()
    agree("page", _tree.lookup(store._pools[pool].objs[OID], case.index) == PAGE, placed)  # noqa: SLF001 - as above


def _answer(store: Tmem, pool: int, case: Case) -> Answer:
    """Make the case's call."""
    try:
        match case.call(pool):
            case Get():
                page = (store.get_exclusive if case.exclusive else store.get)(pool, OID, case.index)
                return Answer(Outcome.MISS if page is None else Outcome.HIT, page)
            case FlushPage():
                done = store.flush_page(pool, OID, case.index)
                return Answer(Outcome.DONE if done else Outcome.NOT_FOUND)
            case _:
                stored = store.put(pool, OID, case.index, PAGE)
                return Answer(Outcome.STORED if stored else Outcome.REFUSED)
    except GetDataError:
        return Answer(Outcome.FAILED)
    except CallbackError:
        return Answer(Outcome.RAISED)


def _failures(run: Run) -> tuple[Fail, ...]:
    """What failed on the path: which callback, the how-manieth of its kind, and how."""
    found = []
    callbacks = run.surroundings.callbacks
    for at, callback in enumerate(callbacks):
        if callback in _FAILING:
            name, given = _FAILING[callback]
            nth = sum(one in {callback, given} for one in callbacks[:at])
            found.append(Fail(name, nth, raises=run.surroundings.raised is not None))
    return tuple(found)


def _few(run: Run) -> Term:
    """The fact that no objnode has more used slots that were not looked at than one, or, of the root, two."""
    terms = run.path.terms
    claims = (node.slots.unseen() <= (2 if node.slots.root else 1) for node in run.heap.first_nodes)
    return terms.every(as_fact(terms, claim) for claim in claims)


def _indexes(run: Run, value: Any, level: int, prefix: int, values: Valuation) -> Iterator[int]:
    """Indexes whose tree this is. What was not looked at is filled with one page for each used slot."""
    if value is None:
        return
    if level == 0:
        yield prefix
        return
    slots = value.slots
    known = {number(slot, values): held for slot, held in slots.first}
    for slot, held in known.items():
        yield from _indexes(run, held, level - 1, prefix << SLOT_BITS | slot, values)
    others = [slot for slot in range(min(SLOTS, slots.size) - 1, -1, -1) if slot not in known]
    for slot in others[: number(slots.unseen(), values)]:
        yield (prefix << SLOT_BITS | slot) << SLOT_BITS * (level - 1)
