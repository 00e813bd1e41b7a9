"""The heap: one object's tree, of which nothing is assumed but that it is well-formed.

An objnode comes into being when the code under proof first looks into the slot that leads to it, and every slot in
every form that the representation invariant allows: empty or used, as long as the number of used slots permits. What
was never looked at stays unknown, and unchanged: that is what makes a proof over one small heap a proof over all.

  first   what a slot held before the operation: found out, never changed
  now     what it holds at this moment
  unseen  used slots, pages and objnodes that the operation has not looked at; known by their numbers alone
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from types import ModuleType
from typing import Any

from tmem_proofs.engine.explorer import Path
from tmem_proofs.engine.lists import OfRun
from tmem_proofs.engine.slots import Slots, Unseen, slots_at
from tmem_proofs.engine.symbolic import SymbolicInt
from tmem_spec.words import INDEX_BITS, MAX_HEIGHT, SLOT_BITS, SLOTS, max_index, slot_of

MOST_PAGES = 1 << INDEX_BITS
MOST_OBJNODES = sum(-(-MOST_PAGES // SLOTS**level) for level in range(1, MAX_HEIGHT + 1))


class Pampd:
    """A page's descriptor, of which nothing is known but which one it is."""

    def __init__(self, name: str) -> None:
        """`name`: for messages."""
        self.name = name

    def __repr__(self) -> str:
        """Its name."""
        return self.name


@dataclass(frozen=True, slots=True)
class Data:
    """The bytes of the page that a pampd describes, whatever they are."""

    pampd: Pampd

    def __repr__(self) -> str:
        """For messages."""
        return f"the data of {self.pampd!r}"


class Leaves:
    """The leaves of a tree by prefix, in the place of its dict: those that it had at first, and what was changed.

    That at first it had each leaf to which the slots lead, and nothing else, is believed; that it has so now, claimed.
    """

    def __init__(self, heap: Heap, root: Any = None, height: int = 0) -> None:
        """Those of a tree; of a new dict, none."""
        self.heap = heap
        self.root = root
        self.height = height
        self.changes: list[tuple[Any, Any]] = []

    def get(self, prefix: Any) -> Any:
        """The leaf, or None."""
        return self._held(prefix, Slots.discovered)

    def __getitem__(self, prefix: Any) -> Any:
        """The leaf; KeyError if there is none."""
        leaf = self.get(prefix)
        if leaf is None:
            raise KeyError(prefix)
        return leaf

    def __contains__(self, prefix: Any) -> bool:
        """Whether there is one."""
        return self.get(prefix) is not None

    def __setitem__(self, prefix: Any, leaf: Any) -> None:
        """Enter a leaf; a new entry may take memory that there is not."""
        if prefix not in self:
            self.heap.exhausted()
        self.changes.append((prefix, leaf))

    def __delitem__(self, prefix: Any) -> None:
        """Strike a leaf out; KeyError if there is none."""
        if self.get(prefix) is None:
            raise KeyError(prefix)
        self.changes.append((prefix, None))

    def held_now(self, prefix: Any) -> Any:
        """What is there now; `Unseen` if that was never looked at and may be something."""
        return self._held(prefix, Slots.held_first)

    def _held(self, prefix: Any, held: Any) -> Any:
        for changed, leaf in reversed(self.changes):
            if changed == prefix:
                return leaf
        return leaf_of(self.heap, self.root, self.height, prefix, held)


class NoLeaves(Leaves):
    """Of every tree of height 0, the same."""

    def __setitem__(self, prefix: Any, leaf: Any) -> None:
        """It is never changed. Raises AssertionError."""
        message = f"{leaf!r} entered in what all trees of height 0 share"
        raise AssertionError(message)


class Heap:
    """The objects and objnodes of one run. `exhausted` is told when a dict grows: it may raise."""

    def __init__(self, path: Path, tree: ModuleType) -> None:
        """`tree`: the module under proof, whose Obj and Objnode are used, and whose dicts stand here."""
        self.path = path
        self.tree = tree
        self.exhausted: Callable[[], None] = lambda: None
        vars(tree).update({"Leaves": partial(Leaves, self), "_NO_LEAVES": NoLeaves(self)})
        self.first_nodes: list[Any] = []
        self.first_pampds: list[Pampd] = []

    def obj(self, height: int) -> Any:
        """An object with at least one page, whose tree has this height: otherwise arbitrary."""
        obj = self.tree.Obj()
        obj.height = height
        obj.root = self._pampd() if height == 0 else self._node(height, "root", root=True)
        if height > 0:
            obj.leaves = Leaves(self, obj.root, height)
        obj.pampd_count = self.path.integer("pampd_count", 1, MOST_PAGES)
        obj.objnode_count = self.path.integer("objnode_count", 0, MOST_OBJNODES)
        return obj

    def fresh(self, node: Any, name: str) -> Any:
        """An objnode of the host's, as the code under proof made it: every slot is known to be empty."""
        slots = Slots(self, 0, 0, name)
        slots.size = len(node.slots)
        node.slots = slots
        return node

    def below(self, slots: Slots, slot: Any) -> Any:
        """Something that a used slot leads to: a pampd below a leaf, else an objnode."""
        return self._pampd() if slots.level == 1 else self._node(slots.level - 1, f"{slots.name}[{slot}]")

    def _pampd(self) -> Pampd:
        pampd = Pampd("a page")
        self.first_pampds.append(pampd)
        self.path.knowledge.on_return(self.first_pampds.pop)
        return pampd

    def _node(self, level: int, name: str, *, root: bool = False) -> Any:
        """An objnode that was there before the operation: not empty, slots_in_use right (SHR-2, CNT-5)."""
        node = self.tree.Objnode()
        used = self.path.integer(f"{name}.slots_in_use", 1, slots_at(level))
        node.slots_in_use = used
        node.slots = Slots(self, level, used, name, root=root)
        self.first_nodes.append(node)
        self.path.knowledge.on_return(self.first_nodes.pop)
        return node

    # What a tree leads to.

    def is_node(self, value: Any) -> bool:
        """Whether a slot's value is an objnode."""
        return isinstance(value, self.tree.Objnode)

    def reachable(self, root: Any) -> Iterator[Any]:
        """Every objnode known to be below a root as it is now, the root first; one linked twice comes twice."""
        if self.is_node(root):
            yield root
            for held in root.slots.now:
                yield from self.reachable(held)

    def pages_below(self, value: Any, *, first: bool = False) -> Any:
        """How many pages a slot's value leads to, now or at first; unseen ones by an unknown for each objnode."""
        if not self.is_node(value):
            return int(value is not None)
        held = [seen for _, seen in value.slots.first] if first else value.slots.now
        return self._unseen_pages(value.slots, first=first) + sum(self.pages_below(one, first=first) for one in held)

    def objnodes_below(self, value: Any, *, first: bool = False) -> Any:
        """How many objnodes a slot's value leads to, itself included."""
        if not self.is_node(value):
            return 0
        held = [seen for _, seen in value.slots.first] if first else value.slots.now
        return (
            1
            + self._unseen_objnodes(value.slots, first=first)
            + sum(self.objnodes_below(one, first=first) for one in held)
        )

    def _unseen_pages(self, slots: Slots, *, first: bool) -> Any:
        if slots.level <= 1:
            return slots.unseen(first=first)
        if slots.emptied and not first:
            return 0
        return self._unseen_below(slots, 1, SLOTS ** max(0, slots.level - 1), "pages")

    def _unseen_objnodes(self, slots: Slots, *, first: bool) -> Any:
        if slots.level <= 1 or (slots.emptied and not first):
            return 0
        most = (SLOTS ** (slots.level - 1) - 1) // (SLOTS - 1)
        return self._unseen_below(slots, slots.level - 1, most, "objnodes")

    def _unseen_below(self, slots: Slots, least: int, most: int, what: str) -> Any:
        """An unknown number, `least` to `most` for each used slot that was not looked at; 0 if there is none."""
        unseen = slots.unseen()
        if least == most or type(unseen) is int:
            return unseen * least
        fewest, greatest = self.path.knowledge.interval(unseen.term)
        unknown = self.path.terms.unknown(f"{slots.name}: {what} unseen", 0, SLOTS * most)
        number = SymbolicInt.of(self.path, unknown)
        self.path.assume(number >= fewest * least)
        self.path.assume(number <= greatest * most)
        return number


def at_first(heap: Heap, root: Any, height: int, index: Any) -> Any:
    """What an index held before the operation: a pampd, None, or `Unseen`; by the place that its digits name."""
    return walk(heap, root, height, index, Slots.held_first)


def at_now(heap: Heap, root: Any, height: int, index: Any) -> Any:
    """What an index holds now."""
    return walk(heap, root, height, index, Slots.held_now)


def leaf_of(heap: Heap, root: Any, height: int, prefix: Any, held: Any) -> Any:
    """Follow an index's slots above the lowest down to its leaf."""
    if root is None or height == 0 or prefix < 0 or prefix > max_index(height) >> SLOT_BITS:
        return None
    value = root
    for level in range(height, 1, -1):
        if not heap.is_node(value):
            return value
        value = held(value.slots, prefix >> SLOT_BITS * (level - 2) & SLOTS - 1)
    return value


def walk(heap: Heap, root: Any, height: int, index: Any, held: Any) -> Any:
    """Follow an index down a tree, slot by slot as the specification names them."""
    if root is None or index > max_index(height):
        return None
    value = root
    for level in range(height, 0, -1):
        if not heap.is_node(value):
            return value if value is None or isinstance(value, Unseen) else Misplaced(value, level)
        value = held(value.slots, slot_of(index, level))
    return value


@dataclass(frozen=True, slots=True)
class Misplaced:
    """Something in the place of an objnode that is none."""

    value: Any
    level: int

    def __repr__(self) -> str:
        """For messages."""
        return f"{self.value!r} in the place of an objnode at level {self.level}"


def same_place(one: Any, other: Any) -> Any:
    """Whether two things are one; what was never looked at is one, if it is the same place."""
    if isinstance(one, Unseen) and isinstance(other, Unseen):
        return one.slots is other.slots and one.slot == other.slot
    if isinstance(one, OfRun) and isinstance(other, OfRun):
        return one.run is other.run and one.at == other.at
    return one is other
