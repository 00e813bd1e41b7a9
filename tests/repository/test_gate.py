"""The gate on instruction counts: what is red, what is green, and what is no pass. `make gate` is what counts."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest

from bench import gate, gate_counting, gate_judging
from bench.gate_cases import YARDSTICK, Case, all_cases, loop_of
from bench.gate_counting import Counts, NotMeasuredError
from bench.gate_workload import status

ROOT = Path(__file__).parents[2]
IMPL = ROOT / "impl"
PUT, GET = "put, new page", "get, persistent page"
KIND = gate_judging.kind_of_python()
CLOSING = r"gate: \d+ cases, \d+ dearer"  # as in .ci/run


def counts(put: float, get: float | None = 400.0, unit: float = 1000.0, build: str = "pure") -> Counts:
    """What a run counts where a put and a get cost so much, and the yardstick `unit`."""
    found = {YARDSTICK[0]: unit / 2, YARDSTICK[1]: unit / 2, PUT: put}
    return Counts(build, found if get is None else {**found, GET: get})


@pytest.fixture
def figures(tmp_path: Path) -> Path:
    """A file of figures in which a put costs 0.8 yardsticks and a get 0.4."""
    file = tmp_path / "gate.json"
    file.write_text(json.dumps({KIND: {"pure": {PUT: 0.8, GET: 0.4}}, "another": {}}), encoding="utf-8")
    return file


def run(monkeypatch: pytest.MonkeyPatch, figures: Path, found: Counts, *more: str) -> int:
    """The exit status of the gate where that was counted."""
    monkeypatch.setattr(gate, "count", lambda _: [found])
    return gate.main(["--source", "anywhere", "--figures", str(figures), *more])


def test_six_percent_more_is_red_and_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], figures: Path
) -> None:
    """Of two cases one is 6 % dearer: status 1, and one line with the case, both ratios, and the way out."""
    assert run(monkeypatch, figures, counts(848)) == 1
    *lines, closing = capsys.readouterr().out.splitlines()
    assert closing == "gate: 2 cases, 1 dearer"
    (line,) = [line for line in lines if line.startswith("DEARER")]
    assert f"pure, {PUT}: ratio 0.848, committed 0.8: 6.0% more" in line
    assert "make gate RECORD=1" in line


@pytest.mark.parametrize("put", [800, 832])
def test_four_percent_more_is_green(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], figures: Path, put: int
) -> None:
    """As dear as committed or 4 % dearer: status 0, and the closing line that continuous integration looks for."""
    assert run(monkeypatch, figures, counts(put)) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "gate: 2 cases, 0 dearer"


def test_a_gain_is_green_and_offered_for_recording(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], figures: Path
) -> None:
    """6 % cheaper: status 0, and it is said how to keep the gain."""
    assert run(monkeypatch, figures, counts(752)) == 0
    assert "CHEAPER: 1 of 2 cases, by more than 5%. To keep the gain: make gate RECORD=1" in capsys.readouterr().out


def test_an_interpreter_that_is_slower_in_all_is_not_the_store(monkeypatch: pytest.MonkeyPatch, figures: Path) -> None:
    """Twice the instructions in all that is counted, the yardstick included, is no change."""
    assert run(monkeypatch, figures, counts(1600, 800, unit=2000)) == 0


@pytest.mark.parametrize(
    ("committed", "found", "said"),
    [
        ({}, counts(800), f"pure: no ratios are committed for Python {KIND}"),
        ({KIND: {"compiled": {PUT: 0.8}}}, counts(800), "pure: no ratios are committed"),
        ({KIND: {"pure": {PUT: 0.8}}}, counts(800), f"pure, {GET}: no ratio is committed"),
        ({KIND: {"pure": {PUT: 0.8, GET: 0.4}}}, counts(800, None), f"pure, {GET}: committed, and without a result"),
        ({KIND: {"pure": {PUT: 0.8, GET: 0.4}}}, counts(800, 0), f"pure, {GET}: committed, and without a result"),
    ],
)
def test_what_is_lacking_is_no_pass(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    figures: Path,
    committed: gate_judging.Committed,
    found: Counts,
    said: str,
) -> None:
    """No figure to hold a case against, or no result of a case: status 2, which of them, and how to get it."""
    figures.write_text(json.dumps(committed), encoding="utf-8")
    assert run(monkeypatch, figures, found) == 2
    *lines, closing = capsys.readouterr().out.splitlines()
    (line,) = [line for line in lines if line.startswith("LACKING")]
    assert said in line
    assert "make gate RECORD=1" in line
    assert closing.startswith("gate: not measured, as ")
    assert re.fullmatch(CLOSING, closing) is None


def test_without_a_file_of_figures_nothing_passes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A file that is not there has no figures, and one that is no JSON none either: status 2."""
    assert run(monkeypatch, tmp_path / "none.json", counts(800)) == 2
    (tmp_path / "broken.json").write_text("{", encoding="utf-8")
    assert run(monkeypatch, tmp_path / "broken.json", counts(800)) == 2


def test_without_valgrind_nothing_passes(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Where there is no valgrind, the status is 2 and the last line says what to install."""
    monkeypatch.setenv("PATH", "")
    assert gate.main(["--source", str(IMPL)]) == 2
    assert capsys.readouterr().out == (
        "gate: not measured, as there is no valgrind (Debian, Ubuntu: apt install valgrind)\n"
    )


def test_what_is_recorded_passes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], figures: Path
) -> None:
    """Recording replaces the build's figures and no others; it is no verdict, and the next run is green."""
    assert run(monkeypatch, figures, counts(900), "--record") == 0
    assert re.fullmatch(CLOSING, capsys.readouterr().out.splitlines()[-1]) is None
    assert run(monkeypatch, figures, counts(500, 300, build="compiled"), "--record") == 0
    assert json.loads(figures.read_text(encoding="utf-8")) == {
        KIND: {"pure": {PUT: 0.9, GET: 0.4}, "compiled": {PUT: 0.5, GET: 0.3}},
        "another": {},
    }
    assert run(monkeypatch, figures, counts(900)) == 0


def test_the_committed_figures_are_of_all_cases() -> None:
    """bench/gate.json has every case of both builds, and no other, for each kind of Python in it."""
    cases = {case.name for case in all_cases()} - {*YARDSTICK, *(loop_of(case.pages) for case in all_cases())}
    committed = gate_judging.load(gate.FIGURES)
    assert committed
    assert {build for builds in committed.values() for build in builds} == {"pure", "compiled"}
    assert [builds for builds in committed.values() if any(set(ratios) != cases for ratios in builds.values())] == []


def test_every_case_does_what_it_says() -> None:
    """Run by itself, the workload ends well: the last call of each case gave the answer that its name promises."""
    found = gate_counting.run_workload(IMPL, 0, 1)
    assert not found["compiled"]
    assert [case["name"] for case in found["cases"]] == [case.name for case in all_cases()]


def test_a_case_with_a_wrong_answer_ends_badly(capsys: pytest.CaptureFixture[str]) -> None:
    """A wrong answer and an exception make the status of a case's process 1, and are told."""
    assert status(Case("get", 1, lambda _: None, b"page"), [(0, 0)]) == 1
    assert "get: answered None, expected b'page'" in capsys.readouterr().err
    assert status(Case("get", 1, lambda handles: handles[1], b"page"), [(0, 0)]) == 1
    assert "IndexError" in capsys.readouterr().err


def test_a_workload_that_fails_has_no_figures(tmp_path: Path) -> None:
    """A store that cannot even be imported is not measured, and the message says why."""
    (tmp_path / "tmem.py").write_text("raise ImportError('broken')\n", encoding="utf-8")
    with pytest.raises(NotMeasuredError, match="ImportError: broken"):
        gate_counting.run_workload(tmp_path, 0, 1)


def test_instructions_are_those_of_twice_as_many_calls_less_the_loop() -> None:
    """2000 instructions for 10 calls more, of which the loop has 100: 190 a call, and of 64 pages each, 190 / 64."""
    loop = {"name": loop_of(64), "pages": 64, "calls": 10, "processes": [5000, 5100]}
    case = {"name": "put_range", "pages": 64, "calls": 10, "processes": [7000, 9000]}
    found = gate_counting.together([{"compiled": True, "cases": [case]}, {"compiled": True, "cases": [loop]}])
    assert found == Counts("compiled", {"put_range": 190 / 64})


@pytest.mark.parametrize("counts_it", [True, False])
def test_a_process_that_is_not_counted_is_not_measured(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *, counts_it: bool
) -> None:
    """Where valgrind (here: a script of its name) says nothing of the processes of a case, there are no figures."""
    script = f"""#!{sys.executable} -P
import json, pathlib, subprocess, sys
ran = subprocess.run(sys.argv[4:], capture_output=True, text=True, check=True).stdout
for number, process in enumerate(json.loads(ran)["cases"][0]["processes"]):
    log = pathlib.Path(sys.argv[3].removeprefix("--log-file=").replace("%p", str(process)))
    log.write_text(f"==1== Collected : {{42 + number}}\\n" if {counts_it} else "==1== killed")
print(ran)
"""
    (tmp_path / "valgrind").write_text(script, encoding="utf-8")
    (tmp_path / "valgrind").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    if counts_it:
        assert gate_counting.count_share(IMPL, 0, 100)["cases"][0]["processes"] == [42, 43]
    else:
        with pytest.raises(NotMeasuredError, match="callgrind did not count process"):
            gate_counting.count_share(IMPL, 0, 100)


def test_two_folders_of_one_build_are_not_two_builds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the compiled build turns out to be none, the source is not judged in its place."""
    loop = {"name": loop_of(1), "pages": 1, "calls": 1, "processes": [1, 2]}
    monkeypatch.setattr(gate_counting, "count_share", lambda *_: {"compiled": False, "cases": [loop]})
    with pytest.raises(NotMeasuredError, match="a and b are both the pure build"):
        gate_counting.count([Path("a"), Path("b")])
