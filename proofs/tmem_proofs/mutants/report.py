"""What a matrix comes to: how many mutants each layer kills, which survive all of them, and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from tmem_proofs.mutants.by_hand import BUGS, BY_HAND, WITHOUT
from tmem_proofs.mutants.explained import Survivor, survivors
from tmem_proofs.mutants.layers import layers_of
from tmem_proofs.mutants.matrix import Matrix, Outcomes, is_killed
from tmem_proofs.mutants.mutant import IMPLEMENTATION, PREFIXES, SPECIFICATION
from tmem_proofs.mutants.outcome import Outcome, State

THEOREM_B = "theorem B"
REQUIRED = 95  # per cent of the implementation's mutants that theorem B alone is to kill
_TITLES = {IMPLEMENTATION: "Implementation", SPECIFICATION: "Specification"}

Rows = Mapping[str, Outcomes]


@dataclass(frozen=True, slots=True)
class Judgement:
    """The mutants by what became of them: `unexplained` survive without a reason, `wrong` are killed and have one."""

    killed: tuple[str, ...]
    explained: tuple[str, ...]
    unexplained: tuple[str, ...]
    wrong: tuple[str, ...]
    by_theorem_b: int
    before_theorem_b: int

    @property
    def enough(self) -> bool:
        """Whether theorem B alone kills as many as it should."""
        return self.by_theorem_b * 100 >= REQUIRED * self.before_theorem_b

    @property
    def accounted_for(self) -> bool:
        """Whether every mutant is killed or explained, rightly."""
        return not self.unexplained and not self.wrong


def judge(rows: Rows, known: Mapping[str, Survivor] | None = None) -> Judgement:
    """Judge mutants by their outcomes. `known`: those that may survive, by name."""
    known = survivors() if known is None else known
    same = {name for name, one in known.items() if one.equivalent}
    killed = [name for name, row in rows.items() if is_killed(row)]
    left = [name for name, row in rows.items() if row and not is_killed(row)]
    asked = [row[THEOREM_B] for name, row in rows.items() if THEOREM_B in row and name not in same]
    return Judgement(
        tuple(killed),
        tuple(name for name in left if name in known),
        tuple(name for name in left if name not in known),
        tuple(name for name in killed if name in known),
        sum(one.state is State.KILLED for one in asked),
        len(asked),
    )


def summary(rows: Rows, judgement: Judgement) -> Iterator[str]:
    """What is said on the terminal."""
    for package in PREFIXES:
        yield from _layers(_of_package(rows, package), package)
    if judgement.before_theorem_b:
        yield theorem_b_line(judgement)
    for title, names in (("survives", judgement.unexplained), ("killed, but listed", judgement.wrong)):
        for name in names:
            yield f"{title}: {name}"
            yield f"    {_told(rows[name])}"
    yield closing_line(judgement)


def closing_line(judgement: Judgement) -> str:
    """The last line."""
    wrong = len(judgement.unexplained) + len(judgement.wrong)
    return f"{len(judgement.killed)} killed, {len(judgement.explained)} explained, {wrong} neither"


def theorem_b_line(judgement: Judgement) -> str:
    """How many theorem B alone kills, in words."""
    killed, asked = judgement.by_theorem_b, judgement.before_theorem_b
    share = f"{killed} of {asked} mutants that are not equivalent ({100 * killed / asked:.1f} %)"
    return f"theorem B alone kills {share}; {REQUIRED} % is required"


def page(matrix: Matrix) -> str:
    """The page of the documents, in Markdown."""
    judgement = judge(matrix.outcomes)
    lines = [*_HEAD]
    for package, title in _TITLES.items():
        rows = _of_package(matrix.outcomes, package)
        if rows:
            lines += [f"## {title}", "", *_table(rows, package), ""]
        if rows and package == IMPLEMENTATION and judgement.before_theorem_b:
            lines += [f"{theorem_b_line(judgement)[0].upper()}{theorem_b_line(judgement)[1:]}.", ""]
    lines += [*_bugs(matrix.outcomes), *_survivors(matrix.outcomes, judgement)]
    return "\n".join(lines)


_HEAD = (
    "# The kill matrix",
    "",
    "Made by `tmem mutants --file proofs/mutants.json --page docs/mutants.md` out of the results in that file.",
    "",
    "A mutant is the source with one small change. Killed means that a layer names something claimed that does not",
    "hold of it. A mutant that timed out is not killed. One of the implementation can be put before every layer,",
    "theorem B first; one of the specification before one layer after another, until one notices it. `3/4`",
    "is three killed of the four put before the layer, which may not be all that can be made; an empty cell, none yet.",
    "",
)


def _layers(rows: Rows, package: str) -> Iterator[str]:
    """A line for each layer: how many of each state."""
    for layer in layers_of(package):
        states = [row[layer.name].state for row in rows.values() if layer.name in row]
        counted = [f"{states.count(state)} {state.value}" for state in State if state in states]
        if counted:
            yield f"{layer.name:14}  {', '.join(counted)}"


def _table(rows: Rows, package: str) -> Iterator[str]:
    """A line for each function: how many of its mutants each layer kills, of how many put before it."""
    names = [layer.name for layer in layers_of(package)]
    yield _line("function", *names)
    yield _line(*["---"] * (len(names) + 1))
    functions = dict.fromkeys(name.partition(": ")[0] for name in rows)
    for function in functions:
        own = [row for name, row in rows.items() if name.partition(": ")[0] == function]
        yield _line(f"`{function}`", *(_killed(own, name) for name in names))
    yield _line("all", *(_killed(rows.values(), name) for name in names))


def _killed(rows: Iterable[Outcomes], layer: str) -> str:
    outcomes = [row[layer] for row in rows if layer in row]
    return f"{sum(one.state is State.KILLED for one in outcomes)}/{len(outcomes)}" if outcomes else ""


def _bugs(rows: Rows) -> Iterator[str]:
    """A line for each known bug: the mutants that stand for it, and what kills them."""
    yield from ("## Known bugs", "", _line("bug", "mutant", "killed by"), _line("---", "---", "---"))
    for bug, faults in BUGS.items():
        for name, row in rows.items():
            if name.partition(BY_HAND)[2] in faults:
                yield _line(bug, name.partition(BY_HAND)[2], _killers(row))
    yield ""
    yield from (f"* {bug}: none, for {reason}" for bug, reason in WITHOUT.items())
    yield ""


def _killers(row: Outcomes) -> str:
    return ", ".join(f"{layer} ({one.by})" for layer, one in row.items() if one.state is State.KILLED) or "nothing"


def _survivors(rows: Rows, judgement: Judgement) -> Iterator[str]:
    """Every mutant that no layer kills, and why."""
    yield from ("## What survives", "", _line("mutant", "why"), _line("---", "---"))
    known = survivors()
    for name in judgement.unexplained:
        yield _line(f"`{name}`", f"not explained: {_told(rows[name])}")
    for name in judgement.explained:
        yield _line(f"`{name}`", known[name].reason)
    yield ""


def _told(row: Outcomes) -> str:
    return "; ".join(f"{layer}: {_outcome(one)}" for layer, one in row.items())


def _outcome(outcome: Outcome) -> str:
    return f"{outcome.state.value} {outcome.by}".strip()


def _line(*cells: str) -> str:
    return f"| {' | '.join(cell.replace('|', '&#124;') for cell in cells)} |"


def _of_package(rows: Rows, package: str) -> Rows:
    """The rows of one package's mutants that were put before some layer."""
    specified = package == SPECIFICATION
    return {name: row for name, row in rows.items() if row and name.startswith(PREFIXES[SPECIFICATION]) is specified}
