"""The register of invariants: what tmem promises, one object a promise.

An invariant is registered where its predicate is defined, by decorating the predicate:

    @invariant("SHR-2", "No objnode is empty.", level=Level.OURS, source="thread: 'stump'")
    def shr_2(slots_in_use: int) -> bool: ...

Everything that names an invariant - a message, a report, a page of the documents - takes the words from here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import TypeVar

Predicate = TypeVar("Predicate", bound=Callable[..., object])


class Level(Enum):
    """Of whom an invariant is demanded."""

    REQUIRED = "required of any tmem"
    OURS = "kept by ours beyond that"


@dataclass(frozen=True, slots=True)
class Invariant:
    """One promise: its public identifier, its sentence, its formal predicate, where it comes from, who owes it."""

    id: str
    sentence: str
    predicate: Callable[..., object]
    source: str
    level: Level


@dataclass(frozen=True, slots=True)
class Violation:
    """A fact that contradicts an invariant: which one, what was found, what it demands."""

    invariant: str
    found: str
    expected: str

    def __str__(self) -> str:
        """`SHR-2: found an empty objnode at level 1, expected at least one used slot`."""
        return f"{self.invariant}: found {self.found}, expected {self.expected}"


_register: dict[str, Invariant] = {}


def invariant(
    identifier: str, sentence: str, *, source: str, level: Level = Level.REQUIRED
) -> Callable[[Predicate], Predicate]:
    """Register the decorated predicate as the formal statement of `identifier`.

    Raises ValueError if the identifier is taken: an invariant is stated once.
    """

    def register(predicate: Predicate) -> Predicate:
        if identifier in _register:
            message = f"invariant {identifier} is stated twice"
            raise ValueError(message)
        _register[identifier] = Invariant(identifier, sentence, predicate, source, level)
        return predicate

    return register


def all_invariants() -> tuple[Invariant, ...]:
    """Every registered invariant, in the order in which the specification states them."""
    return tuple(_register.values())


def named(identifier: str) -> Invariant:
    """The invariant called `identifier`. Raises KeyError, with the known ones, if there is none."""
    try:
        return _register[identifier]
    except KeyError:
        message = f"no invariant {identifier!r}; there are: {', '.join(_register)}"
        raise KeyError(message) from None


def violation(identifier: str, found: str, expected: str) -> Violation:
    """A violation of a registered invariant (KeyError for an unknown one: messages cannot name a ghost)."""
    return Violation(named(identifier).id, found, expected)
