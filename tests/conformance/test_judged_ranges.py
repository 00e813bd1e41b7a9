"""The store under judgement, its ranges: what is right passes, and a range that goes wrong is found out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import tmem
from support.builds import LOOKS_INSIDE
from tmem import EPHEMERAL, PERSISTENT, SHARED, Tmem, _ranges
from tmem_proofs.conformance.batch import BatchRecorder
from tmem_proofs.conformance.judged import JudgedStore
from tmem_proofs.conformance.locks import LockError
from tmem_proofs.conformance.recorder import Fail, OwnershipError, Recorder
from tmem_spec import FlushRange, GetRange, Handle, Outcome, PutRange
from tmem_spec.calls import Freeze, Put, Thaw

OID = 7
FOUR = tuple(b"page %d" % number for number in range(4))
EACH_RECORDER = pytest.mark.parametrize("recorder", [Recorder, BatchRecorder])


def at(index: int) -> Handle:
    """A handle of the object."""
    return Handle(0, OID, index)


@EACH_RECORDER
@pytest.mark.parametrize("flags", [EPHEMERAL, PERSISTENT, SHARED])
def test_ranges_that_go_well_pass(flags: int, recorder: type[Recorder]) -> None:
    """Every call on a range, refusals and exceptions among them: nothing is wrong."""
    store = JudgedStore(host_and_pam=recorder)
    store.new_pool(flags)
    assert store.make_range(PutRange(at(62), FOUR)) is Outcome.DONE
    assert store.make_range(PutRange(at(61), FOUR), Fail("create", 1)) is Outcome.DONE
    assert store.make_range(PutRange(at(63), FOUR), Fail("create", 2, raises=True)) is Outcome.RAISED
    assert store.make_range(PutRange(at(62), FOUR)) is Outcome.DONE
    assert store.make_range(GetRange(at(60), 9), Fail("get_data", 2)) is Outcome.FAILED
    assert store.make_range(GetRange(at(60), 9)) is Outcome.DONE
    assert store.make_range(PutRange(at(2**32 - 1), FOUR)) is Outcome.REJECTED
    store.make(Freeze(0))
    assert store.make_range(PutRange(at(64), FOUR)) is Outcome.DONE
    store.make(Thaw(0))
    store.make(Put(at(64), b"a page"))
    store.make(Put(at(65), b"a page"))
    assert store.make_range(FlushRange(at(0), 200), Fail("free", 0, raises=True)) is Outcome.RAISED
    assert store.make_range(FlushRange(at(0), 200)) is Outcome.DONE
    store.assert_nothing_wrong()


class PutsTooMany(Tmem):
    """A range of which the last page is put twice, once behind itself."""

    __slots__ = ()

    def put_range(self, pool: int, oid: int, index: int, pages: Any) -> list[bool]:
        """COH-5."""
        return super().put_range(pool, oid, index, [*pages, pages[-1]])[: len(pages)]


class AnswersTooFew(Tmem):
    """A range that has nothing to say of its last page."""

    __slots__ = ()

    def put_range(self, pool: int, oid: int, index: int, pages: Any) -> list[bool]:
        """ERR-2."""
        return super().put_range(pool, oid, index, pages)[:-1]


class PutsBackwards(Tmem):
    """A range whose pages are put in another order."""

    __slots__ = ()

    def put_range(self, pool: int, oid: int, index: int, pages: Any) -> list[bool]:
        """COH-1."""
        return super().put_range(pool, oid, index, list(reversed(pages)))


class TakesNoLock(Tmem):
    """A range without the lock."""

    __slots__ = ()

    def put_range(self, pool: int, oid: int, index: int, pages: Any) -> list[bool]:
        """LCK-1."""
        return _ranges.put(self._bucket(pool, oid), oid, index, list(pages))


class FlushesBefore(Tmem):
    """A range that begins one page early."""

    __slots__ = ()

    def flush_range(self, pool: int, oid: int, index: int, count: int) -> list[bool]:
        """OWN-2."""
        return super().flush_range(pool, oid, index - 1, count)


Make = Callable[[JudgedStore], object]
WRONG: list[tuple[type[Tmem], Make, str]] = [
    (PutsTooMany, lambda store: store.make_range(PutRange(at(0), FOUR)), "CNT-1"),
    (AnswersTooFew, lambda store: store.make_range(PutRange(at(0), FOUR)), "ERR-2"),
    (PutsBackwards, lambda store: store.make_range(GetRange(at(62), 4)), "COH-1"),
    (TakesNoLock, lambda store: store.make_range(PutRange(at(0), FOUR)), "LCK-1"),
    (FlushesBefore, lambda store: store.make_range(FlushRange(at(63), 2)), "OWN-2"),
]


@EACH_RECORDER
@pytest.mark.parametrize(("kind", "make", "identifier"), WRONG)
def test_ranges_that_go_wrong_are_found(
    kind: type[Tmem], make: Make, identifier: str, recorder: type[Recorder]
) -> None:
    """COH-1, CNT-1, ERR-2, LCK-1, OWN-2: what is broken is named, at once or at the end."""
    if tmem.compiled:
        pytest.skip(LOOKS_INSIDE)  # no compiled store has a class of ours made from it
    store = JudgedStore(kind, recorder)
    store.new_pool(PERSISTENT)

    def run() -> None:
        store.make_range(PutRange(at(62), FOUR))
        make(store)
        store.assert_nothing_wrong()

    with pytest.raises((AssertionError, LockError, OwnershipError), match=identifier):
        run()


def test_a_store_with_the_host_and_pam_of_the_package_is_judged_too() -> None:
    """Its quick ways are open: what is right passes, though nobody knows of callbacks."""
    store = JudgedStore(host_and_pam=None)
    pool = store.new_pool(PERSISTENT)
    store.make(Put(at(62), b"a page"))
    assert store.make_range(PutRange(at(63), FOUR)) is Outcome.DONE
    assert store.make_range(GetRange(at(60), 9)) is Outcome.DONE
    store.make(Freeze(pool))
    assert store.make_range(PutRange(at(62), FOUR)) is Outcome.DONE
    assert store.make_range(FlushRange(at(0), 200)) is Outcome.DONE
    store.make(Thaw(pool))
    store.assert_nothing_wrong()


@pytest.mark.parametrize(("kind", "identifier"), [(PutsBackwards, "COH-1"), (AnswersTooFew, "ERR-2")])
def test_a_store_with_the_host_and_pam_of_the_package_is_found_out(kind: type[Tmem], identifier: str) -> None:
    """COH-1, ERR-2: by its answers alone."""
    if tmem.compiled:
        pytest.skip(LOOKS_INSIDE)  # as above
    store = JudgedStore(kind, None)
    store.new_pool(PERSISTENT)
    store.make_range(PutRange(at(62), FOUR))
    store.make_range(GetRange(at(62), 4))
    with pytest.raises(AssertionError, match=identifier):
        store.assert_nothing_wrong()
