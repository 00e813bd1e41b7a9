"""Ranges where the host is the caller's and the PAM the package's: only metadata can be refused, and of a whole run."""

from __future__ import annotations

import pytest

from support.ranges import state_of
from support.worlds import COLLIDING, LAST, page_of
from tmem import EPHEMERAL, PERSISTENT, Tmem
from tmem_proofs.conformance.recorder import CallbackError, Fail, Recorder
from tmem_spec import law
from tmem_spec.metadata import Callback, Live

OID = COLLIDING[1]
LETTERS = {"OA": "obj_alloc", "OF": "obj_free", "NA": "objnode_alloc", "NF": "objnode_free"}
# What an object stores, where its leaf is not: a range of six pages, two of them in the leaf before.
LEAVES = [((0, 62, 63), 62), ((5, LAST), 62), ((70, 62), 4094), ((4094, 4095), 4094), ((1,), LAST - 65)]


def filled(flags: int, present: tuple[int, ...]) -> tuple[Recorder, Tmem, int]:
    """A store whose second pool has an object with these pages."""
    host = Recorder()
    store = Tmem(host=host)
    _, pool = store.new_pool(flags), store.new_pool(flags)
    for index in present:
        assert store.put(pool, OID, index, page_of(OID, index))
    host.expect()
    return host, store, pool


def lawful(present: set[int]) -> Live:
    """What the host gives to an object with these pages."""
    return Live(int(bool(present)), law.objnodes(present))


ROWS = [
    ((), 0, 5, "OA NA"),  # the page of index 0 alone, then a leaf for it and the next; the others find it
    ((), 64, 5, "OA NA NA"),
    ((0,), 0, 5, "NA"),
    ((0,), 64, 5, "NA NA NA"),
    ((1,), 64, 64, "NA NA"),
    ((1,), 60, 10, "NA NA"),
    ((1,), 2, 5, ""),
    ((1, 70, 5000), 128, 200, "NA NA NA NA"),
    ((1,), LAST - 3, 4, "NA " * 10),
    ((0,), LAST - 3, 4, "NA " * 11),
]


@pytest.mark.parametrize(("present", "index", "count", "callbacks"), ROWS)
def test_a_put_range_asks_for_metadata_alone(present: tuple[int, ...], index: int, count: int, callbacks: str) -> None:
    """MEM-6: an obj for a new object, and what each new leaf needs: once, and not for each page."""
    host, store, pool = filled(PERSISTENT, present)
    assert store.put_range(pool, OID, index, [b"new"] * count) == [True] * count
    assert [one.value for one in host.callbacks] == [LETTERS[word] for word in callbacks.split()]
    assert host.live() == lawful({*present, *range(index, index + count)})
    store.check()


def missing(present: tuple[int, ...], index: int) -> int:
    """How many objnodes the second leaf of a range lacks, when the first is filled."""
    first = {*present, index, index + 1}
    return law.objnodes(first | {index + 2}) - law.objnodes(first)


@pytest.mark.parametrize(("present", "index"), LEAVES)
def test_a_run_is_refused_as_one(present: tuple[int, ...], index: int) -> None:
    """MEM-1, MEM-4: if an objnode of its leaf is refused, all of it is, nothing is kept, and other runs are as ever."""
    for nth in range(missing(present, index)):
        host, store, pool = filled(PERSISTENT, present)
        assert store.put_range(pool, OID, index, [b"old"] * 2) == [True] * 2
        before = host.live()
        host.expect(Fail("objnode_alloc", nth))
        answers = store.put_range(pool, OID, index, [b"new"] * 6)
        assert answers == [True] * 2 + [False] * 4
        assert host.live() == before == lawful({*present, index, index + 1})
        assert host.callbacks.count(Callback.OBJNODE_ALLOC) == host.callbacks.count(Callback.OBJNODE_FREE) == nth
        assert store.get_range(pool, OID, index, 6) == [b"new"] * 2 + [None] * 4
        store.check()
        host.expect()
        assert store.put_range(pool, OID, index, [b"new"] * 6) == [True] * 6
        assert host.live() == lawful({*present, *range(index, index + 6)})
        store.check()


def test_a_run_that_is_refused_does_not_end_the_range() -> None:
    """MEM-5: the run behind it asks again, and is stored if it is given what it asks for."""
    host, store, pool = filled(PERSISTENT, (1, 4096))
    host.expect(Fail("objnode_alloc", 0))
    assert store.put_range(pool, OID, 60, [b"new"] * 132) == [True] * 4 + [False] * 64 + [True] * 64
    assert store.count(pool) == (1, host.live().objnodes, 2 + 4 + 64)
    store.check()


@pytest.mark.parametrize("also", [(), (Fail("objnode_free", 0, raises=True),)])
@pytest.mark.parametrize(("present", "index"), LEAVES)
def test_a_host_that_raises_refuses_the_run(present: tuple[int, ...], index: int, also: tuple[Fail, ...]) -> None:
    """MEM-1, ERR-2, LCK-2: its exception comes out, the first one; nothing is kept of the run, those before it stay."""
    for nth in range(missing(present, index)):
        host, store, pool = filled(PERSISTENT, present)
        assert store.put_range(pool, OID, index, [b"old"] * 2) == [True] * 2
        before = state_of(store, pool, OID)
        host.expect(Fail("objnode_alloc", nth, raises=True), *also)
        with pytest.raises(CallbackError) as caught:
            store.put_range(pool, OID, index + 2, [b"new"] * 64)
        assert caught.value is host.raised[0]
        assert state_of(store, pool, OID) == before
        assert host.live() == lawful({*present, index, index + 1})
        assert not any(bucket.lock.locked() for bucket in store._pools[pool].buckets)
        store.check()


@pytest.mark.parametrize(("present", "index"), [one for one in LEAVES if missing(*one) > 1])
def test_a_free_that_raises_in_a_run_that_is_refused(present: tuple[int, ...], index: int) -> None:
    """OWN-1: where an objnode is refused, and those that were given cannot be handed back in peace, that comes out."""
    host, store, pool = filled(PERSISTENT, (*present, index))
    before = host.live()
    host.expect(Fail("objnode_alloc", 1), Fail("objnode_free", 0, raises=True))
    with pytest.raises(CallbackError, match="objnode_free number 0"):
        store.put_range(pool, OID, index + 2, [b"new"] * 4)
    assert host.live() == before
    store.check()


@pytest.mark.parametrize("callback", ["objnode_free", "obj_free"])
def test_a_get_that_cannot_hand_metadata_back(callback: str) -> None:
    """OWN-1, EPH-1: the exception comes out; the pages of the run are gone, and all metadata has been handed back."""
    host, store, pool = filled(EPHEMERAL, (64, 65, 66))
    host.expect(Fail(callback, 0, raises=True))
    with pytest.raises(CallbackError):
        store.get_range(pool, OID, 64, 10)
    assert host.live() == Live()
    assert store.get_range(pool, OID, 64, 10) == [None] * 10
    assert store.count(pool) == (0, 0, 0)
    store.check()
