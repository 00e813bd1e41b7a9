"""Callbacks that raise during a range: at every place, the exception comes out of a store that is in order."""

from __future__ import annotations

from dataclasses import replace

import pytest

from support.builds import needs_source
from support.range_operations import CASES, FAILING, OID, RECORDERS, Raised, RangeCase, every_free, places
from support.worlds import COLLIDING, World, in_thread, page_of
from tmem import EPHEMERAL, PERSISTENT, GetDataError, Obj, Objnode, Tmem
from tmem_proofs.conformance.batch import BATCHES, BatchRecorder
from tmem_proofs.conformance.recorder import CallbackError, Fail, Recorder
from tmem_spec.metadata import Callback, Live

EACH_RECORDER = pytest.mark.parametrize("recorder", RECORDERS)
EACH_CASE = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
EACH_FAILING = pytest.mark.parametrize("case", FAILING, ids=lambda case: case.name)
KINDS = [KeyboardInterrupt, SystemExit, GeneratorExit, MemoryError, StopIteration, BaseException]
FOUR_PAGES = {name: RangeCase(name, name, EPHEMERAL, (0, 1, 2, 3), 0, 4) for name in ("put_range", "get_range")}
RAISING_TWICE = [("put_range", "create"), ("put_range", "free"), ("get_range", "get_data"), ("get_range", "free")]
METADATA = ("obj_alloc", "objnode_alloc", "obj_free", "objnode_free")


def raised_in(case: RangeCase, recorder: type[Recorder]) -> list[tuple[Fail, Raised]]:
    """The call, once for every place at which a callback of it can raise."""
    return [(failure, Raised(case, recorder, [failure])) for failure in places(case, recorder)]


@EACH_RECORDER
def test_every_callback_is_met(recorder: type[Recorder]) -> None:
    """ERR-2: the cases make each callback raise, the second of its kind too."""
    met = {(one.callback, one.nth) for case in CASES for one in places(case, recorder)}
    several = (*METADATA[1:], "create", "get_data", "free", *(BATCHES if recorder is BatchRecorder else ()))
    assert met >= {(name, nth) for name in several for nth in (0, 1) if (name, nth) != ("obj_free", 1)}
    assert ("obj_alloc", 0) in met


@EACH_RECORDER
@EACH_CASE
def test_the_exception_itself_comes_out(case: RangeCase, recorder: type[Recorder]) -> None:
    """ERR-2: what a callback raises is what the caller gets, the very object, with no other raised before it."""
    for _, one in raised_in(case, recorder):
        assert one.error is not None
        assert [one.error] == one.world.recorder.raised
        assert one.error.__cause__ is None
        assert one.error.__context__ is None


@EACH_RECORDER
@EACH_CASE
def test_nothing_leaks_and_no_lock_is_held(case: RangeCase, recorder: type[Recorder]) -> None:
    """OWN-1, LCK-2: what was allocated and is not in the store was freed, once; the store passes its check."""
    for _, one in raised_in(case, recorder):
        one.world.assert_well_formed()


@EACH_RECORDER
@EACH_CASE
def test_other_handles_and_later_runs_stay(case: RangeCase, recorder: type[Recorder]) -> None:
    """COH-5: pages of other objects, of the object beside the range, and of runs after the one that raised."""
    for _, one in raised_in(case, recorder):
        for oid, indexes in case.before().items():
            left = {*one.earlier(), *one.last()} if oid == OID else set()
            assert {index: page for index, page in one.held(oid).items() if index not in left} == {
                index: page_of(oid, index) for index in indexes if index not in left
            }


@EACH_RECORDER
@pytest.mark.parametrize("case", [one for one in CASES if one.method == "put_range"], ids=lambda case: case.name)
def test_a_put_range_that_raises_leaves_no_old_page(case: RangeCase, recorder: type[Recorder]) -> None:
    """COH-3: each page of the run concerned is stored, or its handle empty; earlier runs are as their puts answered."""
    for failure, one in raised_in(case, recorder):
        held = one.held()
        for index in one.last():
            assert held.get(index) in (None, one.new(index)), failure
        for index in one.earlier():
            assert held.get(index) in ((None, one.new(index)) if case.refusals else (one.new(index),)), failure


@EACH_RECORDER
@pytest.mark.parametrize("case", [one for one in CASES if one.method == "get_range"], ids=lambda case: case.name)
def test_a_get_range_that_raises(case: RangeCase, recorder: type[Recorder]) -> None:
    """ERR-1, EPH-1: earlier runs were got; of the run concerned, what failed is gone unless persistent, the rest stays.

    If not get_data raised but what frees a page, or metadata, all of that run was got and is gone.
    """
    for failure, one in raised_in(case, recorder):
        held, recorded = one.held(), one.world.recorder
        failed = {
            of[2]
            for callback, of in zip(recorded.callbacks, recorded.handles, strict=True)
            if callback is Callback.GET_DATA_FAILED and of is not None
        }
        assert bool(failed) is failure.callback.startswith("get_data")
        gone = set() if case.flags == PERSISTENT else failed
        if case.flags == EPHEMERAL:
            gone = gone.union(one.earlier(), () if failed else one.last())
        assert held == {index: page_of(OID, index) for index in case.present if index not in gone}


@EACH_RECORDER
@pytest.mark.parametrize("case", [one for one in CASES if one.method == "flush_range"], ids=lambda case: case.name)
def test_a_flush_range_that_raises(case: RangeCase, recorder: type[Recorder]) -> None:
    """COH-4: everything of the run concerned, and of those before it, is gone."""
    for _, one in raised_in(case, recorder):
        left = {*one.earlier(), *one.last()}
        assert one.held() == {index: page_of(OID, index) for index in case.present if index not in left}


@EACH_RECORDER
@EACH_CASE
def test_the_same_call_works_again(case: RangeCase, recorder: type[Recorder]) -> None:
    """LCK-2: after the exception, the same call, made by another thread, answers as if nothing had been."""
    clean, clean_pool = case.prepare(recorder)
    answer = case.run(clean, clean_pool)
    for _, one in raised_in(case, recorder):
        one.world.recorder.expect()
        one.world.store.flush_object(one.pool, OID)
        one.world.fill(one.pool, OID, case.present)
        assert in_thread(lambda one=one: case.run(one.world, one.pool)) == answer  # type: ignore[misc]  # mypy infers no lambda with a default
        one.world.assert_well_formed()


@EACH_RECORDER
@EACH_CASE
def test_the_first_of_several_exceptions_comes_out(case: RangeCase, recorder: type[Recorder]) -> None:
    """OWN-1: if every free raises as well, the first exception comes out, and all that was to be freed is freed."""
    for failure in places(case, recorder):
        one = Raised(case, recorder, [failure, *every_free()])
        assert one.error is one.world.recorder.raised[0]
        one.world.assert_well_formed()


@EACH_RECORDER
@pytest.mark.parametrize(("method", "callback"), RAISING_TWICE)
def test_the_first_page_of_several_that_raise_is_told(recorder: type[Recorder], method: str, callback: str) -> None:
    """ERR-2: where the PAM raises for two pages of a run, the first exception comes out; it is asked for all pages."""
    one = Raised(FOUR_PAGES[method], recorder, [Fail(callback, nth, raises=True) for nth in (1, 2)])
    assert one.error is one.world.recorder.raised[0]
    assert len(one.world.recorder.raised) == (2 if recorder is Recorder else 1)
    asked = {"create": Callback.CREATE_REFUSED, "get_data": Callback.GET_DATA_FAILED, "free": Callback.FREE}[callback]
    assert one.world.callbacks()[asked] == (2 if recorder is Recorder and callback != "free" else 4)
    one.world.assert_well_formed()


@EACH_RECORDER
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_kind_of_exception_is_passed_on(recorder: type[Recorder], kind: type[BaseException]) -> None:
    """ERR-2: KeyboardInterrupt and its like, too, come out as they are, and leave what any other exception leaves."""
    for case in CASES:
        for failure in places(case, recorder):
            if failure.nth == 0:
                error = kind("from a callback")
                one = Raised(case, recorder, [Fail(failure.callback, 0, raises=error)])
                assert one.error is error
                assert one.held() == Raised(case, recorder, [failure]).held()
                one.world.assert_well_formed()


@EACH_RECORDER
@EACH_FAILING
def test_data_that_cannot_be_had(case: RangeCase, recorder: type[Recorder]) -> None:
    """ERR-1: GetDataError names the first such page; those pages are gone unless persistent, the others stay.

    Those of runs before it were got: gone in private ephemeral pools.
    """
    one = Raised(case, recorder, ())
    recorded = one.world.recorder
    failed = [
        of[2]
        for callback, of in zip(recorded.callbacks, recorded.handles, strict=True)
        if callback is Callback.GET_DATA_FAILED and of is not None
    ]
    assert isinstance(one.error, GetDataError)
    assert f"(pool {one.pool}, oid {OID:#x}, index {failed[0]})" in str(one.error)
    gone = set(failed if case.flags != PERSISTENT else ()).union(one.earlier() if case.flags == EPHEMERAL else ())
    assert one.held() == {index: page_of(OID, index) for index in case.present if index not in gone}
    one.world.assert_well_formed()


@EACH_RECORDER
@EACH_FAILING
def test_data_that_cannot_be_had_comes_before_a_free_that_raises(case: RangeCase, recorder: type[Recorder]) -> None:
    """ERR-1: where get_data gives nothing and then every free raises, the caller learns the first: GetDataError."""
    one = Raised(replace(case, index=case.present[0], count=2), recorder, every_free())
    failed = Callback.GET_DATA_FAILED in one.world.recorder.callbacks
    assert isinstance(one.error, GetDataError) is failed
    one.world.assert_well_formed()


@EACH_RECORDER
def test_one_of_several_failing_pages_raises(recorder: type[Recorder]) -> None:
    """ERR-2: where one get_data gives nothing and a later one raises, the exception comes out, not GetDataError."""
    case = RangeCase("get", "get_range", EPHEMERAL, (0, 1, 2, 3), 0, 4)
    one = Raised(case, recorder, [Fail("get_data", 1), Fail("get_data", 2, raises=True)])
    assert [one.error] == one.world.recorder.raised
    assert set(one.held()) == ({0, 3} if recorder is Recorder else set())
    one.world.assert_well_formed()


@EACH_RECORDER
def test_a_put_range_that_raises_leaves_no_old_page_while_frozen(recorder: type[Recorder]) -> None:
    """COH-3, POOL-4: each page of the run concerned is gone, in a frozen pool too, though the first free raises."""
    case = RangeCase("put", "put_range", PERSISTENT, (0, 1, 2, 63), 0, 64)
    world, pool = case.prepare(recorder)
    world.store.freeze(pool)
    with pytest.raises(CallbackError):
        case.run(world, pool, Fail("free", raises=True))
    world.assert_well_formed()
    assert [index for (_, oid, index) in world.held() if oid == OID] == []


class Full(dict[int, Obj]):
    """A table of objects that cannot grow."""

    def __setitem__(self, oid: int, obj: Obj) -> None:
        """There is no memory for another entry."""
        raise MemoryError


@EACH_RECORDER
def test_a_table_that_cannot_grow_refuses_the_range(recorder: type[Recorder]) -> None:
    """MEM-1 to MEM-3: if the object cannot be entered, all is freed that the first page was given, and no other put."""
    world = World(recorder())
    pool = world.new_pool(PERSISTENT)
    world.pools[pool].objs = Full()
    with pytest.raises(MemoryError):
        world.store.put_range(pool, OID, 4096, [b"page"] * 70)
    assert world.recorder.live() == Live()
    world.pools[pool].objs = {}
    assert world.store.put_range(pool, COLLIDING[0], 4096, [b"page"] * 70) == [True] * 70
    world.assert_well_formed()


class FullLeaves(dict[int, Objnode]):
    """The leaves of a tree, among which there is no room for another."""

    def __setitem__(self, part: int, leaf: Objnode) -> None:
        """There is no memory for another entry."""
        raise MemoryError


@needs_source
@pytest.mark.parametrize("present", [(0,), (70,), (5, 5000), (2**32 - 1,)])
def test_leaves_that_cannot_grow_refuse_the_range(monkeypatch: pytest.MonkeyPatch, present: tuple[int, ...]) -> None:
    """MEM-1: where the pages of a new leaf go together, and there is no memory to note it, every objnode is freed."""
    host = Recorder()
    store = Tmem(host=host)
    pool = store.new_pool(PERSISTENT)
    for index in present:
        assert store.put(pool, OID, index, page_of(OID, index))
    obj = store._pools[pool].objs[OID]
    leaves, live = obj.leaves, host.live()
    monkeypatch.setattr("tmem._tree.Leaves", FullLeaves)
    obj.leaves = FullLeaves(leaves) if obj.height else leaves
    with pytest.raises(MemoryError):
        store.put_range(pool, OID, 130, [b"page"] * 70)
    assert host.live() == live
    assert obj.leaves == leaves
    store.check()
    monkeypatch.undo()
    obj.leaves = leaves
    assert store.put_range(pool, OID, 130, [b"page"] * 70) == [True] * 70
    store.check()
