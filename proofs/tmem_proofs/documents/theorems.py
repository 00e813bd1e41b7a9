"""The page of the two theorems: what each says, operation by operation, and the graph of what rests on what."""

from __future__ import annotations

from collections.abc import Iterator

from tmem_proofs.assumptions import ASSUMPTIONS
from tmem_proofs.documents.knowledge import THEOREM_A, THEOREM_B, Knowledge, theorem_of
from tmem_proofs.documents.pages import MADE
from tmem_proofs.results import Verdict

GRAPH = "What rests on what: invariants, operations, and what these assume"
_SAYS = {
    THEOREM_A: """**Theorem A.** Every history of the specification's machine keeps the promises that are made to users:
whoever follows the machine step by step never breaks a predicate over histories. And the canonical law is what its
clauses say, for any set of indexes.""",
    THEOREM_B: """**Theorem B.** Every call on the shipped implementation is a step of that machine: from any
well-formed store, for all oids and indexes, whatever the callbacks refuse or raise, it answers rightly, changes what it
should and nothing else, and leaves a well-formed store.""",
}


def page(known: Knowledge) -> str:
    """The page."""
    return "\n".join(_lines(known)) + "\n"


def _lines(known: Knowledge) -> Iterator[str]:
    yield from (MADE, "", "# The two theorems", "")
    for theorem, says in _SAYS.items():
        operations = [one for one in known.by_operation if theorem_of(one) == theorem]
        yield from (says, "", _total(known, operations), "")
    yield "Together: whatever is imported, called and refused, users see what the invariants promise."
    yield from ("", f'<a class="graph" href="graph.svg"><img src="graph.svg" alt="{GRAPH}"></a>', "")
    yield "In the picture itself every box is a link. Arrows are read off the last run: which obligations there are of"
    yield "an operation, and which functions were stood in for by a contract that another operation proves."
    for theorem in _SAYS:
        yield from ("", f"## Theorem {theorem}, operation by operation")
        for operation in (one for one in known.by_operation if theorem_of(one) == theorem):
            yield from _operation(known, operation)
    yield from ("", "## What is assumed", "")
    yield from (f"- {one.kind.value}: {one.sentence}" for one in ASSUMPTIONS)


def _total(known: Knowledge, operations: list[str]) -> str:
    """How much of a theorem is proved."""
    cases = [one for operation in operations for one in known.by_operation[operation]]
    results = [result for one in cases for result in one.results]
    proved = sum(one.verdict is Verdict.PROVED for one in results)
    paths, replayed = sum(one.paths for one in cases), sum(one.replayed for one in cases)
    return (
        f"{proved} of {len(results)} obligations proved, on {paths} paths, {replayed} of them replayed on real objects."
    )


def _operation(known: Knowledge, operation: str) -> Iterator[str]:
    cases = known.by_operation[operation]
    invariants = sorted({result.obligation.invariant for one in cases for result in one.results})
    yield from ("", f"### {operation}", "")
    yield f"{known.verdict_of(operation).value}, {', '.join(sorted(one.key[1] for one in cases))}:"
    yield ", ".join(f"[{one}](invariants/{one}.md)" for one in invariants) + "."
    below = sorted(known.rests[operation])
    if below:
        yield f"Rests on {', '.join(below)}."
