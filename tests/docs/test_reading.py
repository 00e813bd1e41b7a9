"""What a reader does: search, follow a claim to its line, go through the guide, read it from a folder."""

from __future__ import annotations

from support.site import BUILT, Open

FROM_THE_FOLDER = f"{BUILT.as_uri()}/"


def test_search_finds_a_word(open_at: Open) -> None:
    """What is typed into the field leads to the page that is about it."""
    shown, complaints = open_at("index.html")
    shown.fill("input.sidebar-search", "stump")
    shown.press("input.sidebar-search", "Enter")
    shown.wait_for_selector('ul.search li a[href^="guide/what-it-is.html"]')
    assert complaints == []


def test_search_works_without_a_server(open_at: Open) -> None:
    """From the folder alone, as `make docs` leaves it."""
    shown, complaints = open_at("search.html?q=stump", address=FROM_THE_FOLDER)
    shown.wait_for_selector("ul.search li a")
    assert complaints == []


def test_a_line_of_the_path_leads_to_that_line(open_at: Open) -> None:
    """From the table of the path to the shipped source: the line is there, marked, within the window, and the same."""
    shown, complaints = open_at("guide/how-it-works.html")
    row = shown.locator("table tr", has=shown.locator("a", has_text="_tree.py:")).first
    link, source = row.locator("a").first, row.locator("td code").first.inner_text()
    number = link.inner_text().partition(":")[2]
    link.click()
    shown.wait_for_url("**/files/impl/tmem/_tree.py.html*")
    line = shown.locator(f"#L{number}")
    assert "named" in line.get_attribute("class")
    assert source in line.inner_text()
    shown.wait_for_function(f"""() => {{
        const box = document.getElementById("L{number}").getBoundingClientRect();
        return box.top >= 0 && box.bottom <= innerHeight;
    }}""")
    assert complaints == []


def test_a_range_of_lines_is_marked(open_at: Open) -> None:
    """#L3-L5 marks three lines; another address marks others instead."""
    shown, _ = open_at("files/spec/tmem_spec/law.py.html#L3-L5")
    marked = "[...document.querySelectorAll('.line.named')].map(line => line.id)"
    assert shown.evaluate(marked) == ["L3", "L4", "L5"]
    shown.evaluate("location.hash = '#L7'")
    shown.wait_for_function(f"() => {marked}.join() === 'L7'")


def test_the_source_of_a_call_is_where_the_reference_says(open_at: Open) -> None:
    """`[source]` beside Tmem.put leads to `def put` in the shipped file."""
    shown, _ = open_at("reference/tmem.html")
    shown.locator("dt[id='tmem.Tmem.put'] .viewcode-link").click()
    shown.wait_for_url("**/files/impl/tmem/store.py.html#L*")
    assert "def put(" in shown.locator(".line.named").first.inner_text()


def test_the_guide_can_be_read_through(open_at: Open) -> None:
    """From the first page on, `Next` leads through every page of the guide."""
    shown, _ = open_at("index.html")
    seen: list[str] = []
    while (ahead := shown.locator("a.next-page")).count() and len(seen) < 200:
        ahead.click()
        shown.wait_for_load_state()
        seen.append(shown.url.partition("/guide/")[2].removesuffix(".html"))
    guide = [name for name in seen if name]
    assert guide == ["what-it-is", "using", "how-it-works", "trust", "limits", "adding"]


def test_the_reader_can_choose_dark(open_at: Open) -> None:
    """The button of the page goes from what the system asks for to light and to dark."""
    shown, _ = open_at("index.html")
    themes = set()
    for _ in range(3):
        themes.add(shown.evaluate("document.body.dataset.theme"))
        shown.locator(".theme-toggle-content .theme-toggle, .theme-toggle-header .theme-toggle").first.dispatch_event(
            "click"
        )
    assert themes == {"auto", "light", "dark"}


def test_a_phone_has_the_table_of_contents_behind_a_button(open_at: Open) -> None:
    """On a phone it is out of sight until asked for."""
    shown, _ = open_at("index.html", "phone")
    contents = shown.locator(".sidebar-tree a", has_text="Using the library")
    assert contents.bounding_box()["x"] < 0
    shown.locator(".mobile-header .nav-overlay-icon").click()
    shown.wait_for_function("() => document.querySelector('.sidebar-drawer').getBoundingClientRect().x >= 0")
    contents.click()
    shown.wait_for_url("**/guide/using.html")
