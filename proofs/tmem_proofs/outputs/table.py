"""The run on a terminal: operations by families of invariants, filled in as the cases are proved.

    operation   CNT       COH    ERR
    insert      1✓ 2✓ 4✓  1✓ 3·  2✓

Rich draws it. It is drawn again after each case, by the process that waits for them: there is no thread beside.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import Self, TextIO

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from tmem_proofs.report import MARKS
from tmem_proofs.results import Explored, Obligation, Result, Verdict, gravest

_STYLES = {Verdict.PROVED: "green", Verdict.REFUTED: "bold red", Verdict.UNKNOWN: "yellow", Verdict.VACUOUS: "yellow"}
_PLAIN = {Verdict.PROVED: "+", Verdict.REFUTED: "x", Verdict.UNKNOWN: "?", Verdict.VACUOUS: "-"}


class LiveTable:
    """The table of the obligations wanted, on a terminal, for as long as a `with` lasts; then it stays as it is."""

    def __init__(self, wanted: Sequence[Obligation], stream: TextIO | None = None) -> None:
        """Nothing is proved yet. `stream`: a terminal, standard output if none is given."""
        self._wanted = wanted
        self._found: dict[Obligation, Result] = {}
        self._cases = len({(one.operation, one.case) for one in wanted})
        self._done = 0
        self._console = Console(file=stream, highlight=False)
        self._marks = MARKS if self._console.encoding.startswith("utf") else _PLAIN
        self._live = Live(self._drawn(), console=self._console, auto_refresh=False)

    def __enter__(self) -> Self:
        """Begin to draw."""
        self._live.start(refresh=True)
        return self

    def add(self, explored: Explored) -> None:
        """Fill in what one case gave."""
        self._found |= {one.obligation: one for one in explored.results}
        self._done += 1
        self._live.update(self._drawn(), refresh=True)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Leave the table where it is."""
        self._live.stop()

    def _drawn(self) -> Group:
        families = sorted({_family(one) for one in self._wanted})
        table = Table("operation", *families, box=None, pad_edge=False, header_style="bold")
        for operation in dict.fromkeys(one.operation for one in self._wanted):
            table.add_row(operation, *(self._cell(operation, family) for family in families))
        legend = "  ".join(f"{self._marks[verdict]} {verdict.value}" for verdict in Verdict)
        return Group(table, Text(f"{self._done} of {self._cases} cases  {legend}", style="dim"), "")

    def _cell(self, operation: str, family: str) -> Text:
        """Every invariant of a family that is claimed of an operation, with its mark."""
        asked: dict[str, list[Obligation]] = {}
        for one in self._wanted:
            if one.operation == operation and _family(one) == family:
                asked.setdefault(one.invariant, []).append(one)
        return Text(" ").join(self._mark(invariant, asked[invariant]) for invariant in sorted(asked))

    def _mark(self, invariant: str, cases: Sequence[Obligation]) -> Text:
        """The number of an invariant and the gravest verdict; a dot while only some cases are proved, and no worse."""
        number = invariant.rpartition("-")[2]
        results = [self._found[one] for one in cases if one in self._found]
        if not results or (len(results) < len(cases) and gravest(results) is Verdict.PROVED):
            return Text(f"{number}.", style="dim")
        verdict = gravest(results)
        return Text(f"{number}{self._marks[verdict]}", style=_STYLES[verdict])


def _family(obligation: Obligation) -> str:
    return obligation.invariant.rpartition("-")[0]
