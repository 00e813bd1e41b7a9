"""The catalogue: everything that is run, from which states, and what is claimed of it.

Theorem A is the steps of the specification's machine after an arbitrary history (`machine_steps`), and beside it the
canonical law on arbitrary sets of indexes (`law_cases`). Theorem B is three families: calls on an arbitrary store
(`calls`), over contracts of the tree; operations on an arbitrary tree (`scenario`), which is where those contracts are
proved; and the pieces that both rest on (`pieces`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from tmem_proofs import story
from tmem_proofs.claims import (
    any_history,
    call_story,
    calls,
    draining,
    law_cases,
    law_steps,
    law_story,
    machine_steps,
    misuse,
    pieces,
    range_calls,
    run_claims,
    run_trees,
    scenario,
    step_story,
    traces,
)
from tmem_proofs.claims.call_claims import CALL_CLAIMS
from tmem_proofs.claims.claim import Claims
from tmem_proofs.claims.invariants import CLAIMS, claimed
from tmem_proofs.claims.range_claims import RANGE_CLAIMS
from tmem_proofs.counterexample import NO_CALL, NO_CODE, Example
from tmem_proofs.engine.explorer import Path
from tmem_proofs.engine.terms import Valuation
from tmem_proofs.replay import calls as call_cases
from tmem_proofs.replay import examples, law_sets, range_paths, steps, trees
from tmem_proofs.replay import misuse as misuse_cases
from tmem_proofs.replay import run_trees as run_cases
from tmem_proofs.source import Code
from tmem_spec.words import MAX_HEIGHT

ANY_STORE = "any store"
MISUSED = "misused"
ANY_VALUE = "any"


def _no_call(_: Any) -> str:
    """Why most subjects are no history."""
    return NO_CALL


def _no_code(_: Any) -> str:
    """Why no test shows what is wrong with the specification."""
    return NO_CODE


@dataclass(frozen=True, slots=True)
class Subject:
    """An operation from one kind of state, and what is claimed of it.

    run      goes along one path, to its end; what it gives has a `path`
    witness  one line that tells a path with values in it
    tell     the story of a refutation, with what was found
    replay   runs a path on the shipped objects, and raises ReplayError if they do not do what it says
    trace    in the place of a witness, a history of the machine on which an invariant says something
    example  a path as a history that a test can make, or why there is none
    """

    operation: str
    case: str
    claims: Mapping[str, Claims]
    run: Callable[[Path, Code], Any]
    witness: Callable[[Any, Valuation], str]
    tell: Callable[[Any, Valuation, str], str]
    replay: Callable[[Any], bool] | None = None
    example: Callable[[Any], Example | str] = _no_call
    trace: Callable[[str], str] | None = None


def subjects() -> list[Subject]:
    """Everything, the dearest first."""
    return [*_machine(), *_law(), *_trees(), *_runs(), *_range_calls(), *_drains(), *_calls(), *_misuses(), *_pieces()]


def claims_of(operation: str) -> Mapping[str, Claims]:
    """Every invariant that is claimed of an operation, from whatever state."""
    found: dict[str, Claims] = {}
    for one in subjects():
        if one.operation == operation:
            found.update(one.claims)
    return found


def _machine() -> list[Subject]:
    """The machine's steps: that no promise is broken, and, by induction, what that rests on."""
    found = []
    for call in reversed(any_history.CALLS):
        run = partial(machine_steps.run_step, call)
        for case, claims in (
            ("any history", machine_steps.promises_of(call)),
            ("induction", machine_steps.links_of(call)),
        ):
            trace = partial(_step_trace, call, claims)
            found.append(
                Subject(
                    f"{machine_steps.MACHINE}{call}",
                    case,
                    claims,
                    run,
                    step_story.witness,
                    step_story.tell,
                    example=_no_code,
                    trace=trace,
                )
            )
    first = machine_steps.links_at_first()
    start = f"{machine_steps.MACHINE}start", "no events", first, machine_steps.run_start
    return [*found, Subject(*start, *_STORY_AT_FIRST, example=_no_code)]


_STORY_AT_FIRST = step_story.witness_at_first, step_story.tell_at_first


def _step_trace(call: str, claims: Mapping[str, Claims], invariant: str) -> str:
    return traces.trace(call, claims[invariant])


def _law() -> list[Subject]:
    """The canonical law, on arbitrary sets and trees."""
    return [
        Subject(
            f"{machine_steps.MACHINE}{one.operation}",
            one.case,
            one.claims,
            one.run,
            law_story.witness,
            law_story.tell,
            _law_replay,
            _no_code,
        )
        for one in law_cases.LAW_CASES
    ]


def _law_replay(run: Any) -> bool:
    """Whether there was something to replay: sets are; what is below an objnode, or two prefixes, is no set."""
    return isinstance(run, law_steps.SetRun) and law_sets.replay(run)


def _trees() -> list[Subject]:
    return [
        Subject(
            one.operation,
            one.case,
            {invariant: CLAIMS[one.operation][invariant] for invariant in claimed(one.operation, one.case)},
            one.run,
            partial(_tree_witness, one.operation),
            partial(_tree_story, one.operation),
            partial(_tree_replay, one.operation),
            partial(examples.of_tree, one.operation),
        )
        for one in scenario.scenarios()
    ]


def _tree_witness(operation: str, run: Any, values: Valuation) -> str:
    return story.witness(run, values, operation)


def _tree_story(operation: str, run: Any, values: Valuation, found: str) -> str:
    return story.tell(run, values, operation, found)


def _tree_replay(operation: str, run: Any) -> bool:
    """Whether there was something to replay: a path that nothing can take has not been shown to be one."""
    case = trees.concretise(run, operation)
    if case is None or case.outcome is None:
        return False
    trees.replay(case)
    return True


def _runs() -> list[Subject]:
    return [
        Subject(
            operation,
            f"height {height}",
            run_claims.claimed_of_run(operation, height),
            partial(run_trees.run_on_tree, operation, height),
            run_trees.witness,
            run_trees.tell,
            run_cases.replay,
        )
        for operation, height in run_trees.CASES
    ]


def _drains() -> list[Subject]:
    heights = [
        Subject(
            "drain",
            f"height {height}",
            draining.claimed_of_drain(height),
            partial(draining.run_drain, height),
            draining.witness,
            draining.tell,
            partial(steps.replay, "drain"),
            examples.of_drain,
        )
        for height in range(MAX_HEIGHT, -1, -1)
    ]
    loops = (
        ("first used slot", {"SHR-3": draining.first_is_first}, draining.run_first_used),
        ("last used slot", {"SHR-3": draining.last_is_last}, draining.run_last_used),
        ("used slots", {"OWN-1": draining.used_are_used}, draining.run_used),
    )
    return [
        *heights,
        *(
            Subject(
                name,
                ANY_VALUE,
                claims,
                run,
                draining.loop_witness,
                draining.loop_tell,
                partial(steps.replay, name),
            )
            for name, claims, run in loops
        ),
    ]


def _calls() -> list[Subject]:
    return [
        Subject(
            name,
            ANY_STORE,
            CALL_CLAIMS[name],
            partial(calls.run_call, name),
            call_story.witness,
            call_story.tell,
            _call_replay,
            examples.of_call,
        )
        for name in calls.CALLS
    ]


def _range_calls() -> list[Subject]:
    return [
        Subject(
            name,
            ANY_STORE,
            RANGE_CLAIMS[name],
            partial(range_calls.run_range_call, name),
            call_story.witness,
            call_story.tell,
            range_paths.replay,
            range_paths.example,
        )
        for name in range_calls.RANGE_CALLS
    ]


def _misuses() -> list[Subject]:
    return [
        Subject(
            f"Tmem.{method}",
            MISUSED,
            misuse.MISUSE_CLAIMS,
            partial(misuse.run_misuse, method),
            call_story.witness,
            call_story.tell,
            _misuse_replay,
        )
        for method in misuse.METHODS
    ]


def _misuse_replay(run: Any) -> bool:
    """Whether there was something to replay, as above."""
    case = misuse_cases.concretise(run)
    if case is None:
        return False
    misuse_cases.replay(case)
    return True


def _call_replay(run: Any) -> bool:
    """Whether there was something to replay, as above."""
    case = call_cases.concretise(run)
    if case is None or case.outcome is None:
        return False
    call_cases.replay(case)
    return True


def _pieces() -> list[Subject]:
    return [
        Subject(
            name,
            ANY_VALUE,
            claims,
            partial(pieces.run_piece, name),
            pieces.witness,
            pieces.tell,
            partial(steps.replay, name),
        )
        for name, claims in pieces.PIECE_CLAIMS.items()
    ]
