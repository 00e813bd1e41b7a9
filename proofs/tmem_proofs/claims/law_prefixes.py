"""The canonical law's prefixes: what the contracts of sets (`engine/sets.py`) rest on, of any two indexes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tmem_proofs.claims.claim import Claim
from tmem_proofs.engine.explorer import Path
from tmem_spec import law
from tmem_spec.words import INDEX_LIMIT, MAX_HEIGHT


@dataclass(slots=True)
class PrefixRun:
    """Two indexes, the greater one first, and their prefixes at a level and at the next."""

    path: Path
    level: int
    indexes: tuple[Any, Any]
    here: tuple[Any, Any]
    above: tuple[Any, Any]


def run_prefix(path: Path) -> PrefixRun:
    """`prefix`, of any two indexes, at any level."""
    level = int(path.choose([str(level) for level in range(MAX_HEIGHT + 1)]))
    greater: Any = path.integer("the greater", 0, INDEX_LIMIT - 1)
    less: Any = path.integer("the less", 0, INDEX_LIMIT - 1)
    path.assume(less <= greater)
    here, above = ((law.prefix(greater, at), law.prefix(less, at)) for at in (level, level + 1))
    return PrefixRun(path, level, (greater, less), here, above)


def prefixes_keep_the_order(run: PrefixRun) -> Iterator[Claim]:
    """SHR-3: the prefix of the greater is not less: so where that of the largest index is 0, that of every one is."""
    greater, less = run.here
    yield Claim(less <= greater, f"prefix {less} of the less, {greater} of the greater")
    yield Claim(less >= 0, f"prefix {less}")
    if run.level == 0:
        yield Claim(greater == run.indexes[0], f"prefix {greater} at level 0 of {run.indexes[0]}")
    if run.level == MAX_HEIGHT:
        yield Claim(greater == 0, f"prefix {greater} at level {run.level}")


def prefixes_stay_together(run: PrefixRun) -> Iterator[Claim]:
    """SHR-4: indexes that have one prefix at a level have one at the next: no level has more than the one below it."""
    if run.here[0] == run.here[1]:
        one, other = run.above
        yield Claim(one == other, f"prefixes {one} and {other} at level {run.level + 1}")
