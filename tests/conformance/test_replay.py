"""Our store makes the calls of every recorded run, with the same failures: equal where nothing fails, lawful always."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from support.vectors import vectors
from tmem_proofs.conformance.driver import Driven
from tmem_proofs.conformance.replay import Difference, Replay, page_of, replay
from tmem_proofs.conformance.trace import Recorded, read
from tmem_spec.calls import Outcome
from tmem_spec.metadata import Live

STEPS = 252


@cache
def run(path: Path) -> Replay:
    """Our run of a trace."""
    return replay(read(path))


def name(path: Path) -> str:
    """A trace's name, for the test's."""
    return path.stem


@pytest.mark.parametrize("path", vectors("clean"), ids=name)
def test_clean_runs_are_equal_at_every_step(path: Path) -> None:
    """Where nothing fails, our answers, pages and live counts are those of the published code at every step."""
    assert len(run(path).driven) == STEPS
    assert [str(one) for one in run(path).differences] == []


@pytest.mark.parametrize("path", vectors(), ids=name)
def test_our_own_run_violates_nothing(path: Path) -> None:
    """The calls of every trace, with its failures, made to our store: no invariant of any level is violated."""
    assert [str(one) for one in run(path).findings] == []


@pytest.mark.parametrize("path", vectors(), ids=name)
def test_our_own_run_leaves_nothing_live(path: Path) -> None:
    """OWN-3: each trace ends with destroy_pool, and then host and PAM hold nothing."""
    assert run(path).driven[-1].live == Live()


def steps(kind: str) -> Iterator[tuple[Recorded, Driven]]:
    """Every recorded call of one kind, beside our own."""
    for path in vectors(kind):
        yield from zip(read(path).records, run(path).driven, strict=True)


def test_our_runs_are_refused_too() -> None:
    """278 puts of the enomem runs are refused to the published code and to ours: the judgement is about refusals."""
    both = [r for r, d in steps("enomem") if r.answer.outcome is d.answer.outcome is Outcome.REFUSED]
    assert len(both) == 278


def test_every_answer_that_differs_has_its_reason() -> None:
    """Out of memory our answers differ from the published ones at 70 calls.

    At 52, the published duplicate put is refused objnodes, which ours does not ask for: D5. At 17, the page that this
    lost is there in ours. At one, ours is refused an objnode that an older stump saves the published code from asking.
    """
    differing = Counter(
        (record.answer.outcome, driven.answer.outcome)
        for record, driven in steps("enomem")
        if record.answer.outcome is not driven.answer.outcome
    )
    assert differing == {
        (Outcome.REFUSED, Outcome.STORED): 52,
        (Outcome.MISS, Outcome.HIT): 8,
        (Outcome.NOT_FOUND, Outcome.DONE): 9,
        (Outcome.STORED, Outcome.REFUSED): 1,
    }


def test_get_errors_are_errors_in_our_runs() -> None:
    """ERR-1: where the published code answers a page that nobody put, our get fails, all 19 times."""
    seen = [d.answer.outcome for r, d in steps("geterror") if r.environment.get_data_failed]
    assert seen == [Outcome.FAILED] * 19


def test_a_difference_is_told() -> None:
    """A page that differs from the recorded one is told with the line, our tag and the recorded one."""
    difference = Difference(17, "the page", 4, 5)
    assert str(difference) == "line 17: the page is 4 and 5 was recorded"


def test_a_tag_stands_for_its_bytes() -> None:
    """Tags that differ stand for pages that differ, at both ends of 64 bits."""
    assert page_of(1) == b"\x01\0\0\0\0\0\0\0"
    assert page_of(2**64 - 1) == b"\xff" * 8
