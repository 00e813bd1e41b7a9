"""Where things are said: the file and the lines of a predicate, of a claim, of a shipped function."""

from __future__ import annotations

import ast
import inspect
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import quote

Definition = ast.FunctionDef | ast.ClassDef


@dataclass(frozen=True, slots=True)
class Place:
    """Lines of a file, both ends included."""

    file: Path
    line: int
    end: int

    @property
    def name(self) -> str:
        """The file as seen from the top of the checkout; outside of it, from the top of its package."""
        top = Path(os.environ.get("GITHUB_WORKSPACE") or Path.cwd()).resolve()
        file = self.file.resolve()
        for folder in (top, *(Path(entry).resolve() for entry in sys.path if entry)):
            if file.is_relative_to(folder):
                return file.relative_to(folder).as_posix()
        return file.as_posix()

    @property
    def uri(self) -> str:
        """The name as part of a URI."""
        return quote(self.name)

    def __str__(self) -> str:
        """`spec/tmem_spec/law.py:58`."""
        return f"{self.name}:{self.line}"

    def source(self) -> str:
        """The lines themselves, without what all of them are indented by."""
        lines = self.file.read_text(encoding="utf-8").splitlines()[self.line - 1 : self.end]
        return inspect.cleandoc("\n" + "\n".join(lines))


def place_of(function: Callable[..., object]) -> Place:
    """Where a function is defined; one that another function made is where that one is."""
    file = inspect.getsourcefile(function)
    assert file is not None  # noqa: S101 - for the type checker: ours are all from files
    name = outermost(function)
    return next(place for defined, place in definitions(Path(file)) if defined == name)


def described(function: Callable[..., object]) -> str:
    """The docstring of a function; of one that another function made, that one's."""
    maker = getattr(inspect.getmodule(function), outermost(function), function)
    return inspect.getdoc(maker) or ""


def outermost(function: Callable[..., object]) -> str:
    """`seen_on_the_way`, for the function that a call of it made."""
    return function.__qualname__.partition(".<locals>")[0]


@cache
def definitions(file: Path) -> list[tuple[str, Place]]:
    """Every function, class and method that a file defines at its top or in a class, with where it is."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return [(name, Place(file, node.lineno, node.end_lineno or node.lineno)) for name, node in defined_in(tree)]


def defined_in(tree: ast.Module | ast.ClassDef, within: str = "") -> Iterator[tuple[str, Definition]]:
    """The definitions themselves, by qualified name."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield within + node.name, node
        if isinstance(node, ast.ClassDef):
            yield from defined_in(node, f"{within}{node.name}.")
