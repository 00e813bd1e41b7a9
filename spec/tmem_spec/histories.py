"""What the user of a data source is promised, as predicates over histories: calls and their answers, no state.

A history is a sequence of events. Each predicate here looks at one handle and one event, and at what came before it:
it says nothing where the promise is not at stake, and else whether it is kept. That every history of the machine
(`tmem_spec.store.step`) keeps them all is theorem A. What an event is to a handle, `tmem_spec.events` says; of what
came before, a predicate asks only which event was the last of a kind.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from tmem_spec.calls import Outcome, Put, Reclaim
from tmem_spec.events import (
    History,
    Marks,
    destroys,
    fails,
    fails_to_fill,
    fills,
    flags_of,
    flushes,
    freezes,
    gets,
    hits,
    leaves,
    makes,
    misses,
    names,
    persistent,
    pool_of,
    private_ephemeral,
    puts,
    reclaims,
    takes,
    thaws,
)
from tmem_spec.invariants import Violation, invariant, violation
from tmem_spec.words import SHARED, Handle


class Promise(NamedTuple):
    """A promise at stake in an event: whether it is kept, what the event answered, what was promised."""

    kept: bool
    found: str
    expected: str


Predicate = Callable[[History, Handle, int], Iterator[Promise]]


def hit_after(history: History, handle: Handle, at: int, emptied: Marks) -> Iterator[Promise]:
    """A hit that follows an emptying follows a filling between the two."""
    event = history[at]
    if not hits(event, handle):
        return
    empty, filled = history.last(handle, at, emptied), history.last(handle, at, fills)
    if empty is not None:
        kept = filled is not None and filled > empty
        yield Promise(kept, f"page {event.answer.page!r} at {handle}", f"not found, since event {empty}")


def missed_with_cause(history: History, handle: Handle, at: int, causes: Sequence[Marks]) -> Iterator[Promise]:
    """A miss that follows a filling follows one of `causes` between the two, unless reclaim may have come in it."""
    event = history[at]
    if not misses(event, handle) or (event.environment.reclaims and not persistent(history, handle, at)):
        return
    filled = history.last(handle, at, fills)
    if filled is not None:
        kept = any(history.since(handle, at, cause, fills) for cause in causes)
        yield Promise(kept, f"not found at {handle}", f"the page put at event {filled}")


@invariant(
    "COH-1",
    "A get returns exactly the bytes of the last successful put to that handle.",
    source="cleancache and frontswap: the page comes back as it was put",
)
def coh_1(history: History, handle: Handle, at: int) -> Iterator[Promise]:
    """A hit yields the page of the last filling, and there is one."""
    event = history[at]
    if hits(event, handle):
        filled = history.last(handle, at, fills)
        call = None if filled is None else history[filled].call
        put_page = call.page if isinstance(call, Put) else None
        kept = put_page is not None and event.answer.page == put_page
        wanted = "no page: none was put" if put_page is None else f"page {put_page!r}"
        yield Promise(kept, f"page {event.answer.page!r} at {handle}", wanted)


@invariant(
    "COH-2",
    "A miss stays a miss until a put of that handle.",
    source="thread: get-get coherency, above tmem_get",
)
def coh_2(history: History, handle: Handle, at: int) -> Iterator[Promise]:
    """No hit follows a miss without a filling between them."""
    return hit_after(history, handle, at, misses)


@invariant(
    "COH-3",
    "After a duplicate put, successful or not, the old bytes are never seen again.",
    source="thread: put-put-get coherency, above tmem_put; a failed duplicate store in frontswap corrupted data",
)
def coh_3(history: History, handle: Handle, at: int) -> Iterator[Promise]:
    """No hit follows an unsuccessful put without a filling between them. After a successful one: COH-1."""
    return hit_after(history, handle, at, fails_to_fill)


@invariant(
    "COH-4",
    "After flush_page, flush_object, flush_pool or destroy_pool, what it names misses.",
    source="thread: above tmem_flush_page; frontswap invalidate_page and invalidate_area",
)
def coh_4(history: History, handle: Handle, at: int) -> Iterator[Promise]:
    """No hit follows a flush without a filling between them."""
    return hit_after(history, handle, at, flushes)


@invariant(
    "COH-5",
    "No operation changes what any other handle yields.",
    source="the meaning of a handle; Xen and Linux had bugs in which one object's pages were found under another's",
)
def coh_5(history: History, handle: Handle, at: int) -> Iterator[Promise]:
    """A get that follows a hit which keeps its page, with only other handles named between, yields that page again."""
    event = history[at]
    if not gets(event, handle) or event.environment.reclaims or event.environment.get_data_failed:
        return
    left = history.last(handle, at, leaves)
    if left is None or history.since(handle, at, names, leaves) or private_ephemeral(history, handle, left):
        return
    kept_page, outcome = history[left].answer.page, event.answer.outcome
    kept = outcome is not Outcome.MISS and (outcome is not Outcome.HIT or event.answer.page == kept_page)
    yield Promise(kept, f"{outcome.value} at {handle}", f"page {kept_page!r}, as at event {left}")


@invariant(
    "COH-6",
    "A persistent page disappears only by flush, exclusive get, failed duplicate put or destroy: never by reclaim.",
    source="frontswap: a successful store guarantees the page until it is invalidated",
)
def coh_6(history: History, handle: Handle, at: int) -> Iterator[Promise]:
    """In a persistent pool every miss has one of those causes."""
    if misses(history[at], handle) and persistent(history, handle, at):
        yield from missed_with_cause(history, handle, at, (flushes, takes, fails_to_fill))


@invariant(
    "COH-7",
    "A get that fails or misses leaves the caller's buffer untouched.",
    source="cleancache: after a failed get the page frame is unchanged",
)
def coh_7(history: History, handle: Handle, at: int) -> Iterator[Promise]:
    """Only a hit writes."""
    event = history[at]
    if gets(event, handle) and not hits(event, handle):
        found = f"the buffer changed by a get of {handle} that is no hit"
        yield Promise(not event.answer.buffer_changed, found, "the buffer as it was")


@invariant(
    "EPH-1",
    "A successful get on a private ephemeral pool removes that page and frees its pampd exactly once.",
    source="thread: above tmem_get; cleancache: a get removes, so that the page is not in memory twice",
)
def eph_1(history: History, handle: Handle, at: int) -> Iterator[Promise]:
    """No hit follows a hit without a filling between them. (That the pampd is freed: OWN-1, for each callback.)"""
    if hits(history[at], handle) and private_ephemeral(history, handle, at):
        yield from hit_after(history, handle, at, hits)


@invariant(
    "EPH-2",
    "Reclaim may remove any ephemeral page at any time, and nothing else may unasked; afterwards its handle misses.",
    source="thread: ephemeral pages may be asynchronously reclaimed 'bottoms up'",
)
def eph_2(history: History, handle: Handle, at: int) -> Iterator[Promise]:
    """No hit follows a reclaim without a filling between; no miss comes without a cause."""
    if gets(history[at], handle) and not persistent(history, handle, at):
        yield from hit_after(history, handle, at, reclaims)
        removing = (hits,) if private_ephemeral(history, handle, at) else ()
        causes = (*removing, misses, flushes, takes, fails_to_fill, reclaims, fails)
        yield from missed_with_cause(history, handle, at, causes)


@invariant(
    "EPH-3",
    "Reclaim is by identity: it never removes a page other than the one it names.",
    source="the race of evict against put, discussed in the thread: 'what gets evicted?'",
)
def eph_3(history: History, handle: Handle, at: int) -> Iterator[Promise]:
    """A reclaim that names a page no longer at its handle answers not found."""
    call, outcome = history[at].call, history[at].answer.outcome
    if isinstance(call, Reclaim) and call.handle == handle and not call.names_held:
        found = f"{outcome.value}, reclaiming a page that {handle} does not hold"
        yield Promise(outcome is not Outcome.DONE, found, "not found")


@invariant(
    "EPH-4",
    "A get on a shared ephemeral pool keeps the page.",
    source="cleancache: shared pools; defect D19: the published code never reads the flag",
)
def eph_4(history: History, handle: Handle, at: int) -> Iterator[Promise]:
    """On a shared pool, no miss follows a hit that is not exclusive, without a cause between them."""
    if misses(history[at], handle) and flags_of(history, handle, at) & SHARED:
        causes = (misses, flushes, takes, fails_to_fill, reclaims, fails)
        yield from missed_with_cause(history, handle, at, causes)


@invariant(
    "ERR-1",
    "A failing get_data is reported as an error and never as data.",
    source="defect D1: unsigned return",
)
def err_1(history: History, handle: Handle, at: int) -> Iterator[Promise]:
    """No get answers a hit, or a miss, when get_data failed in it."""
    event = history[at]
    if gets(event, handle) and event.environment.get_data_failed:
        outcome, page = event.answer.outcome, event.answer.page
        kept = outcome not in {Outcome.HIT, Outcome.MISS}
        yield Promise(kept, f"{outcome.value} {page!r} at {handle}", "an error")


@invariant(
    "POOL-1",
    "A destroyed pool refuses every access.",
    source="thread: above tmem_destroy_pool; defect D9: the published code disables nothing",
)
def pool_1(history: History, handle: Handle, at: int) -> Iterator[Promise]:
    """Until its id is given to a new pool, no call to a destroyed pool is accepted."""
    event = history[at]
    if pool_of(event) == handle.pool and history.since(handle, at, destroys, makes):
        outcome = event.answer.outcome
        yield Promise(outcome is Outcome.REJECTED, f"{outcome.value} from destroyed pool {handle.pool}", "rejected")


@invariant(
    "POOL-2",
    "The id of a pool is not given to another before all its pages are gone.",
    source="thread: 'avoid recycling the pool id until all pages belonging to it have been reclaimed'",
)
def pool_2(history: History, handle: Handle, at: int) -> Iterator[Promise]:
    """Between two pools of one id the first is destroyed."""
    if makes(history[at], handle) and history.last(handle, at, makes) is not None:
        kept = history.since(handle, at, destroys, makes)
        yield Promise(kept, f"pool id {handle.pool} given while that pool lives", "another id")


@invariant(
    "POOL-4",
    "While a pool is frozen no put stores, and no stale page survives one.",
    source="zcache: freeze; while frozen every put becomes a flush",
)
def pool_4(history: History, handle: Handle, at: int) -> Iterator[Promise]:
    """Between freeze and thaw no put to the pool fills. (What it leaves: COH-3.)"""
    event = history[at]
    if puts(event, handle) and history.since(handle, at, freezes, thaws):
        yield Promise(not fills(event, handle), f"a put stored at {handle} while frozen", "a flush")


HISTORY_PREDICATES: dict[str, Predicate] = {
    "COH-1": coh_1, "COH-2": coh_2, "COH-3": coh_3, "COH-4": coh_4, "COH-5": coh_5, "COH-6": coh_6, "COH-7": coh_7,
    "EPH-1": eph_1, "EPH-2": eph_2, "EPH-3": eph_3, "EPH-4": eph_4, "ERR-1": err_1,
    "POOL-1": pool_1, "POOL-2": pool_2, "POOL-4": pool_4,
}  # fmt: skip


def judge_history(history: History, handle: Handle) -> list[tuple[int, Violation]]:
    """Every place at which the history breaks a promise about this handle, in order. O(n log n)."""
    return [
        (at, violation(identifier, promise.found, promise.expected))
        for at in range(len(history))
        for identifier, predicate in HISTORY_PREDICATES.items()
        for promise in predicate(history, handle, at)
        if not promise.kept
    ]
