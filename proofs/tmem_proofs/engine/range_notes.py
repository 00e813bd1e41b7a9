"""Notes of a path through a call on a range, of what its facts do not tell: for who makes it concrete."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tmem_proofs.engine.range_contracts import Performed


@dataclass(eq=False, slots=True)
class Alone:
    """A put of one page: its operation, how many requests came before it, and the tree after it, if that changed.

    `failed`: whether the next request is its own, which was refused, or raised.
    """

    done: Performed
    before: int
    failed: bool = False
    height: Any = None
    objnode_count: Any = None


@dataclass(frozen=True, slots=True)
class Met:
    """A leaf that was there, or not, when it was the turn of an index."""

    index: Any
    has: bool
