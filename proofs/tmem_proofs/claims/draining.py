"""Draining: the shipped `drain`, one step of tearing a tree down, on an arbitrary tree of each height.

The two loops within it, over the 64 slots of an objnode, stand for themselves as contracts here: `_first_used` gives a
used slot below which none is used, `used` what all the used slots hold. That they do is proved beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from tmem_proofs.claims.claim import Claim, Claims
from tmem_proofs.engine.contracts import noted
from tmem_proofs.engine.explorer import Infeasible, Path
from tmem_proofs.engine.heap import Heap, NoLeaves, Pampd, at_first, at_now
from tmem_proofs.engine.slots import Slots, Unseen
from tmem_proofs.engine.terms import Term, Valuation
from tmem_proofs.source import Code
from tmem_proofs.story import number
from tmem_spec import law
from tmem_spec.words import INDEX_LIMIT, SLOTS


@dataclass(eq=False, slots=True)
class PagesOf:
    """The pampds of a leaf, all of them, in order."""

    slots: Slots


@dataclass(slots=True)
class DrainRun:
    """One path through `drain`: the tree before and after, and what was handed out."""

    path: Path
    heap: Heap
    obj: Any
    root: Any
    height: int
    pampd_count: Any
    objnode_count: Any
    pampds: list[Any]
    unlinked: list[Any]
    error: Exception | None = None
    settled: Term | None = None


def run_drain(height: int, path: Path, code: Code) -> DrainRun:
    """Go along one path through a step, from an object of this height."""
    heap = Heap(path, code.tree)
    contracts: dict[str, Callable[..., Any]] = {
        "_first_used": partial(_first_used, path),
        "used": lambda slots: [PagesOf(slots)],
    }
    vars(code.tree).update({name: noted(path, name, stand_in) for name, stand_in in contracts.items()})
    obj = heap.obj(height)
    run = DrainRun(path, heap, obj, obj.root, height, obj.pampd_count, obj.objnode_count, [], [])
    try:
        run.pampds, run.unlinked = code.tree.drain(obj)
    except Exception as error:  # noqa: BLE001 - whatever it raises is a refutation
        run.error = error
    return run


def _first_used(path: Path, slots: Slots) -> Any:
    """A used slot, below which none that is known is used."""
    slot = path.integer(f"first used slot of {slots.name}", 0, slots.size - 1)
    for seen, held in slots.first:
        if held is not None:
            path.assume(slot <= seen)
    if slots[slot] is None:
        path.stop(Infeasible())
    return slot


def witness(run: DrainRun, values: Valuation) -> str:
    """One line."""
    return f"drain of an object of height {run.height} with pampd_count {number(run.pampd_count, values)}"


def tell(run: DrainRun, values: Valuation, found: str) -> str:
    """The story of a refutation."""
    slots = [f"{node.slots.name} with slots_in_use {number(node.slots.used, values)}" for node in run.heap.first_nodes]
    handed = f"{len(run.pampds)} pampds or leaves of them, {len(run.unlinked)} objnodes, error {run.error!r}"
    return f"call: {witness(run, values)}\nobjnodes met: {'; '.join(slots)}\nhanded out: {handed}\nfound: {found}"


def ends_well(run: DrainRun) -> Iterator[Claim]:
    """ERR-2: it raises nothing."""
    yield Claim(run.error is None, f"{run.error!r} raised")


def some_page_goes(run: DrainRun) -> Iterator[Claim]:
    """CNT-1: pampd_count changes as the number of pages does, and falls: so draining comes to an end."""
    pages = run.heap.pages_below(run.obj.root) - run.heap.pages_below(run.root, first=True)
    counted = run.obj.pampd_count - run.pampd_count
    if run.height == 0:
        yield Claim(run.obj.pampd_count == 0, f"pampd_count {run.obj.pampd_count}")
    else:
        yield Claim(law.cnt_1(counted, pages), f"pampd_count changed by {counted}, pages by {pages}")
    yield Claim(pages < 0, f"pages changed by {pages}")


def tree_goes_with_the_last_page(run: DrainRun) -> Iterator[Claim]:
    """CNT-2: there is a tree as long as there is a page."""
    there = run.obj.root is not None
    yield Claim(not there or run.heap.pages_below(run.obj.root) > 0, "a tree without a page")
    yield Claim(there or run.obj.height == 0, f"height {run.obj.height} without a tree")
    yield Claim(isinstance(run.obj.leaves, NoLeaves), "leaves of a tree that is being drained")


def objnodes_are_counted(run: DrainRun) -> Iterator[Claim]:
    """CNT-4: objnode_count changes as the number of objnodes does."""
    nodes = run.heap.objnodes_below(run.obj.root) - run.heap.objnodes_below(run.root, first=True)
    counted = run.obj.objnode_count - run.objnode_count
    yield Claim(law.cnt_4(counted, nodes), f"objnode_count changed by {counted}, objnodes by {nodes}")


def slots_are_counted(run: DrainRun) -> Iterator[Claim]:
    """CNT-5: slots_in_use is right where the tree stays, and 0, with every slot empty, in what is handed out."""
    for node in (*run.heap.reachable(run.obj.root), *run.unlinked):
        used = node.slots.used_now()
        yield Claim(law.cnt_5(node.slots_in_use, used), f"{node.slots.name}: slots_in_use {node.slots_in_use}, {used}")
    for node in run.unlinked:
        yield Claim(node.slots_in_use == 0, f"{node.slots.name} handed out with slots_in_use {node.slots_in_use}")


def no_objnode_is_empty(run: DrainRun) -> Iterator[Claim]:
    """SHR-2, of what stays."""
    for node in run.heap.reachable(run.obj.root):
        yield Claim(law.shr_2(node.slots_in_use), f"{node.slots.name} is empty")


def handed_out_once(run: DrainRun) -> Iterator[Claim]:
    """OWN-1: an objnode stays or is handed out, once; the pages handed out are those of one leaf, which goes too."""
    staying = list(run.heap.reachable(run.obj.root))
    for node in run.heap.first_nodes:
        times = sum(node is other for other in (*staying, *run.unlinked))
        yield Claim(times == 1, f"{node.slots.name} {times} times in the tree or handed out")
    leaf = run.unlinked[0] if run.unlinked else None
    if run.height == 0:
        yield Claim(run.pampds == [run.root], f"{run.pampds!r} handed out")
    else:
        handed = [one.slots for one in run.pampds if isinstance(one, PagesOf)]
        right = leaf is not None and leaf.slots.level == 1 and handed == [leaf.slots]
        yield Claim(right and len(run.pampds) == 1, f"{run.pampds!r} handed out")


def others_stay(run: DrainRun) -> Iterator[Claim]:
    """COH-5: an arbitrary page stays where it is, unless it is one of the leaf handed out."""
    index = run.path.integer("any index", 0, INDEX_LIMIT - 1)
    was = at_first(run.heap, run.root, run.height, index)
    now = at_now(run.heap, run.obj.root, run.obj.height, index)
    gone = isinstance(was, Unseen) and any(one.slots is was.slots for one in run.pampds if isinstance(one, PagesOf))
    if gone or any(one is was for one in run.pampds):
        yield Claim(now is None, f"{now!r} where a page was handed out")
    elif isinstance(was, Unseen) and isinstance(now, Unseen):
        yield Claim(was.slots is now.slots and was.slot == now.slot, f"{now!r} where {was!r} was")
    else:
        yield Claim(was is now, f"{now!r} where {was!r} was")


DRAIN_CLAIMS: dict[str, Claims] = {
    "COH-5": others_stay,
    "CNT-1": some_page_goes,
    "CNT-2": tree_goes_with_the_last_page,
    "CNT-4": objnodes_are_counted,
    "CNT-5": slots_are_counted,
    "SHR-2": no_objnode_is_empty,
    "OWN-1": handed_out_once,
    "ERR-2": ends_well,
}


def claimed_of_drain(height: int) -> dict[str, Claims]:
    """The invariants claimed of a height: a tree of height 0 has no objnode, and one of height 1 none that stays."""
    without = {0: {"SHR-2", "CNT-5"}, 1: {"SHR-2"}}.get(height, set())
    return {invariant: claims for invariant, claims in DRAIN_CLAIMS.items() if invariant not in without}


# The two loops.


@dataclass(slots=True)
class LoopRun:
    """One path through a loop over slots."""

    path: Path
    slots: Any
    result: Any
    error: Exception | None = None
    bounds: tuple[Any, Any] = (0, SLOTS - 1)


def run_first_used(path: Path, code: Code) -> LoopRun:
    """`_first_used`, of an arbitrary objnode."""
    slots = Heap(path, code.tree).obj(1).root.slots
    try:
        return LoopRun(path, slots, code.tree._first_used(slots))  # noqa: SLF001 - it is what is proved
    except Exception as error:  # noqa: BLE001 - whatever it raises is a refutation
        return LoopRun(path, slots, 0, error)


def run_used(path: Path, code: Code) -> LoopRun:
    """`used`, of slots each of which is used or not; three stand for 64, as the loop carries nothing on."""
    slots = [Pampd(f"page {n}") if path.choose(("empty", "used")) == "used" else None for n in range(3)]
    return LoopRun(path, slots, code.tree.used(slots))


def run_last_used(path: Path, code: Code) -> LoopRun:
    """`_last_used`, of an arbitrary objnode, from any slot down to any."""
    slots = Heap(path, code.tree).obj(1).root.slots
    first, last = (path.integer(name, 0, SLOTS - 1) for name in ("first", "last"))
    path.assume(first <= last)
    run = LoopRun(path, slots, 0, bounds=(first, last))
    try:
        run.result = code.runs._last_used(slots, first, last)  # noqa: SLF001 - it is what is proved
    except Exception as error:  # noqa: BLE001 - whatever it raises is a refutation
        run.error = error
    return run


def last_is_last(run: LoopRun) -> Iterator[Claim]:
    """SHR-3: the slot is used, or the one before the first; and none behind it is used, up to the last."""
    first, last = run.bounds
    yield Claim(run.error is None, f"{run.error!r} raised")
    yield Claim(run.result <= last, f"slot {run.result}")
    yield Claim(run.result >= first - 1, f"slot {run.result}")
    if run.result >= first:
        yield Claim(run.slots[run.result] is not None, f"slot {run.result} is empty")
    any_slot = run.path.integer("any slot", 0, SLOTS - 1)
    if any_slot > run.result and any_slot <= last:
        yield Claim(run.slots[any_slot] is None, f"slot {any_slot} is used")


def first_is_first(run: LoopRun) -> Iterator[Claim]:
    """SHR-3: the slot is one of an objnode's and used, and no lower one is."""
    yield Claim(run.error is None, f"{run.error!r} raised")
    yield Claim(run.result >= 0, f"slot {run.result}")
    yield Claim(run.result < SLOTS, f"slot {run.result}")
    yield Claim(run.slots[run.result] is not None, f"slot {run.result} is empty")
    for slot in range(SLOTS):
        if slot < run.result:
            yield Claim(run.slots[slot] is None, f"slot {slot} is used")


def used_are_used(run: LoopRun) -> Iterator[Claim]:
    """OWN-1: what the used slots hold, in order."""
    wanted = [held for held in run.slots if held is not None]
    same = len(wanted) == len(run.result) and all(one is other for one, other in zip(wanted, run.result, strict=False))
    yield Claim(same, f"{run.result!r} of {run.slots!r}")


def loop_witness(run: LoopRun, values: Valuation) -> str:
    """One line."""
    shown = number(run.result, values) if isinstance(run.result, int) else run.result
    return f"slots that give {shown!r}"


def loop_tell(run: LoopRun, values: Valuation, found: str) -> str:
    """The story of a refutation."""
    return f"call: {loop_witness(run, values)}\nfound: {found}"
