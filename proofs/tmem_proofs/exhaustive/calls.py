"""Every call that can be made in a state: as the specification says it, and as it is made to a store.

Each call on a handle is made at every index of the scope, at the first one beyond it and at -1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from tmem_proofs.exhaustive.outside import Lookalike
from tmem_proofs.exhaustive.scope import Scaled
from tmem_proofs.exhaustive.world import POOL, World

NEW_PAGE = b"another page"
DROPS = ("flush_object", "flush_pool", "destroy_pool")  # those that may free any number of things

Place = tuple[int, int]  # oid, index


@dataclass(frozen=True, slots=True, eq=False)
class Call:
    """One call: its name, how the specification says it, how it is made, and a page without which it cannot be."""

    name: str
    said: Any
    make: Callable[[World], Any]
    page: Place | None = None

    def names(self, oid: int, index: int) -> bool:
        """Whether the call may touch this handle."""
        if hasattr(self.said, "handle"):
            return (self.said.handle.oid, self.said.handle.index) == (oid, index)
        return getattr(self.said, "oid", oid) == oid

    def __str__(self) -> str:
        """`put at index 5 of object 0`, `flush_pool`."""
        if hasattr(self.said, "handle"):
            return f"{self.name} at index {self.said.handle.index} of object {self.said.handle.oid}"
        return f"{self.name} of object {self.said.oid}" if hasattr(self.said, "oid") else self.name


def every_call(scaled: Scaled) -> list[Call]:
    """Every call of the scope, those on a handle first."""
    indexes = (-1, *range(scaled.scope.indexes + 1))
    places = [(oid, index) for oid in scaled.scope.oids for index in indexes]
    on_handles = [call for place in places for call in _on_handle(scaled, place)]
    on_objects = [_on_object(scaled, oid) for oid in scaled.scope.oids]
    return [*on_handles, *on_objects, *_on_pool(scaled)]


def _on_handle(scaled: Scaled, place: Place) -> Iterator[Call]:
    said = scaled.spec.calls
    handle = scaled.spec.words.Handle(POOL, *place)
    yield Call("put", said.Put(handle, NEW_PAGE), lambda world: world.store.put(POOL, *place, NEW_PAGE))
    yield Call("get", said.Get(handle), lambda world: world.store.get(POOL, *place))
    yield Call("get_exclusive", said.Get(handle, True), lambda world: world.store.get_exclusive(POOL, *place))  # noqa: FBT003 - the specification's parameter
    yield Call("flush_page", said.FlushPage(handle), lambda world: world.store.flush_page(POOL, *place))
    other = Lookalike(*place, NEW_PAGE)
    reclaim = said.Reclaim(handle, False), said.Reclaim(handle, True)  # noqa: FBT003 - as above
    yield Call("reclaim of another page", reclaim[0], lambda world: world.store.reclaim(POOL, *place, other))
    yield Call("reclaim", reclaim[1], lambda world: world.store.reclaim(POOL, *place, world.pampd(*place)), place)


def _on_object(scaled: Scaled, oid: int) -> Call:
    said = scaled.spec.calls.FlushObject(POOL, oid)
    return Call("flush_object", said, lambda world: world.store.flush_object(POOL, oid))


def _on_pool(scaled: Scaled) -> Iterator[Call]:
    said = scaled.spec.calls
    yield Call("flush_pool", said.FlushPool(POOL), lambda world: world.store.flush_pool(POOL))
    yield Call("destroy_pool", said.DestroyPool(POOL), lambda world: world.store.destroy_pool(POOL))
    yield Call("freeze", said.Freeze(POOL), lambda world: world.store.freeze(POOL))
    yield Call("thaw", said.Thaw(POOL), lambda world: world.store.thaw(POOL))
