"""A step of the machine after an arbitrary history, told with numbers in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import Any

from tmem_proofs.claims.machine_steps import StartRun, StepRun
from tmem_proofs.engine.symbolic import SymbolicBool, SymbolicInt
from tmem_proofs.engine.terms import Valuation
from tmem_proofs.story import number
from tmem_spec.store import Store


def witness(run: StepRun, values: Valuation) -> str:
    """One line. (The witness of an obligation is a trace: see `traces`.)"""
    return f"{shown(run.history.event.call, values)} after {number(run.history.end, values)} events"


def witness_at_first(run: StartRun, values: Valuation) -> str:
    """One line."""
    return f"no events, seen from {shown(run.handle, values)}"


def tell_at_first(run: StartRun, values: Valuation, found: str) -> str:
    """The story of a refutation."""
    return f"{witness_at_first(run, values)}\nfound: {found}"


def tell(run: StepRun, values: Valuation, found: str) -> str:
    """The story of a refutation."""
    event = run.history.event
    return "\n".join(
        (
            f"handle: {shown(run.handle, values)}",
            *_before(run, values),
            f"  {_held(run, run.before, values)}",
            f"event: {shown(event.call, values)}, {shown(event.environment, values)}",
            f"answer: {shown(event.answer, values)}",
            f"after: {_held(run, run.now, values)}",
            f"found: {found}",
        )
    )


def _before(run: StepRun, values: Valuation) -> Iterator[str]:
    """Which event was the last of each kind that was asked for."""
    yield f"before: {number(run.history.end, values)} events"
    lasts = [(number(position, values), kind.__name__) for kind, position in run.history.lasts.items()]
    for position, kind in sorted(lasts):
        yield f"  none that {kind}" if position < 0 else f"  {position} is the last that {kind}"


def _held(run: StepRun, store: Store, values: Valuation) -> str:
    pool = store.pools.get(run.handle.pool)
    if pool is None:
        return "no such pool"
    destroyed = number(pool.destroyed, values) == 1
    held = "nothing" if store.held(run.handle) is None else f"page {shown(store.held(run.handle), values)}"
    return f"{shown(pool.rules, values)}, destroyed: {destroyed}; the handle holds {held}"


def shown(thing: Any, values: Valuation) -> str:
    """A value of the specification, with numbers for what is unknown."""
    if type(thing) in {SymbolicInt, SymbolicBool}:
        value = number(thing, values)
        return str(value == 1) if type(thing) is SymbolicBool else str(value)
    if hasattr(thing, "__dataclass_fields__"):
        parts = (f"{one.name}={shown(getattr(thing, one.name), values)}" for one in fields(thing))
        return f"{type(thing).__name__}({', '.join(parts)})"
    return str(thing)
