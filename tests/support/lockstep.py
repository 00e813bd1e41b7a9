"""Our store and the specification's judge in step: each call is made of the one and shown to the other.

After every call the judge has nothing to report, the store passes its own check, host and PAM hold exactly what the
pages stored call for, and no lock is held. At the end the promises over whole histories hold, and once every pool is
destroyed nothing is live.
"""

from __future__ import annotations

from support.worlds import World
from tmem_proofs.conformance.driver import Driven
from tmem_proofs.conformance.ranges import DrivenRange, RangeDriver
from tmem_proofs.conformance.recorder import Fail, Recorder
from tmem_spec import Judge
from tmem_spec.calls import Answer, Call, DestroyPool, NewPool, Outcome, Put
from tmem_spec.metadata import Live
from tmem_spec.ranges import RangeCall, judge_range, run_of, singles
from tmem_spec.words import Handle

Failures = tuple[Fail, ...]


class Lockstep:
    """A store without pools, and a judge who has seen nothing: which calls are made, others say."""

    def __init__(self) -> None:
        """Both at their beginning."""
        self.judge = Judge()
        self.flags: dict[int, int] = {}
        self.pages = 0
        self.sound = True
        self.begin_with(Recorder())

    def begin_with(self, recorder: Recorder) -> None:
        """Let this be the host and the PAM of the store, which is a new one."""
        self.world = World(recorder)
        self.driver = RangeDriver(recorder, self.world.store)

    # Every step.

    def step(self, call: Call, failures: Failures = ()) -> Answer:
        """Make one call, and look at everything that can be looked at."""
        self.sound = False  # until this call is known to be in order: a broken store is not torn down
        driven = self.drive(call, failures)
        self.count(driven)
        broken = self.judge.observe(driven.call, driven.answer, driven.environment, driven.callbacks, driven.live)
        assert not broken, "; ".join(map(str, broken))
        self.look()
        self.sound = True
        return driven.answer

    def step_range(self, call: RangeCall, failures: Failures = ()) -> DrivenRange:
        """Make one call on a range, and look at everything: it is its single calls."""
        self.sound = False
        driven = self.driver.drive_range(call, *failures)
        self.count_range(driven)
        broken = judge_range(self.judge, *driven.observed())
        assert not broken, "; ".join(map(str, broken))
        assert not self.left_out(driven), f"COH-3: an old page in a run of {call}, which raised"
        self.look()
        self.sound = True
        return driven

    def left_out(self, driven: DrivenRange) -> bool:
        """Whether a put of a page was not performed, in a run of which others were: ours promises that it is."""
        last = driven.performed[-1].call if driven.performed else None
        if not isinstance(last, Put):
            return False
        reached = run_of(last.handle.index)
        return len(driven.performed) < sum(run_of(one.handle.index) <= reached for one in singles(driven.call))

    def drive(self, call: Call, failures: Failures) -> Driven:
        """Have the store run one call."""
        return self.driver.drive(call, *failures)

    def count(self, driven: Driven) -> None:
        """Count what a call met, before the judge knows of it. Where nothing is counted, nothing is done."""

    def count_range(self, driven: DrivenRange) -> None:
        """Count what a call on a range met, as above."""

    def look(self) -> None:
        """The store is well-formed, and the PAM holds what the specification says is stored."""
        self.world.assert_well_formed()
        assert self.world.held() == self.held()

    def held(self) -> dict[tuple[int, int, int], bytes]:
        """What the specification says is stored, by handle."""
        pools = self.judge.store.pools
        return {(number, *place): page for number, pool in pools.items() for place, page in pool.pages.items()}

    def page(self) -> bytes:
        """A page that was never put before."""
        self.pages += 1
        return b"page %d" % self.pages

    def finish(self) -> None:
        """The history keeps its promises; with every pool destroyed, nothing is live."""
        if not self.sound:
            return
        for number in self.live_pools():
            self.step(DestroyPool(number))
        assert [str(one) for one in self.judge.verdict()] == []
        live = self.world.recorder.live()
        assert live == Live(), f"OWN-1 or MEM-4: {live} are left when every pool is destroyed"

    # What there is to choose from: `at` chooses among however many there are.

    def live_pools(self) -> list[int]:
        """The pools that are not destroyed."""
        return [number for number, pool in self.judge.store.pools.items() if not pool.destroyed]

    def live_pool(self, at: int) -> int:
        """A pool that is not destroyed."""
        live = self.live_pools()
        return live[at % len(live)]

    def filled(self, at: int) -> Handle:
        """A handle that holds a page."""
        held = sorted(self.held())
        return Handle(*held[at % len(held)])

    # What every sequence of calls does.

    def make_pool(self, flags: int) -> int:
        """A pool, known to the world."""
        number = self.step(NewPool(flags)).pool
        assert number is not None
        self.world.know(number)
        self.flags[number] = flags
        return number

    def put(self, handle: Handle, failures: Failures = ()) -> Outcome:
        """A put of a page that was never put before."""
        return self.step(Put(handle, self.page()), failures).outcome

    def reject(self, call: Call) -> None:
        """A call that changes nothing."""
        assert self.step(call).outcome is Outcome.REJECTED
