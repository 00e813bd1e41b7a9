"""Why to believe the solver: transcripts, a second solver that reads them, models that are checked, other seeds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tmem_proofs import prover, recheck, record, stability
from tmem_proofs.cli import main
from tmem_proofs.engine import explorer
from tmem_proofs.engine.solver import Solver
from tmem_proofs.results import EngineError, Exit, Explored, Obligation, Proof, Recheck, Result, Tools, Verdict
from tmem_proofs.stability import Stability

CASE = "insert/height 1/*"


@pytest.fixture(scope="module")
def transcript(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the solver is asked of one case."""
    folder = tmp_path_factory.mktemp("smt")
    prover.prove_scenario("insert", "height 1", ["SHR-1", "CNT-5"], smt=folder)
    return prover.transcript_of(folder, "insert", "height 1")


def test_a_transcript_has_every_question(transcript: Path) -> None:
    """As many as are counted, each with its answer, some of each kind; scopes are closed."""
    text = transcript.read_text(encoding="utf-8")
    explored = prover.prove_scenario("insert", "height 1", ["SHR-1", "CNT-5"])
    statuses = [text.count(f":status {answer})") for answer in ("sat", "unsat")]
    assert sum(statuses) == text.count("(check-sat)") == explored.queries
    assert min(statuses) > 0
    assert text.startswith("; insert, height 1\n(set-logic QF_BV)\n")
    assert text.count("(push 1)") == text.count("(pop 1)")


def test_cvc5_confirms_what_z3_says(transcript: Path) -> None:
    """Every question to which Z3 answers unsat is unsat to cvc5."""
    asked = transcript.read_text(encoding="utf-8").count(":status unsat)")
    assert recheck.recheck_file(transcript) == (asked, [])


def test_a_wrong_unsat_is_found(transcript: Path, tmp_path: Path) -> None:
    """An answer turned from sat to unsat is contradicted, with the number of its question."""
    wrong = tmp_path / "wrong.smt2"
    wrong.write_text(
        transcript.read_text(encoding="utf-8").replace(":status sat)", ":status unsat)", 1), encoding="utf-8"
    )
    with pytest.raises(EngineError, match="question 1 is unsatisfiable to Z3, and satisfiable to cvc5"):
        recheck.recheck_file(wrong)


def test_what_cvc5_cannot_answer_is_not_confirmed(transcript: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An unknown answer is reported by the number of its question."""

    def commands(_: Path) -> Iterator[tuple[str, str, Any]]:
        yield "set-info", "(set-info :status unsat)", lambda: ""
        yield "check-sat", "(check-sat)", lambda: "unknown"

    monkeypatch.setattr(recheck, "_commands", commands)
    assert recheck.recheck_file(transcript) == (0, [f"{transcript}: question 1: unknown"])


def test_the_command_rechecks(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """The report says how many answers are confirmed, and so does the JSON; the transcripts asked for stay."""
    assert main(["prove", CASE, "--recheck", "--smt", str(tmp_path / "smt"), "--json", str(tmp_path / "out.json")]) == 0
    found = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))["recheck"]
    assert found["confirmed"] > 0
    assert found["undecided"] == []
    told = f"{found['confirmed']} of {found['confirmed']} unsat answers of Z3 confirmed by {found['solver']}"
    assert told in capsys.readouterr().out
    assert (tmp_path / "smt" / "insert" / "height-1.smt2").is_file()


def test_what_is_not_confirmed_is_no_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything is proved, and one answer is not confirmed: status 2."""
    monkeypatch.setattr(recheck, "recheck", lambda *_: Recheck("cvc5", 3, ("a question: unknown",)))
    assert main(["prove", "lookup/height 1/*", "--recheck"]) == Exit.UNDECIDED


def test_a_recheck_is_written_and_read() -> None:
    """As JSON and back, nothing is lost."""
    proof = Proof((), 1.0, Tools("0", "3", "5"), recheck=Recheck("cvc5", 3, ("a question: unknown",)))
    assert record.read(json.dumps(record.document(proof, 2))).recheck == proof.recheck


def test_a_wrong_model_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Values that do not satisfy what the solver says they do are an error of the engine, at the first question."""

    class Wrong:
        def __getitem__(self, _: object) -> int:
            return 0

    def program(path: explorer.Path) -> None:
        number: Any = path.integer("number", 0, 100)
        path.assume(number * number == 49)

    monkeypatch.setattr(Solver, "values", lambda _: Wrong())
    with pytest.raises(EngineError, match="the solver says that its values satisfy"):
        list(explorer.explore(program))


def run_of(verdict: Verdict, resources: int) -> tuple[Explored, ...]:
    """A run of one obligation."""
    result = Result(Obligation("insert", "height 1", "SHR-1"), verdict, 3)
    return (Explored((result,), 3, 5, resources, 0.1),)


@pytest.mark.parametrize(
    ("verdicts", "status"),
    [
        ((Verdict.PROVED, Verdict.PROVED), Exit.PROVED),
        ((Verdict.REFUTED, Verdict.REFUTED), Exit.REFUTED),
        ((Verdict.PROVED, Verdict.REFUTED), Exit.UNDECIDED),
        ((Verdict.PROVED, Verdict.UNKNOWN), Exit.UNDECIDED),
        ((Verdict.UNKNOWN, Verdict.UNKNOWN), Exit.UNDECIDED),
        ((Verdict.VACUOUS, Verdict.VACUOUS), Exit.UNDECIDED),
    ],
)
def test_a_verdict_that_hangs_on_luck_is_none(verdicts: tuple[Verdict, ...], status: Exit) -> None:
    """What differs from seed to seed, or is unknown with one, is named, and no pass."""
    found = Stability(tuple(run_of(one, 100 + 30 * number) for number, one in enumerate(verdicts)))
    assert found.exit() is status
    text = "\n".join(stability.lines(found))
    varies = len(set(verdicts)) > 1 or Verdict.UNKNOWN in verdicts
    assert ("UNSTABLE insert/height 1/SHR-1" in text) is varies
    assert "100 to 130 (median 115, x1.30)" in text


def test_a_seed_changes_what_z3_does() -> None:
    """Else there would be nothing to measure: the resources differ, the verdicts do not."""
    runs = [prover.prove_scenario("get", "height 2", ["COH-1"], seed=seed) for seed in (0, 1, 2)]
    assert len({one.resources for one in runs}) > 1
    assert {one.results[0].verdict for one in runs} == {Verdict.PROVED}


def test_the_command_tries_seeds(capsys: pytest.CaptureFixture[str]) -> None:
    """It says how costs spread, which cases vary most, and that no verdict does."""
    assert main(["prove", "lookup", "--seeds", "2", "--no-cache"]) == Exit.PROVED
    out = capsys.readouterr().out
    assert out.startswith("2 seeds: ")
    assert "0 verdicts differ" in out


@pytest.mark.parametrize("other", [["--smt", "x"], ["--recheck"], ["--json", "x"]])
def test_seeds_go_alone(other: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Options of a single run are refused, by name."""
    assert main(["prove", "lookup", "--seeds", "2", *other]) == Exit.USAGE
    assert f"leave out {other[0]}" in capsys.readouterr().err


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Before anything is proved."""
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert main(["prove", "lookup", "--smt", str(tmp_path / "file" / "smt")]) == Exit.USAGE
    assert "cannot write to" in capsys.readouterr().err
