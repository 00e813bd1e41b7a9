"""Values with which a path is taken: those that facts name outright, where these do; else what the solver finds.

Facts that fix nearly every unknown leave little to find. What they name is tried first: to evaluate the path's own
facts with it says as surely as the solver that the path can be taken so, and costs next to nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tmem_proofs.engine.explorer import Path
from tmem_proofs.engine.terms import Term, Valuation, evaluate


class Named(dict[Term, int]):
    """The value of each unknown that is said to be some number; of any other, the least that it can be."""

    def __missing__(self, unknown: Term) -> int:
        """The least value."""
        return unknown.low


def values_with(path: Path, facts: Sequence[Term]) -> Valuation | None:
    """Values with which the path is taken and the facts hold; None if there are none. May ask the solver."""
    every = path.terms.every(facts)
    if path.knowledge.decided(every) is False:
        return None
    everything = [*path.knowledge.facts, *facts]
    values = named_by(everything)
    return values if _hold(everything, values) else path.witness(every)


def named_by(facts: Iterable[Term]) -> Named:
    """What facts of the form `unknown == number` say."""
    values = Named()
    for fact in facts:
        match fact:
            case Term(operator="zero", arguments=(Term(operator="unknown") as unknown,)):
                values[unknown] = 0
            case Term(operator="zero", arguments=(Term(operator="sum", arguments=(constant, (unknown, 1))),)):
                if unknown.operator == "unknown":
                    values[unknown] = -constant
    return values


def _hold(facts: Iterable[Term], values: Valuation) -> bool:
    known: dict[Term, int] = {}
    return all(evaluate(fact, values, known) for fact in facts)
