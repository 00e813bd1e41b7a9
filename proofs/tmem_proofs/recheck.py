"""Recheck: has cvc5 answer again what Z3 has answered `unsat`, for that is what proofs rest on.

It reads the transcripts of a run (`tmem_proofs.engine.smt`), one process a file. What Z3 answered `sat` needs no second
solver: every model is held against every fact when it is found (`tmem_proofs.engine.explorer`). As for Z3, work is
limited by cvc5's own count of resources, and by no clock.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Final

import cvc5  # type: ignore[import-untyped]  # it has no stubs

from tmem_proofs.progress import counted
from tmem_proofs.results import EngineError, Recheck

RESOURCES_A_QUESTION: Final = 3_000_000


def recheck(questions: Mapping[Path, int], jobs: int | None) -> Recheck:
    """Answer again what is in these transcripts, and count them on a terminal.

    `questions`: the transcripts, and how many Z3 was asked in each. Raises EngineError as `recheck_file` does.
    """
    confirmed, undecided = 0, []
    with ProcessPoolExecutor(jobs or os.cpu_count() or 1) as executor, counted("rechecking", len(questions)) as count:
        running = [executor.submit(recheck_file, file, asked) for file, asked in questions.items()]
        try:
            for one in as_completed(running):
                confirmed += one.result()[0]
                undecided += one.result()[1]
                count()
        except EngineError:
            executor.shutdown(wait=False, cancel_futures=True)
            raise
    return Recheck(f"cvc5 {cvc5.__version__}", confirmed, tuple(sorted(undecided)))


def recheck_file(file: Path, asked: int) -> tuple[int, list[str]]:
    """Answer again every question of a transcript to which Z3 answered `unsat`: how many are confirmed, which not.

    Raises EngineError if one is satisfiable, if there are not as many questions as `asked`, or if cvc5 cannot read it.
    """
    number, answered = 0, []
    status = ""
    for name, command, run in _commands(file):
        if name == "set-info":
            status = command.split()[-1].rstrip(")")
        elif name != "check-sat":
            _carry_out(file, command, run)
        else:
            number += 1
            if status == "unsat":
                answered.append((number, run()))
    if number != asked:
        message = f"{file} has {number} questions, and Z3 was asked {asked}"
        raise EngineError(message)
    return _judge(file, answered)


def _carry_out(file: Path, command: str, run: Callable[[], str]) -> None:
    """Carry out a command that tells cvc5 something. What it did not take in, its answers would not be about."""
    printed = run()
    if printed:
        message = f"{file}: cvc5 cannot carry out {command}: {printed}"
        raise EngineError(message)


def _judge(file: Path, answered: list[tuple[int, str]]) -> tuple[int, list[str]]:
    """How many of these answers, by the numbers of their questions, are `unsat`, and which are none."""
    for number, answer in answered:
        if answer == "sat":
            hint = "--smt DIR keeps the question"
            message = f"{_told(file, number)}: Z3 says that it cannot, and cvc5 that it can ({hint})"
            raise EngineError(message)
    undecided = [f"{_told(file, number)}: {answer}" for number, answer in answered if answer != "unsat"]
    return len(answered) - len(undecided), undecided


def _told(file: Path, number: int) -> str:
    """`insert/height 1, question 3, SHR-1 at the end of path 2: can it be that ...`, as the transcript has it."""
    lines = file.read_text(encoding="utf-8").splitlines()
    questions = [line for line in lines if line.startswith(f"; question {number},")]
    return ", ".join(line.removeprefix("; ") for line in (lines[0], *questions))


def _commands(file: Path) -> Iterator[tuple[str, str, Callable[[], str]]]:
    """The commands of a transcript: the name of each, its text, and what carries it out. Raises EngineError."""
    solver = cvc5.Solver(cvc5.TermManager())
    solver.setOption("incremental", "true")
    solver.setOption("rlimit-per", str(RESOURCES_A_QUESTION))
    solver.setOption("arith-rewrite-equalities", "true")  # without it, equal prefixes take it minutes
    symbols = cvc5.SymbolManager(solver.getTermManager())
    parser = cvc5.InputParser(solver, symbols)
    parser.setFileInput(cvc5.InputLanguage.SMT_LIB_2_6, str(file))
    while not (command := _next(file, parser)).isNull():
        yield command.getCommandName(), str(command), lambda: command.invoke(solver, symbols).strip()


def _next(file: Path, parser: cvc5.InputParser) -> cvc5.Command:
    try:
        return parser.nextCommand()
    except RuntimeError as error:
        message = f"{file}: cvc5 cannot read it: {error}"
        raise EngineError(message) from None
