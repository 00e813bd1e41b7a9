"""A path through a call on the store, told with numbers in it."""

from __future__ import annotations

from tmem_proofs.claims.call_state import held_first, held_now
from tmem_proofs.claims.calls import CallRun
from tmem_proofs.claims.range_calls import RangeRun
from tmem_proofs.claims.scenario import KINDS
from tmem_proofs.engine.terms import Valuation
from tmem_proofs.story import number


def witness(run: CallRun, values: Valuation) -> str:
    """One line: a call, a pool and what happened, with which the path is taken."""
    happened = ", ".join(run.path.notes) or "nothing refused"
    return f"{_call(run, values)}, {_pool(run, values)}; {happened}"


def tell(run: CallRun, values: Valuation, found: str) -> str:
    """The story of a refutation."""
    lines = [f"before: {_pool(run, values)}"]
    if run.objects:
        lines.append(f"  the handle held {held_first(run)!r}")
    lines += [f"call: {_call(run, values)}", *(f"  {note}" for note in run.path.notes)]
    outcome = f"{run.error!r}" if run.answer is None else run.answer.outcome.value
    lines.append(f"answer: {outcome}")
    if run.objects:
        lines.append(f"after: the handle holds {held_now(run)!r}")
    return "\n".join([*lines, f"found: {found}"])


def _call(run: CallRun, values: Valuation) -> str:
    """`Tmem.put(pool 3, oid 0x90, index 4096)`."""
    if run.flags is not None:
        return f"{run.operation}(flags {number(run.flags, values):#x})"
    pool, oid, index = (number(one, values) for one in (run.pool_id, run.oid, run.index))
    if isinstance(run, RangeRun):
        first, count = number(run.first, values), number(run.count, values)
        return f"{run.operation}(pool {pool}, oid {oid:#x}, index {first}, {count} pages), of which index {index}"
    return f"{run.operation}(pool {pool}, oid {oid:#x}, index {index})"


def _pool(run: CallRun, values: Valuation) -> str:
    if run.pool is None:
        return "no such pool"
    frozen = "frozen " if number(run.was_frozen, values) else ""
    going = ", being destroyed" if number(run.was_destroyed, values) else ""
    return f"a {frozen}{KINDS[number(run.kind, values)]} pool{going}"
