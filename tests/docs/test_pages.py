"""Every page in a real browser: no complaint, nothing beside the window, every link leads somewhere."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin

import pytest

from support.site import BUILT, WINDOWS, Open

ALL = sorted(BUILT.rglob("*.html"))
READ = [page for page in ALL if "files" not in page.relative_to(BUILT).parts]  # those that are written, not listings
SOME_FILES = [BUILT / "files" / name for name in ("impl/tmem/_tree.py.html", "README.md.html", "spec/index.html")]

HERE = "http://the.site/"  # an address to reckon with
WITHOUT_HEADING = {"search.html"}  # until something is searched for

# How much of the page, or of its content, cannot be reached without scrolling all of it sideways.
BEYOND = """Math.max(...[document.documentElement, ...document.querySelectorAll(".main, .content")].map(
    part => part.scrollWidth - part.clientWidth))"""


def name_of(page: Path) -> str:
    """A page as its address has it."""
    return page.relative_to(BUILT).as_posix()


class _Anchors(HTMLParser):
    """The names and the references of a page, and what it loads."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.references: list[str] = []
        self.loaded: list[str] = []
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect them."""
        given = {key: value or "" for key, value in attrs}
        self.names |= {given[key] for key in ("id", "name") if key in given}
        if tag == "a":
            self.references += [given[key] for key in ("href", "xlink:href") if key in given]
        if tag in {"script", "img", "iframe", "source", "object", "embed"}:
            self.loaded += [given[key] for key in ("src", "srcset", "data") if key in given]
        if tag == "link" and given.get("rel") not in {"next", "prev", "index", "search", "author", "canonical"}:
            self.loaded.append(given["href"])


@pytest.fixture(scope="module")
def anchors() -> dict[str, _Anchors]:
    """Of every page of the site, and of every drawing."""
    drawings = (file for file in BUILT.rglob("*.svg") if not {"_static", "_images"} & set(file.parts))
    return {name_of(page): _Anchors(page) for page in (*ALL, *drawings)}


def test_there_is_a_site() -> None:
    """The pages that these tests look at are there, and so are the listings of files."""
    assert {"index.html", "guide/how-it-works.html", "reference/tmem.html", "search.html"} <= {*map(name_of, READ)}
    assert all(page.is_file() for page in SOME_FILES)


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("page", [*READ, *SOME_FILES], ids=name_of)
def test_a_page_loads_without_complaint(page: Path, window: str, open_at: Open) -> None:
    """The console stays empty, nothing fails to load, there is a heading, and no page is wider than its window."""
    shown, complaints = open_at(name_of(page), window)
    assert complaints == []
    assert page.name in WITHOUT_HEADING or shown.locator("h1").first.is_visible()
    assert shown.evaluate(BEYOND) <= 0


def test_what_is_too_wide_is_noticed(open_at: Open) -> None:
    """The measure sees a thing that sticks out, and the console a script that fails."""
    shown, complaints = open_at("index.html", "phone")
    shown.evaluate("document.querySelector('h1').style.width = '2000px'")
    assert shown.evaluate(BEYOND) > 0
    shown.evaluate("console.error('seen')")
    assert complaints == ["seen"]


def test_dark_and_light_differ(open_at: Open) -> None:
    """The page follows what the reader's system asks for: dark letters on light, light ones on dark."""
    backgrounds = []
    for window in ("wide", "dark"):
        shown, _ = open_at("index.html", window)
        colour = shown.evaluate("getComputedStyle(document.body).backgroundColor")
        backgrounds.append(sum(map(int, re.findall(r"\d+", colour)[:3])))
    light, dark = backgrounds
    assert light > 600
    assert dark < 200


def test_every_link_leads_somewhere(anchors: dict[str, _Anchors]) -> None:
    """Each link within the site is to a page that is there, and to an anchor that this page has."""
    broken, followed = [], 0
    for page, found in anchors.items():
        for reference in found.references:
            target, anchor = urldefrag(urljoin(HERE + page, reference))
            if not target.startswith(HERE):
                continue
            followed += 1
            name = unquote(target.removeprefix(HERE)) or page
            names = anchors[name].names | {""} if name in anchors else {""} if (BUILT / name).is_file() else set()
            if unquote(anchor) not in names:
                broken.append(f"{page}: {reference}")
    assert broken == []
    assert followed > 1000


def test_nothing_is_loaded_from_elsewhere(anchors: dict[str, _Anchors]) -> None:
    """No script, style, font or picture of another host, neither in pages nor in styles."""
    assert [one for found in anchors.values() for one in found.loaded if re.match(r"(?i)(https?:)?//", one)] == []
    styles = {file.name: file.read_text(encoding="utf-8") for file in BUILT.rglob("*.css")}
    assert styles
    far = re.compile(r"(?i)(?:@import|url\()\s*['\"]?(?:https?:)?//")
    assert [name for name, text in styles.items() if far.search(text)] == []


@pytest.mark.parametrize("page", ["index.html", "guide/how-it-works.html", "search.html"])
def test_the_network_is_left_alone(page: str, open_at: Open, site: str) -> None:
    """While a page loads, the browser asks this site and nobody else."""
    shown, _ = open_at(page)
    asked: list[str] = []
    shown.on("request", lambda request: asked.append(request.url))
    shown.reload(wait_until="networkidle")
    assert asked
    assert [url for url in asked if not url.startswith((site, "data:"))] == []
