"""Reach: which lines and branches of the code under proof the paths of the proofs execute.

A proof says nothing of a line that no path goes through. So every line and branch of every function that the
operations run must be gone through, but for the few that `UNREACHED` explains.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path as File

import coverage

from tmem_proofs import shipped
from tmem_proofs.claims.catalogue import Subject, subjects
from tmem_proofs.engine.explorer import Path, explore
from tmem_proofs.source import load, source_folder

# Functions, or lines of them by their text, that no path goes through, and why.
_TYPES = (
    "values of a wrong type: every value of a path is of the right one; tests/unit/test_arguments.py has the others"
)
UNREACHED = {
    "raise TypeError(message)": _TYPES,
    'message = f"an oid is an int': _TYPES,
    'message = f"an index is an int': _TYPES,
    'message = f"pool flags are an int': _TYPES,
    'message = f"a pool id is the int': _TYPES,
    'message = f"a page is bytes': _TYPES,
    "if isinstance(page, bytearray | memoryview):": "a page that is bytes stands for all: the others are copied first",
    "return bytes(page)": "as above",
    "except ValueError:": "a number longer than Python writes in decimal; tests/unit/test_arguments.py",
    'return f"{number:#x}"': "as above",
    "raise ReentryError(message)": "the guard against re-entry; tests/unit/test_reentry.py",
    'message = "a callback called the store': "as above",
    "_sync.pause()": "a pause changes nothing that a path could see; tests/unit/test_teardown.py counts them",
    "self._freed = 0": "as above",
    "time.sleep(0)": "as above",
}


@dataclass(frozen=True, slots=True)
class Gap:
    """A line that no path executes, or from which none goes one of its ways, and why; no reason, no excuse."""

    module: str
    line: int
    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Reach:
    """What the paths reached."""

    paths: int
    lines: int
    gaps: tuple[Gap, ...]

    @property
    def unexplained(self) -> list[Gap]:
        """The gaps without a reason."""
        return [gap for gap in self.gaps if not gap.reason]


def measure(chosen: Iterable[Subject] | None = None) -> Reach:
    """Go along every path of the subjects (all of them, if none are chosen), and see what is executed."""
    every = list(subjects() if chosen is None else chosen)
    traced = coverage.Coverage(branch=True, data_file=None, include=[str(source_folder() / "*.py")], config_file=False)
    paths = sum(_explore(one, traced) for one in every)
    functions = shipped.under_proof(dict.fromkeys(one.operation for one in every))
    gaps: list[Gap] = []
    lines = 0
    for file in sorted(source_folder().glob("*.py")):
        wanted = _lines_of(file, functions)
        found = _gaps(traced, file, wanted)
        gaps += found
        lines += len(wanted & set(traced.analysis2(str(file))[1]))
    return Reach(paths, lines, tuple(gaps))


def _explore(subject: Subject, traced: coverage.Coverage) -> int:
    """How many paths a subject has; each is traced."""
    code = load()

    def program(path: Path) -> None:
        traced.start()
        try:
            subject.run(path, code)
        finally:
            traced.stop()

    return sum(1 for _ in explore(program))


def _lines_of(file: File, functions: Iterable[str]) -> set[int]:
    """The lines of these functions that are in a file, their definitions' own lines apart."""
    places = shipped.functions()
    found: set[int] = set()
    for name in functions:
        if name.partition(".")[0] == file.stem:
            found |= set(range(places[name].line + 1, places[name].end + 1))
    return found


def _gaps(traced: coverage.Coverage, file: File, wanted: set[int]) -> list[Gap]:
    """Lines not executed, and lines of which a branch was not taken to a line that is wanted, too."""
    text = file.read_text(encoding="utf-8").splitlines()
    analysis = traced._analyze(str(file))  # noqa: SLF001 - the public way to branches is a report on disk
    missing = set(analysis.missing) & wanted
    turned = {line for line, ways in analysis.missing_branch_arcs().items() if line in wanted}
    return [_gap(file.stem, line, text, missing) for line in sorted(missing | turned)]


def _gap(module: str, line: int, text: list[str], missing: set[int]) -> Gap:
    """A gap with its reason: a branch has that of the line which it would lead to, the next that is not executed."""
    own = text[line - 1].strip()
    told = own if line in missing else next((text[n - 1].strip() for n in sorted(missing) if n > line), own)
    reason = next((why for start, why in UNREACHED.items() if told.startswith(start) or own.startswith(start)), "")
    return Gap(module, line, own, reason)


def lines(reach: Reach) -> Iterator[str]:
    """What is said of it."""
    yield f"{reach.lines} lines under proof, {len(reach.gaps)} with a gap, {len(reach.unexplained)} unexplained"
    for gap in reach.gaps:
        yield f"  {gap.module}.py:{gap.line}  {gap.text:.60}  {gap.reason or 'UNEXPLAINED'}"
