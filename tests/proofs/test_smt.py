"""Transcripts: all that the solver is told and asked, in files that other solvers read as they are."""

from __future__ import annotations

import io
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings

from support.expressions import Expression, build, expressions, small
from tmem_proofs import prover
from tmem_proofs.cli import main
from tmem_proofs.engine.explorer import Path as ExploredPath
from tmem_proofs.engine.smt import Transcript
from tmem_proofs.engine.solver import Sat
from tmem_proofs.engine.symbolic import as_fact
from tmem_proofs.engine.terms import Terms
from tmem_proofs.recheck import recheck_file
from tmem_proofs.results import EngineError, Exit


@pytest.fixture(scope="module")
def transcript(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What the solver is asked of one case."""
    folder = tmp_path_factory.mktemp("smt")
    prover.prove_scenario("insert", "height 1", ["SHR-1", "CNT-5"], smt=folder)
    return prover.transcript_of(folder, "insert", "height 1").read_text(encoding="utf-8")


def test_a_transcript_has_every_question(transcript: str) -> None:
    """As many as are counted, each with its answer, some of each kind; scopes are closed."""
    explored = prover.prove_scenario("insert", "height 1", ["SHR-1", "CNT-5"])
    statuses = [transcript.count(f":status {answer})") for answer in ("sat", "unsat")]
    assert sum(statuses) == transcript.count("(check-sat)") == explored.queries
    assert min(statuses) > 0
    assert transcript.startswith("; insert/height 1\n(set-logic ALL)\n")
    assert transcript.count("(push 1)") == transcript.count("(pop 1)")


def test_z3_reads_a_transcript_as_it_stands(transcript: str) -> None:
    """The text alone, put to the command that comes with Z3, gives the answers that stand in it, and no error."""
    command = [str(Path(sys.executable).with_name("z3")), "-in"]
    ended = subprocess.run(command, input=transcript, capture_output=True, text=True, check=True, timeout=60)
    assert ended.stdout.split() == re.findall(r":status (\w+)\)", transcript)


def test_comments_say_what_a_question_is_for(transcript: str) -> None:
    """Questions are numbered from 1; each is on the way along a path, or about an invariant at the end of one."""
    told = re.findall(
        r"(?m)^; question (\d+), (?:on the way to|(?P<invariant>\S+) at) the end of path \d+: can it be that .+$",
        transcript,
    )
    assert [int(number) for number, _ in told] == list(range(1, transcript.count("(check-sat)") + 1))
    assert {invariant for _, invariant in told} == {"", "SHR-1", "CNT-5"}
    assert re.search(r"(?m)^; known: .*root\.slots_in_use \+ -\d+ < 0", transcript)


def test_writing_changes_nothing(tmp_path: Path) -> None:
    """A run that is written down asks the same, at the same cost: what is checked is what was proved."""
    plain = prover.prove_scenario("lookup", "height 1", ["SHR-1"])
    written = prover.prove_scenario("lookup", "height 1", ["SHR-1"], smt=tmp_path)
    assert (written.queries, written.resources) == (plain.queries, plain.resources)


def test_a_name_that_is_no_symbol_is_refused() -> None:
    """SMT-LIB cannot quote a bar: another solver would stumble over it, and the run says so at once."""
    terms = Terms()
    number = terms.unknown("a|b", 0, 3)
    with pytest.raises(EngineError, match=r"no symbol of SMT-LIB: a\|b"):
        Transcript(io.StringIO(), "").ask(terms.equal(number, terms.constant(1)))


def test_a_long_fact_is_not_shown_in_full() -> None:
    """A comment stays on one line, however long the fact that it is about."""
    terms, out = Terms(), io.StringIO()
    parts = [terms.unknown(f"a long name {number}", 0, 3) for number in range(50)]
    total = terms.constant(0)
    for one in parts:
        total = terms.add(total, one)
    assert Transcript(out, "").ask(terms.equal(total, terms.constant(7))) is Sat.YES
    comment = next(line for line in out.getvalue().splitlines() if line.startswith("; question"))
    assert comment.endswith(" ...")
    assert len(comment) < 250


def test_the_command_writes_a_file_for_each_case(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Also of what the cache holds: every question is asked anew, and the report says how much was written."""
    selected = ["lookup/height 0/*", "lookup/height 1/*"]
    assert main(["prove", *selected]) == Exit.PROVED
    assert main(["prove", *selected, "--smt", str(tmp_path / "smt")]) == Exit.PROVED
    printed = capsys.readouterr()
    assert "from the cache" not in printed.out
    assert re.search(r"2 files of SMT-LIB in .*smt, \d+\.\d MB", printed.err)
    written = {file.relative_to(tmp_path / "smt").as_posix() for file in (tmp_path / "smt").rglob("*.smt2")}
    assert written == {"lookup/height-0.smt2", "lookup/height-1.smt2"}


def test_no_two_cases_share_a_file(tmp_path: Path) -> None:
    """The names of files are those of cases, with hyphens; none coincide."""
    cases = {(one.operation, one.case) for one in prover.obligations()}
    assert len({prover.transcript_of(tmp_path, *case) for case in cases}) == len(cases)


@pytest.mark.parametrize("in_the_way", ["smt", "smt/lookup"])
def test_a_folder_that_cannot_be_written_is_said(
    in_the_way: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before anything is proved, and with the way out."""
    (tmp_path / in_the_way).parent.mkdir(exist_ok=True)
    (tmp_path / in_the_way).write_text("", encoding="utf-8")
    monkeypatch.setattr(prover, "prove", lambda *_, **__: pytest.fail("it went on"))
    assert main(["prove", "lookup", "--smt", str(tmp_path / "smt")]) == Exit.USAGE
    assert "--smt cannot write to" in (said := capsys.readouterr().err)
    assert "name another folder" in said


@settings(max_examples=40, deadline=None)
@given(expressions, small, small)
def test_another_solver_finds_an_expression_to_be_worth_the_same(expression: Expression, x: int, y: int) -> None:
    """Z3 in bit vectors and cvc5 in integers: given the unknowns, the value is Python's and no other."""
    out = io.StringIO()
    path = ExploredPath(solver := Transcript(out, "an expression"))
    unknowns = {"x": path.integer("x", -(2**70), 2**70), "y": path.integer("y", -(2**70), 2**70)}
    for name, value in (("x", x), ("y", y)):
        solver.add(as_fact(path.terms, unknowns[name] == value))
    differs = as_fact(path.terms, build(expression, unknowns) != build(expression, {"x": x, "y": y}))
    assert solver.ask(differs) is Sat.NO
    with tempfile.NamedTemporaryFile("w", suffix=".smt2", encoding="utf-8") as file:
        file.write(out.getvalue())
        file.flush()
        _, undecided = recheck_file(Path(file.name), out.getvalue().count("(check-sat)"))
    assert not undecided
