"""The report of a proof run, for people: operation by operation, invariant by invariant, refutations told in full."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path

from tmem_proofs import stability
from tmem_proofs.assumptions import ASSUMPTIONS, Kind
from tmem_proofs.results import Explored, Proof, Reach, Recheck, Result, Verdict, by_invariant, closing_line, gravest
from tmem_spec import named

# What stands for a verdict where there is room for one letter.
MARKS = {Verdict.PROVED: "✓", Verdict.REFUTED: "✗", Verdict.UNKNOWN: "?", Verdict.VACUOUS: "∅"}


def lines(proof: Proof, *, verbose: bool = False) -> Iterator[str]:
    """The whole report, a line at a time; `N passed, N failed` comes last."""
    yield from verdicts(proof, verbose=verbose)
    yield from failures(proof)
    yield from totals(proof)
    yield closing_line(proof.results)


def verdicts(proof: Proof, *, verbose: bool = False) -> Iterator[str]:
    """Each operation, and below it a line for each invariant; in detail, for each case too."""
    for operation, rows in groupby(by_invariant(proof.results), key=lambda row: row[0]):
        yield operation
        for _, _, cases in rows:
            yield from _row(cases, verbose=verbose)
        if verbose:
            yield from _ways(one for one in proof.explored if one.key[0] == operation)
        yield ""


def _ways(cases: Iterable[Explored]) -> Iterator[str]:
    """How many paths there are of each kind, where that is counted."""
    for one in cases:
        counted = ", ".join(f"{way} in {paths}" for way, paths in one.ways)
        if counted:
            yield f"  paths of {one.key[1]}, by what was refused: {counted}"


def _row(cases: Sequence[Result], *, verbose: bool) -> Iterator[str]:
    """One operation x invariant: the verdict over all cases; in detail, each case with its witness."""
    invariant = named(cases[0].obligation.invariant)
    paths = sum(one.paths for one in cases)
    verdict = gravest(cases).value
    yield f"  {invariant.id:6} {verdict:9} {len(cases):2} cases {paths:5} paths  {invariant.sentence}"
    if verbose:
        for one in cases:
            yield f"           {one.obligation.case:10} {one.verdict.value:9} {one.paths:5} paths  {one.witness}"


def failures(proof: Proof, tests: Path | None = None) -> Iterator[str]:
    """Each obligation that is not proved, with its story if it has one. `tests`: where tests are written."""
    for result in proof.failures:
        yield heading(result)
        yield from story(result, tests)
        yield ""


def story(result: Result, tests: Path | None) -> Iterator[str]:
    """The story of a refutation, and where its test is."""
    for line in result.story.splitlines():
        yield f"  {line}"
    if result.test:
        file = f"{result.obligation.test_name}.py"
        yield f"  the test: {tests / file}" if tests else f"  the test: --tests DIR writes it, as {file}"


def heading(result: Result) -> str:
    """`REFUTED insert/height 3/SHR-2: No objnode is empty.`."""
    invariant = named(result.obligation.invariant)
    return f"{result.verdict.value.upper()} {result.obligation.name}: {invariant.sentence}"


def told(result: Result) -> str:
    """The heading, and the story below it if there is one."""
    return f"{heading(result)}\n{result.story}".rstrip()


def totals(proof: Proof) -> Iterator[str]:
    """What the run cost, how much of it an earlier one had found, and what all of it rests on."""
    yield ", ".join(costs(proof))
    if proof.reach is not None:
        yield reached(proof.reach)
        for gap in proof.reach.unexplained:
            yield f"  {gap.module}.py:{gap.line}  {gap.text}: no path goes there, or one way on from there, and why?"
    if proof.recheck is not None:
        yield from rechecked(proof.recheck)
    if proof.stability is not None:
        yield from stability.lines(proof.stability)
    yield from assumed()


def rechecked(recheck: Recheck) -> Iterator[str]:
    """What a second solver made of the answers that proofs rest on."""
    every = recheck.confirmed + len(recheck.undecided)
    yield f"{recheck.confirmed} of {every} unsat answers of Z3 confirmed by {recheck.solver}"
    for one in recheck.undecided:
        yield f"  not confirmed: {one}"


def reached(reach: Reach) -> str:
    """How much of the code under proof the paths execute."""
    gaps = f"all but {len(reach.gaps)}, {len(reach.gaps) - len(reach.unexplained)} of these explained"
    return f"reach: of {reach.lines} lines under proof the paths execute {gaps} (tmem audit --reach lists them)"


def costs(proof: Proof) -> Iterator[str]:
    """Paths, solver calls and resources of all cases; how long the run took, and how much it did not have to do."""
    paths, queries, resources = proof.cost()
    yield f"{paths} paths, {sum(one.replayed for one in proof.explored)} of them replayed on the shipped objects"
    yield f"{queries} solver calls"
    yield f"{resources} of Z3's resource units"
    yield f"{proof.seconds:.1f} s"
    if proof.cached:
        yield f"{proof.cached} of {len(proof.results)} results from the cache"


def assumed() -> Iterator[str]:
    """What the verdicts rest on and do not cover, a line for each kind."""
    for kind in Kind:
        sentences = [one.sentence for one in ASSUMPTIONS if one.kind is kind]
        if sentences:
            yield f"{kind.value}: {'; '.join(sentences)}"


def dearest(proof: Proof, count: int) -> Iterator[str]:
    """The obligations that took the solver most, and what they took once the paths were known."""
    ranked = sorted(proof.results, key=lambda one: (-one.resources, one.obligation))[:count]
    yield f"{'resources':>12} {'queries':>8} {'paths':>6}  the {len(ranked)} dearest obligations"
    for one in ranked:
        yield f"{one.resources:12,} {one.queries:8,} {one.paths:6,}  {one.obligation.name}"
    yield ""
