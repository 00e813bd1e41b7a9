"""Runs: consecutive indexes of one object that share a leaf, 64 at most, read and changed together.

  range   consecutive indexes of one object: what a caller names
  run     the part of a range that lies below one objnode at level 1, so that a slice of its slots is all there is to it

As in `_tree`, nothing here calls the host or the PAM, and after every function the tree is canonical. The caller holds
the lock of the object's bucket.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ._tree import Obj, Objnode, Pampd, delete, insert, used
from ._words import SLOT_BITS, SLOT_MASK, SLOTS


def split(index: int, count: int) -> Iterable[tuple[int, int]]:
    """A range as runs, in order: of each its first index, and how many it has. Takes no lock."""
    if 0 < count <= SLOTS - (index & SLOT_MASK):
        return ((index, count),)
    return _split(index, index + count)


def _split(index: int, end: int) -> Iterator[tuple[int, int]]:
    """The runs from an index up to, and not with, another."""
    while index < end:
        after = (index | SLOT_MASK) + 1
        yield index, (after if after < end else end) - index  # noqa: FURB136 - min() takes as long as all the rest
        index = after


def has_leaf(obj: Obj, index: int) -> bool:
    """Whether there is a leaf for an index. O(1)."""
    return index >> SLOT_BITS in obj.leaves


def span(obj: Obj, index: int, count: int) -> list[Pampd | None]:
    """What each index of a run holds. O(count)."""
    leaf = obj.leaves.get(index >> SLOT_BITS)
    if leaf is not None:
        slot = index & SLOT_MASK
        return leaf.slots[slot : slot + count]
    held: list[Pampd | None] = [None] * count
    if index == 0 and obj.height == 0:
        held[0] = obj.root
    return held


def fill(obj: Obj, index: int, pampds: list[Pampd]) -> None:
    """Link a pampd at each index of a run whose leaf is there, in the place of those that may be there. O(count)."""
    leaf = obj.leaves[index >> SLOT_BITS]
    slots, first = leaf.slots, index & SLOT_MASK
    after = first + len(pampds)
    more = 0 if leaf.slots_in_use == SLOTS else len(pampds) - len(used(slots[first:after]))
    slots[first:after] = pampds
    leaf.slots_in_use += more
    obj.pampd_count += more


def plant(obj: Obj, index: int, pampds: list[Pampd], nodes: list[Objnode]) -> None:
    """Link a pampd at each index of a run that has no leaf, through `nodes`: exactly as many as are `missing`.

    The tree has an objnode, so that the page of index 0 is below a leaf too. O(count + height). Raises MemoryError as
    `insert` does, and has changed nothing then.
    """
    leaf, first = nodes[0], index & SLOT_MASK
    insert(obj, index, pampds[0], nodes)
    leaf.slots[first : first + len(pampds)] = pampds
    leaf.slots_in_use = len(pampds)
    obj.pampd_count += len(pampds) - 1


def cut(obj: Obj, index: int, count: int) -> tuple[list[Pampd], list[Objnode]]:
    """Unlink the pampds of a run: give them, by index, and the objnodes no longer needed. There may be none.

    All but the last go as a slice, which leaves the tree as high as it is and no objnode empty; the last goes as any
    does. O(count + height).
    """
    leaf = obj.leaves.get(index >> SLOT_BITS)
    if leaf is None:
        return _cut_root(obj, index)
    slots, first = leaf.slots, index & SLOT_MASK
    last = _last_used(slots, first, first + count - 1)
    if last < first:
        return [], []
    gone = slots[first:last] if leaf.slots_in_use == SLOTS else used(slots[first:last])
    slots[first:last] = [None] * (last - first)
    leaf.slots_in_use -= len(gone)
    obj.pampd_count -= len(gone)
    pampd, unlinked = delete(obj, index - first + last)
    return [*gone, pampd], unlinked


def _cut_root(obj: Obj, index: int) -> tuple[list[Pampd], list[Objnode]]:
    """The same of a run without a leaf: at index 0 there may be a page all the same."""
    if index > 0 or obj.height > 0:
        return [], []
    pampd, unlinked = delete(obj, index)
    return [pampd], unlinked


def _last_used(slots: list[Pampd | None], first: int, last: int) -> int:
    """The greatest slot from `first` to `last` that is in use; `first - 1` if none is."""
    while last >= first and slots[last] is None:
        last -= 1
    return last
