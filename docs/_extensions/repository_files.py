"""Pages for the files of the repository, so that a link from a document to a line leads to that line.

A document links to a file as it does on a forge: `[the law](../spec/tmem_spec/law.py#L58-L61)`. On the site the file
is a page of its own, with an anchor for each line and for each range that somebody links to. A folder is a page that
lists its files. A page of HTML in docs/ is itself (see copied_files). A link to a file that is not there is a warning,
and so an error.
"""

from __future__ import annotations

import html
import importlib
import inspect
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, Final

from docutils import nodes
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_for_filename
from pygments.lexers.special import TextLexer
from pygments.util import ClassNotFound
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.util import logging

SCHEME: Final = "repository"
PAGES: Final = "files"  # the folder of the site that these pages are in
ROOT: Final = Path(__file__).parents[2]
FOLDERS: Final = (".ci", "impl", "proofs", "spec", "tests", "tools")
SUFFIXES: Final = {"", ".md", ".py", ".sh", ".toml"}
COPIED: Final = (".html", ".svg")  # what lies in docs/ and is a page by itself: see copied_files
HIDDEN: Final = {"__pycache__"}

_LINK = re.compile(r"(?<=\]\()(?P<path>\.{1,2}/[^)#\s]+|[\w./-]+\.(?:html|svg))(?:#(?P<lines>L\d+(?:-L\d+)?))?(?=\))")
_IMAGE = re.compile(r"!\[[^\[\]]*\]\(\Z")
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,}|:{3,})")
_logger = logging.getLogger(__name__)


@dataclass
class Ranges:
    """The ranges of lines that documents link to, by file."""

    of: dict[str, set[str]] = field(default_factory=dict)

    def add(self, file: str, lines: str) -> None:
        """Somebody links to these lines."""
        self.of.setdefault(file, set()).add(lines)


def shown_files() -> list[str]:
    """The files that are pages, as seen from the top of the repository."""
    top = [path for path in ROOT.iterdir() if path.is_file() and not path.name.startswith(".")]
    within = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*") if path.is_file()]
    found = (path for path in (*top, *within) if path.suffix in SUFFIXES and not HIDDEN & set(path.parts))
    return sorted(path.relative_to(ROOT).as_posix() for path in found)


def rewritten(text: str, folder: PurePosixPath) -> str:
    """The text of a document in `folder`, its links to files outside docs/ changed to the scheme of this module."""
    lines, fence = [], ""
    for line in text.split("\n"):
        mark = _FENCE.match(line)
        if mark and not mark[1].startswith(":") and (not fence or line.strip().startswith(fence)):
            fence = "" if fence else mark[1]
        lines.append(line if fence else _LINK.sub(lambda link: _repository(link, folder), line))
    return "\n".join(lines)


def _repository(link: re.Match[str], folder: PurePosixPath) -> str:
    path = os.path.normpath(folder / link["path"])
    shown = _IMAGE.search(link.string, 0, link.start()) is not None
    if PurePosixPath(path).parts[0] == "docs" and (shown or not path.endswith(COPIED)):
        return link[0]
    return f"{SCHEME}:{path}" + (f"#{link['lines']}" if link["lines"] else "")


def page_of(path: str) -> str | None:
    """The page of a file or a folder, as seen from the top of the site; None if there is none."""
    if path.startswith("docs/") and path.endswith(COPIED):
        return path.removeprefix("docs/") if (ROOT / path).is_file() else None
    if (ROOT / path).is_dir():
        return f"{PAGES}/{path}/index.html"
    return f"{PAGES}/{path}.html" if path in shown_files() else None


def resolve(_: str, info: dict[str, Any]) -> str | None:
    """Where the source of something in the reference is, seen from a page in a folder of docs/."""
    try:
        found: Any = importlib.import_module(info["module"])
        for name in info["fullname"].split("."):
            found = getattr(found, name)
        file = inspect.getsourcefile(inspect.unwrap(found))
        first = inspect.getsourcelines(found)[1]
    except (AttributeError, OSError, TypeError):
        return None
    path = Path(file or "")
    if not path.is_relative_to(ROOT):
        return None
    return f"../{PAGES}/{path.relative_to(ROOT).as_posix()}.html#L{first}"


def _on_config(_: Sphinx, config: Config) -> None:
    config.linkcode_resolve = resolve


def _on_read(app: Sphinx, docname: str, source: list[str]) -> None:
    folder = PurePosixPath("docs", docname).parent
    if app.env.doc2path(docname).suffix == ".md":
        source[0] = rewritten(source[0], folder)


def _on_resolved(_: Sphinx, doctree: nodes.document, docname: str) -> None:
    for node in doctree.findall(nodes.reference):
        scheme, _, rest = node.get("refuri", "").partition(":")
        if scheme == SCHEME:
            node["refuri"] = _address(rest, docname, node)


def _address(rest: str, docname: str, node: nodes.Element) -> str:
    path, _, lines = rest.partition("#")
    page = page_of(path)
    if page is None:
        _logger.warning("no page shows the file %s", path, location=node)
        return "#"
    length = len((ROOT / path).read_text(encoding="utf-8").splitlines()) if lines else 0
    if any(int(number) > length for number in re.findall(r"\d+", lines)):
        _logger.warning("%s has only %d lines: %s", path, length, lines, location=node)
    address = os.path.relpath(page, PurePosixPath(docname).parent)
    return f"{address}#{lines}" if lines else address


def _pages(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    ranges = linked_ranges(Path(app.srcdir))
    files = shown_files()
    for file in files:
        text = (ROOT / file).read_text(encoding="utf-8")
        body = numbered(text, file, ranges.of.get(file, set()))
        yield f"{PAGES}/{file}", _context(file, body), "page.html"
    folders = {str(parent) for file in files for parent in PurePosixPath(file).parents if str(parent) != "."}
    for folder in sorted(folders):
        yield f"{PAGES}/{folder}/index", _context(folder, listed(folder, files)), "page.html"


def _context(title: str, body: str) -> dict[str, Any]:
    heading = f'<h1 class="file">{html.escape(title)}</h1>'
    return {"title": title, "body": heading + body, "toc": "", "display_toc": False}


def linked_ranges(docs: Path) -> Ranges:
    """All ranges of lines that the documents link to."""
    ranges = Ranges()
    for document in docs.rglob("*.md"):
        folder = PurePosixPath("docs", document.parent.relative_to(docs).as_posix())
        for link in _LINK.finditer(document.read_text(encoding="utf-8")):
            if link["lines"] and "-" in link["lines"]:
                ranges.add(os.path.normpath(folder / link["path"]), link["lines"])
    return ranges


def numbered(text: str, file: str, ranges: set[str]) -> str:
    """A file as HTML: each line has an anchor, L1 and so on, and each range one where it begins."""
    try:
        lexer = get_lexer_for_filename(file, stripnl=False)
    except ClassNotFound:
        lexer = TextLexer(stripnl=False)
    starts: dict[int, list[str]] = {}
    for one in sorted(ranges):
        starts.setdefault(int(one[1:].partition("-")[0]), []).append(f'<span id="{one}"></span>')
    coloured = highlight(text, lexer, HtmlFormatter(nowrap=True)).removesuffix("\n").split("\n")
    lines = [
        f'{"".join(starts.get(number, []))}<span id="L{number}" class="line">'
        f'<a class="number" href="#L{number}">{number:>4}</a>  {line}</span>\n'
        for number, line in enumerate(coloured, 1)
    ]
    return f'<div class="highlight file"><pre>{"".join(lines)}</pre></div>'


def listed(folder: str, files: list[str]) -> str:
    """The files of a folder, and those of the folders in it, as HTML."""
    within = [PurePosixPath(file).relative_to(folder).as_posix() for file in files if file.startswith(f"{folder}/")]
    items = [f'<li><a href="{html.escape(one)}.html"><code>{html.escape(one)}</code></a></li>' for one in within]
    return f"<ul>{''.join(items)}</ul>"


def setup(app: Sphinx) -> dict[str, bool]:
    """What Sphinx calls."""
    app.connect("config-inited", _on_config)
    app.connect("source-read", _on_read)
    app.connect("doctree-resolved", _on_resolved)
    app.connect("html-collect-pages", _pages)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
