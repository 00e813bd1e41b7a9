"""Every claim can fail: faults put into the shipped source are refuted, each by an obligation named for it."""

from __future__ import annotations

from functools import cache

import pytest

from tmem_proofs.cache import Cache, default_folder, prove
from tmem_proofs.claims import run_trees
from tmem_proofs.claims.catalogue import subjects
from tmem_proofs.claims.invariants import CLAIMS
from tmem_proofs.faults import FAULTS
from tmem_proofs.prover import first_refutation, obligations
from tmem_proofs.refuted import Refuted
from tmem_proofs.results import Obligation, Result, Verdict
from tmem_proofs.source import Fault, load, read_sources


def cache_of_the_user() -> Cache | None:
    """That of `tmem prove`, if there may be one."""
    try:
        return Cache(default_folder())
    except OSError:
        return None


CACHE = cache_of_the_user()  # found before each test has one of its own


@pytest.mark.parametrize("fault", FAULTS, ids=lambda refuted: f"{refuted.by.operation}: {refuted.fault.name}")
def test_a_fault_is_refuted(fault: Refuted) -> None:
    """The obligation named for the fault refutes it, with a story; of the source as shipped it is proved."""
    by = fault.by
    (refuted,) = first_refutation(by.operation, by.case, [by.invariant], fault.fault).results
    assert refuted.verdict is Verdict.REFUTED
    assert "call:" in refuted.story
    proved = as_shipped(by.operation, by.case)[by]
    assert proved.verdict is Verdict.PROVED, proved.story


@cache
def as_shipped(operation: str, case: str) -> dict[Obligation, Result]:
    """What becomes of the obligations of a case on the source as it is: `tmem prove` may have found that before."""
    wanted = [one for one in obligations() if (one.operation, one.case) == (operation, case)]
    (explored,) = prove(wanted, CACHE, jobs=1)
    return {one.obligation: one for one in explored.results}


def test_every_invariant_claimed_refutes_a_fault() -> None:
    """No invariant is claimed, of trees, of calls or of pieces, that has never been seen to fail.

    The one exception is OID-1, which is about the specification's order and that of Python's integers alone. Theorem A
    is about no shipped code: see test_theorem_a.py.
    """

    def family(operation: str) -> str:
        if operation.startswith("Tmem."):
            return "calls"
        if operation in run_trees.OPERATIONS:
            return "runs"
        return "trees" if operation in CLAIMS else operation if operation == "drain" else "pieces"

    shipped = [one for one in subjects() if not one.operation.startswith("spec.")]
    claimed = {(family(one.operation), invariant) for one in shipped for invariant in one.claims}
    assert claimed - {("pieces", "OID-1")} == {(family(by.operation), by.invariant) for _, by in FAULTS}


def test_faults_name_obligations_that_exist() -> None:
    """A fault's obligation is one of those that `tmem prove` proves."""
    assert {refuted.by for refuted in FAULTS} <= set(obligations())


def test_the_code_under_proof_is_the_shipped_source() -> None:
    """What is proved is what the installed package's files say, to the letter."""
    assert dict(load().sources) == read_sources()


def test_a_fault_without_its_one_place_is_refused() -> None:
    """A fault whose text the source does not contain would test nothing: it is an error."""
    with pytest.raises(ValueError, match="0 places in _tree"):
        load(Fault("nothing", "_tree", "no such line", ""))
