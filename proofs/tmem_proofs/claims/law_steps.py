"""The canonical law on arbitrary sets of indexes: the specification's own `height` and `objnodes`, run on them.

They are run on a set of any number of indexes, and on that set with an index added or taken out: so what is claimed of
the empty set, and kept by adding an index, is true of every set.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from tmem_proofs.claims.claim import Claim
from tmem_proofs.engine.explorer import Path
from tmem_proofs.engine.sets import AnySet, IndexSet, WithIndex, WithoutIndex, law_of_sets
from tmem_spec import law
from tmem_spec.words import INDEX_LIMIT, MAX_HEIGHT, max_index

LEVELS = range(1, MAX_HEIGHT + 1)


class Pair(NamedTuple):
    """Something of the set with fewer indexes, and of the one with more; of one set alone, both are the same."""

    fewer: Any
    more: Any


NOT_COMPUTED = Pair(None, None)


@dataclass(slots=True)
class SetRun:
    """One path through the law, on one set or on two, of which one is the other with an index.

    index     the index that was added, or taken out; None if there is one set alone
    prefixes  how many distinct ones there are at each level, level 0 being the indexes themselves
    new       at each level, whether none of the fewer has the prefix of the index
    """

    path: Path
    case: str
    sets: Pair
    index: Any = None
    heights: Pair = NOT_COMPUTED
    objnodes: Pair = NOT_COMPUTED
    prefixes: dict[int, Pair] = field(default_factory=dict)
    new: dict[int, bool] = field(default_factory=dict)


# Sets to begin with.


def empty(path: Path) -> SetRun:
    """No index."""
    nothing = AnySet(path, "no index", empty=True)
    return SetRun(path, "empty", Pair(nothing, nothing))


def any_set(path: Path) -> SetRun:
    """At least one index."""
    indexes = AnySet(path, "the set")
    return SetRun(path, "any set", Pair(indexes, indexes))


def inserting(path: Path) -> SetRun:
    """Any set, and that set with any index, which may be there already."""
    before = AnySet(path, "the set", empty=path.choose(("some", "no index")) == "no index")
    index = path.integer("index", 0, INDEX_LIMIT - 1)
    return SetRun(path, "inserting", Pair(before, WithIndex(before, index)), index)


def removing(path: Path) -> SetRun:
    """Any set without any one of its indexes, and that set."""
    before = AnySet(path, "the set")
    index = before.some("one")
    return SetRun(path, "removing", Pair(WithoutIndex(before, index), before), index)


# What the law computes of them.


def compute_heights(run: SetRun) -> None:
    """Run `height`."""
    run.heights = Pair(*map(law_of_sets().height, run.sets))


def compute_objnodes(run: SetRun) -> None:
    """Run `height` and `objnodes`, and ask for what they ask for, whether they do or not."""
    compute_heights(run)
    run.objnodes = Pair(*map(law_of_sets().objnodes, run.sets))
    compute_prefixes(run)


def compute_prefixes(run: SetRun) -> None:
    """Ask of each level for the number of prefixes, and whether that of the index is new."""
    for level in (0, *LEVELS):
        if run.index is not None:
            run.new[level] = not run.sets.fewer.has_prefix(law.prefix(run.index, level), level)
        run.prefixes[level] = Pair(*(indexes.distinct_prefixes(level) for indexes in run.sets))


def compute_objnodes_of_few(run: SetRun) -> None:
    """The same, of sets that have no more prefixes than indexes at each level: and so have all (`inserting`)."""
    compute_objnodes(run)
    pages, *levels = run.prefixes.values()
    for prefixes in levels:
        run.path.assume(prefixes.more <= pages.more)


# What is claimed of the height.


def no_height_of_nothing(run: SetRun) -> Iterator[Claim]:
    """SHR-1: a tree without an index has height 0."""
    yield Claim(run.heights.more == 0, f"height {run.heights.more} without an index")


def height_is_least(run: SetRun) -> Iterator[Claim]:
    """SHR-1: every index fits into a tree of that height; into a lower one, some index does not."""
    indexes, height = run.sets.more, run.heights.more
    index = indexes.some("any")
    yield Claim(index <= max_index(height), f"height {height} is too low for index {index}")
    if height > 0:
        yield Claim(indexes.has(lambda one: one > max_index(height - 1)), f"height {height} is too high")


def height_is_of_either(run: SetRun) -> Iterator[Claim]:
    """SHR-1: with an index, the height is that of the others, or that of the index alone: the greater."""
    fewer, more = run.heights
    alone = law_of_sets().height(WithIndex(AnySet(run.path, "no index", empty=True), run.index))
    yield Claim(more == max(fewer, alone), f"height {more}; of the others {fewer}, of the index alone {alone}")


# What is claimed of the objnodes.


def no_objnode_of_nothing(run: SetRun) -> Iterator[Claim]:
    """SHR-4: a tree without an index has no objnode."""
    yield Claim(run.objnodes.more == 0, f"{run.objnodes.more} objnodes without an index")


def objnodes_are_prefixes(run: SetRun) -> Iterator[Claim]:
    """SHR-4: at each level that some index needs, one for each distinct prefix; none at any other level."""
    indexes, objnodes = run.sets.more, run.objnodes.more
    needed = [level for level in LEVELS if _reaches(indexes, level)]
    wanted = sum(run.prefixes[level].more for level in needed)
    yield Claim(objnodes == wanted, f"objnodes other than the prefixes at the levels needed, {needed}")


def _reaches(indexes: IndexSet, level: int) -> bool:
    """Whether some index needs a tree of that many levels."""
    return indexes.has(lambda index: index > max_index(level - 1))


def objnodes_differ_by_new_prefixes(run: SetRun) -> Iterator[Claim]:
    """SHR-4: an index needs one at each level at which its prefix is new, and one for each level that a tree grows."""
    fewer, height = run.heights
    grown = 0 if run.sets.fewer.empty else height - fewer
    wanted = grown + sum(run.new[level] for level in LEVELS if level <= height)
    yield Claim(_needed(run) == wanted, f"more objnodes, or fewer, for the index than the {wanted} that it needs")


def objnodes_a_put(run: SetRun) -> Iterator[Claim]:
    """MEM-6: an index needs no more objnodes than a put may ask for: 11, and none if it is there already."""
    most = law.most_objnodes(duplicate=not run.new[0])
    yield Claim(_needed(run) <= most, f"more than {most} objnodes for the index")


def _needed(run: SetRun) -> Any:
    """How many objnodes the index makes necessary."""
    return run.objnodes.more - run.objnodes.fewer


def six_objnodes_a_page(run: SetRun) -> Iterator[Claim]:
    """SHR-4: objnodes are 6 times as many as indexes at most."""
    most = MAX_HEIGHT * run.prefixes[0].more
    yield Claim(run.objnodes.more <= most, f"more than {MAX_HEIGHT} objnodes for each index")


# What is claimed of the prefixes.


def no_prefix_of_nothing(run: SetRun) -> Iterator[Claim]:
    """SHR-4: no index, no prefix."""
    for level, prefixes in run.prefixes.items():
        yield Claim(prefixes.more == 0, f"a prefix at level {level} without an index")


def no_more_prefixes_than_indexes(run: SetRun) -> Iterator[Claim]:
    """SHR-4: if the others have at each level no more prefixes than they are, so have they with the index."""
    pages, *levels = run.prefixes.values()
    for prefixes in levels:
        run.path.assume(prefixes.fewer <= pages.fewer)
    for level, prefixes in zip(LEVELS, levels, strict=True):
        yield Claim(prefixes.more <= pages.more, f"more prefixes at level {level} than indexes")
