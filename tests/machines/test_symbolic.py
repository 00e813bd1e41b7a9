"""The machine of one object, its indexes unknown: CrossHair chooses them by solving, where Hypothesis rolls dice.

Hypothesis runs an example with symbolic numbers; at each branch that depends on one, CrossHair asks Z3 for values that
take the other way next time. So a condition that one index of 2**32 meets is met. The limit: a list that is read at an
unknown place has CrossHair choose the place. From the first slot of a tree on, an index is sampled rather than solved;
what lies below that, the proofs decide. CrossHair's own limit of time for an example makes it give an example up, and
never fails a test.
"""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import initialize, precondition, rule, run_state_machine_as_test
from hypothesis.strategies import integers

from support.faulty_source import ONE_INDEX_REFUSED, put_in
from support.stepping import SteppingMachine, some_page
from tmem_spec.calls import FlushPage, Get
from tmem_spec.words import INDEX_LIMIT, PERSISTENT, Handle

OID = 144
FEW = settings(
    derandomize=True,
    database=None,
    max_examples=12,
    stateful_step_count=2,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
    report_multiple_bugs=False,
)
SYMBOLIC = settings(FEW, backend="crosshair")
ROLLED = settings(FEW, backend="hypothesis", max_examples=200)


class SmallScopeMachine(SteppingMachine):
    """One pool, one object, any index."""

    @initialize()
    def begin(self) -> None:
        """The pool."""
        self.make_pool(PERSISTENT)

    @rule(index=integers(0, INDEX_LIMIT - 1))
    def put_page(self, index: int) -> None:
        """A put, and a get of the page."""
        handle = Handle(0, OID, index)
        self.put(handle)
        self.step(Get(handle))

    @precondition(some_page)
    @rule()
    def drop(self) -> None:
        """The first page goes."""
        self.step(FlushPage(self.filled(0)))


def test_no_index_is_an_exception() -> None:
    """Whatever indexes CrossHair comes up with, store and judge agree, step by step."""
    run_state_machine_as_test(SmallScopeMachine, settings=SYMBOLIC)


def test_one_index_of_all_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A store that refuses one index of 2**32 is found out in a few examples, the same each time."""
    put_in(ONE_INDEX_REFUSED, monkeypatch)
    with pytest.raises(AssertionError, match="rejected"):
        run_state_machine_as_test(SmallScopeMachine, settings=SYMBOLIC)


def test_it_is_the_solver_that_finds_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same machine, in ten times as many examples whose indexes are rolled, does not meet that index."""
    put_in(ONE_INDEX_REFUSED, monkeypatch)
    run_state_machine_as_test(SmallScopeMachine, settings=ROLLED)
