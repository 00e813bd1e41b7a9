"""Runs in plain values: `span`, `fill`, `plant` and `cut`, run on shipped objects.

The tree is made by shipped puts of one page. What a function gives, what it leaves and what it hands out must be what
is said, and what the specification says: the run's indexes come to the set, or go from it, and the tree is canonical.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any
from unittest import mock

from tmem import BrokenInvariantError, DefaultHost, MemoryPam, Obj, Objnode, _runs
from tmem._check import check_pool
from tmem._pool import Pool
from tmem._tree import delete, insert, missing
from tmem_proofs.claims.run_trees import CUT
from tmem_proofs.conformance.recorder import CallbackError, Recorder
from tmem_proofs.replay.agree import ReplayError, agree
from tmem_proofs.replay.memory import Full
from tmem_proofs.replay.plain import NEW, State, below, look
from tmem_spec import law
from tmem_spec.words import PERSISTENT, bucket_of

OID = 7
_EMPTY = 0, len(Objnode().slots)


@dataclass(frozen=True, slots=True)
class RunCase:
    """A path in plain values: the obj, the run, and what comes of it. A page is its index: see `plain`.

    answer   what `span` says of each index; or the pages that `cut` hands out, in order
    after    the obj at the end of the path; `deleted`: what `cut` has handed to `delete` there
    nodes    how many objnodes `plant` is handed; `entries`: of leaves, before there is no memory for one
    """

    operation: str
    before: State
    index: int
    count: int
    answer: tuple[int | None, ...]
    after: State
    deleted: tuple[int, ...] = ()
    nodes: int = 0
    entries: int | None = None

    @property
    def pages(self) -> frozenset[int]:
        """The indexes that hold a page before."""
        return pages_of(self.before)

    @property
    def run(self) -> range:
        """The indexes of the run."""
        return range(self.index, self.index + self.count)

    def replay(self) -> None:
        """Run it on shipped objects. Raises ReplayError if anything differs from the path, or is against the law."""
        obj = _tree_of(self.pages)
        agree("the obj before", look(obj), self.before)
        answer: tuple[int | None, ...] = ()
        match self.operation:
            case "span":
                answer = tuple(_runs.span(obj, self.index, self.count))
                agree("what the run holds, by the set", answer, tuple(held_at(one, self.pages) for one in self.run))
            case "fill":
                _runs.fill(obj, self.index, self._new())
            case "plant":
                self._plant(obj)
            case _:
                answer = self._cut(obj)
        agree("what is given", answer, self.answer)
        if self.operation != CUT:
            agree("the obj after", look(obj), self.after)
        _lawful(obj, self._left())

    def _new(self) -> list[int]:
        return [NEW + at for at in range(self.count)]

    def _left(self) -> dict[int, int]:
        """What the obj holds in the end, by the specification: the page of each index."""
        held = {index: index for index in self.pages}
        match self.operation:
            case "fill" | "plant" if self.entries is None:
                return held | dict(zip(self.run, self._new(), strict=True))
            case "cut":
                return {index: page for index, page in held.items() if index not in self.run}
            case _:
                return held

    def _plant(self, obj: Obj) -> None:
        agree("objnodes missing", missing(obj, self.index), self.nodes)
        if self.entries is not None:
            obj.leaves = Full(obj.leaves, Recorder(), self.entries)
        raised = False
        try:
            _runs.plant(obj, self.index, self._new(), [Objnode() for _ in range(self.nodes)])
        except CallbackError:
            raised = True
        agree("want of memory raised", raised, self.entries is not None)

    def _cut(self, obj: Obj) -> tuple[int, ...]:
        """What is handed out, and the tree when `delete` is called, or at the end; the objnodes as the law has them."""
        seen: list[tuple[int, State]] = []
        with _deletes(seen) if self.deleted else nullcontext():
            pages, nodes = _runs.cut(obj, self.index, self.count)
        agree("what is deleted", tuple(index for index, _ in seen), self.deleted)
        agree("the obj after", seen[0][1] if seen else look(obj), self.after)
        agree("what is handed out, by the set", pages, sorted(self.pages.intersection(self.run)))
        agree("objnodes handed out", len(nodes), law.objnodes(self.pages) - law.objnodes(frozenset(self._left())))
        agree("what they count", {(node.slots_in_use, node.slots.count(None)) for node in nodes} - {_EMPTY}, set())
        return tuple(pages)


def pages_of(state: State) -> frozenset[int]:
    """The pages of a state."""
    return frozenset(one for one in below(state.root) if isinstance(one, int))


def held_at(index: int, pages: frozenset[int]) -> int | None:
    """What an index holds, where a page is its index."""
    return index if index in pages else None


def _tree_of(pages: frozenset[int]) -> Obj:
    """The tree of these pages, made by putting one after another."""
    obj = Obj()
    for page in sorted(pages):
        insert(obj, page, page, [Objnode() for _ in range(missing(obj, page))])
    return obj


@contextmanager
def _deletes(seen: list[tuple[int, State]]) -> Iterator[None]:
    """Note what `delete` is called for, and the obj that it is called for, as it is then."""

    def noting(obj: Obj, index: int) -> tuple[Any, list[Objnode]]:
        seen.append((index, look(obj)))
        return delete(obj, index)

    with mock.patch.object(_runs, "delete", noting):
        yield


def _lawful(obj: Obj, held: dict[int, int]) -> None:
    """Raises ReplayError unless the obj holds these pages, and is what it must be by the law and by its own check."""
    pages = frozenset(held)
    found = [one for one in below(look(obj).root) if isinstance(one, int)]
    agree("pages left", found, [held[index] for index in sorted(pages)])
    counts = (obj.height, obj.pampd_count, obj.objnode_count)
    agree("height and counts, by the law", counts, (law.height(pages), len(pages), law.objnodes(pages)))
    if pages:
        pool = Pool(0, PERSISTENT, DefaultHost(), MemoryPam())
        pool.objs[OID], obj.lock = obj, pool.buckets[bucket_of(OID)].lock
        try:
            check_pool(pool)
        except BrokenInvariantError as error:
            raise ReplayError(f"on the shipped tree, after the call: {error}") from error
