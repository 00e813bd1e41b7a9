"""Templates of stores for calls on ranges: real ones, of which a path through such a call allows one.

As in `templates`, where the object of a call has few indexes, and every figure that the path met is what the canonical
law says of them. A call on a range changes its object as it goes: what was met by then is held against the law of the
indexes that are there after so many pages of the range.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, combinations, product
from typing import Any

from tmem_proofs.claims.range_calls import RangeRun
from tmem_proofs.engine.symbolic import SymbolicInt, as_fact
from tmem_proofs.engine.terms import Term, Valuation, evaluate
from tmem_proofs.replay.agree import ReplayError
from tmem_proofs.replay.range_figures import Figure, Indexes, Pages, figures, is_lawful, of_object
from tmem_proofs.replay.templates import (
    ANYTHING,
    EARLIER,
    LAST,
    NEIGHBOUR,
    OID,
    ONE_LEAF,
    OTHER_POOL,
    POOL,
    POOLS_MADE,
    Objects,
)
from tmem_proofs.replay.values import Named, named_by
from tmem_proofs.story import number
from tmem_spec.words import (
    EPHEMERAL,
    INDEX_LIMIT,
    INVALID_OID,
    PERSISTENT,
    SHARED,
    SLOT_BITS,
    SLOTS,
    bucket_of,
    index_valid,
)

# First indexes: in a leaf, before the end of one, at both ends of them all, and outside.
FIRSTS = (69, LAST - 1, 0, 63, 4095, LAST - 64, LAST, -1, -64, INDEX_LIMIT, INDEX_LIMIT + 63)
COUNTS = (2, 1, 100, -1, INDEX_LIMIT + SLOTS + 1)  # of ranges that are none: that are more than there are indexes
NO_POOLS, OIDS, KINDS = (0, -1, 77), (OID, -1, INVALID_OID), (EPHEMERAL, PERSISTENT, SHARED)
MATE, FAR = 7, 1 << 20  # the slot of another page of a leaf, and an index far away


@dataclass(frozen=True, slots=True)
class Fitting:
    """A template that a path allows, and values with it. `objects`: what the pool holds before the call."""

    objects: Objects
    pages: Pages
    values: Valuation


def fit(run: RangeRun) -> Iterator[Fitting]:
    """The templates that the path allows with the values that they name; if there are none, one that the solver finds.

    Raises ReplayError if there is none either, and the path can be taken.
    """
    rest, found = [], False
    for objects, pages, said in _templates(run):
        values = _named(run, said)
        found = found or values is not None
        if values is not None:
            yield Fitting(objects, pages, values)
        elif not found:
            rest.append((objects, pages, said))
    if not found:
        yield from _solved(run, rest)


def _solved(run: RangeRun, rest: list[tuple[Objects, Pages, list[Figure]]]) -> Iterator[Fitting]:
    terms = run.path.terms
    for objects, pages, said in rest:
        values = run.path.witness(terms.every(as_fact(terms, one == value) for one, value in said))
        if values is not None:
            yield Fitting(objects, pages, values)
            return
    if run.path.witness() is not None:
        needed = "; ".join(map(repr, run.path.knowledge.facts))
        raise ReplayError(f"no template for a path of {run.operation} ({', '.join(run.path.notes)}): {needed}")


def _templates(run: RangeRun) -> Iterator[tuple[Objects, Pages, list[Figure]]]:
    """What may be stored, and what the path's unknowns are then."""
    kinds = (EPHEMERAL,) if run.kind is None else _possible(run, run.kind, KINDS)
    worlds = [list(_world(run, *one)) for one in product(_oids(run), _pool_ids(run), kinds)]
    for first in _possible(run, run.first, FIRSTS):
        for count in _possible(run, run.count, COUNTS):
            for pages in _pages(run, first, count):
                here = [(run.first, first), (run.count, count), *figures(run, pages)]
                for world in worlds:
                    yield _objects(pages), pages, [*here, *world]


def _objects(pages: Pages) -> Objects:
    return {**ANYTHING, OID: pages.held} if pages.held else {NEIGHBOUR: ONE_LEAF}


def _world(run: RangeRun, oid: int, pool: int, kind: int) -> Iterator[Figure]:
    """Which pools there are, and that nobody destroys the call's, unless the path says so."""
    yield from ((run.oid, oid), (run.pool_id, pool), (run.spent, POOLS_MADE))
    if run.kind is not None:
        yield run.kind, kind
    if oid in {EARLIER, NEIGHBOUR, OID}:
        yield from ((bucket, bucket_of(oid)) for _, bucket in run.contracts.hashes)


def _oids(run: RangeRun) -> list[int]:
    return _possible(run, run.oid, OIDS)


def _pool_ids(run: RangeRun) -> list[int]:
    return [POOL] if run.pool is not None else [one for one in NO_POOLS if one not in {POOL, OTHER_POOL}]


def _possible(run: RangeRun, value: Any, choices: tuple[int, ...]) -> list[int]:
    """The numbers that an unknown can be, as far as facts about it alone tell; what is known, as it is."""
    if not isinstance(value, SymbolicInt):
        return [value]
    knowledge, term = run.path.knowledge, value.term
    alone = [fact for fact in knowledge.about(term) if knowledge.unknowns(fact) == {term}]
    values = (Named({term: one}) for one in choices)
    return [values[term] for values in values if all(evaluate(fact, values) for fact in alone)]


def _named(run: RangeRun, figures: list[Figure]) -> Valuation | None:
    """The values that the figures name, if the path is taken with them, and they are no others."""
    values = named_by(run.path.knowledge.facts)
    values.update({one.term: value for one, value in figures if _is_unknown(one)})
    known: dict[Term, int] = {}
    if any(_number(one, values, known) != value for one, value in figures):
        return None
    return values if all(evaluate(fact, values, known) for fact in run.path.knowledge.facts) else None


def _is_unknown(one: Any) -> bool:
    return isinstance(one, SymbolicInt) and one.term.operator == "unknown"


def _number(one: Any, values: Valuation, known: dict[Term, int]) -> int:
    return evaluate(one.term, values, known) if isinstance(one, SymbolicInt) else int(one)


def _pages(run: RangeRun, first: int, count: int) -> Iterator[Pages]:
    """What the call's object may hold: what the path says, and of the rest what it does not exclude."""
    known, left = _known(run, first)
    range_ = frozenset(index for index in range(first, first + max(0, min(count, 2))) if index_valid(index))
    held = frozenset(first + at for at, has in known.items() if has)
    if not range_ >= held.union(first + at for at, has in left.items() if has):
        return
    for indexes in _indexes(run, range_, held, frozenset(first + at for at in known)):
        pages = Pages(first, count, indexes, left)
        if _is_possible(run, pages) and is_lawful(run, pages):
            yield pages


def _indexes(run: RangeRun, range_: Indexes, held: Indexes, known: Indexes) -> Iterator[Indexes]:
    entries = run.objects[0].entries if run.objects else []
    if entries and entries[0].first is None:
        yield frozenset()
        return
    others = {index >> SLOT_BITS << SLOT_BITS | MATE for index in range_} | {0, FAR}
    for more in _subsets(sorted(others - range_)):
        for some in {range_ - known, frozenset[int]()}:
            if held | some | set(more):
                yield held | some | set(more)


def _is_possible(run: RangeRun, pages: Pages) -> bool:
    """Whether the path does not exclude what the object counts before the call."""
    return all(_possible(run, one, (value,)) == [value] for one, value in of_object(run, pages))


def _known(run: RangeRun, first: int) -> tuple[dict[int, bool], dict[int, bool]]:
    """What the path says of the pages of its range, by their places: whether each was there, and whether it is now."""
    values = Named({run.first.term: first})
    known: dict[int, bool] = {}
    left: dict[int, bool] = {}
    for entry in run.objects[0].entries if run.objects else ():
        tree = run.contracts.first_tree(entry.first)
        for place in tree.map.entries if tree is not None else ():
            known[number(place.key, values) - first] = place.first is not None
        now = None if entry.now is None else entry.now.root
        same = tree is not None and now is tree
        left = dict(known) if same else dict.fromkeys(range(len(run.indexes)), False)
        for place in now.map.entries if now is not None else ():
            left[number(place.key, values) - first] = place.now is not None
    return known, left


def _subsets(indexes: list[int]) -> Iterator[tuple[int, ...]]:
    """The largest first."""
    return chain.from_iterable(combinations(indexes, size) for size in range(len(indexes), -1, -1))
