"""How small the scope is, and the shipped source and the specification loaded for it, with other constants.

The tree is as the shipped one but for the bits of a slot and of an index; a pool has 2 buckets, and every object is in
the first. The specification is the one that is imported elsewhere, but for the same bits, and what follows from them.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType

import tmem_spec
from tmem_proofs.source import Algorithm, Code, importable, load_sources

KINDS = {0: "ephemeral", 1: "persistent", 2: "shared"}  # of pools, by their flags
OIDS = (0, 233, 377, 754)  # all of bucket 0
BUCKETS = 2

# The lines that say how large everything is, as shipped.
_WORDS = {"SLOT_BITS: Final = ": "6", "INDEX_BITS: Final = ": "32", "BUCKETS: Final = ": "256"}
_SPEC_WORDS = {"SLOT_BITS = ": "6", "INDEX_BITS = ": "32", "MAX_HEIGHT = ": "6", "MOST_OBJNODES_A_PUT = ": "11"}
_SPEC_FOLDER = Path(tmem_spec.__file__).parent
_SPEC = ("calls", "law", "machine", "maps", "metadata", "store", "words")


class ScopeError(ValueError):
    """A scope that no store has, or source whose constants are not found where they should be."""


@dataclass(frozen=True, slots=True)
class Scope:
    """A small store: slots an objnode, indexes an object, objects.

    `raising` bounds the frees that raise within one call that drops an object or a pool; within any other call, every
    combination of them does.
    """

    fan_out: int = 2
    indexes: int = 8
    objects: int = 1
    raising: int = 1

    def __post_init__(self) -> None:
        for name in ("fan_out", "indexes"):
            number = getattr(self, name)
            if number < 2 or number & number - 1:  # noqa: PLR2004 - a power of 2 it is to be
                raise ScopeError(f"{name} is {number}, and must be a power of 2 from 2 on")
        if not 1 <= self.objects <= len(OIDS):
            raise ScopeError(f"objects is {self.objects}, and must be 1 to {len(OIDS)}")
        if self.raising < 0:
            raise ScopeError(f"raising is {self.raising}, and must be at least 0")

    @property
    def slot_bits(self) -> int:
        """Bits of an index that choose a slot at one level."""
        return self.fan_out.bit_length() - 1

    @property
    def index_bits(self) -> int:
        """Bits of an index."""
        return self.indexes.bit_length() - 1

    @property
    def max_height(self) -> int:
        """Of a tree that can hold every index."""
        return -(-self.index_bits // self.slot_bits)

    @property
    def oids(self) -> tuple[int, ...]:
        """The objects."""
        return OIDS[: self.objects]

    def __str__(self) -> str:
        """`fan-out 2, 8 indexes, 1 object`."""
        return f"fan-out {self.fan_out}, {self.indexes} indexes, {self.objects} object{'s' * (self.objects > 1)}"


@dataclass(frozen=True, slots=True)
class Specification:
    """Those modules of the specification that the search asks."""

    calls: ModuleType
    law: ModuleType
    machine: ModuleType
    maps: ModuleType
    metadata: ModuleType
    store: ModuleType
    words: ModuleType


@dataclass(frozen=True, slots=True)
class Scaled:
    """A scope, with the code and the specification loaded for it."""

    scope: Scope
    code: Code
    spec: Specification


def scaled(code: Code, scope: Scope) -> Scaled:
    """Load the sources of `code`, and the specification, anew for a scope. Raises ScopeError; what they raise, too."""
    spec = _specification(scope)
    with importable(_package(scope), _spec_sources(scope), _SPEC_FOLDER):
        loaded = load_sources(_code_sources(code, scope), code.algorithm)
    return Scaled(scope, loaded, spec)


@cache
def _specification(scope: Scope) -> Specification:
    """The specification for a scope: all of it, as its register must have every invariant that can be violated."""
    package, sources = _package(scope), _spec_sources(scope)
    with importable(package, sources, _SPEC_FOLDER):
        modules = {name: importlib.import_module(f"{package}.{name}") for name in sorted(sources) if name != "__init__"}
    spec = Specification(*(modules[name] for name in _SPEC))
    # The law is a function of a set alone: that it remembers its answers changes none of them.
    spec.law.objnodes = cache(spec.law.objnodes)  # type: ignore[attr-defined]  # a module's
    return spec


def _package(scope: Scope) -> str:
    """What the specification for a scope is called."""
    return f"tmem_spec_of_{scope.fan_out}_{scope.indexes}"


def _spec_sources(scope: Scope) -> dict[str, str]:
    texts = {path.stem: path.read_text(encoding="utf-8") for path in _SPEC_FOLDER.glob("*.py")}
    sources = _with_constants(texts, "words", _spec_constants(scope))
    return {name: text.replace("tmem_spec", _package(scope)) for name, text in sources.items()}


def _code_sources(code: Code, scope: Scope) -> dict[str, str]:
    """The sources of the code for a scope; the published algorithm has its words of the specification."""
    constants = dict(zip(_WORDS, (scope.slot_bits, scope.index_bits, BUCKETS), strict=True))
    sources = _with_constants(code.sources, "_words", {line: (_WORDS[line], new) for line, new in constants.items()})
    if code.algorithm is Algorithm.PUBLISHED:
        sources["published"] = sources["published"].replace("tmem_spec", _package(scope))
    return sources


def _spec_constants(scope: Scope) -> dict[str, tuple[str, int]]:
    height = scope.max_height
    constants = dict(zip(_SPEC_WORDS, (scope.slot_bits, scope.index_bits, height, 2 * height - 1), strict=True))
    return {line: (_SPEC_WORDS[line], new) for line, new in constants.items()}


def _with_constants(
    sources: Mapping[str, str], module: str, constants: Mapping[str, tuple[str, int]]
) -> dict[str, str]:
    """The sources with other values of some constants of one module, each of which has a line of its own."""
    text = f"\n{sources[module]}"
    for line, (old, new) in constants.items():
        if text.count(f"\n{line}{old}\n") != 1:
            raise ScopeError(f"{text.count(f'{line}{old}')} lines of {module} read {line}{old}, not 1")
        text = text.replace(f"\n{line}{old}\n", f"\n{line}{new}\n")
    return {**sources, module: text[1:]}
