"""Terms: integers and truth values as Python has them, exact and unbounded, with unknowns in them.

Every integer term carries an interval that it cannot leave, so a solver can be given machine integers wide enough
that nothing wraps. Terms are interned: two that are built alike are the same object, and comparing, remembering and
forgetting facts about them is a matter of identity. Sums are kept in one normal form, so that what counts add up to
is settled here, without a solver.

  atom    an integer term that is not a sum: an unknown, or an operation on others
  sum     constant + coefficient * atom + ...
  fact    a truth term; the only ones that are no connectives are `negative(sum)` and `zero(sum)`
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any, Protocol

Interval = tuple[int, int]

MANY_BITS = 1 << 32  # more than any number has


class Term:
    """An interned expression. `low` and `high` bound its value; a truth value is 0 or 1."""

    __slots__ = ("arguments", "high", "low", "operator", "serial")

    def __init__(self, operator: str, arguments: tuple[Any, ...], interval: Interval, serial: int) -> None:
        """Made by `Terms` alone, which sees to it that no two are alike."""
        self.operator = operator
        self.arguments = arguments
        self.low, self.high = interval
        self.serial = serial

    def __repr__(self) -> str:
        """The expression, in Python's notation."""
        return show(self)


class Terms:
    """Builds terms, simplifying as it goes, and keeps them distinct."""

    def __init__(self) -> None:
        """No terms but true and false."""
        self._interned: dict[tuple[Any, ...], Term] = {}
        self.true = self._make("constant", (True,), (1, 1))
        self.false = self._make("constant", (False,), (0, 0))

    def _make(self, operator: str, arguments: tuple[Any, ...], interval: Interval) -> Term:
        key = (operator, *arguments, *(type(argument) for argument in arguments if isinstance(argument, int)))
        term = self._interned.get(key)
        if term is None:
            term = self._interned[key] = Term(operator, arguments, interval, len(self._interned))
        return term

    def truth(self, value: bool) -> Term:
        """The truth value as a term."""
        return self.true if value else self.false

    def constant(self, value: int) -> Term:
        """An integer as a term."""
        return self._make("constant", (int(value),), (value, value))

    def unknown(self, name: str, low: int, high: int) -> Term:
        """The unknown integer called `name`, which is `low` at least and `high` at most."""
        return self._make("unknown", (name, low, high), (low, high))

    # Sums.

    def add(self, left: Term, right: Term, *, times: int = 1) -> Term:
        """left + times * right."""
        constant, parts = linear(left)
        constant_right, parts_right = linear(right)
        merged = dict(parts)
        for atom, coefficient in parts_right.items():
            merged[atom] = merged.get(atom, 0) + times * coefficient
        return self._sum(constant + times * constant_right, merged)

    def subtract(self, left: Term, right: Term) -> Term:
        """left - right."""
        return self.add(left, right, times=-1)

    def scale(self, term: Term, factor: int) -> Term:
        """term * factor."""
        return self.add(self.constant(0), term, times=factor)

    def _sum(self, constant: int, parts: Mapping[Term, int]) -> Term:
        kept = sorted(((a, c) for a, c in parts.items() if c), key=lambda part: part[0].serial)
        if not kept:
            return self.constant(constant)
        if constant == 0 and len(kept) == 1 and kept[0][1] == 1:
            return kept[0][0]
        interval = sum_interval(constant, kept, lambda atom: (atom.low, atom.high))
        return self._make("sum", (constant, *kept), interval)

    # Other operations. Each gives an atom, or something simpler.

    def multiply(self, left: Term, right: Term) -> Term:
        """left * right."""
        for one, other in ((left, right), (right, left)):
            if one.operator == "constant":
                return self.scale(other, one.arguments[0])
        return self._apply("*", left, right)

    def shift_right(self, term: Term, bits: int) -> Term:
        """term >> bits."""
        if term.operator == ">>":
            inner, more = term.arguments
            return self.shift_right(inner, bits + more.arguments[0])
        return term if bits == 0 else self._apply(">>", term, self.constant(bits))

    def divide(self, term: Term, divisor: int) -> Term:
        """term // divisor, for a positive divisor."""
        return self._apply("//", term, self.constant(divisor))

    def both_bits(self, left: Term, right: Term) -> Term:
        """left & right."""
        for one, other in ((left, right), (right, left)):
            if one.operator == "constant" and one.arguments[0] >= 0:
                mask = one.arguments[0]
                if mask & (mask + 1) == 0:
                    return self._low_bits(other, mask)
        return self._apply("&", left, right)

    def _low_bits(self, term: Term, mask: int) -> Term:
        """term & mask, for a mask of low bits. What differs is masked part by part, so that hashes are equal terms."""
        if term.low >= 0 and term.high <= mask:
            return term
        if term.operator == "^":
            left, right = (self._low_bits(part, mask) for part in term.arguments)
            return self.differing_bits(left, right)
        return self._apply("&", term, self.constant(mask))

    def any_bits(self, left: Term, right: Term) -> Term:
        """left | right: their sum, where one has no bit as low as those of the other."""
        for one, other in ((left, right), (right, left)):
            if one.low >= 0 and zeroes_at_the_end(other) >= one.high.bit_length():
                return self.add(left, right)
        return self._apply("|", left, right)

    def differing_bits(self, left: Term, right: Term) -> Term:
        """left ^ right."""
        return self._apply("^", left, right)

    def _apply(self, operator: str, left: Term, right: Term) -> Term:
        interval = operation_interval(operator, (left.low, left.high), (right.low, right.high))
        if interval[0] == interval[1]:
            return self.constant(interval[0])
        return self._make(operator, (left, right), interval)

    # Facts.

    def less(self, left: Term, right: Term) -> Term:
        """left < right."""
        return self._negative(self.subtract(left, right))

    def equal(self, left: Term, right: Term) -> Term:
        """left == right."""
        difference = self.subtract(left, right)
        if not difference.low <= 0 <= difference.high:
            return self.false
        if difference.low == difference.high:
            return self.true
        return self._make("zero", (self._leading_positive(difference),), (0, 1))

    def _negative(self, term: Term) -> Term:
        if term.high < 0:
            return self.true
        if term.low >= 0:
            return self.false
        if leads_positive(term):
            return self._make("negative", (term,), (0, 1))
        # t < 0 is the contrary of -t - 1 < 0: one of the two stands for both.
        contrary = self.subtract(self.constant(-1), term)
        return self.negate(self._make("negative", (contrary,), (0, 1)))

    def _leading_positive(self, term: Term) -> Term:
        return term if leads_positive(term) else self.scale(term, -1)

    def negate(self, fact: Term) -> Term:
        """The contrary of a fact."""
        if fact.operator == "constant":
            return self.truth(not fact.arguments[0])
        if fact.operator == "not":
            contrary: Term = fact.arguments[0]
            return contrary
        return self._make("not", (fact,), (0, 1))

    def every(self, facts: Iterable[Term]) -> Term:
        """Whether all of the facts hold."""
        return self.negate(self.some(self.negate(fact) for fact in facts))

    def some(self, facts: Iterable[Term]) -> Term:
        """Whether any of the facts holds."""
        distinct = {fact for fact in facts if fact is not self.false}
        if self.true in distinct or any(self.negate(fact) in distinct for fact in distinct):
            return self.true
        if len(distinct) <= 1:
            return next(iter(distinct), self.false)
        return self._make("or", tuple(sorted(distinct, key=lambda fact: fact.serial)), (0, 1))


def linear(term: Term) -> tuple[int, dict[Term, int]]:
    """An integer term as a constant and the coefficients of its atoms."""
    if term.operator == "constant":
        return int(term.arguments[0]), {}
    if term.operator == "sum":
        return term.arguments[0], dict(term.arguments[1:])
    return 0, {term: 1}


def unknowns_of(term: Term, known: dict[Term, frozenset[Term]]) -> frozenset[Term]:
    """The unknowns of a term; `known` remembers them."""
    found = known.get(term)
    if found is None:
        if term.operator == "unknown":
            found = frozenset((term,))
        else:
            parts = (part[0] if isinstance(part, tuple) else part for part in term.arguments)
            found = frozenset().union(*(unknowns_of(part, known) for part in parts if isinstance(part, Term)))
        known[term] = found
    return found


def only_unknown(fact: Term) -> Term | None:
    """The unknown that a fact is about, if it is a comparison of one unknown, once, with a constant; or None."""
    plain = fact.arguments[0] if fact.operator == "not" else fact
    if plain.operator not in {"negative", "zero"}:
        return None
    parts = list(linear(plain.arguments[0])[1].items())
    if len(parts) == 1 and parts[0][0].operator == "unknown" and abs(parts[0][1]) == 1:
        return parts[0][0]
    return None


def zeroes_at_the_end(term: Term) -> int:
    """How many of the lowest bits of a term are certain to be 0; of 0, all."""
    constant, parts = linear(term)
    factors = [factor for factor in (constant, *parts.values()) if factor]
    return min(((factor & -factor).bit_length() - 1 for factor in factors), default=MANY_BITS)


def leads_positive(term: Term) -> bool:
    """Whether the first coefficient of a sum is positive."""
    return bool(term.operator != "sum" or term.arguments[1][1] > 0)


def sum_interval(constant: int, parts: Iterable[tuple[Term, int]], interval: Any) -> Interval:
    """The interval of a sum, given a function from atoms to theirs."""
    low = high = constant
    for atom, coefficient in parts:
        ends = [coefficient * end for end in interval(atom)]
        low, high = low + min(ends), high + max(ends)
    return low, high


def operation_interval(operator: str, left: Interval, right: Interval) -> Interval:
    """An interval that holds every value of an operation, given those of its arguments."""
    if operator in {"*", ">>", "//"}:
        ends = [apply(operator, one, other) for one in left for other in right]
        return min(ends), max(ends)
    if left[0] == left[1] and right[0] == right[1]:
        value = apply(operator, left[0], right[0])
        return value, value
    if operator == "&" and max(left[0], right[0]) >= 0:
        return 0, min(end for low, end in (left, right) if low >= 0)
    bits = max(end.bit_length() for end in (*left, *right))
    return (0 if min(left[0], right[0]) >= 0 else -(1 << bits)), (1 << bits) - 1


def apply(operator: str, left: int, right: int) -> int:
    """What Python makes of it."""
    match operator:
        case "*":
            return left * right
        case ">>":
            return left >> right
        case "//":
            return left // right
        case "&":
            return left & right
        case "|":
            return left | right
        case _:
            return left ^ right


class Valuation(Protocol):
    """Gives each unknown a value within its bounds."""

    def __getitem__(self, unknown: Term, /) -> int:
        """The value of an unknown."""


class Least:
    """The valuation that gives each unknown its least value."""

    def __getitem__(self, unknown: Term) -> int:
        """The least value."""
        return unknown.low


class Dice:
    """A valuation that gives each unknown some value within its bounds: always the same, by its name."""

    def __init__(self, roll: int) -> None:
        """`roll`: which of many such valuations."""
        self._roll = roll

    def __getitem__(self, unknown: Term) -> int:
        """The value."""
        digest = sha256(f"{self._roll} {unknown}".encode()).digest()
        return unknown.low + int.from_bytes(digest, "big") % (unknown.high - unknown.low + 1)


def evaluate(term: Term, values: Valuation, known: dict[Term, int] | None = None) -> int:
    """The value of a term under a valuation. `known` remembers values between calls with the same valuation."""
    known = {} if known is None else known
    if term not in known:
        known[term] = _evaluate(term, values, known)
    return known[term]


def _evaluate(term: Term, values: Valuation, known: dict[Term, int]) -> int:
    match term.operator:
        case "constant":
            return int(term.arguments[0])
        case "unknown":
            return values[term]
        case "sum":
            constant: int = term.arguments[0]
            parts: tuple[tuple[Term, int], ...] = term.arguments[1:]
            return constant + sum(c * evaluate(atom, values, known) for atom, c in parts)
        case "negative":
            return int(evaluate(term.arguments[0], values, known) < 0)
        case "zero":
            return int(evaluate(term.arguments[0], values, known) == 0)
        case "not":
            return 1 - evaluate(term.arguments[0], values, known)
        case "or":
            return int(any(evaluate(fact, values, known) for fact in term.arguments))
        case operator:
            left, right = term.arguments
            return apply(operator, evaluate(left, values, known), evaluate(right, values, known))


def show(term: Term) -> str:
    """A term in Python's notation."""
    match term.operator:
        case "constant":
            return str(term.arguments[0])
        case "unknown":
            return str(term.arguments[0])
        case "sum":
            constant, *parts = term.arguments
            shown = [show(atom) if c == 1 else f"{c}*{show(atom)}" for atom, c in parts]
            return " + ".join([*shown, *([str(constant)] if constant else [])])
        case "negative":
            return f"{show(term.arguments[0])} < 0"
        case "zero":
            return f"{show(term.arguments[0])} == 0"
        case "not":
            return f"not ({show(term.arguments[0])})"
        case "or":
            return " or ".join(f"({show(fact)})" for fact in term.arguments)
        case operator:
            return f"({f' {operator} '.join(show(part) for part in term.arguments)})"
