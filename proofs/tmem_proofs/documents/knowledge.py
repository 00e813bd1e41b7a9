"""What the documents are made of: one proof run, the kill matrix, and what both say of an invariant or an operation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from tmem_proofs import shipped
from tmem_proofs.claims.machine_steps import MACHINE
from tmem_proofs.mutants.matrix import Matrix
from tmem_proofs.mutants.outcome import State
from tmem_proofs.results import GRAVITY, Explored, Proof, Result, Verdict, gravest

THEOREM_A, THEOREM_B = "A", "B"


@dataclass
class Knowledge:
    """A run that proved everything, and the mutants that were killed."""

    proof: Proof
    matrix: Matrix = field(default_factory=Matrix)

    @cached_property
    def by_operation(self) -> dict[str, list[Explored]]:
        """The cases of each operation, in the order of the run's report."""
        found: dict[str, list[Explored]] = {}
        for one in self.proof.explored:
            found.setdefault(one.key[0], []).append(one)
        return found

    def results(self, invariant: str) -> dict[str, list[Result]]:
        """The obligations of an invariant, by operation, cases by name."""
        found: dict[str, list[Result]] = {}
        for one in self.proof.results:
            if one.obligation.invariant == invariant:
                found.setdefault(one.obligation.operation, []).append(one)
        return {operation: sorted(some, key=lambda one: one.obligation.case) for operation, some in found.items()}

    def verdict_of(self, operation: str) -> Verdict:
        """The gravest verdict on an operation."""
        return gravest([result for one in self.by_operation[operation] for result in one.results])

    @cached_property
    def rests(self) -> dict[str, frozenset[str]]:
        """For each operation, those that prove what stood in for code in its runs: the contracts it rests on."""
        named = {operation: self._contracts(operation) for operation in self.by_operation}
        return {operation: frozenset(self._provers(names, named)) for operation, names in named.items()}

    def _contracts(self, operation: str) -> set[str]:
        return {name for one in self.by_operation[operation] for name in one.rests}

    def _provers(self, names: set[str], named: dict[str, set[str]]) -> Iterator[str]:
        """The operations that run these functions themselves: those of that very name, or else whoever calls them."""
        for name in sorted(names):
            runs = [one for one, rests in named.items() if _runs(one, name) and name not in rests]
            yield from [one for one in runs if _is(one, name)] or runs

    def below(self, operation: str) -> set[str]:
        """All that an operation rests on, directly or not."""
        found: set[str] = set()
        ahead = [operation]
        while ahead:
            for one in self.rests[ahead.pop()] - found:
                found.add(one)
                ahead.append(one)
        return found

    def colour_of(self, operation: str) -> str:
        """`refuted`, `unknown`, `proved`, or, with all that it rests on, `whole`."""
        verdict = self.verdict_of(operation)
        if verdict is not Verdict.PROVED:
            return "refuted" if GRAVITY[verdict] == GRAVITY[Verdict.REFUTED] else "unknown"
        whole = all(self.verdict_of(one) is Verdict.PROVED for one in self.below(operation))
        return "whole" if whole else "proved"

    def killed_by(self, invariant: str) -> list[tuple[str, str]]:
        """The mutants that an obligation of the invariant kills: the mutant's name, and the obligation's."""
        found = []
        for name, row in self.matrix.outcomes.items():
            for one in row.values():
                obligation = one.by.removesuffix(" (vacuous)")
                if one.state is State.KILLED and obligation.endswith(f"/{invariant}"):
                    found.append((name, obligation))
        return list(dict.fromkeys(found))


def theorem_of(operation: str) -> str:
    """Which theorem an operation belongs to."""
    return THEOREM_A if operation.startswith(MACHINE) else THEOREM_B


def _runs(operation: str, function: str) -> bool:
    """Whether an operation of theorem B runs a shipped function of this name."""
    if theorem_of(operation) == THEOREM_A:
        return False
    return any(one.rpartition(".")[2] == function for one in shipped.under_proof([operation]))


def _is(operation: str, function: str) -> bool:
    return function in {operation, shipped.function_of(operation).rpartition(".")[2]}
