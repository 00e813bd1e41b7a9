"""The two profiles of Hypothesis, as they come out in continuous integration, where Hypothesis has opinions of its own.

`ci` repeats itself, so that a failure is news of a change; `long` explores anew each time, or it would find nothing
that it did not find the night before.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

CONFTEST = Path(__file__).parents[1] / "conftest.py"
PROGRAM = """
import runpy, sys
runpy.run_path(sys.argv[1])
from hypothesis import given, settings, strategies

def drawn():
    seen = []
    @settings(max_examples=20)
    @given(strategies.integers())
    def look(number):
        seen.append(number)
    look()
    return seen

loaded = settings()
print(drawn() == drawn(), loaded.derandomize, loaded.database is not None, loaded.print_blob, loaded.max_examples)
"""


def profile(name: str) -> list[str]:
    """Of a profile, in continuous integration: whether two runs draw the same, and what it says."""
    there = {**os.environ, "CI": "true", "HYPOTHESIS_PROFILE": name}
    command = [sys.executable, "-c", PROGRAM, str(CONFTEST)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=there)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_the_short_profile_repeats_itself() -> None:
    """`ci`: two runs draw the same, and nothing is kept that could make the next one differ."""
    assert profile("ci") == ["True", "True", "False", "True", "100"]


def test_the_long_profile_explores_anew() -> None:
    """`long`: two runs draw differently; failures are kept, and printed with what reproduces them."""
    assert profile("long") == ["False", "False", "True", "True", "2000"]


def test_hypothesis_repeats_itself_there_by_default() -> None:
    """What Hypothesis loads by itself in continuous integration repeats itself, and so would what inherits it."""
    program = "from hypothesis import settings; print(settings().derandomize, settings().database)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env={**os.environ, "CI": "true"}
    )
    assert done.stdout.split() == ["True", "None"]
