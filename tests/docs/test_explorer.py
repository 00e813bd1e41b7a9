"""The state explorer and the picture of the proofs, used as readers do: what they show is what the real code does."""

from __future__ import annotations

import random
import re
from typing import Any

import pytest

from support.site import Open
from tmem_proofs.documents.scenes import OURS, PUBLISHED, code_of
from tmem_proofs.documents.stage import Stage, Step
from tmem_proofs.documents.table import Call, make
from tmem_proofs.documents.trees import nodes, pages
from tmem_spec.words import EPHEMERAL

STUMP: tuple[Call, ...] = (("put", 0, ""), ("put", 4096, "objnode 5"))


def played(algorithm: str, calls: tuple[Call, ...]) -> Step:
    """The last of these calls, made to the real code."""
    stage = Stage(code_of(algorithm), EPHEMERAL)
    return [make(stage, call) for call in calls][-1]


def call_on(shown: Any, call: Call) -> None:
    """Make a call on the page."""
    what, index, refused = call
    if refused:
        shown.select_option("#refused", refused)
    name = "flush_object" if what == "flush_object" else f"{what} page {index}"
    shown.get_by_role("button", name=name, exact=True).click()


def shows(shown: Any, algorithm: str, step: Step) -> None:
    """The side of an algorithm shows the counts, the boxes, the answer and what is broken, as of the real code."""
    side = shown.locator(f"#explorer .side.{algorithm}")
    tree = step.tree
    counts = "no object"
    if tree is not None:
        counts = f"height {tree.height}, pampd_count {tree.pampd_count}, objnode_count {tree.objnode_count}"
    assert side.locator(".counts").inner_text() == counts
    boxes = sorted(side.locator(".box").all_inner_texts())
    expected = [] if tree is None else [f"level {one.level}, {one.slots_in_use} in use" for one in nodes(tree.root)]
    expected += [] if tree is None else [f"page {index}" for _, index in pages(tree.root)]
    assert boxes == sorted(expected)
    assert side.locator(".broken li").all_inner_texts() == list(step.broken)
    assert side.locator(".answer").inner_text() == f"answer: {step.answer}"


@pytest.mark.parametrize("window", ["wide", "phone"])
def test_a_stump_is_seen(open_at: Open, window: str) -> None:
    """Two calls, as the page proposes: on the left a stump, red, on the right nothing of it."""
    shown, complaints = open_at("explorer.html", window)
    for call in STUMP:
        call_on(shown, call)
    for algorithm in (PUBLISHED, OURS):
        shows(shown, algorithm, played(algorithm, STUMP))
    assert shown.locator("#explorer .side.published .box.stump").count() == 1
    assert shown.locator("#explorer .side.ours .box.stump").count() == 0
    assert complaints == []


@pytest.mark.parametrize("seed", range(6))
def test_steps_show_what_the_code_does(open_at: Open, seed: int) -> None:
    """Some calls, rolled by dice: after each, both sides are as the real code is."""
    shown, complaints = open_at("explorer.html")
    dice, made = random.Random(seed), list[Call]()
    for _ in range(8):
        what = dice.choice(["put", "put", "put", "get", "flush_page", "flush_object"])
        refused = dice.choice(["", "", "objnode 1", "objnode 2", "objnode 3", "page"]) if what == "put" else ""
        call = (what, 0 if what == "flush_object" else dice.choice([0, 1, 64, 4096]), refused)
        call_on(shown, call)
        made.append(call)
        for algorithm in (PUBLISHED, OURS):
            shows(shown, algorithm, played(algorithm, tuple(made)))
    assert shown.locator("#explorer ol.steps li").count() == len(made)
    assert complaints == []


def test_an_address_keeps_the_calls(open_at: Open) -> None:
    """What the address says is what is shown; undo takes one back, and a story can be played."""
    shown, _ = open_at("explorer.html")
    for call in STUMP:
        call_on(shown, call)
    again, complaints = open_at(f"explorer.html{re.sub('^[^#]*', '', shown.url)}")
    shows(again, PUBLISHED, played(PUBLISHED, STUMP))
    again.get_by_role("button", name="undo").click()
    shows(again, PUBLISHED, played(PUBLISHED, STUMP[:1]))
    again.select_option("#stories", "a stump")
    shows(again, PUBLISHED, played(PUBLISHED, STUMP))
    again.get_by_role("button", name="begin anew").click()
    assert again.locator("#explorer .side.ours .counts").inner_text() == "no object"
    assert complaints == []


def test_it_works_from_the_keyboard(open_at: Open) -> None:
    """A button that has the focus is pressed by the space bar."""
    shown, _ = open_at("explorer.html")
    shown.get_by_role("button", name="put page 64", exact=True).focus()
    shown.keyboard.press("Space")
    shows(shown, OURS, played(OURS, (("put", 64, ""),)))


def test_the_picture_of_the_proofs_leads_to_pages(open_at: Open, site: str) -> None:
    """Its boxes are links in the page itself, and lead where they say."""
    shown, complaints = open_at("theorems.html")
    drawing = shown.locator("object.graph")
    drawing.wait_for()
    frame = next(frame for frame in shown.frames if frame.url.endswith("graph.svg"))
    frame.wait_for_selector("a")
    targets = frame.eval_on_selector_all("a", "links => links.map(link => link.href.baseVal)")
    assert "invariants/index.html#the-shape-of-a-tree" in targets
    for target in ("invariants/index.html#the-shape-of-a-tree", "theorems.html#tmem-put"):
        page, complaints_there = open_at(target)
        anchor = target.partition("#")[2]
        assert page.locator(f"#{anchor}").count() == 1, target
        assert complaints_there == []
    assert complaints == []
    assert site
