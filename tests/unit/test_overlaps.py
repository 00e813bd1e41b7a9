"""Calls that overlap, each time in one fixed order: what a call finds that had to wait, and what check reports."""

from __future__ import annotations

import threading
from collections.abc import Callable
from itertools import count

import pytest

from support.locks import WatchedLock
from support.worlds import COLLIDING, LAST, PATIENCE, World, page_of
from tmem import EPHEMERAL, PERSISTENT, DefaultHost, Obj, Objnode, PoolDestroyedError, Tmem
from tmem_spec.metadata import Live

OID, NEIGHBOUR = COLLIDING[:2]
IN_LAST_BUCKET = 144
LATE: dict[str, Callable[[World, int], object]] = {
    "put": lambda world, pool: world.store.put(pool, OID, 1, b"too late"),
    "get": lambda world, pool: world.store.get(pool, OID, 0),
    "get_exclusive": lambda world, pool: world.store.get_exclusive(pool, OID, 0),
    "flush_page": lambda world, pool: world.store.flush_page(pool, OID, 0),
    "flush_object": lambda world, pool: world.store.flush_object(pool, OID),
    "reclaim": lambda world, pool: world.store.reclaim(pool, OID, 0, world.recorder.pampd_at(pool, OID, 0)),
}


def test_a_pool_that_is_being_destroyed_refuses(world: World, pool: int) -> None:
    """POOL-1: from the first moment that another call can come, the pool is destroyed, though pages are still live."""
    world.fill(pool, OID, range(200))
    looks = []

    def look() -> None:
        looks.append(len(world.recorder.pampds))
        for call in (world.store.get, world.store.flush_page, world.store.get_exclusive):
            with pytest.raises(PoolDestroyedError):
                call(pool, OID, 0)
        with pytest.raises(PoolDestroyedError):
            world.store.destroy_pool(pool)
        assert world.store.new_pool(PERSISTENT) > pool
        world.store.check()

    WatchedLock(world.bucket(pool, 0), before=look)
    world.store.destroy_pool(pool)
    assert looks == [200, 200, 200, 136, 72, 8]
    assert world.recorder.live() == Live()


@pytest.mark.parametrize("late", LATE)
def test_a_call_that_waited_for_a_destroyed_pool_is_refused(world: World, late: str) -> None:
    """POOL-1: a call that found the pool alive, and got the lock after its end, is refused and does nothing.

    1. the call looks the pool up;
    2. before it takes the lock, another thread destroys the pool;
    3. the call takes the lock.
    """
    pool = world.new_pool(EPHEMERAL)
    world.fill(pool, OID, [0])
    WatchedLock(world.bucket(pool, 0), before=lambda: world.store.destroy_pool(pool))
    with pytest.raises(PoolDestroyedError):
        LATE[late](world, pool)
    assert world.recorder.live() == Live()
    assert world.locks_held() == []


def test_a_put_that_waited_for_a_frozen_pool_is_a_flush(world: World, pool: int) -> None:
    """POOL-4: a put that found the pool thawed, and got the lock after freeze, drops the stale page, no more."""
    world.fill(pool, OID, [0])
    WatchedLock(world.bucket(pool, 0), before=lambda: world.store.freeze(pool))
    assert world.store.put(pool, OID, 0, b"too late") is False
    assert world.recorder.live() == Live()


def test_freeze_waits_for_puts_under_way(world: World, pool: int) -> None:
    """POOL-4: when freeze has returned, no put that began before it is still storing.

    1. a put has passed its look at the pool and is in the PAM's create, with its bucket locked;
    2. another thread freezes the pool: it does not return before the put has ended;
    3. from then on nothing is stored.
    """
    in_create, go_on = threading.Event(), threading.Event()
    at_the_lock = threading.Semaphore(0)
    order: list[str] = []

    def during(name: str) -> None:
        if name == "create":
            in_create.set()
            assert go_on.wait(PATIENCE)
            order.append("put stores")

    def freeze() -> None:
        world.store.freeze(pool)
        order.append("freeze returns")

    world.recorder.during = during
    WatchedLock(world.bucket(pool, 0), before=at_the_lock.release)
    putting = threading.Thread(target=world.store.put, args=(pool, OID, 0, b"page"))
    putting.start()
    assert in_create.wait(PATIENCE)
    freezing = threading.Thread(target=freeze)
    freezing.start()
    for _ in range(2):  # the put came there first, then freeze
        at_the_lock.acquire(timeout=1)
    freezing.join(0.02)
    go_on.set()
    putting.join(PATIENCE)
    freezing.join(PATIENCE)
    assert order == ["put stores", "freeze returns"]
    assert world.store.put(pool, OID, 0, b"page") is False
    assert world.recorder.live() == Live()


def test_check_while_a_pool_is_destroyed(world: World, pool: int) -> None:
    """POOL-1: check reports nothing about a pool whose destroy_pool is under way: there is nothing wrong with it.

    1. check has listed the pools and is about to look into bucket 0;
    2. another thread's destroy_pool marks the pool destroyed, empties bucket 0, and is about to empty bucket 255;
    3. check goes on, and meets an object in bucket 255, which destroy_pool has not got to yet.
    """
    world.fill(pool, OID, [0])
    world.fill(pool, IN_LAST_BUCKET, [0])
    takes = count(1)
    half_way, checked = threading.Event(), threading.Event()
    destroying = threading.Thread(target=world.store.destroy_pool, args=(pool,), daemon=True)

    def destroy_half() -> None:
        if not destroying.ident:
            destroying.start()
            assert half_way.wait(PATIENCE)

    def wait_for_check() -> None:
        if next(takes) == 2:  # the first was to wait for calls under way
            half_way.set()
            assert checked.wait(PATIENCE)

    WatchedLock(world.bucket(pool, 0), before=destroy_half)
    WatchedLock(world.bucket(pool, 255), before=wait_for_check)
    try:
        world.store.check()
        assert list(world.objs(pool)) == [IN_LAST_BUCKET]
    finally:
        checked.set()
        destroying.join(PATIENCE)
    assert world.recorder.live() == Live()


class ThriftyHost(DefaultHost):
    """A host that gives out again what it was handed back."""

    def __init__(self) -> None:
        """Nothing has come back yet."""
        self.objs: list[Obj] = []
        self.objnodes: list[Objnode] = []

    def obj_alloc(self, pool: int) -> Obj | None:
        """One that came back, or a new one."""
        return self.objs.pop() if self.objs else super().obj_alloc(pool)

    def obj_free(self, pool: int, obj: Obj) -> None:
        """Kept."""
        del pool
        self.objs.append(obj)

    def objnode_alloc(self, pool: int) -> Objnode | None:
        """One that came back, or a new one."""
        return self.objnodes.pop() if self.objnodes else super().objnode_alloc(pool)

    def objnode_free(self, pool: int, objnode: Objnode) -> None:
        """Kept."""
        del pool
        self.objnodes.append(objnode)


def test_a_host_may_give_out_again_what_came_back() -> None:
    """CNT-5: objs and objnodes come back as new ones are, so that a host that reuses them serves a store well."""
    host = ThriftyHost()
    store = Tmem(host=host)
    pool = store.new_pool(PERSISTENT)
    for round_ in range(20):
        for oid in COLLIDING:
            for index in (0, 64 * round_, 4096 * round_, LAST):
                assert store.put(pool, oid, index, page_of(oid, index))
                assert store.get(pool, oid, index) == page_of(oid, index)
        store.check()
        assert all(store.flush_object(pool, oid) for oid in COLLIDING)
    assert len(host.objs) == len(COLLIDING)


def test_check_while_metadata_moves_to_another_bucket() -> None:
    """OWN-1: check reports nothing about an obj or objnode that was freed and given out again while it looked on.

    1. check knows an object of bucket 0 and one of bucket 255, has been through bucket 0, and met an objnode there;
    2. other calls flush both objects: obj and objnode of the first come back to the host last;
    3. a put to bucket 255 gets them from the host;
    4. check comes to bucket 255 and meets both again, each in the store only once.
    """
    store = Tmem(host=ThriftyHost())
    pool = store.new_pool(PERSISTENT)
    assert store.put(pool, OID, 1, b"page")
    assert store.put(pool, IN_LAST_BUCKET, 1, b"page")
    objs = store._pools[pool].objs
    moved = objs[OID]

    def move() -> None:
        assert store.flush_object(pool, IN_LAST_BUCKET)
        assert store.flush_object(pool, OID)
        assert store.put(pool, IN_LAST_BUCKET, 1, b"another page")

    WatchedLock(store._pools[pool].buckets[100], before=move)
    store.check()
    assert objs == {IN_LAST_BUCKET: moved}
    assert store.get(pool, IN_LAST_BUCKET, 1) == b"another page"
