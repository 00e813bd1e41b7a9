"""The machine: what each call does to one handle, and, once for all calls, that every other handle stays.

A handle's state is the page it holds, or None. Any access may be refused, so each rule is a relation: from what the
handle held, what the environment did and what was answered, it gives what the handle holds next, and the violations
that the answer amounts to. One rule serves as definition, as judge of any implementation, and, run on symbolic
values, as what the shipped code is compared with. Nothing here is written twice for another purpose.
"""

from __future__ import annotations

from dataclasses import dataclass

from tmem_spec.calls import Answer, Environment, Outcome, Page
from tmem_spec.invariants import Level, Violation, invariant, violation


@dataclass(frozen=True, slots=True)
class Rules:
    """The part of a pool's state that decides what a call does to a handle."""

    persistent: bool
    shared: bool = False
    frozen: bool = False


@dataclass(frozen=True, slots=True)
class After:
    """What the handle holds after the call, and what was wrong with the answer."""

    held: Page | None
    violations: tuple[Violation, ...] = ()


@invariant(
    "MEM-5",
    "A put is refused only if some allocation or create was refused during it.",
    source="the meaning of refusal; a pool frozen by its host refuses too",
)
def mem_5(rules: Rules, environment: Environment) -> bool:
    """Of every refused put."""
    return environment.refused or rules.frozen


@invariant(
    "ERR-2",
    "A call answers only what such a call can answer, or passes on the exception that a callback raised during it.",
    source="ours: Python's callbacks can raise anywhere",
    level=Level.OURS,
)
def err_2(environment: Environment, answer: Answer) -> bool:
    """Of every answer that no rule of the call provides for."""
    return answer.outcome is Outcome.RAISED and environment.raised


def put(page: Page, rules: Rules, environment: Environment, answer: Answer) -> After:
    """Whatever the handle held is gone (COH-3); it holds `page` if, and only if, the put answers stored."""
    if answer.outcome is Outcome.STORED:
        if rules.frozen:
            return After(page, (violation("POOL-4", "a put stored in a frozen pool", "a flush"),))
        return After(page)
    if answer.outcome is Outcome.REFUSED:
        if mem_5(rules, environment):
            return After(None)
        return After(None, (violation("MEM-5", "a refused put", "stored, as nothing was refused during it"),))
    return After(None, _raised_only(answer, environment))


def get(held: Page | None, rules: Rules, environment: Environment, answer: Answer, *, exclusive: bool) -> After:
    """A hit yields the very page and keeps it on shared and on persistent pools; a miss stays a miss."""
    broken = buffer_as_it_was(answer)
    if answer.outcome is Outcome.HIT:
        kept = (rules.persistent or rules.shared) and not exclusive
        return After(held if kept else None, broken + _wrong_page(held, environment, answer))
    if answer.outcome is Outcome.MISS:
        return After(None, broken + _lost(held, rules, environment))
    if answer.outcome is Outcome.FAILED or environment.get_data_failed:
        return After(held if rules.persistent else None, broken + _failed(held, environment, answer))
    kept = (rules.persistent or rules.shared) and not exclusive
    return After(held if kept else None, broken + _raised_only(answer, environment))


def buffer_as_it_was(answer: Answer) -> tuple[Violation, ...]:
    """What is wrong with a get's buffer, where it writes into one: only a hit does."""
    if answer.buffer_changed and answer.outcome is not Outcome.HIT:
        return (violation("COH-7", f"the buffer changed by a get that answers {answer.outcome.value}", "as it was"),)
    return ()


def flush_page(held: Page | None, rules: Rules, environment: Environment, answer: Answer) -> After:
    """The handle holds nothing afterwards; done if it held a page."""
    if answer.outcome is Outcome.DONE and held is None:
        return After(None, (violation("COH-4", "done, flushing a handle that held no page", "not found"),))
    if answer.outcome is Outcome.NOT_FOUND:
        return After(None, _lost(held, rules, environment))
    if answer.outcome is Outcome.DONE:
        return After(None)
    return After(None, _raised_only(answer, environment))


def flush(held: Page | None, *, inside: bool) -> Page | None:
    """What flush_object, flush_pool and destroy_pool do to an arbitrary handle, `inside` what they name or not."""
    return None if inside else held


def reclaim(held: Page | None, rules: Rules, environment: Environment, answer: Answer, *, names_held: bool) -> After:
    """The named page goes if it is still the one at its handle; no other page, and never a persistent one."""
    if answer.outcome is Outcome.REJECTED and rules.persistent:
        return After(held)
    if rules.persistent:
        return After(held, (violation("COH-6", "reclaim from a persistent pool", "rejected"),))
    if answer.outcome is Outcome.DONE and not names_held:
        return After(held, (violation("EPH-3", "done, reclaiming a page that is not at its handle", "not found"),))
    if answer.outcome is Outcome.NOT_FOUND:
        if names_held and not environment.reclaims:
            return After(held, (violation("EPH-3", "not found, reclaiming the page at its handle", "done"),))
        return After(held)
    if answer.outcome is Outcome.DONE:
        return After(None)
    return After(None if names_held else held, _raised_only(answer, environment))


def _wrong_page(held: Page | None, environment: Environment, answer: Answer) -> tuple[Violation, ...]:
    """What is wrong with a hit."""
    broken = []
    if environment.get_data_failed:
        broken.append(violation("ERR-1", f"page {answer.page!r} although get_data failed", "an error"))
    if held is None:
        broken.append(violation("COH-2", f"page {answer.page!r} at a handle that holds none", "not found"))
    elif answer.page != held:
        broken.append(violation("COH-1", f"page {answer.page!r}", f"page {held!r}, the last one put"))
    return tuple(broken)


def _lost(held: Page | None, rules: Rules, environment: Environment) -> tuple[Violation, ...]:
    """What is wrong with answering `not found`: a page may be missing only where reclaim may have taken it."""
    if environment.get_data_failed:
        return (violation("ERR-1", "not found, although there was a page whose get_data failed", "an error"),)
    if held is None or (environment.reclaims and not rules.persistent):
        return ()
    identifier = "COH-6" if rules.persistent else "EPH-2"
    return (violation(identifier, "not found", f"page {held!r}, which nothing has removed"),)


def _failed(held: Page | None, environment: Environment, answer: Answer) -> tuple[Violation, ...]:
    """What is wrong with a get that fails, or in which get_data failed by raising."""
    if answer.outcome is not Outcome.FAILED:
        return _raised_only(answer, environment)
    if held is not None and environment.get_data_failed:
        return ()
    found = f"{answer.outcome.value}, page held: {held!r}"
    return (violation("ERR-1", found, "a get fails only where it has a page and get_data fails on it"),)


def _raised_only(answer: Answer, environment: Environment) -> tuple[Violation, ...]:
    """An answer of no other kind must be a callback's exception passed on."""
    if err_2(environment, answer):
        return ()
    return (violation("ERR-2", answer.outcome.value, "an answer that this call can give"),)
