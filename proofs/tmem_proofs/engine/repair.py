"""Repair: values that satisfy every fact but a new one, changed in one unknown so that they satisfy that too.

Most questions of a path are whether something more is possible, and mostly it is. Then a change of one value, to where
some comparison turns, is likely to show it without a solver. How it was guessed does not matter: the values found are
held against every fact that speaks of the unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from tmem_proofs.engine.terms import Term, Valuation, evaluate, linear

MOST_UNKNOWNS = 3


class Changed:
    """A valuation, but for some unknowns."""

    def __init__(self, values: Valuation, unknown: Term, value: int) -> None:
        """The values, with another for this unknown."""
        self.base: Valuation = values
        self.changes = {unknown: value}
        if isinstance(values, Changed):
            self.base, self.changes = values.base, {**values.changes, unknown: value}

    def __getitem__(self, unknown: Term) -> int:
        """The value of an unknown."""
        value = self.changes.get(unknown)
        return self.base[unknown] if value is None else value


def repaired(
    fact: Term, unknowns: Iterable[Term], values: Valuation, facts_about: Callable[[Term], Sequence[Term]]
) -> Valuation | None:
    """Values with which the fact holds, and all that is known, if a change of one of its unknowns gives them.

    The youngest unknowns are tried, of which least is known.
    """
    for unknown in sorted(unknowns, key=lambda one: -one.serial)[:MOST_UNKNOWNS]:
        others = facts_about(unknown)
        for value in dict.fromkeys(_turning_points(fact, unknown, values)):
            if unknown.low <= value <= unknown.high:
                changed = Changed(values, unknown, value)
                known: dict[Term, int] = {}
                if evaluate(fact, changed, known) and all(evaluate(one, changed, known) for one in others):
                    return changed
    return None


def _turning_points(fact: Term, unknown: Term, values: Valuation) -> Iterator[int]:
    """Values of the unknown at which a comparison within the fact turns, and next to it; then its bounds."""
    for compared in _comparisons(fact):
        coefficient = linear(compared)[1].get(unknown, 0)
        if abs(coefficient) == 1:
            turns = values[unknown] - coefficient * evaluate(compared, values)
            yield from (turns, turns - 1, turns + 1)
    yield from (unknown.low, unknown.high)


def _comparisons(fact: Term) -> Iterator[Term]:
    """The sums that a fact compares with zero."""
    if fact.operator in {"negative", "zero"}:
        yield fact.arguments[0]
    elif fact.operator in {"not", "or"}:
        for part in fact.arguments:
            yield from _comparisons(part)
