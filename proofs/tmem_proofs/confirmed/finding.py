"""What CrossHair found of one condition."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from enum import Enum


class State(Enum):
    """What became of a condition. Only `CONFIRMED` is evidence.

    confirmed      it holds on every path, and there is one
    refuted        there are arguments for which it does not hold, or the code raises
    not confirmed  paths were left over, or the solver gave up on one
    vacuous        no path met what it assumes
    failed         CrossHair did not get as far as an answer
    """

    CONFIRMED = "confirmed"
    REFUTED = "refuted"
    UNCONFIRMED = "not confirmed"
    VACUOUS = "vacuous"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Finding:
    """A condition, what became of it, and what that took; `detail` has the counterexample, or what went wrong."""

    condition: str
    state: State
    paths: int = 0
    seconds: float = 0.0
    detail: str = ""

    def to_json(self) -> str:
        """The finding as one line."""
        return json.dumps(asdict(self) | {"state": self.state.name})

    @staticmethod
    def from_json(line: str) -> Finding:
        """The finding of a line that `to_json` made."""
        fields = json.loads(line)
        return Finding(**(fields | {"state": State[fields["state"]]}))
