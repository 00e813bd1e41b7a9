"""A bucket's lock at which a test can do something: just before it is taken, or just after it was released."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType

from tmem._pool import Bucket


def nothing() -> None:
    """What is done at a lock otherwise."""


class WatchedLock:
    """Takes the place of a bucket's lock. What it does takes no part in itself: it may call the store."""

    def __init__(
        self, bucket: Bucket, *, before: Callable[[], object] = nothing, after: Callable[[], object] = nothing
    ) -> None:
        """`before` is called by who is about to take the lock, `after` by who has released it."""
        self._lock = bucket.lock
        self._before, self._after = before, after
        self._at_it = False
        bucket.lock = self  # type: ignore[assignment]

    def __enter__(self) -> None:
        self._do(self._before)
        self._lock.acquire()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._lock.release()
        self._do(self._after)

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
