"""The store examines itself, clause by clause, and names the invariant that it finds broken."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple, NoReturn

from ._pool import Bucket, Pool
from ._tree import Obj, Objnode
from ._words import INDEX_BITS, MAX_INDEX, SLOT_BITS, SLOTS, bucket_of
from .errors import BrokenInvariantError


class Counts(NamedTuple):
    """How many objs, objnodes and pampds there are."""

    objs: int
    objnodes: int
    pampds: int


def count_pool(pool: Pool) -> Counts:
    """What the counts of a pool's objects add up to. Takes one bucket's lock at a time. O(objects)."""
    objs = objnodes = pampds = 0
    for bucket, oids in _by_bucket(pool):
        with bucket.lock:
            for obj in filter(None, map(pool.objs.get, oids)):
                objs += 1
                objnodes += obj.objnode_count
                pampds += obj.pampd_count
    return Counts(objs, objnodes, pampds)


def check_pool(pool: Pool) -> None:
    """Raise BrokenInvariantError unless the pool is well-formed. Takes one bucket's lock at a time. O(pages).

    Between two buckets other calls may run, which may give metadata back to the host and get it from there again: so
    that it is in one place only (OWN-1) is seen within a bucket. Of a pool that is being destroyed nothing is said.
    """
    for bucket, oids in _by_bucket(pool):
        with bucket.lock:
            if not pool.destroyed:
                _check_bucket(bucket, oids)


def _by_bucket(pool: Pool) -> Iterator[tuple[Bucket, list[int]]]:
    """The oids that are in the pool's table now, by their buckets."""
    oids: list[list[int]] = [[] for _ in pool.buckets]
    for oid in pool.objs.copy():
        oids[bucket_of(oid)].append(oid)
    return zip(pool.buckets, oids, strict=True)


def _check_bucket(bucket: Bucket, oids: list[int]) -> None:
    seen: set[int] = set()
    for oid in oids:
        obj = bucket.pool.objs.get(oid)
        if obj is not None:
            if obj.lock is not bucket.lock:
                _broken("OID-2", f"object {oid:#x} is not under the lock of bucket {bucket_of(oid)}")
            _check_obj(oid, obj, seen)


def _check_obj(oid: int, obj: Obj, seen: set[int]) -> None:
    """One object against its tree. `seen`: the objs and objnodes met so far, by identity, each to be met once."""
    _once(obj, seen, f"obj of object {oid:#x}")
    pampds, objnodes = _check_tree(oid, obj, seen)
    if obj.leaves != dict(_leaves(obj.root, obj.height, 0)):
        _broken("SHR-3", f"the leaves that object {oid:#x} knows are not those of its tree")
    if pampds == 0:
        _broken("CNT-2", f"object {oid:#x} exists and has no page")
    if obj.pampd_count != pampds:
        _broken("CNT-1", f"object {oid:#x} counts {obj.pampd_count} pampds and stores {pampds}")
    if obj.objnode_count != objnodes:
        _broken("CNT-4", f"object {oid:#x} counts {obj.objnode_count} objnodes and reaches {objnodes}")


def _check_tree(oid: int, obj: Obj, seen: set[int]) -> tuple[int, int]:
    """How many pampds and objnodes the root leads to, each objnode examined."""
    if not 0 <= obj.height < len(MAX_INDEX):
        _broken("SHR-1", f"object {oid:#x} has height {obj.height}")
    if obj.root is None:
        return 0, 0
    if obj.height and isinstance(obj.root, Objnode) and obj.root.slots_in_use == 1 and obj.root.slots[0] is not None:
        _broken("SHR-1", f"the root of object {oid:#x}, at level {obj.height}, uses slot 0 alone")
    return _check_node(oid, obj.root, obj.height, 0, seen)


def _check_node(oid: int, node: object, level: int, prefix: int, seen: set[int]) -> tuple[int, int]:
    """What a slot leads to: itself a pampd at level 0. `prefix`: the slots that led here, as digits of an index."""
    if level == 0:
        if prefix >> INDEX_BITS:
            _broken("SHR-3", f"object {oid:#x} stores a page at {prefix:#x}, beyond 32 bits")
        return 1, 0
    where = f"objnode at level {level} of object {oid:#x}"
    if not isinstance(node, Objnode):
        _broken("SHR-3", f"there is a {type(node).__name__} in the place of an {where}")
    _once(node, seen, where)
    used = [slot for slot in range(SLOTS) if node.slots[slot] is not None]
    if not used:
        _broken("SHR-2", f"{where} is empty")
    if node.slots_in_use != len(used):
        _broken("CNT-5", f"{where} counts {node.slots_in_use} slots in use and uses {len(used)}")
    below = [_check_node(oid, node.slots[slot], level - 1, prefix << SLOT_BITS | slot, seen) for slot in used]
    return sum(pampds for pampds, _ in below), 1 + sum(objnodes for _, objnodes in below)


def _leaves(node: Any, level: int, prefix: int) -> Iterator[tuple[int, Objnode]]:
    """The objnodes at level 1, with the slots that lead there as digits."""
    if level == 1 and isinstance(node, Objnode):
        yield prefix, node
    elif level > 1 and isinstance(node, Objnode):
        for slot, held in enumerate(node.slots):
            if held is not None:
                yield from _leaves(held, level - 1, prefix << SLOT_BITS | slot)


def _once(thing: object, seen: set[int], where: str) -> None:
    if id(thing) in seen:
        _broken("OWN-1", f"the {where} is in the store twice")
    seen.add(id(thing))


def _broken(identifier: str, message: str) -> NoReturn:
    raise BrokenInvariantError(identifier, message)
