"""The published algorithm of 2011 behind the interface of our store, so that calls can be made to it and judged."""

from __future__ import annotations

from tmem import Tmem
from tmem.store import Page
from tmem_proofs import published


class PublishedTmem(Tmem):
    """A store whose put, get and flush_page are the published ones; all else is ours."""

    __slots__ = ()

    def put(self, pool: int, oid: int, index: int, page: Page) -> bool:
        """As published."""
        bucket = self._bucket(pool, oid)
        with bucket.lock:
            return published.put(bucket, oid, index, bytes(page))

    def get(self, pool: int, oid: int, index: int) -> bytes | None:
        """As published."""
        bucket = self._bucket(pool, oid)
        with bucket.lock:
            return published.get(bucket, oid, index, exclusive=False)

    def flush_page(self, pool: int, oid: int, index: int) -> bool:
        """As published."""
        bucket = self._bucket(pool, oid)
        with bucket.lock:
            return published.flush_page(bucket, oid, index)
