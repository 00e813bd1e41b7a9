"""An arbitrary store: a table of pools, their buckets and their objects, of which nothing is assumed.

  Mapping    in the place of a dict: an entry comes into being, absent or present, when its key is first asked for
  GhostLock  in the place of a lock: remembers who is held, and what was touched without it
  Buckets    in the place of a pool's 256 buckets: the one that is indexed, or, iterated over, two arbitrary ones

Iterations over things of any number are proved by induction: the loop is run on an arbitrary element, after another
arbitrary one has left its mark on what the loop carries along.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from tmem_proofs.engine.explorer import EndlessError, Path
from tmem_proofs.engine.symbolic import SymbolicInt

ABSENT = None
MOST_SEEN = 5000  # on one path; calls that end see a hundred at most


class Witness:
    """What was seen at the moment it happened: of which invariant, whether it held, and words for it."""

    def __init__(self) -> None:
        """Nothing seen."""
        self.findings: list[tuple[str, Any, str]] = []
        self.held: list[GhostLock] = []

    def expect(self, invariant: str, holds: Any, found: str) -> None:
        """Note what must hold now. Raises EndlessError on a path that has seen too much to come to an end."""
        if len(self.findings) >= MOST_SEEN:
            raise EndlessError(f"the call goes on after {MOST_SEEN} things seen on its way")
        self.findings.append((invariant, holds, found))


class GhostLock:
    """A lock of one bucket. Taking one while another is held, or twice, is noted, and so is what is done without it."""

    def __init__(self, witness: Witness, name: str, meanwhile: Callable[[], None] | None = None) -> None:
        """`name`: for messages; `meanwhile`: what other threads may have done before it is taken."""
        self.witness = witness
        self.name = name
        self.taken = 0
        self._meanwhile = meanwhile

    def acquire(self) -> None:
        """Take it."""
        if self._meanwhile is not None:
            self._meanwhile()
        held = [lock.name for lock in self.witness.held]
        self.witness.expect("LCK-3", not held, f"the lock of {self.name} is taken while {held} are held")
        self.witness.held.append(self)
        self.taken += 1

    def release(self) -> None:
        """Release it."""
        self.witness.held.remove(self)

    def __enter__(self) -> None:
        """Take it."""
        self.acquire()

    def __exit__(self, *_: object) -> None:
        """Release it, whatever has happened."""
        self.release()

    @property
    def is_held(self) -> bool:
        """Whether it is held now."""
        return self in self.witness.held


class Entry:
    """What is under one key: at first, and now."""

    def __init__(self, key: Any, first: Any) -> None:
        """A key that has been asked for."""
        self.key = key
        self.first = first
        self.now = first


@dataclass(frozen=True, slots=True)
class Look:
    """A bare look at an entry: by its key, or as one of all that there are."""

    entry: Entry
    listed: bool


class Mapping:
    """A dict of which nothing is known: `make(key)` gives what is under a key, if anything is."""

    def __init__(
        self, path: Path, name: str, make: Callable[[Any], Any] | None, guard: Callable[[Any], None] | None = None
    ) -> None:
        """`make`: None if there are no entries; `guard`: is told of every access to a key, but for bare looks."""
        self.path = path
        self.name = name
        self.entries: list[Entry] = []
        self.most = 2
        self.listed = False
        self.exhausted: Callable[[], None] | None = None
        self.resized: Callable[[], None] | None = None
        self.looked: list[Look] = []
        self.copied: Callable[[], None] = lambda: None
        self.lock_of: Callable[[Any], GhostLock | None] = lambda _: None
        self.unfinished: Any = None
        self._changes = 0  # of its size
        self._make = make
        self._guard: Callable[[Any], None] = guard or (lambda _: None)

    def make(self, make: Callable[[Any], Any]) -> None:
        """Have entries that were not asked for so far be arbitrary ones."""
        self._make = make

    def get(self, key: Any) -> Any:
        """What is under the key, or None."""
        return self.entry(key).now

    def __getitem__(self, key: Any) -> Any:
        """What is under the key; KeyError if nothing is. A bare look: that may change until a lock is taken.

        Another thread may be about to put it there: then it is `unfinished`.
        """
        entry = self.peek(key)
        self.looked.append(Look(entry, listed=False))
        if entry.now is ABSENT:
            raise KeyError(key)
        if self.unfinished is not None and self.path.choose(("finished", "unfinished")) == "unfinished":
            return self.unfinished
        return entry.now

    def copy(self) -> list[Any]:
        """The keys that are there at this moment: see the module. Each a bare look."""
        self.copied()
        return list(self)

    def renew(self, entry: Entry) -> None:
        """Under the key is an arbitrary thing, that was not there when it was looked at."""
        if self._make is not None:
            entry.first = entry.now = self._make(entry.key)

    def __setitem__(self, key: Any, value: Any) -> None:
        """Put something under the key; a new one may take memory that there is not."""
        entry = self.entry(key)
        if entry.now is ABSENT:
            if self.exhausted is not None:
                self.exhausted()
            self._resize()
        entry.now = value

    def __delitem__(self, key: Any) -> None:
        """Take what is under the key away; KeyError if nothing is."""
        entry = self.entry(key)
        if entry.now is ABSENT:
            raise KeyError(key)
        entry.now = ABSENT
        self._resize()

    def pop(self, key: Any, default: Any = None) -> Any:
        """Take what is under the key away and give it, or the default."""
        entry = self.entry(key)
        held, entry.now = entry.now, ABSENT
        if held is not ABSENT:
            self._resize()
        return default if held is ABSENT else held

    def __iter__(self) -> Iterator[Any]:
        """Two arbitrary keys, different and of entries that are there, if there are so many: see the module.

        As a dict does, it raises RuntimeError once an entry comes or goes meanwhile.
        """
        self.listed = True
        for nth in ("one", "another")[: self.most]:
            if self._make is None or self.path.choose((f"{nth} key of {self.name}", "no more")) == "no more":
                return
            key = self.path.integer(f"{nth} key of {self.name}", 0, (1 << 192) - 2)
            for entry in self.entries:
                self.path.assume(key != entry.key)
            self.looked.append(Look(self._add(key, self._make(key)), listed=True))
            changes = self._changes
            yield key
            if self._changes != changes:
                message = f"{self.name} changed size while it was gone through"
                raise RuntimeError(message)

    def entry(self, key: Any) -> Entry:
        """The entry of a key, found out if this is the first time that it is asked for."""
        self._guard(key)
        return self.peek(key)

    def peek(self, key: Any) -> Entry:
        """The same, for who examines a path: no access of the code under proof."""
        key = _key(key)
        if key is None:
            return Entry(None, ABSENT)
        for entry in self.entries:
            if entry.key == key:
                return entry
        present = self._make is not None and self.path.choose(("absent", "present")) == "present"
        return self._add(key, self._make(key) if present and self._make is not None else ABSENT)

    def _resize(self) -> None:
        """An entry comes or goes; `resized` is told."""
        self._changes += 1
        if self.resized is not None:
            self.resized()

    def _add(self, key: Any, held: Any) -> Entry:
        self.entries.append(Entry(key, held))
        self.path.knowledge.on_return(self.entries.pop)
        return self.entries[-1]

    def entry_first(self, key: Any) -> Any:
        """What was under a key that was asked for."""
        return next((entry.first for entry in self.entries if entry.key is key), None)

    def changed(self) -> list[Entry]:
        """The entries that are not what they were."""
        return [entry for entry in self.entries if entry.now is not entry.first]


def _key(key: Any) -> Any:
    """The key that a dict with integers for keys finds by this one: 0 by 0.0 too. None if there can be no such key."""
    if isinstance(key, float):
        return int(key) if key.is_integer() else None
    return key if isinstance(key, int | SymbolicInt) else None


class Buckets:
    """The buckets of a pool. Iterated over: an earlier one, and an arbitrary one."""

    def __init__(self, make: Callable[[Any], Any]) -> None:
        """`make(number)` gives an arbitrary bucket of that number, or of that name."""
        self._make = make
        self.made: list[tuple[Any, Any]] = []

    def __getitem__(self, number: Any) -> Any:
        """The bucket of a number."""
        for known, bucket in self.made:
            if known == number:
                return bucket
        self.made.append((number, self._make(number)))
        return self.made[-1][1]

    def __iter__(self) -> Iterator[Any]:
        """Two buckets, the same ones each time."""
        return iter([self["an earlier bucket"], self["a bucket"]])
