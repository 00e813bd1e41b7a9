"""Paths of misuse, run on shipped objects: each is, and a store that does something else is noticed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from tmem import Tmem
from tmem_proofs.claims.misuse import METHODS, run_misuse
from tmem_proofs.engine.explorer import explore
from tmem_proofs.prover import prove_scenario
from tmem_proofs.replay.agree import ReplayError
from tmem_proofs.replay.misuse import MisuseCase, concretise
from tmem_proofs.replay.misuse import replay as run_again
from tmem_proofs.source import load


def cases(method: str) -> Iterator[MisuseCase]:
    """Every path of a method in plain values."""
    code, runs = load(), list[Any]()
    for _ in explore(lambda path: runs.append(run_misuse(method, path, code))):
        case = concretise(runs[-1])
        if case is not None:
            yield case


@pytest.mark.parametrize("method", METHODS)
def test_every_path_is_replayed(method: str) -> None:
    """The run that proves an obligation replays each path."""
    explored = prove_scenario(f"Tmem.{method}", "misused", ["ERR-2"])
    assert explored.replayed == explored.paths == len(list(cases(method))) > 1


def test_what_goes_wrong_is_of_every_kind() -> None:
    """Wrong types, unknown pools and calls from within a callback, on stores that hold pages."""
    every = [case for method in METHODS for case in cases(method)]
    assert {case.raises for case in every} == {
        "TypeError", "ReentryError", "PoolError", "PoolDestroyedError", "HandleError",
    }  # fmt: skip
    assert any(case.before.stored for case in every)
    assert {case.inside for case in every} == {True, False}


def case_that(method: str, raises: str) -> MisuseCase:
    """Some path of a method that ends in this exception."""
    return next(case for case in cases(method) if case.raises == raises)


def test_another_exception_is_noticed() -> None:
    """What the call raises is compared by name; so is that it raises."""
    case = case_that("flush_page", "TypeError")
    with pytest.raises(ReplayError, match="exception"):
        run_again(replace(case, raises="PoolError"))
    with pytest.raises(ReplayError, match="exception"):
        run_again(replace(case, inside=True))


def test_a_page_that_goes_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A misused call that changes something is told, though it raises what it should."""
    case = next(case for case in cases("flush_object") if case.raises == "TypeError" and case.before.stored)
    shipped = Tmem.flush_object

    def flush_all(store: Tmem, pool: int, oid: int) -> bool:
        for one in range(3):
            if one in store._pools:
                store.flush_pool(one)
        return shipped(store, pool, oid)

    monkeypatch.setattr(Tmem, "flush_object", flush_all)
    with pytest.raises(ReplayError, match="violations"):
        run_again(case)
