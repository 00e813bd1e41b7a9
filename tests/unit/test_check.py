"""The store examines itself: each kind of damage is reported under the identifier of the invariant that it breaks."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from support.worlds import COLLIDING, LAST, World
from tmem import EPHEMERAL, PERSISTENT, BrokenInvariantError, Obj, Objnode, Tmem
from tmem_spec import all_invariants

OID, NEIGHBOUR = COLLIDING[:2]


def obj_of(world: World, pool: int, oid: int = OID) -> Obj:
    """The obj of an object, which exists."""
    return world.objs(pool)[oid]


def new_obj(world: World, pool: int) -> Obj:
    """An obj without a page, entered in the table under the lock of bucket 0, where all of these tests' objects are."""
    world.objs(pool)[COLLIDING[2]] = obj = Obj()
    obj.lock = world.bucket(pool, 0).lock
    return obj


def in_another_bucket(world: World, pool: int) -> None:
    """An object is under the lock of a bucket that its oid does not hash to."""
    obj_of(world, pool).lock = world.bucket(pool, 3).lock


def without_a_lock(world: World, pool: int) -> None:
    """An object is in the table, and its lock says that it is not."""
    obj_of(world, pool).lock = None


def moved_to_another_oid(world: World, pool: int) -> None:
    """An object is in the table under an oid of another bucket."""
    world.objs(pool)[144] = world.objs(pool).pop(OID)


def obj_twice(world: World, pool: int) -> None:
    """Two oids have one obj."""
    world.objs(pool)[NEIGHBOUR] = obj_of(world, pool)


def objnode_twice_in_a_tree(world: World, pool: int) -> None:
    """One leaf is in two slots of its parent, and counted as two."""
    obj = obj_of(world, pool)
    obj.root.slots[9], obj.root.slots_in_use = obj.root.slots[0], obj.root.slots_in_use + 1
    obj.objnode_count += 1
    obj.pampd_count += obj.root.slots[0].slots_in_use


def objnode_in_two_trees(world: World, pool: int) -> None:
    """Two objects have one tree."""
    obj_of(world, pool, NEIGHBOUR).root = obj_of(world, pool).root


def a_zombie(world: World, pool: int) -> None:
    """An object is left without a page."""
    new_obj(world, pool)


def a_tall_zombie(world: World, pool: int) -> None:
    """An object has lost its tree and kept its height."""
    new_obj(world, pool).height = 3


def count_pampds(change: int) -> Callable[[World, int], None]:
    """The pampd_count is off."""

    def damage(world: World, pool: int) -> None:
        obj_of(world, pool).pampd_count += change

    return damage


def count_objnodes(change: int) -> Callable[[World, int], None]:
    """The objnode_count is off."""

    def damage(world: World, pool: int) -> None:
        obj_of(world, pool).objnode_count += change

    return damage


def slot_of_root(world: World, pool: int) -> None:
    """The root counts a slot too many."""
    obj_of(world, pool).root.slots_in_use += 1


def slot_of_leaf(world: World, pool: int) -> None:
    """A leaf counts a slot too few."""
    obj_of(world, pool).root.slots[0].slots_in_use -= 1


def cleared_slot(world: World, pool: int) -> None:
    """A slot is cleared without its count."""
    obj_of(world, pool).root.slots[0].slots[1] = None


def root_with_slot_0_alone(world: World, pool: int) -> None:
    """A tree has a root that it does not need: the rest of growth that failed."""
    obj, top = obj_of(world, pool), Objnode()
    top.slots[0], top.slots_in_use = obj.root, 1
    obj.root, obj.height, obj.objnode_count = top, obj.height + 1, obj.objnode_count + 1


def height_of(height: int) -> Callable[[World, int], None]:
    """An object has a height that no tree has."""

    def damage(world: World, pool: int) -> None:
        obj_of(world, pool).height = height

    return damage


def a_stump(world: World, pool: int) -> None:
    """An objnode leads to no page: the rest of a put that failed."""
    obj = obj_of(world, pool)
    obj.root.slots[9], obj.root.slots_in_use = Objnode(), obj.root.slots_in_use + 1
    obj.objnode_count += 1


def an_empty_root(world: World, pool: int) -> None:
    """An object has an empty objnode for a tree."""
    obj = new_obj(world, pool)
    obj.root, obj.height, obj.objnode_count = Objnode(), 1, 1


def page_above_the_leaves(world: World, pool: int) -> None:
    """There is a page where an objnode belongs."""
    obj = obj_of(world, pool)
    obj.root.slots[9], obj.root.slots_in_use = b"page", obj.root.slots_in_use + 1
    obj.pampd_count += 1


def page_beyond_32_bits(world: World, pool: int) -> None:
    """A page is in slot 4 of a root of height 6, whose indexes have no 33rd bit."""
    world.fill(pool, OID, [LAST])
    root = obj_of(world, pool).root
    root.slots[4], root.slots[3] = root.slots[3], None


def page_in_the_place_of_a_root(world: World, pool: int) -> None:
    """The root of a tree of height 1 is a page."""
    world.fill(pool, COLLIDING[2], [0])
    obj_of(world, pool, COLLIDING[2]).height = 1


def a_forgotten_leaf(world: World, pool: int) -> None:
    """A leaf of the tree is not among its leaves."""
    del obj_of(world, pool).leaves[1]


def a_leaf_too_many(world: World, pool: int) -> None:
    """There is a leaf that the tree does not lead to: the rest of a page that went."""
    obj_of(world, pool).leaves[2] = Objnode()


def leaves_in_each_other_s_place(world: World, pool: int) -> None:
    """Two leaves are known by the indexes of each other."""
    leaves = obj_of(world, pool).leaves
    leaves[0], leaves[1] = leaves[1], leaves[0]


def a_leaf_of_another_tree(world: World, pool: int) -> None:
    """A leaf is known that is the leaf of another object."""
    obj_of(world, pool).leaves[1] = obj_of(world, pool, NEIGHBOUR).leaves[1]


def a_leaf_of_a_page_alone(world: World, pool: int) -> None:
    """A tree of height 0 has a leaf."""
    world.fill(pool, COLLIDING[2], [0])
    obj_of(world, pool, COLLIDING[2]).leaves = {0: Objnode()}


DAMAGE: tuple[tuple[str, Callable[[World, int], None]], ...] = (
    ("OID-2", in_another_bucket),
    ("OID-2", without_a_lock),
    ("OID-2", moved_to_another_oid),
    ("OWN-1", obj_twice),
    ("OWN-1", objnode_twice_in_a_tree),
    ("OWN-1", objnode_in_two_trees),
    ("CNT-2", a_zombie),
    ("CNT-2", a_tall_zombie),
    ("CNT-1", count_pampds(1)),
    ("CNT-1", count_pampds(-1)),
    ("CNT-4", count_objnodes(1)),
    ("CNT-4", count_objnodes(-1)),
    ("CNT-5", slot_of_root),
    ("CNT-5", slot_of_leaf),
    ("CNT-5", cleared_slot),
    ("SHR-1", root_with_slot_0_alone),
    ("SHR-1", height_of(-1)),
    ("SHR-1", height_of(7)),
    ("SHR-2", a_stump),
    ("SHR-2", an_empty_root),
    ("SHR-3", page_above_the_leaves),
    ("SHR-3", page_beyond_32_bits),
    ("SHR-3", page_in_the_place_of_a_root),
    ("SHR-3", a_forgotten_leaf),
    ("SHR-3", a_leaf_too_many),
    ("SHR-3", leaves_in_each_other_s_place),
    ("SHR-3", a_leaf_of_another_tree),
    ("SHR-3", a_leaf_of_a_page_alone),
)
EACH_DAMAGE = pytest.mark.parametrize(
    ("identifier", "damage"),
    [pytest.param(*one, id=f"{number}, {one[0]}, {one[1].__name__}") for number, one in enumerate(DAMAGE)],
)


@EACH_DAMAGE
def test_damage_is_reported_by_name(
    world: World, pool: int, identifier: str, damage: Callable[[World, int], None]
) -> None:
    """CNT, SHR, OWN, OID-2: check names the broken invariant, as an attribute and first in its message."""
    world.fill(pool, OID, (0, 1, 64))
    world.fill(pool, NEIGHBOUR, (0, 1, 64))
    world.store.check()
    damage(world, pool)
    with pytest.raises(BrokenInvariantError) as caught:
        world.store.check()
    assert caught.value.identifier == identifier
    assert str(caught.value).startswith(f"{identifier}: ")
    assert world.locks_held() == []


@EACH_DAMAGE
def test_damage_is_found_in_every_pool(identifier: str, damage: Callable[[World, int], None]) -> None:
    """CNT, SHR, OWN, OID-2: damage to a later pool is found as well, among pools that are in order."""
    world = World()
    pools = [world.new_pool(flags) for flags in (PERSISTENT, EPHEMERAL, PERSISTENT)]
    for pool in pools:
        world.fill(pool, OID, (0, 1, 64))
        world.fill(pool, NEIGHBOUR, (0, 1, 64))
    damage(world, pools[1])
    with pytest.raises(BrokenInvariantError, match=f"^{identifier}: "):
        world.store.check()


def test_the_identifiers_are_those_of_the_specification() -> None:
    """ERR-2: what check reports are invariants that the specification states."""
    assert {identifier for identifier, _ in DAMAGE} <= {one.id for one in all_invariants()}


@pytest.mark.parametrize("indexes", [(), (0,), (1,), (63, 64), (0, LAST), (LAST,), range(0, 5000, 3)], ids=str)
def test_a_store_in_order_passes(world: World, pool: int, indexes: tuple[int, ...]) -> None:
    """CNT, SHR, OWN: check finds nothing wrong with a store that only puts and flushes have changed."""
    for oid in COLLIDING:
        world.fill(pool, oid, indexes)
    world.store.check()
    for index in indexes[::2]:
        world.store.flush_page(pool, OID, index)
    world.store.check()


def test_a_store_without_pools_passes() -> None:
    """CNT, SHR, OWN: there is nothing wrong with nothing."""
    Tmem().check()


def test_one_pampd_at_many_handles_passes() -> None:
    """OWN-1: pampds may be alike, as in the default PAM, where one bytes object is a page of many handles."""
    store, page = Tmem(), b"the same page"
    pool = store.new_pool(PERSISTENT)
    for index in (0, 1, 64, LAST):
        assert store.put(pool, OID, index, page)
        assert store.put(pool, NEIGHBOUR, index, page)
    store.check()
