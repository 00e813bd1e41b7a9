"""What the published C violates, by its recorded runs: which invariants, how often, at which calls, and why there."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

from support.vectors import counted, places, vectors
from tmem_proofs.conformance.report import Report, report
from tmem_proofs.conformance.trace import Recorded, read
from tmem_spec import Level
from tmem_spec.calls import Get, Outcome, Put
from tmem_spec.metadata import Callback

KINDS = {"clean": 16, "enomem": 16, "geterror": 2}


@cache
def judged(kind: str) -> Report:
    """The report on all traces of one kind."""
    return report(vectors(kind))


def records(kind: str) -> Iterator[tuple[Path, Recorded]]:
    """Every recorded call of one kind, and the file it is in."""
    for path in vectors(kind):
        for record in read(path).records:
            yield path, record


def refused_puts(kind: str) -> list[tuple[tuple[Path, int], Recorded]]:
    """Every put that was refused, with its place."""
    return [((path, record.line), record) for path, record in records(kind) if record.answer.outcome is Outcome.REFUSED]


def asks(record: Recorded) -> int:
    """How many objnodes a call asks for."""
    callbacks = record.callbacks or ()
    return callbacks.count(Callback.OBJNODE_ALLOC) + callbacks.count(Callback.OBJNODE_ALLOC_REFUSED)


@pytest.mark.parametrize(("kind", "traces"), KINDS.items())
def test_every_trace_is_there(kind: str, traces: int) -> None:
    """There are 34 traces of 252 calls each, and each is of one of three kinds."""
    assert judged(kind).traces == traces
    assert judged(kind).calls == 252 * traces
    assert len(vectors()) == sum(KINDS.values()) == 34


def test_published_code_keeps_all_that_is_required_while_get_data_works() -> None:
    """Clean or out of memory, the published code violates nothing that is required of any tmem."""
    assert judged("clean").required == ()
    assert judged("enomem").required == ()


def test_published_duplicate_puts_ask_for_objnodes() -> None:
    """MEM-6 is all that the clean runs violate: 567 duplicate puts free objnodes and ask for them again."""
    assert counted(judged("clean")) == {"MEM-6": 567}


def test_published_refused_puts_leave_stumps() -> None:
    """Out of memory, 70 refused puts keep objnodes (MEM-1), 47 of them in a store that was lawful (MEM-4).

    After 953 of 4,032 calls the host holds more objnodes than the canonical law allows (SHR-4).
    """
    assert counted(judged("enomem")) == {"MEM-1": 70, "MEM-4": 47, "MEM-6": 426, "SHR-4": 953}


def test_published_get_errors_are_answered_as_hits() -> None:
    """D1: each of the 19 failing get_data is answered as a hit (ERR-1), of a page that nobody put (COH-1).

    Nothing else that is required is violated: an ephemeral page whose get_data failed is freed all the same, and its
    obj with it, and a persistent one stays, so that no zombie is left (CNT-2) and no pampd (CNT-1). What only ours
    keeps is violated as in the other runs, since some objnodes are refused in these too.
    """
    found = counted(judged("geterror"))
    assert found == {"COH-1": 19, "ERR-1": 19, "MEM-1": 1, "MEM-4": 1, "MEM-6": 54, "SHR-4": 13}
    assert {one.invariant.id for one in judged("geterror").required} == {"COH-1", "ERR-1"}
    assert places(judged("geterror"), "COH-1") == places(judged("geterror"), "ERR-1")


def test_every_failing_get_data_is_found() -> None:
    """ERR-1 is found at every call in which get_data failed, and at no other."""
    failed = {(path, record.line) for path, record in records("geterror") if record.environment.get_data_failed}
    assert places(judged("geterror"), "ERR-1") == failed


def test_a_failing_get_data_is_no_miss() -> None:
    """A get that finds nothing never calls get_data: it was asked to fail in 32 gets that miss, and no call failed."""
    missed = [
        record
        for _, record in records("geterror")
        if isinstance(record.call, Get) and record.answer.outcome is Outcome.MISS and record.asked
    ]
    assert len(missed) == 32
    assert not any(record.environment.get_data_failed for record in missed)


@pytest.mark.parametrize("kind", ["enomem", "geterror"])
def test_stumps_are_exactly_the_objnodes_of_refused_puts_whose_object_stays(kind: str) -> None:
    """MEM-1 is found where a refused put was given objnodes and its obj, being older or not empty, was not freed."""
    kept = {
        place
        for place, record in refused_puts(kind)
        if Callback.OBJNODE_ALLOC in (record.callbacks or ()) and Callback.OBJ_FREE not in (record.callbacks or ())
    }
    assert places(judged(kind), "MEM-1") == kept


@pytest.mark.parametrize("kind", ["enomem", "geterror"])
def test_every_stretch_beyond_the_law_begins_with_a_refused_put(kind: str) -> None:
    """MEM-4 is found at the first call of each stretch of calls that SHR-4 is found at, and at no other."""
    beyond = places(judged(kind), "SHR-4")
    begins = {
        (path, now.line)
        for path in vectors(kind)
        for before, now in pairwise(read(path).records)
        if (path, now.line) in beyond and (path, before.line) not in beyond
    }
    assert places(judged(kind), "MEM-4") == begins


@pytest.mark.parametrize("kind", KINDS)
def test_no_published_put_needs_more_than_11_objnodes(kind: str) -> None:
    """MEM-6 is found at duplicate puts alone: no put of the published code asks for more than 11 objnodes."""
    assert max(asks(record) for _, record in records(kind) if isinstance(record.call, Put)) <= 11


def test_stumps_are_found_under_every_kind_of_index_but_not_in_every_run() -> None:
    """Dense indexes need few objnodes: one of four such runs leaves a stump, and each of the twelve others does."""
    with_stumps = {path.name for path, _ in places(judged("enomem"), "MEM-1")}
    dense = {path.name for path in vectors("enomem") if path.name.startswith("dense")}
    others = {path.name for path in vectors("enomem")} - dense
    assert with_stumps & dense == {"dense-persistent-enomem-0.jsonl"}
    assert with_stumps - dense == others


@pytest.mark.parametrize("kind", KINDS)
def test_no_level_is_forgotten(kind: str) -> None:
    """Every finding is either of what is required or of what ours keeps: no third kind hides any."""
    found = judged(kind)
    assert len(found.findings) == sum(len(found.of(level)) for level in Level)
