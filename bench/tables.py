"""The tables of the page, each some lines of Markdown, made of the raw JSON and of nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from . import names, plan
from .figures import QUICK, Figures, Raw
from .handles import ORDERS
from .targets import COMPRESSORS, SIZES, TIMES, power, targets

BUILDS: Final = (names.PURE, names.COMPILED)
DICTS: Final = (names.FLAT, names.NESTED)
PEERS: Final = ("SortedDict", "LOBTree", "cachetools LRU", "cachebox LRU", "diskcache", "lmdb")
THREADED: Final = (
    names.PUT, names.GET, names.ALONE, names.PUT_RUNS, names.GET_RUNS, names.ALONE_RUNS,
)  # fmt: skip
RUNS: Final = (1, 8, 64, 512, 4096)
HEIGHTS: Final = tuple(range(7))
NONE: Final = "-"
LEFT: Final = "---"
RIGHT: Final = "--:"
LIBRARY: Final = "version_"


def table(heads: Iterable[str], rows: Iterable[Iterable[str]], others: str = RIGHT) -> list[str]:
    """A table of Markdown, its first column to the left, and the others to the right unless said otherwise."""
    columns = list(heads)
    marks = [LEFT, *[others] * (len(columns) - 1)]
    return [f"| {' | '.join(cells)} |" for cells in (columns, marks, *rows)]


def number(value: float | None, unit: float = 1) -> str:
    """A figure in a unit, with as many digits as say something; a dash for one that was not measured."""
    if value is None:
        return NONE
    scaled = value / unit
    return f"{scaled:,.0f}" if scaled >= 100 else f"{scaled:.1f}"  # noqa: PLR2004 - three digits


def times(ratio: float | None) -> str:
    """A ratio."""
    return NONE if ratio is None else f"{ratio:.2f} {TIMES}"


def of_targets(raw: Raw) -> list[str]:
    """Each target, the worst figure that it is held against, where that was measured, and the verdict."""
    rows = []
    for target in targets(raw):
        limit = f"{'≥' if target.at_least else '≤'} {target.limit:g} {target.unit}"
        worst, where = next(iter(target.measured()), (None, NONE))
        figure = NONE if worst is None else f"{worst:.4g} {target.unit}"
        rows.append((target.what, limit, figure, where or NONE, target.verdict()))
    return table(("target", "limit", "worst figure", "measured at", "verdict"), rows, LEFT)


def of_machine(raw: Raw) -> list[str]:
    """What the run was made on, and with which versions."""
    pure = raw.pure
    rows = [
        ("begun", pure.fact("date")[:16]),
        ("processor", f"{pure.fact('cpu_model_name')}, {pure.fact('cpu_count')} cores"),
        ("load when the run began", pure.fact("load_avg_1min")),
        ("kernel", pure.fact("platform")),
        ("Python", f"{pure.fact('python_version')}, made by {pure.fact('python_compiler')}"),
        ("tmem", pure.fact("tmem_version")),
        ("compiled build", raw.compiled.fact("c_compiler") if raw.compiled.facts else unmeasured(raw)),
        *libraries(pure),
    ]
    return table(("", ""), rows, LEFT)


def unmeasured(raw: Raw) -> str:
    """Why there are no figures of the compiled build."""
    return f"not measured: {raw.pure.fact('compiled_build')}"


def libraries(figures: Figures) -> Iterator[tuple[str, str]]:
    """The packages that the peers and the measurement are, with their versions."""
    for key in sorted(figures.facts, key=str.lower):
        if key.startswith(LIBRARY):
            yield key.removeprefix(LIBRARY), figures.fact(key)


def of_operations(raw: Raw, build: str) -> list[str]:
    """Nanoseconds an operation of one build and of the dicts that were measured beside it."""
    figures, rows = raw.of(build), []
    for kind in (names.GET, names.PUT, names.PUT_AGAIN):
        for order in ORDERS:
            for size in SIZES:
                called = [names.operation(kind, order, size, one) for one in (names.OURS, *DICTS)]
                shown = [number(figures.median(name), 1e-9) for name in called]
                ratios = [times(figures.ratio(called[0], name)) for name in called[1:]]
                if shown != [NONE] * len(shown):
                    rows.append((f"{kind}, {order}, {power(size)}", *shown, *ratios))
    heads = ("ns an operation", names.OURS, *DICTS, "over flat", "over nested")
    return table(heads, rows) if rows else [f"The compiled build was {unmeasured(raw)}."]


def of_peers(raw: Raw) -> list[str]:
    """Nanoseconds an operation of every contender, of the store in both builds."""
    sizes = [size for size in (plan.SMALL, plan.LARGE) if any_peer(raw.pure, size)] or [QUICK]
    columns = [(kind, order, size) for size in sizes for kind in (names.GET, names.PUT) for order in ORDERS]
    contenders = [(f"tmem, {build}", raw.of(build), names.OURS) for build in BUILDS]
    contenders += [(name, raw.pure, name) for name in (*DICTS, *PEERS)]
    rows = [
        (shown, *[number(figures.median(names.operation(*column, name)), 1e-9) for column in columns])
        for shown, figures, name in contenders
    ]
    return table(("ns an operation", *[f"{kind}, {order}, {power(size)}" for kind, order, size in columns]), rows)


def any_peer(figures: Figures, size: int) -> bool:
    """Whether the peers were measured at a size."""
    return figures.median(names.operation(names.GET, ORDERS[0], size, PEERS[0])) is not None


def of_runs(raw: Raw) -> list[str]:
    """Nanoseconds a page, by the length of a run."""
    rows = []
    for build in BUILDS:
        for kind in (names.GET, names.PUT, names.PUT_AGAIN, names.FLUSH):
            for order in ORDERS:
                for size in (plan.SMALL, plan.LARGE):
                    medians = [raw.of(build).median(names.in_runs(kind, order, size, run)) for run in RUNS]
                    if any(medians):
                        shown = [number(median, 1e-9) for median in medians]
                        rows.append((f"{build}: {kind}, {order}, {power(size)}", *shown))
    return table(("ns a page", *[f"runs of {run}" for run in RUNS]), rows)


def of_memory(raw: Raw) -> list[str]:
    """Bytes a page as tracemalloc counts them."""
    columns = [(f"tmem, {build}", raw.of(build), names.OURS) for build in BUILDS]
    columns += [(name, raw.pure, name) for name in DICTS]
    cells = [(names.DENSE, size) for size in (QUICK, *SIZES)] + [
        (shape, size) for shape in names.SPARSE for size in (QUICK, plan.SPARSE)
    ]
    rows = []
    for shape, size in cells:
        medians = [figures.median(names.metadata_of(shape, size, name)) for _, figures, name in columns]
        if any(medians):
            rows.append((f"{shape}, {power(size)}", *[number(median, size) for median in medians]))
    return table(("bytes a page", *[shown for shown, _, _ in columns]), rows)


def of_resident(raw: Raw) -> list[str]:
    """Bytes a page by which a process grew, of every contender that keeps its pages in memory."""
    contenders = [(f"tmem, {build}", raw.of(build), names.OURS) for build in BUILDS]
    contenders += [(name, raw.pure, name) for name in (*DICTS, *PEERS)]
    rows = []
    for shown, figures, name in contenders:
        for size in (plan.SMALL, plan.LARGE):
            median = figures.median(names.resident(size, name))
            if median is not None:
                rows.append((f"{shown}, {power(size)}", number(median, size)))
    return table(("dense objects", "bytes a page, resident"), rows)


def of_threads(raw: Raw) -> list[str]:
    """Microseconds an operation by one thread and by two, and how many times as fast two are."""
    rows = []
    for build in BUILDS:
        for pam in COMPRESSORS:
            for what in THREADED:
                one, two = [names.threaded(what, pam, threads) for threads in (1, 2)]
                shown = [number(raw.of(build).median(name), 1e-6) for name in (one, two)]
                if shown != [NONE, NONE]:
                    rows.append((f"{build}: {what}, {pam}", *shown, times(raw.of(build).ratio(one, two))))
    return table(("µs an operation", "one thread", "two threads", "times as fast"), rows)


def of_proofs(raw: Raw) -> list[str]:
    """What the proofs of each operation cost, by the height of the tree."""
    rows = []
    for operation in names.PROVED:
        for what, unit in ((names.SECONDS, 1), (names.RESOURCES, 1e6)):
            medians = [raw.proofs.median(names.proof(what, operation, height)) for height in HEIGHTS]
            if any(medians):
                said = "seconds" if what == names.SECONDS else "million units"
                rows.append((f"{operation}: {said}", *[f"{one / unit:.2f}" if one else NONE for one in medians]))
    return table(("height", *map(str, HEIGHTS)), rows)


def of_files(raw: Raw) -> list[str]:
    """The files of the raw JSON that there are."""
    kinds = (
        (names.PURE, raw.pure, "the pure build, the dicts and the other stores"),
        (names.COMPILED, raw.compiled, "the compiled build, and the dicts beside it"),
        (names.PROOFS, raw.proofs, "the proofs"),
    )
    return [f"* [{name}.json](speed/{name}.json): {what}" for name, figures, what in kinds if figures.values]
