"""A bucket's lock at which a test can do something: just before it is taken, or just after it was released."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType

from tmem._pool import Bucket


def nothing() -> None:
    """What is done at a lock otherwise."""


class WatchedLock:
    """Takes the place of the lock of a bucket and its objects. What it does takes no part in itself: it may call the
    store.
    """

    def __init__(
        self, bucket: Bucket, *, before: Callable[[], object] = nothing, after: Callable[[], object] = nothing
    ) -> None:
        """`before` is called by who is about to take the lock, `after` by who has released it."""
        self._lock = bucket.lock
        self._before, self._after = before, after
        self._at_it = False
        for obj in bucket.pool.objs.values():
            if obj.lock is bucket.lock:
                obj.lock = self  # type: ignore[assignment]  # as far as a store can tell, it is a lock
        bucket.lock = self  # type: ignore[assignment]  # as far as a store can tell, it is a lock

    def acquire(self) -> bool:
        """Do what is to be done before, then take the lock."""
        self._do(self._before)
        return self._lock.acquire()

    def release(self) -> None:
        """Let go of the lock, then do what is to be done after."""
        self._lock.release()
        self._do(self._after)

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    def locked(self) -> bool:
        """Whether somebody holds the lock."""
        return self._lock.locked()

    def _do(self, action: Callable[[], object]) -> None:
        if self._at_it:
            return
        self._at_it = True
        try:
            action()
        finally:
            self._at_it = False
