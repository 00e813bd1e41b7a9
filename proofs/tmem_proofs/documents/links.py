"""Links from a page to lines of the repository, relative, so that they lead there on a forge and in a checkout."""

from __future__ import annotations

import os
from pathlib import Path

import tmem_spec
from tmem_proofs.places import Place
from tmem_proofs.shipped import functions

TOP = Path(tmem_spec.__file__).parents[2]  # of the checkout, where the documents are


def link(place: Place, text: str, page: Path) -> str:
    """`[text](../../spec/tmem_spec/law.py#L58-L60)`, as seen from a page."""
    target = os.path.relpath(place.file.resolve(), page.resolve().parent)
    return f"[{text}]({Path(target).as_posix()}#L{place.line}-L{place.end})"


def name_of(place: Place) -> str:
    """`spec/tmem_spec/law.py:58`, from the top of the checkout."""
    return f"{place.file.resolve().relative_to(TOP).as_posix()}:{place.line}"


def shipped_link(function: str, page: Path) -> str:
    """A link to a function of the shipped source, by module and qualified name."""
    return link(functions()[function], f"`{function}`", page)
