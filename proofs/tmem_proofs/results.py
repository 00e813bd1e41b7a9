"""What a proof run finds: one result an obligation, and the verdicts and exit status of the whole.

Every report of a run, for people or for machines, is made from a `Proof` alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, IntEnum
from fnmatch import fnmatch


class Verdict(Enum):
    """What became of an obligation. Only `PROVED` passes."""

    PROVED = "proved"
    REFUTED = "refuted"
    UNKNOWN = "unknown"
    VACUOUS = "vacuous"


# How bad a verdict is, for comparing two: to be unknown and to be vacuous are different, but equally bad.
GRAVITY = {Verdict.PROVED: 0, Verdict.VACUOUS: 1, Verdict.UNKNOWN: 1, Verdict.REFUTED: 2}


class EngineError(AssertionError):
    """The prover itself is wrong: no verdict is worth much."""


class UsageError(Exception):
    """The command cannot be carried out as it was given."""


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

    @property
    def test_name(self) -> str:
        """`test_insert_height_3_shr_1`: of a test that refutes it, and of the file that holds the test."""
        return "test_" + re.sub(r"[^a-z0-9]+", "_", self.name.lower())

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
    test       the source of a pytest function that fails for it, on the source that was refuted; none if none is found
    """

    obligation: Obligation
    verdict: Verdict
    paths: int
    queries: int = 0
    resources: int = 0
    witness: str = ""
    story: str = ""
    test: str = ""


@dataclass(frozen=True, slots=True)
class Explored:
    """One operation from one kind of state: its results, and what finding them cost, the paths themselves included.

    replayed      paths that were run on the shipped objects too
    ways          paths by what happens in them, where that is counted: `objnode 2 of 5`, the one that was refused
    rests         functions that were not run but stood in for by their contracts, which are proved elsewhere
    disagreement  what these do that a path does not say: then no verdict counts, unless some refutation explains it
    """

    results: tuple[Result, ...]
    paths: int
    queries: int
    resources: int
    seconds: float
    cached: bool = False
    replayed: int = 0
    disagreement: str = ""
    ways: tuple[tuple[str, int], ...] = ()
    rests: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str, str]:
        """The operation, and the kind of state that it was run from."""
        first = self.results[0].obligation
        return first.operation, first.case


@dataclass(frozen=True, slots=True)
class Gap:
    """A line under proof that no path executes, or from which none goes one of its ways; why, or ""."""

    module: str
    line: int
    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Reach:
    """What the paths of the proofs execute of the `lines` under proof: all, but for the gaps."""

    lines: int
    gaps: tuple[Gap, ...]

    @property
    def unexplained(self) -> list[Gap]:
        """The gaps without a reason."""
        return [gap for gap in self.gaps if not gap.reason]


@dataclass(frozen=True, slots=True)
class Recheck:
    """What a second solver made of the answers that proofs rest on: how many it confirmed, and which it could not."""

    solver: str
    confirmed: int
    undecided: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Variation:
    """One obligation, proved with several seeds of the solver: its verdicts, and what they cost, seed by seed."""

    obligation: Obligation
    verdicts: tuple[Verdict, ...]
    resources: tuple[int, ...]

    @property
    def stable(self) -> bool:
        """Whether the verdict is the same with each seed, and none is unknown."""
        return len(set(self.verdicts)) == 1 and Verdict.UNKNOWN not in self.verdicts


@dataclass(frozen=True, slots=True)
class Stability:
    """What varies from seed to seed: `resources` are those of all cases together, paths included."""

    resources: tuple[int, ...]
    variations: tuple[Variation, ...]

    @property
    def unstable(self) -> list[Variation]:
        """The obligations whose verdicts hang on luck."""
        return [one for one in self.variations if not one.stable]


@dataclass(frozen=True, slots=True)
class Tools:
    """The versions that a verdict belongs to, besides the source."""

    tmem: str
    python: str
    z3: str


@dataclass(frozen=True, slots=True)
class Proof:
    """All that one run found, case by case; `seconds` is how long the run took, not what its cases cost.

    `reach` is of runs that prove everything, `recheck` and `stability` of those that ask for it.
    """

    explored: tuple[Explored, ...]
    seconds: float
    tools: Tools
    reach: Reach | None = None
    recheck: Recheck | None = None
    stability: Stability | None = None

    @property
    def results(self) -> list[Result]:
        """Every result, in the order of the cases."""
        return [result for one in self.explored for result in one.results]

    @property
    def cached(self) -> int:
        """How many results were found by an earlier run."""
        return sum(len(one.results) for one in self.explored if one.cached)

    @property
    def failures(self) -> list[Result]:
        """The results that are no pass, operation by operation."""
        return [one for _, _, cases in by_invariant(self.results) for one in cases if one.verdict is not Verdict.PROVED]

    def count(self, verdict: Verdict) -> int:
        """How many obligations have this verdict."""
        return sum(one.verdict is verdict for one in self.results)

    def cost(self) -> tuple[int, int, int]:
        """Paths, queries and resources of all cases together."""
        return (
            sum(one.paths for one in self.explored),
            sum(one.queries for one in self.explored),
            sum(one.resources for one in self.explored),
        )


def by_invariant(results: Sequence[Result]) -> Iterator[tuple[str, str, list[Result]]]:
    """Operation, invariant, and its cases: operations as they first occur, invariants and cases by name."""
    operations = list(dict.fromkeys(one.obligation.operation for one in results))
    groups: dict[tuple[str, str], list[Result]] = {}
    for one in results:
        groups.setdefault((one.obligation.operation, one.obligation.invariant), []).append(one)
    for operation, invariant in sorted(groups, key=lambda key: (operations.index(key[0]), key[1])):
        yield operation, invariant, sorted(groups[operation, invariant], key=lambda one: one.obligation.case)


def gravest(results: Sequence[Result]) -> Verdict:
    """The verdict over several cases: that of the worst."""
    return max((one.verdict for one in results), key=GRAVITY.__getitem__)


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
