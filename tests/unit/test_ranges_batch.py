"""PAMs that take the pages of a run at once: what they are asked, in which order, and what their answers do."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass

import pytest

from support.worlds import COLLIDING, World
from tmem import EPHEMERAL, PERSISTENT, SHARED, GetDataError
from tmem_proofs.conformance.batch import BatchRecorder
from tmem_proofs.conformance.recorder import CallbackError, Fail, Recorder
from tmem_spec.metadata import Live

OID = COLLIDING[1]
LETTERS = {
    "OA": "obj_alloc", "OF": "obj_free", "NA": "objnode_alloc", "NF": "objnode_free",
    "C": "pam_create", "G": "pam_get_data", "F": "pam_free",
}  # fmt: skip
OVER = (62, 63, 64, 66)
P, E, S = PERSISTENT, EPHEMERAL, SHARED


@dataclass(frozen=True)
class Row:
    """A range of an object that stores `present`: its callbacks, and the batches of a PAM that takes runs."""

    name: str
    present: tuple[int, ...]
    method: str
    index: int
    count: int
    callbacks: str
    batches: str
    flags: int = PERSISTENT
    refusal: Fail | None = None


ROWS = (
    Row("put, new object", (), "put_range", 0, 4, "OA C NA C C C", "C2"),
    Row("put, new object, not at 0", (), "put_range", 64, 4, "OA NA NA C C C C", "C3"),
    Row("put, one page", (1,), "put_range", 2, 1, "C", "C1"),
    Row("put, free slots", (1,), "put_range", 2, 4, "C C C C", "C4"),
    Row("put, some filled", OVER, "put_range", 60, 8, "F F C C C C F F C C C C", "F2 C4 F2 C4"),
    Row("put, one filled", (60,), "put_range", 60, 3, "F C C C", "C3"),
    Row("put, another leaf", (1,), "put_range", 62, 5, "C C NA NA C C C", "C2 C2"),
    Row("put, refused page", OVER, "put_range", 62, 2, "F F C! C", "F2 C2", refusal=Fail("create")),
    Row("put, refused new page", (1,), "put_range", 64, 3, "NA NA C! NF NF NA NA C C", "C1", refusal=Fail("create")),
    Row("put, refused objnode", (1,), "put_range", 64, 3, "NA! NA NA C C", "C1", refusal=Fail("objnode_alloc")),
    Row("put, a page alone", (0,), "put_range", 0, 3, "F C NA C C", "C1"),
    Row("get, persistent", OVER, "get_range", 60, 8, "G G G G", "G2 G2"),
    Row("get, shared", OVER, "get_range", 60, 8, "G G G G", "G2 G2", S),
    Row("get, ephemeral", (*OVER, 9000), "get_range", 60, 8, "G G F F NF G G F F NF NF", "G2 F2 G2 F2", E),
    Row("get, ephemeral, the only pages", OVER, "get_range", 64, 3, "G G F F NF NF", "G2 F2", E),
    Row("get, ephemeral, all of it", (64, 66), "get_range", 64, 3, "G G F F NF NF OF", "G2 F2", E),
    Row("get, one page", OVER, "get_range", 66, 1, "G F", "G1", E),
    Row("get, a page alone", (0,), "get_range", 0, 64, "G F OF", "G1", E),
    Row("get, misses", OVER, "get_range", 0, 60, "", "", E),
    Row("get, fails", OVER, "get_range", 62, 2, "G! G F", "G2", E, Fail("get_data")),
    Row("flush", OVER, "flush_range", 0, 500, "F F NF F F NF NF OF", "F2 F2"),
    Row("flush, one page", OVER, "flush_range", 65, 500, "F", ""),
    Row("flush, misses", OVER, "flush_range", 0, 60, "", ""),
)


def called(recorder: Recorder, row: Row, during: Callable[[World], object] = lambda _: None) -> World:
    """What there is after the call, of the second pool; `during` is done in each of its callbacks."""
    world = World(recorder)
    _, pool = world.new_pool(row.flags), world.new_pool(row.flags)
    world.fill(pool, OID, row.present)
    recorder.expect(*[] if row.refusal is None else [row.refusal])
    recorder.during = lambda _: during(world)
    what = [b"new"] * row.count if row.method == "put_range" else row.count
    with pytest.raises(GetDataError) if "G!" in row.callbacks else nullcontext():
        getattr(world.store, row.method)(pool, OID, row.index, what)
    return world


@pytest.mark.parametrize("recorder", [Recorder, BatchRecorder])
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_callbacks_come_in_their_order(recorder: type[Recorder], row: Row) -> None:
    """MEM-6, OWN-1: of a run, what is to go is freed first, then what comes is created, then metadata is freed."""
    world = called(recorder(), row)
    expected = [LETTERS[word.rstrip("!")] + "_failed" * word.endswith("!") for word in row.callbacks.split()]
    assert [one.value for one in world.recorder.callbacks] == expected
    assert {(pool, oid) for pool, oid, _ in world.held()} <= {(1, OID)}
    world.assert_well_formed()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_pam_is_asked_at_once(row: Row) -> None:
    """OWN-2: as many pages as a run has of them; free_all of no fewer than two."""
    recorder = BatchRecorder()
    called(recorder, row)
    names = {"create_all": "C", "get_data_all": "G", "free_all": "F"}
    assert " ".join(f"{names[name]}{count}" for name, count in recorder.batches) == row.batches


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_callbacks_run_under_one_lock(row: Row) -> None:
    """LCK-1, LCK-3: every callback of a range runs with the lock of its bucket held, and with no other."""
    held: list[list[str]] = []
    recorder = BatchRecorder()
    world = called(recorder, row, lambda world: held.append(world.locks_held()))
    assert held == [["bucket 0 of pool 1"]] * len(held)
    assert len(held) == len(recorder.callbacks) - sum(count - 1 for _, count in recorder.batches)
    assert world.locks_held() == []


DROPS: dict[str, Callable[[World, int], object]] = {
    "flush_object": lambda world, pool: world.store.flush_object(pool, OID),
    "flush_pool": lambda world, pool: world.store.flush_pool(pool),
    "destroy_pool": lambda world, pool: world.store.destroy_pool(pool),
}


@pytest.mark.parametrize("drop", DROPS)
def test_what_is_torn_down_goes_at_once_too(drop: str) -> None:
    """OWN-1, OWN-3: 64 pages at most for each hold of the lock; a page alone in its leaf is freed by itself."""
    recorder = BatchRecorder()
    world = World(recorder)
    pool = world.new_pool(PERSISTENT)
    world.fill(pool, OID, (*range(10, 140), 5000))
    DROPS[drop](world, pool)
    assert recorder.batches == [("free_all", 54), ("free_all", 64), ("free_all", 12)]
    assert recorder.live() == Live()
    assert world.locks_held() == []


@pytest.mark.parametrize("nth", range(3))
@pytest.mark.parametrize("drop", DROPS)
def test_a_batch_that_raises_stops_no_teardown(drop: str, nth: int) -> None:
    """OWN-1, ERR-2: what it was given counts as freed, the rest is freed, and the first exception comes out."""
    recorder = BatchRecorder()
    world = World(recorder)
    pool = world.new_pool(PERSISTENT)
    world.fill(pool, OID, (*range(10, 140), 5000))
    recorder.expect(*(Fail("free_all", one, raises=True) for one in range(nth, 3)))
    with pytest.raises(CallbackError) as caught:
        DROPS[drop](world, pool)
    assert caught.value is recorder.raised[0]
    assert len(recorder.raised) == 3 - nth
    assert recorder.live() == Live()
