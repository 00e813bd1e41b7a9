"""What a call meets: in what situation its object and the tree of that object are, as the specification tells it.

operation   what a call is called
situation   of a call on a handle: no object, or the height of its tree and what the place is in it
place       free; beyond the tree, which a put makes grow; or filled, and what goes when the page goes: nothing but
            itself, some of the tree's height, or the object
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from tmem_spec import law
from tmem_spec.calls import Call, FlushObject, FlushPage, Get, NewPool, Put, Reclaim
from tmem_spec.store import Pool, Store, acceptable
from tmem_spec.words import MAX_HEIGHT, max_index

NOWHERE = "nothing named"
EMPTY = "no object"
FREE = "free"
GROWS = "about to grow"
FILLED = "filled"
SHRINKS = "filled, about to shrink"
LAST = "filled, the last page"
NO_PAGE = (FREE, GROWS)
PAGE = (FILLED, SHRINKS, LAST)


def of_height(height: int, place: str | None = None) -> str:
    """The situation of an object whose tree has this height, or of a place in it."""
    return f"height {height}" if place is None else f"height {height}, {place}"


# Height 0 has one place, and no tree grows beyond height 6.
PLACES = tuple(
    of_height(height, place)
    for height in range(MAX_HEIGHT + 1)
    for place in (*NO_PAGE, *PAGE)
    if (height > 0 or place in (GROWS, LAST)) and (height < MAX_HEIGHT or place != GROWS)
)
OBJECTS = tuple(of_height(height) for height in range(MAX_HEIGHT + 1))


def operation(call: Call) -> str:
    """What a call is called: its type, and whether a get is exclusive."""
    return "GetExclusive" if isinstance(call, Get) and call.exclusive else type(call).__name__


def situations(store: Store, call: Call) -> set[str]:
    """What a call meets. It is one situation, but for calls on a pool: those of all objects there."""
    if isinstance(call, NewPool) or acceptable(store, call) is not None:
        return {NOWHERE}
    if isinstance(call, Put | Get | FlushPage | Reclaim):
        indexes = store.pools[call.handle.pool].indexes().get(call.handle.oid, frozenset())
        return {_of_place(indexes, call.handle.index)}
    return _of_objects(store.pools[call.pool], call.oid if isinstance(call, FlushObject) else None)


def place_of(indexes: AbstractSet[int], index: int) -> str:
    """What a place is to the tree of these indexes."""
    height = law.height(indexes)
    if index not in indexes:
        return FREE if index <= max_index(height) else GROWS
    rest = indexes - {index}
    if not rest:
        return LAST
    return SHRINKS if law.height(rest) < height else FILLED


def _of_place(indexes: AbstractSet[int], index: int) -> str:
    return of_height(law.height(indexes), place_of(indexes, index)) if indexes else EMPTY


def _of_objects(pool: Pool, oid: int | None) -> set[str]:
    """The situations of one object of a pool, or of all of them."""
    trees = [indexes for found, indexes in pool.indexes().items() if oid in (None, found)]
    return {of_height(law.height(indexes)) for indexes in trees} or {EMPTY}
