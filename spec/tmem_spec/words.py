"""Words of tmem that are plain arithmetic: flags, oids and their order and hash, indexes and their place in a tree.

pool     a set of objects with one set of flags: persistent or ephemeral, shared or private
oid      the name of an object: 192 bits, three 64-bit words; one integer here, word 2 the most significant
index    which page of the object: 32 bits
handle   (pool id, oid, index)
level    of an objnode: 1 for a leaf, whose slots hold pages; the root's level is the height of the tree
"""

from __future__ import annotations

from dataclasses import dataclass

from tmem_spec.invariants import invariant

# Bits of a pool's flags, as in the published ABI.
EPHEMERAL = 0
PERSISTENT = 1
SHARED = 2
PRECOMPRESSED = 4
PAGE_SIZE_BITS = 0xF0
RESERVED_BITS = 0x00FFFF00

WORD_BITS = 64
WORD_MASK = (1 << WORD_BITS) - 1
OID_BITS = 3 * WORD_BITS
INVALID_OID = (1 << OID_BITS) - 1
BUCKET_BITS = 8
BUCKETS = 1 << BUCKET_BITS
HASH_MULTIPLIER = 0x9E37FFFFFFFC0001

INDEX_BITS = 32
INDEX_LIMIT = 1 << INDEX_BITS
SLOT_BITS = 6
SLOTS = 1 << SLOT_BITS
MAX_HEIGHT = 6
MOST_OBJNODES_A_PUT = 11


@dataclass(frozen=True, slots=True, order=True)
class Handle:
    """Which page: of which pool, of which object, at which index."""

    pool: int
    oid: int
    index: int

    def __str__(self) -> str:
        """`(pool 1, oid 0x90, index 4096)`."""
        return f"(pool {self.pool}, oid {self.oid:#x}, index {self.index})"


@invariant(
    "POOL-3",
    "A pool's flags are validated: reserved, unknown and unsupported bits are refused, shared persistent pools too.",
    source="published ABI: TMEM_POOL_*; the published new_pool reads two bits and ignores the rest",
)
def flags_accepted(flags: int) -> bool:
    """Private or shared ephemeral, or private persistent; pages of 4 KiB, not precompressed."""
    return flags in (EPHEMERAL, PERSISTENT, SHARED)


def oid_of_words(word0: int, word1: int, word2: int) -> int:
    """The three published words `oid[0], oid[1], oid[2]` as one integer."""
    return word2 << 2 * WORD_BITS | word1 << WORD_BITS | word0


def words_of_oid(oid: int) -> tuple[int, int, int]:
    """`oid[0], oid[1], oid[2]` of an oid."""
    return oid & WORD_MASK, oid >> WORD_BITS & WORD_MASK, oid >> 2 * WORD_BITS & WORD_MASK


@invariant(
    "OID-1",
    "Oids are totally ordered, most significant word first; as one integer, that is integer order.",
    source="thread: tmem_oid_compare",
)
def oid_before(left: int, right: int) -> bool:
    """Whether `left` comes before `right`: word 2 decides, then word 1, then word 0."""
    left0, left1, left2 = words_of_oid(left)
    right0, right1, right2 = words_of_oid(right)
    if left2 != right2:
        return left2 < right2
    if left1 != right1:
        return left1 < right1
    return left0 < right0


@invariant(
    "OID-2",
    "An object lives in the bucket that the published hash of its oid names, one of 256.",
    source="thread: tmem_oid_hash",
)
def bucket_of(oid: int) -> int:
    """The top 8 of 64 bits of the words' exclusive or times the published multiplier."""
    word0, word1, word2 = words_of_oid(oid)
    return ((word0 ^ word1 ^ word2) * HASH_MULTIPLIER & WORD_MASK) >> WORD_BITS - BUCKET_BITS


@invariant(
    "OID-3",
    "The invalid oid, 192 one bits, names no object; neither does an integer outside 192 bits.",
    source="thread: tmem_oid_set_invalid, tmem_oid_valid",
)
def oid_valid(oid: int) -> bool:
    """Whether an object may be called `oid`."""
    return 0 <= oid < INVALID_OID


@invariant("OID-4", "An index outside 32 bits names no page.", source="cleancache: offsets over 32 bits are ignored")
def index_valid(index: int) -> bool:
    """Whether `index` is a 32-bit unsigned integer."""
    return 0 <= index < INDEX_LIMIT


def max_index(height: int) -> int:
    """The largest index that a tree of `height` can hold: 0, 63, 4095, ... and all 32 bits at height 6."""
    return min(1 << SLOT_BITS * height, INDEX_LIMIT) - 1


def slot_of(index: int, level: int) -> int:
    """The slot that `index` uses in an objnode at `level`."""
    return index >> SLOT_BITS * (level - 1) & SLOTS - 1
