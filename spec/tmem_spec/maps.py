"""Maps that are never changed, only replaced: what the stores of the specification are made of.

Only what can be said of a map one key at a time is asked of it, so that the same rules run on a map of which nothing
is known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


class Map(Mapping[Key, Value]):
    """A finite map. No value is None."""

    __slots__ = ("_entries",)

    def __init__(self, entries: Mapping[Key, Value] | None = None) -> None:
        """The map with these entries; without any, an empty one."""
        self._entries: dict[Key, Value] = {} if entries is None else dict(entries)

    def __getitem__(self, key: Key) -> Value:
        """What is under a key; KeyError if nothing is. Of an empty map a key may be asked that has no hash."""
        if not self._entries:
            raise KeyError(key)
        return self._entries[key]

    def __iter__(self) -> Iterator[Key]:
        """The keys, in the order in which they came."""
        return iter(self._entries)

    def __len__(self) -> int:
        """How many keys there are."""
        return len(self._entries)

    def __repr__(self) -> str:
        """`Map({...})`."""
        return f"{type(self).__name__}({self._entries!r})"

    def with_entry(self, key: Key, value: Value | None) -> Map[Key, Value]:
        """This map with a value under the key, or, if that is None, with nothing. Every other key stays. O(n)."""
        entries = {other: held for other, held in self._entries.items() if other != key}
        if value is not None:
            entries[key] = value
        return Map(entries)

    def each(self, change: Callable[[Key, Value], Value | None]) -> Map[Key, Value]:
        """This map with every value changed so; where that gives None, there is nothing any more. O(n)."""
        changed = {key: change(key, held) for key, held in self._entries.items()}
        return Map({key: held for key, held in changed.items() if held is not None})

    def has(self, wanted: Callable[[Key], bool]) -> bool:
        """Whether a key is there that is wanted. O(n)."""
        return any(wanted(key) for key in self._entries)
