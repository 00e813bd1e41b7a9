"""The canonical law: a path becomes real sets, which say what arbitrary ones must, and what shipped stores must build.

On the path, sets are known by what was asked of them; here they are Python's own. What the law computes of them must be
what it computed on the path; what stands for a set with an index more or less must answer as that set does; and the
trees that shipped stores build must be what the law computes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from tmem import PERSISTENT, Tmem
from tmem_proofs.claims.law_steps import LEVELS, SetRun
from tmem_proofs.claims.law_story import plain
from tmem_proofs.conformance.recorder import Recorder
from tmem_proofs.counterexample import page_of
from tmem_proofs.engine.explorer import Infeasible, Path
from tmem_proofs.engine.sets import AnySet, IndexSet, Wanted, WithIndex, WithoutIndex, law_of_sets
from tmem_proofs.engine.terms import Valuation
from tmem_proofs.replay.agree import ReplayError
from tmem_proofs.replay.trees import OID
from tmem_proofs.story import number
from tmem_spec import law

Indexes = frozenset[int]
Compared = tuple[str, object, object]


def replay(run: SetRun) -> bool:
    """Whether the path can be taken. Raises ReplayError if real sets, or a store, say anything else than the path."""
    values = run.path.witness()
    if values is None:
        return False
    fewer, more = (plain(indexes, values) for indexes in run.sets)
    index = None if run.index is None else number(run.index, values)
    compared = [*_computed(run, values, fewer, more), *_built(fewer), *_built(more)]
    if index is not None:
        compared += changed(run.path, more, index)
    for what, real, expected in compared:
        if real != expected:
            message = f"{what}, {sorted(fewer)} and {sorted(more)}: {real}, not {expected}"
            raise ReplayError(message)
    return True


def _computed(run: SetRun, values: Valuation, fewer: Indexes, more: Indexes) -> Iterator[Compared]:
    """What the law computes of the real sets, and on the path. How many others there are on the path is unknown."""
    if run.heights.more is not None:
        yield "heights", (law.height(fewer), law.height(more)), tuple(run.heights)
    if run.objnodes.more is not None:
        needed = number(run.objnodes.more - run.objnodes.fewer, values)
        yield "objnodes for the index", law.objnodes(more) - law.objnodes(fewer), needed
    for level, new in run.new.items():
        added = law.distinct_prefixes(more, level) - law.distinct_prefixes(fewer, level)
        yield f"prefixes for the index at level {level}", added, int(new)


def _built(indexes: Indexes) -> Iterator[Compared]:
    """What a shipped store builds of a set, and what the law computes."""
    recorder = Recorder()
    store = Tmem(host=recorder, pam=recorder)
    pool = store.new_pool(PERSISTENT)
    for index in sorted(indexes):
        recorder.expect()
        store.put(pool, OID, index, page_of(index))
    height = sum(obj.height for obj in recorder.objs.values())
    yield "tree built", (height, recorder.live().objnodes), (law.height(indexes), law.objnodes(indexes))


class RealSet(AnySet):
    """A real set in the place of an arbitrary one. Where any of its indexes may be meant, the path takes each."""

    def __init__(self, path: Path, indexes: Indexes) -> None:
        """The set of these."""
        super().__init__(path, "a real set", empty=True)
        self.empty = not indexes
        self._real = indexes
        self._largest = law.largest(indexes)

    def some(self, name: str = "index", low: int = 0, high: int = 0) -> int:
        """Each of them in turn."""
        del name, low, high
        return int(self.path.choose([str(index) for index in sorted(self._real)]))

    def has(self, wanted: Wanted) -> bool:
        """Whether any of them is wanted."""
        return any(wanted(index) for index in self._real)

    def has_none(self, nobody: Wanted) -> None:
        """Go on only where it is true of none of them."""
        if self.has(nobody):
            self.path.stop(Infeasible())

    def _count(self, level: int) -> int:
        return law.distinct_prefixes(self._real, level)


def changed(path: Path, indexes: Indexes, index: int) -> Iterator[Compared]:
    """What the set with an index added, and without it if it is there, answers; and what it should."""
    yield from _answered(path, lambda: WithIndex(RealSet(path, indexes), index), indexes | {index})
    if index in indexes:
        yield from _answered(path, lambda: WithoutIndex(RealSet(path, indexes), index), indexes - {index})


def _answered(path: Path, change: Callable[[], IndexSet], real: Indexes) -> Iterator[Compared]:
    """Every way in which a changed set answers: one at least, and each as the real set does."""
    found: list[Any] = []
    for _ in path.each(lambda: found.append(_answers(change(), law_of_sets()))):
        pass
    wanted = law.largest(real), [law.distinct_prefixes(real, level) for level in (0, *LEVELS)]
    yield f"{sorted(real)} answers", found, [(*wanted, law.height(real), law.objnodes(real))] * max(1, len(found))


def _answers(indexes: IndexSet, of_sets: Any) -> tuple[Any, ...]:
    prefixes = [indexes.distinct_prefixes(level) for level in (0, *LEVELS)]
    return indexes.largest(), prefixes, of_sets.height(indexes), of_sets.objnodes(indexes)
