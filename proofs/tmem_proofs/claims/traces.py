"""Witness traces: short histories of the machine itself, on which a promise or a link has something to say.

They are found by going through the histories of one pool, breadth first, and only on from those whose store, and whose
order of last events, is new. The links must hold of each: if one does not, the hypothesis of the induction is false.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass, fields
from functools import cache
from itertools import product
from typing import Any

from tmem_proofs.claims.any_history import KINDS
from tmem_proofs.claims.claim import Claims
from tmem_spec.calls import (
    Answer,
    Call,
    DestroyPool,
    Environment,
    Event,
    FlushObject,
    FlushPage,
    FlushPool,
    Freeze,
    Get,
    NewPool,
    Outcome,
    Put,
    Reclaim,
    Thaw,
)
from tmem_spec.events import History
from tmem_spec.store import Store, step
from tmem_spec.words import EPHEMERAL, PERSISTENT, SHARED, Handle

MOST_EVENTS = 5
HANDLE, OTHER = Handle(0, 7, 0), Handle(0, 7, 1)
_QUIET = (Environment(),)
_ENVIRONMENTS = {"put": (*_QUIET, Environment(refused=True)), "get": (*_QUIET, Environment(get_data_failed=True))}
_CALLS: dict[str, tuple[Call, ...]] = {
    "new_pool": (NewPool(EPHEMERAL), NewPool(PERSISTENT), NewPool(SHARED)),
    "put": (Put(HANDLE, "a page"), Put(OTHER, "another page")),
    "get": (Get(HANDLE), Get(OTHER), Get(HANDLE, exclusive=True)),
    "flush_page": (FlushPage(HANDLE), FlushPage(OTHER)),
    "flush_object": (FlushObject(0, 7), FlushObject(0, 8)),
    "flush_pool": (FlushPool(0), FlushPool(1)),
    "destroy_pool": (DestroyPool(0), DestroyPool(1)),
    "reclaim": (Reclaim(HANDLE, names_held=True), Reclaim(HANDLE, names_held=False)),
    "freeze": (Freeze(0),),
    "thaw": (Thaw(0),),
}
_ANSWERS = (
    *(Answer(one) for one in Outcome if one not in {Outcome.HIT, Outcome.RAISED}),
    Answer(Outcome.HIT, "a page"),
)


@dataclass(slots=True)
class RealRun:
    """A step as `machine_steps.StepRun` has it, of a real history: an event, what came before, the store after it."""

    call: str
    history: RealHistory
    handle: Handle
    before: Store
    now: Store

    @property
    def path(self) -> RealRun:
        """What assumes: here, nothing is left to assumption."""
        return self

    def assume(self, claim: Any) -> None:
        """Raises AssertionError if a link does not hold of this history."""
        if claim is not True:
            message = f"a link does not hold of {told(self.history)}"
            raise AssertionError(message)


class RealHistory(History):
    """Events, the last of which is the one looked at."""

    def __init__(self, events: Sequence[Event]) -> None:
        """One event at least."""
        super().__init__(events)
        self.end = len(events) - 1
        self.after = len(events)


def trace(call: str, claims: Claims, *, most: int = MOST_EVENTS) -> str:
    """The first history, shortest first, that ends with this call and of which something is claimed; or nothing."""
    for events in range(1, most + 1):
        for run in steps(events):
            if run.call == call and any(True for _ in claims(run)):
                return told(run.history)
    return ""


def told(history: History) -> str:
    """`NewPool(0): done, pool 0; Put(0, 7, 0, 'a page'): stored; Get(0, 7, 0, False): hit 'a page'`."""
    return "; ".join(f"{_call(event.call)}: {_answer(event)}" for event in history)


@cache
def steps(most: int) -> tuple[RealRun, ...]:
    """Every step that makes a history of `most` events from one that no shorter one is like."""
    if most == 1:
        return tuple(_steps_from((), Store()))
    met: set[object] = set()
    found: list[RealRun] = []
    for run in (run for shorter in range(1, most) for run in steps(shorter)):
        seen = _seen(run.history, run.now)
        if seen not in met:
            met.add(seen)
            if len(run.history) == most - 1:
                found += _steps_from(run.history, run.now)
    return tuple(found)


def _steps_from(before: Sequence[Event], store: Store) -> Iterator[RealRun]:
    for name, event in _events():
        taken = step(store, event.call, event.answer, event.environment)
        if not taken.violations:
            yield RealRun(name, RealHistory((*before, event)), HANDLE, store, taken.store)


def _events() -> Iterator[tuple[str, Event]]:
    for name, calls in _CALLS.items():
        answers = (Answer(Outcome.DONE, pool=0),) if name == "new_pool" else _ANSWERS
        for call, environment, answer in product(calls, _ENVIRONMENTS.get(name, _QUIET), answers):
            yield name, Event(call, answer, environment)


def _seen(history: RealHistory, store: Store) -> object:
    """What makes a history different from another, as far as promises and links can tell."""
    lasts = [history.last(HANDLE, history.after, kind) for kind in KINDS]
    order = sorted({last for last in lasts if last is not None})
    pool = store.pools.get(0)
    ranks = tuple(None if last is None else order.index(last) for last in lasts)
    return ranks, None if pool is None else (pool.rules, pool.destroyed, tuple(sorted(pool.pages.items())))


def _call(call: Call) -> str:
    """The call with its arguments, a handle as three numbers."""
    arguments = [getattr(call, field.name) for field in fields(call)]
    shown = [", ".join(map(str, astuple(one))) if isinstance(one, Handle) else repr(one) for one in arguments]
    return f"{type(call).__name__}({', '.join(shown)})"


def _answer(event: Event) -> str:
    answer = event.answer
    page = "" if answer.page is None else f" {answer.page!r}"
    return answer.outcome.name.lower() + page + ("" if answer.pool is None else f", pool {answer.pool}")
