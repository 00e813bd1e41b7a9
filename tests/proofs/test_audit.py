"""`tmem audit`: what must be trusted, what is proved, what is only tested."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

import tmem_spec
from tmem_proofs import audit, cache, prover, shipped
from tmem_proofs.assumptions import ASSUMPTIONS, Assumption, Kind
from tmem_proofs.claims import catalogue
from tmem_proofs.cli import main
from tmem_proofs.results import Exit
from tmem_proofs.source import source_folder

OPERATIONS = [one.operation for one in prover.obligations()]

SOURCE = '''\
"""A module.

With a docstring.
"""

import os  # a line of code, with a comment

# A comment alone.
class Thing:
    """A class."""

    text = """a value
    of two lines"""

    def method(self) -> str:
        """A method."""
        return (
            self.text
        )
'''


def test_a_line_of_code_holds_more_than_comment_or_docstring() -> None:
    """Blank lines, comments and docstrings do not count; every line of a statement does, and of a text that is one."""
    assert audit.code_lines(SOURCE) == {6, 9, 12, 13, 15, 17, 18, 19}


def test_every_file_is_in_the_audit_once() -> None:
    """Each file that holds code is listed, in one group, or, if shipped, in two at most; all its lines are counted."""
    found = audit.entries(OPERATIONS)
    for package in (Path(audit.__file__).parent, source_folder(), cache._folder("tmem_spec")):
        for path in package.rglob("*.py"):
            name = path.relative_to(package.parent).as_posix()
            lines = audit.code_lines(path.read_text(encoding="utf-8"))
            listed = [one for one in found if one.file == name]
            assert sum(one.lines for one in listed) == len(lines), name
            assert len({one.group for one in listed}) == len(listed) <= (2 if name.startswith("tmem/") else 1), name


def test_what_a_verdict_passes_through_is_trusted() -> None:
    """Specification, engine, claims, prover, cache and command are trusted; reports and the published code are not."""
    trusted = {one.file for one in audit.entries(OPERATIONS) if one.group == "trusted"}
    passed = {
        "engine/solver",
        "engine/heap",
        "claims/invariants",
        "prover",
        "source",
        "story",
        "results",
        "cache",
        "cli",
    }
    assert {f"tmem_proofs/{name}.py" for name in passed} <= trusted
    assert {"tmem_spec/law.py", "tmem_spec/machine.py"} <= trusted
    shown = {"report", "audit", "outputs/sarif", "published", "faults"}
    assert trusted & {f"tmem_proofs/{name}.py" for name in shown} == set()


def test_what_is_proved_is_told_function_by_function() -> None:
    """The functions that the operations reach are proved; what examines the store, or belongs to a user, is not."""
    proved = set(shipped.under_proof(OPERATIONS))
    assert {"_operations.put", "_operations._put_new", "_tree.insert", "_tree._shrink", "_pool.release"} <= proved
    assert proved & {"_check.check_pool", "host.MemoryPam.create", "_tree.Objnode.__init__"} == set()
    assert proved <= set(shipped.functions())


@pytest.mark.parametrize(
    ("operation", "case"), [("insert", "height 1"), ("delete", "height 1"), ("Tmem.flush_object", "any store")]
)
def test_every_function_that_a_proof_runs_is_counted(
    monkeypatch: pytest.MonkeyPatch, operation: str, case: str
) -> None:
    """No path of a proof leads through a shipped function that is not listed as reached by its operation."""
    ran = set()

    def note(frame: FrameType, event: str, _: Any) -> None:
        file = Path(frame.f_code.co_filename)
        if event == "call" and frame.f_globals["__name__"].startswith("tmem_under_proof_"):
            ran.add(f"{file.stem}.{frame.f_code.co_qualname}")

    monkeypatch.setattr(catalogue, "_tree_replay", lambda *_: True)  # which runs the rest of the package too
    before = sys.getprofile()
    sys.setprofile(note)
    try:
        prover.prove_scenario(operation, case, ["ERR-2"])
    finally:
        sys.setprofile(before)
    # What the state before the call, and what callbacks give, is made of, is made by the engine.
    ran = {one for one in ran & set(shipped.functions()) if not one.endswith(".__init__")}
    assert shipped.function_of(operation) in ran
    assert ran <= set(shipped.under_proof([operation]))


@pytest.mark.parametrize("operation", sorted(set(OPERATIONS)))
def test_every_operation_has_a_place(operation: str) -> None:
    """Reports can say of each operation which function it runs, and where that is: shipped, or the specification's."""
    place = shipped.place_of_operation(operation)
    specified = operation.startswith("spec.")
    assert place.file.parent == (Path(tmem_spec.__file__).parent if specified else source_folder())
    assert place.source().startswith("def ")


def test_the_audit_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """The text lists each group with its lines, the ratios, and every assumption."""
    assert main(["audit"]) == Exit.PROVED
    printed = capsys.readouterr().out
    proved = audit.total(audit.entries(OPERATIONS), "proved")
    assert f"under proof run, {proved} lines" in printed
    assert "for each line proved" in printed
    assert all(one.sentence in printed for one in ASSUMPTIONS)


def test_ratios_are_per_line_proved() -> None:
    """Specification, claims, and the rest that is trusted, each divided by the lines proved."""
    found = [
        audit.Entry("trusted", "tmem_spec/law.py", 30),
        audit.Entry("trusted", "tmem_proofs/claims/shape.py", 20),
        audit.Entry("trusted", "tmem_proofs/prover.py", 50),
        audit.Entry("proved", "tmem/_tree.py", 10),
        audit.Entry("tested", "tmem/_check.py", 10),
    ]
    assert audit.ratios(found) == {"specification": 3.0, "claims": 2.0, "engine and prover": 5.0}


@pytest.fixture
def stored(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Path:
    """The audit of now, in a file."""
    assert main(["audit", "--json"]) == Exit.PROVED
    file = tmp_path / "audit.json"
    file.write_text(capsys.readouterr().out)
    return file


def test_an_audit_agrees_with_itself_whatever_its_lines(capsys: pytest.CaptureFixture[str], stored: Path) -> None:
    """Counts of lines may differ; status 0."""
    audited = json.loads(stored.read_text())
    for entry in audited["entries"]:
        entry["lines"] += 1
    stored.write_text(json.dumps(audited))
    assert main(["audit", "--compare", str(stored)]) == Exit.PROVED
    assert capsys.readouterr().out == "as before\n"


def test_what_is_trusted_anew_is_a_difference(capsys: pytest.CaptureFixture[str], stored: Path) -> None:
    """A file that was not trusted before, and one that is not any more, are told, with status 1."""
    audited = json.loads(stored.read_text())
    (law,) = [one for one in audited["entries"] if one["file"] == "tmem_spec/law.py"]
    law["file"] = "tmem_spec/rules.py"
    stored.write_text(json.dumps(audited))
    assert main(["audit", "--compare", str(stored)]) == Exit.REFUTED
    assert capsys.readouterr().out.splitlines() == ["- trusted tmem_spec/rules.py", "+ trusted tmem_spec/law.py"]


def test_what_is_proved_no_more_is_a_difference(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, stored: Path
) -> None:
    """An operation whose proof is dropped takes its functions out of the proved ones."""
    kept = [one for one in prover.obligations() if one.operation == "insert"]
    monkeypatch.setattr(prover, "obligations", lambda: kept)
    assert main(["audit", "--compare", str(stored)]) == Exit.REFUTED
    printed = capsys.readouterr().out.splitlines()
    assert not any(line.endswith("_operations.put") for line in printed)
    assert "- proved tmem/_operations.py: _operations.get" in printed
    assert "+ tested tmem/_operations.py: _operations.get" in printed


def test_a_new_assumption_is_a_difference(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, stored: Path
) -> None:
    """To assume more than before is told, with status 1."""
    monkeypatch.setattr(audit, "ASSUMPTIONS", (*ASSUMPTIONS, Assumption(Kind.PREMISE, "the moon is full")))
    assert main(["audit", "--compare", str(stored)]) == Exit.REFUTED
    assert capsys.readouterr().out == "+ assumed before the call: the moon is full\n"


@pytest.mark.parametrize(
    "content",
    [
        None,
        "",
        "[]",
        "{}",
        '{"format": "tmem prove", "version": 1, "entries": [], "assumed": []}',
        '{"format": "tmem audit", "version": 2, "entries": [], "assumed": []}',
    ],
)
def test_what_is_no_audit_is_wrong_usage(
    content: str | None, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """A file that is missing or holds no audit ends with status 3."""
    if content is not None:
        (tmp_path / "audit.json").write_text(content)
    assert main(["audit", "--compare", str(tmp_path / "audit.json")]) == Exit.USAGE
    assert "cannot compare" in capsys.readouterr().err
