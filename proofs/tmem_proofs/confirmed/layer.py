"""`tmem crosshair`: the shipped source, or a changed one, before CrossHair.

The source files are written into a folder of their own, and CrossHair runs in a process that finds `tmem` there: the
files that are shipped and not a compiled build of them, and nothing of this process, which CrossHair would rearrange.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

import tmem_proofs
import tmem_spec
from tmem_proofs.confirmed.finding import Finding, State
from tmem_proofs.confirmed.unconfirmed import UNCONFIRMED
from tmem_proofs.results import Exit
from tmem_proofs.source import read_sources

# What one question may cost the solver, in its own unit. The same answer on any machine: no clock is asked.
RESOURCES = 2_000_000


class LayerError(Exception):
    """CrossHair could not be asked: the source cannot be imported, or its process failed."""


def findings(sources: Mapping[str, str] | None = None, conditions: Sequence[str] = ()) -> Iterator[Finding]:
    """What CrossHair finds of the shipped source, or of other `sources` (module to text), condition by condition.

    `conditions` are patterns of names; without any, all are asked. Raises LayerError.
    """
    if importlib.util.find_spec("crosshair") is None:
        message = "No module named 'crosshair'"
        raise ModuleNotFoundError(message)
    with tempfile.TemporaryDirectory(prefix="tmem-crosshair-") as folder:
        _write(Path(folder) / "tmem", read_sources() if sources is None else sources)
        yield from _asked(folder, conditions)


def refutes(sources: Mapping[str, str], conditions: Sequence[str] = ()) -> Finding | None:
    """What was found of the first condition that is not confirmed of these sources; None if nothing is wrong.

    What is not confirmed of the shipped source either counts only if there is a counterexample. Sources that cannot
    be imported are refuted, too.
    """
    try:
        for finding in findings(sources, conditions):
            if finding.state is not State.CONFIRMED and not _as_listed(finding):
                return finding
    except LayerError as error:
        return Finding("import", State.REFUTED, detail=str(error))
    return None


def run(conditions: Sequence[str]) -> int:
    """The command: a line for each condition as it is found; gives the exit status."""
    found: list[Finding] = []
    for finding in findings(conditions=conditions):
        found.append(finding)
        sys.stdout.writelines(f"{line}\n" for line in lines(finding))
        sys.stdout.flush()
    unknown = [name for name in conditions if not any(fnmatchcase(one.condition, name) for one in found)]
    for name in unknown:
        sys.stderr.write(f"tmem crosshair: no condition matches {name!r}\n")
    sys.stdout.writelines(f"{line}\n" for line in closing_lines(found))
    return Exit.UNDECIDED if unknown and exit_of(found) is Exit.PROVED else exit_of(found)


def lines(finding: Finding) -> Iterator[str]:
    """What is said of one condition."""
    yield f"{finding.state.value:13}  {finding.condition}  ({finding.paths} paths, {finding.seconds:.1f} s)"
    listed = UNCONFIRMED.get(finding.condition)
    if finding.detail:
        yield f"    {finding.detail}"
    if listed is not None and _as_listed(finding):
        yield f"    {listed.reason}; proved by {listed.obligation}"
    elif listed is not None and finding.state is State.CONFIRMED:
        yield "    it is listed as not confirmed: take it from the list in unconfirmed.py"


def closing_lines(found: Sequence[Finding]) -> Iterator[str]:
    """How many conditions are left to `tmem prove`, and `N passed, N failed` of the others."""
    left = sum(_as_listed(one) for one in found)
    passed = sum(_passes(one) for one in found)
    if left:
        yield f"{left} not confirmed, as expected: `tmem prove` proves them"
    yield f"{passed} passed, {len(found) - left - passed} failed"


def exit_of(found: Sequence[Finding]) -> Exit:
    """The exit status. To have confirmed nothing is no pass; nor is a condition that is wrongly listed as such."""
    if any(one.state is State.REFUTED for one in found):
        return Exit.REFUTED
    well = all(_passes(one) or _as_listed(one) for one in found)
    return Exit.PROVED if well and any(map(_passes, found)) else Exit.UNDECIDED


def _passes(finding: Finding) -> bool:
    return finding.state is State.CONFIRMED and finding.condition not in UNCONFIRMED


def _as_listed(finding: Finding) -> bool:
    return finding.state is State.UNCONFIRMED and finding.condition in UNCONFIRMED


def _write(package: Path, sources: Mapping[str, str]) -> None:
    package.mkdir()
    for module, text in sources.items():
        (package / f"{module}.py").write_text(text, encoding="utf-8")


def _asked(folder: str, conditions: Sequence[str]) -> Iterator[Finding]:
    """What the process prints, as it comes."""
    command = [sys.executable, "-P", "-m", "tmem_proofs.uncompiled", "tmem_proofs.confirmed.run", *conditions]
    with (
        tempfile.TemporaryFile("w+", encoding="utf-8") as errors,
        subprocess.Popen(  # noqa: S603 - it is ours
            command, env=_environment(folder), stdout=subprocess.PIPE, stderr=errors, text=True
        ) as process,
    ):
        assert process.stdout is not None  # noqa: S101 - for the type checker: it is a pipe
        try:
            yield from map(Finding.from_json, process.stdout)
        except BaseException:
            process.terminate()  # nobody waits for the rest
            raise
        if process.wait() != 0:
            errors.seek(0)
            raise LayerError(f"CrossHair could not be asked: {errors.read().strip()[-1000:]}")


def _environment(folder: str) -> dict[str, str]:
    """That of this process, but for what decides which `tmem` is found, and how answers come about."""
    packages = [str(Path(package.__path__[0]).parent) for package in (tmem_spec, tmem_proofs)]
    return os.environ | {
        "PYTHONPATH": os.pathsep.join([folder, *packages]),
        "PYTHONHASHSEED": "0",
        "CROSSHAIR_SMT_RLIMIT": str(RESOURCES),
    }
