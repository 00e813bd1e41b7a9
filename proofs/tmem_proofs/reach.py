"""Reach: which lines and branches of the code under proof the paths of the proofs execute.

A proof says nothing of a line that no path goes through. So every line and branch of every function that the
operations run must be gone through, but for the few that `UNREACHED` explains.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path as File

import coverage

from tmem_proofs import report, shipped
from tmem_proofs.claims.catalogue import Subject, subjects
from tmem_proofs.claims.machine_steps import MACHINE
from tmem_proofs.engine.explorer import Path, explore
from tmem_proofs.results import Gap, Reach
from tmem_proofs.source import load, source_folder
from tmem_spec.words import MAX_HEIGHT

# Functions, or lines of them by their text, that no path goes through, and why.
UNREACHED = {
    "except ValueError:": "a number longer than Python writes in decimal; tests/unit/test_arguments.py",
    'return f"{number:#x}"': "as above",
    "_sync.pause()": "a pause changes nothing that a path could see; tests/unit/test_teardown.py counts them",
    "self._freed = 0": "as above",
    "time.sleep(0)": "as above",
}


def enough() -> list[Subject]:
    """What is run: the shipped operations, on trees of height 3 at most, which go every way that the code knows."""
    high = {f"height {height}" for height in range(4, MAX_HEIGHT + 1)}
    return [one for one in subjects() if one.case not in high and not one.operation.startswith(MACHINE)]


def measure(chosen: Iterable[Subject] | None = None) -> Reach:
    """Go along every path of the subjects (`enough` of them, if none are chosen), and see what is executed."""
    every = list(enough() if chosen is None else chosen)
    traced = coverage.Coverage(branch=True, data_file=None, include=[str(source_folder() / "*.py")], config_file=False)
    for one in every:
        _explore(one, traced)
    functions = shipped.under_proof(dict.fromkeys(one.operation for one in every))
    gaps: list[Gap] = []
    lines = 0
    for file in sorted(source_folder().glob("*.py")):
        wanted = _lines_of(file, functions)
        gaps += _gaps(traced, file, wanted)
        lines += len(wanted & set(traced.analysis2(str(file))[1]))
    return Reach(lines, tuple(gaps))


def _explore(subject: Subject, traced: coverage.Coverage) -> None:
    """Go along every path of a subject, traced."""
    code = load()

    def program(path: Path) -> None:
        traced.start()
        try:
            subject.run(path, code)
        finally:
            traced.stop()

    for _ in explore(program):
        pass


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
    """What is said of it, gap by gap."""
    yield report.reached(reach)
    for gap in reach.gaps:
        yield f"  {gap.module}.py:{gap.line}  {gap.text:.60}  {gap.reason or 'UNEXPLAINED'}"
