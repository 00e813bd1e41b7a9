"""Locks for a store that one thread uses, and maps that are to be touched with their lock held.

Whoever would wait for such a lock would wait for ever, and is told so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any

from tmem import Obj, _sync
from tmem._pool import Bucket


class LockError(AssertionError):
    """LCK-1, LCK-2 or LCK-3: a lock is not held that should be, or is held that should not be."""


class OneThreadLock:
    """Raises where another lock would block."""

    __slots__ = ("_held",)

    def __init__(self) -> None:
        """Not held."""
        self._held = False

    def acquire(self) -> bool:
        """Take it. Raises LockError if it is held."""
        if self._held:
            raise LockError("LCK-2 or LCK-3: a lock is waited for by the thread that holds it")
        self._held = True
        return True

    def release(self) -> None:
        """Let go of it. Raises LockError if it is not held."""
        if not self._held:
            raise LockError("LCK-2: a lock is released that is not held")
        self._held = False

    def locked(self) -> bool:
        """Whether it is held."""
        return self._held

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


@contextmanager
def one_thread() -> Iterator[None]:
    """Have stores and pools that are made within use such locks."""
    before = _sync.Lock
    _sync.Lock = OneThreadLock  # type: ignore[assignment]  # as far as a store can tell, it is one
    try:
        yield
    finally:
        _sync.Lock = before


class GuardedObjs(dict[int, Obj]):
    """The objects of a bucket: says when they are touched without its lock, as long as they are the bucket's."""

    def __init__(self, bucket: Bucket, say: Callable[[str], object]) -> None:
        """In the place of what the bucket has."""
        super().__init__(bucket.objs)
        self._bucket = bucket
        self._say = say
        bucket.objs = self

    def get(self, oid: int, default: Any = None) -> Any:
        """As of any dict."""
        self._touched(oid)
        return super().get(oid, default)

    def pop(self, oid: int, *default: Any) -> Any:
        """As above."""
        self._touched(oid)
        return super().pop(oid, *default)

    def __setitem__(self, oid: int, obj: Obj) -> None:
        self._touched(oid)
        super().__setitem__(oid, obj)

    def __delitem__(self, oid: int) -> None:
        self._touched(oid)
        super().__delitem__(oid)

    def _touched(self, oid: int) -> None:
        if self._bucket.objs is self and not self._bucket.lock.locked():
            self._say(f"LCK-1: object {oid:#x} is looked for without the lock of its bucket")
