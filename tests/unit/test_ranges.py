"""Ranges: over many leaves and up to the last index, empty ones, any pages, and pools that are frozen."""

from __future__ import annotations

import random
from array import array
from collections.abc import Callable, Iterable, Iterator

import pytest

from support.quick import EACH_KIND
from support.ranges import EACH_STORE, STORES, as_range, singly, state_of
from support.worlds import COLLIDING, LAST, page_of
from tmem import EPHEMERAL, PERSISTENT, Tmem

OID, NEIGHBOUR = COLLIDING[:2]
SPREAD = (0, 5, 63, 64, 127, 130, 4000, 4095, 4096, 4200, LAST - 70, LAST - 3, LAST)
RANGES = [(0, 1), (0, 200), (1, 130), (60, 8), (63, 2), (64, 64), (100, 5000), (4090, 10), (LAST - 129, 130), (LAST, 1)]


def filled(kind: str, flags: int, indexes: Iterable[int] = SPREAD) -> tuple[Tmem, int]:
    """A store of this kind with a pool, in which an object has these pages, and its neighbour as well."""
    store = STORES[kind]()
    pool = store.new_pool(flags)
    for index in indexes:
        for oid in (OID, NEIGHBOUR):
            assert store.put(pool, oid, index, page_of(oid, index))
    return store, pool


@EACH_STORE
@EACH_KIND
@pytest.mark.parametrize("name", ["put_range", "get_range", "flush_range"])
@pytest.mark.parametrize(("index", "count"), RANGES)
def test_a_range_over_leaves_is_its_single_calls(kind: str, flags: int, name: str, index: int, count: int) -> None:
    """COH-1 to COH-5, SHR-1 to SHR-3: over any number of leaves, some of them there, and up to the last index."""
    store, pool = filled(kind, flags)
    other, _ = filled("a PAM asked page by page", flags)
    what = [b"%d" % at for at in range(count)] if name == "put_range" else count
    assert as_range(store, name, pool, OID, index, what) == singly(other, name, pool, OID, index, what)
    assert state_of(store, pool, OID) == state_of(other, pool, OID)
    assert state_of(store, pool, NEIGHBOUR) == state_of(other, pool, NEIGHBOUR)
    assert store.count(pool) == other.count(pool)
    store.check()


@EACH_STORE
@EACH_KIND
def test_ranges_and_single_calls_mixed(kind: str, flags: int) -> None:
    """COH-1 to COH-6, POOL-4: a long run of both is, in answers and pages, a run of single calls."""
    dice = random.Random(f"{kind} {flags}")
    store, pool = filled(kind, flags)
    other, _ = filled("a PAM asked page by page", flags)
    for number in range(500):
        name = dice.choice(("put_range", "put_range", "get_range", "flush_range"))
        index = max(0, dice.choice((0, 64, 4096, 64 * dice.randrange(80))) + dice.randrange(-5, 6))
        count = dice.choice((0, 1, 2, 3, 10, 64, 70, dice.randrange(200)))
        what = [b"%d %d" % (number, at) for at in range(count)] if name == "put_range" else count
        oid = dice.choice((OID, NEIGHBOUR))
        frost = dice.choice((Tmem.freeze, Tmem.thaw, Tmem.thaw, Tmem.thaw))
        for one in (store, other):
            frost(one, pool)
        assert as_range(store, name, pool, oid, index, what) == singly(other, name, pool, oid, index, what)
        assert state_of(store, pool, oid) == state_of(other, pool, oid)
    store.check()
    assert store.count(pool) == other.count(pool)


@EACH_STORE
@EACH_KIND
@pytest.mark.parametrize("index", [0, 3, 64, LAST])
def test_an_empty_range_does_nothing(kind: str, flags: int, index: int) -> None:
    """COH-5: it answers with nothing; at the last index too, and where there is a page, were it the only one."""
    store, pool = filled(kind, flags)
    alone, nobody = COLLIDING[2:4]
    assert store.put(pool, alone, 0, b"page")
    before = [state_of(store, pool, oid) for oid in (OID, alone)]
    for oid in (OID, alone, nobody):
        assert store.put_range(pool, oid, index, []) == []
        assert store.get_range(pool, oid, index, 0) == []
        assert store.flush_range(pool, oid, index, 0) == []
    assert [state_of(store, pool, oid) for oid in (OID, alone)] == before
    assert store.count(pool).objs == 3
    store.check()


@EACH_STORE
def test_answers_are_lists_of_their_own(kind: str) -> None:
    """COH-1: what a range answers is a list that the caller may change: it is no part of the store."""
    store, pool = filled(kind, PERSISTENT, range(64))
    pages = [b"page"] * 64
    assert store.put_range(pool, OID, 0, pages) == [True] * 64
    got = store.get_range(pool, OID, 0, 64)
    assert got == pages
    got.clear()
    pages.clear()
    assert store.get_range(pool, OID, 0, 64) == [b"page"] * 64
    assert type(store.flush_range(pool, OID, 0, 1)[0]) is type(store.put_range(pool, OID, 0, [b""])[0]) is bool
    store.check()


BUFFERS: dict[str, Callable[[bytes], bytes | bytearray | memoryview]] = {
    "bytes": bytes,
    "bytearray": bytearray,
    "memoryview": lambda page: memoryview(bytearray(page)),
}
ITERABLES: dict[str, Callable[[list[bytes | bytearray | memoryview]], Iterable[bytes | bytearray | memoryview]]] = {
    "list": list,
    "tuple": tuple,
    "generator": lambda pages: (page for page in pages),
    "iterator": iter,
}


@EACH_STORE
@pytest.mark.parametrize("buffer", BUFFERS)
@pytest.mark.parametrize("iterable", ITERABLES)
@pytest.mark.parametrize("index", [0, 62, 5000])
def test_any_pages(kind: str, buffer: str, iterable: str, index: int) -> None:
    """COH-1: what is put are copies, whatever buffers the pages came in, and whatever these came in."""
    store, pool = filled(kind, PERSISTENT)
    buffers = [BUFFERS[buffer](b"page %d" % at) for at in range(6)]
    assert store.put_range(pool, OID, index, ITERABLES[iterable](buffers)) == [True] * 6
    for one in buffers:
        if not isinstance(one, bytes):
            one[:] = bytes(len(one))
    got = store.get_range(pool, OID, index, 6)
    assert got == [b"page %d" % at for at in range(6)]
    assert {type(page) for page in got} == {bytes}


@EACH_STORE
@pytest.mark.parametrize("at", [0, 1, 2])
def test_kinds_of_pages_may_be_mixed(kind: str, at: int) -> None:
    """COH-1: one page that is to be copied, at whichever place, and one that is not."""
    store, pool = filled(kind, PERSISTENT)
    changing = bytearray(b"as it was")
    pages: list[bytes | bytearray | memoryview] = [b"as it is"] * 3
    pages[at] = changing
    assert store.put_range(pool, OID, 4, pages) == [True] * 3
    changing[:] = b"different"
    expected = [b"as it is"] * 3
    expected[at] = b"as it was"
    assert store.get_range(pool, OID, 4, 3) == expected
    assert store.put_range(pool, OID, 4, [memoryview(array("H", b"ab")), b"", bytes(1 << 20)]) == [True] * 3
    assert store.get_range(pool, OID, 4, 3) == [b"ab", b"", bytes(1 << 20)]


@EACH_STORE
def test_pages_may_come_from_the_store_itself(kind: str) -> None:
    """LCK-3: the pages are all there before a lock is taken, so what makes them may call the store."""
    store, pool = filled(kind, EPHEMERAL, range(100))

    def moved() -> Iterator[bytes]:
        for index in range(100):
            page = store.get(pool, OID, index)
            assert page is not None
            yield page

    assert store.put_range(pool, NEIGHBOUR, 50, moved()) == [True] * 100
    assert store.get_range(pool, NEIGHBOUR, 50, 100) == [page_of(OID, index) for index in range(100)]
    assert store.count(pool).pampds == 50
    store.check()


@EACH_STORE
@EACH_KIND
def test_a_frozen_pool_refuses_a_range(kind: str, flags: int) -> None:
    """POOL-4: each page is refused, what its handle held is gone, and no metadata is kept; thawed, it stores again."""
    store, pool = filled(kind, flags, (0, 1, 63, 64, 65, 200))
    store.freeze(pool)
    assert store.put_range(pool, OID, 1, [b"new"] * 64) == [False] * 64
    assert store.flush_range(pool, OID, 0, 201) == [index in (0, 65, 200) for index in range(201)]
    assert store.count(pool).objs == 1
    assert store.put_range(pool, NEIGHBOUR, 0, [b"new"] * 201) == [False] * 201
    assert store.count(pool) == (0, 0, 0)
    store.thaw(pool)
    assert store.put_range(pool, NEIGHBOUR, 1, [b"new"] * 64) == [True] * 64
    store.check()


@EACH_STORE
def test_a_frozen_pool_is_read_and_flushed(kind: str) -> None:
    """POOL-4: while a pool is frozen, ranges of it are got and flushed as ever."""
    store, pool = filled(kind, PERSISTENT, range(70))
    store.freeze(pool)
    assert store.get_range(pool, OID, 60, 12) == [page_of(OID, index) for index in range(60, 70)] + [None] * 2
    assert store.flush_range(pool, OID, 60, 12) == [True] * 10 + [False] * 2
    store.check()
