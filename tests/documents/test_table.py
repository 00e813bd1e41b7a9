"""The table behind the state explorer: what it says is what a fresh run of the real code does."""

from __future__ import annotations

import json
import random
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from tmem_proofs.documents import gallery, table
from tmem_proofs.documents.links import TOP
from tmem_proofs.documents.scenes import OURS, PUBLISHED, TREES, code_of, shown
from tmem_proofs.documents.stage import Stage
from tmem_proofs.documents.trees import Node, Tree, broken_in, nodes
from tmem_spec.words import EPHEMERAL


@pytest.mark.parametrize("algorithm", [OURS, PUBLISHED])
def test_ways_through_the_table_are_those_of_the_code(algorithm: str) -> None:
    """Calls rolled by dice, followed in the table and made on a stage: state for state the same tree and answer."""
    found, dice = table.table(algorithm), random.Random(7)
    every = list(table.calls())
    for _ in range(60):
        stage, at = Stage(code_of(algorithm), EPHEMERAL), 0
        for _ in range(10):
            call = dice.choice([one for one in every if one in found.steps[at]])
            at, step = found.steps[at][call]
            made = table.make(stage, call)
            assert (made.tree, made.answer, made.callbacks) == (found.states[at], step.answer, step.callbacks)


def test_ours_comes_to_a_state_for_each_set_of_indexes() -> None:
    """And is never broken; the published algorithm comes to more, and some are."""
    ours, published = table.table(OURS), table.table(PUBLISHED)
    assert len(ours.states) == 2 ** len(table.INDEXES)
    assert len(published.states) > len(ours.states)
    assert not any(step.broken for steps in ours.steps for _, step in steps.values())
    broken = {one.partition(":")[0] for steps in published.steps for _, step in steps.values() for one in step.broken}
    assert broken >= {"MEM-1", "MEM-4", "SHR-1", "SHR-2", "SHR-4", "MEM-6", "CNT-5"}


def test_the_script_is_that_table() -> None:
    """What the page loads is JSON after a name, whole."""
    text = table.script()
    loaded = json.loads(text.partition("const TABLE = ")[2].rstrip(";\n"))
    ours = table.table(OURS)
    assert len(loaded["tables"][OURS]["states"]) == len(ours.states)
    after, answer, *_ = loaded["tables"][OURS]["steps"][0]["put 0"]
    assert loaded["texts"][answer] == "stored"
    assert loaded["tables"][OURS]["states"][after] == [0, 1, 0, 0, []]
    assert (TOP / "docs" / "explorer" / "table.js").read_text(encoding="utf-8") == text


def test_what_is_broken_in_a_tree_is_named() -> None:
    """Each clause of the law, by a tree that breaks it and one that does not."""
    leaf = Node(1, 2, ((0, 0), (1, 1)))
    assert list(broken_in(Tree(1, 2, 1, leaf))) == []
    wrong = {
        "SHR-1": Tree(1, 1, 1, Node(1, 1, ((0, 0),))),
        "SHR-2": Tree(2, 2, 3, Node(2, 2, ((0, leaf), (1, Node(1, 0, ()))))),
        "SHR-3": Tree(1, 2, 1, Node(1, 2, ((0, 0), (2, 1)))),
        "CNT-1": Tree(1, 3, 1, leaf),
        "CNT-2": Tree(0, 0, 0, None),
        "CNT-4": Tree(1, 2, 2, leaf),
        "CNT-5": Tree(1, 2, 1, Node(1, 1, ((0, 0), (1, 1)))),
    }
    for identifier, tree in wrong.items():
        assert [one.partition(":")[0] for one in broken_in(tree)] == [identifier]


def test_pictures_are_xml_and_show_what_was_run() -> None:
    """Each parses, and has a box for every objnode and page of the trees that it shows."""
    drawn = dict(gallery.pictures())
    assert len(drawn) >= len(TREES)
    for scene in TREES:
        texts = [one.text or "" for one in ET.fromstring(drawn[scene.name]).iter("{http://www.w3.org/2000/svg}text")]  # noqa: S314 - ours
        trees = [
            tree for one in scene.of for tree in (shown(scene, one).tree, shown(scene, one).steps[-1].tree) if tree
        ]
        expected = sum(len(list(nodes(tree.root))) for tree in trees)
        assert sum(one.startswith("level ") for one in texts) == expected
    assert 'class="stump"' in drawn["refused-descending-5"]
    assert not any('class="stump"' in drawn[name] for name in ("growing", "shrinking", "duplicate"))


def test_the_committed_pictures_are_those() -> None:
    """As the real code draws them today."""
    for name, drawing in gallery.pictures():
        assert Path(TOP / "docs" / "pictures" / f"{name}.svg").read_text(encoding="utf-8") == drawing
