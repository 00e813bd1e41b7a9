"""What became of a mutant in one layer."""

from __future__ import annotations

import json
from enum import Enum
from typing import NamedTuple


class State(Enum):
    """Only `KILLED` is a kill: something that is claimed does not hold of the mutant, and it is named."""

    KILLED = "killed"
    DISAGREES = "disagrees"  # every claim holds, but real objects do not do what a path says
    UNDECIDED = "undecided"  # a claim is unknown, or met by no path
    SURVIVED = "survived"
    TIMED_OUT = "timed out"
    FAILED = "failed"  # the layer itself ended with an error
    ABSENT = "absent"  # the layer needs something that is not there


class Outcome(NamedTuple):
    """The state, and by what: the name of the claim, the step, the trace; or why there is none."""

    state: State
    by: str = ""

    def to_json(self) -> str:
        """One line of JSON."""
        return json.dumps([self.state.value, self.by])

    @classmethod
    def from_json(cls, line: str) -> Outcome:
        """What `to_json` gave."""
        state, by = json.loads(line)
        return cls(State(state), by)
