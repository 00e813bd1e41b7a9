"""How Sphinx builds the site: `make docs`. Nothing in it comes from elsewhere, and a warning is an error."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from sphinx.application import Sphinx

import tmem

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "_extensions"))

project = "tmem"
author = "The tmem developers"
project_copyright = author
version = release = tmem.__version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.linkcode",
    "plain_docstrings",
    "repository_files",
    "copied_files",
    "mathml",
]
exclude_patterns = ["_*"]
nitpicky = True
nitpick_ignore_regex = [
    # What is no part of the reference, or of the standard library, whose own is not read over a network.
    ("py:class", r"(collections\.abc|pathlib)\..*"),
    ("py:class", r"tmem_spec\.(invariants\.Predicate|maps\.Map.*)"),
]

myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
html_math_renderer = "mathml"
myst_heading_anchors = 4
myst_url_schemes = {"http": None, "https": None, "mailto": None, "repository": None}

default_role = "code"
autodoc_member_order = "bysource"
autodoc_typehints = "signature"

html_theme = "furo"
html_title = f"tmem {release}"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_js_files = ["site.js"]
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False
html_theme_options: dict[str, object] = {"top_of_page_buttons": []}
pygments_style = "default"
pygments_dark_style = "github-dark"
linkcheck_ignore = [r"^(?!https?:)"]


def setup(app: Sphinx) -> None:
    """Leave out of the table of contents what is generated and was not generated yet."""
    app.connect("source-read", without_empty_globs)


def without_empty_globs(app: Sphinx, docname: str, source: list[str]) -> None:
    """Strike each pattern of the first page that no document fits: Sphinx warns of them."""
    if docname == app.config.root_doc:
        patterns = [line for line in source[0].split("\n") if re.fullmatch(r"[a-z/]+\*", line)]
        for empty in (one for one in patterns if not any(HERE.glob(f"{one}.md"))):
            source[0] = source[0].replace(f"\n{empty}\n", "\n")
