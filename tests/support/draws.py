"""What the machines draw: handles that meet each other, failures at places where they can happen, bad arguments.

Oids that hash alike put several objects into one bucket; indexes lie at the ends of every height of a tree.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import permutations

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from tmem_proofs.conformance.batch import BATCHES
from tmem_proofs.conformance.recorder import FREES, Fail
from tmem_spec.calls import (
    Call,
    DestroyPool,
    FlushObject,
    FlushPage,
    FlushPool,
    Freeze,
    Get,
    Put,
    Reclaim,
    Thaw,
)
from tmem_spec.ranges import FlushRange, GetRange, PutRange, RangeCall
from tmem_spec.words import (
    EPHEMERAL,
    INDEX_LIMIT,
    INVALID_OID,
    MAX_HEIGHT,
    PERSISTENT,
    SHARED,
    Handle,
    max_index,
    oid_of_words,
)

BUCKET_255 = (144, 521, 665, 1042, 1186)
BUCKET_0 = (0, 233, 377, 754)
PERMUTED = tuple(oid_of_words(*words) for words in permutations((3, 5, 2**63)))
CANCELLED = tuple(oid_of_words(*words) for words in ((9, 9, 0), (9, 0, 9), (0, 9, 9)))  # to bucket 0, all of them
LAST_OID = INVALID_OID - 1
OIDS = (*BUCKET_255, *BUCKET_0, *PERMUTED, *CANCELLED, LAST_OID)

EDGES = tuple(sorted({0, 1, *(max_index(h) + e for h in range(MAX_HEIGHT) for e in (0, 1)), INDEX_LIMIT - 1}))
DENSE = 200
STRIDES = (1, 63, 64, 4096, 2**24 + 1)

MakeCall = Callable[[Handle], Call]

at: SearchStrategy[int] = st.integers(0, 2**16)

flags: SearchStrategy[int] = st.sampled_from((EPHEMERAL, PERSISTENT, SHARED))
bad_flags: SearchStrategy[int] = st.sampled_from((3, 4, 5, 0x10, 0xF0, 0x100, 0x00FFFF00, 2**31, 2**40, -1))

oids: SearchStrategy[int] = st.sampled_from(OIDS)
indexes: SearchStrategy[int] = st.one_of(st.sampled_from(EDGES), st.integers(0, DENSE), st.integers(0, INDEX_LIMIT - 1))

# Where a range begins, so that it lies in a leaf or reaches into the next: and how many pages it has.
starts: SearchStrategy[int] = st.one_of(
    st.sampled_from((0, 1, 60, 62, 63, 64, 126, 4094, 4096, INDEX_LIMIT - 66, INDEX_LIMIT - 4)), indexes
)
lengths: SearchStrategy[int] = st.sampled_from((2, 4, 5, 3, 1, 0))

bad_pools: SearchStrategy[int] = st.sampled_from((-1, 10**6, 2**64))
bad_oids: SearchStrategy[int] = st.sampled_from((-1, INVALID_OID, INVALID_OID + 1, 2**200))
bad_indexes: SearchStrategy[int] = st.sampled_from((-1, INDEX_LIMIT, INDEX_LIMIT + 63, 2**64))


def _failing(callback: str, most: int = 1) -> list[Fail]:
    """The first to the `most`-th call of a callback fails: refused, unless it is a free, or raised."""
    ways = (True,) if callback in (*FREES, *BATCHES) else (False, True)
    return [Fail(callback, nth, raises) for nth in range(most) for raises in ways]


def _some(fails: list[Fail]) -> SearchStrategy[tuple[Fail, ...]]:
    """None of these failures, or one, or two."""
    one = st.sampled_from(fails)
    return st.one_of(st.just(()), st.tuples(one), st.tuples(one, one))


_FREES = [*_failing("free"), *_failing("obj_free"), *_failing("objnode_free", 3)]
put_failures = _some([*4 * [*_failing("create"), *_failing("obj_alloc")], *_failing("objnode_alloc", 11), *_FREES])
get_failures = _some([*2 * _failing("get_data"), *_FREES])
drop_failures = _some([*_FREES, *_failing("free", 8)])

_ALLOCS = [*_failing("obj_alloc"), *_failing("objnode_alloc", 11)]
_RANGE_FREES = [*_FREES, *_failing("free", 4), *2 * _failing("free_all", 2)]
put_range_failures = _some([*4 * [*_failing("create", 5), *_failing("create_all", 2)], *_RANGE_FREES, *_ALLOCS])
get_range_failures = _some([*6 * _failing("get_data", 3), *4 * _failing("get_data_all", 2), *_RANGE_FREES])
drop_range_failures = _some(_RANGE_FREES)


# Calls at a handle, or at the pool or object that it is of.
PAGE_CALLS: tuple[MakeCall, ...] = (
    lambda handle: Put(handle, b"a page"),
    Get,
    lambda handle: Get(handle, exclusive=True),
    FlushPage,
    lambda handle: Reclaim(handle, names_held=False),
)
OBJECT_CALLS: tuple[MakeCall, ...] = (*PAGE_CALLS, lambda handle: FlushObject(handle.pool, handle.oid))
POOL_CALLS: tuple[MakeCall, ...] = (
    *OBJECT_CALLS,
    lambda handle: FlushPool(handle.pool),
    lambda handle: DestroyPool(handle.pool),
    lambda handle: Freeze(handle.pool),
    lambda handle: Thaw(handle.pool),
)
DROPS: tuple[MakeCall, ...] = POOL_CALLS[5:8]


@dataclass(frozen=True)
class BadArgument:
    """A call of which one argument names nothing; where pool or oid is None, it is a good one."""

    call: MakeCall
    pool: int | None = None
    oid: int | None = None
    index: int = 0


bad_arguments: SearchStrategy[BadArgument] = st.one_of(
    st.builds(BadArgument, st.sampled_from(PAGE_CALLS), index=bad_indexes),
    st.builds(BadArgument, st.sampled_from(OBJECT_CALLS), oid=bad_oids),
    st.builds(BadArgument, st.sampled_from((*POOL_CALLS, *POOL_CALLS[6:])), pool=bad_pools),
)


# Calls on ranges that are to be rejected, made of a handle that names something.
MakeRange = Callable[[Handle], RangeCall]
BAD_RANGES: tuple[MakeRange, ...] = (
    lambda handle: PutRange(replace(handle, index=INDEX_LIMIT - 2), (b"a page",) * 3),
    lambda handle: PutRange(replace(handle, oid=INVALID_OID), (b"a page",)),
    lambda handle: PutRange(replace(handle, pool=10**6), ()),
    lambda handle: GetRange(replace(handle, index=INDEX_LIMIT), 0),
    lambda handle: GetRange(replace(handle, index=INDEX_LIMIT - 2), 3),
    lambda handle: GetRange(handle, -1),
    lambda handle: FlushRange(handle, INDEX_LIMIT + 1),
    lambda handle: FlushRange(handle, -(2**40)),
    lambda handle: FlushRange(replace(handle, pool=-1), 2),
)
