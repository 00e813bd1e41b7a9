"""What the host and the PAM see: the callbacks of one call, what they hold after it, and what must be so.

The machine says what handles hold; this says that nothing is leaked, freed twice or kept behind the caller's back,
that failure is cleaned up after, and that the metadata obeys the canonical law.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from tmem_spec import law
from tmem_spec.calls import Answer, Call, Outcome, Put
from tmem_spec.invariants import Level, Violation, invariant, named, violation
from tmem_spec.store import Store


class Callback(Enum):
    """A call that tmem makes, to the host or to the PAM, and whether it was refused."""

    OBJ_ALLOC = "obj_alloc"
    OBJ_ALLOC_REFUSED = "obj_alloc_failed"
    OBJ_FREE = "obj_free"
    OBJNODE_ALLOC = "objnode_alloc"
    OBJNODE_ALLOC_REFUSED = "objnode_alloc_failed"
    OBJNODE_FREE = "objnode_free"
    CREATE = "pam_create"
    CREATE_REFUSED = "pam_create_failed"
    GET_DATA = "pam_get_data"
    GET_DATA_FAILED = "pam_get_data_failed"
    FREE = "pam_free"


@dataclass(frozen=True, slots=True)
class Live:
    """What the host and the PAM hold: objs, objnodes and pages (pampds), of all pools together."""

    objs: int = 0
    objnodes: int = 0
    pages: int = 0


@invariant("MEM-1", "A refused put frees every objnode it was given.", source="thread: 'stump'", level=Level.OURS)
def mem_1(given: int, freed: int) -> bool:
    """Of a refused put: objnodes freed, from the first one given on, are at least those given."""
    return freed >= given


@invariant("MEM-2", "A refused put frees the obj, if it was new.", source="thread: tmem_put, label free")
def mem_2(objs_given: int, objs_freed: int) -> bool:
    """Of a refused put: objs freed, from the first one given on, are at least those given."""
    return objs_freed >= objs_given


@invariant("MEM-3", "A refused put frees the pampd, if it was created.", source="thread: tmem_put, label free")
def mem_3(created: int, freed: int) -> bool:
    """Of a refused put: pampds freed, from the first one created on, are at least those created."""
    return freed >= created


@invariant(
    "MEM-4",
    "A refused put leaves every other handle, and the canonical law, as they were.",
    source="thread: tmem_put calls delete to remove what was added; defects D3 and D4: that changes nothing",
    level=Level.OURS,
)
def mem_4(*, lawful_before: bool, lawful_after: bool) -> bool:
    """Of a refused put: a lawful store stays lawful. (Other handles: COH-5.)"""
    return lawful_after or not lawful_before


@invariant(
    "MEM-6",
    "One put asks for at most 11 objnodes; a duplicate for none.",
    source="a path beside a path up to a new root, 6 + 5; defect D5: the published duplicate put may need memory",
    level=Level.OURS,
)
def mem_6(callbacks: Sequence[Callback], *, duplicate: bool) -> bool:
    """Of every put."""
    asked = callbacks.count(Callback.OBJNODE_ALLOC) + callbacks.count(Callback.OBJNODE_ALLOC_REFUSED)
    return asked <= law.most_objnodes(duplicate=duplicate)


@invariant(
    "OWN-1",
    "Every obj, objnode and pampd is freed exactly once, and not touched afterwards.",
    source="Xen's history: double frees, frees on one error path only",
)
def own_1(before: Live, callbacks: Sequence[Callback], after: Live) -> bool:
    """Of every call, as far as counts can tell: what lives after it lived before, or was given, and was not freed."""
    return after == Live(
        before.objs + callbacks.count(Callback.OBJ_ALLOC) - callbacks.count(Callback.OBJ_FREE),
        before.objnodes + callbacks.count(Callback.OBJNODE_ALLOC) - callbacks.count(Callback.OBJNODE_FREE),
        before.pages + callbacks.count(Callback.CREATE) - callbacks.count(Callback.FREE),
    )


@invariant(
    "OWN-2",
    "get_data and free are handed only live pampds, of that very handle.",
    source="the PAM has nothing but the pampd to go by",
)
def own_2(handed: Sequence[object], live: Sequence[object]) -> bool:
    """Of every call: each pampd handed out, by identity, is one that the PAM holds for the handle."""
    return all(any(pampd is own for own in live) for pampd in handed)


@invariant("OWN-3", "When the pool is destroyed, nothing of it is live.", source="thread: above tmem_destroy_pool")
def own_3(live: Live) -> bool:
    """Of the pool's share of what the host and the PAM hold."""
    return live == Live()


@invariant(
    "ACC-1",
    "What is charged to a client is its live objs, objnodes and page bytes, at every moment no call is running.",
    source="thread: hostops exist for accounting, per client and with the metadata",
    level=Level.OURS,
)
def acc_1(charged: Mapping[str, int], live: Mapping[str, int]) -> bool:
    """Of every client of a host that keeps accounts."""
    return charged == live


def lawful_objnodes(store: Store) -> int:
    """How many objnodes the canonical law gives to everything stored."""
    return sum(law.objnodes(indexes) for pool in store.pools.values() for indexes in pool.indexes().values())


def judge_metadata(
    before: Store,
    after: Store,
    call: Call,
    answer: Answer,
    callbacks: Sequence[Callback],
    live: tuple[Live, Live],
) -> list[Violation]:
    """Every violation that one call's callbacks, and what is live before and after it, amount to."""
    was, now = live
    broken = _ownership(after, callbacks, was, now)
    if isinstance(call, Put):
        broken += _put(before, call, callbacks)
        if answer.outcome is not Outcome.STORED:
            broken += _given_back(callbacks)
            broken += _law_kept(was.objnodes - lawful_objnodes(before), now.objnodes - lawful_objnodes(after))
    lawful = lawful_objnodes(after)
    if now.objnodes != lawful:
        broken.append(violation("SHR-4", f"{now.objnodes} live objnodes", f"{lawful}, by the canonical law"))
    return broken


def _ownership(after: Store, callbacks: Sequence[Callback], was: Live, now: Live) -> list[Violation]:
    broken = []
    objects = sum(len(pool.indexes()) for pool in after.pools.values())
    pages = sum(len(pool.pages) for pool in after.pools.values())
    if not law.cnt_2(now.objs, objects):
        broken.append(violation("CNT-2", f"{now.objs} live objs", f"{objects}, the objects that have a page"))
    if not law.cnt_1(now.pages, pages):
        broken.append(violation("CNT-1", f"{now.pages} live pampds", f"{pages}, the pages stored"))
    if not own_1(was, callbacks, now):
        broken.append(violation("OWN-1", f"{now} after {was}", "the difference that the callbacks make"))
    if all(pool.destroyed for pool in after.pools.values()) and not own_3(now):
        broken.append(violation("OWN-3", f"{now} with every pool destroyed", "nothing live"))
    return broken


def _put(before: Store, call: Put, callbacks: Sequence[Callback]) -> list[Violation]:
    duplicate = before.held(call.handle) is not None
    if mem_6(callbacks, duplicate=duplicate):
        return []
    asked = callbacks.count(Callback.OBJNODE_ALLOC) + callbacks.count(Callback.OBJNODE_ALLOC_REFUSED)
    kind = "a duplicate put" if duplicate else "a put"
    most = law.most_objnodes(duplicate=duplicate)
    return [violation("MEM-6", f"{kind} asking for {asked} objnodes", f"{most} at most")]


_LOANS = (
    ("MEM-1", "objnodes", Callback.OBJNODE_ALLOC, Callback.OBJNODE_FREE),
    ("MEM-2", "objs", Callback.OBJ_ALLOC, Callback.OBJ_FREE),
    ("MEM-3", "pampds", Callback.CREATE, Callback.FREE),
)


def _given_back(callbacks: Sequence[Callback]) -> list[Violation]:
    """What a put that stores nothing was given and has kept."""
    broken = []
    for identifier, what, given, freed in _LOANS:
        # What it freed before it was given anything is what the handle held: that pays back nothing.
        since = callbacks.index(given) if given in callbacks else len(callbacks)
        lent, returned = callbacks.count(given), callbacks[since:].count(freed)
        if not named(identifier).predicate(lent, returned):
            found = f"{lent} {what} given and {returned} freed by a refused put"
            broken.append(violation(identifier, found, "none kept"))
    return broken


def _law_kept(excess_before: int, excess_after: int) -> list[Violation]:
    """Of a put that stores nothing: the objnodes beyond the canonical law before it, and after it."""
    if mem_4(lawful_before=excess_before == 0, lawful_after=excess_after == 0):
        return []
    return [violation("MEM-4", f"{excess_after} objnodes beyond the law, none before", "the law, as before")]
