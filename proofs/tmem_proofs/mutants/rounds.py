"""A limit on work: whoever goes round loops more often than the source as it is ever would is given up.

`counted` writes a call into the condition of every `while` loop, on the line where it is; `another` is what is called.
No clock decides, and nothing can catch it: the process ends, with a status that says why.
"""

from __future__ import annotations

import ast
import os

from tmem_proofs.mutants.mutant import Text, functions_in

MOST = 1_000_000  # rounds in one process; the source as it is needs a fifth of that, at most
GIVEN_UP = 86  # the exit status

_IMPORT = "from tmem_proofs.mutants.rounds import another as _another\n"
_rounds = 0


def another() -> bool:
    """One round more. True, unless it is one too many: then there is no answer."""
    global _rounds  # noqa: PLW0603 - a count of the whole process is meant
    _rounds += 1
    if _rounds > MOST:
        os._exit(GIVEN_UP)
    return True


def counted(source: str) -> str:
    """The source of a module with the rounds of its loops counted; every line stays where it is."""
    text = Text(source)
    tests = {
        (text.start(loop.test), text.end(loop.test))
        for _, function in functions_in(text)
        for loop in ast.walk(function)
        if isinstance(loop, ast.While)
    }
    for start, end in sorted(tests, reverse=True):
        source = f"{source[:start]}_another() and ({source[start:end]}){source[end:]}"
    return f"{source}\n{_IMPORT}" if tests else source
