"""Pages: whatever buffer a page came in, the store has bytes of its own, and yields bytes."""

from __future__ import annotations

from array import array

import pytest

from support.worlds import COLLIDING, World
from tmem import EPHEMERAL, PERSISTENT, SHARED, Tmem

OID, NEIGHBOUR = COLLIDING[:2]
KINDS = pytest.mark.parametrize("flags", [EPHEMERAL, PERSISTENT, SHARED], ids=["ephemeral", "persistent", "shared"])


@pytest.fixture(params=["default host and PAM", "recorder"])
def store(request: pytest.FixtureRequest) -> Tmem:
    """A store with its own host and PAM, and one with a recorder's."""
    return World().store if request.param == "recorder" else Tmem()


@KINDS
@pytest.mark.parametrize("size", [0, 1, 4095, 4096, 4097, 1 << 20])
def test_a_page_of_any_size_comes_back(store: Tmem, flags: int, size: int) -> None:
    """COH-1: the very bytes come back, of no byte or of a million; an empty page is a page, not a miss."""
    pool = store.new_pool(flags)
    page = bytes(number % 251 for number in range(size))
    assert store.put(pool, OID, 0, page)
    assert store.get(pool, OID, 0) == page


@KINDS
def test_an_empty_page_is_held(store: Tmem, flags: int) -> None:
    """CNT-1: an empty page counts, is replaced, flushed and got as any other."""
    pool = store.new_pool(flags)
    assert store.put(pool, OID, 64, b"")
    assert store.count(pool).pampds == 1
    assert store.put(pool, OID, 64, b"")
    assert store.get_exclusive(pool, OID, 64) == b""
    assert store.put(pool, OID, 64, b"")
    assert store.flush_page(pool, OID, 64)
    assert store.get(pool, OID, 64) is None
    store.check()


@KINDS
def test_a_buffer_changed_after_the_put(store: Tmem, flags: int) -> None:
    """COH-1: a bytearray or memoryview changed after the put does not change the page."""
    pool = store.new_pool(flags)
    buffer = bytearray(b"as it was put")
    assert store.put(pool, OID, 0, buffer)
    assert store.put(pool, OID, 1, memoryview(buffer))
    buffer[:] = b"changed after"
    assert store.get(pool, OID, 0) == b"as it was put"
    assert store.get(pool, OID, 1) == b"as it was put"


@KINDS
def test_a_buffer_can_be_resized_after_the_put(store: Tmem, flags: int) -> None:
    """COH-1: the store keeps no hold of the caller's buffer: it may grow, shrink and be released."""
    pool = store.new_pool(flags)
    buffer = bytearray(b"page")
    with memoryview(buffer) as view:
        assert store.put(pool, OID, 0, view)
    buffer.extend(b" and more")
    assert store.get(pool, OID, 0) == b"page"


VIEWS = {
    "read-only": memoryview(b"abcdef"),
    "a slice": memoryview(b"..abcdef..")[2:8],
    "every second byte": memoryview(b"a.b.c.d.e.f.")[::2],
    "backwards": memoryview(b"fedcba")[::-1],
    "two-dimensional": memoryview(b"abcdef").cast("B", (2, 3)),
    "of 16-bit items": memoryview(array("H", b"abcdef")),
}


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
def test_any_memoryview(store: Tmem, view: memoryview) -> None:
    """COH-1: the bytes that a memoryview shows, in its order, are the page."""
    pool = store.new_pool(PERSISTENT)
    assert store.put(pool, OID, 0, view)
    assert store.get(pool, OID, 0) == b"abcdef"


@KINDS
@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_a_get_yields_bytes(store: Tmem, flags: int, kind: type[bytes | bytearray | memoryview]) -> None:
    """COH-1: what comes back is bytes, whatever was put: nobody can change it."""
    pool = store.new_pool(flags)
    assert store.put(pool, OID, 0, kind(b"page"))
    assert type(store.get(pool, OID, 0)) is bytes


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_the_pam_is_handed_bytes(world: World, pool: int, kind: type[bytes | bytearray | memoryview]) -> None:
    """COH-1: the PAM's create gets bytes, so a PAM that keeps them as they are keeps them right."""
    assert world.store.put(pool, OID, 0, kind(b"page"))
    (page,) = world.held().values()
    assert type(page) is bytes


@KINDS
def test_handles_with_equal_pages_are_apart(store: Tmem, flags: int) -> None:
    """COH-5: one bytes object put at several handles is a page of each: dropping one leaves the others."""
    pool, other = store.new_pool(flags), store.new_pool(flags)
    page = b"the same page"
    handles = [(pool, OID, 0), (pool, OID, 1), (pool, OID, 64), (pool, NEIGHBOUR, 0), (other, OID, 0)]
    for handle in handles:
        assert store.put(*handle, page)
    assert store.flush_page(*handles[0])
    assert store.get_exclusive(*handles[1]) == page
    assert store.put(*handles[2], b"another page")
    assert [store.get(*handle) for handle in handles] == [None, None, b"another page", page, page]
    store.check()


def test_the_last_put_wins(store: Tmem) -> None:
    """COH-1, COH-3: after any number of puts to one handle a get yields the last page, and one page is held."""
    pool = store.new_pool(PERSISTENT)
    for number in range(100):
        assert store.put(pool, OID, 77, b"%d" % number)
        assert store.get(pool, OID, 77) == b"%d" % number
    assert store.count(pool).pampds == 1
