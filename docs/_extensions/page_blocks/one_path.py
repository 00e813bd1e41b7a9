"""One path of one proof, from the lines of the shipped source that it goes through to what the solver is asked.

Nothing is said here that was not recorded while the prover's own engine took that path.
"""

from __future__ import annotations

import itertools
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path as File
from tempfile import TemporaryDirectory
from types import FrameType
from typing import Any
from unittest import mock

from tmem_proofs import prover
from tmem_proofs.claims.catalogue import Subject, subjects
from tmem_proofs.engine.explorer import Path, explore
from tmem_proofs.engine.terms import Term, show
from tmem_proofs.results import Result
from tmem_proofs.source import Code, Fault, load

OPERATION, CASE, INVARIANT, NUMBER = "insert", "height 1", "SHR-3", 1
QUESTION = re.compile(r"^; question (\d+), SHR-3 at the end of path 1: .*index & 63")
_COMPARED = re.compile(r"(?P<negated>not \()?(?P<number>[^+]+) \+ -(?P<least>\d+) (?P<sign><|==) 0(?(negated)\))")
_ENCLOSED = re.compile(r"^\(([^()]*)\)$")
UNDER_PROOF = "tmem_under_proof"

FAULT = Fault(
    "a page goes to another slot of its leaf",
    "_tree",
    "slots, slot = leaf.slots, index & SLOT_MASK",
    "slots, slot = leaf.slots, index >> 1 & SLOT_MASK",
)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the shipped source that the path goes through, or, with module "", what goes before it."""

    module: str
    number: int
    known: tuple[str, ...] = ()


class Recorder:
    """Notes the lines that a path goes through, and what is decided on each."""

    def __init__(self, code: Code) -> None:
        """Of code under proof."""
        self.lines: list[Line] = []
        self._first = code.operations.put.__code__
        self._within = False

    def restart(self) -> None:
        """The path begins again: the explorer's run before this one got to no end."""
        self.lines, self._within = [], False

    def trace(self, frame: FrameType, event: str, _: Any) -> Any:
        """What `sys.settrace` calls."""
        module = frame.f_globals.get("__name__", "")
        if not module.startswith(UNDER_PROOF):
            return None
        self._within = self._within or frame.f_code is self._first
        if event == "line" and self._within:
            self.lines.append(Line(module.rpartition(".")[2], frame.f_lineno))
        return self.trace

    def note(self, text: str) -> None:
        """Something is decided at the latest line."""
        last = self.lines.pop() if self.lines else Line("", 0)
        known = last.known if text in last.known else (*last.known, text)
        self.lines.append(Line(last.module, last.number, known))


def walked() -> list[Line]:
    """The path, line by line."""
    code = load()
    recorder = Recorder(code)
    paths = explore(_program(_subject(), code, recorder))
    next(itertools.islice(paths, NUMBER - 1, None))
    return recorder.lines


def transcript() -> str:
    """All that the solver is told and asked to prove the obligation, as `tmem prove --smt DIR` writes it."""
    with TemporaryDirectory() as folder:
        prover.prove_scenario(OPERATION, CASE, [INVARIANT], smt=File(folder))
        return prover.transcript_of(File(folder), OPERATION, CASE).read_text(encoding="utf-8")


def _subject() -> Subject:
    return next(one for one in subjects() if (one.operation, one.case) == (OPERATION, CASE))


def _program(subject: Subject, code: Code, recorder: Recorder) -> Any:
    """What the explorer runs: the prover's own subject, watched."""
    decide, choose = Path.decide, Path.choose

    def decided(path: Path, fact: Term) -> bool:
        known = path.knowledge.decided(fact) is not None
        answer = decide(path, fact)
        recorder.note(f"{'follows' if known else 'taken'}: `{_fact(path, fact, answer=answer)}`")
        return answer

    def chosen(path: Path, options: Sequence[str]) -> str:
        option = choose(path, options)
        others = " and ".join(one for one in options if one != option)
        recorder.note(f"taken: {option}; {others} are other paths")
        return option

    def program(path: Path) -> None:
        recorder.restart()
        sys.settrace(recorder.trace)
        try:
            with mock.patch.object(Path, "decide", decided), mock.patch.object(Path, "choose", chosen):
                subject.run(path, code)
        finally:
            sys.settrace(None)

    return program


def _fact(path: Path, fact: Term, *, answer: bool) -> str:
    return plain(show(fact if answer else path.terms.negate(fact)))


def plain(fact: str) -> str:
    """A fact as people write it: the engine compares with 0 only, so that `x < 64` is `x + -64 < 0` to it."""
    said = _COMPARED.fullmatch(fact)
    if said is None:
        return fact
    number, sign = _ENCLOSED.sub(r"\1", said["number"]), said["sign"]
    if said["negated"]:
        sign = {"<": ">=", "==": "!="}[sign]
    return f"{number} {sign} {said['least']}"


def question(text: str) -> str:
    """The first question that QUESTION names, with all that was known then and nothing else: a file of its own."""
    open_scopes: list[list[str]] = [[]]
    for line in text.splitlines():
        if line == "(push 1)":
            open_scopes.append([])
        elif line == "(pop 1)":
            open_scopes.pop()
        else:
            open_scopes[-1].append(line)
        if line == "(check-sat)" and any(QUESTION.match(one) for one in open_scopes[-2][-1:]):
            asked = open_scopes[-2][-1]
            told = (one for scope in open_scopes for one in scope)
            return "\n".join(one for one in told if one == asked or not one.startswith("; question"))
    message = "the path asks no such question any more: choose another one"
    raise LookupError(message)


def table() -> Iterator[str]:
    """The path as a table of Markdown."""
    sources = {module: source.splitlines() for module, source in load().sources.items()}
    yield "| line | source | what the path knows, or decides |"
    yield "|---|---|---|"
    for one in walked():
        known = "<br>".join(one.known)
        if one.module:
            text = sources[one.module][one.number - 1].partition("  #")[0].strip()
            place = f"[{one.module}.py:{one.number}](../../impl/tmem/{one.module}.py#L{one.number})"
            yield f"| {place} | `{text.replace('|', chr(92) + '|')}` | {known} |"
        else:
            yield f"| before the call | | {known} |"


def asked() -> Iterator[str]:
    """What the solver is asked at the end of the path."""
    yield "```lisp"
    yield question(transcript())
    yield "```"


def refutation() -> Result:
    """What becomes of the claim with the fault in the source."""
    return prover.prove_scenario(OPERATION, CASE, [INVARIANT], FAULT).results[0]


def refuted() -> Iterator[str]:
    """The story of the refutation, and the test that it comes with."""
    result = refutation()
    yield "```diff"
    yield f"-    {FAULT.old}"
    yield f"+    {FAULT.new}"
    yield "```"
    yield ""
    yield "```text"
    yield result.story
    yield "```"
    yield ""
    yield "```python"
    yield result.test.rstrip("\n")
    yield "```"
