"""What the proofs find of the published algorithm: the verdict that is due on every obligation, and how it is told.

`REFUTATIONS` says what is refuted, in which cases and why; every other obligation is proved of the published
algorithm too. Like all verdicts these are about one call on a canonical tree; what further calls make of a stump is
not asked. Its defects:

  D1   an error of get_data is swallowed: success, with garbage
  D3   a put that is refused an objnode leaves those that it was given: a stump
  D4   and the height to which the tree has grown
  D5   a duplicate put may need memory for objnodes, which it has just freed
  D16  the objnodes of a tree that is freed as a whole are handed back with slots_in_use as it was
  D19  the flag of shared pools is never read
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from tmem_proofs import report
from tmem_proofs.claims.invariants import CLAIMS, claimed
from tmem_proofs.claims.scenario import NO_OBJECT, scenarios
from tmem_proofs.results import Exit, Explored, Obligation, Result, Verdict
from tmem_spec import named
from tmem_spec.words import MAX_HEIGHT

HEIGHTS = tuple(f"height {height}" for height in range(MAX_HEIGHT + 1))


class Refutation(NamedTuple):
    """Something that is refuted of the published algorithm: in which cases, and by which of its defects."""

    operation: str
    invariant: str
    cases: tuple[str, ...]
    reason: str


REFUTATIONS: tuple[Refutation, ...] = (
    Refutation("insert", "MEM-1", HEIGHTS, "D3: what was linked before an objnode is refused stays: a stump"),
    Refutation("insert", "MEM-4", HEIGHTS, "D3: and so the tree is another than before"),
    Refutation("insert", "SHR-2", HEIGHTS, "D3: the last objnode of a stump is empty"),
    Refutation(
        "insert",
        "SHR-1",
        (*HEIGHTS[:6], NO_OBJECT),
        "D4: roots added before an objnode is refused stay; so does the height of an obj that is handed back",
    ),
    Refutation("insert", "CNT-5", (NO_OBJECT,), "D16: a stump freed with its obj still counts the slots that it used"),
    Refutation("insert refused growing", "MEM-1", HEIGHTS[:5], "D3: roots added before one is refused stay: a stump"),
    Refutation("insert refused growing", "MEM-4", HEIGHTS[:5], "D3, D4: and so the tree is another, and higher"),
    Refutation("insert refused growing", "SHR-1", HEIGHTS[:5], "D4: and higher than it need be"),
    Refutation("insert refused descending", "MEM-1", HEIGHTS, "D3: objnodes linked before one is refused stay"),
    Refutation("insert refused descending", "MEM-4", HEIGHTS, "D3: and so the tree is another than before"),
    Refutation("insert refused descending", "SHR-2", HEIGHTS[1:], "D3: the last objnode of a stump is empty"),
    Refutation(
        "insert refused descending",
        "SHR-1",
        (*HEIGHTS[:6], NO_OBJECT),
        "D4: roots added on the way stay; so does the height of an obj that is handed back",
    ),
    Refutation(
        "insert refused descending", "CNT-5", (NO_OBJECT,), "D16: the stump still counts the slots that it used"
    ),
    Refutation("replace", "MEM-6", HEIGHTS[1:], "D5: a duplicate put frees objnodes and asks for them again"),
    Refutation("replace", "MEM-1", HEIGHTS[2:], "D5, D3: refused one of these, it keeps those before it"),
    Refutation("replace", "SHR-2", HEIGHTS[3:], "D5, D3: the last of these is empty"),
    Refutation(
        "replace",
        "SHR-1",
        HEIGHTS[1:],
        "D5, D4: the tree shrinks, and grows again half way; at height 1, the height of an obj that is handed back",
    ),
    Refutation("replace", "CNT-5", HEIGHTS[3:], "D5, D16: a stump freed with its obj still counts its slots"),
    Refutation("get", "ERR-1", HEIGHTS, "D1: the error of get_data is swallowed"),
    Refutation("get", "COH-1", HEIGHTS, "D1: and what the buffer held before is answered as the page"),
    Refutation("get", "EPH-4", HEIGHTS, "D19: the flag of shared pools is never read"),
)


class Checked(NamedTuple):
    """What became of an obligation of the published algorithm, and what was to become of it."""

    result: Result
    expected: Verdict

    @property
    def met(self) -> bool:
        """Whether the verdict is the expected one."""
        return self.result.verdict is self.expected


def obligations() -> list[Obligation]:
    """Everything that is claimed of the published algorithm: the operations on a tree."""
    return [
        Obligation(one.operation, one.case, invariant)
        for one in scenarios()
        for invariant in claimed(one.operation, one.case)
    ]


def refutation_of(obligation: Obligation) -> Refutation | None:
    """Why an obligation is refuted of the published algorithm; None if it is proved."""
    key = obligation.operation, obligation.invariant
    return next((one for one in REFUTATIONS if one[:2] == key and obligation.case in one.cases), None)


def check(explored: Sequence[Explored]) -> list[Checked]:
    """Each result beside the verdict expected of it, in the order of the claims."""
    operations = list(CLAIMS)
    cases = [*HEIGHTS, NO_OBJECT]

    def place(result: Result) -> tuple[int, str, int]:
        one = result.obligation
        return operations.index(one.operation), one.invariant, cases.index(one.case)

    results = sorted((result for one in explored for result in one.results), key=place)
    return [Checked(one, _expected(one.obligation)) for one in results]


def exit_of(checked: Sequence[Checked]) -> Exit:
    """0 if each verdict is the expected one, and there is one; 1 if one decides otherwise; 2 if one decides nothing."""
    if checked and all(one.met for one in checked):
        return Exit.PROVED
    decided = {Verdict.PROVED, Verdict.REFUTED}
    wrong = any(not one.met and one.result.verdict in decided for one in checked)
    return Exit.REFUTED if wrong else Exit.UNDECIDED


def lines(explored: Sequence[Explored], seconds: float, tests: Path | None = None) -> Iterator[str]:
    """The whole report, a line at a time: `N passed, N failed` comes last, and counts the expectations met.

    Of each refutation the counterexample of its least case is told. `tests`: where tests are written.
    """
    checked = check(explored)
    rows: dict[tuple[str, str], list[Checked]] = {}
    for one in checked:
        rows.setdefault((one.result.obligation.operation, one.result.obligation.invariant), []).append(one)
    for operation in dict.fromkeys(operation for operation, _ in rows):
        yield f"{operation}, as published"
        for key, row in rows.items():
            if key[0] == operation:
                yield from _row(row)
        yield ""
    for row in rows.values():
        yield from _counterexample(row, tests)
    paths, queries = sum(one.paths for one in explored), sum(one.queries for one in explored)
    yield f"{paths} paths, {queries} solver calls, {seconds:.1f} s"
    yield "the published algorithm of 2011, written anew in proofs/tmem_proofs/published.py; callbacks never raise"
    yield "a verdict passes if it is the one expected in proofs/tmem_proofs/expected.py"
    met = sum(one.met for one in checked)
    yield f"{met} passed, {len(checked) - met} failed"


def _expected(obligation: Obligation) -> Verdict:
    return Verdict.PROVED if refutation_of(obligation) is None else Verdict.REFUTED


def _row(row: Sequence[Checked]) -> Iterator[str]:
    """One operation x invariant: the verdict, in which cases and why; then each case that is not as expected."""
    refuted = [one for one in row if one.result.verdict is Verdict.REFUTED]
    verdict, cases = (Verdict.REFUTED, _cases(refuted)) if refuted else (row[0].result.verdict, _cases(row))
    reasons = "; ".join({why.reason for one in row if (why := refutation_of(one.result.obligation)) is not None})
    yield f"  {row[0].result.obligation.invariant:6} {verdict.value:9} {cases:27} {reasons}".rstrip()
    for one in row:
        if not one.met:
            case, verdict = one.result.obligation.case, one.result.verdict
            yield f"         UNEXPECTED {case}: {verdict.value}, expected {one.expected.value}"


def _cases(row: Sequence[Checked]) -> str:
    """`heights 3 to 6`, `heights 0 to 5, no object`."""
    names = [one.result.obligation.case for one in row]
    heights = [name.removeprefix("height ") for name in names if name != NO_OBJECT]
    if len(heights) > 1:
        between = "to" if int(heights[-1]) - int(heights[0]) == len(heights) - 1 else "and others up to"
        told = [f"heights {heights[0]} {between} {heights[-1]}"]
    else:
        told = [f"height {height}" for height in heights]
    return ", ".join(told + [name for name in names if name == NO_OBJECT])


def _counterexample(row: Sequence[Checked], tests: Path | None) -> Iterator[str]:
    """The story of the least case that is refuted, and of every one that is, but should not be."""
    refuted = [one for one in row if one.result.verdict is Verdict.REFUTED]
    for one in [one for number, one in enumerate(refuted) if number == 0 or not one.met]:
        obligation = one.result.obligation
        yield f"REFUTED {obligation.name}: {named(obligation.invariant).sentence}"
        yield from report.story(one.result, tests)
        yield ""
