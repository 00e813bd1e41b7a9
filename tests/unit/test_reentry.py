"""Callbacks that call the store: an error, at every callback and for every method, and never a deadlock."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from support.worlds import COLLIDING, World, in_thread, page_of
from tmem import EPHEMERAL, PERSISTENT, ReentryError, Tmem
from tmem_proofs.conformance.batch import BatchRecorder

OID, NEIGHBOUR = COLLIDING[:2]
INDEX = 64
ELSEWHERE = 144  # an oid of another bucket

METHODS: dict[str, Callable[[Tmem, int], object]] = {
    "new_pool": lambda store, _: store.new_pool(PERSISTENT),
    "put": lambda store, pool: store.put(pool, OID, INDEX, b"from inside"),
    "put elsewhere": lambda store, pool: store.put(pool, ELSEWHERE, INDEX, b"from inside"),
    "get": lambda store, pool: store.get(pool, OID, INDEX),
    "get_exclusive": lambda store, pool: store.get_exclusive(pool, OID, INDEX),
    "flush_page": lambda store, pool: store.flush_page(pool, NEIGHBOUR, INDEX),
    "put_range": lambda store, pool: store.put_range(pool, OID, INDEX, [b"from inside"] * 2),
    "get_range": lambda store, pool: store.get_range(pool, OID, INDEX, 2),
    "flush_range": lambda store, pool: store.flush_range(pool, NEIGHBOUR, INDEX, 2),
    "flush_object": lambda store, pool: store.flush_object(pool, NEIGHBOUR),
    "flush_pool": lambda store, pool: store.flush_pool(pool),
    "destroy_pool": lambda store, pool: store.destroy_pool(pool),
    "reclaim": lambda store, pool: store.reclaim(pool, NEIGHBOUR, INDEX, object()),
    "freeze": lambda store, pool: store.freeze(pool),
    "thaw": lambda store, pool: store.thaw(pool),
    "count": lambda store, pool: store.count(pool),
    "check": lambda store, _: store.check(),
}

# What makes each callback happen, to an object that stores INDEX alone; and what it answers if all goes well.
TRIGGERS: dict[str, tuple[Callable[[Tmem, int], object], object]] = {
    "obj_alloc": (lambda store, pool: store.put(pool, 377, 0, b"new"), True),
    "objnode_alloc": (lambda store, pool: store.put(pool, OID, 4096, b"new"), True),
    "create": (lambda store, pool: store.put(pool, OID, 65, b"new"), True),
    "get_data": (lambda store, pool: store.get(pool, OID, INDEX), page_of(OID, INDEX)),
    "free": (lambda store, pool: store.flush_page(pool, OID, INDEX), True),
    "objnode_free": (lambda store, pool: store.flush_page(pool, OID, INDEX), True),
    "obj_free": (lambda store, pool: store.flush_object(pool, OID), True),
    "create_all": (lambda store, pool: store.put_range(pool, OID, INDEX + 1, [b"new"] * 2), [True] * 2),
    "get_data_all": (lambda store, pool: store.get_range(pool, OID, INDEX, 2), [page_of(OID, INDEX), None]),
    "free_all": (lambda store, pool: [store.put(pool, OID, 65, b""), *store.flush_range(pool, OID, 64, 2)], [True] * 3),
}


@pytest.fixture
def world() -> World:
    """A store over a recorder that is asked page by page for single calls, and at once for ranges."""
    return World(BatchRecorder())


class Inside:
    """Makes one call of a store from inside callbacks of one name, and remembers what it raised."""

    def __init__(self, world: World, callback: str, call: Callable[[], object], *, swallow: bool) -> None:
        """`swallow`: whether the callback goes on as if nothing had been."""
        self.callback, self.call, self.swallow = callback, call, swallow
        self.raised: list[BaseException] = []
        self.answers: list[object] = []
        world.recorder.during = self

    def __call__(self, name: str) -> None:
        """Called in each callback."""
        if name != self.callback:
            return
        try:
            self.answers.append(self.call())
        except ReentryError as error:
            self.raised.append(error)
            if not self.swallow:
                raise


@contextmanager
def quiet(world: World) -> Iterator[None]:
    """Callbacks do nothing beside their work any more."""
    world.recorder.during = lambda _: None
    yield
    world.assert_well_formed()


def two_pools(world: World) -> tuple[int, int]:
    """Two pools of one store, each with two objects in one bucket."""
    pools = world.new_pool(EPHEMERAL), world.new_pool(PERSISTENT)
    for pool in pools:
        world.fill(pool, OID, [INDEX])
        world.fill(pool, NEIGHBOUR, [INDEX])
    return pools


@pytest.mark.parametrize("which", ["the same pool", "another pool"])
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("callback", TRIGGERS)
def test_a_callback_cannot_call_its_store(world: World, callback: str, method: str, which: str) -> None:
    """LCK-3: any method called from any callback, on any pool of the store, raises ReentryError and does not wait."""
    pools = two_pools(world)
    pool = pools[0] if which == "the same pool" else pools[1]
    inside = Inside(world, callback, lambda: METHODS[method](world.store, pool), swallow=False)
    trigger, _ = TRIGGERS[callback]
    with pytest.raises(ReentryError) as caught:
        in_thread(lambda: trigger(world.store, pools[0]))
    assert caught.value is inside.raised[0]
    assert inside.answers == []
    with quiet(world):
        assert world.store.get(pools[1], OID, INDEX) == page_of(OID, INDEX)
        assert world.store.put(pools[0], OID, INDEX, b"afterwards")


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("callback", TRIGGERS)
def test_a_callback_may_go_on_after_reentry_was_refused(world: World, callback: str, method: str) -> None:
    """LCK-3: a callback that catches ReentryError and goes on spoils nothing: the call answers as it would have."""
    pool, _ = two_pools(world)
    inside = Inside(world, callback, lambda: METHODS[method](world.store, pool), swallow=True)
    trigger, answer = TRIGGERS[callback]
    assert in_thread(lambda: trigger(world.store, pool)) == answer
    assert inside.raised
    assert inside.answers == []
    with quiet(world):
        assert world.store.put(pool, OID, INDEX, b"afterwards")


@pytest.mark.parametrize("callback", TRIGGERS)
def test_a_callback_may_call_another_store(world: World, callback: str) -> None:
    """LCK-3: a callback that uses a store of its own is answered by it, while the outer call is under way."""
    pool, _ = two_pools(world)
    own = World()
    own_pool = own.new_pool(EPHEMERAL)

    def call() -> object:
        return own.store.put(own_pool, OID, INDEX, b"inner"), own.store.get(own_pool, OID, INDEX)

    inside = Inside(world, callback, call, swallow=False)
    trigger, answer = TRIGGERS[callback]
    assert in_thread(lambda: trigger(world.store, pool)) == answer
    assert (True, b"inner") in inside.answers
    with quiet(world):
        own.assert_well_formed()


@pytest.mark.parametrize("callback", TRIGGERS)
def test_a_way_back_through_another_store_is_reentry_too(world: World, callback: str) -> None:
    """LCK-3: a store called from a callback of another, itself called from a callback of the first, refuses."""
    pool, _ = two_pools(world)
    other = World()
    other_pool = other.new_pool(EPHEMERAL)
    back = Inside(other, "create", lambda: world.store.get(pool, OID, INDEX), swallow=False)
    Inside(world, callback, lambda: other.store.put(other_pool, OID, 0, b"page"), swallow=False)
    trigger, _ = TRIGGERS[callback]
    with pytest.raises(ReentryError) as caught:
        in_thread(lambda: trigger(world.store, pool))
    assert caught.value is back.raised[0]
    with quiet(world), quiet(other):
        assert world.store.put(pool, OID, INDEX, b"afterwards")


@pytest.mark.parametrize("callback", TRIGGERS)
def test_other_threads_may_call_meanwhile(world: World, callback: str) -> None:
    """LCK-3: while one thread is inside a callback, another thread's calls to other buckets and pools are answered."""
    pool, other = two_pools(world)

    def call() -> object:
        def both() -> object:
            return world.store.put(other, OID, INDEX, b"other pool"), world.store.get(pool, ELSEWHERE, INDEX)

        world.recorder.during = lambda _: None
        return in_thread(both)

    inside = Inside(world, callback, call, swallow=False)
    trigger, answer = TRIGGERS[callback]
    assert in_thread(lambda: trigger(world.store, pool)) == answer
    assert inside.answers == [(True, None)]
    with quiet(world):
        assert world.store.get(other, OID, INDEX) == b"other pool"


def test_reentry_ends_with_the_callback(world: World, pool: int) -> None:
    """LCK-3: a thread whose callback raised is not taken to be inside it ever after."""
    world.fill(pool, OID, [INDEX])
    Inside(world, "create", world.store.check, swallow=False)
    for _ in range(2):
        with pytest.raises(ReentryError, match="a callback called the store that is calling it"):
            world.store.put(pool, OID, 0, b"page")
        assert world.store.get(pool, OID, INDEX) == page_of(OID, INDEX)
    with quiet(world):
        assert world.store.put(pool, OID, 0, b"page")
