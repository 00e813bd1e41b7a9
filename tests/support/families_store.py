"""Machines for what the store itself promises: pools (POOL), memory given and owned (MEM, OWN), and shape (SHR)."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from hypothesis.stateful import invariant, precondition, rule
from hypothesis.strategies import booleans, integers, one_of, sampled_from

from support import draws
from support.family import FamilyMachine
from support.lockstep import Failures
from support.puts import PutCase
from support.stepping import SteppingMachine, some_page
from tmem_proofs.conformance.driver import Driven
from tmem_proofs.conformance.recorder import Fail
from tmem_spec import law
from tmem_spec.calls import (
    DestroyPool,
    FlushObject,
    FlushPage,
    FlushPool,
    Freeze,
    Get,
    NewPool,
    Outcome,
    Put,
    Reclaim,
    Thaw,
)
from tmem_spec.words import EPHEMERAL, MAX_HEIGHT, MOST_OBJNODES_A_PUT, PERSISTENT, Handle, flags_accepted, max_index

MOST_POOLS = 7
REFUSED = (Fail("create"),)


def room_for_pools(machine: SteppingMachine) -> bool:
    """Whether one pool more, or one less, is no trouble."""
    return len(machine.judge.store.pools) < MOST_POOLS


class PoolMachine(FamilyMachine):
    """POOL: pools that come, are frozen, thawed and flushed, and go; each that is gone stays gone."""

    indexes = (0, 64)

    def aims(self, driven: Driven) -> list[str]:
        """Calls on pools, calls of destroyed ones, and puts to frozen ones."""
        call, pools = driven.call, self.judge.store.pools
        if isinstance(call, Put) and pools[call.handle.pool].rules.frozen:
            return ["frozen put"]
        if driven.answer.outcome is Outcome.REJECTED:
            return ["rejected"]
        return ["pool call"] if isinstance(call, NewPool | DestroyPool | FlushPool | Freeze | Thaw) else []

    @precondition(room_for_pools)
    @rule(flags=one_of(draws.flags, draws.bad_flags))
    def new_pool(self, flags: int) -> None:
        """POOL-2, POOL-3: a pool has an id that no pool had; bad flags have no pool."""
        if flags_accepted(flags):
            spent = set(self.flags)
            assert self.make_pool(flags) not in spent, "POOL-2: an id is given again"
        else:
            self.reject(NewPool(flags))

    @precondition(room_for_pools)
    @rule(at=draws.at)
    def destroy(self, at: int) -> None:
        """POOL-1: a pool is destroyed once, and another made in its stead."""
        pool = self.live_pool(at)
        self.step(DestroyPool(pool))
        self.reject(DestroyPool(pool))
        self.make_pool(self.flags[pool])

    @rule(at=draws.at, call=sampled_from((Freeze, Thaw, FlushPool)))
    def change(self, at: int, call: type[Freeze | Thaw | FlushPool]) -> None:
        """A pool is frozen, thawed, or flushed."""
        self.step(call(self.live_pool(at)))

    @rule(at=draws.at)
    def freeze_over_a_page(self, at: int) -> None:
        """POOL-4: a put over a page of a frozen pool stores nothing, and leaves no stale page."""
        handle = self.handle(at)
        self.step(Thaw(handle.pool))
        self.put(handle)
        self.step(Freeze(handle.pool))
        assert self.put(handle) is Outcome.REFUSED

    @rule(at=draws.at)
    def put_page(self, at: int) -> None:
        """POOL-4: a put stores, unless the pool is frozen."""
        handle = self.handle(at)
        frozen = self.judge.store.pools[handle.pool].rules.frozen
        assert self.put(handle) is (Outcome.REFUSED if frozen else Outcome.STORED)

    @invariant()
    def destroyed_pools_refuse(self) -> None:
        """POOL-1: the pool that was destroyed last refuses a put, a get and a freeze."""
        spent = sorted(set(self.flags) - set(self.live_pools()))
        for pool in spent[-1:]:
            handle = Handle(pool, self.oids[0], 0)
            for call in (Put(handle, b"late"), Get(handle), Freeze(pool)):
                self.reject(call)


class MemoryMachine(FamilyMachine):
    """MEM, OWN: most puts are refused, each at one of the places where it asks for something."""

    kinds = (EPHEMERAL, PERSISTENT)
    indexes = draws.EDGES

    def aims(self, driven: Driven) -> list[str]:
        """Puts refused, by what refused them."""
        refused = [one.name for one in driven.callbacks if one.name.endswith("_REFUSED")]
        call = driven.call
        duplicate = isinstance(call, Put) and self.is_held(call.handle)
        return [f"{one} of a duplicate" for one in refused] if duplicate else refused

    @rule(at=draws.at, nth=integers(0, 12), raises=booleans())
    def put_refused(self, at: int, nth: int, *, raises: bool) -> None:
        """MEM-1 to MEM-4: a put to an empty handle leaves what was live, whichever of its requests is refused."""
        handle = self.handle(at)
        if self.is_held(handle):
            self.step(FlushPage(handle))
        before = self.world.recorder.live()
        refusals = PutCase("drawn", tuple(self.present(handle)), handle.index).refusals()
        self.put(handle, (replace(refusals[nth % len(refusals)], raises=raises),))
        assert self.world.recorder.live() == before, f"MEM-1, MEM-2 or MEM-3: {handle}"

    @rule(at=draws.at, raises=booleans())
    def put_again_refused(self, at: int, *, raises: bool) -> None:
        """MEM-6: a duplicate asks for no objnode; with no objnode to be had, the PAM alone can refuse it."""
        handle = self.stored(at)
        none = tuple(Fail("objnode_alloc", nth) for nth in range(MOST_OBJNODES_A_PUT))
        assert self.put(handle, none) is Outcome.STORED, "MEM-5 or MEM-6"
        self.put(handle, (Fail("create", raises=raises), *none))

    @rule(at=draws.at)
    def put_page(self, at: int) -> None:
        """MEM-5: a put of which nothing is refused stores."""
        assert self.put(self.handle(at)) is Outcome.STORED

    @precondition(some_page)
    @rule(at=draws.at, whole=booleans())
    def drop(self, at: int, *, whole: bool) -> None:
        """OWN-1: a page goes, or an object, with all that it alone needed."""
        handle = self.filled(at)
        self.step(FlushObject(handle.pool, handle.oid) if whole else FlushPage(handle))


class ShapeMachine(FamilyMachine):
    """SHR: one object in each pool, whose tree grows and shrinks through all heights."""

    kinds = (EPHEMERAL, PERSISTENT)
    oids = (144,)
    indexes = draws.EDGES
    ways: ClassVar[tuple[str, ...]] = ("flush", "get", "refused put", "reclaim")

    def aims(self, driven: Driven) -> list[str]:
        """Heights that a tree grows to, and shrinks from."""
        if not isinstance(driven.call, Put | Get | FlushPage | Reclaim) or driven.call.handle.pool not in self.flags:
            return []
        handle = driven.call.handle
        before, live = self.present(handle), {place[2] for place in self.world.held() if place[0] == handle.pool}
        old, new = law.height(before), law.height(live)
        return [f"grown to {new}"] * (new > old) + [f"shrunk from {old}"] * (new < old)

    def object(self, at: int) -> Handle:
        """Index 0 of an object."""
        return Handle(self.live_pool(at), self.oids[0], 0)

    @rule(at=draws.at, height=integers(0, MAX_HEIGHT), last=booleans(), failures=draws.put_failures)
    def put_at_height(self, at: int, height: int, failures: Failures, *, last: bool) -> None:
        """A put of the first or the last index that needs this height; a get of it before."""
        index = max_index(height) if last or height == 0 else max_index(height - 1) + 1
        handle = replace(self.object(at), index=index)
        self.step(Get(handle))
        self.put(handle, failures)

    @rule(at=draws.at, steps=integers(1, MAX_HEIGHT))
    def climb(self, at: int, steps: int) -> None:
        """Some times: a put of the last index that fits the tree, a flush of the next, in vain, and a put of it."""
        for _ in range(steps):
            handle = self.object(at)
            height = law.height(self.present(handle))
            self.put(replace(handle, index=max_index(height)))
            if height < MAX_HEIGHT:
                self.step(FlushPage(replace(handle, index=max_index(height) + 1)))
                self.put(replace(handle, index=max_index(height) + 1))

    @rule(at=draws.at, count=integers(1, 4), way=sampled_from(ways), from_top=booleans())
    def remove(self, at: int, count: int, way: str, *, from_top: bool) -> None:
        """Some pages go, the topmost first or the bottommost, by any way that a page can go."""
        handle = self.stored(at)
        for index in sorted(self.present(handle), reverse=from_top)[:count]:
            self.remove_one(replace(handle, index=index), way)

    def remove_one(self, handle: Handle, way: str) -> None:
        """A page goes."""
        if way == "flush" or (way == "reclaim" and self.flags[handle.pool] == PERSISTENT):
            self.step(FlushPage(handle))
        elif way == "get":
            self.step(Get(handle, exclusive=True))
        elif way == "reclaim":
            self.step(Reclaim(handle, names_held=True))
        else:
            self.put(handle, REFUSED)
        assert not self.is_held(handle)
