"""A mutant: one change to the source of one function, under a name that other edits do not alter.

name       the function, and what of its text becomes what: `_tree.insert: obj.height < height -> obj.height <= height`;
           a function of the specification has `spec.` before its module
package    whose source is changed: the shipped package's, or the specification's
fault      the change itself, as text that occurs once in the module; wider than the change where it must be
bug        of a mutant made by hand: the known bug that it stands for, if there is one
"""

from __future__ import annotations

import ast
import hashlib
import importlib.util
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from tmem_proofs.places import defined_in
from tmem_proofs.source import Fault

IMPLEMENTATION, SPECIFICATION = "tmem", "tmem_spec"
PREFIXES = {IMPLEMENTATION: "", SPECIFICATION: "spec."}  # of its functions, in names
SHOWN = 100  # characters of each side of a change, in a name


class Edit(NamedTuple):
    """Characters of a source, from `start` to `end`, become `text`; `was` and `becomes` tell it in a name."""

    start: int
    end: int
    text: str
    was: str
    becomes: str


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change to one function; `line` is where it is."""

    name: str
    package: str
    function: str
    line: int
    fault: Fault
    bug: str = ""

    def put_into(self, source: str) -> str:
        """The source of its module with the change."""
        return self.fault.put_into(source)


class Text:
    """The source of a module, by nodes of its syntax tree."""

    def __init__(self, source: str) -> None:
        """The text of a whole module."""
        self.source = source
        self.tree = ast.parse(source)
        self.dumped = ast.dump(self.tree)
        self._lines = source.splitlines(keepends=True)
        self._starts = [0]
        for line in self._lines:
            self._starts.append(self._starts[-1] + len(line))

    def start(self, node: ast.expr | ast.stmt) -> int:
        """The character at which a node begins."""
        return self._at(node.lineno, node.col_offset)

    def end(self, node: ast.expr | ast.stmt) -> int:
        """The character after a node."""
        assert node.end_lineno is not None  # noqa: S101 - for the type checker: it was parsed
        assert node.end_col_offset is not None  # noqa: S101 - as above
        return self._at(node.end_lineno, node.end_col_offset)

    def of(self, node: ast.expr | ast.stmt) -> str:
        """The text of a node."""
        return self.source[self.start(node) : self.end(node)]

    def _at(self, line: int, column: int) -> int:
        """Columns of the syntax tree count bytes."""
        return self._starts[line - 1] + len(self._lines[line - 1].encode()[:column].decode())

    def line_of(self, character: int) -> int:
        """The number of the line that a character is in."""
        return next(number for number, start in enumerate(self._starts) if start > character)

    def once(self, start: int, end: int) -> tuple[int, int]:
        """The least whole lines around a stretch, as many above as below, whose text occurs once."""
        first, last = self.line_of(start), self.line_of(max(start, end - 1))
        while self.source.count(self.source[self._starts[first - 1] : self._starts[last]]) > 1:
            first, last = max(1, first - 1), min(len(self._lines), last + 1)
        return self._starts[first - 1], self._starts[last]


def mutants_of(package: str, function: str, module: str, text: Text, edits: Iterable[Edit]) -> Iterator[Mutant]:
    """The mutants that edits of one function make: those of one name are numbered, in the order of the source."""
    named: Counter[str] = Counter()
    seen: set[str] = set()
    for edit in edits:
        changed = text.source[: edit.start] + edit.text + text.source[edit.end :]
        dumped = ast.dump(ast.parse(changed))
        if dumped in seen or dumped == text.dumped:
            continue
        seen.add(dumped)
        told = f"{function}: {_shown(edit.was)} -> {_shown(edit.becomes)}"
        named[told] += 1
        name = told if named[told] == 1 else f"{told} ({named[told]})"
        yield Mutant(name, package, function, text.line_of(edit.start), _fault(name, module, text, edit))


def _fault(name: str, module: str, text: Text, edit: Edit) -> Fault:
    start, end = text.once(edit.start, edit.end)
    old = text.source[start:end]
    return Fault(name, module, old, old[: edit.start - start] + edit.text + old[edit.end - start :])


def _shown(text: str) -> str:
    told = " ".join(text.split())
    return told if len(told) <= SHOWN else f"{told[: SHOWN - 3]}..."


def folder_of(package: str) -> Path:
    """Where the source of a package is."""
    found = importlib.util.find_spec(package)
    assert found is not None  # noqa: S101 - for the type checker: it is ours
    assert found.origin is not None  # noqa: S101 - as above
    return Path(found.origin).parent


def texts(package: str) -> dict[str, Text]:
    """The source of every module of a package."""
    return {path.stem: Text(path.read_text(encoding="utf-8")) for path in sorted(folder_of(package).glob("*.py"))}


def functions_in(text: Text) -> Iterator[tuple[str, ast.FunctionDef]]:
    """Every function and method that a module defines, by qualified name."""
    for name, node in defined_in(text.tree):
        if isinstance(node, ast.FunctionDef):
            yield name, node


def digests() -> dict[str, str]:
    """What stands for the code of each function of both packages, and of each module, docstrings and comments apart."""
    found: dict[str, str] = {}
    for package, prefix in PREFIXES.items():
        for module, text in texts(package).items():
            found[f"{prefix}{module}"] = _digest(text.dumped)
            for name, node in functions_in(text):
                body = node.body[has_docstring(node) :]
                found[f"{prefix}{module}.{name}"] = _digest("\n".join(ast.dump(one) for one in (node.args, *body)))
    return found


def _digest(dumped: str) -> str:
    return hashlib.sha256(dumped.encode()).hexdigest()[:16]


def has_docstring(function: ast.FunctionDef) -> bool:
    """Whether the first statement is one."""
    return ast.get_docstring(function, clean=False) is not None
