"""Sequences of calls worth keeping: each tells a bug that an implementation of tmem had, or kills a mutant that lived.

They are plain data: calls with what fails in them, and the outcome. Pool 0 is the first that a sequence makes. `breaks`
is the bug itself, put into our source: the sequence passes on the store as it is, and fails on that.
"""

from __future__ import annotations

from dataclasses import dataclass

from support.draws import BUCKET_255, PERMUTED
from support.faulty_source import FIRST_OF_BUCKET, STAYS_IN_TABLE, known
from support.lockstep import Failures, Lockstep
from tmem_proofs.conformance.recorder import Fail
from tmem_proofs.source import Fault
from tmem_spec.calls import (
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
from tmem_spec.words import EPHEMERAL, INDEX_LIMIT, PERSISTENT, SHARED, Handle

OLD, NEW = b"the old page", b"the new page"
FIRST, SECOND, THIRD = BUCKET_255[:3]
LAST = INDEX_LIMIT - 1
NO_PAGE, NO_DATA = (Fail("create"),), (Fail("get_data"),)
STORED, REFUSED, REJECTED = Outcome.STORED, Outcome.REFUSED, Outcome.REJECTED
HIT, MISS, FAILED, DONE = Outcome.HIT, Outcome.MISS, Outcome.FAILED, Outcome.DONE

Step = tuple[Call, Failures, Outcome]


def at(index: int, oid: int = FIRST) -> Handle:
    """A handle in pool 0."""
    return Handle(0, oid, index)


def pool(flags: int) -> Step:
    """A pool is made."""
    return NewPool(flags), (), DONE


def put(index: int, oid: int = FIRST, page: bytes = OLD) -> Step:
    """A page is stored."""
    return Put(at(index, oid), page), (), STORED


def without(callback: str, nth: int, call: Call, outcome: Outcome) -> Step:
    """A call of which one callback is refused."""
    return call, (Fail(callback, nth),), outcome


@dataclass(frozen=True)
class Sequence:
    """Calls with what fails in them and what they answer, the story, and the bug."""

    story: str
    breaks: Fault
    steps: tuple[Step, ...]

    def replay(self) -> None:
        """Make the calls in step with the judge; then destroy every pool, and look at the whole history."""
        both = Lockstep()
        for call, failures, outcome in self.steps:
            if outcome is DONE and isinstance(call, NewPool):
                both.make_pool(call.flags)
            else:
                found = both.step(call, failures).outcome
                assert found is outcome, f"{call}: found {found.value}, expected {outcome.value}"
        both.finish()


SEQUENCES = (
    Sequence(
        "Xen: any object of a bucket was taken for the one sought",
        FIRST_OF_BUCKET,
        (
            pool(PERSISTENT),
            *(put(0, oid) for oid in (FIRST, SECOND, THIRD)),
            (FlushObject(0, SECOND), (), DONE),
            (Get(at(0, FIRST)), (), HIT),
            (Get(at(0, SECOND)), (), MISS),
        ),
    ),
    Sequence(
        "Xen: two objects of one oid",
        known("a put to another index of an object makes a second object"),
        (pool(PERSISTENT), put(0), put(1), (Get(at(0)), (), HIT)),
    ),
    Sequence(
        "Xen: a put reported success after memory ran out",
        known("a put to a known object that is refused says stored"),
        (pool(PERSISTENT), put(0), without("objnode_alloc", 2, Put(at(LAST), OLD), REFUSED)),
    ),
    Sequence(
        "Xen: a lock was kept on the way out of a failing put",
        known("put keeps its lock"),
        (pool(PERSISTENT), without("obj_alloc", 0, Put(at(0), OLD), REFUSED), put(0)),
    ),
    Sequence(
        "Xen: a double free",
        known("an emptied objnode is handed back twice"),
        (pool(PERSISTENT), put(64), (FlushPage(at(64)), (), DONE)),
    ),
    Sequence(
        "Xen: a count was changed on one path only",
        known("drain forgets objnode_count"),
        (pool(PERSISTENT), put(1), put(LAST), (FlushObject(0, FIRST), (), DONE)),
    ),
    Sequence(
        "Xen: a pool id was not checked",
        known("an unknown pool is another's"),
        (pool(PERSISTENT), (Put(Handle(-1, FIRST, 0), OLD), (), REJECTED), (Freeze(1), (), REJECTED)),
    ),
    Sequence(
        "Xen: a list was gone through while things were struck out of it",
        known("objects are struck out of what is gone through"),
        (pool(EPHEMERAL), *(put(1, oid) for oid in PERMUTED), (FlushPool(0), (), DONE)),
    ),
    Sequence(
        "Xen: calls succeeded on a pool that was being destroyed",
        STAYS_IN_TABLE,
        (
            pool(PERSISTENT),
            put(5),
            (DestroyPool(0), (), DONE),
            (Get(at(5)), (), REJECTED),
            (DestroyPool(0), (), REJECTED),
        ),
    ),
    Sequence(
        "Cleancache: the first client to get a shared page took it from the others",
        known("a get of a shared page removes it"),
        (pool(SHARED), put(7), (Get(at(7)), (), HIT), (Get(at(7)), (), HIT)),
    ),
    Sequence(
        "Frontswap: a store over a page failed, and the stale page came back",
        known("a refused duplicate keeps the old page"),
        (pool(PERSISTENT), put(5), (Put(at(5), NEW), NO_PAGE, REFUSED), (Get(at(5)), (), MISS)),
    ),
    Sequence(
        "Defect D1: an error of decompression came out as a page",
        known("a failing get_data gives an empty page"),
        (pool(PERSISTENT), put(5), (Get(at(5)), NO_DATA, FAILED), (Get(at(5)), (), HIT)),
    ),
    Sequence(
        "Defect D2: the repair of that left the page, and an object with none",
        known("a failing get_data leaves an ephemeral page"),
        (pool(EPHEMERAL), put(5), (Get(at(5)), NO_DATA, FAILED), (Get(at(5)), (), MISS)),
    ),
    Sequence(
        "Defect D3: a refused put left the objnodes that it had been given",
        known("a refused put keeps its objnodes"),
        (pool(PERSISTENT), put(LAST), without("objnode_alloc", 4, Put(at(0), OLD), REFUSED)),
    ),
    Sequence(
        "Defect D4: a tree stayed too tall, here by more than one height",
        known("delete shrinks by one level at most"),
        (pool(PERSISTENT), put(0), put(4096), (FlushPage(at(4096)), (), DONE), put(1)),
    ),
    Sequence(
        "A mutant: a tree shrank no further than to one objnode",
        known("delete shrinks to height 1 at best"),
        (pool(EPHEMERAL), put(0), put(1), (Get(at(1)), (), HIT), put(63)),
    ),
    Sequence(
        "A mutant: a tree shrank although other slots of its root were used",
        known("delete shrinks over other used slots"),
        (
            pool(PERSISTENT),
            *(put(index) for index in (0, 64, 4095)),
            (FlushPage(at(4095)), (), DONE),
            (Get(at(64)), (), HIT),
        ),
    ),
    Sequence(
        "Defect D5: a put over a page needed memory, and lost the page without it",
        known("a duplicate gives its objnodes back and asks for them again"),
        (
            pool(PERSISTENT),
            put(LAST),
            without("objnode_alloc", 0, Put(at(LAST), NEW), STORED),
            (Get(at(LAST)), (), HIT),
        ),
    ),
    Sequence(
        "Defect D16: slots_in_use was stale when a tree was destroyed",
        known("drain hands out a leaf with its count"),
        (pool(PERSISTENT), put(1), put(2), (DestroyPool(0), (), DONE)),
    ),
    Sequence(
        "Defect D21: flags that mean nothing were ignored",
        known("unknown flags are ignored"),
        ((NewPool(0x100), (), REJECTED), (NewPool(PERSISTENT | SHARED), (), REJECTED), pool(EPHEMERAL)),
    ),
    Sequence(
        "Linux, radix trees: a slot was cleared and still counted",
        known("a slot is cleared without the count"),
        (pool(PERSISTENT), put(1), put(2), (FlushPage(at(2)), (), DONE), (FlushPage(at(1)), (), DONE), put(0)),
    ),
    Sequence(
        "Zcache: a put to a frozen pool left the page that it was to replace",
        known("a put to a frozen pool leaves the stale page"),
        (
            pool(EPHEMERAL),
            put(5),
            (Freeze(0), (), DONE),
            (Put(at(5), NEW), (), REFUSED),
            (Thaw(0), (), DONE),
            (Get(at(5)), (), MISS),
        ),
    ),
    Sequence(
        "The thread's race: reclaim hit a page that was put meanwhile",
        known("reclaim goes by the handle alone"),
        (pool(EPHEMERAL), put(5), put(5, page=NEW), (Reclaim(at(5), names_held=False), (), Outcome.NOT_FOUND)),
    ),
    Sequence(
        "The published pools: an id was given again while its pages were there",
        known("a pool id is given twice"),
        (pool(EPHEMERAL), put(5), pool(EPHEMERAL), (Get(at(5)), (), HIT)),
    ),
    Sequence(
        "A mutant: lookup looked beyond the height, and found the page of index 0",
        known("lookup believes every index to be in range"),
        (pool(PERSISTENT), put(0), (Get(at(65)), (), MISS), put(65), (Get(at(0)), (), HIT)),
    ),
)
