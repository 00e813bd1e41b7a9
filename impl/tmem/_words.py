"""Arithmetic of oids and indexes, and the check of what callers pass in. Pure; takes no lock."""

from __future__ import annotations

from typing import Final

from .errors import FlagsError, HandleError

EPHEMERAL: Final = 0
PERSISTENT: Final = 1
SHARED: Final = 2
_FLAGS: Final = (EPHEMERAL, PERSISTENT, SHARED)

OID_LIMIT: Final = (1 << 192) - 1  # the invalid oid, all ones: every valid oid is less
BUCKETS: Final = 256
_WORD: Final = (1 << 64) - 1
_HASH_MULTIPLIER: Final = 0x9E37FFFFFFFC0001

INDEX_BITS: Final = 32
SLOT_BITS: Final = 6
SLOTS: Final = 1 << SLOT_BITS
SLOT_MASK: Final = SLOTS - 1
MAX_HEIGHT: Final = -(-INDEX_BITS // SLOT_BITS)

# The largest index that a tree of each height can hold: 0, 63, 4095, ... and all 32 bits at the last.
MAX_INDEX: Final = tuple((1 << min(SLOT_BITS * height, INDEX_BITS)) - 1 for height in range(MAX_HEIGHT + 1))
LAST_INDEX: Final = MAX_INDEX[-1]


def height_for(index: int) -> int:
    """The least height of a tree that can hold `index`: 0 to 6."""
    height = 0
    while index > MAX_INDEX[height]:
        height += 1
    return height


def bucket_of(oid: int) -> int:
    """The number of the bucket that `oid` lives in: 0 to 255. Source: tmem_oid_hash."""
    words = (oid ^ oid >> 64 ^ oid >> 128) & _WORD
    return (words * _HASH_MULTIPLIER & _WORD) >> 56


def oid_from_words(word0: int, word1: int, word2: int) -> int:
    """The oid of the published three 64-bit words `oid[0], oid[1], oid[2]`, as one 192-bit integer.

    Raises TypeError for a word that is no int, HandleError for one outside 64 bits.
    """
    for number, word in enumerate((word0, word1, word2)):
        if not isinstance(word, int):
            message = f"word {number} of an oid is an int of 64 bits, not {type(word).__name__}: {word!r}"
            raise TypeError(message)
        if not 0 <= word <= _WORD:
            message = f"word {number} of the oid is {word:#x}: it must fit 64 bits"
            raise HandleError(message)
    return word2 << 128 | word1 << 64 | word0


def shown(number: int) -> str:
    """A number for a message: in decimal, or in hexadecimal if it is longer than Python writes in decimal."""
    try:
        return f"{number}"
    except ValueError:
        return f"{number:#x}"


def check_oid(oid: int) -> None:
    """Raise TypeError or HandleError unless `oid` may name an object."""
    if not isinstance(oid, int):
        message = f"an oid is an int of 192 bits, not {type(oid).__name__}: {oid!r}"
        raise TypeError(message)
    if not 0 <= oid < OID_LIMIT:
        message = f"oid {oid:#x} names no object: it must be at least 0 and less than 2**192 - 1"
        raise HandleError(message)


def check_index(index: int) -> None:
    """Raise TypeError or HandleError unless `index` is a 32-bit unsigned integer."""
    if not isinstance(index, int):
        message = f"an index is an int of 32 bits, not {type(index).__name__}: {index!r}"
        raise TypeError(message)
    if not 0 <= index <= LAST_INDEX:
        message = f"index {shown(index)} names no page: it must be at least 0 and at most {LAST_INDEX}"
        raise HandleError(message)


def check_range(index: int, count: int) -> None:
    """Raise TypeError or HandleError unless there are `count` 32-bit indexes from `index` on."""
    check_index(index)
    if not isinstance(count, int):
        message = f"a range has a number of pages, an int, not {type(count).__name__}: {count!r}"
        raise TypeError(message)
    if not 0 <= count <= LAST_INDEX + 1 - index:
        message = f"a range of {shown(count)} pages from index {index}: at least 0, and none beyond {LAST_INDEX}"
        raise HandleError(message)


def check_flags(flags: int) -> None:
    """Raise TypeError or FlagsError unless `flags` are those of a pool that can be had."""
    if not isinstance(flags, int):
        message = f"pool flags are an int, not {type(flags).__name__}: {flags!r}"
        raise TypeError(message)
    if flags not in _FLAGS:
        message = (
            f"pool flags {flags:#x} are not supported: use EPHEMERAL (0), PERSISTENT (1) or SHARED (2); "
            "shared persistent pools, precompressed pages, page sizes other than 4 KiB and reserved bits are refused"
        )
        raise FlagsError(message)
