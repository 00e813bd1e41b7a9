"""The layers that are no theorem: CrossHair, the machine of the tests, the search of a small scope, recorded traces.

Some are made by what the checkout's folder of tests holds; from a package installed without it, they cannot be.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import tmem_proofs
from tmem_proofs.mutants.outcome import Outcome, State
from tmem_proofs.mutants.rounds import GIVEN_UP, MOST

TESTS = Path(tmem_proofs.__file__).parents[2] / "tests"
NEEDED = TESTS / "support" / "store_machine.py"
NO_TESTS = "the checkout's folder of tests is not there"
TOO_MANY = f"more than {MOST:,} rounds of loops"

EXAMPLES, STEPS = 60, 40
_IDENTIFIER = re.compile(r"\b[A-Z]{3,4}-\d\b")


def crosshair(function: str) -> Outcome:
    """The conditions about the function that CrossHair confirms of the source as it is."""
    from tmem_proofs.confirmed.about import about  # noqa: PLC0415 - only this layer needs it
    from tmem_proofs.confirmed.finding import State as Found  # noqa: PLC0415 - as above
    from tmem_proofs.confirmed.layer import refutes  # noqa: PLC0415 - as above
    from tmem_proofs.source import read_sources  # noqa: PLC0415 - as above

    conditions = about(function)
    found = refutes(read_sources(), conditions) if conditions else None
    if found is None:
        return Outcome(State.SURVIVED)
    states = {Found.REFUTED: State.KILLED, Found.FAILED: State.TIMED_OUT}
    return Outcome(states.get(found.state, State.UNDECIDED), found.condition)


def exhaustive(_: str) -> Outcome:
    """Every call in every state of a small scope, with every pattern of failures."""
    from tmem_proofs.exhaustive.scope import Scope, ScopeError  # noqa: PLC0415 - only this layer needs it
    from tmem_proofs.exhaustive.search import search  # noqa: PLC0415 - as above
    from tmem_proofs.source import load  # noqa: PLC0415 - as above

    for scope in (Scope(indexes=4), Scope(indexes=2, objects=2)):
        try:
            found = search(load(), scope).divergences
        except ScopeError as error:
            return Outcome(State.FAILED, str(error))
        except Exception as error:  # noqa: BLE001 - whatever it is, the store as shipped does not raise it
            return Outcome(State.KILLED, told(error))
        if found:
            return Outcome(State.KILLED, found[0].wrong[0].partition(":")[0])
    return Outcome(State.SURVIVED)


def machine(_: str) -> Outcome:
    """The Hypothesis machine, store and judge in step: the same few examples each time."""
    from hypothesis import Phase, settings  # noqa: PLC0415 - only this layer needs it
    from hypothesis.stateful import run_state_machine_as_test  # noqa: PLC0415 - as above

    from support.store_machine import StoreMachine  # noqa: PLC0415 - as above

    few = settings(
        derandomize=True,
        database=None,
        max_examples=EXAMPLES,
        stateful_step_count=STEPS,
        phases=[Phase.generate],
        report_multiple_bugs=False,
    )
    try:
        run_state_machine_as_test(StoreMachine, settings=few)
    except Exception as error:  # noqa: BLE001 - whatever it is, the store as shipped does not raise it
        return Outcome(State.KILLED, told(error))
    return Outcome(State.SURVIVED)


def conformance(_: str) -> Outcome:
    """The calls of the recorded traces: equal at every step where nothing fails, and lawful always."""
    from tmem_proofs.conformance.replay import replay  # noqa: PLC0415 - as above
    from tmem_proofs.conformance.trace import read  # noqa: PLC0415 - as above

    for path in sorted((TESTS / "conformance" / "vectors").glob("*.jsonl")):
        try:
            run = replay(read(path))
        except Exception as error:  # noqa: BLE001 - as above
            return Outcome(State.KILLED, f"{path.stem}: {told(error)}")
        if run.findings:
            return Outcome(State.KILLED, f"{path.stem}: {run.findings[0].violation.invariant}")
        if run.differences and "clean" in path.stem:
            return Outcome(State.KILLED, f"{path.stem}: {run.differences[0]}")
    return Outcome(State.SURVIVED)


def vectors(_: str) -> Outcome:
    """Of a mutant of the specification: what is known to be wrong with the recorded runs, and with nothing of ours."""
    return pytest("conformance/test_published_runs.py", "conformance/test_replay.py")


def witnesses(_: str) -> Outcome:
    """Of a mutant of the specification: runs made for each invariant, which violate it, or only nearly."""
    names = ("test_predicates", "test_judge_can_fail", "test_histories", "test_judged", "test_mutated_traces")
    return pytest(*(f"conformance/{name}.py" for name in names))


def pytest(*files: str) -> Outcome:
    """The first of these tests that fails."""
    options = ["-q", "-x", "-p", "no:cacheprovider", "-p", "no:randomly", "--rootdir", str(TESTS.parent)]
    command = [sys.executable, "-m", "pytest", *options, *(str(TESTS / file) for file in files)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - it is ours
    if done.returncode == 0:
        return Outcome(State.SURVIVED)
    if done.returncode == GIVEN_UP:
        return Outcome(State.TIMED_OUT, TOO_MANY)
    failed = re.search(r"^(?:FAILED|ERROR) (?:\S*/)?(\S+)", done.stdout, re.MULTILINE)
    return Outcome(State.KILLED, failed[1]) if failed else Outcome(State.FAILED, done.stdout[-300:])


def told(error: Exception) -> str:
    """The invariant that an exception names, or else its type."""
    named = _IDENTIFIER.search(str(error))
    return named[0] if named else type(error).__name__
