"""What is claimed of the functions of runs: of each index in the run, each beside it, and of the tree as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tmem_proofs.claims.claim import Claim, Claims
from tmem_proofs.claims.run_trees import CUT, FILL, PLANT, SPAN, TreeRun, handed_out
from tmem_proofs.engine.environment import CallbackError
from tmem_proofs.engine.heap import Misplaced, at_first, at_now, leaf_of, same_place
from tmem_proofs.engine.slots import Slots
from tmem_spec import law
from tmem_spec.words import INDEX_LIMIT, SLOT_BITS, SLOTS


def _first(run: TreeRun, index: Any) -> Any:
    return at_first(run.heap, run.root, run.height, index)


def _now(run: TreeRun, index: Any) -> Any:
    return at_now(run.heap, run.obj.root, run.obj.height, index)


def _within(run: TreeRun) -> Any:
    """The place of an arbitrary index in the run."""
    at = run.path.integer("place in the run", 0, SLOTS - 1)
    run.path.assume(at < run.count)
    return at


def holds_what_it_says(run: TreeRun) -> Iterator[Claim]:
    """COH-1, of `span`: an answer for each index of the run, and each is what is there."""
    yield Claim(run.result.length == run.count, f"{run.result.length} answers")
    at = _within(run)
    was, said = _first(run, run.index + at), run.result.at(at)
    yield Claim(same_place(was, said), f"{said!r} said of an index that holds {was!r}")


def holds_its_page(run: TreeRun) -> Iterator[Claim]:
    """COH-1, of `fill` and `plant`: each index of the run holds its own page."""
    if run.error is None:
        at = _within(run)
        now = _now(run, run.index + at)
        yield Claim(same_place(now, run.new.at(at)), f"{now!r} at place {at} of the run")


def holds_nothing(run: TreeRun) -> Iterator[Claim]:
    """COH-4, of `cut`: no index of the run holds a page, but one that is handed to `delete`."""
    index = run.index + _within(run)
    if not run.goes(index):
        now = _now(run, index)
        yield Claim(now is None, f"{now!r} in a run that was cut")


def others_stay(run: TreeRun) -> Iterator[Claim]:
    """COH-5: an index beside the run holds what it held; so does every one, if nothing is changed, or it failed."""
    index = run.path.integer("any index", 0, INDEX_LIMIT - 1)
    if run.operation == SPAN or run.error is not None or not run.inside(index) or run.goes(index):
        was, now = _first(run, index), _now(run, index)
        yield Claim(same_place(was, now), f"{now!r} where {was!r} was")


def ends_well(run: TreeRun) -> Iterator[Claim]:
    """ERR-2: it raises nothing; but for want of memory for a leaf, where one comes, and then nothing has changed."""
    allowed = run.error is None or (run.operation == PLANT and isinstance(run.error, CallbackError))
    yield Claim(allowed, f"{run.error!r} raised")
    if run.error is not None:
        same = run.obj.root is run.root and run.obj.height == run.height
        yield Claim(same, "the tree has changed, and it raised")


def pages_are_counted(run: TreeRun) -> Iterator[Claim]:
    """CNT-1: pampd_count changes as the number of pages does."""
    pages = run.heap.pages_below(run.obj.root) - run.heap.pages_below(run.root, first=True)
    counted = run.obj.pampd_count - run.pampd_count
    yield Claim(law.cnt_1(counted, pages), f"pampd_count changed by {counted}, pages by {pages}")


def tree_has_a_page(run: TreeRun) -> Iterator[Claim]:
    """CNT-2: there is a tree, with a page; of a run that is cut, `delete` is handed one that is there, once."""
    yield Claim(run.obj.root is not None and run.heap.pages_below(run.obj.root) > 0, "a tree without a page")
    yield Claim(len(run.deleted) <= 1, f"{run.deleted} deleted")
    for index in run.deleted:
        yield Claim(run.inside(index), f"{index} deleted, which is not in the run")
        yield Claim(_now(run, index) is not None, f"{index} deleted, where there is no page")


def objnodes_are_counted(run: TreeRun) -> Iterator[Claim]:
    """CNT-4: objnode_count changes as the number of objnodes does."""
    nodes = run.heap.objnodes_below(run.obj.root) - run.heap.objnodes_below(run.root, first=True)
    counted = run.obj.objnode_count - run.objnode_count
    yield Claim(law.cnt_4(counted, nodes), f"objnode_count changed by {counted}, objnodes by {nodes}")


def slots_are_counted(run: TreeRun) -> Iterator[Claim]:
    """CNT-5: slots_in_use is right, in every objnode that was met."""
    for node in run.heap.reachable(run.obj.root):
        used = node.slots.used_now()
        yield Claim(law.cnt_5(node.slots_in_use, used), f"{node.slots.name}: slots_in_use {node.slots_in_use}, {used}")


def height_is_least(run: TreeRun) -> Iterator[Claim]:
    """SHR-1, of the tree as it is now."""
    obj = run.obj
    if run.heap.is_node(obj.root):
        used = obj.root.slots[0] is not None
        least = law.shr_1(obj.height, obj.root.slots_in_use, slot_0_used=used)
        yield Claim(least, f"a root at level {obj.height} that uses slot 0 alone")
    else:
        yield Claim(obj.height == 0, f"height {obj.height} over {obj.root!r}")


def no_objnode_is_empty(run: TreeRun) -> Iterator[Claim]:
    """SHR-2, of every objnode that was met."""
    for node in run.heap.reachable(run.obj.root):
        yield Claim(law.shr_2(node.slots_in_use), f"{node.slots.name} is empty")


def leaves_are_known(run: TreeRun) -> Iterator[Claim]:
    """SHR-3: any index leads to a page, or to nothing; and the object knows each leaf, and nothing else."""
    anywhere = run.path.integer("any index", 0, INDEX_LIMIT - 1)
    held = _now(run, anywhere)
    yield Claim(not isinstance(held, Misplaced) and not run.heap.is_node(held), f"{held!r} in the place of a page")
    for prefix in (run.index >> SLOT_BITS, anywhere >> SLOT_BITS):
        leaf = leaf_of(run.heap, run.obj.root, run.obj.height, prefix, Slots.held_now)
        known = run.obj.leaves.held_now(prefix)
        yield Claim(same_place(leaf, known), f"{known!r} is known as the leaf, where {leaf!r} is")


def handed_out_once(run: TreeRun) -> Iterator[Claim]:
    """OWN-1: each objnode is in the tree, once; of a run that is cut, each page is handed out, and no other."""
    staying = list(run.heap.reachable(run.obj.root))
    given = [] if run.error is not None else run.nodes
    for node in (*run.heap.first_nodes, *given):
        times = sum(node is other for other in staying)
        yield Claim(times == 1, f"{node.slots.name} {times} times in the tree")
    if run.operation == CUT:
        index = run.path.integer("any index", 0, INDEX_LIMIT - 1)
        was = _first(run, index)
        times = handed_out(run, index, was) if was is not None else 0
        wanted = int(was is not None and run.inside(index))
        yield Claim(times == wanted, f"{was!r} at {index} handed out {times} times, and not {wanted}")


_CHANGED: dict[str, Claims] = {
    "COH-5": others_stay,
    "CNT-1": pages_are_counted,
    "CNT-2": tree_has_a_page,
    "CNT-4": objnodes_are_counted,
    "CNT-5": slots_are_counted,
    "SHR-1": height_is_least,
    "SHR-2": no_objnode_is_empty,
    "SHR-3": leaves_are_known,
    "OWN-1": handed_out_once,
    "ERR-2": ends_well,
}

_CLAIMS: dict[str, dict[str, Claims]] = {
    SPAN: {"COH-1": holds_what_it_says, "COH-5": others_stay, "ERR-2": ends_well},
    FILL: {"COH-1": holds_its_page, **_CHANGED},
    PLANT: {"COH-1": holds_its_page, **_CHANGED},
    CUT: {"COH-4": holds_nothing, **_CHANGED},
}


def claimed_of_run(operation: str, height: int) -> dict[str, Claims]:
    """The invariants claimed of a function at a height: a tree of height 0 has no objnode."""
    without = {"SHR-2", "CNT-5"} if height == 0 else set()
    return {invariant: claims for invariant, claims in _CLAIMS[operation].items() if invariant not in without}
