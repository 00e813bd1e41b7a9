"""Dropping an object or a pool: the order of the frees, how long a lock is held, and what is seen meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice, pairwise
from typing import Any

import pytest

from support.locks import WatchedLock
from support.worlds import COLLIDING, LAST, World, page_of
from tmem import PERSISTENT, Counts, Obj, Objnode, oid_from_words
from tmem_proofs.conformance.recorder import Pampd, Recorder
from tmem_spec.metadata import Callback, Live

OID, NEIGHBOUR = COLLIDING[:2]
OBJ = "the obj"
SETS: dict[str, frozenset[int]] = {
    "index 0": frozenset([0]),
    "one leaf": frozenset(range(64)),
    "many leaves": frozenset(range(0, 4096, 7)),
    "every height": frozenset((0, 63, 64, 4095, 4096, 262143, 262144, 2**24, 2**30, LAST)),
    "far apart": frozenset(slot << shift | slot for slot in range(4) for shift in (0, 12, 18, 30)),
}
DROPS: dict[str, Callable[[World, int], object]] = {
    "flush_object": lambda world, pool: world.store.flush_object(pool, OID),
    "flush_pool": lambda world, pool: world.store.flush_pool(pool),
    "destroy_pool": lambda world, pool: world.store.destroy_pool(pool),
}


class Listing(Recorder):
    """A recorder that also lists what is freed: pages as their indexes, objnodes as they are."""

    def __init__(self) -> None:
        """Nothing was freed."""
        super().__init__()
        self.freed: list[object] = []

    def free(self, pampd: Pampd) -> None:
        """Listed, then freed."""
        self.freed.append(pampd.handle[2])
        super().free(pampd)

    def objnode_free(self, pool: int, objnode: Objnode) -> None:
        """Listed, then freed."""
        self.freed.append(objnode)
        super().objnode_free(pool, objnode)

    def obj_free(self, pool: int, obj: Obj) -> None:
        """Listed, then freed."""
        self.freed.append(OBJ)
        super().obj_free(pool, obj)


def post_order(node: Any, level: int) -> list[object]:
    """What a subtree should free: what its slots lead to, ascending, then itself; a page at level 0."""
    if level == 0:
        return [node.handle[2]]
    below = [freed for held in node.slots if held is not None for freed in post_order(held, level - 1)]
    return [*below, node]


def live_things(world: World) -> int:
    """How many things are live."""
    live = world.recorder.live()
    return live.objs + live.objnodes + live.pages


@pytest.mark.parametrize("drop", DROPS)
@pytest.mark.parametrize("indexes", SETS.values(), ids=SETS)
def test_frees_come_in_post_order(indexes: frozenset[int], drop: str) -> None:
    """OWN-1: pages and objnodes are freed post-order, slots ascending, and the obj last: each once."""
    recorder = Listing()
    world = World(recorder)
    pool = world.new_pool(PERSISTENT)
    world.fill(pool, OID, indexes)
    (obj,) = recorder.objs.values()
    expected = [*post_order(obj.root, obj.height), OBJ]
    DROPS[drop](world, pool)
    assert recorder.freed == expected
    assert [freed for freed in expected if isinstance(freed, int)] == sorted(indexes)
    assert recorder.live() == Live()
    world.assert_well_formed()


@pytest.mark.parametrize("drop", ["flush_pool", "destroy_pool"])
def test_a_pool_goes_object_by_object(world: World, pool: int, drop: str) -> None:
    """OID-1: the objects go in the order of their oids, whatever their buckets, and however they came in."""
    oids = [0, 1, 144, 233, 256, 377, 521, 665, 754, 1042, 1186, 4096, oid_from_words(0, 1, 0), oid_from_words(0, 0, 1)]
    for oid in [*oids[::2], *oids[::-2]][::-1]:
        assert world.store.put(pool, oid, 0, b"page")
    world.recorder.expect()
    DROPS[drop](world, pool)
    assert [pampd.handle[1] for pampd in world.recorder.handed] == oids


@pytest.mark.parametrize("drop", DROPS)
def test_a_lock_is_held_for_few_frees(world: World, pool: int, drop: str) -> None:
    """LCK-2: each time that a teardown holds the lock it frees at most 64 pages and 6 objnodes."""
    world.fill(pool, OID, [*range(1000), *range(0, 2**32, 2**24)])
    world.fill(pool, NEIGHBOUR, range(0, 640, 2))
    before = live_things(world)
    steps: list[list[Callback]] = []

    def look() -> None:
        assert world.locks_held() == []
        steps.append(world.recorder.callbacks)
        world.recorder.callbacks = []

    WatchedLock(world.bucket(pool, 0), after=look)
    world.recorder.expect()
    DROPS[drop](world, pool)
    assert sum(map(len, steps)) == before - live_things(world)
    for step in steps:
        assert step.count(Callback.FREE) <= 64
        assert step.count(Callback.OBJNODE_FREE) <= 6
        assert step.count(Callback.OBJ_FREE) <= 1


@pytest.mark.parametrize("pages_an_object", [1, 64, 20_000])
def test_others_are_let_in_now_and_then(
    world: World, pool: int, monkeypatch: pytest.MonkeyPatch, pages_an_object: int
) -> None:
    """LCK-3: a long teardown pauses, with no lock held, after at most 4096 pages, and not after each small object."""
    for oid in range(20_000 // pages_an_object):
        for index in range(pages_an_object):
            assert world.store.put(pool, oid, index, b"page")
    left = [len(world.recorder.pampds)]

    def pause() -> None:
        assert world.locks_held() == []
        left.append(len(world.recorder.pampds))

    monkeypatch.setattr("tmem._sync.pause", pause)
    world.store.flush_pool(pool)
    freed = [before - after for before, after in pairwise([*left, 0])]
    assert max(freed) <= 4096
    assert len(freed) <= 20_000 // 64 + 1


@pytest.mark.parametrize("drop", ["flush_object", "flush_pool"])
def test_nothing_is_seen_of_what_is_dropped(world: World, pool: int, drop: str) -> None:
    """COH-4: from the first moment that another call can come, every page misses, and the store passes its check."""
    indexes = (*range(200), 4096, LAST)
    world.fill(pool, OID, indexes)
    looks = []

    def look() -> None:
        looks.append(len(world.recorder.pampds))
        assert [index for index in indexes if world.store.get(pool, OID, index) is not None] == []
        assert not world.store.flush_page(pool, OID, LAST)
        assert not world.store.flush_object(pool, OID)
        assert world.store.count(pool) == Counts(objs=0, objnodes=0, pampds=0)
        world.store.check()

    WatchedLock(world.bucket(pool, 0), after=look)
    DROPS[drop](world, pool)
    assert looks == [202, 138, 74, 10, 2, 1, 0]


@pytest.mark.parametrize("drop", ["flush_object", "flush_pool"])
def test_an_object_put_meanwhile_is_another(world: World, pool: int, drop: str) -> None:
    """COH-5: pages put under the same oid while the old object is freed stay, and the old ones do not come back."""
    world.fill(pool, OID, range(0, 640, 2))
    fresh = [(OID, 0), (OID, 1), (OID, LAST), (NEIGHBOUR, 5)]
    to_come = iter(fresh)

    def look() -> None:
        for oid, index in islice(to_come, 1):
            world.fill(pool, oid, [index])

    WatchedLock(world.bucket(pool, 0), after=look)
    DROPS[drop](world, pool)
    assert world.held() == {(pool, oid, index): page_of(oid, index) for oid, index in fresh}
    assert world.store.get(pool, OID, 2) is None
    world.assert_well_formed()
