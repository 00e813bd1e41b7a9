"""The quick ways of put_range and get_range: when they are taken, and that they answer as the full way does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from support.builds import needs_source
from support.quick import (
    EACH_KIND,
    FILLED,
    NEIGHBOUR,
    NUMBERS,
    OID,
    OwnBytes,
    answer,
    contents,
    filled,
    locks_held,
)
from support.worlds import COLLIDING, page_of
from tmem import EPHEMERAL, DefaultHost, MemoryPam, Tmem
from tmem._pool import Bucket

ENDLESS = 1 << 20  # pages of a range


class Noting(Tmem):
    """A store that counts the calls that go the full way: they ask for the bucket of the object."""

    __slots__ = ("full",)

    def __init__(self, host: DefaultHost | None = None, pam: MemoryPam | None = None) -> None:
        """None did yet."""
        super().__init__(host, pam)
        self.full = 0

    def _bucket(self, pool_id: int, oid: int) -> Bucket:
        self.full += 1
        return super()._bucket(pool_id, oid)


# Calls, and whether each goes the quick way in a private pool, and in one that keeps what is got.
CALLS: dict[str, tuple[Callable[[Tmem, int], object], bool, bool]] = {
    "get of a leaf": (lambda store, pool: store.get_range(pool, OID, 0, 64), False, True),
    "get of a page": (lambda store, pool: store.get_range(pool, OID, 1, 1), False, True),
    "get of no page of a leaf": (lambda store, pool: store.get_range(pool, OID, 2, 60), False, True),
    "get of the last slots": (lambda store, pool: store.get_range(pool, OID, 62, 2), False, True),
    "get of the last index": (lambda store, pool: store.get_range(pool, OID, 2**32 - 1, 1), False, True),
    "get of two leaves": (lambda store, pool: store.get_range(pool, OID, 63, 2), False, False),
    "get of nothing": (lambda store, pool: store.get_range(pool, OID, 1, 0), False, False),
    "get of no leaf": (lambda store, pool: store.get_range(pool, OID, 128, 2), False, False),
    "get of a page alone": (lambda store, pool: store.get_range(pool, NEIGHBOUR, 0, 1), False, False),
    "get of no object": (lambda store, pool: store.get_range(pool, COLLIDING[2], 0, 1), False, False),
    "put of a leaf": (lambda store, pool: store.put_range(pool, OID, 64, [b"new"] * 64), True, True),
    "put to a page": (lambda store, pool: store.put_range(pool, OID, 1, [b"new"]), True, True),
    "put to free slots": (lambda store, pool: store.put_range(pool, OID, 2, [b"new"] * 9), True, True),
    "put of buffers": (lambda store, pool: store.put_range(pool, OID, 60, [bytearray(b"new")] * 4), True, True),
    "put of a generator": (lambda store, pool: store.put_range(pool, OID, 60, (b"" for _ in range(4))), True, True),
    "put of two leaves": (lambda store, pool: store.put_range(pool, OID, 63, [b"new"] * 2), False, False),
    "put of nothing": (lambda store, pool: store.put_range(pool, OID, 1, []), False, False),
    "put of no leaf": (lambda store, pool: store.put_range(pool, OID, 130, [b"new"] * 3), True, True),
    "put of no leaf, all of it": (lambda store, pool: store.put_range(pool, OID, 2**31, [b"new"] * 64), True, True),
    "put to a page alone": (lambda store, pool: store.put_range(pool, NEIGHBOUR, 0, [b"new"]), False, False),
    "put of an object": (lambda store, pool: store.put_range(pool, COLLIDING[2], 0, [b"new"]), False, False),
    "flush": (lambda store, pool: store.flush_range(pool, OID, 0, 64), False, False),
}


@needs_source
@EACH_KIND
@pytest.mark.parametrize("name", CALLS)
def test_what_goes_the_quick_way(flags: int, name: str) -> None:
    """LCK-1: a get within a leaf that is there does, if it takes no page away; and a put within one, there or not.

    But not a put to an object without a leaf. All else goes the full way.
    """
    store, full = Noting(), Tmem(DefaultHost(), MemoryPam())
    pool = filled(flags, store, full)
    store.full = 0
    call, if_private, if_kept = CALLS[name]
    assert call(store, pool) == call(full, pool)
    assert store.full == (0 if (if_private if flags == EPHEMERAL else if_kept) else 1)
    assert contents(store, pool) == contents(full, pool)
    assert store.count(pool) == full.count(pool)
    assert locks_held(store) == 0
    store.check()


@needs_source
@EACH_KIND
def test_a_frozen_pool_is_read_the_quick_way_alone(flags: int) -> None:
    """POOL-4: a put of a range to a frozen pool is a flush, though its leaf is there; once thawed, it stores again."""
    store = Noting()
    pool = filled(flags, store)
    store.freeze(pool)
    store.full = 0
    assert store.get_range(pool, OID, 64, 2) == [page_of(OID, 64), None]
    assert store.full == (1 if flags == EPHEMERAL else 0)
    assert store.put_range(pool, OID, 0, [b"new"] * 2) == [False] * 2
    assert store.put_range(pool, OID, 128, [b"new"] * 2) == [False] * 2
    assert store.get_range(pool, OID, 0, 2) == store.get_range(pool, OID, 128, 2) == [None, None]
    store.thaw(pool)
    assert store.put_range(pool, OID, 62, [b"new"] * 2) == [True] * 2
    assert store.get_range(pool, OID, 62, 2) == [b"new"] * 2
    store.check()


OWN: dict[str, tuple[DefaultHost | None, MemoryPam | None]] = {
    "host": (DefaultHost(), None),
    "PAM": (None, MemoryPam()),
    "host and PAM": (DefaultHost(), MemoryPam()),
}


@needs_source
@EACH_KIND
@pytest.mark.parametrize("own", OWN)
def test_a_store_with_a_host_or_pam_of_its_own_goes_the_full_way(flags: int, own: str) -> None:
    """LCK-3: whoever hands in a host or a PAM, were it the default one, has every call made to it."""
    store = Noting(*OWN[own])
    pool = filled(flags, store)
    store.full = 0
    for number, index in enumerate(FILLED):
        assert store.get_range(pool, OID, index, 1) == [page_of(OID, index)]
        assert store.put_range(pool, OID, index, [b"new"]) == [True]
        assert store.full == 2 * (number + 1)


PLACES: dict[str, Callable[[Any], tuple[Any, Any, Any, Any]]] = {
    "pool": lambda number: (number, OID, 1, 2),
    "oid": lambda number: (0, number, 1, 2),
    "index": lambda number: (0, OID, number, 2),
    "index of a page alone": lambda number: (0, NEIGHBOUR, number, 2),
    "number": lambda number: (0, OID, 1, number),
}


# Each of these numbers at each of these places, but for a range that there is and that nobody can wait for.
NUMBERED = [
    pytest.param(place, number, id=f"{place}, {at}, {number!r:.24}")
    for place in PLACES
    for at, number in enumerate(NUMBERS)
    if place != "number" or not isinstance(number, int) or not ENDLESS < number < 2**32
]


@EACH_KIND
@pytest.mark.parametrize(("place", "number"), NUMBERED)
def test_both_ways_take_the_same_ranges(flags: int, place: str, number: object) -> None:
    """OID-3, OID-4: an argument is refused, or taken for an int, the same way; nothing stays locked."""
    quick, full = Tmem(), Tmem(DefaultHost(), MemoryPam())
    pool = filled(flags, quick, full)
    where = PLACES[place](number)
    put = *where[:3], [b"new"] * 2
    for name, arguments in (("get_range", where), ("put_range", put), ("get_range", where), ("flush_range", where)):
        assert answer(getattr(quick, name), *arguments) == answer(getattr(full, name), *arguments)
        assert contents(quick, pool) == contents(full, pool)
        assert locks_held(quick) == 0


PAGES = (b"", bytearray(b"page"), memoryview(b"page"), OwnBytes(b"page"), "page", None, 1, [1], object)


@EACH_KIND
@pytest.mark.parametrize("index", [0, 1, 62, 128])
@pytest.mark.parametrize("page", PAGES, ids=[f"{at}, {type(one).__name__}" for at, one in enumerate(PAGES)])
def test_both_ways_take_the_same_pages(flags: int, index: int, page: Any) -> None:
    """COH-1: what is no page is refused the same way, and what is stored is the same, of the same type."""
    quick, full = Tmem(), Tmem(DefaultHost(), MemoryPam())
    pool = filled(flags, quick, full)
    for pages in ([page], [b"new", page], [page, b"new"]):
        assert answer(quick.put_range, pool, OID, index, pages) == answer(full.put_range, pool, OID, index, pages)
        assert contents(quick, pool) == contents(full, pool)
        assert answer(quick.get_range, pool, OID, index, 2) == answer(full.get_range, pool, OID, index, 2)


@EACH_KIND
def test_both_ways_refuse_pools_that_are_gone(flags: int) -> None:
    """POOL-1: a pool that is destroyed, and one that never was, beside one that is there."""
    quick, full = Tmem(), Tmem(DefaultHost(), MemoryPam())
    gone = filled(flags, quick, full)
    filled(flags, quick, full)
    for store in (quick, full):
        store.destroy_pool(gone)
    for pool in (gone, 2, -1):
        for index in FILLED:
            for name, what in (("get_range", 1), ("put_range", [b"new"]), ("flush_range", 1)):
                call = pool, OID, index, what
                assert answer(getattr(quick, name), *call) == answer(getattr(full, name), *call)
    assert contents(quick, 1) == contents(full, 1)
