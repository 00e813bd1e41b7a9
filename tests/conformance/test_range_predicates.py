"""Ranges in the specification: which single calls they are, when they are rejected, and what a judge finds wrong."""

from __future__ import annotations

from itertools import product

import pytest

from tmem_spec import Judge, store
from tmem_spec.calls import Answer, DestroyPool, Environment, Event, FlushPage, Get, NewPool, Outcome, Put
from tmem_spec.metadata import Callback, Live
from tmem_spec.ranges import (
    FlushRange,
    GetRange,
    PutRange,
    RangeCall,
    Single,
    acceptable,
    count_of,
    judge_range,
    run_of,
    singles,
)
from tmem_spec.words import INDEX_LIMIT, INVALID_OID, PERSISTENT, Handle

LIVE, GONE, UNKNOWN = 0, 1, 2
OID = 7
FIRST = Handle(LIVE, OID, 62)
PAGES = tuple(b"page %d" % number for number in range(68))
PUT = PutRange(FIRST, PAGES)  # two pages of one run, 64 of the next, two of a third
RAISED = Environment(raised=True)


def judge() -> Judge:
    """A judge who has seen a persistent pool made, and another destroyed."""
    fresh = Judge()
    for number in (LIVE, GONE):
        fresh.observe(NewPool(PERSISTENT), Answer(Outcome.DONE, pool=number))
    fresh.observe(DestroyPool(GONE), Answer(Outcome.DONE))
    return fresh


def stored(*some: Single) -> list[Event]:
    """These puts, answered stored."""
    return [Event(one, Answer(Outcome.STORED)) for one in some]


def raised(*some: Single) -> list[Event]:
    """These singles, ended by an exception."""
    return [Event(one, Answer(Outcome.RAISED), RAISED) for one in some]


def test_a_range_is_the_single_calls_at_its_indexes() -> None:
    """COH-1: one call for each index, in order, of the pages in theirs; a get of a range is not exclusive."""
    handles = [Handle(LIVE, OID, index) for index in (62, 63, 64)]
    assert singles(PutRange(FIRST, PAGES[:3])) == tuple(map(Put, handles, PAGES))
    assert singles(GetRange(FIRST, 3)) == tuple(Get(handle, exclusive=False) for handle in handles)
    assert singles(FlushRange(FIRST, 3)) == tuple(map(FlushPage, handles))
    assert singles(PutRange(FIRST, ())) == singles(GetRange(FIRST, 0)) == singles(FlushRange(FIRST, -1)) == ()


def test_a_run_is_what_lies_below_one_leaf() -> None:
    """SHR-3: 64 indexes each, the first of them a multiple of 64."""
    assert [run_of(index) for index in (0, 63, 64, 127, 128, INDEX_LIMIT - 1)] == [0, 0, 1, 1, 2, 2**26 - 1]


def broken_by(call: RangeCall, ended: Outcome, *performed: Event) -> list[str]:
    """What is broken by a range that ends like this."""
    return [one.invariant for one in judge_range(judge(), call, ended, performed)]


def of_each_kind(handle: Handle, count: int) -> list[RangeCall]:
    """The ranges of this length: there is none of pages that are less than none."""
    puts: list[RangeCall] = [PutRange(handle, (b"page",) * count)] if count >= 0 else []
    return [*puts, GetRange(handle, count), FlushRange(handle, count)]


LAST = INDEX_LIMIT - 1
REJECTED: list[tuple[Handle, int, str | None]] = [
    (Handle(LIVE, OID, 0), 0, None),
    (Handle(LIVE, OID, 62), 70, None),
    (Handle(LIVE, OID, LAST), 0, None),
    (Handle(LIVE, OID, LAST), 1, None),
    (Handle(LIVE, OID, LAST - 3), 4, None),
    (Handle(LIVE, OID, LAST - 3), 5, "OID-4"),
    (Handle(LIVE, OID, LAST), 2, "OID-4"),
    (Handle(LIVE, OID, INDEX_LIMIT), 0, "OID-4"),
    (Handle(LIVE, OID, -1), 2, "OID-4"),
    (Handle(LIVE, OID, -1), 0, "OID-4"),
    (Handle(LIVE, OID, 5), -1, "OID-4"),
    (Handle(LIVE, INVALID_OID, 0), 1, "OID-3"),
    (Handle(LIVE, -1, 0), 0, "OID-3"),
    (Handle(GONE, OID, 0), 1, "POOL-1"),
    (Handle(GONE, OID, 0), 0, "POOL-1"),
    (Handle(UNKNOWN, INVALID_OID, -1), -1, "POOL-1"),
]


@pytest.mark.parametrize(("handle", "count", "invariant"), REJECTED)
def test_what_has_a_range_rejected(handle: Handle, count: int, invariant: str | None) -> None:
    """POOL-1, OID-3, OID-4: all of it is rejected if any of it must be; of none, the first index counts."""
    for call in of_each_kind(handle, count):
        assert acceptable(judge().store, call) == invariant
        assert broken_by(call, Outcome.REJECTED) == (["ERR-2"] if invariant is None else [])


@pytest.mark.parametrize(("handle", "count", "invariant"), [one for one in REJECTED if one[2] is not None])
def test_what_is_to_be_rejected_is_not_done(handle: Handle, count: int, invariant: str) -> None:
    """POOL-1, OID-3, OID-4: an answer is wrong, and so is an exception, and a single that is performed first."""
    for call in of_each_kind(handle, count):
        assert broken_by(call, Outcome.DONE) == broken_by(call, Outcome.RAISED) == [invariant]
        assert broken_by(call, Outcome.REJECTED, Event(Put(FIRST, b"page"), Answer(Outcome.STORED))) == [invariant]


def test_a_range_may_be_done_if_each_of_its_singles_may() -> None:
    """OID-4: of ranges that are not empty, acceptable says what it says of every single call of them."""
    before = judge().store
    for index, count in product((-2, -1, 0, 1, LAST - 2, LAST - 1, LAST, INDEX_LIMIT, INDEX_LIMIT + 1), range(1, 5)):
        call = GetRange(Handle(LIVE, OID, index), count)
        each = {store.acceptable(before, one) for one in singles(call)}
        assert (acceptable(before, call) is None) is (each == {None})


ENDINGS: dict[str, tuple[Outcome, list[Event]]] = {
    "all stored": (Outcome.DONE, stored(*singles(PUT))),
    "the last run raised": (Outcome.RAISED, [*stored(*singles(PUT)[:66]), *raised(*singles(PUT)[66:])]),
    "the last page raised": (Outcome.RAISED, [*stored(*singles(PUT)[:67]), *raised(*singles(PUT)[67:])]),
    "some of a run, and the others not at all": (
        Outcome.RAISED,
        [*stored(*singles(PUT)[:2]), *raised(singles(PUT)[3]), *stored(singles(PUT)[9])],
    ),
    "the first page, and no more": (Outcome.RAISED, raised(singles(PUT)[0])),
}
WRONG_ENDINGS: dict[str, tuple[Outcome, list[Event]]] = {
    "none performed, and done": (Outcome.DONE, []),
    "one missing, and done": (Outcome.DONE, stored(*singles(PUT)[:5], *singles(PUT)[6:])),
    "another order": (Outcome.DONE, stored(singles(PUT)[1], singles(PUT)[0], *singles(PUT)[2:])),
    "another page": (Outcome.DONE, stored(Put(FIRST, b"another"), *singles(PUT)[1:])),
    "one twice": (Outcome.DONE, stored(*singles(PUT), singles(PUT)[-1])),
    "done, and one raised": (Outcome.DONE, [*stored(*singles(PUT)[:-1]), *raised(singles(PUT)[-1])]),
    "raised, and none did": (Outcome.RAISED, stored(*singles(PUT))),
    "raised, and nothing performed": (Outcome.RAISED, []),
    "failed, and none did": (Outcome.FAILED, raised(*singles(PUT)[:1])),
    "a page of an earlier run left out": (Outcome.RAISED, [*stored(singles(PUT)[0]), *raised(singles(PUT)[2])]),
    "a page of a later run performed": (
        Outcome.RAISED,
        [*stored(singles(PUT)[0]), *raised(singles(PUT)[1]), *stored(singles(PUT)[2])],
    ),
    "two runs raised": (Outcome.RAISED, raised(*singles(PUT)[:3])),
    "a page of the run before one of an earlier run": (
        Outcome.RAISED,
        [*raised(singles(PUT)[2]), *stored(*singles(PUT)[:2])],
    ),
    "rejected": (Outcome.REJECTED, []),
}


@pytest.mark.parametrize("name", ENDINGS)
def test_how_a_range_may_end(name: str) -> None:
    """ERR-2: with an answer of each; or in an exception, all up to one run performed, and some of that run."""
    ended, performed = ENDINGS[name]
    observer = judge()
    assert judge_range(observer, PUT, ended, performed) == ()
    assert observer.verdict() == []
    pages = {event.call.handle.index for event in performed if event.answer.outcome is Outcome.STORED}  # type: ignore[union-attr]  # a single's
    assert {index for _, index in observer.store.pools[LIVE].pages} == pages


@pytest.mark.parametrize("name", WRONG_ENDINGS)
def test_how_a_range_may_not_end(name: str) -> None:
    """ERR-2: a page that was passed over, done twice or done too late, and an exception that none of them raised."""
    ended, performed = WRONG_ENDINGS[name]
    observer = judge()
    broken = judge_range(observer, PUT, ended, performed)
    assert "ERR-2" in {one.invariant for one in broken}
    assert {str(one.violation) for one in observer.findings} == set(map(str, broken))
    assert f"{len(performed)} of 68 single calls performed" in str(broken[0])


def test_each_single_is_judged_by_its_own_environment() -> None:
    """MEM-5: of two puts that are refused, the one during which nothing was refused is wrong."""
    call = PutRange(FIRST, PAGES[:2])
    first, second = singles(call)
    refused = Answer(Outcome.REFUSED)
    (broken,) = judge_range(
        judge(), call, Outcome.DONE, [Event(first, refused, Environment(refused=True)), Event(second, refused)]
    )
    assert broken.invariant == "MEM-5"


def test_the_history_is_that_of_the_singles() -> None:
    """COH-1: a get of a range that yields an old page of one handle breaks what is promised of that handle."""
    observer = judge()
    call, again = PutRange(FIRST, PAGES[:3]), PutRange(FIRST, PAGES[3:6])
    for one in (call, again):
        assert judge_range(observer, one, Outcome.DONE, stored(*singles(one))) == ()
    gets = singles(GetRange(FIRST, 3))
    pages = PAGES[3], PAGES[1], PAGES[5]
    judge_range(
        observer,
        GetRange(FIRST, 3),
        Outcome.DONE,
        [Event(one, Answer(Outcome.HIT, page)) for one, page in zip(gets, pages, strict=True)],
    )
    assert {(one.at, one.violation.invariant) for one in observer.verdict()} == {(10, "COH-1")}


def test_what_host_and_pam_saw_is_judged_of_the_whole() -> None:
    """CNT-1, OWN-1, SHR-4: callbacks and live counts are those of all singles together."""
    call = PutRange(Handle(LIVE, OID, 0), PAGES[:3])
    seen = [Callback.OBJ_ALLOC, Callback.CREATE, Callback.OBJNODE_ALLOC, Callback.CREATE, Callback.CREATE]
    assert judge_range(judge(), call, Outcome.DONE, stored(*singles(call)), (seen, Live(1, 1, 3))) == ()
    lost = judge_range(judge(), call, Outcome.DONE, stored(*singles(call)), (seen, Live(1, 2, 2)))
    assert {one.invariant for one in lost} == {"CNT-1", "OWN-1", "SHR-4"}


@pytest.mark.parametrize("refused", [Callback.OBJNODE_ALLOC, Callback.OBJNODE_ALLOC_REFUSED])
def test_a_range_asks_for_as_many_objnodes_as_its_puts_may(refused: Callback) -> None:
    """MEM-6: 11 for each page that is new, and none for those that are not."""
    observer = judge()
    call, again = PutRange(FIRST, PAGES[:1]), PutRange(FIRST, PAGES[:2])
    judge_range(observer, call, Outcome.DONE, stored(*singles(call)), ([], Live()))
    given = [refused] * 12
    broken = judge_range(observer, again, Outcome.DONE, stored(*singles(again)), (given, Live()))
    assert "MEM-6: found a range asking for 12 objnodes, expected 11 at most, by its single calls" in map(str, broken)
    for call_ in (GetRange(FIRST, 0), FlushRange(FIRST, 0), PutRange(FIRST, ())):
        assert count_of(call_) == 0
        broken = judge_range(judge(), call_, Outcome.DONE, (), (given[:1], Live()))
        assert "MEM-6" in {one.invariant for one in broken}
