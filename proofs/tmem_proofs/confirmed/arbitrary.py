"""Arbitrary instances of the shipped classes, for CrossHair to pass as arguments, not only freshly built ones.

obj       any height and counts; its root is None or an arbitrary objnode, and its leaves are those of its tree
objnode   each slot holds nothing or an arbitrary objnode
pace      any number of pages freed so far
pool      any id; of any kind, frozen or not, destroyed or not
store     any number of ids spent; an id that is spent names an arbitrary pool, or none any more

What a slot holds, and whether an id has a pool, is left open until somebody looks: then paths go both ways. A pampd
is whatever lies at level 0, so an objnode stands for one, too. What else is assumed of an instance (that a height is
not negative, say) is said by the condition that takes it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from crosshair import SymbolicFactory, register_type
from crosshair.statespace import context_statespace
from crosshair.tracers import NoTracing

from tmem import DefaultHost, MemoryPam, Tmem
from tmem._pool import Pool
from tmem._teardown import Pace
from tmem._tree import Obj, Objnode
from tmem_spec.words import EPHEMERAL, SLOT_BITS, SLOTS, max_index, slot_of

_FIELDS = ("persistent", "keeps", "frozen", "destroyed")


class Open:
    """A table of which nothing is known until somebody looks.

    `found` is what was in it from the beginning, as far as anybody has looked; `put`, the latest first, what came in
    since. CrossHair copies an argument before a call, to show it as it was: the copy has the same to find.
    """

    def __init__(self, finds: Callable[[int], Any]) -> None:
        """Of a key that nobody has looked at, it holds what `finds` gives."""
        self.finds = finds
        self.found: list[tuple[int, Any]] = []
        self.put: list[tuple[int, Any]] = []

    def __deepcopy__(self, memo: dict[int, Any]) -> Open:
        twin = Open(self.finds)
        twin.found, twin.put = self.found, list(self.put)
        return twin

    def get(self, key: int) -> Any:
        """What it holds at a key."""
        for known, held in (*self.put, *self.found):
            if known == key:
                return held
        self.found.append((key, self.finds(key)))
        return self.found[-1][1]

    def __getitem__(self, key: int) -> Any:
        return self.get(key)

    def __setitem__(self, key: int, held: Any) -> None:
        self.put.insert(0, (key, held))

    def __repr__(self) -> str:
        """`{3: None, 0: objnode({})}`: what was there."""
        return f"{{{', '.join(f'{key}: {held!r}' for key, held in self.found)}}}"


class AnyObjnode(Objnode):
    """An objnode that tells what is known of its slots."""

    __slots__ = ()

    def __init__(self, *, arbitrary: bool = True) -> None:
        """One with arbitrary slots, or with empty ones as a host gives it out."""
        self.slots: Any = Open(_any_slot if arbitrary else _in_range)
        self.slots_in_use = int(arbitrary)

    def __repr__(self) -> str:
        """`objnode({3: None})`."""
        return f"objnode({self.slots!r})"


class AnyLeaves:
    """The leaves of a tree by what an index has above its slot in them: those that the tree had, and what came since.

    `leaf` gives a leaf of the tree as it was, by the specification's slots.
    """

    def __init__(self, leaf: Callable[[int], Any]) -> None:
        """Nothing came."""
        self.leaf = leaf
        self.put: list[tuple[int, Any]] = []

    def get(self, part: int) -> Any:
        """The leaf, or None."""
        return next((leaf for known, leaf in self.put if known == part), None) or self.leaf(part)

    def __contains__(self, part: int) -> bool:
        return self.get(part) is not None

    def __setitem__(self, part: int, leaf: Any) -> None:
        self.put.insert(0, (part, leaf))


class LeavesOf:
    """What gives the leaves of a tree as it is when it is asked for them."""

    def __init__(self, root: Any, height: int) -> None:
        """Of a tree with this root, at this level."""
        self.root = root
        self.height = height

    def __call__(self, part: int) -> Any:
        """The leaf, or None."""
        if self.root is None or self.height == 0 or part > max_index(self.height) >> SLOT_BITS:
            return None
        held = self.root
        for level in range(self.height, 1, -1):
            held = None if held is None else held.slots[slot_of(part << SLOT_BITS, level)]
        return held


class AnyObj(Obj):
    """An obj that tells its fields."""

    __slots__ = ()

    def __repr__(self) -> str:
        """`obj(height 1, pampds 7, objnodes 1, objnode({0: None}))`."""
        return f"obj(height {self.height}, pampds {self.pampd_count}, objnodes {self.objnode_count}, {self.root!r})"


class AnyPace(Pace):
    """A pace that tells what it counts."""

    __slots__ = ()

    def __repr__(self) -> str:
        """`pace(7 freed)`."""
        return f"pace({self._freed} freed)"


class AnyPool(Pool):
    """A pool that tells what it was."""

    __slots__ = ("was",)

    def __init__(self, pool_id: int) -> None:
        """Any pool of this id."""
        with NoTracing():  # type: ignore[no-untyped-call]  # CrossHair's, which has no types
            super().__init__(pool_id, EPHEMERAL, DefaultHost(), MemoryPam())
        for field in _FIELDS:
            setattr(self, field, _either(field))
        self.was = [field for field in _FIELDS if getattr(self, field)]

    def __repr__(self) -> str:
        """`pool(persistent, frozen)`."""
        return f"pool({', '.join(self.was)})"


class AnyStore(Tmem):
    """A store that tells what it has."""

    __slots__ = ()

    def __repr__(self) -> str:
        """`store(5 ids spent, {4: pool(frozen)})`."""
        return f"store({self._spent} ids spent, {self._pools!r})"


def register_types() -> None:
    """Tell CrossHair how to make instances of the shipped classes."""
    register_type(Obj, _any_obj)
    register_type(Objnode, lambda _: AnyObjnode())
    register_type(Pace, _any_pace)
    register_type(Pool, lambda make: AnyPool(make(int, "id")))
    register_type(Tmem, _any_store)


def _either(name: str) -> bool:
    """True or False: paths go both ways."""
    with NoTracing():  # type: ignore[no-untyped-call]  # CrossHair's, which has no types
        return bool(context_statespace().smt_fork(desc=name))


def _any_root() -> AnyObjnode | None:
    return AnyObjnode() if _either("held") else None


def _any_slot(slot: int) -> AnyObjnode | None:
    _in_range(slot)
    return _any_root()


def _in_range(slot: int) -> None:
    """Nothing, if there is such a slot."""
    if not 0 <= slot < SLOTS:
        raise IndexError(slot)


def _any_obj(make: SymbolicFactory) -> Obj:
    obj = AnyObj()
    obj.height = make(int, "height")
    obj.pampd_count = make(int, "pampd_count")
    obj.objnode_count = make(int, "objnode_count")
    obj.root = _any_root()
    leaves: Any = AnyLeaves(LeavesOf(obj.root, obj.height))
    obj.leaves = leaves
    return obj


def _any_pace(make: SymbolicFactory) -> Pace:
    pace = AnyPace()
    pace._freed = make(int, "freed")
    return pace


def _any_store(make: SymbolicFactory) -> Tmem:
    store = AnyStore()
    spent = make(int, "spent")
    pools: Any = Open(lambda pool: AnyPool(pool) if 0 <= pool < spent and _either("live") else None)
    store._spent, store._pools = spent, pools
    return store
