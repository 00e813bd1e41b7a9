"""The store, pool by pool and handle by handle, and the step that one call makes it take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from tmem_spec import machine
from tmem_spec.calls import (
    QUIET,
    Answer,
    Call,
    DestroyPool,
    Environment,
    FlushObject,
    FlushPage,
    FlushPool,
    Freeze,
    Get,
    HandleCall,
    NewPool,
    Outcome,
    Page,
    PoolCall,
    Put,
    Reclaim,
    Thaw,
)
from tmem_spec.invariants import Violation, violation
from tmem_spec.maps import Map
from tmem_spec.words import PERSISTENT, SHARED, Handle, flags_accepted, index_valid, oid_valid

Place = tuple[int, int]  # (oid, index) within a pool


@dataclass(frozen=True, slots=True)
class Pool:
    """A pool's rules and pages. A destroyed pool keeps its place, so that its id is known to be spent."""

    rules: machine.Rules
    pages: Map[Place, Page] = field(default_factory=Map)
    destroyed: bool = False

    def indexes(self) -> Mapping[int, frozenset[int]]:
        """The set of indexes stored, for each object that has any."""
        objects: dict[int, set[int]] = {}
        for oid, index in self.pages:
            objects.setdefault(oid, set()).add(index)
        return {oid: frozenset(indexes) for oid, indexes in objects.items()}


@dataclass(frozen=True, slots=True)
class Store:
    """Everything that tmem holds: pool id -> pool, and in it (oid, index) -> page. Never changed, only replaced."""

    pools: Map[int, Pool] = field(default_factory=Map)

    def held(self, handle: Handle) -> Page | None:
        """The page at a handle, or None."""
        pool = self.pools.get(handle.pool)
        return None if pool is None else pool.pages.get((handle.oid, handle.index))

    def with_pool(self, pool_id: int, pool: Pool) -> Store:
        """This store with one pool added or replaced."""
        return Store(self.pools.with_entry(pool_id, pool))

    def with_held(self, handle: Handle, page: Page | None) -> Store:
        """This store with `page` at the handle, or nothing. Every other handle stays (COH-5): the frame."""
        pool = self.pools[handle.pool]
        pages = pool.pages.with_entry((handle.oid, handle.index), page)
        return self.with_pool(handle.pool, replace(pool, pages=pages))


@dataclass(frozen=True, slots=True)
class Step:
    """The store after a call, and what was wrong with its answer."""

    store: Store
    violations: tuple[Violation, ...] = ()


def step(store: Store, call: Call, answer: Answer, environment: Environment = QUIET) -> Step:
    """Judge one call: the next store, and each violation with the fact found and the fact expected."""
    if isinstance(call, NewPool):
        return _new_pool(store, call, answer)
    wrong = acceptable(store, call)
    if wrong is not None:
        return Step(store, _rejected(wrong, call, answer))
    if isinstance(call, Put | Get | FlushPage | Reclaim):
        after = _on_handle(store, call, answer, environment)
        return Step(store.with_held(call.handle, after.held), after.violations)
    return _on_pool(store, call, answer, environment)


def acceptable(store: Store, call: HandleCall | PoolCall) -> str | None:
    """None if the call names a live pool, a valid oid and a valid index, or the invariant that has it rejected."""
    if isinstance(call, Put | Get | FlushPage | Reclaim):
        pool_id, oid, index = call.handle.pool, call.handle.oid, call.handle.index
    else:
        pool_id, oid, index = call.pool, call.oid if isinstance(call, FlushObject) else 0, 0
    pool = store.pools.get(pool_id)
    if pool is None or pool.destroyed:
        return "POOL-1"
    if not oid_valid(oid):
        return "OID-3"
    return None if index_valid(index) else "OID-4"


def _rejected(invariant: str, call: HandleCall | PoolCall, answer: Answer) -> tuple[Violation, ...]:
    """What is wrong with the answer to a call that is to be rejected."""
    broken = machine.buffer_as_it_was(answer) if isinstance(call, Get) else ()
    if answer.outcome is Outcome.REJECTED:
        return broken
    return (*broken, violation(invariant, answer.outcome.value, Outcome.REJECTED.value))


def _on_handle(store: Store, call: HandleCall, answer: Answer, environment: Environment) -> machine.After:
    rules = store.pools[call.handle.pool].rules
    held = store.held(call.handle)
    if isinstance(call, Put):
        return machine.put(call.page, rules, environment, answer)
    if isinstance(call, Get):
        return machine.get(held, rules, environment, answer, exclusive=call.exclusive)
    if isinstance(call, Reclaim):
        return machine.reclaim(held, rules, environment, answer, names_held=call.names_held)
    return machine.flush_page(held, rules, environment, answer)


def _on_pool(store: Store, call: PoolCall, answer: Answer, environment: Environment) -> Step:
    """Object- and pool-wide calls: the same rule for every handle, inside what the call names or outside it."""
    pool = store.pools[call.pool]
    if isinstance(call, Freeze | Thaw):
        pool = replace(pool, rules=replace(pool.rules, frozen=isinstance(call, Freeze)))
        return Step(store.with_pool(call.pool, pool), _finished(answer, environment))

    def inside(place: Place) -> bool:
        return not isinstance(call, FlushObject) or place[0] == call.oid

    pages = pool.pages.each(lambda place, held: machine.flush(held, inside=inside(place)))
    flushed = replace(pool, pages=pages, destroyed=isinstance(call, DestroyPool))
    found_any = isinstance(call, FlushPool | DestroyPool) or pool.pages.has(inside)
    return Step(store.with_pool(call.pool, flushed), _finished(answer, environment, found_any=found_any))


def _finished(answer: Answer, environment: Environment, *, found_any: bool = True) -> tuple[Violation, ...]:
    """Done, or not found where there was nothing to do, or a callback's exception passed on."""
    if answer.outcome is Outcome.RAISED and environment.raised:
        return ()
    if answer.outcome is Outcome.NOT_FOUND and environment.reclaims:
        return ()
    expected = Outcome.DONE if found_any else Outcome.NOT_FOUND
    if answer.outcome is expected:
        return ()
    return (violation("COH-4", answer.outcome.value, expected.value),)


def _new_pool(store: Store, call: NewPool, answer: Answer) -> Step:
    """A pool with fresh id for acceptable flags; otherwise nothing."""
    if not flags_accepted(call.flags):
        broken = (
            ()
            if answer.outcome is Outcome.REJECTED
            else (violation("POOL-3", f"flags {call.flags:#x} accepted", Outcome.REJECTED.value),)
        )
        return Step(store, broken)
    if answer.pool is None or answer.outcome is not Outcome.DONE:
        return Step(store, (violation("POOL-3", f"flags {call.flags:#x}: {answer.outcome.value}", "a pool id"),))
    broken = ()
    earlier = store.pools.get(answer.pool)
    if earlier is not None and (not earlier.destroyed or earlier.pages.has(lambda _: True)):
        broken = (violation("POOL-2", f"id {answer.pool} given again", "an id that no pool with pages has"),)
    rules = machine.Rules(persistent=bool(call.flags & PERSISTENT), shared=bool(call.flags & SHARED))
    return Step(store.with_pool(answer.pool, Pool(rules)), broken)
