"""Finds the parts of pages that are made, and makes them: `python -m page_blocks.blocks`, or `make pages`."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from page_blocks import calls, one_path, printed

ROOT: Final = Path(__file__).parents[3]

MAKERS: Final[dict[str, Callable[[], Iterator[str]]]] = {
    "calls": calls.table,
    "path": one_path.table,
    "path asked": one_path.asked,
    "path refuted": one_path.refuted,
}

_BLOCK = re.compile(
    r"(?ms)^(?P<begin>(?P<indent> *)<!-- made by: (?P<name>[^\n]+?) -->\n)(?P<text>.*?)(?P<end>^ *<!-- end -->$)"
)


def pages() -> list[Path]:
    """The documents that may have such parts."""
    return [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def made(name: str) -> str:
    """A part, by the name that stands in its first comment."""
    command, _, rest = name.partition(" ")
    match command:
        case "help":
            lines = printed.help_of(*rest.split())
        case "story":
            lines = printed.story_of(rest)
        case "source":
            lines = printed.source_of(rest)
        case _:
            lines = MAKERS[name]()
    return "".join(f"{line}\n" for line in lines)


def parts_of(page: str) -> dict[str, str]:
    """The parts of a page as they stand, by name, without what they are indented by."""
    return {block["name"]: textwrap.dedent(block["text"]) for block in _BLOCK.finditer(page)}


def made_anew(page: str) -> str:
    """The page with all such parts made anew."""

    def block_anew(block: re.Match[str]) -> str:
        return block["begin"] + textwrap.indent(made(block["name"]), block["indent"]) + block["end"]

    return _BLOCK.sub(block_anew, page)


def main() -> None:
    """Write every page anew."""
    for file in pages():
        text = file.read_text(encoding="utf-8")
        file.write_text(made_anew(text), encoding="utf-8")


if __name__ == "__main__":
    main()
