"""What is claimed of a call on a range: of a page of it, what is claimed of the single call; and what is said of none.

A range is its single operations, one after another. A call that raises has performed some of them, and the rest of the
pages are as they were.
"""

from __future__ import annotations

from collections.abc import Iterator

from tmem_proofs.claims import call_claims
from tmem_proofs.claims.call_claims import GET, HANDLE, named_by, next_page, seen
from tmem_proofs.claims.call_state import accepted, get_data_raised, held_first, held_now, rejected, times
from tmem_proofs.claims.claim import Claim, Claims
from tmem_proofs.claims.range_calls import PAGES, RangeRun
from tmem_spec import words
from tmem_spec.calls import Outcome

NOT_STORED = {Outcome.REFUSED, Outcome.RAISED}


def others_stay(run: RangeRun) -> Iterator[Claim]:
    """COH-5: of other handles as ever; and a page whose single operation was not performed is as it was."""
    yield from call_claims.others_stay(run)
    if accepted(run) and run.indexes and run.answer is None:
        was, now = held_first(run), held_now(run)
        yield Claim(was == now, f"{now!r} at a handle where {was!r} was, and whose turn did not come")
    if accepted(run) and not run.indexes:
        yield Claim(not run.outside.calls and run.answers == [], f"{run.answers} of no page, {run.outside.calls}")


def exceptions_are_passed_on(run: RangeRun) -> Iterator[Claim]:
    """ERR-2: it answers page by page, or raises what a callback raised first, or what tmem itself raises."""
    if run.answers is not None:
        yield Claim(len(run.answers) == len(run.indexes), f"{len(run.answers)} answers of {len(run.indexes)} pages")
    kind = type(run.error).__name__
    told = {"NoneType", "CallbackError", "GetDataError", "HandleError", "PoolError", "PoolDestroyedError"}
    yield Claim(kind in told, f"it raised {run.error!r}")
    first = run.outside.first_raised
    if kind == "GetDataError":
        failed = run.outside.get_data_failed and not get_data_raised(run)
        yield Claim(failed, f"a get that fails, where no get_data did, or a callback raised {first!r}")
    else:
        passed_on = run.error is first if first is not None else kind != "CallbackError"
        yield Claim(passed_on, f"{run.error!r} passed on, where a callback raised {first!r} first")
    yield from named_by("ERR-2")(run)


def refuses_a_dead_pool(run: RangeRun) -> Iterator[Claim]:
    """POOL-1: as ever; and no run begins in a pool that was destroyed after the run before it."""
    yield from call_claims.refuses_a_dead_pool(run)
    if run.between is not None:
        yield Claim(type(run.error).__name__ == "PoolDestroyedError", f"{run.error!r} in a pool destroyed meanwhile")
        late = [one.index for one in run.ranges.performed if one.hold >= run.between]
        yield Claim(not late, f"pages {late} of a pool destroyed before their turn")


def objnodes_are_given_back(run: RangeRun) -> Iterator[Claim]:
    """MEM-1: where a page is not stored, every objnode taken for its run is freed."""
    done = run.done
    if run.answer is not None and done is not None and run.answer.outcome in NOT_STORED:
        for nodes, hold in run.ranges.taken:
            if hold == done.hold:
                yield Claim(times(nodes, run.outside.freed) == 1, f"{nodes!r} not freed by a run that stores nothing")
        yield Claim(holds=True, found="")


def pampd_is_given_back(run: RangeRun) -> Iterator[Claim]:
    """MEM-3: where a page is not stored, a pampd created for it is freed; where it is, it is linked, once."""
    if run.answer is None or run.answer.outcome not in {*NOT_STORED, Outcome.STORED}:
        return
    stored = run.answer.outcome is Outcome.STORED
    for pampd, page in run.outside.pages.values():
        if page == run.page:
            yield Claim(times(pampd, run.outside.linked) == stored, f"{pampd!r} linked, stored: {stored}")
            yield Claim(times(pampd, run.outside.freed) != stored, f"{pampd!r} freed, stored: {stored}")
    yield Claim(holds=True, found="")


def buffers_are_copied(run: RangeRun) -> Iterator[Claim]:
    """COH-1: what is stored is the bytes of the page at that place, whatever becomes of the caller's buffers."""
    yield from next_page(Outcome.STORED)(run)
    for _, page in run.outside.pages.values():
        yield Claim(isinstance(page, bytes) and page in PAGES, f"{page!r} stored")


def nothing_is_done(run: RangeRun) -> Iterator[Claim]:
    """OID-4: a range that is not all indexes is rejected as a whole."""
    yield from call_claims.refuses_bad_indexes(run)
    if not run.indexes and words.oid_valid(run.oid) and not run.index_accepted():
        yield from rejected(run) if run.pool is not None and not run.was_destroyed else ()


def frozen_puts_flush(run: RangeRun) -> Iterator[Claim]:
    """POOL-4: as of a put of one page."""
    if run.done is not None:
        yield from call_claims.frozen_puts_flush(run)


def frees_what_it_takes(run: RangeRun) -> Iterator[Claim]:
    """EPH-1: a hit on a private ephemeral pool removes the page, and frees its pampd once."""
    if run.answers is not None:
        yield from call_claims.removed_page_is_freed(run)


_RANGE: dict[str, Claims] = {
    **HANDLE,
    "COH-5": others_stay,
    "ERR-2": exceptions_are_passed_on,
    "POOL-1": refuses_a_dead_pool,
    "OID-4": nothing_is_done,
}

RANGE_CLAIMS: dict[str, dict[str, Claims]] = {
    "Tmem.put_range": {
        **_RANGE,
        "COH-1": buffers_are_copied,
        "COH-3": next_page(Outcome.REFUSED, Outcome.RAISED),
        "CNT-4": seen("CNT-4"),
        "SHR-3": seen("SHR-3"),
        "MEM-1": objnodes_are_given_back,
        "MEM-3": pampd_is_given_back,
        "MEM-5": named_by("MEM-5"),
        "MEM-6": seen("MEM-6"),
        "POOL-4": frozen_puts_flush,
    },
    "Tmem.get_range": {
        **_RANGE,
        **{key: one for key, one in GET.items() if key not in _RANGE},
        "EPH-1": frees_what_it_takes,
    },
    "Tmem.flush_range": {
        **_RANGE,
        "COH-4": call_claims.all_of(next_page(), named_by("COH-4")),
        "COH-6": named_by("COH-6"),
    },
}
