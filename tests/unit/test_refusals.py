"""Puts that the host or the PAM refuses: wherever it happens, the handle is empty and nothing else has changed."""

from __future__ import annotations

import random

import pytest

from support.puts import DUPLICATE_PUTS, NEW_PUTS, PUTS, PutCase
from support.worlds import COLLIDING, LAST, World, page_of
from tmem import EPHEMERAL, PERSISTENT, SHARED
from tmem_proofs.conformance.recorder import Fail
from tmem_spec.metadata import Callback, Live

OID, NEIGHBOUR = COLLIDING[:2]
NEIGHBOUR_LIVE = Live(objs=1, objnodes=3, pages=2)  # of a neighbour with pages at 0 and 64
REFUSED = [
    pytest.param(case, refusal, id=f"{case.name}, {refusal.callback} {refusal.nth}")
    for case in PUTS
    for refusal in case.refusals()
]


def by_name(case: PutCase) -> str:
    """The id of a case."""
    return case.name


def refuse(world: World, pool: int, case: PutCase, refusal: Fail) -> bool:
    """Store what the case says, and a neighbour in the bucket; then put, with one refusal."""
    world.fill(pool, OID, case.present)
    world.fill(pool, NEIGHBOUR, (0, 64))
    world.recorder.expect(refusal)
    return world.store.put(pool, OID, case.index, b"refused")


@pytest.mark.parametrize(("case", "refusal"), REFUSED)
def test_a_refused_put_answers_false_and_empties_its_handle(
    world: World, pool: int, case: PutCase, refusal: Fail
) -> None:
    """COH-3: a refused put answers False and neither the old nor the new page is found afterwards."""
    assert refuse(world, pool, case, refusal) is False
    assert world.store.get(pool, OID, case.index) is None


@pytest.mark.parametrize(("case", "refusal"), REFUSED)
def test_a_refused_put_leaves_every_other_handle(world: World, pool: int, case: PutCase, refusal: Fail) -> None:
    """MEM-4: after a refused put every other handle, of the object and of its neighbour, yields what it did."""
    refuse(world, pool, case, refusal)
    for index in set(case.present) - {case.index}:
        assert world.store.get(pool, OID, index) == page_of(OID, index)
    for index in (0, 64):
        assert world.store.get(pool, NEIGHBOUR, index) == page_of(NEIGHBOUR, index)


@pytest.mark.parametrize(("case", "refusal"), REFUSED)
def test_a_refused_put_frees_all_that_it_was_given(world: World, pool: int, case: PutCase, refusal: Fail) -> None:
    """MEM-1, MEM-2, MEM-3: a refused put leaves as many objs, objnodes and pages as the object needs without it."""
    refuse(world, pool, case, refusal)
    rest, other = case.emptied, NEIGHBOUR_LIVE
    assert world.recorder.live() == Live(
        rest.objs + other.objs, rest.objnodes + other.objnodes, rest.pages + other.pages
    )


@pytest.mark.parametrize(("case", "refusal"), REFUSED)
def test_a_refused_put_leaves_the_canonical_law(world: World, pool: int, case: PutCase, refusal: Fail) -> None:
    """MEM-4: after a refused put the store passes its check and the host's live counts are those of the law."""
    refuse(world, pool, case, refusal)
    world.assert_well_formed()


@pytest.mark.parametrize(("case", "refusal"), REFUSED)
def test_a_refused_put_stands_in_no_ones_way(world: World, pool: int, case: PutCase, refusal: Fail) -> None:
    """COH-1: a put that was refused stores its page when it is made again."""
    refuse(world, pool, case, refusal)
    world.recorder.expect()
    assert world.store.put(pool, OID, case.index, b"stored")
    assert world.store.get(pool, OID, case.index) == b"stored"
    world.assert_well_formed()


@pytest.mark.parametrize("flags", [EPHEMERAL, PERSISTENT, SHARED])
@pytest.mark.parametrize("case", DUPLICATE_PUTS, ids=by_name)
def test_a_refused_duplicate_drops_the_stale_page(world: World, flags: int, case: PutCase) -> None:
    """COH-3: in every kind of pool a refused duplicate put frees the old page and keeps no new one."""
    pool = world.new_pool(flags)
    assert refuse(world, pool, case, Fail("create")) is False
    assert (pool, OID, case.index) not in world.held()
    world.assert_well_formed()


@pytest.mark.parametrize("case", NEW_PUTS, ids=by_name)
def test_a_put_asks_for_what_it_lacks_and_no_more(world: World, pool: int, case: PutCase) -> None:
    """MEM-5: a refusal of one objnode more than the put lacks does not happen, so the put is stored."""
    assert refuse(world, pool, case, Fail("objnode_alloc", case.missing)) is True
    assert world.callbacks()[Callback.OBJNODE_ALLOC] == case.missing
    world.assert_well_formed()


@pytest.mark.parametrize("case", DUPLICATE_PUTS, ids=by_name)
@pytest.mark.parametrize("callback", ["obj_alloc", "objnode_alloc"])
def test_a_duplicate_put_needs_no_metadata(world: World, pool: int, case: PutCase, callback: str) -> None:
    """MEM-6: a duplicate put is stored where the host has neither an obj nor an objnode to give."""
    assert refuse(world, pool, case, Fail(callback)) is True
    assert world.callbacks() == {Callback.FREE: 1, Callback.CREATE: 1}
    assert len(world.held()) == len(case.present) + NEIGHBOUR_LIVE.pages
    world.assert_well_formed()


def test_failing_puts_pile_up_nothing(world: World, pool: int) -> None:
    """MEM-1: one page at the last index and a thousand failing puts hold six objnodes, as the page alone does.

    In the published code each such put can leave objnodes that lead to no page:

    1. put a page at the last index: a tree of height 6;
    2. put at an index under another slot of the root, with the last of the five missing objnodes refused;
    3. again, for another such index, a thousand times.
    """
    world.fill(pool, OID, [LAST])
    for number in range(1000):
        world.recorder.expect(Fail("objnode_alloc", 4))
        assert not world.store.put(pool, OID, number << 12, b"refused")
        assert world.recorder.live() == Live(1, 6, 1)
    world.assert_well_formed()


def test_a_tall_tree_becomes_low_again_after_refused_growth(world: World, pool: int) -> None:
    """SHR-1: growth that is refused half way leaves the height, and so does every later put and flush.

    1. put index 0 alone: height 0, no objnode;
    2. put the last index, with the fourth of eleven objnodes refused;
    3. put index 1: height 1, one objnode;
    4. flush it: height 0 again.
    """
    world.fill(pool, OID, [0])
    world.recorder.expect(Fail("objnode_alloc", 3))
    assert not world.store.put(pool, OID, LAST, b"refused")
    assert world.recorder.live() == Live(1, 0, 1)
    world.fill(pool, OID, [1])
    assert world.recorder.live() == Live(1, 1, 2)
    assert world.store.flush_page(pool, OID, 1)
    assert world.recorder.live() == Live(1, 0, 1)


def test_random_puts_and_flushes_under_random_refusals(world: World, pool: int) -> None:
    """MEM-4: in a long run of puts, a third of them refused, the counts follow the law after every call."""
    dice = random.Random(2011)
    indexes = [dice.getrandbits(dice.choice((3, 6, 12, 18, 32))) for _ in range(30)]
    expected: dict[tuple[int, int], bytes] = {}
    for number in range(1500):
        oid, index = dice.choice(COLLIDING), dice.choice(indexes)
        refusals = (Fail(dice.choice(("obj_alloc", "objnode_alloc", "create")), dice.choice((0, 0, 1, 4))),)
        world.recorder.expect(*refusals * dice.randrange(2))
        page = b"%d" % number
        if dice.random() < 0.7:
            stored = world.store.put(pool, oid, index, page)
            assert stored or world.recorder.environment().refused
        else:
            stored = False
            world.store.flush_page(pool, oid, index)
        expected.pop((oid, index), None)
        expected |= {(oid, index): page} if stored else {}
        assert world.held() == {(pool, *place): held for place, held in expected.items()}
        assert world.recorder.live() == world.lawful()
    world.assert_well_formed()
