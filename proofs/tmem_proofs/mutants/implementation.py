"""Mutants of the implementation: every operator, on every function under proof; and every fault put in by hand."""

from __future__ import annotations

from collections.abc import Iterator

from tmem_proofs import shipped
from tmem_proofs.claims.catalogue import subjects
from tmem_proofs.claims.machine_steps import MACHINE
from tmem_proofs.faults import FAULTS
from tmem_proofs.mutants import by_hand
from tmem_proofs.mutants.mutant import IMPLEMENTATION, Mutant, functions_in, mutants_of, texts
from tmem_proofs.mutants.operators import EXPRESSIONS, edits_of
from tmem_proofs.mutants.statements import STATEMENTS


def functions_under_proof() -> list[str]:
    """The functions that theorem B is about."""
    operations = dict.fromkeys(one.operation for one in subjects() if not one.operation.startswith(MACHINE))
    return shipped.under_proof(operations)


def mutants() -> Iterator[Mutant]:
    """Every mutant, in the order of the source; those made by hand last."""
    wanted = set(functions_under_proof())
    for module, text in texts(IMPLEMENTATION).items():
        for name, node in functions_in(text):
            function = f"{module}.{name}"
            if function in wanted:
                edits = edits_of(text, node, (*EXPRESSIONS, *STATEMENTS))
                yield from mutants_of(IMPLEMENTATION, function, module, text, edits)
    yield from by_hand.mutants(IMPLEMENTATION, (one.fault for one in FAULTS))
