"""Every run that there is: of each range within a leaf, and of leaves of every kind, the singles and what they leave.

A range lies within one leaf and begins at any slot of it, with any number of pages: 2080 of them. Each is made of an
object that is the same before, in a store for every way in which a PAM is asked, and singly in another.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from support.ranges import STORES, as_range, singly, state_of
from tmem import EPHEMERAL, PERSISTENT, SHARED, Tmem

OID = 7
LEAF = 64
RUNS = [(first, count) for first in range(LEAF) for count in range(1, LEAF + 1 - first)]

# Which leaf the ranges are of, by its first index; and what the object stores.
FILLINGS: dict[str, tuple[int, tuple[int, ...]]] = {
    "no object": (0, ()),
    "no object, a leaf high up": (4096, ()),
    "index 0 alone": (0, (0,)),
    "full leaf": (0, tuple(range(64))),
    "every second page": (0, tuple(range(0, 64, 2))),
    "the last page alone": (0, (63,)),
    "no leaf, and another beside": (0, (70, 71)),
    "no leaf, below a root that is there": (192, (3, 70, 200_000)),
    "no leaf, above the tree": (4096, (3, 5)),
    "two pages, whose going makes the tree low": (64, (0, 64 + 20, 64 + 40)),
    "the only leaf of a tall tree": (4096 * 3, (4096 * 3 + 5, 4096 * 3 + 30, 4096 * 3 + 60)),
}
CALLS = {
    "put_range": [PERSISTENT],
    "flush_range": [SHARED],
    "get_range": [EPHEMERAL, PERSISTENT, SHARED],
}


@dataclass
class Side:
    """A store whose object stores what it is to store."""

    store: Tmem
    flags: int
    present: tuple[int, ...]
    pages: dict[int, bytes] = field(init=False)
    pool: int = field(init=False)

    def __post_init__(self) -> None:
        """The object is put, page by page."""
        self.pages = {index: b"old %d" % index for index in self.present}
        self.pool = self.store.new_pool(self.flags)
        self.restore(0, 0)
        for index, page in self.pages.items():
            assert self.store.put(self.pool, OID, index, page)

    def restore(self, index: int, count: int) -> None:
        """Make these indexes hold what they held at first."""
        for at in range(index, index + count):
            if at in self.pages:
                self.store.put(self.pool, OID, at, self.pages[at])
            else:
                self.store.flush_page(self.pool, OID, at)

    def state(self) -> object:
        """All that there is to the object, and what the pool counts."""
        return state_of(self.store, self.pool, OID)


CASES = [(name, flags, filling) for name, several in CALLS.items() for flags in several for filling in FILLINGS]


@pytest.mark.parametrize(("name", "flags", "filling"), CASES)
def test_every_run_is_its_single_calls(name: str, flags: int, filling: str) -> None:
    """COH-1 to COH-5, EPH-1, EPH-4, CNT-1 to CNT-5, SHR-1 to SHR-3: the answers, pages, counts and tree are theirs."""
    base, present = FILLINGS[filling]
    single = Side(Tmem(), flags, present)
    sides = [Side(make(), flags, present) for make in STORES.values()]
    before = single.state()
    for number, (first, count) in enumerate(RUNS):
        index = base + first
        what = [b"new %d of %d" % (at, number) for at in range(count)] if name == "put_range" else count
        expected = singly(single.store, name, single.pool, OID, index, what)
        state = single.state()
        for side in sides:
            assert as_range(side.store, name, side.pool, OID, index, what) == expected, (first, count)
            assert side.state() == state, (first, count)
        if state != before:
            for side in (single, *sides):
                side.restore(index, count)
    for side in (single, *sides):
        side.store.check()
        assert side.state() == before
