"""Links: what a history of the machine and the store that it leads to have to do with each other.

They are the hypothesis of the induction behind theorem A, one link for each promise that rests on what came before:
all hold of no events and the empty store, every step of the machine keeps them, and with them no step breaks a
promise. They are ordinary Python: the same lines are run on unknown histories to prove that, and on real ones to show
that the proofs speak of something.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from tmem_proofs.claims.claim import Claim
from tmem_proofs.engine.symbolic import contrary, either, same
from tmem_spec import events
from tmem_spec.calls import Put
from tmem_spec.events import History, Marks
from tmem_spec.store import Pool, Store
from tmem_spec.words import PERSISTENT, SHARED, Handle

Link = Callable[[History, Handle, int, Store], Iterator[Claim]]


def page_is_the_last_put(history: History, handle: Handle, at: int, store: Store) -> Iterator[Claim]:
    """COH-1: what a handle holds was put there by the last filling."""
    held = store.held(handle)
    if held is not None:
        filled = history.last(handle, at, events.fills)
        call = None if filled is None else history[filled].call
        yield Claim(isinstance(call, Put) and call.page == held, f"page {held!r} held, {call} the last put")


def emptied_before_filled(emptied: Marks, history: History, handle: Handle, at: int, store: Store) -> Iterator[Claim]:
    """COH-2, COH-3, COH-4: a handle that holds a page was filled since it was last emptied."""
    if store.held(handle) is not None:
        filled = history.since(handle, at, events.fills, emptied)
        yield Claim(filled, f"a page held at {handle}, which was emptied since the last put")


def kept_page_is_held(history: History, handle: Handle, at: int, store: Store) -> Iterator[Claim]:
    """COH-5: as long as nothing names it, a handle holds what a hit found and left there; its pool is the same."""
    left = history.last(handle, at, events.leaves)
    if left is None or history.since(handle, at, events.names, events.leaves):
        return
    yield Claim(history.since(handle, at, events.leaves, events.makes), f"a hit at {left}, before the pool was made")
    pool = store.pools.get(handle.pool)
    if pool is None or not _private_ephemeral(pool):
        held, page = store.held(handle), history[left].answer.page
        yield Claim(held is not None and held == page, f"{held!r} held, {page!r} found and left there")


def hit_before_filled(history: History, handle: Handle, at: int, store: Store) -> Iterator[Claim]:
    """EPH-1: a handle of a private ephemeral pool that holds a page was filled since it was last hit."""
    pool = store.pools.get(handle.pool)
    if pool is not None and _private_ephemeral(pool):
        yield from emptied_before_filled(events.hits, history, handle, at, store)


def _private_ephemeral(pool: Pool) -> bool:
    return not pool.rules.persistent and not pool.rules.shared


def _emptied_for(causes: tuple[Marks, ...], history: History, handle: Handle, at: int, store: Store) -> Iterator[Claim]:
    """A handle that holds nothing was never filled, or one of the causes came since."""
    if store.held(handle) is None:
        not_filled_since = (contrary(history.since(handle, at, events.fills, cause)) for cause in causes)
        yield Claim(either(*not_filled_since), f"nothing held at {handle}, and no cause since the last put")


_REMOVING = (events.flushes, events.takes, events.fails_to_fill)
_RECLAIMING = (events.misses, *_REMOVING, events.reclaims, events.fails)


def persistent_page_has_cause(history: History, handle: Handle, at: int, store: Store) -> Iterator[Claim]:
    """COH-6: in a persistent pool, a handle that was filled and holds nothing was emptied by its user."""
    pool = store.pools.get(handle.pool)
    if pool is not None and pool.rules.persistent:
        yield from _emptied_for(_REMOVING, history, handle, at, store)


def ephemeral_page_has_cause(history: History, handle: Handle, at: int, store: Store) -> Iterator[Claim]:
    """EPH-2: elsewhere, it was emptied by its user, reclaimed, or lost to a get; and what was reclaimed is gone."""
    yield from emptied_before_filled(events.reclaims, history, handle, at, store)
    pool = store.pools.get(handle.pool)
    if pool is None or not pool.rules.persistent:
        hits = (events.hits,) if pool is None or _private_ephemeral(pool) else ()
        yield from _emptied_for((*hits, *_RECLAIMING), history, handle, at, store)


def shared_page_has_cause(history: History, handle: Handle, at: int, store: Store) -> Iterator[Claim]:
    """EPH-4: in a shared pool, a hit is no cause."""
    pool = store.pools.get(handle.pool)
    if pool is not None and pool.rules.shared:
        yield from _emptied_for(_RECLAIMING, history, handle, at, store)


def pool_is_what_was_made(history: History, handle: Handle, at: int, store: Store) -> Iterator[Claim]:
    """POOL-1, POOL-2: a pool is there if it was made, with those flags; destroyed, if it was so since, and empty."""
    pool = store.pools.get(handle.pool)
    if pool is None:
        for kind in (events.makes, events.fills, events.hits):
            yield Claim(contrary(history.ever(handle, at, kind)), f"{kind.__name__}, of a pool that is not there")
        return
    yield Claim(history.ever(handle, at, events.makes), f"{pool}, which was never made")
    flags = events.flags_of(history, handle, at)
    yield Claim(same(pool.rules.persistent, flags & PERSISTENT != 0), f"{pool}, flags {flags}")
    yield Claim(same(pool.rules.shared, flags & SHARED != 0), f"{pool}, flags {flags}")
    destroyed = history.since(handle, at, events.destroys, events.makes)
    yield Claim(same(pool.destroyed, destroyed), f"{pool}, destroyed since it was made: {destroyed}")
    if pool.destroyed:
        yield Claim(store.held(handle) is None, f"a page held at {handle}, whose pool is destroyed")
        for kind in (events.fills, events.hits):
            yield Claim(history.since(handle, at, events.destroys, kind), f"{kind.__name__} after it was destroyed")


def pool_is_frozen_as_told(history: History, handle: Handle, at: int, store: Store) -> Iterator[Claim]:
    """POOL-4: a pool is frozen if it was told so last."""
    pool = store.pools.get(handle.pool)
    if pool is not None:
        frozen = history.since(handle, at, events.freezes, events.thaws)
        yield Claim(same(pool.rules.frozen, frozen), f"{pool}, frozen since it was made or thawed: {frozen}")


LINKS: dict[str, Link] = {
    "POOL-1": pool_is_what_was_made,
    "POOL-4": pool_is_frozen_as_told,
    "COH-1": page_is_the_last_put,
    "COH-2": partial(emptied_before_filled, events.misses),
    "COH-3": partial(emptied_before_filled, events.fails_to_fill),
    "COH-4": partial(emptied_before_filled, events.flushes),
    "COH-5": kept_page_is_held,
    "COH-6": persistent_page_has_cause,
    "EPH-1": hit_before_filled,
    "EPH-2": ephemeral_page_has_cause,
    "EPH-4": shared_page_has_cause,
}
