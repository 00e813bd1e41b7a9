"""The executable specification of transcendent memory. Pure, immutable, standard library only: to be read and trusted.

Read in this order: `words` (arithmetic), `calls` (what is said), `machine` (what a call does to one handle), `store`
(the frame), `law` (what the metadata must be), `metadata` (what host and PAM must see), `histories` (what a user is
promised), `concurrency`, `judge` (all of it held against a run), `ranges` (calls that are many single ones).
"""

from tmem_spec.calls import Answer, Environment, Event, Outcome
from tmem_spec.concurrency import LockEvent, lin_1
from tmem_spec.histories import judge_history
from tmem_spec.invariants import Invariant, Level, Violation, all_invariants, named
from tmem_spec.judge import Judge, Judged
from tmem_spec.metadata import Callback, Live
from tmem_spec.ranges import FlushRange, GetRange, PutRange, judge_range, singles
from tmem_spec.store import Pool, Step, Store, step
from tmem_spec.words import Handle

__all__ = [
    "Answer", "Callback", "Environment", "Event", "FlushRange", "GetRange", "Handle", "Invariant", "Judge", "Judged",
    "Level", "Live", "LockEvent", "Outcome", "Pool", "PutRange", "Step", "Store", "Violation", "all_invariants",
    "judge_history", "judge_range", "lin_1", "named", "singles", "step",
]  # fmt: skip
