"""The report on traces: as data, and as text."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tmem_proofs.conformance.report import describe, render, report
from tmem_spec import Level
from tmem_spec.calls import (
    Call,
    DestroyPool,
    FlushObject,
    FlushPage,
    FlushPool,
    Freeze,
    Get,
    NewPool,
    Put,
    Reclaim,
    Thaw,
)
from tmem_spec.words import Handle

HANDLE = Handle(0, 0x90, 4)
POOL = {"op": "new_pool", "persistent": True}


def call(op: str, ret: int, live: tuple[int, int, int], *events: str, **rest: Any) -> dict[str, Any]:
    """One line at handle (0, 0x90, 4)."""
    counts = dict(zip(("obj", "objnode", "page"), live, strict=True))
    return {"op": op, "oid": [0x90, 0, 0], "index": 4, "ret": ret, "events": events, "live": counts, **rest}


ALLOCATED = ("obj_alloc", "pam_create", "objnode_alloc")
PUT = call("put", 0, (1, 1, 1), *ALLOCATED, page=1)
WRONG_PAGE = call("get", 0, (1, 1, 1), "pam_get_data", page=2)
STUMP = call("put", 0, (1, 2, 1), *ALLOCATED, "objnode_alloc", page=1)


def written(folder: Path, name: str, *lines: dict[str, Any]) -> Path:
    """A file of these lines."""
    path = folder / name
    path.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    return path


def test_a_run_in_order_has_an_empty_report(tmp_path: Path) -> None:
    """Nothing is found in a run that keeps everything, and the text says so."""
    found = report([written(tmp_path, "good.jsonl", POOL, PUT)])
    assert (found.traces, found.calls, found.findings, found.required) == (1, 2, (), ())
    assert render(found).splitlines() == [
        "1 trace, 2 calls",
        "",
        "required of any tmem: 0 violations",
        "",
        "kept by ours beyond that: 0 violations",
        "",
        "0 violations of what is required, 0 of what ours keeps beyond that",
    ]


def test_traces_are_judged_apart_and_counted_together(tmp_path: Path) -> None:
    """Each trace begins with an empty store; a row counts violations and traces, and shows the first one."""
    one = written(tmp_path, "one.jsonl", POOL, PUT, WRONG_PAGE, WRONG_PAGE)
    two = written(tmp_path, "two.jsonl", POOL, PUT, WRONG_PAGE)
    (row,) = report([one, two]).rows()
    assert (row.invariant.id, row.count, row.traces) == ("COH-1", 3, 2)
    assert (row.first.path, row.first.line, row.first.judged.at) == (one, 3, 2)
    assert row.first.call == Get(HANDLE)


def test_levels_are_kept_apart(tmp_path: Path) -> None:
    """What any tmem owes and what only ours keeps are told apart: only the first is `required`."""
    found = report([written(tmp_path, "both.jsonl", POOL, STUMP, WRONG_PAGE | {"live": STUMP["live"]})])
    assert [one.invariant.id for one in found.required] == ["COH-1"]
    assert {one.invariant.id for one in found.of(Level.OURS)} == {"SHR-4"}


def test_a_violation_is_shown_with_file_line_and_call(tmp_path: Path) -> None:
    """The first violation of an invariant is shown with all that is needed to find it."""
    path = written(tmp_path, "bad.jsonl", POOL, PUT, WRONG_PAGE)
    text = render(report([path]))
    assert "  COH-1       1 in 1 trace  A get returns exactly the bytes" in text
    shown = "call 2: get (pool 0, oid 0x90, index 4): found page 2, expected page 1, the last one put"
    assert f"         first: {path}:3: {shown}" in text.splitlines()
    assert text.splitlines()[-1] == "1 violation of what is required, 0 of what ours keeps beyond that"


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (NewPool(2), "new_pool with flags 0x2"),
        (Put(HANDLE, 1), "put (pool 0, oid 0x90, index 4)"),
        (Get(HANDLE), "get (pool 0, oid 0x90, index 4)"),
        (Get(HANDLE, exclusive=True), "get_exclusive (pool 0, oid 0x90, index 4)"),
        (FlushPage(HANDLE), "flush_page (pool 0, oid 0x90, index 4)"),
        (Reclaim(HANDLE, names_held=True), "reclaim (pool 0, oid 0x90, index 4)"),
        (FlushObject(0, 0x90), "flush_object (pool 0, oid 0x90)"),
        (FlushPool(3), "flush_pool 3"),
        (DestroyPool(3), "destroy_pool 3"),
        (Freeze(3), "freeze 3"),
        (Thaw(3), "thaw 3"),
    ],
)
def test_every_call_can_be_told(call: Call, words: str) -> None:
    """A finding names the call that commits it, in the words of the interface."""
    assert describe(call) == words
