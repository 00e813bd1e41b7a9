"""The engine's integers are Python's: unbounded, signed, exact. Compared on the same expressions, negative ones too."""

from __future__ import annotations

import operator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.expressions import COMPARISONS, Expression, build, expressions, small
from tmem_proofs.engine.explorer import Path
from tmem_proofs.engine.solver import Solver
from tmem_proofs.engine.symbolic import SymbolicInt, as_fact, as_term
from tmem_proofs.engine.terms import evaluate


class Pinned:
    """A valuation by name."""

    def __init__(self, values: dict[str, int]) -> None:
        """Each unknown has its value here."""
        self.values = values

    def __getitem__(self, unknown: Any) -> int:
        """The value of an unknown."""
        return self.values[unknown.arguments[0]]


@given(expressions, small, small)
def test_an_expression_has_the_value_that_python_gives_it(expression: Expression, x: int, y: int) -> None:
    """Terms are simplified without changing what they are worth, and never leave their interval."""
    path = Path(Solver())
    unknowns = {"x": path.integer("x", -(2**70), 2**70), "y": path.integer("y", -(2**70), 2**70)}
    term = as_term(path.terms, build(expression, unknowns))
    expected = build(expression, {"x": x, "y": y})
    assert term is not None
    assert evaluate(term, Pinned({"x": x, "y": y})) == expected
    assert term.low <= expected <= term.high


@settings(max_examples=60, deadline=None)
@given(expressions, small, small)
def test_the_solver_agrees_with_python(expression: Expression, x: int, y: int) -> None:
    """Given the values of the unknowns, the solver finds the expression to be what Python says, and nothing else."""
    path = Path(Solver())
    unknowns = {"x": path.integer("x", -(2**70), 2**70), "y": path.integer("y", -(2**70), 2**70)}
    path.assume(unknowns["x"] == x)
    path.assume(unknowns["y"] == y)
    result = build(expression, unknowns)
    expected = build(expression, {"x": x, "y": y})
    assert path.refute(result == expected, path.terms.true) is None
    assert path.refute(result != expected, path.terms.true) is not None


@given(st.sampled_from(sorted(COMPARISONS)), expressions, expressions, small, small)
def test_a_comparison_is_true_when_it_is_in_python(
    name: str, left: Expression, right: Expression, x: int, y: int
) -> None:
    """A comparison's fact holds under a valuation exactly when Python's comparison does."""
    path = Path(Solver())
    unknowns = {"x": path.integer("x", -(2**70), 2**70), "y": path.integer("y", -(2**70), 2**70)}
    fact = as_fact(path.terms, COMPARISONS[name](build(left, unknowns), build(right, unknowns)))
    values = {"x": x, "y": y}
    expected = COMPARISONS[name](build(left, values), build(right, values))
    assert bool(evaluate(fact, Pinned(values))) is expected


@given(expressions, small, small, small)
def test_knowledge_decides_as_python_does(expression: Expression, x: int, y: int, bound: int) -> None:
    """What is decided from known facts alone, without the solver, is what holds under every valuation of them."""
    path = Path(Solver())
    unknowns = {"x": path.integer("x", -(2**70), 2**70), "y": path.integer("y", -(2**70), 2**70)}
    values = {"x": x, "y": y}
    for fact in (
        unknowns["x"] <= max(x, bound),
        unknowns["y"] >= min(y, bound),
        unknowns["x"] - unknowns["y"] == x - y,
    ):
        path.assume(fact)
    claim = build(expression, unknowns) < bound
    decided = path.knowledge.decided(as_fact(path.terms, claim))
    assert decided in {None, build(expression, values) < bound}


@pytest.mark.parametrize(("left", "right"), [("x", 2.0), ("x", "1"), ("x", None)])
def test_a_symbolic_integer_refuses_what_is_no_integer(left: str, right: object) -> None:
    """Arithmetic with something else is a TypeError, as it is for Python's integers of such a kind."""
    value = Path(Solver()).integer(left, 0, 9)
    with pytest.raises(TypeError):
        operator.add(value, right)


def test_a_symbolic_integer_passes_for_an_int_and_has_no_hash() -> None:
    """isinstance says int; as a key of a dict it would be compared by identity, so it has no hash."""
    value = Path(Solver()).integer("x", 0, 9)
    assert isinstance(value, int)
    with pytest.raises(TypeError, match="unhashable"):
        hash(value)


def test_an_index_decides_among_all_values() -> None:
    """Where plain Python needs an int, one path is taken for each value."""
    path = Path(Solver())
    seen: list[str] = []

    def program() -> None:
        value = path.integer("x", 0, 3)
        assert isinstance(value, SymbolicInt)
        seen.append("abcd"[value.__index__()])

    for _ in path.each(program):
        pass
    assert sorted(seen) == list("abcd")
