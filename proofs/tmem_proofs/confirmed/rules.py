"""What CrossHair is taught before it is asked: two rules of its own that would keep it from any answer.

CrossHair follows an integer as an unknown until it meets something that it can only do to a number. It then tries one
number after another, and no number of them is all.

an or       is a sum where no bit is set in both numbers, and stays unknown as such; elsewhere nothing changes
a message   shows `#` in the place of an unknown integer: what messages say of numbers is not compared

All is said to one version of CrossHair, which pyproject.toml pins: parts of it are not public.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from functools import cache
from numbers import Integral
from typing import Any

from crosshair import core, core_and_libs
from crosshair.libimpl.builtinslib import SymbolicInt, setup_binop
from crosshair.tracers import NoTracing

from tmem_proofs.confirmed.arbitrary import register_types

_WORD_BITS = (64, 128)


@cache
def teach() -> None:
    """Install the rules, and the types whose instances are arbitrary, in this process; once."""
    core_and_libs._make_registrations()  # type: ignore[no-untyped-call]  # CrossHair's, which has no types
    setup_binop(_or, {operator.or_})  # type: ignore[arg-type]  # as CrossHair registers its own
    SymbolicInt.__format__ = _shown  # type: ignore[assignment, method-assign]  # in place of CrossHair's
    core._PATCH_REGISTRATIONS[format] = _formatting(core._PATCH_REGISTRATIONS[format])
    register_types()


def or_as_sum(left: Any, right: Any) -> Any:
    """`left | right` as a sum, if `left` is a multiple of a power of two that is more than `right`; else None."""
    for bits in _WORD_BITS:
        if left % (1 << bits) == 0 and 0 <= right < 1 << bits:
            return left + right
    return None


def _or(_: object, a: Integral, b: Integral) -> Any:
    """An or of which one side at least is unknown."""
    total = or_as_sum(a, b)
    return operator.index(a) | operator.index(b) if total is None else total


def _shown(_: SymbolicInt, __: str) -> str:
    """An unknown integer as a part of a message."""
    return "#"


def _formatting(usual: Callable[[object, str], Any]) -> Callable[[object, str], Any]:
    """`format`, as CrossHair has it for everything but unknown integers."""

    def formatted(value: object, specification: str = "") -> Any:
        with NoTracing():  # type: ignore[no-untyped-call]  # CrossHair's, which has no types
            if isinstance(value, SymbolicInt):
                return "#"
        return usual(value, specification)

    return formatted
