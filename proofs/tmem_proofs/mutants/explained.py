"""Mutants that no layer kills, and why: what they do differently nothing is claimed of, or they never end.

An entry names a mutant as its name does: the function, and the change. One that names none any more, or one that is
killed, is an error: `tmem mutants` says so.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

_NO_OBJECT = "without an object there is no pampd, so the second half says it all"
_PAUSE = "only how often other threads get a turn"
_TYPES = "of arguments that are no integers: tested (tests/unit/test_arguments.py), not proved"
_REENTRY = "of calls from within a callback: tested (tests/unit/test_reentry.py), not proved"
_ENDLESS = "it goes round for ever, and no layer waits so long"


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
        "obj is not None and pampd is not None and raised is None -> (pampd is not None and raised is None)",
        "a page is created only once there is an object",
    ),
    Survivor("_sync.pause", "time.sleep(0) -> pass", _PAUSE),
    Survivor("_sync.pause", "time.sleep(0) -> time.sleep(1)", _PAUSE),
    Survivor("_teardown.Pace.step", "_sync.pause() -> pass", _PAUSE),
    Survivor("_teardown._tear_down", "pace.step(len(pampds)) -> pass", _PAUSE),
    Survivor("_words.height_for", "height += 1 -> pass", _ENDLESS, equivalent=False),
    Survivor("_words.check_oid", "if not isinstance(oid, int) -> if False", _TYPES, equivalent=False),
    Survivor(
        "store.Tmem._admit",
        'message = "a callback called the store that is calling it: let it answer first, then call" -> pass',
        _REENTRY,
        equivalent=False,
    ),
    Survivor("_tree.insert", "_grow(obj, nodes.pop()) -> pass", _ENDLESS, equivalent=False),
    Survivor("_teardown.flush_pool", "True -> False", "there are as many dicts of objects as buckets they are from"),
)


def survivors() -> dict[str, Survivor]:
    """The list, by name."""
    return {one.name: one for one in SURVIVORS}


def stale(names: Iterable[str]) -> list[str]:
    """The entries that name none of these mutants."""
    return sorted(survivors().keys() - set(names))
