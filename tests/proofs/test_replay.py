"""Paths of the proofs, run on the shipped objects: the engine says what the objects do."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tmem_proofs.claims.scenario import Scenario, scenarios
from tmem_proofs.conformance.recorder import Fail
from tmem_proofs.engine.explorer import explore
from tmem_proofs.replay.agree import ReplayError
from tmem_proofs.replay.trees import Case, concretise
from tmem_proofs.replay.trees import replay as run_again
from tmem_proofs.source import load
from tmem_spec import Outcome
from tmem_spec.metadata import Callback


def cases(scenario: Scenario) -> list[Case]:
    """Every path of a scenario in plain values."""
    code, runs = load(), []
    paths = explore(lambda path: runs.append(scenario.run(path, code)))
    found = [concretise(runs[-1], scenario.operation) for _ in paths]
    return [case for case in found if case is not None]


@pytest.mark.parametrize("height", [0, 2])
@pytest.mark.parametrize("operation", ["insert", "replace", "delete", "lookup", "get"])
def test_every_path_does_what_the_shipped_objects_do(operation: str, height: int) -> None:
    """Answer, callbacks and every invariant: on real objects as on the path."""
    scenario = next(one for one in scenarios() if (one.operation, one.case) == (operation, f"height {height}"))
    found = cases(scenario)
    assert found
    for case in found:
        run_again(case)


REFUSED = Case(
    "insert", frozenset({0}), 64, (Fail("create"),), Outcome.REFUSED,
    (Callback.OBJNODE_ALLOC,) * 3 + (Callback.CREATE_REFUSED,) + (Callback.OBJNODE_FREE,) * 3,
)  # fmt: skip


def test_a_case_that_the_objects_agree_with_passes() -> None:
    """The case that the next test changes is right as it stands."""
    run_again(REFUSED)


@pytest.mark.parametrize(
    "wrong",
    [
        replace(REFUSED, outcome=Outcome.STORED),
        replace(REFUSED, callbacks=REFUSED.callbacks[:-1]),
        replace(REFUSED, failures=()),
        replace(REFUSED, index=65 * 64),
        replace(REFUSED, indexes=frozenset({0, 64})),
        replace(REFUSED, operation="get"),
    ],
    ids=["outcome", "callbacks", "failures", "index", "indexes", "operation"],
)
def test_a_case_that_the_objects_disagree_with_is_found(wrong: Case) -> None:
    """A path that claims another outcome, other callbacks or another state is not passed over."""
    with pytest.raises(ReplayError):
        run_again(wrong)
