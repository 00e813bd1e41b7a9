"""The canonical law: what the metadata of an object must be, as a function of its set of stored indexes alone.

Stated twice on purpose: as equations over the set (visible from outside: a host can count its objnodes), and clause
by clause over one objnode, which is what a structure can check about itself. That the clauses, at every objnode of a
tree, amount to the equations is a theorem about the specification.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Set as AbstractSet

from tmem_spec.invariants import Level, invariant
from tmem_spec.words import INDEX_BITS, MOST_OBJNODES_A_PUT, SLOT_BITS, max_index


def prefix(index: int, level: int) -> int:
    """What is left of an index above a level: indexes of one prefix lie below one objnode of that level."""
    return index >> SLOT_BITS * level


def largest(indexes: AbstractSet[int]) -> int:
    """The largest index; 0 if there is none."""
    return max(indexes, default=0)


def distinct_prefixes(indexes: AbstractSet[int], level: int) -> int:
    """How many different prefixes the indexes have at a level."""
    return len({prefix(index, level) for index in indexes})


def height(indexes: AbstractSet[int]) -> int:
    """The least height whose trees can hold the largest index; 0 for no index, or for index 0 alone."""
    last = largest(indexes)
    least = 0
    while last > max_index(least):
        least += 1
    return least


def objnodes(indexes: AbstractSet[int]) -> int:
    """How many objnodes the tree of these indexes has: at each level, one for each distinct prefix."""
    return sum(distinct_prefixes(indexes, level) for level in range(1, height(indexes) + 1))


@invariant(
    "SHR-1",
    "The height of a tree is the least that holds its largest index: the root, if an objnode, uses more than slot 0.",
    source="thread: tmem_pampd_delete_from_obj shrinks the tree while slot 0 is the only one used",
    level=Level.OURS,
)
def shr_1(level: int, slots_in_use: int, *, slot_0_used: bool) -> bool:
    """Of the root of a tree of height `level`: level 0 is a page, or no tree."""
    return level == 0 or slots_in_use > 1 or not slot_0_used


@invariant(
    "SHR-2",
    "No objnode is empty.",
    source="thread: 'stump', the defect of the published code",
    level=Level.OURS,
)
def shr_2(slots_in_use: int) -> bool:
    """Of every objnode of a tree."""
    return slots_in_use >= 1


@invariant(
    "SHR-3",
    "A page lies where its index says: at each level, in the slot that the index's six bits of that level name.",
    source="thread: tmem_pampd_lookup_in_obj",
    level=Level.OURS,
)
def shr_3(index: int, slots: Iterable[int]) -> bool:
    """Of a page: `slots` are those that lead to it from the root down. Read as digits, they spell its index."""
    spelled = 0
    for slot in slots:
        spelled = spelled << SLOT_BITS | slot
    return spelled == index and index >> INDEX_BITS == 0


@invariant(
    "SHR-4",
    "The host's live objnodes are as many as the canonical law says for the pages stored.",
    source="the canonical law seen from outside: SHR-1 and SHR-2 together, without looking into a tree",
    level=Level.OURS,
)
def shr_4(live_objnodes: int, objects: Iterable[AbstractSet[int]]) -> bool:
    """Of a host: `objects` are the sets of indexes stored, one an object."""
    return live_objnodes == sum(objnodes(indexes) for indexes in objects)


@invariant(
    "CNT-1",
    "pampd_count is the number of indexes stored in the object.",
    source="thread: struct tmem_obj",
)
def cnt_1(pampd_count: int, pages: int) -> bool:
    """Of every object."""
    return pampd_count == pages


@invariant(
    "CNT-2",
    "An object exists if, and only if, it has a page: no zombies.",
    source="thread: tmem_obj_free after the last pampd",
)
def cnt_2(objects: int, objects_with_pages: int) -> bool:
    """Of a pool or a host: objects that exist against objects that have a page."""
    return objects == objects_with_pages


@invariant("CNT-3", "A pool's obj_count is the number of its objects.", source="thread: struct tmem_pool")
def cnt_3(obj_count: int, objects: int) -> bool:
    """Of every pool."""
    return obj_count == objects


@invariant(
    "CNT-4",
    "objnode_count is the number of objnodes that the root leads to, and the host's live ones are their sum.",
    source="thread: struct tmem_obj",
    level=Level.OURS,
)
def cnt_4(objnode_count: int, reachable: int) -> bool:
    """Of every object; and of a host, all objects together."""
    return objnode_count == reachable


@invariant(
    "CNT-5",
    "slots_in_use is the number of used slots, in every objnode, also when the host is handed it back.",
    source="thread: struct tmem_objnode; defect D16: stale when a tree is destroyed",
    level=Level.OURS,
)
def cnt_5(slots_in_use: int, used: int) -> bool:
    """Of every objnode."""
    return slots_in_use == used


def most_objnodes(*, duplicate: bool) -> int:
    """How many objnodes one put may ask for: none to replace a page, else a path beside a path up to a new root."""
    return 0 if duplicate else MOST_OBJNODES_A_PUT
