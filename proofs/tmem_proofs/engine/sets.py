"""An arbitrary set of indexes, any number of them: nothing is known of it but what is asked.

What the canonical law asks of a set is its largest index, and how many distinct prefixes its indexes have. Each answer
is a contract: set theory that the docstrings state, of the set as it was (`AnySet`), of the set with an index added
(`WithIndex`), of the set with one taken out (`WithoutIndex`). The law's own functions are run with these answers.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from types import FunctionType, SimpleNamespace
from typing import Any

from tmem_proofs.engine.explorer import Path
from tmem_proofs.engine.symbolic import as_term, contrary, every
from tmem_proofs.engine.terms import Term
from tmem_spec import law
from tmem_spec.words import INDEX_LIMIT, MAX_HEIGHT, max_index

# A condition on an index. Nothing is decided by it.
Wanted = Callable[[Any], Any]


class IndexSet(ABC):
    """A set of 32-bit indexes; whether it has any, the path has decided."""

    def __init__(self, path: Path, *, empty: bool) -> None:
        """On one path."""
        self.path = path
        self.empty = empty
        self._counts: dict[int, Any] = {}
        self._answers: dict[tuple[int, Term | None], bool] = {}

    @abstractmethod
    def largest(self) -> Any:
        """Its largest index; 0 if it has none."""

    @abstractmethod
    def has(self, wanted: Wanted) -> bool:
        """Whether it has an index that is wanted, as the path decides."""

    @abstractmethod
    def known(self, value: Callable[[Any], int]) -> set[int]:
        """The indexes that came up, as plain integers: the path can be taken with a set of these alone."""

    @abstractmethod
    def _count(self, level: int) -> Any:
        """How many distinct prefixes its indexes have at a level."""

    def distinct_prefixes(self, level: int) -> Any:
        """How many distinct prefixes its indexes have at a level, level 0 being the indexes themselves.

        No set has none but the empty one. If the largest index has prefix 0, every index has it (`spec.prefix`): one.
        """
        if level not in self._counts:
            self._counts[level] = self._count(level)
            self.path.knowledge.on_return(lambda: self._counts.pop(level))
            self.path.assume(self._counts[level] == 0 if self.empty else self._counts[level] >= 1)
            if not self.empty and law.prefix(self.largest(), level) == 0:
                self.path.assume(self._counts[level] == 1)
        return self._counts[level]

    def has_prefix(self, prefix: Any, level: int) -> bool:
        """Whether it has an index with this prefix at a level."""
        asked = level, as_term(self.path.terms, prefix)
        if asked not in self._answers:
            self._answers[asked] = self.has(lambda index: law.prefix(index, level) == prefix)
            self.path.knowledge.on_return(lambda: self._answers.pop(asked))
        return self._answers[asked]


class AnySet(IndexSet):
    """A set with any number of indexes, of which some have come up."""

    def __init__(self, path: Path, name: str, *, empty: bool = False) -> None:
        """`name` for messages. Unless it is empty, its largest index comes up first: the path chooses its height."""
        super().__init__(path, empty=empty)
        self._name = name
        self._indexes: list[Any] = []
        self._nobody: list[Wanted] = []
        self._largest: Any = 0
        if not empty:
            height = int(path.choose([str(height) for height in range(MAX_HEIGHT, -1, -1)]))
            self._largest = self.some("largest", max_index(height - 1) + 1 if height else 0, max_index(height))
            self.has_none(lambda index: index > self._largest)

    def largest(self) -> Any:
        """Which came up first."""
        return self._largest

    def some(self, name: str = "index", low: int = 0, high: int = INDEX_LIMIT - 1) -> Any:
        """An arbitrary index of it, within bounds, that may have come up already. Only of a set that is not empty."""
        index = self.path.integer(f"{name} of {self._name}", low, high)
        for nobody in self._nobody:
            self.path.assume(contrary(nobody(index)))
        self._indexes.append(index)
        self.path.knowledge.on_return(self._indexes.pop)
        return index

    def has(self, wanted: Wanted) -> bool:
        """One that has come up is wanted, or perhaps another, or none."""
        if self.empty:
            return False
        if any(wanted(index) for index in self._indexes):
            return True
        if self.path.choose(("no such index", "such an index")) == "such an index":
            self.path.assume(wanted(self.some()))
            return True
        self.has_none(wanted)
        return False

    def has_none(self, nobody: Wanted) -> None:
        """Go on only where this is true of none of its indexes."""
        for index in self._indexes:
            self.path.assume(contrary(nobody(index)))
        self._nobody.append(nobody)
        self.path.knowledge.on_return(self._nobody.pop)

    def known(self, value: Callable[[Any], int]) -> set[int]:
        """Those that came up."""
        return set(map(value, self._indexes))

    def _count(self, level: int) -> Any:
        """Any number."""
        return self.path.integer(f"prefixes at level {level} of {self._name}", 0, INDEX_LIMIT)


class WithIndex(IndexSet):
    """A set with one index added, which it may have had already."""

    def __init__(self, before: IndexSet, index: Any) -> None:
        """The set that was before, and the index."""
        super().__init__(before.path, empty=False)
        self._before, self._index = before, index

    def largest(self) -> Any:
        """The one added, if the set had none or only smaller ones."""
        largest = self._before.largest()
        return self._index if self._before.empty or self._index > largest else largest

    def has(self, wanted: Wanted) -> bool:
        """The one added is wanted, or one of the others."""
        return bool(wanted(self._index)) or self._before.has(wanted)

    def known(self, value: Callable[[Any], int]) -> set[int]:
        """Those of before, and the one added."""
        return self._before.known(value) | {value(self._index)}

    def _count(self, level: int) -> Any:
        """One more than before, if no other index has the prefix of the one added."""
        had = self._before.has_prefix(law.prefix(self._index, level), level)
        return self._before.distinct_prefixes(level) + (0 if had else 1)


class WithoutIndex(IndexSet):
    """A set with one of its indexes taken out."""

    def __init__(self, before: AnySet, index: Any) -> None:
        """The set that was before, and the index. If that was the largest, the next largest takes its place."""
        super().__init__(before.path, empty=not before.has(lambda other: other != index))
        self._before, self._index = before, index
        self._largest = 0 if self.empty else before.largest()
        if not self.empty and self._largest == index:
            self._largest = before.some("next largest")
            self.path.assume(self._largest < index)
            before.has_none(lambda other: every(self.path, (other != index, other > self._largest)))

    def largest(self) -> Any:
        """The largest index but the one taken out."""
        return self._largest

    def has(self, wanted: Wanted) -> bool:
        """Another one is wanted."""
        return self._before.has(lambda other: every(self.path, (other != self._index, wanted(other))))

    def known(self, value: Callable[[Any], int]) -> set[int]:
        """Those of before, but the one taken out."""
        return self._before.known(value) - {value(self._index)}

    def _count(self, level: int) -> Any:
        """One less than before, if no other index has the prefix of the one taken out."""
        has = self.has_prefix(law.prefix(self._index, level), level)
        return self._before.distinct_prefixes(level) - (0 if has else 1)


def law_of_sets() -> SimpleNamespace:
    """The law's own `height` and `objnodes`, which ask their questions of the sets above."""
    names: dict[str, Any] = {
        **vars(law),
        "largest": lambda indexes: indexes.largest(),
        "distinct_prefixes": lambda indexes, level: indexes.distinct_prefixes(level),
    }
    for function in (law.height, law.objnodes):
        names[function.__name__] = FunctionType(function.__code__, names, function.__name__)
    return SimpleNamespace(height=names["height"], objnodes=names["objnodes"])
