"""Judges what was counted against what is committed, by ratios to the yardstick.

The yardstick is one put and one get of a flat dict behind one lock, counted in the same run. Its ratios are those of
one kind of Python only: a compiler that makes the interpreter quicker does not make all of it quicker alike.
"""

from __future__ import annotations

import json
import platform
import re
import sys
import sysconfig
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from .gate_cases import YARDSTICK
from .gate_counting import Counts, NotMeasuredError

TOLERANCE: Final = 0.05  # how much more a case may cost than committed
AGAIN: Final = "make gate RECORD=1"
OPTIONS: Final = ("--enable-shared", "--enable-optimizations", "--with-lto", "--with-pydebug", "--disable-gil")

Ratios = dict[str, float]
Committed = dict[str, dict[str, Ratios]]  # by kind of Python, then by build


class Judged(NamedTuple):
    """A case of a build: what it costs in instructions and in yardsticks, and what was committed, if anything was."""

    build: str
    case: str
    instructions: float
    ratio: float
    committed: float | None

    @property
    def change(self) -> float:
        """By which part of it the ratio is above the committed one; 0 if there is none."""
        return 0.0 if self.committed is None else self.ratio / self.committed - 1

    @property
    def dearer(self) -> bool:
        """Whether it costs too much."""
        return self.change > TOLERANCE

    @property
    def cheaper(self) -> bool:
        """Whether it costs so much less that a later change could take it back unnoticed."""
        return self.change < -TOLERANCE


def kind_of_python() -> str:
    """The Python that runs, as far as ratios depend on it: "3.11, x86_64, GCC 12.2.0, -O3, --enable-shared"."""
    levels = re.findall(r"-O\w", sysconfig.get_config_var("PY_CFLAGS") or "")
    options = sysconfig.get_config_var("CONFIG_ARGS") or ""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    chosen = [option for option in OPTIONS if option in options]
    return ", ".join([version, platform.machine(), platform.python_compiler(), *levels[-1:], *chosen])


def yardstick(counts: Counts) -> float:
    """How many instructions the yardstick of a run has."""
    return sum(counts.instructions[name] for name in YARDSTICK)


def judge(counts: Counts, committed: Ratios) -> list[Judged]:
    """Every case that was counted, against the committed ratios of its build."""
    unit = yardstick(counts)
    return [
        Judged(counts.build, case, instructions, instructions / unit, committed.get(case))
        for case, instructions in counts.instructions.items()
        if case not in YARDSTICK
    ]


def lacking(judged: Sequence[Judged], committed: Mapping[str, Ratios]) -> Iterator[str]:
    """What keeps the figures from being a pass: builds and cases that have no committed ratio, or no result."""
    for build in dict.fromkeys(one.build for one in judged):
        known, found = committed.get(build, {}), {one.case for one in judged if one.build == build and one.ratio > 0}
        if not known:
            yield f"LACKING: {build}: no ratios are committed for Python {kind_of_python()}. To commit these: {AGAIN}"
            continue
        for case in sorted(found - known.keys()):
            yield f"LACKING: {build}, {case}: no ratio is committed. If the case is new: {AGAIN}"
        for case in sorted(known.keys() - found):
            yield f"LACKING: {build}, {case}: committed, and without a result. If the case is gone: {AGAIN}"


def remarks(judged: Sequence[Judged]) -> Iterator[str]:
    """A line for each case that is dearer than it may be, and one for all that are much cheaper."""
    for one in judged:
        if one.dearer:
            yield (
                f"DEARER: {one.build}, {one.case}: ratio {one.ratio:.4g}, committed {one.committed:.4g}: "
                f"{one.change:.1%} more, {TOLERANCE:.0%} allowed. Undo it, or say in the commit what it buys: {AGAIN}"
            )
    cheaper = sum(one.cheaper for one in judged)
    if cheaper:
        yield f"CHEAPER: {cheaper} of {len(judged)} cases, by more than {TOLERANCE:.0%}. To keep the gain: {AGAIN}"


def table(judged: Sequence[Judged]) -> Iterator[str]:
    """A line for each case, under a heading."""
    yield f"{'case':<28}{'instructions':>13}{'ratio':>9}{'committed':>11}{'change':>9}"
    for one in judged:
        was, change = ("-", "-") if one.committed is None else (f"{one.committed:.4g}", f"{one.change:+.1%}")
        yield f"{one.case:<28}{one.instructions:>13,.1f}{one.ratio:>9.4g}{was:>11}{change:>9}"


def load(file: Path) -> Committed:
    """The committed ratios; none if there is no such file. Raises NotMeasuredError for one that cannot be read."""
    try:
        document: Any = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError as error:
        message = f"{file} is no JSON: {error}"
        raise NotMeasuredError(message) from error
    ratios: Committed = document
    return ratios


def save(file: Path, committed: Committed, judged: Sequence[Judged]) -> None:
    """Commit what was found, in place of what this kind of Python had for the same builds."""
    kind = kind_of_python()
    builds = dict(committed.get(kind, {}))
    for build in {one.build for one in judged}:
        builds[build] = {one.case: float(f"{one.ratio:.4g}") for one in judged if one.build == build}
    file.write_text(json.dumps(committed | {kind: builds}, indent=2, sort_keys=True) + "\n", encoding="utf-8")
