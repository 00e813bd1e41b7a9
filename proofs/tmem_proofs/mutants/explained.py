"""Mutants that no layer kills, and why: what they do differently nothing is claimed of, or they never end.

An entry names a mutant as its name does: the function, and the change. One that names none any more, or one that is
killed, is an error: `tmem mutants` says so.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Survivor(NamedTuple):
    """A mutant that no layer kills, and why. `equivalent`: as far as any claim goes, it does what the source does."""

    function: str
    change: str
    reason: str
    equivalent: bool = True

    @property
    def name(self) -> str:
        """The mutant's."""
        return f"{self.function}: {self.change}"


_INTS = "type(index) is type(oid) is type(pool) is int"
_EQUAL = [
    f"{_INTS} -> type(index) == type(oid) is type(pool) is int",
    f"{_INTS} -> type(index) is type(oid) == type(pool) is int",
    f"{_INTS} -> type(index) is type(oid) is type(pool) == int",
]
_UNEQUAL = [
    f"{_INTS} -> type(index) is type(oid) is not type(pool) is int",
    f"{_INTS} -> type(index) is type(oid) is type(pool) is not int",
]
_COUNTED = f"type(count) is {_INTS}"
_SHORT = "<= SLOTS - (index & SLOT_MASK)"  # of a range that is one run

# As far as any claim goes they do what the source does: by reason, and function.
_EQUIVALENT: dict[str, dict[str, list[str]]] = {
    "without an object there is no pampd, so the second half says it all": {
        "_operations.put": [
            "obj is None or pampd is None -> (pampd is None)",
        ],
        "_operations.get": [
            "obj is None or pampd is None -> (pampd is None)",
        ],
    },
    "a page is created only once there is an object": {
        "_operations._put_new": [
            "obj is not None and pampd is not None -> (pampd is not None)",
        ],
    },
    "only how often other threads get a turn, of which nothing is claimed": {
        "_sync.pause": [
            "time.sleep(0) -> pass",
            "time.sleep(0) -> time.sleep((-1))",
            "time.sleep(0) -> time.sleep(1)",
        ],
        "_teardown.Pace.__init__": [
            "self._freed = 0 -> self._freed = (-1)",
            "self._freed = 0 -> self._freed = 1",
        ],
        "_teardown.Pace.step": [
            "_sync.pause() -> pass",
        ],
        "_teardown._tear_down": [
            "pace.step(len(pampds)) -> pass",
        ],
    },
    "the long way, down from the root, does the same": {
        "_tree.missing": [
            "if index >> SLOT_BITS in obj.leaves -> if False",
        ],
        "_tree.delete": [
            "if leaf is not None and leaf.slots_in_use > _FEW -> if False",
        ],
    },
    "the quick way is closed: the full way does the same, and takes longer": {
        "store.Tmem.put": [
            "if type(index) is type(oid) is type(pool) is int and type(page) is bytes -> if False",
            *_UNEQUAL,
            "if lock is not None -> if False",
            "if obj.lock is lock and not quick.frozen and not quick.destroyed -> if False",
            "if place(obj, index, page) -> if False",
            "if 0 <= index <= LAST_INDEX and lookup(obj, index) is None -> if False",
            "0 <= index <= LAST_INDEX -> 1 <= index <= LAST_INDEX",
            "0 <= index <= LAST_INDEX -> 0 < index <= LAST_INDEX",
            "0 <= index <= LAST_INDEX -> 0 <= index < LAST_INDEX",
        ],
        "store.Tmem.put_range": [
            f"if {_INTS} and 0 < len(copies) {_SHORT} -> if False",
            *_UNEQUAL,
            f"0 < len(copies) {_SHORT} -> 1 < len(copies) {_SHORT}",
            "0 < len(copies) <= SLOTS - (index & SLOT_MASK) -> 0 < len(copies) < SLOTS - (index & SLOT_MASK)",
            "index & SLOT_MASK -> index | SLOT_MASK",
            "if lock is not None -> if False",
            "if live and obj.height > 0 and 0 <= index <= LAST_INDEX -> if False",
            "0 <= index <= LAST_INDEX -> 1 <= index <= LAST_INDEX",
            "0 <= index <= LAST_INDEX -> 0 < index <= LAST_INDEX",
            "0 <= index <= LAST_INDEX -> 0 <= index < LAST_INDEX",
            "obj.height > 0 -> obj.height > 1",
        ],
        "store.Tmem.get": [
            "if type(index) is type(oid) is type(pool) is int -> if False",
            *_UNEQUAL,
            "if lock is not None -> if False",
            "if obj.lock is lock and quick.keeps and not quick.destroyed -> if False",
            "if page is not None -> if False",
        ],
        "store.Tmem.get_range": [
            f"if {_COUNTED} and 0 < count <= SLOTS - (index &... -> if False",
            f"{_COUNTED} -> type(count) is type(index) is not type(oid) is type(pool) is int",
            f"{_COUNTED} -> type(count) is type(index) is type(oid) is not type(pool) is int",
            f"{_COUNTED} -> type(count) is type(index) is type(oid) is type(pool) is not int",
            f"0 < count {_SHORT} -> 1 < count {_SHORT}",
            "0 < count <= SLOTS - (index & SLOT_MASK) -> 0 < count < SLOTS - (index & SLOT_MASK)",
            "index & SLOT_MASK -> index | SLOT_MASK",
        ],
    },
    "the quick way is open to what is no int too: the first that reckons with it raises the same error": {
        "store.Tmem.put_range": [
            f"{_INTS} -> type(index) is not type(oid) is type(pool) is int",
        ],
        "store.Tmem.get_range": [
            f"{_COUNTED} -> type(count) is not type(index) is type(oid) is type(pool) is int",
        ],
    },
    "the quick way is open to a range of no page too: where its leaf is, there is nothing to refuse": {
        "store.Tmem.get_range": [
            f"0 < count {_SHORT} -> (-1) < count {_SHORT}",
            f"0 < count {_SHORT} -> 0 <= count {_SHORT}",
        ],
    },
    "the long way, page by page, or slot by slot, does the same": {
        "_ranges.put": [
            "if obj is not None and obj.height > 0 and pool.plain -> if False",
            "obj.height > 0 -> obj.height > 1",
        ],
        "_ranges.get": [
            "if not pool.plain -> if True",
        ],
        "_runs.fill": [
            "if leaf.slots_in_use == SLOTS -> if False",
        ],
        "_runs.cut": [
            "if leaf.slots_in_use == SLOTS -> if False",
        ],
    },
    "a range is one run or several: the generator says the same of one": {
        "_runs.split": [
            f"0 < count {_SHORT} -> 1 < count {_SHORT}",
            "if 0 < count <= SLOTS - (index & SLOT_MASK) -> if False",
            "0 < count <= SLOTS - (index & SLOT_MASK) -> 0 < count < SLOTS - (index & SLOT_MASK)",
            "index & SLOT_MASK -> index | SLOT_MASK",
        ],
        "_runs._split": [
            "after < end -> after <= end",
        ],
    },
    "the same list, made anew": {
        "_ranges.put": [
            "if answers -> if True",
        ],
    },
    "the whole run is written over it": {
        "_runs.plant": [
            "pampds[0] -> pampds[(-1)]",
        ],
    },
    "a tree of height 1 has the leaf of index 0": {
        "_runs._cut_root": [
            "obj.height > 0 -> obj.height > 1",
        ],
    },
    "no objnode is asked for either way": {
        "_tree.missing": [
            "return 0 -> return (-1)",
        ],
    },
    "GuardedBatchPam sees to it that there are as many answers as questions": {
        "_pool.read_all": [
            "True -> False",
        ],
    },
    "classes and locks are equal to themselves alone": {
        "store.Tmem.put": [
            *_EQUAL,
            "type(page) is bytes -> type(page) == bytes",
            "obj.lock is lock -> obj.lock == lock",
        ],
        "store.Tmem.put_range": [
            *_EQUAL,
            "obj.lock is lock -> obj.lock == lock",
        ],
        "store.Tmem.get": [
            *_EQUAL,
            "obj.lock is lock -> obj.lock == lock",
        ],
        "store.Tmem.get_range": [
            f"{_COUNTED} -> type(count) == type(index) is type(oid) is type(pool) is int",
            f"{_COUNTED} -> type(count) is type(index) == type(oid) is type(pool) is int",
            f"{_COUNTED} -> type(count) is type(index) is type(oid) == type(pool) is int",
            f"{_COUNTED} -> type(count) is type(index) is type(oid) is type(pool) == int",
        ],
    },
    "nobody is in an empty set either: the first half saves time": {
        "store.Tmem._admit": [
            "inside and _sync.this_thread() in inside -> (_sync.this_thread() in inside)",
        ],
    },
}

# These do not, and no layer says so.
_OTHERS: dict[str, dict[str, list[str]]] = {
    "what a message says of a number: tested (tests/unit/test_arguments.py), not proved": {
        "_words.shown": [
            'return f"{number}" -> return None',
            'except ValueError: return f"{number:#x}" -> pass',
            'except ValueError: return f"{number:#x}" -> raise',
            'return f"{number:#x}" -> return None',
        ],
    },
    "a count that is no int: tested (tests/unit/test_ranges_arguments.py); a path and the real objects part there": {
        "_words.check_range": [
            "if not isinstance(count, int) -> if False",
            "raise TypeError(message) -> pass",
        ],
    },
    "it goes round for ever, and no layer waits so long": {
        "_teardown._tear_down": [
            "if not gone -> if True",
            "gone = obj.root is None -> pass",
        ],
        "_tree.missing": [
            "node = node.slots[index >> SLOT_BITS * level & SLOT_MASK] -> pass",
        ],
        "_tree.insert": [
            "_grow(obj, nodes.pop()) -> pass",
        ],
        "_tree._first_used": [
            "if slots[slot] is None -> if True",
            "slot += 1 -> pass",
            "slot += 1 -> slot += 0",
        ],
        "_ranges.put": [
            "index, pages = index + 1, pages[1:] -> pass",
        ],
        "_runs._last_used": [
            "if last >= first and slots[last] is None -> if True",
        ],
        "_words.height_for": [
            "if index > MAX_INDEX[height] -> if True",
        ],
    },
}

SURVIVORS: tuple[Survivor, ...] = tuple(
    Survivor(function, change, reason, equivalent)
    for listed, equivalent in ((_EQUIVALENT, True), (_OTHERS, False))
    for reason, functions in listed.items()
    for function, changes in functions.items()
    for change in changes
)


def survivors() -> dict[str, Survivor]:
    """The list, by name."""
    return {one.name: one for one in SURVIVORS}


def stale(names: Iterable[str]) -> list[str]:
    """The entries that name none of these mutants."""
    return sorted(survivors().keys() - set(names))
