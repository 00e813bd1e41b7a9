"""Ranges of several threads at once, on one object: of each page, and of each run, some order of the calls."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from typing import Any

import pytest

from support.ranges import EACH_STORE, STORES
from support.threads import taking_turns, together
from support.worlds import COLLIDING, World
from tmem import EPHEMERAL, PERSISTENT, SHARED
from tmem_proofs.conformance.batch import BatchRecorder
from tmem_proofs.conformance.ranges import answered, make
from tmem_proofs.conformance.recorder import Recorder
from tmem_spec import store as machine
from tmem_spec.calls import Answer, Event, NewPool, Outcome
from tmem_spec.concurrency import Timed, lin_1
from tmem_spec.ranges import FlushRange, GetRange, PutRange, RangeCall, run_of
from tmem_spec.words import Handle

OID = COLLIDING[0]
THREADS, ROUNDS = 3, 25
FIRST, PAGES = 60, 9  # four of a leaf, and five of the next


@pytest.fixture(autouse=True)
def often() -> Iterator[None]:
    """Threads take turns as often as the interpreter lets them."""
    with taking_turns():
        yield


def calls_of(pool: int, number: int, round_: int) -> list[RangeCall]:
    """A few calls, of ranges that overlap with those of other threads."""
    dice = random.Random(f"{number} {round_}")
    made: list[RangeCall] = []
    for nth in range(3):
        first = FIRST + dice.randrange(3)
        handle, length = Handle(pool, OID, first), FIRST + PAGES - first - dice.randrange(3)
        page = b"%d of thread %d" % (nth, number)
        kinds: tuple[Callable[[], RangeCall], ...] = (
            partial(PutRange, handle, (page,) * length),
            partial(PutRange, handle, (page,) * length),
            partial(GetRange, handle, length),
            partial(FlushRange, handle, length),
        )
        made.append(dice.choice(kinds)())
    return made


@EACH_STORE
@pytest.mark.parametrize("flags", [EPHEMERAL, PERSISTENT, SHARED])
def test_what_each_page_yields_is_of_some_order(kind: str, flags: int) -> None:
    """LIN-1: of every handle, the single calls that overlapping ranges are have an order that the machine allows."""
    store = STORES[kind]()
    for round_ in range(ROUNDS):
        pool = store.new_pool(flags)
        clock, seen = count(), dict[Handle, list[Timed]]()

        def run(number: int, pool: int, round_: int, clock: count[int]) -> list[Timed]:
            events: list[Timed] = []
            for call in calls_of(pool, number, round_):
                began = next(clock)
                answers = make(store, call)
                ended = next(clock)
                events += [Timed(Event(*one), began, ended) for one in answered(call, answers)]
            return events

        begun = machine.step(machine.Store(), NewPool(flags), Answer(Outcome.DONE, pool=pool)).store
        for events in together([partial(run, number, pool, round_, clock) for number in range(THREADS)]):
            assert isinstance(events, list), events
            for one in events:
                seen.setdefault(one.event.call.handle, []).append(one)
        assert all(lin_1(begun, of_handle) for of_handle in seen.values())
        store.destroy_pool(pool)


@EACH_STORE
@pytest.mark.parametrize("flags", [EPHEMERAL, PERSISTENT])
def test_a_run_is_put_got_and_flushed_in_one_step(kind: str, flags: int) -> None:
    """LIN-1: where all threads name one range, each run of it is of one put, or gone, at any moment."""
    store = STORES[kind]()
    pool = store.new_pool(flags)
    mixed: list[list[Any]] = []

    def run(number: int) -> None:
        dice = random.Random(number)
        for nth in range(150):
            what = dice.randrange(4)
            if what < 2:
                assert store.put_range(pool, OID, FIRST, [b"%d of %d" % (nth, number)] * 80) == [True] * 80
            elif what < 3:
                runs = split(store.get_range(pool, OID, FIRST, 80))
                mixed.extend(one for one in runs if len(set(one)) > 1)
            else:
                runs = split(store.flush_range(pool, OID, FIRST, 80))
                mixed.extend(one for one in runs if len(set(one)) > 1)

    assert together([partial(run, number) for number in range(4)]) == [None] * 4
    assert mixed == []
    store.check()


def split(answers: list[Any]) -> list[list[Any]]:
    """The answers of each run."""
    runs: dict[int, list[Any]] = {}
    for index, one in enumerate(answers, FIRST):
        runs.setdefault(run_of(index), []).append(one)
    return list(runs.values())


@pytest.mark.parametrize("recorder", [Recorder, BatchRecorder])
def test_threads_share_leaves(recorder: type[Recorder]) -> None:
    """COH-5, OWN-1: each thread finds at its own indexes what it put there, whatever others do beside them."""
    world = World(recorder())
    pools = [world.new_pool(flags) for flags in (EPHEMERAL, PERSISTENT)]

    def run(number: int) -> None:
        dice = random.Random(number)
        for nth in range(400):
            pool, oid = dice.choice(pools), dice.choice(COLLIDING[:2])
            first = 16 * (4 * dice.randrange(3) + number)  # 16 slots of a leaf are each thread's own
            pages = [b"%d of %d, %d" % (nth, number, at) for at in range(dice.randrange(1, 17))]
            assert world.store.put_range(pool, oid, first, pages) == [True] * len(pages)
            assert world.store.get_range(pool, oid, first, len(pages)) == pages
            left = pool != pools[0]
            if dice.random() < 0.5:
                assert world.store.flush_range(pool, oid, first, len(pages)) == [left] * len(pages)

    assert together([partial(run, number) for number in range(4)]) == [None] * 4
    world.assert_well_formed()
