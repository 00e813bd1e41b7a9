"""Expressions over two unknown integers, to be built of plain integers and of the engine's."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "&": operator.and_,
    "|": operator.or_,
    "^": operator.xor,
}
BY_CONSTANT: dict[str, Callable[[Any, Any], Any]] = {
    "<<": operator.lshift,
    ">>": operator.rshift,
    "//": operator.floordiv,
    "%": operator.mod,
}
COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}

small = st.integers(-(2**70), 2**70)
low_bits = st.integers(0, 70).map(lambda bits: (1 << bits) - 1)
Expression = Any


def packed(left: Expression, right: Expression, bits: int, more: int) -> Expression:
    """Two numbers in one, as digits are put together; they overlap by a bit if `more` is 1."""
    return "|", ("<<", left, bits), ("&", right, (1 << bits + more) - 1)


expressions = st.recursive(
    st.one_of(st.sampled_from(["x", "y"]), small, low_bits),
    lambda inner: st.one_of(
        st.tuples(st.sampled_from(sorted(ARITHMETIC)), inner, inner),
        st.tuples(st.sampled_from(sorted(BY_CONSTANT)), inner, st.integers(1, 67)),
        st.builds(packed, inner, inner, st.integers(1, 66), st.integers(-1, 1)),
    ),
    max_leaves=6,
)


def build(expression: Expression, values: dict[str, Any]) -> Any:
    """The expression over these values, plain or symbolic."""
    if isinstance(expression, str):
        return values[expression]
    if isinstance(expression, int):
        return expression
    name, left, right = expression
    function = ARITHMETIC.get(name) or BY_CONSTANT[name]
    return function(build(left, values), build(right, values))
