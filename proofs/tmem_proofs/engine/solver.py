"""The solver: Z3, and the only module that knows of it.

An integer term becomes a bit vector wide enough, signed, for the whole interval of the term; operands are extended
before an operation, so nothing wraps. Work is limited by Z3's own count of resources, never by a clock: a verdict
does not depend on the load of the machine.
"""

from __future__ import annotations

from enum import Enum
from typing import Any, Final, NamedTuple

import z3  # type: ignore[import-untyped]  # it has no stubs

from tmem_proofs.engine.terms import Term, unknowns_of

VERSION: Final = z3.get_version_string()
RESOURCES_A_QUERY: Final = 20_000_000


class Sat(Enum):
    """What the solver says of a set of facts."""

    YES = "satisfiable"
    NO = "unsatisfiable"
    UNKNOWN = "unknown"


class Effort(NamedTuple):
    """What was spent: queries, and Z3's resource units."""

    queries: int = 0
    resources: int = 0


class Values:
    """A model: the value of each unknown, found when it is asked for."""

    def __init__(self, model: Any, translated: dict[Term, Any]) -> None:
        """What Z3 found, and what it calls each unknown."""
        self._model = model
        self._translated = translated
        self._found: dict[Term, int] = {}

    def __getitem__(self, unknown: Term) -> int:
        """The value of an unknown; its least one, if the model does not care."""
        found = self._found.get(unknown)
        if found is None:
            vector = self._translated.get(unknown)
            value = None if vector is None else self._model.eval(vector)
            found = value.as_signed_long() if value is not None and z3.is_bv_value(value) else unknown.low
            self._found[unknown] = found
        return found


class Solver:
    """A stack of facts that can be asked whether it, and one fact more, can hold together."""

    def __init__(self, *, seed: int = 0) -> None:
        """No facts. `seed` varies Z3's choices, to measure whether verdicts are stable under them."""
        self._context = z3.Context()  # of its own, so that what is spent does not depend on what ran before
        self._z3 = z3.SolverFor("QF_BV", ctx=self._context)
        self._z3.set("rlimit", RESOURCES_A_QUERY)
        self._z3.set("random_seed", seed)
        self._translated: dict[Term, Any] = {}
        self._unknowns: dict[Term, frozenset[Term]] = {}
        self._declared: list[set[Term]] = [set()]
        self._queries = 0
        self._effort = Effort()

    def push(self) -> None:
        """Mark a place on the stack."""
        self._z3.push()
        self._declared.append(set())

    def pop(self) -> None:
        """Drop the facts that came after the last mark, and the mark."""
        self._z3.pop()
        self._declared.pop()

    def add(self, fact: Term) -> None:
        """Put a fact on the stack."""
        self._declare(fact)
        self._z3.add(self._fact(fact))

    def remark(self, text: str) -> None:
        """Say what the questions from here on are for: to whoever writes them down, as a transcript does."""

    def ask(self, fact: Term) -> Sat:
        """Whether the facts on the stack, and this one, can hold together."""
        self._declare(fact)
        answer = self._z3.check(self._fact(fact))
        self._queries += 1
        if answer == z3.sat:
            return Sat.YES
        return Sat.NO if answer == z3.unsat else Sat.UNKNOWN

    def values(self) -> Values:
        """Values of the unknowns with which the last question answered YES holds."""
        return Values(self._z3.model(), self._translated)

    def effort(self) -> Effort:
        """What was spent so far."""
        if self._effort.queries != self._queries:
            self._effort = Effort(self._queries, int(self._z3.statistics().get_key_value("rlimit count")))
        return self._effort

    def _declare(self, fact: Term) -> None:
        """Put the bounds of each unknown of a fact on the stack, once."""
        for unknown in sorted(unknowns_of(fact, self._unknowns), key=lambda one: one.serial):
            if not any(unknown in declared for declared in self._declared):
                self._declared[-1].add(unknown)
                self._bound(unknown)

    def _bound(self, unknown: Term) -> None:
        vector = self._integer(unknown)
        self._z3.add(vector >= unknown.low, vector <= unknown.high)

    def _fact(self, fact: Term) -> Any:
        found = self._translated.get(fact)
        if found is None:
            found = self._translated[fact] = self._translate_fact(fact)
        return found

    def _translate_fact(self, fact: Term) -> Any:
        match fact.operator:
            case "constant":
                return z3.BoolVal(bool(fact.arguments[0]), self._context)
            case "not":
                return z3.Not(self._fact(fact.arguments[0]))
            case "or":
                return z3.Or(*(self._fact(one) for one in fact.arguments))
            case "negative":
                return self._integer(fact.arguments[0]) < 0
            case _:
                return self._integer(fact.arguments[0]) == 0

    def _integer(self, term: Term) -> Any:
        """The term as a bit vector of `width(term)` bits."""
        found = self._translated.get(term)
        if found is None:
            found = self._translated[term] = self._translate_integer(term)
        return found

    def _translate_integer(self, term: Term) -> Any:
        match term.operator:
            case "constant":
                return z3.BitVecVal(term.arguments[0], width(term), self._context)
            case "unknown":
                return z3.BitVec(term.arguments[0], width(term), self._context)
            case "sum":
                return self._sum(term)
            case operator:
                return self._operation(operator, term)

    def _sum(self, term: Term) -> Any:
        constant, *parts = term.arguments
        # Partial sums may leave the interval of the whole: wide enough for the sum of all magnitudes.
        magnitude = abs(constant) + sum(abs(c) * max(abs(atom.low), abs(atom.high)) for atom, c in parts)
        bits = max(magnitude.bit_length() + 1, width(term))
        total = z3.BitVecVal(constant, bits, self._context)
        for atom, coefficient in parts:
            total = total + _fit(self._integer(atom), bits) * z3.BitVecVal(coefficient, bits, self._context)
        return _fit(total, width(term))

    def _operation(self, operator: str, term: Term) -> Any:
        left, right = term.arguments
        bits = max(width(left), width(right), width(term))
        a, b = _fit(self._integer(left), bits), _fit(self._integer(right), bits)
        match operator:
            case "*":
                result = a * b
            case ">>":
                result = a >> b
            case "//":
                result = z3.If(a >= 0, z3.UDiv(a, b), ~z3.UDiv(~a, b))
            case "&":
                result = a & b
            case "|":
                result = a | b
            case _:
                result = a ^ b
        return _fit(result, width(term))


def width(term: Term) -> int:
    """How many bits hold every value of the term, with its sign."""
    return max(term.low.bit_length(), (~term.low).bit_length(), term.high.bit_length(), (~term.high).bit_length()) + 1


def _fit(vector: Any, bits: int) -> Any:
    """The same value in another number of bits; it must fit."""
    have = vector.size()
    if have < bits:
        return z3.SignExt(bits - have, vector)
    return z3.Extract(bits - 1, 0, vector) if have > bits else vector
