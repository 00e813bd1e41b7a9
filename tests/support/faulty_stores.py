"""Stores, hosts and PAMs that do one thing wrong: what tells right from wrong must find each of them.

Of those that are `Faulty`, the fault is in the put of one page, `PAGE`; so whatever is put before goes well.
"""

from __future__ import annotations

from typing import Any

from tmem import PoolError, Tmem
from tmem._words import bucket_of
from tmem_proofs.claims.calls import PAGE
from tmem_proofs.conformance.recorder import CallbackError, Recorder
from tmem_spec import Handle
from tmem_spec.metadata import Callback
from tmem_spec.words import PERSISTENT


class Faulty(Tmem):
    """A store in which one put ends in a fault."""

    def put(self, pool: int, oid: int, index: int, page: Any) -> bool:
        """As ever, but for the one page."""
        stored = super().put(pool, oid, index, page)
        if page == PAGE:
            self.fault(Handle(pool, oid, index))
        return stored

    def fault(self, at: Handle) -> None:
        """What goes wrong once the page is stored."""


class KeepsLock(Faulty):
    """LCK-2: the lock of the bucket stays taken."""

    def fault(self, at: Handle) -> None:
        """Take it."""
        self._pools[at.pool].buckets[bucket_of(at.oid)].lock.acquire()


class KeepsTable(Faulty):
    """LCK-2: the lock of the table of pools stays taken."""

    def fault(self, _: Handle) -> None:
        """Take it."""
        self._table.acquire()


class Miscounts(Faulty):
    """CNT-1: an object counts a page too many."""

    def fault(self, at: Handle) -> None:
        """Count it."""
        pool = self._pools[at.pool]
        with pool.buckets[bucket_of(at.oid)].lock:
            pool.objs[at.oid].pampd_count += 1


class AsksMore(Faulty):
    """No invariant: an objnode is asked for that is not needed, and given back."""

    def fault(self, at: Handle) -> None:
        """Ask for it."""
        node = self._host.objnode_alloc(at.pool)
        assert node is not None
        self._host.objnode_free(at.pool, node)


class DropsNeighbours(Faulty):
    """COH-5: the pages of every other object go, too."""

    def fault(self, at: Handle) -> None:
        """Drop them."""
        for oid in [oid for oid in self._pools[at.pool].objs if oid != at.oid]:
            self.flush_object(at.pool, oid)


class DropsElsewhere(Faulty):
    """COH-5: the pages of every other pool go, too."""

    def fault(self, at: Handle) -> None:
        """Drop them."""
        for pool in [pool for pool in self._pools if pool != at.pool]:
            self.flush_pool(pool)


class Crashes(Faulty):
    """ERR-2: an exception that no callback raised."""

    def fault(self, at: Handle) -> None:
        """Raise it."""
        raise KeyError(at)


class Swallows(Tmem):
    """ERR-2: what a callback raises is taken for a refusal."""

    def put(self, pool: int, oid: int, index: int, page: Any) -> bool:
        """As ever, without exceptions."""
        try:
            return super().put(pool, oid, index, page)
        except CallbackError:
            return False


class Replaces(Tmem):
    """ERR-2: what a callback raises is replaced by another exception of the same type."""

    def put(self, pool: int, oid: int, index: int, page: Any) -> bool:
        """As ever, with other exceptions."""
        try:
            return super().put(pool, oid, index, page)
        except CallbackError as error:
            raise CallbackError(*error.args) from None


class KeepsPage(Tmem):
    """COH-4: a page that is flushed stays."""

    def flush_page(self, pool: int, oid: int, index: int) -> bool:
        """Only look whether there is one."""
        return self.get(pool, oid, index) is not None


class DestroysTwice(Tmem):
    """POOL-1: a pool that is destroyed already may be destroyed again."""

    def destroy_pool(self, pool: int) -> None:
        """As ever, without errors."""
        try:
            super().destroy_pool(pool)
        except PoolError:
            return


class Thaws(Tmem):
    """POOL-4: a pool does not stay frozen."""

    def freeze(self, pool: int) -> None:
        """As ever, but not for long."""
        super().freeze(pool)
        self.thaw(pool)


class MakesPrivate(Tmem):
    """POOL-3: a shared pool is made a private one."""

    def new_pool(self, flags: int) -> int:
        """Of what can be asked for, only one thing counts."""
        return super().new_pool(flags & PERSISTENT)


class Leaks(Recorder):
    """A host that takes no obj back."""

    def obj_free(self, pool: int, obj: Any) -> None:
        """Recorded, and no more."""
        del pool, obj
        self.callbacks.append(Callback.OBJ_FREE)


class Reorders(Recorder):
    """A PAM that records a create before what came just before it."""

    def create(self, pool: int, oid: int, index: int, page: bytes) -> Any:
        """As ever, and recorded so."""
        created = super().create(pool, oid, index, page)
        self.callbacks[-2:] = reversed(self.callbacks[-2:])
        return created
