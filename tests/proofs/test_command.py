"""The command `tmem`: what it selects, what it prints, and how it ends."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

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
    assert re.search(r"height 0 +proved .* put of index \d+ .*(refused|no memory)", capsys.readouterr().out)


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


@pytest.mark.parametrize(
    "options", [[], ["--verbose"], ["--dearest", "2"], ["--jobs", "1"], ["--no-cache"], ["--junit", "junit.xml"]]
)
def test_the_closing_line_is_the_last(
    options: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Whatever else is asked for, standard output ends with `N passed, N failed`."""
    monkeypatch.chdir(tmp_path)
    assert main(["prove", "delete/height 0/SHR-1", "delete/height 0/SHR-3", *options]) == Exit.PROVED
    assert capsys.readouterr().out.endswith("\n2 passed, 0 failed\n")


@pytest.mark.parametrize(
    ("missing", "command"), [("z3", "prove"), ("z3", "explain SHR-1"), ("platformdirs", "prove SHR-1")]
)
def test_what_is_not_installed_is_said(missing: str, command: str) -> None:
    """Where tmem is installed without its prover, the command says what to install, and ends with status 3."""
    program = f"import sys; sys.modules[{missing!r}] = None; from tmem_proofs.cli import main; sys.exit(main())"
    ended = subprocess.run(
        [sys.executable, "-c", program, *command.split()], capture_output=True, text=True, check=False
    )
    assert ended.returncode == Exit.USAGE
    assert missing in ended.stderr
    assert "pip install 'tmem[prove]'" in ended.stderr


def test_the_guide_to_ci_names_options_that_exist(capsys: pytest.CaptureFixture[str]) -> None:
    """Every option that docs/ci.md names is one of our commands', and every option that CI may want is named."""
    for command in ("prove", "exhaustive", "mutants"):
        with pytest.raises(SystemExit):
            main([command, "--help"])
    known = set(re.findall(r"(?<![\w-])--[a-z-]+", capsys.readouterr().out))
    guide = (Path(__file__).parents[2] / "docs" / "ci.md").read_text(encoding="utf-8")
    named = {option for line in re.findall(r"tmem prove[^\n`]*", guide) for option in re.findall(r"--[a-z-]+", line)}
    named |= set(re.findall(r"`(--[a-z-]+)", guide))
    assert named - known <= {"--tmem-prove", "--tmem-cache", "--dist"}  # of pytest and its plugin
    assert {"--json", "--junit", "--sarif", "--compare", "--cache", "--no-cache", "--dearest"} <= named


def test_help_teaches() -> None:
    """`tmem prove --help` tells how to select and what each exit status means, without loading the solver."""
    program = "import sys; sys.modules['z3'] = None; from tmem_proofs.cli import main; main(['prove', '--help'])"
    ended = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "0 all proved" in ended.stdout
    assert "insert/*/MEM-*" in ended.stdout


def test_the_published_algorithm_is_held_against_what_is_expected_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    """`--published` proves the algorithm of 2011: refuted where it leaves stumps, which is as expected, so status 0."""
    assert main(["prove", "--published", "insert/height 1/MEM-1", "delete/height 1/*", "--jobs", "1"]) == Exit.PROVED
    printed = capsys.readouterr().out
    assert "stump" in printed
    assert re.fullmatch(r"\d+ passed, 0 failed", printed.splitlines()[-1])
