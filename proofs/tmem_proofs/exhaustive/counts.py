"""How many states and transitions there are, out of the canonical law alone: a search that met fewer missed some.

Of a call, the ways to fail are counted from the metadata that the law says it asks for and gives back:

  a callback that may be refused, or raise, ends what the call takes in 2 ways, or it goes well
  of n frees that any may raise, there are 2**n ways; with at most r of them, fewer

A page that is dropped takes along the objnodes that the law no longer wants, and the obj if it was the last one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import product
from math import comb

from tmem_proofs.exhaustive.forms import Indexes
from tmem_proofs.exhaustive.scope import KINDS, Scope, Specification

FROZEN = (False, True)
BEYOND = 2  # indexes that name no page, at which each call on a handle is made, too


def shapes(scope: Scope) -> int:
    """Trees of one object, none among them: by the canonical law, one for each set of indexes."""
    return 1 << scope.indexes


def states(scope: Scope) -> int:
    """Of one kind of pool: every set of indexes for each object, and the destroyed pool, each frozen or not."""
    return len(FROZEN) * ((1 << scope.indexes * scope.objects) + 1)


def all_states(scope: Scope) -> Counter[str]:
    """Of every kind of pool, by its name."""
    return Counter({name: states(scope) for name in KINDS.values()})


def all_transitions(scope: Scope, spec: Specification) -> Counter[str]:
    """Of every kind of pool together, by name of the call."""
    return sum((transitions(scope, spec, flags) for flags in KINDS), Counter())


def transitions(scope: Scope, spec: Specification, flags: int) -> Counter[str]:
    """Of one kind of pool, by name of the call."""
    counted: Counter[str] = Counter()
    kind = _Kind(spec, flags)
    sets = [frozenset(i for i in range(scope.indexes) if bits >> i & 1) for bits in range(shapes(scope))]
    beside = scope.objects * len(sets) ** (scope.objects - 1)  # states in which one of the objects is this one
    for indexes, index, frozen in product(sets, range(scope.indexes), FROZEN):
        for name, ways in kind.on_handle(indexes, index, frozen=frozen):
            counted[name] += beside * ways
    for objects, frozen in product(product(sets, repeat=scope.objects), FROZEN):
        del frozen
        for name, ways in kind.drops(objects, scope.raising):
            counted[name] += ways
    return counted + _without_ways(scope)


def _without_ways(scope: Scope) -> Counter[str]:
    """Calls that no callback is made in: beyond the indexes, of a destroyed pool, and to freeze and thaw."""
    counted: Counter[str] = Counter()
    for name in ("put", "get", "get_exclusive", "flush_page", "reclaim of another page"):
        counted[name] = scope.objects * (states(scope) * BEYOND + len(FROZEN) * scope.indexes)
    for name in ("flush_pool", "destroy_pool"):
        counted[name] = len(FROZEN)
    return counted + Counter(
        {"flush_object": len(FROZEN) * scope.objects, "freeze": states(scope), "thaw": states(scope)}
    )


class _Kind:
    """Counts the ways of calls in pools of one kind."""

    def __init__(self, spec: Specification, flags: int) -> None:
        self._objnodes: Callable[[Indexes], int] = spec.law.objnodes
        self._persistent: bool = flags == spec.words.PERSISTENT
        self._keeps: bool = flags != spec.words.EPHEMERAL

    def on_handle(self, indexes: Indexes, index: int, *, frozen: bool) -> Iterator[tuple[str, int]]:
        """Each call at an index of an object that has these, and in how many ways it goes."""
        held = index in indexes
        drop = 2 * self._given_back(indexes, index) if held else 1
        yield "put", drop if frozen else self._put(indexes, index)
        for name, kept in (("get", self._keeps), ("get_exclusive", False)):
            refused = 1 if self._persistent else drop
            yield name, (1 if kept else drop) + 2 * refused if held else 1
        yield "flush_page", drop
        yield "reclaim of another page", 1
        if held:
            yield "reclaim", 1 if self._persistent else drop

    def _put(self, indexes: Indexes, index: int) -> int:
        """Refused or raised at the obj, at an objnode or at the page, and what was taken by then is freed; or not."""
        if index in indexes:
            given_back = self._given_back(indexes, index)
            return given_back + 2 * given_back + 1  # the old page's free raises; create fails; all goes well
        fresh = not indexes
        wanted = self._objnodes(indexes | {index}) - self._objnodes(indexes)
        taken = sum(2 << (fresh + objnodes) for objnodes in range(wanted + 1))
        return 2 * fresh + taken + 1

    def _given_back(self, indexes: Indexes, index: int) -> int:
        """The ways to give back the metadata that a page alone needs."""
        rest = indexes - {index}
        return 1 << (self._objnodes(indexes) - self._objnodes(rest) + (not rest))

    def drops(self, objects: tuple[Indexes, ...], raising: int) -> Iterator[tuple[str, int]]:
        """Each call that drops an object or all, and in how many ways it goes with at most so many frees raising."""
        frees = [len(one) + self._objnodes(one) + 1 if one else 0 for one in objects]
        for one in frees:
            yield "flush_object", _at_most(raising, one)
        for name in ("flush_pool", "destroy_pool"):
            yield name, _at_most(raising, sum(frees))


def _at_most(raising: int, frees: int) -> int:
    """The ways in which at most so many of the frees raise."""
    return sum(comb(frees, number) for number in range(raising + 1))
