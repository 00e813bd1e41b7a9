"""The canonical law on arbitrary trees: SHR-1, SHR-2 and SHR-3, clause by clause, amount to `height` and `objnodes`.

By induction over levels, and at each level over the slots of an objnode. What is below the slots looked at so far, a
`Part` of the tree, is supposed to have as many objnodes as its indexes have prefixes, if SHR-2 holds of all of them,
and more, if it does not. That is so of no slot; it stays so with one slot more; and it is so of the objnode itself,
when all its slots were looked at (`level 1` to `level 6`). For that, prefixes must add up: SHR-3 sees to it. Of a whole
tree it follows that its height and the number of its objnodes are what the law computes of its indexes if, and only
if, SHR-1 and SHR-2 hold (`height 0` to `height 6`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tmem_proofs.claims.claim import Claim, Claims
from tmem_proofs.engine.explorer import Infeasible, Path
from tmem_proofs.engine.sets import AnySet, law_of_sets
from tmem_proofs.engine.symbolic import either, every, implies, same
from tmem_spec import law
from tmem_spec.words import INDEX_LIMIT, SLOT_BITS, SLOTS

MANY = 1 << 32  # more objnodes than six levels of 64 slots can have, and so more prefixes


@dataclass(frozen=True, slots=True)
class Part:
    """What is below some slots of an objnode, or below its one slot that leads to an objnode, that included.

    slots_in_use  how many of these slots are
    objnodes      how many there are
    prefixes      how many distinct ones the indexes have, at each level that has objnodes, from 1 up
    lawful        whether SHR-2 holds of every one
    pages         whether there is a page
    """

    slots_in_use: Any
    objnodes: Any
    prefixes: tuple[Any, ...]
    lawful: Any
    pages: Any

    def hypothesis(self, path: Path) -> Iterator[Claim]:
        """What is supposed of a part, and claimed of a greater one."""
        excess, used = self.objnodes - sum(self.prefixes), self.slots_in_use >= 1
        yield Claim(excess >= 0, "fewer objnodes than prefixes")
        yield Claim(same(excess == 0, self.lawful), "as many objnodes as prefixes without SHR-2, or SHR-2 without that")
        yield Claim(implies(path, self.pages, used), "a page, and no slot in use")
        yield Claim(implies(path, every(path, (self.lawful, used)), self.pages), "SHR-2, a slot in use, and no page")
        for prefixes in self.prefixes:
            yield Claim(same(prefixes >= 1, self.pages), "prefixes without a page, or a page without a prefix")


# What one slot leads to that leads to a page.
PAGE = Part(1, 0, (), lawful=True, pages=True)


def any_part(path: Path, name: str, slots_in_use: Any, prefixes: tuple[Any, ...], pages: Any) -> Part:
    """An arbitrary part of which the hypothesis holds, with so many prefixes, and pages or not."""
    excess = path.integer(f"objnodes too many below {name}", 0, MANY)
    lawful = path.integer(f"lawful below {name}", 0, 1) == 1
    part = Part(slots_in_use, sum(prefixes) + excess, prefixes, lawful, pages)
    for claim in part.hypothesis(path):
        path.assume(claim.holds)
    return part


def any_part_at(path: Path, name: str, slots_in_use: Any, levels: int) -> Part:
    """The same, with so many levels of objnodes."""
    counts = [path.integer(f"prefixes at level {level} below {name}", 0, MANY) for level in range(1, levels + 1)]
    return any_part(path, name, slots_in_use, tuple(counts), path.integer(f"pages below {name}", 0, 1) == 1)


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a tree: its index, and the slots that lead to it, root first."""

    index: Any
    slots: tuple[Any, ...]


@dataclass(slots=True)
class LevelRun:
    """An objnode, with what is below the slots looked at so far, and below one more; and two pages below it.

    above  the number that the slots spell which lead to the objnode
    """

    path: Path
    level: int
    seen: Part
    one_more: Part
    above: Any
    pages: tuple[Page, Page]


def run_level(level: int, path: Path) -> LevelRun:
    """An arbitrary objnode at a level of an arbitrary tree, of which nothing but SHR-3 is supposed."""
    used = path.integer("slots looked at and in use", 0, SLOTS)
    seen = any_part_at(path, "the slots looked at", used, level - 1)
    one_more = PAGE if level == 1 else any_part_at(path, "one more", 1, level - 1)
    above = path.integer("spelled above", 0, law.prefix(INDEX_LIMIT - 1, level))
    return LevelRun(path, level, seen, one_more, above, (_page(path, above, level), _page(path, above, level)))


def _page(path: Path, above: Any, level: int) -> Page:
    """Any page below an objnode."""
    index: Any = path.integer("index", -INDEX_LIMIT, 2 * INDEX_LIMIT)
    slots: tuple[Any, ...] = tuple(path.integer(f"slot at level {one}", 0, SLOTS - 1) for one in range(level, 0, -1))
    if not law.shr_3(index, (above, *slots)):
        path.stop(Infeasible())
    return Page(index, slots)


def prefixes_add_up(run: LevelRun) -> Iterator[Claim]:
    """SHR-3: below an objnode all pages have one prefix at its level; below different slots, none in common lower."""
    one, other = run.pages
    for page in run.pages:
        found = law.prefix(page.index, run.level)
        yield Claim(found == run.above, f"prefix {found} of {page.index}, below an objnode of prefix {run.above}")
        below, spelled = law.prefix(page.index, run.level - 1), (run.above << SLOT_BITS) + page.slots[0]
        yield Claim(below == spelled, f"prefix {below} of {page.index}, in slot {page.slots[0]}")
    if one.slots[0] != other.slots[0]:
        for level in range(run.level):
            apart = law.prefix(one.index, level) != law.prefix(other.index, level)
            yield Claim(apart, f"one prefix of {one.index} and {other.index} at level {level}")


def one_slot_more(run: LevelRun) -> Iterator[Claim]:
    """SHR-4: what is supposed of the slots looked at is so of none, and stays so with one more: prefixes add up."""
    seen, more = run.seen, run.one_more
    yield from Part(0, 0, (0,) * (run.level - 1), lawful=True, pages=False).hypothesis(run.path)
    together = Part(
        seen.slots_in_use + more.slots_in_use,
        seen.objnodes + more.objnodes,
        tuple(one + other for one, other in zip(seen.prefixes, more.prefixes, strict=True)),
        every(run.path, (seen.lawful, more.lawful)),
        either(seen.pages, more.pages),
    )
    yield from together.hypothesis(run.path)


def all_slots(run: LevelRun) -> Iterator[Claim]:
    """SHR-2: with all slots looked at, it is so of the objnode, too, which has one prefix at its level, or no page."""
    seen = run.seen
    own = run.path.integer("prefixes at its level", 0, 1)
    run.path.assume(same(own == 1, seen.pages))
    lawful = every(run.path, (seen.lawful, law.shr_2(seen.slots_in_use)))
    yield from Part(1, seen.objnodes + 1, (*seen.prefixes, own), lawful, seen.pages).hypothesis(run.path)


@dataclass(slots=True)
class TreeRun:
    """A whole tree: what is below its root, that included, and the set of its indexes.

    slots_in_use, slot_0  of the root: how many, and whether slot 0 is (1) or not (0)
    computed              the height and the number of objnodes that the law computes of the indexes
    """

    path: Path
    height: int
    whole: Part
    indexes: AnySet
    slots_in_use: Any = 0
    slot_0: Any = 0
    computed: tuple[int, Any] = (0, 0)


def run_tree(height: int, path: Path) -> TreeRun:
    """An arbitrary tree, of which nothing but SHR-3 is supposed: below its root, all indexes have prefix 0."""
    pages = height == 0 or path.choose(("pages", "no page")) == "pages"
    indexes = AnySet(path, "the tree", empty=not pages)
    indexes.has_none(lambda index: law.prefix(index, height) != 0)
    prefixes = tuple(indexes.distinct_prefixes(level) for level in range(1, height + 1))
    run = TreeRun(path, height, any_part(path, "the root", 1, prefixes, pages) if height else PAGE, indexes)
    if height > 0:
        _use_slots(run)
    of_sets = law_of_sets()
    run.computed = of_sets.height(indexes), of_sets.objnodes(indexes)
    return run


def _use_slots(run: TreeRun) -> None:
    """The root's slots: a page is below a slot in use, and below a slot in use is a page, if SHR-2 holds."""
    path, below = run.path, run.height - 1
    run.slots_in_use = path.integer("slots_in_use", 0, SLOTS)
    run.slot_0 = path.integer("slot 0 in use", 0, 1)
    path.assume(run.slot_0 <= run.slots_in_use)
    path.assume(implies(path, run.whole.lawful, law.shr_2(run.slots_in_use)))
    below_slot_0 = run.indexes.has(lambda index: law.prefix(index, below) == 0)
    below_others = run.indexes.has(lambda index: law.prefix(index, below) != 0)
    for pages, slots in ((below_slot_0, run.slot_0), (below_others, run.slots_in_use - run.slot_0)):
        path.assume(implies(path, pages, slots >= 1))
        path.assume(implies(path, every(path, (run.whole.lawful, slots >= 1)), pages))


def height_is_computed(run: TreeRun) -> Iterator[Claim]:
    """SHR-1: where SHR-2 holds, the tree has the height that the law computes if, and only if, SHR-1 holds, too."""
    computed = run.computed[0] == run.height
    lowest = law.shr_1(run.height, run.slots_in_use, slot_0_used=run.slot_0 == 1)
    claim = implies(run.path, run.whole.lawful, same(computed, lowest))
    yield Claim(claim, f"height {run.height}, computed {run.computed[0]}; SHR-1: {lowest}")


def tree_is_computed(run: TreeRun) -> Iterator[Claim]:
    """SHR-4: a tree has the height and the objnodes that the law computes if, and only if, SHR-1 and SHR-2 hold."""
    height, objnodes = run.computed
    lowest = law.shr_1(run.height, run.slots_in_use, slot_0_used=run.slot_0 == 1)
    lawful = every(run.path, (run.whole.lawful, lowest))
    computed = every(run.path, (height == run.height, objnodes == run.whole.objnodes))
    told = f"height {run.height} and {run.whole.objnodes} objnodes, computed {height} and {objnodes}"
    yield Claim(same(computed, lawful), f"{told}; SHR-1: {lowest}, SHR-2: {run.whole.lawful}")


LEVEL_CLAIMS: dict[str, Claims] = {"SHR-2": all_slots, "SHR-3": prefixes_add_up, "SHR-4": one_slot_more}
TREE_CLAIMS: dict[str, Claims] = {"SHR-1": height_is_computed, "SHR-4": tree_is_computed}
