"""The report on recorded traces: what they violate, invariant by invariant, and where each is violated first.

found = report([Path("run.jsonl")])
found.required          # what no tmem may violate: empty for a conforming implementation
print(render(found))
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tmem_proofs.conformance.trace import Trace, read
from tmem_spec import Invariant, Judge, Judged, Level, all_invariants, named
from tmem_spec.calls import Call, FlushObject, FlushPage, Get, NewPool, Put, Reclaim


@dataclass(frozen=True, slots=True)
class Finding:
    """One violation, and the line of the trace that records the call which commits it."""

    path: Path
    line: int
    judged: Judged
    call: Call

    @property
    def invariant(self) -> Invariant:
        """The invariant that is violated."""
        return named(self.judged.violation.invariant)

    def __str__(self) -> str:
        """`run.jsonl:17: call 16: put (pool 0, oid 0x90, index 0): found ..., expected ...`."""
        broken = self.judged.violation
        return (
            f"{self.path}:{self.line}: call {self.judged.at}: {describe(self.call)}: "
            f"found {broken.found}, expected {broken.expected}"
        )


@dataclass(frozen=True, slots=True)
class Row:
    """An invariant that is violated: how often, in how many traces, and where first."""

    invariant: Invariant
    count: int
    traces: int
    first: Finding


@dataclass(frozen=True, slots=True)
class Report:
    """What a set of traces violates. `findings` are in the order of the traces, and in each of the calls."""

    traces: int
    calls: int
    findings: tuple[Finding, ...]

    @property
    def required(self) -> tuple[Finding, ...]:
        """What is violated of what any tmem must keep."""
        return self.of(Level.REQUIRED)

    def of(self, level: Level) -> tuple[Finding, ...]:
        """What is violated of one level."""
        return tuple(one for one in self.findings if one.invariant.level is level)

    def rows(self) -> tuple[Row, ...]:
        """The violations by invariant, in the order in which the specification states the invariants."""
        every = ((invariant, self._against(invariant)) for invariant in all_invariants())
        return tuple(
            Row(invariant, len(against), len({one.path for one in against}), against[0])
            for invariant, against in every
            if against
        )

    def _against(self, invariant: Invariant) -> list[Finding]:
        return [one for one in self.findings if one.judged.violation.invariant == invariant.id]


def report(paths: Sequence[Path]) -> Report:
    """Judge the traces in these files, each a run of its own.

    Raises TraceError for a malformed line, OSError for a file that cannot be read. Cost is quadratic in the calls of
    a trace for each handle that it names.
    """
    return report_on([read(path) for path in paths])


def report_on(traces: Sequence[Trace]) -> Report:
    """Judge traces that have been read."""
    findings = tuple(finding for trace in traces for finding in _judge(trace))
    return Report(len(traces), sum(len(trace.records) for trace in traces), findings)


def _judge(trace: Trace) -> Iterator[Finding]:
    judge = Judge()
    for one in trace.records:
        judge.observe(one.call, one.answer, one.environment, one.callbacks, one.live)
    for judged in judge.verdict():
        record = trace.records[judged.at]
        yield Finding(trace.path, record.line, judged, record.call)


def render(found: Report) -> str:
    """The report as text: a table for each level, and a last line that sums up."""
    lines = [f"{_many(found.traces, 'trace')}, {_many(found.calls, 'call')}", ""]
    for level in Level:
        rows = [row for row in found.rows() if row.invariant.level is level]
        lines += [f"{level.value}: {_many(len(found.of(level)), 'violation')}", *_table(rows), ""]
    required, ours = len(found.required), len(found.of(Level.OURS))
    lines.append(f"{_many(required, 'violation')} of what is required, {ours} of what ours keeps beyond that")
    return "\n".join(lines)


def _table(rows: Iterable[Row]) -> Iterator[str]:
    for row in rows:
        yield f"  {row.invariant.id:6} {row.count:6} in {_many(row.traces, 'trace')}  {row.invariant.sentence}"
        yield f"         first: {row.first}"


def _many(count: int, what: str) -> str:
    """`1 trace`, `2 traces`."""
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def describe(call: Call) -> str:
    """A call in words: `put (pool 0, oid 0x90, index 4096)`."""
    if isinstance(call, NewPool):
        return f"new_pool with flags {call.flags:#x}"
    if isinstance(call, Get):
        return f"{'get_exclusive' if call.exclusive else 'get'} {call.handle}"
    if isinstance(call, Put | FlushPage | Reclaim):
        return f"{_WORDS[type(call).__name__]} {call.handle}"
    if isinstance(call, FlushObject):
        return f"flush_object (pool {call.pool}, oid {call.oid:#x})"
    return f"{_WORDS[type(call).__name__]} {call.pool}"


_WORDS = {
    "Put": "put",
    "FlushPage": "flush_page",
    "Reclaim": "reclaim",
    "FlushPool": "flush_pool",
    "DestroyPool": "destroy_pool",
    "Freeze": "freeze",
    "Thaw": "thaw",
}
