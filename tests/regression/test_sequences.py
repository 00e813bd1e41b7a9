"""The pinned sequences: each passes on the store as it is, and fails once the bug that it tells of is in the source."""

from __future__ import annotations

import pytest

from support.faulty_source import put_in
from support.sequences import SEQUENCES, Sequence


@pytest.mark.parametrize("sequence", SEQUENCES, ids=lambda sequence: sequence.story)
def test_a_sequence_is_in_order(sequence: Sequence) -> None:
    """Every outcome is the expected one, and store and judge agree at every step and at the end."""
    sequence.replay()


@pytest.mark.parametrize("sequence", SEQUENCES, ids=lambda sequence: sequence.story)
def test_a_sequence_finds_its_bug(sequence: Sequence, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the bug in the source, the same calls are found not to be in order."""
    put_in(sequence.breaks, monkeypatch)
    with pytest.raises((AssertionError, RuntimeError)):
        sequence.replay()


def test_every_sequence_tells_another_story() -> None:
    """No story and no bug is there twice."""
    assert len({one.story for one in SEQUENCES}) == len(SEQUENCES)
    assert len({one.breaks for one in SEQUENCES}) == len(SEQUENCES)
