"""How long `import tmem` takes, in a new interpreter each time, from byte code that is there already."""

from __future__ import annotations

import subprocess
import sys
from typing import Final

from . import names
from .progress import Rounds
from .recording import Recorder

PROGRAM: Final = """
import time
begin = time.perf_counter()
import tmem
print(time.perf_counter() - begin)
"""


def measure(recorder: Recorder, rounds: Rounds) -> None:
    """Import it so many times; the first one is not counted."""
    seconds_of_one()
    for _ in rounds:
        recorder.add(names.IMPORT, seconds_of_one())


def seconds_of_one() -> float:
    """The seconds that the statement takes in an interpreter that has just started."""
    command = [sys.executable, "-c", PROGRAM]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)  # noqa: S603 - ours
