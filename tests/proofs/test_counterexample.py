"""Counterexamples as tests: each is a program that fails on the source that was refuted, and passes on the shipped."""

from __future__ import annotations

import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from support.copies import copy_with, fault_named, pytest_of
from tmem_proofs import prover, trial
from tmem_proofs.claims import catalogue
from tmem_proofs.claims.machine_steps import MACHINE
from tmem_proofs.conformance.recorder import Fail
from tmem_proofs.counterexample import BESIDE, GONE, NO_CALL, NO_CODE, NO_STORE, OTHER, POOL, Example, source_of
from tmem_proofs.prover import prove_scenario
from tmem_proofs.replay import examples, templates
from tmem_proofs.results import Obligation, Result, Verdict
from tmem_proofs.source import Algorithm, Fault, load, source_folder
from tmem_proofs.trial import Tried
from tmem_spec import Handle, named
from tmem_spec.calls import (
    Call,
    DestroyPool,
    FlushObject,
    FlushPage,
    FlushPool,
    Freeze,
    Get,
    NewPool,
    Put,
    Reclaim,
    Thaw,
)
from tmem_spec.ranges import FlushRange, GetRange, PutRange, RangeCall
from tmem_spec.words import EPHEMERAL, SHARED

OBLIGATION = Obligation("insert", "height 1", "MEM-1")

# Of each family some, by name: of trees, of calls, of draining, of ranges, of the quick ways.
REPRODUCED = [
    "insert forgets pampd_count",
    "delete does not shrink",
    "the old root goes to slot 1",
    "a put asks for one objnode less than it needs",
    "an objnode is linked before the page is there",
    "an exception of the PAM is swallowed",
    "an exclusive get leaves a shared page",
    "a failing get_data leaves an ephemeral page",
    "put takes no lock",
    "put keeps its lock",
    "flush_object takes no lock",
    "a pool id is given twice",
    "thaw does not thaw",
    "an unknown pool is another's",
    "an index may have 33 bits",
    "a put to a frozen pool leaves the stale page",
    "reclaim goes by the handle alone",
    "objects of a flushed pool are leaked",
    "drain hands out a leaf with its count",
    "a frozen pool is filled",
    "a persistent page whose data fails goes",
    "flushed pages leak",
    "a quick put asks no pool whether it is frozen",
    "a quick get leaves a private page",
]


@cache
def refutation_of(fault: Fault, by: Obligation) -> Result:
    """What becomes of the obligation named for a fault."""
    result = prove_scenario(by.operation, by.case, [by.invariant], fault).results[0]
    assert result.verdict is Verdict.REFUTED
    return result


@pytest.mark.parametrize("name", REPRODUCED)
def test_a_counterexample_fails_as_a_test(name: str, tmp_path: Path) -> None:
    """It fails on a copy of the source with the fault in its text, and passes on the source as it is."""
    fault, by = fault_named(name)
    result = refutation_of(fault, by)
    assert "\na test that fails: " in result.story
    assert named(by.invariant).sentence.split()[0] in result.test
    tests = tmp_path / "tests"
    tests.mkdir()
    (tests / f"{by.test_name}.py").write_text(result.test, encoding="utf-8")
    failing = pytest_of(tests, copy_with(fault, tmp_path / "impl"))
    assert (failing.returncode, failing.stdout.splitlines()[-1][:8]) == (1, "1 failed"), failing.stdout
    passing = pytest_of(tests, source_folder().parent)
    assert (passing.returncode, passing.stdout.splitlines()[-1][:8]) == (0, "1 passed"), passing.stdout


def test_of_the_published_algorithm_all_are_reproduced() -> None:
    """Each obligation that it is refuted by, in these cases, has a test that fails on it."""
    for operation, case in (
        ("insert", "height 1"),
        ("insert", "no object"),
        ("replace", "height 3"),
        ("get", "height 0"),
    ):
        invariants = [one.invariant for one in prover.obligations() if (one.operation, one.case) == (operation, case)]
        explored = prove_scenario(operation, case, invariants, algorithm=Algorithm.PUBLISHED)
        refuted = [one for one in explored.results if one.verdict is Verdict.REFUTED]
        assert refuted
        assert all("JudgedStore(PublishedTmem)" in one.test for one in refuted)


# An object of 2**32 pages is more than a test can put.
FULL = Fault(
    "a full object is not counted down",
    "_tree",
    "    obj.pampd_count -= 1\n",
    "    obj.pampd_count -= 1 if obj.pampd_count < 1 << 32 else 0\n",
)
ELSEWISE = [
    (FULL, Obligation("delete", "height 6", "CNT-1"), trial.PASSED),
    (*fault_named("freeze does not wait"), trial.PASSED),
    (*fault_named("a page is leaked when there is no memory for its object"), BESIDE),
    (*fault_named("flush_object asks no pool whether it is alive"), BESIDE),
    (*fault_named("take asks for one more"), NO_CALL),
    (*fault_named("heights are one too many"), NO_CALL),
]


@pytest.mark.parametrize(("fault", "by", "reason"), ELSEWISE, ids=[fault.name for fault, _, _ in ELSEWISE])
def test_what_is_no_test_is_said(fault: Fault, by: Obligation, reason: str) -> None:
    """A refutation that no calls come to, and one that takes more than calls, is told as such, and has no test."""
    result = refutation_of(fault, by)
    assert result.test == ""
    assert result.story.splitlines()[-1] == f"no test: {reason}"


def test_of_the_specification_s_machine_there_is_no_test() -> None:
    """What is wrong with the specification no code can show: that is said, and no other path is looked for."""
    machine = [one for one in catalogue.subjects() if one.operation.startswith(MACHINE)]
    assert machine
    for one in machine:
        tried = trial.try_out(OBLIGATION, one.example(None), load())
        assert tried == ("", f"no test: {NO_CODE}", trial.ENOUGH)


def test_of_what_is_proved_nothing_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test is written, nor run, of an obligation that is proved."""
    monkeypatch.setattr(prover, "try_out", None)
    result = prove_scenario("delete", "height 1", ["SHR-1"]).results[0]
    assert (result.verdict, result.test, result.story) == (Verdict.PROVED, "", "")


def test_a_path_whose_test_fails_is_told_in_the_place_of_another(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the test of the first refuted path does not fail, another is looked for: not for ever, and no further."""
    fault, by = fault_named("insert forgets pampd_count")
    tried: list[Example | str] = []

    def fails_at(number: int) -> Result:
        def try_out(_: Obligation, example: Example | str, __: object) -> Tried:
            tried.append(example)
            return Tried("a test", "it fails") if len(tried) == number else Tried("", "it passes", 1)

        tried.clear()
        monkeypatch.setattr(prover, "try_out", try_out)
        return prove_scenario(by.operation, by.case, [by.invariant], fault).results[0]

    first, second, never = fails_at(1), fails_at(2), fails_at(0)
    assert (first.test, second.test, never.test) == ("a test", "a test", "")
    assert second.story.endswith("\nit fails")
    assert never.story.endswith("\nit passes")
    assert trial.ENOUGH <= len(tried) < 10  # some later paths took fewer decisions
    assert all(isinstance(one, Example) for one in tried)


def test_a_path_that_cannot_be_read_is_no_history(monkeypatch: pytest.MonkeyPatch) -> None:
    """A path through wrong code may end in anything: the refutation stands, without a test."""

    def of_tree(*_: object) -> Example:
        raise ValueError("no such tree")

    monkeypatch.setattr(examples, "of_tree", of_tree)
    fault, by = fault_named("insert forgets pampd_count")
    result = prove_scenario(by.operation, by.case, [by.invariant], fault).results[0]
    assert result.verdict is Verdict.REFUTED
    assert result.story.endswith(f"\nno test: {NO_STORE}")


# How they read.

PUT_REFUSED = '''\
"""A counterexample to insert/height 1/MEM-1, found by `tmem prove`."""

from __future__ import annotations

from tmem import EPHEMERAL
from tmem_proofs.conformance.judged import JudgedStore
from tmem_proofs.conformance.recorder import Fail
from tmem_spec import Handle
from tmem_spec.calls import Put


def test_insert_height_1_mem_1() -> None:
    """MEM-1: A refused put frees every objnode it was given."""
    store = JudgedStore()
    pool = store.new_pool(EPHEMERAL)
    for index in (0, 63):
        store.make(Put(Handle(pool, 7, index), b"page %d" % index))
    store.make(Put(Handle(pool, 7, 4096), b"another"), Fail("objnode_alloc", 1), Fail("free", raises=True))
    store.assert_nothing_wrong()
'''

GET_ELSEWHERE = '''\
"""A counterexample to insert/height 1/SHR-1, found by `tmem prove`."""

from __future__ import annotations

from tmem import EPHEMERAL, SHARED
from tmem_proofs.conformance.judged import JudgedStore
from tmem_proofs.conformance.published_store import PublishedTmem
from tmem_spec import Handle
from tmem_spec.calls import DestroyPool, Freeze, Get, Put


def test_insert_height_1_shr_1() -> None:
    """SHR-1: The height of a tree is the least that holds its largest index: the root, if an objnode, uses more than
    slot 0.
    """
    store = JudgedStore(PublishedTmem)
    gone = store.new_pool(EPHEMERAL)
    store.make(DestroyPool(gone))
    pool = store.new_pool(SHARED)
    other = store.new_pool(EPHEMERAL)
    store.make(Put(Handle(pool, 7, 0), b"page 0 of object 0x7"))
    for index in (5, 4294967295):
        store.make(Put(Handle(pool, 0x100000000, index), b"page %d of object 0x100000000" % index))
    store.make(Freeze(pool))
    store.make(Get(Handle(other, 7, -1), exclusive=True))
    store.assert_nothing_wrong()
'''


def test_a_test_reads_as_if_a_person_had_written_it() -> None:
    """Imports, what is there before, what fails, the call, and that nothing is wrong."""
    failures = (Fail("objnode_alloc", 1), Fail("free", raises=True))
    put = Put(Handle(POOL, 7, 4096), b"another")
    assert source_of(Example(put, EPHEMERAL, ((7, 0), (7, 63)), failures=failures), OBLIGATION) == PUT_REFUSED
    get = Get(Handle(OTHER, 7, -1), exclusive=True)
    stored = ((7, 0), (1 << 32, 5), (1 << 32, 2**32 - 1))
    obligation = Obligation("insert", "height 1", "SHR-1")
    assert source_of(Example(get, SHARED, stored, frozen=True), obligation, Algorithm.PUBLISHED) == GET_ELSEWHERE


HANDLE = Handle(POOL, 7, 4096)
CALLS: list[Call | RangeCall] = [
    Put(HANDLE, b"a page"),
    Get(HANDLE),
    Get(HANDLE, exclusive=True),
    Get(Handle(GONE, -1, 1 << 40)),
    FlushPage(HANDLE),
    Reclaim(HANDLE, names_held=False),
    Reclaim(Handle(POOL, 7, 63), names_held=True),
    FlushObject(POOL, 7),
    FlushPool(POOL),
    DestroyPool(POOL),
    DestroyPool(99),
    Freeze(POOL),
    Thaw(POOL),
    NewPool(SHARED),
    NewPool(0xF0),
    PutRange(HANDLE, (b"a page", b"another")),
    PutRange(Handle(POOL, 7, 63), (b"a page",)),
    GetRange(HANDLE, 70),
    FlushRange(Handle(GONE, 7, 0), 2),
]


def test_whatever_is_called_the_test_runs_and_is_clean(tmp_path: Path) -> None:
    """Each call there is makes a test that passes on the shipped source, and neither linter nor formatter minds."""
    many = tuple((7, index) for index in range(63, 1 << 20, 1 << 15))
    for number, call in enumerate(CALLS):
        obligation = Obligation("call", str(number), "SHR-1")
        source = source_of(Example(call, EPHEMERAL, many, frozen=number % 2 == 1), obligation)
        (tmp_path / f"{obligation.test_name}.py").write_text(source, encoding="utf-8")
    ended = pytest_of(tmp_path, source_folder().parent)
    assert ended.stdout.splitlines()[-1].startswith(f"{len(CALLS)} passed"), ended.stdout
    settings = ["--config", str(Path(__file__).parents[2] / "pyproject.toml"), "--no-cache"]
    for command in (["check", "--ignore=INP001,S101"], ["format", "--check"]):
        ended = subprocess.run(
            [sys.executable, "-m", "ruff", *command, *settings, str(tmp_path)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert ended.returncode == 0, ended.stdout


def test_pools_are_called_as_in_the_replay_of_calls() -> None:
    """A path through a call is made concrete with the same ids."""
    assert (GONE, POOL, OTHER) == (0, templates.POOL, templates.OTHER_POOL)
