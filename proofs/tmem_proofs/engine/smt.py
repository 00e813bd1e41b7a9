"""Transcripts: everything that a solver is told and asked, as SMT-LIB 2, for other solvers to read.

A question stands in a scope of its own, with the answer that Z3 gave: `unsat` is what proofs rest on. Comments number
the questions, say what each is for, and give each fact as Python has it.

The text is in SMT-LIB's integers, which are Python's: unbounded, `div` and `mod` by a positive number as `//` and `%`.
Z3 was asked in bit vectors, so whoever confirms an answer confirms too that these were wide enough.
"""

from __future__ import annotations

import textwrap
from typing import Final, TextIO

from tmem_proofs.engine.solver import Sat, Solver, width
from tmem_proofs.engine.terms import Term, show
from tmem_proofs.results import EngineError
from tmem_spec.words import SLOT_BITS, WORD_BITS

STATUS: Final = {Sat.YES: "sat", Sat.NO: "unsat", Sat.UNKNOWN: "unknown"}
MOST_SHOWN: Final = 160  # characters of a fact in a comment


class Transcript(Solver):
    """A solver that writes down what it is told and asked."""

    def __init__(self, out: TextIO, title: str, *, seed: int = 0) -> None:
        """`title`: what the questions are about, for a comment at the top."""
        super().__init__(seed=seed)
        self._out = out
        self._about = title
        self._number = 0
        self._line(f"; {title}")
        self._line("(set-logic ALL)")

    def push(self) -> None:
        """As the solver's, written down."""
        super().push()
        self._line("(push 1)")

    def pop(self) -> None:
        """As the solver's, written down."""
        super().pop()
        self._line("(pop 1)")

    def remark(self, text: str) -> None:
        """Say what the questions from here on are for, above each of them."""
        self._about = text

    def add(self, fact: Term) -> None:
        """As the solver's, written down."""
        super().add(fact)
        self._line(f"; known: {_shown(fact)}")
        self._assert(fact)

    def ask(self, fact: Term) -> Sat:
        """As the solver's, written down with the answer."""
        answer = super().ask(fact)
        self._number += 1
        self._line(f"; question {self._number}, {self._about}: can it be that {_shown(fact)}")
        self._line("(push 1)")
        self._assert(fact)
        self._line(f"(set-info :status {STATUS[answer]})")
        self._line("(check-sat)")
        self._line("(pop 1)")
        return answer

    def _assert(self, fact: Term) -> None:
        self._line(f"(assert {text(fact)})")

    def _bound(self, unknown: Term) -> None:
        """Declare an unknown and say its bounds. Raises EngineError if SMT-LIB has no symbol of its name."""
        if set(unknown.arguments[0]) & set("|\\"):
            message = f"the name of an unknown is no symbol of SMT-LIB: {unknown}"
            raise EngineError(message)
        super()._bound(unknown)
        self._line(f"(declare-const {text(unknown)} Int)")
        self._line(f"(assert (<= {_number(unknown.low)} {text(unknown)} {_number(unknown.high)}))")

    def _line(self, text: str) -> None:
        self._out.write(f"{text}\n")


def _shown(fact: Term) -> str:
    """A fact in Python's notation, on one line, and not the whole of a long one."""
    return textwrap.shorten(show(fact), MOST_SHOWN, placeholder=" ...")


def text(term: Term) -> str:
    """A term in SMT-LIB's integers and truth values."""
    match term.operator:
        case "constant":
            value = term.arguments[0]
            return str(value).lower() if isinstance(value, bool) else _number(value)
        case "unknown":
            return f"|{term.arguments[0]}|"
        case "sum":
            constant, *parts = term.arguments
            return f"(+ {' '.join([_number(constant), *(_product(*part) for part in parts)])})"
        case "negative":
            return f"(< {text(term.arguments[0])} 0)"
        case "zero":
            return f"(= {text(term.arguments[0])} 0)"
        case "not" | "or":
            return f"({term.operator} {' '.join(map(text, term.arguments))})"
        case operator:
            return _operation(operator, *term.arguments)


def _product(atom: Term, coefficient: int) -> str:
    return text(atom) if coefficient == 1 else f"(* {_number(coefficient)} {text(atom)})"


def _operation(operator: str, left: Term, right: Term) -> str:
    """An operation on two integers. Bit by bit, they are taken for bit vectors that are wide enough."""
    given = f"{text(left)} {text(right)}"
    constant = right.arguments[0] if right.operator == "constant" else None
    match operator:
        case "*":
            return f"(* {given})"
        case "//":
            return f"(div {given})"
        case ">>":
            return _shifted(text(left), right.arguments[0])
        case "&" if constant is not None and constant >= 0 and constant & (constant + 1) == 0:
            return f"(mod {text(left)} {_number(constant + 1)})"
        case _:
            return _bit_by_bit(operator, left, right)


def _shifted(number: str, bits: int) -> str:
    """A number without its lowest bits: digit by digit, so that numbers that share a prefix are seen to share more."""
    digit = SLOT_BITS if bits % WORD_BITS else WORD_BITS
    if bits <= digit:
        return f"(div {number} {1 << bits})"
    return f"(div {_shifted(number, bits - digit)} {1 << digit})"


def _bit_by_bit(operator: str, left: Term, right: Term) -> str:
    bits = max(width(left), width(right))
    name = {"&": "bvand", "|": "bvor", "^": "bvxor"}[operator]
    vector = f"({name} ((_ int_to_bv {bits}) {text(left)}) ((_ int_to_bv {bits}) {text(right)}))"
    return f"(sbv_to_int {vector})"


def _number(value: int) -> str:
    return str(value) if value >= 0 else f"(- {-value})"
