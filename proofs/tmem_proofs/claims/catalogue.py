"""The catalogue: everything that is run, from which states, and what is claimed of it.

Three families: calls on an arbitrary store (`calls`), over contracts of the tree; operations on an arbitrary tree
(`scenario`), which is where those contracts are proved; and the pieces that both rest on (`pieces`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from tmem_proofs import story
from tmem_proofs.claims import call_story, calls, draining, pieces, scenario
from tmem_proofs.claims.call_claims import CALL_CLAIMS
from tmem_proofs.claims.claim import Claims
from tmem_proofs.claims.invariants import CLAIMS, claimed
from tmem_proofs.engine.explorer import Path
from tmem_proofs.engine.terms import Valuation
from tmem_proofs.replay import trees
from tmem_proofs.source import Code
from tmem_spec.words import MAX_HEIGHT

ANY_STORE = "any store"
ANY_VALUE = "any"


@dataclass(frozen=True, slots=True)
class Subject:
    """An operation from one kind of state, and what is claimed of it.

    run      goes along one path, to its end; what it gives has a `path`
    witness  one line that tells a path with values in it
    tell     the story of a refutation, with what was found
    replay   runs a path on the shipped objects, and raises ReplayError if they do not do what it says
    """

    operation: str
    case: str
    claims: Mapping[str, Claims]
    run: Callable[[Path, Code], Any]
    witness: Callable[[Any, Valuation], str]
    tell: Callable[[Any, Valuation, str], str]
    replay: Callable[[Any], bool] | None = None


def subjects() -> list[Subject]:
    """Everything, the dearest first."""
    return [*_trees(), *_drains(), *_calls(), *_pieces()]


def claims_of(operation: str) -> Mapping[str, Claims]:
    """Every invariant that is claimed of an operation, from whatever state."""
    found: dict[str, Claims] = {}
    for one in subjects():
        if one.operation == operation:
            found.update(one.claims)
    return found


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
    if case is not None:
        trees.replay(case)
    return case is not None


def _drains() -> list[Subject]:
    steps = [
        Subject(
            "drain",
            f"height {height}",
            draining.claimed_of_drain(height),
            partial(draining.run_drain, height),
            draining.witness,
            draining.tell,
        )
        for height in range(MAX_HEIGHT, -1, -1)
    ]
    loops = (
        ("first used slot", {"SHR-3": draining.first_is_first}, draining.run_first_used),
        ("used slots", {"OWN-1": draining.used_are_used}, draining.run_used),
    )
    return [
        *steps,
        *(
            Subject(name, ANY_VALUE, claims, run, draining.loop_witness, draining.loop_tell)
            for name, claims, run in loops
        ),
    ]


def _calls() -> list[Subject]:
    return [
        Subject(name, ANY_STORE, CALL_CLAIMS[name], partial(calls.run_call, name), call_story.witness, call_story.tell)
        for name in calls.CALLS
    ]


def _pieces() -> list[Subject]:
    return [
        Subject(name, ANY_VALUE, claims, partial(pieces.run_piece, name), pieces.witness, pieces.tell)
        for name, claims in pieces.PIECE_CLAIMS.items()
    ]
