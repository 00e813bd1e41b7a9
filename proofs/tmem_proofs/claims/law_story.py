"""A path through the canonical law, told with numbers in it. A witness is a real set of indexes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from tmem_proofs.claims.law_prefixes import PrefixRun
from tmem_proofs.claims.law_steps import NOT_COMPUTED, SetRun
from tmem_proofs.claims.law_trees import LevelRun, Part, TreeRun
from tmem_proofs.engine.terms import Valuation
from tmem_proofs.story import number
from tmem_spec import law


def witness(run: Any, values: Valuation) -> str:
    """One line: indexes with which the path is taken."""
    match run:
        case SetRun(index=None):
            return _described(plain(run.sets.more, values))
        case SetRun():
            fewer, more = (plain(indexes, values) for indexes in run.sets)
            return f"{_described(fewer)}; with {number(run.index, values)}: {_described(more)}"
        case TreeRun():
            return f"a tree of height {run.height} with {_described(plain(run.indexes, values))}"
        case LevelRun():
            one, other = (_page(page.index, page.slots, values) for page in run.pages)
            return f"below an objnode of prefix {number(run.above, values)} at level {run.level}, {one} and {other}"
        case _:
            assert isinstance(run, PrefixRun)  # noqa: S101 - for the type checker
            return f"prefixes {_shown(run.here, values)} of {_shown(run.indexes, values)} at level {run.level}"


def plain(indexes: Any, values: Valuation) -> frozenset[int]:
    """A real set with which the path is taken: those that came up of an arbitrary one."""
    return frozenset(indexes.known(lambda index: number(index, values)))


def tell(run: Any, values: Valuation, found: str) -> str:
    """The story of a refutation."""
    return "\n".join([*_lines(run, values), f"found: {found}"])


def _lines(run: Any, values: Valuation) -> Iterator[str]:
    match run:
        case SetRun():
            yield from _sets(run, values)
        case TreeRun():
            yield f"tree of height {run.height}, {_part(run.whole, values)}"
            yield f"root: slots_in_use {number(run.slots_in_use, values)}, slot 0 in use: {_truth(run.slot_0, values)}"
            yield f"indexes: {sorted(plain(run.indexes, values))}, and any others"
            yield f"computed: height {run.computed[0]}, {number(run.computed[1], values)} objnodes"
        case LevelRun():
            yield f"objnode at level {run.level}, prefix {number(run.above, values)}"
            yield f"below the slots looked at: {_part(run.seen, values)}"
            yield f"below one more: {_part(run.one_more, values)}"
            yield from (f"any page: {_page(page.index, page.slots, values)}" for page in run.pages)
        case _:
            yield witness(run, values)


def _sets(run: SetRun, values: Valuation) -> Iterator[str]:
    """One set, or both, with what is computed of them on the path."""
    names = ("set",) if run.index is None else ("set without the index", "set with the index")
    if run.index is not None:
        yield f"index: {number(run.index, values)}"
    for name, at in zip(names, (0, 1), strict=False):
        yield f"{name}: {sorted(plain(run.sets[at], values))}, and any others"
        if run.heights is not NOT_COMPUTED:
            yield f"  height {run.heights[at]}"
        if run.objnodes is not NOT_COMPUTED:
            yield f"  {number(run.objnodes[at], values)} objnodes"
        if run.prefixes:
            shown = _shown((pair[at] for pair in run.prefixes.values()), values)
            yield f"  {shown[0]} indexes, and at each level from 1 so many prefixes: {shown[1:]}"


def _described(indexes: frozenset[int]) -> str:
    """`{0, 64}: height 2, objnodes 3`."""
    return f"{{{', '.join(map(str, sorted(indexes)))}}}: height {law.height(indexes)}, objnodes {law.objnodes(indexes)}"


def _part(part: Part, values: Valuation) -> str:
    slots, objnodes = number(part.slots_in_use, values), number(part.objnodes, values)
    prefixes = _shown(part.prefixes, values)
    told = f"SHR-2: {_truth(part.lawful, values)}, pages: {_truth(part.pages, values)}"
    return f"{slots} slots in use, {objnodes} objnodes, prefixes at each level {prefixes}, {told}"


def _page(index: Any, slots: Iterable[Any], values: Valuation) -> str:
    return f"page {number(index, values)} in slots {_shown(slots, values)}"


def _shown(things: Iterable[Any], values: Valuation) -> list[int]:
    return [number(one, values) for one in things]


def _truth(fact: Any, values: Valuation) -> bool:
    return number(fact, values) == 1
