"""What a run says while it runs, and how long a measurement may go on."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

AT_LEAST: Final = 2


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


@dataclass(frozen=True, slots=True)
class Rounds:
    """The rounds of a measurement: `at_most` so many, and after `seconds` no new one but the second.

    How long a machine takes changes how many values a median is made of, and nothing else.
    """

    title: str
    at_most: int
    seconds: float

    def __iter__(self) -> Iterator[int]:
        """The number of each round, from 0 on."""
        begin = time.monotonic()
        told = begin
        for number in range(self.at_most):
            now = time.monotonic()
            if number >= AT_LEAST and now - begin > self.seconds:
                return
            if number == 0 or now - told > 1:
                say(f"   {self.title}: round {number + 1} of at most {self.at_most}")
                told = now
            yield number
