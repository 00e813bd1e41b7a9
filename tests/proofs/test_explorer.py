"""The explorer takes every path, no impossible one, and never passes what it could not decide."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest

from tmem_proofs.engine import solver as solver_module
from tmem_proofs.engine.explorer import EndlessError, Infeasible, Path, UndecidedError, explore
from tmem_proofs.engine.solver import Sat, Solver
from tmem_proofs.engine.symbolic import as_fact


def test_every_feasible_path_is_taken_once() -> None:
    """Of eight ways through three comparisons of one unknown, the four that can be are taken, each once."""

    def program(path: Path) -> None:
        x = path.integer("x", 0, 100)
        path.note(f"{bool(x > 10)} {bool(x > 20)} {bool(x > 30)}")

    seen = [path.notes[-1] for path in explore(program)]
    assert sorted(seen) == ["False False False", "True False False", "True True False", "True True True"]


def test_options_are_all_chosen() -> None:
    """`choose` gives each option in turn, and combinations of choices are all met."""
    seen = []

    def program(path: Path) -> None:
        path.note(path.choose(("a", "b", "c")) + path.choose(("d", "e")))

    for path in explore(program):
        seen += path.notes
    assert sorted(seen) == ["ad", "ae", "bd", "be", "cd", "ce"]


def test_an_assumption_that_cannot_be_ends_the_path() -> None:
    """A run whose assumptions contradict each other does not get to its end."""

    def program(path: Path) -> None:
        x = path.integer("x", 0, 9)
        path.assume(x > 5)
        path.assume(x < 5)

    assert list(explore(program)) == []


def test_code_that_swallows_every_exception_cannot_hide_the_end_of_a_path() -> None:
    """A stop within the code under proof ends the path even if that code catches BaseException and goes on."""

    def program(path: Path) -> None:
        with suppress(BaseException):
            path.stop(Infeasible())

    assert list(explore(program)) == []


def test_going_on_from_a_path_leaves_it_as_it_was() -> None:
    """Decisions in a run that starts where a path ended are forgotten with it."""

    def program(path: Path) -> None:
        path.integer("x", 0, 9)

    for path in explore(program):
        x = path.integer("y", 0, 9)
        ways: list[bool] = []
        assert len(list(path.each(lambda x=x, ways=ways: ways.append(bool(x == 3))))) == 2  # type: ignore[misc]  # bound here
        assert sorted(ways) == [False, True]
        assert path.refute(x != 3, path.terms.true) is not None


def test_a_claim_that_holds_is_not_refuted_and_one_that_does_not_is() -> None:
    """A refutation comes with values, and with these the claim is false."""

    def program(path: Path) -> None:
        path.assume(path.integer("x", 0, 2**32 - 1) > 7)

    for path in explore(program):
        x = path.terms.unknown("x", 0, 2**32 - 1)
        symbolic = path.integer("again", 0, 5)
        assert path.refute(symbolic <= 5, path.terms.true) is None
        values = path.refute(symbolic <= 4, path.terms.true)
        assert values is not None
        assert values[x] > 7


def test_what_the_solver_cannot_decide_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    """With next to no resources the solver gives up, and the exploration says so instead of passing."""
    monkeypatch.setattr(solver_module, "RESOURCES_A_QUERY", 1)

    def program(path: Path) -> None:
        x, y = path.integer("x", 2, 2**40), path.integer("y", 2, 2**40)
        path.assume(x * y == (2**31 - 1) * (2**19 - 1))

    with pytest.raises(UndecidedError):
        list(explore(program))


def test_what_is_spent_does_not_depend_on_what_ran_before() -> None:
    """The same exploration, run twice in a process, costs as many queries and resources each time."""

    def program(path: Path) -> None:
        x, y = path.integer("x", 0, 2**16), path.integer("y", 0, 2**16)
        path.note(str(bool(x * y == 1001)))

    spent = []
    for _ in range(2):
        solver = Solver()
        list(explore(program, solver=solver))
        spent.append(solver.effort())
    assert spent[0] == spent[1]
    assert spent[0].queries > 0


def test_code_that_does_not_end_is_left() -> None:
    """A loop that nothing ends is an exception in the code, also where each round turns anew; one that ends is none."""

    def program(path: Path, rounds: int) -> None:
        number = path.integer("number", 0, 9)
        path.assume(number < 5)
        while number < 9 and rounds:
            rounds -= 1

    assert sum(1 for _ in explore(lambda path: program(path, 1000))) == 1
    with pytest.raises(EndlessError, match="it goes on after 20000 things asked"):
        next(explore(lambda path: program(path, -1)))


def test_dice_find_what_a_solver_gives_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Values that nearly every roll gives are found; where none does, it stays undecided."""
    monkeypatch.setattr(Solver, "ask", lambda *_: Sat.UNKNOWN)
    path = Path(Solver())
    number: Any = path.integer("number", 0, 1 << 64)
    path.knowledge.learn(as_fact(path.terms, number > 7))
    found = path.refute(number * number == 49, path.terms.true)
    assert found is not None
    assert found[number.term] > 7
    with pytest.raises(UndecidedError):
        path.refute(number * number != 10**16, path.terms.true)
