"""What another thread does between finding an object and taking its lock, where a call goes a quick way.

shadowed    a store in which something is done just then
GONE        what may be gone when the lock is taken
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from support.locks import WatchedLock
from support.quick import FILLED, OID, filled
from support.worlds import in_thread
from tmem import Obj, Tmem, _teardown
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


def marked(store: Tmem, pool: int) -> None:
    """The first step of destroy_pool: the pool is out of the store's table and marked, and its objects are there."""
    store._pools.pop(pool).destroyed = True


GONE: dict[str, Callable[[Tmem, int], object]] = {
    "page": lambda store, pool: store.flush_page(pool, OID, 1),
    "leaf": lambda store, pool: [store.flush_page(pool, OID, index) for index in (0, 1, 63)],
    "pages": pages_flushed,
    "hidden": hidden,
    "object": lambda store, pool: store.flush_object(pool, OID),
    "pool": lambda store, pool: store.flush_pool(pool),
}
