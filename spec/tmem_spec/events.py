"""What an event of a history is to one handle: does it fill it, flush it, hit it? And when did it last?

Three words: a handle is *filled* by a put that answers stored; *emptied* by whatever promises that its page is gone;
*hit* by a get that yields a page.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tmem_spec.calls import (
    DestroyPool,
    Event,
    FlushObject,
    FlushPage,
    FlushPool,
    Get,
    NewPool,
    Outcome,
    Put,
    Reclaim,
)
from tmem_spec.words import PERSISTENT, SHARED, Handle

History = Sequence[Event]
Marks = Callable[[Event, Handle], bool]


def puts(event: Event, handle: Handle) -> bool:
    """Whether the event is a put to this handle that reached the pool."""
    call = event.call
    return isinstance(call, Put) and call.handle == handle and event.answer.outcome is not Outcome.REJECTED


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


def misses(event: Event, handle: Handle) -> bool:
    """Whether the event is a get that finds nothing at this handle."""
    return gets(event, handle) and event.answer.outcome is Outcome.MISS


def flushes(event: Event, handle: Handle) -> bool:
    """Whether the event flushes something that this handle is part of."""
    call = event.call
    if event.answer.outcome is Outcome.REJECTED:
        return False
    if isinstance(call, FlushPage):
        return call.handle == handle
    if isinstance(call, FlushObject):
        return (call.pool, call.oid) == (handle.pool, handle.oid)
    return isinstance(call, FlushPool | DestroyPool) and call.pool == handle.pool


def reclaims(event: Event, handle: Handle) -> bool:
    """Whether the event reclaims the page at this handle: it is gone too where freeing it raised."""
    call, outcome = event.call, event.answer.outcome
    if not isinstance(call, Reclaim) or call.handle != handle:
        return False
    return outcome is Outcome.DONE or (outcome is Outcome.RAISED and call.names_held)


def takes(event: Event, handle: Handle) -> bool:
    """Whether the event is an exclusive get that may have removed the page."""
    return gets(event, handle) and isinstance(event.call, Get) and event.call.exclusive


def names(event: Event, handle: Handle) -> bool:
    """Whether the event's call names this handle, or something that it is part of."""
    call = event.call
    if isinstance(call, Put | Get | FlushPage | Reclaim):
        return call.handle == handle
    return flushes(event, handle)


def flags_of(history: History, pool: int) -> int:
    """The flags with which a pool was made; 0 if the history does not tell."""
    made = [e.call.flags for e in history if isinstance(e.call, NewPool) and e.answer.pool == pool]
    return made[-1] if made else 0


def persistent(history: History, handle: Handle) -> bool:
    """Whether the handle is of a persistent pool."""
    return bool(flags_of(history, handle.pool) & PERSISTENT)


def private_ephemeral(history: History, handle: Handle) -> bool:
    """Whether the handle is of a private ephemeral pool."""
    return not flags_of(history, handle.pool) & (PERSISTENT | SHARED)


def last(history: History, handle: Handle, before: int, marks: Marks) -> int | None:
    """The position of the last event before `before` that `marks` this handle."""
    return next((at for at in reversed(range(before)) if marks(history[at], handle)), None)


def fails(event: Event, handle: Handle) -> bool:
    """Whether the event is a get of this handle that ends in an error."""
    return gets(event, handle) and event.answer.outcome in {Outcome.FAILED, Outcome.RAISED}


def pool_of(event: Event) -> int | None:
    """The pool that an event's call names; none for new_pool."""
    call = event.call
    if isinstance(call, NewPool):
        return None
    return call.handle.pool if isinstance(call, Put | Get | FlushPage | Reclaim) else call.pool
