"""The peers that others have made, each with one call a put and one a get. They come with the extra `bench`.

Those that are not safe to be used by several threads get a lock, as the dicts do. The two that keep pages on a disk are
there for context: what they do, no other does.
"""

from __future__ import annotations

import importlib.metadata
import tempfile
import threading
from typing import Any, Final

import cachebox
import cachetools
import diskcache
import lmdb
from BTrees.LOBTree import LOBTree
from sortedcontainers import SortedDict

from .contenders import Contender, Keyed, Page

PACKAGES: Final = ("BTrees", "cachebox", "cachetools", "diskcache", "lmdb", "lz4", "pyperf", "sortedcontainers")
MAP_SIZE: Final = 1 << 30
ENTRIES: Final = 10_000_001  # of the caches, which are never full: evicting is not measured


class Sorted(Keyed):
    """A sorted dict of pairs, behind one lock."""

    name = "SortedDict"

    def __init__(self) -> None:
        """No page."""
        self._pages: Any = SortedDict()
        self._lock = threading.Lock()

    def put(self, oid: int, index: int, page: Page) -> None:
        """Keep the page under the pair."""
        with self._lock:
            self._pages[oid, index] = page

    def get(self, oid: int, index: int) -> Any:
        """The page under the pair, or None."""
        with self._lock:
            return self._pages.get((oid, index))


class Lob(Keyed):
    """A B-tree whose keys are 64-bit integers, made of oid and index, behind one lock."""

    name = "LOBTree"

    def __init__(self) -> None:
        """No page."""
        self._pages: Any = LOBTree()
        self._lock = threading.Lock()

    def put(self, oid: int, index: int, page: Page) -> None:
        """Keep the page under the integer."""
        with self._lock:
            self._pages[oid << 32 | index] = page

    def get(self, oid: int, index: int) -> Any:
        """The page under the integer, or None."""
        with self._lock:
            return self._pages.get(oid << 32 | index)


class Cachetools(Keyed):
    """An LRU cache in Python, behind one lock."""

    name = "cachetools LRU"

    def __init__(self) -> None:
        """No page."""
        self._pages: Any = cachetools.LRUCache(ENTRIES)
        self._lock = threading.Lock()

    def put(self, oid: int, index: int, page: Page) -> None:
        """Keep the page under the pair."""
        with self._lock:
            self._pages[oid, index] = page

    def get(self, oid: int, index: int) -> Any:
        """The page under the pair, or None."""
        with self._lock:
            return self._pages.get((oid, index))


class Cachebox(Keyed):
    """An LRU cache in Rust, which has a lock of its own."""

    name = "cachebox LRU"

    def __init__(self) -> None:
        """No page."""
        self._pages: Any = cachebox.LRUCache(ENTRIES)

    def put(self, oid: int, index: int, page: Page) -> None:
        """Keep the page under the pair."""
        self._pages.insert((oid, index), page)

    def get(self, oid: int, index: int) -> Any:
        """The page under the pair, or None."""
        return self._pages.get((oid, index))


class Disk(Keyed):
    """A cache in SQLite's files, which evicts nothing."""

    name = "diskcache"

    def __init__(self) -> None:
        """An empty cache in a folder of its own."""
        self._folder = tempfile.TemporaryDirectory(prefix="tmem-bench-")
        self._pages: Any = diskcache.Cache(self._folder.name, eviction_policy="none")

    def put(self, oid: int, index: int, page: Page) -> None:
        """Keep the page under an integer."""
        self._pages.set(oid << 32 | index, page)

    def get(self, oid: int, index: int) -> Any:
        """The page under the integer, or None."""
        return self._pages.get(oid << 32 | index)

    def close(self) -> None:
        """Close the cache and remove its folder."""
        self._pages.close()
        self._folder.cleanup()


class Lmdb(Keyed):
    """A memory-mapped B-tree in a file; each call is a transaction, and none waits for the disk."""

    name = "lmdb"

    def __init__(self) -> None:
        """An empty environment in a folder of its own."""
        self._folder = tempfile.TemporaryDirectory(prefix="tmem-bench-")
        self._pages: Any = lmdb.open(self._folder.name, map_size=MAP_SIZE, sync=False, metasync=False)

    def put(self, oid: int, index: int, page: Page) -> None:
        """Keep the page under twelve bytes."""
        with self._pages.begin(write=True) as transaction:
            transaction.put((oid << 32 | index).to_bytes(12), page)

    def get(self, oid: int, index: int) -> Any:
        """The page under the twelve bytes, or None."""
        with self._pages.begin() as transaction:
            return transaction.get((oid << 32 | index).to_bytes(12))

    def close(self) -> None:
        """Close the environment and remove its folder."""
        self._pages.close()
        self._folder.cleanup()


IN_MEMORY: Final[tuple[type[Contender], ...]] = (Sorted, Lob, Cachetools, Cachebox)
ON_DISK: Final[tuple[type[Contender], ...]] = (Disk, Lmdb)


def versions() -> dict[str, str]:
    """The version of each package, as metadata of a run."""
    return {f"version_{name}": importlib.metadata.version(name) for name in PACKAGES}
