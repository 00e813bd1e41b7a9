"""Lists of unknown length, in the place of Python's: what the code under proof asks of them, and no more."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class OfRun:
    """The page of a run of new ones that is at an offset."""

    run: NewRun
    at: Any

    def __repr__(self) -> str:
        """For messages."""
        return f"new page {self.at} of the run"


@dataclass(eq=False, slots=True)
class NewRun:
    """New pampds, so many, in the place of their list."""

    length: Any
    filled = True

    def at(self, offset: Any) -> OfRun:
        """The one at an offset."""
        return OfRun(self, offset)

    def __getitem__(self, offset: Any) -> OfRun:
        """The same; IndexError if there are not so many."""
        if offset >= self.length:
            message = "list index out of range"
            raise IndexError(message)
        return self.at(offset)


@dataclass(eq=False, slots=True)
class Repeated:
    """A list of one value, again and again; but for those that were changed since."""

    value: Any
    length: Any
    changes: list[tuple[Any, Any]] = field(default_factory=list)

    @property
    def filled(self) -> bool:
        """Whether it has no None."""
        return self.value is not None

    def at(self, offset: Any) -> Any:
        """The value at an offset."""
        return next((value for at, value in reversed(self.changes) if at == offset), self.value)

    def __setitem__(self, offset: Any, value: Any) -> None:
        """Change one."""
        self.changes.append((offset, value))


def length_of(value: Any) -> Any:
    """What the code under proof takes for the length of a list: of one that stands for many, unknown."""
    return value.length if hasattr(value, "length") else len(value)
