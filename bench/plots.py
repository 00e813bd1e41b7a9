"""The plots of the page, made of the raw JSON and of nothing else. Matplotlib comes with the extra `bench`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from . import names, plan
from .canvas import Points, axes, drawing, grouped, legend, level, line, sideways
from .figures import Figures, Raw
from .handles import ORDERS
from .tables import BUILDS, DICTS, HEIGHTS, PEERS, RUNS, THREADED
from .targets import COMPRESSORS, power

NS: Final = 1e-9


def draw_all(raw: Raw, folder: Path) -> None:
    """Draw every plot."""
    for name, draw in PLOTS.items():
        draw(raw, folder / f"{name}.svg")


def growth(raw: Raw, file: Path) -> None:
    """Time an operation against the number of pages."""
    ticks = {size: power(size) for size in plan.SIZES}
    with drawing(file, "Time an operation, by the number of pages", rows=2, columns=2, height=5.6) as panels:
        kinds = [(kind, order) for kind in (names.GET, names.PUT) for order in ORDERS]
        for panel, (kind, order) in zip(panels, kinds, strict=True):
            for shown, all_figures, name in contenders(raw, DICTS):
                line(panel, growing(all_figures, kind, order, name), shown)
            axes(panel, f"{kind}, {order}", "pages", "ns an operation", across=ticks)
        legend(panels)


def growing(all_figures: Iterable[Figures], kind: str, order: str, contender: str) -> Points:
    """Nanoseconds by size, of the first figures that have that size."""
    points: dict[float, float] = {}
    for figures in all_figures:
        for size in plan.SIZES:
            median = figures.median(names.operation(kind, order, size, contender))
            if median is not None:
                points.setdefault(size, median / NS)
    return [(size, points[size]) for size in sorted(points)]


def peers(raw: Raw, file: Path) -> None:
    """Time an operation of every contender, at random handles of a small store."""
    order = ORDERS[-1]
    size = raw.pure.largest((plan.SMALL,), lambda size: names.operation(names.GET, order, size, PEERS[0]))
    with drawing(file, "Time an operation, beside other stores", columns=2) as panels:
        for panel, kind in zip(panels, (names.GET, names.PUT), strict=True):
            medians = [
                (shown, figures.median(names.operation(kind, order, size, name)))
                for shown, (figures, *_), name in contenders(raw, (*DICTS, *PEERS))
            ]
            sideways(panel, [(shown, median / NS) for shown, median in medians if median])
            axes(panel, f"{kind}, {order}, {size:,} pages", "ns an operation", "")


def runs(raw: Raw, file: Path) -> None:
    """Time a page against the length of a run."""
    size = raw.pure.largest((plan.LARGE, plan.SMALL), lambda size: names.in_runs(names.GET, ORDERS[0], size, RUNS[-1]))
    ticks = {run: str(run) for run in RUNS}
    with drawing(file, "Time a page, by the length of a run", columns=2) as panels:
        for panel, order in zip(panels, ORDERS, strict=True):
            for build in BUILDS:
                for kind in (names.GET, names.PUT):
                    medians = [(run, raw.of(build).median(names.in_runs(kind, order, size, run))) for run in RUNS]
                    line(panel, [(run, median / NS) for run, median in medians if median], f"{kind}, {build}")
            axes(panel, f"{order} runs, {size:,} pages", "pages in a run", "ns a page", across=ticks, steep=True)
        legend(panels)


def memory(raw: Raw, file: Path) -> None:
    """Bytes a page, of dense objects and of objects of one page."""

    def size_of(shape: str, sizes: tuple[int, ...]) -> tuple[str, int]:
        return shape, raw.pure.largest(sizes, lambda size: names.metadata_of(shape, size, names.FLAT))

    dense = [size_of(names.DENSE, (plan.LARGE, plan.SMALL))]
    sparse = [size_of(shape, (plan.SPARSE,)) for shape in names.SPARSE]
    with drawing(file, "Bytes a page, the page itself not counted", columns=2) as panels:
        for panel, shapes in zip(panels, (dense, sparse), strict=True):
            groups = {
                shown: [(figures.median(names.metadata_of(shape, size, name)) or 0) / size for shape, size in shapes]
                for shown, (figures, *_), name in contenders(raw, DICTS)
                if figures.values
            }
            grouped(panel, [f"{shape}, {power(size)} pages" for shape, size in shapes], groups)
            axes(panel, "dense objects" if shapes == dense else "objects of one page", "", "bytes a page")
        legend(panels)


def threads(raw: Raw, file: Path) -> None:
    """How many times as fast two threads are as one."""
    with drawing(file, "Two threads, times as fast as one", rows=len(COMPRESSORS), height=8) as panels:
        for panel, pam in zip(panels, COMPRESSORS, strict=True):
            groups = {
                build: [faster(raw.of(build), what, pam) for what in THREADED]
                for build in BUILDS
                if raw.of(build).values
            }
            grouped(panel, [what.replace(" in", ", in") for what in THREADED], groups, digits=2)
            level(panel, 1.6, "the target")
            axes(panel, pam, "", "times as fast as one thread")
            panel.set_ylim(top=2.1)
        legend(panels)


def faster(figures: Figures, what: str, pam: str) -> float:
    """How many times as fast two threads are; 0 if that was not measured."""
    one, two = [names.threaded(what, pam, count) for count in (1, 2)]
    return figures.ratio(one, two) or 0


def proofs(raw: Raw, file: Path) -> None:
    """What the proofs cost by the height of the tree."""
    with drawing(file, "The cost of the proofs, by the height of the tree", columns=2) as panels:
        kinds = ((names.RESOURCES, 1e6, "million units of the solver"), (names.SECONDS, 1, "seconds of a core"))
        for panel, (what, unit, said) in zip(panels, kinds, strict=True):
            for operation in names.PROVED:
                medians = [(height, raw.proofs.median(names.proof(what, operation, height))) for height in HEIGHTS]
                line(panel, [(height, median / unit) for height, median in medians if median], operation)
            axes(panel, "", "height", said)
        legend(panels)


def contenders(raw: Raw, others: Iterable[str]) -> list[tuple[str, tuple[Figures, ...], str]]:
    """tmem in both builds, then others: how each is shown, where its figures are looked for, and its name there."""
    ours = [(f"tmem, {build}", (raw.of(build),), names.OURS) for build in BUILDS]
    return [*ours, *[(name, (raw.pure, raw.compiled), name) for name in others]]


PLOTS: Final[dict[str, Callable[[Raw, Path], None]]] = {
    "growth": growth,
    "peers": peers,
    "runs": runs,
    "memory": memory,
    "threads": threads,
    "proofs": proofs,
}
