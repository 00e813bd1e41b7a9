"""The graph as an SVG: boxes in columns, each a link, legible in light and in dark, without anything from outside."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from itertools import groupby

from tmem_proofs.documents.graph import Graph, Node

_WIDTHS = (72, 160, 170, 190, 500)  # of the columns
_BETWEEN, _ROW, _BOX, _TOP = 90, 26, 20, 64
_TITLES = ("invariants", "theorem A", "theorem B: calls", "theorem B: what they rest on", "assumed")
_LEGEND = (
    ("whole", "proved, with all it rests on"),
    ("proved", "proved, on something that is not"),
    ("refuted", "refuted"),
    ("unknown", "unknown or vacuous"),
    ("assumed", "assumed"),
)
_STYLE = """
svg { --ink: #1b1b1f; --line: #9aa0a6; --whole: #cfe8cf; --proved: #dcebfa; --refuted: #f6c9c6; --unknown: #f5e3b3;
  --assumed: #e6e6ea; background: #ffffff; }
@media (prefers-color-scheme: dark) {
  svg { --ink: #e8e8ec; --line: #6d737a; --whole: #25482c; --proved: #24405c; --refuted: #6b2724; --unknown: #5d4a16;
  --assumed: #3a3a42; background: #131416; }
}
text { font: 12px system-ui, sans-serif; fill: var(--ink); }
.title { font-weight: 600; }
rect { stroke: var(--line); }
path { fill: none; stroke: var(--line); stroke-width: 0.8; opacity: 0.55; }
a:hover rect { stroke: var(--ink); stroke-width: 2; }
""" + "".join(f".{colour} rect {{ fill: var(--{colour}); }}\n" for colour, _ in _LEGEND)

Places = dict[str, tuple[float, float, float]]  # of each box: left, middle, width


def svg(graph: Graph) -> str:
    """The drawing."""
    places = _places(graph)
    width = sum(_WIDTHS) + _BETWEEN * (len(_WIDTHS) - 1) + 40
    height = max(y for _, y, _ in places.values()) + 2 * _ROW
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height:g}" role="img">',
        "<title>What rests on what</title>",
        f"<style>{_STYLE}</style>",
        *_legend(),
        *_titles(),
        *(_edge(places[one], places[other]) for one, other in graph.edges),
        *(_box(node, places[node.name]) for node in graph.nodes),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _places(graph: Graph) -> Places:
    """Each column from top to bottom: the boxes in the order of the middle of what leads to them."""
    tallest = max(len(list(some)) for _, some in groupby(graph.nodes, key=lambda one: one.column))
    found: Places = {}
    for column, some in groupby(graph.nodes, key=lambda one: one.column):
        nodes = sorted(some, key=lambda node: _middle(node, graph, found))
        step = _ROW * tallest / len(nodes)
        for row, node in enumerate(nodes):
            found[node.name] = (_left(column), _TOP + step * (row + 0.5), _WIDTHS[column])
    return found


def _middle(node: Node, graph: Graph, found: Places) -> float:
    above = [found[one][1] for one, other in graph.edges if other == node.name and one in found]
    return sum(above) / len(above) if above else 0.0


def _left(column: int) -> float:
    return 20 + sum(_WIDTHS[:column]) + _BETWEEN * column


def _legend() -> Iterator[str]:
    left = 20.0
    for colour, told in _LEGEND:
        yield f'<g class="{colour}"><rect x="{left:g}" y="8" width="14" height="14" rx="3"/></g>'
        yield f'<text x="{left + 20:g}" y="20">{told}</text>'
        left += 36 + 6.6 * len(told)


def _titles() -> Iterator[str]:
    for column, title in enumerate(_TITLES):
        yield f'<text class="title" x="{_left(column):g}" y="48">{escape(title)}</text>'


def _edge(one: tuple[float, float, float], other: tuple[float, float, float]) -> str:
    """From the right of a box to the left of another; within a column, around its right side."""
    x, y, end, below = one[0] + one[2], one[1], other[0], other[1]
    if end <= x - one[2]:
        end, bend = other[0] + other[2], x + 40
        return f'<path d="M{x:g} {y:g} C{bend:g} {y:g} {bend:g} {below:g} {end:g} {below:g}"/>'
    bend = (x + end) / 2
    return f'<path d="M{x:g} {y:g} C{bend:g} {y:g} {bend:g} {below:g} {end:g} {below:g}"/>'


def _box(node: Node, place: tuple[float, float, float]) -> str:
    left, middle, width = place
    most = int(width / 6.0)
    text = node.name if len(node.name) <= most else f"{node.name[: most - 1]}…"
    return (
        f'<a href="{escape(node.target)}" class="{node.colour}"><title>{escape(f"{node.name}: {node.told}")}</title>'
        f'<rect x="{left:g}" y="{middle - _BOX / 2:g}" width="{width:g}" height="{_BOX}" rx="4"/>'
        f'<text x="{left + 7:g}" y="{middle + 4:g}">{escape(text)}</text></a>'
    )
