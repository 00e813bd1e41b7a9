"""Traces: runs of any implementation, recorded one call a line, read into the words of the specification.

  trace      a file of JSON objects, one a line; tests/conformance/vectors/README.md describes its fields
  recorded   one line of it: the call, the answer, what the environment did, the callbacks, what was live after it

The field `fail` says what was asked to fail; what really was refused is told by the callbacks, and it alone counts.
Pages are tags, 64-bit integers. A trace has one pool, with id 0.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tmem_proofs.conformance.recorder import Fail, environment_of
from tmem_spec.calls import (
    QUIET,
    Answer,
    Call,
    DestroyPool,
    Environment,
    FlushObject,
    FlushPage,
    FlushPool,
    Get,
    NewPool,
    Outcome,
    Put,
)
from tmem_spec.metadata import Callback, Live
from tmem_spec.words import EPHEMERAL, PERSISTENT, WORD_MASK, Handle, oid_of_words

POOL = 0
OID_WORDS = 3

_ALWAYS = {"op", "ret", "events", "live"}
_HANDLE = {"oid", "index"}
_FIELDS = {
    "new_pool": {"op", "persistent"},
    "put": _ALWAYS | _HANDLE | {"page"},
    "get": _ALWAYS | _HANDLE | {"page"},
    "flush_page": _ALWAYS | _HANDLE,
    "flush_object": _ALWAYS | {"oid"},
    "flush_pool": _ALWAYS,
    "destroy_pool": _ALWAYS,
}
_DROPS = {0: Outcome.DONE, -1: Outcome.NOT_FOUND}
_OUTCOMES = {
    "put": {0: Outcome.STORED, -12: Outcome.REFUSED},
    "get": {0: Outcome.HIT, -1: Outcome.MISS, -5: Outcome.FAILED},
    "flush_page": _DROPS,
    "flush_object": _DROPS,
    "flush_pool": _DROPS,
    "destroy_pool": _DROPS,
}
_REJECTED = -22
_FAILURES = {"obj": "obj_alloc", "objnode": "objnode_alloc", "pam": "create", "get_data": "get_data"}


class TraceError(ValueError):
    """A line that is no record of a call. The message begins with the file and the line."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """One line of a trace. Callbacks and live counts are None where the trace does not tell them: of new_pool."""

    line: int
    call: Call
    answer: Answer
    environment: Environment = QUIET
    callbacks: tuple[Callback, ...] | None = None
    live: Live | None = None
    asked: tuple[Fail, ...] = ()


@dataclass(frozen=True, slots=True)
class Trace:
    """A run, in order."""

    path: Path
    records: tuple[Recorded, ...]


def read(path: Path) -> Trace:
    """The trace in a file. Raises TraceError for the first malformed line, OSError if there is no such file."""
    text = path.read_text(encoding="utf-8")
    lines = [_line(path, number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    return Trace(path, tuple(map(_recorded, lines)))


@dataclass(frozen=True, slots=True)
class _Line:
    """The fields of one line, and where it is."""

    path: Path
    number: int
    fields: dict[str, Any]

    def wrong(self, message: str) -> TraceError:
        return TraceError(f"{self.path}:{self.number}: {message}")

    def integer(self, name: str, most: int | None = None) -> int:
        """An integer; from 0 to `most`, if given."""
        value = self.fields[name]
        if type(value) is not int or (most is not None and not 0 <= value <= most):
            wanted = "an integer" if most is None else f"an integer from 0 to {most:#x}"
            raise self.wrong(f"`{name}` is {value!r}, not {wanted}")
        return value

    def strings(self, name: str) -> list[str]:
        value = self.fields[name]
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise self.wrong(f"`{name}` is {value!r}, not a list of strings")
        return value

    def counts(self, name: str, keys: set[str]) -> dict[str, int]:
        """An object whose keys are among these, with counts as values."""
        value = self.fields[name]
        if not isinstance(value, dict) or not set(value) <= keys:
            raise self.wrong(f"`{name}` is {value!r}, not an object with keys among {', '.join(sorted(keys))}")
        if any(type(count) is not int or count < 0 for count in value.values()):
            raise self.wrong(f"`{name}` is {value!r}: its values must be integers, 0 or more")
        return value

    def oid(self) -> int:
        words = self.fields["oid"]
        if not isinstance(words, list) or len(words) != OID_WORDS:
            raise self.wrong(f"`oid` is {words!r}, not a list of three words")
        if any(type(word) is not int or not 0 <= word <= WORD_MASK for word in words):
            raise self.wrong(f"`oid` is {words!r}: each word must be an integer of 64 bits")
        return oid_of_words(*words)

    def handle(self) -> Handle:
        return Handle(POOL, self.oid(), self.integer("index"))


def _line(path: Path, number: int, text: str) -> _Line:
    """A line with exactly the fields that its operation has, `fail` excepted, which may always be there."""
    try:
        fields = json.loads(text)
    except ValueError as error:
        message = f"{path}:{number}: no JSON: {error}"
        raise TraceError(message) from None
    line = _Line(path, number, fields)
    if not isinstance(fields, dict):
        raise line.wrong(f"{fields!r:.60} is no JSON object")
    op = fields.get("op")
    if not isinstance(op, str) or op not in _FIELDS:
        raise line.wrong(f"`op` is {op!r}; there are {', '.join(_FIELDS)}")
    for name in sorted(_FIELDS[op] - set(fields)):
        raise line.wrong(f"{op} without `{name}`")
    for name in sorted(set(fields) - _FIELDS[op] - {"fail"}):
        raise line.wrong(f"{op} with `{name}`, a field that it has not")
    return line


def _recorded(line: _Line) -> Recorded:
    if line.fields["op"] == "new_pool":
        persistent = line.fields["persistent"]
        if type(persistent) is not bool:
            raise line.wrong(f"`persistent` is {persistent!r}, not true or false")
        flags = PERSISTENT if persistent else EPHEMERAL
        return Recorded(line.number, NewPool(flags), Answer(Outcome.DONE, pool=POOL))
    callbacks = tuple(_callbacks(line))
    return Recorded(
        line.number, _call(line), _answer(line), environment_of(callbacks), callbacks, _live(line), _asked(line)
    )


def _call(line: _Line) -> Call:
    op = line.fields["op"]
    if op == "put":
        return Put(line.handle(), line.integer("page", WORD_MASK))
    if op == "get":
        return Get(line.handle())
    if op == "flush_page":
        return FlushPage(line.handle())
    if op == "flush_object":
        return FlushObject(POOL, line.oid())
    return FlushPool(POOL) if op == "flush_pool" else DestroyPool(POOL)


def _answer(line: _Line) -> Answer:
    op, ret = line.fields["op"], line.integer("ret")
    outcomes = _OUTCOMES[op] | {_REJECTED: Outcome.REJECTED}
    if ret not in outcomes:
        known = ", ".join(f"{number} {outcome.name}" for number, outcome in outcomes.items())
        raise line.wrong(f"`ret` of {op} is {ret}; there are {known}")
    if op != "get":
        return Answer(outcomes[ret])
    page = None if line.fields["page"] is None else line.integer("page", WORD_MASK)
    if outcomes[ret] is not Outcome.HIT:
        return Answer(outcomes[ret], buffer_changed=page is not None)
    if page is None:
        raise line.wrong("a get that is done without a `page`")
    return Answer(Outcome.HIT, page)


def _callbacks(line: _Line) -> Iterator[Callback]:
    for name in line.strings("events"):
        try:
            yield Callback(name)
        except ValueError:
            known = ", ".join(callback.value for callback in Callback)
            raise line.wrong(f"event {name!r}; there are {known}") from None


def _live(line: _Line) -> Live:
    keys = {"obj", "objnode", "page"}
    counts = line.counts("live", keys)
    for name in sorted(keys - set(counts)):
        raise line.wrong(f"`live` without `{name}`")
    return Live(counts["obj"], counts["objnode"], counts["page"])


def _asked(line: _Line) -> tuple[Fail, ...]:
    if "fail" not in line.fields:
        return ()
    counts = line.counts("fail", set(_FAILURES))
    return tuple(Fail(_FAILURES[name], nth) for name, nth in counts.items())
