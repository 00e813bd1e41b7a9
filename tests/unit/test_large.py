"""Large objects and large pools: nothing that works for ten pages fails for a hundred thousand."""

from __future__ import annotations

from support.worlds import LAST, World, page_of
from tmem import EPHEMERAL
from tmem_spec import law
from tmem_spec.metadata import Live

MANY = 100_000


def test_an_object_of_many_pages(world: World, pool: int) -> None:
    """SHR-4, CNT-1: an object of 100,000 pages is lawful, every page is found, and a flush gives everything back."""
    indexes = range(LAST - MANY + 1, LAST + 1)
    for index in indexes:
        assert world.store.put(pool, 7, index, index.to_bytes(4))
    assert world.recorder.live() == Live(1, law.objnodes(set(indexes)), MANY)
    world.assert_well_formed()
    assert all(world.store.get(pool, 7, index) == index.to_bytes(4) for index in indexes)
    for index in indexes[::2]:
        world.store.flush_page(pool, 7, index)
    world.assert_well_formed()
    assert world.store.flush_object(pool, 7)
    assert world.recorder.live() == Live()


def test_many_objects_of_one_page(world: World) -> None:
    """CNT-2, OID-2: 100,000 objects are all found in their buckets, and each goes with its page."""
    pool = world.new_pool(EPHEMERAL)
    oids = range(0, MANY << 40, 1 << 40)
    for oid in oids:
        assert world.store.put(pool, oid, 0, page_of(oid, 0))
    assert world.recorder.live() == Live(MANY, 0, MANY)
    world.assert_well_formed()
    assert all(world.store.get(pool, oid, 0) == page_of(oid, 0) for oid in oids[::2])
    assert world.recorder.live() == Live(MANY // 2, 0, MANY // 2)
    world.assert_well_formed()
    world.store.flush_pool(pool)
    assert world.recorder.live() == Live()
