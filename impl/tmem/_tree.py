"""The tree of one object: from indexes to pampds, through objnodes of 64 slots.

  obj       root, height and two counts; the root of height 0 is the pampd of index 0 itself
  objnode   64 slots; at level 1 they hold pampds, above it objnodes; the root's level is the height
  missing   what a put of an index still lacks: how many objnodes
  branch    a chain of objnodes that leads to one pampd

Nothing here calls the host or the PAM: a put hands in the objnodes that it has taken, a removal hands out those that
it has unlinked. So no callback ever sees a tree half changed, and a refusal finds nothing to undo.

After every function but `drain` the tree is canonical: no objnode is empty, the height is the least that holds the
largest index, and slots_in_use, objnode_count and pampd_count are exact. The caller holds the lock of the object's
bucket, or is the only one who knows the object.
"""

from __future__ import annotations

from typing import Any, Final

from ._words import MAX_INDEX, SLOT_BITS, SLOT_MASK, SLOTS, height_for

Pampd = Any

_EMPTY: Final = (None,) * SLOTS


class Objnode:
    """An inner node: 64 slots, of which `slots_in_use` are not None."""

    __slots__ = ("slots", "slots_in_use")

    def __init__(self) -> None:
        """All slots empty, as a host must give it out, and as it gets it back."""
        self.slots: list[Any] = list(_EMPTY)
        self.slots_in_use: int = 0


class Obj:
    """The pages of one oid: a tree, its height, and the counts of its pampds and objnodes."""

    __slots__ = ("height", "objnode_count", "pampd_count", "root")

    def __init__(self) -> None:
        """No page, as a host must give it out, and as it gets it back."""
        self.root: Any = None
        self.height: int = 0
        self.pampd_count: int = 0
        self.objnode_count: int = 0


def lookup(obj: Obj, index: int) -> Pampd | None:
    """The pampd at `index`, or None. O(height). Source: tmem_pampd_lookup_in_obj."""
    if index > MAX_INDEX[obj.height]:
        return None
    node = obj.root
    for level in range(obj.height - 1, -1, -1):
        if node is None:
            return None
        node = node.slots[index >> SLOT_BITS * level & SLOT_MASK]
    return node


def missing(obj: Obj, index: int) -> int:
    """How many objnodes a put of `index`, where no pampd is, still lacks: 0 to 11. O(height)."""
    height = height_for(index)
    if obj.root is None:
        return height
    if height > obj.height:
        # New roots up to `height`, and below the last of them a branch beside the old tree.
        return height - obj.height + height - 1
    node, level = obj.root, obj.height
    while level > 0 and node is not None:
        level -= 1
        node = node.slots[index >> SLOT_BITS * level & SLOT_MASK]
    return level


def insert(obj: Obj, index: int, pampd: Pampd, nodes: list[Objnode]) -> None:
    """Link `pampd` at `index`, where none is, using up `nodes`: exactly as many as are `missing`.

    O(height); cannot fail. Source: tmem_pampd_add_to_obj, which allocates as it goes.
    """
    obj.pampd_count += 1
    obj.objnode_count += len(nodes)
    height = height_for(index)
    if obj.root is None:
        obj.root = _branch(index, height, pampd, nodes)
        obj.height = height
        return
    while obj.height < height:
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
    """Put `pampd` in the place of the one at `index`. O(height); no objnode comes or goes."""
    if obj.height == 0:
        obj.root = pampd
        return
    node = obj.root
    for level in range(obj.height - 1, 0, -1):
        node = node.slots[index >> SLOT_BITS * level & SLOT_MASK]
    node.slots[index & SLOT_MASK] = pampd


def delete(obj: Obj, index: int) -> tuple[Pampd, list[Objnode]]:
    """Unlink the pampd at `index`, where one is; give it, and the objnodes that the tree needs no more, as unlinked.

    O(height). Source: tmem_pampd_delete_from_obj, which first looks whether there is one.
    """
    node = obj.root
    path = []
    for level in range(obj.height - 1, -1, -1):
        slot = index >> SLOT_BITS * level & SLOT_MASK
        path.append((node, slot))
        node = node.slots[slot]
    unlinked = _unlink(obj, path)
    _shrink(obj, unlinked)
    obj.pampd_count -= 1
    obj.objnode_count -= len(unlinked)
    return node, unlinked


def drain(obj: Obj) -> tuple[list[Pampd], list[Objnode]]:
    """Unlink the first leaf of a tree that has a page: give its pampds, by index, and the objnodes that this empties.

    At most 64 pampds and 6 objnodes, so that destroying a tree of any size goes in bounded steps. The height stays
    while there are objnodes: such a tree is only good for draining. Source: tmem_objnode_node_destroy.
    """
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
    pampds = _used(node.slots)
    obj.pampd_count -= node.slots_in_use
    node.slots[:] = _EMPTY
    node.slots_in_use = 0
    unlinked = [node, *_unlink(obj, path)]
    obj.objnode_count -= len(unlinked)
    return pampds, unlinked


def _branch(index: int, levels: int, pampd: Pampd, nodes: list[Objnode]) -> Any:
    """A chain of `levels` objnodes, taken from `nodes`, that leads from its top to `pampd` alone."""
    top = pampd
    for level in range(levels):
        node = nodes.pop()
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


def _used(slots: list[Any]) -> list[Any]:
    """What the used slots hold, in order."""
    return [held for held in slots if held is not None]
