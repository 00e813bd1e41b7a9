"""The gate: no put, get or range may get more than 5 % dearer, in instructions, than bench/gate.json has it.

    python -m bench.gate                    judge this checkout: its source, and the compiled build of it
    python -m bench.gate --record           commit what is found
    python -m bench.gate --source FOLDER    judge the package in a folder instead, whichever build that is

Exit status: 0 if nothing is dearer; 1 if something is; 2 if that is not decided, and then the last line says why.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from . import builds
from .gate_counting import Counts, NotMeasuredError, count
from .gate_judging import Judged, Ratios, judge, kind_of_python, lacking, load, remarks, save, table, yardstick

FIGURES: Final = builds.ROOT / "bench" / "gate.json"
PURE: Final = builds.ROOT / "impl"


def main(arguments: Sequence[str] | None = None) -> int:
    """Count, print, and judge or record; the exit status."""
    options = parsed(arguments)
    try:
        committed = load(options.figures)
        counted = count(options.source or of_checkout())
        judged = printed(counted, committed.get(kind_of_python(), {}))
        if options.record:
            save(options.figures, committed, judged)
            print(f"gate: {len(judged)} cases recorded for Python {kind_of_python()}")
            return 0
        return decided(judged, committed.get(kind_of_python(), {}))
    except NotMeasuredError as error:
        print(f"gate: not measured, as {error}")
        return 2


def parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The options of the command line."""
    parser = argparse.ArgumentParser(prog="gate", description="Judge what operations cost, in instructions.")
    parser.add_argument("--record", action="store_true", help="write what is found into the file of figures")
    parser.add_argument("--source", action="append", type=Path, help="a folder that holds tmem; may be given again")
    parser.add_argument("--figures", default=FIGURES, type=Path, help="another file of figures than bench/gate.json")
    return parser.parse_args(arguments)


def printed(counted: Sequence[Counts], committed: Mapping[str, Ratios]) -> list[Judged]:
    """Every case of every build, judged, and printed as a table."""
    judged: list[Judged] = []
    for counts in counted:
        of_build = judge(counts, committed.get(counts.build, {}))
        print(f"{counts.build} build, Python {kind_of_python()}")
        print(f"instructions a page; ratio 1 is a put and a get of a flat dict behind a lock, {yardstick(counts):,.0f}")
        print(*table(of_build), "", sep="\n")
        judged += of_build
    return judged


def decided(judged: Sequence[Judged], committed: Mapping[str, Ratios]) -> int:
    """The exit status, when all is said that has to be."""
    without = list(lacking(judged, committed))
    for line in (*remarks(judged), *without):
        print(line)
    dearer = sum(one.dearer for one in judged)
    if without and not dearer:
        print("gate: not measured, as figures are lacking: the lines above say which, and what to do")
        return 2
    print(f"gate: {len(judged)} cases, {dearer} dearer")
    return 1 if dearer else 0


def of_checkout() -> list[Path]:
    """The source, and the compiled build of it where this machine can make one. Raises NotMeasuredError."""
    lacking_here = builds.lacking()
    if lacking_here:
        print(f"compiled build: not measured, as there is no {lacking_here}")
        return [PURE]
    try:
        builds.make_compiled()
    except subprocess.CalledProcessError as error:
        message = "the compiled build cannot be made; what pip said stands above"
        raise NotMeasuredError(message) from error
    return [PURE, builds.BUILT]


if __name__ == "__main__":
    sys.exit(main())
