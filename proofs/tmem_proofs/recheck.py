"""Recheck: has cvc5 answer again what Z3 has answered `unsat`, for that is what proofs rest on.

It reads the transcripts of a run (`tmem_proofs.engine.smt`), one process a file. What Z3 answered `sat` needs no second
solver: every model is held against every fact when it is found (`tmem_proofs.engine.explorer`).
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Any

import cvc5  # type: ignore[import-untyped]  # it has no stubs

from tmem_proofs.progress import counted
from tmem_proofs.results import EngineError, Recheck

MILLISECONDS_A_QUESTION = 60_000


def recheck(files: Sequence[Path], jobs: int | None) -> Recheck:
    """Answer again every question of these transcripts, and count them on a terminal.

    Raises EngineError if cvc5 finds satisfiable what Z3 does not.
    """
    confirmed, undecided = 0, []
    with ProcessPoolExecutor(jobs or os.cpu_count() or 1) as executor, counted("rechecking", len(files)) as count:
        for one in as_completed([executor.submit(recheck_file, file) for file in files]):
            confirmed += one.result()[0]
            undecided += one.result()[1]
            count()
    return Recheck(f"cvc5 {cvc5.__version__}", confirmed, tuple(sorted(undecided)))


def recheck_file(file: Path) -> tuple[int, list[str]]:
    """Answer again every question of a transcript to which Z3 answered `unsat`: how many are confirmed, which not.

    Raises EngineError if one is satisfiable.
    """
    confirmed, number, status = 0, 0, ""
    undecided = []
    for name, command, run in _commands(file):
        if name == "set-info":
            status = command.split()[-1].rstrip(")")
        elif name != "check-sat":
            run()
        else:
            number += 1
            if status != "unsat":
                continue
            answer = run()
            if answer == "sat":
                message = f"{file}: question {number} is unsatisfiable to Z3, and satisfiable to cvc5"
                raise EngineError(message)
            confirmed += answer == "unsat"
            if answer != "unsat":
                undecided.append(f"{file}: question {number}: {answer}")
    return confirmed, undecided


def _commands(file: Path) -> Any:
    """The commands of a transcript: the name of each, its text, and what carries it out."""
    solver = cvc5.Solver(cvc5.TermManager())
    solver.setOption("incremental", "true")
    solver.setOption("tlimit-per", str(MILLISECONDS_A_QUESTION))
    symbols = cvc5.SymbolManager(solver.getTermManager())
    parser = cvc5.InputParser(solver, symbols)
    parser.setFileInput(cvc5.InputLanguage.SMT_LIB_2_6, str(file))
    while not (command := parser.nextCommand()).isNull():
        yield command.getCommandName(), str(command), lambda: command.invoke(solver, symbols).strip()
