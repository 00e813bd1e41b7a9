"""The command `tmem docs`."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path

from tmem_proofs import record
from tmem_proofs.documents import gallery, pages, table, theorems
from tmem_proofs.documents.drawing import svg
from tmem_proofs.documents.graph import graph
from tmem_proofs.documents.knowledge import Knowledge
from tmem_proofs.documents.links import TOP
from tmem_proofs.mutants import matrix
from tmem_proofs.results import Exit, Proof, UsageError
from tmem_spec import all_invariants

MUTANTS = TOP / "proofs" / "mutants.json"


def run(options: Namespace) -> int:
    """Write the documents, or hold those that are there against them; gives the exit status."""
    out: Path = options.out or TOP / "docs"
    written = dict(documents(Knowledge(_proof(options), _matrix(options.mutants)), out))
    if options.check:
        return _check(written)
    for file, text in written.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    sys.stdout.write(f"{len(written)} documents written to {out}\n")
    return Exit.PROVED


def documents(known: Knowledge, out: Path) -> Iterator[tuple[Path, str]]:
    """Each document, by the file that it is for."""
    for one in all_invariants():
        file = out / "invariants" / f"{one.id}.md"
        yield file, pages.page(one, known, file)
    yield out / "invariants" / "index.md", pages.index(known)
    yield out / "theorems.md", theorems.page(known)
    yield out / "graph.svg", svg(graph(known))
    yield out / "trees.md", gallery.trees()
    yield out / "gallery.md", gallery.gallery(out / "gallery.md")
    for name, drawing in gallery.pictures():
        yield out / "pictures" / f"{name}.svg", drawing
    yield out / "explorer" / "table.js", table.script()


def _check(documents: dict[Path, str]) -> int:
    """Name the documents that are not as they would be written now."""
    stale = [file for file, text in documents.items() if not file.exists() or _compared(file) != _without(text)]
    for file in stale:
        sys.stdout.write(f"not as the last run has it: {os.path.relpath(file)}; `tmem docs` writes it anew\n")
    sys.stdout.write(f"{len(documents) - len(stale)} documents current, {len(stale)} stale\n")
    return Exit.REFUTED if stale else Exit.PROVED


def _compared(file: Path) -> str:
    return _without(file.read_text(encoding="utf-8"))


def _without(text: str) -> str:
    """A document without what may differ from machine to machine: costs, and the values that a solver finds."""
    return "".join(line for line in text.splitlines(keepends=True) if not line.startswith(pages.VARYING))


def _proof(options: Namespace) -> Proof:
    """The run that a file tells of, or one of now, as far as possible from the cache. Raises UsageError."""
    if options.result is not None:
        try:
            return record.read(options.result.read_text(encoding="utf-8"))
        except (OSError, record.RecordError) as error:
            raise UsageError(f"cannot read {options.result}: {error}") from None
    from tmem_proofs.proving import prove_all  # noqa: PLC0415 - the prover comes after the cache

    return prove_all(options)


def _matrix(file: Path | None) -> matrix.Matrix:
    try:
        return matrix.read(file or MUTANTS)
    except (OSError, matrix.MatrixError) as error:
        raise UsageError(f"cannot read {file or MUTANTS}: {error}") from None
