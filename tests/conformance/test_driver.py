"""The driver: our store's answers in the specification's words, and the breaches that no answer could tell."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import pytest

from tmem import Tmem
from tmem_proofs.conformance.driver import Driver, Lookalike, PassedOnError
from tmem_proofs.conformance.recorder import CallbackError, Fail, OwnershipError, Pampd, Recorder
from tmem_spec.calls import (
    Answer,
    Call,
    DestroyPool,
    FlushObject,
    FlushPage,
    FlushPool,
    Freeze,
    Get,
    NewPool,
    Outcome,
    Put,
    Reclaim,
    Thaw,
)
from tmem_spec.metadata import Callback, Live
from tmem_spec.words import EPHEMERAL, INVALID_OID, PERSISTENT, Handle

HANDLE, OTHER = Handle(0, 7, 0), Handle(0, 7, 1)
PUT = Put(HANDLE, b"a page")


def driver(flags: int, *calls: Call) -> Driver:
    """A driver with one pool, after these calls."""
    fresh = Driver()
    for call in (NewPool(flags), *calls):
        fresh.drive(call)
    return fresh


ANSWERS: list[tuple[Call, tuple[Fail, ...], Answer]] = [
    (NewPool(EPHEMERAL), (), Answer(Outcome.DONE, pool=1)),
    (NewPool(3), (), Answer(Outcome.REJECTED)),
    (Put(OTHER, b"b"), (), Answer(Outcome.STORED)),
    (Put(OTHER, b"b"), (Fail("create"),), Answer(Outcome.REFUSED)),
    (Put(OTHER, b"b"), (Fail("create", raises=True),), Answer(Outcome.RAISED)),
    (Get(HANDLE), (), Answer(Outcome.HIT, b"a page")),
    (Get(HANDLE, exclusive=True), (), Answer(Outcome.HIT, b"a page")),
    (Get(OTHER), (), Answer(Outcome.MISS)),
    (Get(HANDLE), (Fail("get_data"),), Answer(Outcome.FAILED)),
    (Get(HANDLE), (Fail("get_data", raises=True),), Answer(Outcome.RAISED)),
    (Get(HANDLE), (Fail("get_data"), Fail("free", raises=True)), Answer(Outcome.FAILED)),
    (Get(HANDLE), (Fail("free", raises=True),), Answer(Outcome.RAISED)),
    (FlushPage(HANDLE), (), Answer(Outcome.DONE)),
    (FlushPage(OTHER), (), Answer(Outcome.NOT_FOUND)),
    (FlushObject(0, 7), (), Answer(Outcome.DONE)),
    (FlushObject(0, 8), (), Answer(Outcome.NOT_FOUND)),
    (FlushObject(0, INVALID_OID), (), Answer(Outcome.REJECTED)),
    (FlushPool(0), (), Answer(Outcome.DONE)),
    (DestroyPool(0), (), Answer(Outcome.DONE)),
    (DestroyPool(0), (Fail("obj_free", raises=True),), Answer(Outcome.RAISED)),
    (DestroyPool(1), (), Answer(Outcome.REJECTED)),
    (Freeze(0), (), Answer(Outcome.DONE)),
    (Thaw(0), (), Answer(Outcome.DONE)),
    (Reclaim(HANDLE, names_held=True), (), Answer(Outcome.DONE)),
    (Reclaim(HANDLE, names_held=False), (), Answer(Outcome.NOT_FOUND)),
    (Reclaim(OTHER, names_held=False), (), Answer(Outcome.NOT_FOUND)),
]


@pytest.mark.parametrize(("call", "failures", "answer"), ANSWERS)
def test_answers_are_those_of_the_specification(call: Call, failures: tuple[Fail, ...], answer: Answer) -> None:
    """True, False, None, bytes and each documented exception is one outcome; the pool is ephemeral and holds a page."""
    assert driver(EPHEMERAL, PUT).drive(call, *failures).answer == answer


def test_a_persistent_pool_rejects_reclaim() -> None:
    """COH-6: reclaim from a persistent pool is rejected, of the page held too."""
    assert driver(PERSISTENT, PUT).drive(Reclaim(HANDLE, names_held=True)).answer.outcome is Outcome.REJECTED


def test_what_host_and_pam_saw_is_of_that_call() -> None:
    """Callbacks and environment are of the one call; live counts are what is held after it."""
    driven = driver(EPHEMERAL, PUT).drive(Put(OTHER, b"b"), Fail("objnode_alloc"))
    assert driven.callbacks == (Callback.OBJNODE_ALLOC_REFUSED,)
    assert (driven.environment.refused, driven.environment.raised) == (True, False)
    assert driven.live == Live(1, 0, 1)


def test_a_get_data_that_raises_is_a_failing_one() -> None:
    """The environment says that get_data failed, and that a callback raised; the answer is the exception."""
    driven = driver(PERSISTENT, PUT).drive(Get(HANDLE), Fail("get_data", raises=True))
    assert driven.answer.outcome is Outcome.RAISED
    assert driven.environment.get_data_failed
    assert driven.environment.raised


def test_a_stale_pampd_equals_the_live_one() -> None:
    """EPH-3: what is handed to reclaim as stale equals any pampd, so that only identity can tell it apart."""
    live = Pampd((0, 7, 0), b"a page")
    stale = Lookalike((0, 7, 0), b"a page")
    assert stale == live
    assert live == stale
    assert stale is not live


def test_reclaim_of_nothing_held_cannot_name_it() -> None:
    """A run cannot claim to hand in the pampd of a handle that holds none."""
    with pytest.raises(ValueError, match=r"names the page held, and .* holds none"):
        driver(EPHEMERAL).drive(Reclaim(HANDLE, names_held=True))


class Broken:
    """A store of which flush_page does something that it must not."""

    def __init__(self, flush: Callable[[], bool]) -> None:
        """`flush` is what it does."""
        self._flush = flush

    def flush_page(self, pool: int, oid: int, index: int) -> bool:
        """Whatever the handle."""
        del pool, oid, index
        return self._flush()


def flush_with(recorder: Recorder, flush: Callable[[], bool], *failures: Fail) -> None:
    """Drive a flush_page of such a store."""
    Driver(recorder, cast("Tmem", Broken(flush))).drive(FlushPage(HANDLE), *failures)


def swallow(call: Callable[[], object]) -> bool:
    """Make a call and say that all is well, whatever it raises."""
    try:
        call()
    except (CallbackError, OwnershipError):
        return True
    return True


def test_a_swallowed_exception_is_told() -> None:
    """ERR-2: a store that does not pass on what a callback raised is found out, whatever it answers."""
    recorder = Recorder()
    pampd = recorder.create(0, 7, 0, b"a page")
    assert pampd is not None
    with pytest.raises(PassedOnError, match="ERR-2: found None passed on, expected CallbackError"):
        flush_with(recorder, lambda: swallow(lambda: recorder.free(pampd)), Fail("free", raises=True))


def test_a_later_exception_is_not_the_first() -> None:
    """ERR-2: where two callbacks raise, it is the first exception that must reach the caller."""
    recorder = Recorder()
    pampd, obj = recorder.create(0, 7, 0, b"a page"), recorder.obj_alloc(0)
    assert pampd is not None
    assert obj is not None

    def flush() -> bool:
        swallow(lambda: recorder.free(pampd))
        recorder.obj_free(0, obj)
        return True

    with pytest.raises(PassedOnError, match=r"found .*obj_free number 0.*expected .*free number 0"):
        flush_with(recorder, flush, Fail("free", raises=True), Fail("obj_free", raises=True))


def test_a_double_free_is_told_though_it_is_swallowed() -> None:
    """OWN-1: a second free of one pampd is found out even where the store keeps silent about it."""
    recorder = Recorder()
    pampd = recorder.create(0, 7, 0, b"a page")
    assert pampd is not None

    def flush() -> bool:
        recorder.free(pampd)
        return swallow(lambda: recorder.free(pampd))

    with pytest.raises(OwnershipError, match=r"OWN-1: .* is freed, and is not live"):
        flush_with(recorder, flush)


def test_another_handles_pampd_is_told() -> None:
    """OWN-2: a flush that frees the page of another handle is found out at that call."""
    recorder = Recorder()
    pampd = recorder.create(0, 7, 1, b"another page")
    assert pampd is not None

    def flush() -> bool:
        recorder.free(pampd)
        return True

    with pytest.raises(OwnershipError, match=r"OWN-2: found the pampd of .*index 1\) handed"):
        flush_with(recorder, flush)
