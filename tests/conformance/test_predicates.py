"""Each predicate of plain values, by an example that it allows and one, close to that, that it does not."""

from __future__ import annotations

from typing import Any

import pytest

from tmem_spec import Handle, Outcome, all_invariants, named, words
from tmem_spec.calls import Answer, Event, Get, NewPool, Put
from tmem_spec.concurrency import LockEvent, LockStep, Timed
from tmem_spec.metadata import Callback, Live
from tmem_spec.store import Store, step

A, R, X = LockStep.ACQUIRE, LockStep.RELEASE, LockStep.ACCESS


def trace(*steps: tuple[int, LockStep, str]) -> list[LockEvent]:
    """What threads did to locks."""
    return [LockEvent(*one) for one in steps]


def overlapping(*, read: bytes, began: int) -> list[Timed]:
    """A put of `new` over `old` from 0 to 4, and a get that begins at some moment and answers `read`."""
    handle = Handle(0, 7, 0)
    put = Event(Put(handle, b"new"), Answer(Outcome.STORED))
    get = Event(Get(handle), Answer(Outcome.HIT, read))
    return [Timed(put, 0, 4), Timed(get, began, began + 2)]


def stored() -> Store:
    """A persistent pool with `old` at the handle."""
    made = step(Store(), NewPool(words.PERSISTENT), Answer(Outcome.DONE, pool=0)).store
    return step(made, Put(Handle(0, 7, 0), b"old"), Answer(Outcome.STORED)).store


ONE, OTHER = object(), object()

# Of each: positional arguments that it allows, and some that it does not; or named ones, where it has them.
EXAMPLES: dict[str, tuple[Any, Any]] = {
    "LCK-1": ((trace((1, A, "b"), (1, X, "b"), (1, R, "b")),), (trace((1, A, "b"), (2, X, "b"), (1, R, "b")),)),
    "LCK-2": ((trace((1, A, "b"), (1, R, "b")),), (trace((1, A, "b"), (1, X, "b")),)),
    "LCK-3": ((trace((1, A, "b"), (1, R, "b"), (1, A, "c")),), (trace((1, A, "b"), (1, A, "c")),)),
    "LIN-1": ((stored(), overlapping(read=b"old", began=3)), (stored(), overlapping(read=b"old", began=5))),
    "SHR-1": (
        {"level": 1, "slots_in_use": 1, "slot_0_used": False},
        {"level": 1, "slots_in_use": 1, "slot_0_used": True},
    ),
    "SHR-2": ((1,), (0,)),
    "SHR-3": ((65, (1, 1)), (65, (1, 0))),
    "SHR-4": ((3, [{0}, {0, 64}]), (4, [{0}, {0, 64}])),
    "CNT-1": ((2, 2), (2, 1)),
    "CNT-2": ((1, 1), (1, 0)),
    "CNT-3": ((1, 1), (0, 1)),
    "CNT-4": ((3, 3), (2, 3)),
    "CNT-5": ((0, 0), (1, 0)),
    "MEM-1": ((2, 2), (2, 1)),
    "MEM-2": ((1, 1), (1, 0)),
    "MEM-3": ((1, 1), (1, 0)),
    "MEM-4": ({"lawful_before": False, "lawful_after": False}, {"lawful_before": True, "lawful_after": False}),
    "MEM-6": (
        {"callbacks": [Callback.OBJNODE_ALLOC] * 11, "duplicate": False},
        {"callbacks": [Callback.OBJNODE_ALLOC_REFUSED], "duplicate": True},
    ),
    "OWN-1": ((Live(), [Callback.OBJ_ALLOC], Live(1, 0, 0)), (Live(), [Callback.OBJ_ALLOC], Live())),
    "OWN-3": ((Live(),), (Live(0, 1, 0),)),
    "OID-1": ((5, 1 << 64), (1 << 64, 5)),
    "OID-3": (((1 << 192) - 2,), ((1 << 192) - 1,)),
    "OID-4": (((1 << 32) - 1,), (1 << 32,)),
    "POOL-3": ((words.SHARED,), (words.SHARED | words.PERSISTENT,)),
    "OWN-2": (([ONE], [ONE, OTHER]), ([OTHER], [ONE])),
    "ACC-1": (({"guest": 3}, {"guest": 3}), ({"guest": 3}, {"guest": 2})),
}


def holds(identifier: str, given: Any) -> bool:
    """What the predicate says of these arguments."""
    predicate = named(identifier).predicate
    return bool(predicate(**given) if isinstance(given, dict) else predicate(*given))


@pytest.mark.parametrize("identifier", EXAMPLES)
def test_a_predicate_allows_one_and_not_the_other(identifier: str) -> None:
    """Neither says yes, nor no, to everything."""
    allowed, refused = EXAMPLES[identifier]
    assert holds(identifier, allowed)
    assert not holds(identifier, refused)


def test_every_predicate_of_plain_values_has_an_example() -> None:
    """The others are rules of the machine, the hash, and predicates over histories, which other tests violate."""
    elsewhere = {"tmem_spec.histories", "tmem_spec.machine"}
    plain = {one.id for one in all_invariants() if one.predicate.__module__ not in elsewhere}
    assert EXAMPLES.keys() == plain - {"OID-2"}
