"""Figures: what a path through a call on a range counts, and what the canonical law says that it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tmem_proofs.claims.range_calls import RangeRun
from tmem_proofs.engine.contracts import Several
from tmem_proofs.engine.outside import Request
from tmem_proofs.replay.values import Named
from tmem_proofs.story import number
from tmem_spec import law
from tmem_spec.words import SLOT_BITS, index_valid

Indexes = frozenset[int]
Figure = tuple[Any, int]  # something of the path, and the number that it is


@dataclass(frozen=True, slots=True)
class Pages:
    """Where the pages of a range are, and what the call's object holds before the call: `held`.

    left  whether a page is held after the call, by its place in the range, as far as the path says that
    """

    first: int
    count: int
    held: Indexes
    left: Mapping[int, bool]

    def after(self, pages: int) -> Indexes:
        """What the object holds when so many pages of the range are done with."""
        done = {self.first + at: self.left[at] for at in range(pages) if at in self.left}
        return frozenset(index for index in self.held | done.keys() if done.get(index, True))

    def end_of_run(self, page: int) -> int:
        """How many pages of the range there are to the end of the run of one."""
        run = self.first + page >> SLOT_BITS
        return page + sum(self.first + at >> SLOT_BITS == run for at in range(page, self.count))

    def unlinked(self, page: int) -> int:
        """How many objnodes the run of a page needs no more, when it is done with: what is put is linked first."""
        before, after = self.after(page), self.after(self.end_of_run(page))
        return law.objnodes(before | after) - law.objnodes(after)

    def lacking(self, page: int) -> int:
        """How many objnodes a put lacks of a page whose turn it is."""
        before = self.after(page)
        return law.objnodes(before | {self.first + page}) - law.objnodes(before)


def is_lawful(run: RangeRun, pages: Pages) -> bool:
    """Whether each leaf that the path met was there, and no other; and every page that was done with was one."""
    if run.ranges.performed and not index_valid(pages.first + pages.count - 1):
        return False
    values = Named({run.first.term: pages.first})
    for met in run.ranges.met:
        index = number(met.index, values)
        indexes = pages.after(index - pages.first)
        has = law.height(indexes) > 0 and any(one >> SLOT_BITS == index >> SLOT_BITS for one in indexes)
        if has is not met.has:
            return False
    return all(_frees_something(request, run, pages) for request in run.outside.requests)


def figures(run: RangeRun, pages: Pages) -> Iterator[Figure]:
    """What the path counts, and what the canonical law says of it."""
    yield from of_object(run, pages)
    for one in run.ranges.alone:
        indexes = pages.after(place_of(run, one.done.index) + 1)
        if one.height is not None:
            yield one.height, law.height(indexes)
            yield one.objnode_count, law.objnodes(indexes)
    last = None
    for request in run.outside.requests:
        page = _begin(run, request)
        if page is not None and request.name == "objnode_alloc":
            last = page
            yield request.things[0].count, pages.lacking(page) - request.failed
        if page is not None and request.name == "release":
            yield from _unlinked(run, request, pages, page)
    if last is not None:
        yield run.outside.lacking, pages.lacking(last)


def of_object(run: RangeRun, pages: Pages) -> Iterator[Figure]:
    """What the call's object counts before the call."""
    for entry in run.objects[0].entries if run.objects else ():
        tree = run.contracts.first_tree(entry.first)
        if tree is not None:
            yield tree.first_count, len(pages.held)
            yield tree.first_objnodes, law.objnodes(pages.held)
            yield tree.first_height, law.height(pages.held)


def _unlinked(run: RangeRun, request: Request, pages: Pages, page: int) -> Iterator[Figure]:
    """What a run of pages has no need of any more. It goes with the last page: before, the leaf is there."""
    nodes = [one.count for one in request.things if any(one is other for other in run.outside.unlinked)]
    if nodes:
        yield from ((one, 0) for one in nodes[:-1])
        yield nodes[-1], pages.unlinked(page)


def _frees_something(request: Request, run: RangeRun, pages: Pages) -> bool:
    """Whether there is a free, where one raises."""
    page = _begin(run, request)
    nodes = [one for one in request.things if isinstance(one, Several)]
    if request.name != "release" or not request.failed or not nodes or len(nodes) < len(request.things) or page is None:
        return True
    if any(one is other for one in nodes for other in run.outside.unlinked):
        return pages.unlinked(page) > 0
    taking = [one for one in run.outside.requests if one.name == "objnode_alloc" and one.hold == request.hold]
    return pages.lacking(page) > sum(one.failed for one in taking)


def _begin(run: RangeRun, request: Request) -> int | None:
    """The first page that was done together with others while a request's lock was held."""
    alone = [one.done for one in run.ranges.alone]
    together = [one for one in run.ranges.performed if one.hold == request.hold and one not in alone]
    return min((place_of(run, one.index) for one in together), default=None)


def place_of(run: RangeRun, index: Any) -> int:
    """Which page of the range an index is that of."""
    return next(at for at, one in enumerate(run.indexes) if one is index)
