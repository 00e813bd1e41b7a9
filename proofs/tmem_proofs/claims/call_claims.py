"""What every invariant says of one path through a call on the store.

The call is a step of the specification's machine: given what the handle held, what the environment did and what was
answered, `tmem_spec.machine` says what it holds next and what is wrong with the answer. Each invariant has its share.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from tmem_proofs.claims.call_state import (
    accepted,
    entry_now,
    get_data_error,
    get_data_raised,
    held_now,
    in_pool,
    judged,
    page_in,
    pages_freed,
    pool_alive,
    rejected,
    single,
    struck_out,
    times,
)
from tmem_proofs.claims.calls import CallRun
from tmem_proofs.claims.claim import Claim, Claims
from tmem_proofs.claims.new_pool import NEW_POOL_CLAIMS
from tmem_spec import words
from tmem_spec.calls import Outcome


def named_by(invariant: str) -> Claims:
    """Nothing that this invariant names is wrong with the answer, by the specification's rule for the call."""

    def claims(run: CallRun) -> Iterator[Claim]:
        after = judged(run)
        if after is not None:
            found = [str(one) for one in after.violations if one.invariant == invariant]
            yield Claim(not found, "; ".join(found))

    return claims


def next_page(*outcomes: Outcome, kind: int | None = None) -> Claims:
    """After these answers (or any), on pools of this kind (or any), the handle holds what the rule says."""

    def claims(run: CallRun) -> Iterator[Claim]:
        after = judged(run)
        if after is None or run.answer is None or (kind is not None and run.kind != kind):
            return
        if outcomes and run.answer.outcome not in outcomes:
            return
        now = held_now(run)
        yield Claim(now == after.held, f"{now!r} at the handle after {run.answer.outcome.value}, not {after.held!r}")

    return claims


def flushed(run: CallRun) -> Iterator[Claim]:
    """COH-4, of flush_object, flush_pool and destroy_pool: no call can find anything that they name."""
    if not accepted(run):
        return
    if run.operation == "Tmem.flush_object":
        yield Claim(entry_now(run) is None, "the object is still in its bucket")
        was = run.objects[0].entry_first(run.oid) is not None
        said = run.answer is not None and run.answer.outcome in {Outcome.DONE, Outcome.RAISED}
        yield Claim(said == was, f"answer {run.answer}, object there before: {was}")
        return
    for objects in run.objects:
        yield Claim(objects.listed, "what the pool has is not looked at")
        yield Claim(all(entry.now is None for entry in objects.entries), "objects left in the pool")


def others_stay(run: CallRun) -> Iterator[Claim]:
    """COH-5: a handle that the call does not name holds what it held; so do other pools and what is in them."""
    pool_entries = run.store._pools.changed()
    yield Claim(
        all(entry.key is run.pool_id or run.flags is not None for entry in pool_entries), "another pool changed"
    )
    if run.operation in {"Tmem.flush_pool", "Tmem.destroy_pool"}:
        return
    other_oid = run.path.integer("another oid", 0, words.INVALID_OID - 1)
    other_index = run.path.integer("another index", 0, words.INDEX_LIMIT - 1)
    named = other_oid == run.oid if run.operation == "Tmem.flush_object" else run.named(other_oid, other_index)
    if named:
        return
    for objects in run.objects:
        for entry in objects.entries:
            if entry.key == other_oid:
                was, now = page_in(run, entry, other_index, first=True), page_in(run, entry, other_index, first=False)
                yield Claim(was == now, f"{now!r} at another handle, where {was!r} was")
    yield Claim(holds=True, found="")


def object_exists_iff_it_has_a_page(run: CallRun) -> Iterator[Claim]:
    """CNT-2: what is in a pool has a page, and what was taken out has none, or is torn down."""
    for objects in run.objects:
        for entry in objects.entries:
            if entry.now is not None:
                yield Claim(entry.now.root is not None, "an object without a page is in the pool")
            elif entry.first is not None:
                yield Claim(entry.first.root is None, "an object out of the pool still has pages")
    yield from seen("CNT-2")(run)


def given_back(kind: str) -> Claims:
    """MEM-1, MEM-2, MEM-3: a put that stores nothing frees everything of this kind that it was given."""

    def claims(run: CallRun) -> Iterator[Claim]:
        if run.answer is None or run.answer.outcome not in {Outcome.REFUSED, Outcome.RAISED}:
            return
        for thing in run.outside.given:
            if type(thing).__name__ == kind:
                yield Claim(times(thing, run.outside.freed) == 1, f"{thing!r} not freed by a put that stores nothing")

    return claims


def freed_exactly_once(run: CallRun) -> Iterator[Claim]:
    """OWN-1: whatever was given or unlinked is in the store, or was freed once, and not both."""
    for thing in run.outside.given:
        linked = times(thing, run.outside.linked) if not isinstance(thing, run.code.tree.Obj) else in_pool(run, thing)
        freed = times(thing, run.outside.freed)
        yield Claim(linked + freed == 1, f"{thing!r} {linked} times linked and {freed} times freed")
    for thing in run.outside.unlinked:
        yield Claim(
            times(thing, run.outside.freed) == 1,
            f"{thing!r} unlinked and {times(thing, run.outside.freed)} times freed",
        )
    for objects in run.objects:
        for entry in objects.entries:
            if entry.first is not None and not in_pool(run, entry.first):
                yield Claim(times(entry.first, run.outside.freed) == 1, "an obj out of the pool is not freed once")
    yield from pages_freed(run)
    yield from seen("OWN-1")(run)


def objects_go_by_oid(run: CallRun) -> Iterator[Claim]:
    """OID-1, of flush_pool and destroy_pool: of two objects of a bucket, the one whose oid comes first goes first."""
    for objects in run.objects:
        entries = [entry for entry in objects.entries if entry.first is not None]
        going = [entry for thing in run.outside.freed for entry in entries if entry.first is thing]
        for one, other in pairwise(going):
            yield Claim(one.key <= other.key, f"object {one.key} of {objects.name} goes before object {other.key}")


def removed_page_is_freed(run: CallRun) -> Iterator[Claim]:
    """EPH-1: a hit on a private ephemeral pool removes the page, and frees its pampd once."""
    if run.answer is None or run.answer.outcome is not Outcome.HIT:
        return
    if accepted(run) and run.kind == words.EPHEMERAL:
        page = run.answer.page
        yield Claim(held_now(run) is None, f"{held_now(run)!r} at the handle after a hit")
        freed = times(page.pampd, run.outside.freed)
        yield Claim(freed == 1, f"the pampd of the page got freed {freed} times")


def nothing_is_left(run: CallRun) -> Iterator[Claim]:
    """OWN-3: a destroyed pool is out of the table, marked so, and every object of it torn down to its obj."""
    if accepted(run):
        yield Claim(run.pool.destroyed, "the pool is not marked destroyed")
        yield Claim(all(entry.now is None for entry in run.store._pools.entries), "the pool is still in the table")
        passed = len(run.passed) > 1 and min(run.passed) > 0
        yield Claim(passed, f"its objects were listed when its locks had been taken {run.passed} times")
        for objects in run.objects:
            for entry in (one for one in objects.entries if one.first is not None):
                yield Claim(times(entry.first, run.outside.freed) == 1, "an object of the pool is not freed once")


def exceptions_are_passed_on(run: CallRun) -> Iterator[Claim]:
    """ERR-2: the call raises what a callback raised first, that very exception; else only what tmem itself raises."""
    yield Claim(run.answer is not None, f"it raised {run.error!r}")
    raised = run.outside.first_raised
    if raised is not None or (run.answer is not None and run.answer.outcome is Outcome.RAISED):
        passed_on = run.error is raised or (get_data_error(run) and not get_data_raised(run))
        yield Claim(passed_on, f"{run.error!r} passed on, where a callback raised {raised!r} first")
    yield from named_by("ERR-2")(run)


def refuses_a_dead_pool(run: CallRun) -> Iterator[Claim]:
    """POOL-1: what is no pool, or no more, is rejected, as what it is, and nothing is called or changed."""
    if not pool_alive(run):
        yield from rejected(run)
    if run.pool is None or struck_out(run):
        made = run.pool_id >= 0 and run.pool_id < run.spent
        kind = "PoolDestroyedError" if made else "PoolError"
        yield Claim(type(run.error).__name__ == kind, f"{run.error!r} raised, not {kind}")


def refuses_bad_oids(run: CallRun) -> Iterator[Claim]:
    """OID-3."""
    if pool_alive(run) and not words.oid_valid(run.oid):
        yield from rejected(run)


def refuses_bad_indexes(run: CallRun) -> Iterator[Claim]:
    """OID-4."""
    if pool_alive(run) and words.oid_valid(run.oid) and not run.index_accepted():
        yield from rejected(run)


def goes_to_its_bucket(run: CallRun) -> Iterator[Claim]:
    """OID-2: an object is under the lock of the bucket that its oid names, and no other is taken for it."""
    for objects in run.objects:
        for entry in objects.entries:
            if entry.now is not None:
                yield Claim(entry.now.lock is objects.lock_of(entry.key), f"the lock of object {entry.key}")
            if entry.now is not entry.first and entry.first is not None:
                yield Claim(entry.first.lock is None, "an object out of the pool has a lock")
    yield Claim(len(run.buckets) <= 1, f"{len(run.buckets)} buckets")


def ids_are_new(run: CallRun) -> Iterator[Claim]:
    """POOL-2: the id of a new pool is that of no pool before it."""
    if run.answer is not None and run.answer.outcome is Outcome.DONE:
        for entry in run.store._pools.entries:
            yield Claim(entry.first is None, f"id {entry.key} given again")
        yield Claim(run.answer.pool < run.store._spent, "an id that may be given again")


def flags_are_validated(run: CallRun) -> Iterator[Claim]:
    """POOL-3: a pool is made if, and only if, the specification accepts the flags; and it is of that kind."""
    wanted = words.flags_accepted(run.flags)
    made = None if run.answer is None else run.answer.pool
    yield Claim((made is not None) == wanted, f"flags {run.flags}: {run.answer}")
    if made is not None:
        pool = run.store._pools[made]
        persistent, keeps = bool(run.flags == words.PERSISTENT), bool(run.flags != words.EPHEMERAL)
        yield Claim(bool(pool.persistent) == persistent, f"persistent: {pool.persistent}, flags {run.flags}")
        yield Claim(bool(pool.keeps) == keeps, f"keeps: {pool.keeps}, flags {run.flags}")


def frozen_puts_flush(run: CallRun) -> Iterator[Claim]:
    """POOL-4: a put to a frozen pool stores nothing and leaves nothing; freeze and thaw set what they say."""
    if single(run) == "Tmem.put" and accepted(run) and run.was_frozen:
        yield Claim(held_now(run) is None, f"{held_now(run)!r} at the handle after a put to a frozen pool")
        yield from named_by("POOL-4")(run)
    if run.operation in {"Tmem.freeze", "Tmem.thaw"} and accepted(run):
        yield Claim(run.pool.frozen is (run.operation == "Tmem.freeze"), f"frozen: {run.pool.frozen}")
    if run.operation == "Tmem.freeze" and accepted(run):
        passed = [bucket.lock.taken for bucket in run.buckets]
        yield Claim(passed == [1] * len(passed) and len(passed) > 1, f"the buckets' locks were taken {passed} times")


def no_lock_is_held(run: CallRun) -> Iterator[Claim]:
    """LCK-2."""
    yield Claim(not run.witness.held, f"the locks of {[lock.name for lock in run.witness.held]} are held at the end")


def all_of(one: Claims, other: Claims) -> Claims:
    """What two say."""

    def claims(run: CallRun) -> Iterator[Claim]:
        yield from one(run)
        yield from other(run)

    return claims


def seen(invariant: str) -> Claims:
    """What was seen of it at the moment that it happened."""

    def claims(run: CallRun) -> Iterator[Claim]:
        for name, holds, found in run.witness.findings:
            if name == invariant:
                yield Claim(holds, found)

    return claims


EVERY: dict[str, Claims] = {
    "COH-5": others_stay,
    "CNT-2": object_exists_iff_it_has_a_page,
    "OWN-1": freed_exactly_once,
    "ERR-2": exceptions_are_passed_on,
    "POOL-1": refuses_a_dead_pool,
    "LCK-1": seen("LCK-1"),
    "LCK-2": no_lock_is_held,
    "LCK-3": seen("LCK-3"),
}

HANDLE: dict[str, Claims] = {
    **EVERY,
    "OID-2": goes_to_its_bucket,
    "OID-3": refuses_bad_oids,
    "OID-4": refuses_bad_indexes,
    "CNT-1": seen("CNT-1"),
    "OWN-2": seen("OWN-2"),
}

_DROP: dict[str, Claims] = {**EVERY, "COH-4": flushed, "OWN-2": seen("OWN-2")}

GET: dict[str, Claims] = {
    **HANDLE,
    "COH-1": named_by("COH-1"),
    "COH-2": named_by("COH-2"),
    "COH-6": next_page(kind=words.PERSISTENT),
    "EPH-1": removed_page_is_freed,
    "EPH-2": named_by("EPH-2"),
    "EPH-4": next_page(Outcome.HIT, kind=words.SHARED),
    "ERR-1": all_of(named_by("ERR-1"), next_page(Outcome.FAILED, Outcome.RAISED)),
}

# What is claimed of each call.
CALL_CLAIMS: dict[str, dict[str, Claims]] = {
    "Tmem.put": {
        **HANDLE,
        "COH-1": next_page(Outcome.STORED),
        "COH-3": next_page(Outcome.REFUSED, Outcome.RAISED),
        "CNT-4": seen("CNT-4"),
        "MEM-1": given_back("Several"),
        "MEM-2": given_back("Obj"),
        "MEM-3": given_back("Pampd"),
        "MEM-5": named_by("MEM-5"),
        "MEM-6": seen("MEM-6"),
        "POOL-4": frozen_puts_flush,
    },
    "Tmem.get": GET,
    "Tmem.get_exclusive": {key: claims for key, claims in GET.items() if key != "EPH-4"},
    "Tmem.flush_page": {**HANDLE, "COH-4": all_of(next_page(), named_by("COH-4")), "COH-6": named_by("COH-6")},
    "Tmem.reclaim": {
        **HANDLE,
        "EPH-2": next_page(Outcome.DONE),
        "EPH-3": all_of(next_page(), named_by("EPH-3")),
        "COH-6": named_by("COH-6"),
    },
    "Tmem.flush_object": {**_DROP, "OID-2": goes_to_its_bucket, "OID-3": refuses_bad_oids},
    "Tmem.flush_pool": {**_DROP, "OID-1": objects_go_by_oid},
    "Tmem.destroy_pool": {**_DROP, "OID-1": objects_go_by_oid, "OWN-3": nothing_is_left},
    "Tmem.new_pool": {
        **{key: EVERY[key] for key in ("COH-5", "ERR-2", "LCK-2", "LCK-3")},
        **NEW_POOL_CLAIMS,
        "LCK-1": all_of(NEW_POOL_CLAIMS["LCK-1"], seen("LCK-1")),
        "POOL-2": ids_are_new,
        "POOL-3": flags_are_validated,
    },
    "Tmem.freeze": {
        **{key: EVERY[key] for key in ("COH-5", "ERR-2", "POOL-1", "LCK-2", "LCK-3")},
        "POOL-4": frozen_puts_flush,
    },
    "Tmem.thaw": {**{key: EVERY[key] for key in ("COH-5", "ERR-2", "POOL-1")}, "POOL-4": frozen_puts_flush},
}
