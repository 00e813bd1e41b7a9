"""The command `tmem`: what it selects, what it prints, and how it ends."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from tmem_proofs import prover
from tmem_proofs.cli import main
from tmem_proofs.results import Exit, Explored, Obligation, Result, Verdict, closing_line, exit_of


def test_a_proof_run_ends_with_its_closing_line(capsys: pytest.CaptureFixture[str]) -> None:
    """What is selected is proved, each invariant on a line of its own, and `N passed, N failed` comes last."""
    assert main(["prove", "delete/height 2/*", "--jobs", "1"]) == Exit.PROVED
    printed = capsys.readouterr().out.splitlines()
    wanted = [one for one in prover.obligations() if (one.operation, one.case) == ("delete", "height 2")]
    assert printed[-1] == f"{len(wanted)} passed, 0 failed"
    assert any(re.match(r"  SHR-1 +proved +1 cases +\d+ paths", line) for line in printed)


def test_every_case_shows_a_witness_when_asked(capsys: pytest.CaptureFixture[str]) -> None:
    """With --verbose, each case tells a call on which the invariant says something."""
    assert main(["prove", "insert/height 0/MEM-1", "--verbose", "--jobs", "1"]) == Exit.PROVED
    assert re.search(r"height 0 +proved .* put of index \d+ .*refused", capsys.readouterr().out)


def test_selecting_nothing_is_no_pass(capsys: pytest.CaptureFixture[str]) -> None:
    """A claim that matches no obligation ends with status 2 and suggests what was meant."""
    assert main(["prove", "SHR-11"]) == Exit.UNDECIDED
    assert "did you mean SHR-1" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["prove", "--jobs", "0"], ["prove", "--no-such"], [], ["refute"]])
def test_wrong_usage_has_a_status_of_its_own(arguments: list[str]) -> None:
    """Status 3 is neither a refutation nor something undecided."""
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == Exit.USAGE


def test_the_obligations_can_be_listed(capsys: pytest.CaptureFixture[str]) -> None:
    """`--list` names every obligation selected and proves none."""
    assert main(["prove", "--list"]) == Exit.PROVED
    assert capsys.readouterr().out.splitlines() == [one.name for one in prover.obligations()]


def test_an_invariant_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    """`explain` tells the sentence, the level, the source, the predicate and what proves it, in either case."""
    assert main(["explain", "shr-2"]) == Exit.PROVED
    printed = capsys.readouterr().out
    assert "No objnode is empty." in printed
    assert "tmem_spec.law.shr_2" in printed
    assert "insert (8 cases)" in printed


def test_an_unknown_invariant_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    """`explain` of no invariant lists those there are."""
    assert main(["explain", "SHR-9"]) == Exit.USAGE
    assert "SHR-1" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("verdicts", "status", "closing"),
    [
        ([Verdict.PROVED, Verdict.PROVED], Exit.PROVED, "2 passed, 0 failed"),
        ([Verdict.PROVED, Verdict.UNKNOWN], Exit.UNDECIDED, "1 passed, 1 failed"),
        ([Verdict.VACUOUS], Exit.UNDECIDED, "0 passed, 1 failed"),
        ([Verdict.UNKNOWN, Verdict.REFUTED, Verdict.VACUOUS], Exit.REFUTED, "0 passed, 3 failed"),
        ([], Exit.UNDECIDED, "0 passed, 0 failed"),
    ],
)
def test_only_proved_passes(verdicts: list[Verdict], status: Exit, closing: str) -> None:
    """Unknown, vacuous and empty are never a pass; a refutation outweighs them."""
    results = [Result(Obligation("insert", "height 0", "SHR-1"), verdict, 1) for verdict in verdicts]
    assert exit_of(results) is status
    assert closing_line(results) == closing


def test_a_refutation_is_told_and_fails_the_run(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A refuted obligation is named with its story, and the status says so."""
    refuted = Result(Obligation("insert", "height 0", "SHR-2"), Verdict.REFUTED, 1, story="found: an empty objnode")
    monkeypatch.setattr(prover, "prove", lambda *_, **__: [Explored((refuted,), 1, 1, 1, 0.1)])
    assert main(["prove", "SHR-2"]) == Exit.REFUTED
    printed = capsys.readouterr().out
    assert "REFUTED insert/height 0/SHR-2: No objnode is empty." in printed
    assert "found: an empty objnode" in printed


def test_help_teaches() -> None:
    """`tmem prove --help` tells how to select and what each exit status means, without loading the solver."""
    ended = subprocess.run(
        [sys.executable, "-c", "import sys; from tmem_proofs.cli import main; main(['prove', '--help'])"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "0 all proved" in ended.stdout
    assert "insert/*/MEM-*" in ended.stdout
