"""The traces recorded from the published C, by kind: `clean`, `enomem` and `geterror`."""

from __future__ import annotations

from pathlib import Path

from tmem_proofs.conformance.report import Finding, Report

FOLDER = Path(__file__).parents[1] / "conformance" / "vectors"


def vectors(kind: str = "") -> list[Path]:
    """The files of one kind, or all."""
    return sorted(path for path in FOLDER.glob("*.jsonl") if kind in path.name)


def counted(report: Report) -> dict[str, int]:
    """How often each invariant is violated."""
    return {row.invariant.id: row.count for row in report.rows()}


def places(report: Report, identifier: str) -> set[tuple[Path, int]]:
    """The file and line of each violation of one invariant."""
    return {place(one) for one in report.findings if one.invariant.id == identifier}


def place(finding: Finding) -> tuple[Path, int]:
    """The file and the line that a finding is about."""
    return finding.path, finding.line
