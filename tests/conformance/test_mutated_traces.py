"""One thing changed in a real trace, and the judge notices: an answer, a page, a callback, a live count.

The mutations are made on the lines of a recorded file, as a faulty implementation would have written them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from support.vectors import FOLDER
from tmem_proofs.conformance.report import report
from tmem_spec import Level

TRACES = ("dense-ephemeral-clean-0", "mixed-persistent-enomem-0")
SAMPLES = 12  # of each kind of mutation in each trace, evenly spread over it

Record = dict[str, Any]


@cache
def recorded(trace: str) -> tuple[str, ...]:
    """The lines of a trace."""
    return tuple((FOLDER / f"{trace}.jsonl").read_text(encoding="utf-8").splitlines())


def findings(folder: Path, lines: tuple[str, ...]) -> dict[str, int]:
    """How often each required invariant is violated in these lines."""
    path = folder / "mutated.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    found: dict[str, int] = {}
    for one in report([path]).of(Level.REQUIRED):
        found[one.invariant.id] = found.get(one.invariant.id, 0) + 1
    return found


def another_answer(record: Record) -> Record | None:
    """Success for failure, and the other way round."""
    if record["op"] == "put":
        return record | {"ret": 0 if record["ret"] else -12}
    if record["op"] == "get":
        return record | ({"ret": 0, "page": 1} if record["ret"] else {"ret": -1, "page": None})
    if record["op"] in {"flush_page", "flush_object"}:
        return record | {"ret": 0 if record["ret"] else -1}
    return None


def another_page(record: Record) -> Record | None:
    """The page of a get, one bit of it changed."""
    if record["op"] == "get" and record["ret"] == 0:
        return record | {"page": record["page"] ^ 1}
    return None


def a_buffer_written(record: Record) -> Record | None:
    """A miss that leaves something in the caller's buffer."""
    if record["op"] == "get" and record["ret"] == -1:
        return record | {"page": 1}
    return None


def an_event_dropped(record: Record) -> Record | None:
    """The last callback left out, unless it is get_data or a refusal, which change nothing that lives."""
    events = record.get("events", [])
    if not events or events[-1] == "pam_get_data" or events[-1].endswith("_failed"):
        return None
    return record | {"events": events[:-1]}


def an_event_twice(record: Record) -> Record | None:
    """The last callback made twice, with the same exceptions."""
    dropped = an_event_dropped(record)
    return None if dropped is None else record | {"events": [*record["events"], record["events"][-1]]}


def one_more(name: str, record: Record) -> Record | None:
    """One obj, objnode or page more alive than there was."""
    if "live" not in record:
        return None
    return record | {"live": record["live"] | {name: record["live"][name] + 1}}


def an_obj_more(record: Record) -> Record | None:
    """A zombie."""
    return one_more("obj", record)


def a_page_more(record: Record) -> Record | None:
    """A leaked page."""
    return one_more("page", record)


MUTATIONS = {
    another_answer: {"COH-2", "COH-4", "COH-6", "EPH-2", "MEM-5", "CNT-1", "CNT-2"},
    another_page: {"COH-1"},
    a_buffer_written: {"COH-7"},
    an_event_dropped: {"OWN-1"},
    an_event_twice: {"OWN-1"},
    an_obj_more: {"CNT-2"},
    a_page_more: {"CNT-1"},
}


def mutants(trace: str, mutation: Any) -> Iterator[tuple[str, ...]]:
    """A trace with the mutation at one line, for some of the lines that admit it."""
    lines = recorded(trace)
    changed = [(at, mutation(json.loads(line))) for at, line in enumerate(lines)]
    possible = [(at, record) for at, record in changed if record is not None]
    for at, record in possible[:: -(-len(possible) // SAMPLES)]:
        yield (*lines[:at], json.dumps(record), *lines[at + 1 :])


@pytest.mark.parametrize("trace", TRACES)
def test_the_traces_as_they_are_violate_nothing_required(trace: str, tmp_path: Path) -> None:
    """What the mutations below are noticed by is not there without them."""
    assert findings(tmp_path, recorded(trace)) == {}


@pytest.mark.parametrize("mutation", MUTATIONS)
@pytest.mark.parametrize("trace", TRACES)
def test_a_mutation_is_noticed(trace: str, mutation: Any, tmp_path: Path) -> None:
    """Wherever it is made, the judge reports a violation of what any tmem must keep, and of what was broken."""
    seen = [findings(tmp_path, mutant) for mutant in mutants(trace, mutation)]
    assert len(seen) >= SAMPLES // 2
    assert all(found.keys() & MUTATIONS[mutation] for found in seen)


def puts_got(lines: tuple[str, ...]) -> list[int]:
    """The puts whose page some get yields."""
    records = [json.loads(line) for line in lines]
    got = {record["page"] for record in records if record["op"] == "get" and record["ret"] == 0}
    return [at for at, record in enumerate(records) if record["op"] == "put" and record["page"] in got]


@pytest.mark.parametrize("trace", TRACES)
def test_another_page_put_is_noticed_when_it_is_got(trace: str, tmp_path: Path) -> None:
    """COH-1: where the page put was not the recorded one, the get that yields the recorded one is reported."""
    lines = recorded(trace)
    assert len(puts_got(lines)) >= SAMPLES // 2
    for at in puts_got(lines)[:SAMPLES]:
        record = json.loads(lines[at])
        mutant = (*lines[:at], json.dumps(record | {"page": record["page"] ^ 1}), *lines[at + 1 :])
        assert "COH-1" in findings(tmp_path, mutant)
