"""Arguments that name nothing: refused with an error that says what was found, before anything is done."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import tmem
from support.worlds import World
from tmem import FlagsError, HandleError, PoolDestroyedError, PoolError, Tmem, TmemError

OID, INDEX = 7, 3
INVALID_OID = 2**192 - 1
HUGE = 10**5000  # more digits than Python writes out in decimal

Call = Callable[[Tmem, Any, Any, Any], object]
ON_A_HANDLE: dict[str, Call] = {
    "put": lambda store, pool, oid, index: store.put(pool, oid, index, b"page"),
    "get": lambda store, pool, oid, index: store.get(pool, oid, index),
    "get_exclusive": lambda store, pool, oid, index: store.get_exclusive(pool, oid, index),
    "flush_page": lambda store, pool, oid, index: store.flush_page(pool, oid, index),
    "reclaim": lambda store, pool, oid, index: store.reclaim(pool, oid, index, None),
}
ON_AN_OBJECT: dict[str, Call] = {
    **ON_A_HANDLE,
    "flush_object": lambda store, pool, oid, _: store.flush_object(pool, oid),
}
ON_A_POOL: dict[str, Call] = {
    **ON_AN_OBJECT,
    "flush_pool": lambda store, pool, *_: store.flush_pool(pool),
    "destroy_pool": lambda store, pool, *_: store.destroy_pool(pool),
    "freeze": lambda store, pool, *_: store.freeze(pool),
    "thaw": lambda store, pool, *_: store.thaw(pool),
    "count": lambda store, pool, *_: store.count(pool),
}
OF_WRONG_TYPE = ["1", 1.0, None, b"1", (1,)]


def refused(world: World, pool: int, error: type[Exception], says: str, call: Callable[[], object]) -> None:
    """The call raises this error, whose message contains `says`; no callback is made and nothing has changed."""
    world.fill(pool, OID, [INDEX, 64])
    before = world.held()
    world.recorder.expect()
    with pytest.raises(error) as caught:
        call()
    assert type(caught.value) is error
    assert says in str(caught.value) or (tmem.compiled and error is TypeError)  # a library checks types by itself
    assert world.recorder.callbacks == []
    assert world.held() == before
    world.assert_well_formed()


@pytest.mark.parametrize("value", OF_WRONG_TYPE, ids=repr)
@pytest.mark.parametrize("method", ON_A_POOL)
def test_a_pool_id_of_wrong_type(world: World, pool: int, method: str, value: object) -> None:
    """POOL-1: a pool id that is not an int is a TypeError that shows it."""
    refused(world, pool, TypeError, repr(value), lambda: ON_A_POOL[method](world.store, value, OID, INDEX))


@pytest.mark.parametrize("value", [-1, 1, 2**40])
@pytest.mark.parametrize("method", ON_A_POOL)
def test_a_pool_id_that_no_pool_has(world: World, pool: int, method: str, value: int) -> None:
    """POOL-1: an id that new_pool did not give, negative ones among them, is a PoolError that names it."""
    refused(world, pool, PoolError, f"pool {value}:", lambda: ON_A_POOL[method](world.store, value, OID, INDEX))


@pytest.mark.parametrize("method", ON_A_POOL)
def test_the_id_of_a_destroyed_pool(world: World, pool: int, method: str) -> None:
    """POOL-1: every method refuses a destroyed pool by its name, whatever else it is given."""
    gone = world.new_pool(0)
    world.store.destroy_pool(gone)
    says = f"pool {gone} is destroyed"
    nonsense = -1 if tmem.compiled else None  # what is of the wrong type, a library refuses before all else
    refused(world, pool, PoolDestroyedError, says, lambda: ON_A_POOL[method](world.store, gone, OID, INDEX))
    refused(world, pool, PoolDestroyedError, says, lambda: ON_A_POOL[method](world.store, gone, -1, nonsense))


@pytest.mark.parametrize("value", OF_WRONG_TYPE, ids=repr)
@pytest.mark.parametrize("method", ON_AN_OBJECT)
def test_an_oid_of_wrong_type(world: World, pool: int, method: str, value: object) -> None:
    """OID-3: an oid that is not an int is a TypeError that shows it."""
    refused(world, pool, TypeError, repr(value), lambda: ON_AN_OBJECT[method](world.store, pool, value, INDEX))


@pytest.mark.parametrize(
    "value",
    [-1, -(2**192), INVALID_OID, 2**192, HUGE],
    ids=lambda value: f"{value:#x}"[:12] + f", {value.bit_length()} bits",
)
@pytest.mark.parametrize("method", ON_AN_OBJECT)
def test_an_oid_out_of_range(world: World, pool: int, method: str, value: int) -> None:
    """OID-3: the invalid oid, and any outside 192 bits, is a HandleError that names it."""
    says = f"oid {value:#x} "
    refused(world, pool, HandleError, says, lambda: ON_AN_OBJECT[method](world.store, pool, value, INDEX))


@pytest.mark.parametrize("value", OF_WRONG_TYPE, ids=repr)
@pytest.mark.parametrize("method", ON_A_HANDLE)
def test_an_index_of_wrong_type(world: World, pool: int, method: str, value: object) -> None:
    """OID-4: an index that is not an int is a TypeError that shows it."""
    refused(world, pool, TypeError, repr(value), lambda: ON_A_HANDLE[method](world.store, pool, OID, value))


@pytest.mark.parametrize("value", [-1, -(2**32), 2**32, 2**64])
@pytest.mark.parametrize("method", ON_A_HANDLE)
def test_an_index_out_of_range(world: World, pool: int, method: str, value: int) -> None:
    """OID-4: an index outside 32 bits is a HandleError that names it."""
    says = f"index {value} "
    refused(world, pool, HandleError, says, lambda: ON_A_HANDLE[method](world.store, pool, OID, value))


def test_an_index_too_long_to_write_in_decimal(world: World, pool: int) -> None:
    """OID-4: an index of 5000 digits is a HandleError too: its message can be made.

    1. Python writes no int of more than 4300 digits in decimal: str() raises ValueError;
    2. a message made with str() of the index therefore hides the HandleError.
    """
    refused(world, pool, HandleError, "index", lambda: world.store.get(pool, OID, HUGE))


def test_a_pool_id_too_long_to_write_in_decimal(world: World, pool: int) -> None:
    """POOL-1: a pool id of 5000 digits is a PoolError too: its message can be made."""
    refused(world, pool, PoolError, "pool", lambda: world.store.get(HUGE, OID, INDEX))


@pytest.mark.parametrize("value", ["page", 3, None, [1, 2], 1.5, {}], ids=repr)
def test_a_page_of_wrong_kind(world: World, pool: int, value: Any) -> None:
    """COH-1: a page that is no bytes, bytearray or memoryview is a TypeError; the page of the handle stays."""
    says = f"not {type(value).__name__}: {value!r}"
    refused(world, pool, TypeError, says, lambda: world.store.put(pool, OID, INDEX, value))


def test_a_released_memoryview(world: World, pool: int) -> None:
    """COH-1: a memoryview that was released is a ValueError of Python's own; the page of the handle stays."""
    view = memoryview(b"page")
    view.release()
    refused(world, pool, ValueError, "released memoryview", lambda: world.store.put(pool, OID, INDEX, view))


@pytest.mark.parametrize("value", [3, 4, 5, 8, 0x10, 0xF0, 0x100, 0x00FFFF00, 1 << 24, 1 << 40, -1, HUGE], ids=hex)
def test_flags_that_are_not_supported(world: World, pool: int, value: int) -> None:
    """POOL-3: shared persistent pools, precompressed pages, page sizes, reserved and unknown bits: a FlagsError."""
    refused(world, pool, FlagsError, f"flags {value:#x} ", lambda: world.store.new_pool(value))


@pytest.mark.parametrize("value", ["x", None, 1.0, b""], ids=repr)
def test_flags_of_wrong_type(world: World, pool: int, value: Any) -> None:
    """POOL-3: flags that are no int are a TypeError that shows them."""
    refused(world, pool, TypeError, repr(value), lambda: world.store.new_pool(value))


def test_refused_flags_spend_no_id(world: World, pool: int) -> None:
    """POOL-2: a new_pool that is refused makes no pool: the next id is the next id."""
    with pytest.raises(FlagsError):
        world.store.new_pool(3)
    assert world.store.new_pool(0) == pool + 1


@pytest.mark.parametrize("error", [HandleError, FlagsError, PoolError, PoolDestroyedError])
def test_what_a_caller_may_catch(error: type[Exception]) -> None:
    """ERR-2: each error about an argument is a TmemError, and a ValueError or LookupError as Python's own would be."""
    assert issubclass(error, TmemError)
    assert issubclass(error, LookupError if issubclass(error, PoolError) else ValueError)


def test_the_first_wrong_argument_is_the_one_named(world: World, pool: int) -> None:
    """OID-3, OID-4: of several wrong arguments the first is reported, so that a message is always about one thing."""
    refused(world, pool, PoolError, "pool 9", lambda: world.store.put(9, -1, -1, "page"))  # type: ignore[arg-type]  # which is the test
    refused(world, pool, HandleError, "oid -0x1", lambda: world.store.put(pool, -1, -1, "page"))  # type: ignore[arg-type]  # which is the test
    refused(world, pool, HandleError, "index -1", lambda: world.store.put(pool, OID, -1, "page"))  # type: ignore[arg-type]  # which is the test
