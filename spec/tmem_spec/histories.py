"""What the user of a data source is promised, as predicates over histories: calls and their answers, no state.

A history is a sequence of events. Each predicate here looks at one handle and says where the history breaks the
promise, as (position, found, expected), or nothing where it is kept. That every history of the machine
(`tmem_spec.store.step`) satisfies them all is theorem A. What an event is to a handle, `tmem_spec.events` says.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from tmem_spec.calls import DestroyPool, Freeze, NewPool, Outcome, Put, Reclaim, Thaw
from tmem_spec.events import (
    History,
    Marks,
    fails,
    fails_to_fill,
    fills,
    flags_of,
    flushes,
    gets,
    hits,
    last,
    misses,
    names,
    persistent,
    pool_of,
    private_ephemeral,
    reclaims,
    takes,
)
from tmem_spec.invariants import Violation, invariant, violation
from tmem_spec.words import SHARED, Handle


class Broken(NamedTuple):
    """Where a history breaks a promise: the position of the event, what it answered, what was promised."""

    at: int
    found: str
    expected: str


def hit_after(history: History, handle: Handle, emptied: Marks) -> Iterator[Broken]:
    """Every hit that follows an emptying with no filling between the two."""
    for at, event in enumerate(history):
        if not hits(event, handle):
            continue
        empty = last(history, handle, at, emptied)
        filled = last(history, handle, at, fills)
        if empty is not None and (filled is None or filled < empty):
            yield Broken(at, f"page {event.answer.page!r} at {handle}", f"not found, since event {empty}")


def missed_without_cause(history: History, handle: Handle, causes: Sequence[Marks]) -> Iterator[Broken]:
    """Every miss that follows a filling with none of `causes` between the two."""
    for at, event in enumerate(history):
        if not misses(event, handle):
            continue
        filled = last(history, handle, at, fills)
        if filled is None or (event.environment.reclaims and not persistent(history, handle)):
            continue
        if not any(cause(history[k], handle) for k in range(filled + 1, at) for cause in causes):
            yield Broken(at, f"not found at {handle}", f"the page put at event {filled}")


@invariant(
    "COH-1",
    "A get returns exactly the bytes of the last successful put to that handle.",
    source="cleancache and frontswap: the page comes back as it was put",
)
def coh_1(history: History, handle: Handle) -> Iterator[Broken]:
    """Every hit yields the page of the last filling, and there is one."""
    for at, event in enumerate(history):
        if not hits(event, handle):
            continue
        filled = last(history, handle, at, fills)
        call = None if filled is None else history[filled].call
        put_page = call.page if isinstance(call, Put) else None
        if put_page is None or event.answer.page != put_page:
            wanted = "no page: none was put" if put_page is None else f"page {put_page!r}"
            yield Broken(at, f"page {event.answer.page!r} at {handle}", wanted)


@invariant(
    "COH-2",
    "A miss stays a miss until a put of that handle.",
    source="thread: get-get coherency, above tmem_get",
)
def coh_2(history: History, handle: Handle) -> Iterator[Broken]:
    """No hit follows a miss without a filling between them."""
    return hit_after(history, handle, misses)


@invariant(
    "COH-3",
    "After a duplicate put, successful or not, the old bytes are never seen again.",
    source="thread: put-put-get coherency, above tmem_put; a failed duplicate store in frontswap corrupted data",
)
def coh_3(history: History, handle: Handle) -> Iterator[Broken]:
    """No hit follows an unsuccessful put without a filling between them. After a successful one: COH-1."""
    return hit_after(history, handle, fails_to_fill)


@invariant(
    "COH-4",
    "After flush_page, flush_object, flush_pool or destroy_pool, what it names misses.",
    source="thread: above tmem_flush_page; frontswap invalidate_page and invalidate_area",
)
def coh_4(history: History, handle: Handle) -> Iterator[Broken]:
    """No hit follows a flush without a filling between them."""
    return hit_after(history, handle, flushes)


@invariant(
    "COH-5",
    "No operation changes what any other handle yields.",
    source="the meaning of a handle; Xen and Linux had bugs in which one object's pages were found under another's",
)
def coh_5(history: History, handle: Handle) -> Iterator[Broken]:
    """A get that follows a hit which keeps its page, with only other handles named between, yields that page again."""
    for at, event in enumerate(history):
        if not gets(event, handle) or event.environment.reclaims or event.environment.get_data_failed:
            continue
        earlier = last(history, handle, at, names)
        if earlier is None or not hits(history[earlier], handle) or takes(history[earlier], handle):
            continue
        if private_ephemeral(history, handle) or history[earlier].environment.get_data_failed:
            continue
        kept = history[earlier].answer.page
        if event.answer.outcome is Outcome.MISS or (hits(event, handle) and event.answer.page != kept):
            yield Broken(at, f"{event.answer.outcome.value} at {handle}", f"page {kept!r}, as at event {earlier}")


@invariant(
    "COH-6",
    "A persistent page disappears only by flush, exclusive get, failed duplicate put or destroy: never by reclaim.",
    source="frontswap: a successful store guarantees the page until it is invalidated",
)
def coh_6(history: History, handle: Handle) -> Iterator[Broken]:
    """In a persistent pool every miss has one of those causes."""
    if not persistent(history, handle):
        return iter(())
    return missed_without_cause(history, handle, (flushes, takes, fails_to_fill))


@invariant(
    "COH-7",
    "A get that fails or misses leaves the caller's buffer untouched.",
    source="cleancache: after a failed get the page frame is unchanged",
)
def coh_7(history: History, handle: Handle) -> Iterator[Broken]:
    """Only a hit writes."""
    for at, event in enumerate(history):
        if gets(event, handle) and not hits(event, handle) and event.answer.buffer_changed:
            yield Broken(at, f"the buffer changed by a get of {handle} that is no hit", "the buffer as it was")


@invariant(
    "EPH-1",
    "A successful get on a private ephemeral pool removes that page and frees its pampd exactly once.",
    source="thread: above tmem_get; cleancache: a get removes, so that the page is not in memory twice",
)
def eph_1(history: History, handle: Handle) -> Iterator[Broken]:
    """No hit follows a hit without a filling between them. (That the pampd is freed: OWN-1, for each callback.)"""
    return hit_after(history, handle, hits) if private_ephemeral(history, handle) else iter(())


@invariant(
    "EPH-2",
    "Reclaim may remove any ephemeral page at any time, and nothing else may unasked; afterwards its handle misses.",
    source="thread: ephemeral pages may be asynchronously reclaimed 'bottoms up'",
)
def eph_2(history: History, handle: Handle) -> Iterator[Broken]:
    """No hit follows a reclaim without a filling between; no miss comes without a cause."""
    if persistent(history, handle):
        return
    yield from hit_after(history, handle, reclaims)
    removing = (hits,) if private_ephemeral(history, handle) else ()
    causes = (*removing, misses, flushes, takes, fails_to_fill, reclaims, fails)
    yield from missed_without_cause(history, handle, causes)


@invariant(
    "EPH-3",
    "Reclaim is by identity: it never removes a page other than the one it names.",
    source="the race of evict against put, discussed in the thread: 'what gets evicted?'",
)
def eph_3(history: History, handle: Handle) -> Iterator[Broken]:
    """A reclaim that names a page no longer at its handle answers not found."""
    for at, event in enumerate(history):
        call = event.call
        stale = isinstance(call, Reclaim) and call.handle == handle and not call.names_held
        if stale and event.answer.outcome is Outcome.DONE:
            yield Broken(at, f"done, reclaiming a page that {handle} does not hold", "not found")


@invariant(
    "EPH-4",
    "A get on a shared ephemeral pool keeps the page.",
    source="cleancache: shared pools; defect D19: the published code never reads the flag",
)
def eph_4(history: History, handle: Handle) -> Iterator[Broken]:
    """On a shared pool, no miss follows a hit that is not exclusive, without a cause between them."""
    if not flags_of(history, handle.pool) & SHARED:
        return iter(())
    return missed_without_cause(history, handle, (misses, flushes, takes, fails_to_fill, reclaims, fails))


@invariant(
    "ERR-1",
    "A failing get_data is reported as an error and never as data.",
    source="defect D1: unsigned return",
)
def err_1(history: History, handle: Handle) -> Iterator[Broken]:
    """No get answers a hit, or a miss, when get_data failed in it."""
    for at, event in enumerate(history):
        failed = gets(event, handle) and event.environment.get_data_failed
        if failed and event.answer.outcome in {Outcome.HIT, Outcome.MISS}:
            yield Broken(at, f"{event.answer.outcome.value} {event.answer.page!r} at {handle}", "an error")


@invariant(
    "POOL-1",
    "A destroyed pool refuses every access.",
    source="thread: above tmem_destroy_pool; defect D9: the published code disables nothing",
)
def pool_1(history: History, handle: Handle) -> Iterator[Broken]:
    """Until its id is given to a new pool, no call to a destroyed pool is accepted."""
    destroyed = False
    for at, event in enumerate(history):
        if isinstance(event.call, NewPool):
            destroyed = destroyed and event.answer.pool != handle.pool
        elif pool_of(event) == handle.pool:
            if destroyed and event.answer.outcome is not Outcome.REJECTED:
                yield Broken(at, f"{event.answer.outcome.value} from destroyed pool {handle.pool}", "rejected")
            destroyed = destroyed or isinstance(event.call, DestroyPool)


@invariant(
    "POOL-2",
    "The id of a pool is not given to another before all its pages are gone.",
    source="thread: 'avoid recycling the pool id until all pages belonging to it have been reclaimed'",
)
def pool_2(history: History, handle: Handle) -> Iterator[Broken]:
    """Between two pools of one id the first is destroyed."""
    live = False
    for at, event in enumerate(history):
        if isinstance(event.call, NewPool) and event.answer.pool == handle.pool:
            if live:
                yield Broken(at, f"pool id {handle.pool} given while that pool lives", "another id")
            live = True
        elif isinstance(event.call, DestroyPool) and event.call.pool == handle.pool:
            live = False


@invariant(
    "POOL-4",
    "While a pool is frozen no put stores, and no stale page survives one.",
    source="zcache: freeze; while frozen every put becomes a flush",
)
def pool_4(history: History, handle: Handle) -> Iterator[Broken]:
    """Between freeze and thaw no put to the pool fills. (What it leaves: COH-3.)"""
    frozen = False
    for at, event in enumerate(history):
        if isinstance(event.call, Freeze | Thaw) and event.call.pool == handle.pool:
            frozen = isinstance(event.call, Freeze)
        elif frozen and fills(event, handle):
            yield Broken(at, f"a put stored at {handle} while frozen", "a flush")


HISTORY_PREDICATES = {
    "COH-1": coh_1, "COH-2": coh_2, "COH-3": coh_3, "COH-4": coh_4, "COH-5": coh_5, "COH-6": coh_6, "COH-7": coh_7,
    "EPH-1": eph_1, "EPH-2": eph_2, "EPH-3": eph_3, "EPH-4": eph_4, "ERR-1": err_1,
    "POOL-1": pool_1, "POOL-2": pool_2, "POOL-4": pool_4,
}  # fmt: skip


def judge_history(history: History, handle: Handle) -> list[tuple[int, Violation]]:
    """Every place at which the history breaks a promise about this handle, in order."""
    found = [
        (broken.at, violation(identifier, broken.found, broken.expected))
        for identifier, predicate in HISTORY_PREDICATES.items()
        for broken in predicate(history, handle)
    ]
    return sorted(found, key=lambda pair: pair[0])
