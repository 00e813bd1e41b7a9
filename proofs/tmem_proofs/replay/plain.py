"""A tree in plain values: read off a path, with numbers for its unknowns, and off shipped objects, to be compared.

A slot that is used and was not looked at leads to one page, by slots 0 alone; such slots are the last ones that the
path knows nothing of: of a run of slots, and beside it, as many as the path says, and none that it knows to be empty.
A page is its index; a new one of a run, `NEW` and its place in the run.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tmem import Obj, Objnode
from tmem_proofs.engine.lists import OfRun
from tmem_proofs.engine.slots import Slots
from tmem_proofs.engine.terms import Valuation
from tmem_proofs.story import number
from tmem_spec.words import INDEX_LIMIT, SLOT_BITS

NEW = INDEX_LIMIT

Place = tuple[int, int]  # of an objnode: its level, and the slots that lead to it, as digits of an index


@dataclass(frozen=True, slots=True)
class Node:
    """An objnode: what it counts, and what each used slot leads to: an objnode, or a page."""

    slots_in_use: int
    below: tuple[tuple[int, Node | int], ...]


@dataclass(frozen=True, slots=True)
class State:
    """An obj."""

    height: int
    pampd_count: int
    objnode_count: int
    root: Node | int | None


# Off a path.


def at_first(value: Any, level: int, prefix: int, values: Valuation) -> Node | int | None:
    """What something that is `level` levels above a page led to before the call. `prefix`: the slots that led to it."""
    return _plain(value, level, prefix, values, first=True)


def at_now(value: Any, level: int, prefix: int, values: Valuation) -> Node | int | None:
    """What it leads to now."""
    return _plain(value, level, prefix, values, first=False)


def unseen(slots: Slots, values: Valuation, *, first: bool = True) -> list[int]:
    """The slots that stand for those that are used and were not looked at; but for those of a run that was written."""
    known = {number(slot, values): held is not None for slot, held in slots.first}
    others = [slot for slot in range(slots.size - 1, -1, -1) if slot not in known and not _vacant(slots, slot, values)]
    if slots.part is None:
        return others[: number(slots.unseen(first=first), values)]
    run, found = _run(slots, values), list[int]()
    for within, used in ((True, slots.part.used), (False, slots.used - slots.part.used)):
        if first or not within or slots.written is None:
            more = number(used, values) - sum(held for slot, held in known.items() if (slot in run) is within)
            found += [slot for slot in others if (slot in run) is within][:more]
    return found


def written(slots: Slots, values: Valuation) -> dict[int, int]:
    """The pages that were put in a run of slots, by the slots of it that were not looked at."""
    if slots.written is None or not slots.written.filled:
        return {}
    known, run = {number(slot, values) for slot, _ in slots.first}, _run(slots, values)
    return {slot: _page(slots.written.at(slot - run.start), slot, values) for slot in run if slot not in known}


def places(value: Any, level: int, prefix: int, values: Valuation) -> Iterator[tuple[int, Place]]:
    """Where each objnode that the path met was before the call."""
    if level > 0 and value is not None:
        yield id(value), (level, prefix)
        for slot, held in value.slots.first:
            yield from places(held, level - 1, prefix << SLOT_BITS | number(slot, values), values)


def _plain(value: Any, level: int, prefix: int, values: Valuation, *, first: bool) -> Node | int | None:
    if value is None or level == 0:
        return None if value is None else _page(value, prefix, values)
    slots = value.slots
    below = {slot: _chain(level - 1, prefix << SLOT_BITS | slot) for slot in unseen(slots, values, first=first)}
    below.update(written(slots, values) if not first else {})
    for (slot, was), now in zip(slots.first, slots.now, strict=True):
        at = number(slot, values)
        held = _plain(was if first else now, level - 1, prefix << SLOT_BITS | at, values, first=first)
        if held is not None:
            below[at] = held
    used = slots.used if first else value.slots_in_use
    return Node(number(used, values), tuple(sorted(below.items())))


def _page(held: Any, index: int, values: Valuation) -> int:
    return NEW + number(held.at, values) if isinstance(held, OfRun) else index


def _run(slots: Slots, values: Valuation) -> range:
    """The run of slots that was read or written together; none, if there is none."""
    part = slots.part
    return range(0) if part is None else range(number(part.start, values), number(part.stop, values))


def _vacant(slots: Slots, slot: int, values: Valuation) -> bool:
    return any(number(first, values) <= slot <= number(last, values) for first, last in slots.vacant)


def _chain(level: int, prefix: int) -> Node | int:
    """Objnodes that lead, by slots 0 alone, to one page."""
    return prefix if level == 0 else Node(1, ((0, _chain(level - 1, prefix << SLOT_BITS)),))


# To and off shipped objects.


def build(state: State, nodes: dict[Place, Objnode]) -> Obj:
    """The obj; its objnodes go into `nodes`, each by its place. The pampd of a page is its index."""
    obj = Obj()
    obj.height, obj.pampd_count, obj.objnode_count = state.height, state.pampd_count, state.objnode_count
    obj.root = _build(state.root, state.height, 0, nodes)
    return obj


def _build(plain: Node | int | None, level: int, prefix: int, nodes: dict[Place, Objnode]) -> Any:
    if not isinstance(plain, Node):
        return plain
    node = nodes[level, prefix] = Objnode()
    node.slots_in_use = plain.slots_in_use
    for slot, below in plain.below:
        node.slots[slot] = _build(below, level - 1, prefix << SLOT_BITS | slot, nodes)
    return node


def look(obj: Obj) -> State:
    """The obj as it is now."""
    return State(obj.height, obj.pampd_count, obj.objnode_count, _look(obj.root))


def _look(value: Any) -> Any:
    if not isinstance(value, Objnode):
        return value
    used = ((slot, _look(held)) for slot, held in enumerate(value.slots) if held is not None)
    return Node(value.slots_in_use, tuple(used))


def below(plain: Node | int | None) -> Iterator[Node | int]:
    """Every objnode and page that something leads to, itself first."""
    if plain is not None:
        yield plain
    if isinstance(plain, Node):
        for _, one in plain.below:
            yield from below(one)
