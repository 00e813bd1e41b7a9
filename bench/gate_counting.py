"""Counts the instructions of every case under valgrind's callgrind, without those of the loop around the calls.

Counts repeat where seconds do not: hashes are not seeded, valgrind lays out memory always alike, and what two processes
have in common cancels out. After any change memory lies elsewhere, and lists that grow find room or are moved: that is
1 or 2 % of a range of 1000 pages, and less of all else. The cases are dealt out over two processes a build, as many at
once as there are cores.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import zip_longest
from pathlib import Path
from typing import Any, Final, NamedTuple

from . import builds, names
from .gate_cases import loop_of

SHARES: Final = 2  # processes that one build's cases are dealt out over


class NotMeasuredError(Exception):
    """There are no figures to judge; the message says why, and how to get some."""


class Counts(NamedTuple):
    """What a build was found to cost: by case, instructions for each page."""

    build: str
    instructions: dict[str, float]


def count(sources: Sequence[Path]) -> list[Counts]:
    """What each build costs: folders that hold the package `tmem`. Raises NotMeasuredError."""
    shares = [(source, number) for source in sources for number in range(SHARES)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        counted = list(pool.map(lambda share: count_share(*share), shares))
    found = [together(counted[first : first + SHARES]) for first in range(0, len(counted), SHARES)]
    if len({counts.build for counts in found}) < len(found):
        folders = " and ".join(map(str, sources))
        message = f"{folders} are both the {found[0].build} build; if another Python made the latter, remove it"
        raise NotMeasuredError(message)
    return found


def count_share(source: Path, first: int, step: int = SHARES) -> dict[str, Any]:
    """What the workload prints of every so many cases, with the instructions of each process in place of its id."""
    valgrind = shutil.which("valgrind")
    if valgrind is None:
        message = "there is no valgrind (Debian, Ubuntu: apt install valgrind)"
        raise NotMeasuredError(message)
    with tempfile.TemporaryDirectory(prefix="tmem-gate-") as folder:
        command = [valgrind, "--tool=callgrind", "--callgrind-out-file=/dev/null", f"--log-file={folder}/%p"]
        found = run_workload(source, first, step, under=command)
        for case in found["cases"]:
            case["processes"] = [collected(Path(folder, str(process))) for process in case["processes"]]
    return found


def run_workload(source: Path, first: int, step: int, under: Sequence[str] = ()) -> dict[str, Any]:
    """What the workload prints of every so many cases, run by itself or under a command. Raises NotMeasuredError."""
    command = [*under, sys.executable, "-S", "-s", "-P", "-m", "bench.gate_workload", str(first), str(step)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, env=environment(source))  # noqa: S603 - ours
    if ended.returncode != 0:
        said = ended.stderr.strip().splitlines() or [f"it ended with {ended.returncode}"]
        message = f"the workload failed on {source}: {said[-1]}"
        raise NotMeasuredError(message)
    printed: dict[str, Any] = json.loads(ended.stdout)
    return printed


def environment(source: Path) -> dict[str, str]:
    """The environment of a workload: this one, but for what the user may have told Python."""
    theirs = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return theirs | {"PYTHONHASHSEED": "0", "PYTHONPATH": f"{source.resolve()}{os.pathsep}{builds.ROOT}"}


def collected(log: Path) -> int:
    """How many instructions callgrind says a process has run. Raises NotMeasuredError."""
    found = re.search(r"Collected : (\d+)", log.read_text(encoding="utf-8")) if log.exists() else None
    if found is None:
        message = f"callgrind did not count process {log.name}"
        raise NotMeasuredError(message)
    return int(found[1])


def together(shares: Sequence[dict[str, Any]]) -> Counts:
    """The cases of one build: what twice as many objects take more, less the loop alone, for each page."""
    dealt = zip_longest(*(share["cases"] for share in shares))
    cases = [case for turn in dealt for case in turn if case is not None]
    more = {case["name"]: case["processes"][1] - case["processes"][0] for case in cases}
    instructions = {
        case["name"]: (more[case["name"]] - more[loop_of(case["pages"])]) / case["pages"] / case["calls"]
        for case in cases
        if case["name"] != loop_of(case["pages"])
    }
    return Counts(names.COMPILED if shares[0]["compiled"] else names.PURE, instructions)
