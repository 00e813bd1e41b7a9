"""Pieces that ranges rest on: a path becomes a call of the shipped function, on plain values, with a plain PAM."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tmem import DefaultHost
from tmem._pool import Pool, create_all, read_all
from tmem._runs import _last_used, split
from tmem.host import GuardedBatchPam, GuardedPam, Inside
from tmem_proofs.claims.draining import LoopRun
from tmem_proofs.claims.piece_run import PieceRun, Thing
from tmem_proofs.engine.environment import CallbackError
from tmem_proofs.engine.symbolic import as_fact
from tmem_proofs.replay.agree import agree
from tmem_proofs.replay.plain import unseen
from tmem_proofs.story import number
from tmem_spec.words import EPHEMERAL, SLOT_BITS, SLOTS

OID = 7


@dataclass(slots=True)
class Told:
    """A PAM that answers as it is told, page by page, or for all: None refuses, an exception is raised."""

    answers: list[Any]
    asked: list[Any] = field(default_factory=list)

    def create(self, pool: int, oid: int, index: int, page: bytes) -> Any:
        """A pampd, or not."""
        return self._answer((pool, oid, index, page))

    def get_data(self, pampd: Any) -> Any:
        """Data, or not."""
        return self._answer(pampd)

    def free(self, pampd: Any) -> None:
        """Never asked for."""
        raise AssertionError(pampd)

    def create_all(self, pool: int, oid: int, index: int, pages: Sequence[bytes]) -> list[Any]:
        """As above, of all."""
        return [self._answer((pool, oid, index + at, page)) for at, page in enumerate(pages)]

    def get_data_all(self, pampds: Sequence[Any]) -> list[Any]:
        """As above, of all."""
        return [self._answer(pampd) for pampd in pampds]

    def free_all(self, pampds: Sequence[Any]) -> None:
        """Never asked for."""
        raise AssertionError(pampds)

    def _answer(self, asked: Any) -> Any:
        self.asked.append(asked)
        answer = self.answers[len(self.asked) - 1]
        if isinstance(answer, CallbackError):
            raise answer
        return answer


@dataclass(frozen=True, slots=True)
class Asked:
    """What the PAM is to be asked for, what it answers in order, and at which place of the run that has to be."""

    batch: bool
    index: int
    pages: tuple[bytes, ...] | None
    held: tuple[str | None, ...]
    answers: tuple[str | CallbackError | None, ...]
    given: tuple[str | None, ...]
    raised: str | None

    def replay(self) -> None:
        """Run it on the shipped function. Raises ReplayError if it does not do what the path says."""
        told = Told(list(self.answers))
        guard = GuardedBatchPam if self.batch else GuardedPam
        pool = Pool(0, EPHEMERAL, DefaultHost(), guard(told, Inside()))
        if self.pages is not None:
            given, raised = create_all(pool, OID, self.index, list(self.pages))
        else:
            given, raised = read_all(pool, list(self.held))
        agree("what came of each page", tuple(given), self.given)
        agree("exception", None if raised is None else str(raised), self.raised)
        agree("asked no more than is answered", len(told.asked) <= len(self.answers), True)  # noqa: FBT003 - what is wanted


@dataclass(frozen=True, slots=True)
class Runs:
    """A range, and the first two runs of it."""

    index: int
    count: int
    runs: tuple[tuple[int, int], ...]

    def replay(self) -> None:
        """As above; of a range that is not too large all runs are looked at."""
        shipped = []
        for run, _ in zip(split(self.index, self.count), range(1 << 12), strict=False):
            shipped.append(tuple(run))
        agree("the first runs", tuple(shipped[:2]), self.runs)
        at = self.index
        for first, some in shipped:
            agree("a run", (first, first >> SLOT_BITS), (at, first + some - 1 >> SLOT_BITS))
            at += some
        agree("the last run", at == self.index + self.count or len(shipped) == 1 << 12, True)  # noqa: FBT003 - what is wanted


@dataclass(frozen=True, slots=True)
class LastUsed:
    """Which slots are used, of which the last one is looked for, and the one that is found."""

    used: frozenset[int]
    first: int
    last: int
    found: int

    def replay(self) -> None:
        """As above."""
        found = _last_used([slot if slot in self.used else None for slot in range(SLOTS)], self.first, self.last)
        agree("last used slot", found, self.found)
        within = [slot for slot in self.used if self.first <= slot <= self.last]
        agree("last used slot, by definition", found, max(within, default=self.first - 1))


def of_asked(run: PieceRun) -> Asked | None:
    """A path through `create_all` or `read_all`."""
    values = run.path.witness()
    if values is None or run.error is not None:
        return None
    arguments = run.arguments
    pages = tuple(arguments["pages"]) if "pages" in arguments else None
    held = tuple(None if one is None else one.name for one in arguments.get("held", ()))
    answers = [one.name if isinstance(one, Thing) else one for one in arguments["told"]]
    given, first = run.result
    names = tuple(None if one is None else one.name for one in given)
    index = number(arguments["index"], values) if pages is not None else 0
    raised = None if first is None else str(first)
    return Asked(arguments["batch"], index, pages, held, tuple(answers), names, raised)


def of_split(run: PieceRun) -> Runs | None:
    """A path through `split`."""
    values = run.path.witness()
    if values is None or run.error is not None:
        return None
    runs = tuple((number(first, values), number(some, values)) for first, some in run.result)
    return Runs(number(run.arguments["index"], values), number(run.arguments["count"], values), runs)


def of_last_used(run: LoopRun) -> LastUsed | None:
    """A path through `_last_used`: what it did not look at is not used."""
    few = as_fact(run.path.terms, run.slots.unseen() == 0)
    values = run.path.witness(few) or run.path.witness()
    if values is None or run.error is not None:
        return None
    first, last = (number(one, values) for one in run.bounds)
    known = {number(slot, values) for slot, held in run.slots.first if held is not None}
    beside = [slot for slot in unseen(run.slots, values) if not first <= slot <= last]
    return LastUsed(frozenset(known.union(beside)), first, last, number(run.result, values))
