"""Stores whose put and get may go the quick way, filled alike, and what is in them.

filled      a pool in each of several stores, with the same pages
answer      what a call answers or raises, to be compared with another store's
contents    the pages of a pool, as they are in its trees
NUMBERS     what a caller may hand in for a number: some are ints, some are taken for one, most are neither
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


class LikeAnInt:
    """What can be shifted, compared and used as a key like an int, and is none: as the numbers of other packages."""

    def __init__(self, number: int) -> None:
        """Like this number."""
        self.number = number

    def __rshift__(self, bits: int) -> int:
        return self.number >> bits

    def __and__(self, mask: int) -> int:
        return self.number & mask

    def __index__(self) -> int:
        return self.number

    def __eq__(self, other: object) -> bool:
        return self.number == other

    def __hash__(self) -> int:
        return hash(self.number)

    def __repr__(self) -> str:
        return f"LikeAnInt({self.number})"


class OwnInt(int):
    """An int of another type."""


class OwnBytes(bytes):
    """Bytes of another type."""


NUMBERS: tuple[object, ...] = (
    *(0.0, 1.0, 64.0, 0.5, float("nan"), 0j), True, False, "0", "1", b"1", None, (), [], {}, [0], (1,),
    *map(LikeAnInt, (0, 1, 64)), *map(OwnInt, (0, 1, 64, -1, LAST + 1)),
    -1, -64, -(2**32), 2, 65, LAST - 64, LAST + 1, LAST + 65, 2**32 + 2**26, 2**64, 2**191, 2**192 - 1, 2**192, 2**300,
)  # fmt: skip
