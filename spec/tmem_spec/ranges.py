"""Ranges: consecutive indexes of one object, named by one call. What such a call means is said by single calls alone.

range    so many consecutive indexes of an object, from that of a handle on; there may be none
single   of a range, the call on one handle for each of its indexes: a put, a get that is not exclusive, or a flush
run      a part of a range that is done in one piece, no other call coming between: here, what lies below one leaf

**A range is its singles**, in the order of their indexes, each with an answer and an environment of its own. What they
do to a handle the machine says; nothing of that is said here. Three things are said beyond it:

* It is rejected, and no single is performed, unless all of them may be: `acceptable`.
* What a callback does for several pages at once, it does during the single of each of them. So a PAM that is asked for
  a run and raises has raised, and refused or failed, during every single of that run; and an objnode that is refused to
  several pages together is refused during each of their puts.
* A range that a callback's exception ends, or data that could not be had, has no answers for its caller. It is the
  singles that were performed: every one of the runs before the run in which that happened; of this run, some or all;
  none of any later run. A single that was performed in an earlier run has done what its answer would have said. One
  of this run has too; or it has ended as the range has. One that was not performed has changed nothing: its handle
  holds what it held. Which ones were performed, the caller is not told, and can find out by gets alone.

Between two runs other calls may come: as LIN-1 has a call on a pool as one step a bucket, a range is one step a run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tmem_spec import law, store
from tmem_spec.calls import Answer, Event, FlushPage, FlushPool, Get, Outcome, Page, Put
from tmem_spec.invariants import Violation, violation
from tmem_spec.judge import Judge, Judged
from tmem_spec.metadata import Callback, Live, judge_metadata
from tmem_spec.words import INDEX_LIMIT, SLOTS, Handle


@dataclass(frozen=True, slots=True)
class PutRange:
    """Store pages at consecutive indexes of an object, the first of them at the handle."""

    handle: Handle
    pages: tuple[Page, ...]


@dataclass(frozen=True, slots=True)
class GetRange:
    """Read the pages at so many consecutive indexes, from the handle on; remove them from a private ephemeral pool."""

    handle: Handle
    count: int


@dataclass(frozen=True, slots=True)
class FlushRange:
    """Drop the pages at so many consecutive indexes of an object, from the handle on."""

    handle: Handle
    count: int


RangeCall = PutRange | GetRange | FlushRange
Single = Put | Get | FlushPage

_EXCEPTIONS = {Outcome.RAISED, Outcome.FAILED}


def count_of(call: RangeCall) -> int:
    """How many indexes the call names; a number below 0 names none, and is never acceptable."""
    return len(call.pages) if isinstance(call, PutRange) else call.count


def singles(call: RangeCall) -> tuple[Single, ...]:
    """What the range is: the single calls at the index of its handle, the next one, and so on."""
    first = call.handle.index
    handles = [replace(call.handle, index=index) for index in range(first, first + count_of(call))]
    if isinstance(call, PutRange):
        return tuple(map(Put, handles, call.pages))
    return tuple(map(Get if isinstance(call, GetRange) else FlushPage, handles))


def run_of(index: int) -> int:
    """Which run an index belongs to: the number of its leaf."""
    return index // SLOTS


def acceptable(before: store.Store, call: RangeCall) -> str | None:
    """None if the call names a live pool, a valid oid and valid indexes, or the invariant that has it rejected.

    Of an empty range, the index at which it begins must be valid.
    """
    wrong = store.acceptable(before, FlushPage(call.handle))
    if wrong is not None:
        return wrong
    return None if 0 <= count_of(call) <= INDEX_LIMIT - call.handle.index else "OID-4"


def ended_rightly(call: RangeCall, ended: Outcome, performed: Sequence[Event]) -> bool:
    """Whether an acceptable range may end like this, having performed these singles.

    DONE: all of them, none of which ended in an exception. Else as one of them did, and all that did are of one run:
    every single before that run was performed, some or all of it, and none after it.
    """
    whole, done = list(singles(call)), [event.call for event in performed]
    raised = {event.answer.outcome for event in performed} & _EXCEPTIONS
    if ended is Outcome.DONE:
        return done == whole and not raised
    broken = [event.call for event in performed if event.answer.outcome in _EXCEPTIONS]
    runs = {run_of(one.handle.index) for one in whole if one in broken}
    if len(runs) != 1 or ended not in raised:
        return False
    (last,) = runs
    earlier = [one for one in whole if run_of(one.handle.index) < last]
    some = [one for one in whole if run_of(one.handle.index) == last and one in done]
    return done == earlier + some


def judge_range(
    judge: Judge,
    call: RangeCall,
    ended: Outcome,
    performed: Sequence[Event],
    seen: tuple[Sequence[Callback], Live] | None = None,
) -> tuple[Violation, ...]:
    """Have a judge observe a range: how it ended, and each single that was performed. Gives the violations.

    `ended` is DONE if the range gave answers, REJECTED, or the exception in their place: FAILED or RAISED. `seen` are
    its callbacks and what is live after it, where they are known: they are of the whole range, as no one can tell
    which single of a run a callback was made for. Of what a refused put gives back (MEM-1 to MEM-3) this shows what is
    left of all of them: see CNT-1, CNT-2 and SHR-4.
    """
    before = judge.store
    broken = _ending(before, call, ended, performed)
    judge.findings += [Judged(len(judge.history), one) for one in broken]
    for event in performed:
        broken += judge.observe(event.call, event.answer, event.environment)
    if seen is not None:
        callbacks, live = seen
        outside = _asked(before, call, callbacks)
        # Of a call that is no put, `judge_metadata` looks at nothing but the law and who owns what.
        no_put, answer = FlushPool(call.handle.pool), Answer(Outcome.DONE)
        outside += judge_metadata(before, judge.store, no_put, answer, callbacks, (judge.live, live))
        judge.findings += [Judged(max(len(judge.history) - 1, 0), one) for one in outside]
        judge.live = live
        broken += outside
    return tuple(broken)


def _ending(before: store.Store, call: RangeCall, ended: Outcome, performed: Sequence[Event]) -> list[Violation]:
    """What is wrong with how a range ended, and with how many of its singles were performed."""
    wrong = acceptable(before, call)
    found = f"{ended.value}, {len(performed)} of {count_of(call)} single calls performed"
    if wrong is not None:
        rejected = ended is Outcome.REJECTED and not performed
        return [] if rejected else [violation(wrong, found, f"{Outcome.REJECTED.value}, and nothing performed")]
    if ended_rightly(call, ended, performed):
        return []
    return [violation("ERR-2", found, "an answer of each, or all up to the run that ended in an exception")]


def _asked(before: store.Store, call: RangeCall, callbacks: Sequence[Callback]) -> list[Violation]:
    """What is wrong with how many objnodes a range asked for: as many as its puts may, and others for none."""
    puts = singles(call) if isinstance(call, PutRange) else ()
    most = sum(law.most_objnodes(duplicate=before.held(one.handle) is not None) for one in puts)
    asked = callbacks.count(Callback.OBJNODE_ALLOC) + callbacks.count(Callback.OBJNODE_ALLOC_REFUSED)
    if asked <= most:
        return []
    return [violation("MEM-6", f"a range asking for {asked} objnodes", f"{most} at most, by its single calls")]
