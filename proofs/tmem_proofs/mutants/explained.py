"""Mutants that no layer kills, and why: what they do differently nothing is claimed of, or they never end.

An entry names a mutant as its name does: the function, and the change. One that names none any more, or one that is
killed, is an error: `tmem mutants` says so.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

_NO_OBJECT = "without an object there is no pampd, so the second half says it all"
_PAUSE = "only how often other threads get a turn"


class Survivor(NamedTuple):
    """A mutant that no layer kills, and why. `equivalent`: as far as any claim goes, it does what the source does."""

    function: str
    change: str
    reason: str
    equivalent: bool = True

    @property
    def name(self) -> str:
        """The mutant's."""
        return f"{self.function}: {self.change}"


SURVIVORS: tuple[Survivor, ...] = (
    Survivor("_operations.put", "obj is None or pampd is None -> (pampd is None)", _NO_OBJECT),
    Survivor("_operations.get", "obj is None or pampd is None -> (pampd is None)", _NO_OBJECT),
    Survivor(
        "_operations._put_new",
        "obj is not None and pampd is not None -> (pampd is not None)",
        "a page is created only once there is an object",
    ),
    Survivor("_sync.pause", "time.sleep(0) -> pass", _PAUSE),
    Survivor("_sync.pause", "time.sleep(0) -> time.sleep(1)", _PAUSE),
    Survivor("_teardown.Pace.step", "_sync.pause() -> pass", _PAUSE),
    Survivor("_teardown._tear_down", "pace.step(len(pampds)) -> pass", _PAUSE),
)


def survivors() -> dict[str, Survivor]:
    """The list, by name."""
    return {one.name: one for one in SURVIVORS}


def stale(names: Iterable[str]) -> list[str]:
    """The entries that name none of these mutants."""
    return sorted(survivors().keys() - set(names))
