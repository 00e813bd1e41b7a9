"""When put and get go the quick way: never in a store with a host or a PAM of the caller's, which may have a say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from support.builds import needs_source
from support.quick import EACH_KIND, FILLED, IN_ANOTHER_BUCKET, NEIGHBOUR, OID, filled
from support.worlds import COLLIDING, in_thread, page_of
from tmem import EPHEMERAL, PERSISTENT, DefaultHost, MemoryPam, Objnode, Pampd, ReentryError, Tmem


class Noting(Tmem):
    """A store that counts the calls that go the full way."""

    __slots__ = ("full",)

    def __init__(self, host: DefaultHost | None = None, pam: MemoryPam | None = None) -> None:
        """None did yet."""
        super().__init__(host, pam)
        self.full = 0

    def _put(self, pool: int, oid: int, index: int, page: Any) -> bool:
        self.full += 1
        return super()._put(pool, oid, index, page)

    def _get(self, pool: int, oid: int, index: int, *, exclusive: bool) -> bytes | None:
        self.full += 1
        return super()._get(pool, oid, index, exclusive=exclusive)


# Calls, and whether each goes the quick way in a private pool, and in one that keeps what is got.
CALLS: dict[str, tuple[Callable[[Tmem, int], object], bool, bool]] = {
    "get of a page": (lambda store, pool: store.get(pool, OID, 1), False, True),
    "get of no page": (lambda store, pool: store.get(pool, OID, 2), False, False),
    "get of no leaf": (lambda store, pool: store.get(pool, OID, 128), False, False),
    "get of a page alone": (lambda store, pool: store.get(pool, NEIGHBOUR, 0), False, True),
    "put to a page": (lambda store, pool: store.put(pool, OID, 1, b"new"), True, True),
    "put to a leaf": (lambda store, pool: store.put(pool, OID, 2, b"new"), True, True),
    "put of another leaf": (lambda store, pool: store.put(pool, OID, 128, b"new"), True, True),
    "put to a page alone": (lambda store, pool: store.put(pool, NEIGHBOUR, 0, b"new"), False, False),
    "put of an object": (lambda store, pool: store.put(pool, COLLIDING[2], 0, b"new"), False, False),
}


@needs_source
@EACH_KIND
@pytest.mark.parametrize("name", CALLS)
def test_what_goes_the_quick_way(flags: int, name: str) -> None:
    """LCK-1: a put does, unless its object is new or it is to the only page; a get does of a page that stays."""
    store = Noting()
    pool = filled(flags, store)
    store.full = 0
    call, if_private, if_kept = CALLS[name]
    call(store, pool)
    assert store.full == (0 if (if_private if flags == EPHEMERAL else if_kept) else 1)


@needs_source
@EACH_KIND
def test_a_frozen_pool_is_read_the_quick_way_alone(flags: int) -> None:
    """POOL-4: a put to a frozen pool is a flush, though its leaf is there; once it is thawed, it stores again."""
    store = Noting()
    pool = filled(flags, store)
    store.freeze(pool)
    store.full = 0
    assert store.get(pool, OID, 64) == page_of(OID, 64)
    assert store.full == (1 if flags == EPHEMERAL else 0)
    assert store.put(pool, OID, 1, b"new") is False
    assert store.get(pool, OID, 1) is None
    store.thaw(pool)
    assert store.put(pool, OID, 63, b"new") is True
    assert store.get(pool, OID, 63) == b"new"


OWN: dict[str, tuple[DefaultHost | None, MemoryPam | None]] = {
    "host": (DefaultHost(), None),
    "PAM": (None, MemoryPam()),
    "host and PAM": (DefaultHost(), MemoryPam()),
}


@needs_source
@EACH_KIND
@pytest.mark.parametrize("own", OWN)
def test_a_store_with_a_host_or_pam_of_its_own_goes_the_full_way(flags: int, own: str) -> None:
    """LCK-3: whoever hands in a host or a PAM, were it the default one, has every call made to it."""
    store = Noting(*OWN[own])
    pool = filled(flags, store)
    store.full = 0
    for number, index in enumerate(FILLED):
        assert store.get(pool, OID, index) == page_of(OID, index)
        assert store.put(pool, OID, index, b"new")
        assert store.full == 2 * (number + 1)


class Calling(DefaultHost, MemoryPam):
    """A host and a PAM that make a call of the store from within one callback, and remember what it raises."""

    def __init__(self) -> None:
        """Not yet."""
        self.call: Callable[[], object] | None = None
        self.raised: list[BaseException] = []

    def objnode_alloc(self, pool: int) -> Objnode | None:
        """As ever, after the call."""
        self.make()
        return super().objnode_alloc(pool)

    def create(self, pool: int, oid: int, index: int, page: bytes) -> Pampd | None:
        """As above."""
        self.make()
        return super().create(pool, oid, index, page)

    def make(self) -> None:
        """Make the call, once."""
        call, self.call = self.call, None
        if call is not None:
            with pytest.raises(ReentryError) as caught:
                call()
            self.raised.append(caught.value)


INNER: dict[str, Callable[[Tmem, int], object]] = {
    "put": lambda store, pool: store.put(pool, OID, 1, b"inner"),
    "get": lambda store, pool: store.get(pool, OID, 1),
    "put, another bucket": lambda store, pool: store.put(pool, IN_ANOTHER_BUCKET, 1, b"inner"),
    "get, another bucket": lambda store, pool: store.get(pool, IN_ANOTHER_BUCKET, 1),
}


@pytest.mark.parametrize("inner", INNER)
@pytest.mark.parametrize("own", ["host", "pam"])
def test_a_callback_that_calls_the_store_is_told_so(own: str, inner: str) -> None:
    """LCK-3: it does not wait for the lock that it holds, and puts and gets nothing."""
    calling = Calling()
    store = Tmem(host=calling) if own == "host" else Tmem(pam=calling)
    pool = filled(PERSISTENT, store)
    calling.call = lambda: INNER[inner](store, pool)
    assert in_thread(lambda: store.put(pool, OID, 2**20, b"outer")) is True
    assert len(calling.raised) == 1
    assert store.get(pool, OID, 1) == page_of(OID, 1)
    assert store.get(pool, IN_ANOTHER_BUCKET, 1) == page_of(IN_ANOTHER_BUCKET, 1)
    store.check()
