"""Pools: their ids and their end, flush, freeze and thaw, and what a get does to the pages of each kind."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from support.worlds import COLLIDING, LAST, World, page_of
from tmem import EPHEMERAL, PERSISTENT, SHARED, Counts, PoolDestroyedError, PoolError
from tmem_proofs.conformance.recorder import Fail
from tmem_spec.metadata import Callback, Live

OID, NEIGHBOUR = COLLIDING[:2]
KINDS = pytest.mark.parametrize("flags", [EPHEMERAL, PERSISTENT, SHARED], ids=["ephemeral", "persistent", "shared"])


def test_ids_are_never_given_again(world: World) -> None:
    """POOL-2: every pool gets an id of its own, whatever was destroyed before it, with pages or without."""
    given = []
    for round_ in range(50):
        pool = world.new_pool(EPHEMERAL)
        given.append(pool)
        world.fill(pool, OID, range(round_ % 3))
        if round_ % 2:
            world.store.destroy_pool(given[round_ // 2])
    assert len(set(given)) == len(given)
    world.assert_well_formed()


@KINDS
def test_a_new_pool_is_empty(world: World, flags: int) -> None:
    """COH-2: in a new pool everything misses, and making one asks nothing of host and PAM."""
    pool = world.new_pool(flags)
    assert world.store.get(pool, OID, 0) is None
    assert not world.store.flush_page(pool, OID, 0)
    assert not world.store.flush_object(pool, OID)
    assert world.store.count(pool) == Counts(objs=0, objnodes=0, pampds=0)
    assert world.recorder.callbacks == []


def test_pools_are_apart(world: World) -> None:
    """COH-5: one handle in two pools holds two pages; what happens in one pool is not seen in the other."""
    first, second = world.new_pool(PERSISTENT), world.new_pool(PERSISTENT)
    assert world.store.put(first, OID, 0, b"first")
    assert world.store.put(second, OID, 0, b"second")
    assert world.store.get(first, OID, 0) == b"first"
    world.store.destroy_pool(first)
    assert world.store.get(second, OID, 0) == b"second"
    world.assert_well_formed()


@KINDS
def test_a_destroyed_pool_is_gone_with_all_its_pages(world: World, flags: int) -> None:
    """OWN-3: when destroy_pool has ended, nothing of the pool is live and each thing was freed once."""
    pool = world.new_pool(flags)
    for oid in (*COLLIDING, 144, 1, 2):
        world.fill(pool, oid, (0, 5, 64, 4096, LAST))
    live = world.recorder.live()
    world.recorder.expect()
    world.store.destroy_pool(pool)
    assert world.recorder.live() == Live()
    assert world.callbacks() == {
        Callback.FREE: live.pages, Callback.OBJNODE_FREE: live.objnodes, Callback.OBJ_FREE: live.objs,
    }  # fmt: skip
    world.assert_well_formed()


def test_a_second_destroy_is_an_error(world: World, pool: int) -> None:
    """POOL-1: destroy_pool on a destroyed pool raises PoolDestroyedError, every time."""
    world.store.destroy_pool(pool)
    for _ in range(2):
        with pytest.raises(PoolDestroyedError, match=f"pool {pool} is destroyed: it refuses every access"):
            world.store.destroy_pool(pool)


def test_a_pool_of_another_store_is_unknown(world: World, pool: int) -> None:
    """POOL-1: ids are of one store: another store that gave fewer does not know this one."""
    with pytest.raises(PoolError, match=f"there is no pool {pool}") as caught:
        World().store.get(pool, OID, 0)
    assert not isinstance(caught.value, PoolDestroyedError)
    world.assert_well_formed()


@KINDS
def test_a_flushed_pool_stays_usable(world: World, flags: int) -> None:
    """COH-4: after flush_pool everything in the pool misses, nothing of it is live, and puts store again."""
    pool, other = world.new_pool(flags), world.new_pool(flags)
    for oid in (*COLLIDING, 144):
        world.fill(pool, oid, (0, 64, LAST))
    world.fill(other, OID, [0])
    world.store.flush_pool(pool)
    assert world.held() == {(other, OID, 0): page_of(OID, 0)}
    assert world.store.get(pool, OID, 0) is None
    assert world.store.count(pool) == Counts(objs=0, objnodes=0, pampds=0)
    world.fill(pool, OID, [0])
    assert world.store.get(pool, OID, 0) == page_of(OID, 0)
    world.assert_well_formed()


@KINDS
def test_a_flushed_object_misses_and_its_neighbours_do_not(world: World, flags: int) -> None:
    """COH-4, COH-5: flush_object drops every page of one object, and no page of another in its bucket."""
    pool = world.new_pool(flags)
    for oid in COLLIDING:
        world.fill(pool, oid, (0, 64, LAST))
    assert world.store.flush_object(pool, OID)
    assert not world.store.flush_object(pool, OID)
    assert [world.store.get(pool, OID, index) for index in (0, 64, LAST)] == [None] * 3
    for oid in COLLIDING[1:]:
        assert world.store.get(pool, oid, LAST) == page_of(oid, LAST)
    world.assert_well_formed()


@KINDS
def test_a_put_to_a_frozen_pool_stores_nothing(world: World, flags: int) -> None:
    """POOL-4: while frozen a put to an empty handle is refused, and asks nothing of host and PAM."""
    pool = world.new_pool(flags)
    world.store.freeze(pool)
    assert world.store.put(pool, OID, 0, b"page") is False
    assert world.recorder.callbacks == []
    assert world.store.get(pool, OID, 0) is None


@KINDS
def test_a_duplicate_put_to_a_frozen_pool_is_a_flush(world: World, flags: int) -> None:
    """POOL-4: while frozen a duplicate put drops the stale page, with the metadata that it alone needed."""
    pool = world.new_pool(flags)
    world.fill(pool, OID, (0, LAST))
    world.store.freeze(pool)
    assert world.store.put(pool, OID, LAST, b"new") is False
    assert world.held() == {(pool, OID, 0): page_of(OID, 0)}
    world.assert_well_formed()
    assert world.store.put(pool, OID, 0, b"new") is False
    assert world.recorder.live() == Live()


def test_a_frozen_pool_still_gets_and_flushes(world: World, pool: int) -> None:
    """POOL-4: freeze concerns puts alone: gets hit, flushes drop, and other pools store."""
    other = world.new_pool(PERSISTENT)
    world.fill(pool, OID, (0, 1, 2))
    world.store.freeze(pool)
    world.store.freeze(pool)
    assert world.store.get(pool, OID, 0) == page_of(OID, 0)
    assert world.store.get_exclusive(pool, OID, 1) == page_of(OID, 1)
    assert world.store.flush_page(pool, OID, 2)
    assert world.store.put(other, OID, 0, b"page")
    assert world.held() == {(pool, OID, 0): page_of(OID, 0), (other, OID, 0): b"page"}


def test_a_thawed_pool_stores_again(world: World, pool: int) -> None:
    """POOL-4: thaw ends a freeze, however often it was frozen; thaw of a pool that is not frozen changes nothing."""
    world.store.thaw(pool)
    world.store.freeze(pool)
    world.store.freeze(pool)
    world.store.thaw(pool)
    assert world.store.put(pool, OID, 0, b"page")
    assert world.store.get(pool, OID, 0) == b"page"


@pytest.mark.parametrize(("flags", "kept"), [(EPHEMERAL, False), (PERSISTENT, True), (SHARED, True)])
def test_what_a_get_leaves(world: World, flags: int, *, kept: bool) -> None:
    """EPH-1, EPH-4, COH-6: a get takes the page from a private ephemeral pool, and leaves it in the others."""
    pool = world.new_pool(flags)
    world.fill(pool, OID, (0, LAST))
    world.recorder.expect()
    assert world.store.get(pool, OID, LAST) == page_of(OID, LAST)
    assert world.callbacks()[Callback.FREE] == (0 if kept else 1)
    assert world.store.get(pool, OID, LAST) == (page_of(OID, LAST) if kept else None)
    world.assert_well_formed()


@KINDS
def test_an_exclusive_get_takes_the_page_everywhere(world: World, flags: int) -> None:
    """EPH-1: get_exclusive yields the page, once, in every kind of pool, and frees it once."""
    pool = world.new_pool(flags)
    world.fill(pool, OID, (0, LAST))
    world.recorder.expect()
    assert world.store.get_exclusive(pool, OID, LAST) == page_of(OID, LAST)
    assert world.store.get_exclusive(pool, OID, LAST) is None
    assert world.store.get(pool, OID, LAST) is None
    assert world.callbacks()[Callback.FREE] == 1
    assert list(world.held()) == [(pool, OID, 0)]
    world.assert_well_formed()


def refused_put(world: World, pool: int) -> object:
    """A put of the handle that the PAM refuses."""
    world.recorder.expect(Fail("create"))
    return world.store.put(pool, OID, 64, b"refused")


ENDINGS: dict[str, Callable[[World, int], object]] = {
    "get": lambda world, pool: world.store.get(pool, OID, 64),
    "flush_page": lambda world, pool: world.store.flush_page(pool, OID, 64),
    "flush_object": lambda world, pool: world.store.flush_object(pool, OID),
    "put, refused": refused_put,
    "reclaim": lambda world, pool: world.store.reclaim(pool, OID, 64, world.recorder.pampd_at(pool, OID, 64)),
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_an_object_goes_with_its_last_page(world: World, ending: str) -> None:
    """CNT-2: whatever takes the last page of an object takes the object: no zombie stays in table or counts."""
    pool = world.new_pool(EPHEMERAL)
    world.fill(pool, OID, [64])
    world.fill(pool, NEIGHBOUR, [0])
    assert list(world.objs(pool)) == [OID, NEIGHBOUR]
    ENDINGS[ending](world, pool)
    assert list(world.objs(pool)) == [NEIGHBOUR]
    assert world.store.count(pool) == Counts(objs=1, objnodes=0, pampds=1)
    world.assert_well_formed()
