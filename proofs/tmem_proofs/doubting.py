"""The solver doubted: what `--smt`, `--recheck` and `--seeds` add to a run of `tmem prove`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from tmem_proofs import stability
from tmem_proofs.results import Explored, Obligation, Proof, UsageError


def check(options: argparse.Namespace) -> None:
    """Raise UsageError if options exclude each other, and ModuleNotFoundError if cvc5 is wanted and not there."""
    doubts = [f"--{name}" for name in ("smt", "recheck", "seeds") if getattr(options, name)]
    if options.published and doubts:
        raise UsageError(f"--published is about another algorithm: leave out {', '.join(doubts)}")
    if options.seeds and len(doubts) > 1:
        raise UsageError(f"--seeds asks many times: leave out {', '.join(doubts[:-1])}, or ask in a run of its own")
    if options.recheck:
        from tmem_proofs import recheck  # noqa: F401, PLC0415 - loads cvc5: is it there?


@contextmanager
def transcripts(options: argparse.Namespace, wanted: Sequence[Obligation]) -> Iterator[Path | None]:
    """The folder for what the solver is asked: the one named, one for a while if it is only rechecked, or none.

    Raises UsageError if it cannot be written.
    """
    if options.smt is not None:
        _empty(options.smt, wanted)
        yield options.smt
        _tell_size(options.smt, wanted)
    elif options.recheck:
        with TemporaryDirectory() as folder:
            yield Path(folder)
    else:
        yield None


def _files(folder: Path, wanted: Sequence[Obligation]) -> list[Path]:
    from tmem_proofs.prover import transcript_of  # noqa: PLC0415 - now that the cache has seen its source

    return [transcript_of(folder, *key) for key in dict.fromkeys((one.operation, one.case) for one in wanted)]


def _empty(folder: Path, wanted: Sequence[Obligation]) -> None:
    """Empty the files that will be written: one that cannot be is found out now."""
    try:
        for file in _files(folder, wanted):
            file.write_text("", encoding="utf-8")
    except OSError as error:
        raise UsageError(f"--smt cannot write to {folder}: {error}; name another folder") from None


def _tell_size(folder: Path, wanted: Sequence[Obligation]) -> None:
    sizes = [file.stat().st_size for file in _files(folder, wanted)]
    sys.stderr.write(f"tmem prove: {len(sizes)} files of SMT-LIB in {folder}, {sum(sizes) / 1e6:.1f} MB\n")


def doubted(
    proof: Proof, options: argparse.Namespace, smt: Path | None, with_seed: Callable[[int], Sequence[Explored]]
) -> Proof:
    """The proof, with what a second solver and other seeds make of it, as far as that is asked for.

    `smt`: the folder of its transcripts. `with_seed` proves the same with another seed.
    """
    if options.recheck and smt is not None:
        from tmem_proofs import prover, recheck  # noqa: PLC0415 - it loads cvc5

        questions = {prover.transcript_of(smt, *one.key): one.queries for one in proof.explored}
        return replace(proof, recheck=recheck.recheck(questions, options.jobs))
    if options.seeds:
        runs = [proof.explored, *(with_seed(seed) for seed in range(1, options.seeds))]
        return replace(proof, stability=stability.measure(runs))
    return proof
