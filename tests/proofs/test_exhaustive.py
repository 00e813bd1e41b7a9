"""The search of a small scope: how much it meets, that what is wrong is met, and that it leaves nothing out."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace

import pytest

from tmem_proofs.cli import main
from tmem_proofs.exhaustive import command, counts, story
from tmem_proofs.exhaustive.calls import every_call
from tmem_proofs.exhaustive.forms import indexes_of
from tmem_proofs.exhaustive.layer import SMALL, refutes
from tmem_proofs.exhaustive.outside import Ways
from tmem_proofs.exhaustive.scope import Scope, ScopeError, scaled
from tmem_proofs.exhaustive.search import Found, search
from tmem_proofs.exhaustive.shapes import shapes
from tmem_proofs.faults import FAULTS
from tmem_proofs.range_faults import RANGE_FAULTS
from tmem_proofs.results import Exit
from tmem_proofs.source import Fault, load, load_published, read_sources

FEW = Scope(indexes=4)
BESIDE = Scope(indexes=2, objects=2)
LEAST = Scope(indexes=2)
UNEVEN = Scope(fan_out=4, indexes=8)  # as with 6 bits of 32, the root of the highest tree does not use all its slots

# Faults of which these scopes say nothing, and why. Theorem B refutes them all.
BEYOND = {
    "a buffer is kept and not copied": "pages are bytes",
    "a put asks no pool whether it is alive": "no pool is destroyed while a call waits for a lock",
    "flush_object asks no pool whether it is alive": "as above",
    "a pool may be destroyed twice": "as above",
    "flush_object keeps its lock when the pool is destroyed": "as above",
    "freeze does not wait": "as above",
    "a pool leaves the table without its lock": "the table is touched by one thread",
    "a pool enters the table without its lock": "as above",
    "an oid may be the invalid one": "every oid is valid",
    "unknown flags are ignored": "flags are valid",
    "a pool id is given twice": "there is one pool",
    "a new pool is frozen": "a pool is brought into a state, also into the first",
    "a pool lacks a bucket": "objects are in the first bucket",
    "objects go in the opposite order": "the specification leaves it open",
    "the search for a used slot goes down from slot 0": "as above",
    "a page is leaked when there is no memory for its object": "memory runs out in callbacks alone",
    "an object stays for whose leaves there is no memory": "as above",
    "an emptied object keeps its lock": "an object's lock is what quick ways go by: host and PAM are of the search",
    "an object out of sight keeps its lock": "as above",
    "an object has the lock of another bucket": "every object is in the first bucket, and this gives it that one's",
    "a new pool has an object": "a pool is brought into a state, also into the first",
    "a quick put goes to an object that is gone": "there are no quick ways: host and PAM are of the search",
    "a quick put asks no pool whether it is frozen": "as above",
    "a quick put asks no pool whether it is alive": "as above",
    "a quick put puts a page beside another": "as above",
    "a quick put goes beyond 32 bits": "as above",
    "objnodes of a quick put are kept": "as above",
    "a quick get leaves a private page": "as above",
    "a quick get reads an object that is gone": "as above",
    "a quick get keeps its lock": "as above",
    "a quick get looks before it has the lock": "as above",
    "objects are listed before the locks are passed": "no other thread puts an object meanwhile",
    "re-entry is not noticed": "no callback calls the store",
    "a pool id may equal an int": "arguments are of the right types",
}


@pytest.fixture(scope="module")
def few() -> Found:
    """One object with 4 indexes, searched."""
    return search(load(), FEW)


# How much there is.


def test_the_shipped_source_is_as_specified_in_the_default_scopes(capsys: pytest.CaptureFixture[str]) -> None:
    """The command searches the scopes that it has by default, and meets what is known to be in them."""
    assert main(["exhaustive"]) == Exit.PROVED
    printed = capsys.readouterr().out
    assert re.search(r"^fan-out 2, 8 indexes, 1 object +1,542 +336,597 +245,643 ", printed, re.MULTILINE)
    assert re.search(r"^fan-out 2, 2 indexes, 2 objects +102 ", printed, re.MULTILINE)
    assert "ephemeral, persistent, shared" in printed
    assert "oid 0, 233, in one of 2 buckets; height up to 1; at most 1 of the frees in one" in printed
    assert printed.splitlines()[-1].startswith("each transition is as specified")


def test_trees_come_to_a_shape_for_each_set_of_indexes() -> None:
    """At fan-out 2 with 8 indexes ours come to 256 shapes, the published to 305."""
    ours, published = shapes(load(), Scope()), shapes(load_published(), Scope())
    assert (len(ours), list(ours.values()).count(False)) == (256, 0)
    assert (len(published), list(published.values()).count(False)) == (305, 49)
    assert ours.keys() <= published.keys()
    assert len({indexes_of(one.root) for one in published if one is not None}) == 255


def test_the_top_of_a_tree_may_be_narrower() -> None:
    """Where the bits of a slot do not divide those of an index, ours come to a shape for each set of indexes, too."""
    ours = shapes(load(), UNEVEN)
    assert (len(ours), list(ours.values()).count(False)) == (256, 0)


@pytest.mark.parametrize("scope", [FEW, BESIDE], ids=str)
def test_the_law_says_how_much_there_is(scope: Scope) -> None:
    """States and transitions are as many as are worked out of the canonical law, call by call."""
    found = search(load(), scope)
    assert found.divergences == []
    assert found.states == counts.all_states(scope)
    assert found.transitions == counts.all_transitions(scope, found.scaled.spec)
    assert list(command.missing(found)) == []


def test_every_call_is_made_and_fails(few: Found) -> None:
    """Each call is made, and each that has callbacks meets failures; each callback fails in each way that it can."""
    names = {call.name for call in every_call(few.scaled)}
    assert names == few.transitions.keys()
    without = {"freeze", "thaw", "reclaim of another page"}
    assert {name for name, number in few.failing.items() if number} == names - without
    ends = {(one.split()[0], one.split()[-1]) for pattern in few.patterns for one in pattern}
    fails = {"obj_alloc", "objnode_alloc", "pam_create", "pam_get_data"}
    frees = {"obj_free", "objnode_free", "pam_free"}
    assert ends == {(name, how) for name in fails for how in ("refused", "raises")} | {(one, "raises") for one in frees}


def test_ways_are_all_that_there_are() -> None:
    """Choices that depend on what was chosen before are gone through once each, the last first."""
    ways, met = Ways(), []
    another = True
    while another:
        ways.begin()
        met.append((first := ways.choose(3), *(ways.choose(2) for _ in range(first))))
        another = ways.another()
    assert met == [(0,), (1, 0), (1, 1), (2, 0, 0), (2, 0, 1), (2, 1, 0), (2, 1, 1)]


def test_a_state_that_is_left_out_is_missed(few: Found) -> None:
    """A search that meets one state or transition too few does not pass."""
    less = Found(few.scaled, few.states - Counter(shared=1), few.transitions - Counter(put=1))
    assert [line.partition(": ")[2] for line in command.missing(less)] == [
        "met 33 states of shared, expected 34",
        f"met {few.transitions['put'] - 1} transitions of put, expected {few.transitions['put']}",
    ]


# What is wrong.


def test_every_fault_within_the_scope_is_found() -> None:
    """What the proofs refute, the search refutes, too, but for ranges and what its scopes say nothing of."""
    asked = [one.fault for one in FAULTS if one.fault.name not in BEYOND and one not in RANGE_FAULTS]
    missed = [fault.name for fault in asked if refutes(read_sources(fault)) is None]
    assert missed == []
    assert len(asked) > 100


def test_what_is_listed_as_beyond_the_scope_is() -> None:
    """No fault on the list is found, and each of them is a fault that there is."""
    listed = [one.fault for one in FAULTS if one.fault.name in BEYOND]
    assert {fault.name for fault in listed} == BEYOND.keys()
    assert [fault.name for fault in listed if refutes(read_sources(fault), [LEAST]) is not None] == []


def test_the_shipped_sources_are_not_refuted() -> None:
    """The layer has nothing to say of them, and asks of high trees and of objects that share a bucket."""
    assert refutes(read_sources()) is None
    assert max(scope.max_height for scope in SMALL) == 2
    assert max(scope.objects for scope in SMALL) == 2


def test_sources_that_cannot_be_loaded_are_refuted() -> None:
    """The reason is what went wrong then."""
    assert refutes(read_sources() | {"_tree": "1 / 0"}) == "import: ZeroDivisionError: division by zero"


def test_sources_that_cannot_be_scaled_are_not_refuted() -> None:
    """Another constant is no refutation, and nor is a field that a state does not hold."""
    with pytest.raises(ScopeError, match="0 lines of _words read SLOT_BITS: Final = 6, not 1"):
        refutes(read_sources(Fault("5 bits", "_words", "SLOT_BITS: Final = 6", "SLOT_BITS: Final = 5")))
    with pytest.raises(ScopeError, match=r"Objnode has other fields .*: leaf"):
        refutes(read_sources(Fault("leaf", "_tree", '("slots", "slots_in_use")', '("slots", "slots_in_use", "leaf")')))


# How it is told.

STUMP = Fault(
    "a refused put keeps its objnodes",
    "_operations",
    "release(pool, [] if pampd is None else [pampd], nodes, fresh, raised)",
    "release(pool, [] if pampd is None else [pampd], [], fresh, raised)",
)
SHRINKS_ONCE = Fault(
    "delete shrinks by one level at most",
    "_tree",
    "    while obj.height > 0:\n",
    "    for _ in range(min(1, obj.height)):\n",
)


def test_a_divergence_is_told_as_the_calls_that_lead_to_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Status 1, the shortest way from an empty pool, which callback failed, and the invariants broken."""
    monkeypatch.setattr(command, "load", lambda: load(STUMP))
    assert main(["exhaustive", "--indexes", "4"]) == Exit.REFUTED
    printed = capsys.readouterr().out
    assert "refuted: put, at fan-out 2, 4 indexes, 1 object\n    in an empty pool, ephemeral:\n" in printed
    assert "        put at index 1 of object 0 (pam_create number 1 refused)\n    which answers refused:\n" in printed
    assert "        MEM-1: found 1 objnodes given and 0 freed by a refused put, expected none kept\n" in printed
    assert story.UNCONFIRMED not in printed
    assert "each transition is as specified" not in printed


def test_the_way_is_as_short_as_can_be() -> None:
    """A tree that shrinks too little takes three calls to be found: two puts, and the flush that goes wrong."""
    found = search(load(SHRINKS_ONCE), FEW)
    assert len(found.divergences[0].way) == 2
    assert story.happens(found.scaled, found.divergences[0])


def test_a_story_that_does_not_come_true_says_so() -> None:
    """Made to the source without the fault, the calls do not go wrong; then the story ends with that."""
    found = search(load(SHRINKS_ONCE), FEW)
    mended = replace(found.scaled, code=scaled(load(), FEW).code)
    assert not story.happens(mended, found.divergences[0])
    assert list(story.told(FEW, found.divergences[0], confirmed=False))[-1].strip() == story.UNCONFIRMED


def test_numbers_that_do_not_agree_are_no_pass(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Status 2 for a search that leaves calls out."""
    monkeypatch.setattr("tmem_proofs.exhaustive.search.every_call", lambda small: every_call(small)[:-1])
    assert main(["exhaustive", "--indexes", "2"]) == Exit.UNDECIDED
    assert "fan-out 2, 2 indexes, 1 object: met 0 transitions of thaw, expected 30\n" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("option", "wrong"), [("--indexes", "3"), ("--fan-out", "1"), ("--objects", "5"), ("--raising", "-1")]
)
def test_scopes_that_no_store_has_are_wrong_usage(option: str, wrong: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Status 3, and which number is wrong."""
    assert main(["exhaustive", option, wrong]) == Exit.USAGE
    assert f" is {wrong}, and must be " in capsys.readouterr().err


def test_shapes_can_be_compared(capsys: pytest.CaptureFixture[str]) -> None:
    """`--published` counts them for both algorithms, with the bounds."""
    assert main(["exhaustive", "--published"]) == Exit.PROVED
    ours, published = capsys.readouterr().out.splitlines()
    assert re.fullmatch(r"shipped +256 shapes, +0 beside the canonical law, at fan-out 2, 8 indexes, 1 object", ours)
    assert re.fullmatch(r"published +305 shapes, +49 beside the canonical law, at fan-out 2, .*", published)


@pytest.mark.parametrize("option", ["--objects", "--raising"])
def test_shapes_are_of_one_object_and_refusals(option: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A bound that would mean nothing is not taken, and printed as if it did."""
    assert main(["exhaustive", "--published", option, "2"]) == Exit.USAGE
    assert "mean nothing to it" in capsys.readouterr().err


def test_help_teaches(capsys: pytest.CaptureFixture[str]) -> None:
    """It says what is searched, what bounds it, and what each exit status means."""
    with pytest.raises(SystemExit):
        main(["exhaustive", "--help"])
    printed = capsys.readouterr().out
    assert "0 all as specified" in printed
    assert "--fan-out N" in printed
