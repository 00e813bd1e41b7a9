"""What turns documents into pages: links to lines, pages of files, docstrings. It needs Sphinx, as the site does."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path, PurePosixPath

import pytest

import plain_docstrings
from copied_files import copied, redirected
from repository_files import numbered, rewritten, shown_files

ROOT = Path(__file__).parents[2]
CONFIGURATION = """
import sys
sys.path.insert(0, {extensions!r})
extensions = ["myst_parser", "repository_files"]
myst_url_schemes = {{"https": None, "repository": None}}
html_theme = "furo"
"""


def built(folder: Path, text: str, builder: str = "html") -> subprocess.CompletedProcess[str]:
    """A site of one page, as a document that lies right in docs/; warnings are errors."""
    source = folder / "source"
    source.mkdir()
    (source / "conf.py").write_text(CONFIGURATION.format(extensions=str(ROOT / "docs" / "_extensions")), "utf-8")
    (source / "index.md").write_text(f"# A page\n\n{text}\n", encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "sphinx",
        "-b",
        builder,
        "--quiet",
        "--fail-on-warning",
        str(source),
        str(folder / "site"),
    ]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=100)


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("[x](../../spec/a.py#L1-L2)", "[x](repository:spec/a.py#L1-L2)"),
        ("[x](../../spec/a.py#L1) and [y](../../impl)", "[x](repository:spec/a.py#L1) and [y](repository:impl)"),
        ("[x](../ci.md#a-second-run)", "[x](../ci.md#a-second-run)"),
        ("[x](using.md)", "[x](using.md)"),
        ("[x](https://example.org/../a.py)", "[x](https://example.org/../a.py)"),
        ("```\n[x](../../spec/a.py)\n```\n[x](../../a)", "```\n[x](../../spec/a.py)\n```\n[x](repository:a)"),
        ("[x](../explorer/index.html)", "[x](repository:docs/explorer/index.html)"),
        ("[x](a.html) ![y](../pictures/b.svg)", "[x](repository:docs/guide/a.html) ![y](../pictures/b.svg)"),
        ("[graph](../graph.svg)", "[graph](repository:docs/graph.svg)"),
        (":::{note}\n[x](../../a)\n:::", ":::{note}\n[x](repository:a)\n:::"),
    ],
)
def test_links_out_of_the_documents_are_rewritten(link: str, expected: str) -> None:
    """Those of a document in docs/guide to files elsewhere; not those between documents, nor what a fence shows."""
    assert rewritten(link, PurePosixPath("docs/guide")) == expected


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ('<a href="invariants/SHR-1.md#x">', '<a href="invariants/SHR-1.html#x">'),
        ('<a xlink:href="../spec/tmem_spec/law.py#L3">', '<a xlink:href="files/spec/tmem_spec/law.py.html#L3">'),
        ('<a href="#here"><a href="https://example.org/a.md">', '<a href="#here"><a href="https://example.org/a.md">'),
    ],
)
def test_links_of_drawings_lead_to_pages(link: str, expected: str) -> None:
    """Those of a drawing in docs/ to documents and to lines of files; not those elsewhere."""
    assert redirected(link, PurePosixPath()) == expected


def test_files_of_the_documents_are_copied(tmp_path: Path) -> None:
    """A page of HTML and a script that lie in docs/ are in the site, at the same place; what Sphinx uses is not."""
    for name in ("explorer/index.html", "explorer/table.json", "a.svg", "_static/site.js", "a.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("", encoding="utf-8")
    assert [str(file) for file in copied(tmp_path)] == ["a.svg", "explorer/index.html", "explorer/table.json"]


def test_a_file_is_shown_line_by_line() -> None:
    """Each line has an anchor, blank ones too; a range that is linked to has one where it begins."""
    shown = numbered("\nx = '<'\n\ny = 1\n", "a.py", {"L2-L4"})
    assert [shown.count(f'id="L{number}"') for number in range(1, 6)] == [1, 1, 1, 1, 0]
    assert shown.index('id="L1"') < shown.index('id="L2-L4"') < shown.index('id="L2"')
    assert "&lt;" in shown


def test_every_file_of_the_three_roots_is_a_page() -> None:
    """Whatever Python there is in spec, impl and proofs can be linked to."""
    ours = {
        file.relative_to(ROOT).as_posix() for root in ("spec", "impl", "proofs") for file in (ROOT / root).rglob("*.py")
    }
    assert ours <= set(shown_files())


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[x](../spec/no_such_file.py)", "no page shows the file spec/no_such_file.py"),
        ("[x](../Makefile#L1-L9999)", "Makefile has only"),
        ("[x](no_such_page.md)", "no_such_page"),
    ],
)
def test_a_link_to_nothing_fails_the_build(text: str, complaint: str, tmp_path: Path) -> None:
    """A file, a line or a page that is not there is a warning, and so an error."""
    ended = built(tmp_path, text, "dummy")
    assert ended.returncode != 0
    assert complaint in ended.stderr


def test_a_link_to_lines_leads_to_them(tmp_path: Path) -> None:
    """From the page to the page of the file, and there is the anchor."""
    ended = built(tmp_path, "[x](../spec/tmem_spec/law.py#L3-L5)")
    assert ended.returncode == 0, ended.stderr
    page = (tmp_path / "site" / "index.html").read_text(encoding="utf-8")
    assert 'href="files/spec/tmem_spec/law.py.html#L3-L5"' in page
    file = (tmp_path / "site" / "files" / "spec" / "tmem_spec" / "law.py.html").read_text(encoding="utf-8")
    assert 'id="L3-L5"' in file


@pytest.mark.parametrize(
    ("docstring", "converted"),
    [
        ("Takes `a_b` and *_c.", r"Takes ``a_b`` and \*\_c."),
        ("0..2**32-1; a|b_", r"0..2\*\*32-1; a\|b\_"),
        ("Words:\n  a   one\n  b   two\nrest", "Words:\n\n::\n\n    a   one\n    b   two\n\nrest"),
        ("One.\n\nTwo.", "One.\n\nTwo."),
    ],
)
def test_docstrings_are_taken_as_they_read(docstring: str, converted: str) -> None:
    """Backticks mark code, what is indented stands as it is, and nothing else means anything."""
    assert "\n".join(plain_docstrings.converted(docstring.split("\n"))) == converted
