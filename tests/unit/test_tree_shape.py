"""The canonical law: the tree of an object is a function of the set of its indexes, whatever led there."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable

import pytest

from support.worlds import LAST, World
from tmem import PERSISTENT, Obj
from tmem_spec import law
from tmem_spec.metadata import Callback
from tmem_spec.words import MAX_HEIGHT, max_index

OID = 7
# The largest index of each height and the least of the next: 0 1, 63 64, 4095 4096, ... and the last of all.
BOUNDARIES = tuple(sorted({max_index(height) + step for height in range(MAX_HEIGHT) for step in (0, 1)} | {LAST}))


def random_set(number: int) -> frozenset[int]:
    """A set of up to 60 indexes, of one width of bits or of several: always the same for a number."""
    dice = random.Random(number)
    widths = dice.choice(((6,), (12,), (18,), (24,), (30,), (32,), (6, 32), (7, 13, 19, 25, 31)))
    return frozenset(dice.getrandbits(dice.choice(widths)) for _ in range(dice.randrange(1, 60)))


SETS = {
    "boundaries": frozenset(BOUNDARIES),
    "one leaf": frozenset(range(64)),
    "two leaves": frozenset(range(32, 96)),
    "one a leaf": frozenset(range(0, 64 * 64, 64)),
    "one a subtree": frozenset(slot << 24 for slot in range(64)),
    "one a root's slot": frozenset(slot << 30 for slot in range(4)),
    "both ends": frozenset([0, LAST]),
    **{f"random {number}": random_set(number) for number in range(25)},
}
ORDERS: dict[str, Callable[[Iterable[int]], list[int]]] = {
    "ascending": sorted,
    "descending": lambda indexes: sorted(indexes, reverse=True),
    "shuffled": lambda indexes: random.Random(1).sample(sorted(indexes), len(set(indexes))),
    "outermost first": lambda indexes: sorted(indexes, key=lambda index: -abs(index - LAST // 2)),
}


def assert_canonical(world: World, indexes: set[int]) -> None:
    """The one object of the world has the height and the counts that the law gives to these indexes."""
    live = world.recorder.live()
    assert (live.objs, live.pages, live.objnodes) == (bool(indexes), len(indexes), law.objnodes(indexes))
    for obj in world.recorder.objs.values():
        found = (obj.height, obj.objnode_count, obj.pampd_count)
        assert found == (law.height(indexes), law.objnodes(indexes), len(indexes))


@pytest.mark.parametrize("deleting", ORDERS)
@pytest.mark.parametrize("inserting", ORDERS)
@pytest.mark.parametrize("indexes", SETS.values(), ids=SETS)
def test_the_law_holds_at_every_step(
    world: World, pool: int, indexes: frozenset[int], inserting: str, deleting: str
) -> None:
    """SHR-4: pages put in any order and flushed in any order leave, after each call, the tree that the law says."""
    stored: set[int] = set()
    for index in ORDERS[inserting](indexes):
        assert world.store.put(pool, OID, index, b"%d" % index)
        stored.add(index)
        assert_canonical(world, stored)
    world.store.check()
    assert all(world.store.get(pool, OID, index) == b"%d" % index for index in indexes)
    for index in ORDERS[deleting](indexes):
        assert world.store.flush_page(pool, OID, index)
        stored.remove(index)
        assert_canonical(world, stored)
    world.assert_well_formed()


@pytest.mark.parametrize("digits", [BOUNDARIES, BOUNDARIES[::-1]], ids=["small ones change often", "large ones"])
def test_the_law_holds_for_all_sets_of_boundaries(world: World, pool: int, digits: tuple[int, ...]) -> None:
    """SHR-4, SHR-1: over all sets of boundary indexes, each one page away from the one before (a Gray code)."""
    stored: set[int] = set()
    for number in range(1, 2 ** len(digits)):
        index = digits[(number & -number).bit_length() - 1]
        if index in stored:
            stored.remove(index)
            assert world.store.flush_page(pool, OID, index)
        else:
            stored.add(index)
            assert world.store.put(pool, OID, index, b"page")
        assert_canonical(world, stored)
        assert world.store.get(pool, OID, index) == (b"page" if index in stored else None)
    world.assert_well_formed()


def test_the_law_holds_along_a_random_walk(world: World, pool: int) -> None:
    """SHR-4, COH-1: in a long run of puts, duplicates, gets and flushes the tree is lawful and every page is found."""
    dice = random.Random(64)
    universe = sorted({min(index + step, LAST) for index in BOUNDARIES for step in (0, 1, 2, 64)})
    stored: dict[int, bytes] = {}
    for number in range(4000):
        index = dice.choice(universe)
        if dice.random() < (0.6 if number % 1000 < 500 else 0.3):
            stored[index] = b"%d" % number
            assert world.store.put(pool, OID, index, stored[index])
        elif dice.random() < 0.5:
            assert world.store.get_exclusive(pool, OID, index) == stored.pop(index, None)
        else:
            assert world.store.flush_page(pool, OID, index) is (stored.pop(index, None) is not None)
        assert_canonical(world, set(stored))
        index = dice.choice(universe)
        assert world.store.get(pool, OID, index) == stored.get(index)
    world.assert_well_formed()


@pytest.mark.parametrize("index", BOUNDARIES)
def test_a_page_alone(world: World, pool: int, index: int) -> None:
    """SHR-1, SHR-3: one page has one objnode at each level of the least height that holds it, and misses around it."""
    world.fill(pool, OID, [index])
    assert_canonical(world, {index})
    near = {index + step for step in (-4096, -64, -1, 1, 64, 4096)} | set(BOUNDARIES) - {index}
    assert all(world.store.get(pool, OID, other) is None for other in near if 0 <= other <= LAST)
    assert not any(world.store.flush_page(pool, OID, other) for other in near if 0 <= other <= LAST)
    assert_canonical(world, {index})


def test_the_worst_put_asks_for_eleven_objnodes(world: World, pool: int) -> None:
    """MEM-6: a put at the last index, beside a page at index 0 alone, asks for 11 objnodes."""
    world.fill(pool, OID, [0])
    world.recorder.expect()
    world.fill(pool, OID, [LAST])
    assert world.callbacks() == {Callback.OBJNODE_ALLOC: 11, Callback.CREATE: 1}


@pytest.mark.parametrize("first", BOUNDARIES)
def test_no_put_asks_for_more_than_eleven(first: int) -> None:
    """MEM-6: beside any page alone, a put asks for what the law lacks, and that is 11 objnodes at most."""
    for second in BOUNDARIES:
        world = World()
        pool = world.new_pool(PERSISTENT)
        world.fill(pool, OID, [first])
        world.recorder.expect()
        world.fill(pool, OID, [second])
        asked = world.callbacks()[Callback.OBJNODE_ALLOC]
        assert asked == law.objnodes({first, second}) - law.objnodes({first})
        assert asked <= law.most_objnodes(duplicate=first == second)


def test_what_is_freed_is_as_it_was_given_out(world: World, pool: int) -> None:
    """CNT-5, CNT-1: an obj comes back to the host as a new one is, so that a host may give it out again."""
    world.fill(pool, OID, (0, 1, 64, LAST))
    (obj,) = world.recorder.objs.values()
    for index in (0, 1, 64, LAST):
        world.store.flush_page(pool, OID, index)
    fresh = Obj()
    for name in (name for name in dir(fresh) if not name.startswith("_")):
        assert getattr(obj, name) == getattr(fresh, name)
    world.assert_well_formed()
