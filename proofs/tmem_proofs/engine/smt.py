"""Transcripts: everything that a solver is told and asked, as SMT-LIB 2, for other solvers to read.

A question stands in a scope of its own, with the answer that Z3 gave: `unsat` is what proofs rest on. Comments number
the questions, say what each is for, and give each fact as Python has it. The text of a fact is Z3's own.
"""

from __future__ import annotations

import textwrap
from typing import Final, TextIO

from tmem_proofs.engine.solver import Sat, Solver
from tmem_proofs.engine.terms import Term, show
from tmem_proofs.results import EngineError

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
        self._line("(set-logic QF_BV)")

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
        self._line(f"(assert {self._fact(fact).sexpr()})")

    def _bound(self, unknown: Term) -> None:
        """Declare an unknown and say its bounds. Raises EngineError if SMT-LIB has no symbol of its name."""
        if set(unknown.arguments[0]) & set("|\\"):
            message = f"the name of an unknown is no symbol of SMT-LIB: {unknown}"
            raise EngineError(message)
        super()._bound(unknown)
        vector = self._integer(unknown)
        self._line(f"(declare-const {vector.sexpr()} (_ BitVec {vector.size()}))")
        for bound in (vector >= unknown.low, vector <= unknown.high):
            self._line(f"(assert {bound.sexpr()})")

    def _line(self, text: str) -> None:
        self._out.write(f"{text}\n")


def _shown(fact: Term) -> str:
    """A fact in Python's notation, on one line, and not the whole of a long one."""
    return textwrap.shorten(show(fact), MOST_SHOWN, placeholder=" ...")
