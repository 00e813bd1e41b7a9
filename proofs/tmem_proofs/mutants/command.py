"""The command `tmem mutants`."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from tmem_proofs.mutants import implementation, matrix, report, specification
from tmem_proofs.mutants.explained import stale
from tmem_proofs.mutants.layers import LAYERS, Layer, layer_named, unchanged
from tmem_proofs.mutants.matrix import Matrix, MatrixError
from tmem_proofs.mutants.mutant import Mutant, digests
from tmem_proofs.mutants.outcome import Outcome, State
from tmem_proofs.progress import counted
from tmem_proofs.results import EngineError, Exit, UsageError


def run(options: Namespace) -> int:
    """Make the mutants selected, put them before their layers, and say what became of them; gives the exit status."""
    layers, known = _layers(options.layer), _read(options.file)
    every = [*implementation.mutants(), *specification.mutants()]
    wanted = selected(every, options.patterns, options.sample)
    if not wanted:
        sys.stderr.write("tmem mutants: no mutant is selected\n")
        return Exit.UNDECIDED
    kept = known.fitted(every, digests())
    for layer in layers:
        _put_before(layer, wanted, kept, options)
    if options.page is not None:
        options.page.write_text(report.page(kept), encoding="utf-8")
    old = stale(one.name for one in every)
    rows = {one.name: kept.outcomes[one.name] for one in wanted}
    judgement = report.judge(rows)
    for name in old:
        sys.stdout.write(f"listed as a survivor, and no mutant any more: {name}\n")
    sys.stdout.writelines(f"{line}\n" for line in report.summary(rows, judgement))
    enough = judgement.enough or len(wanted) < len(every)  # of a part, a share says little
    return Exit.PROVED if judgement.accounted_for and enough and not old else Exit.REFUTED


def selected(mutants: Sequence[Mutant], patterns: Sequence[str], sample: int) -> list[Mutant]:
    """Every `sample`th of the mutants whose function or name a pattern matches; without patterns, of all."""
    matching = [
        one
        for one in mutants
        if not patterns or any(fnmatchcase(name, wanted) for wanted in patterns for name in (one.name, one.function))
    ]
    return matching[::sample]


def _put_before(layer: Layer, wanted: Sequence[Mutant], kept: Matrix, options: Namespace) -> None:
    """Put before one layer whatever was not yet; say at once what it does not kill."""
    missing = kept.missing(wanted, layer)
    if missing and not layer.proves:
        _check(layer, missing[0])
    with counted(layer.name, len(missing)) as count:

        def told(mutant: Mutant, outcome: Outcome) -> None:
            count()
            if options.verbose and outcome.state is not State.KILLED:
                sys.stdout.write(f"{layer.name}: {outcome.state.value}: {mutant.name}\n")
                sys.stdout.flush()

        matrix.run(layer, missing, kept, options.jobs or os.cpu_count() or 1, told, options.file)


def _check(layer: Layer, mutant: Mutant) -> None:
    """Raise EngineError if a layer finds something wrong with the source as it is: then it kills whatever there is."""
    outcome = unchanged(layer, mutant)
    if outcome.state not in {State.SURVIVED, State.ABSENT}:
        raise EngineError(f"{layer.name} says of the source as it is: {outcome.state.value} {outcome.by}")


def _layers(names: Sequence[str] | None) -> list[Layer]:
    """The layers named, or all."""
    try:
        return [layer_named(name) for name in names] if names else list(LAYERS)
    except KeyError as error:
        raise UsageError(error.args[0]) from None


def _read(file: Path | None) -> Matrix:
    try:
        return Matrix() if file is None else matrix.read(file)
    except (OSError, MatrixError) as error:
        raise UsageError(f"cannot read {file}: {error}") from None
