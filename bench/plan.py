"""What a run measures, job by job. Each job is a process of its own: `worker.py` does one.

A whole run takes about a quarter of an hour on two cores. `seconds` bounds a job on a slow machine: it then makes a
median of fewer rounds. A quick run only shows that everything works.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Final

from . import names
from .figures import QUICK

OPERATIONS: Final = "operations"
PEERS: Final = "peers"
RANGES: Final = "ranges"
MEMORY: Final = "memory"
RESIDENT: Final = "resident"
STARTUP: Final = "startup"
THREADS: Final = "threads"
PROOFS: Final = "proofs"
SECTIONS: Final = (OPERATIONS, PEERS, RANGES, MEMORY, RESIDENT, STARTUP, THREADS, PROOFS)

SMALL: Final = 10**4
LARGE: Final = 10**6
HUGE: Final = 10**7
SIZES: Final = (10**3, SMALL, 10**5, LARGE, HUGE)
SPARSE: Final = 10**5  # objects of one page each
RESIDENT_OF: Final = ("Ours", "Flat", "Nested", "Sorted", "Lob", "Cachetools", "Cachebox")


@dataclass(frozen=True, slots=True)
class Job:
    """What one process measures: a section, for so many pages, in so many rounds; `only` names the contenders."""

    section: str
    size: int = 0
    rounds: int = 1
    seconds: float = 20
    only: tuple[str, ...] = ()

    def title(self) -> str:
        """The job in a line."""
        size = f", {self.size:,} pages" if self.size else ""
        return f"{self.section}{size}" + (f": {', '.join(self.only)}" if self.section == RESIDENT else "")

    def facts(self) -> dict[str, object]:
        """The job as JSON has it."""
        return asdict(self)


def jobs(build: str, *, quick: bool) -> list[Job]:
    """The jobs of the pure build, of the compiled one, or of the proofs."""
    if build == names.PROOFS:
        return [Job(PROOFS, only=names.PROVED[-1:] if quick else names.PROVED)]
    own = build == names.PURE  # what does not depend on the build is measured with this one
    return quick_jobs(own=own) if quick else full_jobs(own=own)


def full_jobs(*, own: bool) -> list[Job]:
    """The jobs of a whole run."""
    against = "Flat" if own else "Nested"  # at the largest size, only what the target of this build names
    timed = [
        *[Job(OPERATIONS, 10**3, 25, 5)] * 2,
        *[Job(OPERATIONS, SMALL, 15, 10)] * 3,
        *[Job(OPERATIONS, 10**5, 5, 15)] * 2,
        *[Job(OPERATIONS, LARGE, 3, 40)] * 2,
        Job(OPERATIONS, HUGE, 3, 120, ("Ours", against)),
    ]
    peers = [Job(PEERS, SMALL, 5, 10), Job(PEERS, LARGE, 2, 10)] if own else []
    return [
        *timed,
        *peers,
        Job(RANGES, SMALL, 15, 10),
        Job(RANGES, LARGE, 5, 20),
        Job(MEMORY, SPARSE),
        *[Job(RESIDENT, LARGE, only=(one,)) for one in RESIDENT_OF if own or one == "Ours"],
        Job(STARTUP, rounds=20, seconds=10),
        Job(THREADS, 1000, 9, 15),
    ]


def quick_jobs(*, own: bool) -> list[Job]:
    """The jobs of a run that only shows that everything works."""
    peers = [Job(PEERS, QUICK, 2, 1), Job(RESIDENT, SMALL, only=("Flat",))] if own else []
    return [
        Job(OPERATIONS, QUICK, 5, 1),
        Job(OPERATIONS, SMALL, 3, 2),
        *peers,
        Job(RANGES, SMALL, 2, 1),
        Job(MEMORY, QUICK),
        Job(RESIDENT, SMALL, only=("Ours",)),
        Job(STARTUP, rounds=3, seconds=2),
        Job(THREADS, 100, 2, 1),
    ]
