"""The command line: `tmem prove`, `tmem explain`, `tmem conform`."""

from __future__ import annotations

import argparse
import difflib
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from tmem_proofs.results import Exit, Obligation, exit_of
from tmem_spec import all_invariants, named

if TYPE_CHECKING:
    from tmem_proofs.results import Explored

_PROVE = """\
Prove the shipped source of tmem: run it on unknown trees and indexes, along every path, under every refusal, and
hold each path against the invariants.

A CLAIM selects obligations: an invariant (SHR-1), an operation (insert), a case ("height 3"), or a pattern of
OPERATION/CASE/INVARIANT (insert/*/MEM-*). Without one, all are proved.

exit status: 0 all proved; 1 some refuted; 2 some unknown or vacuous, or nothing selected; 3 wrong usage or an error
of the prover itself."""

_CONFORM = """\
Hold recorded traces against the specification: every answer, callback and live count. A trace is a file of JSON
objects, one call a line, as tests/conformance/vectors/README.md describes.

exit status: 0 nothing violated of what is required of any tmem; 1 something is; 3 wrong usage."""


class _Parser(argparse.ArgumentParser):
    """A parser whose complaint about usage has an exit status of its own."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and how it is used."""
        self.print_usage(sys.stderr)
        self.exit(Exit.USAGE, f"{self.prog}: {message}\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; gives the exit status."""
    options = _parser().parse_args(arguments)
    try:
        status: int = options.run(options)
    except KeyboardInterrupt:
        print("interrupted: nothing is decided", file=sys.stderr)
        return Exit.UNDECIDED
    return status


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="tmem", description="Proofs and conformance checks of the transcendent-memory store tmem.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=_Parser)
    raw = argparse.RawDescriptionHelpFormatter
    prove = commands.add_parser("prove", help="prove the shipped source", description=_PROVE, formatter_class=raw)
    prove.add_argument("claims", nargs="*", metavar="CLAIM", help="what to prove; everything, if nothing is named")
    prove.add_argument("--jobs", type=_positive, metavar="N", help="processes to use (default: one a core)")
    prove.add_argument("--list", action="store_true", help="only list the obligations selected")
    prove.add_argument("--verbose", "-v", action="store_true", help="show each case, with a witness of its premise")
    prove.set_defaults(run=_prove)
    explain = commands.add_parser("explain", help="tell what an invariant says, and what proves it")
    explain.add_argument("invariant", metavar="ID", help="its identifier, such as SHR-1")
    explain.set_defaults(run=_explain)
    conform = commands.add_parser(
        "conform", help="hold recorded traces against the specification", description=_CONFORM, formatter_class=raw
    )
    conform.add_argument("traces", nargs="+", type=Path, metavar="TRACE", help="files of recorded calls")
    conform.set_defaults(run=_conform)
    return parser


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        message = f"{number} processes are too few"
        raise argparse.ArgumentTypeError(message)
    return number


def _prove(options: argparse.Namespace) -> int:
    from tmem_proofs import prover, report  # noqa: PLC0415 - Z3 takes its time to load: not for `--help`

    every = prover.obligations()
    unmatched = [claim for claim in options.claims if not any(one.matches(claim) for one in every)]
    if unmatched:
        return _nothing_selected(unmatched[0], every)
    wanted = [one for one in every if not options.claims or any(one.matches(claim) for claim in options.claims)]
    if options.list:
        print(*(one.name for one in wanted), sep="\n")
        return Exit.PROVED
    started = time.perf_counter()
    explored: list[Explored] = []
    scenarios = len({(one.operation, one.case) for one in wanted})
    for one in prover.prove(wanted, jobs=options.jobs):
        explored.append(one)
        _progress(len(explored), scenarios)
    print(*report.lines(explored, time.perf_counter() - started, verbose=options.verbose), sep="\n")
    return exit_of([result for one in explored for result in one.results])


def _progress(done: int, of: int) -> None:
    """How far the run is, on a terminal alone."""
    if sys.stderr.isatty():
        end = "\r" if done < of else "\r\033[K"
        print(f"proving: {done} of {of} cases", end=end, file=sys.stderr, flush=True)


def _nothing_selected(claim: str, every: Sequence[Obligation]) -> int:
    known = {part for one in every for part in (one.operation, one.case, one.invariant)}
    near = difflib.get_close_matches(claim, known, n=3, cutoff=0.4)
    hint = f"; did you mean {', '.join(near)}?" if near else ""
    print(f"tmem prove: no obligation matches {claim!r}{hint} `tmem prove --list` shows all.", file=sys.stderr)
    return Exit.UNDECIDED


def _explain(options: argparse.Namespace) -> int:
    from tmem_proofs import prover  # noqa: PLC0415 - as above

    identifier = options.invariant.upper()
    if identifier not in {one.id for one in all_invariants()}:
        known = ", ".join(one.id for one in all_invariants())
        print(f"tmem explain: no invariant {options.invariant!r}; there are: {known}", file=sys.stderr)
        return Exit.USAGE
    invariant = named(identifier)
    predicate = invariant.predicate
    print(f"{invariant.id}  {invariant.sentence}\n")
    print(f"  level      {invariant.level.value}")
    print(f"  source     {invariant.source}")
    print(f"  predicate  {predicate.__module__}.{predicate.__qualname__}: {predicate.__doc__}")
    carried = [one for one in prover.obligations() if one.invariant == identifier]
    by = ", ".join(f"{name} ({sum(one.operation == name for one in carried)} cases)" for name in _operations(carried))
    print(f"  proved of  {by or 'no operation yet: tests hold the implementation against it'}")
    return Exit.PROVED


def _operations(obligations: Sequence[Obligation]) -> list[str]:
    return list(dict.fromkeys(one.operation for one in obligations))


def _conform(options: argparse.Namespace) -> int:
    from tmem_proofs.conformance.report import render, report  # noqa: PLC0415 - only this command needs it

    found = report(options.traces)
    print(render(found))
    return Exit.REFUTED if found.required else Exit.PROVED
