"""`tmem explain`: an invariant from its sentence to the faults that it refutes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tmem_proofs import explain, prover
from tmem_proofs.claims.catalogue import subjects
from tmem_proofs.cli import main
from tmem_proofs.faults import FAULTS
from tmem_proofs.places import described, place_of
from tmem_proofs.results import Exit
from tmem_spec import all_invariants, named

ROOT = Path(__file__).parents[2]


def told(identifier: str, capsys: pytest.CaptureFixture[str]) -> str:
    """What `tmem explain` prints."""
    assert main(["explain", identifier]) == Exit.PROVED
    return capsys.readouterr().out


def test_an_invariant_is_explained(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Sentence, level, source; the predicate with its source code; the claim on each operation; what is assumed."""
    monkeypatch.chdir(ROOT)
    printed = told("shr-2", capsys)
    assert "SHR-2  No objnode is empty." in printed
    assert named("SHR-2").level.value in printed
    assert named("SHR-2").source in printed
    assert "tmem_spec.law.shr_2 (spec/tmem_spec/law.py:" in printed
    assert "    def shr_2(slots_in_use: int) -> bool:\n" in printed
    assert "    return slots_in_use >= 1\n" in printed
    assert "insert (8 cases): height 0, height 1" in printed
    assert "_operations.put (impl/tmem/_operations.py:" in printed
    assert "SHR-2, of every objnode that the operation has met." in printed
    assert "assumed before the call: " in printed


def test_the_faults_that_an_invariant_refutes_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    """Every fault that names the invariant as what refutes it is listed, and no other."""
    printed = told("SHR-1", capsys)
    for one in FAULTS:
        assert (f"    {one.fault.name} (" in printed) is (one.by.invariant == "SHR-1")


def test_a_claim_that_a_function_makes_is_found(capsys: pytest.CaptureFixture[str]) -> None:
    """Of a claim that is made by another function, that one is told: its name, docstring and place."""
    printed = told("OWN-2", capsys)
    assert "claims   seen_on_the_way (" in printed
    assert "What was found at the moment of a callback." in printed


@pytest.mark.parametrize("identifier", [one.id for one in all_invariants()])
def test_every_invariant_can_be_explained(identifier: str) -> None:
    """Whether it is proved of something or not, each invariant has a predicate with a place, and an explanation."""
    printed = "\n".join(explain.lines(named(identifier)))
    proved = any(one.invariant == identifier for one in prover.obligations())
    assert place_of(named(identifier).predicate).source().startswith("def ")
    assert ("    claims   " in printed) is proved
    assert ("no operation yet" in printed) is not proved


def test_every_claim_says_what_it_claims() -> None:
    """Each function of the claims has a docstring for `explain` to show."""
    claims = {claim for one in subjects() for claim in one.claims.values()}
    assert [place_of(one) for one in claims if not described(one)] == []


@pytest.mark.parametrize(("wrong", "meant"), [("SHR-9", "SHR-"), ("cho-1", "COH-1")])
def test_an_unknown_invariant_is_wrong_usage(wrong: str, meant: str, capsys: pytest.CaptureFixture[str]) -> None:
    """`explain` of no invariant ends with status 3, suggests what may have been meant, and lists all."""
    assert main(["explain", wrong]) == Exit.USAGE
    printed = capsys.readouterr().err
    assert f"did you mean {meant}" in printed
    assert all(one.id in printed for one in all_invariants())
