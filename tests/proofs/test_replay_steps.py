"""Paths of the steps of tearing down, of loops and of pieces, run on the shipped functions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from tmem._words import bucket_of, height_for
from tmem_proofs.claims.catalogue import Subject, subjects
from tmem_proofs.engine.environment import GIVEN, RAISES, REFUSED
from tmem_proofs.engine.explorer import explore
from tmem_proofs.prover import prove_scenario
from tmem_proofs.replay import pieces
from tmem_proofs.replay.agree import ReplayError
from tmem_proofs.replay.pieces import FirstUsed, Order, Release, Take, Used, Value
from tmem_proofs.replay.plain import Node, State
from tmem_proofs.replay.steps import CASES, Case, Drain
from tmem_proofs.source import load
from tmem_spec import law, words

STEPS = [one for one in subjects() if one.operation in CASES]


def cases(subject: Subject) -> Iterator[tuple[bool, Any]]:
    """Of every path: whether there are values with which it is taken, and the path in plain values."""
    code, runs = load(), []
    for path in explore(lambda path: runs.append(subject.run(path, code))):
        yield path.witness() is not None, CASES[subject.operation](runs[-1])


def named(operation: str, case: str = "any") -> Subject:
    """One of the steps."""
    return next(one for one in STEPS if (one.operation, one.case) == (operation, case))


@pytest.mark.parametrize("subject", STEPS, ids=lambda one: f"{one.operation}/{one.case}")
def test_every_path_that_can_be_taken_is_replayed(subject: Subject) -> None:
    """The run that proves an obligation replays each path that has a witness, and there is one at least."""
    taken = sum(can_be for can_be, _ in cases(subject))
    explored = prove_scenario(subject.operation, subject.case, list(subject.claims))
    assert explored.replayed == taken == explored.paths > 0
    assert explored.disagreement == ""


@pytest.mark.parametrize("seed", [1, 2])
def test_whatever_values_are_found_the_drain_is_replayed(seed: int) -> None:
    """Other values of the solver's make other trees: of those, too, the least used slot is the first."""
    for height in range(7):
        explored = prove_scenario("drain", f"height {height}", ["CNT-1"], seed=seed)
        assert (explored.replayed, explored.disagreement) == (explored.paths, "")


def test_a_drained_tree_is_not_the_simplest() -> None:
    """Some leaf has more than one page, some objnode stays with others used, and some tree goes altogether."""
    found = [case for height in range(7) for _, case in cases(named("drain", f"height {height}"))]
    assert any(len(case.pages) > 1 for case in found)
    assert any(case.after.root is not None and case.unlinked for case in found)
    assert any(case.after.root is None and len(case.unlinked) == 6 for case in found)


def test_a_leaf_is_drained_in_order() -> None:
    """Not only two pages: a leaf that is full, in a tree that is not canonical, gives all 64, and its parent goes."""
    leaf = Node(64, tuple((slot, slot) for slot in range(64)))
    before = State(3, 64, 3, Node(1, ((0, Node(1, ((0, leaf),))),)))
    Drain(before, tuple(range(64)), (((1, 0), 0), ((2, 0), 0), ((3, 0), 0)), State(0, 0, 0, None)).replay()


def test_the_host_of_a_replay_answers_as_on_every_path() -> None:
    """Given, refused and raised, by the first objnode and by the last: all are among the paths of `take`."""
    found = {case.answers for _, case in cases(named("take"))}
    assert {(), (REFUSED,), (RAISES,), (GIVEN,) * 11, (*(GIVEN,) * 10, RAISES)} <= found


TREE = State(2, 3, 3, Node(2, ((0, Node(1, ((5, 5),))), (7, Node(2, ((0, 448), (1, 449)))))))
LEFT = State(2, 2, 2, Node(1, ((7, Node(2, ((0, 448), (1, 449)))),)))
DRAIN = Drain(TREE, (5,), (((1, 0), 0),), LEFT)
FIRST = FirstUsed(frozenset({3, 9}), 3)
USED = Used(("a", None, "b"), ("a", "b"))
TAKE = Take(3, (GIVEN, REFUSED), result=False)
RELEASE = Release((("a",), ("b", "c"), "d"), None, frozenset({"b", "c"}), ("a", "b", "c", "d"), "b")
HEIGHT = Value(height_for, lambda index: law.height({index}), 64, 2)
BUCKET = Value(bucket_of, words.bucket_of, 1, 158)
ORDER = Order(1, 2, before=True)
RIGHT: list[Case] = [DRAIN, FIRST, USED, TAKE, RELEASE, HEIGHT, BUCKET, ORDER]


@pytest.mark.parametrize("case", RIGHT, ids=range(len(RIGHT)))
def test_a_case_that_the_objects_agree_with_passes(case: Case) -> None:
    """The cases that the next test changes are right as they stand."""
    case.replay()


WRONG: dict[str, Case] = {
    "page": replace(DRAIN, pages=(6,)),
    "pages": replace(DRAIN, pages=(5, 448)),
    "no page": replace(DRAIN, pages=()),
    "objnode": replace(DRAIN, unlinked=(((1, 7), 0),)),
    "objnodes": replace(DRAIN, unlinked=(*DRAIN.unlinked, ((2, 0), 0))),
    "count of an objnode": replace(DRAIN, unlinked=(((1, 0), 1),)),
    "height": replace(DRAIN, after=replace(LEFT, height=1)),
    "pampd_count": replace(DRAIN, after=replace(LEFT, pampd_count=3)),
    "objnode_count": replace(DRAIN, after=replace(LEFT, objnode_count=3)),
    "what stays": replace(DRAIN, after=TREE),
    "slot": replace(FIRST, found=9),
    "slots": replace(FIRST, used=frozenset({2, 3})),
    "given": replace(USED, given=("a",)),
    "held": replace(USED, held=("a", "b", None, "c")),
    "count": replace(TAKE, count=1),
    "asked": replace(TAKE, answers=(REFUSED, GIVEN)),
    "answered": replace(TAKE, answers=(GIVEN, RAISES)),
    "taken": replace(TAKE, result=True),
    "raised": replace(RELEASE, result="c"),
    "raised before": replace(RELEASE, before="before"),
    "not raised": replace(RELEASE, raising=frozenset({"c"})),
    "freed": replace(RELEASE, freed=("a", "b", "d")),
    "order freed": replace(RELEASE, freed=("b", "a", "c", "d")),
    "value": replace(HEIGHT, result=1),
    "argument": replace(BUCKET, argument=2),
    "specified": replace(HEIGHT, specified=lambda _: 3),
    "before": replace(ORDER, before=False),
    "after": replace(ORDER, left=3),
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_a_case_that_the_objects_disagree_with_is_found(wrong: Case) -> None:
    """A path that claims another result, another state or another call is not passed over."""
    with pytest.raises(ReplayError):
        wrong.replay()


BOTH_WRONG: dict[str, tuple[Any, str, Any, Case]] = {
    "first used slot": (pieces, "_first_used", lambda _: 9, replace(FIRST, found=9)),
    "nothing torn down": (pieces, "flush_pool", lambda _: None, ORDER),
    "order": (words, "oid_before", lambda *_: False, ORDER),
}


@pytest.mark.parametrize(("module", "name", "function", "case"), BOTH_WRONG.values(), ids=BOTH_WRONG)
def test_what_the_path_says_is_not_enough(
    monkeypatch: pytest.MonkeyPatch, module: Any, name: str, function: Any, case: Case
) -> None:
    """What the shipped function, and the specification's, do is asked for itself."""
    monkeypatch.setattr(module, name, function)
    with pytest.raises(ReplayError):
        case.replay()


def beside(right: Node, root_counts: int = 2, more_pages: int = 0, more_objnodes: int = 0) -> Drain:
    """The same drain with another objnode to the right of what goes, and with counts that are wrong."""
    pages, objnodes = len(right.below) + more_pages, 2 + more_objnodes
    root = Node(root_counts, ((0, Node(1, ((5, 5),))), (7, right)))
    left = Node(root_counts - 1, ((7, right),))
    before, after = State(2, pages + 1, objnodes + 1, root), State(2, pages, objnodes, left)
    return Drain(before, (5,), DRAIN.unlinked, after)


PAGES = ((0, 448), (1, 449))
UNLAWFUL = {
    "pampd_count": ("CNT-1", beside(Node(2, PAGES), more_pages=1)),
    "objnode_count": ("CNT-4", beside(Node(2, PAGES), more_objnodes=1)),
    "slots_in_use": ("CNT-5", beside(Node(3, PAGES))),
    "slots_in_use of the root": ("CNT-5", beside(Node(2, PAGES), root_counts=3)),
    "an empty objnode": ("SHR-2", beside(Node(0, ()))),
}


def test_what_is_lawful_passes() -> None:
    """The drain that the next test spoils is right as it stands."""
    beside(Node(2, PAGES)).replay()


@pytest.mark.parametrize(("invariant", "case"), UNLAWFUL.values(), ids=UNLAWFUL)
def test_what_breaks_the_law_is_found(invariant: str, case: Drain) -> None:
    """Where the path and the objects agree, the specification is still asked."""
    with pytest.raises(ReplayError, match=rf"what breaks the law on the shipped objects: \['{invariant}'\]"):
        case.replay()
