"""What is known on one path: the facts taken or assumed so far, and what follows from them at a glance.

Most questions that code asks are settled here: a fact that was met before, or one that the intervals of its parts
decide, where taken facts have narrowed them. Whatever is learnt can be unlearnt, back to a mark.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tmem_proofs.engine.terms import (
    Interval,
    Term,
    Terms,
    linear,
    only_unknown,
    operation_interval,
    sum_interval,
    unknowns_of,
)


class Knowledge:
    """Facts, the intervals that they imply, and a trail by which to go back."""

    def __init__(self, terms: Terms) -> None:
        """Nothing known."""
        self._terms = terms
        self.facts: list[Term] = []
        self._taken: set[Term] = set()
        self._bounds: dict[Term, Interval] = {}
        self._intervals: dict[Term, Interval] = {}
        self._trail: list[Callable[[], object]] = []
        self._about: dict[Term, list[Term]] = {}
        self._unknowns: dict[Term, frozenset[Term]] = {}

    def mark(self) -> int:
        """A place to go back to."""
        return len(self._trail)

    def back_to(self, mark: int) -> None:
        """Undo everything since the mark, latest first."""
        while len(self._trail) > mark:
            self._trail.pop()()
        self._intervals.clear()

    def on_return(self, undo: Callable[[], object]) -> None:
        """Have something done when the path goes back beyond this point."""
        self._trail.append(undo)

    def learn(self, fact: Term) -> None:
        """Take a fact as true."""
        self.facts.append(fact)
        self._taken.add(fact)
        self._trail += [lambda: self._taken.discard(fact), self.facts.pop]
        for unknown in self.unknowns(fact):
            about = self._about.setdefault(unknown, [])
            about.append(fact)
            self._trail.append(about.pop)
        negated = fact.operator == "not"
        plain = fact.arguments[0] if negated else fact
        if plain.operator == "negative":
            self._learn_sign(plain.arguments[0], negative=not negated)
        elif plain.operator == "zero" and not negated:
            self._learn_sign(plain.arguments[0], negative=None)

    def decided(self, fact: Term) -> bool | None:
        """Whether a fact is known to hold, or not to; None if it takes a solver to tell."""
        if fact.operator == "constant":
            return bool(fact.arguments[0])
        if fact in self._taken:
            return True
        if self._terms.negate(fact) in self._taken:
            return False
        if fact.operator == "not":
            contrary = self.decided(fact.arguments[0])
            return None if contrary is None else not contrary
        if fact.operator == "or":
            return self._decided_or(fact)
        return self._decided_sign(fact)

    def is_open(self, fact: Term) -> bool:
        """Whether an undecided fact can hold and can not: it is about one unknown, of which nothing known speaks."""
        unknown = only_unknown(fact)
        return unknown is not None and not self.about(unknown)

    def about(self, unknown: Term) -> Sequence[Term]:
        """The facts that speak of an unknown."""
        return self._about.get(unknown, ())

    def unknowns(self, fact: Term) -> frozenset[Term]:
        """The unknowns that a fact speaks of."""
        return unknowns_of(fact, self._unknowns)

    def _decided_or(self, fact: Term) -> bool | None:
        answers = [self.decided(one) for one in fact.arguments]
        if True in answers:
            return True
        return False if all(answer is False for answer in answers) else None

    def _decided_sign(self, fact: Term) -> bool | None:
        low, high = self.interval(fact.arguments[0])
        if fact.operator == "negative":
            if high < 0:
                return True
            return False if low >= 0 else None
        if low == high == 0:
            return True
        return False if low > 0 or high < 0 else None

    def interval(self, term: Term) -> Interval:
        """The narrowest interval known to hold the term."""
        found = self._intervals.get(term)
        if found is None:
            found = self._intervals[term] = self._interval(term)
        return found

    def _interval(self, term: Term) -> Interval:
        low, high = term.low, term.high
        if term.operator == "sum":
            constant, *parts = term.arguments
            low, high = sum_interval(constant, parts, self.interval)
            key, shift, sign = self._key(term)
            if key in self._bounds:
                ends = [sign * end + shift for end in self._bounds[key]]
                low, high = max(low, min(ends)), min(high, max(ends))
        elif term.operator not in {"constant", "unknown"}:
            left, right = term.arguments
            low, high = operation_interval(term.operator, self.interval(left), self.interval(right))
        if term in self._bounds:
            low, high = max(low, self._bounds[term][0]), min(high, self._bounds[term][1])
        return low, high

    def _key(self, term: Term) -> tuple[Term, int, int]:
        """What bounds of a sum are kept under: its parts alone, leading positive; term = sign * key + shift."""
        constant, parts = linear(term)
        plain = self._terms.subtract(term, self._terms.constant(constant))
        first = next(iter(parts.values()))
        if first > 0:
            return plain, constant, 1
        return self._terms.scale(plain, -1), constant, -1

    def _learn_sign(self, term: Term, *, negative: bool | None) -> None:
        """Narrow the bounds of a sum's parts: it is negative, or it is not, or (None) it is zero."""
        key, shift, sign = self._key(term)
        low, high = self._bounds.get(key, (key.low, key.high))
        # term = sign * key + shift, so term < 0 iff sign * key < -shift
        if negative is None:
            low, high = max(low, -shift * sign), min(high, -shift * sign)
        elif negative == (sign > 0):
            high = min(high, -shift - 1 if sign > 0 else shift)
        else:
            low = max(low, -shift if sign > 0 else shift + 1)
        self._narrow(key, (low, high))

    def _narrow(self, key: Term, bounds: Interval) -> None:
        before = self._bounds.get(key)
        self._bounds[key] = bounds
        self._intervals.clear()

        def undo() -> None:
            if before is None:
                del self._bounds[key]
            else:
                self._bounds[key] = before

        self._trail.append(undo)
