"""Stability: the same proofs with several seeds of the solver. A verdict that hangs on luck is found out.

A seed varies the choices that Z3 makes where nothing prefers one. Verdicts must not differ, and none may be unknown;
what they cost may, and says how far a proof is from the limit.
"""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tmem_proofs import cache
from tmem_proofs.engine.solver import RESOURCES_A_QUERY
from tmem_proofs.progress import counted
from tmem_proofs.results import Exit, Explored, Obligation, Verdict, closing_line

MOST_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Stability:
    """What several runs found: of each, its seed and its cases."""

    runs: tuple[tuple[Explored, ...], ...]

    def verdicts(self) -> dict[Obligation, set[Verdict]]:
        """The verdicts that each obligation had."""
        found: dict[Obligation, set[Verdict]] = defaultdict(set)
        for result in (result for run in self.runs for one in run for result in one.results):
            found[result.obligation].add(result.verdict)
        return found

    def unstable(self) -> list[Obligation]:
        """The obligations whose verdicts differ, or are unknown."""
        return sorted(
            one for one, verdicts in self.verdicts().items() if len(verdicts) > 1 or Verdict.UNKNOWN in verdicts
        )

    def exit(self) -> Exit:
        """0 if all is proved with each seed, 1 if something is refuted with each, 2 if something hangs on luck."""
        if self.unstable() or not self.verdicts():
            return Exit.UNDECIDED
        verdicts = set.union(*self.verdicts().values())
        if Verdict.REFUTED in verdicts:
            return Exit.REFUTED
        return Exit.PROVED if verdicts == {Verdict.PROVED} else Exit.UNDECIDED


def measure(wanted: Sequence[Obligation], kept: cache.Cache | None, jobs: int | None, seeds: int) -> Stability:
    """Prove these obligations with the seeds from 0 on."""
    runs = []
    for seed in range(seeds):
        run = []
        with counted(f"seed {seed}", len({(one.operation, one.case) for one in wanted})) as count:
            for one in cache.prove(wanted, kept, jobs=jobs, seed=seed):
                run.append(one)
                count()
        runs.append(tuple(run))
    return Stability(tuple(runs))


def lines(stability: Stability) -> Iterator[str]:
    """The report, a line at a time; `N passed, N failed` comes last, of the run with the first seed."""
    totals = [sum(one.resources for one in run) for run in stability.runs]
    yield f"{len(totals)} seeds: {_spread(totals)} of Z3's resource units; a query may take {RESOURCES_A_QUERY:,}"
    costs: dict[str, list[int]] = defaultdict(list)
    for one in (one for run in stability.runs for one in run):
        costs["/".join(one.key)].append(one.resources)
    varying = sorted(costs, key=lambda name: -max(costs[name]) / max(1, min(costs[name])))
    yield "the cases that vary most"
    yield from (f"  {name}: {_spread(costs[name])}" for name in varying[:MOST_SHOWN])
    for obligation in stability.unstable():
        told = ", ".join(sorted(verdict.value for verdict in stability.verdicts()[obligation]))
        yield f"UNSTABLE {obligation.name}: {told}"
    yield f"{len(stability.unstable())} verdicts differ from seed to seed, or are unknown"
    yield closing_line([result for one in stability.runs[0] for result in one.results])


def _spread(costs: Sequence[int]) -> str:
    """`1,000 to 1,300 (median 1,100, x1.30)`."""
    least, most = min(costs), max(costs)
    return f"{least:,} to {most:,} (median {statistics.median(costs):,.0f}, x{most / max(1, least):.2f})"
