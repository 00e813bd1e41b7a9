"""The table of calls: which lock each method of `Tmem` takes, what it may raise and what it costs, by its docstring."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from tmem import Tmem

_SENTENCE: Final = re.compile(r"(?<=\.)\s+(?=[A-Z])")
_AS: Final = re.compile(r"As `(\w+)`")


class Call(NamedTuple):
    """What the docstring of a method says of it."""

    lock: str
    raises: str
    cost: str


def methods() -> list[str]:
    """The public methods of `Tmem`, in the order of the source."""
    return [name for name, one in vars(Tmem).items() if inspect.isfunction(one) and not name.startswith("_")]


def call(method: str) -> Call:
    """Which lock, what it raises beside what every call may, and its cost; of another method, where it refers to it."""
    said = inspect.getdoc(getattr(Tmem, method)) or ""
    like = _AS.match(said)
    base = call(like[1]) if like else Call("", "", "")
    sentences = [" ".join(one.split()).removesuffix(".") for one in _SENTENCE.split(said)]
    return Call(
        _said(sentences, r"Takes (.*)") or base.lock,
        _said(sentences, r"Raises? (.*)") or _said(sentences, r"(.*\braises .*)") or base.raises,
        _said(sentences, r"(O\(.*)") or base.cost,
    )


def _said(sentences: list[str], pattern: str) -> str:
    return next((found[1] for one in sentences if (found := re.fullmatch(pattern, one))), "")


def table() -> Iterator[str]:
    """The table of Markdown."""
    yield "| call | takes | raises, beside what every call may | costs |"
    yield "|---|---|---|---|"
    for method in methods():
        one = call(method)
        yield f"| `{method}` | {one.lock} | {one.raises} | {one.cost} |"
