"""Calls on ranges: a path becomes a real store, a real call and real failures, run on the shipped objects.

As in `calls`, but that the call names several handles: it must give each page what it gives on the path, and leave at
each handle of the range, and beside it, what the path leaves there. A path may have more than one template; it is real
if in one of them the shipped objects do what it says.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from tmem_proofs.conformance.recorder import Fail
from tmem_proofs.replay.agree import ReplayError, agree
from tmem_proofs.replay.calls import page_of
from tmem_proofs.replay.memory import Full, full_leaves
from tmem_proofs.replay.range_worlds import PACKAGE, WORLDS, RangeWorld
from tmem_proofs.replay.templates import OID, OTHER_POOL, POOL
from tmem_proofs.replay.worlds import Count, Meanwhile
from tmem_spec import Handle, Outcome
from tmem_spec.calls import DestroyPool, Event, FlushObject, FlushPage, Freeze, Get, Put, Thaw
from tmem_spec.metadata import Callback
from tmem_spec.ranges import RangeCall
from tmem_spec.store import Place
from tmem_spec.words import EPHEMERAL


@dataclass(frozen=True, slots=True)
class Between:
    """The pool is destroyed when the bucket's lock was taken so often: what was done by then, as a range of its own."""

    taken: int
    call: RangeCall
    performed: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class RangeCase:
    """A path in plain values; as in `calls.CallCase`, but for these.

    hosts      whose host and PAM they are: see `range_worlds`
    entries    how many dicts find memory for another entry, before one does not
    between    what happens between two runs
    performed  the single calls that the range is, as far as they were performed, if it raises
    ended      DONE, if the call answers
    answers    what it gives of each page
    left       what is at each handle after the call, as far as there is anything
    """

    call: RangeCall
    hosts: str
    flags: int
    frozen: bool
    stored: tuple[Place, ...]
    failures: tuple[Fail, ...]
    meanwhile: Meanwhile
    performed: tuple[Event, ...]
    ended: Outcome
    passed_on: int | None
    answers: tuple[Any, ...]
    callbacks: tuple[Callback, ...]
    left: tuple[tuple[Place, bytes], ...]
    counts: tuple[Count, ...]
    entries: int = 0
    looked: frozenset[int] | None = None
    between: Between | None = None


def replay(case: RangeCase) -> None:
    """Make the case's call to a shipped store. Raises ReplayError if anything differs from the path, or is broken."""
    world = WORLDS[case.hosts]()
    _fill(world, case)
    world.failures = case.failures
    with ExitStack() as until_done:
        _stage(world, case, until_done)
        driven = world.drive_range(case.call, case.performed)
    agree("locks held", world.locked(), [])
    world.check()
    agree("how it ends", driven.ended, case.ended)
    agree("exception passed on", 0 if driven.ended is Outcome.RAISED else None, case.passed_on)
    answered = driven.performed if driven.ended is Outcome.DONE else ()
    agree("answers", tuple(_given(one) for one in answered), case.answers)
    if case.hosts != PACKAGE:
        agree("callbacks", (*world.before, *driven.callbacks), case.callbacks)
    agree("counts", tuple(world.count(POOL, one.oid) for one in case.counts), case.counts)
    agree("pages left", tuple(_left(world, case)), case.left)
    for pool in world.judge.store.pools:
        world.use(Handle(pool, OID, 0))


def _given(event: Event) -> Any:
    """What a single call answers, as a call on a range gives it."""
    match event.call:
        case Put():
            return event.answer.outcome is Outcome.STORED
        case FlushPage():
            return event.answer.outcome is Outcome.DONE
        case _:
            return event.answer.page


def _fill(world: RangeWorld, case: RangeCase) -> None:
    """Make the pools, and put what the case's pool holds, and a page of another pool."""
    world.drive(DestroyPool(world.new_pool(EPHEMERAL)))
    world.new_pool(case.flags)
    world.new_pool(EPHEMERAL)
    held = [place for place in case.stored if case.looked is None or place[0] != case.call.handle.oid]
    held += [(case.call.handle.oid, index) for index in sorted(case.looked or ())]
    for handle in (*(Handle(POOL, *place) for place in held), Handle(OTHER_POOL, OID, 0)):
        world.drive(Put(handle, page_of(handle)))
    if case.frozen:
        world.drive(Freeze(POOL))


def _stage(world: RangeWorld, case: RangeCase, until_done: ExitStack) -> None:
    """Have other threads do what they do on the path, and memory be short, just before the call has the lock."""
    oid = case.call.handle.oid

    def change() -> None:
        if case.looked is not None:
            _replace(world, case)
        if case.meanwhile is Meanwhile.DESTROYED:
            world.drive(DestroyPool(POOL))
        if case.meanwhile is Meanwhile.NO_LEAF:
            recorder = world.driver.recorder
            until_done.enter_context(full_leaves(world.store, POOL, oid, recorder, case.entries))
        if case.meanwhile is Meanwhile.NO_MEMORY:
            world.pools[POOL].objs = Full(world.pools[POOL].objs, world.driver.recorder)

    if case.looked is not None or case.meanwhile is not Meanwhile.NOTHING:
        world.before_the_lock(POOL, oid, change)
    if case.between is not None:
        between = case.between
        world.destroy_between(POOL, oid, between.taken, between.call, between.performed)


def _replace(world: RangeWorld, case: RangeCase) -> None:
    """The call's object, as it was looked at, becomes the one that is stored."""
    oid = case.call.handle.oid
    world.drive(Thaw(POOL))
    world.drive(FlushObject(POOL, oid))
    for handle in (Handle(POOL, *place) for place in case.stored if place[0] == oid):
        world.drive(Put(handle, page_of(handle)))
    if case.frozen:
        world.drive(Freeze(POOL))


def _left(world: RangeWorld, case: RangeCase) -> Iterator[tuple[Place, bytes]]:
    """What is in the pool: looked for wherever a page was or is to be."""
    for place in sorted({*case.stored, *(place for place, _ in case.left), *_named(case)}):
        page = world.drive(Get(Handle(POOL, *place), exclusive=True)).answer.page
        if isinstance(page, bytes):
            yield place, page


def _named(case: RangeCase) -> Iterator[Place]:
    """The handles of the range, if it is one."""
    if case.ended is not Outcome.REJECTED:
        handle = case.call.handle
        yield from ((handle.oid, handle.index + at) for at in range(len(case.answers)))


def first_that_agrees(cases: Iterator[RangeCase]) -> RangeCase | None:
    """The first of the cases that the shipped objects agree with; None if there are none.

    Raises the first ReplayError if they agree with none.
    """
    first: ReplayError | None = None
    for case in cases:
        try:
            replay(case)
        except ReplayError as error:
            first = first or error
        else:
            return case
    if first is not None:
        raise first
    return None
