"""Reading traces: what each field means, and that a malformed line is refused with its file and its line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tmem_proofs.conformance.recorder import Fail
from tmem_proofs.conformance.trace import Recorded, Trace, TraceError, read
from tmem_spec.calls import Answer, DestroyPool, FlushObject, FlushPage, FlushPool, Get, NewPool, Outcome, Put
from tmem_spec.metadata import Callback, Live
from tmem_spec.words import EPHEMERAL, PERSISTENT, Handle

NOTHING_LIVE = {"obj": 0, "objnode": 0, "page": 0}
REST: dict[str, Any] = {"ret": 0, "events": [], "live": NOTHING_LIVE}
PUT: dict[str, Any] = {"op": "put", "oid": [5, 0, 1], "index": 9, "page": 3, **REST}
GET: dict[str, Any] = {"op": "get", "oid": [5, 0, 1], "index": 9, "page": 3, **REST}
HANDLE = Handle(0, 1 << 128 | 5, 9)


def trace_of(folder: Path, *lines: str) -> Trace:
    """The trace of these lines."""
    path = folder / "run.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    return read(path)


def record_of(folder: Path, fields: dict[str, Any]) -> Recorded:
    """One line, read."""
    return trace_of(folder, json.dumps(fields)).records[0]


CALLS = [
    ({"op": "new_pool", "persistent": True}, NewPool(PERSISTENT)),
    ({"op": "new_pool", "persistent": False}, NewPool(EPHEMERAL)),
    (PUT, Put(HANDLE, 3)),
    (GET, Get(HANDLE)),
    ({"op": "flush_page", "oid": [5, 0, 1], "index": 9, **REST}, FlushPage(HANDLE)),
    ({"op": "flush_object", "oid": [5, 0, 1], **REST}, FlushObject(0, HANDLE.oid)),
    ({"op": "flush_pool", **REST}, FlushPool(0)),
    ({"op": "destroy_pool", **REST}, DestroyPool(0)),
]
ANSWERS = [
    ({"op": "new_pool", "persistent": True}, Answer(Outcome.DONE, pool=0)),
    (PUT, Answer(Outcome.STORED)),
    (PUT | {"ret": -12}, Answer(Outcome.REFUSED)),
    (PUT | {"ret": -22}, Answer(Outcome.REJECTED)),
    (GET, Answer(Outcome.HIT, 3)),
    (GET | {"ret": -1, "page": None}, Answer(Outcome.MISS)),
    (GET | {"ret": -1, "page": 3}, Answer(Outcome.MISS, buffer_changed=True)),
    (GET | {"ret": -5, "page": None}, Answer(Outcome.FAILED)),
    ({"op": "flush_object", "oid": [5, 0, 1], **REST, "ret": -1}, Answer(Outcome.NOT_FOUND)),
    ({"op": "flush_pool", **REST}, Answer(Outcome.DONE)),
]
MALFORMED = [
    ("{", "no JSON"),
    ("[]", "is no JSON object"),
    ('{"op": "pat"}', "`op` is 'pat'; there are new_pool, put, get"),
    ('{"ret": 0}', "`op` is None"),
    ('{"op": "new_pool"}', "new_pool without `persistent`"),
    ('{"op": "new_pool", "persistent": 1}', "`persistent` is 1, not true or false"),
    (GET | {"ret": 0, "page": None}, "a get that is done without a `page`"),
    (PUT | {"page": None}, "`page` is None, not an integer from 0 to"),
    (PUT | {"page": 2**64}, "`page` is 18446744073709551616"),
    (PUT | {"page": True}, "`page` is True, not an integer"),
    (PUT | {"index": "9"}, "`index` is '9', not an integer"),
    (PUT | {"oid": [1, 2]}, "not a list of three words"),
    (PUT | {"oid": [1, 2, 2**64]}, "each word must be an integer of 64 bits"),
    (PUT | {"ret": -1}, "`ret` of put is -1; there are 0 STORED, -12 REFUSED, -22 REJECTED"),
    (PUT | {"ret": None}, "`ret` is None, not an integer"),
    (PUT | {"events": None}, "`events` is None, not a list of strings"),
    (PUT | {"events": ["obj_aloc"]}, "event 'obj_aloc'; there are obj_alloc"),
    (PUT | {"live": {"obj": 0, "objnode": 0}}, "`live` without `page`"),
    (PUT | {"live": NOTHING_LIVE | {"pages": 0}}, "not an object with keys among obj, objnode, page"),
    (PUT | {"live": NOTHING_LIVE | {"page": -1}}, "its values must be integers, 0 or more"),
    (PUT | {"fail": {"pampd": 0}}, "not an object with keys among get_data, obj, objnode, pam"),
    (PUT | {"fail": 0}, "`fail` is 0, not an object"),
    (PUT | {"fial": {"obj": 0}}, "put with `fial`, a field that it has not"),
    ({"op": "put", "oid": [0, 0, 0], "index": 0, "page": 1}, "put without `events`"),
]


@pytest.mark.parametrize(("fields", "call"), CALLS)
def test_a_line_is_a_call(fields: dict[str, Any], call: object, tmp_path: Path) -> None:
    """Each operation is read as the specification's call; the three words of an oid, least significant first."""
    assert record_of(tmp_path, fields).call == call


@pytest.mark.parametrize(("fields", "answer"), ANSWERS)
def test_a_line_has_an_answer(fields: dict[str, Any], answer: Answer, tmp_path: Path) -> None:
    """The number answered is read by the operation that answers it."""
    assert record_of(tmp_path, fields).answer == answer


def test_what_was_asked_to_fail_is_not_what_failed(tmp_path: Path) -> None:
    """A put of which the fourth objnode was to be refused, and that asked for one, was refused nothing."""
    fields = PUT | {"fail": {"objnode": 3}, "events": ["pam_create", "objnode_alloc"]}
    record = record_of(tmp_path, fields)
    assert record.asked == (Fail("objnode_alloc", 3),)
    assert not record.environment.refused
    assert record.callbacks == (Callback.CREATE, Callback.OBJNODE_ALLOC)


@pytest.mark.parametrize("event", ["obj_alloc_failed", "objnode_alloc_failed", "pam_create_failed"])
def test_a_refusal_is_read_from_the_callbacks(event: str, tmp_path: Path) -> None:
    """Each callback that refuses is a refusal in the environment, whether it was asked for or not."""
    environment = record_of(tmp_path, PUT | {"ret": -12, "events": [event]}).environment
    assert environment.refused
    assert not environment.get_data_failed


def test_live_counts_are_read(tmp_path: Path) -> None:
    """`live` is what host and PAM hold after the call; a new pool's is not told."""
    assert record_of(tmp_path, PUT | {"live": {"obj": 1, "objnode": 2, "page": 3}}).live == Live(1, 2, 3)
    assert record_of(tmp_path, {"op": "new_pool", "persistent": True}).live is None


@pytest.mark.parametrize(("line", "message"), MALFORMED)
def test_a_malformed_line_is_named(line: str | dict[str, Any], message: str, tmp_path: Path) -> None:
    """The error says which line of which file, what is there and what should be."""
    text = line if isinstance(line, str) else json.dumps(line)
    with pytest.raises(TraceError) as raised:
        trace_of(tmp_path, json.dumps(PUT), "", text)
    assert str(raised.value).startswith(f"{tmp_path / 'run.jsonl'}:3: ")
    assert message in str(raised.value)


def test_empty_lines_count_as_lines(tmp_path: Path) -> None:
    """A record keeps the number of its line in the file, so that a report can be followed with an editor."""
    trace = trace_of(tmp_path, "", json.dumps(PUT), "", json.dumps(GET), "")
    assert [record.line for record in trace.records] == [2, 4]
