"""Calls on the store: a path becomes a real store, a real call and real failures, run on the shipped objects.

A path's store is arbitrary. The real one is a template that the path allows (`tmem_proofs.replay.templates`), filled
through the public interface; the call is made with the same callbacks failing at the same places, and the same other
thread between. It must answer, raise and call back as on the path, and leave the pages and the counts that the path
leaves; it must hold no lock, the store must find nothing broken in itself, and the specification nothing wrong.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass

from tmem_proofs.claims.call_state import single, struck_out
from tmem_proofs.claims.calls import PAGE, CallRun
from tmem_proofs.conformance.driver import Driver
from tmem_proofs.conformance.recorder import Fail
from tmem_proofs.engine.symbolic import as_fact
from tmem_proofs.engine.terms import Valuation
from tmem_proofs.replay.agree import agree
from tmem_proofs.replay.callbacks import callbacks_of, failures_of
from tmem_proofs.replay.memory import full_leaves
from tmem_proofs.replay.templates import ANYTHING, OID, OTHER_POOL, POOL, Objects, fit
from tmem_proofs.replay.worlds import Count, Meanwhile, World
from tmem_proofs.story import number
from tmem_spec import Handle, Outcome
from tmem_spec.calls import (
    Call,
    DestroyPool,
    FlushObject,
    FlushPage,
    FlushPool,
    Freeze,
    Get,
    HandleCall,
    NewPool,
    Put,
    Reclaim,
    Thaw,
)
from tmem_spec.metadata import Callback
from tmem_spec.store import Place
from tmem_spec.words import EPHEMERAL, index_valid, oid_valid

_DESTROYING = {Meanwhile.STRUCK_OUT, Meanwhile.DESTROYED}


@dataclass(frozen=True, slots=True)
class CallCase:
    """A path in plain values: a store, a call, what happens in it and beside it, and what comes of it.

    flags, frozen  of the pool, whose id is `templates.POOL`
    stored         what the pool holds before the call: at the handle of each place, `page_of` it
    failures       the callbacks that fail in the call; `meanwhile`: what happens beside it
    outcome        of the call, None if it ends in an exception of its own
    made           the id of the pool that the call makes
    passed_on      of the exceptions that callbacks raised, in order, the one that the call raises
    left           what the pool holds after the call
    counts         of each object that the call met and that is there after it
    plain          whether host and PAM are those of the package
    looked         what the call's object held when it was looked at, if another thread changes that before the lock
    gone           the oids of objects that another thread drops after all were listed, and before their locks
    """

    call: Call
    flags: int
    frozen: bool
    stored: tuple[Place, ...]
    failures: tuple[Fail, ...]
    meanwhile: Meanwhile
    outcome: Outcome | None
    made: int | None
    passed_on: int | None
    callbacks: tuple[Callback, ...]
    left: frozenset[Place]
    counts: tuple[Count, ...]
    plain: bool = False
    looked: frozenset[int] | None = None
    gone: tuple[int, ...] = ()


def concretise(run: CallRun) -> CallCase | None:
    """The path in plain values; None if it cannot be taken. May ask the solver. ReplayError: no template fits it."""
    fitting = fit(run)
    return None if fitting is None else case_of(run, *fitting)


def case_of(run: CallRun, objects: Objects, values: Valuation) -> CallCase:
    """The path in plain values, with a template that it allows."""
    stored = tuple(sorted((oid, index) for oid, indexes in objects.items() for index in indexes))
    made, meanwhile = tuple(callbacks_of(run, values)), _meanwhile(run)
    destroyed = meanwhile in _DESTROYING
    return CallCase(
        call=_call(run, stored, values),
        flags=EPHEMERAL if run.kind is None else number(run.kind, values),
        frozen=bool(number(run.was_frozen, values)),
        stored=stored,
        failures=tuple(failures_of(made)),
        meanwhile=meanwhile,
        outcome=None if run.answer is None else run.answer.outcome,
        made=None if run.answer is None or run.answer.pool is None else number(run.answer.pool, values),
        passed_on=_passed_on(run),
        callbacks=() if run.plain else tuple(one.callback for one in made),
        left=frozenset() if destroyed else _left(run, stored, values),
        counts=() if destroyed else tuple(_counts(run, values)),
        plain=run.plain,
        looked=_looked(run),
        gone=tuple(number(one.entry.key, values) for one in run.changes if one.listed),
    )


def replay(case: CallCase, driver: Driver | None = None) -> None:
    """Make the case's call to a shipped store, or to the driver's, which is to have no pool yet.

    Raises ReplayError if anything differs from the path, or is broken.
    """
    world = World.of_the_package() if case.plain else World() if driver is None else World(driver)
    fill(world, case)
    world.stage(case.meanwhile, POOL, _oid(case.call))
    if case.looked is not None:
        _change_before_the_lock(world, case)
    if case.gone:
        world.drop_when_listed(POOL, case.gone)
    no_leaf = full_leaves(world.store, POOL, _oid(case.call), world.driver.recorder, 0)
    with no_leaf if case.meanwhile is Meanwhile.NO_LEAF else nullcontext():
        driven = world.drive(case.call, *case.failures)
    agree("locks held", world.locked(), [])
    world.check()
    agree("outcome", driven.answer.outcome, case.outcome)
    agree("pool made", driven.answer.pool, case.made)
    agree("exception passed on", 0 if driven.answer.outcome is Outcome.RAISED else None, case.passed_on)
    agree("callbacks", driven.callbacks, case.callbacks)
    agree("counts", tuple(world.count(POOL, one.oid) for one in case.counts), case.counts)
    agree("pages left", frozenset(found(world, case)), case.left)
    for pool in world.judge.store.pools:
        world.use(Handle(pool, OID, 0))


def page_of(handle: Handle) -> bytes:
    """The page that is put at a handle before the call."""
    return str(handle).encode()


def fill(world: World, case: CallCase) -> None:
    """Make the pools, and put what the case's pool holds, and a page of another pool."""
    world.drive(DestroyPool(world.new_pool(EPHEMERAL)))
    world.new_pool(case.flags)
    world.new_pool(EPHEMERAL)
    held = [place for place in case.stored if case.looked is None or place[0] != _oid(case.call)]
    held += [(_oid(case.call), index) for index in sorted(case.looked or ())]
    for handle in (*(Handle(POOL, *place) for place in held), Handle(OTHER_POOL, OID, 0)):
        world.drive(Put(handle, page_of(handle)))
    if case.frozen:
        world.drive(Freeze(POOL))


def _change_before_the_lock(world: World, case: CallCase) -> None:
    """Have the call's object, as it was looked at, become the one that is stored, just before its lock is taken."""
    oid = _oid(case.call)

    def change() -> None:
        world.drive(Thaw(POOL))
        world.drive(FlushObject(POOL, oid))
        for handle in (Handle(POOL, *place) for place in case.stored if place[0] == oid):
            world.drive(Put(handle, page_of(handle)))
        if case.frozen:
            world.drive(Freeze(POOL))

    world.before_the_lock(POOL, oid, change)


def found(world: World, case: CallCase) -> Iterator[Place]:
    """Where a page is in the pool: looked for wherever one was or is to be, and at the call's own handle."""
    places = {*case.stored, *case.left}
    if isinstance(case.call, HandleCall) and oid_valid(case.call.handle.oid) and index_valid(case.call.handle.index):
        places.add((case.call.handle.oid, case.call.handle.index))
    return (place for place in sorted(places) if world.takes(Handle(POOL, *place)))


def _oid(call: Call) -> int:
    """The oid that a call names; any, of a call that names none."""
    if isinstance(call, HandleCall):
        return call.handle.oid
    return call.oid if isinstance(call, FlushObject) else OID


def _call(run: CallRun, stored: tuple[Place, ...], values: Valuation) -> Call:
    """The call, in the specification's words."""
    pool, oid, index = (number(one, values) for one in (run.pool_id, run.oid, run.index))
    handle = Handle(pool, oid, index)
    calls: dict[str, Call] = {
        "Tmem.put": Put(handle, PAGE),
        "Tmem.get": Get(handle),
        "Tmem.get_exclusive": Get(handle, exclusive=True),
        "Tmem.flush_page": FlushPage(handle),
        "Tmem.flush_object": FlushObject(pool, oid),
        "Tmem.flush_pool": FlushPool(pool),
        "Tmem.destroy_pool": DestroyPool(pool),
        "Tmem.reclaim": Reclaim(handle, pool == POOL and (oid, index) in stored and _names_held(run)),
        "Tmem.new_pool": NewPool(EPHEMERAL if run.flags is None else number(run.flags, values)),
        "Tmem.freeze": Freeze(pool),
        "Tmem.thaw": Thaw(pool),
    }
    return calls[single(run)]


def _names_held(run: CallRun) -> bool:
    """Whether a reclaim names the pampd at the handle. So it does where the path did not look."""
    trees = [run.contracts.first_tree(entry.first) for objects in run.objects for entry in objects.entries]
    met = [place.first for tree in trees if tree is not None for place in tree.map.entries]
    return all(pampd is run.contracts.named for pampd in met)


def _looked(run: CallRun) -> frozenset[int] | None:
    """What was there when it was looked at: anything, or nothing."""
    looks = [one.there for one in run.changes if not one.listed]
    return None if not looks else ANYTHING[OID] if looks[0] else frozenset()


def _meanwhile(run: CallRun) -> Meanwhile:
    if struck_out(run):
        return Meanwhile.STRUCK_OUT
    if run.path.knowledge.decided(as_fact(run.path.terms, run.was_destroyed)):
        return Meanwhile.DESTROYED
    lacking = [request.things for request in run.outside.requests if request.name == "memory"]
    if not lacking:
        return Meanwhile.NOTHING
    return Meanwhile.NO_LEAF if lacking == [["leaf"]] else Meanwhile.NO_MEMORY


def _passed_on(run: CallRun) -> int | None:
    errors = [request.error for request in run.outside.requests if request.error is not None]
    return next((nth for nth, error in enumerate(errors) if error is run.error), None)


def _left(run: CallRun, stored: tuple[Place, ...], values: Valuation) -> frozenset[Place]:
    """What the pool holds after the call: what it held, but for what the path has seen change."""
    left = frozenset(stored)
    for objects in run.objects:
        for entry in objects.entries:
            oid = number(entry.key, values)
            if entry.now is None or entry.now.root is None:
                left = frozenset(place for place in left if place[0] != oid)
                continue
            for place in entry.now.root.map.entries:
                at = oid, number(place.key, values)
                left = left - {at} if place.now is None else left | {at}
    return left


def _counts(run: CallRun, values: Valuation) -> Iterator[Count]:
    """What each object counts that the call met, and that is in its bucket after it."""
    for objects in run.objects:
        for entry in [one for one in objects.entries if one.now is not None]:
            oid, obj = number(entry.key, values), entry.now
            yield Count(oid, number(obj.pampd_count, values), number(obj.objnode_count, values))
