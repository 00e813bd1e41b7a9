"""Bugs that real implementations of tmem had, each as the story in which it showed. None may come to life here."""

from __future__ import annotations

import pytest

from tmem import EPHEMERAL, PERSISTENT, GetDataError, PoolDestroyedError, PoolError, Tmem
from tmem_proofs.conformance.recorder import Fail, Recorder
from tmem_spec.metadata import Live

LAST = 2**32 - 1


@pytest.fixture
def recorder() -> Recorder:
    """A host and PAM that fail where they are told to."""
    return Recorder()


@pytest.fixture
def store(recorder: Recorder) -> Tmem:
    """A store over that host and PAM."""
    return Tmem(host=recorder, pam=recorder)


def test_failing_puts_do_not_pile_up_objnodes(store: Tmem, recorder: Recorder) -> None:
    """Defect D3: after 65,536 puts that fail for lack of memory, the published code holds 66,583 objnodes for one page.

    1. One page at the last index: a path of six objnodes.
    2. Puts all over the rest of the index space, each refused at its last objnode.
    3. There are still six objnodes.
    """
    pool = store.new_pool(PERSISTENT)
    assert store.put(pool, 1, LAST, b"the one page")
    for index in range(0, 3 * 2**30, 2**21):
        recorder.expect(Fail("objnode_alloc", 4))
        assert not store.put(pool, 1, index, b"refused")
    assert recorder.live() == Live(1, 6, 1)
    store.check()


def test_a_put_that_fails_while_growing_leaves_the_height(store: Tmem, recorder: Recorder) -> None:
    """Defect D4: the published tree stays too tall after a put that fails while it grows.

    1. A page at index 0: height 0, no objnode.
    2. A put at the last index, refused at the third of the six new roots.
    3. No objnode is live, and a put at index 1 needs one alone.
    """
    pool = store.new_pool(PERSISTENT)
    assert store.put(pool, 1, 0, b"page")
    recorder.expect(Fail("objnode_alloc", 2))
    assert not store.put(pool, 1, LAST, b"refused")
    assert recorder.live().objnodes == 0
    recorder.expect()
    assert store.put(pool, 1, 1, b"another")
    assert recorder.live().objnodes == 1


def test_a_duplicate_put_needs_no_memory_for_metadata(store: Tmem, recorder: Recorder) -> None:
    """Defect D5: the published duplicate put first frees the path and then needs it again; without memory, all is lost.

    1. A page deep down.
    2. It is put again while the host refuses every objnode.
    3. The new page is there.
    """
    pool = store.new_pool(PERSISTENT)
    assert store.put(pool, 1, LAST, b"old")
    recorder.expect(*(Fail("objnode_alloc", nth) for nth in range(11)))
    assert store.put(pool, 1, LAST, b"new")
    assert store.get(pool, 1, LAST) == b"new"


def test_a_failed_duplicate_store_does_not_leave_the_stale_page(store: Tmem, recorder: Recorder) -> None:
    """Linux, frontswap: a store over an old copy failed, the old copy stayed, and came back as data.

    1. A page is stored.
    2. It is stored again, and the PAM refuses.
    3. A load finds nothing, rather than the old bytes.
    """
    pool = store.new_pool(PERSISTENT)
    assert store.put(pool, 1, 5, b"old")
    recorder.expect(Fail("create"))
    assert not store.put(pool, 1, 5, b"new")
    assert store.get(pool, 1, 5) is None
    assert recorder.live() == Live()


def test_a_decompression_error_is_no_data_and_leaves_no_zombie(store: Tmem, recorder: Recorder) -> None:
    """Defects D1 and D2: an error of get_data came out as success with garbage; repaired naively, it leaked the page.

    1. The one page of an object is stored in an ephemeral pool.
    2. Its data cannot be had.
    3. The get is an error; the pampd and the obj are freed, and a later get misses.
    """
    pool = store.new_pool(EPHEMERAL)
    assert store.put(pool, 1, 5, b"page")
    recorder.expect(Fail("get_data"))
    with pytest.raises(GetDataError, match="index 5"):
        store.get(pool, 1, 5)
    assert recorder.live() == Live()
    assert store.get(pool, 1, 5) is None


def test_objects_whose_oids_hash_alike_are_kept_apart(store: Tmem, recorder: Recorder) -> None:
    """Xen: an oid was compared with itself, so that any object of a bucket was taken for the one sought.

    1. Four objects whose oids hash to bucket 255 though their words differ.
    2. Each gets a page of its own.
    3. Each page is found under its oid; flushing one object leaves the others.
    """
    pool = store.new_pool(PERSISTENT)
    for oid in (144, 521, 665, 1042):
        assert store.put(pool, oid, 0, b"%d" % oid)
    assert store.flush_object(pool, 521)
    assert [store.get(pool, oid, 0) for oid in (144, 521, 665, 1042)] == [b"144", None, b"665", b"1042"]
    assert recorder.live() == Live(3, 0, 3)


def test_a_destroyed_pool_is_refused_and_not_destroyed_twice(store: Tmem, recorder: Recorder) -> None:
    """Defect D9: the published destroy disables nothing, and a second one corrupts a list.

    1. A pool with a page is destroyed: nothing is live.
    2. A put, and a second destroy, are refused.
    3. The next pool has another id.
    """
    pool = store.new_pool(PERSISTENT)
    assert store.put(pool, 1, 5, b"page")
    store.destroy_pool(pool)
    assert recorder.live() == Live()
    with pytest.raises(PoolDestroyedError):
        store.put(pool, 1, 5, b"page")
    with pytest.raises(PoolDestroyedError):
        store.destroy_pool(pool)
    assert store.new_pool(PERSISTENT) != pool


@pytest.mark.parametrize("pool", [-1, 0, 17])
def test_a_pool_id_is_checked(store: Tmem, pool: int) -> None:
    """Xen: a pool id from the guest, unchecked or negative, indexed an array.

    1. A store with no pool.
    2. Any id, negative ones included, is refused by name.
    """
    with pytest.raises(PoolError, match=f"no pool {pool}"):
        store.get(pool, 1, 5)
