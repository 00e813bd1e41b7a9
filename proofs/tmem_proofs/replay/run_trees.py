"""Runs: a path through `span`, `fill`, `plant` or `cut` becomes a real tree, and a run of it for the shipped function.

The tree is that of the indexes which the path's values give, and it must be the one that the path began with. A path
ends where `cut` hands its last page to `delete`: there the shipped tree must be that of the path, afterwards lawful.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tmem_proofs.claims.run_trees import CUT, SPAN, TreeRun
from tmem_proofs.engine.lists import Repeated
from tmem_proofs.engine.slots import UsedOf
from tmem_proofs.engine.symbolic import as_fact
from tmem_proofs.engine.terms import Term, Valuation
from tmem_proofs.replay.agree import ReplayError
from tmem_proofs.replay.plain import State, at_first, at_now, places
from tmem_proofs.replay.run_cases import RunCase, held_at, pages_of
from tmem_proofs.story import number
from tmem_spec import law
from tmem_spec.words import SLOT_BITS

FEW = 2


def replay(run: TreeRun) -> bool:
    """Replay a path; whether there was something to replay. Raises ReplayError. Asks the solver."""
    case = concretise(run)
    if case is not None:
        case.replay()
    return case is not None


def concretise(run: TreeRun) -> RunCase | None:
    """The path in plain values, with as few pages as it allows; None if it cannot be taken, or if it ends in an error.

    Asks the solver. Raises ReplayError if the path can be taken and no canonical tree is found for it.
    """
    if run.error is not None and run.surroundings.raised is None:
        return None
    for fact in _facts(run):
        values = run.path.witness(fact)
        before = None if values is None else _before(run, values)
        if values is not None and before is not None and _is_canonical(before):
            return _case(run, before, values)
    if run.path.witness() is None:
        return None
    raise ReplayError(f"no canonical tree for a path of {run.operation} at height {run.height}")


def _case(run: TreeRun, before: State, values: Valuation) -> RunCase:
    return RunCase(
        run.operation,
        before,
        number(run.index, values),
        number(run.count, values),
        tuple(_answer(run, before, values)),
        State(
            run.obj.height,
            number(run.obj.pampd_count, values),
            number(run.obj.objnode_count, values),
            at_now(run.obj.root, run.obj.height, 0, values),
        ),
        tuple(number(index, values) for index in run.deleted),
        len(run.nodes),
        run.surroundings.short,
    )


def _before(run: TreeRun, values: Valuation) -> State:
    counts = number(run.pampd_count, values), number(run.objnode_count, values)
    return State(run.height, *counts, at_first(run.root, run.height, 0, values))


def _answer(run: TreeRun, before: State, values: Valuation) -> Iterator[int | None]:
    """What `span` gives of each index, or the pages that `cut` hands out."""
    if run.operation == SPAN and isinstance(run.result, Repeated):
        changed = {number(at, values): 0 for at, _ in run.result.changes}  # of the one page of a tree of height 0
        yield from (changed.get(at) for at in range(number(run.result.length, values)))
    elif run.operation == SPAN:
        yield from (held_at(one, pages_of(before)) for one in _indexes_of(run.result, run, values))
    elif run.operation == CUT:
        for one in run.result[0]:
            yield from _handed(one, run, before, values)


def _handed(one: Any, run: TreeRun, before: State, values: Valuation) -> Iterator[int]:
    """The pages of a part, all of them or those that are used; or the one page that was deleted."""
    if isinstance(one, UsedOf):
        yield from (index for index in _indexes_of(one.part, run, values) if index in pages_of(before))
    elif one in run.heap.first_pampds:
        yield number(run.deleted[0], values)
    else:
        yield from _indexes_of(one, run, values)


def _indexes_of(part: Any, run: TreeRun, values: Valuation) -> range:
    """The indexes of a part of a leaf."""
    leaf = next(node for node in run.heap.first_nodes if node.slots is part.slots)
    _, prefix = dict(places(run.root, run.height, 0, values))[id(leaf)]
    start, stop = number(part.start, values), number(part.stop, values)
    return range(prefix << SLOT_BITS | start, (prefix << SLOT_BITS | start) + stop - start)


def _facts(run: TreeRun) -> Iterator[Term]:
    """Of the tree: that it counts what it has, and is small; or, where that cannot be, larger."""
    nodes = [node.slots for node in run.heap.first_nodes]
    pages = sum(slots.unseen() for slots in nodes) + len(run.heap.first_pampds)
    objnodes = sum(1 + slots.unseen() * (slots.level - 1) for slots in nodes)
    real = [run.pampd_count == pages, run.objnode_count == objnodes]
    few = [slots.unseen() <= FEW for slots in nodes]
    root = [slots.used > 1 for slots in nodes if slots.root]
    room = [
        slots.unseen() + len(slots.first) + (last - first + 1) <= slots.size
        for slots in nodes
        for first, last in slots.vacant
    ]
    for more in ([*few, *root, *room], [*root, *room], room, []):
        yield run.path.terms.every(as_fact(run.path.terms, claim) for claim in (*real, *more))


def _is_canonical(state: State) -> bool:
    """Whether a state that the values give is one that a tree can have."""
    pages = pages_of(state)
    return (state.height, state.objnode_count) == (law.height(pages), law.objnodes(pages))
