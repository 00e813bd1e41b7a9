"""The judge: holds a run of any implementation against the specification, call by call and as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from tmem_spec.calls import QUIET, Answer, Call, Environment, Event, FlushPage, Get, Put, Reclaim
from tmem_spec.events import History
from tmem_spec.histories import judge_history
from tmem_spec.invariants import Violation
from tmem_spec.metadata import Callback, Live, judge_metadata
from tmem_spec.store import Store, step
from tmem_spec.words import Handle


@dataclass(frozen=True, slots=True)
class Judged:
    """A violation, and the position in the run of the call that commits it."""

    at: int
    violation: Violation

    def __str__(self) -> str:
        """`call 17: MEM-1: found 2 objnodes kept by a refused put, expected every one freed`."""
        return f"call {self.at}: {self.violation}"


@dataclass(slots=True)
class Judge:
    """Follows a run. `store` is what it must hold by now; `findings` is what was wrong so far."""

    store: Store = field(default_factory=Store)
    live: Live = field(default_factory=Live)
    history: list[Event] = field(default_factory=list)
    findings: list[Judged] = field(default_factory=list)

    def observe(
        self,
        call: Call,
        answer: Answer,
        environment: Environment = QUIET,
        callbacks: Sequence[Callback] | None = None,
        live: Live | None = None,
    ) -> tuple[Violation, ...]:
        """Judge one more call; its callbacks and what is live after it too, where they are known.

        Gives the violations of this call; cost is linear in the pages stored.
        """
        before = self.store
        taken = step(before, call, answer, environment)
        broken = list(taken.violations)
        if callbacks is not None and live is not None:
            broken += judge_metadata(before, taken.store, call, answer, callbacks, (self.live, live))
            self.live = live
        self.findings += [Judged(len(self.history), one) for one in broken]
        self.store = taken.store
        self.history.append(Event(call, answer, environment))
        return tuple(broken)

    def verdict(self) -> list[Judged]:
        """Everything wrong with the run, the history predicates included, each invariant once a call; in order.

        O(n log n) in the calls, for each handle named.
        """
        whole = list(self.findings)
        seen = {(one.at, one.violation.invariant) for one in whole}
        history = History(self.history)
        for handle in sorted(self._handles()):
            for at, broken in judge_history(history, handle):
                if (at, broken.invariant) not in seen:
                    seen.add((at, broken.invariant))
                    whole.append(Judged(at, broken))
        return sorted(whole, key=lambda one: one.at)

    def _handles(self) -> set[Handle]:
        calls = [event.call for event in self.history]
        return {call.handle for call in calls if isinstance(call, Put | Get | FlushPage | Reclaim)}
