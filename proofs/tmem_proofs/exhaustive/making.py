"""A call, made to the store of a world, and what came of it in the words of the specification."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tmem_proofs.exhaustive.calls import DROPS, Call
from tmem_proofs.exhaustive.outside import CallbackError, Ways
from tmem_proofs.exhaustive.scope import Scaled
from tmem_proofs.exhaustive.world import World

# What a call may give, beside pages, and what the specification calls it.
_DROPPED = ((True, "DONE"), (False, "NOT_FOUND"))
_DONE = ((None, "DONE"),)
_OUTCOMES: dict[str, tuple[tuple[object, str], ...]] = {
    "put": ((True, "STORED"), (False, "REFUSED")),
    "get": ((None, "MISS"),),
    "get_exclusive": ((None, "MISS"),),
    "flush_page": _DROPPED,
    "reclaim": _DROPPED,
    "reclaim of another page": _DROPPED,
    "flush_object": _DROPPED,
    "flush_pool": _DONE,
    "destroy_pool": _DONE,
    "freeze": _DONE,
    "thaw": _DONE,
}


@dataclass(frozen=True, slots=True)
class Made:
    """What came of a call: the specification's answer, or None, and what was wrong with how it ended."""

    answer: Any
    wrong: tuple[str, ...] = ()

    @property
    def outcome(self) -> str:
        """The answer in a word."""
        return "none" if self.answer is None else str(self.answer.outcome.value)


def make(call: Call, world: World, ways: Ways, scaled: Scaled) -> Made:
    """Make a call, the next way. Exceptions that the store's documentation names are answers; others are wrong."""
    world.outside.begin(ways, scaled.scope.raising if call.name in DROPS else None)
    calls, errors = scaled.spec.calls, scaled.code.errors
    passed_on: BaseException | None = None
    try:
        answer = _answer(call, call.make(world), calls)
    except errors.GetDataError as error:
        answer, passed_on = calls.Answer(calls.Outcome.FAILED), error
    except CallbackError as error:
        answer, passed_on = calls.Answer(calls.Outcome.RAISED), error
    except (errors.HandleError, errors.PoolError):
        answer = calls.Answer(calls.Outcome.REJECTED)
    except Exception as error:  # noqa: BLE001 - whatever it is, no call may end so
        return Made(None, (f"ERR-2: found {type(error).__name__}: {error}, expected an answer",))
    if answer is None:
        return Made(None, (f"ERR-2: found another answer than {call.name} can give, expected one of these",))
    return Made(answer, _wrong_error(world, passed_on))


def _answer(call: Call, given: object, calls: Any) -> Any:
    """What a call gave, in the words of the specification; None if it may not give that."""
    if type(given) is bytes and call.name in {"get", "get_exclusive"}:
        return calls.Answer(calls.Outcome.HIT, given)
    outcome = next((name for value, name in _OUTCOMES[call.name] if value is given), None)
    return None if outcome is None else calls.Answer(calls.Outcome[outcome])


def _wrong_error(world: World, passed_on: BaseException | None) -> tuple[str, ...]:
    """The exception passed on is the first one of a callback; or the get's own, if its get_data was refused."""
    outside = world.outside
    first = outside.raised[0] if outside.raised else None
    refused = "pam_get_data_failed" in outside.callbacks and "pam_get_data number 1 refused" in outside.failures
    if isinstance(passed_on, Exception) if refused else passed_on is first:
        return ()
    found = "nothing" if passed_on is None else type(passed_on).__name__
    expected = "the error of the get" if refused else "the first exception of a callback" if first else "nothing"
    return (f"ERR-2: found {found} passed on, expected {expected}",)
