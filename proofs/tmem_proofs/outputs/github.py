"""What GitHub Actions shows of a run: a mark at the line of each failure, and a summary page."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from tmem_proofs import compare, report
from tmem_proofs.report import MARKS, heading, told
from tmem_proofs.results import Proof, Result, by_invariant, closing_line, gravest
from tmem_proofs.shipped import place_of_operation

# GitHub cuts a summary off beyond one mebibyte: no more stories than this.
MOST_STORIES = 20


def workflow_commands(proof: Proof) -> Iterator[str]:
    """A workflow command for each failure, at the shipped function."""
    for one in proof.failures:
        place = place_of_operation(one.obligation.operation)
        title = f"{one.verdict.value.upper()} {one.obligation.name}"
        properties = f"file={_property(place.name)},line={place.line},title={_property(title)}"
        yield f"::error {properties}::{_data(told(one))}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def summary(proof: Proof, comparison: compare.Comparison | None = None) -> str:
    """The run as Markdown."""
    parts = [
        f"## tmem prove: {closing_line(proof.results)}",
        "\n".join(_table(proof)),
        *(_story(one) for one in proof.failures[:MOST_STORIES]),
        *_left_out(proof),
        *([] if comparison is None else [_block("\n".join(compare.lines(comparison)))]),
        ", ".join(report.costs(proof)),
        "\n".join(f"* {line}" for line in report.assumed()),
    ]
    return "\n\n".join(parts) + "\n"


def _table(proof: Proof) -> Iterator[str]:
    """A row for each operation, with the mark and the number of cases of each of its invariants."""
    legend = ", ".join(f"{mark} {verdict.value}" for verdict, mark in MARKS.items())
    yield f"| operation | invariants ({legend}), cases |"
    yield "|---|---|"
    for operation, rows in groupby(by_invariant(proof.results), key=lambda row: row[0]):
        cells = (f"{MARKS[gravest(cases)]} {invariant} {len(cases)}" for _, invariant, cases in rows)
        yield f"| {operation} | {' · '.join(cells)} |"


def _story(result: Result) -> str:
    return f"**{heading(result)}**\n\n{_block(result.story)}" if result.story else f"**{heading(result)}**"


def _left_out(proof: Proof) -> list[str]:
    more = len(proof.failures) - MOST_STORIES
    return [f"... and {more} more"] if more > 0 else []


def _block(text: str) -> str:
    """Text as it is: indented, so that nothing in it can end the block."""
    return "\n".join(f"    {line}" for line in text.splitlines())
