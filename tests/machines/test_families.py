"""A machine for each family of claims: small worlds in which that family's situations come often.

The judge looks at everything after each step, as in the big machine. That a machine aims well is measured, and that it
can fail is shown on faults of its family.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from support.families_pages import CoherenceMachine, EphemeralMachine, ErrorMachine
from support.families_store import MemoryMachine, PoolMachine, ShapeMachine
from support.family import FamilyMachine
from support.faulty_source import known, put_in

SMALL = settings(
    derandomize=True,
    database=None,
    max_examples=15,
    stateful_step_count=25,
    phases=[Phase.generate],
    report_multiple_bugs=False,
)

# What each machine aims at, and the least share of its calls that must be it.
AIMS: dict[type[FamilyMachine], dict[str, float]] = {
    CoherenceMachine: {"duplicates": 0.02, "failed duplicates": 0.02},
    EphemeralMachine: {
        "get from pool of kind 0": 0.005,
        "get from pool of kind 2": 0.005,
        "reclaim: DONE": 0.002,
        "reclaim: NOT_FOUND": 0.002,
        "reclaim: REJECTED": 0.002,
    },
    ErrorMachine: {"RAISED": 0.1, "FAILED": 0.005},
    PoolMachine: {"pool call": 0.1, "rejected": 0.1, "frozen put": 0.01},
    MemoryMachine: {
        "OBJ_ALLOC_REFUSED": 0.01,
        "OBJNODE_ALLOC_REFUSED": 0.03,
        "CREATE_REFUSED": 0.01,
        "CREATE_REFUSED of a duplicate": 0.02,
    },
    ShapeMachine: {f"{way} {height}": 0.001 for way in ("grown to", "shrunk from") for height in range(1, 7)},
}

FAULTS: dict[type[FamilyMachine], tuple[str, ...]] = {
    CoherenceMachine: (
        "a refused duplicate keeps the old page",
        "a duplicate stores nothing and says stored",
        "a get finds a page where none is",
        "flush_page drops nothing",
    ),
    EphemeralMachine: (
        "a get of a private ephemeral page leaves it",
        "a get of a shared page removes it",
        "reclaim goes by the handle alone",
        "reclaim goes by equality",
        "persistent pages are reclaimed",
    ),
    ErrorMachine: (
        "an exception of a free is lost",
        "an exception of get_data is swallowed",
        "a failing get_data gives an empty page",
        "a failing get_data leaves an ephemeral page",
        "release gives the exception of a free before that of the operation",
    ),
    PoolMachine: (
        "a pool id is given twice",
        "unknown flags are ignored",
        "thaw does not thaw",
        "freeze does not freeze",
        "a put to a frozen pool leaves the stale page",
    ),
    MemoryMachine: (
        "a refused put keeps its objnodes",
        "a refused put keeps its obj",
        "a put asks for an objnode too many",
        "a duplicate frees nothing",
        "a duplicate gives its objnodes back and asks for them again",
    ),
    ShapeMachine: (
        "delete shrinks by one level at most",
        "delete shrinks to height 1 at best",
        "an emptied tree keeps its height",
        "trees are taller than need be",
    ),
}
CASES = [(machine, fault) for machine, faults in FAULTS.items() for fault in faults]

# A tenth of the examples that the big machine has, for each.
PART = settings(max_examples=settings().max_examples // 10)


def part(machine: type[FamilyMachine]) -> Any:
    """A test case that runs a machine for a part of what the profile says."""
    machine.TestCase.settings = PART
    return machine.TestCase


TestCoherence = part(CoherenceMachine)
TestEphemeral = part(EphemeralMachine)
TestErrors = part(ErrorMachine)
TestPools = part(PoolMachine)
TestMemory = part(MemoryMachine)
TestShape = part(ShapeMachine)


@pytest.mark.parametrize("machine", AIMS, ids=lambda machine: machine.__name__)
def test_a_machine_aims_well(machine: type[FamilyMachine]) -> None:
    """Runs meet what the machine is for in at least the share of calls given here, which is well below the usual one.

    Hypothesis draws some numbers from the constants of whatever modules are loaded, so other tests make a difference.
    """
    machine.aimed.clear()
    run_state_machine_as_test(machine, settings=settings(SMALL, max_examples=60))
    shares = {aim: machine.aimed[aim] / machine.aimed["steps"] for aim in AIMS[machine]}
    assert {aim: share for aim, share in shares.items() if share < AIMS[machine][aim]} == {}


@pytest.mark.parametrize(("machine", "fault"), CASES, ids=lambda case: getattr(case, "__name__", case))
def test_a_machine_finds_the_faults_of_its_family(
    machine: type[FamilyMachine], fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same runs, which find nothing in the store as it is, find each of these faults."""
    put_in(known(fault), monkeypatch)
    with pytest.raises(AssertionError):
        run_state_machine_as_test(machine, settings=SMALL)
