"""Steps of the machine: the specification's own `step`, run on an arbitrary event after an arbitrary history.

The store before the step is arbitrary, too, but for what links it to the history (`links`). Steps whose answer the
machine finds wrong are none of its histories. What is seen of all this is one arbitrary handle.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tmem_proofs.claims.any_history import FAR, AnyHistory, any_event, any_handle
from tmem_proofs.claims.claim import Claim, Claims
from tmem_proofs.claims.links import LINKS
from tmem_proofs.engine.explorer import Infeasible, Path
from tmem_proofs.engine.maps import AnyMap
from tmem_proofs.engine.symbolic import every
from tmem_proofs.source import Code
from tmem_spec.calls import Outcome
from tmem_spec.events import History
from tmem_spec.histories import HISTORY_PREDICATES, Promise
from tmem_spec.machine import Rules
from tmem_spec.store import Pool, Store, step
from tmem_spec.words import Handle

# What the operations of theorem A are called: `spec.put`, a step of the machine.
MACHINE = "spec."

# The promises that can be at stake in an event, by its call. (Of any other call, a promise says nothing: see `linked`.)
_OF_POOL = ("POOL-1",)
AT_STAKE: dict[str, tuple[str, ...]] = {
    "put": ("POOL-1", "POOL-4"),
    "get": (
        "COH-1", "COH-2", "COH-3", "COH-4", "COH-5", "COH-6", "COH-7", "EPH-1", "EPH-2", "EPH-4", "ERR-1", "POOL-1",
    ),
    "flush_page": _OF_POOL, "flush_object": _OF_POOL, "flush_pool": _OF_POOL, "destroy_pool": _OF_POOL,
    "reclaim": ("EPH-3", "POOL-1"), "new_pool": ("POOL-2",), "freeze": _OF_POOL, "thaw": _OF_POOL,
}  # fmt: skip


# The links that each proof takes as the hypothesis: its own, and, where it matters of which kind the pool is, that.
RESTS_ON: dict[str, tuple[str, ...]] = {
    "COH-1": ("COH-1",), "COH-2": ("COH-2",), "COH-3": ("COH-3",), "COH-4": ("COH-4",), "COH-5": ("COH-5", "POOL-1"),
    "COH-6": ("COH-6", "POOL-1"), "COH-7": (), "EPH-1": ("EPH-1", "POOL-1"), "EPH-2": ("EPH-2", "POOL-1"),
    "EPH-3": (), "EPH-4": ("EPH-4", "POOL-1"), "ERR-1": (), "POOL-1": ("POOL-1",), "POOL-2": ("POOL-1",),
    "POOL-4": ("POOL-4",),
}  # fmt: skip


@dataclass(slots=True)
class StepRun:
    """One path through a step: what came before, the event, and the store after it."""

    path: Path
    call: str
    history: AnyHistory
    handle: Handle
    before: Store
    now: Store


def run_step(call: str, path: Path, code: Code) -> StepRun:
    """Go along one path through a step."""
    del code  # the specification's own is run
    handle = any_handle(path, "the handle")
    outcome = Outcome(path.choose([one.value for one in Outcome]))
    history = AnyHistory(path, handle, any_event(path, call, outcome))
    store = Store(AnyMap(path, "the store", lambda pool_id: _pool(path, pool_id)))
    event = history.event
    taken = step(store, event.call, event.answer, event.environment)
    if taken.violations:
        path.stop(Infeasible())
    return StepRun(path, call, history, handle, store, taken.store)


@dataclass(slots=True)
class StartRun:
    """No events, seen from one handle."""

    path: Path
    handle: Handle


def run_start(path: Path, code: Code) -> StartRun:
    """The only path there is."""
    del code
    return StartRun(path, any_handle(path, "the handle"))


def _pool(path: Path, pool_id: object) -> Pool:
    """An arbitrary pool."""
    flags = [path.integer(f"{name} pool", 0, 1) == 1 for name in ("persistent", "shared", "frozen", "destroyed")]
    pages = AnyMap(path, f"pool {pool_id}", lambda place: path.integer(f"page at {place}", 0, FAR))
    return Pool(Rules(*flags[:3]), pages, flags[3])


def promised(invariant: str) -> Claims:
    """What the promise says of the event."""

    def said(run: StepRun) -> Iterator[Claim]:
        found = [Claim(one.kept, f"{one.found}; promised: {one.expected}") for one in _promises(invariant, run)]
        yield from _given_links(invariant, run, found)

    return said


def linked(invariant: str) -> Claims:
    """That the link holds after the event; and that the promise says nothing of it, if that is not claimed apart."""

    def said(run: StepRun) -> Iterator[Claim]:
        found = []
        if invariant not in AT_STAKE[run.call]:
            found.append(Claim(not list(_promises(invariant, run)), f"{invariant} speaks of a {run.call}"))
        if invariant in LINKS:
            found += LINKS[invariant](run.history, run.handle, run.history.after, run.now)
        yield from _given_links(invariant, run, found)

    return said


def linked_at_first(invariant: str) -> Claims:
    """That the link holds of no events and the empty store."""

    def said(run: StartRun) -> Iterator[Claim]:
        found = list(LINKS[invariant](History(()), run.handle, 0, Store()))
        yield Claim(every(run.path, [claim.holds for claim in found]), f"{[claim.found for claim in found]}")

    return said


def _given_links(invariant: str, run: StepRun, said: list[Claim]) -> list[Claim]:
    """What is said, on the hypothesis of the induction, as far as the invariant rests on it."""
    for needed in RESTS_ON[invariant] if said else ():
        for claim in LINKS[needed](run.history, run.handle, run.history.end, run.before):
            run.path.assume(claim.holds)
    return said


def _promises(invariant: str, run: StepRun) -> Iterator[Promise]:
    return HISTORY_PREDICATES[invariant](run.history, run.handle, run.history.end)


def promises_of(call: str) -> dict[str, Claims]:
    """The promises claimed of a call's event."""
    return {invariant: promised(invariant) for invariant in AT_STAKE[call]}


def links_of(call: str) -> dict[str, Claims]:
    """The links claimed of a call's event."""
    every_one = [one for one in HISTORY_PREDICATES if one in LINKS or one not in AT_STAKE[call]]
    return {invariant: linked(invariant) for invariant in every_one}


def links_at_first() -> dict[str, Claims]:
    """The links, claimed of no events."""
    return {invariant: linked_at_first(invariant) for invariant in LINKS}
