"""Time a page of calls on runs of consecutive indexes of one object: put, put again, get and flush."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Final

from tmem import PERSISTENT, Tmem

from . import names
from .handles import FIRST_OID, ORDERS, PAGES_OF_AN_OBJECT, RANDOM, SEED, Handles
from .operations import PAGE, timed
from .progress import Rounds
from .recording import Recorder

RUNS: Final = (1, 8, 64, 512, 4096)
LONG: Final = 64  # from here on the targets hold


def measure(recorder: Recorder, size: int, rounds: Rounds) -> None:
    """Rounds of every length of runs, in both orders, over whole objects of about `size` pages together."""
    starts = {(order, run): starts_of(size, run, order) for order in ORDERS for run in RUNS}
    for _ in rounds:
        for (order, run), chosen in starts.items():
            measure_one(recorder, order, size, run, chosen)


def starts_of(size: int, run: int, order: str) -> Handles:
    """The first handle of each run."""
    oids = range(FIRST_OID, FIRST_OID + max(size // PAGES_OF_AN_OBJECT, 1))
    starts = [(oid, index) for oid in oids for index in range(0, PAGES_OF_AN_OBJECT, run)]
    if order == RANDOM:
        random.Random(SEED).shuffle(starts)  # noqa: S311 - an order, no secret
    return starts


def measure_one(recorder: Recorder, order: str, size: int, run: int, starts: Handles) -> None:
    """Fill a new store in runs, fill it again, read it and flush it."""
    store = Tmem()
    pool = store.new_pool(PERSISTENT)
    pages = [PAGE] * run
    kinds: dict[str, Callable[[], None]] = {
        names.PUT: lambda: puts(store, pool, starts, pages),
        names.PUT_AGAIN: lambda: puts(store, pool, starts, pages),
        names.GET: lambda: gets(store, pool, starts, run),
        names.FLUSH: lambda: flushes(store, pool, starts, run),
    }
    for kind, call in kinds.items():
        seconds = timed(call) / (len(starts) * run)
        recorder.add(names.in_runs(kind, order, size, run), seconds)
        if kind == names.GET and store.get_range(pool, *starts[-1], run) != pages:
            message = f"a run of {run} pages at {starts[-1]} is not what was put"
            raise RuntimeError(message)


def puts(store: Tmem, pool: int, starts: Handles, pages: list[bytes]) -> None:
    """Put the pages at each start."""
    put_range = store.put_range
    for oid, index in starts:
        put_range(pool, oid, index, pages)


def gets(store: Tmem, pool: int, starts: Handles, run: int) -> None:
    """Get the run at each start."""
    get_range = store.get_range
    for oid, index in starts:
        get_range(pool, oid, index, run)


def flushes(store: Tmem, pool: int, starts: Handles, run: int) -> None:
    """Flush the run at each start."""
    flush_range = store.flush_range
    for oid, index in starts:
        flush_range(pool, oid, index, run)
