"""What the gate counts: loops of calls on a store, the loops of the yardstick, and the loops alone.

The store has pools of each kind, with objects of 4096 pages, put one index after the other. A loop goes over all pages
of some objects, or of twice as many: what those objects take that it has more is what the case takes, with the objnodes
that come and go, and with the growth of tables.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final, NamedTuple

from tmem import EPHEMERAL, PERSISTENT, Tmem

from .contenders import Flat, Nothing
from .handles import FIRST_OID, PAGES_OF_AN_OBJECT, Handles

PAGE: Final = b"page"
YARDSTICK: Final = ("flat dict, put", "flat dict, get")
LEAF: Final = 64  # pages of a range that is a whole leaf
ACROSS: Final = 1000  # pages of a range that begins and ends within a leaf
OBJECTS: Final = {
    1: 1,
    LEAF: 8,
    ACROSS: 8,
}  # by the pages of a call; a range is quick, and needs more to be counted well
OIDS: Final = tuple(range(FIRST_OID, FIRST_OID + 16))
SPARE_OID: Final = OIDS[-1] + 1  # of an object to warm up on
WARM: Final = 16  # calls, after which the interpreter has specialized what it will

_FIRST_INDEX: Final = {1: 0, LEAF: 0, ACROSS: 17}


class Case(NamedTuple):
    """A loop of calls of `pages` pages each; `run` makes it over some handles and gives the answer to the last call."""

    name: str
    pages: int
    run: Callable[[Handles], Any]
    answer: Any


class Stores(NamedTuple):
    """A store and its pools. `sparse` has all the objects, and no page at an index that is asked for."""

    store: Tmem
    full: int
    cache: int
    empty: int
    sparse: int


def handles_of(oids: Sequence[int], pages: int) -> Handles:
    """The handles at which calls of so many pages begin, one after the other, in these objects."""
    indexes = range(_FIRST_INDEX[pages], PAGES_OF_AN_OBJECT - pages + 1, pages)
    return [(oid, index) for oid in oids for index in indexes]


def twice_as_many(pages: int) -> tuple[Handles, Handles]:
    """The handles of a case's objects, and those of as many others."""
    objects = OBJECTS[pages]
    return handles_of(OIDS[:objects], pages), handles_of(OIDS[objects : 2 * objects], pages)


def all_cases() -> list[Case]:
    """Every case, warmed up, on a store that is filled for them."""
    stores = filled()
    cases = [*loops(), *yardstick(), *single_calls(stores), *range_calls(stores, LEAF), *range_calls(stores, ACROSS)]
    for case in cases:
        case.run(handles_of([SPARE_OID], case.pages)[:WARM])
    stores.store.flush_object(stores.empty, SPARE_OID)
    return cases


def loops() -> list[Case]:
    """The loops alone, without a call."""
    return [Case(loop_of(pages), pages, Nothing().gets, None) for pages in _FIRST_INDEX]


def loop_of(pages: int) -> str:
    """The name of the loop alone that has the handles of calls of so many pages."""
    return f"loop of {pages}"


def yardstick() -> list[Case]:
    """A flat dict by handle behind one lock: new pages put, and pages got that are there."""
    new, full = Flat(), Flat()
    full.puts(handles_of(OIDS[:2], 1), PAGE)
    put, get = YARDSTICK
    return [Case(put, 1, partial(new.puts, page=PAGE), None), Case(get, 1, full.gets, None)]


def single_calls(stores: Stores) -> list[Case]:
    """Calls on one handle."""
    store, full, cache, empty, sparse = stores
    put, get = partial(calls_with, store.put), partial(calls, store.get)
    return [
        Case("put, new page", 1, partial(put, empty, PAGE), answer=True),
        Case("put, duplicate", 1, partial(put, full, PAGE), answer=True),
        Case("get, persistent page", 1, partial(get, full), PAGE),
        Case("get, ephemeral page", 1, partial(get, cache), PAGE),
        Case("get, no such page", 1, partial(get, sparse), None),
        Case("get, no such object", 1, partial(get, empty), None),
        Case("flush_page", 1, partial(calls, store.flush_page, full), answer=True),
    ]


def range_calls(stores: Stores, count: int) -> list[Case]:
    """Calls on ranges of so many pages."""
    store, full, cache, empty, _ = stores
    put, get = partial(calls_with, store.put_range), partial(calls_with, store.get_range)
    pages, each = [PAGE] * count, [True] * count
    return [
        Case(f"put_range, {count} new pages", count, partial(put, empty, pages), each),
        Case(f"put_range, {count} duplicates", count, partial(put, full, pages), each),
        Case(f"get_range, {count} persistent", count, partial(get, full, count), pages),
        Case(f"get_range, {count} ephemeral", count, partial(get, cache, count), pages),
        Case(f"flush_range, {count} pages", count, partial(calls_with, store.flush_range, full, count), each),
    ]


def filled() -> Stores:
    """The store that the cases call."""
    store = Tmem()
    stores = Stores(store, *(store.new_pool(flags) for flags in (PERSISTENT, EPHEMERAL, PERSISTENT, PERSISTENT)))
    for oid in (*OIDS, SPARE_OID):
        for pool in (stores.full, stores.cache):
            store.put_range(pool, oid, 0, [PAGE] * PAGES_OF_AN_OBJECT)
        store.put(stores.sparse, oid, PAGES_OF_AN_OBJECT, PAGE)
    return stores


def calls(method: Callable[[int, int, int], Any], pool: int, handles: Handles) -> Any:
    """Call a method with each handle."""
    answer = None
    for oid, index in handles:
        answer = method(pool, oid, index)
    return answer


def calls_with(method: Callable[[int, int, int, Any], Any], pool: int, last: Any, handles: Handles) -> Any:
    """Call a method with each handle and what else it needs: a page, pages, or how many."""
    answer = None
    for oid, index in handles:
        answer = method(pool, oid, index, last)
    return answer
