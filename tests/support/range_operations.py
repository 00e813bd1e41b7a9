"""Ranges that call back, each in a case that differs in which callbacks it makes, and every place where one can raise.

places      where a callback can raise, found by making the call once: the first of a kind, the second, and so on
Raised      what came of a call in which one did: the exception, and which run it was in
runs_of     the runs of a range: of each its first index, and how many it has
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from support.locks import WatchedLock
from support.worlds import COLLIDING, World, page_of
from tmem import EPHEMERAL, PERSISTENT, SHARED
from tmem_proofs.conformance.batch import BatchRecorder
from tmem_proofs.conformance.recorder import FREES, Fail, Recorder

OID, NEIGHBOUR = COLLIDING[:2]
LEAF = 64
RECORDERS: tuple[type[Recorder], ...] = (Recorder, BatchRecorder)
MANY = 150  # more than any of these calls makes of one callback


@dataclass(frozen=True)
class RangeCase:
    """A call on a range of an object that stores `present`; `refusals` happen in every run of it."""

    name: str
    method: str
    flags: int
    present: tuple[int, ...]
    index: int
    count: int
    refusals: tuple[Fail, ...] = ()

    def prepare(self, recorder: type[Recorder]) -> tuple[World, int]:
        """A store, and a pool of it with the object, a neighbour in its bucket, and another object."""
        world = World(recorder())
        pool = world.new_pool(self.flags)
        for oid, indexes in self.before().items():
            world.fill(pool, oid, indexes)
        return world, pool

    def before(self) -> dict[int, tuple[int, ...]]:
        """The indexes stored before the call, by oid."""
        return {NEIGHBOUR: (0, self.index), COLLIDING[2]: (1,), OID: (*self.present, *self.beside())}

    def beside(self) -> tuple[int, ...]:
        """Pages of the object beside the range: none, as a rule, so that the object goes with the range."""
        return ()

    def pages(self) -> list[bytes]:
        """What is put."""
        return [b"new %d" % at for at in range(self.count)]

    def run(self, world: World, pool: int, *failures: Fail) -> object:
        """Make the call, in which these failures happen beside the case's own refusals."""
        world.recorder.expect(*failures, *self.refusals)
        what = self.pages() if self.method == "put_range" else self.count
        return getattr(world.store, self.method)(pool, OID, self.index, what)


def refused(callback: str, nths: Iterable[int]) -> tuple[Fail, ...]:
    """These of the callbacks of one name are refused."""
    return tuple(Fail(callback, nth) for nth in nths)


OVER = (62, 63, 64, 66)
P, E, S = PERSISTENT, EPHEMERAL, SHARED
CASES = (
    RangeCase("put, new object, from index 0", "put_range", P, (), 0, 5),
    RangeCase("put, new object, deep", "put_range", E, (), 4095, 6),
    RangeCase("put, leaves that are there", "put_range", P, OVER, 60, 8),
    RangeCase("put, a leaf that is there, two that are not", "put_range", S, (62, 5000), 60, 80),
    RangeCase("put, a page alone becomes a leaf", "put_range", P, (0,), 0, 4),
    RangeCase("put, beside a page alone", "put_range", P, (0,), 1, 4),
    RangeCase("put, a whole leaf again", "put_range", E, tuple(range(64)), 0, 64),
    RangeCase("put, some refused", "put_range", P, OVER, 60, 8, refused("create", (1, 3, 6))),
    RangeCase("put, all refused", "put_range", P, OVER, 60, 8, refused("create", range(MANY))),
    RangeCase("put, all refused, new object", "put_range", P, (), 64, 3, refused("create", range(MANY))),
    RangeCase("put, no objnodes", "put_range", P, (0,), 62, 6, refused("objnode_alloc", range(1, MANY))),
    RangeCase("get, ephemeral", "get_range", E, (*OVER, 9000), 60, 8),
    RangeCase("get, ephemeral, the only pages", "get_range", E, OVER, 60, 8),
    RangeCase("get, ephemeral, a page alone", "get_range", E, (0,), 0, 3),
    RangeCase("get, persistent", "get_range", P, OVER, 60, 8),
    RangeCase("get, shared", "get_range", S, OVER, 60, 8),
    RangeCase("flush", "flush_range", P, (*OVER, 9000), 60, 8),
    RangeCase("flush, the only pages", "flush_range", E, OVER, 60, 8),
    RangeCase("flush, a whole leaf and more", "flush_range", P, tuple(range(70)), 0, 70),
)
# Of get_data that gives nothing: the call raises in every case, and what else does comes later.
FAILING = (
    RangeCase("get, ephemeral, some fail", "get_range", E, OVER, 60, 8, refused("get_data", (0, 2))),
    RangeCase("get, ephemeral, all fail", "get_range", E, OVER, 60, 8, refused("get_data", range(MANY))),
    RangeCase("get, ephemeral, one fails in the second run", "get_range", E, OVER, 60, 8, refused("get_data", (2,))),
    RangeCase("get, ephemeral, a page alone fails", "get_range", E, (0,), 0, 3, refused("get_data", (0,))),
    RangeCase("get, persistent, some fail", "get_range", P, OVER, 60, 8, refused("get_data", (1,))),
    RangeCase("get, shared, some fail", "get_range", S, OVER, 60, 8, refused("get_data", (0, 3))),
)


def places(case: RangeCase, recorder: type[Recorder]) -> list[Fail]:
    """Every callback that does its work in the call, as the failure of raising there; and each batch."""
    world, pool = case.prepare(recorder)
    if isinstance(world.recorder, BatchRecorder):
        world.recorder.batches.clear()
    case.run(world, pool)
    made = Counter(one.value.removeprefix("pam_") for one in world.recorder.callbacks if "failed" not in one.value)
    if isinstance(world.recorder, BatchRecorder):
        made.update(name for name, _ in world.recorder.batches)
    taken = {(one.callback, one.nth) for one in case.refusals}
    every = [Fail(name, nth, raises=True) for name, count in made.items() for nth in range(count)]
    return [one for one in every if (one.callback, one.nth) not in taken]


def every_free() -> list[Fail]:
    """Every free of the call raises."""
    return [Fail(name, nth, raises=True) for name in (*FREES, "free_all") for nth in range(MANY)]


def runs_of(index: int, count: int) -> Iterator[range]:
    """The runs of a range, in order."""
    end = index + count
    while index < end:
        after = min((index // LEAF + 1) * LEAF, end)
        yield range(index, after)
        index = after


@dataclass
class Raised:
    """A call in which something raised: its exception, and the run that it was in, by the holds of the lock."""

    case: RangeCase
    recorder: type[Recorder]
    failures: Sequence[Fail]
    world: World = field(init=False)
    pool: int = field(init=False)
    error: BaseException | None = field(init=False, default=None)
    run: int = field(init=False, default=-1)

    def __post_init__(self) -> None:
        """Make the call."""
        self.world, self.pool = self.case.prepare(self.recorder)
        WatchedLock(self.world.bucket(self.pool, 0), before=self._next_run)
        try:
            self.case.run(self.world, self.pool, *self.failures)
        except BaseException as error:  # noqa: BLE001 - its identity is what the tests compare
            self.error = error

    def _next_run(self) -> None:
        if self.error is None:
            self.run += 1

    def held(self, oid: int = OID) -> dict[int, bytes]:
        """What the PAM holds of an object, by index."""
        return {index: page for (_, of, index), page in self.world.held().items() if of == oid}

    def earlier(self) -> list[int]:
        """The indexes of the runs before the one that raised."""
        return [index for run in list(self._runs())[: self.run] for index in run]

    def last(self) -> list[int]:
        """The indexes of the run that raised."""
        return list(list(self._runs())[self.run])

    def later(self) -> list[int]:
        """The indexes of the runs after it."""
        return [index for run in list(self._runs())[self.run + 1 :] for index in run]

    def old(self, index: int) -> bytes | None:
        """What the handle held before."""
        return page_of(OID, index) if index in self.case.present else None

    def new(self, index: int) -> bytes:
        """What was to be put to the handle."""
        return self.case.pages()[index - self.case.index]

    def _runs(self) -> Iterator[range]:
        return runs_of(self.case.index, self.case.count)
