"""Loops and pieces: a path becomes a call of the shipped function, on plain values, with a plain host and PAM.

Callbacks give, refuse and raise where they did on the path. What comes of it must be what the path says; where the
specification has a function of its own for it, that must say the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from tmem import DefaultHost, MemoryPam, Obj, Objnode
from tmem._pool import Pool, release, take
from tmem._teardown import flush_pool
from tmem._tree import _first_used, used
from tmem._words import bucket_of, height_for
from tmem_proofs.claims.draining import LoopRun
from tmem_proofs.claims.piece_run import PieceRun
from tmem_proofs.engine.environment import GIVEN, RAISES, REFUSED, CallbackError
from tmem_proofs.replay.agree import agree
from tmem_proofs.replay.plain import unseen
from tmem_proofs.story import number
from tmem_spec import law, words
from tmem_spec.words import EPHEMERAL, SLOTS


@dataclass(slots=True)
class Plain(DefaultHost, MemoryPam):
    """A host and PAM: it answers for objnodes as it is told, and raises at the frees that it is told of."""

    answers: tuple[str, ...] = ()
    raising: frozenset[object] = frozenset()
    asked: int = 0
    given: list[Objnode] = field(default_factory=list)
    freed: list[object] = field(default_factory=list)

    def objnode_alloc(self, pool: int) -> Objnode | None:
        """An objnode, or not."""
        del pool
        answer = self.answers[self.asked] if self.asked < len(self.answers) else REFUSED
        self.asked += 1
        if answer == RAISES:
            raise CallbackError("objnode_alloc")
        if answer == GIVEN:
            self.given.append(Objnode())
        return self.given[-1] if answer == GIVEN else None

    def free(self, pampd: object) -> None:
        """Take something back, and raise or not."""
        self.freed.append(pampd)
        if pampd in self.raising:
            raise CallbackError(pampd)

    def objnode_free(self, pool: int, objnode: object) -> None:
        """As above."""
        del pool
        self.free(objnode)

    def obj_free(self, pool: int, obj: object) -> None:
        """As above."""
        del pool
        self.free(obj)

    def free_all(self, pampds: Sequence[object]) -> None:
        """As above, all at once."""
        self.freed += pampds
        if "free_all" in self.raising:
            raise CallbackError("free_all")

    def pool(self, *, batch: bool = False) -> Pool:
        """A pool of this host and PAM, which takes runs or not."""
        pool = Pool(0, EPHEMERAL, self, self)
        pool.batch = self if batch else None  # type: ignore[assignment]  # as far as release asks it
        return pool


@dataclass(frozen=True, slots=True)
class FirstUsed:
    """Which slots are used, and the one that is found."""

    used: frozenset[int]
    found: int

    def replay(self) -> None:
        """Run it on the shipped function. Raises ReplayError if it does not do what the path says."""
        found = _first_used([slot if slot in self.used else None for slot in range(SLOTS)])
        agree("first used slot", found, self.found)
        agree("first used slot, by definition", found, min(self.used))


@dataclass(frozen=True, slots=True)
class Used:
    """What the slots hold, and what is given."""

    held: tuple[str | None, ...]
    given: tuple[str, ...]

    def replay(self) -> None:
        """As above."""
        agree("what the used slots hold", tuple(used(list(self.held))), self.given)


@dataclass(frozen=True, slots=True)
class Take:
    """How many objnodes are to be taken, what the host answers, and what is given, or raised."""

    count: int
    answers: tuple[str, ...]
    result: bool | str

    def replay(self) -> None:
        """As above."""
        plain = Plain(self.answers)
        nodes: list[Objnode] = []
        result = _result(lambda: take(plain.pool(), self.count, nodes))
        agree("objnodes asked for", plain.asked, len(self.answers))
        agree("objnodes taken", nodes, plain.given)
        agree("result of take", result, self.result)


@dataclass(frozen=True, slots=True)
class Release:
    """What is released, which frees raise, what was raised before; what is freed, and whose exception comes out."""

    things: tuple[tuple[str, ...], tuple[str, ...], str | None]
    before: str | None
    raising: frozenset[str]
    freed: tuple[str, ...]
    result: str | None
    batch: bool = False

    def replay(self) -> None:
        """As above."""
        plain = Plain(raising=frozenset(self.raising))
        before = None if self.before is None else CallbackError(self.before)
        given: tuple[Any, Any, Any] = self.things  # names, in the place of objects
        result = _result(lambda: release(plain.pool(batch=self.batch), *given, before))
        agree("what release frees", tuple(plain.freed), self.freed)
        agree("result of release", result, self.result)


@dataclass(frozen=True, slots=True)
class Value:
    """An argument of a function of integers, and what comes of it."""

    shipped: Callable[[int], int]
    specified: Callable[[int], int]
    argument: int
    result: int

    def replay(self) -> None:
        """As above."""
        call = f"{self.shipped.__name__}({self.argument:#x})"
        agree(call, self.shipped(self.argument), self.result)
        agree(f"{call}, by the specification", self.specified(self.argument), self.result)


@dataclass(frozen=True, slots=True)
class Order:
    """Two oids, and whether the first of them is torn down before the second."""

    left: int
    right: int
    before: bool

    def replay(self) -> None:
        """As above: two objects, the one that goes last entered first."""
        plain = Plain()
        pool = plain.pool()
        wanted = list(dict.fromkeys([self.left, self.right] if self.before else [self.right, self.left]))
        for oid in reversed(wanted):
            obj = pool.objs[oid] = Obj()
            obj.root, obj.pampd_count = oid, 1
        flush_pool(pool)
        agree("objects in the order in which they go", [one for one in plain.freed if isinstance(one, int)], wanted)
        agree("order of oids, by the specification", words.oid_before(self.left, self.right), self.before)


def _result(call: Callable[[], object]) -> Any:
    """What a call gives, or raises; of an exception of a callback, its name."""
    try:
        given = call()
    except CallbackError as error:
        given = error
    return str(given) if isinstance(given, CallbackError) else given


# From a path to plain values; None if it cannot be taken, or ends in an exception that no callback raised.


def of_first_used(run: LoopRun) -> FirstUsed | None:
    """A path through `_first_used`."""
    values = run.path.witness()
    if values is None or run.error is not None:
        return None
    known = {number(slot, values) for slot, held in run.slots.first if held is not None}
    return FirstUsed(frozenset(known.union(unseen(run.slots, values))), number(run.result, values))


def of_used(run: LoopRun) -> Used:
    """A path through `used`."""
    held = tuple(None if one is None else one.name for one in run.slots)
    return Used(held, tuple(one.name for one in run.result))


def of_take(run: PieceRun) -> Take | None:
    """A path through `take`."""
    values = run.path.witness()
    if values is None or run.error not in [None, *run.raised]:
        return None
    ending = [RAISES] if run.raised else [REFUSED] if run.refused else []
    result = run.result if run.error is None else str(run.error)
    return Take(number(run.arguments["count"], values), (*[GIVEN] * len(run.given), *ending), result)


def of_release(run: PieceRun) -> Release | None:
    """A path through `release`, all of whose values are plain."""
    if run.error is not None:
        return None
    names = [thing.name for thing in run.arguments["things"]]
    pampds, nodes = (tuple(one for one in names if one.startswith(kind)) for kind in ("pampd", "objnode"))
    before, result = (None if one is None else str(one) for one in (run.arguments["before"], run.result))
    freed = tuple(thing.name for thing in run.freed)
    things = pampds, nodes, "obj" if "obj" in names else None
    return Release(things, before, frozenset(map(str, run.raised)), freed, result, run.batch is not None)


def of_height(run: PieceRun) -> Value | None:
    """A path through `height_for`."""
    return _value(run, "index", height_for, lambda index: law.height({index}))


def of_bucket(run: PieceRun) -> Value | None:
    """A path through `bucket_of`."""
    return _value(run, "oid", bucket_of, words.bucket_of)


def of_order(run: PieceRun) -> Order | None:
    """A path through the comparison of two oids."""
    values = run.path.witness()
    if values is None:
        return None
    left, right = (number(run.arguments[one], values) for one in ("left", "right"))
    return Order(left, right, run.result)


def _value(run: PieceRun, name: str, shipped: Callable[[int], int], specified: Callable[[int], int]) -> Value | None:
    values = run.path.witness()
    if values is None or run.error is not None:
        return None
    return Value(shipped, specified, number(run.arguments[name], values), number(run.result, values))
