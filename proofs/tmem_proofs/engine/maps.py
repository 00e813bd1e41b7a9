"""An arbitrary map: a specification's `Map` of any number of entries, of which nothing is known until it is asked.

It is a function from keys to values. What is changed is remembered as a change, and made when a key is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from tmem_proofs.engine.explorer import Path
from tmem_spec.maps import Map

Change = Callable[[Any, Any], Any]


@dataclass(slots=True)
class _Known:
    """What was found out of the map as it was: entries, and conditions that no key of it meets."""

    entries: list[tuple[Any, Any]] = field(default_factory=list)
    nobody: list[Callable[[Any], bool]] = field(default_factory=list)


class AnyMap(Map[Any, Any]):
    """A map with arbitrary entries: `make(key)` gives what is under a key, if anything is."""

    __slots__ = ("_changes", "_known", "_make", "_name", "_path")

    def __init__(self, path: Path, name: str, make: Callable[[Any], Any]) -> None:
        """`name` for messages."""
        super().__init__()
        self._path, self._name, self._make = path, name, make
        self._known = _Known()
        self._changes: tuple[Change, ...] = ()

    def get(self, key: Any, default: Any = None) -> Any:
        """What is under a key."""
        held = self._first(key)
        for change in self._changes:
            held = change(key, held)
        return default if held is None else held

    def __getitem__(self, key: Any) -> Any:
        """The same; KeyError if nothing is."""
        held = self.get(key)
        if held is None:
            raise KeyError(key)
        return held

    def __iter__(self) -> Iterator[Any]:
        """Its keys cannot be gone through: there may be any number."""
        message = f"{self._name} is an arbitrary map: ask it one key at a time"
        raise NotImplementedError(message)

    __len__ = __iter__  # type: ignore[assignment]  # both only raise

    def __repr__(self) -> str:
        """Its name."""
        return self._name

    def with_entry(self, key: Any, value: Any) -> AnyMap:
        """This map with a value under the key, or, if that is None, with nothing."""
        return self._changed(lambda other, held: value if other == key else held)

    def each(self, change: Change) -> AnyMap:
        """This map with every value changed so."""
        return self._changed(lambda key, held: None if held is None else change(key, held))

    def has(self, wanted: Callable[[Any], bool]) -> bool:
        """Whether a key is there that is wanted: one that is known, or perhaps another."""
        if self._changes:
            message = f"{self._name} was changed: whether it has a key is not asked of it any more"
            raise NotImplementedError(message)
        if any(held is not None and wanted(key) for key, held in self._known.entries):
            return True
        if self._path.choose(("no such key", "such a key")) == "such a key":
            return True
        self._known.nobody.append(wanted)
        self._path.knowledge.on_return(self._known.nobody.pop)
        return False

    def _changed(self, change: Change) -> AnyMap:
        changed = AnyMap(self._path, self._name, self._make)
        changed._known, changed._changes = self._known, (*self._changes, change)
        return changed

    def _first(self, key: Any) -> Any:
        """What was under a key before every change, found out if this is the first time that it is asked for."""
        for known, held in self._known.entries:
            if known == key:
                return held
        free = not any(nobody(key) for nobody in self._known.nobody)
        held = None
        if free and self._path.choose((f"not in {self._name}", f"in {self._name}")) == f"in {self._name}":
            held = self._make(key)
        self._known.entries.append((key, held))
        self._path.knowledge.on_return(self._known.entries.pop)
        return held
