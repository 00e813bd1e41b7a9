"""What a call on the store found, and left: read off a finished run, in the specification's words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tmem_proofs.claims.calls import CallRun
from tmem_proofs.claims.claim import Claim
from tmem_proofs.engine.heap import Data
from tmem_spec import machine, words
from tmem_spec.calls import Outcome
from tmem_spec.machine import After, Rules

HANDLE_CALLS = ("Tmem.put", "Tmem.get", "Tmem.get_exclusive", "Tmem.flush_page", "Tmem.reclaim")
SINGLE = {"Tmem.put_range": "Tmem.put", "Tmem.get_range": "Tmem.get", "Tmem.flush_range": "Tmem.flush_page"}
OBJECT_CALLS = ("Tmem.flush_object",)
POOL_CALLS = ("Tmem.flush_pool", "Tmem.destroy_pool", "Tmem.freeze", "Tmem.thaw")


def judged(run: CallRun) -> After | None:
    """What the specification's rule makes of the call; None if the call was to be rejected."""
    operation = single(run)
    if operation not in HANDLE_CALLS or run.answer is None or not accepted(run):
        return None
    rules = Rules(bool(run.kind == words.PERSISTENT), bool(run.kind == words.SHARED), bool(run.was_frozen))
    held, environment, answer = held_first(run), run.environment(), run.answer
    match operation:
        case "Tmem.put":
            return machine.put(run.page, rules, environment, answer)
        case "Tmem.flush_page":
            return machine.flush_page(held, rules, environment, answer)
        case "Tmem.reclaim":
            names_held = held is not None and held.pampd is run.contracts.named
            return machine.reclaim(held, rules, environment, answer, names_held=names_held)
        case _:
            return machine.get(held, rules, environment, answer, exclusive=operation == "Tmem.get_exclusive")


def single(run: CallRun) -> str:
    """The call; of one on a range, that on a handle which it stands for, page by page."""
    return SINGLE.get(run.operation, run.operation)


def accepted(run: CallRun) -> bool:
    """Whether the call names a live pool and, as far as it names one, a valid oid and index."""
    if not pool_alive(run):
        return False
    if single(run) in (*HANDLE_CALLS, *OBJECT_CALLS) and not words.oid_valid(run.oid):
        return False
    return single(run) not in HANDLE_CALLS or run.index_accepted()


def held_first(run: CallRun) -> Data | None:
    """The page at the handle before the call."""
    entry = entry_of(run)
    return None if entry is None else page_in(run, entry, run.index, first=True)


def held_now(run: CallRun) -> Any:
    """The page at the handle now."""
    entry = entry_of(run)
    return None if entry is None else page_in(run, entry, run.index, first=False)


def page_in(run: CallRun, entry: Any, index: Any, *, first: bool) -> Any:
    """The page of an object's entry at an index: what is described by the pampd there."""
    obj = entry.first if first else entry.now
    root = None if obj is None else obj.root
    tree = run.contracts.first_tree(obj) if first else root
    if tree is None:
        return None
    was = tree.first_page(index)
    pampd = was if first else tree.map.entry(index).now
    if pampd is None:
        return None
    new = run.outside.pages.get(id(pampd))
    return Data(pampd) if new is None else new[1]


def pool_alive(run: CallRun) -> bool:
    """Whether the pool that the call names was there, and not destroyed, when the call got to it."""
    there = any(entry.key is run.pool_id and entry.first is not None for entry in run.store._pools.entries)
    # A call that overlaps with the pool's destruction, and has nothing to wait for, comes before it.
    return there and (run.operation in POOL_CALLS or not run.takes_a_lock() or not run.was_destroyed)


def struck_out(run: CallRun) -> bool:
    """Whether another thread took the pool out of the table after the call had found it there."""
    return run.pool is not None and all(entry.first is None for entry in run.store._pools.entries)


def rejected(run: CallRun) -> Iterator[Claim]:
    """What must hold of a call that is to be rejected."""
    outcome = None if run.answer is None else run.answer.outcome
    yield Claim(outcome is Outcome.REJECTED, f"{outcome}, {run.error!r}")
    yield Claim(not run.outside.calls, f"callbacks {run.outside.calls}")
    changed = [entry.key for objects in run.objects for entry in objects.changed()]
    yield Claim(not changed and not run.store._pools.changed(), f"objects {changed} changed")


def pages_freed(run: CallRun) -> Iterator[Claim]:
    """A page that was found at a place and is there no more was freed once; one that is still there was not."""
    for objects in run.objects:
        for entry in objects.entries:
            tree = run.contracts.first_tree(entry.first)
            for place in [] if tree is None else tree.map.entries:
                if place.first is not None and not run.contracts.is_drained(entry.first):
                    freed = times(place.first, run.outside.freed)
                    yield Claim(freed == int(place.now is not place.first), f"{place.first!r} {freed} times freed")


def get_data_error(run: CallRun) -> bool:
    """Whether the call ended in GetDataError, which is tmem's own."""
    return type(run.error).__name__ == "GetDataError"


def get_data_raised(run: CallRun) -> bool:
    """Whether the first exception of the call was that of a get_data, so that a failure to give data is no more."""
    raised = run.outside.first_raised
    return raised is not None and raised.args == ("get_data",)


def entry_of(run: CallRun) -> Any:
    """The entry of the call's oid in its pool, if the call got to that pool."""
    return run.objects[0].peek(run.oid) if run.objects else None


def entry_now(run: CallRun) -> Any:
    """The object of the call's oid, as it is in its pool now."""
    entry = entry_of(run)
    return None if entry is None else entry.now


def in_pool(run: CallRun, obj: Any) -> int:
    """How many times an obj is in the pool."""
    return sum(entry.now is obj for objects in run.objects for entry in objects.entries)


def times(thing: Any, things: list[Any]) -> int:
    """How many times a thing is among others, by identity."""
    return sum(thing is other for other in things)
