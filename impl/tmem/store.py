"""`Tmem`: the store that a program uses. It checks what it is given, takes one lock, and hands on to the operation.

Who holds what: each call on a handle holds the lock of the handle's bucket, one of 256 a pool, from beginning to end.
A call on an object or a pool takes such locks one after another, never two at once, so no order of calls deadlocks.
The table of pools has a lock of its own, held only while a pool is entered or struck out.

put and get have a quick way: where neither host nor PAM has a say, because both are those of this package, a page that
is there, or a place for it in an object that is, needs one lock hold and no callback. All else goes the full way.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from . import _operations, _ranges, _sync, _teardown
from ._check import Counts, check_pool, count_pool
from ._pool import Bucket, Pool, alive, destroyed_error
from ._runs import has_leaf, span, split
from ._tree import Pampd, lookup, place
from ._words import LAST_INDEX, SLOT_MASK, SLOTS, bucket_of, check_flags, check_index, check_oid, check_range, shown
from .errors import PoolError, ReentryError
from .host import DefaultHost, GuardedHost, Host, Inside, MemoryPam, Pam, guarded

Page = bytes | bytearray | memoryview


class Tmem:
    """A transcendent-memory store: pools of pages, kept by handle (pool id, oid, index).

    Every method may be called from any thread. Beside what each says, all raise ReentryError when called from a
    callback of the same store, TypeError for an argument of a wrong type, PoolError for an unknown pool id and
    PoolDestroyedError for one whose pool is destroyed, HandleError for an oid outside 0..2**192-2 or an index outside
    0..2**32-1; nothing is changed then. What a callback raises is passed on, once the store is well-formed and no
    lock is held.
    """

    __slots__ = ("_host", "_inside", "_pam", "_pools", "_quick", "_spent", "_table")

    def __init__(self, host: Host | None = None, pam: Pam | None = None) -> None:
        """A store without pools. Without a host of yours, or a PAM, it uses `DefaultHost` and `MemoryPam`."""
        self._inside = Inside()
        self._host = DefaultHost() if host is None else GuardedHost(host, self._inside)
        self._pam = MemoryPam() if pam is None else guarded(pam, self._inside)
        self._pools: dict[int, Pool] = {}
        self._quick = self._pools if host is None and pam is None else {}
        self._spent = 0
        self._table = _sync.Lock()

    def new_pool(self, flags: int) -> int:
        """Make a pool, `EPHEMERAL`, `PERSISTENT` or `SHARED` (and ephemeral); give its id, which is never used again.

        Raises FlagsError for any other flags. O(1). Takes the table's lock. Source: tmem_new_pool, which gives no id.
        """
        self._admit()
        check_flags(flags)
        with self._table:
            pool = Pool(self._spent, flags, self._host, self._pam)
            self._pools[pool.id] = pool
            self._spent += 1
        return pool.id

    def put(self, pool: int, oid: int, index: int, page: Page) -> bool:
        """Store a copy of `page` at the handle, in place of what it held; False if the host or the PAM refuses.

        Refused, or ended by an exception of a callback, it leaves the handle empty. Put to a frozen pool it is a
        flush, and refused. O(height of the object's tree) beside the PAM's work. Takes the bucket's lock.
        Source: tmem_put.
        """
        if type(index) is type(oid) is type(pool) is int and type(page) is bytes:
            try:
                quick = self._quick[pool]
                obj = quick.objs[oid]
                lock = obj.lock
                if lock is not None:
                    lock.acquire()
                    try:
                        if obj.lock is lock and not quick.frozen and not quick.destroyed:
                            if place(obj, index, page):
                                return True
                            if 0 <= index <= LAST_INDEX and lookup(obj, index) is None:
                                _operations.put_quick(quick, obj, index, page)
                                return True
                    finally:
                        lock.release()
            except KeyError:
                pass  # no such pool or object: to be looked at in full
        return self._put(pool, oid, index, page)

    def get(self, pool: int, oid: int, index: int) -> bytes | None:
        """The page at the handle, or None. A private ephemeral pool lets go of the page, the others keep it.

        Raises GetDataError if the PAM has the page and cannot give its data: the page is then gone if ephemeral, kept
        if persistent. O(height) beside the PAM's work. Takes the bucket's lock. Source: tmem_get.
        """
        if type(index) is type(oid) is type(pool) is int:
            try:
                quick = self._quick[pool]
                obj = quick.objs[oid]
                lock = obj.lock
                if lock is not None:
                    lock.acquire()
                    try:
                        if obj.lock is lock and quick.keeps and not quick.destroyed:
                            page: bytes | None = lookup(obj, index)
                            if page is not None:
                                return page
                    finally:
                        lock.release()
            except KeyError:
                pass  # as in put
        return self._get(pool, oid, index, exclusive=False)

    def get_exclusive(self, pool: int, oid: int, index: int) -> bytes | None:
        """As `get`, but the page is let go of in every kind of pool. Source: the thread's 'get and flush'."""
        return self._get(pool, oid, index, exclusive=True)

    def flush_page(self, pool: int, oid: int, index: int) -> bool:
        """Drop the page at the handle; whether there was one. O(height). Takes the bucket's lock.

        Source: tmem_flush_page.
        """
        bucket = self._bucket(pool, oid)
        check_index(index)
        with bucket.lock:
            alive(bucket.pool)
            return _operations.flush_page(bucket, oid, index)

    def put_range(self, pool: int, oid: int, index: int, pages: Iterable[Page]) -> list[bool]:
        """Put pages at consecutive indexes of an object, from `index` on; of each, what `put` would answer.

        As so many puts, one after another, but that the PAM is asked for up to 64 at a time, and that nothing is done
        unless all of them may be. An exception of a callback ends it: pages behind the 64 that it was for are not put,
        and of those each is stored or its handle is empty. O(pages + height). Takes the bucket's lock, anew for every
        64 pages. Source: ours; the published code has none.
        """
        copies = _copies(pages)
        if type(index) is type(oid) is type(pool) is int and 0 < len(copies) <= SLOTS - (index & SLOT_MASK):
            try:
                quick = self._quick[pool]
                obj = quick.objs[oid]
                lock = obj.lock
                if lock is not None:
                    lock.acquire()
                    try:
                        live = obj.lock is lock and not quick.frozen and not quick.destroyed
                        if live and obj.height > 0 and 0 <= index <= LAST_INDEX:
                            return [_ranges.put_plain(quick, obj, index, copies)] * len(copies)
                    finally:
                        lock.release()
            except KeyError:
                pass  # as in put
        bucket = self._bucket(pool, oid)
        check_range(index, len(copies))
        answers: list[bool] = []
        for first, count in split(index, len(copies)):
            with bucket.lock:
                alive(bucket.pool)
                answers += _ranges.put(bucket, oid, first, copies[first - index : first - index + count])
        return answers

    def get_range(self, pool: int, oid: int, index: int, count: int) -> list[bytes | None]:
        """The pages at `count` consecutive indexes of an object, from `index` on; of each, what `get` would answer.

        As so many gets, but that the PAM is asked for up to 64 pages at a time. If it cannot give the data of one,
        or raises, that is raised; of these 64 pages, those whose data failed are gone if ephemeral, all others stay.
        O(count). Takes the bucket's lock, anew for every 64 indexes. Source: as `put_range`.
        """
        if type(count) is type(index) is type(oid) is type(pool) is int and 0 < count <= SLOTS - (index & SLOT_MASK):
            try:
                quick = self._quick[pool]
                obj = quick.objs[oid]
                lock = obj.lock
                if lock is not None:
                    lock.acquire()
                    try:
                        if obj.lock is lock and quick.keeps and not quick.destroyed and has_leaf(obj, index):
                            return span(obj, index, count)
                    finally:
                        lock.release()
            except KeyError:
                pass  # as in put
        bucket = self._bucket(pool, oid)
        check_range(index, count)
        pages: list[bytes | None] = []
        for first, some in split(index, count):
            with bucket.lock:
                alive(bucket.pool)
                pages += _ranges.get(bucket, oid, first, some)
        return pages

    def flush_range(self, pool: int, oid: int, index: int, count: int) -> list[bool]:
        """Drop the pages at `count` consecutive indexes of an object, from `index` on; of each, whether there was one.

        As so many flushes of a page. O(count + height). Takes the bucket's lock, anew for every 64 indexes.
        Source: as `put_range`.
        """
        bucket = self._bucket(pool, oid)
        check_range(index, count)
        found: list[bool] = []
        for first, some in split(index, count):
            with bucket.lock:
                alive(bucket.pool)
                found += _ranges.flush(bucket, oid, first, some)
        return found

    def flush_object(self, pool: int, oid: int) -> bool:
        """Drop every page of the object; whether there was one. They all miss from the first moment on.

        O(pages). Takes the bucket's lock, anew for every 64 pages. Source: tmem_flush_object, in one lock hold.
        """
        bucket = self._bucket(pool, oid)
        return _teardown.flush_object(bucket, oid)

    def flush_pool(self, pool: int) -> None:
        """Drop every page of the pool, which stays usable: the quick way to give back much memory.

        O(pages). Takes each bucket's lock in turn, anew for every 64 pages. Source: tmem_pool_flush without destroy.
        """
        _teardown.flush_pool(self._pool(pool))

    def destroy_pool(self, pool: int) -> None:
        """Drop every page of the pool and refuse it from now on. A second time raises PoolDestroyedError.

        O(pages). Takes the table's lock, then each bucket's in turn. Source: tmem_destroy_pool, which refuses nothing.
        """
        self._pool(pool)
        with self._table:
            gone = self._pools.pop(pool, None)
        if gone is None:
            raise self._unknown(pool)
        gone.destroyed = True
        _teardown.settle(gone)
        _teardown.flush_pool(gone)

    def reclaim(self, pool: int, oid: int, index: int, pampd: Pampd) -> bool:
        """Drop the page at the handle if `pampd`, by identity, is still what the PAM described it by; whether it was.

        For a PAM that wants memory back: a page put meanwhile is not touched. Not from within a callback, which holds
        a bucket's lock. Raises PoolError for a persistent pool, which keeps its pages. O(height). Takes the bucket's
        lock. Source: the thread's 'bottoms up' reclaim.
        """
        bucket = self._bucket(pool, oid)
        check_index(index)
        if bucket.pool.persistent:
            message = f"pool {pool} is persistent: its pages are not reclaimed; flush or get them exclusively"
            raise PoolError(message)
        with bucket.lock:
            alive(bucket.pool)
            return _operations.reclaim(bucket, oid, index, pampd)

    def freeze(self, pool: int) -> None:
        """Turn every put to the pool into a flush, until `thaw`. When this returns, no earlier put is under way.

        O(1). Takes each bucket's lock in turn. Source: zcache's freeze.
        """
        frozen = self._pool(pool)
        frozen.frozen = True
        _teardown.settle(frozen)

    def thaw(self, pool: int) -> None:
        """Let puts to the pool store again. O(1). Takes no lock."""
        self._pool(pool).frozen = False

    def count(self, pool: int) -> Counts:
        """How many objs, objnodes and pampds the pool has. O(objects). Takes each bucket's lock in turn."""
        return count_pool(self._pool(pool))

    def check(self) -> None:
        """Raise BrokenInvariantError, naming the invariant, unless every pool is well-formed.

        O(pages). Takes each bucket's lock in turn, so calls of other threads may run between.
        """
        self._admit()
        for pool in list(self._pools.values()):
            check_pool(pool)

    def _put(self, pool: int, oid: int, index: int, page: Page) -> bool:
        """Put, looking at everything."""
        bucket = self._bucket(pool, oid)
        check_index(index)
        data = _copy(page)
        with bucket.lock:
            alive(bucket.pool)
            return _operations.put(bucket, oid, index, data)

    def _get(self, pool: int, oid: int, index: int, *, exclusive: bool) -> bytes | None:
        """Get, looking at everything."""
        bucket = self._bucket(pool, oid)
        check_index(index)
        with bucket.lock:
            alive(bucket.pool)
            return _operations.get(bucket, oid, index, exclusive=exclusive)

    def _admit(self) -> None:
        """Raise ReentryError if this thread is inside a callback of this store."""
        inside = self._inside.threads
        if inside and _sync.this_thread() in inside:
            message = "a callback called the store that is calling it: let it answer first, then call"
            raise ReentryError(message)

    def _pool(self, pool_id: int) -> Pool:
        """The live pool of this id."""
        self._admit()
        if not isinstance(pool_id, int):
            message = f"a pool id is the int that new_pool gave, not {type(pool_id).__name__}: {pool_id!r}"
            raise TypeError(message)
        pool = self._pools.get(pool_id)
        if pool is None:
            raise self._unknown(pool_id)
        return pool

    def _bucket(self, pool_id: int, oid: int) -> Bucket:
        """The bucket of an oid in a live pool."""
        pool = self._pool(pool_id)
        check_oid(oid)
        return pool.buckets[bucket_of(oid)]

    def _unknown(self, pool_id: int) -> PoolError:
        if 0 <= pool_id < self._spent:
            return destroyed_error(pool_id)
        return PoolError(f"there is no pool {shown(pool_id)}: new_pool gives the ids")


def _copy(page: Page) -> bytes:
    """The bytes of a page, which no later change of the caller's buffer can reach."""
    if isinstance(page, bytes):
        return page
    if isinstance(page, bytearray | memoryview):
        return bytes(page)
    message = f"a page is bytes, a bytearray or a memoryview, not {type(page).__name__}: {page!r:.60}"
    raise TypeError(message)


def _copies(pages: Iterable[Page]) -> list[bytes]:
    """The bytes of many pages."""
    copies: list[Any] = list(pages)
    for page in copies:
        if type(page) is not bytes:
            return [_copy(one) for one in copies]
    return copies
