"""The handles that every contender is given: dense objects of 4096 pages, one after the other, or shuffled.

The tuples, the oids and the indexes are made before anything is timed, and are the same objects for all contenders.
"""

from __future__ import annotations

import gc
import random
from typing import Final

Handle = tuple[int, int]
Handles = list[Handle]

PAGES_OF_AN_OBJECT: Final = 4096
FIRST_OID: Final = 1_000_000_000
SEED: Final = 2011
SEQUENTIAL: Final = "sequential"
RANDOM: Final = "random"
ORDERS: Final = (SEQUENTIAL, RANDOM)


def sequential(count: int) -> Handles:
    """`count` handles, index by index and object by object. An oid is one int for all pages of its object."""
    indexes = list(range(PAGES_OF_AN_OBJECT))
    handles: Handles = []
    for oid in range(FIRST_OID, FIRST_OID + -(-count // PAGES_OF_AN_OBJECT)):
        handles += [(oid, index) for index in indexes[: count - len(handles)]]
    return handles


def shuffled(handles: Handles) -> Handles:
    """The same handles in an order that is always the same."""
    mixed = handles.copy()
    random.Random(SEED).shuffle(mixed)  # noqa: S311 - an order, no secret
    return mixed


def in_both_orders(count: int) -> dict[str, Handles]:
    """The handles in each order, kept out of the collector's sight: they are no part of what is measured."""
    ordered = sequential(count)
    both = {SEQUENTIAL: ordered, RANDOM: shuffled(ordered)}
    gc.collect()
    gc.freeze()
    return both
