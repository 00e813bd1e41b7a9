"""What the machines share: Hypothesis chooses the calls, `Lockstep` makes them and looks at what comes of them."""

from __future__ import annotations

from hypothesis.stateful import RuleBasedStateMachine

from support.lockstep import Failures, Lockstep

__all__ = ["Failures", "SteppingMachine", "some_page"]


class SteppingMachine(Lockstep, RuleBasedStateMachine):
    """A machine whose rules are calls; which calls, each family says."""

    def __init__(self) -> None:
        """A store without pools, and a judge who has seen nothing."""
        RuleBasedStateMachine.__init__(self)
        Lockstep.__init__(self)

    def teardown(self) -> None:
        """The history keeps its promises."""
        self.finish()


def some_page(machine: SteppingMachine) -> bool:
    """Whether there is a page to do something with."""
    return any(pool.pages for pool in machine.judge.store.pools.values())
