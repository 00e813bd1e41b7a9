"""The slots of one objnode, of which nothing is assumed but that so many are used.

A slot comes into being when it is first looked at. A run of slots, of any length, is read or written at once: how many
of them are used is then one more unknown, and what any one holds is found out as it is looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tmem_proofs.engine.symbolic import contrary, either, implies
from tmem_spec.words import INDEX_BITS, SLOT_BITS, SLOTS

if TYPE_CHECKING:
    from tmem_proofs.engine.heap import Heap


@dataclass(frozen=True, slots=True)
class Unseen:
    """Whatever is in a slot that the operation has not looked at: the same before and after it."""

    slots: Slots
    slot: Any

    def __repr__(self) -> str:
        """For messages."""
        return f"what slot {self.slot} of {self.slots.name} held, never looked at"


@dataclass(eq=False, slots=True)
class Part:
    """Consecutive slots, from `start` up to `stop` without it: what they held at first. `used`: how many are used."""

    slots: Slots
    start: Any
    stop: Any
    used: Any

    @property
    def length(self) -> Any:
        """How many slots."""
        return self.stop - self.start

    def has(self, slot: Any) -> bool:
        """Whether a slot is one of them: the path decides."""
        return bool(slot >= self.start) and bool(slot < self.stop)

    def at(self, offset: Any) -> Any:
        """What the slot at an offset held at first."""
        return self.slots.held_first(self.start + offset)

    def __iter__(self) -> Iterator[Any]:
        """All of it, in the place of what is in each."""
        return iter([self])


@dataclass(eq=False, slots=True)
class UsedOf:
    """What the used slots of a part held, in order."""

    part: Part

    @property
    def length(self) -> Any:
        """How many."""
        return self.part.used

    def __iter__(self) -> Iterator[Any]:
        """As of a part."""
        return iter([self])


class Slots:
    """The slots of one objnode, in the place of its list: what is known of them, and how many are used."""

    def __init__(self, heap: Heap, level: int, used: Any, name: str, *, root: bool = False) -> None:
        """Slots of an objnode at `level`, `used` of them in use. `root`: of the whole tree."""
        self.heap = heap
        self.level = level
        self.used = used
        self.name = name
        self.root = root
        self.emptied = False
        self.part: Part | None = None
        self.vacant: list[tuple[Any, Any]] = []
        self.written: Any = None
        self.first: list[tuple[Any, Any]] = []
        self.now: list[Any] = []
        self.size = slots_at(level)

    def __getitem__(self, slot: Any) -> Any:
        """What the slot holds now; of a slice, what its slots hold at this moment."""
        if isinstance(slot, slice):
            return self._part(slot)
        return self.now[self._position(slot)]

    def __iter__(self) -> Iterator[Any]:
        """What is in the one used slot, or in none, in the place of what is in all 64."""
        used = [held for held in self.now if held is not None]
        if len(used) > 1 or self.unseen() > 0:
            message = f"{self.name}: the order of its slots, or what is in them, is not known"
            raise NotImplementedError(message)
        return iter(used)

    def __setitem__(self, slot: Any, value: Any) -> None:
        """Change what the slot holds now; with `[:]`, empty every slot; of a slice, each of its slots to its own."""
        if isinstance(slot, slice):
            if slot.start is None:
                self._empty(value)
            else:
                self._write(self._part(slot), value)
            return
        position = self._position(slot)
        before = self.now[position]
        self.now[position] = value
        self.heap.path.knowledge.on_return(lambda: self.now.__setitem__(position, before))

    def _empty(self, values: Any) -> None:
        if any(value is not None for value in values):
            message = f"{self.name}: slots can be changed together only to be emptied"
            raise NotImplementedError(message)
        for seen, _ in self.first:
            self[seen] = None
        self.emptied = True
        self.heap.path.knowledge.on_return(lambda: setattr(self, "emptied", False))

    def find(self, slot: Any) -> int | None:
        """The position of a slot that was looked at, or None."""
        return next((at for at, (seen, _) in enumerate(self.first) if seen == slot), None)

    def discovered(self, slot: Any) -> Any:
        """What the slot held before the operation, found out now if it was not before."""
        return self.first[self._position(slot)][1]

    def held_first(self, slot: Any) -> Any:
        """What the slot held before the operation; `Unseen` if that was not looked at and may be something."""
        at = self.find(slot)
        return self._beyond(slot) if at is None else self.first[at][1]

    def held_now(self, slot: Any) -> Any:
        """What the slot holds now; `Unseen` as above."""
        at = self.find(slot)
        if at is not None:
            return self.now[at]
        if self.written is not None and self.part is not None and self.part.has(slot):
            return self.written.at(slot - self.part.start)
        return None if self.emptied else self._beyond(slot)

    def used_now(self) -> Any:
        """How many slots are in use now."""
        return self.unseen(first=False) + sum(held is not None for held in self.now)

    def unseen(self, *, first: bool = True) -> Any:
        """How many of the used slots were not looked at: those at first, or those that are still used now."""
        if self.emptied and not first:
            return 0
        seen = sum(held is not None for _, held in self.first)
        if first or self.written is None or self.part is None:
            return self.used - seen
        inside = [self.part.has(slot) for slot, _ in self.first]
        outside = sum(held is not None for (_, held), within in zip(self.first, inside, strict=True) if not within)
        new = self.part.length - sum(inside) if self.written.filled else 0
        return self.used - self.part.used - outside + new

    def _beyond(self, slot: Any) -> Any:
        if slot >= self.size or self._is_vacant(slot):
            return None
        used, _, known = self._around(slot)
        if used - sum(held is not None for held in known) == 0:
            return None
        return Unseen(self, slot)

    def _position(self, slot: Any) -> int:
        if slot >= SLOTS:
            message = "list index out of range"
            raise IndexError(message)
        at = self.find(slot)
        if at is not None:
            return at
        held = self._discover(slot)
        now = held
        if self.written is not None and self.part is not None and self.part.has(slot):
            now = self.written.at(slot - self.part.start)
        self.first.append((slot, held))
        self.now.append(now)
        self.heap.path.knowledge.on_return(lambda: (self.first.pop(), self.now.pop()))
        return len(self.first) - 1

    def _discover(self, slot: Any) -> Any:
        """Decide whether a slot that was not looked at is used, and by what."""
        if slot >= self.size or self._is_vacant(slot):
            return None
        path = self.heap.path
        used, size, known = self._around(slot)
        empty = sum(held is None for held in known)
        may_be_used, may_be_empty = used - (len(known) - empty) >= 1, used <= size - empty - 1
        if may_be_used is False:
            return None
        is_used = path.integer(f"{self.name}[{slot}] used", 0, 1) == 1
        path.assume(implies(path, is_used, may_be_used))
        path.assume(implies(path, contrary(is_used), may_be_empty))
        if not is_used:
            return None
        if self.root:
            # SHR-1, of the tree as it was: a root that uses slot 0 uses another.
            path.assume(implies(path, slot == 0, self.used >= 2))  # noqa: PLR2004 - two slots
        return self.heap.below(self, slot)

    # Runs: some consecutive slots, read or written together.

    def _part(self, which: slice) -> Part:
        """Consecutive slots, of which it is not known how many are used."""
        start, stop = which.start, which.stop
        if self.part is not None:
            if self.written is not None or self.part.start != start or self.part.stop != stop:
                message = f"{self.name}: two runs of slots that differ, or one of which it is not known what it holds"
                raise NotImplementedError(message)
            return self.part
        if start < 0 or stop < start or stop > self.size:
            message = f"{self.name}: slots from {start} up to {stop}, which are no run"
            raise NotImplementedError(message)
        part = Part(self, start, stop, self.heap.path.integer(f"{self.name}: used in the run", 0, self.size))
        self._believe(part)
        self.part = part
        return part

    def _believe(self, part: Part) -> None:
        """As many slots are used in the part, and beside it, as the known ones allow."""
        path = self.heap.path
        for within, used, size in (
            (True, part.used, part.length),
            (False, self.used - part.used, self.size - part.length),
        ):
            known = [held for slot, held in self.first if part.has(slot) is within]
            path.assume(used >= sum(held is not None for held in known))
            path.assume(used <= size - sum(held is None for held in known))

    def _around(self, slot: Any) -> tuple[Any, Any, list[Any]]:
        """Of the slots among which this one is: how many are used, how many there are, and what is known of them."""
        part = self.part
        if part is None:
            return self.used, self.size, [held for _, held in self.first]
        if part.has(slot):
            return part.used, part.length, [held for one, held in self.first if part.has(one)]
        known = [held for one, held in self.first if not part.has(one)]
        return self.used - part.used, self.size - part.length, known

    def _write(self, part: Part, values: Any) -> None:
        """Have each slot of the part hold its own of the values, which are as many."""
        if values.length != part.length:
            message = f"{self.name}: {values.length} values for {part.length} slots"
            raise NotImplementedError(message)
        self.written = values
        for at, (slot, _) in enumerate(self.first):
            if part.has(slot):
                self.now[at] = values.at(slot - part.start)

    def vacate(self, first: Any, last: Any) -> None:
        """It is known that none of these slots was used."""
        self.vacant.append((first, last))
        for slot, held in self.first:
            if held is not None:
                self.heap.path.assume(either(slot < first, slot > last))

    def _is_vacant(self, slot: Any) -> bool:
        return any(first <= slot <= last for first, last in self.vacant)


def slots_at(level: int) -> int:
    """How many slots an objnode at a level can use: 64, or what 32 bits leave of them at the topmost level."""
    return min(SLOTS, 1 << INDEX_BITS - SLOT_BITS * (level - 1)) if level else SLOTS
