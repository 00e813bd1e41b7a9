"""Mutants of the specification: predicates weakened until they allow all, operators on the rules, faults by hand.

Of a predicate that allows all nothing is refuted any more, so it is noticed where a verdict is lost: an obligation of
theorem A that becomes vacuous or does not follow, a recorded run that violates less, a run made to violate it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tmem_proofs.mutants import by_hand
from tmem_proofs.mutants.mutant import (
    PREFIXES,
    SPECIFICATION,
    Edit,
    Mutant,
    Text,
    functions_in,
    has_docstring,
    mutants_of,
    texts,
)
from tmem_proofs.mutants.operators import EXPRESSIONS, edits_of
from tmem_proofs.mutants.statements import STATEMENTS
from tmem_proofs.spec_faults import LAW_FAULTS, MACHINE_FAULTS

RULES = ("law", "machine", "words")  # the modules whose functions are changed by operators, too

# What a predicate gives that allows all, by what it is annotated to give.
_ALLOWING = {"bool": "True", "int": "0", "Iterator[Promise]": "iter(())"}


def mutants() -> Iterator[Mutant]:
    """Every mutant, in the order of the source: of each function first the one that weakens it altogether."""
    for module, text in texts(SPECIFICATION).items():
        for name, node in functions_in(text):
            edits: list[Edit] = []
            if _is_predicate(node):
                edits.append(weakened(text, node))
            if module in RULES and not name.endswith("__"):
                edits += edits_of(text, node, (*EXPRESSIONS, *STATEMENTS))
            yield from mutants_of(SPECIFICATION, f"{PREFIXES[SPECIFICATION]}{module}.{name}", module, text, edits)
    yield from by_hand.mutants(SPECIFICATION, (one.fault for one in (*MACHINE_FAULTS, *LAW_FAULTS)))


def weakened(text: Text, function: ast.FunctionDef) -> Edit:
    """A predicate that allows all."""
    assert function.returns is not None  # noqa: S101 - for the type checker: every function of ours is annotated
    body = function.body[has_docstring(function) :]
    allows = _ALLOWING[text.of(function.returns)]
    return Edit(text.start(body[0]), text.end(body[-1]), f"return {allows}", "the predicate", f"return {allows}")


def _is_predicate(function: ast.FunctionDef) -> bool:
    """Whether it is registered as the statement of an invariant."""
    return any(
        isinstance(one, ast.Call) and isinstance(one.func, ast.Name) and one.func.id == "invariant"
        for one in function.decorator_list
    )
