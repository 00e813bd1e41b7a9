"""What runs under callgrind: each case over some objects and over twice as many, each time in a process of its own.

All are forked from one process in which everything is prepared, and callgrind counts for each of them. So the two runs
of a case differ by its calls on those objects, and what it takes to start Python is in both. The collector is off.

Usage: `python -m bench.gate_workload FIRST STEP` runs every STEP-th case, from number FIRST on, and prints as JSON
which processes were those of which case.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import traceback
from typing import Any

from tmem import compiled

from .gate_cases import Case, all_cases, twice_as_many
from .handles import Handles


def main(first: int, step: int) -> None:
    """Run the cases. Exits with a message if one fails, or does not do what its name says."""
    gc.disable()
    cases = all_cases()[first::step]
    forked(cases[0], [])  # what only the first fork needs is in none of the others
    json.dump({"compiled": compiled, "cases": [twice(case) for case in cases]}, sys.stdout)


def twice(case: Case) -> dict[str, Any]:
    """Run a case, and run it over twice as many handles: the two processes, and how many calls are more."""
    some, others = twice_as_many(case.pages)
    processes = [forked(case, some), forked(case, some + others)]
    return {"name": case.name, "pages": case.pages, "calls": len(others), "processes": processes}


def forked(case: Case, handles: Handles) -> int:
    """The id of a process that has run the case."""
    process = os.fork()
    if process == 0:
        os._exit(status(case, handles))
    _, ended = os.waitpid(process, 0)
    if ended != 0:
        sys.exit(f"{case.name}: its process ended with {ended:#x}")
    return process


def status(case: Case, handles: Handles) -> int:
    """The exit status of a process that runs a case: 0 if the last call gave the right answer."""
    try:
        answer = case.run(handles)
    except BaseException:  # noqa: BLE001 - this process ends here whatever is raised, and says so
        traceback.print_exc()
        return 1
    if handles and answer != case.answer:
        print(f"{case.name}: answered {answer!r:.80}, expected {case.answer!r:.80}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
