"""An arbitrary history: any number of events, of which nothing is known but what is asked, and one event after them.

The specification's predicates ask of what came before only which event was the last of a kind. So a history is here
the position of the last event of each kind, as an unknown integer, -1 for none; and an event, any that is of that
kind, where one is looked at. Which kinds include or exclude each other is found out by running the kinds themselves
on every event there can be.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from tmem_proofs.engine.explorer import Path, explore
from tmem_proofs.engine.symbolic import every, implies
from tmem_spec import events
from tmem_spec.calls import (
    Answer,
    Call,
    DestroyPool,
    Environment,
    Event,
    FlushObject,
    FlushPage,
    FlushPool,
    Freeze,
    Get,
    NewPool,
    Outcome,
    Put,
    Reclaim,
    Thaw,
)
from tmem_spec.events import History, Marks
from tmem_spec.words import Handle

FAR = 1 << 6  # positions, pages and pools are only compared: these are more than a path tells apart

KINDS: tuple[Marks, ...] = (
    events.fills, events.fails_to_fill, events.hits, events.leaves, events.takes, events.misses, events.fails,
    events.reclaims, events.flushes, events.names, events.makes, events.destroys, events.freezes, events.thaws,
)  # fmt: skip


def any_handle(path: Path, name: str) -> Handle:
    """An arbitrary handle, of valid words or not."""
    pool = _integer(path, f"pool of {name}", -FAR, FAR)
    oid = _integer(path, f"oid of {name}", -(1 << 192), 1 << 193)
    return Handle(pool, oid, _integer(path, f"index of {name}", -(1 << 32), 1 << 33))


def _integer(path: Path, name: str, low: int, high: int) -> Any:
    return path.integer(name, low, high)


def _truth(path: Path, name: str) -> Any:
    return path.integer(name, 0, 1) == 1


CALLS: dict[str, Callable[[Path, Handle], Call]] = {
    "put": lambda path, at: Put(at, path.integer("page put", 0, FAR)),
    "get": lambda path, at: Get(at, _truth(path, "exclusive")),
    "flush_page": lambda _, at: FlushPage(at),
    "flush_object": lambda _, at: FlushObject(at.pool, at.oid),
    "flush_pool": lambda _, at: FlushPool(at.pool),
    "destroy_pool": lambda _, at: DestroyPool(at.pool),
    "reclaim": lambda path, at: Reclaim(at, _truth(path, "names what is held")),
    "new_pool": lambda path, _: NewPool(_integer(path, "flags", -(1 << 32), 1 << 32)),
    "freeze": lambda _, at: Freeze(at.pool),
    "thaw": lambda _, at: Thaw(at.pool),
}


def any_event(path: Path, call: str, outcome: Outcome, at: Handle | None = None) -> Event:
    """An arbitrary event of this call, with this outcome; `at` the words of this handle, if one is given."""
    words = any_handle(path, call) if at is None else at
    given = _integer(path, "pool given", -FAR, FAR) if at is None else at.pool
    answer = Answer(outcome, path.integer("page got", 0, FAR), given, _truth(path, "buffer changed"))
    marks = (_truth(path, name) for name in ("refused", "get_data failed", "raised", "reclaims"))
    return Event(CALLS[call](path, words), answer, Environment(*marks))


@cache
def occurring() -> frozenset[tuple[str, Outcome, frozenset[Marks]]]:
    """Every combination of call, outcome and kinds that an event can be, to an arbitrary handle.

    To be of any kind, an event must have the words of the handle, as far as its call has words: else AssertionError.
    """
    found = set()

    def program(path: Path) -> None:
        call = path.choose(tuple(CALLS))
        outcome = Outcome(path.choose([one.value for one in Outcome]))
        event, handle = any_event(path, call, outcome), any_handle(path, "the handle")
        kinds = frozenset(kind for kind in KINDS if kind(event, handle))
        if kinds and not _at(event, handle):
            message = f"{call} {outcome}: {kinds} of an event with other words than the handle's"
            raise AssertionError(message)
        found.add((call, outcome, kinds))

    for _ in explore(program):
        pass
    return frozenset(found)


def _at(event: Event, handle: Handle) -> bool:
    """Whether an event has the words of a handle, as far as its call has words."""
    call = event.call
    match call:
        case NewPool():
            return event.answer.pool == handle.pool
        case Put() | Get() | FlushPage() | Reclaim():
            return call.handle == handle
        case FlushObject():
            return call.pool == handle.pool and call.oid == handle.oid
        case _:
            return call.pool == handle.pool


@cache
def includes(narrow: Marks, wide: Marks) -> bool:
    """Whether every event of one kind is of the other, too."""
    return all(wide in kinds for _, _, kinds in occurring() if narrow in kinds)


@cache
def excludes(one: Marks, other: Marks) -> bool:
    """Whether no event is of both kinds."""
    return not any(one in kinds and other in kinds for _, _, kinds in occurring())


@cache
def shapes(kind: Marks) -> tuple[str, ...]:
    """`call outcome`, of every event that can be of a kind."""
    return tuple(sorted({f"{call} {outcome.name}" for call, outcome, kinds in occurring() if kind in kinds}))


class AnyHistory(History):
    """Any number of events, and one more, `event`, whose position is `end`; `after` is the position after that."""

    def __init__(self, path: Path, handle: Handle, event: Event) -> None:
        """Seen from one handle."""
        super().__init__(())
        self._path, self._handle = path, handle
        self.event = event
        self.end = _integer(path, "events before", 0, FAR)
        self.after = self.end + 1
        self.lasts: dict[Marks, Any] = {}
        self.looked_at: list[tuple[Any, Event]] = []
        self._kinds: list[tuple[Any, Marks]] = []

    def __getitem__(self, at: Any) -> Any:
        """The event at a position that was given as that of the last of some kind."""
        if at is self.end:
            return self.event
        known = next((event for position, event in self.looked_at if position is at), None)
        return self._look_at(at) if known is None else known

    def last(self, handle: Handle, before: Any, marks: Marks) -> Any:
        """The position of the last event of a kind before a position, or None, as the path decides."""
        position = self._position(handle, before, marks)
        return None if position < 0 else position

    def ever(self, handle: Handle, before: Any, marks: Marks) -> Any:
        """Whether an event of a kind came: nothing is decided."""
        return self._position(handle, before, marks) >= 0

    def since(self, handle: Handle, before: Any, later: Marks, earlier: Marks) -> Any:
        """Whether an event of one kind came, and none of the other from then on: nothing is decided."""
        return self._position(handle, before, later) > self._position(handle, before, earlier)

    def _position(self, handle: Handle, before: Any, kind: Marks) -> Any:
        """Of the last event of a kind, or -1: of the history, with its last event or without, or of an early part."""
        if before is self.after and kind(self.event, handle):
            return self.end
        position = self.lasts[kind] if kind in self.lasts else self._find(kind)
        if before is self.after or before is self.end or position < before:
            return position
        earlier = self._path.integer(f"last that {kind.__name__}, of those before", -1, FAR)
        self._path.assume(earlier < before)
        self._remember(earlier, kind)
        return earlier

    def _find(self, kind: Marks) -> Any:
        """An arbitrary position of the last event of a kind, in keeping with what is known of others."""
        position = self._path.integer(f"last that {kind.__name__}", -1, FAR)
        facts = [position < self.end]
        for other, known in self.lasts.items():
            facts += self._in_keeping(kind, position, other, known)
        for at, event in self.looked_at:
            facts.append(at <= position if kind(event, self._handle) else at != position)
        self._path.assume(every(self._path, facts))
        self.lasts[kind] = position
        self._path.knowledge.on_return(lambda: self.lasts.pop(kind))
        self._remember(position, kind)
        return position

    def _remember(self, position: Any, kind: Marks) -> None:
        """An event at this position is of this kind."""
        self._kinds.append((position, kind))
        self._path.knowledge.on_return(self._kinds.pop)

    def _look_at(self, at: Any) -> Event:
        """An arbitrary event of the kind of which it is the last."""
        kind = next(kind for position, kind in self._kinds if position is at)
        call, outcome = self._path.choose(shapes(kind)).split()
        event = any_event(self._path, call, Outcome[outcome], self._handle)
        if not kind(event, self._handle):
            self._path.assume(claim=False)
        known = self.lasts.items()
        facts = [at <= last if other(event, self._handle) else at != last for other, last in known]
        self._path.assume(every(self._path, facts))
        self.looked_at.append((at, event))
        self._path.knowledge.on_return(self.looked_at.pop)
        return event

    def _in_keeping(self, kind: Marks, position: Any, other: Marks, known: Any) -> Iterator[Any]:
        """What the positions of the last events of two kinds are to each other."""
        if excludes(kind, other):
            yield implies(self._path, position >= 0, position != known)
        if includes(kind, other):
            yield position <= known
        if includes(other, kind):
            yield known <= position
