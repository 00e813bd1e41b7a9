"""The report of a proof run, for people: operation by operation, invariant by invariant, refutations told in full."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from tmem_proofs.results import Explored, Result, Verdict, closing_line
from tmem_spec import named

ASSUMPTIONS = (
    "assumed: CPython, Z3 and the engine (proofs/tmem_proofs/engine) are right; CNT and SHR hold before the call",
    "not covered here: exceptions of obj_free, objnode_free and free; buckets, pools and threads (tests cover them)",
    "bounds: none but those of the data: 32-bit indexes, heights 0 to 6, 64 slots an objnode",
)


def lines(explored: Sequence[Explored], seconds: float, *, verbose: bool = False) -> Iterator[str]:
    """The whole report, a line at a time; `N passed, N failed` comes last."""
    results = [result for one in explored for result in one.results]
    for operation in dict.fromkeys(result.obligation.operation for result in _ordered(results)):
        yield f"{operation}"
        of_operation = [one for one in _ordered(results) if one.obligation.operation == operation]
        for invariant in dict.fromkeys(one.obligation.invariant for one in of_operation):
            yield from _row([one for one in of_operation if one.obligation.invariant == invariant], verbose=verbose)
        yield ""
    for result in _ordered(results):
        if result.verdict is not Verdict.PROVED:
            yield from _failure(result)
    yield from _totals(explored, seconds)
    yield from ASSUMPTIONS
    yield closing_line(results)


def _row(cases: Sequence[Result], *, verbose: bool) -> Iterator[str]:
    """One operation x invariant: the verdict over all cases; in detail, each case with its witness."""
    invariant = named(cases[0].obligation.invariant)
    verdicts = {one.verdict for one in cases}
    verdict = verdicts.pop().value if len(verdicts) == 1 else _mixed(cases)
    paths = sum(one.paths for one in cases)
    yield f"  {invariant.id:6} {verdict:9} {len(cases):2} cases {paths:5} paths  {invariant.sentence}"
    if verbose:
        for one in cases:
            yield f"           {one.obligation.case:10} {one.verdict.value:9} {one.paths:5} paths  {one.witness}"


def _mixed(cases: Sequence[Result]) -> str:
    """The gravest verdict among cases that differ."""
    verdicts = {one.verdict for one in cases}
    gravest: Verdict = next(one for one in (Verdict.REFUTED, Verdict.UNKNOWN, Verdict.VACUOUS) if one in verdicts)
    return str(gravest.value)


def _failure(result: Result) -> Iterator[str]:
    invariant = named(result.obligation.invariant)
    yield f"{result.verdict.value.upper()} {result.obligation.name}: {invariant.sentence}"
    for line in result.story.splitlines():
        yield f"  {line}"
    yield ""


def _totals(explored: Sequence[Explored], seconds: float) -> Iterator[str]:
    paths, queries = sum(one.paths for one in explored), sum(one.queries for one in explored)
    resources = sum(one.resources for one in explored)
    yield f"{paths} paths, {queries} solver calls, {resources} of Z3's resource units, {seconds:.1f} s"


def _ordered(results: Iterable[Result]) -> list[Result]:
    """Operation by operation as first claimed, invariants and cases in order of name."""
    operations = ("insert", "replace", "delete", "lookup")
    return sorted(
        results,
        key=lambda one: (
            operations.index(one.obligation.operation),
            one.obligation.invariant,
            one.obligation.case,
        ),
    )
