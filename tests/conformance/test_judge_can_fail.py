"""A judge that cannot fail is worthless: each invariant that it can report, violated by a tiny run, is reported.

Where a run violates others with the one it is made for, they are listed: a page that is found after it was flushed
contradicts the flush (COH-4), and is also a page at a handle that holds none (COH-2).
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from support.vectors import FOLDER
from tmem_proofs.conformance.report import report
from tmem_spec import Judge, all_invariants
from tmem_spec.calls import (
    QUIET,
    Answer,
    Call,
    DestroyPool,
    Environment,
    FlushPage,
    Freeze,
    Get,
    NewPool,
    Outcome,
    Put,
    Reclaim,
)
from tmem_spec.metadata import Callback, Live
from tmem_spec.words import EPHEMERAL, INDEX_LIMIT, INVALID_OID, PERSISTENT, SHARED, Handle

FIRST, SECOND, THIRD = (Handle(0, 7, index) for index in range(3))
OA, OF = Callback.OBJ_ALLOC, Callback.OBJ_FREE
NA, NF = Callback.OBJNODE_ALLOC, Callback.OBJNODE_FREE
NA_REFUSED, C_REFUSED = Callback.OBJNODE_ALLOC_REFUSED, Callback.CREATE_REFUSED
C, F = Callback.CREATE, Callback.FREE

REFUSED = Environment(refused=True)
FAILING = Environment(get_data_failed=True)
RECLAIMING = Environment(reclaims=True)


@dataclass(frozen=True)
class Seen:
    """One call as an observer saw it; its callbacks, and what was live after it, in the runs that are about them."""

    call: Call
    answer: Answer
    environment: Environment = QUIET
    callbacks: tuple[Callback, ...] | None = None
    live: Live | None = None


def pool(flags: int) -> Seen:
    """A pool, with id 0."""
    return Seen(NewPool(flags), Answer(Outcome.DONE, pool=0))


def put(handle: Handle, page: str, outcome: Outcome = Outcome.STORED, env: Environment = QUIET) -> Seen:
    """A put of a page."""
    return Seen(Put(handle, page), Answer(outcome), env)


def hit(handle: Handle, page: str, env: Environment = QUIET) -> Seen:
    """A get that yields a page."""
    return Seen(Get(handle), Answer(Outcome.HIT, page), env)


def miss(handle: Handle, env: Environment = QUIET, *, changed: bool = False) -> Seen:
    """A get that finds nothing."""
    return Seen(Get(handle), Answer(Outcome.MISS, buffer_changed=changed), env)


def done(call: Call) -> Seen:
    """A call that answers done."""
    return Seen(call, Answer(Outcome.DONE))


def stored(handle: Handle, *callbacks: Callback, live: tuple[int, int, int]) -> Seen:
    """A put that stores, with what host and PAM saw."""
    return Seen(Put(handle, "A"), Answer(Outcome.STORED), QUIET, callbacks, Live(*live))


def destroyed(*callbacks: Callback, live: tuple[int, int, int]) -> Seen:
    """A destroy_pool, with what host and PAM saw."""
    return Seen(DestroyPool(0), Answer(Outcome.DONE), QUIET, callbacks, Live(*live))


def refused(handle: Handle, *callbacks: Callback, live: tuple[int, int, int]) -> Seen:
    """A put that is refused, with what host and PAM saw."""
    return Seen(Put(handle, "B"), Answer(Outcome.REFUSED), REFUSED, callbacks, Live(*live))


EPHEMERAL_POOL, PERSISTENT_POOL, SHARED_POOL = pool(EPHEMERAL), pool(PERSISTENT), pool(SHARED)
PUT = put(FIRST, "A")
STORED = stored(FIRST, OA, C, live=(1, 0, 1))
STORED_BESIDE = stored(SECOND, C, NA, live=(1, 1, 2))

RUNS: dict[str, tuple[set[str], list[Seen]]] = {
    "COH-1": (set(), [PERSISTENT_POOL, PUT, hit(FIRST, "B")]),
    "COH-2": (set(), [EPHEMERAL_POOL, PUT, miss(FIRST, RECLAIMING), hit(FIRST, "A")]),
    "COH-3": ({"COH-2"}, [PERSISTENT_POOL, PUT, put(FIRST, "B", Outcome.REFUSED, REFUSED), hit(FIRST, "A")]),
    "COH-4": ({"COH-2"}, [PERSISTENT_POOL, PUT, done(FlushPage(FIRST)), hit(FIRST, "A")]),
    "COH-5": ({"COH-1"}, [PERSISTENT_POOL, PUT, hit(FIRST, "A"), put(SECOND, "B"), hit(FIRST, "B")]),
    "COH-6": (set(), [PERSISTENT_POOL, PUT, miss(FIRST)]),
    "COH-7": (set(), [PERSISTENT_POOL, miss(FIRST, changed=True)]),
    "EPH-1": ({"COH-2"}, [EPHEMERAL_POOL, PUT, hit(FIRST, "A"), hit(FIRST, "A")]),
    "EPH-2": (set(), [EPHEMERAL_POOL, PUT, miss(FIRST)]),
    "EPH-3": (set(), [EPHEMERAL_POOL, PUT, done(Reclaim(FIRST, names_held=False))]),
    "EPH-4": ({"COH-5", "EPH-2"}, [SHARED_POOL, PUT, hit(FIRST, "A"), miss(FIRST)]),
    "ERR-1": (set(), [PERSISTENT_POOL, PUT, hit(FIRST, "A", FAILING)]),
    "ERR-2": (set(), [PERSISTENT_POOL, put(FIRST, "A", Outcome.MISS)]),
    "POOL-1": (set(), [PERSISTENT_POOL, done(DestroyPool(0)), PUT]),
    "POOL-2": (set(), [PERSISTENT_POOL, PERSISTENT_POOL]),
    "POOL-3": (set(), [pool(PERSISTENT | SHARED)]),
    "POOL-4": (set(), [PERSISTENT_POOL, done(Freeze(0)), PUT]),
    "OID-3": (set(), [PERSISTENT_POOL, put(Handle(0, INVALID_OID, 0), "A")]),
    "OID-4": (set(), [PERSISTENT_POOL, put(Handle(0, 7, INDEX_LIMIT), "A")]),
    "CNT-1": (set(), [PERSISTENT_POOL, stored(FIRST, OA, C, C, live=(1, 0, 2))]),
    "CNT-2": (set(), [PERSISTENT_POOL, stored(FIRST, OA, OA, C, live=(2, 0, 1))]),
    "OWN-1": (set(), [PERSISTENT_POOL, stored(FIRST, OA, C, F, live=(1, 0, 1))]),
    "OWN-3": ({"SHR-4"}, [PERSISTENT_POOL, destroyed(NA, live=(0, 1, 0))]),
    "MEM-1": (set(), [PERSISTENT_POOL, STORED, STORED_BESIDE, refused(THIRD, NF, NA, NA_REFUSED, live=(1, 1, 2))]),
    "MEM-2": ({"CNT-2"}, [PERSISTENT_POOL, refused(FIRST, OA, C_REFUSED, live=(1, 0, 0))]),
    "MEM-3": ({"CNT-1"}, [PERSISTENT_POOL, STORED, refused(SECOND, C, NA_REFUSED, live=(1, 0, 2))]),
    "MEM-4": ({"SHR-4"}, [PERSISTENT_POOL, STORED, STORED_BESIDE, refused(THIRD, C_REFUSED, NF, live=(1, 0, 2))]),
    "MEM-5": (set(), [PERSISTENT_POOL, put(FIRST, "A", Outcome.REFUSED)]),
    "MEM-6": (set(), [PERSISTENT_POOL, STORED, stored(FIRST, F, C, NA, NF, live=(1, 0, 1))]),
    "SHR-4": (set(), [PERSISTENT_POOL, stored(FIRST, OA, C, NA, live=(1, 1, 1))]),
}  # fmt: skip

# What no observer of calls, callbacks and live counts can see, and who looks at it.
ELSEWHERE = {
    "OID-1": "arithmetic", "OID-2": "arithmetic, and where the store keeps an object",
    "SHR-1": "the shape of a tree", "SHR-2": "the shape of a tree", "SHR-3": "the shape of a tree",
    "CNT-3": "a count in the store", "CNT-4": "a count in the store", "CNT-5": "a count in an objnode",
    "OWN-2": "the recording PAM", "ACC-1": "a host that keeps accounts",
    "LCK-1": "locks", "LCK-2": "locks", "LCK-3": "locks", "LIN-1": "threads",
}  # fmt: skip


def reported(run: list[Seen]) -> set[str]:
    """The invariants that the judge finds violated in a run."""
    judge = Judge()
    for seen in run:
        judge.observe(seen.call, seen.answer, seen.environment, seen.callbacks, seen.live)
    return {judged.violation.invariant for judged in judge.verdict()}


@pytest.mark.parametrize("identifier", RUNS)
def test_a_violation_is_reported_by_its_identifier(identifier: str) -> None:
    """A run that violates an invariant is reported under it, and under no other than those that go with it."""
    others, run = RUNS[identifier]
    assert reported(run) == {identifier} | others


@pytest.mark.parametrize("identifier", RUNS)
def test_without_its_last_call_the_run_is_in_order(identifier: str) -> None:
    """The last call of each run commits the violation: without it nothing is reported."""
    _, run = RUNS[identifier]
    assert reported(run[:-1]) == set()


def test_every_invariant_is_judged_here_or_elsewhere() -> None:
    """Each registered invariant has a run here that violates it, or a reason why no such run can."""
    assert RUNS.keys() | ELSEWHERE.keys() == {invariant.id for invariant in all_invariants()}
    assert RUNS.keys() & ELSEWHERE.keys() == set()


@pytest.mark.parametrize(("asked", "found"), [(11, set()), (12, {"MEM-6"})])
def test_a_twelfth_objnode_is_reported(asked: int, found: set[str]) -> None:
    """MEM-6: a put may ask for 11 objnodes and for no more, even where it gives all of them back."""
    put_asking = stored(FIRST, OA, C, *[NA] * asked, *[NF] * asked, live=(1, 0, 1))
    assert reported([PERSISTENT_POOL, put_asking]) == found


def test_a_put_that_raises_must_give_back_too() -> None:
    """MEM-1, MEM-2, MEM-3: a put that ends by a callback's exception is held to the same as a refused one."""
    raised = Seen(
        Put(FIRST, "A"),
        Answer(Outcome.RAISED),
        Environment(refused=True, raised=True),
        (OA, NA, C, NA_REFUSED),
        Live(1, 1, 1),
    )
    assert reported([PERSISTENT_POOL, raised]) >= {"MEM-1", "MEM-2", "MEM-3", "CNT-1", "CNT-2", "SHR-4"}


def test_a_failing_get_data_is_not_blamed_on_the_next_get() -> None:
    """COH-5: a get that yields garbage for a failing get_data is wrong; the next one, which yields the page, is not."""
    run = [PERSISTENT_POOL, PUT, hit(FIRST, "garbage", FAILING), hit(FIRST, "A")]
    assert reported(run) == {"COH-1", "ERR-1"}


def test_a_reclaim_that_raises_has_removed_its_page() -> None:
    """EPH-2: where freeing a reclaimed pampd raises, the page is gone all the same, and its handle misses."""
    raised = Seen(Reclaim(FIRST, names_held=True), Answer(Outcome.RAISED), Environment(raised=True))
    assert reported([EPHEMERAL_POOL, PUT, raised, miss(FIRST)]) == set()


def test_an_older_stump_is_not_blamed_on_a_later_put() -> None:
    """MEM-1: a refused duplicate that was given no objnode keeps none, though an older stump keeps the tree tall.

    1. A put at a far index is refused after it was given three objnodes: a stump, and MEM-1.
    2. A put at a near index goes below it, and is stored.
    3. A duplicate put of another page is refused by the PAM. Its page goes, the tall tree stays, and the objnodes
       beyond the law are now more: D4, which SHR-4 reports. This put was given none.
    """
    path = FOLDER / "edges-ephemeral-enomem-0.jsonl"
    found = {(one.invariant.id, one.line) for one in report([path]).findings}
    assert ("MEM-1", 142) in found
    assert ("SHR-4", 150) in found
    assert ("MEM-1", 150) not in found
