"""The operations on one handle, each with the lock of the handle's bucket held by the caller.

The order in a put to an empty handle: the obj, if the object is new; every objnode that is missing; the page; then
all is linked in one go. A refusal at any point releases what was taken and finds nothing to undo. Metadata comes
before the page because it costs less than a page, most of all where the PAM compresses.

A put to a handle that holds a page frees that page, creates the new one and puts it in the same slot: no metadata
comes or goes, so the PAM alone can refuse it, and then the handle is emptied.
"""

from __future__ import annotations

from ._pool import Bucket, Pool, release, take
from ._tree import Obj, Objnode, Pampd, delete, insert, lookup, missing, replace
from .errors import GetDataError


def put(bucket: Bucket, oid: int, index: int, page: bytes) -> bool:
    """Store `page`; whether that succeeded. If not, or if a callback raises, the handle holds nothing."""
    if bucket.pool.frozen:
        flush_page(bucket, oid, index)
        return False
    obj = bucket.pool.objs.get(oid)
    pampd = None if obj is None else lookup(obj, index)
    if obj is None or pampd is None:
        return _put_new(bucket, oid, obj, index, page)
    return _put_duplicate(bucket, oid, obj, index, pampd, page)


def put_quick(pool: Pool, obj: Obj, index: int, page: bytes) -> None:
    """Store at an empty index of a known object, with the host and PAM of the package, which refuse nothing."""
    nodes: list[Objnode] = []
    try:
        take(pool, missing(obj, index), nodes)
        insert(obj, index, page, nodes)
    except BaseException:
        release(pool, (), nodes)
        raise


def get(bucket: Bucket, oid: int, index: int, *, exclusive: bool) -> bytes | None:
    """The page, or None if the handle holds none. Raises GetDataError if the PAM cannot give its data."""
    obj = bucket.pool.objs.get(oid)
    pampd = None if obj is None else lookup(obj, index)
    if obj is None or pampd is None:
        return None
    pool = bucket.pool
    page = None
    raised: BaseException | None = None
    try:
        page = pool.pam.get_data(pampd)
    except BaseException as error:  # noqa: BLE001 - the page may have to go first; it is raised below
        raised = error
    if page is None and raised is None:
        raised = GetDataError(f"get_data failed for the page at (pool {pool.id}, oid {oid:#x}, index {index})")
    kept = pool.persistent if page is None else pool.keeps and not exclusive
    if not kept:
        raised = _remove(bucket, oid, obj, index, raised)
    if raised is not None:
        raise raised
    return page


def flush_page(bucket: Bucket, oid: int, index: int) -> bool:
    """Drop the page at the handle; whether there was one."""
    obj = bucket.pool.objs.get(oid)
    if obj is None or lookup(obj, index) is None:
        return False
    raised = _remove(bucket, oid, obj, index)
    if raised is not None:
        raise raised
    return True


def reclaim(bucket: Bucket, oid: int, index: int, pampd: Pampd) -> bool:
    """Drop the page at the handle if its pampd is this very one; whether it was."""
    obj = bucket.pool.objs.get(oid)
    if obj is None or lookup(obj, index) is not pampd:
        return False
    return flush_page(bucket, oid, index)


def _put_new(bucket: Bucket, oid: int, known: Obj | None, index: int, page: bytes) -> bool:
    """Store at an empty index of a known object, or of a new one."""
    pool = bucket.pool
    obj, fresh = known, None
    nodes: list[Objnode] = []
    pampd = None
    raised: BaseException | None = None
    try:
        if obj is None:
            obj = fresh = pool.host.obj_alloc(pool.id)
        if obj is not None and take(pool, missing(obj, index), nodes):
            pampd = pool.pam.create(pool.id, oid, index, page)
        if obj is not None and pampd is not None:
            pool.objs[oid] = obj  # this, of a new object, and the next step may run out of memory
            insert(obj, index, pampd, nodes)
            obj.lock = bucket.lock
            return True
    except BaseException as error:  # noqa: BLE001 - what was taken is released first; it is raised below
        raised = error
        if known is None:
            pool.objs.pop(oid, None)
    raised = release(pool, [] if pampd is None else [pampd], nodes, fresh, raised)
    if raised is not None:
        raise raised
    return False


def _put_duplicate(bucket: Bucket, oid: int, obj: Obj, index: int, old: Pampd, page: bytes) -> bool:
    """Free the page at the handle and store another in its place, or leave the handle empty."""
    pool = bucket.pool
    new = None
    raised: BaseException | None = None
    try:
        pool.pam.free(old)
        new = pool.pam.create(pool.id, oid, index, page)
    except BaseException as error:  # noqa: BLE001 - the handle is emptied first; it is raised below
        raised = error
    if new is not None:
        replace(obj, index, new)
        return True
    _, nodes = delete(obj, index)
    raised = release(pool, [], nodes, emptied(bucket, oid, obj), raised)
    if raised is not None:
        raise raised
    return False


def _remove(
    bucket: Bucket, oid: int, obj: Obj, index: int, raised: BaseException | None = None
) -> BaseException | None:
    """Unlink the page at an index and release it, with the metadata that it alone needed. See `release`."""
    pampd, nodes = delete(obj, index)
    return release(bucket.pool, [pampd], nodes, emptied(bucket, oid, obj), raised)


def emptied(bucket: Bucket, oid: int, obj: Obj) -> Obj | None:
    """Take the object out of its bucket if its last page is gone, and give it for release; else None."""
    if obj.pampd_count > 0:
        return None
    del bucket.pool.objs[oid]
    obj.lock = None
    return obj
