"""`tmem prove`: selects obligations, has them proved or finds them in the cache, and reports to whoever listens.

People get text: a table that fills in, on a terminal, and plain lines elsewhere. Machines get documents, each made of
the same `Proof`. The text goes to standard output, or, if a document does, to standard error.
"""

from __future__ import annotations

import argparse
import difflib
import json
import os
import platform
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TextIO

import tmem
from tmem_proofs import cache, compare, doubting, progress, record, report
from tmem_proofs.outputs import github, junit, sarif
from tmem_proofs.results import (
    EngineError,
    Exit,
    Explored,
    Obligation,
    Proof,
    Reach,
    Result,
    Tools,
    UsageError,
    Verdict,
    closing_line,
    exit_of,
)

STDOUT = "-"

# The documents that can be asked for, and what makes them of a run and its exit status.
DOCUMENTS: dict[str, Callable[[Proof, int], str]] = {
    "json": lambda proof, status: json.dumps(record.document(proof, status), indent=1) + "\n",
    "junit": lambda proof, _: junit.junit(proof),
    "sarif": sarif.sarif,
}


def run(options: argparse.Namespace) -> int:
    """Carry out the command; gives its exit status. Raises UsageError."""
    doubting.check(options)
    kept = None if options.list else _cache(options)
    from tmem_proofs import prover  # noqa: PLC0415 - now that the cache has seen its source

    every = prover.obligations()
    if options.published:
        from tmem_proofs import expected  # noqa: PLC0415 - as above

        every = expected.obligations()
    unmatched = [claim for claim in options.claims if not any(one.matches(claim) for one in every)]
    if unmatched:
        return _nothing_selected(unmatched[0], every)
    wanted = [one for one in every if not options.claims or any(one.matches(claim) for claim in options.claims)]
    if options.list:
        sys.stdout.writelines(f"{one.name}\n" for one in wanted)
        return Exit.PROVED
    if options.published:
        return _published(wanted, options.jobs, options.tests)
    earlier = _earlier(options.compare)
    _prepare(options)
    out = sys.stderr if STDOUT in _files(options).values() else sys.stdout
    with doubting.transcripts(options, wanted) as smt:
        proof = _prove(wanted, None if smt else kept, options.jobs, out, with_reach=wanted == every, smt=smt)
        proof = doubting.doubted(proof, options, smt, _with_seed(wanted, kept, options.jobs))
    return _tell(proof, None if earlier is None else compare.compare(earlier, proof, options.claims), options, out)


def prove_all(options: argparse.Namespace) -> Proof:
    """Prove everything, as far as it is not in the cache."""
    kept = _cache(options)
    from tmem_proofs import prover  # noqa: PLC0415 - as above

    return _prove(prover.obligations(), kept, options.jobs, sys.stderr, with_reach=False, smt=None)


def _published(wanted: Sequence[Obligation], jobs: int | None, tests: Path | None) -> int:
    """Prove the published algorithm, without a cache, and hold the verdicts against those expected."""
    from tmem_proofs import expected, prover  # noqa: PLC0415 - as above
    from tmem_proofs.source import Algorithm  # noqa: PLC0415 - as above

    started = time.perf_counter()
    explored = list(prover.prove(wanted, jobs=jobs, algorithm=Algorithm.PUBLISHED))
    _write_tests([result for one in explored for result in one.results], tests)
    sys.stdout.writelines(f"{line}\n" for line in expected.lines(explored, time.perf_counter() - started, tests))
    return expected.exit_of(expected.check(explored))


def _nothing_selected(claim: str, every: Sequence[Obligation]) -> int:
    known = {part for one in every for part in (one.operation, one.case, one.invariant)}
    near = difflib.get_close_matches(claim, known, n=3, cutoff=0.4)
    hint = f"; did you mean {', '.join(near)}?" if near else ""
    _note(f"no obligation matches {claim!r}{hint} `tmem prove --list` shows all.")
    return Exit.UNDECIDED


def _note(text: str) -> None:
    sys.stderr.write(f"tmem prove: {text}\n")


# Before the run.


def _cache(options: argparse.Namespace) -> cache.Cache | None:
    """The cache, unless there is to be none. One that cannot be written is done without."""
    if options.no_cache:
        return None
    try:
        return cache.Cache(options.cache or cache.default_folder())
    except OSError as error:
        _note(f"going on without a cache: {error}")
        return None


def _files(options: argparse.Namespace) -> dict[str, str]:
    """Where each document that was asked for goes. Raises UsageError if two of them go to standard output."""
    files = {kind: getattr(options, kind) for kind in DOCUMENTS if getattr(options, kind) is not None}
    if list(files.values()).count(STDOUT) > 1:
        raise UsageError("standard output takes one document: name a file for the others")
    return files


def _prepare(options: argparse.Namespace) -> None:
    """Empty the files that will be written: one that cannot be is found out now, and none is left from before."""
    for file in _files(options).values():
        if file != STDOUT:
            _write(file, "")


def _write_tests(results: Sequence[Result], folder: Path | None) -> None:
    """Write the test of each refutation that has one. Files of earlier runs stay: they are tests that may pass now."""
    for one in results:
        if folder is not None and one.test:
            _write(str(folder / f"{one.obligation.test_name}.py"), one.test)


def _write(file: str, content: str) -> None:
    try:
        Path(file).parent.mkdir(parents=True, exist_ok=True)
        Path(file).write_text(content, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot write {file}: {error}") from None


def _earlier(file: str | None) -> Proof | None:
    if file is None:
        return None
    try:
        return record.read(Path(file).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"cannot compare with {file}: {error}") from None


# The run.


def _prove(
    wanted: Sequence[Obligation],
    kept: cache.Cache | None,
    jobs: int | None,
    out: TextIO,
    *,
    with_reach: bool,
    smt: Path | None,
) -> Proof:
    started = time.perf_counter()
    with progress.proving(wanted, out) as count:
        explored = _explored(cache.prove(wanted, kept, jobs=jobs, smt=smt), wanted, count)
    reach = _reach(kept) if with_reach else None
    if kept is not None and kept.trouble:
        _note(f"not everything was kept in the cache: {kept.trouble}")
    _assert_agreement(explored)
    tools = Tools(tmem.__version__, platform.python_version(), cache.z3_version())
    return Proof(explored, time.perf_counter() - started, tools, reach)


def _explored(
    found: Iterable[Explored], wanted: Sequence[Obligation], count: Callable[[Explored], None]
) -> tuple[Explored, ...]:
    """Every case as it is done, and then in the order in which they are wanted."""
    explored = []
    for one in found:
        explored.append(one)
        count(one)
    order = list(dict.fromkeys((one.operation, one.case) for one in wanted))
    return tuple(sorted(explored, key=lambda one: order.index(one.key)))


def _with_seed(
    wanted: Sequence[Obligation], kept: cache.Cache | None, jobs: int | None
) -> Callable[[int], tuple[Explored, ...]]:
    """What proves the same again, with another seed of the solver."""

    def prove(seed: int) -> tuple[Explored, ...]:
        with progress.counted(f"seed {seed}", len({(one.operation, one.case) for one in wanted})) as count:
            explored = _explored(cache.prove(wanted, kept, jobs=jobs, seed=seed), wanted, lambda _: count())
        _assert_agreement(explored)
        return explored

    return prove


def _reach(kept: cache.Cache | None) -> Reach:
    """Which lines under proof the paths execute; what an earlier run found, if nothing has changed."""
    found = None if kept is None else kept.find_reach()
    if found is None:
        from tmem_proofs import reach  # noqa: PLC0415 - as above

        found = reach.measure()
        if kept is not None:
            kept.keep_reach(found)
    return found


def _assert_agreement(explored: Sequence[Explored]) -> None:
    """Raise EngineError if the shipped objects do not do what a path says, and nothing that is refuted explains it.

    A fault in the source spoils replays everywhere: they begin with calls that make the state before.
    """
    found = [one.disagreement for one in explored if one.disagreement]
    if not found:
        return
    if any(result.verdict is Verdict.REFUTED for one in explored for result in one.results):
        _note(f"{len(found)} cases could not be replayed on the source, in which something is refuted: {found[0]}")
        return
    hint = "if the source has changed, prove all of it: what is refuted will explain this"
    raise EngineError(f"the shipped objects do not do what a path says: {found[0]} ({hint})")


# After the run.


def _tell(proof: Proof, comparison: compare.Comparison | None, options: argparse.Namespace, out: TextIO) -> int:
    """Report to everybody; gives the exit status."""
    worse = comparison is not None and comparison.is_worse
    status = Exit.REFUTED if worse else exit_of(proof.results)
    if (proof.reach is not None and proof.reach.unexplained) or (proof.recheck is not None and proof.recheck.undecided):
        status = status or Exit.UNDECIDED
    if proof.stability is not None and proof.stability.unstable:
        status = Exit.UNDECIDED
    _write_tests(proof.results, options.tests)
    documents = {file: DOCUMENTS[kind](proof, status) for kind, file in _files(options).items()}
    sys.stdout.write(documents.pop(STDOUT, ""))
    for file, document in documents.items():
        _write(file, document)
    _summarise(github.summary(proof, comparison))
    out.writelines(f"{line}\n" for line in _text(proof, comparison, options, table=progress.has_table(out)))
    return status


def _text(
    proof: Proof, comparison: compare.Comparison | None, options: argparse.Namespace, *, table: bool
) -> Iterator[str]:
    """What people read. The closing line is the last, whatever else is asked for."""
    if options.verbose or not table:
        yield from report.verdicts(proof, verbose=options.verbose)
    yield from report.failures(proof, options.tests)
    if options.dearest:
        yield from report.dearest(proof, options.dearest)
    if comparison is not None:
        yield from compare.lines(comparison)
    if os.environ.get("GITHUB_ACTIONS") == "true":
        yield from github.workflow_commands(proof)
    yield from report.totals(proof)
    yield closing_line(proof.results)


def _summarise(markdown: str) -> None:
    """Add to the page that GitHub shows of a job, if there is one."""
    page = os.environ.get("GITHUB_STEP_SUMMARY")
    if page:
        try:
            with Path(page).open("a", encoding="utf-8") as file:
                file.write(markdown)
        except OSError as error:
            _note(f"no summary for GitHub: {error}")
