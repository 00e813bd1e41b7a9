"""What is said of each invariant beside its sentence and its predicate: readings.toml, read."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import NamedTuple

FILE = Path(__file__).with_name("readings.toml")


class Reading(NamedTuple):
    """The same in mathematical notation, and what goes wrong without it."""

    formula: str
    story: str


@cache
def readings() -> dict[str, Reading]:
    """All of them, by the invariant's identifier."""
    found = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return {identifier: Reading(one["formula"].strip(), one["story"].strip()) for identifier, one in found.items()}
