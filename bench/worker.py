"""Does one job in a process of its own, and writes what it measured: `python -m bench.worker JOB FILE`.

JOB is a job as JSON. Which build of tmem is measured is up to whoever starts it: the one that Python imports.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Final

import tmem

from . import contenders, memory, names, operations, peers, plan, proofs, ranges, startup, threads
from .operations import Maker
from .progress import Rounds
from .recording import Recorder

ALL: Final[tuple[Maker, ...]] = (*contenders.SIDE_BY_SIDE, contenders.Nothing, *peers.IN_MEMORY, *peers.ON_DISK)
MAKERS: Final = {make.__name__: make for make in ALL}


def chosen(job: plan.Job) -> list[Maker]:
    """The contenders of a job of operations."""
    if job.only:
        return [MAKERS[name] for name in job.only]
    if job.section == plan.PEERS:
        few = peers.ON_DISK if job.size < plan.LARGE else ()
        return [*peers.IN_MEMORY, *few]
    return [*contenders.SIDE_BY_SIDE, contenders.Nothing]


def do(job: plan.Job, recorder: Recorder) -> None:
    """Measure what the job says."""
    rounds = Rounds(job.title(), job.rounds, job.seconds)
    match job.section:
        case plan.OPERATIONS | plan.PEERS:
            operations.measure(recorder, chosen(job), job.size, rounds)
        case plan.RANGES:
            ranges.measure(recorder, job.size, rounds)
        case plan.MEMORY:
            measure_memory(recorder, job)
        case plan.RESIDENT:
            memory.grown(recorder, chosen(job)[0], job.size)
        case plan.STARTUP:
            startup.measure(recorder, rounds)
        case plan.THREADS:
            threads.measure(recorder, job.size, rounds)
        case _:
            proofs.measure(recorder, job.only)


def measure_memory(recorder: Recorder, job: plan.Job) -> None:
    """tmem up to the largest size; with the pure build the dicts too, whose traces would fill memory at the largest."""
    quick = job.size < plan.SPARSE
    ours = (plan.SMALL,) if quick else (plan.SMALL, plan.LARGE, plan.HUGE)
    recorder.add(names.EMPTY_POOL, memory.pool_alone(), "byte")
    memory.measure(recorder, [contenders.Ours], ours, job.size)
    if not tmem.compiled:
        memory.measure(recorder, [contenders.Flat, contenders.Nested], ours[:2], job.size)


def main(job: str, file: str) -> None:
    """Do the job and write the file."""
    facts = json.loads(job)
    recorder = Recorder()
    recorder.note(peers.versions())
    do(plan.Job(**{**facts, "only": tuple(facts["only"])}), recorder)
    recorder.dump(Path(file))


if __name__ == "__main__":
    main(*sys.argv[1:])
