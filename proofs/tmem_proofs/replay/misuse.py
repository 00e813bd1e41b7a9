"""Misuse: a path becomes a real store, and a call with a wrong argument or from within a callback, on shipped objects.

It must raise what it raises on the path, hold no lock, and leave every page where it was.
"""

from __future__ import annotations

from dataclasses import dataclass
from threading import get_ident
from typing import Any

from tmem_proofs.claims.calls import CallRun
from tmem_proofs.claims.misuse import IN_A_CALLBACK
from tmem_proofs.replay.agree import agree
from tmem_proofs.replay.calls import CallCase, case_of, fill, found
from tmem_proofs.replay.templates import fit
from tmem_proofs.replay.worlds import World
from tmem_proofs.story import number


@dataclass(frozen=True, slots=True)
class MisuseCase:
    """A path in plain values: what is stored, as for any call, the arguments given, and what the call raises."""

    before: CallCase
    method: str
    arguments: tuple[Any, ...]
    inside: bool
    raises: str


def concretise(run: CallRun) -> MisuseCase | None:
    """The path in plain values; None if it cannot be taken. May ask the solver. ReplayError: no template fits it."""
    fitting = fit(run)
    if fitting is None:
        return None
    before, values = case_of(run, *fitting), fitting[1]
    given = tuple(number(one, values) if isinstance(one, int) else one for one in run.given)
    method = run.operation.removeprefix("Tmem.")
    return MisuseCase(before, method, given, run.wrong == IN_A_CALLBACK, type(run.error).__name__)


def replay(case: MisuseCase) -> None:
    """Make the call to a shipped store. Raises ReplayError if anything differs from the path, or has changed."""
    world = World.of_the_package() if case.before.plain else World()
    fill(world, case.before)
    if case.inside:
        world.store._inside.threads.add(get_ident())  # noqa: SLF001 - as while a callback is under way
    agree("exception", _raised(world, case), case.raises)
    world.store._inside.threads.clear()  # noqa: SLF001 - as above
    agree("locks held", world.locked(), [])
    world.check()
    agree("pages left", frozenset(found(world, case.before)), frozenset(case.before.stored))


def _raised(world: World, case: MisuseCase) -> str:
    """The name of what the call raises; `NoneType` if nothing."""
    try:
        getattr(world.store, case.method)(*case.arguments)
    except Exception as error:  # noqa: BLE001 - whatever it is, its name is compared
        return type(error).__name__
    return type(None).__name__
