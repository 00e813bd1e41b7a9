"""Ranges, driven: which single calls a call on a range is told as, with a PAM asked page by page, and one for runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import pytest

from tmem import Tmem
from tmem_proofs.conformance.batch import BatchRecorder
from tmem_proofs.conformance.driver import PassedOnError
from tmem_proofs.conformance.ranges import DrivenRange, RangeDriver
from tmem_proofs.conformance.recorder import CallbackError, Fail, OwnershipError, Pampd, Recorder
from tmem_spec import Judge
from tmem_spec.calls import Answer, Call, Freeze, NewPool, Outcome, Put
from tmem_spec.metadata import Callback
from tmem_spec.ranges import FlushRange, GetRange, PutRange, RangeCall, judge_range
from tmem_spec.words import EPHEMERAL, INDEX_LIMIT, PERSISTENT, SHARED, Handle

OID, OTHER = 7, 8
ONE_BY_ONE, AT_ONCE = Recorder, BatchRecorder
EACH_PAM = pytest.mark.parametrize("recorder", [ONE_BY_ONE, AT_ONCE])
PRESENT = (62, 63, 64, 66)
LETTERS = {
    Outcome.STORED: "s", Outcome.REFUSED: "r", Outcome.HIT: "h", Outcome.MISS: "m", Outcome.FAILED: "f",
    Outcome.DONE: "d", Outcome.NOT_FOUND: "n", Outcome.RAISED: "x",
}  # fmt: skip


def at(index: int) -> Handle:
    """A handle of the object."""
    return Handle(0, OID, index)


def put(index: int, count: int) -> PutRange:
    """A range of pages to be put."""
    return PutRange(at(index), tuple(b"new %d" % number for number in range(count)))


def driven(recorder: type[Recorder], flags: int, call: RangeCall, *failures: Fail) -> tuple[RangeDriver, DrivenRange]:
    """Drive a call on an object that has some pages, beside another that has them too; judge it."""
    driver, judge = RangeDriver(recorder()), Judge()
    setup: list[Call] = [NewPool(flags), *(Put(at(index), b"old %d" % index) for index in PRESENT)]
    for one in (*setup, Put(Handle(0, OTHER, 62), b"another's")):
        made = driver.drive(one)
        assert judge.observe(made.call, made.answer, made.environment, made.callbacks, made.live) == ()
    done = driver.drive_range(call, *failures)
    assert judge_range(judge, *done.observed()) == ()
    assert judge.verdict() == []
    held = {Handle(*one.handle): one.page for one in driver.recorder.pampds.values()}
    assert held == {Handle(0, *place): page for place, page in judge.store.pools[0].pages.items()}
    driver.store.check()
    return driver, done


def told(done: DrivenRange) -> str:
    """What the singles answered, a letter each, and a dot for one that was not performed."""
    answers = {event.call.handle.index: event.answer.outcome for event in done.performed}  # type: ignore[union-attr]  # a single's
    first = done.call.handle.index
    count = len(done.call.pages) if isinstance(done.call, PutRange) else done.call.count
    return "".join(LETTERS[answers[index]] if index in answers else "." for index in range(first, first + count))


@dataclass(frozen=True)
class Row:
    """A call in a pool of one kind, in which something fails; what is told of it, asked page by page or at once.

    60 and 61 hold nothing, 62 and 63 hold a page each; so do 64 and 66, in the next leaf.
    """

    call: RangeCall
    flags: int
    failures: tuple[Fail, ...]
    one_by_one: str
    at_once: str


def raises(callback: str, nth: int = 0) -> tuple[Fail, ...]:
    """The callback raises."""
    return (Fail(callback, nth, raises=True),)


P, E, S = PERSISTENT, EPHEMERAL, SHARED
GET, FLUSH = GetRange(at(60), 8), FlushRange(at(60), 8)
ROWS = (
    Row(put(60, 8), P, (), "ssssssss", "ssssssss"),
    Row(put(60, 0), P, (), "", ""),
    Row(put(60, 8), P, (Fail("create", 2),), "ssrsssss", "ssrsssss"),
    Row(put(60, 8), P, (Fail("create", 2), Fail("create", 7)), "ssrssssr", "ssrssssr"),
    Row(put(60, 8), P, raises("create", 2), "ssxs....", "xxxx...."),
    Row(put(60, 8), P, raises("create", 5), "sssssxss", "ssssxxxx"),
    Row(put(60, 8), P, raises("free"), "xxxx....", "xxxx...."),
    Row(put(60, 8), P, raises("free", 2), "ssssxxxx", "ssssxxxx"),
    Row(put(60, 8), P, raises("free_all", 1), "ssssssss", "ssssxxxx"),
    Row(put(60, 8), P, raises("create_all"), "ssssssss", "xxxx...."),
    Row(put(126, 4), P, (Fail("objnode_alloc"),), "ssrs", "ssrs"),
    Row(put(126, 4), P, raises("objnode_alloc"), "ssxx", "ssxx"),
    Row(put(124, 70), P, raises("objnode_alloc", 1), "s" * 68 + "xx", "s" * 68 + "xx"),
    Row(put(130, 2), P, (Fail("create"), *raises("objnode_free")), "xx", "xx"),
    Row(put(130, 2), P, (Fail("create", 0), Fail("create", 1)), "rr", "rr"),
    Row(GET, P, (), "mmhhhmhm", "mmhhhmhm"),
    Row(GET, E, (), "mmhhhmhm", "mmhhhmhm"),
    Row(GET, S, (), "mmhhhmhm", "mmhhhmhm"),
    Row(GET, P, (Fail("get_data", 1),), "...f....", "...f...."),
    Row(GET, E, (Fail("get_data", 1),), "...f....", "...f...."),
    Row(GET, S, (Fail("get_data", 2),), "mmhhf...", "mmhhf..."),
    Row(GET, E, raises("get_data"), "..x.....", "..xx...."),
    Row(GET, P, raises("get_data", 3), "mmhh..x.", "mmhhx.x."),
    Row(GET, E, raises("get_data_all", 1), "mmhhhmhm", "mmhhx.x."),
    Row(GET, E, raises("free", 1), "mmxx....", "mmxx...."),
    Row(GET, E, raises("free_all", 1), "mmhhhmhm", "mmhhxmxm"),
    Row(GET, E, raises("objnode_free"), "mmxx....", "mmxx...."),
    Row(GET, E, raises("obj_free"), "mmhhxmxm", "mmhhxmxm"),
    Row(GET, E, (Fail("get_data"), *raises("free")), "..f.....", "..f....."),
    Row(FLUSH, P, (), "nndddndn", "nndddndn"),
    Row(FLUSH, P, raises("free"), "nnxx....", "nnxx...."),
    Row(FLUSH, P, raises("free", 3), "nnddxnxn", "nnddxnxn"),
    Row(FLUSH, P, raises("obj_free"), "nnddxnxn", "nnddxnxn"),
    Row(FlushRange(at(0), 60), P, (), "n" * 60, "n" * 60),
)


@EACH_PAM
@pytest.mark.parametrize("row", ROWS)
def test_what_is_told_of_a_range(recorder: type[Recorder], row: Row) -> None:
    """ERR-1, ERR-2: what each single answered, or that it was not performed; the judge finds nothing wrong with it."""
    _, done = driven(recorder, row.flags, row.call, *row.failures)
    expected = row.one_by_one if recorder is ONE_BY_ONE else row.at_once
    ended = Outcome.RAISED if "x" in expected else Outcome.FAILED if "f" in expected else Outcome.DONE
    assert (done.ended, told(done)) == (ended, expected)


@EACH_PAM
@pytest.mark.parametrize("call", [put(INDEX_LIMIT - 1, 2), GetRange(Handle(1, OID, 0), 2), FlushRange(at(0), -1)])
def test_a_range_that_is_rejected_is_told_so(recorder: type[Recorder], call: RangeCall) -> None:
    """POOL-1, OID-4: nothing is performed, and host and PAM see nothing."""
    _, done = driven(recorder, PERSISTENT, call)
    assert (done.ended, done.performed, done.callbacks) == (Outcome.REJECTED, (), ())


@EACH_PAM
def test_a_put_range_to_a_frozen_pool_is_refused(recorder: type[Recorder]) -> None:
    """POOL-4: every page is, and what its handle held is gone."""
    driver, _ = driven(recorder, PERSISTENT, put(0, 0))
    driver.drive(Freeze(0))
    done = driver.drive_range(put(60, 6))
    assert told(done) == "rrrrrr"
    assert {one.handle for one in driver.recorder.pampds.values()} == {(0, OID, 66), (0, OTHER, 62)}


def test_a_batch_is_recorded_as_its_pages() -> None:
    """OWN-1: as many callbacks as pages, each of its handle; it failed if its page is refused, or the batch raises.

    What a batch that raises was to create is not kept; what it was to free is gone.
    """
    recorder = BatchRecorder()
    recorder.expect(Fail("create", 2))
    kept = recorder.create_all(0, OID, 5, [b"0", b"1", b"2", b"3"])
    assert [one and one.handle for one in kept] == [(0, OID, 5), (0, OID, 6), None, (0, OID, 8)]
    assert recorder.callbacks == [Callback.CREATE, Callback.CREATE, Callback.CREATE_REFUSED, Callback.CREATE]
    assert recorder.handles == [(0, OID, index) for index in (5, 6, 7, 8)]
    live = [one for one in kept if one is not None]
    recorder.expect(Fail("get_data", 0))
    assert recorder.get_data_all(live) == [None, b"1", b"3"]
    assert recorder.callbacks == [Callback.GET_DATA_FAILED, Callback.GET_DATA, Callback.GET_DATA]
    for failure in (Fail("get_data_all", raises=True), Fail("get_data", 2, raises=True)):
        recorder.expect(failure)
        with pytest.raises(CallbackError):
            recorder.get_data_all(live)
        assert recorder.callbacks == [Callback.GET_DATA_FAILED] * 3
        recorder.expect(Fail(failure.callback.replace("get_data", "create"), failure.nth, raises=True))
        with pytest.raises(CallbackError):
            recorder.create_all(0, OID, 0, [b"4", b"5", b"6"])
        assert recorder.callbacks == [Callback.CREATE_REFUSED] * 3
        assert len(recorder.pampds) == 3
    recorder.expect(Fail("free", 1, raises=True))
    with pytest.raises(CallbackError):
        recorder.free_all(live)
    assert recorder.callbacks == [Callback.FREE] * 3
    assert recorder.pampds == {}
    assert recorder.batches[:2] == [("create_all", 4), ("get_data_all", 3)]


def test_pages_are_counted_through_batches() -> None:
    """ERR-2: which page of a call fails is told by its number among all that the call creates, alone or at once."""
    recorder = BatchRecorder()
    recorder.expect(Fail("create", 3))
    assert recorder.create(0, OID, 0, b"0") is not None
    assert [one is None for one in recorder.create_all(0, OID, 1, [b"1", b"2", b"3"])] == [False, False, True]
    assert recorder.create(0, OID, 4, b"4") is not None


class Broken:
    """A store of which a flush of a range does something that it must not."""

    def __init__(self, flush: Callable[[], list[bool]]) -> None:
        """`flush` is what it does."""
        self._flush = flush

    def flush_range(self, pool: int, oid: int, index: int, count: int) -> list[bool]:
        """Whatever the range."""
        del pool, oid, index, count
        return self._flush()


def flush_with(recorder: Recorder, flush: Callable[[], list[bool]], *failures: Fail) -> DrivenRange:
    """Drive a flush of two pages of such a store."""
    return RangeDriver(recorder, cast("Tmem", Broken(flush))).drive_range(FlushRange(at(0), 2), *failures)


def page(recorder: Recorder, index: int) -> Pampd:
    """A page that the recorder keeps."""
    made = recorder.create(0, OID, index, b"page")
    assert made is not None
    return made


def test_answers_that_are_missing_are_found_wrong() -> None:
    """ERR-2: a range that answers for one page of two has performed one, the judge says."""
    recorder = Recorder()
    done = flush_with(recorder, lambda: [False])
    judge = Judge()
    judge.observe(NewPool(PERSISTENT), Answer(Outcome.DONE, pool=0))
    broken = judge_range(judge, *done.observed())
    assert [one.invariant for one in broken] == ["ERR-2"]


def test_an_exception_that_is_swallowed_is_told() -> None:
    """ERR-2: a store that does not pass on what a batch raised is found out, whatever it answers."""
    recorder = BatchRecorder()
    pages = [page(recorder, 0), page(recorder, 1)]

    def flush() -> list[bool]:
        with pytest.raises(CallbackError):
            recorder.free_all(pages)
        return [True, True]

    with pytest.raises(PassedOnError, match="ERR-2: found None passed on, expected CallbackError"):
        flush_with(recorder, flush, Fail("free_all", raises=True))


def test_a_page_beside_the_range_is_told() -> None:
    """OWN-2: a range that frees a page of its object, and not of itself, is found out at that call."""
    recorder = BatchRecorder()
    pages = [page(recorder, 1), page(recorder, 2)]

    def flush() -> list[bool]:
        recorder.free_all(pages)
        return [False, True]

    with pytest.raises(OwnershipError, match=r"OWN-2: found the pampd of .*index 2\) handed"):
        flush_with(recorder, flush)


@pytest.mark.parametrize("batch", ["get_data_all", "free_all"])
def test_a_page_of_a_batch_that_is_not_live_is_told(batch: str) -> None:
    """OWN-1, OWN-2: asking for the data of a page that is freed, or freeing it again, though it is swallowed."""
    recorder = BatchRecorder()
    gone = page(recorder, 0)
    recorder.free(gone)

    def flush() -> list[bool]:
        with pytest.raises(OwnershipError):
            getattr(recorder, batch)([page(recorder, 1), gone])
        return [False, False]

    with pytest.raises(OwnershipError, match=r"not live"):
        flush_with(recorder, flush)
