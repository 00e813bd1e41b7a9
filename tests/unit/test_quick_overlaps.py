"""What comes between finding an object and taking its lock, where put and get go the quick way."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from functools import partial

import pytest

from support.builds import needs_source
from support.locks import WatchedLock
from support.quick import EACH_KEPT, EACH_KIND, FILLED, OID, contents, filled, locks_held
from support.worlds import COLLIDING, PATIENCE, in_thread, page_of
from tmem import PERSISTENT, Obj, Objnode, Pampd, PoolDestroyedError, Tmem, _teardown, _tree
from tmem._pool import Bucket
from tmem._words import bucket_of


def shadowed(flags: int, meanwhile: Callable[[Tmem, int], object]) -> tuple[Tmem, int, Obj]:
    """A store in which another thread does this, once, when a call has found an object and is about to take its lock.

    And the pool, and the object.
    """
    store = Tmem()
    pool = filled(flags, store)
    todo = [meanwhile]

    def before() -> None:
        while todo:
            in_thread(partial(todo.pop(), store, pool))

    obj = store._pools[pool].objs[OID]
    WatchedLock(bucket(store, pool), before=before)
    return store, pool, obj


def bucket(store: Tmem, pool: int) -> Bucket:
    """The bucket of the object."""
    return store._pools[pool].buckets[bucket_of(OID)]


def pages_flushed(store: Tmem, pool: int) -> None:
    """One page after another is flushed; with the last the object goes."""
    for index in FILLED:
        assert store.flush_page(pool, OID, index)


def hidden(store: Tmem, pool: int) -> None:
    """The object is taken out of the table: the first step of flush_object, before the first page is freed."""
    with bucket(store, pool).lock:
        assert _teardown._hide(store._pools[pool], OID)


def put_anew(store: Tmem, pool: int) -> None:
    """The object is flushed and another is put under the same oid."""
    hidden(store, pool)
    assert store.put(pool, OID, 2, b"anew")
    assert store.put(pool, OID, 1, b"anew")


CALLS: dict[str, Callable[[Tmem, int], object]] = {
    "get": lambda store, pool: store.get(pool, OID, 1),
    "put": lambda store, pool: store.put(pool, OID, 1, b"new"),
}
GONE: dict[str, Callable[[Tmem, int], object]] = {
    "page": lambda store, pool: store.flush_page(pool, OID, 1),
    "leaf": lambda store, pool: [store.flush_page(pool, OID, index) for index in (0, 1, 63)],
    "pages": pages_flushed,
    "hidden": hidden,
    "object": lambda store, pool: store.flush_object(pool, OID),
    "pool": lambda store, pool: store.flush_pool(pool),
}


@EACH_KEPT
@pytest.mark.parametrize("gone", GONE)
def test_a_page_that_goes_before_the_lock_is_taken_is_missed(flags: int, gone: str) -> None:
    """COH-4: a get that has found the object finds none of what was flushed by then."""
    store, pool, _ = shadowed(flags, GONE[gone])
    assert store.get(pool, OID, 1) is None
    assert locks_held(store) == 0
    store.check()


@EACH_KIND
@pytest.mark.parametrize("gone", GONE)
def test_a_put_to_an_object_that_goes_before_the_lock_is_taken_stores(flags: int, gone: str) -> None:
    """COH-6: the page is put into the object that is in the table then, a new one if there is none."""
    store, pool, old = shadowed(flags, GONE[gone])
    assert store.put(pool, OID, 1, b"new") is True
    assert (OID, 1, b"new") in contents(store, pool)
    new = store._pools[pool].objs[OID]
    assert (new is old) is (gone in {"page", "leaf"})
    assert new.lock is bucket(store, pool).lock
    assert locks_held(store) == 0
    store.check()
    assert store.get(pool, OID, 1) == b"new"


@EACH_KEPT
def test_an_object_put_anew_before_the_lock_is_taken_is_the_one(flags: int) -> None:
    """COH-1, COH-5: a get gives what the new object has, a put changes the new object, and the old one is as it was."""
    store, pool, old = shadowed(flags, put_anew)
    assert store.get(pool, OID, 1) == b"anew"
    store, pool, old = shadowed(flags, put_anew)
    assert store.put(pool, OID, 1, b"new") is True
    assert contents(store, pool)[:2] == [(OID, 1, b"new"), (OID, 2, b"anew")]
    assert old.leaves[0].slots[1] == page_of(OID, 1)
    assert (old.pampd_count, old.lock) == (len(FILLED), None)
    store.check()


@EACH_KIND
def test_a_pool_destroyed_before_the_lock_is_taken_refuses(flags: int) -> None:
    """POOL-1: put and get that have found the object learn that the pool is destroyed."""
    for call in CALLS.values():
        store, pool, _ = shadowed(flags, lambda store, pool: store.destroy_pool(pool))
        with pytest.raises(PoolDestroyedError):
            call(store, pool)
        with pytest.raises(PoolDestroyedError):
            store.count(pool)


def marked(store: Tmem, pool: int) -> None:
    """The first step of destroy_pool: the pool is out of the store's table and marked, and its objects are there."""
    store._pools.pop(pool).destroyed = True


@EACH_KIND
def test_a_pool_that_is_being_destroyed_refuses(flags: int) -> None:
    """POOL-1: from the first moment on, while every object is there still; a put changes none of them."""
    for call in CALLS.values():
        store, pool, obj = shadowed(flags, marked)
        with pytest.raises(PoolDestroyedError):
            call(store, pool)
        assert obj.leaves[0].slots[1] == page_of(OID, 1)


@EACH_KIND
def test_a_pool_frozen_before_the_lock_is_taken_refuses_the_put(flags: int) -> None:
    """POOL-4: when freeze has returned, no put stores, though it had found its object before; the old page is gone."""
    store, pool, _ = shadowed(flags, lambda store, pool: store.freeze(pool))
    assert store.put(pool, OID, 1, b"new") is False
    assert [page for oid, index, page in contents(store, pool) if (oid, index) == (OID, 1)] == []
    store.check()


@needs_source
@EACH_KEPT
@pytest.mark.parametrize("name", ["put", "get"])
def test_an_object_that_is_being_put_is_waited_for(flags: int, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """LCK-1: who finds an object that is in the table and not yet linked waits until it is."""
    store = Tmem()
    pool = store.new_pool(flags)
    answers: list[object] = []
    calls: dict[str, Callable[[], object]] = {
        "put": lambda: store.put(pool, OID, 1, b"second"),
        "get": lambda: store.get(pool, OID, 64),
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
    assert store.put(pool, OID, 64, b"first")
    late.join(PATIENCE)
    assert answers == [True if name == "put" else b"first"]
    assert store.get(pool, OID, 64) == b"first"
    store.check()


def test_threads_share_leaves() -> None:
    """LIN-1: threads that put to and flush handles of their own, in the same leaves, find them; counts are right."""
    store = Tmem()
    pool = filled(PERSISTENT, store)
    wrong: list[object] = []

    def run(number: int) -> None:
        dice = random.Random(number)
        for count in range(3000):
            oid, index, page = dice.choice(COLLIDING), 4 * dice.randrange(40) + number, b"%d by %d" % (count, number)
            if not store.put(pool, oid, index, page) or store.get(pool, oid, index) != page:
                wrong.append((oid, index, page))
            if dice.random() < 0.5 and not store.flush_page(pool, oid, index):
                wrong.append((oid, index))

    threads = [threading.Thread(target=run, args=(number,), daemon=True) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert not any(thread.is_alive() for thread in threads), "a deadlock"
    assert wrong == []
    store.check()
    assert store.count(pool).pampds == len(contents(store, pool))
