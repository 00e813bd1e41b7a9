"""Ask CrossHair, through its API: one process, given conditions by name, prints a finding a line.

    python -P -m tmem_proofs.confirmed.run [CONDITION...]

It looks at the package `tmem` that Python finds: `layer` says which that is. Each condition is asked of a process of
its own, so that what the solver did before cannot change an answer. No clock decides one: what bounds the search is
the number of paths, and the solver's own count of resources (CROSSHAIR_SMT_RLIMIT) for each question. A condition that
takes longer than anybody would wait has failed.
"""

from __future__ import annotations

import inspect
import math
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from functools import partial
from multiprocessing import Pipe, Process, get_all_start_methods, set_start_method
from multiprocessing.connection import Connection
from unittest import mock

from crosshair import core
from crosshair.core_and_libs import analyze_function, run_checkables
from crosshair.diff_behavior import BehaviorDiff, ExceptionEquivalenceType, diff_behavior_with_signature
from crosshair.fnutil import FunctionInfo
from crosshair.options import DEFAULT_OPTIONS, AnalysisKind, AnalysisOptionSet
from crosshair.statespace import AnalysisMessage, MessageType, VerificationStatus

from tmem_proofs.confirmed import contracts, objects, rules
from tmem_proofs.confirmed.diff import PAIRS, Function
from tmem_proofs.confirmed.finding import Finding, State

PATHS = 200
PATIENCE = 60  # seconds

_STATES = {
    MessageType.CONFIRMED: State.CONFIRMED,
    MessageType.CANNOT_CONFIRM: State.UNCONFIRMED,
    MessageType.PRE_UNSAT: State.VACUOUS,
    MessageType.POST_FAIL: State.REFUTED,
    MessageType.POST_ERR: State.REFUTED,
    MessageType.EXEC_ERR: State.REFUTED,
}


def conditions() -> dict[str, partial[Finding]]:
    """Every condition by name, and what asks CrossHair about it."""
    found: dict[str, partial[Finding]] = {}
    for module in (contracts, objects):
        for name, function in vars(module).items():
            if inspect.isfunction(function) and function.__module__ == module.__name__ and "post:" in _doc(function):
                found[name] = partial(hold, function)
    return found | {name: partial(compare, name, *pair) for name, pair in PAIRS.items()}


def _doc(function: Function) -> str:
    return function.__doc__ or ""


def hold(function: Function) -> Finding:
    """Ask whether a function keeps the one contract in its docstring."""
    options = _options(PATHS)
    checks = analyze_function(function, options)
    if len(checks) != 1:
        return Finding(function.__name__, State.FAILED, detail=f"{len(checks)} conditions in its docstring, not 1")
    state, detail = _told(run_checkables(checks))
    return Finding(function.__name__, state, _paths(options), detail=detail)


def compare(name: str, specified: Function, shipped: Function) -> Finding:
    """Ask whether two functions do the same; exceptions are the same if they are of one type."""
    options = _options(PATHS)
    (first, signature), (second, _) = (FunctionInfo.from_fn(one).callable() for one in (specified, shipped))
    # What an exploration says of itself is dropped on the way to the differences, so it is kept aside. A path that
    # is given up counts as exhausted there, and has no difference.
    explored: list[core.ExplorationResult] = []
    explore = core.explore_loop

    def kept(*arguments: object, **named: object) -> core.ExplorationResult:
        explored.append(explore(*arguments, **named))  # type: ignore[arg-type]  # whatever CrossHair hands over
        return explored[-1]

    with mock.patch.object(core, "explore_loop", kept):
        found = diff_behavior_with_signature(
            first, second, signature, DEFAULT_OPTIONS.overlay(options), ExceptionEquivalenceType.SAME_TYPE
        )
    state, detail = _compared(list(found), explored[0])
    return Finding(name, state, _paths(options), detail=detail)


def _options(paths: int) -> AnalysisOptionSet:
    """No limit but that of paths: whatever goes by the clock is switched off."""
    return AnalysisOptionSet(
        analysis_kind=(AnalysisKind.PEP316,),
        per_condition_timeout=math.inf,
        per_path_timeout=math.inf,
        max_uninteresting_iterations=0,
        max_iterations=paths,
        stats=Counter(),
    )


def _paths(options: AnalysisOptionSet) -> int:
    return 0 if options.stats is None else options.stats["num_paths"]


def _told(messages: Sequence[AnalysisMessage]) -> tuple[State, str]:
    """The state of a condition from what CrossHair says: the worst of it, and nothing said is no answer."""
    if not messages:
        return State.FAILED, "CrossHair says nothing of it"
    worst = max(messages, key=lambda message: message.state)
    state = _STATES.get(worst.state, State.FAILED)
    return state, "" if state in {State.CONFIRMED, State.UNCONFIRMED} else worst.message


def _compared(found: Sequence[BehaviorDiff], explored: core.ExplorationResult) -> tuple[State, str]:
    """The state of a comparison: confirmed only if the exploration ran out of paths, and gave up on none."""
    if found:
        one = found[0]
        arguments = ", ".join(f"{name}={value}" for name, value in one.args.items())
        specified, shipped = one.result1.describe(set()), one.result2.describe(set())
        return State.REFUTED, f"given {arguments}: as specified, it {specified}; as shipped, it {shipped}"
    status = explored.top_analysis and explored.top_analysis.verification_status
    sure = explored.exhausted and status is VerificationStatus.CONFIRMED
    return (State.CONFIRMED if sure else State.UNCONFIRMED), ""


def findings(wanted: Sequence[str]) -> Iterator[Finding]:
    """What is found of each condition that a pattern names; of all, if there is no pattern."""
    rules.teach()
    for name in conditions():
        if wanted and not any(fnmatchcase(name, pattern) for pattern in wanted):
            continue
        here, there = Pipe(duplex=False)
        process = Process(target=_answer, args=(name, there))
        process.start()
        there.close()
        try:
            yield _received(name, here)
        finally:
            process.kill()
            process.join()


def _answer(name: str, there: Connection) -> None:
    """Ask about one condition, in a process of its own."""
    rules.teach()
    started = time.process_time()
    try:
        finding = conditions()[name]()
    except Exception as error:  # noqa: BLE001 - whatever it is, it is no answer
        finding = Finding(name, State.FAILED, detail=f"{type(error).__name__}: {error}")
    seconds = time.process_time() - started
    there.send(Finding(name, finding.state, finding.paths, seconds, finding.detail))


def _received(name: str, here: Connection) -> Finding:
    """What the process found, if it lives and comes to an end."""
    try:
        if here.poll(PATIENCE):
            received: Finding = here.recv()
            return received
    except EOFError:
        return Finding(name, State.FAILED, detail="its process died")
    return Finding(name, State.FAILED, detail=f"no answer after {PATIENCE} seconds")


def main() -> None:
    """Print a finding a line, as soon as it is there. Ended from outside, it leaves no process behind."""
    if "fork" in get_all_start_methods():
        set_start_method("fork")  # spares each process the imports
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    for finding in findings(sys.argv[1:]):
        sys.stdout.write(f"{finding.to_json()}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
