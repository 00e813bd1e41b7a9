"""Replay: the calls of a recorded trace made to our store, with the same failures, and the two runs compared.

Where nothing fails, our answers, pages and live counts must be the recorded ones at every step. Where something is
made to fail they may differ, as ours asks for fewer or other allocations; but our run too is judged by the
specification, and there is nothing that it may violate.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from tmem_proofs.conformance.driver import Driven, Driver
from tmem_proofs.conformance.trace import Recorded, Trace
from tmem_spec import Judge, Judged
from tmem_spec.calls import Answer, Call, Put

PAGE_BYTES = 8


@dataclass(frozen=True, slots=True)
class Difference:
    """A line of a trace at which our run and the recorded one part: the answer, its page, or what is live."""

    line: int
    what: str
    ours: object
    recorded: object

    def __str__(self) -> str:
        """`line 17: the page is 4 and 5 was recorded`."""
        return f"line {self.line}: {self.what} is {self.ours} and {self.recorded} was recorded"


@dataclass(frozen=True, slots=True)
class Replay:
    """Our run of a trace: each call, where it differs from the recorded run, and what is wrong with it."""

    driven: tuple[Driven, ...]
    differences: tuple[Difference, ...]
    findings: tuple[Judged, ...]


def page_of(tag: int) -> bytes:
    """The page that stands for a trace's tag: its 8 bytes."""
    return tag.to_bytes(PAGE_BYTES, "little")


def replay(trace: Trace) -> Replay:
    """Make the calls of a trace to a fresh store of ours, with the failures that were asked for in it."""
    driver, judge = Driver(), Judge()
    run: list[Driven] = []
    differences: list[Difference] = []
    for record in trace.records:
        driven = driver.drive(_with_bytes(record.call), *record.asked)
        judge.observe(driven.call, driven.answer, driven.environment, driven.callbacks, driven.live)
        run.append(driven)
        differences += _differences(record, driven)
    return Replay(tuple(run), tuple(differences), tuple(judge.verdict()))


def _with_bytes(call: Call) -> Call:
    """The call, its page a page of bytes if it has one."""
    return replace(call, page=page_of(call.page)) if isinstance(call, Put) else call


def _differences(record: Recorded, driven: Driven) -> Iterator[Difference]:
    ours, recorded = driven.answer, record.answer
    if ours.outcome is not recorded.outcome:
        yield Difference(record.line, "the answer", ours.outcome.value, recorded.outcome.value)
    elif _tag(ours) != recorded.page:
        yield Difference(record.line, "the page", _tag(ours), recorded.page)
    if record.live is not None and driven.live != record.live:
        yield Difference(record.line, "what is live", driven.live, record.live)


def _tag(answer: Answer) -> int | None:
    """The tag that a page of ours stands for."""
    return None if answer.page is None else int.from_bytes(answer.page, "little")
