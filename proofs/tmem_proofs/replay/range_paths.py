"""Paths through calls on ranges, in plain values: with a template that a path allows, everything that it says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from tmem_proofs.claims.calls import CallRun
from tmem_proofs.claims.range_calls import PAGES, RangeRun
from tmem_proofs.counterexample import BESIDE, MIXED, NO_STORE, Example
from tmem_proofs.engine.heap import Data
from tmem_proofs.engine.symbolic import SymbolicInt, as_fact
from tmem_proofs.engine.terms import Valuation
from tmem_proofs.replay.callbacks import Made, failures_of
from tmem_proofs.replay.calls import page_of
from tmem_proofs.replay.range_callbacks import callbacks_of, is_mixed
from tmem_proofs.replay.range_calls import Between, RangeCase, first_that_agrees
from tmem_proofs.replay.range_calls import replay as replay_case
from tmem_proofs.replay.range_figures import Pages, place_of
from tmem_proofs.replay.range_templates import Fitting, fit
from tmem_proofs.replay.range_worlds import BATCH, OWN, OWN_HOST, PACKAGE
from tmem_proofs.replay.templates import ANYTHING, OID, POOL
from tmem_proofs.replay.worlds import Count, Meanwhile
from tmem_proofs.story import number
from tmem_spec import Answer, Handle, Outcome, law
from tmem_spec.calls import Environment, Event, FlushPage, Get, Put
from tmem_spec.ranges import FlushRange, GetRange, PutRange, RangeCall, singles
from tmem_spec.store import Place
from tmem_spec.words import EPHEMERAL, SLOT_BITS

_ENDED = {"NoneType": Outcome.DONE, "CallbackError": Outcome.RAISED, "GetDataError": Outcome.FAILED}


def replay(run: RangeRun) -> bool:
    """Replay a path; whether there was something to replay. Raises ReplayError. May ask the solver."""
    case = first_that_agrees(cases(run))
    own = case is not None and case.hosts == OWN
    if case is not None and own and not any(is_mixed(run, name) for name in ("create", "get_data")):
        replay_case(replace(case, hosts=BATCH))
    return case is not None


def cases(run: RangeRun) -> Iterator[RangeCase]:
    """The path in plain values, with each template that it allows; none if it cannot be taken. May ask the solver."""
    return (_case(run, fitting) for fitting in fit(run))


def example(run: RangeRun) -> Example | str:
    """The path up to its end, as a history with the first template that it allows, or why it is none."""
    fitting = next(fit(run), None)
    if fitting is None:
        return NO_STORE
    if run.between is not None or _meanwhile(run, fitting.pages)[0] is not Meanwhile.NOTHING:
        return BESIDE
    if run.plain_pam and not run.plain:
        return MIXED
    return _history(run, fitting, list(callbacks_of(run, fitting.pages, fitting.values)))


def _history(run: RangeRun, fitting: Fitting, made: list[Made]) -> Example:
    """What is there before the call, the call, and which of its callbacks fail."""
    pages, values = fitting.pages, fitting.values
    return Example(
        call=_call(run, pages, values),
        flags=EPHEMERAL if run.kind is None else number(run.kind, values),
        stored=tuple(sorted((oid, index) for oid, held in fitting.objects.items() for index in held)),
        frozen=bool(number(run.was_frozen, values)),
        failures=tuple(failures_of(made)),
        plain=run.plain,
    )


def _case(run: RangeRun, fitting: Fitting) -> RangeCase:
    """The path, with a template."""
    pages, values = fitting.pages, fitting.values
    made = list(callbacks_of(run, pages, values))
    history, call = _history(run, fitting, made), _call(run, pages, values)
    meanwhile, entries = _meanwhile(run, pages)
    lost = run.between is not None or meanwhile is Meanwhile.DESTROYED
    return RangeCase(
        call=call,
        hosts=PACKAGE if run.plain else OWN_HOST if run.plain_pam else OWN,
        flags=history.flags,
        frozen=history.frozen,
        stored=history.stored,
        failures=history.failures,
        meanwhile=meanwhile,
        performed=tuple(_performed(run, call, pages)),
        ended=_ENDED.get(type(run.error).__name__, Outcome.REJECTED),
        passed_on=_passed_on(run),
        answers=tuple(_answer(run, one, pages) for one in run.answers or ()),
        callbacks=tuple(one.callback for one in made),
        left=() if lost else tuple(sorted(_left(run, fitting).items())),
        counts=() if lost else tuple(_counts(run, values)),
        entries=entries,
        looked=_looked(run),
        between=_between(run, call, pages),
    )


def _call(run: RangeRun, pages: Pages, values: Valuation) -> RangeCall:
    """The call, in the specification's words."""
    handle = Handle(number(run.pool_id, values), number(run.oid, values), pages.first)
    if run.operation == "Tmem.put_range":
        return PutRange(handle, PAGES[: pages.count])
    return (GetRange if run.operation == "Tmem.get_range" else FlushRange)(handle, pages.count)


def _meanwhile(run: RangeRun, pages: Pages) -> tuple[Meanwhile, int]:
    """What happens beside the call; where memory is short, after how many entries of leaves."""
    if run.path.knowledge.decided(as_fact(run.path.terms, run.was_destroyed)):
        return Meanwhile.DESTROYED, 0
    if not any(request.name == "memory" for request in run.outside.requests):
        return Meanwhile.NOTHING, 0
    page = place_of(run, run.ranges.performed[-1].index)
    if not any(one.failed for one in run.ranges.alone):
        page = min(
            place_of(run, one.index) for one in run.ranges.performed if one.hold == run.ranges.performed[-1].hold
        )
    before = pages.after(page)
    return (Meanwhile.NO_LEAF if before else Meanwhile.NO_MEMORY), len(_leaves(before)) - len(_leaves(pages.held))


def _leaves(indexes: frozenset[int]) -> set[int]:
    return {index >> SLOT_BITS for index in indexes} if law.height(indexes) else set()


def _passed_on(run: CallRun) -> int | None:
    errors = [request.error for request in run.outside.requests if request.error is not None]
    return next((nth for nth, error in enumerate(errors) if error is run.error), None)


def _looked(run: RangeRun) -> frozenset[int] | None:
    """What was there when it was looked at: anything, or nothing."""
    looks = [one.there for one in run.changes]
    return None if not looks else ANYTHING[OID] if looks[0] else frozenset()


def _answer(run: RangeRun, given: Any, pages: Pages) -> Any:
    """What the call gives of a page: of a get, the page of the handle at which its pampd was."""
    pampd = given.pampd if isinstance(given, Data) else given
    if pampd is None or isinstance(pampd, bool):
        return given
    tree = run.contracts.first_tree(run.objects[0].entries[0].first)
    assert tree is not None  # noqa: S101 - for the type checker
    key = next(place.key for place in tree.map.entries if place.first is pampd)
    return page_of(Handle(POOL, OID, pages.first + _place(run, key)))


def _place(run: RangeRun, key: Any) -> int:
    return number(key - run.first, {}) if not isinstance(key - run.first, SymbolicInt) else place_of(run, key)


def _left(run: RangeRun, fitting: Fitting) -> dict[Place, bytes]:
    """What the pool holds after the call: what it held, but for what the path has seen change."""
    left = {(oid, at): page_of(Handle(POOL, oid, at)) for oid, held in fitting.objects.items() for at in held}
    now = run.objects[0].entries[0].now if run.objects and run.objects[0].entries else None
    for at in range(len(run.indexes)):
        where = OID, fitting.pages.first + at
        if at in fitting.pages.left and not fitting.pages.left[at]:
            left.pop(where, None)
        page = None if now is None else _new_page(run, now, at)
        if page is not None:
            left[where] = page
    return left


def _new_page(run: RangeRun, obj: Any, at: int) -> bytes | None:
    """The page that an object has at a place of the range, if it was put in the call."""
    for place in obj.root.map.entries:
        if _place(run, place.key) == at and place.now is not None and id(place.now) in run.outside.pages:
            page: bytes = run.outside.pages[id(place.now)][1]
            return page
    return None


def _counts(run: RangeRun, values: Valuation) -> Iterator[Count]:
    """What the call's object counts, if it is in its pool after it."""
    for entry in run.objects[0].entries if run.objects else ():
        if entry.now is not None:
            obj = entry.now
            yield Count(number(entry.key, values), number(obj.pampd_count, values), number(obj.objnode_count, values))


# The single calls of a range that raises, for a judge who sees no pampds.


def _performed(run: RangeRun, call: RangeCall, pages: Pages) -> Iterator[Event]:
    """All, of a range that answers. Of one that raises, those of earlier runs, and of the last one as the path says."""
    last = sum(bucket.lock.taken for bucket in run.buckets)
    in_last = {place_of(run, one.index) for one in run.ranges.performed if one.hold == last}
    begin = pages.end_of_run(0) if in_last and min(in_last) >= pages.end_of_run(0) else 0
    begin = begin if run.answers is None else pages.count
    for at, one in enumerate(singles(call)) if run.indexes else ():
        if at < begin or at in in_last:
            own = run.ranges.environment(run.indexes[at])
            environment = Environment(own.refused, own.get_data_failed, raised=at >= begin)
            yield Event(one, _answered(run, one, at, pages, finished=at < begin), environment)


def _answered(run: RangeRun, one: Put | Get | FlushPage, at: int, pages: Pages, *, finished: bool) -> Answer:
    """What a single call would have answered, or as what it ended."""
    if isinstance(one, Put):
        now = run.objects[0].entries[0].now
        stored = now is not None and _new_page(run, now, at) is not None
        return Answer(Outcome.STORED if stored else Outcome.REFUSED if finished else Outcome.RAISED)
    if one.handle.index not in pages.held:
        return Answer(Outcome.MISS if isinstance(one, Get) else Outcome.NOT_FOUND)
    if not finished:
        return Answer(Outcome.RAISED)
    return Answer(Outcome.HIT, page_of(one.handle)) if isinstance(one, Get) else Answer(Outcome.DONE)


def _between(run: RangeRun, call: RangeCall, pages: Pages) -> Between | None:
    """The run that was done when the pool was destroyed, as a range."""
    if run.between is None:
        return None
    done = pages.end_of_run(0)
    part = replace(call, pages=call.pages[:done]) if isinstance(call, PutRange) else replace(call, count=done)
    events = []
    for at, one in enumerate(singles(part)):
        environment = run.ranges.environment(run.indexes[at])
        events.append(Event(one, _answered(run, one, at, pages, finished=True), environment))
    return Between(run.between - 1, part, tuple(events))
