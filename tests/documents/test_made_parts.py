"""The parts of pages that are made: each says what the tools and docstrings say now."""

from __future__ import annotations

import inspect
import subprocess
import sys
from pathlib import Path

import pytest

from page_blocks import blocks, calls, one_path
from tmem import Tmem
from tmem_proofs.results import Verdict

OLDEST = sys.version_info[:2] == (3, 11)
PARTS = [
    pytest.param(page, name, id=f"{page.relative_to(blocks.ROOT)}: {name}")
    for page in blocks.pages()
    for name in blocks.parts_of(page.read_text(encoding="utf-8"))
]


@pytest.mark.skipif(
    not OLDEST, reason="pages are made with Python 3.11: others lay out help in other ways, and report other lines"
)
@pytest.mark.parametrize(("page", "name"), PARTS)
def test_a_part_is_what_is_made_now(page: Path, name: str) -> None:
    """`make pages` would change nothing."""
    stands = blocks.parts_of(page.read_text(encoding="utf-8"))[name]
    assert stands == blocks.made(name), "make pages makes it anew"


def test_the_documents_show_what_they_promise() -> None:
    """The table of calls, a path from line to question, help texts, a refutation: each is on some page."""
    names = {one.values[1] for one in PARTS}
    assert {"calls", "path", "path asked", "path refuted", "help prove"} <= names
    assert any(str(name).startswith("story ") for name in names)


def test_a_part_that_is_changed_by_hand_is_noticed() -> None:
    """What stands between the comments is compared, with whatever indentation, and nothing else is touched."""
    page = "a\n  <!-- made by: help explain -->\n  by hand\n  <!-- end -->\nb\n"
    assert blocks.parts_of(page) == {"help explain": "by hand\n"}
    anew = blocks.made_anew(page)
    assert anew.startswith("a\n  <!-- made by: help explain -->\n  ```text\n  usage: tmem explain")
    assert anew.endswith("  ```\n  <!-- end -->\nb\n")
    assert blocks.parts_of(anew) == {"help explain": blocks.made("help explain")}


def test_the_docstring_of_every_call_says_lock_and_cost() -> None:
    """And what it raises, where it raises more than every call may."""
    told = {method: calls.call(method) for method in calls.methods()}
    assert "put" in told
    assert len(told) == sum(not name.startswith("_") for name, _ in inspect.getmembers(Tmem, inspect.isfunction))
    assert [method for method, one in told.items() if not (one.lock and one.cost.startswith("O("))] == []
    assert "GetDataError" in told["get"].raises
    assert told["get_exclusive"] == told["get"]


def test_the_question_of_the_path_is_one_that_any_solver_reads() -> None:
    """The text on the page, put to the command that comes with Z3, is answered as it says: unsat."""
    text = "\n".join(one_path.asked()).strip("`\nlisp")
    assert ":status unsat" in text
    command = [str(Path(sys.executable).with_name("z3")), "-in"]
    ended = subprocess.run(command, input=text, capture_output=True, text=True, check=True, timeout=60)
    assert ended.stdout.split() == ["unsat"]


def test_the_path_goes_through_the_shipped_lines() -> None:
    """It begins in put, links the page in the leaf, and something on it was decided both ways."""
    lines = one_path.walked()
    assert next(one.module for one in lines if one.module) == "_operations"
    assert "_tree" in {one.module for one in lines}
    known = [text for one in lines for text in one.known]
    assert any(text.startswith("taken") for text in known)
    assert any(text.startswith("follows") for text in known)


@pytest.mark.parametrize(
    ("engine", "people"),
    [
        ("index + -64 < 0", "index < 64"),
        ("not (index + -64 < 0)", "index >= 64"),
        ("(index >> 6) + -1 < 0", "index >> 6 < 1"),
        ("not (root[(index & 63)] used + -1 == 0)", "root[(index & 63)] used != 1"),
        ("index + -1*(index & 63) == 0", "index + -1*(index & 63) == 0"),
        ("(a + -1 == 0) or (b + -2 == 0)", "(a + -1 == 0) or (b + -2 == 0)"),
    ],
)
def test_facts_are_shown_as_people_write_them(engine: str, people: str) -> None:
    """Comparisons with a number; all else as the engine has it."""
    assert one_path.plain(engine) == people


def test_the_wrong_line_is_refuted_with_a_test_that_fails() -> None:
    """What the page shows of it is a refutation, and its test was seen to fail."""
    result = one_path.refutation()
    assert result.verdict is Verdict.REFUTED
    assert "a test that fails" in result.story
