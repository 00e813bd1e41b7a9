"""What comes between finding an object and taking its lock, and between two runs, where a call is of a range."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from support.builds import needs_source
from support.locks import WatchedLock
from support.quick import EACH_KEPT, EACH_KIND, FILLED, OID, contents, locks_held
from support.ranges import EACH_STORE, STORES
from support.shadows import GONE, bucket, marked, put_anew, shadowed
from support.worlds import PATIENCE, World, page_of
from tmem import EPHEMERAL, PERSISTENT, Obj, Objnode, Pampd, PoolDestroyedError, Tmem, _tree
from tmem_proofs.conformance.batch import BatchRecorder
from tmem_proofs.conformance.recorder import Recorder
from tmem_spec.metadata import Live

NEW = [b"new 0", b"new 1", b"new 2"]
PLACES = (0, 128)  # in a leaf that is there, and in one that is not
CALLS: dict[str, Callable[[Tmem, int], object]] = {
    "get_range": lambda store, pool: store.get_range(pool, OID, 0, 64),
    "put_range": lambda store, pool: store.put_range(pool, OID, 0, NEW),
    "put_range of no leaf": lambda store, pool: store.put_range(pool, OID, 128, NEW),
    "flush_range": lambda store, pool: store.flush_range(pool, OID, 0, 64),
}


@EACH_KEPT
@pytest.mark.parametrize("gone", GONE)
def test_pages_that_go_before_the_lock_is_taken_are_missed(flags: int, gone: str) -> None:
    """COH-4: a get of a range that has found the object finds none of what was flushed by then, and all else."""
    store, pool, _ = shadowed(flags, GONE[gone])
    got = store.get_range(pool, OID, 0, 64)
    there = {index: page for oid, index, page in contents(store, pool) if oid == OID}
    assert got == [there.get(index) for index in range(64)]
    assert got[1] is None
    assert locks_held(store) == 0
    store.check()


@EACH_KIND
@pytest.mark.parametrize("index", PLACES)
@pytest.mark.parametrize("gone", GONE)
def test_a_put_to_an_object_that_goes_before_the_lock_is_taken_stores(flags: int, gone: str, index: int) -> None:
    """COH-6: the pages are put into the object that is in the table then, a new one if there is none."""
    store, pool, old = shadowed(flags, GONE[gone])
    assert store.put_range(pool, OID, index, NEW) == [True] * 3
    assert set(contents(store, pool)) >= {(OID, index + at, page) for at, page in enumerate(NEW)}
    new = store._pools[pool].objs[OID]
    assert (new is old) is (gone in {"page", "leaf"})
    assert new.lock is bucket(store, pool).lock
    assert locks_held(store) == 0
    store.check()
    assert store.get_range(pool, OID, index, 3) == NEW


@EACH_KEPT
def test_an_object_put_anew_before_the_lock_is_taken_is_the_one(flags: int) -> None:
    """COH-1, COH-5: a get gives what the new object has, a put changes the new object, and the old one is as it was."""
    store, pool, old = shadowed(flags, put_anew)
    assert store.get_range(pool, OID, 0, 4) == [None, b"anew", b"anew", None]
    store, pool, old = shadowed(flags, put_anew)
    assert store.put_range(pool, OID, 0, NEW[:2]) == [True] * 2
    assert contents(store, pool)[:3] == [(OID, 0, NEW[0]), (OID, 1, NEW[1]), (OID, 2, b"anew")]
    assert old.leaves[0].slots[:3] == [page_of(OID, 0), page_of(OID, 1), None]
    assert (old.pampd_count, old.lock) == (len(FILLED), None)
    store.check()


@EACH_KIND
@pytest.mark.parametrize("name", CALLS)
def test_a_pool_destroyed_before_the_lock_is_taken_refuses(flags: int, name: str) -> None:
    """POOL-1: a call that has found the object learns that the pool is destroyed."""
    store, pool, _ = shadowed(flags, lambda store, pool: store.destroy_pool(pool))
    with pytest.raises(PoolDestroyedError):
        CALLS[name](store, pool)


@EACH_KIND
@pytest.mark.parametrize("name", CALLS)
def test_a_pool_that_is_being_destroyed_refuses(flags: int, name: str) -> None:
    """POOL-1: from the first moment on, while every object is there still; no call changes any of them."""
    store, pool, obj = shadowed(flags, marked)
    with pytest.raises(PoolDestroyedError):
        CALLS[name](store, pool)
    assert obj.leaves[0].slots[:3] == [page_of(OID, 0), page_of(OID, 1), None]
    assert obj.pampd_count == len(FILLED)


@EACH_KIND
def test_a_pool_frozen_before_the_lock_is_taken_refuses_the_put(flags: int) -> None:
    """POOL-4: when freeze has returned, no put stores, though it had found its object before; old pages are gone."""
    store, pool, _ = shadowed(flags, lambda store, pool: store.freeze(pool))
    assert store.put_range(pool, OID, 0, NEW) == [False] * 3
    assert [index for oid, index, _ in contents(store, pool) if oid == OID and index < len(NEW)] == []
    store, pool, obj = shadowed(flags, lambda store, pool: store.freeze(pool))
    assert store.put_range(pool, OID, 128, NEW) == [False] * 3
    assert obj.pampd_count == len(FILLED)
    store.check()


@needs_source
@EACH_KEPT
@pytest.mark.parametrize("name", ["put_range", "get_range"])
def test_an_object_that_is_being_put_is_waited_for(flags: int, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """LCK-1: who finds an object that is in the table and not yet linked waits until it is."""
    store = Tmem()
    pool = store.new_pool(flags)
    answers: list[object] = []
    calls: dict[str, Callable[[], object]] = {
        "put_range": lambda: store.put_range(pool, OID, 65, NEW),
        "get_range": lambda: store.get_range(pool, OID, 64, 2),
    }
    late = threading.Thread(target=lambda: answers.append(calls[name]()), daemon=True)

    def slow(obj: Obj, index: int, pampd: Pampd, nodes: list[Objnode]) -> None:
        assert store._pools[pool].objs == {OID: obj}
        if not late.ident:
            late.start()
            late.join(0.05)
            assert answers == []
        _tree.insert(obj, index, pampd, nodes)

    monkeypatch.setattr("tmem._operations.insert", slow)
    assert store.put_range(pool, OID, 64, [b"first"]) == [True]
    late.join(PATIENCE)
    assert answers == [[True] * 3 if name == "put_range" else [b"first", None]]
    assert store.get(pool, OID, 64) == b"first"
    store.check()


def between(kind: str, flags: int, meanwhile: Callable[[Tmem, int], object]) -> tuple[Tmem, int]:
    """A store whose object has 200 pages; this is done when a call has let go of its lock for the first time."""
    store = STORES[kind]()
    pool = store.new_pool(flags)
    for index in range(200):
        assert store.put(pool, OID, index, page_of(OID, index))
    todo = [meanwhile]

    def after() -> None:
        if todo:
            todo.pop()(store, pool)

    WatchedLock(bucket(store, pool), after=after)
    return store, pool


@EACH_STORE
def test_a_pool_destroyed_between_two_runs_refuses_the_rest(kind: str) -> None:
    """POOL-1, OWN-3: what of the range is not done yet is rejected, and nothing is put to the pool any more."""
    for name, what in (("put_range", [b"new"] * 200), ("get_range", 200), ("flush_range", 200)):
        store, pool = between(kind, PERSISTENT, lambda store, pool: store.destroy_pool(pool))
        gone = store._pools[pool]
        with pytest.raises(PoolDestroyedError):
            getattr(store, name)(pool, OID, 0, what)
        assert gone.objs == {}
        assert not any(one.lock.locked() for one in gone.buckets)


@pytest.mark.parametrize("recorder", [Recorder, BatchRecorder])
@pytest.mark.parametrize("name", ["put_range", "get_range", "flush_range"])
def test_nothing_is_left_of_a_pool_destroyed_between_two_runs(recorder: type[Recorder], name: str) -> None:
    """OWN-3: everything is freed once: the runs that were done before, and what they were not done to."""
    world = World(recorder())
    pool = world.new_pool(EPHEMERAL)
    world.fill(pool, OID, range(200))
    todo = [world.store.destroy_pool]
    WatchedLock(world.bucket(pool, 0), after=lambda: todo and todo.pop()(pool))
    with pytest.raises(PoolDestroyedError):
        getattr(world.store, name)(pool, OID, 10, [b"new"] * 200 if name == "put_range" else 200)
    assert world.recorder.live() == Live()
    assert world.recorder.broken == []


@EACH_STORE
def test_a_pool_frozen_between_two_runs_refuses_the_rest(kind: str) -> None:
    """POOL-4: the first run is stored; of the others every page is refused, and what was there is gone."""
    store, pool = between(kind, PERSISTENT, lambda store, pool: store.freeze(pool))
    assert store.put_range(pool, OID, 10, [b"new"] * 150) == [True] * 54 + [False] * 96
    assert store.get_range(pool, OID, 0, 200) == [
        *(page_of(OID, index) for index in range(10)),
        *[b"new"] * 54,
        *[None] * 96,
        *(page_of(OID, index) for index in range(160, 200)),
    ]
    store.check()


@EACH_STORE
@pytest.mark.parametrize("flags", [EPHEMERAL, PERSISTENT])
def test_an_object_flushed_between_two_runs_is_gone_for_the_rest(kind: str, flags: int) -> None:
    """COH-4, LIN-1: a range is one step a run: in the rest a get misses, and a put puts to a new object."""

    def flush(store: Tmem, pool: int) -> None:
        store.flush_object(pool, OID)

    store, pool = between(kind, flags, flush)
    assert store.get_range(pool, OID, 0, 200) == [page_of(OID, index) for index in range(64)] + [None] * 136
    store, pool = between(kind, flags, flush)
    assert store.put_range(pool, OID, 0, [b"new"] * 200) == [True] * 200
    assert store.count(pool).pampds == 136
    store.check()
    store, pool = between(kind, flags, flush)
    assert store.flush_range(pool, OID, 0, 200) == [True] * 64 + [False] * 136
    assert store.count(pool) == (0, 0, 0)


@EACH_STORE
def test_pages_put_between_two_runs_are_found_by_the_rest(kind: str) -> None:
    """COH-1, LIN-1: a get of a range gives of each run what is there when its turn comes."""
    store, pool = between(kind, PERSISTENT, lambda store, pool: store.put_range(pool, OID, 60, [b"new"] * 8))
    got = store.get_range(pool, OID, 58, 12)
    assert got == [page_of(OID, index) for index in range(58, 64)] + [b"new"] * 4 + [
        page_of(OID, index) for index in (68, 69)
    ]
