"""What an event of a history is to one handle: does it fill it, flush it, hit it? And when did it last?

Three words: a handle is *filled* by a put that answers stored; *emptied* by whatever promises that its page is gone;
*hit* by a get that yields a page.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from typing import overload

from tmem_spec.calls import (
    DestroyPool,
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
from tmem_spec.words import PERSISTENT, SHARED, Handle

Marks = Callable[[Event, Handle], bool]


class History(Sequence[Event]):
    """Events in the order in which they took effect. Whoever asks which was the last of a kind is answered quickly."""

    def __init__(self, events: Iterable[Event]) -> None:
        """The history of these events."""
        self._events = tuple(events)
        self._marked: dict[tuple[Handle, Marks], list[int]] = {}

    def __len__(self) -> int:
        """How many events there are."""
        return len(self._events)

    @overload
    def __getitem__(self, at: int) -> Event: ...
    @overload
    def __getitem__(self, at: slice) -> History: ...
    def __getitem__(self, at: int | slice) -> Event | History:
        """The event at a position, or the history of several."""
        return History(self._events[at]) if isinstance(at, slice) else self._events[at]

    def last(self, handle: Handle, before: int, marks: Marks) -> int | None:
        """The position of the last event before `before` that `marks` this handle; None if there is none.

        O(n) when first asked of a handle and a kind, O(log n) from then on.
        """
        if not self._events:
            return None
        positions = self._marked.get((handle, marks))
        if positions is None:
            positions = [at for at, event in enumerate(self._events) if marks(event, handle)]
            self._marked[handle, marks] = positions
        earlier = bisect_left(positions, before)
        return positions[earlier - 1] if earlier else None

    def ever(self, handle: Handle, before: int, marks: Marks) -> bool:
        """Whether an event of a kind came before a position."""
        return self.last(handle, before, marks) is not None

    def since(self, handle: Handle, before: int, later: Marks, earlier: Marks) -> bool:
        """Whether, before a position, an event of one kind came, and none of the other kind from then on."""
        ended, began = self.last(handle, before, later), self.last(handle, before, earlier)
        return ended is not None and (began is None or began < ended)


def accepted(event: Event) -> bool:
    """Whether the event's call was not rejected."""
    return event.answer.outcome is not Outcome.REJECTED


# At the handle.


def puts(event: Event, handle: Handle) -> bool:
    """Whether the event is a put to this handle that reached the pool."""
    return isinstance(event.call, Put) and event.call.handle == handle and accepted(event)


def fills(event: Event, handle: Handle) -> bool:
    """Whether the event stores a page at this handle."""
    return puts(event, handle) and event.answer.outcome is Outcome.STORED


def fails_to_fill(event: Event, handle: Handle) -> bool:
    """Whether the event is a put to this handle that stores nothing."""
    return puts(event, handle) and event.answer.outcome is not Outcome.STORED


def gets(event: Event, handle: Handle) -> bool:
    """Whether the event is a get of this handle."""
    return isinstance(event.call, Get) and event.call.handle == handle


def hits(event: Event, handle: Handle) -> bool:
    """Whether the event yields a page of this handle."""
    return gets(event, handle) and event.answer.outcome is Outcome.HIT


def leaves(event: Event, handle: Handle) -> bool:
    """Whether the event is a hit that takes nothing away, unless a get does so in pools of that kind."""
    return hits(event, handle) and not takes(event, handle) and not event.environment.get_data_failed


def misses(event: Event, handle: Handle) -> bool:
    """Whether the event is a get that finds nothing at this handle."""
    return gets(event, handle) and event.answer.outcome is Outcome.MISS


def fails(event: Event, handle: Handle) -> bool:
    """Whether the event is a get of this handle that ends in an error."""
    return gets(event, handle) and event.answer.outcome in {Outcome.FAILED, Outcome.RAISED}


def takes(event: Event, handle: Handle) -> bool:
    """Whether the event is an exclusive get that may have removed the page."""
    return gets(event, handle) and isinstance(event.call, Get) and event.call.exclusive


def reclaims(event: Event, handle: Handle) -> bool:
    """Whether the event reclaims the page at this handle: it is gone too where freeing it raised."""
    call, outcome = event.call, event.answer.outcome
    if not isinstance(call, Reclaim) or call.handle != handle:
        return False
    return outcome is Outcome.DONE or (outcome is Outcome.RAISED and call.names_held)


# At the handle, or at something that it is part of.


def flushes(event: Event, handle: Handle) -> bool:
    """Whether the event flushes something that this handle is part of."""
    call = event.call
    if not accepted(event):
        return False
    if isinstance(call, FlushPage):
        return call.handle == handle
    if isinstance(call, FlushObject):
        return call.pool == handle.pool and call.oid == handle.oid
    return isinstance(call, FlushPool | DestroyPool) and call.pool == handle.pool


def names(event: Event, handle: Handle) -> bool:
    """Whether the event's call names this handle, or something that it is part of."""
    call = event.call
    if isinstance(call, Put | Get | FlushPage | Reclaim):
        return call.handle == handle
    return flushes(event, handle)


# At its pool.


def pool_of(event: Event) -> int | None:
    """The pool that an event's call names; none for new_pool."""
    call = event.call
    if isinstance(call, NewPool):
        return None
    return call.handle.pool if isinstance(call, Put | Get | FlushPage | Reclaim) else call.pool


def makes(event: Event, handle: Handle) -> bool:
    """Whether the event makes the pool of this handle."""
    call, answer = event.call, event.answer
    return isinstance(call, NewPool) and answer.outcome is Outcome.DONE and answer.pool == handle.pool


def destroys(event: Event, handle: Handle) -> bool:
    """Whether the event destroys the pool of this handle."""
    return isinstance(event.call, DestroyPool) and event.call.pool == handle.pool and accepted(event)


def freezes(event: Event, handle: Handle) -> bool:
    """Whether the event freezes the pool of this handle."""
    return isinstance(event.call, Freeze) and event.call.pool == handle.pool and accepted(event)


def thaws(event: Event, handle: Handle) -> bool:
    """Whether the event has the pool of this handle not frozen from then on: by thawing it, or by making it."""
    if isinstance(event.call, Thaw):
        return event.call.pool == handle.pool and accepted(event)
    return makes(event, handle)


def flags_of(history: History, handle: Handle, before: int) -> int:
    """The flags with which the pool of this handle was last made before a position; 0 if the history does not tell."""
    made = history.last(handle, before, makes)
    call = None if made is None else history[made].call
    return call.flags if isinstance(call, NewPool) else 0


def persistent(history: History, handle: Handle, before: int) -> bool:
    """Whether the handle is of a persistent pool, at a position."""
    return bool(flags_of(history, handle, before) & PERSISTENT)


def private_ephemeral(history: History, handle: Handle, before: int) -> bool:
    """Whether the handle is of a private ephemeral pool, at a position."""
    return not flags_of(history, handle, before) & (PERSISTENT | SHARED)
