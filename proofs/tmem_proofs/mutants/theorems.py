"""The layers of the theorems: the obligations on a mutant, the cheap ones first, to the first that is not proved."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from tmem_proofs import shipped
from tmem_proofs.claims.catalogue import ANY_STORE, Subject, subjects
from tmem_proofs.claims.machine_steps import MACHINE
from tmem_proofs.claims.range_calls import RANGE_CALLS
from tmem_proofs.mutants.outcome import Outcome, State
from tmem_proofs.prover import first_refutation
from tmem_proofs.results import Explored, Verdict
from tmem_spec.words import MAX_HEIGHT

LOW = 2  # trees of this height go every way that the code knows
_CALL = 1.5  # calls come after the trees of height 1, and before those of height 2
_RANGE = MAX_HEIGHT + 1  # calls on ranges take longest, and come last


def theorem_b(function: str) -> Outcome:
    """The cases whose code under proof includes the function, or, of what is in no function, all of them."""
    runs: dict[str, bool] = {}
    every = _shipped()
    for one in every:
        if one.operation not in runs:
            runs[one.operation] = function in shipped.under_proof([one.operation])
    wanted = [one for one in every if runs[one.operation]] or every
    return ask(sorted(wanted, key=lambda one: (shipped.function_of(one.operation) != function, turn_of(one))))


def theorem_b_on_low_trees(_: str) -> Outcome:
    """Of a mutant of the specification: every case of calls, pieces and trees that are low."""
    return ask(sorted((one for one in _shipped() if height_of(one) <= LOW), key=turn_of))


def theorem_a(function: str) -> Outcome:
    """The specification's own theorems: those of the function's half, law or machine, before the others.

    An obligation that no history meets any more is noticed like one that is refuted: what it says has gone.
    """
    law = function.startswith("spec.law.")
    machine = [one for one in subjects() if one.operation.startswith(MACHINE)]
    ordered = sorted(machine, key=lambda one: (_of_the_law(one) is not law, one.case == "induction", height_of(one)))
    return ask(ordered, {**_STATES, Verdict.VACUOUS: State.KILLED})


_STATES = {Verdict.REFUTED: State.KILLED, Verdict.UNKNOWN: State.UNDECIDED, Verdict.VACUOUS: State.UNDECIDED}


def ask(wanted: Iterable[Subject], states: Mapping[Verdict, State] = _STATES) -> Outcome:
    """What the first of the cases says that is not proved; a kill counts before all else."""
    left = Outcome(State.SURVIVED)
    for one in wanted:
        found = said_of(first_refutation(one.operation, one.case), states)
        if found.state is State.KILLED:
            return found
        if left.state is State.SURVIVED:
            left = found
    return left


def said_of(explored: Explored, states: Mapping[Verdict, State] = _STATES) -> Outcome:
    """What one case says: the obligation that is refuted, or else is not decided, or else what a replay contradicts."""
    for verdict, state in states.items():
        for result in explored.results:
            if result.verdict is verdict:
                return Outcome(state, f"{result.obligation.name}{' (vacuous)' * (verdict is Verdict.VACUOUS)}")
    if explored.disagreement:
        return Outcome(State.DISAGREES, f"{'/'.join(explored.key)}: {explored.disagreement.partition(':')[0]}")
    return Outcome(State.SURVIVED)


def _of_the_law(subject: Subject) -> bool:
    """Whether a case of theorem A is about the canonical law; else it is a step of the machine."""
    return ".law." in shipped.function_of(subject.operation)


def height_of(subject: Subject) -> int:
    """The height of the trees that a case is about; 0 if it is about none."""
    found = re.search(r"(?:height|level) (\d)", subject.case)
    return int(found[1]) if found else 0


def turn_of(subject: Subject) -> float:
    """What is cheap comes first: pieces, and trees by height."""
    if subject.operation in RANGE_CALLS and subject.case == ANY_STORE:
        return _RANGE
    return _CALL if subject.case == ANY_STORE else height_of(subject)


def _shipped() -> list[Subject]:
    return [one for one in subjects() if not one.operation.startswith(MACHINE)]
