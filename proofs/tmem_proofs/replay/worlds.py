"""A real store with a recording host and PAM, on which a call is made and everything around it is looked at.

The specification judges every call, those that fill the store before and read it afterwards too. What other threads
do on a path is done by this one, at the very moment: while the call waits for a lock. Where there is no memory for
an object's entry, a dict that has none stands in the pool.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import partial
from types import TracebackType
from typing import Any, NamedTuple

from tmem import BrokenInvariantError, Tmem
from tmem._pool import Pool
from tmem_proofs.conformance.driver import Driven, Driver
from tmem_proofs.conformance.recorder import Fail
from tmem_proofs.replay.agree import ReplayError, agree
from tmem_proofs.replay.memory import Full
from tmem_spec import Judge, Outcome
from tmem_spec.calls import Call, DestroyPool, FlushObject, Get, NewPool, Put
from tmem_spec.words import Handle, bucket_of


class Meanwhile(Enum):
    """What happens beside a call."""

    NOTHING = "nothing"
    STRUCK_OUT = "another thread destroys the pool while the call waits for the table of pools"
    DESTROYED = "another thread destroys the pool while the call waits for the bucket"
    NO_LEAF = "there is no memory for the leaf's entry"
    NO_MEMORY = "there is no memory for the object's entry"


class Count(NamedTuple):
    """What an object counts."""

    oid: int
    pampds: int
    objnodes: int


@dataclass(slots=True)
class World:
    """A store, driven by calls of the specification and judged by it.

    `pools` are all that were made; `failures`, what is to fail in the call under way.
    """

    driver: Driver = field(default_factory=Driver)
    judge: Judge = field(default_factory=Judge)
    pools: dict[int, Pool] = field(default_factory=dict)
    plain: bool = False
    failures: tuple[Fail, ...] = ()

    @classmethod
    def of_the_package(cls) -> World:
        """One whose store has the package's own host and PAM, of which nobody knows what they are asked."""
        return cls(Driver(store=Tmem()), plain=True)

    @property
    def store(self) -> Tmem:
        """The store."""
        return self.driver.store

    def drive(self, call: Call, *failures: Fail) -> Driven:
        """Make a call, in which these callbacks fail. Raises ReplayError if anything is wrong with what it does."""
        self.failures = failures
        try:
            driven = self.driver.drive(call, *failures)
        except Exception as error:
            raise ReplayError(f"{call} on the shipped objects raises {error!r}, as on no path") from error
        seen = (driven.callbacks, driven.live) if not self.plain else ()
        broken = self.judge.observe(call, driven.answer, driven.environment, *seen)
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
        destroy = partial(self.drive, DestroyPool(pool))
        match meanwhile:
            case Meanwhile.STRUCK_OUT:
                lock = _Watched(self.store._table, lambda: self._beside(destroy))  # noqa: SLF001 - as above
                self.store._table = lock  # type: ignore[assignment]  # noqa: SLF001 - as far as a store can tell, it is
            case Meanwhile.DESTROYED:
                self.before_the_lock(pool, oid, destroy)
            case Meanwhile.NO_MEMORY:
                self.pools[pool].objs = Full(self.pools[pool].objs, self.driver.recorder)

    def before_the_lock(self, pool: int, oid: int, what: Callable[[], object], *, taken: int = 0) -> None:
        """Have another thread do something just before the lock of an oid, `taken` so often, is taken again."""
        bucket = self.pools[pool].buckets[bucket_of(oid)]
        lock = _Watched(bucket.lock, lambda: self._beside(what), taken)
        for obj in self.pools[pool].objs.values():
            obj.lock = lock if obj.lock is bucket.lock else obj.lock  # type: ignore[assignment]  # as above
        bucket.lock = lock  # type: ignore[assignment]  # as above

    def drop_when_listed(self, pool: int, oids: Sequence[int]) -> None:
        """Have another thread drop objects, each just before its lock is taken, once all that there are were listed."""
        listed = _Listed(self.pools[pool].objs)
        self.pools[pool].objs = listed
        listed.then += [partial(self.before_the_lock, pool, oid, self._dropping(pool, oid)) for oid in oids]

    def _dropping(self, pool: int, oid: int) -> Callable[[], object]:
        return lambda: self.drive(FlushObject(pool, oid))

    def _beside(self, what: Callable[[], object]) -> None:
        """What another thread does: its callbacks are none of the call's."""
        failures = self.failures
        what()
        self.driver.recorder.expect(*failures)

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
        obj = self.pools[pool].objs.get(oid)
        return None if obj is None else Count(oid, obj.pampd_count, obj.objnode_count)

    def takes(self, handle: Handle) -> bool:
        """Take the page at the handle; whether there was one. The specification says which page it must be."""
        return self.drive(Get(handle, exclusive=True)).answer.outcome is Outcome.HIT

    def use(self, handle: Handle) -> None:
        """Get, put, and get twice: the specification says what must come of it, by the pool's kind, frozen or not."""
        for call in (Get(handle), Put(handle, b"another page"), Get(handle), Get(handle)):
            self.drive(call)


class _Listed(dict[int, Any]):
    """Takes the place of a dict; something is done when its keys are listed for the first time."""

    def __init__(self, content: Mapping[int, Any]) -> None:
        super().__init__(content)
        self.then: list[Callable[[], None]] = []

    def copy(self) -> dict[int, Any]:
        found = dict(self)
        for one in self.then:
            one()
        self.then.clear()
        return found


class _Watched:
    """Takes the place of a lock; something is done before it is taken, when it has been taken so often."""

    def __init__(self, lock: Any, before: Callable[[], object], taken: int = 0) -> None:
        self._lock = lock
        self._before: Callable[[], object] | None = before
        self._ahead = taken

    def acquire(self) -> None:
        self._ahead -= 1
        if self._ahead < 0:
            before, self._before = self._before, None
            if before is not None:
                before()
        self._lock.acquire()

    def release(self) -> None:
        self._lock.release()

    def __enter__(self) -> None:
        self.acquire()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    def locked(self) -> bool:
        return bool(self._lock.locked())
