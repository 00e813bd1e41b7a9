"""Which conditions are about a shipped function: those that name it, or a function that calls it."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from functools import partial
from types import CodeType

from tmem_proofs import shipped
from tmem_proofs.confirmed import arbitrary, contracts, diff, objects
from tmem_proofs.confirmed.diff import Function
from tmem_proofs.confirmed.finding import Finding
from tmem_proofs.confirmed.run import conditions

_HELPERS = {module.__name__ for module in (arbitrary, contracts, diff, objects)}


def about(function: str) -> list[str]:
    """The conditions about a function, `_tree.insert`; more rather than less, as they go by names alone."""
    return [name for name, condition in conditions().items() if function in _reached(condition)]


def _reached(condition: partial[Finding]) -> list[str]:
    """The shipped functions that a condition may run."""
    names: set[str] = set()
    for one in condition.args:
        if inspect.isfunction(one):
            names.update(_names(one, set()))
    return shipped.called_from(name for name in shipped.functions() if _called_so(name) in names)


def _called_so(function: str) -> str:
    """What a call of a function names: the function, or the class that is made."""
    *_, owner, name = function.split(".")
    return owner if name == "__init__" else name


def _names(function: Function, seen: set[Function]) -> Iterator[str]:
    """Every name in a function, its contract and its annotations, and in helpers that it names."""
    if function in seen:
        return
    seen.add(function)
    yield from re.findall(r"\w+", f"{function.__doc__} {function.__annotations__}")
    for name in _names_in(function.__code__):
        yield name
        named = function.__globals__.get(name)
        if inspect.isfunction(named) and named.__module__ in _HELPERS:
            yield from _names(named, seen)


def _names_in(code: CodeType) -> Iterator[str]:
    """The names in a function's code, and in that of functions within it."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names_in(constant)
