"""From a refuted path to a history that a test can make: the state before by calls, and the call that goes wrong."""

from __future__ import annotations

from tmem_proofs.claims.calls import CallRun
from tmem_proofs.claims.draining import DrainRun
from tmem_proofs.claims.scenario import Run
from tmem_proofs.counterexample import BESIDE, NO_STORE, POOL, Example
from tmem_proofs.replay import calls, steps, trees
from tmem_proofs.replay.worlds import Meanwhile
from tmem_spec.calls import FlushObject
from tmem_spec.words import EPHEMERAL


def of_tree(operation: str, run: Run) -> Example | str:
    """A path through an operation on a tree, or why it is no history. Asks the solver."""
    case = trees.concretise(run, operation)
    if case is None:
        return NO_STORE
    stored = tuple((trees.OID, index) for index in sorted(case.indexes))
    return Example(case.call(POOL), case.flags, stored, failures=case.failures)


def of_drain(run: DrainRun) -> Example | str:
    """A step of tearing down, as the flush of an object that has those pages. Asks the solver."""
    pages = steps.pages_before(run)
    if pages is None:
        return NO_STORE
    return Example(FlushObject(POOL, trees.OID), EPHEMERAL, tuple((trees.OID, index) for index in pages))


def of_call(run: CallRun) -> Example | str:
    """A path through a call on the store, or why it is no history. Asks the solver.

    Raises ReplayError if no store is known from which it could start.
    """
    case = calls.concretise(run)
    if case is None:
        return NO_STORE
    if case.meanwhile is not Meanwhile.NOTHING:
        return BESIDE
    return Example(case.call, case.flags, case.stored, case.frozen, case.failures, case.plain)
