"""Machines for what pages promise: coherence (COH), ephemeral pages (EPH), and errors of callbacks (ERR)."""

from __future__ import annotations

from hypothesis.stateful import invariant, rule
from hypothesis.strategies import booleans, permutations, sampled_from

from support import draws
from support.family import FamilyMachine
from support.lockstep import Failures
from tmem_proofs.conformance.driver import Driven
from tmem_proofs.conformance.recorder import FREES, Fail
from tmem_spec.calls import FlushObject, FlushPage, Get, Outcome, Put, Reclaim
from tmem_spec.metadata import Callback
from tmem_spec.words import EPHEMERAL, PERSISTENT, SHARED

REFUSALS: tuple[Failures, ...] = ((), (), (Fail("create"),), (Fail("create", raises=True),))


class CoherenceMachine(FamilyMachine):
    """COH: a few handles, put again and again, successfully or not; each is read back after each step."""

    def aims(self, driven: Driven) -> list[str]:
        """Duplicate puts, and those that are refused."""
        if not isinstance(driven.call, Put) or not self.is_held(driven.call.handle):
            return []
        return ["duplicates"] if driven.answer.outcome is Outcome.STORED else ["failed duplicates"]

    @rule(at=draws.at, failures=sampled_from(REFUSALS))
    def put_page(self, at: int, failures: Failures) -> None:
        """A put."""
        self.put(self.handle(at), failures)

    @rule(at=draws.at, failures=sampled_from(REFUSALS))
    def put_again(self, at: int, failures: Failures) -> None:
        """COH-3: a duplicate put, and a get that yields the new page or none."""
        handle = self.stored(at)
        self.put(handle, failures)
        self.step(Get(handle))

    @rule(at=draws.at, exclusive=booleans())
    def get_twice(self, at: int, *, exclusive: bool) -> None:
        """COH-2: a get; and then another, which says the same of a page that is kept, and misses otherwise."""
        handle = self.handle(at)
        self.step(Get(handle, exclusive))
        self.step(Get(handle))

    @rule(at=draws.at, whole=booleans())
    def flush(self, at: int, *, whole: bool) -> None:
        """COH-4: a flush of a page, or of its object."""
        handle = self.stored(at)
        self.step(FlushObject(handle.pool, handle.oid) if whole else FlushPage(handle))

    @invariant()
    def every_handle_reads_back(self) -> None:
        """COH-1, COH-5: in the pools that keep what is got, each handle yields what was put there last."""
        held, recorder = self.held(), self.world.recorder
        recorder.expect()
        for pool in (number for number in self.live_pools() if self.flags[number] != EPHEMERAL):
            for place in ((pool, oid, index) for oid in self.oids for index in self.indexes):
                assert self.world.store.get(*place) == held.get(place), f"COH-1 or COH-5: {place}"


class EphemeralMachine(FamilyMachine):
    """EPH: gets that take pages away and gets that do not, and a PAM that wants pages back, or what it has lost."""

    kinds = (EPHEMERAL, SHARED, PERSISTENT)

    def aims(self, driven: Driven) -> list[str]:
        """Gets of ephemeral pages, and reclaims, by what they come to."""
        call, outcome = driven.call, driven.answer.outcome
        if isinstance(call, Get) and outcome is Outcome.HIT:
            return [f"get from pool of kind {self.flags[call.handle.pool]}"]
        return [f"reclaim: {outcome.name}"] if isinstance(call, Reclaim) else []

    @rule(at=draws.at)
    def put_page(self, at: int) -> None:
        """A put."""
        self.put(self.handle(at))

    @rule(at=draws.at, failures=sampled_from(((), (), (Fail("get_data"),))))
    def get_from_each_kind(self, at: int, failures: Failures) -> None:
        """EPH-1, EPH-4: a get frees the pampd of a private ephemeral page, once, and no other."""
        for number in range(len(self.kinds)):
            handle = self.stored(at + number)
            outcome = self.step(Get(handle), failures).outcome
            flags = self.flags[handle.pool]
            gone = flags == EPHEMERAL or (flags == SHARED and outcome is Outcome.FAILED)
            assert self.world.callbacks()[Callback.FREE] == int(gone), f"EPH-1 or EPH-4: {handle}"

    @rule(at=draws.at, names_held=booleans())
    def reclaim_from_each_kind(self, at: int, *, names_held: bool) -> None:
        """EPH-2: a page that is there, or one that only looks like it; a persistent pool rejects both."""
        for number in range(len(self.kinds)):
            self.step(Reclaim(self.stored(at + number), names_held))

    @rule(at=draws.at, failures=sampled_from(REFUSALS))
    def reclaim_the_page_before(self, at: int, failures: Failures) -> None:
        """EPH-3: the PAM asks for a page in whose place another was put meanwhile: nothing goes."""
        handle = self.stored(at)
        if self.flags[handle.pool] == PERSISTENT:
            return
        place = handle.pool, handle.oid, handle.index
        before = self.world.recorder.pampd_at(*place)
        self.put(handle, failures)
        self.world.recorder.expect()
        assert not self.world.store.reclaim(*place, before), f"EPH-3: {handle}"
        self.look()


class ErrorMachine(FamilyMachine):
    """ERR: callbacks that raise, one or two in most calls; what follows is as if nothing had."""

    indexes = (0, 1, 4096)

    def aims(self, driven: Driven) -> list[str]:
        """Calls that end by an exception of a callback, and failing gets."""
        ends = (Outcome.RAISED, Outcome.FAILED)
        return [driven.answer.outcome.name] if driven.answer.outcome in ends else []

    @rule(at=draws.at, names=permutations(("create", "obj_alloc", "objnode_alloc", "free", "objnode_free", "obj_free")))
    def put_page(self, at: int, names: list[str]) -> None:
        """ERR-2: the first exception ends a put; the same put then succeeds."""
        handle = self.handle(at)
        self.put(handle, tuple(Fail(name, raises=True) for name in names[:3]))
        assert self.put(handle) is Outcome.STORED

    @rule(at=draws.at, raises=booleans(), exclusive=booleans(), free=sampled_from(FREES))
    def get(self, at: int, free: str, *, raises: bool, exclusive: bool) -> None:
        """ERR-1: no data is an error; a persistent page is there afterwards, and an ephemeral one is not."""
        handle = self.stored(at)
        page = self.judge.store.held(handle)
        failed = self.step(Get(handle, exclusive), (Fail("get_data", raises=raises), Fail(free, raises=True)))
        assert failed.outcome in (Outcome.FAILED, Outcome.RAISED), f"ERR-1: {failed}"
        kept = self.flags[handle.pool] == PERSISTENT
        assert self.step(Get(handle)).page == (page if kept else None)

    @rule(at=draws.at, whole=booleans(), names=permutations(FREES))
    def drop(self, at: int, names: list[str], *, whole: bool) -> None:
        """ERR-2: what is dropped is gone, though two of the frees raise; the first of them is passed on."""
        handle = self.stored(at)
        call = FlushObject(handle.pool, handle.oid) if whole else FlushPage(handle)
        self.step(call, tuple(Fail(name, raises=True) for name in names[:2]))
        assert self.step(call).outcome is Outcome.NOT_FOUND
