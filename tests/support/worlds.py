"""A store over a recording host and PAM, and the question whether all is in order between them.

page_of     the bytes that tests put at a handle: no two handles get the same
COLLIDING   oids of bucket 0, so that objects meet in one bucket
in_thread   a call made in a thread of its own, which must end
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TypeVar

from tmem import Obj, Tmem
from tmem._pool import Bucket, Pool
from tmem_proofs.conformance.recorder import Recorder
from tmem_spec import law
from tmem_spec.metadata import Callback, Live

LAST = 2**32 - 1
COLLIDING = (0, 233, 377, 754)
PATIENCE = 30.0  # seconds that a call may take before it counts as a deadlock: far more than any needs

Answer = TypeVar("Answer")


def page_of(oid: int, index: int) -> bytes:
    """A page that is of this oid and index alone."""
    return f"page {index} of object {oid}".encode()


@dataclass
class World:
    """A store, and the recorder that is its host and its PAM."""

    recorder: Recorder = field(default_factory=Recorder)
    store: Tmem = field(init=False)
    pools: dict[int, Pool] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        """A store without pools."""
        self.store = Tmem(host=self.recorder, pam=self.recorder)

    def new_pool(self, flags: int) -> int:
        """A new pool, that can be looked into even when it is destroyed."""
        pool = self.store.new_pool(flags)
        self.know(pool)
        return pool

    def know(self, pool: int) -> None:
        """Let the buckets of a pool be looked into, even when it is destroyed. It must be live."""
        self.pools[pool] = self.store._pools[pool]

    def bucket(self, pool: int, number: int) -> Bucket:
        """One bucket of a pool."""
        return self.pools[pool].buckets[number]

    def objs(self, pool: int) -> dict[int, Obj]:
        """The objects of a pool, by oid."""
        return self.pools[pool].objs

    def fill(self, pool: int, oid: int, indexes: Iterable[int]) -> None:
        """Put the page of each of these indexes."""
        for index in indexes:
            assert self.store.put(pool, oid, index, page_of(oid, index))

    def held(self) -> dict[tuple[int, int, int], bytes]:
        """What the PAM holds, by handle: the truth about every page, without a call of the store."""
        return {one.handle: one.page for one in self.recorder.pampds.values()}

    def callbacks(self) -> Counter[Callback]:
        """How often each callback was called, since the recorder last began a call."""
        return Counter(self.recorder.callbacks)

    def lawful(self) -> Live:
        """What must be live for the pages that the PAM holds, by the canonical law."""
        objects: dict[tuple[int, int], set[int]] = {}
        for pool, oid, index in self.held():
            objects.setdefault((pool, oid), set()).add(index)
        return Live(len(objects), sum(map(law.objnodes, objects.values())), sum(map(len, objects.values())))

    def locks_held(self) -> list[str]:
        """Which locks of the store are locked."""
        held = [
            f"bucket {number} of pool {pool.id}"
            for pool in self.pools.values()
            for number, bucket in enumerate(pool.buckets)
            if bucket.lock.locked()
        ]
        return [*held, "the table"] if self.store._table.locked() else held

    def assert_well_formed(self) -> None:
        """The store passes its own check, its counts and the recorder's are the canonical law's, no lock is held."""
        assert self.recorder.broken == []
        assert self.locks_held() == []
        self.store.check()
        live = self.recorder.live()
        lawful = self.lawful()
        assert live == lawful, f"CNT-1 or OWN-2: found {live}, expected {lawful}, the canonical law of these pages"
        counts = [self.store.count(pool) for pool in self.store._pools]
        counted = Live(*(sum(column) for column in zip(*counts, strict=True)))
        assert live == counted, f"CNT-1, CNT-2 or CNT-4: found {counted} in the store, expected {live}, what is live"


def in_thread(call: Callable[[], Answer]) -> Answer:
    """What the call answers, or raises, in a thread of its own. One that does not end fails the test."""
    answers: list[Answer] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            answers.append(call())
        except BaseException as error:  # noqa: BLE001 - it is raised in the caller's thread
            errors.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(PATIENCE)
    assert not thread.is_alive(), f"the call has not ended after {PATIENCE} seconds: a deadlock"
    if errors:
        raise errors[0]
    return answers[0]
