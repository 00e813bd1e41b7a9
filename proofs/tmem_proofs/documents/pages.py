"""A page for each invariant, and the list of them, as plain Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

from tmem_proofs.assumptions import assumed_of
from tmem_proofs.claims.catalogue import claims_of
from tmem_proofs.documents.knowledge import Knowledge, theorem_of
from tmem_proofs.documents.links import link, shipped_link
from tmem_proofs.documents.readings import readings
from tmem_proofs.expected import REFUTATIONS
from tmem_proofs.faults import FAULTS
from tmem_proofs.places import described, outermost, place_of
from tmem_proofs.results import Result, gravest
from tmem_proofs.shipped import function_of, place_of_operation
from tmem_spec import Invariant, all_invariants

FAMILIES = {
    "COH": "Coherence: what a get answers",
    "EPH": "Ephemeral pages",
    "ERR": "Errors",
    "POOL": "Pools",
    "OID": "Oids and indexes",
    "MEM": "Refusals, and what they leave",
    "OWN": "Ownership of metadata and pages",
    "CNT": "Counts",
    "SHR": "The shape of a tree",
    "LCK": "Locks",
    "LIN": "Overlapping calls",
    "ACC": "Accounting",
}
_MOST_MUTANTS = 40  # named on a page
_WITNESS, _COST = "  Witness: ", "  Cost: "
VARYING = (_WITNESS, _COST)  # a line that begins so is no part of what is compared: it may differ between machines
MADE = "<!-- Made by `tmem docs`; do not edit. -->"


def page(invariant: Invariant, known: Knowledge, file: Path) -> str:
    """Everything about one invariant. `file`: where the page will be, for its links."""
    parts = (_head(invariant, file), _why(invariant), _obligations(invariant, known, file), _faults(invariant, known))
    return "\n".join(line for part in parts for line in part) + "\n"


def index(known: Knowledge) -> str:
    """All invariants, family by family, each with its status."""
    return "\n".join(_index(known)) + "\n"


def family_of(identifier: str) -> str:
    """`SHR`, of SHR-2."""
    return identifier.partition("-")[0]


def status(results: dict[str, list[Result]]) -> str:
    """`proved (12 obligations)`, or what else became of the obligations that carry an invariant."""
    every = [one for some in results.values() for one in some]
    if not every:
        return "tested, not proved"
    return f"{gravest(every).value} ({len(every)} obligation{'s' * (len(every) > 1)})"


def _head(invariant: Invariant, file: Path) -> Iterator[str]:
    place = place_of(invariant.predicate)
    name = f"{invariant.predicate.__module__}.{invariant.predicate.__qualname__}"
    yield from (MADE, "", f"# {invariant.id}", "", f"**{invariant.sentence}**", "")
    yield from ("$$", readings()[invariant.id].formula, "$$", "")
    yield from (f"Demanded: {invariant.level.value}. Source: {invariant.source}.", "")
    yield from (f"As the specification says it, {link(place, f'`{name}`', file)}:", "")
    yield from ("```python", place.source(), "```", "")


def _why(invariant: Invariant) -> Iterator[str]:
    yield from ("## Without it", "", readings()[invariant.id].story, "")
    refuted = [one for one in REFUTATIONS if one.invariant == invariant.id]
    if refuted:
        yield from ("The published algorithm of 2011 is refuted on it; `tmem prove --published` tells how:", "")
        yield from (f"- {one.operation} ({_cases(one.cases)}): {one.reason}" for one in refuted)
        yield ""


def _obligations(invariant: Invariant, known: Knowledge, file: Path) -> Iterator[str]:
    results = known.results(invariant.id)
    yield from ("## What proves it", "")
    if not results:
        yield from ("No proof yet: tests hold the implementation against it.", "")
        return
    yield from ("| operation | from | verdict | paths | rests on |", "| --- | --- | --- | ---: | --- |")
    for operation, some in results.items():
        cases = _cases([one.obligation.case for one in some])
        rests = ", ".join(sorted(known.rests[operation])) or "nothing else"
        paths = sum(one.paths for one in some)
        yield f"| {operation} | {cases} | {gravest(some).value} | {paths} | {rests} |"
    yield ""
    for operation, some in results.items():
        yield from _operation(operation, some, invariant.id, file)
    yield from _assumptions(list(results))


def _operation(operation: str, some: Sequence[Result], identifier: str, file: Path) -> Iterator[str]:
    """What is run and claimed of one operation, and a witness: a state and a call on which that says something."""
    claims = claims_of(operation)[identifier]
    run = function_of(operation)
    place = place_of_operation(operation)
    code = f"`{run}`" if theorem_of(operation) == "A" else ""
    of = link(place, code, file) if code else shipped_link(run, file)
    yield f"- **{operation}** (theorem {theorem_of(operation)}) runs {of} and claims"
    yield f"  {link(place_of(claims), f'`{outermost(claims)}`', file)}: {_first(described(claims))}"
    yield f"{_WITNESS}{_inline(some[-1].witness)}"
    queries, resources = sum(one.queries for one in some), sum(one.resources for one in some)
    yield f"{_COST}{queries:,} questions to the solver beyond its paths, {resources:,} of Z3's resource units."


def _assumptions(operations: Sequence[str]) -> Iterator[str]:
    every = dict.fromkeys(one for operation in operations for one in assumed_of(operation))
    yield from ("", "## What that assumes", "")
    yield from (f"- {one.kind.value}: {one.sentence}" for one in every)
    yield ""


def _faults(invariant: Invariant, known: Knowledge) -> Iterator[str]:
    """What has been seen to break it: faults put in by hand, and mutants."""
    faults = [one for one in FAULTS if one.by.invariant == invariant.id]
    killed = known.killed_by(invariant.id)
    if faults or killed:
        yield from ("## Seen to fail", "")
    yield from (f"- {one.fault.name}: refuted by `{one.by.name}`" for one in faults)
    yield from ([""] if faults and killed else [])
    yield from (f"- mutant `{_inline(name)}`: killed by `{by}`" for name, by in killed[:_MOST_MUTANTS])
    if len(killed) > _MOST_MUTANTS:
        yield f"- and {len(killed) - _MOST_MUTANTS} more mutants"
    if faults or killed:
        yield ""


def _index(known: Knowledge) -> Iterator[str]:
    yield from (MADE, "", "# Invariants", "")
    yield "What tmem promises, each with what says it, why it matters, what proves it, and what was seen to break it."
    ordered = sorted(all_invariants(), key=lambda one: list(FAMILIES).index(family_of(one.id)))
    for family, some in groupby(ordered, key=lambda one: family_of(one.id)):
        yield from ("", f"## {FAMILIES[family]}", "", "| | | status |", "| --- | --- | --- |")
        for one in sorted(some, key=lambda one: one.id):
            yield f"| [{one.id}]({one.id}.md) | {one.sentence} | {status(known.results(one.id))} |"


def _cases(cases: Sequence[str]) -> str:
    """`no object, heights 0 to 6`, of cases by name."""
    numbered = sorted(one for one in cases if re.fullmatch(r"(height|level) \d", one))
    others = [one for one in cases if one not in numbered]
    if len(numbered) > 1 and len(numbered) == int(numbered[-1][-1]) - int(numbered[0][-1]) + 1:
        numbered = [f"{numbered[0][:-2]}s {numbered[0][-1]} to {numbered[-1][-1]}"]
    return ", ".join([*others, *numbered])


def _first(text: str) -> str:
    """The first paragraph of a docstring, in one line."""
    return " ".join(text.partition("\n\n")[0].split())


def _inline(text: str) -> str:
    """A text in one line that no Markdown is in."""
    return " ".join(text.split()).replace("`", "'")
