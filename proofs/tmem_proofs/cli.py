"""The command line: `tmem prove`, `explain`, `audit`, `conform`, `crosshair`, `exhaustive`, `mutants`, `docs`."""

from __future__ import annotations

import argparse
import json
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from tmem_proofs.results import EngineError, Exit, UsageError
from tmem_proofs.uncompiled import from_source

_PROVE = """\
Prove the shipped source of tmem: run it on unknown trees and indexes, along every path, under every refusal, and
hold each path against the invariants.

A CLAIM selects obligations: an invariant (SHR-1), an operation (insert), a case ("height 3"), or a pattern of
OPERATION/CASE/INVARIANT (insert/*/MEM-*). Without one, all are proved.

exit status: 0 all proved; 1 some refuted, or, with --compare, some worse than before or vanished; 2 some unknown or
vacuous, or nothing selected; 3 wrong usage, a file that cannot be read or written, or an error of the prover itself.
The last line of the text is `N passed, N failed`. A FILE of - is standard output; the text then goes to standard
error. In GitHub Actions, failures are marked at their lines, and a summary is added to the page of the job."""

_COMPARE = """\
hold the run against an earlier --json: verdicts that changed, obligations that vanished or are new, and what takes
over 5 %% more of the solver. Status 1 if a verdict got worse or an obligation vanished, of those that the CLAIMs
select; what got dearer changes no status, and seconds are shown but never judged"""

_TESTS = """\
write each refutation that calls of the store can come to as a pytest function, which fails: a file for each,
test_OPERATION_CASE_INVARIANT.py"""

_CACHE = """\
the folder of earlier results, found again as long as neither the source under proof, nor the specification, the
prover, Z3 or Python has changed (default: tmem in the user's cache folder, such as ~/.cache/tmem)"""

_REACH = (
    "instead: which lines of the code under proof no path of the proofs goes through, and why; status 2 for no reason"
)

_SMT = "write all that the solver is asked as SMT-LIB 2, a file for each case; nothing is taken from the cache then"

_RECHECK = """\
have cvc5 confirm every `unsat` answer of Z3, which is what proofs rest on; it takes about as long as proving, and
nothing is taken from the cache; status 2 for an answer that it cannot confirm, 3 for a contrary one"""

_SEEDS = """\
prove it N times, with the seeds 0 to N-1 of the solver, and tell how much verdicts and costs hang on luck; the rest of
the report is of seed 0; status 2 for a verdict that differs from seed to seed, or is unknown with one"""

_PUBLISHED = "prove the published algorithm of 2011 instead: status 0 if each verdict is the one expected of it"

_CONFORM = """\
Hold recorded traces against the specification: every answer, callback and live count. A trace is a file of JSON
objects, one call a line, as tests/conformance/vectors/README.md describes.

exit status: 0 nothing violated of what is required of any tmem; 1 something is; 3 wrong usage."""

_CROSSHAIR = """\
Have CrossHair, another prover, confirm the arithmetic and the small methods of the shipped source.

A CONDITION is one, or a pattern of some (height_*). Without one, all are asked.

exit status: 0 all confirmed, but for those listed as proved by `tmem prove` alone; 1 some refuted; 2 some not
confirmed, or confirmed although listed; 3 wrong usage, or an error. The last line is `N passed, N failed`."""

_EXHAUSTIVE = """\
Make the scope small and leave nothing out: the shipped source, loaded anew with small objnodes and few indexes, every
state that it reaches from an empty pool, every call in each (those on ranges are left to `tmem prove`), with every
pattern of refusals and exceptions; only of the frees in one flush_object, flush_pool or destroy_pool no more than
--raising raise. Each transition is held against the specification: answer, pages, callbacks, structure, locks. How many
states and transitions there are is worked out from the canonical law too, and must agree.

Without an option it searches fan-out 2 with 8 indexes, and beside that two objects of one bucket with 2 indexes each;
with one, the scope that the options describe. It works on one core. Each index more doubles the states.

exit status: 0 all as specified; 1 something is not, told as the calls that lead to it; 2 the search met other numbers
than the law says, or it was interrupted; 3 wrong usage, or an error."""

_SHAPES = """\
instead: how many shapes the tree of one object comes to, ours and that of the published algorithm of 2011, which
leaves stumps; status 1 if ours comes to one that the canonical law does not know"""

_MUTANTS = """\
Change the source of tmem, and its specification, in one small place at a time, and have each layer of the checks
notice it: theorem B, CrossHair, the machine of the tests, the search of a small scope, the recorded traces; for the
specification theorem A, recorded runs, runs made to violate it, and theorem B on low trees. A mutant that times out
is not killed.

A PATTERN selects mutants by function (_tree.*, spec.law.*) or by name (*by hand*). Without one, all are made.

exit status: 0 every mutant is killed, or it is said why none of the layers can; 1 one survives without a reason, a
reason is given for none, or, if all mutants are selected, theorem B alone kills less than 95 % of those of the
implementation; 2 nothing selected; 3 wrong usage, or an error, such as a layer that kills the source as it is.
The last line is `N killed, N explained, N neither`."""

_SAMPLE = "one in N of the mutants selected, the same ones each time"

_KEPT = """\
take up what an earlier run found, as long as the function is what it was, and write down what is found"""

_DOCS = """\
Write what the last run of all proofs found as documents, plain Markdown: a page for each invariant, with what says it,
what proves it and what was seen to break it; the two theorems; and a picture of what rests on what, each box a link.

exit status: 0; with --check, 1 for documents that are not as they would be written now; 2 interrupted; 3 wrong usage,
or an error."""

_RESULT = "what `tmem prove --json` wrote; without it all is proved now, as far as it is not in the cache"

_AUDIT = """\
List what must be trusted to believe a verdict, what of the shipped source is proved and what is only tested, in lines
of code, and what the proofs assume.

exit status: 0; 1 with --compare, if files, functions or assumptions have come or gone since; 3 wrong usage."""


class _Parser(argparse.ArgumentParser):
    """A parser whose complaint about usage has an exit status of its own."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and how it is used."""
        self.print_usage(sys.stderr)
        self.exit(Exit.USAGE, f"{self.prog}: {message}\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; gives the exit status. No failure of its own ever ends like a verdict."""
    options = _parser().parse_args(arguments)
    try:
        from_source()
        status: int = options.run(options)
    except KeyboardInterrupt:
        print("interrupted: nothing is decided", file=sys.stderr)
        return Exit.UNDECIDED
    except EngineError as error:
        print(f"tmem: no verdict counts: {error}", file=sys.stderr)
        return Exit.USAGE
    except ModuleNotFoundError as error:
        print(f"tmem {options.command}: {error}; it needs more than tmem: pip install 'tmem[prove]'", file=sys.stderr)
        return Exit.USAGE
    except Exception:  # noqa: BLE001 - whatever it is: an error of the prover is no verdict
        traceback.print_exc()
        return Exit.USAGE
    return status


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="tmem", description="Proofs and conformance checks of the transcendent-memory store tmem.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", dest="command", parser_class=_Parser)
    raw = argparse.RawDescriptionHelpFormatter
    _add_prove(commands.add_parser("prove", help="prove the shipped source", description=_PROVE, formatter_class=raw))
    explain = commands.add_parser("explain", help="tell what an invariant says, and what proves it")
    explain.add_argument("invariant", metavar="ID", help="its identifier, such as SHR-1")
    explain.set_defaults(run=_explain)
    audit = commands.add_parser("audit", help="list what must be trusted", description=_AUDIT, formatter_class=raw)
    audit.add_argument("--json", action="store_true", help="print it as JSON")
    audit.add_argument("--compare", type=Path, metavar="FILE", help="hold it against an earlier --json")
    audit.add_argument("--reach", action="store_true", help=_REACH)
    audit.set_defaults(run=_audit)
    conform = commands.add_parser(
        "conform", help="hold recorded traces against the specification", description=_CONFORM, formatter_class=raw
    )
    conform.add_argument("traces", nargs="+", type=Path, metavar="TRACE", help="files of recorded calls")
    conform.set_defaults(run=_conform)
    crosshair = commands.add_parser(
        "crosshair", help="have CrossHair confirm the arithmetic", description=_CROSSHAIR, formatter_class=raw
    )
    crosshair.add_argument("conditions", nargs="*", metavar="CONDITION", help="what to ask; everything by default")
    crosshair.set_defaults(run=_crosshair)
    _add_exhaustive(
        commands.add_parser(
            "exhaustive", help="try everything in a small scope", description=_EXHAUSTIVE, formatter_class=raw
        )
    )
    _add_mutants(
        commands.add_parser("mutants", help="see which mutants are noticed", description=_MUTANTS, formatter_class=raw)
    )
    _add_docs(
        commands.add_parser("docs", help="write the documents of the proofs", description=_DOCS, formatter_class=raw)
    )
    return parser


def _add_docs(docs: argparse.ArgumentParser) -> None:
    docs.add_argument("--out", type=Path, metavar="DIR", help="where to write them (default: docs, in the checkout)")
    docs.add_argument("--check", action="store_true", help="write nothing, but say which are not current")
    docs.add_argument("--result", type=Path, metavar="FILE", help=_RESULT)
    docs.add_argument(
        "--mutants", type=Path, metavar="FILE", help="what `tmem mutants --file` wrote (default: proofs/mutants.json)"
    )
    docs.add_argument("--jobs", type=_positive, metavar="N", help="processes to use (default: one a core)")
    docs.add_argument("--cache", type=Path, metavar="DIR", help=_CACHE)
    docs.set_defaults(run=_docs, no_cache=False)


def _add_exhaustive(exhaustive: argparse.ArgumentParser) -> None:
    exhaustive.add_argument(
        "--fan-out", type=_positive, metavar="N", help="slots of an objnode, a power of 2 (default: 2)"
    )
    exhaustive.add_argument(
        "--indexes", type=_positive, metavar="N", help="indexes of an object, a power of 2 (default: 8)"
    )
    exhaustive.add_argument("--objects", type=_positive, metavar="N", help="objects, all of one bucket (default: 1)")
    exhaustive.add_argument(
        "--raising",
        type=int,
        metavar="N",
        help="most frees that raise in one flush_object, flush or destroy (default: 1)",
    )
    exhaustive.add_argument("--published", action="store_true", help=_SHAPES)
    exhaustive.set_defaults(run=_exhaustive)


def _add_mutants(mutants: argparse.ArgumentParser) -> None:
    mutants.add_argument("patterns", nargs="*", metavar="PATTERN", help="which mutants; all, if nothing is named")
    mutants.add_argument(
        "--layer", action="append", metavar="NAME", help="a layer to ask, such as machine (default: all)"
    )
    mutants.add_argument("--sample", type=_positive, default=1, metavar="N", help=_SAMPLE)
    mutants.add_argument("--jobs", type=_positive, metavar="N", help="processes to use (default: one a core)")
    mutants.add_argument("--file", type=Path, metavar="FILE", help=_KEPT)
    mutants.add_argument("--page", type=Path, metavar="FILE", help="write all that is known as a page of Markdown")
    mutants.add_argument("--verbose", "-v", action="store_true", help="tell at once what a layer does not kill")
    mutants.set_defaults(run=_mutants)


def _add_prove(prove: argparse.ArgumentParser) -> None:
    prove.add_argument("claims", nargs="*", metavar="CLAIM", help="what to prove; everything, if nothing is named")
    prove.add_argument("--jobs", type=_positive, metavar="N", help="processes to use (default: one a core)")
    prove.add_argument("--list", action="store_true", help="only list the obligations selected")
    prove.add_argument("--verbose", "-v", action="store_true", help="show each case, with a witness of its premise")
    prove.add_argument("--dearest", type=_positive, metavar="N", help="list the N obligations that cost most")
    prove.add_argument("--json", metavar="FILE", help="write the results as JSON")
    prove.add_argument("--junit", metavar="FILE", help="write them as JUnit XML")
    prove.add_argument("--sarif", metavar="FILE", help="write what is not proved as SARIF 2.1.0")
    prove.add_argument("--tests", type=Path, metavar="DIR", help=_TESTS)
    prove.add_argument("--compare", metavar="FILE", help=_COMPARE)
    prove.add_argument("--cache", type=Path, metavar="DIR", help=_CACHE)
    prove.add_argument("--smt", type=Path, metavar="DIR", help=_SMT)
    prove.add_argument("--recheck", action="store_true", help=_RECHECK)
    prove.add_argument("--seeds", type=_positive, metavar="N", help=_SEEDS)
    prove.add_argument("--published", action="store_true", help=_PUBLISHED)
    prove.add_argument("--no-cache", action="store_true", help="prove everything anew, and keep nothing")
    prove.set_defaults(run=_prove)


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        message = f"{number} is too few"
        raise argparse.ArgumentTypeError(message)
    return number


def _prove(options: argparse.Namespace) -> int:
    from tmem_proofs import proving  # noqa: PLC0415 - not for `--help`

    try:
        return proving.run(options)
    except UsageError as error:
        print(f"tmem prove: {error}", file=sys.stderr)
        return Exit.USAGE


def _explain(options: argparse.Namespace) -> int:
    from tmem_proofs import explain  # noqa: PLC0415 - as above

    try:
        invariant = explain.find(options.invariant)
    except KeyError as error:
        print(f"tmem explain: {error.args[0]}", file=sys.stderr)
        return Exit.USAGE
    print(*explain.lines(invariant), sep="\n")
    return Exit.PROVED


def _audit(options: argparse.Namespace) -> int:
    from tmem_proofs import audit, prover, record  # noqa: PLC0415 - as above

    if options.reach:
        return _reach()
    found = audit.entries(one.operation for one in prover.obligations())
    if options.compare is None:
        print(json.dumps(audit.document(found), indent=1) if options.json else "\n".join(audit.lines(found)))
        return Exit.PROVED
    try:
        differences = audit.differences(options.compare.read_text(encoding="utf-8"), found)
    except (OSError, record.RecordError) as error:
        print(f"tmem audit: cannot compare with {options.compare}: {error}", file=sys.stderr)
        return Exit.USAGE
    print(*differences or ["as before"], sep="\n")
    return Exit.REFUTED if differences else Exit.PROVED


def _reach() -> int:
    from tmem_proofs import reach  # noqa: PLC0415 - as above

    found = reach.measure()
    print(*reach.lines(found), sep="\n")
    return Exit.UNDECIDED if found.unexplained else Exit.PROVED


def _conform(options: argparse.Namespace) -> int:
    from tmem_proofs.conformance.report import render, report  # noqa: PLC0415 - only this command needs it

    try:
        found = report(options.traces)
    except (OSError, ValueError) as error:
        print(f"tmem conform: {error}", file=sys.stderr)
        return Exit.USAGE
    print(render(found))
    return Exit.REFUTED if found.required else Exit.PROVED


def _crosshair(options: argparse.Namespace) -> int:
    from tmem_proofs.confirmed import layer  # noqa: PLC0415 - as above

    return layer.run(options.conditions)


def _exhaustive(options: argparse.Namespace) -> int:
    from tmem_proofs.exhaustive import command  # noqa: PLC0415 - as above

    try:
        return command.run(options)
    except UsageError as error:
        print(f"tmem exhaustive: {error}", file=sys.stderr)
        return Exit.USAGE


def _docs(options: argparse.Namespace) -> int:
    from tmem_proofs.documents import command  # noqa: PLC0415 - as above

    try:
        return command.run(options)
    except UsageError as error:
        print(f"tmem docs: {error}", file=sys.stderr)
        return Exit.USAGE


def _mutants(options: argparse.Namespace) -> int:
    from tmem_proofs.mutants import command  # noqa: PLC0415 - as above

    try:
        return command.run(options)
    except UsageError as error:
        print(f"tmem mutants: {error}", file=sys.stderr)
        return Exit.USAGE
