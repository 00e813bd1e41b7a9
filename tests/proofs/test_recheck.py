"""The recheck: a second solver answers again, models are held against facts, and wrong answers are found out."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tmem_proofs import prover, recheck, record
from tmem_proofs.cli import main
from tmem_proofs.engine import explorer
from tmem_proofs.engine.solver import Sat, Solver
from tmem_proofs.results import EngineError, Exit, Proof, Recheck, Tools


@pytest.fixture(scope="module")
def transcript(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the solver is asked of one case."""
    folder = tmp_path_factory.mktemp("smt")
    prover.prove_scenario("insert", "height 1", ["SHR-1", "CNT-5"], smt=folder)
    return prover.transcript_of(folder, "insert", "height 1")


def questions_of(text: str) -> int:
    """How many questions a transcript has."""
    return text.count("(check-sat)")


@pytest.fixture
def changed(transcript: Path, tmp_path: Path) -> Callable[[str, str], Path]:
    """The transcript with a text replaced where it first stands."""

    def change(before: str, after: str) -> Path:
        text = transcript.read_text(encoding="utf-8")
        assert before in text
        file = tmp_path / "changed.smt2"
        file.write_text(text.replace(before, after, 1), encoding="utf-8")
        return file

    return change


def test_cvc5_confirms_what_z3_says(transcript: Path) -> None:
    """Every question to which Z3 answers unsat is unsat to cvc5."""
    text = transcript.read_text(encoding="utf-8")
    assert recheck.recheck_file(transcript, questions_of(text)) == (text.count(":status unsat)"), [])


def test_a_wrong_unsat_is_found(transcript: Path, changed: Callable[[str, str], Path]) -> None:
    """An answer turned from sat to unsat is contradicted; the message names the case, the claim and the question."""
    asked = questions_of(transcript.read_text(encoding="utf-8"))
    said = r"^insert/height 1, question \d+, .* the end of path 1: can it be that .*: Z3 says that it cannot, and cvc5"
    with pytest.raises(EngineError, match=said):
        recheck.recheck_file(changed(":status sat)", ":status unsat)"), asked)


def test_a_lost_question_is_found(transcript: Path, changed: Callable[[str, str], Path]) -> None:
    """What is not in the file is not confirmed: there must be as many questions as Z3 was asked."""
    asked = questions_of(transcript.read_text(encoding="utf-8"))
    with pytest.raises(EngineError, match=f"has {asked - 1} questions, and Z3 was asked {asked}"):
        recheck.recheck_file(changed("(check-sat)", ""), asked)


@pytest.mark.parametrize("wrong", ["(assert no_such_name)", "(assert (= #b0 #b00))", "(pop 9)", "(nonsense"])
def test_a_file_that_cvc5_cannot_follow_confirms_nothing(wrong: str, changed: Callable[[str, str], Path]) -> None:
    """A command that is not carried out would leave cvc5 with other facts than Z3 had."""
    with pytest.raises(EngineError, match="cvc5 cannot"):
        recheck.recheck_file(changed("(push 1)", f"{wrong}\n(push 1)"), 0)


def test_what_cvc5_cannot_answer_is_not_confirmed(transcript: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With next to no resources cvc5 gives up: no error, no confirmation, and each question is named."""
    monkeypatch.setattr(recheck, "RESOURCES_A_QUESTION", 1)
    text = transcript.read_text(encoding="utf-8")
    confirmed, undecided = recheck.recheck_file(transcript, questions_of(text))
    assert undecided
    assert confirmed + len(undecided) == text.count(":status unsat)")
    assert all(one.startswith("insert/height 1, question ") and ": unknown" in one for one in undecided)


def test_a_solver_that_says_unsat_where_it_is_not_is_refuted(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It would prove anything: each question about a claim is answered `it cannot be`. cvc5 says that it can."""
    right = Solver.ask

    def ask(solver: Solver, fact: Any) -> Sat:
        answer = right(solver, fact)
        return Sat.NO if getattr(solver, "_about", "").startswith("COH-1") else answer

    monkeypatch.setattr(Solver, "ask", ask)
    assert main(["prove", "lookup/height 1/COH-1", "--recheck", "--jobs", "1"]) == Exit.USAGE
    said = capsys.readouterr().err
    assert "no verdict counts: lookup/height 1, question" in said
    assert "COH-1 at the end of path" in said


class _Zeroes:
    """Values that satisfy little."""

    def __getitem__(self, _: object) -> int:
        return 0


def _square(path: explorer.Path) -> None:
    number: Any = path.integer("number", 0, 100)
    path.assume(number * number == 49)


def _forgiving(path: explorer.Path) -> None:
    with suppress(Exception):  # as code under proof may
        _square(path)


@pytest.mark.parametrize("program", [_square, _forgiving])
def test_a_wrong_model_is_found(program: Callable[[explorer.Path], None], monkeypatch: pytest.MonkeyPatch) -> None:
    """Values that do not satisfy what the solver says they do are an error, even if the code that asked swallows it."""
    monkeypatch.setattr(Solver, "values", lambda _: _Zeroes())
    with pytest.raises(EngineError, match="the solver says that its values satisfy"):
        list(explorer.explore(program))


def test_a_solver_that_says_sat_where_it_is_not_is_refuted(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It would find paths that are none: its values do not satisfy them, which any run finds out by itself."""
    right = Solver.ask

    def ask(solver: Solver, fact: Any) -> Sat:
        right(solver, fact)
        return Sat.YES

    monkeypatch.setattr(Solver, "ask", ask)
    monkeypatch.setattr(Solver, "values", lambda _: _Zeroes())
    assert main(["prove", "lookup/height 1/COH-1", "--no-cache", "--jobs", "1"]) == Exit.USAGE
    assert "no verdict counts: the solver says that its values satisfy" in capsys.readouterr().err


def test_the_command_rechecks(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """The report says how many answers are confirmed, and so does the JSON; the transcripts asked for stay."""
    selected = ["prove", "insert/height 1/SHR-*", "height_for", "--recheck", "--jobs", "1"]
    assert main([*selected, "--smt", str(tmp_path / "smt"), "--json", str(tmp_path / "out.json")]) == Exit.PROVED
    found = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))["recheck"]
    assert found["confirmed"] > 0
    assert found["undecided"] == []
    told = f"{found['confirmed']} of {found['confirmed']} unsat answers of Z3 confirmed by {found['solver']}"
    assert told in capsys.readouterr().out
    assert found["solver"].startswith("cvc5 1.")
    assert (tmp_path / "smt" / "insert" / "height-1.smt2").is_file()


def test_what_is_not_confirmed_is_no_pass(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Everything is proved, and one answer is not confirmed: it is named, and the status is 2."""
    monkeypatch.setattr(recheck, "recheck", lambda *_: Recheck("cvc5", 3, ("a question: unknown",)))
    assert main(["prove", "lookup/height 1/*", "--recheck"]) == Exit.UNDECIDED
    said = capsys.readouterr().out
    assert "3 of 4 unsat answers of Z3 confirmed by cvc5" in said
    assert "not confirmed: a question: unknown" in said


def test_a_recheck_is_written_and_read() -> None:
    """As JSON and back, nothing is lost."""
    proof = Proof((), 1.0, Tools("0", "3", "5"), recheck=Recheck("cvc5", 3, ("a question: unknown",)))
    assert record.read(json.dumps(record.document(proof, 2))).recheck == proof.recheck


def test_without_cvc5_the_way_out_is_named() -> None:
    """At once, not when everything is proved."""
    program = "import sys; sys.modules['cvc5'] = None; from tmem_proofs.cli import main; sys.exit(main())"
    command = [sys.executable, "-c", program, "prove", "lookup", "--recheck"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert ended.returncode == Exit.USAGE
    assert "cvc5" in ended.stderr
    assert "pip install 'tmem[prove]'" in ended.stderr
    assert not ended.stdout


@pytest.mark.parametrize("option", [["--recheck"], ["--smt", "x"], ["--seeds", "2"]])
def test_the_published_algorithm_goes_alone(option: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """An option that would be ignored is refused, by name."""
    assert main(["prove", "--published", *option]) == Exit.USAGE
    assert f"leave out {option[0]}" in capsys.readouterr().err
