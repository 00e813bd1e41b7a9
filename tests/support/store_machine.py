"""The machine: our store and the specification's judge, driven by the same calls in step.

Every call there is, in pools of every kind, with what fails in it: see `lockstep` for what is looked at each time.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import ClassVar

from hypothesis import event
from hypothesis.stateful import initialize, precondition, rule
from hypothesis.strategies import booleans, integers, lists, one_of, sampled_from, tuples

from support import draws
from support.cells import Cell, cells_of
from support.situations import operation
from support.stepping import Failures, SteppingMachine, some_page
from tmem_proofs.conformance.batch import BatchRecorder
from tmem_proofs.conformance.driver import Driven
from tmem_proofs.conformance.ranges import DrivenRange
from tmem_proofs.conformance.recorder import Fail, Recorder
from tmem_spec.calls import (
    DestroyPool,
    FlushObject,
    FlushPage,
    Freeze,
    Get,
    NewPool,
    Outcome,
    Put,
    Reclaim,
    Thaw,
)
from tmem_spec.metadata import Callback
from tmem_spec.ranges import FlushRange, GetRange, PutRange
from tmem_spec.store import Store
from tmem_spec.words import EPHEMERAL, PERSISTENT, SHARED, Handle, flags_accepted

MOST_LIVE = 4
MOST_POOLS = 12


def put_to(store: Store, handle: Handle) -> str:
    """What a put to a handle is a put to."""
    if store.held(handle) is not None:
        return "filled handle"
    return "known object" if handle.oid in store.pools[handle.pool].indexes() else "new object"


class StoreMachine(SteppingMachine):
    """Rules are calls, drawn with what fails in them.

    `met` counts the cells of coverage, `refusals` puts by what they were to and what was refused, `ranges` by how their
    PAM is asked, what is called, and how it ends; over all runs.
    """

    met: ClassVar[Counter[Cell]] = Counter()
    refusals: ClassVar[Counter[tuple[str, Callback]]] = Counter()
    ranges: ClassVar[Counter[tuple[type[Recorder], str, Outcome]]] = Counter()

    def count(self, driven: Driven) -> None:
        """Count what a call met."""
        call, outcome = driven.call, driven.answer.outcome
        self.met.update(cells_of(self.judge.store, driven))
        event(f"{operation(call)}: {outcome.name}")
        if isinstance(call, Put) and driven.environment.refused:
            refused = next(one for one in driven.callbacks if one.value.endswith("_failed"))
            self.refusals[put_to(self.judge.store, call.handle), refused] += 1

    def count_range(self, driven: DrivenRange) -> None:
        """Count how a range ended."""
        name = type(driven.call).__name__
        event(f"{name}: {driven.ended.name}")
        self.ranges[type(self.world.recorder), name, driven.ended] += 1

    def frozen(self) -> list[int]:
        """The pools, at most one, that are frozen and not destroyed."""
        pools = self.judge.store.pools
        return [number for number, pool in pools.items() if pool.rules.frozen and not pool.destroyed]

    def filled_pool(self, at: int) -> int:
        """A pool that has a page, if there is any."""
        return self.filled(at).pool if some_page(self) else self.live_pool(at)

    # Pools.

    @initialize(
        recorder=sampled_from((Recorder, BatchRecorder)),
        places=lists(tuples(draws.at, draws.oids, draws.indexes), max_size=8),
    )
    def begin(self, recorder: type[Recorder], places: list[tuple[int, int, int]]) -> None:
        """A PAM that is asked page by page, or for a run at once; a pool of each kind, and some pages."""
        self.begin_with(recorder())
        for flags in (EPHEMERAL, PERSISTENT, SHARED):
            self.make_pool(flags)
        for at, oid, index in places:
            self.put(Handle(self.live_pool(at), oid, index))

    @precondition(lambda self: len(self.live_pools()) < MOST_LIVE)
    @rule(flags=one_of(draws.flags, draws.bad_flags))
    def new_pool(self, flags: int) -> None:
        """One more pool, or flags that no pool has."""
        if flags_accepted(flags):
            self.make_pool(flags)
        else:
            self.reject(NewPool(flags))

    @rule(at=draws.at)
    def freeze_or_thaw(self, at: int) -> None:
        """Puts to one pool become flushes, of pages it holds too; the next time, they store again."""
        if self.frozen():
            self.step(Thaw(self.frozen()[0]))
            return
        pool = self.filled_pool(at)
        self.step(Freeze(pool))
        for place in [place for place in sorted(self.held()) if place[0] == pool][:1]:
            self.put(Handle(*place))

    @rule(
        at=draws.at,
        oid=draws.oids,
        index=draws.indexes,
        what=sampled_from(draws.DROPS),
        failures=draws.drop_failures,
    )
    def drop_many(self, at: int, oid: int, index: int, what: draws.MakeCall, failures: Failures) -> None:
        """Every page of an object or a pool goes, one put just before too, some of the frees raising."""
        handle = Handle(self.filled_pool(at), oid, index)
        call = what(handle)
        if isinstance(call, DestroyPool) and len(self.judge.store.pools) >= MOST_POOLS:
            return
        self.put(handle)
        self.step(call, failures)
        if isinstance(call, FlushObject):
            assert self.step(call).outcome is Outcome.NOT_FOUND
        elif isinstance(call, DestroyPool):
            self.reject(call)
            self.make_pool(self.flags[call.pool])

    # Objects and pages.

    @rule(at=draws.at, oid=draws.oids, index=draws.indexes, failures=draws.put_failures)
    def put_anywhere(self, at: int, oid: int, index: int, failures: Failures) -> None:
        """A put that is mostly to a new object."""
        self.put(Handle(self.live_pool(at), oid, index), failures)

    @precondition(some_page)
    @rule(at=draws.at, failures=draws.put_failures)
    def put_again(self, at: int, failures: Failures) -> None:
        """A duplicate put."""
        self.put(self.filled(at), failures)

    @precondition(some_page)
    @rule(at=draws.at, index=draws.indexes, failures=draws.put_failures)
    def put_beside(self, at: int, index: int, failures: Failures) -> None:
        """A put to an object that has pages."""
        self.put(replace(self.filled(at), index=index), failures)

    @rule(
        at=draws.at,
        oid=draws.oids,
        stride=sampled_from(draws.STRIDES),
        count=integers(2, 6),
        failures=draws.put_failures,
    )
    def put_many(self, at: int, oid: int, stride: int, count: int, failures: Failures) -> None:
        """Puts at regular indexes of one object, from 0 on; the last of them with failures."""
        first = Handle(self.live_pool(at), oid, 0)
        handles = [replace(first, index=stride * number) for number in range(count)]
        for handle in handles[:-1]:
            self.put(handle)
        self.put(handles[-1], failures)

    @precondition(some_page)
    @rule(at=draws.at, exclusive=booleans(), failures=draws.get_failures)
    def get(self, at: int, failures: Failures, *, exclusive: bool) -> None:
        """A get that finds a page; an exclusive one takes it from every kind of pool."""
        self.step(Get(self.filled(at), exclusive), failures)

    @rule(at=draws.at, oid=draws.oids, index=draws.indexes, exclusive=booleans())
    def get_anywhere(self, at: int, oid: int, index: int, *, exclusive: bool) -> None:
        """A get that mostly misses."""
        self.step(Get(Handle(self.live_pool(at), oid, index), exclusive))

    @precondition(some_page)
    @rule(at=draws.at, failures=draws.drop_failures)
    def flush_page(self, at: int, failures: Failures) -> None:
        """A flush that finds a page; then one that does not."""
        handle = self.filled(at)
        self.step(FlushPage(handle), failures)
        self.step(FlushPage(handle))

    @precondition(some_page)
    @rule(at=draws.at, names_held=booleans(), failures=draws.drop_failures)
    def reclaim(self, at: int, failures: Failures, *, names_held: bool) -> None:
        """The PAM wants a page back: the one that is there, or one that only looks like it."""
        self.step(Reclaim(self.filled(at), names_held), failures)

    # Ranges, most of them about a page that is there.

    @rule(at=draws.at, oid=draws.oids, start=draws.starts, count=draws.lengths, failures=draws.put_range_failures)
    def put_range_anywhere(self, at: int, oid: int, start: int, count: int, failures: Failures) -> None:
        """A put of a range to any object, over the end of a leaf or not; it may end beyond the last index."""
        self.step_range(PutRange(Handle(self.live_pool(at), oid, start), self.some_pages(count)), failures)

    @precondition(some_page)
    @rule(at=draws.at, before=integers(0, 5), count=draws.lengths, failures=draws.put_range_failures)
    def put_range_again(self, at: int, before: int, count: int, failures: Failures) -> None:
        """A put of a range, with a duplicate in it."""
        self.step_range(PutRange(self.around(at, before), self.some_pages(count)), failures)

    @precondition(some_page)
    @rule(at=draws.at, before=integers(0, 5), count=draws.lengths, failures=draws.get_range_failures)
    def get_range(self, at: int, before: int, count: int, failures: Failures) -> None:
        """A get of a range, which finds something."""
        self.step_range(GetRange(self.around(at, before), count), failures)

    @rule(at=draws.at, oid=draws.oids, start=draws.starts, nth=integers(0, 3), raises=booleans())
    def get_range_that_fails(self, at: int, oid: int, start: int, nth: int, *, raises: bool) -> None:
        """A get of a range of which every page was put just before, and of which one cannot be had."""
        first = Handle(self.live_pool(at), oid, start)
        self.step_range(PutRange(first, self.some_pages(4)))
        self.step_range(GetRange(first, 4), (Fail("get_data", nth, raises),))

    @precondition(some_page)
    @rule(at=draws.at, before=integers(0, 5), count=draws.lengths, failures=draws.drop_range_failures)
    def flush_range(self, at: int, before: int, count: int, failures: Failures) -> None:
        """A flush of a range, which finds something."""
        self.step_range(FlushRange(self.around(at, before), count), failures)

    @rule(at=draws.at, oid=draws.oids, bad=sampled_from(draws.BAD_RANGES))
    def bad_range(self, at: int, oid: int, bad: draws.MakeRange) -> None:
        """A range of which one page is too many, or whose first handle names nothing."""
        done = self.step_range(bad(Handle(self.live_pool(at), oid, 0)))
        assert (done.ended, done.callbacks) == (Outcome.REJECTED, ())

    def around(self, at: int, before: int) -> Handle:
        """A handle so many indexes before one that is filled."""
        handle = self.filled(at)
        return replace(handle, index=max(0, handle.index - before))

    def some_pages(self, count: int) -> tuple[bytes, ...]:
        """Pages that were never put before."""
        return tuple(self.page() for _ in range(count))

    # Arguments that name nothing.

    @rule(at=draws.at, oid=draws.oids, bad=lists(draws.bad_arguments, min_size=1, max_size=4))
    def bad_arguments(self, at: int, oid: int, bad: list[draws.BadArgument]) -> None:
        """Every operation rejects a pool that never was or is destroyed, what is no oid, and what is no index."""
        spent = [number for number, pool in self.judge.store.pools.items() if pool.destroyed]
        for one in bad:
            pool = self.live_pool(at) if one.pool is None else [one.pool, *spent][at % (1 + len(spent))]
            self.reject(one.call(Handle(pool, oid if one.oid is None else one.oid, one.index)))
