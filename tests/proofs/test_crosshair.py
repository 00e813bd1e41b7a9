"""CrossHair: what it confirms of the shipped source, that each condition can fail, and that nothing else passes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from multiprocessing import Pipe

import pytest
from crosshair.util import CrosshairUnsupported
from hypothesis import given
from hypothesis import strategies as st

from tmem import Tmem
from tmem._pool import Pool
from tmem._teardown import Pace
from tmem._tree import Obj, Objnode
from tmem_proofs import prover
from tmem_proofs.cli import main
from tmem_proofs.confirmed import layer, rules, run
from tmem_proofs.confirmed.finding import Finding, State
from tmem_proofs.confirmed.unconfirmed import UNCONFIRMED
from tmem_proofs.results import Exit
from tmem_proofs.source import Fault, read_sources

# A fault, and the conditions that find it: module, what it reads, what it reads then.
FAULTS: list[tuple[str, str, str, str]] = [
    ("_words", "while index > MAX_INDEX", "while index >= MAX_INDEX", "height_is_least"),
    ("_words", "    return height\n", "    return height + 1\n", "height_is_one_that_trees_have same_height"),
    ("_words", "while index > MAX_INDEX[height]", "while height < 5 and index > MAX_INDEX[height]",
     "height_holds_the_index"),
    ("_words", "min(SLOT_BITS * height, INDEX_BITS)", "SLOT_BITS * height",
     "max_index_is_that_of_the_height same_max_index"),
    ("_words", "SLOT_MASK: Final = SLOTS - 1", "SLOT_MASK: Final = 2 * SLOTS - 1",
     "slots_are_digits_of_the_index slots_are_in_range slots_make_up_the_index"),
    ("_words", "SLOT_BITS: Final = 6", "SLOT_BITS: Final = 5", "same_slots"),
    ("_words", "word2 << 128 | word1 << 64 | word0", "word0 << 128 | word1 << 64 | word2",
     "packing_puts_word_2_first packing_undoes_unpacking same_packing"),
    ("_words", "0 <= word <= _WORD", "0 <= word", "packing_refuses_what_is_no_word"),
    ("_words", "_WORD) >> 56", "_WORD) >> 55", "bucket_is_that_of_the_published_hash bucket_is_one_of_256 same_bucket"),
    ("_words", "0 <= oid < OID_LIMIT", "0 <= oid <= OID_LIMIT", "oids_outside_are_refused same_oids"),
    ("_words", "0 <= index <= LAST_INDEX", "0 <= index < LAST_INDEX", "indexes_outside_are_refused same_indexes"),
    ("_words", "PERSISTENT, SHARED)", "PERSISTENT, SHARED, 3)", "flags_not_supported_are_refused same_flags"),
    ("_tree", "leaf.slots[index & SLOT_MASK]\n", "leaf.slots[index & SLOT_MASK - 1]\n", "lookup_goes_the_way_down"),
    ("_tree", "height - obj.height + height - 1", "height - obj.height + height", "missing_counts_what_the_way_lacks"),
    ("_tree", "    top.slots_in_use = 1\n    obj.root", "    obj.root", "growing_keeps_the_old_root"),
    ("_tree", "            obj.pampd_count = 1\n", "", "insert_counts_what_it_links"),
    ("_tree", "    node.slots[slot] = _branch(", "    node.slots[slot ^ 1] = _branch(", "insert_links_one_page"),
    ("_tree", "    slots[slot] = pampd\n", "    slots[slot & 62] = pampd\n", "replace_changes_one_place"),
    ("_tree", "        obj.pampd_count = 0\n", "", "draining_the_last_page_leaves_nothing"),
    ("_teardown", "_freed >= PAGES_A_PAUSE", "_freed > PAGES_A_PAUSE", "pages_go_uncounted_no_longer_than_a_pause"),
    ("_pool", "flags != EPHEMERAL", "flags == PERSISTENT", "new_pools_get_an_id_of_their_own same_kind"),
    ("_pool", "if pool.destroyed:", "if pool.destroyed and not pool.frozen:", "a_destroyed_pool_refuses_access"),
    ("store", "frozen.frozen = True", "frozen.frozen = not frozen.keeps", "freezing_freezes"),
    ("store", "self._pool(pool).frozen = False", "self._pool(pool)", "thawing_thaws"),
    ("store", "0 <= pool_id < self._spent", "0 <= pool_id <= self._spent", "ids_without_a_pool_are_refused"),
]  # fmt: skip

# These speak of the specification and of Python's integers alone: no fault of the shipped source can make them fail.
WITHOUT_SOURCE = {"words_of_an_oid_are_its_digits", "order_of_oids_is_that_of_integers", "same_order"}


def test_all_is_confirmed_but_what_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    """Every condition is confirmed of the shipped source, those listed apart, and the closing line comes last."""
    assert main(["crosshair"]) == Exit.PROVED
    printed = capsys.readouterr().out.splitlines()
    stated = {line[15:].partition(" ")[0]: line[:13].strip() for line in printed[:-2] if not line.startswith(" ")}
    assert stated == {name: "not confirmed" if name in UNCONFIRMED else "confirmed" for name in run.conditions()}
    assert printed[-1] == f"{len(stated) - len(UNCONFIRMED)} passed, 0 failed"
    assert printed[-2].startswith(f"{len(UNCONFIRMED)} not confirmed, as expected")


@pytest.mark.parametrize(("module", "old", "new", "conditions"), FAULTS, ids=[fault[3] for fault in FAULTS])
def test_a_fault_is_found_by_the_condition_named(module: str, old: str, new: str, conditions: str) -> None:
    """With the fault in the source, each condition named for it is refuted, with the arguments that show it."""
    sources = read_sources(Fault(conditions, module, old, new))
    found = {one.condition: one for one in layer.findings(sources, conditions.split())}
    assert {name: one.state for name, one in found.items()} == dict.fromkeys(conditions.split(), State.REFUTED)
    assert all("when calling" in one.detail or "given" in one.detail for one in found.values())


def test_every_condition_finds_a_fault() -> None:
    """No condition on the shipped source has never been seen to fail."""
    assert {name for *_, names in FAULTS for name in names.split()} == run.conditions().keys() - WITHOUT_SOURCE


def test_the_list_names_what_is_there() -> None:
    """What is listed as not confirmed is a condition, and what proves it instead is an obligation of `tmem prove`."""
    assert UNCONFIRMED.keys() <= run.conditions().keys()
    assert {one.obligation for one in UNCONFIRMED.values()} <= {one.name for one in prover.obligations()}


@pytest.mark.parametrize(
    ("found", "status", "closing"),
    [
        ({"one": State.CONFIRMED}, Exit.PROVED, "1 passed, 0 failed"),
        ({"one": State.CONFIRMED, "same_bucket": State.UNCONFIRMED}, Exit.PROVED, "1 passed, 0 failed"),
        ({"one": State.CONFIRMED, "same_bucket": State.CONFIRMED}, Exit.UNDECIDED, "1 passed, 1 failed"),
        ({"one": State.CONFIRMED, "same_bucket": State.FAILED}, Exit.UNDECIDED, "1 passed, 1 failed"),
        ({"same_bucket": State.UNCONFIRMED}, Exit.UNDECIDED, "0 passed, 0 failed"),
        ({"one": State.CONFIRMED, "two": State.UNCONFIRMED}, Exit.UNDECIDED, "1 passed, 1 failed"),
        ({"one": State.VACUOUS}, Exit.UNDECIDED, "0 passed, 1 failed"),
        ({"one": State.FAILED, "two": State.REFUTED}, Exit.REFUTED, "0 passed, 2 failed"),
        ({}, Exit.UNDECIDED, "0 passed, 0 failed"),
    ],
)
def test_only_confirmed_passes(found: dict[str, State], status: Exit, closing: str) -> None:
    """Whatever is not confirmed fails, unless it is listed; what is listed and confirmed after all fails, too."""
    findings = [Finding(name, state) for name, state in found.items()]
    assert layer.exit_of(findings) is status
    assert list(layer.closing_lines(findings))[-1] == closing


def test_a_list_out_of_date_is_told() -> None:
    """A condition that is confirmed although listed is told to be taken from the list."""
    assert any("take it from the list" in line for line in layer.lines(Finding("same_bucket", State.CONFIRMED)))


def test_a_condition_that_is_none_is_no_pass(capsys: pytest.CaptureFixture[str]) -> None:
    """A name that matches no condition is said, and the status is that of something undecided."""
    assert main(["crosshair", "height_is_least", "height_is_most"]) == Exit.UNDECIDED
    assert "no condition matches 'height_is_most'" in capsys.readouterr().err


def test_a_mutant_is_told_by_its_condition() -> None:
    """`refutes` names the condition that is confirmed no more; of the shipped source there is none."""
    fault = Fault("one too many", "_words", "    return height\n", "    return height + 1\n")
    found = layer.refutes(read_sources(fault), ["height_*"])
    assert found is not None
    assert (found.condition, found.state) == ("height_is_one_that_trees_have", State.REFUTED)
    assert found.detail.startswith("false")
    assert layer.refutes(read_sources(), ["height_*", "bucket_is_one_of_256"]) is None


def test_a_source_that_cannot_be_imported_is_refuted() -> None:
    """No answer about a mutant is never taken for a confirmation."""
    found = layer.refutes({**read_sources(), "_words": "def"})
    assert found is not None
    assert found.state is State.REFUTED
    assert "SyntaxError" in found.detail


def test_without_crosshair_it_is_said() -> None:
    """Where CrossHair is not installed, the command says what to install, and ends with status 3."""
    program = "import sys; sys.modules['crosshair'] = None; from tmem_proofs.cli import main; sys.exit(main())"
    ended = subprocess.run([sys.executable, "-c", program, "crosshair"], capture_output=True, text=True, check=False)
    assert ended.returncode == Exit.USAGE
    assert "pip install 'tmem[prove]'" in ended.stderr


def nobody_gets_here(number: int) -> int:
    """Assumes what nothing meets.

    pre: number > number
    post: True
    """
    return number


def too_many_paths(number: int) -> int:
    """Would take a path for each integer.

    post: _ == number
    """
    return number ^ 1 ^ 1


def two_contracts(number: int) -> int:
    """Says two things.

    post: _ == number
    post: _ >= number
    """
    return number


def no_contract(number: int) -> int:
    """Says nothing."""
    return number


def not_to_be_read(number: int) -> int:
    """Says what is no expression.

    post: _ ==
    """
    return number


@pytest.mark.parametrize(
    ("function", "state"),
    [
        (nobody_gets_here, State.VACUOUS),
        (too_many_paths, State.UNCONFIRMED),
        (two_contracts, State.FAILED),
        (no_contract, State.FAILED),
        (not_to_be_read, State.FAILED),
    ],
)
def test_no_answer_is_no_confirmation(function: Callable[[int], int], state: State) -> None:
    """What is vacuous, too much, or no contract is told as such."""
    rules.teach()
    assert run.hold(function).state is state


def fresh_obj(obj: Obj) -> bool:
    """The height is that of a new obj.

    post: _
    """
    return obj.height == 0


def fresh_root(obj: Obj) -> bool:
    """There is no page.

    post: _
    """
    return obj.root is None


def fresh_objnode(node: Objnode) -> bool:
    """The slot is empty.

    post: _
    """
    return node.slots[5] is None


def fresh_pace(pace: Pace) -> bool:
    """Nothing was freed.

    post: _
    """
    return pace._freed == 0


def fresh_pool(pool: Pool) -> bool:
    """The pool is alive.

    post: _
    """
    return not pool.destroyed


def fresh_store(store: Tmem) -> bool:
    """There is no pool 7.

    post: _
    """
    return store._pools.get(7) is None


@pytest.mark.parametrize("claim", [fresh_obj, fresh_root, fresh_objnode, fresh_pace, fresh_pool, fresh_store])
def test_instances_are_not_only_fresh_ones(claim: Callable[..., bool]) -> None:
    """That an instance is as it was built is refuted: CrossHair tries others."""
    rules.teach()
    assert run.hold(claim).state is State.REFUTED


def same(number: int) -> int:
    """The number."""
    return number


def other(number: int) -> int:
    """Another number, for one of them."""
    return number if number != 4711 else 0


def given_up(*, flag: bool) -> int:
    """What CrossHair gives up on, and yet says that no path is left."""
    del flag
    raise CrosshairUnsupported


@pytest.mark.parametrize(
    ("left", "right", "state"),
    [
        (same, same, State.CONFIRMED),
        (same, other, State.REFUTED),
        (too_many_paths, same, State.UNCONFIRMED),
        (given_up, given_up, State.UNCONFIRMED),
    ],
)
def test_a_comparison_takes_every_path(left: Callable[..., int], right: Callable[..., int], state: State) -> None:
    """No difference found is not enough: there is none only if no path is left over, and none was given up."""
    rules.teach()
    assert run.compare("comparison", left, right).state is state


@given(st.integers(), st.integers(0, 2**130), st.sampled_from([0, 63, 64, 127, 128, 129]))
def test_an_or_is_a_sum_where_it_is_taken_for_one(left: int, right: int, shift: int) -> None:
    """The rule that CrossHair is taught gives what Python gives, or nothing."""
    assert rules.or_as_sum(left << shift, right) in {None, left << shift | right}
    assert rules.or_as_sum(left << 128, right % 2**128) == left << 128 | right % 2**128


def test_a_process_that_gives_no_answer_has_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither to take too long nor to die is an answer."""
    monkeypatch.setattr(run, "PATIENCE", 0.01)
    here, there = Pipe(duplex=False)
    assert run._received("one", here).state is State.FAILED
    there.close()
    assert run._received("one", here) == Finding("one", State.FAILED, detail="its process died")
