"""What the proofs assume, and what they do not cover: said beside every verdict, listed by `tmem audit`.

A sentence is about every operation, or about those that it names.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    """Why a verdict depends on it."""

    TRUSTED = "trusted"
    PREMISE = "assumed before the call"
    BOUND = "bounds"
    UNCOVERED = "not covered here"


@dataclass(frozen=True, slots=True)
class Assumption:
    """One thing that must be so for a verdict to mean what it says; of all operations if it names none."""

    kind: Kind
    sentence: str
    operations: tuple[str, ...] = ()


ASSUMPTIONS = (
    Assumption(Kind.TRUSTED, "CPython, Z3 and the engine (proofs/tmem_proofs/engine) are right"),
    Assumption(Kind.PREMISE, "the store is well-formed: CNT, SHR and OID-2 hold"),
    Assumption(Kind.PREMISE, "no exception comes but from a callback, or for want of memory for a bucket's entry"),
    Assumption(Kind.UNCOVERED, "calls that overlap, but for a pool destroyed or struck out meanwhile (tests do)"),
    Assumption(Kind.UNCOVERED, "count and check (tests do)"),
    Assumption(Kind.BOUND, "none but those of the data: 32-bit indexes, heights 0 to 6, 64 slots an objnode"),
    Assumption(
        Kind.BOUND,
        "but of calls on ranges: two pages, in one run or two, stand for any number (in trees, a run has any length)",
        ("Tmem.put_range", "Tmem.get_range", "Tmem.flush_range"),
    ),
)


def assumed_of(operation: str) -> list[Assumption]:
    """What the verdicts on an operation depend on."""
    return [one for one in ASSUMPTIONS if not one.operations or operation in one.operations]
