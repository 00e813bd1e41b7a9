"""The prover: takes every path of a scenario and holds it against every invariant that is claimed of it."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path as File
from typing import Any

from tmem_proofs.claims.catalogue import Subject, subjects
from tmem_proofs.claims.claim import Claim
from tmem_proofs.conformance.locks import one_thread
from tmem_proofs.counterexample import NO_STORE, Example
from tmem_proofs.engine.explorer import EndlessError, Path, UndecidedError, effort_of, explore
from tmem_proofs.engine.smt import Transcript
from tmem_proofs.engine.solver import Effort, Solver
from tmem_proofs.engine.symbolic import SymbolicBool, as_fact
from tmem_proofs.engine.terms import Term
from tmem_proofs.results import Explored, Obligation, Result, Verdict
from tmem_proofs.source import Algorithm, Code, Fault, load, load_published
from tmem_proofs.trial import ENOUGH, Tried, try_out
from tmem_proofs.uncompiled import from_source


@dataclass(slots=True)
class _Tally:
    """What is known so far of one obligation.

    story, test  of a refuted path: one whose test fails, if there is one, and then the one with the fewest decisions
    in_vain      how many tests did not fail
    """

    paths: int = 0
    queries: int = 0
    resources: int = 0
    witness: str = ""
    story: str = ""
    test: str = ""
    decisions: int = 0
    in_vain: int = 0
    undecided: bool = False

    def wants(self, decisions: int) -> bool:
        """Whether a path that took so many decisions is worth a look."""
        if not self.story:
            return True
        if self.in_vain < ENOUGH:
            return not self.test or decisions < self.decisions
        return not self.test and decisions < self.decisions

    def refuted(self, decisions: int, story: str, tried: Tried) -> None:
        """A path refutes the obligation."""
        if not self.story or (not tried.test, decisions) < (not self.test, self.decisions):
            self.story, self.test, self.decisions = f"{story}\n{tried.told}", tried.test, decisions
        self.in_vain += tried.in_vain

    def verdict(self, *, explored: bool) -> Verdict:
        """The verdict when every path has been taken (`explored`), or not."""
        if self.story:
            return Verdict.REFUTED
        if self.undecided or not explored:
            return Verdict.UNKNOWN
        return Verdict.PROVED if self.witness else Verdict.VACUOUS


@dataclass(slots=True)
class _Exploration:
    """One scenario under way; a `brief` one ends with the first path that refutes something, and looks for no test."""

    subject: Subject
    code: Code
    tallies: dict[str, _Tally]
    paths: int = 0
    explored: bool = False
    replayed: int = 0
    disagreement: str = ""
    ways: Counter[str] = field(default_factory=Counter)
    rests: set[str] = field(default_factory=set)
    effort: Effort = field(default_factory=Effort)
    brief: bool = False

    def take_every_path(self, solver: Solver, *, as_shipped: bool) -> None:
        """Explore the scenario; each path is examined where it ends, and, `as_shipped`, replayed."""
        runs: list[Any] = []

        def program(path: Path) -> None:
            solver.remark(f"on the way to the end of path {self.paths + 1}")
            runs[:] = [self.subject.run(path, self.code)]

        try:
            for _ in explore(program, solver=solver):
                self.paths += 1
                self.ways.update(filter(None, [getattr(runs[0], "way", "")]))
                self.rests |= runs[0].path.rests
                if as_shipped and self.subject.replay is not None:
                    self._replay(runs[0])
                for invariant, tally in self.tallies.items():
                    solver.remark(f"{invariant} at the end of path {self.paths}")
                    self._examine(runs[0], invariant, tally)
                    if self.brief and tally.story:
                        return
                if _endless(runs[0]):
                    return  # there are as many such paths as one likes
            self.explored = True
        except UndecidedError:
            pass
        self.effort = solver.effort()

    def _replay(self, run: Any) -> None:
        """Run one path on the shipped objects."""
        assert self.subject.replay is not None  # noqa: S101 - for the type checker
        try:
            with one_thread():
                self.replayed += self.subject.replay(run)
        except Exception as error:  # noqa: BLE001 - whatever it is, it was not on the path
            self.disagreement = self.disagreement or f"{type(error).__name__}: {error}"

    def _examine(self, run: Any, invariant: str, tally: _Tally) -> None:
        """Hold one path against one invariant. Where it does not hold, a test is looked for."""
        if not tally.wants(run.path.decisions):
            return
        before, decisions = effort_of(run.path), run.path.decisions
        said: list[list[Claim]] = []

        def claims() -> None:
            said[:] = [_claims(run, self.subject, invariant)]

        spoke = ended = False
        try:
            for _ in run.path.each(claims):
                ended = True
                if said[0] and not tally.witness:
                    self._witness(run, invariant, tally)
                spoke = spoke or bool(said[0])
                refutation = self._refute(run, said[0]) if tally.wants(decisions) else None
                if refutation is not None:
                    obligation = Obligation(self.subject.operation, self.subject.case, invariant)
                    tried = Tried("", "") if self.brief else try_out(obligation, refutation[1], self.code)
                    tally.refuted(decisions, refutation[0], tried)
        except UndecidedError:
            tally.undecided = True
        # What is assumed in a claim must leave something of the path: else nothing was claimed of it.
        tally.undecided = tally.undecided or not ended
        tally.paths += spoke
        after = effort_of(run.path)
        tally.queries += after.queries - before.queries
        tally.resources += after.resources - before.resources

    def _witness(self, run: Any, invariant: str, tally: _Tally) -> None:
        """Find values with which this path is taken: without any, nothing said of it counts."""
        values = run.path.witness(_settled(run))
        if values is not None and self.subject.trace is not None:
            tally.witness = self.subject.trace(invariant)
        elif values is not None:
            tally.witness = self.subject.witness(run, values)

    def _refute(self, run: Any, claims: list[Claim]) -> tuple[str, Example | str] | None:
        """The story of the first claim that does not hold, and the path as a history, or why it is none."""
        for claim in claims:
            values = run.path.refute(claim.holds, _settled(run))
            if values is not None:
                story = self.subject.tell(run, values, claim.found)
                return story, NO_STORE if self.brief else self._example(run, claim)
        return None

    def _example(self, run: Any, claim: Claim) -> Example | str:
        """The path as a history, with values with which the claim does not hold."""
        path = run.path
        found: list[Example | str] = []
        violated = path.terms.every((path.terms.negate(as_fact(path.terms, claim.holds)), _settled(run)))
        with suppress(UndecidedError):
            found += [self._history(run) for _ in path.each(lambda: path.assume(SymbolicBool.of(path, violated)))]
        return found[0] if found else NO_STORE

    def _history(self, run: Any) -> Example | str:
        """The path as a history, or why it is none."""
        try:
            return self.subject.example(run)
        except Exception:  # noqa: BLE001 - a path through wrong code may end in what no other path ends in
            return NO_STORE


def _settled(run: Any) -> Term:
    """What is true of every state before the call, and used only where a claim does not hold without it."""
    settled: Term | None = getattr(run, "settled", None)
    return run.path.terms.true if settled is None else settled


def _claims(run: Any, subject: Subject, invariant: str) -> list[Claim]:
    """What the invariant says of the run. If that cannot even be evaluated, the tree is no tree: a refutation."""
    try:
        return list(subject.claims[invariant](run))
    except Exception as error:  # noqa: BLE001 - whatever it is, it is reported as found
        return [Claim(holds=False, found=f"a tree that cannot be read: {error!r}")]


def obligations() -> list[Obligation]:
    """Every obligation, in the order of the report."""
    return [Obligation(one.operation, one.case, invariant) for one in subjects() for invariant in one.claims]


def prove_scenario(  # noqa: PLR0913, PLR0917 - all that a run of one case may be told
    operation: str,
    case: str,
    invariants: Sequence[str],
    fault: Fault | None = None,
    seed: int = 0,
    algorithm: Algorithm = Algorithm.SHIPPED,
    smt: File | None = None,
) -> Explored:
    """Prove these invariants of one operation from one kind of state; of the source as it is, or with a fault in it.

    `smt`: a folder, to which everything that the solver is asked is written.
    """
    code = load(fault) if algorithm is Algorithm.SHIPPED else load_published(fault)
    subject = next(one for one in subjects() if (one.operation, one.case) == (operation, case))
    started = time.perf_counter()
    exploration = _Exploration(subject, code, {invariant: _Tally() for invariant in invariants})
    as_shipped = fault is None and algorithm is Algorithm.SHIPPED
    if smt is None:
        exploration.take_every_path(Solver(seed=seed), as_shipped=as_shipped)
    else:
        with transcript_of(smt, operation, case).open("w", encoding="utf-8") as out:
            exploration.take_every_path(Transcript(out, f"{operation}/{case}", seed=seed), as_shipped=as_shipped)
    return _explored(exploration, started)


def first_refutation(
    operation: str, case: str, invariants: Sequence[str] | None = None, fault: Fault | None = None
) -> Explored:
    """As `prove_scenario`, but to the first path that refutes one of the invariants (of all, if none are named).

    The others are then unknown. No test is looked for.
    """
    subject = next(one for one in subjects() if (one.operation, one.case) == (operation, case))
    started = time.perf_counter()
    tallies = {invariant: _Tally() for invariant in (subject.claims if invariants is None else invariants)}
    exploration = _Exploration(subject, load(fault), tallies, brief=True)
    exploration.take_every_path(Solver(), as_shipped=fault is None)
    return _explored(exploration, started)


def _endless(run: Any) -> bool:
    """Whether the code was left because it does not end."""
    return any(isinstance(getattr(run, name, None), EndlessError) for name in ("crash", "error"))


def _explored(exploration: _Exploration, started: float) -> Explored:
    return Explored(
        tuple(_result(invariant, exploration) for invariant in exploration.tallies),
        exploration.paths,
        *exploration.effort,
        seconds=time.perf_counter() - started,
        replayed=exploration.replayed,
        disagreement=exploration.disagreement,
        ways=tuple(sorted(exploration.ways.items())),
        rests=tuple(sorted(exploration.rests)),
    )


def transcript_of(folder: File, operation: str, case: str) -> File:
    """`DIR/insert/height-3.smt2`: where the questions of a case are written; its folder is made."""
    file = folder / operation.replace(" ", "-") / f"{case.replace(' ', '-')}.smt2"
    file.parent.mkdir(parents=True, exist_ok=True)
    return file


def _result(invariant: str, exploration: _Exploration) -> Result:
    tally = exploration.tallies[invariant]
    subject, verdict = exploration.subject, tally.verdict(explored=exploration.explored)
    obligation = Obligation(subject.operation, subject.case, invariant)
    return Result(
        obligation, verdict, tally.paths, tally.queries, tally.resources, tally.witness, tally.story, tally.test
    )


def prove(
    wanted: Sequence[Obligation],
    *,
    jobs: int | None = None,
    fault: Fault | None = None,
    seed: int = 0,
    algorithm: Algorithm = Algorithm.SHIPPED,
    smt: File | None = None,
) -> Iterator[Explored]:
    """Prove these obligations, scenario by scenario, on as many processes as there are cores (or `jobs`).

    Yields what each scenario gave as soon as it is there, in no fixed order.
    """
    groups: dict[tuple[str, str], list[str]] = {}
    for one in wanted:
        groups.setdefault((one.operation, one.case), []).append(one.invariant)
    with ProcessPoolExecutor(jobs or os.cpu_count() or 1, initializer=from_source) as executor:
        running = [
            executor.submit(prove_scenario, *key, names, fault, seed, algorithm, smt) for key, names in groups.items()
        ]
        for done in as_completed(running):
            yield done.result()
