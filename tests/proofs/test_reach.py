"""The paths of the proofs execute every line and branch of the code under proof."""

from __future__ import annotations

import pytest

from tmem_proofs import reach, shipped
from tmem_proofs.claims.catalogue import Subject, subjects


def low() -> list[Subject]:
    """Every operation, on trees of height 2 at most: enough to go every way that the code knows."""
    return [one for one in subjects() if one.case not in {f"height {height}" for height in range(3, 7)}]


def test_every_line_and_branch_is_reached_or_explained() -> None:
    """No line under proof is one that no path goes through, but for those that are explained by name."""
    found = reach.measure(low())
    assert found.lines > 300
    assert [(gap.module, gap.line, gap.text) for gap in found.unexplained] == []


def test_every_explanation_is_of_a_gap() -> None:
    """What is explained away is not reached: an explanation that is needed no more goes."""
    found = reach.measure(low())
    needed = {gap.text for gap in found.gaps}
    idle = [start for start in reach.UNREACHED if not any(text.startswith(start) for text in needed)]
    assert idle == []


def test_a_gap_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the deletes, what shrinks a tree is a gap, and no reason is at hand for it."""
    monkeypatch.setattr(shipped, "under_proof", lambda _: ["_tree.lookup", "_tree._shrink"])
    some = [one for one in low() if one.operation == "lookup"]
    assert {gap.module for gap in reach.measure(some).unexplained} == {"_tree"}
