"""Ranges whose arguments name nothing: refused with an error that says what was found, before anything is done."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

import tmem
from support.ranges import EACH_STORE, STORES, state_of
from support.worlds import LAST, World, page_of
from tmem import PERSISTENT, HandleError, PoolDestroyedError, PoolError, Tmem
from tmem_proofs.conformance.batch import BatchRecorder
from tmem_proofs.conformance.recorder import Recorder

OID = 7
PRESENT = (3, 62, 63, 64, 65)
INVALID_OID = 2**192 - 1
HUGE = 10**5000  # more digits than Python writes out in decimal
PAGES = [b"new"] * 4

Call = Callable[[Tmem, Any, Any, Any], object]
METHODS: dict[str, Call] = {
    "put_range": lambda store, pool, oid, index: store.put_range(pool, oid, index, PAGES),
    "get_range": lambda store, pool, oid, index: store.get_range(pool, oid, index, 4),
    "flush_range": lambda store, pool, oid, index: store.flush_range(pool, oid, index, 4),
    "put_range of nothing": lambda store, pool, oid, index: store.put_range(pool, oid, index, []),
    "get_range of nothing": lambda store, pool, oid, index: store.get_range(pool, oid, index, 0),
    "flush_range of nothing": lambda store, pool, oid, index: store.flush_range(pool, oid, index, 0),
}
EACH_METHOD = pytest.mark.parametrize("method", METHODS)
COUNTED: dict[str, Call] = {
    "get_range": lambda store, pool, index, count: store.get_range(pool, OID, index, count),
    "flush_range": lambda store, pool, index, count: store.flush_range(pool, OID, index, count),
}
NO_PAGES = ["pages", b"pages", bytearray(b"pages"), memoryview(b"pages")]
OF_WRONG_TYPE = ["1", 1.0, None, b"1", (1,)]


@pytest.fixture(params=[Recorder, BatchRecorder])
def world(request: pytest.FixtureRequest) -> World:
    """A store over a recorder that is asked page by page, and over one that is asked at once."""
    return World(request.param())


def refused(world: World, pool: int, error: type[Exception], says: str, call: Callable[[], object]) -> None:
    """The call raises this error, whose message contains `says`; no callback is made and nothing has changed."""
    world.fill(pool, OID, PRESENT)
    before = world.held()
    world.recorder.expect()
    with pytest.raises(error) as caught:
        call()
    assert type(caught.value) is error
    assert says in str(caught.value) or (tmem.compiled and error is TypeError)  # a library checks types by itself
    assert world.recorder.callbacks == []
    assert world.held() == before
    world.assert_well_formed()


@EACH_METHOD
@pytest.mark.parametrize("value", OF_WRONG_TYPE, ids=repr)
def test_a_pool_id_of_wrong_type(world: World, pool: int, method: str, value: object) -> None:
    """POOL-1: a pool id that is not an int is a TypeError that shows it."""
    refused(world, pool, TypeError, repr(value), lambda: METHODS[method](world.store, value, OID, 60))


@EACH_METHOD
@pytest.mark.parametrize("value", [-1, 1, 2**40])
def test_a_pool_id_that_no_pool_has(world: World, pool: int, method: str, value: int) -> None:
    """POOL-1: an id that new_pool did not give, negative ones among them, is a PoolError that names it."""
    refused(world, pool, PoolError, f"pool {value}:", lambda: METHODS[method](world.store, value, OID, 60))


@EACH_METHOD
def test_the_id_of_a_destroyed_pool(world: World, pool: int, method: str) -> None:
    """POOL-1: a destroyed pool is refused by its name, whatever oid and index are."""
    gone = world.new_pool(0)
    world.store.destroy_pool(gone)
    says = f"pool {gone} is destroyed"
    refused(world, pool, PoolDestroyedError, says, lambda: METHODS[method](world.store, gone, OID, 60))
    refused(world, pool, PoolDestroyedError, says, lambda: METHODS[method](world.store, gone, -1, -1))


@EACH_METHOD
@pytest.mark.parametrize("value", OF_WRONG_TYPE, ids=repr)
def test_an_oid_of_wrong_type(world: World, pool: int, method: str, value: object) -> None:
    """OID-3: an oid that is not an int is a TypeError that shows it."""
    refused(world, pool, TypeError, repr(value), lambda: METHODS[method](world.store, pool, value, 60))


@EACH_METHOD
@pytest.mark.parametrize("value", [-1, INVALID_OID, 2**192], ids=lambda value: f"{value:#x}"[:12])
def test_an_oid_out_of_range(world: World, pool: int, method: str, value: int) -> None:
    """OID-3: the invalid oid, and any outside 192 bits, is a HandleError that names it."""
    refused(world, pool, HandleError, f"oid {value:#x} ", lambda: METHODS[method](world.store, pool, value, 60))


@EACH_METHOD
@pytest.mark.parametrize("value", OF_WRONG_TYPE, ids=repr)
def test_an_index_of_wrong_type(world: World, pool: int, method: str, value: object) -> None:
    """OID-4: an index that is not an int is a TypeError that shows it."""
    refused(world, pool, TypeError, repr(value), lambda: METHODS[method](world.store, pool, OID, value))


@EACH_METHOD
@pytest.mark.parametrize("value", [-1, -64, -(2**32), 2**32, 2**64])
def test_an_index_out_of_range(world: World, pool: int, method: str, value: int) -> None:
    """OID-4: a first index outside 32 bits is a HandleError that names it, of an empty range too."""
    refused(world, pool, HandleError, f"index {value} ", lambda: METHODS[method](world.store, pool, OID, value))


@pytest.mark.parametrize("value", OF_WRONG_TYPE, ids=repr)
@pytest.mark.parametrize("method", COUNTED)
def test_a_number_of_pages_of_wrong_type(world: World, pool: int, method: str, value: object) -> None:
    """OID-4: how many is an int, or a TypeError shows what was found."""
    refused(world, pool, TypeError, repr(value), lambda: COUNTED[method](world.store, pool, 60, value))


@pytest.mark.parametrize(("index", "count"), [(60, -1), (0, -(2**32)), (LAST, 2), (LAST - 62, 64), (0, 2**32 + 1)])
@pytest.mark.parametrize("method", COUNTED)
def test_a_number_of_pages_that_no_range_has(world: World, pool: int, method: str, index: int, count: int) -> None:
    """OID-4: less than none, or more than there are indexes, is a HandleError that names both; no page is touched."""
    world.fill(pool, OID, (LAST - 1, LAST))
    says = f"a range of {count} pages from index {index}:"
    refused(world, pool, HandleError, says, lambda: COUNTED[method](world.store, pool, index, count))


@pytest.mark.parametrize("method", COUNTED)
def test_numbers_too_long_to_write_in_decimal(world: World, pool: int, method: str) -> None:
    """OID-4: an index, and a number of pages, of 5000 digits is a HandleError: its message can be made."""
    refused(world, pool, HandleError, "index", lambda: COUNTED[method](world.store, pool, HUGE, 1))
    refused(world, pool, HandleError, "a range of 0x", lambda: COUNTED[method](world.store, pool, 60, HUGE))


@pytest.mark.parametrize(("index", "count"), [(LAST, 2), (LAST - 62, 64), (LAST - 3, 70)])
def test_pages_beyond_the_last_index(world: World, pool: int, index: int, count: int) -> None:
    """OID-4: if one page has no index, none is put, though others of its leaf have."""
    world.fill(pool, OID, (LAST - 1, LAST))
    says = f"a range of {count} pages from index {index}: at least 0, and none beyond {LAST}"
    refused(world, pool, HandleError, says, lambda: world.store.put_range(pool, OID, index, [b"new"] * count))


@pytest.mark.parametrize("value", ["page", 3, None, [1, 2], 1.5, {}], ids=repr)
@pytest.mark.parametrize("at", [0, 2, 69])
@pytest.mark.parametrize("beside", [b"new", bytearray(b"new")], ids=lambda page: type(page).__name__)
def test_a_page_of_wrong_kind(world: World, pool: int, value: Any, at: int, beside: Any) -> None:
    """COH-1: what is no bytes, bytearray or memoryview, at any place, is a TypeError; none of the others is put."""
    pages: list[Any] = [beside] * 70
    pages[at] = value
    says = f"not {type(value).__name__}: {value!r}"
    refused(world, pool, TypeError, says, lambda: world.store.put_range(pool, OID, 0, pages))


@pytest.mark.parametrize("value", [*NO_PAGES, 3, None], ids=lambda value: type(value).__name__)
def test_pages_of_wrong_kind(world: World, pool: int, value: Any) -> None:
    """COH-1: a page in the place of pages is a TypeError: bytes are not taken for as many pages."""
    refused(world, pool, TypeError, "", lambda: world.store.put_range(pool, OID, 60, value))


def test_a_released_memoryview(world: World, pool: int) -> None:
    """COH-1: a memoryview that was released is a ValueError of Python's own; none of the others is put."""
    view = memoryview(b"page")
    view.release()
    pages: list[Any] = [b"new", view, b"new"]
    refused(world, pool, ValueError, "released memoryview", lambda: world.store.put_range(pool, OID, 60, pages))


def test_pages_that_end_in_an_exception(world: World, pool: int) -> None:
    """COH-5: what a generator of pages raises comes out, and none of those that it gave before is put."""

    def pages() -> Iterator[bytes]:
        yield b"new"
        message = "no more"
        raise EOFError(message)

    refused(world, pool, EOFError, "no more", lambda: world.store.put_range(pool, OID, 60, pages()))


def test_the_first_wrong_argument_is_the_one_named(world: World, pool: int) -> None:
    """OID-3, OID-4: of pool, oid, index and number, the first that is wrong is reported."""
    for method in COUNTED:
        call = getattr(world.store, method)
        refused(world, pool, PoolError, "pool 9", lambda call=call: call(9, -1, -1, -1))  # type: ignore[misc]  # mypy infers no lambda with a default
        refused(world, pool, HandleError, "oid -0x1", lambda call=call: call(pool, -1, -1, -1))  # type: ignore[misc]  # mypy infers no lambda with a default
        refused(world, pool, HandleError, "index -1", lambda call=call: call(pool, OID, -1, -1))  # type: ignore[misc]  # mypy infers no lambda with a default


WRONG: list[tuple[str, tuple[Any, ...]]] = [
    *(("put_range", (0, OID, index, [b"new"] * 3)) for index in (-1, -2, -64, LAST, LAST + 1, 2**32 + 64, -(2**32))),
    *(("put_range", (0, OID, index, [])) for index in (-1, LAST + 1)),
    *((name, (0, OID, *wrong)) for name in COUNTED for wrong in ((-1, 3), (LAST, 2), (60, -1), (60, 1.0), (60, "1"))),
    *((name, (1, OID, 60, what)) for name, what in (("put_range", PAGES), ("get_range", 4), ("flush_range", 4))),
    ("put_range", (0, OID, 62, [b"new", b"new", "new", b"new"])),
    ("put_range", (0, OID, 0, ["new"])),
]


@EACH_STORE
@pytest.mark.parametrize(("name", "arguments"), WRONG)
def test_every_way_of_a_range_refuses_them(kind: str, name: str, arguments: tuple[Any, ...]) -> None:
    """OID-4: of a store of any kind, the quick ways too, which look at the leaf that is there before they look on."""
    store = STORES[kind]()
    pool = store.new_pool(PERSISTENT)
    for index in (*PRESENT, LAST):
        assert store.put(pool, OID, index, page_of(OID, index))
    before = state_of(store, pool, OID)
    with pytest.raises((TypeError, HandleError, PoolError)):
        getattr(store, name)(*arguments)
    assert state_of(store, pool, OID) == before
    assert not any(bucket.lock.locked() for bucket in store._pools[pool].buckets)
    store.check()
