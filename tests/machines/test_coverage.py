"""What the tests meet, counted: each operation with each outcome in each situation of its object and tree.

A situation is: no object, or the height of the tree, from 0 to 6, and what the place of the handle is in it: free,
about to make the tree grow, filled, filled and about to make it shrink, or the last page. `support.cells` says which
combinations there are, and for which reasons the others cannot be.
"""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from support.cells import IMPOSSIBLE, OUTCOMES, POSSIBLE, Cell, assert_met, impossible
from support.families_pages import CoherenceMachine, EphemeralMachine, ErrorMachine
from support.families_store import MemoryMachine, PoolMachine, ShapeMachine
from support.family import FamilyMachine
from support.situations import EMPTY, NOWHERE, OBJECTS, PLACES
from support.sweep import swept

FAMILIES: tuple[type[FamilyMachine], ...] = (
    CoherenceMachine,
    EphemeralMachine,
    ErrorMachine,
    PoolMachine,
    MemoryMachine,
    ShapeMachine,
)
SEEDS = 1
INDEPENDENT = settings(database=None, max_examples=9, stateful_step_count=30, phases=[Phase.generate])
SHARE_OF_THE_FAMILIES = 0.45


def test_the_sweep_meets_every_cell() -> None:
    """Each cell that can be is met, by calls that are the same each time; and none that cannot."""
    assert_met(swept(), least=1.0)


def test_the_families_meet_a_good_part() -> None:
    """Few and small runs of the families' machines find their way to many cells, and to none that cannot be."""
    met: Counter[Cell] = Counter()
    for machine in FAMILIES:
        machine.met.clear()
        for number in range(SEEDS):
            run_state_machine_as_test(seed(number)(machine), settings=INDEPENDENT)
        met += machine.met
    assert_met(met, least=SHARE_OF_THE_FAMILIES)


def test_a_cell_that_is_not_met_is_named() -> None:
    """The measure can fail: without one cell it falls short, and the message says which."""
    missing = Cell("Put", "REFUSED", "height 3, about to grow")
    met = Counter(POSSIBLE - {missing})
    with pytest.raises(AssertionError, match=r"unmet: Put, REFUSED: height 3, about to grow(?!;)"):
        assert_met(met, least=1.0)
    assert_met(met, least=0.99)


def test_a_cell_that_cannot_be_is_named() -> None:
    """A cell that is met and is listed as impossible fails the measure, too."""
    with pytest.raises(AssertionError, match="listed as impossible: Get, HIT: no object"):
        assert_met(Counter([*POSSIBLE, Cell("Get", "HIT", "no object")]), least=1.0)


@pytest.mark.parametrize("reason", IMPOSSIBLE)
def test_every_reason_excludes_something(reason: str) -> None:
    """No reason is idle: of the cells that it excludes, some are excluded by no other."""
    excluded = [
        impossible(name, outcome, situation)
        for name, outcomes in OUTCOMES.items()
        for outcome in outcomes
        for situation in (NOWHERE, EMPTY, *PLACES, *OBJECTS)
    ]
    assert [reason] in excluded
