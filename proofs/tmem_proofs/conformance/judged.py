"""A store under judgement: each call that is made to it is held against the specification.

    store = JudgedStore()
    pool = store.new_pool(EPHEMERAL)
    store.make(Put(Handle(pool, 7, 0), b"a page"), Fail("create"))
    store.assert_nothing_wrong()

Beside what a driver looks at, its locks are looked at: one is held in a callback, and whenever an object is looked
for; none is held between calls (LCK-1, LCK-2, LCK-3).
"""

from __future__ import annotations

from collections.abc import Iterator

from tmem import Tmem
from tmem._pool import Pool
from tmem_proofs.conformance.locks import GuardedObjs, LockError, one_thread
from tmem_proofs.conformance.ranges import RangeDriver
from tmem_proofs.conformance.recorder import Fail, Recorder
from tmem_spec import Handle, Judge, Outcome
from tmem_spec.calls import Answer, Call, FlushPage, Get, NewPool, Put, Reclaim
from tmem_spec.ranges import RangeCall, judge_range


class JudgedStore:
    """A store with a host and PAM that record, and a judge that follows it. One thread may use it."""

    def __init__(self, kind: type[Tmem] = Tmem, host_and_pam: type[Recorder] | None = Recorder) -> None:
        """A store of this kind, without pools; its PAM is asked page by page, or, if a `BatchRecorder`, for runs.

        With None it has the host and PAM of the package, so that its quick ways are open; nothing is then known of
        callbacks, and an object may be looked for without its lock.
        """
        self._plain = host_and_pam is None
        recorder = (host_and_pam or Recorder)(during=self._in_callback)
        with one_thread():
            self._driver = RangeDriver(recorder, kind() if self._plain else kind(host=recorder, pam=recorder))
        self._judge = Judge()
        self._pools: list[Pool] = []
        self._trouble: list[str] = []

    def new_pool(self, flags: int) -> int:
        """Make a pool; its id. Raises AssertionError if the store makes none, and what `make` raises."""
        answer = self.make(NewPool(flags))
        if answer.pool is None:
            raise AssertionError(f"POOL-3: no pool with flags {flags:#x}: {answer.outcome.value}")
        return answer.pool

    def make(self, call: Call, *failures: Fail) -> Answer:
        """Make a call, in which these callbacks fail as far as it gets to them.

        Raises LockError, what `Driver.drive` raises, and whatever the store raises that is no answer.
        """
        with one_thread():
            driven = self._driver.drive(call, *failures)
        seen = () if self._plain else (driven.callbacks, driven.live)
        self._judge.observe(driven.call, driven.answer, driven.environment, *seen)
        self._look_at_locks(call)
        if driven.answer.pool is not None:
            self._watch(self._driver.store._pools[driven.answer.pool])  # noqa: SLF001 - its locks are to be looked at
        return driven.answer

    def make_range(self, call: RangeCall, *failures: Fail) -> Outcome:
        """Make a call on a range, as above; how it ended: DONE, if it gave answers."""
        with one_thread():
            driven = self._driver.drive_range(call, *failures)
        call, ended, performed, seen = driven.observed()
        judge_range(self._judge, call, ended, performed, None if self._plain else seen)
        self._look_at_locks(call)
        return driven.ended

    def assert_nothing_wrong(self) -> None:
        """Raise AssertionError if the specification finds anything wrong with the calls, or the store with itself.

        Then every handle that was named is read, and each pool is used: that must go well, too.
        """
        self._assert_no_violations()
        self._driver.store.check()
        for handle in self._handles():
            self.make(Get(handle))
        for pool in self._judge.store.pools:
            for call in (Put(Handle(pool, 0, 0), b"a page at last"), Get(Handle(pool, 0, 0)), Get(Handle(pool, 0, 0))):
                self.make(call)
        self._assert_no_violations()

    def _assert_no_violations(self) -> None:
        found = [str(one) for one in self._judge.verdict()]
        if found:
            raise AssertionError("\n".join(found))

    def _handles(self) -> list[Handle]:
        """Every handle that a call has named and that is one, or that the PAM has a page of."""
        events = [event for event in self._judge.history if event.answer.outcome is not Outcome.REJECTED]
        calls = [event.call for event in events]
        named = {call.handle for call in calls if isinstance(call, Put | Get | FlushPage | Reclaim)}
        return sorted(named | {Handle(*pampd.handle) for pampd in self._driver.recorder.pampds.values()})

    # Locks.

    def _look_at_locks(self, call: Call | RangeCall) -> None:
        """Raise LockError if a lock was not held where it must be, or is held still."""
        self._trouble += [f"LCK-2: the lock of {name} is held after {call}" for name in self._held()]
        if self._trouble:
            raise LockError(self._trouble[0])

    def _watch(self, pool: Pool) -> None:
        self._pools.append(pool)
        if not self._plain:
            GuardedObjs(pool, self._trouble.append)

    def _in_callback(self, name: str) -> None:
        """Note what is wrong; the call goes on."""
        held = len(list(self._held()))
        if held != 1:
            self._trouble.append(f"{'LCK-3' if held else 'LCK-1'}: {name} is called with {held} locks held, not 1")

    def _held(self) -> Iterator[str]:
        """The locks of buckets that are held."""
        for pool in self._pools:
            for number, bucket in enumerate(pool.buckets):
                if bucket.lock.locked():
                    yield f"bucket {number} of pool {pool.id}"
