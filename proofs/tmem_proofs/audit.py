"""`tmem audit`: what must be trusted, what is proved, what is only tested, counted in lines of code.

  trusted   a wrong line here could let a wrong verdict pass: the specification, and what a verdict passes through
  proved    functions of the shipped source that the operations under proof run
  tested    the rest of the shipped source, and the tools that show verdicts or ask for other ones

A line of code holds more than a comment or a docstring. Two audits agree if they list the same files and functions
in the same groups, and the same assumptions: lines come and go from day to day.
"""

from __future__ import annotations

import ast
import io
import json
import tokenize
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import tmem_spec
from tmem_proofs import shipped
from tmem_proofs.assumptions import ASSUMPTIONS
from tmem_proofs.record import RecordError
from tmem_proofs.source import source_folder

FORMAT = "tmem audit"
GROUPS = {
    "trusted": "trusted: a wrong line here could let a wrong verdict pass",
    "proved": "proved: functions of the shipped source that the operations under proof run",
    "tested": "tested only: the rest of the shipped source, and what shows verdicts",
}

# What a verdict passes through: these with all that they import of ours, and these, which end the command, alone.
_ROOTS = ("prover.py", "cache.py")
_ENDS = {"cli.py", "proving.py"}

_NO_CODE = {
    tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING,
    tokenize.ENDMARKER,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Entry:
    """A file, or those functions of a shipped file that belong to one group."""

    group: str
    file: str
    lines: int
    functions: tuple[str, ...] = ()


def entries(operations: Iterable[str]) -> list[Entry]:
    """Every file of ours in its group, if these operations are under proof."""
    spec, proofs = Path(tmem_spec.__file__).parent, Path(__file__).parent
    passed = imported(proofs) | _ENDS
    found = [Entry("trusted", name, lines) for name, lines in _files(spec)]
    for name, lines in _files(proofs):
        group = "trusted" if name.partition("/")[2] in passed else "tested"
        found.append(Entry(group, name, lines))
    return [*found, *_shipped(shipped.under_proof(operations))]


def _files(folder: Path) -> Iterator[tuple[str, int]]:
    """The files of a package that hold code, seen from beside it, and their lines."""
    for path in sorted(folder.rglob("*.py")):
        lines = code_lines(path.read_text(encoding="utf-8"))
        if lines:
            yield path.relative_to(folder.parent).as_posix(), len(lines)


def imported(folder: Path) -> set[str]:
    """The files of tmem_proofs that the roots import, wherever in them, and that those import in turn."""
    reached: set[str] = set()
    ahead = list(_ROOTS)
    while ahead:
        name = ahead.pop()
        if name not in reached and (folder / name).is_file():
            reached.add(name)
            tree = ast.parse((folder / name).read_text(encoding="utf-8"))
            ahead += [f"{module.replace('.', '/')}.py" for module in _imports(tree)]
    return reached


def _imports(tree: ast.Module) -> Iterator[str]:
    """The modules of tmem_proofs that a module imports; names within a module may be among them."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "tmem_proofs":
            within = (node.module or "").partition(".")[2]
            yield within
            yield from (f"{within}.{alias.name}".lstrip(".") for alias in node.names)


def _shipped(proved: Iterable[str]) -> Iterator[Entry]:
    """Each shipped file, in two parts if some of it is proved: what lies outside of functions is tested only."""
    functions = shipped.functions()
    inside = set(proved)
    for name, _ in _files(source_folder()):
        file = source_folder().parent / name
        lines = code_lines(file.read_text(encoding="utf-8"))
        of_file = {one: place for one, place in functions.items() if place.file == file}
        under = [one for one in of_file if one in inside]
        reached = {line for one in under for line in lines if of_file[one].line <= line <= of_file[one].end}
        if under:
            yield Entry("proved", name, len(reached), tuple(under))
        yield Entry("tested", name, len(lines - reached), tuple(one for one in of_file if one not in inside))


@cache
def code_lines(source: str) -> frozenset[int]:
    """The numbers of the lines that hold more than a comment or a docstring."""
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in _NO_CODE:
            lines.update(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node) is not None:
            lines.difference_update(range(node.body[0].lineno, (node.body[0].end_lineno or 0) + 1))
    return frozenset(lines)


def total(found: Iterable[Entry], *groups: str, within: str = "") -> int:
    """The lines of some groups; of those files alone whose names begin so."""
    return sum(one.lines for one in found if one.group in groups and one.file.startswith(within))


def ratios(found: list[Entry]) -> dict[str, float]:
    """How many lines of the specification, the claims and the prover there are for one that is proved."""
    trusted, proved = total(found, "trusted"), total(found, "proved")
    spec, claims = (total(found, "trusted", within=folder) for folder in ("tmem_spec/", "tmem_proofs/claims/"))
    parts = {"specification": spec, "claims": claims, "engine and prover": trusted - spec - claims}
    return {what: round(count / proved, 1) for what, count in parts.items()} if proved else {}


def lines(found: list[Entry]) -> Iterator[str]:
    """The audit as text."""
    for group, title in GROUPS.items():
        yield f"{title}, {total(found, group)} lines"
        for one in found:
            if one.group == group:
                names = ", ".join(name.partition(".")[2] for name in one.functions)
                yield f"  {one.lines:5}  {one.file}{f': {names}' if names else ''}"
        yield ""
    yield "for each line proved"
    yield from (f"  {ratio:5.1f}  of {what}" for what, ratio in ratios(found).items())
    yield ""
    yield "assumed and not covered"
    yield from (f"  {one.kind.value}: {one.sentence}" for one in ASSUMPTIONS)


def document(found: list[Entry]) -> dict[str, Any]:
    """The audit as JSON."""
    return {
        "format": FORMAT,
        "version": 1,
        "entries": [
            {"group": one.group, "file": one.file, "lines": one.lines, "functions": list(one.functions)}
            for one in found
        ],
        "ratios": ratios(found),
        "lines": {group: total(found, group) for group in GROUPS},
        "assumed": [f"{one.kind.value}: {one.sentence}" for one in ASSUMPTIONS],
    }


def differences(stored: str, found: list[Entry]) -> list[str]:
    """What a stored audit lists and this one does not (-), and the other way round (+). Raises RecordError."""
    try:
        read = json.loads(stored)
        if read["format"] != FORMAT or read["version"] != 1:
            raise RecordError(f"not a record of {FORMAT!r}, version 1")
        was = set(_listed(read))
    except (ValueError, TypeError, KeyError) as error:
        raise RecordError(f"no audit: {error}") from None
    now = set(_listed(document(found)))
    return [f"- {one}" for one in sorted(was - now)] + [f"+ {one}" for one in sorted(now - was)]


def _listed(audit: dict[str, Any]) -> Iterator[str]:
    """What two audits have to agree on: a line for each file, function and assumption."""
    for entry in audit["entries"]:
        yield f"{entry['group']} {entry['file']}"
        yield from (f"{entry['group']} {entry['file']}: {name}" for name in entry["functions"])
    yield from audit["assumed"]
