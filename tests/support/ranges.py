"""Ranges beside the single calls that they are: stores that differ in how their PAM is asked, and what is in them.

STORES      a store of each kind
singly      the single calls of a range, made one after another
state_of    all that there is to an object, to be compared with another store's
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from tmem import DefaultHost, MemoryPam, Obj, Pampd, Tmem

Answers = list[bool] | list[bytes | None]


class AtOnce(MemoryPam):
    """A PAM that keeps pages in memory, and takes the pages of a run at once."""

    def create_all(self, pool: int, oid: int, index: int, pages: Sequence[bytes]) -> Sequence[Pampd | None]:
        """The pages themselves."""
        del pool, oid, index
        return tuple(pages)

    def get_data_all(self, pampds: Sequence[Pampd]) -> Sequence[bytes | None]:
        """The pages themselves."""
        return tuple(pampds)

    def free_all(self, pampds: Sequence[Pampd]) -> None:
        """Nothing: the interpreter takes them back."""


STORES: dict[str, Callable[[], Tmem]] = {
    "host and PAM of the package": Tmem,
    "a host of its own": lambda: Tmem(host=DefaultHost()),
    "a PAM asked page by page": lambda: Tmem(pam=MemoryPam()),
    "a PAM asked at once": lambda: Tmem(pam=AtOnce()),
}
EACH_STORE = pytest.mark.parametrize("kind", STORES)


def singly(store: Tmem, name: str, pool: int, oid: int, index: int, what: Sequence[bytes] | int) -> Answers:
    """What the single calls of a range answer: the calls that a range of this name is, of these pages or so many."""
    if not isinstance(what, int):
        return [store.put(pool, oid, index + at, page) for at, page in enumerate(what)]
    indexes = range(index, index + what)
    if name == "get_range":
        return [store.get(pool, oid, one) for one in indexes]
    return [store.flush_page(pool, oid, one) for one in indexes]


def as_range(store: Tmem, name: str, pool: int, oid: int, index: int, what: Sequence[bytes] | int) -> Answers:
    """What the range answers."""
    answers: Answers = getattr(store, name)(pool, oid, index, what)
    return answers


def state_of(store: Tmem, pool: int, oid: int) -> object:
    """The tree of an object: its height, counts, leaves and objnodes, and what is in every slot."""
    obj: Obj | None = store._pools[pool].objs.get(oid)
    if obj is None:
        return None
    nodes: list[object] = []
    _below(obj.root, obj.height, nodes)
    return obj.height, obj.pampd_count, obj.objnode_count, sorted(obj.leaves), nodes


def _below(node: Any, level: int, nodes: list[object]) -> None:
    """List an objnode, and those that it leads to; the page, where the root is one."""
    if level == 0:
        nodes.append(node)
        return
    nodes.append(node.slots_in_use)
    if level == 1:
        nodes.append(list(node.slots))
        return
    for slot, held in enumerate(node.slots):
        if held is not None:
            nodes.append(slot)
            _below(held, level - 1, nodes)
