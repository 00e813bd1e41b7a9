"""The store under judgement: what is right passes, and whatever is wrong with answers, locks or the store is said."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import tmem
from support.builds import LOOKS_INSIDE, needs_source
from tmem import EPHEMERAL, PERSISTENT, SHARED, BrokenInvariantError, Tmem, _operations
from tmem._pool import Pool
from tmem._words import bucket_of
from tmem_proofs.conformance.judged import JudgedStore
from tmem_proofs.conformance.locks import GuardedObjs, LockError, OneThreadLock, one_thread
from tmem_proofs.conformance.published_store import PublishedTmem
from tmem_proofs.conformance.recorder import Fail
from tmem_spec import Handle, Outcome
from tmem_spec.calls import (
    Call,
    DestroyPool,
    FlushObject,
    FlushPage,
    FlushPool,
    Freeze,
    Get,
    NewPool,
    Put,
    Reclaim,
    Thaw,
)

OID = 7


def filled(kind: type[Tmem] = Tmem, flags: int = PERSISTENT) -> JudgedStore:
    """A store with one pool and, at index 0, a page. No compiled store has a class of ours made from it."""
    if kind is not Tmem and tmem.compiled:
        pytest.skip(LOOKS_INSIDE)
    store = JudgedStore(kind)
    store.make(Put(Handle(store.new_pool(flags), OID, 0), b"a page"))
    return store


@pytest.mark.parametrize("flags", [EPHEMERAL, PERSISTENT, SHARED])
def test_calls_that_go_well_pass(flags: int) -> None:
    """Every call there is, refusals and exceptions among them: nothing is wrong."""
    store = filled(flags=flags)
    pool = store.new_pool(flags)
    handle, other = Handle(pool, OID, 4096), Handle(pool, OID, 1)
    assert store.make(Put(handle, b"a page"), Fail("create")).outcome is Outcome.REFUSED
    assert store.make(Put(handle, b"a page"), Fail("objnode_alloc", 1, raises=True)).outcome is Outcome.RAISED
    assert store.make(Put(handle, b"a page")).outcome is Outcome.STORED
    assert store.make(Get(handle), Fail("get_data")).outcome is Outcome.FAILED
    assert store.make(Get(handle, exclusive=True)).outcome is (Outcome.HIT if flags == PERSISTENT else Outcome.MISS)
    calls: list[Call] = [
        Put(other, b"another"),
        FlushPage(other),
        FlushObject(pool, OID),
        Freeze(pool),
        Put(other, b"another"),
        Thaw(pool),
        Reclaim(other, names_held=False),
        NewPool(99),
        FlushPool(pool),
        DestroyPool(pool),
    ]
    for call in calls:
        store.make(call)
    store.assert_nothing_wrong()


class TakesNoLock(Tmem):
    """A put without the lock."""

    __slots__ = ()

    def put(self, pool: int, oid: int, index: int, page: Any) -> bool:
        """LCK-1."""
        return _operations.put(self._bucket(pool, oid), oid, index, page)


class LooksWithoutLock(Tmem):
    """A flush that looks for its object before it takes the lock."""

    __slots__ = ()

    def flush_object(self, pool: int, oid: int) -> bool:
        """LCK-1."""
        return self._pool(pool).objs.get(oid) is not None and super().flush_object(pool, oid)


class PopsWithoutLock(Tmem):
    """A flush that takes its object out without the lock."""

    __slots__ = ()

    def flush_object(self, pool: int, oid: int) -> bool:
        """LCK-1."""
        objs = self._pool(pool).objs
        objs[oid] = objs.pop(oid)
        del objs[oid]
        return True


class KeepsLock(Tmem):
    """A put that does not release the lock."""

    __slots__ = ()

    def put(self, pool: int, oid: int, index: int, page: Any) -> bool:
        """LCK-2."""
        bucket = self._bucket(pool, oid)
        bucket.lock.acquire()
        return _operations.put(bucket, oid, index, page)


class LocksTwice(Tmem):
    """A put that waits for the lock that it holds."""

    __slots__ = ()

    def put(self, pool: int, oid: int, index: int, page: Any) -> bool:
        """LCK-2."""
        with self._bucket(pool, oid).lock:
            return super().put(pool, oid, index, page)


class LocksAnother(Tmem):
    """A put that holds the lock of another bucket, too."""

    __slots__ = ()

    def put(self, pool: int, oid: int, index: int, page: Any) -> bool:
        """LCK-3."""
        with self._pools[pool].buckets[bucket_of(oid) ^ 1].lock:
            return super().put(pool, oid, index, page)


@pytest.mark.parametrize(
    ("kind", "invariant"),
    [
        (TakesNoLock, "LCK-1: object 0x7 is looked for"),
        (LooksWithoutLock, "LCK-1: object 0x7 is looked for"),
        (PopsWithoutLock, "LCK-1: object 0x7 is looked for"),
        (KeepsLock, "LCK-2: the lock of bucket"),
        (LocksTwice, "LCK-2 or LCK-3"),
        (LocksAnother, "LCK-3: obj_alloc is called with 2 locks held"),
    ],
)
def test_wrong_locking_is_said(kind: type[Tmem], invariant: str) -> None:
    """LCK-1, LCK-2, LCK-3: at the call that does it, and without waiting for ever."""
    with pytest.raises(LockError, match=invariant):
        filled(kind).make(FlushObject(0, OID))


def test_a_callback_without_a_lock_is_said() -> None:
    """LCK-1: whatever was looked for under the lock, a callback comes under it, too."""

    class Releases(Tmem):
        __slots__ = ()

        def get(self, pool: int, oid: int, index: int) -> bytes | None:
            assert super().get(pool, oid, index)
            bucket = self._bucket(pool, oid)
            with bucket.lock:
                pampd = bucket.pool.objs[oid].root
            return self._pam.get_data(pampd)

    store = filled(Releases)
    with pytest.raises(LockError, match="LCK-1: get_data is called with 0 locks held"):
        store.make(Get(Handle(0, OID, 0)))


def test_objects_out_of_sight_need_no_lock() -> None:
    """What was taken out of its pool is nobody else's."""
    store = Tmem()
    with one_thread():
        pool = store._pools[store.new_pool(EPHEMERAL)]
    said: list[str] = []
    objs = GuardedObjs(pool, said.append)
    pool.objs = {}
    assert objs.get(OID) is None
    assert said == []


def guarded(flags: int) -> tuple[Tmem, Pool, list[str]]:
    """A store that may take the quick way, its one pool, with a page, and what is said when that is touched."""
    store = Tmem()
    with one_thread():
        pool = store._pools[store.new_pool(flags)]
    assert store.put(pool.id, OID, 1, b"a page")
    said: list[str] = []
    GuardedObjs(pool, said.append)
    return store, pool, said


@needs_source
@pytest.mark.parametrize("flags", [EPHEMERAL, PERSISTENT, SHARED])
def test_the_quick_way_touches_an_object_under_its_lock(flags: int) -> None:
    """LCK-1: it finds the object without the lock, and reads and changes it under the lock."""
    store, pool, said = guarded(flags)
    for index in (1, 2, 64):
        assert store.put(pool.id, OID, index, b"another")
        assert store.get(pool.id, OID, index) == b"another"
    assert store.get(pool.id, OID, 3) is None
    store.flush_pool(pool.id)
    assert store.count(pool.id) == (0, 0, 0)
    assert said == []


TOUCHES: dict[str, Callable[[Any], object]] = {
    "reads": lambda obj: obj.leaves,
    "changes": lambda obj: setattr(obj, "pampd_count", 2),
    "says that it is out of the table": lambda obj: setattr(obj, "lock", None),
}


@pytest.mark.parametrize("touch", TOUCHES)
def test_what_is_found_without_a_lock_is_not_touched_without_it(touch: str) -> None:
    """LCK-1: of such an object, and of one in a copy of the table, the lock may be read and nothing else."""
    for copied in (False, True):
        _, pool, said = guarded(PERSISTENT)
        obj = pool.objs.copy()[OID] if copied else pool.objs[OID]
        bucket = pool.buckets[bucket_of(OID)]
        assert obj.lock is bucket.lock
        with bucket.lock:
            TOUCHES[touch](obj)
        assert said == []
        TOUCHES[touch](obj)
        assert said == ["LCK-1: object 0x7 is looked for without the lock of its bucket"]


def test_the_lock_of_another_bucket_is_not_enough() -> None:
    """LCK-1: an object is touched under the lock that its oid hashes to."""
    _, pool, said = guarded(PERSISTENT)
    with pool.buckets[bucket_of(OID) ^ 1].lock:
        assert pool.objs.get(OID) is not None
    assert said == ["LCK-1: object 0x7 is looked for without the lock of its bucket"]


def test_a_lock_that_is_not_held_is_not_released() -> None:
    """LCK-2."""
    with pytest.raises(LockError, match="not held"):
        OneThreadLock().release()


class Forgets(Tmem):
    """A put that loses the page at once."""

    __slots__ = ()

    def put(self, pool: int, oid: int, index: int, page: Any) -> bool:
        """COH-6."""
        return super().put(pool, oid, index, page) and super().flush_page(pool, oid, index)


class Misplaces(Tmem):
    """A put to one object that stores the page one index away."""

    __slots__ = ()

    def put(self, pool: int, oid: int, index: int, page: Any) -> bool:
        """COH-1."""
        return super().put(pool, oid, index ^ (oid == OID), page)


class Miscounts(Tmem):
    """A put that counts a page too many."""

    __slots__ = ()

    def put(self, pool: int, oid: int, index: int, page: Any) -> bool:
        """CNT-1."""
        stored = super().put(pool, oid, index, page)
        bucket = self._bucket(pool, oid)
        with bucket.lock:
            bucket.pool.objs[oid].pampd_count += 1
        return stored


class StaysFrozen(Tmem):
    """A thaw that does nothing."""

    __slots__ = ()

    def thaw(self, pool: int) -> None:
        """POOL-4."""


class Crashes(Tmem):
    """A thaw that raises what it should not."""

    __slots__ = ()

    def thaw(self, pool: int) -> None:
        """ERR-2."""
        raise KeyError(pool)


class Refuses(Tmem):
    """A store that makes no pools."""

    __slots__ = ()

    def new_pool(self, flags: int) -> int:
        """POOL-3."""
        return super().new_pool(flags | 8)


def test_what_the_pages_show_is_said() -> None:
    """A page that is gone, and that nobody has looked for, is missed in the end."""
    store = filled(Forgets)
    with pytest.raises(AssertionError, match="CNT-1"):
        store.assert_nothing_wrong()


@needs_source
def test_what_only_a_read_shows_is_said() -> None:
    """COH-6: every count is right, and every callback; but the page is not where it was put."""
    store = JudgedStore(Misplaces)
    store.make(Put(Handle(store.new_pool(PERSISTENT), OID, 2), b"another"))
    with pytest.raises(AssertionError, match="COH-6"):
        store.assert_nothing_wrong()


def test_what_the_store_finds_in_itself_is_said() -> None:
    """CNT-1: the store's own check is made."""
    store = filled(Miscounts)
    with pytest.raises(BrokenInvariantError, match="CNT-1"):
        store.assert_nothing_wrong()


def test_what_comes_of_the_pools_is_said() -> None:
    """A pool that is still frozen shows it when it is used."""
    store = filled(StaysFrozen)
    store.make(Freeze(0))
    store.make(Thaw(0))
    with pytest.raises(AssertionError, match="MEM-5: found a refused put"):
        store.assert_nothing_wrong()


def test_an_exception_of_its_own_comes_out() -> None:
    """ERR-2: what no answer stands for is not hidden."""
    with pytest.raises(KeyError):
        filled(Crashes).make(Thaw(0))


def test_a_store_without_pools_is_said() -> None:
    """POOL-3: where a pool is refused, no test can go on."""
    with pytest.raises(AssertionError, match="POOL-3: no pool with flags 0x1"):
        filled(Refuses)


def test_the_published_algorithm_can_be_judged() -> None:
    """D3, D1 and what is right: a put that goes well, and a flush; then a stump, and an error taken for a page."""
    store = filled(PublishedTmem)
    store.make(FlushPage(Handle(0, OID, 0)))
    store.assert_nothing_wrong()
    store.make(Put(Handle(0, OID, 5), b"a page"))
    store.make(Put(Handle(0, OID, 4096), b"refused"), Fail("objnode_alloc", 2))
    with pytest.raises(AssertionError, match="MEM-1"):
        store.assert_nothing_wrong()
    store = filled(PublishedTmem)
    store.make(Get(Handle(0, OID, 0)), Fail("get_data"))
    with pytest.raises(AssertionError, match="ERR-1"):
        store.assert_nothing_wrong()
