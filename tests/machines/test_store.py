"""Our store against the specification, in step: for as long as the profile says, and with a measure of what is met.

`HYPOTHESIS_PROFILE=long` looks for longer, and elsewhere each time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import ClassVar

import pytest
from hypothesis import seed, settings
from hypothesis.stateful import run_state_machine_as_test

from support.cells import POSSIBLE, Cell, assert_met
from support.draws import BUCKET_0, BUCKET_255, CANCELLED, EDGES, OIDS, PERMUTED
from support.range_operations import RECORDERS
from support.store_machine import StoreMachine
from tmem_proofs.conformance.recorder import Recorder
from tmem_spec.calls import Outcome
from tmem_spec.law import height
from tmem_spec.metadata import Callback
from tmem_spec.words import bucket_of

TestStore = StoreMachine.TestCase

# Hypothesis varies what it has drawn, but not in the first nine examples of a run: these are independent of each other.
SEEDS = 6
INDEPENDENT = settings(database=None, max_examples=9, stateful_step_count=50)

REFUSALS = {
    "new object": {Callback.OBJ_ALLOC_REFUSED, Callback.OBJNODE_ALLOC_REFUSED, Callback.CREATE_REFUSED},
    "known object": {Callback.OBJNODE_ALLOC_REFUSED, Callback.CREATE_REFUSED},
    "filled handle": {Callback.CREATE_REFUSED},
}

DROPPING = {Outcome.DONE, Outcome.RAISED, Outcome.REJECTED}
RANGES = {"PutRange": DROPPING, "FlushRange": DROPPING, "GetRange": {*DROPPING, Outcome.FAILED}}

SHARE_OF_CELLS = 0.55  # of operation, outcome and situation: see test_coverage for what meets all of them


def ends(cells: Iterable[Cell]) -> set[tuple[str, str]]:
    """Which operations end in which outcomes."""
    return {(cell.operation, cell.outcome) for cell in cells}


class MeasuredMachine(StoreMachine):
    """The machine with counts of its own."""

    met: ClassVar[Counter[Cell]] = Counter()
    refusals: ClassVar[Counter[tuple[str, Callback]]] = Counter()
    ranges: ClassVar[Counter[tuple[type[Recorder], str, Outcome]]] = Counter()


@pytest.mark.usefixtures("same_constants")
def test_everything_that_can_happen_is_met() -> None:
    """Runs that are the same each time meet every outcome that an operation has, and every refusal that a put has.

    They meet no other: a put to a known object asks for no obj, a put to a filled handle for no objnode. They meet
    every ending of a range, with a PAM that is asked page by page, and with one that is asked at once.
    """
    for number in range(SEEDS):
        run_state_machine_as_test(seed(number)(MeasuredMachine), settings=INDEPENDENT)
    assert ends(MeasuredMachine.met) == ends(POSSIBLE)
    assert_met(MeasuredMachine.met, least=SHARE_OF_CELLS)
    assert set(MeasuredMachine.refusals) == {(what, one) for what, several in REFUSALS.items() for one in several}
    assert set(MeasuredMachine.ranges) == {
        (recorder, name, ended) for recorder in RECORDERS for name, endings in RANGES.items() for ended in endings
    }


@pytest.mark.parametrize(("oids", "bucket"), [(BUCKET_255, 255), (BUCKET_0, 0), (CANCELLED, 0)])
def test_objects_meet_in_a_bucket(oids: tuple[int, ...], bucket: int) -> None:
    """The oids drawn collide: so an object is looked up, inserted and dropped beside others of its bucket."""
    assert {bucket_of(oid) for oid in oids} == {bucket}


def test_objects_differ_by_the_order_of_their_words_alone() -> None:
    """Six of the oids drawn are permutations of three words: one bucket, and a lookup must compare every word."""
    assert len(set(PERMUTED)) == 6
    assert len({bucket_of(oid) for oid in PERMUTED}) == 1
    assert len(set(OIDS)) == len(OIDS)


def test_indexes_lie_at_both_ends_of_every_height() -> None:
    """The indexes drawn include, for each height, the first that needs it and the last that it holds."""
    assert Counter(height({index}) for index in EDGES) == {0: 1, 1: 2, 2: 2, 3: 2, 4: 2, 5: 2, 6: 2}
