"""What is said across the interface: calls, what the environment did during one, and answers.

An `Event` is one call with both; a history is a sequence of events. Pages are any values that can be compared.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any

from tmem_spec.words import Handle

Page = Any


@dataclass(frozen=True, slots=True)
class NewPool:
    """Ask for a pool with these flags."""

    flags: int


@dataclass(frozen=True, slots=True)
class Put:
    """Store a page at a handle."""

    handle: Handle
    page: Page


@dataclass(frozen=True, slots=True)
class Get:
    """Read the page at a handle; remove it if the pool is private ephemeral, or if `exclusive`."""

    handle: Handle
    exclusive: bool = False


@dataclass(frozen=True, slots=True)
class FlushPage:
    """Drop the page at a handle."""

    handle: Handle


@dataclass(frozen=True, slots=True)
class FlushObject:
    """Drop every page of an object."""

    pool: int
    oid: int


@dataclass(frozen=True, slots=True)
class FlushPool:
    """Drop every page of a pool; the pool stays usable: a quick way to give back much memory."""

    pool: int


@dataclass(frozen=True, slots=True)
class DestroyPool:
    """Drop every page of a pool and refuse it from then on."""

    pool: int


@dataclass(frozen=True, slots=True)
class Reclaim:
    """Bottom-up: drop the pampd that the PAM wants back, if it is still the one at its handle.

    `names_held` tells whether it is: pampds have an identity that pages, as values, have not.
    """

    handle: Handle
    names_held: bool


@dataclass(frozen=True, slots=True)
class Freeze:
    """From now on every put to the pool is a flush."""

    pool: int


@dataclass(frozen=True, slots=True)
class Thaw:
    """Puts to the pool store again."""

    pool: int


HandleCall = Put | Get | FlushPage | Reclaim
PoolCall = FlushObject | FlushPool | DestroyPool | Freeze | Thaw
Call = NewPool | HandleCall | PoolCall


@dataclass(frozen=True, slots=True)
class Environment:
    """What the host and the PAM did during one call.

    refused          some obj_alloc, objnode_alloc or create refused or raised
    get_data_failed  get_data failed or raised
    raised           some callback raised an exception
    reclaims         the host drops ephemeral pages of its own accord, and does not say which
    """

    refused: bool = False
    get_data_failed: bool = False
    raised: bool = False
    reclaims: bool = False


QUIET = Environment()  # nothing refused, nothing failed


class Outcome(Enum):
    """What a call answers."""

    STORED = "stored"
    REFUSED = "refused"
    HIT = "page"
    MISS = "not found"
    FAILED = "get_data failed"
    DONE = "done"
    NOT_FOUND = "nothing there to drop"
    RAISED = "a callback's exception, passed on"
    REJECTED = "rejected: the arguments name nothing that can be operated on"


@dataclass(frozen=True, slots=True)
class Answer:
    """An outcome, with the page of a hit or the id of a new pool.

    `buffer_changed`: where a get writes into the caller's buffer, whether it did so without answering a hit.
    """

    outcome: Outcome
    page: Page = None
    pool: int | None = None
    buffer_changed: bool = False


@dataclass(frozen=True, slots=True)
class Event:
    """One call, what the environment did during it, and its answer."""

    call: Call
    answer: Answer
    environment: Environment = QUIET
