"""Makes the parts of a page anew that figures stand in; what stands outside of them is written by hand and kept.

A part is what stands between `<!-- bench: NAME -->` and `<!-- /bench -->`, each alone on its line.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from . import names, tables
from .figures import Raw

MAKERS: Final[dict[str, Callable[[Raw], list[str]]]] = {
    "targets": tables.of_targets,
    "machine": tables.of_machine,
    "operations, pure": lambda raw: tables.of_operations(raw, names.PURE),
    "operations, compiled": lambda raw: tables.of_operations(raw, names.COMPILED),
    "peers": tables.of_peers,
    "runs": tables.of_runs,
    "memory": tables.of_memory,
    "resident": tables.of_resident,
    "threads": tables.of_threads,
    "proofs": tables.of_proofs,
    "files": tables.of_files,
}

_PART = re.compile(r"(?ms)^(?P<begin><!-- bench: (?P<name>[^\n]+?) -->\n)(?P<text>.*?)(?P<end>^<!-- /bench -->$)")


def made_anew(page: str, raw: Raw) -> str:
    """The page with all such parts made of these figures. Raises KeyError for a name that nothing makes."""

    def part(found: re.Match[str]) -> str:
        lines = "".join(f"{line}\n" for line in MAKERS[found["name"]](raw))
        return f"{found['begin']}\n{lines}\n{found['end']}"

    return _PART.sub(part, page)


def parts_of(page: str) -> list[str]:
    """The names of the parts of a page."""
    return [found["name"] for found in _PART.finditer(page)]
