"""The published algorithm: call by call it is what was recorded, and the proofs find its defects, and these alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.vectors import vectors
from tmem import Obj, Objnode
from tmem._pool import Bucket, Pool
from tmem._tree import missing
from tmem_proofs import expected, published
from tmem_proofs.claims.invariants import claimed
from tmem_proofs.conformance.recorder import Fail, Recorder
from tmem_proofs.conformance.replay import page_of
from tmem_proofs.conformance.trace import read
from tmem_proofs.expected import HEIGHTS, REFUTATIONS, check, exit_of, lines, refutation_of
from tmem_proofs.prover import obligations, prove, prove_scenario
from tmem_proofs.results import Exit, Explored, Obligation, Result, Verdict
from tmem_proofs.source import Algorithm, Fault
from tmem_spec import Outcome
from tmem_spec.calls import Answer, Call, FlushObject, FlushPage, Get, NewPool, Put
from tmem_spec.metadata import Callback, Live
from tmem_spec.words import EPHEMERAL, PERSISTENT, bucket_of

OID = 7
LAST = 2**32 - 1
UNWRITTEN_TAG = 2**64 - 1


class Lenient(Recorder):
    """A host that sets up what it gives out, and so does not mind in which state it is handed back."""

    def __init__(self) -> None:
        """Nothing handed back yet."""
        super().__init__()
        self.stale: list[str] = []

    def obj_free(self, pool: int, obj: Obj) -> None:
        """Take back an obj, whatever its height."""
        if obj.root is None and obj.height:
            self.stale.append("height")
            obj.height = 0
        super().obj_free(pool, obj)

    def objnode_free(self, pool: int, objnode: Objnode) -> None:
        """Take back an objnode, whatever it counts."""
        if objnode.slots_in_use:
            self.stale.append("slots_in_use")
            objnode.slots_in_use = 0
        super().objnode_free(pool, objnode)


def pool_over(recorder: Recorder, flags: int = EPHEMERAL) -> Pool:
    """A pool of the shipped package, to which the published functions are applied."""
    return Pool(0, flags, recorder, recorder)


def bucket_for(pool: Pool, oid: int = OID) -> Bucket:
    """The bucket of an oid."""
    return pool.buckets[bucket_of(oid)]


def make(pool: Pool, call: Call) -> Answer:
    """Make a call of the specification to the published functions; its answer."""
    match call:
        case Put(handle, tag):
            stored = published.put(bucket_for(pool, handle.oid), handle.oid, handle.index, page_of(tag))
            return Answer(Outcome.STORED if stored else Outcome.REFUSED)
        case Get(handle):
            page = published.get(bucket_for(pool, handle.oid), handle.oid, handle.index, exclusive=False)
            found = None if page is None else int.from_bytes(page, "little")
            return Answer(Outcome.MISS if page is None else Outcome.HIT, found)
        case FlushPage(handle):
            done = published.flush_page(bucket_for(pool, handle.oid), handle.oid, handle.index)
        case FlushObject(_, oid):
            done = published.flush_object(bucket_for(pool, oid), oid)
        case _:
            published.flush_pool(pool)
            done = True
    return Answer(Outcome.DONE if done else Outcome.NOT_FOUND)


@pytest.mark.parametrize("path", vectors(), ids=lambda path: path.stem)
def test_it_does_what_was_recorded(path: Path) -> None:
    """Every answer, callback and live count of the run is the recorded one, refusals and failing get_data included."""
    first, *records = read(path).records
    assert isinstance(first.call, NewPool)
    recorder = Lenient()
    pool = pool_over(recorder, first.call.flags)
    for record in records:
        recorder.expect(*record.asked)
        answer = make(pool, record.call)
        assert (answer, tuple(recorder.callbacks), recorder.live()) == (record.answer, record.callbacks, record.live), (
            f"line {record.line}"
        )
    assert recorder.live() == Live()


def test_objnodes_freed_with_their_tree_are_handed_back_as_they_were() -> None:
    """D16: of an object that is flushed, the objnodes come back with the slots_in_use of before."""
    recorder = Lenient()
    bucket = bucket_for(pool_over(recorder))
    published.put(bucket, OID, LAST, b"a page")
    published.flush_object(bucket, OID)
    assert recorder.stale == ["slots_in_use"] * 6
    assert recorder.live() == Live()


def test_a_get_whose_get_data_fails_answers_garbage() -> None:
    """D1: it answers what the buffer held before, and the page is gone."""
    recorder = Recorder()
    bucket = bucket_for(pool_over(recorder))
    published.put(bucket, OID, 0, b"a page")
    recorder.expect(Fail("get_data"))
    assert published.get(bucket, OID, 0, exclusive=False) == published.UNWRITTEN == page_of(UNWRITTEN_TAG)
    assert recorder.live() == Live()


def test_failing_puts_pile_up_objnodes() -> None:
    """D3: the number recorded.

    1. One page at the last index: a path of six objnodes.
    2. 65,536 puts, each of an index that shares no objnode of level 2 with another, each refused its last objnode.
    3. The host holds 66,583 objnodes for the one page.
    """
    recorder = Recorder()
    bucket = bucket_for(pool_over(recorder, PERSISTENT))
    assert published.put(bucket, OID, LAST, b"the one page")
    obj = bucket.pool.objs[OID]
    assert recorder.live() == Live(1, 6, 1)
    for index in range(0, 65_536 << 12, 1 << 12):
        recorder.expect(Fail("objnode_alloc", missing(obj, index) - 1))
        assert not published.put(bucket, OID, index, b"refused")
    assert recorder.live() == Live(1, 66_583, 1)
    assert (obj.objnode_count, obj.pampd_count) == (66_583, 1)


def test_the_cleanup_changes_nothing() -> None:
    """D3: the delete after a refusal finds the place empty: two objnodes linked before it stay, one of them empty."""
    recorder = Recorder()
    bucket = bucket_for(pool_over(recorder))
    published.put(bucket, OID, LAST, b"a page")
    recorder.expect(Fail("objnode_alloc", 2))
    assert not published.put(bucket, OID, 0, b"refused")
    assert recorder.callbacks == [
        Callback.CREATE, Callback.OBJNODE_ALLOC, Callback.OBJNODE_ALLOC, Callback.OBJNODE_ALLOC_REFUSED, Callback.FREE,
    ]  # fmt: skip
    linked = bucket.pool.objs[OID].root.slots[0]
    assert (linked.slots_in_use, linked.slots[0].slots_in_use) == (1, 0)
    assert published.lookup(bucket.pool.objs[OID], LAST) is not None


def test_a_put_that_fails_while_growing_leaves_the_height() -> None:
    """D4: a page at index 0 alone ends up at height 2, below two objnodes, and a put at index 1 does not repair it."""
    recorder = Recorder()
    bucket = bucket_for(pool_over(recorder))
    published.put(bucket, OID, 0, b"a page")
    recorder.expect(Fail("objnode_alloc", 2))
    assert not published.put(bucket, OID, LAST, b"refused")
    recorder.expect()
    published.put(bucket, OID, 1, b"another")
    published.flush_page(bucket, OID, 1)
    assert (bucket.pool.objs[OID].height, recorder.live()) == (2, Live(1, 2, 1))


def test_a_duplicate_put_without_memory_loses_the_page() -> None:
    """D5: the one page of an object is put again, its six objnodes are freed, none is given, and the object is gone."""
    recorder = Lenient()
    bucket = bucket_for(pool_over(recorder))
    published.put(bucket, OID, LAST, b"old")
    recorder.expect(Fail("objnode_alloc"))
    assert not published.put(bucket, OID, LAST, b"new")
    assert recorder.callbacks.count(Callback.OBJNODE_FREE) == 6
    assert recorder.live() == Live()
    assert recorder.stale == ["height"]


# What the proofs find of it.


@pytest.mark.parametrize(
    ("operation", "case"), list(dict.fromkeys((one.operation, one.case) for one in expected.obligations()))
)
def test_verdicts_are_the_expected_ones(operation: str, case: str) -> None:
    """What is to be refuted of the published algorithm is refuted, with a story; all else is proved of it too."""
    explored = prove_scenario(operation, case, claimed(operation, case), algorithm=Algorithm.PUBLISHED)
    found = {one.obligation.invariant: one.verdict for one in explored.results}
    assert found == {one.result.obligation.invariant: one.expected for one in check([explored])}
    assert all("call:" in one.story for one in explored.results if one.verdict is Verdict.REFUTED)


def test_every_refutation_is_of_obligations_that_exist() -> None:
    """Nothing is expected of an obligation that there is not, and no case is given two reasons."""
    named = [(one.operation, case, one.invariant) for one in REFUTATIONS for case in one.cases]
    assert len(named) == len(set(named))
    assert {Obligation(*one) for one in named} <= set(obligations())


def test_the_naive_repair_of_get_leaks_and_leaves_zombies() -> None:
    """D2: to return as soon as get_data fails loses the pampd (OWN-1), and leaves an object without a page (CNT-2)."""
    repair = Fault(
        "naive repair",
        "published",
        "pool.pam.get_data(pampd)\n",
        "pool.pam.get_data(pampd)\n    if page is None:\n        return None\n",
    )
    found = prove_scenario("get", "height 0", ["OWN-1", "CNT-2", "ERR-1"], repair, algorithm=Algorithm.PUBLISHED)
    assert [one.verdict for one in found.results] == [Verdict.REFUTED] * 3


def test_many_processes_prove_the_published_algorithm_too() -> None:
    """The choice of the algorithm reaches the processes that prove."""
    wanted = [Obligation("get", case, "ERR-1") for case in HEIGHTS[:2]]
    for algorithm, verdict in ((Algorithm.SHIPPED, Verdict.PROVED), (Algorithm.PUBLISHED, Verdict.REFUTED)):
        results = [result for one in prove(wanted, jobs=2, algorithm=algorithm) for result in one.results]
        assert [one.verdict for one in results] == [verdict] * 2


# How that is told.


def explored(*verdicts: tuple[str, Verdict]) -> list[Explored]:
    """One case of each of these obligations of insert, with these verdicts."""
    results = [
        Result(Obligation("insert", "height 2", name), verdict, 1, story="found: it") for name, verdict in verdicts
    ]
    return [Explored((one,), 1, 1, 1, 0.1) for one in results]


AS_EXPECTED = (("MEM-1", Verdict.REFUTED), ("COH-1", Verdict.PROVED))


@pytest.mark.parametrize(
    ("verdicts", "status", "closing"),
    [
        (AS_EXPECTED, Exit.PROVED, "2 passed, 0 failed"),
        ((*AS_EXPECTED, ("SHR-2", Verdict.PROVED)), Exit.REFUTED, "2 passed, 1 failed"),
        ((*AS_EXPECTED, ("CNT-1", Verdict.REFUTED)), Exit.REFUTED, "2 passed, 1 failed"),
        ((*AS_EXPECTED, ("CNT-1", Verdict.UNKNOWN)), Exit.UNDECIDED, "2 passed, 1 failed"),
        ((*AS_EXPECTED, ("SHR-1", Verdict.VACUOUS)), Exit.UNDECIDED, "2 passed, 1 failed"),
        ((), Exit.UNDECIDED, "0 passed, 0 failed"),
    ],
)
def test_only_the_expected_verdict_passes(
    verdicts: tuple[tuple[str, Verdict], ...], status: Exit, closing: str
) -> None:
    """A defect that is not found fails the run like a refutation that is not expected; to decide nothing is no pass."""
    found = explored(*verdicts)
    assert exit_of(check(found)) is status
    assert list(lines(found, 1.0))[-1] == closing


def test_a_report_tells_the_reason_and_the_counterexample() -> None:
    """Of a refutation that is expected: in which cases, why, and how it comes about."""
    told = list(lines(explored(*AS_EXPECTED), 1.0))
    assert any("MEM-1  refuted   height 2" in line and "D3: " in line for line in told)
    assert "REFUTED insert/height 2/MEM-1: A refused put frees every objnode it was given." in told
    assert "  found: it" in told
    assert not any("UNEXPECTED" in line for line in told)


def test_a_report_tells_what_is_not_as_expected() -> None:
    """Each case whose verdict is not the expected one is named, with both."""
    told = list(lines(explored(("SHR-2", Verdict.PROVED), ("CNT-1", Verdict.REFUTED)), 1.0))
    assert any("UNEXPECTED height 2: proved, expected refuted" in line for line in told)
    assert any("UNEXPECTED height 2: refuted, expected proved" in line for line in told)


def test_what_is_proved_of_the_shipped_code_would_not_pass_for_the_published() -> None:
    """The expectations are about the published algorithm: the shipped one meets none of its refutations."""
    shipped = prove_scenario("get", "height 0", ["ERR-1", "COH-1"])
    assert not any(one.met for one in check([shipped]))
    assert all(refutation_of(one.obligation) is not None for one in shipped.results)
