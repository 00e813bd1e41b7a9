"""Trials: a test is run on the source that was refuted; the command hands out those that fail."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from support.copies import fault_named, prove_a_copy, pytest_of
from tmem_proofs import prover, trial
from tmem_proofs.claims import catalogue
from tmem_proofs.cli import main
from tmem_proofs.counterexample import NO_STORE, POOL, Example
from tmem_proofs.prover import prove_scenario
from tmem_proofs.replay.agree import ReplayError
from tmem_proofs.results import Exit, Explored, Obligation, Result, Verdict
from tmem_proofs.source import load, read_sources, source_folder
from tmem_spec.calls import FlushPool
from tmem_spec.words import EPHEMERAL

OBLIGATION = Obligation("insert", "height 1", "MEM-1")


def test_a_test_that_does_not_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told, and is no counterexample to hand out."""
    monkeypatch.setattr(trial, "PATIENCE", 1.0)
    monkeypatch.setattr(trial, "source_of", lambda *_: f"def {OBLIGATION.test_name}():\n    while True: pass\n")
    tried = trial.try_out(OBLIGATION, Example(FlushPool(POOL), EPHEMERAL, ()), load())
    assert (tried.test, tried.told) == ("", f"no test: {trial.ENDLESS}")


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("import nothing_of_that_name", "No module named 'nothing_of_that_name'"),
        ("def test_of_another_name(): pass", "has no attribute 'test_insert_height_1_mem_1'"),
        ("no Python", "SyntaxError"),
        ("import os; os._exit(1)", "no reason given"),
    ],
)
def test_a_test_that_cannot_be_run_shows_nothing(monkeypatch: pytest.MonkeyPatch, source: str, reason: str) -> None:
    """That a test is broken does not pass for a failure of the code; the refutation stands without it."""
    monkeypatch.setattr(trial, "source_of", lambda *_: source)
    tried = trial.try_out(OBLIGATION, Example(FlushPool(POOL), EPHEMERAL, ()), load())
    assert tried.test == ""
    assert tried.told.startswith(f"no test: {trial.BROKEN} ")
    assert reason in tried.told


def test_only_the_code_on_trial_is_run(tmp_path: Path) -> None:
    """Where another package would be imported, nothing is run."""
    with pytest.raises(trial.TrialError, match="not the code under trial"):
        trial.main(tmp_path, "test_it")


def test_a_failure_is_told_without_addresses() -> None:
    """Two trials tell the same, whatever lies where in memory; every line of the exception is told."""
    source = "def test_it():\n    raise ValueError(f'{object()!r}\\nand more')\n"
    assert trial.failure_of("test_it", source, load()) == "ValueError: <object object>\nand more"


def test_the_line_about_the_invariant_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of several lines, the one that names what was refuted; else the first."""
    example = Example(FlushPool(POOL), EPHEMERAL, ())
    for lines, told in (("one\ncall 2: MEM-1: found", "call 2: MEM-1: found"), ("one\nMEM-2: found", "one")):
        monkeypatch.setattr(trial, "failure_of", lambda *_, lines=lines: lines)
        assert trial.try_out(OBLIGATION, example, load()).told == f"a test that fails: {told}"


def test_a_path_without_values_is_no_history() -> None:
    """Where no store is found, that is said, and nothing is run."""
    assert trial.try_out(OBLIGATION, NO_STORE, load()) == ("", f"no test: {NO_STORE}", 0)


# The command.


def test_the_command_writes_tests(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """`--tests DIR` writes a file for each refutation that has a test, and names it; else the report says how to."""
    obligations = [Obligation("insert", "height 0", one) for one in ("SHR-1", "SHR-2", "SHR-3")]
    results = (
        Result(obligations[0], Verdict.REFUTED, 1, story="found: a root", test="def test_it(): ...\n"),
        Result(obligations[1], Verdict.REFUTED, 1, story="found: nothing to call"),
        Result(obligations[2], Verdict.PROVED, 1, witness="put"),
    )
    monkeypatch.setattr(prover, "prove", lambda *_, **__: [Explored(results, 1, 1, 1, 0.1)])
    folder = tmp_path / "new" / "tests"
    assert main(["prove", "insert/height 0/SHR-*", "--tests", str(folder)]) == Exit.REFUTED
    file = folder / "test_insert_height_0_shr_1.py"
    assert [path.name for path in folder.iterdir()] == [file.name]
    assert file.read_text(encoding="utf-8") == "def test_it(): ...\n"
    printed = capsys.readouterr().out
    assert f"  the test: {file}\n" in printed
    assert printed.count("the test: ") == 1
    assert main(["prove", "insert/height 0/SHR-*"]) == Exit.REFUTED
    assert "  the test: --tests DIR writes it, as test_insert_height_0_shr_1.py\n" in capsys.readouterr().out


def test_a_folder_that_cannot_be_written_is_wrong_usage(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Status 3, and no verdict."""
    (tmp_path / "file").touch()
    refuted = Result(Obligation("insert", "height 0", "SHR-1"), Verdict.REFUTED, 1, story="found: it", test="...")
    monkeypatch.setattr(prover, "prove", lambda *_, **__: [Explored((refuted,), 1, 1, 1, 0.1)])
    assert main(["prove", "insert/height 0/SHR-1", "--tests", str(tmp_path / "file")]) == Exit.USAGE
    assert "cannot write" in capsys.readouterr().err


def test_counterexamples_to_the_published_algorithm_are_written_too(tmp_path: Path) -> None:
    """`--published --tests DIR`: they fail when they are run, against the shipped package's own folder."""
    assert main(["prove", "--published", "insert/height 1/MEM-1", "--tests", str(tmp_path), "--jobs", "1"]) == 0
    ended = pytest_of(tmp_path, source_folder().parent)
    assert re.search(r"AssertionError: call \d: MEM-1: found", ended.stdout)
    assert ended.returncode == 1


# A fault in the shipped source itself.


@pytest.mark.parametrize("name", ["insert forgets pampd_count", "put keeps its lock"])
def test_a_fault_in_the_shipped_source_is_refuted_with_a_test(name: str, tmp_path: Path) -> None:
    """Replays that the fault spoils are no error of the engine then, though no verdict would count without it."""
    fault, by = fault_named(name)
    ended = prove_a_copy(fault, tmp_path / "one", by.name, "delete/height 1/SHR-2", f"--tests={tmp_path}")
    assert ended.returncode == Exit.REFUTED, ended.stderr
    assert f"REFUTED {by.name}" in ended.stdout
    assert "could not be replayed" in ended.stderr
    assert (tmp_path / f"{by.test_name}.py").exists()
    spoilt = prove_a_copy(fault, tmp_path / "two", "delete/height 1/SHR-2")
    assert spoilt.returncode == Exit.USAGE
    assert "no verdict counts: the shipped objects do not do what a path says" in spoilt.stderr


def test_a_replay_that_differs_is_kept_by_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the shipped objects do otherwise, it is said with the results of the case, whatever they are."""

    def differ(*_: object) -> bool:
        raise ReplayError("it differs")

    monkeypatch.setattr(catalogue, "_tree_replay", differ)
    explored = prove_scenario("delete", "height 1", ["SHR-1"])
    assert (explored.disagreement, explored.replayed) == ("ReplayError: it differs", 0)


def test_faults_are_put_into_the_source_that_is_tried() -> None:
    """What a trial runs is what was proved: the sources, with the fault."""
    fault, _ = fault_named("insert forgets pampd_count")
    assert dict(load(fault).sources) == read_sources(fault) != read_sources()
