"""Drawings that are the same whenever they are made of the same figures, and readable on light and on dark.

Matplotlib writes colours into each shape. Those of ink, lines and ground become variables here, which a reader's choice
of light or dark sets, as in the other pictures of the documents.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import matplotlib as mpl
from matplotlib.figure import Figure

Points = list[tuple[float, float]]
INK: Final = "#1b1b1f"
LINE: Final = "#9aa0a6"
COLOURS: Final = ("#2f7fd1", "#e08a2e", "#3a9d5d", "#a06cd5", "#d1495b", "#6b7f99")
SETTINGS: Final = {
    "svg.fonttype": "none",  # text stays text
    "svg.hashsalt": "tmem",
    "font.family": "sans-serif",
    "font.size": 9,
    "text.color": INK,
    "axes.edgecolor": LINE,
    "axes.labelcolor": INK,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlesize": 10,
    "axes.titlelocation": "left",
    "axes.prop_cycle": f"cycler(color={list(COLOURS)})",
    "grid.color": LINE,
    "grid.alpha": 0.35,
    "xtick.color": INK,
    "ytick.color": INK,
    "legend.frameon": False,
}
STYLE: Final = """<style>
svg { --ink: #1b1b1f; --line: #9aa0a6; background: #ffffff; }
@media (prefers-color-scheme: dark) { svg { --ink: #e8e8ec; --line: #6d737a; background: #131416; } }
</style>
"""


@contextmanager
def drawing(file: Path, title: str, *, rows: int = 1, columns: int = 1, height: float = 3.2) -> Iterator[list[Any]]:
    """Panels to draw on, row by row; afterwards they are in the file."""
    with mpl.rc_context(SETTINGS):
        figure: Any = Figure(figsize=(8.4, height), layout="constrained")
        panels = figure.subplots(rows, columns, squeeze=False)
        yield [panel for row in panels for panel in row]
        text = io.StringIO()
        figure.savefig(text, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    file.write_text(themed(text.getvalue(), title), encoding="utf-8")


def themed(svg: str, title: str) -> str:
    """The drawing with a title, and its colours of ink and lines as variables."""
    svg = svg.replace(INK, "var(--ink)").replace(LINE, "var(--line)")
    svg = re.sub(r"font-family: [^;\"]*", "font-family: system-ui, sans-serif", svg)
    svg = re.sub(r"<metadata>.*?</metadata>\s*", "", svg, flags=re.DOTALL)
    svg = re.sub(r"(<svg\b[^>]*>\n)", rf"\1<title>{title}</title>\n{STYLE}", svg, count=1)
    return "".join(f"{line.rstrip()}\n" for line in svg.splitlines())


def line(panel: Any, points: Points, shown: str) -> None:
    """A line through points; without any it only takes its colour, so that the others keep theirs."""
    along, up = [x for x, _ in points], [y for _, y in points]
    panel.plot(along, up, marker="o", markersize=3, label=shown if points else None)


def level(panel: Any, height: float, shown: str) -> None:
    """A broken line all across."""
    panel.axhline(height, color=INK, linewidth=0.8, linestyle="--", label=shown)


def sideways(panel: Any, bars: list[tuple[str, float]]) -> None:
    """Bars to the right on a logarithmic scale, ours in a colour of their own, the first at the top."""
    shown = [name for name, _ in bars]
    colours = [COLOURS[0] if name.startswith("tmem") else COLOURS[-1] for name in shown]
    drawn = panel.barh(shown, [length for _, length in bars], color=colours)
    panel.bar_label(drawn, fmt="{:,.0f}", padding=2, color=INK)
    panel.invert_yaxis()
    panel.set_xscale("log")
    panel.xaxis.set_major_formatter("{x:,.0f}")
    panel.margins(x=0.15)


def grouped(panel: Any, places: Iterable[str], groups: dict[str, list[float]], digits: int = 0) -> None:
    """Bars upwards, one of each group at each place, with their heights above them."""
    ticks = list(places)
    width = 0.8 / max(len(groups), 1)
    for position, (shown, heights) in enumerate(groups.items()):
        middles = [tick + (position - (len(groups) - 1) / 2) * width for tick in range(len(ticks))]
        drawn = panel.bar(middles, heights, width * 0.92, label=shown)
        panel.bar_label(drawn, fmt=f"{{:,.{digits}f}}", padding=1, color=INK, fontsize=7)
    panel.set_xticks(range(len(ticks)), [tick.replace(", ", ",\n") for tick in ticks])


def axes(
    panel: Any, title: str, along: str, up: str, *, across: dict[int, str] | None = None, steep: bool = False
) -> None:
    """What a panel shows along which axes: `across` by powers, with these ticks, and `steep` upwards by powers too."""
    panel.set_title(title)
    panel.set_xlabel(along)
    panel.set_ylabel(up)
    panel.grid(visible=True, axis="y" if up else "x")
    panel.set_axisbelow(True)
    if across:
        panel.set_xscale("log")
        panel.set_xticks(list(across), list(across.values()))
        panel.set_xticks([], minor=True)
    if steep:
        panel.set_yscale("log")
        panel.yaxis.set_major_formatter("{x:,.0f}")
    elif up:
        panel.set_ylim(bottom=0)


def legend(panels: list[Any]) -> None:
    """Above the panels, what each colour of the first of them is."""
    handles, shown = panels[0].get_legend_handles_labels()
    panels[0].figure.legend(handles, shown, loc="outside upper center", ncols=max(len(shown), 1))
