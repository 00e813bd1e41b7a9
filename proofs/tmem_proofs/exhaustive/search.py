"""The search: breadth first from an empty pool of each kind, every call in every state, with every pattern of failures.

It ends by itself on code that ends: a call that loops makes it loop. Whoever searches code that may loop gives it a
process of its own, and ends that.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field

from tmem_proofs.exhaustive.calls import Call, every_call
from tmem_proofs.exhaustive.forms import Law, State, indexes_of
from tmem_proofs.exhaustive.judging import Judge
from tmem_proofs.exhaustive.making import make
from tmem_proofs.exhaustive.outside import Ways
from tmem_proofs.exhaustive.scope import KINDS, Scaled, Scope, scaled
from tmem_proofs.exhaustive.world import World
from tmem_proofs.source import Code


@dataclass(frozen=True, slots=True)
class Step:
    """One call, made one way: what its callbacks chose, and which of them failed by that."""

    call: Call
    chosen: tuple[int, ...]
    failures: tuple[str, ...]

    def __str__(self) -> str:
        """`put at index 5 of object 0 (objnode_alloc number 2 refused)`."""
        return f"{self.call} ({', '.join(self.failures)})" if self.failures else str(self.call)


@dataclass(frozen=True, slots=True)
class Divergence:
    """A transition that is not as specified: the way to the state, the state, the step, its answer, what is wrong."""

    way: tuple[Step, ...]
    state: State
    step: Step
    answer: str
    wrong: tuple[str, ...]


@dataclass(slots=True)
class Found:
    """What a search came to.

    scaled        what was searched
    states        how many, by kind of pool
    transitions   how many, by name of the call
    failing       those of them in which a callback failed
    patterns      in how many different ways: which callbacks refused or raised within one call
    """

    scaled: Scaled
    states: Counter[str] = field(default_factory=Counter)
    transitions: Counter[str] = field(default_factory=Counter)
    failing: Counter[str] = field(default_factory=Counter)
    patterns: set[tuple[str, ...]] = field(default_factory=set)
    divergences: list[Divergence] = field(default_factory=list)


def search(code: Code, scope: Scope, *, told: Callable[[], None] = lambda: None) -> Found:
    """Search the sources of `code`, whose constants and fields must be those shipped (else ScopeError).

    It ends at the first divergence. `told` is called as each state is done.
    """
    searching = _Searching(scaled(code, scope))
    while searching.ahead and not searching.over():
        searching.expand(searching.ahead.popleft())
        told()
    return searching.found


class _Searching:
    """A search under way. `ahead`: the states whose turn is to come."""

    def __init__(self, scaled: Scaled) -> None:
        self.found = Found(scaled)
        self.ahead = deque(State(flags) for flags in KINDS)
        self._came: dict[State, tuple[State, Step] | None] = dict.fromkeys(self.ahead)
        self._scaled = scaled
        self._calls = every_call(scaled)
        self._law = Law(scaled.spec)
        self._checked: set[State] = set()
        self._sound: dict[int, World] = {}

    def over(self) -> bool:
        """Whether it ends before all states are seen."""
        return bool(self.found.divergences)

    def expand(self, state: State) -> None:
        """Every call in a state, with every pattern of failures that it gets to."""
        self.found.states[KINDS[state.flags]] += 1
        judge = Judge(self._scaled, self._law, state, self._checked)
        held = {(oid, index) for oid, form in state.objects for index in indexes_of(form.root)}
        for call in self._calls:
            ways, another = Ways(), call.page is None or call.page in held
            while another and not self.over():
                self._transition(state, call, judge, ways)
                another = ways.another()

    def _transition(self, state: State, call: Call, judge: Judge, ways: Ways) -> None:
        """One call, one way. A world serves again as long as all is right with it."""
        world = self._sound.pop(state.flags, None) or World(self._scaled, state.flags)
        world.enter(state)
        made = make(call, world, ways, self._scaled)
        self._count(call, tuple(world.outside.failures))
        after, wrong = judge.verdict(call, made, world)
        if wrong or after is None:
            step = Step(call, ways.taken(), tuple(world.outside.failures))
            self.found.divergences.append(Divergence(self._way(state), state, step, made.outcome, tuple(wrong)))
            return
        if not after.destroyed:
            self._sound[state.flags] = world
        if after not in self._came:
            self._came[after] = state, Step(call, ways.taken(), tuple(world.outside.failures))
            self.ahead.append(after)

    def _count(self, call: Call, failures: tuple[str, ...]) -> None:
        self.found.transitions[call.name] += 1
        if failures:
            self.found.failing[call.name] += 1
            self.found.patterns.add(failures)

    def _way(self, state: State) -> tuple[Step, ...]:
        """The calls that led to a state, as few as can be."""
        steps: list[Step] = []
        came = self._came[state]
        while came is not None:
            before, step = came
            steps.append(step)
            came = self._came[before]
        return tuple(reversed(steps))
