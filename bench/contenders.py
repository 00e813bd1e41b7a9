"""What is measured side by side: the store of the build that runs, and dicts behind one lock.

A contender puts and gets pages at a list of handles. Its loops are its own, so that each is called as a program would
call it; the peers that are installed with the extra `bench` are in `peers.py`.
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Any, ClassVar, Final

from tmem import PERSISTENT, Tmem

from . import names
from .handles import Handle

Page = bytes


class Contender(ABC):
    """Something that keeps pages by (oid, index). It is empty when made, and usable by several threads."""

    name: ClassVar[str]
    keeps: ClassVar[bool] = True

    @abstractmethod
    def puts(self, handles: Iterable[Handle], page: Page) -> None:
        """Put the page at each handle, one call a handle."""

    @abstractmethod
    def gets(self, handles: Iterable[Handle]) -> None:
        """Get the page of each handle, one call a handle."""

    @abstractmethod
    def page_at(self, oid: int, index: int) -> bytes | None:
        """The page at a handle: whether the contender does what it is timed for."""

    def close(self) -> None:  # noqa: B027 - most have nothing to let go of
        """Let go of what is not memory of this process."""


class Ours(Contender):
    """`Tmem` with the host and PAM of the package, and one persistent pool: a get leaves the page there."""

    name = names.OURS

    def __init__(self) -> None:
        """A store with one pool, without pages."""
        self.store = Tmem()
        self.pool = self.store.new_pool(PERSISTENT)

    def puts(self, handles: Iterable[Handle], page: Page) -> None:
        """Put the page at each handle."""
        put, pool = self.store.put, self.pool
        for oid, index in handles:
            put(pool, oid, index, page)

    def gets(self, handles: Iterable[Handle]) -> None:
        """Get the page of each handle."""
        get, pool = self.store.get, self.pool
        for oid, index in handles:
            get(pool, oid, index)

    def page_at(self, oid: int, index: int) -> bytes | None:
        """The page at a handle."""
        return self.store.get(self.pool, oid, index)


class Keyed(Contender):
    """A contender with a put and a get of its own, which take a lock."""

    @abstractmethod
    def put(self, oid: int, index: int, page: Page) -> None:
        """Keep the page at the handle."""

    @abstractmethod
    def get(self, oid: int, index: int) -> Any:
        """The page at the handle, or None."""

    def puts(self, handles: Iterable[Handle], page: Page) -> None:
        """Put the page at each handle."""
        put = self.put
        for oid, index in handles:
            put(oid, index, page)

    def gets(self, handles: Iterable[Handle]) -> None:
        """Get the page of each handle."""
        get = self.get
        for oid, index in handles:
            get(oid, index)

    def page_at(self, oid: int, index: int) -> bytes | None:
        """The page at a handle."""
        page: bytes | None = self.get(oid, index)
        return page


class Flat(Keyed):
    """One dict from (oid, index) to the page, behind one lock."""

    name = names.FLAT

    def __init__(self) -> None:
        """No page."""
        self._pages: dict[tuple[int, int], Page] = {}
        self._lock = threading.Lock()

    def put(self, oid: int, index: int, page: Page) -> None:
        """Keep the page under the pair."""
        with self._lock:
            self._pages[oid, index] = page

    def get(self, oid: int, index: int) -> bytes | None:
        """The page under the pair, or None."""
        with self._lock:
            return self._pages.get((oid, index))


class Nested(Keyed):
    """A dict of objects, each a dict from index to the page, behind one lock."""

    name = names.NESTED

    def __init__(self) -> None:
        """No object."""
        self._objects: dict[int, dict[int, Page]] = {}
        self._lock = threading.Lock()

    def put(self, oid: int, index: int, page: Page) -> None:
        """Keep the page in its object, which is made if there is none."""
        with self._lock:
            try:
                self._objects[oid][index] = page
            except KeyError:
                self._objects[oid] = {index: page}

    def get(self, oid: int, index: int) -> bytes | None:
        """The page in its object, or None."""
        with self._lock:
            try:
                return self._objects[oid].get(index)
            except KeyError:
                return None


class Nothing(Contender):
    """The loop alone, without a call in it: what the time of every other includes."""

    name = names.LOOP
    keeps = False

    def puts(self, handles: Iterable[Handle], page: Page) -> None:  # noqa: ARG002 - as the others' puts
        """Look at each handle."""
        for _, _ in handles:
            pass

    def gets(self, handles: Iterable[Handle]) -> None:
        """Look at each handle."""
        for _, _ in handles:
            pass

    def page_at(self, oid: int, index: int) -> bytes | None:  # noqa: ARG002 - as the others' page_at
        """None."""
        return None


SIDE_BY_SIDE: Final[tuple[type[Contender], ...]] = (Ours, Flat, Nested)
