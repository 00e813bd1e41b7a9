"""What threads are promised: predicates over what happened to locks, and over overlapping calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from tmem_spec.calls import Event
from tmem_spec.invariants import invariant
from tmem_spec.store import Store, step


class LockStep(Enum):
    """What a thread does to a bucket."""

    ACQUIRE = "acquires"
    RELEASE = "releases"
    ACCESS = "reads or writes the contents of"


@dataclass(frozen=True, slots=True)
class LockEvent:
    """One thread's step on one lock."""

    thread: int
    what: LockStep
    lock: object


@invariant(
    "LCK-1",
    "Every access to a bucket's contents happens with its lock held.",
    source="thread: 'when any tmem_obj is accessed, the hashbucket lock must be held'; then there are no data races, "
    "and schedules at lock operations are all the schedules that matter",
)
def lck_1(trace: Sequence[LockEvent]) -> bool:
    """Of every run: at each access, the last acquirer is the accessing thread and has not released."""
    holder: dict[object, int] = {}
    for event in trace:
        if event.what is LockStep.ACQUIRE:
            holder[event.lock] = event.thread
        elif holder.get(event.lock) != event.thread:
            return False
        elif event.what is LockStep.RELEASE:
            del holder[event.lock]
    return True


@invariant(
    "LCK-2",
    "Every lock is released on every exit, exceptions included.",
    source="Xen's history: a lock kept on an error path, twice",
)
def lck_2(trace: Sequence[LockEvent]) -> bool:
    """Of every run that has ended: as many releases as acquisitions, of each lock by each thread."""
    balance: dict[tuple[int, object], int] = {}
    for event in trace:
        change = {LockStep.ACQUIRE: 1, LockStep.RELEASE: -1, LockStep.ACCESS: 0}[event.what]
        balance[event.thread, event.lock] = balance.get((event.thread, event.lock), 0) + change
    return not any(balance.values())


@invariant(
    "LCK-3",
    "No order of locks can deadlock, reclaim included.",
    source="thread: top-down and bottom-up access 'creates many races and deadlock possibilities'",
)
def lck_3(trace: Sequence[LockEvent]) -> bool:
    """Of every run: no thread acquires a lock while it holds one. Where nobody holds and waits, nobody deadlocks."""
    held: dict[int, int] = {}
    for event in trace:
        if event.what is LockStep.ACQUIRE:
            if held.get(event.thread, 0):
                return False
            held[event.thread] = 1
        elif event.what is LockStep.RELEASE:
            held[event.thread] = 0
    return True


@dataclass(frozen=True, slots=True)
class Timed:
    """An event with the moments at which its call began and its answer came."""

    event: Event
    began: int
    ended: int


@invariant(
    "LIN-1",
    "Concurrent histories are linearizable per handle with respect to the machine; "
    "a pool-wide call is one step a bucket.",
    source="Herlihy and Wing, 1990; thread: one lock a bucket",
)
def lin_1(store: Store, calls: Sequence[Timed]) -> bool:
    """Whether some order of the calls, in which none comes before one that ended before it began, is a history.

    A search over orders: exponential in the calls that overlap, so for short histories.
    """
    if not calls:
        return True
    for first in calls:
        if any(other.ended < first.began for other in calls):
            continue
        taken = step(store, first.event.call, first.event.answer, first.event.environment)
        if not taken.violations and lin_1(taken.store, [other for other in calls if other is not first]):
            return True
    return False


def holders(trace: Sequence[LockEvent]) -> Mapping[object, int]:
    """Which thread holds which lock at the end of a run: what a deadlock's report shows."""
    held: dict[object, int] = {}
    for event in trace:
        if event.what is LockStep.ACQUIRE:
            held[event.lock] = event.thread
        elif event.what is LockStep.RELEASE:
            held.pop(event.lock, None)
    return held
