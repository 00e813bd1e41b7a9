"""A trial: a counterexample, as a program, is run on the very source that was refuted, in a process of its own.

That source may loop or lock itself out: a trial that takes longer than a minute is given up. It decides no verdict;
it tells whether a refutation is more than a counterexample to an induction.

    python -P -m tmem_proofs.trial FOLDER TEST      runs the function TEST of the module of that name in FOLDER
"""

from __future__ import annotations

import importlib
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from tmem_proofs.counterexample import NO_CALL, NO_CODE, Example, source_of
from tmem_proofs.results import Obligation
from tmem_proofs.source import Code

PATIENCE = 60.0  # seconds
PASSES, FAILS = 0, 10

# Why there is no test that fails.
PASSED = (
    "made to a store from its beginning, on few pages, these calls end well: "
    "the state before takes more pages, or no calls lead to it, or nobody outside can tell what is wrong"
)
ENDLESS = "made to a store from its beginning, these calls do not end within a minute"
BROKEN = "it could not be run:"

# After so many tests in vain, no other path is looked for whose test fails.
ENOUGH = 2


class TrialError(Exception):
    """A test could not be run: that says nothing of the code."""


class Tried(NamedTuple):
    """What came of a trial: the test, if it fails; a line about that; and how many tests it counts for, if in vain."""

    test: str
    told: str
    in_vain: int = 0


def try_out(obligation: Obligation, example: Example | str, code: Code) -> Tried:
    """Run the test of a history on the code. If there is no history, `example` says why."""
    if isinstance(example, str):
        return Tried("", f"no test: {example}", ENOUGH if example in {NO_CALL, NO_CODE} else 0)
    test = source_of(example, obligation, code.algorithm)
    try:
        lines = failure_of(obligation.test_name, test, code).splitlines()
    except subprocess.TimeoutExpired:
        return Tried("", f"no test: {ENDLESS}", 1)
    except (TrialError, OSError) as error:
        return Tried("", f"no test: {BROKEN} {error}", 1)
    if not lines:
        return Tried("", f"no test: {PASSED}", 1)
    told = next((line for line in lines if f"{obligation.invariant}: " in line), lines[0])
    return Tried(test, f"a test that fails: {told}")


def failure_of(test: str, source: str, code: Code) -> str:
    """How a test fails on the code: the exception; nothing if it passes.

    Raises TrialError if the test cannot be run, subprocess.TimeoutExpired if it is given up, and OSError.
    """
    with tempfile.TemporaryDirectory(prefix="tmem-trial-") as name:
        folder = Path(name)
        (folder / "tmem").mkdir()
        for module, text in code.sources.items():
            (folder / "tmem" / f"{module}.py").write_text(text, encoding="utf-8")
        (folder / f"{test}.py").write_text(source, encoding="utf-8")
        return _run(folder, test)


def _run(folder: Path, test: str) -> str:
    command = [sys.executable, "-P", "-B", "-m", "tmem_proofs.trial", str(folder), test]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(folder), *filter(None, sys.path)])}
    done = subprocess.run(  # noqa: S603 - it is this module
        command, env=environment, capture_output=True, text=True, encoding="utf-8", timeout=PATIENCE, check=False
    )
    if done.returncode not in {PASSES, FAILS}:
        raise TrialError((done.stderr.strip().splitlines() or ["no reason given"])[-1])
    return done.stdout.strip()


def main(folder: Path, test: str) -> int:
    """Run a test; say how it fails, and end with `FAILS`, if it does."""
    import tmem  # noqa: PLC0415 - which one is found depends on the folder

    if Path(tmem.__file__).parent.parent != folder:
        raise TrialError(f"{tmem.__file__} is not the code under trial")
    if (folder / "tmem" / "published.py").exists():
        sys.modules["tmem_proofs.published"] = importlib.import_module("tmem.published")
    function = getattr(importlib.import_module(test), test)
    try:
        function()
    except Exception as error:  # noqa: BLE001 - whatever comes out of it, it fails
        # Where an object lies in memory differs from run to run.
        print(re.sub(r" at 0x[0-9a-f]+>", ">", f"{type(error).__name__}: {error}"))  # noqa: T201 - to who waits for it
        return FAILS
    return PASSES


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2]))
