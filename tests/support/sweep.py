"""The sweep: every operation with every outcome in every situation, one after another, the same each time.

Each call is made of an object made for it, and the object is flushed afterwards; each situation has a store of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import product

from support.cells import Cell, cells_of
from support.draws import OBJECT_CALLS, PAGE_CALLS, POOL_CALLS, MakeCall
from support.lockstep import Failures, Lockstep
from tmem_proofs.conformance.driver import Driven
from tmem_proofs.conformance.recorder import Fail
from tmem_spec.calls import (
    Call,
    DestroyPool,
    FlushObject,
    FlushPage,
    FlushPool,
    Freeze,
    Get,
    NewPool,
    Put,
    Reclaim,
    Thaw,
)
from tmem_spec.words import EPHEMERAL, INDEX_LIMIT, INVALID_OID, MAX_HEIGHT, PERSISTENT, SHARED, Handle, max_index

OID = 144
NO_POOL = 10**6
RAISING_FREE = (Fail("free", raises=True),)
REFUSED, RAISING_CREATE = (Fail("create"),), (Fail("create", raises=True),)
FAILED, RAISING_GET = (Fail("get_data"),), (Fail("get_data", raises=True),)

WAYS: tuple[tuple[MakeCall, tuple[Failures, ...]], ...] = (
    (lambda at: Put(at, b"a page"), ((), REFUSED, RAISING_CREATE)),
    (Get, ((), FAILED, RAISING_GET)),
    (lambda at: Get(at, exclusive=True), ((), FAILED, RAISING_GET)),
    (FlushPage, ((), RAISING_FREE)),
    (lambda at: Reclaim(at, names_held=False), ((),)),
    (lambda at: FlushObject(at.pool, at.oid), ((), RAISING_FREE)),
    (lambda at: FlushPool(at.pool), ((), RAISING_FREE)),
    (lambda at: Freeze(at.pool), ((),)),
    (lambda at: Thaw(at.pool), ((),)),
    (lambda at: DestroyPool(at.pool), ((), RAISING_FREE)),
)


def places() -> Iterator[tuple[tuple[int, ...], int]]:
    """What an object stores, and an index of it: each situation once. First, that there is no object."""
    yield (), 5
    for height in range(MAX_HEIGHT + 1):
        last = max_index(height)
        yield (last,), last
        if height > 0:
            yield from (((0, last), index) for index in (0, 1, last))
        if height < MAX_HEIGHT:
            yield (last,), last + 1


class Sweep(Lockstep):
    """Calls of one situation, in a pool of one kind; counts the cells met."""

    def __init__(self, flags: int) -> None:
        """One pool."""
        super().__init__()
        self.met: Counter[Cell] = Counter()
        self.pool = self.make_pool(flags)

    def count(self, driven: Driven) -> None:
        """Count what a call met."""
        self.met.update(cells_of(self.judge.store, driven))

    def call(self, present: tuple[int, ...], make: MakeCall, index: int, failures: Failures = ()) -> None:
        """Make a call of an object that stores this; leave no object, and a pool that stores."""
        for one in present:
            self.put(Handle(self.pool, OID, one))
        call = make(Handle(self.pool, OID, index))
        self.step(call, failures)
        self.restore(call)

    def restore(self, call: Call) -> None:
        """Leave no object, and a pool that stores."""
        if isinstance(call, DestroyPool):
            self.pool = self.make_pool(self.flags[self.pool])
        elif isinstance(call, Freeze):
            self.step(Thaw(self.pool))
        if self.judge.store.pools[self.pool].pages:
            self.step(FlushObject(self.pool, OID))

    def call_all(self, present: tuple[int, ...], index: int) -> None:
        """Every call, each in every way that it can end."""
        for make, ways in WAYS:
            for failures in ways:
                self.call(present, make, index, failures)
        if index in present and self.flags[self.pool] != PERSISTENT:
            for failures in ((), RAISING_FREE):
                self.call(present, lambda at: Reclaim(at, names_held=True), index, failures)

    def reject_all(self) -> None:
        """Every operation, of a handle that names nothing: no such pool, no oid, no index."""
        self.reject(NewPool(PERSISTENT | SHARED))
        for make in POOL_CALLS:
            self.reject(make(Handle(NO_POOL, OID, 0)))
        for make in OBJECT_CALLS:
            self.reject(make(Handle(self.pool, INVALID_OID, 0)))
        for make in PAGE_CALLS:
            self.reject(make(Handle(self.pool, OID, INDEX_LIMIT)))


def swept() -> Counter[Cell]:
    """What the whole of it meets."""
    met: Counter[Cell] = Counter()
    for flags, (present, index) in product((EPHEMERAL, PERSISTENT), places()):
        sweep = Sweep(flags)
        sweep.reject_all()
        sweep.call_all(present, index)
        sweep.finish()
        met += sweep.met
    return met
