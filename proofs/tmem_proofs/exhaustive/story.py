"""How a divergence is told: the calls that lead there from an empty store, the call that goes wrong, and what is wrong.

The calls are made once more, to a new store, from the first to the last. If it does not go wrong then, there is more
to a state than forms.py says, and that is told, too.
"""

from __future__ import annotations

from collections.abc import Iterator

from tmem_proofs.exhaustive.forms import Law
from tmem_proofs.exhaustive.judging import Judge
from tmem_proofs.exhaustive.making import make
from tmem_proofs.exhaustive.outside import Ways
from tmem_proofs.exhaustive.scope import KINDS, Scaled, Scope
from tmem_proofs.exhaustive.search import Divergence
from tmem_proofs.exhaustive.world import World, page_of

UNCONFIRMED = "made to a new store, these calls do not go wrong: a state is more than the search takes it for"


def happens(small: Scaled, divergence: Divergence) -> bool:
    """Whether the calls of a divergence, made to a new store of what was searched, lead to its state and go wrong."""
    state = divergence.state
    world = World(small, state.flags)
    for step in divergence.way:
        make(step.call, world, Ways(step.chosen), small)
    if world.state(world.reading()) != state:
        return False
    for pampd in world.outside.pampds.values():
        pampd.page = page_of(pampd.oid, pampd.index)  # as the judge supposes
    made = make(divergence.step.call, world, Ways(divergence.step.chosen), small)
    _, wrong = Judge(small, Law(small.spec), state, set()).verdict(divergence.step.call, made, world)
    return bool(wrong)


def told(scope: Scope, divergence: Divergence, *, confirmed: bool) -> Iterator[str]:
    """The story in lines."""
    yield f"refuted: {divergence.step.call.name}, at {scope}"
    yield f"    in an empty pool, {KINDS[divergence.state.flags]}:"
    for step in (*divergence.way, divergence.step):
        yield f"        {step}"
    yield f"    which answers {divergence.answer}:"
    for wrong in divergence.wrong:
        yield f"        {wrong}"
    if not confirmed:
        yield f"    {UNCONFIRMED}"
