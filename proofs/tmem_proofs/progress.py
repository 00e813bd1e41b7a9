"""Progress of long work, for people who look on: on a terminal a table or a count, elsewhere nothing."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TextIO

from tmem_proofs.results import Explored, Obligation


def has_table(out: TextIO) -> bool:
    """Whether a table can be drawn: on a terminal, with Rich installed."""
    if not out.isatty() or os.environ.get("TERM") == "dumb":
        return False
    try:
        import rich  # noqa: F401, PLC0415 - is it there?
    except ModuleNotFoundError:
        return False
    return True


@contextmanager
def proving(wanted: Sequence[Obligation], out: TextIO) -> Iterator[Callable[[Explored], None]]:
    """Give what is to be told of each case as it is done."""
    if has_table(out):
        from tmem_proofs.outputs.table import LiveTable  # noqa: PLC0415 - it imports Rich

        with LiveTable(wanted, out) as table:
            yield table.add
        return
    with counted("proving", len({(one.operation, one.case) for one in wanted})) as count:
        yield lambda _: count()


@contextmanager
def counted(what: str, cases: int) -> Iterator[Callable[[], None]]:
    """Give what is to be called as each case is done."""
    done = 0

    def count() -> None:
        nonlocal done
        done += 1
        if sys.stderr.isatty():
            end = "\r" if done < cases else "\r\033[K"
            sys.stderr.write(f"{what}: {done} of {cases} cases{end}")
            sys.stderr.flush()

    yield count
