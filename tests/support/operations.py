"""Every operation that calls back, each in the cases that differ in which callbacks it makes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from support.worlds import COLLIDING, LAST, World, page_of
from tmem import EPHEMERAL, PERSISTENT, SHARED
from tmem_proofs.conformance.recorder import FREES, Fail

OID, NEIGHBOUR = COLLIDING[:2]
NEIGHBOURS = (0, 64)
NEW_PAGE = b"the page that is put"


class Scope(Enum):
    """What an operation names."""

    PAGE = "one page"
    OBJECT = "one object"
    POOL = "a pool"


@dataclass(frozen=True)
class Operation:
    """A call on a pool of these flags, in which the object OID stores `present`.

    `refusals` happen in every run of it; `callbacks` are those that then do their work, as failures of raising there.
    """

    name: str
    flags: int
    present: tuple[int, ...]
    call: Callable[[World, int, int], object]
    index: int = 0
    scope: Scope = Scope.PAGE
    refusals: tuple[Fail, ...] = ()
    callbacks: tuple[Fail, ...] = ()

    def prepare(self, world: World) -> int:
        """The pool, with the object, a neighbour in its bucket, and a page in another pool."""
        pool, other = world.new_pool(self.flags), world.new_pool(self.flags)
        world.fill(other, OID, [self.index])
        world.fill(pool, NEIGHBOUR, NEIGHBOURS)
        world.fill(pool, OID, self.present)
        return pool

    def run(self, world: World, pool: int, *failures: Fail) -> object:
        """Make the call, in which these failures happen beside the operation's own refusals."""
        world.recorder.expect(*self.refusals, *failures)
        return self.call(world, pool, self.index)

    def names(self, oid: int, index: int) -> bool:
        """Whether a handle of the pool is one that the call is about."""
        if self.scope is Scope.PAGE:
            return (oid, index) == (OID, self.index)
        return self.scope is Scope.POOL or oid == OID


def calls(**counts: int) -> tuple[Fail, ...]:
    """So many callbacks of each name, each as the failure of raising there."""
    return tuple(Fail(name, nth, raises=True) for name, count in counts.items() for nth in range(count))


def every_free() -> list[Fail]:
    """Every free of the call raises: none of these calls makes more than 20 of a kind."""
    return [Fail(name, nth, raises=True) for name in FREES for nth in range(20)]


def put(world: World, pool: int, index: int) -> object:
    """A put."""
    return world.store.put(pool, OID, index, NEW_PAGE)


def put_while_frozen(world: World, pool: int, index: int) -> object:
    """A put while the pool is frozen."""
    world.store.freeze(pool)
    try:
        return world.store.put(pool, OID, index, NEW_PAGE)
    finally:
        world.store.thaw(pool)


def get(world: World, pool: int, index: int) -> object:
    """A get."""
    return world.store.get(pool, OID, index)


def get_exclusive(world: World, pool: int, index: int) -> object:
    """An exclusive get."""
    return world.store.get_exclusive(pool, OID, index)


def flush_page(world: World, pool: int, index: int) -> object:
    """A flush of one page."""
    return world.store.flush_page(pool, OID, index)


def flush_object(world: World, pool: int, index: int) -> object:
    """A flush of the object."""
    del index
    return world.store.flush_object(pool, OID)


def flush_pool(world: World, pool: int, index: int) -> object:
    """A flush of the pool."""
    del index
    world.store.flush_pool(pool)
    return None


def destroy_pool(world: World, pool: int, index: int) -> object:
    """The pool's end."""
    del index
    world.store.destroy_pool(pool)
    return None


def reclaim(world: World, pool: int, index: int) -> object:
    """The PAM wants the page back."""
    return world.store.reclaim(pool, OID, index, world.recorder.pampd_at(pool, OID, index))


SPREAD = (0, 1, 64, 4096, LAST)
LAST_OBJNODE = (Fail("objnode_alloc", 5),)
NO_PAGE = (Fail("create"),)

OPERATIONS = (
    Operation(
        "put, new object", PERSISTENT, (), put, LAST,
        callbacks=calls(obj_alloc=1, objnode_alloc=6, create=1),
    ),
    Operation(
        "put, growing and descending", EPHEMERAL, (0,), put, LAST,
        callbacks=calls(objnode_alloc=11, create=1),
    ),
    Operation(
        "put, refused by the host", PERSISTENT, (), put, LAST, refusals=LAST_OBJNODE,
        callbacks=calls(obj_alloc=1, objnode_alloc=5, objnode_free=5, obj_free=1),
    ),
    Operation(
        "put, refused by the PAM", PERSISTENT, (), put, LAST, refusals=NO_PAGE,
        callbacks=calls(obj_alloc=1, objnode_alloc=6, objnode_free=6, obj_free=1),
    ),
    Operation(
        "put, duplicate", PERSISTENT, (0, LAST), put, LAST,
        callbacks=calls(free=1, create=1),
    ),
    Operation(
        "put, duplicate refused", PERSISTENT, (0, LAST), put, LAST, refusals=NO_PAGE,
        callbacks=calls(free=1, objnode_free=11),
    ),
    Operation(
        "put, only page, refused", EPHEMERAL, (64,), put, 64, refusals=NO_PAGE,
        callbacks=calls(free=1, objnode_free=2, obj_free=1),
    ),
    Operation(
        "put, duplicate while frozen", PERSISTENT, (64,), put_while_frozen, 64,
        callbacks=calls(free=1, objnode_free=2, obj_free=1),
    ),
    Operation(
        "get, ephemeral", EPHEMERAL, (0, LAST), get, LAST,
        callbacks=calls(get_data=1, free=1, objnode_free=11),
    ),
    Operation(
        "get, ephemeral, only page", EPHEMERAL, (4096,), get, 4096,
        callbacks=calls(get_data=1, free=1, objnode_free=3, obj_free=1),
    ),
    Operation(
        "get, persistent", PERSISTENT, (0, LAST), get, LAST,
        callbacks=calls(get_data=1),
    ),
    Operation(
        "get, shared", SHARED, (0, LAST), get, LAST,
        callbacks=calls(get_data=1),
    ),
    Operation(
        "get, exclusive, persistent", PERSISTENT, (0, 64), get_exclusive, 64,
        callbacks=calls(get_data=1, free=1, objnode_free=3),
    ),
    Operation(
        "get, exclusive, shared", SHARED, (64,), get_exclusive, 64,
        callbacks=calls(get_data=1, free=1, objnode_free=2, obj_free=1),
    ),
    Operation(
        "flush_page", PERSISTENT, (0, LAST), flush_page, LAST,
        callbacks=calls(free=1, objnode_free=11),
    ),
    Operation(
        "flush_page, only page", PERSISTENT, (LAST,), flush_page, LAST,
        callbacks=calls(free=1, objnode_free=6, obj_free=1),
    ),
    Operation(
        "flush_object", PERSISTENT, SPREAD, flush_object, scope=Scope.OBJECT,
        callbacks=calls(free=5, objnode_free=14, obj_free=1),
    ),
    Operation(
        "flush_pool", EPHEMERAL, SPREAD, flush_pool, scope=Scope.POOL,
        callbacks=calls(free=7, objnode_free=17, obj_free=2),
    ),
    Operation(
        "destroy_pool", PERSISTENT, SPREAD, destroy_pool, scope=Scope.POOL,
        callbacks=calls(free=7, objnode_free=17, obj_free=2),
    ),
    Operation(
        "reclaim", EPHEMERAL, (0, LAST), reclaim, LAST,
        callbacks=calls(free=1, objnode_free=11),
    ),
)  # fmt: skip


def stored_before(operation: Operation) -> dict[tuple[int, int], bytes]:
    """What the pool holds, by oid and index, before the call."""
    places = [(OID, index) for index in operation.present] + [(NEIGHBOUR, index) for index in NEIGHBOURS]
    return {(oid, index): page_of(oid, index) for oid, index in places}
