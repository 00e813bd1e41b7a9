"""The tree of one object: from indexes to pampds, through objnodes of 64 slots.

  obj       root, height and two counts; the root of height 0 is the pampd of index 0 itself
  objnode   64 slots; at level 1 they hold pampds, above it objnodes; the root's level is the height
  leaves    the objnodes at level 1, by the part of an index that is above their slots: the short way to a page
  missing   what a put of an index still lacks: how many objnodes
  branch    a chain of objnodes that leads to one pampd

Nothing here calls the host or the PAM: a put hands in the objnodes that it has taken, a removal hands out those that
it has unlinked. So no callback ever sees a tree half changed, and a refusal finds nothing to undo.

After every function but `drain` the tree is canonical: no objnode is empty, the height is the least that holds the
largest index, slots_in_use, objnode_count and pampd_count are exact, and `leaves` has every leaf and nothing else. The
caller holds the lock of the object's bucket, or is the only one who knows the object.
"""

from __future__ import annotations

from typing import Any, Final

from ._sync import Lock
from ._words import MAX_INDEX, SLOT_BITS, SLOT_MASK, SLOTS, height_for

Pampd = Any
Leaves = dict[int, "Objnode"]

_EMPTY: Final = (None,) * SLOTS
_FEW: Final = 2  # pages of a leaf: with more, one can go and the tree is as high as before


class Objnode:
    """An inner node: 64 slots, of which `slots_in_use` are not None."""

    __slots__ = ("slots", "slots_in_use")

    def __init__(self) -> None:
        """All slots empty, as a host must give it out, and as it gets it back."""
        self.slots: list[Any] = list(_EMPTY)
        self.slots_in_use: int = 0


class Obj:
    """The pages of one oid: a tree, its height, its leaves, and the counts of its pampds and objnodes.

    `lock` is that of the oid's bucket for as long as the object is in the table of its pool; else None.
    """

    __slots__ = ("height", "leaves", "lock", "objnode_count", "pampd_count", "root")

    def __init__(self) -> None:
        """No page, as a host must give it out, and as it gets it back."""
        self.root: Any = None
        self.height: int = 0
        self.leaves: Leaves = _NO_LEAVES
        self.pampd_count: int = 0
        self.objnode_count: int = 0
        self.lock: Lock | None = None


_NO_LEAVES: Final = Leaves()  # of every tree of height 0; never changed


def lookup(obj: Obj, index: int) -> Pampd | None:
    """The pampd at `index`, or None. O(1). Source: tmem_pampd_lookup_in_obj, which goes down from the root."""
    leaf = obj.leaves.get(index >> SLOT_BITS)
    if leaf is not None:
        return leaf.slots[index & SLOT_MASK]
    return obj.root if index == 0 and obj.height == 0 else None


def place(obj: Obj, index: int, pampd: Pampd) -> bool:
    """Link `pampd` at `index`, in the place of one that may be there, if its leaf is; whether it is. O(1)."""
    leaf = obj.leaves.get(index >> SLOT_BITS)
    if leaf is None:
        return False
    slots, slot = leaf.slots, index & SLOT_MASK
    if slots[slot] is None:
        leaf.slots_in_use += 1
        obj.pampd_count += 1
    slots[slot] = pampd
    return True


def missing(obj: Obj, index: int) -> int:
    """How many objnodes a put of `index`, where no pampd is, still lacks: 0 to 11. O(height)."""
    if index >> SLOT_BITS in obj.leaves:
        return 0
    if obj.root is None:
        return height_for(index)
    if index > MAX_INDEX[obj.height]:
        # New roots up to the height that the index needs, and below the last of them a branch beside the old tree.
        height = height_for(index)
        return height - obj.height + height - 1
    node, level = obj.root, obj.height
    while node is not None:
        level -= 1
        node = node.slots[index >> SLOT_BITS * level & SLOT_MASK]
    return level


def insert(obj: Obj, index: int, pampd: Pampd, nodes: list[Objnode]) -> None:
    """Link `pampd` at `index`, where none is, through `nodes`: exactly as many as are `missing`.

    O(height). Raises MemoryError if `leaves` cannot grow, and has changed nothing then; cannot fail otherwise. Source:
    tmem_pampd_add_to_obj, which allocates as it goes.
    """
    if not nodes:
        if not place(obj, index, pampd):
            obj.root = pampd  # of index 0, and the tree has no other page
            obj.pampd_count = 1
        return
    if obj.height > 0:
        obj.leaves[index >> SLOT_BITS] = nodes[0]
    else:
        _enter(obj, index, nodes)
    obj.pampd_count += 1
    obj.objnode_count += len(nodes)
    if obj.root is None:
        obj.height = len(nodes)
        obj.root = _branch(index, obj.height, pampd, nodes)
        return
    while index > MAX_INDEX[obj.height]:
        _grow(obj, nodes.pop())
    node, level = obj.root, obj.height - 1
    slot = index >> SLOT_BITS * level & SLOT_MASK
    while node.slots[slot] is not None:
        node = node.slots[slot]
        level -= 1
        slot = index >> SLOT_BITS * level & SLOT_MASK
    node.slots[slot] = _branch(index, level, pampd, nodes)
    node.slots_in_use += 1


def replace(obj: Obj, index: int, pampd: Pampd) -> None:
    """Put `pampd` in the place of the one at `index`. O(1); no objnode comes or goes."""
    if not place(obj, index, pampd):
        obj.root = pampd


def delete(obj: Obj, index: int) -> tuple[Pampd, list[Objnode]]:
    """Unlink the pampd at `index`, where one is; give it, and the objnodes that the tree needs no more, as unlinked.

    O(1) while its leaf keeps some pages, else O(height). Source: tmem_pampd_delete_from_obj, which first looks whether
    there is one.
    """
    leaf = obj.leaves.get(index >> SLOT_BITS)
    obj.pampd_count -= 1
    if leaf is not None and leaf.slots_in_use > _FEW:
        slot = index & SLOT_MASK
        pampd, leaf.slots[slot] = leaf.slots[slot], None
        leaf.slots_in_use -= 1
        return pampd, []
    pampd, unlinked = _cut(obj, index)
    obj.objnode_count -= len(unlinked)
    return pampd, unlinked


def drain(obj: Obj) -> tuple[list[Pampd], list[Objnode]]:
    """Unlink the first leaf of a tree that has a page: give its pampds, by index, and the objnodes that this empties.

    At most 64 pampds and 6 objnodes, so that destroying a tree of any size goes in bounded steps. The height stays
    while there are objnodes, and `leaves` has none: such a tree is only good for draining. Source:
    tmem_objnode_node_destroy.
    """
    obj.leaves = _NO_LEAVES
    node = obj.root
    path = []
    for _ in range(obj.height - 1):
        slot = _first_used(node.slots)
        path.append((node, slot))
        node = node.slots[slot]
    if obj.height == 0:
        obj.root = None
        obj.pampd_count = 0
        return [node], []
    pampds = used(node.slots)
    obj.pampd_count -= node.slots_in_use
    node.slots[:] = _EMPTY
    node.slots_in_use = 0
    unlinked = [node, *_unlink(obj, path)]
    obj.objnode_count -= len(unlinked)
    return pampds, unlinked


def _cut(obj: Obj, index: int) -> tuple[Pampd, list[Objnode]]:
    """Unlink the pampd at an index, going down from the root, and what the tree needs no more."""
    node = obj.root
    path = []
    for level in range(obj.height - 1, -1, -1):
        slot = index >> SLOT_BITS * level & SLOT_MASK
        path.append((node, slot))
        node = node.slots[slot]
    unlinked = _unlink(obj, path)
    if unlinked:
        del obj.leaves[index >> SLOT_BITS]
    _shrink(obj, unlinked)
    if obj.height == 0:
        obj.leaves = _NO_LEAVES
    return node, unlinked


def _enter(obj: Obj, index: int, nodes: list[Objnode]) -> None:
    """Note the first leaves: the first of `nodes`, for the index; the last, for a page that was the root."""
    leaves = Leaves()
    if obj.root is not None:
        leaves[0] = nodes[-1]
    leaves[index >> SLOT_BITS] = nodes[0]
    obj.leaves = leaves


def _branch(index: int, levels: int, pampd: Pampd, nodes: list[Objnode]) -> Any:
    """A chain of `levels` objnodes, the last of `nodes` its top, that leads from there to `pampd` alone."""
    top = pampd
    for level in range(levels):
        node = nodes[level]
        node.slots[index >> SLOT_BITS * level & SLOT_MASK] = top
        node.slots_in_use = 1
        top = node
    return top


def _grow(obj: Obj, top: Objnode) -> None:
    """Make `top` the root, with the old root in its slot 0."""
    top.slots[0] = obj.root
    top.slots_in_use = 1
    obj.root = top
    obj.height += 1


def _unlink(obj: Obj, path: list[tuple[Objnode, int]]) -> list[Objnode]:
    """Clear the last slot of a path from the root; then, while that empties objnodes, those above it. Give these."""
    emptied: list[Objnode] = []
    while path:
        node, slot = path.pop()
        node.slots[slot] = None
        node.slots_in_use -= 1
        if node.slots_in_use > 0:
            return emptied
        emptied.append(node)
    obj.root = None
    obj.height = 0
    return emptied


def _shrink(obj: Obj, unlinked: list[Objnode]) -> None:
    """While the root uses slot 0 alone, let what is there be the root; add the roots so dropped to `unlinked`."""
    while obj.height > 0:
        top = obj.root
        if top.slots_in_use > 1 or top.slots[0] is None:
            return
        obj.root = top.slots[0]
        obj.height -= 1
        top.slots[0] = None
        top.slots_in_use = 0
        unlinked.append(top)


def _first_used(slots: list[Any]) -> int:
    """The least slot that is in use. Some slot is."""
    slot = 0
    while slots[slot] is None:
        slot += 1
    return slot


def used(slots: list[Any]) -> list[Any]:
    """What the used slots hold, in order."""
    return [held for held in slots if held is not None]
