"""A claim: what must hold at the end of a path, and what is found where it does not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple


class Claim(NamedTuple):
    """What must hold, undecided or decided, and words for what is found where it does not."""

    holds: Any
    found: str


# What an invariant says of a run. A run of which it says nothing yields nothing.
Claims = Callable[[Any], Iterator[Claim]]
