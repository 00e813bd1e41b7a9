"""`tmem explain`: what an invariant says and where that is written, what claims it, and which faults it refutes."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence

from tmem_proofs.assumptions import assumed_of
from tmem_proofs.claims.catalogue import claims_of
from tmem_proofs.faults import FAULTS
from tmem_proofs.places import described, outermost, place_of
from tmem_proofs.prover import obligations
from tmem_proofs.results import Obligation
from tmem_proofs.shipped import function_of, place_of_operation
from tmem_spec import Invariant, all_invariants, named


def find(identifier: str) -> Invariant:
    """The invariant called so, in either case. Raises KeyError, whose argument says what may have been meant."""
    known = [one.id for one in all_invariants()]
    if identifier.upper() in known:
        return named(identifier.upper())
    near = difflib.get_close_matches(identifier.upper(), known, n=3, cutoff=0.5)
    hint = f"did you mean {', '.join(near)}? " if near else ""
    raise KeyError(f"no invariant {identifier!r}; {hint}there are: {', '.join(known)}")


def lines(invariant: Invariant) -> Iterator[str]:
    """All that is known of an invariant, a line at a time."""
    place = place_of(invariant.predicate)
    name = f"{invariant.predicate.__module__}.{invariant.predicate.__qualname__}"
    yield f"{invariant.id}  {invariant.sentence}"
    yield ""
    yield f"  level      {invariant.level.value}"
    yield f"  source     {invariant.source}"
    yield f"  predicate  {name} ({place})"
    yield ""
    yield from (f"    {line}".rstrip() for line in place.source().splitlines())
    yield ""
    carried = [one for one in obligations() if one.invariant == invariant.id]
    operations = list(dict.fromkeys(one.operation for one in carried))
    if not operations:
        yield "  proved of  no operation yet: tests hold the implementation against it"
    for operation in operations:
        yield from _claimed(operation, [one for one in carried if one.operation == operation])
    yield from _assumed(operations)
    yield from _refuted(invariant.id)


def _claimed(operation: str, cases: Sequence[Obligation]) -> Iterator[str]:
    """What is run, from which states, and what is then claimed."""
    claims = claims_of(operation)[cases[0].invariant]
    yield f"  proved of  {operation} ({len(cases)} cases): {', '.join(sorted(one.case for one in cases))}"
    yield f"    runs     {function_of(operation)} ({place_of_operation(operation)})"
    yield f"    claims   {outermost(claims)} ({place_of(claims)})"
    yield from (f"             {line}" for line in described(claims).splitlines())
    yield ""


def _assumed(operations: Sequence[str]) -> Iterator[str]:
    """What the verdicts on these operations depend on."""
    for one in dict.fromkeys(one for operation in operations for one in assumed_of(operation)):
        of = f" (of {', '.join(one.operations)})" if one.operations else ""
        yield f"  {one.kind.value}{of}: {one.sentence}"
    if operations:
        yield ""


def _refuted(identifier: str) -> Iterator[str]:
    """The faults that an obligation of this invariant is known to refute."""
    refuted = [one for one in FAULTS if one.by.invariant == identifier]
    if refuted:
        yield f"  refutes    {len(refuted)} faults put into the source (proofs/tmem_proofs/faults.py):"
    for one in refuted:
        yield f"    {one.fault.name} ({one.by.operation}/{one.by.case})"
