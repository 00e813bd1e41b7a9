"""Faults in the source of the store, put into the functions that the tests run."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterator, Mapping
from types import FunctionType, ModuleType
from typing import Any

import pytest

import tmem
from support.builds import LOOKS_INSIDE
from tmem_proofs.faults import FAULTS
from tmem_proofs.source import Fault

# Faults of the tests' own; those that the proofs refute are found by name, and hold what they change in their tables.
FIRST_OF_BUCKET = Fault(
    "the first object of a bucket is flushed",
    "_teardown",
    "_hide(bucket.pool, oid)",
    "_hide(bucket.pool, min(one for one in [oid, *bucket.pool.objs] if bucket_of(one) == bucket_of(oid)))",
)
STAYS_IN_TABLE = Fault("a destroyed pool stays in the table", "store", "_pools.pop(pool, None)", "_pools.get(pool)")
# The index is written so that it stands nowhere: Hypothesis tries constants that it finds in the code.
_RANGE = "    if not 0 <= index <= LAST_INDEX:\n"
ONE_INDEX_REFUSED = Fault(
    "one index is refused", "_words", _RANGE, _RANGE.replace(":\n", f" or index * 7 == {7 * 0x12345678}:\n")
)


def functions(names: Mapping[str, Any], module: ModuleType) -> Iterator[tuple[str, FunctionType]]:
    """The functions of a module, and the methods of its classes, by qualified name."""
    for held in names.values():
        if getattr(held, "__module__", None) != module.__name__:
            continue
        if inspect.isfunction(held):
            yield held.__qualname__, held
        elif inspect.isclass(held):
            yield from functions(vars(held), module)


def put_in(fault: Fault, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have every function of a module run the code that it has in the faulty source. A compiled build has none."""
    if tmem.compiled:
        pytest.skip(LOOKS_INSIDE)
    module = importlib.import_module(f"tmem.{fault.module}")
    faulty: dict[str, Any] = {"__name__": module.__name__, "__package__": module.__package__}
    exec(compile(fault.put_into(inspect.getsource(module)), module.__name__, "exec"), faulty)  # noqa: S102 - our own
    own = dict(functions(vars(module), module))
    for name, function in functions(faulty, module):
        monkeypatch.setattr(own[name], "__code__", function.__code__)


def known(name: str) -> Fault:
    """The fault of this name, among those that the proofs refute. Where several have one name, the first."""
    return next(one.fault for one in FAULTS if one.fault.name == name)
