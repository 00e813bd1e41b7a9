"""The handles that every contender is given: dense objects of 4096 pages, one after the other, or shuffled.

The tuples, the oids and the indexes are made before anything is timed, and are the same objects for all contenders.
"""

from __future__ import annotations

import gc
import random
from typing import Final, NamedTuple

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


def shuffled(handles: Handles, seed: int = SEED) -> Handles:
    """The same handles in an order that is always the same; in another, for another seed."""
    mixed = handles.copy()
    random.Random(seed).shuffle(mixed)  # noqa: S311 - an order, no secret
    return mixed


class Order(NamedTuple):
    """Handles as a store is filled with them, and as they are asked for then.

    In random order the two differ. A dict's entries lie in memory as they were made: read in that order, one behind the
    other.
    """

    filled: Handles
    asked: Handles


def in_both_orders(count: int) -> dict[str, Order]:
    """The handles in each order, kept out of the collector's sight: they are no part of what is measured."""
    ordered = sequential(count)
    both = {SEQUENTIAL: Order(ordered, ordered), RANDOM: Order(shuffled(ordered), shuffled(ordered, SEED + 1))}
    gc.collect()
    gc.freeze()
    return both
