"""What was aimed at, and whether a run reached it: each target is held against the worst of its cells.

A cell is one figure, or one ratio of two: a target for three sizes in two orders has six. One cell beyond the limit and
the target is not met; one that was not measured and it is not met either, but where it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from . import names, plan
from .figures import Figures, Raw, over
from .handles import ORDERS

SIZES: Final = (plan.SMALL, plan.LARGE, plan.HUGE)
LONG_RUNS: Final = (64, 512, 4096)
COMPRESSORS: Final = ("zlib", "zlib level 1", "lz4")
TIMES: Final = "×"  # noqa: RUF001 - the sign is meant
GROWTH: Final = 1.3
# Of each build: the dict that it is held against, and how many times the dict's time a get and a put may take.
AGAINST: Final = {names.PURE: (names.FLAT, 1.0, 1.3), names.COMPILED: (names.NESTED, 1.0, 1.2)}


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure that a target is held against, and where it was measured; None if it was not."""

    where: str
    figure: float | None


@dataclass(frozen=True, slots=True)
class Target:
    """A limit, in a unit, for all of its cells: none may be above it, or, of a speed-up, below it."""

    what: str
    limit: float
    unit: str
    cells: tuple[Cell, ...]
    at_least: bool = False

    def measured(self) -> list[tuple[float, str]]:
        """The cells that were measured, the worst first."""
        found = [(cell.figure, cell.where) for cell in self.cells if cell.figure is not None]
        return sorted(found, reverse=not self.at_least)

    def beyond(self) -> int:
        """How many cells are beyond the limit."""
        figures = [figure for figure, _ in self.measured()]
        return sum(figure < self.limit if self.at_least else figure > self.limit for figure in figures)

    def verdict(self) -> str:
        """Met or not; of several cells, in how many it is not, or how many were measured."""
        found, beyond, cells = len(self.measured()), self.beyond(), len(self.cells)
        if not found:
            return "not measured"
        if beyond:
            return "**not met**" + (f": {beyond} of {found} beyond" if found > 1 else "")
        return "met" if found == cells else f"met in the {found} of {cells} measured"


def targets(raw: Raw) -> list[Target]:
    """All targets, those of the pure build first."""
    return [target for build in AGAINST for target in of_build(build, raw)]


def of_build(build: str, raw: Raw) -> Iterator[Target]:
    """The targets of one build."""
    figures = raw.of(build)
    yield from of_operations(build, figures)
    yield from of_runs(build, figures)
    yield from of_memory(build, raw)
    yield from of_growth(build, figures)
    yield Target(f"{build}: `import tmem`", 30, "ms", (scaled("", figures.median(names.IMPORT), 1e-3),))
    yield Target(f"{build}: a pool without pages", 40, "KB", (scaled("", figures.median(names.EMPTY_POOL), 1e3),))
    yield from of_threads(build, figures)


def of_operations(build: str, figures: Figures) -> Iterator[Target]:
    """Single operations, beside the dict of that build."""
    against, get, put = AGAINST[build]
    for kind, limit in ((names.GET, get), (names.PUT, put), (names.PUT_AGAIN, put)):
        cells = [
            Cell(f"{order}, {power(size)}", beside(figures, kind, order, size, against))
            for order in ORDERS
            for size in SIZES
            if (kind, size) != (names.PUT_AGAIN, plan.HUGE)
        ]
        yield Target(f"{build}: {kind}, time over that of a {against}", limit, TIMES, tuple(cells))


def beside(figures: Figures, kind: str, order: str, size: int, against: str) -> float | None:
    """Our time by that of another contender."""
    ours, theirs = [names.operation(kind, order, size, name) for name in (names.OURS, against)]
    return figures.ratio(ours, theirs)


def of_runs(build: str, figures: Figures) -> Iterator[Target]:
    """Nanoseconds a page in runs of 64 pages and more."""
    for kind, limit in ((names.GET, 25), (names.PUT, 60), (names.PUT_AGAIN, 60)):
        cells = [
            scaled(
                f"{order}, {power(size)}, runs of {run}", figures.median(names.in_runs(kind, order, size, run)), 1e-9
            )
            for order in ORDERS
            for size in (plan.SMALL, plan.LARGE)
            for run in LONG_RUNS
        ]
        yield Target(f"{build}: {kind} in runs, a page", limit, "ns", tuple(cells))


def of_memory(build: str, raw: Raw) -> Iterator[Target]:
    """Bytes a page of dense objects; of objects of one page over a flat dict's, which is the same in both builds."""
    ours = {shape: raw.of(build).median(names.metadata_of(shape, plan.SPARSE, names.OURS)) for shape in names.SPARSE}
    flat = {shape: raw.pure.median(names.metadata_of(shape, plan.SPARSE, names.FLAT)) for shape in names.SPARSE}
    dense = [names.metadata_of(names.DENSE, size, names.OURS) for size in SIZES]
    cells = [scaled(power(size), raw.of(build).median(name), size) for size, name in zip(SIZES, dense, strict=True)]
    yield Target(f"{build}: metadata of dense objects, a page", 11, "bytes", tuple(cells))
    sparse = [Cell(shape, over(ours[shape], flat[shape])) for shape in names.SPARSE]
    yield Target(f"{build}: metadata of sparse objects over a flat dict's", 1.5, TIMES, tuple(sparse))


def of_growth(build: str, figures: Figures) -> Iterator[Target]:
    """How many times the time of a small store a huge one takes, by the same of the dict."""
    against = AGAINST[build][0]
    for kind in (names.GET, names.PUT):
        cells = []
        for order in ORDERS:
            huge, small = [beside(figures, kind, order, size, against) for size in (plan.HUGE, plan.SMALL)]
            cells.append(Cell(order, over(huge, small)))
        what = f"{build}: {kind}, growth from 10⁴ to 10⁷ pages over a {against}'s"
        yield Target(what, GROWTH, TIMES, tuple(cells))


def of_threads(build: str, figures: Figures) -> Iterator[Target]:
    """How many times faster two threads are than one, with the better of the compressors."""
    for kind in (names.PUT, names.GET, names.PUT_RUNS, names.GET_RUNS):
        pairs = [(pam, [names.threaded(kind, pam, threads) for threads in (1, 2)]) for pam in COMPRESSORS]
        cells = [Cell(pam, figures.ratio(one, two)) for pam, (one, two) in pairs]
        what = f"{build}: {kind} by two threads, times as fast as by one"
        yield Target(what, 1.6, TIMES, (best(cells),), at_least=True)


def best(cells: Iterable[Cell]) -> Cell:
    """The cell of the largest figure."""
    return max(cells, key=lambda cell: cell.figure or 0)


def scaled(where: str, figure: float | None, unit: float) -> Cell:
    """A cell whose figure is in a unit of the target's."""
    return Cell(where, None if figure is None else figure / unit)


def power(size: int) -> str:
    """A size as a power of ten: 10⁴."""
    return "10" + str(len(str(size)) - 1).translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"))
