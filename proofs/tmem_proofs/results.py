"""What a proof run finds: one result an obligation, and the verdicts and exit status of the whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, IntEnum
from fnmatch import fnmatch


class Verdict(Enum):
    """What became of an obligation. Only `PROVED` passes."""

    PROVED = "proved"
    REFUTED = "refuted"
    UNKNOWN = "unknown"
    VACUOUS = "vacuous"


class Exit(IntEnum):
    """The exit status of a proof run."""

    PROVED = 0
    REFUTED = 1
    UNDECIDED = 2
    USAGE = 3


@dataclass(frozen=True, slots=True, order=True)
class Obligation:
    """One invariant, of one operation, from one kind of state."""

    operation: str
    case: str
    invariant: str

    @property
    def name(self) -> str:
        """`insert/height 3/SHR-1`."""
        return f"{self.operation}/{self.case}/{self.invariant}"

    def matches(self, claim: str) -> bool:
        """Whether a claim given by a user names it: an operation, a case, an invariant, or a pattern of the name."""
        if claim in {self.operation, self.case, self.invariant}:
            return True
        return fnmatch(self.name, claim)


@dataclass(frozen=True, slots=True)
class Result:
    """What became of an obligation.

    paths      ways through the operation on which the invariant says something
    queries    questions put to the solver to settle it, once the paths were known
    resources  what these cost, in Z3's own unit
    witness    a state and a call on which it says something, so that the claim is not about nothing
    story      of a refutation: what was before, what was called, what came of it
    """

    obligation: Obligation
    verdict: Verdict
    paths: int
    queries: int = 0
    resources: int = 0
    witness: str = ""
    story: str = ""


@dataclass(frozen=True, slots=True)
class Explored:
    """One operation from one kind of state: its results, and what finding them cost, the paths themselves included."""

    results: tuple[Result, ...]
    paths: int
    queries: int
    resources: int
    seconds: float


def exit_of(results: Sequence[Result]) -> Exit:
    """The exit status for these results. To have decided nothing is no pass."""
    verdicts = {result.verdict for result in results}
    if Verdict.REFUTED in verdicts:
        return Exit.REFUTED
    return Exit.PROVED if verdicts == {Verdict.PROVED} else Exit.UNDECIDED


def closing_line(results: Sequence[Result]) -> str:
    """`N passed, N failed`: only a proved obligation has passed."""
    passed = sum(result.verdict is Verdict.PROVED for result in results)
    return f"{passed} passed, {len(results) - passed} failed"
