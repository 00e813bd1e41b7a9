"""Worlds in which calls on ranges are made: real stores, driven as in `worlds`, and judged by the single calls.

A range between whose runs another thread destroys the pool is two ranges to the judge: that of the pages that were
done by then, and that of all of them, which is rejected.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from tmem import HandleError, PoolError, Tmem
from tmem_proofs.conformance.batch import BatchRecorder
from tmem_proofs.conformance.ranges import DrivenRange, RangeDriver
from tmem_proofs.conformance.recorder import Recorder
from tmem_proofs.replay.agree import ReplayError, agree
from tmem_proofs.replay.worlds import World
from tmem_spec.calls import DestroyPool, Event, Outcome
from tmem_spec.metadata import Callback
from tmem_spec.ranges import GetRange, RangeCall, count_of, judge_range

MOST = 1000  # handles of one range, to be gone through one by one


@dataclass(slots=True)
class RangeWorld(World):
    """A store, driven by calls on ranges, too.

    plain   whether the PAM is that of the package: then nothing is recorded of pages, and the judge is told no more
            than answers
    before  the callbacks of the call under way that were made before another thread came between
    """

    driver: RangeDriver = field(default_factory=RangeDriver)
    before: tuple[Callback, ...] = ()

    def drive_range(self, call: RangeCall, performed: Sequence[Event]) -> DrivenRange:
        """Make a call, in which `failures` happen. Raises ReplayError if anything is wrong with what it does.

        `performed`: the single calls that it is, as the path has them: where nothing is recorded of pages they are
        told to the judge, with the answers that were given.
        """
        try:
            many = count_of(call) > MOST
            driven = self._drive_many(call) if many else self.driver.drive_range(call, *self.failures)
        except Exception as error:
            raise ReplayError(f"{call} on the shipped objects raises {error!r}, as on no path") from error
        told = driven.performed
        if self.plain and driven.ended is Outcome.DONE:
            both = zip(told, performed, strict=False)  # as many, unless the path raises: then they do not agree
            told = tuple(replace(real, environment=on_path.environment) for real, on_path in both)
        elif self.plain and driven.ended is not Outcome.REJECTED:
            told = tuple(performed)
        self._judge(call, driven.ended, told)
        return driven

    def _drive_many(self, call: RangeCall) -> DrivenRange:
        """Make a call that names so many handles that they cannot be gone through; it is to be rejected."""
        self.driver.recorder.expect(*self.failures)
        try:
            place = call.handle.pool, call.handle.oid, call.handle.index, count_of(call)
            (self.store.get_range if isinstance(call, GetRange) else self.store.flush_range)(*place)
        except (HandleError, PoolError):
            ended = Outcome.REJECTED
        else:
            ended = Outcome.DONE
        recorder = self.driver.recorder
        return DrivenRange(call, ended, (), tuple(recorder.callbacks), recorder.live())

    def destroy_between(self, pool: int, oid: int, taken: int, call: RangeCall, performed: Sequence[Event]) -> None:
        """Have another thread destroy the pool when a lock was taken so often, and so much of a range is done."""

        def destroy() -> None:
            self.before = tuple(self.driver.recorder.callbacks)
            self._judge(call, Outcome.DONE, performed)
            self.drive(DestroyPool(pool))

        self.before_the_lock(pool, oid, destroy, taken=taken)

    def _judge(self, call: RangeCall, ended: Outcome, performed: Sequence[Event]) -> None:
        recorder = self.driver.recorder
        seen = None if self.plain or count_of(call) > MOST else (recorder.callbacks, recorder.live())
        broken = judge_range(self.judge, call, ended, performed, seen)
        agree(f"violations by {call}", [str(one) for one in broken], [])


def _own() -> RangeWorld:
    return RangeWorld()


def _batch() -> RangeWorld:
    return RangeWorld(RangeDriver(BatchRecorder()))


def _own_host() -> RangeWorld:
    recorder = Recorder()
    return RangeWorld(RangeDriver(recorder, Tmem(host=recorder)), plain=True)


def _package() -> RangeWorld:
    return RangeWorld(RangeDriver(store=Tmem()), plain=True)


# Whose host and PAM they are: a recorder's, whose PAM is asked page by page, or run by run; its host alone; no one's.
OWN, BATCH, OWN_HOST, PACKAGE = "own", "batch", "own host", "package"
WORLDS: dict[str, Callable[[], RangeWorld]] = {OWN: _own, BATCH: _batch, OWN_HOST: _own_host, PACKAGE: _package}
