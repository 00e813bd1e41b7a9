"""Callbacks that raise: at every callback of every operation, the exception comes out of a store that is in order."""

from __future__ import annotations

from typing import Any

import pytest

from support.builds import needs_source
from support.operations import OID, OPERATIONS, Operation, every_free, put, stored_before
from support.puts import NEW_PUTS, PutCase
from support.worlds import COLLIDING, World, in_thread
from tmem import PERSISTENT, GetDataError, Obj, Objnode, PoolDestroyedError
from tmem_proofs.conformance.recorder import FREES, Fail
from tmem_spec.metadata import Callback, Live

RAISED = [
    pytest.param(operation, failure, id=f"{operation.name}, {failure.callback} {failure.nth}")
    for operation in OPERATIONS
    for failure in operation.callbacks
]
BY_NAME = [pytest.param(operation, id=operation.name) for operation in OPERATIONS]
KINDS = [KeyboardInterrupt, SystemExit, GeneratorExit, MemoryError, StopIteration, BaseException]


def replaces(operation: Operation) -> bool:
    """Whether the call is a put to a handle that holds a page."""
    return operation.call is put and operation.index in operation.present


def frees(operation: Operation) -> bool:
    """Whether the call frees something, and is not a duplicate put, whose create is skipped if the free raises."""
    return not replaces(operation) and any(one.callback in FREES for one in operation.callbacks)


def raise_in(world: World, operation: Operation, *failures: Fail) -> tuple[int, BaseException]:
    """The pool of the operation, and the exception that comes out of the call."""
    pool = operation.prepare(world)
    with pytest.raises(BaseException) as caught:  # noqa: PT011 - its identity is what the tests compare
        operation.run(world, pool, *failures)
    return pool, caught.value


def pages_of(world: World, pool: int) -> dict[tuple[int, int], bytes]:
    """What the PAM holds of the pool, by oid and index."""
    return {(oid, index): page for (of, oid, index), page in world.held().items() if of == pool}


def expected_after(operation: Operation, failure: Fail) -> dict[tuple[int, int], bytes]:
    """What the pool holds after the call in which a callback raised: a persistent page outlives a failing get_data."""
    kept = failure.callback == "get_data" and operation.flags == PERSISTENT
    before = stored_before(operation)
    return {place: page for place, page in before.items() if kept or not operation.names(*place)}


@pytest.mark.parametrize(("operation", "failure"), RAISED)
def test_the_exception_itself_comes_out(world: World, operation: Operation, failure: Fail) -> None:
    """ERR-2: what a callback raises is what the caller gets, the very object, with no other raised before it."""
    _, error = raise_in(world, operation, failure)
    assert error is world.recorder.raised[0]
    assert len(world.recorder.raised) == 1
    assert error.__cause__ is None
    assert error.__context__ is None


@pytest.mark.parametrize(("operation", "failure"), RAISED)
def test_pages_are_gone_as_if_refused_or_freed(world: World, operation: Operation, failure: Fail) -> None:
    """COH-3, COH-4, ERR-1: what the call names is gone, unless get_data failed on a persistent page; all else stays."""
    pool, _ = raise_in(world, operation, failure)
    held = pages_of(world, pool)
    assert held == expected_after(operation, failure)
    if operation.name != "destroy_pool":
        found = {(OID, index): world.store.get(pool, OID, index) for index in {*operation.present, operation.index}}
        assert found == {place: held.get(place) for place in found}


@pytest.mark.parametrize(("operation", "failure"), RAISED)
def test_nothing_leaks(world: World, operation: Operation, failure: Fail) -> None:
    """OWN-1, MEM-1..3: what was allocated and is not in the store has been freed, and the store passes its check."""
    raise_in(world, operation, failure)
    world.assert_well_formed()


@pytest.mark.parametrize(("operation", "failure"), RAISED)
def test_the_same_call_works_again(world: World, operation: Operation, failure: Fail) -> None:
    """LCK-2: afterwards no lock is held, and the same call, made by another thread, answers as if nothing had been."""
    clean = World()
    answer = operation.run(clean, operation.prepare(clean))
    pool, _ = raise_in(world, operation, failure)
    assert world.locks_held() == []
    if operation.name == "destroy_pool":
        pool = world.new_pool(operation.flags)
    world.recorder.expect()
    world.store.flush_object(pool, OID)
    world.fill(pool, OID, operation.present)
    assert in_thread(lambda: operation.run(world, pool)) == answer
    world.assert_well_formed()


@pytest.mark.parametrize(("operation", "failure"), RAISED)
def test_the_first_of_several_exceptions_comes_out(world: World, operation: Operation, failure: Fail) -> None:
    """OWN-1: if every free raises as well, the first exception comes out, and all that was to be freed is freed."""
    pool, error = raise_in(world, operation, failure, *every_free())
    assert error is world.recorder.raised[0]
    if failure.callback != "get_data" or operation.flags != PERSISTENT:
        assert not any(operation.names(*place) for place in pages_of(world, pool))
    world.assert_well_formed()


@pytest.mark.parametrize("operation", BY_NAME)
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_kind_of_exception_is_passed_on(operation: Operation, kind: type[BaseException]) -> None:
    """ERR-2: KeyboardInterrupt and its like, too, come out as they are, at each kind of callback of the call."""
    for failure in operation.callbacks:
        world, error = World(), kind("from a callback")
        pool, caught = raise_in(world, operation, Fail(failure.callback, failure.nth, raises=error))
        assert caught is error
        assert pages_of(world, pool) == expected_after(operation, failure)
        world.assert_well_formed()


@pytest.mark.parametrize("operation", [pytest.param(one, id=one.name) for one in OPERATIONS if frees(one)])
def test_frees_that_raise_count_as_frees(world: World, operation: Operation) -> None:
    """OWN-1: a call in which every free raises makes the callbacks that it makes when none does, in the same order."""
    clean = World()
    operation.run(clean, operation.prepare(clean))
    raise_in(world, operation, *every_free())
    assert world.recorder.callbacks == clean.recorder.callbacks


@pytest.mark.parametrize("operation", [pytest.param(one, id=one.name) for one in OPERATIONS if replaces(one)])
def test_a_free_that_raises_ends_a_duplicate_put(world: World, operation: Operation) -> None:
    """COH-3: if the free of the old page raises, no new page is created, and the handle is emptied."""
    pool, _ = raise_in(world, operation, Fail("free", raises=True))
    assert world.recorder.callbacks[0] is Callback.FREE
    assert Callback.CREATE not in world.recorder.callbacks
    assert (pool, OID, operation.index) not in world.held()


def test_a_destroyed_pool_stays_destroyed_when_a_free_raised(world: World) -> None:
    """POOL-1, OWN-3: destroy_pool, even where every free raises, frees all and leaves a pool that refuses."""
    operation = next(one for one in OPERATIONS if one.name == "destroy_pool")
    pool, _ = raise_in(world, operation, *every_free())
    assert world.recorder.live() == Live(1, 0, 1)  # of the other pool
    with pytest.raises(PoolDestroyedError):
        world.store.get(pool, OID, 0)
    with pytest.raises(PoolDestroyedError):
        world.store.destroy_pool(pool)


def test_get_data_that_refuses_comes_before_a_free_that_raises(world: World) -> None:
    """ERR-1: where get_data gives nothing and then free raises, the caller learns the first: GetDataError."""
    operation = next(one for one in OPERATIONS if one.name == "get, ephemeral")
    _, error = raise_in(world, operation, Fail("get_data"), *every_free())
    assert isinstance(error, GetDataError)
    world.assert_well_formed()


class Full(dict[int, Obj]):
    """A table of objects that cannot grow."""

    def __setitem__(self, oid: int, obj: Obj) -> None:
        """There is no memory for another entry."""
        raise MemoryError


def test_a_table_that_cannot_grow_refuses_the_put(world: World, pool: int) -> None:
    """MEM-3: if the last step of a put, entering the object, runs out of memory, page, objnodes and obj are freed."""
    world.pools[pool].objs = Full()
    with pytest.raises(MemoryError):
        world.store.put(pool, OID, 4096, b"page")
    assert world.callbacks() == {
        Callback.OBJ_ALLOC: 1, Callback.OBJNODE_ALLOC: 3, Callback.CREATE: 1,
        Callback.FREE: 1, Callback.OBJNODE_FREE: 3, Callback.OBJ_FREE: 1,
    }  # fmt: skip
    assert world.objs(pool) == {}
    world.pools[pool].objs = {}
    world.fill(pool, COLLIDING[0], [4096])
    world.assert_well_formed()


class FullLeaves(dict[int, Objnode]):
    """The leaves of a tree, among which there is no room for another."""

    def __setitem__(self, part: int, leaf: Objnode) -> None:
        """There is no memory for another entry."""
        raise MemoryError


@needs_source
@pytest.mark.parametrize("case", [case for case in NEW_PUTS if case.missing], ids=lambda case: case.name)
def test_leaves_that_cannot_grow_refuse_the_put(
    world: World, pool: int, monkeypatch: pytest.MonkeyPatch, case: PutCase
) -> None:
    """MEM-3: if there is no memory to note a leaf of the tree, page, objnodes and a new obj are freed, no more."""
    world.fill(pool, OID, case.present)
    leaves = {oid: obj.leaves for oid, obj in world.objs(pool).items()}
    before, known = world.held(), [(obj, obj.lock, tree_of(obj)) for obj in world.objs(pool).values()]
    monkeypatch.setattr("tmem._tree.Leaves", FullLeaves)
    for obj in world.objs(pool).values():
        obj.leaves = FullLeaves(obj.leaves) if obj.height else obj.leaves
    world.recorder.expect()
    with pytest.raises(MemoryError):
        world.store.put(pool, OID, case.index, b"page")
    objs = {} if case.present else {Callback.OBJ_ALLOC: 1, Callback.OBJ_FREE: 1}
    assert world.callbacks() == {
        Callback.OBJNODE_ALLOC: case.missing, Callback.CREATE: 1, Callback.FREE: 1, Callback.OBJNODE_FREE: case.missing,
    } | objs  # fmt: skip
    assert world.held() == before
    assert {oid: obj.leaves for oid, obj in world.objs(pool).items()} == leaves
    assert [(obj, obj.lock, tree_of(obj)) for obj in world.objs(pool).values()] == known
    assert world.store.get(pool, OID, case.index) is None
    world.assert_well_formed()
    monkeypatch.undo()
    for obj in world.objs(pool).values():
        obj.leaves = leaves[OID]
    world.fill(pool, OID, [case.index])
    world.assert_well_formed()


def tree_of(obj: Obj) -> tuple[object, ...]:
    """What a put that fails changes nothing of."""

    def below(node: Any, level: int) -> object:
        if level == 0 or node is None:
            return node
        return node, node.slots_in_use, [below(one, level - 1) for one in node.slots]

    return obj.height, obj.pampd_count, obj.objnode_count, below(obj.root, obj.height)
