"""Reclaim by identity, and gets whose get_data fails."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from support.worlds import COLLIDING, LAST, World, page_of
from tmem import EPHEMERAL, PERSISTENT, SHARED, GetDataError, PoolError, Tmem
from tmem_proofs.conformance.recorder import Fail, Pampd
from tmem_spec.metadata import Callback, Live

OID, NEIGHBOUR = COLLIDING[:2]
INDEX = 4096
EPHEMERAL_KINDS = pytest.mark.parametrize("flags", [EPHEMERAL, SHARED], ids=["private", "shared"])


def pampd_of(world: World, pool: int, oid: int = OID, index: int = INDEX) -> Pampd:
    """The pampd of a handle, which holds a page."""
    pampd = world.recorder.pampd_at(pool, oid, index)
    assert pampd is not None
    return pampd


@EPHEMERAL_KINDS
def test_reclaim_drops_the_page_that_it_names(world: World, flags: int) -> None:
    """EPH-2: reclaim of the pampd at its handle answers True, frees it once, and the handle misses."""
    pool = world.new_pool(flags)
    world.fill(pool, OID, (0, INDEX))
    world.recorder.expect()
    assert world.store.reclaim(pool, OID, INDEX, pampd_of(world, pool)) is True
    assert world.callbacks()[Callback.FREE] == 1
    assert Callback.GET_DATA not in world.recorder.callbacks
    assert world.store.get(pool, OID, INDEX) is None
    assert world.held() == {(pool, OID, 0): page_of(OID, 0)}
    world.assert_well_formed()


STALE: dict[str, Callable[[World, int], object]] = {
    "replaced": lambda world, pool: world.store.put(pool, OID, INDEX, b"new"),
    "replaced by equal bytes": lambda world, pool: world.store.put(pool, OID, INDEX, page_of(OID, INDEX)),
    "flushed and put again": lambda world, pool: (
        world.store.flush_page(pool, OID, INDEX),
        world.store.put(pool, OID, INDEX, b"new"),
    ),
    "object flushed and put again": lambda world, pool: (
        world.store.flush_object(pool, OID),
        world.store.put(pool, OID, INDEX, b"new"),
    ),
    "flushed": lambda world, pool: world.store.flush_page(pool, OID, INDEX),
    "object flushed": lambda world, pool: world.store.flush_object(pool, OID),
    "pool flushed": lambda world, pool: world.store.flush_pool(pool),
}


@EPHEMERAL_KINDS
@pytest.mark.parametrize("change", STALE)
def test_reclaim_of_a_stale_pampd_removes_nothing(world: World, flags: int, change: str) -> None:
    """EPH-3: a pampd that is no longer the one at its handle is not found, and what is there now stays."""
    pool = world.new_pool(flags)
    world.fill(pool, OID, (0, INDEX))
    stale = pampd_of(world, pool)
    STALE[change](world, pool)
    before = world.held()
    world.recorder.expect()
    assert world.store.reclaim(pool, OID, INDEX, stale) is False
    assert world.recorder.callbacks == []
    assert world.held() == before


@EPHEMERAL_KINDS
@pytest.mark.parametrize("place", [(NEIGHBOUR, INDEX), (OID, 0), (OID, INDEX + 1), (OID, LAST), (144, 0)])
def test_reclaim_at_another_handle_removes_nothing(world: World, flags: int, place: tuple[int, int]) -> None:
    """EPH-3: the pampd of one handle, named at another, held or not, removes neither page."""
    pool = world.new_pool(flags)
    world.fill(pool, OID, (0, INDEX))
    world.fill(pool, NEIGHBOUR, [INDEX])
    before = world.held()
    assert world.store.reclaim(pool, *place, pampd_of(world, pool)) is False
    assert world.held() == before


@pytest.mark.parametrize("pampd", [None, object(), b""], ids=["None", "an object", "bytes"])
def test_reclaim_of_what_is_no_pampd_removes_nothing(world: World, pampd: object) -> None:
    """EPH-3: whatever else is named, at a full handle or an empty one, is not found."""
    pool = world.new_pool(EPHEMERAL)
    world.fill(pool, OID, [INDEX])
    for oid, index in ((OID, INDEX), (OID, 0), (NEIGHBOUR, 0)):
        assert world.store.reclaim(pool, oid, index, pampd) is False
    assert len(world.held()) == 1


def test_equal_is_not_the_same() -> None:
    """EPH-3: a pampd that equals the one at its handle, and is another, is stale: its page was put anew since."""
    store = Tmem()
    pool = store.new_pool(EPHEMERAL)
    old, new = (bytes(bytearray(b"equal bytes")) for _ in range(2))  # by the default PAM, pages are their own pampds
    assert store.put(pool, OID, INDEX, old)
    assert store.put(pool, OID, INDEX, new)
    assert store.reclaim(pool, OID, INDEX, old) is False
    assert store.reclaim(pool, OID, INDEX, new) is True


def test_a_persistent_page_is_not_reclaimed(world: World, pool: int) -> None:
    """COH-6: reclaim on a persistent pool is a PoolError, held page or not, and the page stays."""
    world.fill(pool, OID, [INDEX])
    pampd = pampd_of(world, pool)
    for index in (INDEX, 0):
        with pytest.raises(PoolError, match=f"pool {pool} is persistent: its pages are not reclaimed"):
            world.store.reclaim(pool, OID, index, pampd)
    assert world.store.get(pool, OID, INDEX) == page_of(OID, INDEX)


@pytest.mark.parametrize("raises", [False, True], ids=["refuses", "raises"])
@pytest.mark.parametrize("exclusive", [False, True], ids=["get", "get_exclusive"])
@pytest.mark.parametrize(("flags", "stays"), [(EPHEMERAL, False), (SHARED, False), (PERSISTENT, True)])
def test_what_a_failing_get_leaves(world: World, flags: int, *, stays: bool, exclusive: bool, raises: bool) -> None:
    """ERR-1: where get_data fails an ephemeral page is gone and freed once; a persistent one stays for a later get."""
    pool = world.new_pool(flags)
    world.fill(pool, OID, (0, INDEX))
    get = world.store.get_exclusive if exclusive else world.store.get
    world.recorder.expect(Fail("get_data", raises=raises))
    with pytest.raises(Exception, match="get_data") as caught:
        get(pool, OID, INDEX)
    assert isinstance(caught.value, GetDataError) is not raises
    assert world.callbacks()[Callback.FREE] == (0 if stays else 1)
    world.assert_well_formed()
    world.recorder.expect()
    assert get(pool, OID, INDEX) == (page_of(OID, INDEX) if stays else None)


@pytest.mark.parametrize("flags", [EPHEMERAL, SHARED])
def test_a_failing_get_leaves_no_zombie(world: World, flags: int) -> None:
    """CNT-2: the object goes with its last page also where that page could not be read."""
    pool = world.new_pool(flags)
    world.fill(pool, OID, [INDEX])
    world.recorder.expect(Fail("get_data"))
    with pytest.raises(GetDataError):
        world.store.get(pool, OID, INDEX)
    assert world.recorder.live() == Live()
    world.assert_well_formed()


@pytest.mark.parametrize("flags", [EPHEMERAL, PERSISTENT, SHARED])
def test_the_error_names_the_handle(world: World, flags: int) -> None:
    """ERR-1: GetDataError says which page could not be read: pool, oid and index."""
    world.new_pool(flags)
    pool = world.new_pool(flags)
    world.fill(pool, 2**191 + 5, [LAST])
    world.recorder.expect(Fail("get_data"))
    with pytest.raises(GetDataError) as caught:
        world.store.get(pool, 2**191 + 5, LAST)
    assert f"(pool {pool}, oid {2**191 + 5:#x}, index {LAST})" in str(caught.value)
