"""Reads the raw JSON, which is pyperf's, without pyperf: what the tables and the targets are made of.

A figure is the median of all values of its name, of every process and round. A ratio is one of two such medians.
"""

from __future__ import annotations

import json
import statistics
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from . import names

QUICK: Final = 10**3  # pages, where a quick run measures fewer than a whole one
Values = dict[str, list[float]]
Facts = dict[str, str | int | float]


@dataclass(frozen=True, slots=True)
class Figures:
    """What one build, or the proofs, measured: the values of each name, and what is known of the machine."""

    values: Values = field(default_factory=dict)
    facts: Facts = field(default_factory=dict)

    def median(self, name: str) -> float | None:
        """The figure of a name, or None if it was not measured."""
        values = self.values.get(name)
        return statistics.median(values) if values else None

    def ratio(self, above: str, below: str) -> float | None:
        """One figure by another, or None if either was not measured."""
        return over(self.median(above), self.median(below))

    def largest(self, sizes: Iterable[int], name: Callable[[int], str]) -> int:
        """The first of these sizes at which something was measured; if at none, that of a quick run."""
        return next((size for size in sizes if name(size) in self.values), QUICK)

    def fact(self, name: str) -> str:
        """Something about the machine, as text; a dash if it was not noted."""
        return str(self.facts.get(name, "-"))


@dataclass(frozen=True, slots=True)
class Raw:
    """The whole of it: figures by build, and those of the proofs. A build that was not measured has none."""

    pure: Figures
    compiled: Figures
    proofs: Figures

    def of(self, build: str) -> Figures:
        """The figures of a build."""
        return self.compiled if build == names.COMPILED else self.pure


def over(above: float | None, below: float | None) -> float | None:
    """One figure by another, or None if either was not measured."""
    return above / below if above is not None and below is not None else None


def load(folder: Path) -> Raw:
    """The raw JSON of a folder. A file that is not there is a build that was not measured."""
    return Raw(*[read(folder / f"{name}.json") for name in (names.PURE, names.COMPILED, names.PROOFS)])


def read(file: Path) -> Figures:
    """The figures of one file, or none if there is no such file."""
    return parse(file.read_text(encoding="utf-8")) if file.exists() else Figures()


def parse(text: str) -> Figures:
    """The figures of a suite of pyperf: what all runs have in common stands once, at the top."""
    suite = json.loads(text)
    figures = Figures(facts=dict(suite.get("metadata", {})))
    for benchmark in suite["benchmarks"]:
        facts = {**figures.facts, **benchmark.get("metadata", {})}
        values = figures.values.setdefault(str(facts["name"]), [])
        for run in benchmark["runs"]:
            values += run.get("values", [])
            facts.update(run.get("metadata", {}))
            for key, value in facts.items():
                figures.facts.setdefault(key, value)  # of the first run: when it began, how busy the machine was
    return figures
