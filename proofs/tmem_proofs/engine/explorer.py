"""The explorer: runs an ordinary Python function again and again, until every way through it has been taken.

Where the function asks for the truth of something unknown, the path decides: by what it knows already, or by asking
the solver which answers are possible. If both are, one is taken now and the other in a later run, which repeats the
earlier decisions and then turns. A path that the solver cannot judge is never passed over: it makes the exploration
undecided.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Final

from tmem_proofs.engine.knowledge import Knowledge
from tmem_proofs.engine.repair import repaired
from tmem_proofs.engine.solver import Effort, Sat, Solver
from tmem_proofs.engine.symbolic import SymbolicBool, SymbolicInt, as_fact
from tmem_proofs.engine.terms import Dice, Least, Term, Terms, Valuation, evaluate
from tmem_proofs.results import EngineError

ROLLS: Final = 20
MOST_ASKED: Final = 20_000  # on one way; those that end ask a few hundred times


class EndlessError(Exception):
    """The code under proof does not end, as far as can be seen. An exception of its own, that no claim allows."""


class Stop(BaseException):
    """Ends a run from within. Code under proof may catch it like any exception; the path remembers it all the same."""


class Infeasible(Stop):
    """What was assumed cannot be on this path."""


class UndecidedError(Stop):
    """The solver gave up within its limit."""


class WrongModelError(EngineError, Stop):
    """The solver gave values that do not satisfy what it says they do."""


@dataclass(slots=True)
class Turns:
    """The decisions of a run: those to repeat, those taken, and, for later runs, those not taken."""

    ahead: list[int] = field(default_factory=list)
    taken: list[int] = field(default_factory=list)
    later: list[list[int]] = field(default_factory=list)

    @property
    def repeating(self) -> bool:
        """Whether the next decision was taken before."""
        return len(self.taken) < len(self.ahead)


class Path:
    """One way through a function: what was decided, what is known, and the solver for what is not."""

    def __init__(self, solver: Solver) -> None:
        """A path with nothing decided."""
        self.terms = Terms()
        self.knowledge = Knowledge(self.terms)
        self.notes: list[str] = []
        self.rests: set[str] = set()  # what stands in for code that is proved elsewhere, as far as it was called
        self.stopped: Stop | None = None
        self._solver = solver
        self._turns = Turns()
        self._told = 0
        self._scopes: list[tuple[int, bool]] = []
        self._values: Valuation | None = Least()
        self._evaluated: dict[Term, int] = {}
        self._names: dict[str, int] = {}
        self._asked = 0

    @property
    def decisions(self) -> int:
        """How many decisions were taken by now."""
        return len(self._turns.taken)

    # What a program under exploration uses.

    def integer(self, name: str, low: int, high: int) -> SymbolicInt | int:
        """An unknown integer; a second one of the same name gets a number."""
        number = self._names.get(name, 0)
        self._names[name] = number + 1
        self.knowledge.on_return(lambda: self._names.__setitem__(name, number))
        return SymbolicInt.of(self, self.terms.unknown(f"{name}.{number}" if number else name, low, high))

    def choose(self, options: Sequence[str]) -> str:
        """One of the options: each in turn, over the runs."""
        self._check()
        turns = self._turns
        if turns.repeating:
            option = turns.ahead[len(turns.taken)]
        else:
            option = 0
            turns.later += [[*turns.taken, other] for other in range(len(options) - 1, 0, -1)]
        turns.taken.append(option)
        return options[option]

    def decide(self, fact: Term) -> bool:
        """The truth of a fact on this path."""
        self._check()
        known = self.knowledge.decided(fact)
        if known is not None:
            return known
        if self._turns.repeating:
            answer = bool(self._turns.ahead[len(self._turns.taken)])
        elif self.knowledge.is_open(fact):
            answer = self._values is None or bool(evaluate(fact, self._values, self._evaluated))
            self._turns.later.append([*self._turns.taken, int(not answer)])
        else:
            answer = self._possible(fact)
            found = self._values, self._evaluated
            if answer and self._possible(self.terms.negate(fact)):
                self._turns.later.append([*self._turns.taken, 0])
                self._values, self._evaluated = found
        self._turns.taken.append(int(answer))
        self._learn(fact if answer else self.terms.negate(fact))
        return answer

    def assume(self, claim: SymbolicBool | bool) -> None:
        """Go on only where the claim holds."""
        fact = as_fact(self.terms, claim)
        known = self.knowledge.decided(fact)
        if known is False or (known is None and not self._turns.repeating and not self._possible(fact)):
            self.stop(Infeasible())
        if known is None:
            self._learn(fact)

    def refute(self, claim: SymbolicBool | bool, given: Term) -> Valuation | None:
        """None if the claim holds on this path, whatever the unknowns are; else values with which it does not.

        `given` is true of every state, and used only where the claim does not hold without it.
        Raises UndecidedError if the solver gives up.
        """
        fact = as_fact(self.terms, claim)
        if self.knowledge.decided(fact) or self.witness(self.terms.negate(fact)) is None:
            return None
        return self.witness(self.terms.every((self.terms.negate(fact), given)))

    def witness(self, fact: Term | None = None) -> Valuation | None:
        """Values with which this path is taken, and the fact holds; None if there are none.

        Raises UndecidedError if the solver gives up, and no roll of dice gives such values.
        """
        wanted = self.terms.true if fact is None else fact
        try:
            possible = self._possible(wanted, asking=True)
        except UndecidedError:
            self.stopped = None
            lucky = next((one for one in map(Dice, range(ROLLS)) if self._holds(wanted, one)), None)
            if lucky is None:
                raise
            return lucky
        return self._solver.values() if possible else None

    def note(self, text: str) -> None:
        """Say what happens here, for whoever reads about this path."""
        self.notes.append(text)
        self.knowledge.on_return(self.notes.pop)

    def each(self, program: Callable[[], None]) -> Iterator[None]:
        """Run `program` on from here, every way that it can go; yield after each, then go back to here."""
        outer = self._turns
        ways: list[list[int]] = [[]]
        try:
            while ways:
                self._turns = Turns(ahead=ways.pop())
                with self._returning():
                    ended = self._run(program)
                    ways += self._turns.later
                    if ended:
                        yield
        finally:
            self._turns = outer

    def stop(self, reason: Stop) -> None:
        """End this run, whatever the code under proof does with the exception."""
        self.stopped = self.stopped or reason
        raise self.stopped

    # The rest serves these.

    def _holds(self, fact: Term, values: Valuation) -> bool:
        evaluated: dict[Term, int] = {}
        return all(evaluate(one, values, evaluated) for one in (fact, *self.knowledge.facts))

    def _run(self, program: Callable[[], None]) -> bool:
        """Whether the program got to its end. Raises UndecidedError or WrongModelError if the solver failed."""
        asked, self._asked = self._asked, 0
        with suppress(Stop):
            program()
        self._asked = asked
        stopped, self.stopped = self.stopped, None
        if isinstance(stopped, UndecidedError | WrongModelError):
            raise stopped
        return stopped is None

    @contextmanager
    def _returning(self) -> Iterator[None]:
        """Undo what happens within."""
        mark, values = self.knowledge.mark(), self._values
        self._scopes.append((len(self.knowledge.facts), False))
        try:
            yield
        finally:
            _, pushed = self._scopes.pop()
            if pushed:
                self._solver.pop()
            self.knowledge.back_to(mark)
            self._told = min(self._told, len(self.knowledge.facts))
            if self._values is None and values is not None:
                self._values, self._evaluated = values, {}

    def _check(self) -> None:
        if self.stopped is not None:
            raise self.stopped
        self._asked += 1
        if self._asked > MOST_ASKED:
            message = f"it goes on after {MOST_ASKED} things asked on its way"
            raise EndlessError(message)

    def _learn(self, fact: Term) -> None:
        if self._values is not None and not evaluate(fact, self._values, self._evaluated):
            self._repair(fact)
        self.knowledge.learn(fact)

    def _possible(self, fact: Term, *, asking: bool = False) -> bool:
        """Whether the fact can hold on this path. Values that the solver found before may show that without it."""
        if not asking and self._values is not None:
            before = self._values, self._evaluated
            if evaluate(fact, self._values, self._evaluated) or self._repair(fact):
                return True
            self._values, self._evaluated = before
        self._tell()
        answer = self._solver.ask(fact)
        if answer is Sat.UNKNOWN:
            self.stop(UndecidedError())
        if answer is Sat.YES:
            self._values, self._evaluated = self._solver.values(), {}
            self._confirm(fact)
        return answer is Sat.YES

    def _confirm(self, fact: Term) -> None:
        """Hold values that the solver has found against all that is known: that they are right is not believed."""
        assert self._values is not None  # noqa: S101 - for the type checker
        for one in (*self.knowledge.facts, fact):
            if not evaluate(one, self._values, self._evaluated):
                self.stop(WrongModelError(f"the solver says that its values satisfy {one}, and they do not"))

    def _repair(self, fact: Term) -> bool:
        """Change the values so that the fact holds as well, if that is easy; otherwise there are none."""
        values, knowledge = self._values, self.knowledge
        if values is not None:
            self._values = repaired(fact, knowledge.unknowns(fact), values, knowledge.about)
            self._evaluated = {}
        return self._values is not None

    def _tell(self) -> None:
        """Bring the solver up to what is known, each fact within the scope that it was learnt in."""
        for number, (start, pushed) in enumerate(self._scopes):
            if not pushed:
                self._tell_up_to(start)
                self._solver.push()
                self._scopes[number] = (start, True)
        self._tell_up_to(len(self.knowledge.facts))

    def _tell_up_to(self, end: int) -> None:
        for known in self.knowledge.facts[self._told : end]:
            self._solver.add(known)
        self._told = max(self._told, end)


def explore(program: Callable[[Path], None], *, solver: Solver | None = None) -> Iterator[Path]:
    """Run `program` along every path; yield the path after each run that gets to its end.

    What the caller does with the path before the next step of the iteration may go further, by `Path.each`.
    Raises UndecidedError if the solver gives up.
    """
    path = Path(Solver() if solver is None else solver)
    for _ in path.each(lambda: program(path)):
        yield path


def effort_of(path: Path) -> Effort:
    """What the path's solver has spent so far."""
    return path._solver.effort()  # noqa: SLF001 - the path's own module
