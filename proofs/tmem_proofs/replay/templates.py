"""Templates: a small family of real stores, and the fact that a path through a call allows one of them.

A path of the calls runs over contracts of the tree: it knows an object by what it counts, and objnodes by their
number. A template says which indexes each object of the pool holds, so every such figure is given by the canonical
law. The fact is that the path's unknowns are these figures: where the path can be taken with it, the real store is
one of those that the path is about, and what the path counts is what the shipped objects must count.

Three pools were made: the first is destroyed, the second is the one that paths call `pool`, the third is another.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any

from tmem_proofs.claims.calls import CallRun
from tmem_proofs.engine.contracts import Pages, Several
from tmem_proofs.engine.outside import Request
from tmem_proofs.engine.symbolic import SymbolicBool, as_fact, contrary, implies
from tmem_proofs.engine.terms import Term, Valuation
from tmem_proofs.replay.agree import ReplayError
from tmem_proofs.replay.values import values_with
from tmem_spec import law
from tmem_spec.words import INDEX_LIMIT, INVALID_OID, SLOT_BITS, bucket_of

POOL, OTHER_POOL, POOLS_MADE = 1, 2, 3

# Oids, the least first. Those of permuted words hash alike: the last two meet in one bucket, the first in another.
EARLIER, NEIGHBOUR, OID = 1 << 128 | 5 << 64 | 9, 2 << 128 | 3 << 64 | 7, 3 << 128 | 2 << 64 | 7

LAST = INDEX_LIMIT - 1
ONE_LEAF, TWO_LEAVES = frozenset({0, 1}), frozenset({0, LAST})

# Where the handle is in its object, and what else the object may hold: a page far away, one in the same leaf, none.
HANDLES = ((LAST, {0}), (0, {1}), (LAST, set[int]()), (0, set[int]()))

Objects = Mapping[int, frozenset[int]]  # the indexes that the pool's objects hold, by oid
Template = tuple[Objects, list[Any]]  # what is stored, and what is claimed of the path's unknowns

ANYTHING: Objects = {OID: TWO_LEAVES, NEIGHBOUR: ONE_LEAF}


def fit(run: CallRun) -> tuple[Objects, Valuation] | None:
    """The first template that the path allows, and values with it; None if nothing can take the path.

    Raises ReplayError if there is no template for the path.
    """
    for objects, claims in _templates(run):
        values = values_with(run.path, [_fact(run, claim) for claim in (*_world(run), *_failing(run), *claims)])
        if values is not None:
            return objects, values
    if run.path.witness() is None:
        return None
    needed = "; ".join(map(repr, run.path.knowledge.facts))
    raise ReplayError(f"no template for a path of {run.operation} ({', '.join(run.path.notes)}), which needs {needed}")


def drains(run: CallRun, obj: Any) -> list[Request]:
    """The steps in which an object was torn down."""
    released = [request for request in run.outside.requests if request.name == "release" and request.things]
    return [one for one in released if isinstance(one.things[0], Pages) and one.things[0].obj is obj]


def _world(run: CallRun) -> Iterator[Any]:
    """Which pools there are; and that nobody destroys the call's, unless the path says so."""
    yield run.spent == POOLS_MADE
    yield from _hashes(run)
    if run.pool is not None:
        yield run.pool_id == POOL
    else:
        yield run.pool_id != POOL
        yield run.pool_id != OTHER_POOL
    if not run.path.knowledge.decided(_fact(run, run.was_destroyed)):
        yield contrary(run.was_destroyed)


def _hashes(run: CallRun) -> Iterator[Any]:
    """The buckets are those that the oids name."""
    for oid, number in run.contracts.hashes:
        for known in (EARLIER, NEIGHBOUR, OID):
            yield implies(run.path, oid == known, number == bucket_of(known))


def _failing(run: CallRun) -> Iterator[Any]:
    """Where a free raises, something is freed; where an objnode is refused, it is the last one that is asked for."""
    for request in run.outside.requests:
        if request.failed and request.name == "release":
            yield sum(thing.count if isinstance(thing, Several) else 1 for thing in request.things) > 0
        if request.failed and request.name == "objnode_alloc":
            yield request.things[0].count == run.outside.lacking - 1


def _templates(run: CallRun) -> Iterator[Template]:
    """What may be stored: of a pool that is emptied no more than the path met, else whatever it did not exclude."""
    if run.operation in {"Tmem.flush_pool", "Tmem.destroy_pool"} and run.objects:
        yield from _pools(run)
        return
    for index, others in HANDLES:
        indexes = _indexes(run, index, frozenset(others))
        claims = [run.oid == OID, run.index == index, _has_leaf(run, index, indexes), *_figures(run, index, indexes)]
        yield {**ANYTHING, OID: indexes}, claims
    met = [entry.first for objects in run.objects for entry in objects.entries]
    objects = {NEIGHBOUR: ONE_LEAF} if None in met else ANYTHING
    figures = [claim for obj in met for claim in _object(run, obj, TWO_LEAVES)]
    yield objects, [run.oid == OID, _beyond(run, run.index, INDEX_LIMIT), *figures]
    yield ANYTHING, [_beyond(run, run.oid, INVALID_OID)]


def _indexes(run: CallRun, index: int, others: frozenset[int]) -> frozenset[int]:
    """What the call's object holds. Where the path did not look, a page is at the handle."""
    entry = next((entry for objects in run.objects for entry in objects.entries), None)
    if entry is not None and entry.first is None:
        return frozenset()
    tree = None if entry is None else run.contracts.first_tree(entry.first)
    empty = tree is not None and any(place.first is None for place in tree.map.entries)
    return others if empty else others | {index}


def _has_leaf(run: CallRun, index: int, indexes: frozenset[int]) -> bool:
    """Whether an index has a leaf, or not, as the path found it."""
    has = law.height(indexes) > 0 and any(one >> SLOT_BITS == index >> SLOT_BITS for one in indexes)
    return run.contracts.leaf in {None, has}


def _figures(run: CallRun, index: int, indexes: frozenset[int]) -> Iterator[Any]:
    """What the path counts, of the call's object, is what the canonical law says."""
    objnodes = law.objnodes(indexes)
    for objects in run.objects:
        for entry in objects.entries:
            yield from _object(run, entry.first, indexes)
    if run.outside.lacking is not None:
        yield run.outside.lacking == law.objnodes(indexes | {index}) - objnodes
    for unlinked in run.outside.unlinked if not run.contracts.drained else ():
        yield unlinked.count == objnodes - law.objnodes(indexes - {index})


def _object(run: CallRun, obj: Any, indexes: frozenset[int]) -> Iterator[Any]:
    """An object's counts before the call, and in each step of tearing it down, leaf by leaf."""
    tree = run.contracts.first_tree(obj)
    if tree is None:
        return
    yield tree.first_count == len(indexes)
    yield tree.first_objnodes == law.objnodes(indexes)
    steps, leaves = drains(run, obj), _leaves(indexes)
    yield not steps or len(steps) == len(leaves)
    height = law.height(indexes)
    for (pages, nodes, *_), leaf in zip((step.things for step in steps), leaves, strict=False):
        left = indexes - leaf
        yield pages.count == len(leaf)
        yield nodes.count == _objnodes(indexes, height) - _objnodes(left, height)
        indexes = left


def _leaves(indexes: frozenset[int]) -> list[frozenset[int]]:
    return [frozenset(leaf) for _, leaf in groupby(sorted(indexes), lambda index: index >> SLOT_BITS)]


def _objnodes(indexes: frozenset[int], height: int) -> int:
    """How many objnodes lead to these indexes in a tree of this height, which need not be the least."""
    return sum(len({index >> SLOT_BITS * level for index in indexes}) for level in range(1, height + 1))


def _pools(run: CallRun) -> Iterator[Template]:
    """The objects that the path met, of one bucket or of two, torn down by oid."""
    for oids in ((NEIGHBOUR, OID), (OID, NEIGHBOUR), (EARLIER, OID), (OID, EARLIER)):
        met = list(zip(oids, run.objects[0].entries, strict=False))
        objects = {oid: TWO_LEAVES if len(drains(run, entry.first)) > 1 else ONE_LEAF for oid, entry in met}
        figures = [claim for oid, entry in met for claim in _object(run, entry.first, objects[oid])]
        yield objects, [*(entry.key == oid for oid, entry in met), *figures]


def _beyond(run: CallRun, value: Any, limit: int) -> Any:
    """The value is negative, or the limit, or more."""
    return SymbolicBool.of(run.path, run.path.terms.some((_fact(run, value < 0), _fact(run, value >= limit))))


def _fact(run: CallRun, claim: Any) -> Term:
    return as_fact(run.path.terms, claim)
