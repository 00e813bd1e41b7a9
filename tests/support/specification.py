"""Faults put into the specification, as it is imported here, for as long as a test wants.

A function keeps its identity and is given other code: so whoever has imported it sees the fault, and tables that hold
it do. What was found out of the specification and is remembered is forgotten, before and after.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from functools import reduce
from pathlib import Path
from types import CodeType, FunctionType, ModuleType

from tmem_proofs.claims import any_history, traces
from tmem_proofs.source import Fault

REMEMBERED = (any_history.occurring, any_history.includes, any_history.excludes, any_history.shapes, traces.steps)


@contextmanager
def specification_with(fault: Fault) -> Iterator[None]:
    """The specification with a fault in the text of one module, within a function or several."""
    module = importlib.import_module(f"tmem_spec.{fault.module}")
    file = Path(str(module.__file__))
    source = file.read_text(encoding="utf-8")
    was, becomes = (dict(_functions(compile(text, file, "exec"))) for text in (source, fault.put_into(source)))
    changed = {name: code for name, code in becomes.items() if code != was[name]}
    assert changed, f"{fault.name!r} changes no function of {fault.module}"
    functions = {name: _function(module, name) for name in changed}
    shipped = {name: function.__code__ for name, function in functions.items()}
    try:
        _give(functions, changed)
        yield
    finally:
        _give(functions, shipped)


def _function(module: ModuleType, name: str) -> FunctionType:
    """A function or method of a module, by its qualified name."""
    found = reduce(getattr, name.split("."), module)
    assert isinstance(found, FunctionType), name
    return found


def _functions(code: CodeType) -> Iterator[tuple[str, CodeType]]:
    """The functions and methods of a module, or of a class, by qualified name."""
    for one in code.co_consts:
        if isinstance(one, CodeType) and "<" not in one.co_qualname:
            if one.co_flags & inspect.CO_OPTIMIZED:
                yield one.co_qualname, one
            else:
                yield from _functions(one)


def _give(functions: dict[str, FunctionType], codes: dict[str, CodeType]) -> None:
    for name, function in functions.items():
        function.__code__ = codes[name]
    for one in REMEMBERED:
        one.cache_clear()
