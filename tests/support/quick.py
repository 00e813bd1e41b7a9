"""Stores whose put and get may go the quick way, filled alike, and what is in them.

filled      a pool in each of several stores, with the same pages
answer      what a call answers or raises, to be compared with another store's
contents    the pages of a pool, as they are in its trees
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from support.worlds import COLLIDING, LAST, page_of
from tmem import EPHEMERAL, PERSISTENT, SHARED, Tmem

OID, NEIGHBOUR = COLLIDING[:2]
IN_ANOTHER_BUCKET = 1
FILLED = (0, 1, 63, 64, 4096, LAST)
EACH_KIND = pytest.mark.parametrize("flags", [EPHEMERAL, PERSISTENT, SHARED])
EACH_KEPT = pytest.mark.parametrize("flags", [PERSISTENT, SHARED])


def filled(flags: int, *stores: Tmem) -> int:
    """Make a pool in each of these stores, which have equally many, with the same pages; its id."""
    pool = -1
    for store in stores:
        pool = store.new_pool(flags)
        for oid in (OID, IN_ANOTHER_BUCKET):
            for index in FILLED:
                assert store.put(pool, oid, index, page_of(oid, index))
        assert store.put(pool, NEIGHBOUR, 0, b"a page alone")
    return pool


def answer(call: Callable[..., object], *arguments: object) -> object:
    """What the call answers, with its type, or raises, with its message."""
    try:
        answered = call(*arguments)
    except Exception as error:  # noqa: BLE001 - it is an answer, and compared as one
        return type(error), str(error)
    return type(answered), answered


def contents(store: Tmem, pool: int) -> list[tuple[int, int, object]]:
    """Every page of a pool, by oid and index, without a call of the store."""
    found: list[tuple[int, int, object]] = []
    for oid, obj in sorted(store._pools[pool].objs.items()):
        found += [(oid, 0, obj.root)] if obj.height == 0 else []
        for part, leaf in sorted(obj.leaves.items()):
            found += [(oid, part << 6 | slot, page) for slot, page in enumerate(leaf.slots) if page is not None]
    return found


def locks_held(store: Tmem) -> int:
    """How many locks of buckets are held."""
    return sum(bucket.lock.locked() for pool in store._pools.values() for bucket in pool.buckets)
