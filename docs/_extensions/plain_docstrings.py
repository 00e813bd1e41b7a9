"""Docstrings for Sphinx: ours are plain sentences with code in backticks, and Sphinx wants reStructuredText.

Paragraphs stay paragraphs. What is indented, or begins with two blanks more than the rest, is shown as it stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from sphinx.application import Sphinx

_CODE = re.compile(r"(`+)(.+?)\1")
_SPECIAL = re.compile(r"[\\*_|]")


def converted(lines: list[str]) -> Iterator[str]:
    """The lines of a docstring as reStructuredText."""
    within = False
    for line in lines:
        if line.startswith("  "):
            if not within:
                yield from ("", "::", "")
            within = True
            yield f"  {line}"
        else:
            if within and line:
                yield ""
            within = within and not line
            yield _sentence(line)


def _sentence(line: str) -> str:
    """A line in which backticks mark code, and nothing else means anything."""
    parts, end = [], 0
    for code in _CODE.finditer(line):
        parts += [_SPECIAL.sub(r"\\\g<0>", line[end : code.start()]), f"``{code[2]}``"]
        end = code.end()
    return "".join([*parts, _SPECIAL.sub(r"\\\g<0>", line[end:])])


def _on_docstring(_app: Sphinx, _what: str, _name: str, _object: Any, _options: Any, lines: list[str]) -> None:
    lines[:] = list(converted(lines))


def setup(app: Sphinx) -> dict[str, bool]:
    """What Sphinx calls."""
    app.connect("autodoc-process-docstring", _on_docstring)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
