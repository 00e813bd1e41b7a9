"""The callbacks of each operation, in their order, which is stated and does not vary."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from support.operations import OPERATIONS, Operation
from support.worlds import LAST, World
from tmem import EPHEMERAL, PERSISTENT, SHARED, Tmem
from tmem_proofs.conformance.recorder import Fail, Recorder
from tmem_spec.metadata import Live

OID = 7
LETTERS = {
    "OA": "obj_alloc", "OF": "obj_free", "NA": "objnode_alloc", "NF": "objnode_free",
    "C": "pam_create", "G": "pam_get_data", "F": "pam_free",
}  # fmt: skip


@dataclass(frozen=True)
class Row:
    """A case, the call in it, its answer, and its callbacks: `NA` an objnode_alloc, `NA!` one that is refused."""

    name: str
    present: tuple[int, ...]
    call: Callable[[World, int], object]
    answer: object
    callbacks: str
    flags: int = PERSISTENT
    refusal: Fail | None = None


def put(index: int) -> Callable[[World, int], object]:
    """A put at this index."""
    return lambda world, pool: world.store.put(pool, OID, index, b"new")


def get(index: int) -> Callable[[World, int], object]:
    """A get at this index."""
    return lambda world, pool: world.store.get(pool, OID, index)


def get_exclusive(index: int) -> Callable[[World, int], object]:
    """An exclusive get at this index."""
    return lambda world, pool: world.store.get_exclusive(pool, OID, index)


def flush_page(index: int) -> Callable[[World, int], object]:
    """A flush of this index."""
    return lambda world, pool: world.store.flush_page(pool, OID, index)


def flush_object(world: World, pool: int) -> object:
    """A flush of the object."""
    return world.store.flush_object(pool, OID)


NEW, OLD = b"new", b"old"
STORED, REFUSED, DONE, NOT_FOUND = True, False, True, False
NA6, NF6 = " NA" * 6, " NF" * 6
ROWS = (
    Row("put, oid unknown", (), put(0), STORED, "OA C"),
    Row("put, oid unknown, deep", (), put(LAST), STORED, "OA" + NA6 + " C"),
    Row("put, free slot", (1,), put(2), STORED, "C"),
    Row("put, the worst", (0,), put(LAST), STORED, "NA " * 11 + "C"),
    Row("put, duplicate", (0, LAST), put(LAST), STORED, "F C"),
    Row("put, OA refuses", (), put(LAST), REFUSED, "OA!", refusal=Fail("obj_alloc")),
    Row("put, C refuses, new oid", (), put(64), REFUSED, "OA NA NA C! NF NF OF", refusal=Fail("create")),
    Row("put, C refuses, known oid", (0,), put(64), REFUSED, "NA NA NA C! NF NF NF", refusal=Fail("create")),
    Row("put, NA refuses, new oid", (), put(64), REFUSED, "OA NA NA! NF OF", refusal=Fail("objnode_alloc", 1)),
    Row("put, NA refuses, known oid", (0,), put(64), REFUSED, "NA NA NA! NF NF", refusal=Fail("objnode_alloc", 2)),
    Row("put, first NA refuses", (0,), put(64), REFUSED, "NA!", refusal=Fail("objnode_alloc")),
    Row("put, C refuses, duplicate", (0, 64), put(64), REFUSED, "F C! NF NF NF", refusal=Fail("create")),
    Row("put, C refuses, only page", (64,), put(64), REFUSED, "F C! NF NF OF", refusal=Fail("create")),
    Row("get, ephemeral", (0, LAST), get(LAST), OLD, "G F" + " NF" * 11, EPHEMERAL),
    Row("get, ephemeral, only page", (64,), get(64), OLD, "G F NF NF OF", EPHEMERAL),
    Row("get, persistent", (64,), get(64), OLD, "G"),
    Row("get, shared", (64,), get(64), OLD, "G", SHARED),
    Row("get, miss in a leaf", (64,), get(65), None, ""),
    Row("get, miss above the tree", (64,), get(LAST), None, ""),
    Row("get, miss beside the tree", (64, LAST), get(2**30), None, ""),
    Row("get_exclusive, persistent", (64,), get_exclusive(64), OLD, "G F NF NF OF"),
    Row("get_exclusive, shared", (0, 64), get_exclusive(64), OLD, "G F NF NF NF", SHARED),
    Row("get_exclusive, miss", (64,), get_exclusive(0), None, ""),
    Row("flush_page", (0, 64), flush_page(64), DONE, "F NF NF NF"),
    Row("flush_page, leaf keeps a page", (64, 65), flush_page(64), DONE, "F"),
    Row("flush_page, only page", (LAST,), flush_page(LAST), DONE, "F" + NF6 + " OF"),
    Row("flush_page, miss", (64,), flush_page(0), NOT_FOUND, ""),
    Row("flush_object", (0, 1, 64, 4096), flush_object, DONE, "F F NF F NF NF F NF NF NF OF"),
    Row("flush_object, height 0", (0,), flush_object, DONE, "F OF"),
    Row("flush_object, miss", (), flush_object, NOT_FOUND, ""),
)  # fmt: skip


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_callbacks_come_in_their_order(world: World, row: Row) -> None:
    """MEM-6, OWN-1: metadata is asked for before the page; pages are freed first, then objnodes, then the obj."""
    pool = world.new_pool(row.flags)
    for index in row.present:
        assert world.store.put(pool, OID, index, OLD)
    world.recorder.expect(*[] if row.refusal is None else [row.refusal])
    assert row.call(world, pool) == row.answer
    expected = [LETTERS[word.rstrip("!")] + "_failed" * word.endswith("!") for word in row.callbacks.split()]
    assert [one.value for one in world.recorder.callbacks] == expected
    world.assert_well_formed()


@pytest.mark.parametrize("flags", [EPHEMERAL, PERSISTENT, SHARED])
def test_flush_and_destroy_of_a_pool_go_through_its_objects_in_order(world: World, flags: int) -> None:
    """OWN-1: flush_pool and destroy_pool free each object as flush_object does, and an empty pool needs no callback."""
    pool = world.new_pool(flags)
    for empty in (world.store.flush_pool, world.store.flush_pool, world.store.destroy_pool):
        for index in (0, 64):
            assert world.store.put(pool, OID, index, OLD)
        world.recorder.expect()
        empty(pool)
        expected = "F NF F NF NF OF"
        assert [one.value for one in world.recorder.callbacks] == [LETTERS[word] for word in expected.split()]
    world.assert_well_formed()


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_callbacks_run_under_one_lock(world: World, operation: Operation) -> None:
    """LCK-1, LCK-3: every callback of every operation runs with the lock of its bucket held, and with no other."""
    pool = operation.prepare(world)
    held: list[list[str]] = []
    world.recorder.during = lambda _: held.append(world.locks_held())
    operation.run(world, pool)
    assert held == [[f"bucket 0 of pool {pool}"]] * len(world.recorder.callbacks)
    assert held


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_operations_make_the_callbacks_of_the_table(world: World, operation: Operation) -> None:
    """OWN-1: as many callbacks of each name do their work as the table says, from which the tests of failures start."""
    operation.run(world, operation.prepare(world))
    made = Counter(one.value.removeprefix("pam_") for one in world.recorder.callbacks if "failed" not in one.value)
    assert made == Counter(one.callback for one in operation.callbacks)


def test_a_host_without_a_pam_and_a_pam_without_a_host() -> None:
    """ACC-1: host and PAM are given apart: the one sees the metadata alone, the other the pages alone."""
    host, pam = Recorder(), Recorder()
    for store in (Tmem(host=host), Tmem(pam=pam)):
        pool = store.new_pool(PERSISTENT)
        assert store.put(pool, OID, 64, NEW)
        assert store.get(pool, OID, 64) == NEW
        store.check()
    assert host.live() == Live(objs=1, objnodes=2, pages=0)
    assert pam.live() == Live(objs=0, objnodes=0, pages=1)
