"""Many threads at once: every page is found by who put it, counts are right in the end, and nobody waits for long."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator, Sequence
from functools import partial

import pytest

from support.threads import taking_turns, together
from support.worlds import COLLIDING, LAST, PATIENCE, World
from tmem import EPHEMERAL, PERSISTENT, SHARED, MemoryPam, Pampd, PoolDestroyedError, Tmem
from tmem_spec.metadata import Live

OIDS = (*COLLIDING[:3], 144, 1, 2)
INDEXES = (*range(0, 140, 3), 4095, 4096, 2**24, *range(2**30, 2**30 + 20), *range(LAST - 20, LAST))
THREADS = 4


@pytest.fixture(autouse=True)
def often() -> Iterator[None]:
    """Threads take turns as often as the interpreter lets them."""
    with taking_turns():
        yield


def own_handles(world: World, pools: Sequence[int], number: int) -> dict[tuple[int, int, int], bytes]:
    """Random calls on handles that no other thread names, though objects are shared; what they hold in the end."""
    dice = random.Random(number)
    store = world.store
    mine = [(pool, oid, index) for pool in pools for oid in OIDS for index in INDEXES[number::THREADS]]
    held: dict[tuple[int, int, int], bytes] = {}
    for count in range(6000):
        handle = dice.choice(mine)
        what = dice.randrange(8)
        if what < 4:
            held[handle] = b"%d by %d" % (count, number)
            assert store.put(*handle, held[handle])
        elif what < 6:
            assert store.get(*handle) == held.get(handle)
            if handle[0] == pools[0]:
                held.pop(handle, None)
        elif what < 7:
            assert store.get_exclusive(*handle) == held.pop(handle, None)
        else:
            assert store.flush_page(*handle) is (held.pop(handle, None) is not None)
    return held


def test_threads_share_objects_and_not_handles(world: World) -> None:
    """COH-1, COH-5: each thread finds at its own handles what it put there, whatever others do to the same objects."""
    pools = [world.new_pool(flags) for flags in (EPHEMERAL, PERSISTENT, SHARED)]
    calls = [partial(own_handles, world, pools, number) for number in range(THREADS)]
    expected: dict[tuple[int, int, int], bytes] = {}
    for held in together(calls):
        assert isinstance(held, dict), held
        expected |= held
    assert world.held() == expected
    world.assert_well_formed()


def anything(world: World, pools: Sequence[int], number: int) -> None:
    """Random calls of every kind on handles, objects and pools that all threads name."""
    dice = random.Random(number)
    store = world.store
    for count in range(4000):
        pool, oid, index = dice.choice(pools), dice.choice(OIDS), dice.choice(INDEXES[::6])
        what = dice.randrange(100)
        if what < 45:
            store.put(pool, oid, index, b"%d/%d/%d by %d, %d" % (pool, oid, index, number, count))
        elif what < 70:
            page = (store.get if what < 60 else store.get_exclusive)(pool, oid, index)
            assert page is None or page.startswith(b"%d/%d/%d by " % (pool, oid, index))
        elif what < 80:
            store.flush_page(pool, oid, index)
        elif what < 88:
            live = [one for one in list(world.recorder.pampds.values()) if one.handle[0] == pools[0]]
            for pampd in live[:1]:
                store.reclaim(*pampd.handle, pampd)
        elif what < 94:
            store.flush_object(pool, oid)
        elif what < 95:
            store.flush_pool(pool)
        elif what < 97:
            (store.freeze if what < 96 else store.thaw)(pool)
        else:
            short = store.new_pool(EPHEMERAL)
            store.put(short, oid, index, b"page")
            store.count(short)
            store.check()
            store.destroy_pool(short)


def test_threads_do_anything_to_anything(world: World) -> None:
    """LCK-3, OWN-1: after threads did all there is to do to the same few objects, counts and trees are in order."""
    pools = [world.new_pool(EPHEMERAL), world.new_pool(PERSISTENT)]
    calls = [partial(anything, world, pools, number) for number in range(THREADS)]
    assert together(calls) == [None] * THREADS
    world.assert_well_formed()
    for pool in pools:
        world.store.destroy_pool(pool)
    assert world.recorder.live() == Live()


def test_one_of_many_gets_the_page(world: World, pool: int) -> None:
    """LIN-1: of threads that take one page at a time, by exclusive get or by flush, one has it, each time."""
    for number in range(50):
        assert world.store.put(pool, 0, number, b"page")
        gets = [partial(world.store.get_exclusive, pool, 0, number)] * 3
        flushes = [partial(world.store.flush_page, pool, 0, number)] * 3
        assert sorted(map(bool, together([*gets, *flushes]))) == [False] * 5 + [True]
    assert world.recorder.live() == Live()


def test_one_of_many_destroys_the_pool(world: World) -> None:
    """POOL-1: of threads that destroy one pool, one does, and the others learn that it is destroyed."""
    for _ in range(20):
        pool = world.new_pool(PERSISTENT)
        world.fill(pool, 0, range(70))
        answers = together([partial(world.store.destroy_pool, pool)] * 4)
        assert answers.count(None) == 1
        assert [type(answer) for answer in answers if answer is not None] == [PoolDestroyedError] * 3
        assert world.recorder.live() == Live()


def test_threads_get_pools_of_their_own(world: World) -> None:
    """POOL-2: threads that make pools at once are given ids that are all different."""
    ids = together([lambda: [world.store.new_pool(PERSISTENT) for _ in range(20)]] * THREADS)
    assert sorted(one for some in ids for one in some) == list(range(20 * THREADS))  # type: ignore[attr-defined]  # lists of ids


class SlowPam(MemoryPam):
    """A PAM that takes its time to free: for every 64 pages, a moment in which other threads can run."""

    def __init__(self) -> None:
        """Nothing was freed."""
        self.freed = 0

    def free(self, pampd: Pampd) -> None:
        """Forget a page."""
        super().free(pampd)
        self.freed += 1
        if self.freed % 64 == 0:
            time.sleep(0.0002)


@pytest.mark.parametrize("drop", ["flush_object", "flush_pool"])
def test_gets_go_on_during_a_large_teardown(drop: str) -> None:
    """LCK-2: while 200,000 pages go, gets in their bucket are answered: none waits a fourth of that time."""
    pages = 200_000
    store = Tmem(pam=SlowPam())
    pool = store.new_pool(PERSISTENT)
    for index in range(pages):
        store.put(pool, COLLIDING[0], index, b"")
    store.put(pool, COLLIDING[1], 0, b"page")
    waits: list[float] = []
    started, done = threading.Event(), threading.Event()

    def get() -> None:
        while not done.is_set():
            start = time.perf_counter()
            store.get(pool, COLLIDING[1], 0)
            waits.append(time.perf_counter() - start)
            started.set()
            time.sleep(0.0005)

    getting = threading.Thread(target=get, daemon=True)
    getting.start()
    assert started.wait(PATIENCE)
    waits.clear()
    start = time.perf_counter()
    if drop == "flush_object":
        store.flush_object(pool, COLLIDING[0])
    else:
        store.flush_pool(pool)
    whole = time.perf_counter() - start
    done.set()
    getting.join(PATIENCE)
    assert len(waits) > 20
    assert max(waits) < whole / 4
    store.check()
