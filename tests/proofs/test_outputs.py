"""What machines read of a proof run: each document is valid, and says what was found."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema
import pytest

from support.proofs import MIXED, STORY, result, run
from tmem_proofs import prover, reach, record
from tmem_proofs.cli import main
from tmem_proofs.outputs import github, junit, sarif
from tmem_proofs.places import Place
from tmem_proofs.results import Exit, Proof, Reach, Verdict
from tmem_spec import named

ROOT = Path(__file__).parents[2]
CHEAP = "delete/height 1/*"
RESULT_SCHEMA = json.loads(Path(record.__file__).with_name("result.schema.json").read_text(encoding="utf-8"))
SARIF_SCHEMA = Path(__file__).with_name("sarif-schema-2.1.0.json")


def validate(document: Any, schema: Any) -> None:
    """Raise jsonschema.ValidationError unless the document is valid."""
    jsonschema.validators.validator_for(schema)(schema).validate(document)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the documents of one real run."""
    folder = tmp_path_factory.mktemp("written")
    files = [f"--{kind}={folder / 'new' / kind}" for kind in ("json", "junit", "sarif")]
    assert main(["prove", CHEAP, "--no-cache", *files]) == Exit.PROVED
    return folder / "new"


# JSON.


@pytest.mark.parametrize("proof", [MIXED, run(result("insert/height 1/SHR-1", Verdict.PROVED))])
def test_json_is_as_its_schema_says(proof: Proof) -> None:
    """result.schema.json describes what is written, whatever the verdicts."""
    validate(record.document(proof, Exit.REFUTED), RESULT_SCHEMA)


def test_json_of_a_run_tells_every_obligation(written: Path) -> None:
    """A real run's JSON is valid, names each obligation with a witness, and sums up what it lists."""
    found = json.loads((written / "json").read_text())
    validate(found, RESULT_SCHEMA)
    listed = [one for case in found["cases"] for one in case["obligations"]]
    assert [one["name"] for one in listed] == [one.name for one in prover.obligations() if one.matches(CHEAP)]
    assert all("flush_page" in one["witness"] for one in listed)
    assert found["closing"] == f"{len(listed)} passed, 0 failed"
    assert found["totals"]["proved"] == len(listed)
    assert found["totals"]["resources"] == sum(case["resources"] for case in found["cases"]) > 0


def test_json_is_read_back_as_it_was() -> None:
    """Nothing of a run is lost on the way through its JSON."""
    assert record.read(json.dumps(record.document(MIXED, Exit.REFUTED))) == MIXED


def without(name: str) -> Callable[[dict[str, Any]], object]:
    """Leave a field out."""
    return lambda found: found.pop(name)


SPOILT: dict[str, Callable[[dict[str, Any]], object]] = {
    "no cases": without("cases"),
    "other format": lambda found: found.update(format="tmem audit"),
    "later version": lambda found: found.update(version=2),
    "no verdict": lambda found: found["cases"][0]["obligations"][0].pop("verdict"),
    "other verdict": lambda found: found["cases"][0]["obligations"][0].update(verdict="passed"),
    "no test": lambda found: found["cases"][0]["obligations"][0].pop("test"),
    "nothing for a test": lambda found: found["cases"][0]["obligations"][0].update(test=None),
    "truth for a number": lambda found: found["cases"][0].update(paths=True),
    "text for a number": lambda found: found["cases"][0].update(resources="7"),
    "no obligations": lambda found: found["cases"][0].update(obligations=[]),
    "no Z3": lambda found: found["tools"].pop("z3"),
}


@pytest.mark.parametrize("spoil", SPOILT.values(), ids=SPOILT)
def test_other_json_is_refused(spoil: Callable[[dict[str, Any]], object]) -> None:
    """Neither the schema nor the reader takes what is not of this form."""
    found = record.document(MIXED, Exit.REFUTED)
    spoil(found)
    with pytest.raises(jsonschema.ValidationError):
        validate(found, RESULT_SCHEMA)
    with pytest.raises(record.RecordError):
        record.read(json.dumps(found))


# JUnit.


def test_junit_has_a_test_case_for_each_obligation(written: Path) -> None:
    """JUnit: suites with counts, and each obligation as `operation.case` and invariant; all of them pass."""
    suites = ET.fromstring((written / "junit").read_text(encoding="utf-8"))  # noqa: S314 - it was written here
    found = [(one.get("classname"), one.get("name")) for one in suites.iterfind("testsuite/testcase")]
    wanted = [one for one in prover.obligations() if one.matches(CHEAP)]
    assert found == [("delete.height 1", one.invariant) for one in wanted]
    assert (suites.tag, suites.get("tests"), suites.get("failures")) == ("testsuites", str(len(wanted)), "0")


def test_junit_tells_what_is_not_proved() -> None:
    """A refutation is a failure with its story; unknown and vacuous are errors; counts agree with what is listed."""
    suites = ET.fromstring(junit.junit(MIXED))  # noqa: S314 - it was written here
    kinds = {
        case.get("name"): (child.tag, child.get("type"))
        for case in suites.iter("testcase")
        for child in case
    }  # fmt: skip
    assert kinds == {"SHR-2": ("failure", "refuted"), "COH-4": ("error", "unknown"), "CNT-1": ("error", "vacuous")}
    (failure,) = suites.iter("failure")
    assert failure.get("message") == "REFUTED insert/height 1/SHR-2: No objnode is empty."
    assert 'found: <objnode & "slots">, 100%, \\x00' in (failure.text or "")
    for suite in (suites, *suites.iterfind("testsuite")):
        counts = [len(list(suite.iter(tag))) for tag in ("testcase", "failure", "error")]
        assert [int(suite.get(name, "")) for name in ("tests", "failures", "errors")] == counts


# SARIF.


def log(proof: Proof) -> Any:
    """A run as SARIF, parsed."""
    return json.loads(sarif.sarif(proof, Exit.REFUTED))


def test_the_sarif_schema_is_the_official_one() -> None:
    """The schema is to the letter that of OASIS, as the source distribution of sarif-pydantic 0.6.2 has it."""
    digest = hashlib.sha256(SARIF_SCHEMA.read_bytes()).hexdigest()
    assert digest == "6352a05f9d03f181b8d9c71a46bdacc4fcff9d8ade5364858b425ba0c0994ed7"


def test_sarif_is_valid(written: Path) -> None:
    """SARIF 2.1.0, by its official schema: of a run that proved all, and of one that did not."""
    schema = json.loads(SARIF_SCHEMA.read_text(encoding="utf-8"))
    proved = json.loads((written / "sarif").read_text())
    for found in (proved, log(MIXED)):
        validate(found, schema)
        with pytest.raises(jsonschema.ValidationError):
            validate(found | {"runs": [found["runs"][0] | {"tool": {}}]}, schema)
    assert proved["runs"][0]["results"] == []


def test_sarif_rules_are_invariants() -> None:
    """Each invariant asked for is a rule, with its sentence, and help that tells level, source and predicate."""
    rules = log(MIXED)["runs"][0]["tool"]["driver"]["rules"]
    assert [one["id"] for one in rules] == ["SHR-1", "SHR-2", "COH-4", "CNT-1"]
    assert rules[1]["shortDescription"]["text"] == "No objnode is empty."
    assert named("SHR-2").level.value in rules[1]["help"]["text"]
    assert "spec/tmem_spec/law.py:" in rules[1]["help"]["text"]


def test_sarif_results_lie_where_they_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """A result names its rule, has the story, and lies at the shipped function; related is the predicate."""
    monkeypatch.chdir(ROOT)
    results = log(MIXED)["runs"][0]["results"]
    assert [(one["ruleId"], one["ruleIndex"], one["level"]) for one in results] == [
        ("SHR-2", 1, "error"),
        ("CNT-1", 3, "warning"),
        ("COH-4", 2, "warning"),
    ]
    assert STORY in results[0]["message"]["text"]
    assert line_at(results[0]["locations"][0]).startswith("def put(")
    assert line_at(results[0]["relatedLocations"][0]).startswith("def shr_2(")
    assert line_at(results[1]["locations"][0]).startswith("def flush_page(")


def line_at(location: Any) -> str:
    """The line of this repository that a location names."""
    physical = location["physicalLocation"]
    lines = (ROOT / physical["artifactLocation"]["uri"]).read_text(encoding="utf-8").splitlines()
    return str(lines[physical["region"]["startLine"] - 1])


def test_a_location_is_a_uri(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A file is named from the top of the checkout, and what a URI cannot hold is written otherwise."""
    monkeypatch.chdir(tmp_path)
    place = Place(tmp_path / "a folder" / "file.py", 3, 4)
    assert str(place) == "a folder/file.py:3"
    assert place.uri == "a%20folder/file.py"
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path / "a folder"))
    assert place.uri == "file.py"


# GitHub.


def test_github_marks_failures_at_their_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each failure is a workflow command of one line, whose file and title cannot be taken for another property."""
    monkeypatch.chdir(ROOT)
    refuted, *others = github.workflow_commands(MIXED)
    found = re.fullmatch(r"::error file=impl/tmem/_operations.py,line=(\d+),title=([^,:\n]+)::([^\n\r]+)", refuted)
    assert found is not None
    assert found[2] == "REFUTED insert/height 1/SHR-2"
    assert "%0Acall:%0A" in found[3]
    assert "100%25" in found[3]
    assert [one.partition("title=")[2].partition(" ")[0] for one in others] == ["VACUOUS", "UNKNOWN"]


def test_nothing_in_a_title_ends_it() -> None:
    """Commas and colons, which separate properties, are written otherwise in one."""
    (command,) = github.workflow_commands(run(result("insert/height 1, or: 2/SHR-2", Verdict.REFUTED)))
    assert "title=REFUTED insert/height 1%2C or%3A 2/SHR-2::" in command


def test_github_gets_marks_and_a_summary(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """In a workflow, failures are printed as commands before the closing line, and the summary is added to."""
    monkeypatch.setattr(prover, "prove", lambda *_, **__: MIXED.explored)
    monkeypatch.setattr(prover, "obligations", lambda: [one.obligation for one in MIXED.results])
    monkeypatch.setattr(reach, "measure", lambda: Reach(300, ()))
    (tmp_path / "page").write_text("# before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "page"))
    assert main(["prove", "--no-cache"]) == Exit.REFUTED
    assert "::error" not in capsys.readouterr().out
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    assert main(["prove", "--no-cache"]) == Exit.REFUTED
    printed = capsys.readouterr().out.splitlines()
    assert sum(line.startswith("::error file=") for line in printed) == 3
    assert printed[-1] == "1 passed, 3 failed"
    page = (tmp_path / "page").read_text(encoding="utf-8")
    assert page.startswith("# before\n")
    assert page.count("## tmem prove: 1 passed, 3 failed") == 2
    assert "| insert | ✓ SHR-1 1 · ✗ SHR-2 1 |" in page


def test_a_summary_keeps_to_its_size() -> None:
    """Twenty stories are enough: GitHub would cut off what is longer than a mebibyte."""
    many = run(*(result(f"insert/height {height}/SHR-2", Verdict.REFUTED) for height in range(25)))
    page = github.summary(many)
    assert page.count("**REFUTED") == 20
    assert "and 5 more" in page


# Where the documents go.


def test_a_document_may_go_to_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    """With `-` standard output is the document alone, and the text goes to standard error, closing line last."""
    assert main(["prove", CHEAP, "--json", "-"]) == Exit.PROVED
    printed = capsys.readouterr()
    validate(json.loads(printed.out), RESULT_SCHEMA)
    assert printed.err.splitlines()[-1] == "12 passed, 0 failed"


def test_standard_output_takes_one_document(capsys: pytest.CaptureFixture[str]) -> None:
    """Two documents on one stream would be none."""
    assert main(["prove", CHEAP, "--json", "-", "--sarif", "-"]) == Exit.USAGE
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "takes one document" in printed.err


def test_a_file_that_cannot_be_written_is_found_out_first(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A place where nothing can be written ends the command before anything is proved."""
    monkeypatch.setattr(prover, "prove", lambda *_, **__: pytest.fail("proved in vain"))
    (tmp_path / "file").touch()
    assert main(["prove", CHEAP, "--json", str(tmp_path / "file" / "result.json")]) == Exit.USAGE
    assert "cannot write" in capsys.readouterr().err


def test_a_run_that_breaks_leaves_no_result_of_another(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """An error of the prover itself ends with status 3, its traceback, and no document of an earlier run in place."""

    def broken(*_: object, **__: object) -> None:
        message = "out of memory"
        raise RuntimeError(message)

    monkeypatch.setattr(prover, "prove", broken)
    file = tmp_path / "result.xml"
    file.write_text("<testsuites tests='12' failures='0'/>")
    assert main(["prove", CHEAP, "--junit", str(file)]) == Exit.USAGE
    assert "RuntimeError: out of memory" in capsys.readouterr().err
    assert file.read_text() == ""
