"""The callbacks of a path through a call on a range: one by one, and which of them fail.

Of a put of one page the path knows what came of it alone. What it asks for, and gives back, is what the specification
allows a put that can only be refused for want of something: all that the canonical law says it lacks, then the page.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from tmem_proofs.claims.range_calls import RangeRun
from tmem_proofs.engine.range_notes import Alone
from tmem_proofs.engine.terms import Valuation
from tmem_proofs.replay.callbacks import Made, made
from tmem_proofs.replay.range_figures import Pages, place_of
from tmem_proofs.story import number
from tmem_spec import law


def callbacks_of(run: RangeRun, pages: Pages, values: Valuation) -> Iterator[Made]:
    """Every callback of the path, in order. A host that is not the package's is told nothing of pages."""
    requests = run.outside.requests
    for at in range(len(requests) + 1):
        alone = [one for one in run.ranges.alone if one.before == at]
        for one in alone:
            yield from _of_put(run, one, pages, values)
        if at < len(requests) and not any(one.failed for one in alone):
            yield from made(requests[at], values)


def _of_put(run: RangeRun, one: Alone, pages: Pages, values: Valuation) -> Iterator[Made]:
    """The callbacks of a put of one page."""
    place = place_of(run, one.done.index)
    index, before, after = pages.first + place, pages.after(place), pages.after(place + 1)
    raises = one.failed and run.outside.requests[one.before].error is not None
    if number(run.was_frozen, values):
        names = _unlinked(before, after, ["free"] if not run.plain_pam else []) if index in before else []
        yield from (Made(name, raises=raises and nth == 0) for nth, name in enumerate(names))
        return
    names = ["free"] if index in before else _lacking(before, before | {index})
    names = [*names, "create"] if not run.plain_pam else names if index not in before else []
    yield from map(Made, names[:-1] if one.failed else names)
    if one.failed:
        yield Made(names[-1], refuses=not raises, raises=raises)
        given = _unlinked(before, after, []) if index in before else _given_back(names[:-1])
        yield from map(Made, given)


def _lacking(before: frozenset[int], after: frozenset[int]) -> list[str]:
    """What a put asks the host for."""
    objnodes = law.objnodes(after) - law.objnodes(before)
    return [*(["obj_alloc"] if not before else []), *(["objnode_alloc"] * objnodes)]


def _given_back(given: list[str]) -> list[str]:
    """What a refused put gives back of that."""
    return ["objnode_free"] * given.count("objnode_alloc") + ["obj_free"] * given.count("obj_alloc")


def _unlinked(before: frozenset[int], after: frozenset[int], freed: list[str]) -> list[str]:
    """What goes with a page that goes."""
    objnodes = law.objnodes(before) - law.objnodes(after)
    return [*freed, *(["objnode_free"] * objnodes), *([] if after else ["obj_free"])]


def is_mixed(run: RangeRun, name: str) -> bool:
    """Whether some callback of a name raises, and another one of that name does not: to a batch that is one."""
    ways = [one.error is not None for one in run.outside.requests if one.name == name]
    return any(one is not other for one, other in pairwise(ways))
