"""Pools, their buckets, and what every operation does with what it has taken or unlinked.

bucket      the objects whose oids hash alike: the lock under which they are read and changed
take        ask the host for objnodes, all of them or none
create_all  ask the PAM for the pampds of a run
read_all    ask the PAM for the pages of a run
release     give pampds, objnodes and an obj back, whatever the callbacks raise
"""

from __future__ import annotations

from collections.abc import Sequence

from . import _sync
from ._tree import Obj, Objnode, Pampd
from ._words import BUCKETS, EPHEMERAL, PERSISTENT
from .errors import PoolDestroyedError
from .host import GuardedBatchPam, Host, MemoryPam, Pam


class Bucket:
    """The objects of a pool whose oids hash to one number: the lock that they share."""

    __slots__ = ("lock", "pool")

    def __init__(self, pool: Pool) -> None:
        """A bucket of `pool`."""
        self.pool = pool
        self.lock = _sync.Lock()


class Pool:
    """A pool: its kind, its callbacks, its objects by oid, and its buckets.

    An entry of `objs`, and the object in it, is read and changed only with the lock of its oid's bucket held; but for
    one thing: whoever finds an object there may read which lock that is, and take it, and look whether it still is.

    `frozen` and `destroyed` are single values, read with a bucket's lock held. Who sets one then takes every bucket's
    lock in turn: whatever is still under way under the old value has ended by then.

    `plain`: the PAM is that of the package, to which a page is its own pampd. `batch`: the PAM, if it takes runs.
    """

    __slots__ = (
        "batch",
        "buckets",
        "destroyed",
        "frozen",
        "host",
        "id",
        "keeps",
        "objs",
        "pam",
        "persistent",
        "plain",
    )

    def __init__(self, pool_id: int, flags: int, host: Host, pam: Pam) -> None:
        """A pool with no page. `keeps`: whether a get that is not exclusive leaves the page."""
        self.id = pool_id
        self.host = host
        self.pam = pam
        self.plain = isinstance(pam, MemoryPam)
        self.batch = pam if isinstance(pam, GuardedBatchPam) else None
        self.persistent = flags == PERSISTENT
        self.keeps = flags != EPHEMERAL
        self.frozen = False
        self.destroyed = False
        self.objs: dict[int, Obj] = {}
        self.buckets = [Bucket(self) for _ in range(BUCKETS)]


def alive(pool: Pool) -> None:
    """Raise PoolDestroyedError if the pool was destroyed while its bucket's lock was waited for."""
    if pool.destroyed:
        raise destroyed_error(pool.id)


def destroyed_error(pool_id: int) -> PoolDestroyedError:
    """What every access to a destroyed pool raises."""
    return PoolDestroyedError(f"pool {pool_id} is destroyed: it refuses every access; make another with new_pool")


def take(pool: Pool, count: int, nodes: list[Objnode]) -> bool:
    """Add `count` objnodes of the host to `nodes`. False, at the first one refused: what was taken is in `nodes`.

    Passes on what objnode_alloc raises; what was taken is in `nodes` then too.
    """
    for _ in range(count):
        node = pool.host.objnode_alloc(pool.id)
        if node is None:
            return False
        nodes.append(node)
    return True


def create_all(pool: Pool, oid: int, index: int, pages: list[bytes]) -> tuple[list[Pampd | None], BaseException | None]:
    """The pampd of each page of a run, or None where it was refused, and the first exception of a create, if any.

    A PAM that takes runs is asked once, and an exception refuses all of them; another is asked page by page.
    """
    pampds: list[Pampd | None] = [None] * len(pages)
    raised: BaseException | None = None
    if pool.batch is not None:
        try:
            pampds = pool.batch.create_all(pool.id, oid, index, pages)
        except BaseException as error:  # noqa: BLE001 - the caller raises it, when the tree is right again
            raised = error
        return pampds, raised
    for at, page in enumerate(pages):
        try:
            pampds[at] = pool.pam.create(pool.id, oid, index + at, page)
        except BaseException as error:  # noqa: BLE001 - as above
            raised = error if raised is None else raised
    return pampds, raised


def read_all(pool: Pool, held: list[Pampd | None]) -> tuple[list[bytes | None], BaseException | None]:
    """The page of each pampd of a run, None where there is none or get_data fails, and the first exception of one.

    As in `create_all`, a PAM that takes runs is asked once; it is not if there is nothing to ask for.
    """
    pages: list[bytes | None] = [None] * len(held)
    raised: BaseException | None = None
    places = [at for at, pampd in enumerate(held) if pampd is not None]
    if pool.batch is not None and places:
        try:
            answers = pool.batch.get_data_all([held[at] for at in places])
        except BaseException as error:  # noqa: BLE001 - as above
            return pages, error
        for at, page in zip(places, answers, strict=True):
            pages[at] = page
        return pages, None
    for at in places:
        try:
            pages[at] = pool.pam.get_data(held[at])
        except BaseException as error:  # noqa: BLE001 - as above
            raised = error if raised is None else raised
    return pages, raised


def release(
    pool: Pool,
    pampds: Sequence[Pampd],
    nodes: Sequence[Objnode],
    obj: Obj | None = None,
    raised: BaseException | None = None,
) -> BaseException | None:
    """Free the pampds, then the objnodes, then the obj, each once and in the given order, whatever a free raises.

    Gives `raised` back, or, if that is None, the first exception of a free: for the caller to raise.
    """
    if pool.batch is not None and len(pampds) > 1:
        try:
            pool.batch.free_all(pampds)
        except BaseException as error:  # noqa: BLE001 - the remaining frees must happen; the caller raises it
            raised = error if raised is None else raised
        pampds = ()
    for pampd in pampds:
        try:
            pool.pam.free(pampd)
        except BaseException as error:  # noqa: BLE001 - as above
            raised = error if raised is None else raised
    for node in nodes:
        try:
            pool.host.objnode_free(pool.id, node)
        except BaseException as error:  # noqa: BLE001 - as above
            raised = error if raised is None else raised
    if obj is not None:
        try:
            pool.host.obj_free(pool.id, obj)
        except BaseException as error:  # noqa: BLE001 - as above
            raised = error if raised is None else raised
    return raised
