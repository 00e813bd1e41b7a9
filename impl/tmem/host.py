"""The seams: the host, which allocates metadata, and the PAM, which stores pages. Both are tables of callbacks.

Every callback is called with the lock of one bucket held. It may refuse, by answering None, or raise: what that does
is the same at each place. It must not call the store that is calling it: that raises ReentryError.

  callback                refuses, or raises                                      freed things
  obj_alloc, *_alloc      the put is refused                                      are handed back as they were
  create                  the put is refused, what the handle held is gone        given out: empty, counts 0, so a
  get_data                the get fails; a persistent page stays, others go       host may give them out again
  free, *_free            (raises) counts as freed, the remaining frees happen

An exception is passed on to the caller, the first one if there are several, once the store is well-formed and its
locks are free.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import Any, Protocol, runtime_checkable

from . import _sync
from ._tree import Obj, Objnode, Pampd


class Host(Protocol):
    """Who allocates the metadata of pools, and may count and limit it. Source: struct tmem_hostops."""

    def obj_alloc(self, pool: int) -> Obj | None:
        """A fresh obj for an object of `pool`, or None to refuse it."""

    def obj_free(self, pool: int, obj: Obj) -> None:
        """Take back an obj that was given out for `pool`."""

    def objnode_alloc(self, pool: int) -> Objnode | None:
        """A fresh objnode for an object of `pool`, or None to refuse it."""

    def objnode_free(self, pool: int, objnode: Objnode) -> None:
        """Take back an objnode that was given out for `pool`."""


class Pam(Protocol):
    """Page-addressable memory: who stores the pages, and may refuse any of them. Source: struct tmem_pamops."""

    def create(self, pool: int, oid: int, index: int, page: bytes) -> Pampd | None:
        """Store a page and describe it by a pampd, anything but None, or refuse it with None.

        A PAM that reclaims gives each page a pampd of its own, as reclaim goes by the identity of pampds.
        """

    def get_data(self, pampd: Pampd) -> bytes | None:
        """The bytes of a page, or None if they cannot be had. The page stays stored."""

    def free(self, pampd: Pampd) -> None:
        """Forget a page."""


@runtime_checkable
class BatchPam(Pam, Protocol):
    """A PAM that is asked for the pages of a range up to 64 at a time, if it has these three beside the others.

    Raising, create_all has refused every page, and get_data_all has failed on every one; what free_all was given
    counts as freed.
    """

    def create_all(self, pool: int, oid: int, index: int, pages: Sequence[bytes]) -> Sequence[Pampd | None]:
        """Of each page, from `index` on: as `create`."""

    def get_data_all(self, pampds: Sequence[Pampd]) -> Sequence[bytes | None]:
        """Of each pampd: as `get_data`."""

    def free_all(self, pampds: Sequence[Pampd]) -> None:
        """Forget these pages, two at least."""


class DefaultHost:
    """A host that gives whatever is asked for."""

    __slots__ = ()

    def obj_alloc(self, pool: int) -> Obj | None:  # noqa: ARG002 - the protocol's parameter; this host keeps no account
        """A new obj."""
        return Obj()

    def obj_free(self, pool: int, obj: Obj) -> None:
        """Nothing: the interpreter takes it back."""

    def objnode_alloc(self, pool: int) -> Objnode | None:  # noqa: ARG002 - as above
        """A new objnode."""
        return Objnode()

    def objnode_free(self, pool: int, objnode: Objnode) -> None:
        """Nothing: the interpreter takes it back."""


class MemoryPam:
    """A PAM that keeps pages as they are, in memory, and refuses none. The pampd of a page is its bytes."""

    __slots__ = ()

    def create(self, pool: int, oid: int, index: int, page: bytes) -> Pampd | None:  # noqa: ARG002 - the protocol's
        """The page itself: the store hands over bytes that nobody can change."""
        return page

    def get_data(self, pampd: Pampd) -> bytes | None:
        """The page itself."""
        page: bytes = pampd
        return page

    def free(self, pampd: Pampd) -> None:
        """Nothing: the interpreter takes it back."""


class Inside:
    """The threads that are inside a callback of one store: a context manager to be held during each."""

    __slots__ = ("threads",)

    def __init__(self) -> None:
        """No thread is inside."""
        self.threads: set[int] = set()

    def __enter__(self) -> None:
        """The current thread enters a callback."""
        self.threads.add(_sync.this_thread())

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """The current thread leaves it."""
        self.threads.discard(_sync.this_thread())


class GuardedHost:
    """A host whose callbacks note that their thread is inside one."""

    __slots__ = ("_host", "_inside")

    def __init__(self, host: Host, inside: Inside) -> None:
        """Guard `host`, noting threads in `inside`."""
        self._host = host
        self._inside = inside

    def obj_alloc(self, pool: int) -> Obj | None:
        """As the host's, noted."""
        with self._inside:
            return self._host.obj_alloc(pool)

    def obj_free(self, pool: int, obj: Obj) -> None:
        """As the host's, noted."""
        with self._inside:
            self._host.obj_free(pool, obj)

    def objnode_alloc(self, pool: int) -> Objnode | None:
        """As the host's, noted."""
        with self._inside:
            return self._host.objnode_alloc(pool)

    def objnode_free(self, pool: int, objnode: Objnode) -> None:
        """As the host's, noted."""
        with self._inside:
            self._host.objnode_free(pool, objnode)


class GuardedPam:
    """A PAM whose callbacks note that their thread is inside one."""

    __slots__ = ("_inside", "_pam")

    def __init__(self, pam: Pam, inside: Inside) -> None:
        """Guard `pam`, noting threads in `inside`."""
        self._pam = pam
        self._inside = inside

    def create(self, pool: int, oid: int, index: int, page: bytes) -> Pampd | None:
        """As the PAM's, noted."""
        with self._inside:
            return self._pam.create(pool, oid, index, page)

    def get_data(self, pampd: Pampd) -> bytes | None:
        """As the PAM's, noted."""
        with self._inside:
            return self._pam.get_data(pampd)

    def free(self, pampd: Any) -> None:
        """As the PAM's, noted."""
        with self._inside:
            self._pam.free(pampd)


class GuardedBatchPam(GuardedPam):
    """A PAM that takes runs, guarded, and held to as many answers as there are questions."""

    __slots__ = ("_batch",)

    def __init__(self, pam: BatchPam, inside: Inside) -> None:
        """Guard `pam`, noting threads in `inside`."""
        super().__init__(pam, inside)
        self._batch = pam

    def create_all(self, pool: int, oid: int, index: int, pages: Sequence[bytes]) -> list[Pampd | None]:
        """As the PAM's, noted. Raises ValueError unless there is an answer for each page."""
        with self._inside:
            return _answers("create_all", self._batch.create_all(pool, oid, index, tuple(pages)), len(pages))

    def get_data_all(self, pampds: Sequence[Pampd]) -> list[bytes | None]:
        """As the PAM's, noted. Raises ValueError unless there is an answer for each pampd."""
        with self._inside:
            return _answers("get_data_all", self._batch.get_data_all(tuple(pampds)), len(pampds))

    def free_all(self, pampds: Sequence[Pampd]) -> None:
        """As the PAM's, noted."""
        with self._inside:
            self._batch.free_all(tuple(pampds))


def guarded(pam: Pam, inside: Inside) -> GuardedPam:
    """A PAM whose callbacks note that their thread is inside one; it takes runs if `pam` does."""
    return GuardedBatchPam(pam, inside) if isinstance(pam, BatchPam) else GuardedPam(pam, inside)


def _answers(name: str, answers: Sequence[Any], count: int) -> list[Any]:
    if len(answers) != count:
        message = (
            f"{name} was asked about {count} pages and answered about {len(answers)}: each needs an answer, or None"
        )
        raise ValueError(message)
    return list(answers)
