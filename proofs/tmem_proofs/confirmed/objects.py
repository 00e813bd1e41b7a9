"""Contracts of small functions and methods on arbitrary objects: conditions for CrossHair, as in `contracts`.

The objects are those of `arbitrary`: a store, an obj, a pace such as any history may have left, not freshly built.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from tmem import Tmem, _tree
from tmem._pool import Pool, alive
from tmem._teardown import PAGES_A_PAUSE, Pace
from tmem._tree import Obj, Objnode
from tmem_proofs.confirmed.arbitrary import AnyObjnode
from tmem_proofs.confirmed.contracts import raised
from tmem_spec import words


class PoolState(NamedTuple):
    """What a pool is and may become."""

    persistent: bool
    keeps: bool
    frozen: bool
    destroyed: bool


def way_down(obj: Obj, index: int) -> Iterator[Any]:
    """What the specification's slots lead to, level by level from the root, to the pampd or the first None."""
    held = obj.root
    yield held
    for level in range(obj.height, 0, -1):
        if held is None:
            return
        held = held.slots[words.slot_of(index, level)]
        yield held


def lacking(obj: Obj, index: int) -> int:
    """How many objnodes the way to an index lacks: the specification's least heights, and the way down as it is."""
    height = next(high for high in range(words.MAX_HEIGHT + 1) if index <= words.max_index(high))
    if obj.root is None:
        return height
    if height > obj.height:
        return (height - obj.height) + (height - 1)
    *_, last = way = list(way_down(obj, index))
    return obj.height - (len(way) - 1) if last is None else 0


def state_of(pool: Pool) -> PoolState:
    """The state of a pool."""
    return PoolState(pool.persistent, pool.keeps, pool.frozen, pool.destroyed)


def lookup_goes_the_way_down(obj: Obj, index: int) -> bool:
    """A lookup finds what the specification's slots lead to, and nothing at an index too large for the tree.

    Of trees up to height 3: `tmem prove` goes up to 6.

    pre: 0 <= obj.height <= 3
    pre: words.index_valid(index)
    post: _
    """
    *_, last = way_down(obj, index)
    return _tree.lookup(obj, index) is (last if index <= words.max_index(obj.height) else None)


def missing_counts_what_the_way_lacks(obj: Obj, index: int) -> int:
    """A put takes as many objnodes as the way to its index lacks, and never more than 11.

    Of trees up to height 3, as above.

    pre: 0 <= obj.height <= 3
    pre: words.index_valid(index) and _tree.lookup(obj, index) is None
    post: _ == lacking(obj, index) <= words.MOST_OBJNODES_A_PUT
    """
    return _tree.missing(obj, index)


def growing_keeps_the_old_root(obj: Obj) -> bool:
    """A new root has the old one in slot 0 and counts it; the height is one more, the counts are as before.

    post: _
    """
    root, height, counts = obj.root, obj.height, (obj.pampd_count, obj.objnode_count)
    top = Objnode()
    _tree._grow(obj, top)
    linked = obj.root is top and top.slots[0] is root and top.slots_in_use == 1
    return linked and obj.height == height + 1 and (obj.pampd_count, obj.objnode_count) == counts


def insert_counts_what_it_links(obj: Obj) -> bool:
    """The first page of an object is its root, and one pampd more; no objnode is used.

    pre: obj.root is None and (obj.height, obj.pampd_count) == (0, 0)
    post: _
    """
    pampds, objnodes = obj.pampd_count, obj.objnode_count
    page = object()
    _tree.insert(obj, 0, page, [])
    return obj.root is page and obj.height == 0 and (obj.pampd_count, obj.objnode_count) == (pampds + 1, objnodes)


def insert_links_one_page(obj: Obj, index: int, other: int) -> bool:
    """After an insert the index leads to the new pampd, and any other index to what it led to; no objnode is left over.

    Of trees of height 1, and indexes that trees of height 2 can hold: `tmem prove` takes all.

    pre: obj.height == 1 and obj.root is not None
    pre: 0 <= index <= words.max_index(2) and 0 <= other <= words.max_index(2)
    pre: _tree.lookup(obj, index) is None
    post: _
    """
    before, page = _tree.lookup(obj, other), object()
    nodes: list[Objnode] = [AnyObjnode(arbitrary=False) for _ in range(_tree.missing(obj, index))]
    _tree.insert(obj, index, page, nodes)
    in_use = all(node.slots_in_use > 0 for node in nodes)
    *_, last = way_down(obj, other)
    found = last if other <= words.max_index(obj.height) else None
    return found is (page if other == index else before) and in_use


def replace_changes_one_place(obj: Obj, index: int, other: int) -> bool:
    """After a replace the index leads to the new pampd, and any other index to what it led to; no count changes.

    Of trees up to height 2, as above.

    pre: 0 <= obj.height <= 2
    pre: 0 <= index <= words.max_index(obj.height)
    pre: 0 <= other <= words.max_index(obj.height)
    pre: _tree.lookup(obj, index) is not None
    post: _
    """
    counts, before, page = (obj.pampd_count, obj.objnode_count), _tree.lookup(obj, other), object()
    _tree.replace(obj, index, page)
    led = _tree.lookup(obj, other) is (page if other == index else before)
    return led and (obj.pampd_count, obj.objnode_count) == counts


def pages_go_uncounted_no_longer_than_a_pause(pace: Pace, pages: int) -> bool:
    """A step adds its pages to those freed since the last pause, or makes a pause and begins anew.

    pre: 0 <= pace._freed < PAGES_A_PAUSE
    pre: 0 <= pages <= words.SLOTS
    post: _
    """
    freed = pace._freed + pages
    pace.step(pages)
    return pace._freed == (freed if freed < PAGES_A_PAUSE else 0)


def freezing_freezes(store: Tmem, pool: int) -> bool:
    """A pool that was frozen is frozen, whatever it was before, and is otherwise as it was.

    pre: store._pools.get(pool) is not None
    post: _
    """
    found = store._pools[pool]
    was = state_of(found)
    store.freeze(pool)
    return state_of(found) == was._replace(frozen=True)


def thawing_thaws(store: Tmem, pool: int) -> bool:
    """A pool that was thawed is not frozen, whatever it was before, and is otherwise as it was.

    pre: store._pools.get(pool) is not None
    post: _
    """
    found = store._pools[pool]
    was = state_of(found)
    store.thaw(pool)
    return state_of(found) == was._replace(frozen=False)


def ids_without_a_pool_are_refused(store: Tmem, pool: int) -> bool:
    """An id that was given out and has no pool any more says so; one that never was is unknown; a live one is no error.

    post: _
    """
    live = store._pools.get(pool) is not None
    expected = "" if live else "PoolDestroyedError" if 0 <= pool < store._spent else "PoolError"
    return raised(store.thaw, pool) == expected


def new_pools_get_an_id_of_their_own(store: Tmem, flags: int, other: int) -> bool:
    """A new pool has the least id never given out, and is of the kind asked for; any other id has what it had.

    pre: words.flags_accepted(flags)
    pre: store._spent >= 0
    pre: other != store._spent
    post: _
    """
    before, spent = store._pools.get(other), store._spent
    given = store.new_pool(flags)
    made = store._pools[given]
    kind = PoolState(flags == words.PERSISTENT, flags != words.EPHEMERAL, frozen=False, destroyed=False)
    kept = store._pools.get(other) is before
    return given == spent == made.id and store._spent == spent + 1 and state_of(made) == kind and kept


def a_destroyed_pool_refuses_access(pool: Pool) -> str:
    """A pool that is destroyed refuses an access that waited for its lock, whatever else it is; others do not.

    post: _ == ("PoolDestroyedError" if pool.destroyed else "")
    """
    return raised(alive, pool)


def draining_the_last_page_leaves_nothing(obj: Obj) -> bool:
    """Draining a tree of height 0 gives its page and no objnode, and leaves it empty.

    pre: obj.height == 0 and obj.root is not None
    post: _
    """
    page = obj.root
    pampds, nodes = _tree.drain(obj)
    return pampds == [page] and nodes == [] and obj.root is None and obj.pampd_count == 0
