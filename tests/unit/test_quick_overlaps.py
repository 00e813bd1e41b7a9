"""What comes between finding an object and taking its lock, where put and get go the quick way."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable

import pytest

from support.builds import needs_source
from support.quick import EACH_KEPT, EACH_KIND, FILLED, OID, contents, filled, locks_held
from support.shadows import GONE, bucket, marked, put_anew, shadowed
from support.worlds import COLLIDING, PATIENCE, page_of
from tmem import PERSISTENT, Obj, Objnode, Pampd, PoolDestroyedError, Tmem, _tree

CALLS: dict[str, Callable[[Tmem, int], object]] = {
    "get": lambda store, pool: store.get(pool, OID, 1),
    "put": lambda store, pool: store.put(pool, OID, 1, b"new"),
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
