"""The published algorithm of 2011, written anew: what the shipped one does otherwise, the proofs refute here.

It works on the objs, objnodes, buckets and pools of the shipped package, through the same callbacks. Its own:

  put      empties the handle, creates the page, then asks for objnodes one by one on its way down the tree
  cleanup  of a put that was refused an objnode: a delete of the index that it did not insert, which finds nothing
  stump    what such a put leaves for as long as its object has another page: objnodes that lead to none
  get      does not notice that get_data failed, and does not know of shared pools, nor of exclusive gets

It was C: a callback gives or refuses, and never raises; what would happen here if one did, means nothing. It sets up
each obj and objnode that it is given, and so hands them back in whatever state they are.

The caller of put, get, flush_page and flush_object holds the bucket's lock. Source: thread, tmem.c.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tmem_spec.words import SLOTS, bucket_of, max_index, slot_of

if TYPE_CHECKING:
    from tmem._pool import Bucket, Pool
    from tmem._tree import Obj, Objnode

# What is in the buffer of a caller whose get has written nothing to it.
UNWRITTEN: Final = b"\xff" * 8

_EMPTY: Final = (None,) * SLOTS


def put(bucket: Bucket, oid: int, index: int, page: bytes) -> bool:
    """Store `page`; whether that succeeded. If not, the handle holds nothing, and a known object may have a stump."""
    pool = bucket.pool
    obj = bucket.pool.objs.get(oid)
    if obj is None:
        obj = _new_obj(bucket, oid)
        if obj is None:
            return False
    elif lookup(obj, index) is not None:
        pool.pam.free(_delete(pool, obj, index))
    without_page = obj.pampd_count == 0
    pampd = pool.pam.create(pool.id, oid, index, page)
    if pampd is not None:
        if _insert(pool, obj, index, pampd):
            return True
        _delete(pool, obj, index)  # the cleanup
        pool.pam.free(pampd)
    if without_page:
        _drop_obj(bucket, oid, obj)
    return False


def get(bucket: Bucket, oid: int, index: int, *, exclusive: bool) -> bytes | None:
    """The page, or None if the handle holds none; `UNWRITTEN`, as if that were the page, if get_data fails."""
    del exclusive  # not known in 2011: every get of an ephemeral pool removes, and no other does
    pool = bucket.pool
    obj = bucket.pool.objs.get(oid)
    if obj is None:
        return None
    pampd = lookup(obj, index) if pool.persistent else _delete(pool, obj, index)
    if pampd is None:
        return None
    page: bytes | None = pool.pam.get_data(pampd)
    if not pool.persistent:
        pool.pam.free(pampd)
        _drop_if_empty(bucket, oid, obj)
    return UNWRITTEN if page is None else page


def flush_page(bucket: Bucket, oid: int, index: int) -> bool:
    """Drop the page at the handle; whether there was one."""
    pool = bucket.pool
    obj = bucket.pool.objs.get(oid)
    pampd = None if obj is None else _delete(pool, obj, index)
    if obj is None or pampd is None:
        return False
    pool.pam.free(pampd)
    _drop_if_empty(bucket, oid, obj)
    return True


def flush_object(bucket: Bucket, oid: int) -> bool:
    """Drop every page of an object; whether there was one. The lock is held for as long as that takes."""
    obj = bucket.pool.objs.get(oid)
    if obj is None:
        return False
    _drop_obj(bucket, oid, obj)
    return True


def flush_pool(pool: Pool) -> None:
    """Drop every page of a pool: bucket by bucket, in each the objects by oid. To destroy it is no more than this."""
    for oid in sorted(pool.objs, key=lambda oid: (bucket_of(oid), oid)):
        bucket = pool.buckets[bucket_of(oid)]
        with bucket.lock:
            flush_object(bucket, oid)


def lookup(obj: Obj, index: int) -> Any:
    """The pampd at `index`, or None."""
    if index > max_index(obj.height):
        return None
    value = obj.root
    for level in range(obj.height, 0, -1):
        if value is None:
            return None
        value = value.slots[slot_of(index, level)]
    return value


def _insert(pool: Pool, obj: Obj, index: int, pampd: Any) -> bool:
    """Link `pampd` at `index`, where none is; False at the first objnode refused, and what was built by then stays."""
    if obj.root is None:
        while index > max_index(obj.height):
            obj.height += 1
    while index > max_index(obj.height):
        top = _new_objnode(pool, obj)
        if top is None:
            return False
        _link(obj, top, 0, obj.root)
        obj.root = top
        obj.height += 1
    above, slot, value = None, 0, obj.root
    for level in range(obj.height, 0, -1):
        if value is None:
            value = _new_objnode(pool, obj)
            if value is None:
                return False
            _link(obj, above, slot, value)
        above, slot = value, slot_of(index, level)
        value = above.slots[slot]
    _link(obj, above, slot, pampd)
    obj.pampd_count += 1
    return True


def _link(obj: Obj, above: Objnode | None, slot: int, value: Any) -> None:
    """Put something into an empty slot of the objnode above it; with none above, it is the root."""
    if above is None:
        obj.root = value
    else:
        above.slots[slot] = value
        above.slots_in_use += 1


def _delete(pool: Pool, obj: Obj, index: int) -> Any:
    """Unlink the pampd at `index`, free the objnodes that are needed no more, and give it; None if there is none."""
    if index > max_index(obj.height):
        return None
    value = obj.root
    way = []
    for level in range(obj.height, 0, -1):
        if value is None:
            return None
        slot = slot_of(index, level)
        way.append((value, slot))
        value = value.slots[slot]
    if value is None:
        return None
    obj.pampd_count -= 1
    for node, slot in reversed(way):
        node.slots[slot] = None
        node.slots_in_use -= 1
        if node.slots_in_use > 0:
            if node is obj.root:
                _shrink(pool, obj)
            return value
        _drop_objnode(pool, obj, node)
    obj.root = None
    obj.height = 0
    return value


def _shrink(pool: Pool, obj: Obj) -> None:
    """While the root uses slot 0 alone, free it, and let what is there be the root."""
    while obj.height > 0 and obj.root.slots_in_use == 1 and obj.root.slots[0] is not None:
        top = obj.root
        obj.root = top.slots[0]
        obj.height -= 1
        top.slots[0] = None
        top.slots_in_use = 0
        _drop_objnode(pool, obj, top)


def _destroy(pool: Pool, obj: Obj, value: Any, level: int) -> None:
    """Free what is below an objnode, slot by slot, then the objnode, its slots_in_use as it was. Level 0: a pampd."""
    if level == 0:
        obj.pampd_count -= 1
        pool.pam.free(value)
        return
    for held in value.slots:
        if held is not None:
            _destroy(pool, obj, held, level - 1)
    value.slots[:] = _EMPTY
    _drop_objnode(pool, obj, value)


def _new_obj(bucket: Bucket, oid: int) -> Obj | None:
    """An obj of the host, set up and in its bucket, or None."""
    obj = bucket.pool.host.obj_alloc(bucket.pool.id)
    if obj is not None:
        obj.root = None
        obj.height = obj.pampd_count = obj.objnode_count = 0
        bucket.pool.objs[oid] = obj
    return obj


def _drop_obj(bucket: Bucket, oid: int, obj: Obj) -> None:
    """Free an object with all that it still has: pages, if it is flushed, or a stump."""
    if obj.root is not None:
        _destroy(bucket.pool, obj, obj.root, obj.height)
        obj.root = None
        obj.height = 0
    del bucket.pool.objs[oid]
    bucket.pool.host.obj_free(bucket.pool.id, obj)


def _drop_if_empty(bucket: Bucket, oid: int, obj: Obj) -> None:
    """Free an object whose last page is gone."""
    if obj.pampd_count == 0:
        _drop_obj(bucket, oid, obj)


def _new_objnode(pool: Pool, obj: Obj) -> Objnode | None:
    """An objnode of the host, set up and counted, or None."""
    node = pool.host.objnode_alloc(pool.id)
    if node is not None:
        node.slots_in_use = 0
        obj.objnode_count += 1
    return node


def _drop_objnode(pool: Pool, obj: Obj, node: Objnode) -> None:
    """Free an objnode whose slots are empty."""
    obj.objnode_count -= 1
    pool.host.objnode_free(pool.id, node)
