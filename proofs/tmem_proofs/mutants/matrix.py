"""The matrix: every mutant in every layer, kept in one file that a run takes up where the last one ended.

What is kept of a mutant counts as long as the code of its function is what it was: `digests` tell. Nothing in the file
depends on how fast a machine is, or on which line a function is, so a change to one function changes its lines alone.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path

from tmem_proofs.mutants.layers import Layer, put_before
from tmem_proofs.mutants.mutant import SPECIFICATION, Mutant
from tmem_proofs.mutants.outcome import Outcome, State

FORMAT = "tmem mutants"

Outcomes = dict[str, Outcome]  # by layer
Told = Callable[[Mutant, Outcome], None]


class MatrixError(ValueError):
    """A file that is no matrix."""


@dataclass(slots=True)
class Matrix:
    """Outcomes by mutant and layer, and the digests of the functions that they belong to."""

    digests: dict[str, str] = field(default_factory=dict)
    outcomes: dict[str, Outcomes] = field(default_factory=dict)

    def to_json(self) -> str:
        """The document, a mutant a line; nothing of those that were put before no layer."""
        rows = [
            f"{json.dumps(name)}: {json.dumps({layer: [one.state.value, one.by] for layer, one in row.items()})}"
            for name, row in self.outcomes.items()
            if row
        ]
        of = {name.partition(": ")[0] for name, row in self.outcomes.items() if row}
        digests = [
            f"{json.dumps(function)}: {json.dumps(digest)}"
            for function, digest in self.digests.items()
            if function in of
        ]
        head = f'"format": {json.dumps(FORMAT)}'
        return f'{{\n{head},\n"digests": {_block(digests)},\n"mutants": {_block(rows)}\n}}\n'

    @classmethod
    def from_json(cls, text: str) -> Matrix:
        """What `to_json` gave. Raises MatrixError."""
        try:
            document = json.loads(text)
            if document["format"] != FORMAT:
                raise MatrixError(f"its format is {document['format']!r}, not {FORMAT!r}")
            rows = {
                name: {layer: Outcome.from_json(json.dumps(one)) for layer, one in row.items()}
                for name, row in document["mutants"].items()
            }
            return cls(dict(document["digests"]), rows)
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise MatrixError(f"no matrix of mutants: {error}") from None

    def fitted(self, mutants: Sequence[Mutant], digests: Mapping[str, str]) -> Matrix:
        """This matrix for these mutants in their order, without what is of other code. `digests` are those of today."""
        current = {one.name for one in mutants if self.digests.get(one.function) == digests[one.function]}
        rows = {one.name: self.outcomes.get(one.name, {}) if one.name in current else {} for one in mutants}
        functions = dict.fromkeys(one.function for one in mutants)
        return Matrix({function: digests[function] for function in functions}, rows)

    def missing(self, mutants: Iterable[Mutant], layer: Layer) -> list[Mutant]:
        """Those to be put before a layer. A mutant of the specification needs to be noticed by one layer alone."""
        return [
            one
            for one in mutants
            if layer.package == one.package
            and layer.name not in self.outcomes[one.name]
            and not (one.package == SPECIFICATION and is_killed(self.outcomes[one.name]))
        ]


def is_killed(row: Outcomes) -> bool:
    """Whether some layer kills."""
    return any(one.state is State.KILLED for one in row.values())


def _block(lines: Sequence[str]) -> str:
    return "{\n" + ",\n".join(lines) + "\n}" if lines else "{}"


def read(file: Path) -> Matrix:
    """The matrix in a file; an empty one if there is no such file. Raises MatrixError, OSError."""
    return Matrix.from_json(file.read_text(encoding="utf-8")) if file.exists() else Matrix()


def run(layer: Layer, mutants: Sequence[Mutant], matrix: Matrix, jobs: int, told: Told, file: Path | None) -> None:
    """Put each mutant before a layer, `jobs` at once; keep every outcome, in the file too if one is given."""
    for mutant, outcome in _outcomes(layer, mutants, jobs):
        matrix.outcomes[mutant.name][layer.name] = outcome
        if file is not None:
            save(matrix, file)
        told(mutant, outcome)


def save(matrix: Matrix, file: Path) -> None:
    """Write the file anew, in one step."""
    new = file.with_name(f"{file.name}.new")
    new.write_text(matrix.to_json(), encoding="utf-8")
    new.replace(file)


def _outcomes(layer: Layer, mutants: Sequence[Mutant], jobs: int) -> Iterator[tuple[Mutant, Outcome]]:
    """Each outcome as soon as it is there. Whoever stops asking waits for what is under way, and no more."""
    with ThreadPoolExecutor(jobs) as executor:
        running = {executor.submit(put_before, layer, mutant): mutant for mutant in mutants}
        try:
            for done in as_completed(running):
                yield running[done], done.result()
        finally:
            executor.shutdown(wait=False, cancel_futures=True)
