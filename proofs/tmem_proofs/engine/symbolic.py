"""Symbolic integers and truth values, as code under proof meets them: they behave as Python's own.

An operation whose result is certain gives a plain `int` or `bool`. A symbolic truth value that is asked for its truth
(`if`, `and`, `not`, `while`) has the path decide it. `isinstance(x, int)` is true of a symbolic integer.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

from tmem_proofs.engine.lists import Repeated
from tmem_proofs.engine.terms import Term, Terms


class Decider(Protocol):
    """What a symbolic value needs of a path."""

    terms: Terms

    def decide(self, fact: Term) -> bool:
        """The truth of a fact on this path."""


class SymbolicBool:
    """A truth value that depends on unknowns."""

    __slots__ = ("path", "term")

    def __init__(self, path: Decider, term: Term) -> None:
        """The value of `term` on `path`. Use `of`, which gives a plain bool for what is certain."""
        self.path = path
        self.term = term

    @staticmethod
    def of(path: Decider, term: Term) -> SymbolicBool | bool:
        """The value of a fact: a plain bool if it is certain."""
        return bool(term.arguments[0]) if term.operator == "constant" else SymbolicBool(path, term)

    def __bool__(self) -> bool:
        """The path decides."""
        return self.path.decide(self.term)

    def __repr__(self) -> str:
        """The fact, undecided."""
        return repr(self.term)


class SymbolicInt:
    """An integer that depends on unknowns. It has no hash: two that differ as terms may be equal."""

    __slots__ = ("path", "term")

    def __init__(self, path: Decider, term: Term) -> None:
        """The value of `term` on `path`. Use `of`, which gives a plain int for what is certain."""
        self.path = path
        self.term = term

    @staticmethod
    def of(path: Decider, term: Term) -> SymbolicInt | int:
        """The value of an integer term: a plain int if it is certain."""
        return int(term.arguments[0]) if term.operator == "constant" else SymbolicInt(path, term)

    @property  # type: ignore[misc]  # what isinstance asks for when the type itself does not answer
    def __class__(self) -> type:
        """An int, to whoever asks with isinstance."""
        return int

    __hash__ = None  # type: ignore[assignment]  # see the class

    def _other(self, other: Any) -> Term | None:
        return as_term(self.path.terms, other)

    def _result(self, term: Term) -> SymbolicInt | int:
        return SymbolicInt.of(self.path, term)

    def __add__(self, other: Any) -> Any:
        term = self._other(other)
        return NotImplemented if term is None else self._result(self.path.terms.add(self.term, term))

    __radd__ = __add__

    def __sub__(self, other: Any) -> Any:
        term = self._other(other)
        return NotImplemented if term is None else self._result(self.path.terms.subtract(self.term, term))

    def __rsub__(self, other: Any) -> Any:
        term = self._other(other)
        return NotImplemented if term is None else self._result(self.path.terms.subtract(term, self.term))

    def __mul__(self, other: Any) -> Any:
        term = self._other(other)
        return NotImplemented if term is None else self._result(self.path.terms.multiply(self.term, term))

    def __rmul__(self, other: Any) -> Any:
        if isinstance(other, list) and len(other) == 1:
            return Repeated(other[0], self)
        return self.__mul__(other)

    def __neg__(self) -> Any:
        return self._result(self.path.terms.scale(self.term, -1))

    def __floordiv__(self, other: Any) -> Any:
        return self._result(self.path.terms.divide(self.term, _certain(other, "//", least=1)))

    def __mod__(self, other: Any) -> Any:
        divisor = _certain(other, "%", least=1)
        return self - self.__floordiv__(divisor) * divisor

    def __rshift__(self, other: Any) -> Any:
        return self._result(self.path.terms.shift_right(self.term, _certain(other, ">>")))

    def __lshift__(self, other: Any) -> Any:
        return self._result(self.path.terms.scale(self.term, 1 << _certain(other, "<<")))

    def __and__(self, other: Any) -> Any:
        term = self._other(other)
        return NotImplemented if term is None else self._result(self.path.terms.both_bits(self.term, term))

    __rand__ = __and__

    def __or__(self, other: Any) -> Any:
        term = self._other(other)
        return NotImplemented if term is None else self._result(self.path.terms.any_bits(self.term, term))

    __ror__ = __or__

    def __xor__(self, other: Any) -> Any:
        term = self._other(other)
        return NotImplemented if term is None else self._result(self.path.terms.differing_bits(self.term, term))

    __rxor__ = __xor__

    def __invert__(self) -> Any:
        return -self - 1

    def _fact(self, term: Term) -> SymbolicBool | bool:
        return SymbolicBool.of(self.path, term)

    def __lt__(self, other: Any) -> Any:
        term = self._other(other)
        return NotImplemented if term is None else self._fact(self.path.terms.less(self.term, term))

    def __gt__(self, other: Any) -> Any:
        term = self._other(other)
        return NotImplemented if term is None else self._fact(self.path.terms.less(term, self.term))

    def __le__(self, other: Any) -> Any:
        term = self._other(other)
        terms = self.path.terms
        return NotImplemented if term is None else self._fact(terms.negate(terms.less(term, self.term)))

    def __ge__(self, other: Any) -> Any:
        term = self._other(other)
        terms = self.path.terms
        return NotImplemented if term is None else self._fact(terms.negate(terms.less(self.term, term)))

    def __eq__(self, other: object) -> Any:
        term = self._other(other)
        return NotImplemented if term is None else self._fact(self.path.terms.equal(self.term, term))

    def __ne__(self, other: object) -> Any:
        term = self._other(other)
        terms = self.path.terms
        return NotImplemented if term is None else self._fact(terms.negate(terms.equal(self.term, term)))

    def __bool__(self) -> bool:
        """Whether it is not zero, as the path decides."""
        return bool(self != 0)

    def __index__(self) -> int:
        """Its value, where plain Python needs one: the path decides among all that it may have."""
        for value in range(self.term.low, self.term.high):
            if self == value:
                return value
        return self.term.high

    def __repr__(self) -> str:
        """The expression."""
        return repr(self.term)

    def __format__(self, specification: str) -> str:
        """The expression, whatever the format: messages of code under proof must not decide anything."""
        return repr(self.term)


def as_term(terms: Terms, value: Any) -> Term | None:
    """An integer as a term; None if it is no integer."""
    if type(value) is SymbolicInt:
        return value.term
    return terms.constant(value) if isinstance(value, int) else None


def as_fact(terms: Terms, value: SymbolicBool | bool) -> Term:
    """A truth value as a term. Raises TypeError for anything else: a claim is not what happens to be truthy."""
    if type(value) is SymbolicBool:
        return value.term
    if not isinstance(value, bool):
        message = f"a claim is a truth value, not {type(value).__name__}: {value!r}"
        raise TypeError(message)
    return terms.truth(value)


def _certain(value: Any, operator: str, *, least: int = 0) -> int:
    """The right operand of an operation that is supported for plain integers from `least` up alone."""
    if type(value) is SymbolicInt or not isinstance(value, int) or value < least:
        message = f"the right operand of {operator} must be a plain int of at least {least}, not {value!r}"
        raise NotImplementedError(message)
    return value


def implies(path: Decider, premise: SymbolicBool | bool, conclusion: SymbolicBool | bool) -> SymbolicBool | bool:
    """Premise implies conclusion, as one claim: nothing is decided."""
    facts = (path.terms.negate(as_fact(path.terms, premise)), as_fact(path.terms, conclusion))
    return SymbolicBool.of(path, path.terms.some(facts))


def every(path: Decider, claims: Iterable[SymbolicBool | bool]) -> SymbolicBool | bool:
    """All of the claims, as one: nothing is decided."""
    return SymbolicBool.of(path, path.terms.every(as_fact(path.terms, claim) for claim in claims))


def type_of(value: Any) -> type:
    """What the code under proof takes for the exact type of a value: of every integer, int."""
    return int if isinstance(value, SymbolicInt) else type(value)


def either(*claims: SymbolicBool | bool) -> SymbolicBool | bool:
    """Any of the claims, as one: nothing is decided."""
    path = _path_of(claims)
    if path is None:
        return any(claims)
    return SymbolicBool.of(path, path.terms.some(as_fact(path.terms, claim) for claim in claims))


def same(one: SymbolicBool | bool, other: SymbolicBool | bool) -> SymbolicBool | bool:
    """Both claims or neither, as one: nothing is decided."""
    path = _path_of((one, other))
    if path is None:
        return one == other
    return every(path, (implies(path, one, other), implies(path, other, one)))


def contrary(claim: SymbolicBool | bool) -> SymbolicBool | bool:
    """The contrary of a claim: nothing is decided."""
    if type(claim) is not SymbolicBool:
        return not claim
    return SymbolicBool.of(claim.path, claim.path.terms.negate(claim.term))


def _path_of(claims: Iterable[SymbolicBool | bool]) -> Decider | None:
    """The path that the claims are of; None if all of them are plain."""
    return next((claim.path for claim in claims if type(claim) is SymbolicBool), None)
