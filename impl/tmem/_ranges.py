"""The operations on runs, each with the lock of the object's bucket held by the caller.

A run is its pages' single operations, one after another, in which the PAM is asked for all of them at once: what is
said of put, get and flush_page in `_operations` holds of each page. Where the leaf of a run is not there yet, the put
of a page makes it, and the rest needs no metadata. Only where no page can be refused, as the PAM is that of the
package, do the pages of a new leaf go together: an objnode that is refused then refuses all of them.

A run that ends in an exception ends the range: pages of later runs are as they were. Pages of this run: a put leaves
each stored, or its handle empty; a get drops those whose get_data failed, if they are ephemeral, and no other.
"""

from __future__ import annotations

from typing import Any

from . import _operations
from ._operations import emptied
from ._pool import Bucket, Pool, create_all, read_all, release, take
from ._runs import cut, fill, has_leaf, plant, span
from ._tree import Obj, Objnode, Pampd, delete, missing, place, used
from .errors import GetDataError


def put(bucket: Bucket, oid: int, index: int, pages: list[bytes]) -> list[bool]:
    """Store a page at each index of a run; of each, whether that succeeded. If not, its handle holds nothing."""
    pool = bucket.pool
    if pool.frozen:
        flush(bucket, oid, index, len(pages))
        return [False] * len(pages)
    answers: list[bool] = []
    while pages:
        obj = pool.objs.get(oid)
        if obj is not None and obj.height > 0 and pool.plain:
            stored = [put_plain(pool, obj, index, pages)] * len(pages)
            return answers + stored if answers else stored
        if obj is not None and has_leaf(obj, index):
            return answers + _put_together(bucket, oid, obj, index, pages)
        answers.append(_operations.put(bucket, oid, index, pages[0]))
        index, pages = index + 1, pages[1:]
    return answers


def get(bucket: Bucket, oid: int, index: int, count: int) -> list[Any]:
    """The page at each index of a run, or None. Raises GetDataError if the PAM cannot give the data of one."""
    pool = bucket.pool
    obj = pool.objs.get(oid)
    if obj is None:
        return [None] * count
    held = span(obj, index, count)
    if not pool.plain:
        return _read(bucket, oid, obj, index, held)
    if not pool.keeps:
        _drop(bucket, oid, obj, index, count)
    return held


def flush(bucket: Bucket, oid: int, index: int, count: int) -> list[bool]:
    """Drop the pages of a run; of each index, whether there was one."""
    obj = bucket.pool.objs.get(oid)
    if obj is None:
        return [False] * count
    found = [pampd is not None for pampd in span(obj, index, count)]
    _drop(bucket, oid, obj, index, count)
    return found


def put_plain(pool: Pool, obj: Obj, index: int, pages: list[bytes]) -> bool:
    """Store the pages of a run in a tree that has objnodes, with the PAM of the package; none, if one is refused."""
    if has_leaf(obj, index):
        fill(obj, index, pages)
        return True
    nodes: list[Objnode] = []
    raised: BaseException | None = None
    try:
        if take(pool, missing(obj, index), nodes):
            plant(obj, index, pages, nodes)
            return True
    except BaseException as error:  # noqa: BLE001 - what was taken is released first; it is raised below
        raised = error
    raised = release(pool, (), nodes, None, raised)
    if raised is not None:
        raise raised
    return False


def _put_together(bucket: Bucket, oid: int, obj: Obj, index: int, pages: list[bytes]) -> list[bool]:
    """Store pages whose leaf is there, in the place of those that may be there."""
    pool = bucket.pool
    held = span(obj, index, len(pages))
    pampds: list[Pampd | None] = [None] * len(pages)
    raised = release(pool, used(held), ())
    if raised is None:
        pampds, raised = create_all(pool, oid, index, pages)
    nodes = _link(obj, index, held, pampds)
    raised = release(pool, (), nodes, emptied(bucket, oid, obj), raised)
    if raised is not None:
        raise raised
    return [pampd is not None for pampd in pampds]


def _link(obj: Obj, index: int, held: list[Pampd | None], pampds: list[Pampd | None]) -> list[Objnode]:
    """Link what was created, then unlink what it was to be in the place of and is not; the objnodes that this empties.

    In this order, as the leaf goes with its last page.
    """
    nodes: list[Objnode] = []
    for at, pampd in enumerate(pampds):
        if pampd is not None:
            place(obj, index + at, pampd)
    for at, was in enumerate(held):
        if was is not None and pampds[at] is None:
            nodes += delete(obj, index + at)[1]
    return nodes


def _read(bucket: Bucket, oid: int, obj: Obj, index: int, held: list[Pampd | None]) -> list[bytes | None]:
    """The data of what a run holds, which goes then unless its pool keeps it."""
    pool = bucket.pool
    pages, raised = read_all(pool, held)
    failed = [index + at for at, was in enumerate(held) if was is not None and pages[at] is None]
    if failed:
        raise _failed(bucket, oid, obj, failed, raised)
    if not pool.keeps:
        _drop(bucket, oid, obj, index, len(held))
    return pages


def _failed(bucket: Bucket, oid: int, obj: Obj, failed: list[int], raised: BaseException | None) -> BaseException:
    """Drop the pages whose get_data failed, unless they are persistent; what to raise."""
    pool = bucket.pool
    if raised is None:
        raised = GetDataError(f"get_data failed for the page at (pool {pool.id}, oid {oid:#x}, index {failed[0]})")
    if pool.persistent:
        return raised
    pampds: list[Pampd] = []
    nodes: list[Objnode] = []
    for at in failed:
        pampd, unlinked = delete(obj, at)
        pampds.append(pampd)
        nodes += unlinked
    release(pool, pampds, nodes, emptied(bucket, oid, obj), raised)
    return raised


def _drop(bucket: Bucket, oid: int, obj: Obj, index: int, count: int) -> None:
    """Unlink the pages of a run and release them, with the metadata that they alone needed."""
    pool = bucket.pool
    pampds, nodes = cut(obj, index, count)
    raised = release(pool, () if pool.plain else pampds, nodes, emptied(bucket, oid, obj))
    if raised is not None:
        raise raised
