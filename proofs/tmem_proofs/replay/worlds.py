"""A real store with a recording host and PAM, on which a call is made and everything around it is looked at.

The specification judges every call, those that fill the store before and read it afterwards too. What other threads
do on a path is done by this one, at the very moment: while the call waits for a lock. Where there is no memory for
the bucket's entry, a dict that has none stands in the bucket.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from types import TracebackType
from typing import Any, NamedTuple

from tmem import BrokenInvariantError, Obj, Tmem
from tmem._pool import Pool
from tmem_proofs.conformance.driver import Driven, Driver
from tmem_proofs.conformance.recorder import CallbackError, Fail, Recorder
from tmem_proofs.replay.agree import ReplayError, agree
from tmem_spec import Judge, Outcome
from tmem_spec.calls import Call, DestroyPool, Get, NewPool, Put
from tmem_spec.words import Handle, bucket_of


class Meanwhile(Enum):
    """What happens beside a call."""

    NOTHING = "nothing"
    STRUCK_OUT = "another thread destroys the pool while the call waits for the table of pools"
    DESTROYED = "another thread destroys the pool while the call waits for the bucket"
    NO_MEMORY = "there is no memory for the bucket's entry"


class Count(NamedTuple):
    """What an object counts."""

    oid: int
    pampds: int
    objnodes: int


@dataclass(slots=True)
class World:
    """A store, driven by calls of the specification and judged by it; `pools` are all that were made."""

    driver: Driver = field(default_factory=Driver)
    judge: Judge = field(default_factory=Judge)
    pools: dict[int, Pool] = field(default_factory=dict)

    @property
    def store(self) -> Tmem:
        """The store."""
        return self.driver.store

    def drive(self, call: Call, *failures: Fail) -> Driven:
        """Make a call, in which these callbacks fail. Raises ReplayError if anything is wrong with what it does."""
        try:
            driven = self.driver.drive(call, *failures)
        except Exception as error:
            raise ReplayError(f"{call} on the shipped objects raises {error!r}, as on no path") from error
        broken = self.judge.observe(call, driven.answer, driven.environment, driven.callbacks, driven.live)
        agree(f"violations by {call}", [str(one) for one in broken], [])
        return driven

    def new_pool(self, flags: int) -> int:
        """Make a pool; its id."""
        pool = self.drive(NewPool(flags)).answer.pool
        if pool is None:
            raise ReplayError(f"no pool of flags {flags} is made on the shipped objects")
        self.pools[pool] = self.store._pools[pool]  # noqa: SLF001 - so that its locks can be looked at, come what may
        return pool

    def stage(self, meanwhile: Meanwhile, pool: int, oid: int) -> None:
        """Have something happen beside the next call, which is on this pool and oid."""
        match meanwhile:
            case Meanwhile.STRUCK_OUT:
                lock = _Watched(self.store._table, lambda: self._destroy(pool))  # noqa: SLF001 - as above
                self.store._table = lock  # type: ignore[assignment]  # noqa: SLF001 - as far as a store can tell, it is
            case Meanwhile.DESTROYED:
                bucket = self.pools[pool].buckets[bucket_of(oid)]
                lock = _Watched(bucket.lock, lambda: self._destroy(pool))
                bucket.lock = lock  # type: ignore[assignment]  # as above
            case Meanwhile.NO_MEMORY:
                bucket = self.pools[pool].buckets[bucket_of(oid)]
                bucket.objs = _Full(bucket.objs, self.driver.recorder)

    def _destroy(self, pool: int) -> None:
        """What another thread does: its callbacks are none of the call's."""
        self.drive(DestroyPool(pool))
        self.driver.recorder.expect()

    def locked(self) -> list[str]:
        """The locks that somebody holds."""
        held = ["the table of pools"] if self.store._table.locked() else []  # noqa: SLF001 - as above
        for number, pool in self.pools.items():
            held += [f"bucket {at} of pool {number}" for at, one in enumerate(pool.buckets) if one.lock.locked()]
        return held

    def check(self) -> None:
        """Have the store examine itself. Raises ReplayError if it finds an invariant broken."""
        try:
            self.store.check()
        except BrokenInvariantError as error:
            raise ReplayError(f"on the shipped objects, after the call: {error}") from error

    def count(self, pool: int, oid: int) -> Count | None:
        """What an object of the pool counts; None if there is no such object."""
        obj = self.pools[pool].buckets[bucket_of(oid)].objs.get(oid)
        return None if obj is None else Count(oid, obj.pampd_count, obj.objnode_count)

    def takes(self, handle: Handle) -> bool:
        """Take the page at the handle; whether there was one. The specification says which page it must be."""
        return self.drive(Get(handle, exclusive=True)).answer.outcome is Outcome.HIT

    def use(self, handle: Handle) -> None:
        """Get, put, and get twice: the specification says what must come of it, by the pool's kind, frozen or not."""
        for call in (Get(handle), Put(handle, b"another page"), Get(handle), Get(handle)):
            self.drive(call)


class _Watched:
    """Takes the place of a lock; something is done before it is taken for the first time."""

    def __init__(self, lock: Any, before: Callable[[], None]) -> None:
        self._lock = lock
        self._before: Callable[[], None] | None = before

    def __enter__(self) -> None:
        before, self._before = self._before, None
        if before is not None:
            before()
        self._lock.acquire()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._lock.release()

    def locked(self) -> bool:
        return bool(self._lock.locked())


class _Full(dict[int, Obj]):
    """Takes the place of a bucket's dict; there is no memory for the next entry."""

    def __init__(self, objs: dict[int, Obj], recorder: Recorder) -> None:
        super().__init__(objs)
        self._error: CallbackError | None = CallbackError("no memory for the bucket's entry")
        self._recorder = recorder

    def __setitem__(self, oid: int, obj: Obj) -> None:
        error, self._error = self._error, None
        if error is not None:
            self._recorder.raised.append(error)
            raise error
        super().__setitem__(oid, obj)
