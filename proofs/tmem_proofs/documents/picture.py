"""Pictures of trees as SVG: before and after, side by side, legible in light and in dark, nothing from outside."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from tmem_proofs.documents.trees import Node, Tree, is_stump

_NODE, _PAGE, _HIGH, _DOWN, _GAP = 112, 78, 34, 46, 12  # widths, a box's height, between levels, between boxes
_HEAD, _MARGIN, _ARROW = 50, 16, 46
_STYLE = """
svg { --ink: #1b1b1f; --line: #80868d; --node: #e3edf9; --page: #d9ecd9; --stump: #f8d3cf; --edge: #b3261e;
  background: #ffffff; }
@media (prefers-color-scheme: dark) {
  svg { --ink: #e8e8ec; --line: #868d95; --node: #24405c; --page: #25482c; --stump: #6b2724; --edge: #ff8a80;
  background: #131416; }
}
text { font: 12px system-ui, sans-serif; fill: var(--ink); }
.title { font-weight: 600; } .small { font-size: 10px; }
rect { stroke: var(--line); fill: var(--node); } .page rect { fill: var(--page); }
.stump rect { fill: var(--stump); stroke: var(--edge); stroke-dasharray: 4 3; }
path { stroke: var(--line); fill: none; }
"""


@dataclass(frozen=True, slots=True)
class Panel:
    """A tree with a title above it; None for no object. The title may have several lines."""

    title: str
    tree: Tree | None


def picture(told: str, rows: Sequence[Sequence[Panel]]) -> str:
    """Rows of panels, an arrow between two of a row. `told`: what it shows, for those who do not see it."""
    parts: list[str] = []
    top, width = float(_MARGIN), 0.0
    for row in rows:
        left, lowest = float(_MARGIN), 0.0
        for number, panel in enumerate(row):
            if number:
                parts.append(_arrow(left, top + _HEAD + _HIGH / 2))
                left += _ARROW
            parts += _panel(panel, left, top)
            left += _width_of(panel)
            lowest = max(lowest, _height_of(panel))
        top += lowest + _MARGIN
        width = max(width, left)
    size = f"{width + _MARGIN:g} {top:g}"
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size}" width="{width + _MARGIN:g}" role="img">'
    return "\n".join([head, f"<title>{escape(told)}</title>", f"<style>{_STYLE}</style>", *parts, "</svg>"]) + "\n"


def _panel(panel: Panel, left: float, top: float) -> Iterator[str]:
    for number, line in enumerate(panel.title.split("\n")):
        yield f'<text class="title" x="{left:g}" y="{top + 12 + 15 * number:g}">{escape(line)}</text>'
    tree = panel.tree
    if tree is None:
        yield f'<text class="small" x="{left:g}" y="{top + _HEAD - 6:g}">no object</text>'
        return
    counts = f"height {tree.height}, pampd_count {tree.pampd_count}, objnode_count {tree.objnode_count}"
    yield f'<text class="small" x="{left:g}" y="{top + _HEAD - 6:g}">{counts}</text>'
    yield from _branch(tree.root, left, top + _HEAD)


def _branch(value: object, left: float, top: float) -> Iterator[str]:
    """A box, and below it what it leads to."""
    middle = left + _span(value) / 2
    if not isinstance(value, Node):
        text, kind = ("no page", "stump") if value is None else (f"page {value}", "page")
        yield _box(text, kind, middle, top, _PAGE)
        return
    at = left
    for slot, below in value.slots:
        end = at + _span(below) / 2
        yield f'<path d="M{middle:g} {top + _HIGH:g} L{end:g} {top + _HIGH + _DOWN:g}"/>'
        yield f'<text class="small" x="{end + 4:g}" y="{top + _HIGH + _DOWN - 6:g}">slot {slot}</text>'
        yield from _branch(below, at, top + _HIGH + _DOWN)
        at += _span(below) + _GAP
    kind = "stump" if is_stump(value) else "node"
    yield _box(f"level {value.level}, {value.slots_in_use} in use", kind, middle, top, _NODE)


def _box(text: str, kind: str, middle: float, top: float, width: int) -> str:
    left = middle - width / 2
    return (
        f'<g class="{kind}"><rect x="{left:g}" y="{top:g}" width="{width}" height="{_HIGH}" rx="5"/>'
        f'<text x="{middle:g}" y="{top + 21:g}" text-anchor="middle">{escape(text)}</text></g>'
    )


def _arrow(left: float, middle: float) -> str:
    end = left + _ARROW - 12
    return f'<path d="M{left + 6:g} {middle:g} H{end:g} m-7 -5 l7 5 l-7 5"/>'


def _span(value: object) -> float:
    """How wide a box is with all below it."""
    if not isinstance(value, Node):
        return _PAGE
    return max(_NODE, sum(_span(below) + _GAP for _, below in value.slots) - _GAP)


def _width_of(panel: Panel) -> float:
    title = max(7.4 * len(line) for line in panel.title.split("\n"))
    return max(title, 210.0, 0.0 if panel.tree is None else _span(panel.tree.root))


def _height_of(panel: Panel) -> float:
    levels = 0 if panel.tree is None else panel.tree.height
    return _HEAD + _HIGH + levels * (_HIGH + _DOWN)
