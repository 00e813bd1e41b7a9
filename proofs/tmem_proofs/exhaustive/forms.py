"""What a state is: everything in a store that its code can tell apart, but for the bytes of pages and who is who.

    branch   what a slot leads to: None, or the index of the page whose pampd it holds, or (slots_in_use, branches)
    form     of an object: height, pampd_count, objnode_count, the branch of its root, and what is wrong with its leaves
    state    of a store with one pool: the forms of its objects by oid, and whether it is frozen or destroyed

Two stores of one state differ in the pages' bytes and in the identity of objs, objnodes and pampds. The code looks
into no page, and asks for identity in reclaim alone, where both answers are tried. So one store of each state is
enough. A branch that is a string tells of something that should not be there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from tmem_proofs.exhaustive.outside import Pampd
from tmem_proofs.exhaustive.scope import Specification

Branch = int | str | tuple[int, tuple[Any, ...]] | None
Indexes = frozenset[int]


class Form(NamedTuple):
    """The form of an object."""

    height: int
    pampd_count: int
    objnode_count: int
    root: Branch
    leaves: str = ""

    def __str__(self) -> str:
        """`height 2: [[0 1] [- 3]], pampd_count 3, objnode_count 3`."""
        counts = f"pampd_count {self.pampd_count}, objnode_count {self.objnode_count}"
        return f"height {self.height}: {drawn(self.root)}, {counts}{self.leaves and ', '}{self.leaves}"


@dataclass(frozen=True, slots=True)
class State:
    """The state of a store whose one pool has these flags."""

    flags: int
    objects: tuple[tuple[int, Form], ...] = ()
    frozen: bool = False
    destroyed: bool = False


def drawn(branch: Branch) -> str:
    """A branch in one line: `[[0 1] [- 3]]`. An objnode whose slots_in_use is wrong has it beside it: `[- 3]#2`."""
    if not isinstance(branch, tuple):
        return "-" if branch is None else str(branch)
    in_use, slots = branch
    used = sum(slot is not None for slot in slots)
    return f"[{' '.join(map(drawn, slots))}]{'' if in_use == used else f'#{in_use}'}"


def indexes_of(branch: Branch) -> Indexes:
    """The indexes of the pages that a branch leads to."""
    if isinstance(branch, tuple):
        return frozenset(index for slot in branch[1] for index in indexes_of(slot))
    return frozenset([branch] if isinstance(branch, int) else [])


def branches(branch: Branch) -> Iterable[tuple[int, tuple[Any, ...]]]:
    """Every objnode that a branch leads to, itself among them."""
    if isinstance(branch, tuple):
        yield branch
        for slot in branch[1]:
            yield from branches(slot)


class Law:
    """The canonical law, as a table of forms that is made as it is asked."""

    def __init__(self, spec: Specification) -> None:
        """As this specification has it."""
        self._spec = spec
        self._forms: dict[Indexes, Form] = {}

    def form(self, indexes: Indexes) -> Form:
        """The form that the law gives to an object with these pages."""
        if indexes not in self._forms:
            law = self._spec.law
            height = law.height(indexes)
            root = self._branch(sorted(indexes), height)
            self._forms[indexes] = Form(height, len(indexes), law.objnodes(indexes), root)
        return self._forms[indexes]

    def _branch(self, indexes: Sequence[int], level: int) -> Branch:
        """The only branch of a level that holds these pages where their indexes say, and has no empty objnode."""
        if level == 0 or not indexes:
            return next(iter(indexes), None)
        words = self._spec.words
        below: list[list[int]] = [[] for _ in range(words.SLOTS)]
        for index in indexes:
            below[words.slot_of(index, level)].append(index)
        return sum(map(bool, below)), tuple(self._branch(part, level - 1) for part in below)


class Reading:
    """Reads the form of objects, and notes what it meets: the identity of each obj, objnode and pampd.

    `objnode`: what an objnode is; `leaves`: whether objects know their leaves, as those of 2011 do not.
    """

    def __init__(self, objnode: Any, *, leaves: bool) -> None:
        """Nothing read."""
        self._objnode = objnode
        self._know_leaves = leaves
        self._leaves: dict[int, int] = {}  # of the object under way: at level 1, by the slots that lead there
        self.objs: list[int] = []
        self.objnodes: list[int] = []
        self.pampds: list[int] = []

    def form(self, oid: int, obj: Any) -> Form:
        """The form of an object."""
        self.objs.append(id(obj))
        self._leaves.clear()
        root = self._branch(oid, obj.root, obj.height, 0)
        return Form(obj.height, obj.pampd_count, obj.objnode_count, root, self._wrong_leaves(obj))

    def _wrong_leaves(self, obj: Any) -> str:
        """What is wrong with the leaves that an object knows, in words; none if nothing is."""
        known = {part: id(leaf) for part, leaf in obj.leaves.items()} if self._know_leaves else self._leaves
        return "" if known == self._leaves else f"knows the leaves {sorted(known)}, or others of that name"

    def _branch(self, oid: int, value: Any, level: int, digits: int) -> Branch:
        if value is None:
            return None
        if isinstance(value, self._objnode):
            self.objnodes.append(id(value))
            if level == 1:
                self._leaves[digits] = id(value)
            first = digits * len(value.slots)
            below = [self._branch(oid, slot, level - 1, first + at) for at, slot in enumerate(value.slots)]
            return value.slots_in_use, tuple(below)
        if not isinstance(value, Pampd):
            return f"<{type(value).__name__}>"
        self.pampds.append(id(value))
        return value.index if value.oid == oid else f"<page {value.index} of object {value.oid}>"
