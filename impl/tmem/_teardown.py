"""Dropping objects and pools of any size: out of sight at once, then freed in bounded steps.

What is to go is first taken out of the pool's table, with the lock held for that alone: from then on no call finds a
page of it. Then it is freed leaf by leaf, at most 64 pages and 6 objnodes for each time that the lock is held, and now
and then other threads are let in. An object put anew under the same oid meanwhile is another object.
"""

from __future__ import annotations

from typing import Final

from . import _sync
from ._pool import Bucket, Pool, alive, release
from ._tree import Obj, drain
from ._words import bucket_of

PAGES_A_PAUSE: Final = 1024


class Pace:
    """Lets other threads in after every so many pages: a pause takes as long as freeing some fifty."""

    __slots__ = ("_freed",)

    def __init__(self) -> None:
        """Nothing freed yet."""
        self._freed = 0

    def step(self, pages: int) -> None:
        """So many pages more were freed. Holds no lock."""
        self._freed += pages
        if self._freed >= PAGES_A_PAUSE:
            self._freed = 0
            _sync.pause()


def flush_object(bucket: Bucket, oid: int) -> bool:
    """Drop every page of an object; whether there was one. Takes the bucket's lock, anew for each step."""
    with bucket.lock:
        alive(bucket.pool)
        obj = _hide(bucket.pool, oid)
    if obj is None:
        return False
    raised = _tear_down(bucket, obj, Pace(), None)
    if raised is not None:
        raise raised
    return True


def flush_pool(pool: Pool) -> None:
    """Drop every page of a pool, the objects by oid. Takes one bucket's lock at a time."""
    hidden: list[tuple[Bucket, Obj | None]] = []
    for oid in sorted(pool.objs.copy()):
        bucket = pool.buckets[bucket_of(oid)]
        with bucket.lock:
            hidden.append((bucket, _hide(pool, oid)))
    pace = Pace()
    raised: BaseException | None = None
    for bucket, obj in hidden:
        if obj is not None:
            raised = _tear_down(bucket, obj, pace, raised)
    if raised is not None:
        raise raised


def settle(pool: Pool) -> None:
    """Wait until whatever is under way in the pool has ended: take and release each bucket's lock in turn."""
    for bucket in pool.buckets:
        with bucket.lock:
            pass


def _hide(pool: Pool, oid: int) -> Obj | None:
    """Take an object, if there is one, out of the table of its pool."""
    obj = pool.objs.pop(oid, None)
    if obj is not None:
        obj.lock = None
    return obj


def _tear_down(bucket: Bucket, obj: Obj, pace: Pace, raised: BaseException | None) -> BaseException | None:
    """Free an object that is out of sight: pages by index, each objnode after all it leads to, the obj last."""
    gone = False
    while not gone:
        with bucket.lock:
            pampds, nodes = drain(obj)
            gone = obj.root is None
            raised = release(bucket.pool, pampds, nodes, obj if gone else None, raised)
        pace.step(len(pampds))
    return raised
