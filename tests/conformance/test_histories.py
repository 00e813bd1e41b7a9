"""Histories: the last event of a kind, and promises that are judged by what came before, not after."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tmem_spec import Answer, Event, Handle, Judge, Outcome
from tmem_spec.calls import Call, DestroyPool, Environment, FlushPage, Freeze, Get, NewPool, Put, Reclaim
from tmem_spec.events import History, Marks, fills, flushes, hits, makes, names
from tmem_spec.words import EPHEMERAL, PERSISTENT

HANDLE, OTHER = Handle(0, 7, 0), Handle(0, 7, 1)
DONE, MISS, STORED = Answer(Outcome.DONE), Answer(Outcome.MISS), Answer(Outcome.STORED)
EVENTS = (
    Event(NewPool(EPHEMERAL), Answer(Outcome.DONE, pool=0)),
    Event(Put(HANDLE, "a"), STORED),
    Event(Put(OTHER, "b"), STORED),
    Event(Get(HANDLE), Answer(Outcome.HIT, "a")),
    Event(FlushPage(HANDLE), DONE),
    Event(FlushPage(OTHER), Answer(Outcome.REJECTED)),
)


@given(st.lists(st.sampled_from(EVENTS)), st.sampled_from((fills, flushes, hits, makes, names)), st.integers(0, 20))
def test_the_last_of_a_kind_is_the_last(events: list[Event], marks: Marks, before: int) -> None:
    """Asked once or again: the last position below, of all that are marked."""
    history = History(events)
    wanted = [at for at, event in enumerate(events[:before]) if marks(event, HANDLE)]
    for _ in range(2):
        assert history.last(HANDLE, before, marks) == (wanted[-1] if wanted else None)


def test_an_id_given_again_is_of_a_new_pool() -> None:
    """What the first pool of an id was, ephemeral and frozen, is not held against the second; nor the other way."""
    run: list[tuple[Call, Answer]] = [
        (NewPool(EPHEMERAL), Answer(Outcome.DONE, pool=0)),
        (Put(HANDLE, "a"), STORED),
        (Reclaim(HANDLE, names_held=True), DONE),
        (Get(HANDLE), MISS),
        (Freeze(0), DONE),
        (DestroyPool(0), DONE),
        (NewPool(PERSISTENT), Answer(Outcome.DONE, pool=0)),
        (Put(HANDLE, "b"), STORED),
        (Get(HANDLE), Answer(Outcome.HIT, "b")),
    ]
    judge = Judge()
    for call, answer in run:
        assert judge.observe(call, answer) == ()
    assert judge.verdict() == []


def test_a_lost_page_of_a_pool_with_a_reused_id_is_noticed() -> None:
    """COH-6, of the second pool of an id: it is persistent, whatever the first was."""
    judge = Judge()
    reclaiming = Environment(reclaims=True)
    judge.observe(NewPool(EPHEMERAL), Answer(Outcome.DONE, pool=0))
    judge.observe(DestroyPool(0), DONE)
    judge.observe(NewPool(PERSISTENT), Answer(Outcome.DONE, pool=0))
    judge.observe(Put(HANDLE, "b"), STORED)
    judge.observe(Get(HANDLE), MISS, reclaiming)
    assert [(one.at, one.violation.invariant) for one in judge.verdict()] == [(4, "COH-6")]


def test_a_get_answers_what_a_get_can() -> None:
    """That get_data failed is an excuse for a failure, and for no other answer."""
    judge = Judge()
    judge.observe(NewPool(PERSISTENT), Answer(Outcome.DONE, pool=0))
    judge.observe(Put(HANDLE, "b"), STORED)
    failing = Environment(get_data_failed=True)
    for outcome in (Outcome.STORED, Outcome.REFUSED, Outcome.DONE, Outcome.NOT_FOUND, Outcome.REJECTED):
        broken = judge.observe(Get(HANDLE), Answer(outcome), failing)
        assert [one.invariant for one in broken] == ["ERR-2"], outcome
    assert judge.observe(Get(HANDLE), Answer(Outcome.FAILED), failing) == ()


def test_a_rejected_get_leaves_the_buffer_alone() -> None:
    """COH-7, of a get from a pool that is not there."""
    broken = Judge().observe(Get(HANDLE), Answer(Outcome.REJECTED, buffer_changed=True))
    assert [one.invariant for one in broken] == ["COH-7"]
