"""Files of the documents that are no Markdown go into the site as they are, to the same place: pages, scripts, tables.

What a drawing links to is given as on a forge: `invariants/SHR-1.md`, `../spec/tmem_spec/law.py#L58`. In the copy such
links lead to the pages of the site.
"""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path, PurePosixPath
from typing import Final

from sphinx.application import Sphinx

from repository_files import page_of

SUFFIXES: Final = {".css", ".html", ".js", ".json", ".png", ".svg"}
_HREF = re.compile(r'(?P<attribute>\b(?:xlink:)?href=")(?P<path>[^":#]+)(?P<anchor>#[^"]*)?"')


def copied(docs: Path) -> list[PurePosixPath]:
    """The files that are copied, as seen from docs/; not those of the folders that Sphinx looks into itself."""
    found = (file.relative_to(docs) for file in docs.rglob("*") if file.suffix in SUFFIXES and file.is_file())
    return sorted(PurePosixPath(file) for file in found if not any(part.startswith("_") for part in file.parts))


def redirected(drawing: str, folder: PurePosixPath) -> str:
    """A drawing that lies in `folder`, as seen from docs/, its links leading to pages of the site."""

    def link(found: re.Match[str]) -> str:
        path = _page(found["path"], folder)
        return f'{found["attribute"]}{path}{found["anchor"] or ""}"'

    return _HREF.sub(link, drawing)


def _page(path: str, folder: PurePosixPath) -> str:
    target = os.path.normpath("docs" / folder / path)
    if target.startswith("docs/"):
        return re.sub(r"\.md$", ".html", path)
    page = page_of(target)
    return path if page is None else os.path.relpath(page, folder)


def _on_finished(app: Sphinx, error: Exception | None) -> None:
    if error is not None or app.builder.format != "html":
        return
    docs, site = Path(app.srcdir), Path(app.outdir)
    for file in copied(docs):
        (site / file).parent.mkdir(parents=True, exist_ok=True)
        if file.suffix == ".svg":
            text = redirected((docs / file).read_text(encoding="utf-8"), file.parent)
            (site / file).write_text(text, encoding="utf-8")
        else:
            shutil.copyfile(docs / file, site / file)


def setup(app: Sphinx) -> dict[str, bool]:
    """What Sphinx calls."""
    app.connect("build-finished", _on_finished)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
