"""Runs: the shipped functions of `_runs`, on an arbitrary tree of each height, and an arbitrary run of 1 to 64 indexes.

  span    what a run holds · fill: pages for all of it, where its leaf is there · plant: where it is not
  cut     all of its pages go

The run is of any length: its slots are read and written as one, and what is claimed is claimed of an arbitrary index
in it, and of an arbitrary one beside it. Two loops stand for themselves as contracts: `used` gives what the used slots
of a run hold, `_last_used` the last slot of it that is in use, or the one before it. That they do is proved beside it.

`cut` hands its last page to `delete`, which is proved of every well-formed tree: so what is claimed of `cut` is that
the tree is well-formed then, with that one page left of the run. Then it goes, by the contract of `delete`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from tmem_proofs.engine.contracts import noted
from tmem_proofs.engine.environment import GIVEN, CallbackError, Surroundings
from tmem_proofs.engine.explorer import Infeasible, Path
from tmem_proofs.engine.heap import Heap, walk
from tmem_proofs.engine.lists import NewRun, length_of
from tmem_proofs.engine.slots import Part, Slots, UsedOf
from tmem_proofs.engine.symbolic import as_fact
from tmem_proofs.engine.terms import Term, Valuation
from tmem_proofs.source import Code
from tmem_proofs.story import number
from tmem_spec.words import INDEX_LIMIT, MAX_HEIGHT, SLOT_BITS, SLOTS

SPAN, FILL, PLANT, CUT = "span", "fill", "plant", "cut"


@dataclass(slots=True)
class TreeRun:
    """One path: the tree before and after, the run, what went in and what came out."""

    path: Path
    heap: Heap
    operation: str
    height: int
    obj: Any
    root: Any
    leaves: Any
    pampd_count: Any
    objnode_count: Any
    index: Any
    count: Any
    surroundings: Surroundings
    new: NewRun
    nodes: list[Any] = field(default_factory=list)
    deleted: list[Any] = field(default_factory=list)
    result: Any = None
    error: BaseException | None = None
    settled: Term | None = None

    def inside(self, index: Any) -> bool:
        """Whether an index is one of the run: the path decides."""
        return bool(index >= self.index) and bool(index < self.index + self.count)

    def goes(self, index: Any) -> bool:
        """Whether an index was handed to `delete`."""
        return any(bool(index == one) for one in self.deleted)


def run_on_tree(operation: str, height: int, path: Path, code: Code) -> TreeRun:
    """Go along one path through one function, from an object of this height."""
    run = _start(operation, height, path, code)
    vars(code.runs)["delete"] = noted(path, "delete", partial(_delete, run))
    try:
        OPERATIONS[operation](run, code)
    except (Exception, CallbackError) as error:  # noqa: BLE001 - want of memory is expected of `plant`; else a refutation
        run.error = error
    _settle(run)
    return run


def _start(operation: str, height: int, path: Path, code: Code) -> TreeRun:
    heap = Heap(path, code.tree)
    surroundings = Surroundings(path, heap, code.tree, (GIVEN,))
    heap.exhausted = surroundings.exhausted
    stand_ins: dict[str, Callable[..., Any]] = {"used": UsedOf, "_last_used": partial(_last_used, path)}
    vars(code.runs).update({name: noted(path, name, one) for name, one in stand_ins.items()})
    vars(code.runs)["len"] = length_of
    obj = heap.obj(height)
    index = path.integer("first index", 0, INDEX_LIMIT - 1)
    count = path.integer("pages", 1, SLOTS)
    path.assume((index & SLOTS - 1) + count <= SLOTS)
    counts = obj.pampd_count, obj.objnode_count
    state = path, heap, operation, height, obj, obj.root, obj.leaves, *counts, index, count
    return TreeRun(*state, surroundings, NewRun(count))


def _last_used(path: Path, slots: Slots, first: Any, last: Any) -> Any:
    """A used slot, above which none of the run is used; or none is."""
    if path.choose(("a page in the run", "no page in the run")) == "no page in the run":
        slots.vacate(first, last)
        return first - 1
    slot = path.integer(f"last used slot of {slots.name}", 0, SLOTS - 1)
    path.assume(slot >= first)
    path.assume(slot <= last)
    slots.vacate(slot + 1, last)
    if slots[slot] is None:
        path.stop(Infeasible())
    return slot


def _delete(run: TreeRun, obj: Any, index: Any) -> tuple[Any, list[Any]]:
    """The contract of `delete`, as far as `cut` sees it: the page is handed out. It goes later: see the module."""
    run.deleted.append(index)
    return walk(run.heap, obj.root, obj.height, index, Slots.__getitem__), []


def _settle(run: TreeRun) -> None:
    """Say that the counts before were right, as `scenario.settle` does."""
    terms = run.path.terms
    equations = (
        run.pampd_count == run.heap.pages_below(run.root, first=True),
        run.objnode_count == run.heap.objnodes_below(run.root, first=True),
    )
    run.settled = terms.every(as_fact(terms, equation) for equation in equations)
    if run.path.knowledge.decided(run.settled) is False:
        run.path.stop(Infeasible())


def _has_leaf(run: TreeRun, code: Code) -> bool:
    has: bool = code.runs.has_leaf(run.obj, run.index)
    return has


def span(run: TreeRun, code: Code) -> None:
    """`span`, of any run."""
    run.result = code.runs.span(run.obj, run.index, run.count)


def fill(run: TreeRun, code: Code) -> None:
    """`fill`, of a run that has its leaf."""
    if not _has_leaf(run, code):
        run.path.stop(Infeasible())
    code.runs.fill(run.obj, run.index, run.new)


def plant(run: TreeRun, code: Code) -> None:
    """`plant`, of a run that has no leaf, through as many objnodes as `missing` says of its first index."""
    if _has_leaf(run, code):
        run.path.stop(Infeasible())
    missing = code.tree.missing(run.obj, run.index)
    run.nodes = [run.surroundings.objnode_alloc(0) for _ in range(missing)]
    code.runs.plant(run.obj, run.index, run.new, list(run.nodes))


def cut(run: TreeRun, code: Code) -> None:
    """`cut`, of any run."""
    run.result = code.runs.cut(run.obj, run.index, run.count)


OPERATIONS: dict[str, Callable[[TreeRun, Code], None]] = {SPAN: span, FILL: fill, PLANT: plant, CUT: cut}

# A tree of height 0 has no leaf to fill, and none to plant one beside.
CASES = [(one, height) for one in OPERATIONS for height in range(MAX_HEIGHT, -1, -1) if height or one in {SPAN, CUT}]


def witness(run: TreeRun, values: Valuation) -> str:
    """One line."""
    index, count = number(run.index, values), number(run.count, values)
    return f"{run.operation} of {count} indexes from {index}, in an object of height {run.height}"


def tell(run: TreeRun, values: Valuation, found: str) -> str:
    """The story of a refutation."""
    slots = [f"{node.slots.name} with slots_in_use {number(node.slots.used, values)}" for node in run.heap.first_nodes]
    met = "; ".join([*slots, *run.path.notes])
    return f"call: {witness(run, values)}\nobjnodes met: {met}\nresult: {run.result!r}, {run.error!r}\nfound: {found}"


def handed_out(run: TreeRun, index: Any, was: Any) -> int:
    """How often `cut` has handed out the page that was at an index."""
    times = 0
    slot = index & SLOTS - 1
    for one in run.result[0]:
        part = one.part if isinstance(one, UsedOf) else one
        if isinstance(part, Part):
            times += bool(index >> SLOT_BITS == run.index >> SLOT_BITS) and part.has(slot)
        else:
            times += one is was
    return times
