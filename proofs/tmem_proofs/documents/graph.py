"""The graph of what rests on what: families of invariants, operations, and what these assume, in columns.

An arrow from a family to an operation: an obligation of that family is about it. From one operation to another: in
the runs of the first a contract stood in for a function, and the second proves that contract. All of it is read off
the run; nothing is kept by hand.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tmem_proofs.assumptions import ASSUMPTIONS, Kind
from tmem_proofs.documents.knowledge import THEOREM_A, Knowledge, theorem_of
from tmem_proofs.documents.pages import FAMILIES, family_of
from tmem_proofs.results import by_invariant

ASSUMED = "assumed"
CALLS = "Tmem."


@dataclass(frozen=True, slots=True)
class Node:
    """A box: what it is called, in which column, its colour, where it leads, and what is told of it."""

    name: str
    column: int
    colour: str
    target: str
    told: str


@dataclass(frozen=True, slots=True)
class Graph:
    """Nodes, in the order of their columns, and arrows between them, by name."""

    nodes: tuple[Node, ...]
    edges: tuple[tuple[str, str], ...]


def graph(known: Knowledge) -> Graph:
    """The whole graph."""
    nodes = [*_families(known), *_operations(known), *_assumptions()]
    edges = dict.fromkeys([*_claims(known), *_rests(known), *_assumes(known)])
    return Graph(tuple(sorted(nodes, key=lambda one: one.column)), tuple(edges))


def _families(known: Knowledge) -> Iterator[Node]:
    """The families of which something is proved."""
    operations: dict[str, set[str]] = {}
    for operation, invariant, _ in by_invariant(known.proof.results):
        operations.setdefault(family_of(invariant), set()).add(operation)
    for family, title in FAMILIES.items():
        if family in operations:
            colours = {known.colour_of(one) for one in operations[family]}
            colour = next(one for one in ("refuted", "unknown", "proved", "whole") if one in colours)
            yield Node(family, 0, colour, f"invariants/index.md#{_anchor(title)}", title)


def _operations(known: Knowledge) -> Iterator[Node]:
    """Calls rest on what is called within them, which stands to their right."""
    for operation, cases in known.by_operation.items():
        column = 1 if theorem_of(operation) == THEOREM_A else 2 if operation.startswith(CALLS) else 3
        obligations = sum(len(one.results) for one in cases)
        paths = sum(one.paths for one in cases)
        told = f"theorem {theorem_of(operation)}: {len(cases)} cases, {obligations} obligations, {paths} paths"
        yield Node(operation, column, known.colour_of(operation), f"theorems.md#{_anchor(operation)}", told)


def _assumptions() -> Iterator[Node]:
    for one in ASSUMPTIONS:
        if one.kind in {Kind.TRUSTED, Kind.PREMISE}:
            yield Node(one.sentence, 4, ASSUMED, "theorems.md#what-is-assumed", one.kind.value)


def _claims(known: Knowledge) -> Iterator[tuple[str, str]]:
    for operation, invariant, _ in by_invariant(known.proof.results):
        yield family_of(invariant), operation


def _rests(known: Knowledge) -> Iterator[tuple[str, str]]:
    for operation, below in known.rests.items():
        yield from ((operation, one) for one in sorted(below))


def _assumes(known: Knowledge) -> Iterator[tuple[str, str]]:
    """What rests on nothing else rests on what is assumed."""
    for operation, below in known.rests.items():
        for one in ASSUMPTIONS:
            if not below and (one.kind is Kind.TRUSTED or (one.kind is Kind.PREMISE and _is_b(operation))):
                yield operation, one.sentence


def _is_b(operation: str) -> bool:
    return theorem_of(operation) != THEOREM_A


def _anchor(title: str) -> str:
    """What a heading is called in a link."""
    kept = "".join(one for one in title.lower() if one.isalnum() or one in " -_")
    return kept.strip().replace(" ", "-")
