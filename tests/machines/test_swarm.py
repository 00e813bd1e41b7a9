"""Swarm testing: each example has some of the rules only, so that one kind of call does not drown another.

Hypothesis does it by itself: at the beginning of an example it draws how many rules are off, and which. That it does,
in the version at hand, is shown here on a machine whose rules can all be used always.
"""

from __future__ import annotations

from typing import Any, ClassVar

from hypothesis import Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

RULES = 10
STEPS = 60
LONG = 50
EXAMPLES = 60
RUNS = settings(
    derandomize=True, database=None, max_examples=EXAMPLES, stateful_step_count=STEPS, phases=[Phase.generate]
)


def rule_number(number: int) -> Any:
    """A rule that only says that it was used."""

    def use(self: Any) -> None:
        self.used.append(number)

    use.__name__ = f"rule_{number}"
    return rule()(use)


class TenRules(RuleBasedStateMachine):
    """A machine that can always do ten things; `examples` are the sets of those that each long example did."""

    examples: ClassVar[list[frozenset[int]]] = []
    rule_0, rule_1, rule_2, rule_3, rule_4 = map(rule_number, range(5))
    rule_5, rule_6, rule_7, rule_8, rule_9 = map(rule_number, range(5, RULES))

    def __init__(self) -> None:
        """Nothing is done yet."""
        super().__init__()
        self.used: list[int] = []

    def teardown(self) -> None:
        """The example is over; it counts if it was long enough to use everything."""
        if len(self.used) >= LONG:
            self.examples.append(frozenset(self.used))


def test_examples_have_different_sets_of_rules() -> None:
    """Of the examples, many have half of the rules or fewer, though chance would give all of them nearly always.

    Fifty steps of ten rules, each as likely as the others, leave out five of them in one example of a million
    million. Every rule is off in some example and on in another.
    """
    TenRules.examples.clear()
    run_state_machine_as_test(TenRules, settings=RUNS)
    few = [used for used in TenRules.examples if len(used) <= RULES // 2]
    assert len(few) >= EXAMPLES // 5
    assert len(set(TenRules.examples)) >= EXAMPLES // 5
    for number in range(RULES):
        assert {number in used for used in TenRules.examples} == {False, True}
