"""What people see of a proof run: a table that fills in on a terminal, plain lines elsewhere."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from io import BytesIO, StringIO, TextIOWrapper

import pytest

from support.proofs import MIXED, result, run
from tmem_proofs import report
from tmem_proofs.outputs.table import LiveTable
from tmem_proofs.results import Obligation, Verdict

COLOURS = re.compile(r"\x1b\[[0-9;]*m")

# Runs `tmem` with the arguments that it is given, on a terminal of its own; prints all that the terminal was sent.
ON_A_TERMINAL = """
import os, pty, sys
child, terminal = pty.fork()
if child == 0:
    os.execv(sys.executable, [sys.executable, "-c", sys.argv[1], *sys.argv[2:]])
try:
    while shown := os.read(terminal, 65536):
        sys.stdout.buffer.write(shown)
except OSError:
    pass  # how Linux tells that the other end is closed
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""

TMEM = "import sys; from tmem_proofs.cli import main; sys.exit(main())"
TMEM_WITHOUT_RICH = f"import sys; sys.modules['rich'] = None; {TMEM}"


def shown(*arguments: str, command: str = TMEM, **environment: str) -> list[str]:
    """The lines that a terminal is sent by `tmem` with these arguments."""
    pytest.importorskip("pty", reason="a system without pseudo-terminals")
    given = {"TERM": "xterm", "COLUMNS": "100", "LINES": "40", "PYTHONIOENCODING": "utf-8"}
    settings = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    program = [sys.executable, "-c", ON_A_TERMINAL, command, *arguments]
    ended = subprocess.run(program, capture_output=True, check=True, env=settings | given | environment)
    return ended.stdout.decode().replace("\r\n", "\n").splitlines()


def test_a_terminal_shows_a_table_that_fills_in() -> None:
    """Operations by families of invariants: under way first, then proved, in colour; the closing line is the last."""
    lines = shown("prove", "delete/height 0/*", "lookup/height 0/*")
    plain = [COLOURS.sub("", line) for line in lines]
    rows = [line for line in plain if line.startswith("delete ")]
    assert "1. 2. 4." in rows[0]
    assert "1✓ 2✓ 4✓" in rows[-1]
    assert any("2 of 2 cases" in line for line in plain)
    assert plain != lines
    assert plain[-1] == "13 passed, 0 failed"


def test_no_color_is_honoured() -> None:
    """With NO_COLOR set the table has no colours."""
    lines = shown("prove", "lookup/height 0/*", NO_COLOR="1")
    assert any("1✓" in line for line in lines)
    assert not any(re.search(r"\x1b\[[0-9;]*3[0-7]m", line) for line in lines)


@pytest.mark.parametrize(
    ("command", "terminal"), [(TMEM, "dumb"), (TMEM_WITHOUT_RICH, "xterm")], ids=["dumb terminal", "without rich"]
)
def test_plain_lines_where_no_table_can_be(command: str, terminal: str) -> None:
    """On a terminal that cannot move its cursor, and without Rich, the report is plain lines."""
    lines = shown("prove", "lookup/height 0/*", command=command, TERM=terminal)
    assert any(line.startswith("  COH-1  proved") for line in lines)
    assert not any("✓" in line for line in lines)
    assert lines[-1] == "3 passed, 0 failed"


def test_a_mark_is_made_once_all_cases_are_known() -> None:
    """An invariant of which some cases are proved and some to come is still under way; one refuted case is enough."""
    cases = {
        Verdict.PROVED: run(result("insert/height 0/SHR-1", Verdict.PROVED)),
        Verdict.REFUTED: run(result("insert/height 0/SHR-1", Verdict.REFUTED)),
    }
    wanted = [Obligation("insert", f"height {height}", "SHR-1") for height in (0, 1)]
    for verdict, mark in ((Verdict.PROVED, "1."), (Verdict.REFUTED, "1✗")):
        stream = StringIO()
        with LiveTable(wanted, stream) as table:
            table.add(cases[verdict].explored[0])
        assert f"insert     {mark}" in stream.getvalue()
        assert "1 of 2 cases" in stream.getvalue()


def test_a_terminal_without_unicode_gets_other_marks() -> None:
    """Where the marks cannot be shown, letters stand for them."""
    stream = TextIOWrapper(BytesIO(), encoding="ascii")
    with LiveTable([one.obligation for one in MIXED.results], stream) as table:
        for explored in MIXED.explored:
            table.add(explored)
    stream.seek(0)
    shown = " ".join(stream.read().split())
    assert "insert 1+ 2x" in shown
    assert "delete 1- 4?" in shown


def test_the_gravest_verdict_of_a_row_is_told() -> None:
    """Where the cases of an invariant differ, its line has the worst of their verdicts, and each failure is told."""
    verdicts = (Verdict.PROVED, Verdict.VACUOUS, Verdict.REFUTED, Verdict.UNKNOWN)
    for worst, shown_as in ((2, "proved "), (3, "vacuous"), (4, "refuted")):
        mixed = run(*(result(f"insert/height {n}/SHR-2", one) for n, one in enumerate(verdicts[: worst - 1])))
        (row,) = [line for line in report.verdicts(mixed) if "SHR-2" in line]
        assert f"SHR-2  {shown_as}" in row
    told = "\n".join(report.lines(MIXED))
    assert "UNKNOWN delete/height 2/COH-4" in told
    assert "VACUOUS delete/height 2/CNT-1" in told
    assert told.endswith("\n1 passed, 3 failed")


def test_the_dearest_obligations_are_listed() -> None:
    """`--dearest N`: the N that took the solver most, the dearest first."""
    costs = {"SHR-1": 2_000, "SHR-2": 30, "SHR-3": 40_000}
    proof = run(*(result(f"insert/height 1/{name}", Verdict.PROVED, cost) for name, cost in costs.items()))
    assert [line.split() for line in report.dearest(proof, 2)][1:] == [
        ["40,000", "2", "3", "insert/height", "1/SHR-3"],
        ["2,000", "2", "3", "insert/height", "1/SHR-1"],
        [],
    ]
