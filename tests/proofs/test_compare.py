"""`tmem prove --compare`: what changed since an earlier run, and what of it fails the run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support.proofs import result, run
from tmem_proofs import prover, reach
from tmem_proofs.cli import main
from tmem_proofs.compare import Comparison, compare, lines
from tmem_proofs.record import document
from tmem_proofs.results import Exit, Proof, Reach, Verdict

NAME = "insert/height 1/SHR-1"
OTHER = "insert/height 1/SHR-2"
PROVED = run(result(NAME, Verdict.PROVED))


def text(found: Comparison) -> str:
    """The comparison as it is printed."""
    return "\n".join(lines(found))


@pytest.mark.parametrize(
    ("was", "now", "worse"),
    [
        (Verdict.PROVED, Verdict.REFUTED, True),
        (Verdict.PROVED, Verdict.UNKNOWN, True),
        (Verdict.PROVED, Verdict.VACUOUS, True),
        (Verdict.UNKNOWN, Verdict.REFUTED, True),
        (Verdict.VACUOUS, Verdict.UNKNOWN, False),
        (Verdict.REFUTED, Verdict.UNKNOWN, False),
        (Verdict.REFUTED, Verdict.PROVED, False),
    ],
)
def test_a_verdict_that_changed_is_told(was: Verdict, now: Verdict, worse: bool) -> None:
    """Each changed verdict is told, and is worse if less is shown than before, or something to be wrong."""
    found = compare(run(result(NAME, was)), run(result(NAME, now)))
    assert f"{'worse' if worse else 'changed':9} {NAME}: {was.value} -> {now.value}" in text(found)
    assert found.is_worse is worse


def test_nothing_changed_is_told() -> None:
    """A run held against itself differs in nothing."""
    found = compare(PROVED, PROVED)
    assert "nothing changed" in text(found)
    assert not found.is_worse


def test_what_vanished_is_worse_and_what_is_new_is_not() -> None:
    """An obligation that nobody proves any more is worse than before; a new one is told."""
    both = run(result(NAME, Verdict.PROVED), result(OTHER, Verdict.PROVED))
    gone = compare(both, PROVED)
    assert f"vanished  {OTHER}" in text(gone)
    assert gone.is_worse
    come = compare(PROVED, both)
    assert f"new       {OTHER}" in text(come)
    assert not come.is_worse


def test_what_was_not_asked_for_has_not_vanished() -> None:
    """Only what the claims of this run select can vanish from it."""
    both = run(result(NAME, Verdict.PROVED), result(OTHER, Verdict.PROVED))
    assert not compare(both, PROVED, ["SHR-1"]).is_worse
    assert compare(both, PROVED, ["SHR-1", "insert"]).is_worse


def test_what_got_dearer_is_listed_by_ratio() -> None:
    """More than 5 % up counts, the steepest first; whole cases count as obligations do; no verdict changes by it."""
    names = [f"insert/height {height}/SHR-1" for height in range(4)]
    was = run(*(result(name, Verdict.PROVED, 100_000) for name in names))
    costs = (105_000, 105_001, 300_000, 90_000)
    now = run(*(result(name, Verdict.PROVED, cost) for name, cost in zip(names, costs, strict=True)))
    found = compare(was, now)
    assert [one.name for one in found.dearer] == [names[2], "insert/height 2, all of it", names[1]]
    assert "100,000 -> 300,000 resources (3.00 times)" in text(found)
    assert not found.is_worse


def test_what_cost_nothing_before_is_the_steepest() -> None:
    """From nothing to something there is no ratio: it comes before whatever has one."""
    was = run(result(OTHER, Verdict.PROVED, 10), result(NAME, Verdict.PROVED, 0))
    found = compare(was, run(result(OTHER, Verdict.PROVED, 90), result(NAME, Verdict.PROVED, 1)))
    assert [one.name for one in found.dearer][:2] == [NAME, OTHER]


def test_seconds_are_told_and_not_judged() -> None:
    """Ten times the seconds are shown, and count for nothing."""
    found = compare(PROVED, run(result(NAME, Verdict.PROVED), seconds=5))
    assert "0.5 -> 5.0 s (not judged)" in text(found)
    assert found.dearer == ()


def test_another_solver_is_told() -> None:
    """Resources of two versions of Z3 are not the same unit."""
    found = compare(PROVED, run(result(NAME, Verdict.PROVED), z3="6.0"))
    assert "Z3 5.4.1.0 -> 6.0" in text(found)
    assert "Z3" not in text(compare(PROVED, PROVED))


def save(proof: Proof, file: Path) -> str:
    """Write a run to a file; the file's name."""
    file.write_text(json.dumps(document(proof, Exit.PROVED)), encoding="utf-8")
    return str(file)


def test_the_exit_status_is_of_both(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What is proved now and no worse than before is status 0; a vanished obligation makes it 1, also in the JSON."""
    monkeypatch.setattr(prover, "obligations", lambda: [one.obligation for one in PROVED.results])
    monkeypatch.setattr(prover, "prove", lambda *_, **__: PROVED.explored)
    monkeypatch.setattr(reach, "measure", lambda: Reach(300, ()))
    earlier = save(PROVED, tmp_path / "earlier.json")
    assert main(["prove", "--no-cache", "--compare", earlier]) == Exit.PROVED
    assert "nothing changed" in capsys.readouterr().out
    both = save(run(result(NAME, Verdict.PROVED), result(OTHER, Verdict.PROVED)), tmp_path / "both.json")
    assert main(["prove", "--no-cache", "--compare", both, "--json", str(tmp_path / "now.json")]) == Exit.REFUTED
    printed = capsys.readouterr().out
    assert f"vanished  {OTHER}" in printed
    assert printed.endswith("\n1 passed, 0 failed\n")
    assert json.loads((tmp_path / "now.json").read_text())["status"] == Exit.REFUTED


def test_the_file_compared_with_may_be_the_one_to_write(tmp_path: Path) -> None:
    """`--compare` reads before `--json` writes, so that one file can be kept up to date."""
    file = tmp_path / "result.json"
    claims = ["prove", "delete/height 0/*", "--json", str(file)]
    assert main(claims) == Exit.PROVED
    assert main([*claims, "--compare", str(file)]) == Exit.PROVED
    assert json.loads(file.read_text())["totals"]["cached"] > 0


@pytest.mark.parametrize("content", [None, "", "{}", '{"format": "tmem audit"}'])
def test_what_is_no_earlier_run_is_wrong_usage(
    content: str | None, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """A file that is missing, or is no --json of a run, ends with status 3, before anything is proved."""
    file = tmp_path / "earlier.json"
    if content is not None:
        file.write_text(content)
    assert main(["prove", "--compare", str(file)]) == Exit.USAGE
    assert "cannot compare" in capsys.readouterr().err
