"""The cells of coverage: operation, outcome and situation. Which there are, which cannot be, and which were not met.

Every combination is a cell, unless a reason here says that it cannot be. The reasons are held against what is met: a
cell that is met although it cannot be is a mistake here, or in the store.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass

from support.situations import EMPTY, NOWHERE, OBJECTS, PAGE, PLACES, operation, situations
from tmem_proofs.conformance.driver import Driven
from tmem_spec.calls import Outcome
from tmem_spec.store import Store

DROPS = {Outcome.DONE, Outcome.NOT_FOUND, Outcome.RAISED, Outcome.REJECTED}
GETS = {Outcome.HIT, Outcome.MISS, Outcome.FAILED, Outcome.RAISED, Outcome.REJECTED}
OUTCOMES = {
    "NewPool": {Outcome.DONE, Outcome.REJECTED},
    "Put": {Outcome.STORED, Outcome.REFUSED, Outcome.RAISED, Outcome.REJECTED},
    "Get": GETS,
    "GetExclusive": GETS,
    "FlushPage": DROPS,
    "FlushObject": DROPS,
    "Reclaim": DROPS,
    "FlushPool": DROPS - {Outcome.NOT_FOUND},
    "DestroyPool": DROPS - {Outcome.NOT_FOUND},
    "Freeze": {Outcome.DONE, Outcome.REJECTED},
    "Thaw": {Outcome.DONE, Outcome.REJECTED},
}
ON_HANDLES = ("Put", "Get", "GetExclusive", "FlushPage", "Reclaim")
ON_POOLS = ("FlushPool", "DestroyPool", "Freeze", "Thaw")
FINDS = {Outcome.HIT, Outcome.FAILED, Outcome.DONE, Outcome.RAISED}
MISSES = {Outcome.MISS, Outcome.NOT_FOUND}


@dataclass(frozen=True, order=True)
class Cell:
    """One way for an operation to end in one situation."""

    operation: str
    outcome: str
    situation: str

    def __str__(self) -> str:
        """`Get, MISS: height 3, free`."""
        return f"{self.operation}, {self.outcome}: {self.situation}"


def cells_of(store: Store, driven: Driven) -> list[Cell]:
    """What a call meets that is made of a store which holds this."""
    name, outcome = operation(driven.call), driven.answer.outcome.name
    return [Cell(name, outcome, one) for one in situations(store, driven.call)]


def has_page(situation: str) -> bool:
    """Whether the place holds a page, or the object is one."""
    return situation in OBJECTS or situation.partition(", ")[2] in PAGE


# Why a cell cannot be: each reason with the operations, outcomes and situations of which it holds.
IMPOSSIBLE: dict[str, Callable[[str, Outcome, str], bool]] = {
    "a new pool has no objects": lambda name, _, met: name == "NewPool" and met != NOWHERE,
    "a call that names nothing is rejected": lambda name, outcome, met: (
        name != "NewPool" and met == NOWHERE and outcome is not Outcome.REJECTED
    ),
    "of calls that name something, reclaim alone is rejected: in a persistent pool": lambda name, outcome, met: (
        name not in ("NewPool", "Reclaim") and met != NOWHERE and outcome is Outcome.REJECTED
    ),
    "a call on an object or a pool has no index": lambda name, _, met: name not in ON_HANDLES and met in PLACES,
    "a call on a handle is at a place": lambda name, _, met: name in ON_HANDLES and met in OBJECTS,
    "where no page is, none is found": lambda name, outcome, met: (
        name not in ("Put", *ON_POOLS) and met != NOWHERE and outcome in FINDS and not has_page(met)
    ),
    "a pool without a page frees nothing": lambda name, outcome, met: (
        name in ON_POOLS and outcome is Outcome.RAISED and met == EMPTY
    ),
    "where a page is, it is found, unless reclaim names another": lambda name, outcome, met: (
        name != "Reclaim" and outcome in MISSES and has_page(met)
    ),
}


def impossible(name: str, outcome: Outcome, situation: str) -> list[str]:
    """Why a cell cannot be: one reason or several, or none."""
    return [reason for reason, holds in IMPOSSIBLE.items() if holds(name, outcome, situation)]


POSSIBLE = frozenset(
    Cell(name, outcome.name, situation)
    for name, outcomes in OUTCOMES.items()
    for outcome in outcomes
    for situation in (NOWHERE, EMPTY, *PLACES, *OBJECTS)
    if not impossible(name, outcome, situation)
)


def assert_met(met: Counter[Cell], least: float, wanted: Collection[Cell] = POSSIBLE) -> None:
    """At least this share of the cells was met, and none that cannot be. The message names the others."""
    mistaken = sorted(set(met) - POSSIBLE)
    assert not mistaken, "met, and listed as impossible: " + "; ".join(map(str, mistaken))
    unmet = sorted(set(wanted) - set(met))
    share = 1 - len(unmet) / len(wanted)
    assert share >= least, (
        f"{share:.1%} of {len(wanted)} cells met, at least {least:.0%} expected; unmet: " + "; ".join(map(str, unmet))
    )
