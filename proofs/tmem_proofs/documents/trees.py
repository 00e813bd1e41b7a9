"""Trees as they are: read off a real object, held against the law, and told in one line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from tmem_spec import law
from tmem_spec.words import SLOT_BITS


class Node(NamedTuple):
    """An objnode: its level, what it counts, and what its used slots hold, by slot: objnodes, or indexes of pages."""

    level: int
    slots_in_use: int
    slots: tuple[tuple[int, Any], ...]


class Tree(NamedTuple):
    """An object: its height, its counts, and what its root is: an objnode, the index of a page, or None."""

    height: int
    pampd_count: int
    objnode_count: int
    root: Any


def tree_of(obj: Any) -> Tree:
    """What an object is now."""
    return Tree(obj.height, obj.pampd_count, obj.objnode_count, _branch(obj.root, obj.height))


def _branch(value: Any, level: int) -> Any:
    if value is None or level == 0:
        return None if value is None else value.index
    used = [(slot, held) for slot, held in enumerate(value.slots) if held is not None]
    return Node(level, value.slots_in_use, tuple((slot, _branch(held, level - 1)) for slot, held in used))


def nodes(value: Any) -> Iterator[Node]:
    """Every objnode, the root first."""
    if isinstance(value, Node):
        yield value
        for _, below in value.slots:
            yield from nodes(below)


def pages(value: Any, digits: int = 0) -> Iterator[tuple[int, int]]:
    """Each page: the index by the slots that lead to it, and the index that it was put at."""
    if isinstance(value, Node):
        for slot, below in value.slots:
            yield from pages(below, digits << SLOT_BITS | slot)
    elif value is not None:
        yield digits, value


def is_stump(node: Node) -> bool:
    """Whether an objnode leads to no page."""
    return not any(True for _ in pages(node))


def broken_in(tree: Tree) -> Iterator[str]:
    """What the law finds broken in a tree, each clause once."""
    root, every = tree.root, list(nodes(tree.root))
    stored = list(pages(root))
    if isinstance(root, Node) and not law.shr_1(
        tree.height, len(root.slots), slot_0_used=any(slot == 0 for slot, _ in root.slots)
    ):
        yield f"SHR-1: found a root at level {tree.height} that uses slot 0 alone, expected a lower tree"
    if not all(law.shr_2(len(one.slots)) for one in every):
        yield "SHR-2: found an empty objnode, expected none"
    elif any(is_stump(one) for one in every):
        yield "SHR-2: found objnodes that lead to no page, expected none"
    if any(spelled != index for spelled, index in stored):
        yield "SHR-3: found a page in another place than its index says"
    if not law.cnt_1(tree.pampd_count, len(stored)):
        yield f"CNT-1: found pampd_count {tree.pampd_count}, expected {len(stored)}"
    if not stored:
        yield "CNT-2: found an object without a page, expected none"
    if not law.cnt_4(tree.objnode_count, len(every)):
        yield f"CNT-4: found objnode_count {tree.objnode_count}, expected {len(every)}"
    if not all(law.cnt_5(one.slots_in_use, len(one.slots)) for one in every):
        yield "CNT-5: found slots_in_use that is not the number of used slots"
