"""A path told with numbers in it: the tree before, the call, what was refused, and the tree after."""

from __future__ import annotations

from typing import Any

from tmem_proofs.claims.scenario import KINDS, Run
from tmem_proofs.engine.symbolic import SymbolicBool, SymbolicInt
from tmem_proofs.engine.terms import Valuation, evaluate

_CALLS = {
    "insert": "put",
    "insert refused growing": "put",
    "insert refused descending": "put",
    "insert not created": "put",
    "replace": "put, of a page that is there already",
    "replace not created": "put, of a page that is there already",
    "delete": "flush_page",
    "lookup": "lookup",
    "place": "place",
}


def witness(run: Run, values: Valuation, operation: str) -> str:
    """One line: an index and an object with which the path is taken."""
    index = number(run.index, values)
    state = "no object"
    if run.obj is not None:
        pages = number(run.before.pampd_count, values)
        state = f"an object of height {run.before.height} with pampd_count {pages}"
    happened = ", ".join(run.path.notes) or "nothing refused"
    return f"{_call(run, values, operation).split(',')[0]} of index {index} ({index:#x}) with {state}; {happened}"


def tell(run: Run, values: Valuation, operation: str, found: str) -> str:
    """The story of a refutation."""
    index = number(run.index, values)
    lines = ["before:", *_object(run, values, first=True)]
    lines += ["call:", f"  {_call(run, values, operation)}, index {index} ({index:#x})"]
    lines += [f"  {note}" for note in run.path.notes]
    outcome = "an exception of its own" if run.answer is None else run.answer.outcome.value
    lines += [f"answer: {outcome}", "after:", *_object(run, values, first=False), f"found: {found}"]
    return "\n".join(lines)


def number(value: Any, values: Valuation) -> int:
    """The value of an integer, or of a truth value, under a valuation."""
    return evaluate(value.term, values) if type(value) in {SymbolicInt, SymbolicBool} else int(value)


def _call(run: Run, values: Valuation, operation: str) -> str:
    if operation != "get":
        return _CALLS[operation]
    exclusive = "exclusive " if number(run.exclusive, values) else ""
    return f"{exclusive}get in a {KINDS[number(run.flags, values)]} pool"


def _object(run: Run, values: Valuation, *, first: bool) -> list[str]:
    obj = run.obj if first else run.now
    if obj is None:
        return ["  no object"]
    state = run.before if first else obj
    counts = f"pampd_count {number(state.pampd_count, values)}, objnode_count {number(state.objnode_count, values)}"
    return [f"  height {state.height}, {counts}", *_tree(run, state.root, values, "  ", first=first)]


def _tree(run: Run, value: Any, values: Valuation, indent: str, *, first: bool) -> list[str]:
    """What a slot leads to, as far as the operation looked: one line for each slot that it met."""
    if not run.heap.is_node(value):
        return [f"{indent}{value!r}" if value is not None else f"{indent}nothing"]
    slots = value.slots
    used = number(slots.used if first else value.slots_in_use, values)
    lines = [f"{indent}objnode, slots_in_use {used}, {number(slots.unseen(), values)} of them not looked at"]
    for (slot, was), now in zip(slots.first, slots.now, strict=True):
        held = was if first else now
        lines.append(f"{indent}  slot {number(slot, values)}:")
        lines += _tree(run, held, values, indent + "    ", first=first)
    return lines
