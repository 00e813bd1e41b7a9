"""The quick way of put and get: it answers as the full way does, whatever it is given and whatever comes between.

A store without a host or a PAM of the caller's takes it. The same store with `DefaultHost` and `MemoryPam` handed in
never does: it is what the quick one is held against.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from support.quick import (
    EACH_KIND,
    FILLED,
    IN_ANOTHER_BUCKET,
    NEIGHBOUR,
    NUMBERS,
    OID,
    OwnBytes,
    answer,
    contents,
    filled,
    locks_held,
)
from support.worlds import LAST
from tmem import PERSISTENT, DefaultHost, MemoryPam, Tmem


@EACH_KIND
@pytest.mark.parametrize("seed", range(8))
def test_both_ways_answer_alike(flags: int, seed: int) -> None:
    """COH-1 to COH-6, POOL-4: the same calls get the same answers, and leave the same pages and counts."""
    dice = random.Random(seed)
    quick, full = Tmem(), Tmem(DefaultHost(), MemoryPam())
    pool = filled(flags, quick, full)
    names = ("put", "get") * 12 + ("get_exclusive", "flush_page") * 4 + ("flush_object", "freeze", "thaw", "thaw")
    for number in range(600):
        name = dice.choice(names)
        place = dice.choice((OID, NEIGHBOUR, IN_ANOTHER_BUCKET)), dice.choice((*FILLED, 2, 65, 4095, -1, LAST + 1))
        arguments = {"put": (*place, b"%d" % number), "flush_object": place[:1], "freeze": (), "thaw": ()}
        call = pool, *arguments.get(name, place)
        assert answer(getattr(quick, name), *call) == answer(getattr(full, name), *call), (name, call)
        assert contents(quick, pool) == contents(full, pool)
        assert quick.count(pool) == full.count(pool)
    quick.check()
    assert locks_held(quick) == 0


PAGES = (b"", bytearray(b"page"), memoryview(b"page"), OwnBytes(b"page"), "page", None, 1, [1], object)
PLACES: dict[str, Callable[[Any], tuple[Any, Any, Any]]] = {
    "pool": lambda number: (number, OID, 1),
    "oid": lambda number: (0, number, 1),
    "index": lambda number: (0, OID, number),
    "index of a page alone": lambda number: (0, NEIGHBOUR, number),
}


@EACH_KIND
@pytest.mark.parametrize("number", NUMBERS, ids=[f"{at}, {one!r:.24}" for at, one in enumerate(NUMBERS)])
@pytest.mark.parametrize("place", PLACES)
def test_both_ways_take_the_same_handles(flags: int, place: str, number: object) -> None:
    """OID-3, OID-4: an argument is refused, or taken for an int, the same way; nothing stays locked."""
    quick, full = Tmem(), Tmem(DefaultHost(), MemoryPam())
    pool = filled(flags, quick, full)
    handle = PLACES[place](number)
    for name, arguments in (("get", handle), ("put", (*handle, b"new")), ("get", handle)):
        assert answer(getattr(quick, name), *arguments) == answer(getattr(full, name), *arguments)
        assert contents(quick, pool) == contents(full, pool)
        assert locks_held(quick) == 0


@EACH_KIND
@pytest.mark.parametrize("index", [0, 1, 2, 65, 128])
@pytest.mark.parametrize("page", PAGES, ids=[f"{at}, {type(one).__name__}" for at, one in enumerate(PAGES)])
def test_both_ways_take_the_same_pages(flags: int, index: int, page: Any) -> None:
    """COH-1: what is no page is refused the same way, and what is stored is the same, of the same type."""
    quick, full = Tmem(), Tmem(DefaultHost(), MemoryPam())
    pool = filled(flags, quick, full)
    assert answer(quick.put, pool, OID, index, page) == answer(full.put, pool, OID, index, page)
    assert contents(quick, pool) == contents(full, pool)
    assert answer(quick.get, pool, OID, index) == answer(full.get, pool, OID, index)


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
            assert answer(quick.get, pool, OID, index) == answer(full.get, pool, OID, index)
            assert answer(quick.put, pool, OID, index, b"new") == answer(full.put, pool, OID, index, b"new")
    assert contents(quick, 1) == contents(full, 1)


def test_a_page_is_copied() -> None:
    """COH-1: a buffer that the caller changes later does not change the page."""
    store = Tmem()
    pool = filled(PERSISTENT, store)
    buffer = bytearray(b"page")
    assert store.put(pool, OID, 1, buffer)
    assert store.put(pool, OID, 2, memoryview(buffer))
    buffer[:] = b"gone"
    assert [store.get(pool, OID, index) for index in (1, 2)] == [b"page", b"page"]
