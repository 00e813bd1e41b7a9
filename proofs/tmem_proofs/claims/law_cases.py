"""The canonical law: everything that is run of it, on which sets or trees, and what is claimed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from tmem_proofs.claims import law_prefixes, law_steps, law_trees
from tmem_proofs.claims.claim import Claims
from tmem_proofs.claims.law_steps import SetRun, compute_heights, compute_objnodes, compute_prefixes
from tmem_proofs.engine.explorer import Path
from tmem_proofs.source import Code
from tmem_spec import law
from tmem_spec.words import MAX_HEIGHT


@dataclass(frozen=True, slots=True)
class LawCase:
    """A function of the law, on one kind of sets or trees, and what is claimed of it."""

    function: Callable[..., Any]
    operation: str
    case: str
    go: Callable[[Path], Any]
    claims: dict[str, Claims]

    def run(self, path: Path, code: Code) -> Any:
        """Go along one path, to its end."""
        del code  # the specification's own is run
        return self.go(path)


def _of_sets(
    function: Callable[..., Any],
    start: Callable[[Path], SetRun],
    compute: Callable[[SetRun], None],
    claims: dict[str, Claims],
    case: str = "",
) -> LawCase:
    """A function on the sets that `start` gives, and what is computed of them."""

    def go(path: Path) -> SetRun:
        run = start(path)
        compute(run)
        return run

    return LawCase(function, function.__name__, case or start.__name__.replace("_", " "), go, claims)


_HEIGHTS = (
    _of_sets(law.height, law_steps.empty, compute_heights, {"SHR-1": law_steps.no_height_of_nothing}),
    _of_sets(law.height, law_steps.any_set, compute_heights, {"SHR-1": law_steps.height_is_least}),
    _of_sets(law.height, law_steps.inserting, compute_heights, {"SHR-1": law_steps.height_is_of_either}),
    _of_sets(law.height, law_steps.removing, compute_heights, {"SHR-1": law_steps.height_is_of_either}),
)

_DIFFERENCE: dict[str, Claims] = {"SHR-4": law_steps.objnodes_differ_by_new_prefixes}

_OBJNODES = (
    _of_sets(law.objnodes, law_steps.removing, compute_objnodes, _DIFFERENCE),
    _of_sets(law.objnodes, law_steps.inserting, compute_objnodes, {**_DIFFERENCE, "MEM-6": law_steps.objnodes_a_put}),
    _of_sets(law.objnodes, law_steps.empty, compute_objnodes, {"SHR-4": law_steps.no_objnode_of_nothing}),
    _of_sets(law.objnodes, law_steps.any_set, compute_objnodes, {"SHR-4": law_steps.objnodes_are_prefixes}),
    _of_sets(
        law.objnodes,
        law_steps.any_set,
        law_steps.compute_objnodes_of_few,
        {"SHR-4": law_steps.six_objnodes_a_page},
        "six a page",
    ),
)

_PREFIXES = (
    _of_sets(
        law.distinct_prefixes, law_steps.inserting, compute_prefixes, {"SHR-4": law_steps.no_more_prefixes_than_indexes}
    ),
    _of_sets(law.distinct_prefixes, law_steps.empty, compute_prefixes, {"SHR-4": law_steps.no_prefix_of_nothing}),
    LawCase(
        law.prefix,
        "prefix",
        "any",
        law_prefixes.run_prefix,
        {"SHR-3": law_prefixes.prefixes_keep_the_order, "SHR-4": law_prefixes.prefixes_stay_together},
    ),
)

_TREES = (
    *(
        LawCase(law.objnodes, "tree", f"level {level}", partial(law_trees.run_level, level), law_trees.LEVEL_CLAIMS)
        for level in range(MAX_HEIGHT, 0, -1)
    ),
    *(
        LawCase(law.objnodes, "tree", f"height {height}", partial(law_trees.run_tree, height), law_trees.TREE_CLAIMS)
        for height in range(MAX_HEIGHT, -1, -1)
    ),
)

LAW_CASES = (*_OBJNODES, *_HEIGHTS, *_PREFIXES, *_TREES)
