"""Locks for a store that one thread uses, and maps that are to be touched with their lock held.

Whoever would wait for such a lock would wait for ever, and is told so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any

from tmem import Obj, _sync
from tmem._pool import Pool
from tmem._words import bucket_of


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
    """The objects of a pool: says when one is touched without its bucket's lock, as long as they are the pool's.

    To find one by `objs[oid]` needs no lock, nor does a copy of the table; but see `Found`.
    """

    def __init__(self, pool: Pool, say: Callable[[str], object]) -> None:
        """In the place of what the pool has."""
        super().__init__(pool.objs)
        self._pool = pool
        self._say = say
        pool.objs = self

    def get(self, oid: int, default: Any = None) -> Any:
        """As of any dict."""
        self.touched(oid)
        return super().get(oid, default)

    def pop(self, oid: int, *default: Any) -> Any:
        """As above."""
        self.touched(oid)
        return super().pop(oid, *default)

    def copy(self) -> Any:
        """As above, of what can be found."""
        return {oid: self[oid] for oid in self}

    def touched(self, oid: int) -> None:
        """Say so if the lock of this oid is not held."""
        if self._pool.objs is self and not self._pool.buckets[bucket_of(oid)].lock.locked():
            self._say(f"LCK-1: object {oid:#x} is looked for without the lock of its bucket")

    def __getitem__(self, oid: int) -> Any:
        return Found(super().__getitem__(oid), oid, self)

    def __setitem__(self, oid: int, obj: Obj) -> None:
        self.touched(oid)
        super().__setitem__(oid, obj)

    def __delitem__(self, oid: int) -> None:
        self.touched(oid)
        super().__delitem__(oid)


class Found:
    """An object that was found without looking for a lock: which lock it is under can be read, no more without it."""

    __slots__ = ("_found",)

    def __init__(self, obj: Obj, oid: int, objs: GuardedObjs) -> None:
        """In the place of what `objs` has at `oid`."""
        object.__setattr__(self, "_found", (obj, oid, objs))

    def __getattr__(self, name: str) -> Any:
        obj, oid, objs = self._found
        if name != "lock":
            objs.touched(oid)
        return getattr(obj, name)

    def __setattr__(self, name: str, value: Any) -> None:
        obj, oid, objs = self._found
        objs.touched(oid)
        setattr(obj, name, value)
