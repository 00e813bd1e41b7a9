"""The prover: takes every path of a scenario and holds it against every invariant that is claimed of it."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field

from tmem_proofs.claims.invariants import CLAIMS, Claim, claimed
from tmem_proofs.claims.scenario import Run, Scenario, scenarios
from tmem_proofs.engine.explorer import Path, UndecidedError, effort_of, explore
from tmem_proofs.engine.solver import Effort, Solver
from tmem_proofs.results import Explored, Obligation, Result, Verdict
from tmem_proofs.source import Code, Fault, load
from tmem_proofs.story import tell, witness


@dataclass(slots=True)
class _Tally:
    """What is known so far of one obligation."""

    paths: int = 0
    queries: int = 0
    resources: int = 0
    witness: str = ""
    story: str = ""
    undecided: bool = False

    def verdict(self, *, explored: bool) -> Verdict:
        """The verdict when every path has been taken (`explored`), or not."""
        if self.story:
            return Verdict.REFUTED
        if self.undecided or not explored:
            return Verdict.UNKNOWN
        return Verdict.PROVED if self.witness else Verdict.VACUOUS


@dataclass(slots=True)
class _Exploration:
    """One scenario under way."""

    scenario: Scenario
    tallies: dict[str, _Tally]
    paths: int = 0
    explored: bool = False
    effort: Effort = field(default_factory=Effort)

    def take_every_path(self, code: Code, seed: int) -> None:
        """Explore the scenario; each path is examined where it ends."""
        runs: list[Run] = []

        def program(path: Path) -> None:
            runs[:] = [self.scenario.run(path, code)]

        solver = Solver(seed=seed)
        try:
            for _ in explore(program, solver=solver):
                self.paths += 1
                for invariant, tally in self.tallies.items():
                    self._examine(runs[0], invariant, tally)
            self.explored = True
        except UndecidedError:
            pass
        self.effort = solver.effort()

    def _examine(self, run: Run, invariant: str, tally: _Tally) -> None:
        """Hold one path against one invariant."""
        if tally.story:
            return
        before = effort_of(run.path)
        said: list[list[Claim]] = []

        def claims() -> None:
            said[:] = [_claims(run, self.scenario.operation, invariant)]

        spoke = False
        try:
            for _ in run.path.each(claims):
                if said[0] and not tally.witness:
                    self._witness(run, tally)
                spoke = spoke or bool(said[0])
                self._refute(run, said[0], tally)
        except UndecidedError:
            tally.undecided = True
        tally.paths += spoke
        after = effort_of(run.path)
        tally.queries += after.queries - before.queries
        tally.resources += after.resources - before.resources

    def _witness(self, run: Run, tally: _Tally) -> None:
        """Find values with which this path is taken: without any, nothing said of it counts."""
        values = run.path.witness(run.settled)
        if values is not None:
            tally.witness = witness(run, values, self.scenario.operation)

    def _refute(self, run: Run, claims: list[Claim], tally: _Tally) -> None:
        for claim in claims:
            values = None if tally.story else run.path.refute(claim.holds, run.settled or run.path.terms.true)
            if values is not None:
                tally.story = tell(run, values, self.scenario.operation, claim.found)


def _claims(run: Run, operation: str, invariant: str) -> list[Claim]:
    """What the invariant says of the run. If that cannot even be evaluated, the tree is no tree: a refutation."""
    try:
        return list(CLAIMS[operation][invariant](run))
    except Exception as error:  # noqa: BLE001 - whatever it is, it is reported as found
        return [Claim(holds=False, found=f"a tree that cannot be read: {error!r}")]


def obligations() -> list[Obligation]:
    """Every obligation, in the order of the report."""
    return [
        Obligation(one.operation, one.case, invariant)
        for one in scenarios()
        for invariant in claimed(one.operation, one.case)
    ]


def prove_scenario(
    operation: str, case: str, invariants: Sequence[str], fault: Fault | None = None, seed: int = 0
) -> Explored:
    """Prove these invariants of one operation from one kind of state; of the shipped source, or with a fault in it."""
    scenario = next(one for one in scenarios() if (one.operation, one.case) == (operation, case))
    started = time.perf_counter()
    exploration = _Exploration(scenario, {invariant: _Tally() for invariant in invariants})
    exploration.take_every_path(load(fault), seed)
    results = tuple(
        Result(
            Obligation(operation, case, invariant),
            tally.verdict(explored=exploration.explored),
            tally.paths,
            tally.queries,
            tally.resources,
            tally.witness,
            tally.story,
        )
        for invariant, tally in exploration.tallies.items()
    )
    seconds = time.perf_counter() - started
    return Explored(results, exploration.paths, *exploration.effort, seconds)


def prove(
    wanted: Sequence[Obligation], *, jobs: int | None = None, fault: Fault | None = None, seed: int = 0
) -> Iterator[Explored]:
    """Prove these obligations, scenario by scenario, on as many processes as there are cores (or `jobs`).

    Yields what each scenario gave as soon as it is there, in no fixed order.
    """
    groups: dict[tuple[str, str], list[str]] = {}
    for one in wanted:
        groups.setdefault((one.operation, one.case), []).append(one.invariant)
    with ProcessPoolExecutor(jobs or os.cpu_count() or 1) as executor:
        running = [executor.submit(prove_scenario, *key, names, fault, seed) for key, names in groups.items()]
        for done in as_completed(running):
            yield done.result()
