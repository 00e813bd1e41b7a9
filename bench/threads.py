"""Two threads on objects of their own, beside one thread that does the work of both, and a PAM that compresses.

Beside the store the compressor alone is measured in the same way: what the machine can give.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Final

from tmem import PERSISTENT, Tmem

from . import names
from .handles import FIRST_OID
from .pams import COMPRESSORS, BatchingPam, CompressingPam, page_of_hexadecimals
from .progress import Rounds
from .recording import Recorder

THREADS: Final = 2
RUN: Final = 64
Work = Callable[[int], None]


def measure(recorder: Recorder, pages: int, rounds: Rounds) -> None:
    """Rounds of one thread and of two, for each compressor and call; `pages` is the work of a thread of two."""
    runs = pages // RUN
    for number in rounds:
        for pam in COMPRESSORS:
            for threads in (1, THREADS) if number % 2 else (THREADS, 1):
                for what, work in {**works(pam, runs * RUN), **works_in_runs(pam, runs)}.items():
                    seconds = shared(work, threads) / (THREADS * runs * RUN)
                    recorder.add(names.threaded(what, pam, threads), seconds)


def works(pam: str, pages: int) -> dict[str, Work]:
    """What is done for the object of a number: its pages are put into a store, got from it, or only compressed."""
    compress, decompress = COMPRESSORS[pam]
    store = Tmem(pam=CompressingPam(compress, decompress))
    pool, page = store.new_pool(PERSISTENT), page_of_hexadecimals()

    def put(number: int) -> None:
        for index in range(pages):
            store.put(pool, FIRST_OID + number, index, page)

    def get(number: int) -> None:
        for index in range(pages):
            store.get(pool, FIRST_OID + number, index)

    def alone(number: int) -> None:  # noqa: ARG001 - as the others
        for _ in range(pages):
            compress(page)

    return {names.PUT: put, names.GET: get, names.ALONE: alone}


def works_in_runs(pam: str, runs: int) -> dict[str, Work]:
    """The same for runs of 64 pages and a PAM that compresses them together."""
    compress, decompress = COMPRESSORS[pam]
    store = Tmem(pam=BatchingPam(compress, decompress))
    pool, pages = store.new_pool(PERSISTENT), [page_of_hexadecimals()] * RUN
    joined = b"".join(pages)

    def put(number: int) -> None:
        for run in range(runs):
            store.put_range(pool, FIRST_OID + number, run * RUN, pages)

    def get(number: int) -> None:
        for run in range(runs):
            store.get_range(pool, FIRST_OID + number, run * RUN, RUN)

    def alone(number: int) -> None:  # noqa: ARG001 - as the others
        for _ in range(runs):
            compress(joined)

    return {names.PUT_RUNS: put, names.GET_RUNS: get, names.ALONE_RUNS: alone}


def shared(work: Work, threads: int) -> float:
    """The seconds in which so many threads have done the work on all objects."""
    together = threading.Barrier(threads + 1)

    def run(first: int) -> None:
        together.wait()
        for number in range(first, THREADS, threads):
            work(number)

    started = [threading.Thread(target=run, args=(first,)) for first in range(threads)]
    for thread in started:
        thread.start()
    begin = time.perf_counter()
    together.wait()
    for thread in started:
        thread.join()
    return time.perf_counter() - begin
