"""Bytes a page: what a contender takes for pages that are all one object, which is not counted.

Indexes and oids are made while it is filled, as a program would make them: what the contender keeps of them counts,
what it does not keep is gone. A dict keeps each index, tmem keeps none.

Two ways of looking. tracemalloc counts what Python's allocators gave out: exact, but blind to a library with an
allocator of its own. How much the process has grown, its resident memory, has all of it, and the allocator's waste.
"""

from __future__ import annotations

import gc
import random
import tracemalloc
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from tmem import PERSISTENT, Tmem

from . import names
from .contenders import Contender
from .handles import FIRST_OID, PAGES_OF_AN_OBJECT, SEED, Handle
from .operations import PAGE, Maker
from .progress import say
from .recording import Recorder

INDEXES: Final = {names.AT_ZERO: 1, names.BELOW_4096: PAGES_OF_AN_OBJECT, names.ANY_INDEX: 2**32}
STATM: Final = Path("/proc/self/statm")
PAGE_OF_THE_MACHINE: Final = 4096


def measure(recorder: Recorder, makers: Iterable[Maker], sizes: Iterable[int], sparse: int) -> None:
    """Bytes of each contender for dense objects of each size, and for so many objects of one page each."""
    for make in makers:
        for size in sizes:
            traced(recorder, make, names.DENSE, size)
        for shape in names.SPARSE:
            traced(recorder, make, shape, sparse)


def traced(recorder: Recorder, make: Maker, shape: str, size: int) -> None:
    """Record what filling a new contender adds to the memory that Python has given out."""
    say(f"   bytes a page: {make.__name__.lower()}, {shape}, {size:,} pages")
    gc.collect()
    tracemalloc.start()
    contender = make()
    before = tracemalloc.get_traced_memory()[0]
    fill(contender, shape, size)
    after = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    recorder.add(names.metadata_of(shape, size, contender.name), after - before, "byte")


def grown(recorder: Recorder, make: Maker, size: int) -> None:
    """Record how much a process that does nothing else grows while a contender is filled. Only Linux tells."""
    if not STATM.exists():
        return
    contender = make()
    before = resident()
    fill(contender, names.DENSE, size)
    recorder.add(names.resident(size, contender.name), resident() - before, "byte")
    contender.close()


def fill(contender: Contender, shape: str, size: int) -> None:
    """Put so many pages, at handles that nobody else keeps."""
    contender.puts(dense(size) if shape == names.DENSE else sparse(size, INDEXES[shape]), PAGE)
    gc.collect()


def dense(size: int) -> Iterator[Handle]:
    """Handles of objects of 4096 pages; the last may have fewer."""
    for first in range(0, size, PAGES_OF_AN_OBJECT):
        oid = FIRST_OID + first // PAGES_OF_AN_OBJECT
        for index in range(min(PAGES_OF_AN_OBJECT, size - first)):
            yield oid, index


def sparse(size: int, indexes: int) -> Iterator[Handle]:
    """Handles of objects of one page each, at an index below `indexes`, always the same ones."""
    dice = random.Random(SEED)  # noqa: S311 - examples, no secret
    for oid in range(FIRST_OID, FIRST_OID + size):
        yield oid, dice.randrange(indexes)


def pool_alone() -> int:
    """The bytes of a pool without pages."""
    store = Tmem()
    store.new_pool(PERSISTENT)  # whatever is made once is made now
    gc.collect()
    tracemalloc.start()
    store.new_pool(PERSISTENT)
    size = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return size


def resident() -> int:
    """The bytes of this process that are in memory."""
    gc.collect()
    return int(STATM.read_text(encoding="ascii").split()[1]) * PAGE_OF_THE_MACHINE
