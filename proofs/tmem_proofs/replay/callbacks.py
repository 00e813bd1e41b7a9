"""The callbacks of a path through a call: one by one, as the host and the PAM would meet them, and which of them fail.

The path knows them as it asked for them: objnodes so many at once, frees release by release. Where one of the frees
of a release raises, it does not say which: here it is the first, so that all the others must follow it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tmem_proofs.claims.calls import CallRun
from tmem_proofs.conformance.recorder import FAILURES, Fail
from tmem_proofs.engine.contracts import Pages, Several
from tmem_proofs.engine.heap import Pampd
from tmem_proofs.engine.outside import Request
from tmem_proofs.engine.terms import Valuation
from tmem_proofs.story import number
from tmem_spec.metadata import Callback

_DONE = {
    "obj_alloc": Callback.OBJ_ALLOC,
    "obj_free": Callback.OBJ_FREE,
    "objnode_alloc": Callback.OBJNODE_ALLOC,
    "objnode_free": Callback.OBJNODE_FREE,
    "create": Callback.CREATE,
    "get_data": Callback.GET_DATA,
    "free": Callback.FREE,
}


@dataclass(frozen=True, slots=True)
class Made:
    """A callback that is made: whether it refuses, or raises."""

    name: str
    refuses: bool = False
    raises: bool = False

    @property
    def callback(self) -> Callback:
        """What is recorded of it."""
        done = _DONE[self.name]
        return FAILURES.get(self.name, done) if self.refuses or self.raises else done


def callbacks_of(run: CallRun, values: Valuation) -> Iterator[Made]:
    """Every callback of the path, in order."""
    for request in run.outside.requests:
        yield from made(request, values)


def failures_of(made: Sequence[Made]) -> Iterator[Fail]:
    """Which callbacks fail: of each name, the how-manieth, and how."""
    for at, one in enumerate(made):
        if one.refuses or one.raises:
            yield Fail(one.name, sum(other.name == one.name for other in made[:at]), raises=one.raises)


def made(request: Request, values: Valuation) -> Iterator[Made]:
    """The callbacks of one request."""
    raises = request.error is not None
    failing = {"refuses": request.failed and not raises, "raises": raises}
    match request.name:
        case "memory":  # which is the interpreter's: no callback
            return
        case "objnode_alloc":
            given = sum(number(nodes.count, values) for nodes in request.things)
            yield from [Made("objnode_alloc")] * given
            if request.failed:
                yield Made("objnode_alloc", **failing)
        case "release":
            names = [name for thing in request.things for name in _frees(thing, values)]
            yield from (Made(name, raises=raises and nth == 0) for nth, name in enumerate(names))
        case name:
            yield Made(name, **failing)


def _frees(thing: Any, values: Valuation) -> list[str]:
    """The callbacks by which something is freed."""
    match thing:
        case Pages():
            return ["free"] * number(thing.count, values)
        case Several():
            return ["objnode_free"] * number(thing.count, values)
        case Pampd():
            return ["free"]
        case _:
            return ["obj_free"]
