"""The paths of the proofs execute every line and branch of the code under proof."""

from __future__ import annotations

import json

import pytest

from tmem_proofs import prover, reach, record, shipped
from tmem_proofs.cli import main
from tmem_proofs.results import Exit, Gap, Obligation, Reach


def test_every_line_and_branch_is_reached_or_explained() -> None:
    """No line under proof is one that no path goes through, but for those that are explained by name; no others are."""
    found = reach.measure()
    assert found.lines > 300
    assert [(gap.module, gap.line, gap.text) for gap in found.unexplained] == []
    needed = {gap.text for gap in found.gaps}
    idle = [start for start in reach.UNREACHED if not any(text.startswith(start) for text in needed)]
    assert idle == []


def test_a_gap_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the deletes, what shrinks a tree is a gap, and no reason is at hand for it."""
    monkeypatch.setattr(shipped, "under_proof", lambda _: ["_tree.lookup", "_tree._shrink"])
    some = [one for one in reach.enough() if one.operation == "lookup"]
    assert {gap.module for gap in reach.measure(some).unexplained} == {"_tree"}


def test_a_gap_without_a_reason_fails_a_run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Everything that is claimed is proved, and still the run decides nothing: it says which line nobody has seen."""
    wanted = [Obligation("lookup", "height 1", "COH-1")]
    monkeypatch.setattr(prover, "obligations", lambda: wanted)
    gap = Gap("_tree", 88, "return None", "")
    monkeypatch.setattr(reach, "measure", lambda: Reach(300, (gap,)))
    assert main(["prove", "--no-cache"]) == Exit.UNDECIDED
    assert "_tree.py:88  return None" in capsys.readouterr().out


def test_reach_is_written_and_read() -> None:
    """As JSON and back, nothing is lost."""
    found = Reach(300, (Gap("_tree", 88, "return None", "why"),))
    assert record.reach_from_json(json.loads(json.dumps(record.reach_as_json(found)))) == found
