"""The specification and the implementation side by side: pairs of functions that CrossHair is to find no difference of.

Each pair takes the same arguments, any integers, and is to give the same answer or raise the same exception. What the
specification does not speak of (the height of a tree for no index) is None on both sides.
"""

from __future__ import annotations

from collections.abc import Callable

from tmem import HandleError, _words
from tmem._pool import Pool
from tmem.errors import FlagsError
from tmem.host import DefaultHost, MemoryPam
from tmem_proofs.confirmed.contracts import all_words, has_digits, slots_asked
from tmem_spec import words

Function = Callable[..., object]


def specified_height(index: int) -> int | None:
    """The least height of which the largest index is no less."""
    if not words.index_valid(index):
        return None
    return next(height for height in range(words.MAX_HEIGHT + 1) if index <= words.max_index(height))


def shipped_height(index: int) -> int | None:
    """`height_for`."""
    return _words.height_for(index) if words.index_valid(index) else None


def specified_max_index(height: int) -> int | None:
    """`max_index`."""
    return words.max_index(height) if 0 <= height <= words.MAX_HEIGHT else None


def shipped_max_index(height: int) -> int | None:
    """`MAX_INDEX`."""
    return _words.MAX_INDEX[height] if 0 <= height <= words.MAX_HEIGHT else None


def specified_slots(height: int, index: int) -> list[int] | None:
    """`slot_of`, from the root's level down to 1."""
    if not 0 <= height <= words.MAX_HEIGHT or not 0 <= index <= words.max_index(height):
        return None
    return [words.slot_of(index, level) for level in range(height, 0, -1)]


def shipped_slots(height: int, index: int) -> list[int] | None:
    """The slots that the way down asks for."""
    if not 0 <= height <= words.MAX_HEIGHT or not 0 <= index <= words.max_index(height):
        return None
    return slots_asked(height, index)


def specified_packing(word0: int, word1: int, word2: int) -> int:
    """`oid_of_words`, of words."""
    if not all_words(word0, word1, word2):
        raise HandleError
    return words.oid_of_words(word0, word1, word2)


def shipped_packing(word0: int, word1: int, word2: int) -> int:
    """`oid_from_words`."""
    return _words.oid_from_words(word0, word1, word2)


def specified_order(left: int, right: int) -> bool | None:
    """`oid_before`. As in `contracts`, the solver is told that the words of an oid are its digits."""
    if not (words.oid_valid(left) and words.oid_valid(right) and has_digits(left) and has_digits(right)):
        return None
    return words.oid_before(left, right)


def shipped_order(left: int, right: int) -> bool | None:
    """The order of integers, by which `sorted` goes."""
    if not (words.oid_valid(left) and words.oid_valid(right) and has_digits(left) and has_digits(right)):
        return None
    return left < right


def specified_bucket(oid: int) -> int | None:
    """`bucket_of`, of the specification."""
    return words.bucket_of(oid) if words.oid_valid(oid) else None


def shipped_bucket(oid: int) -> int | None:
    """`bucket_of`, as shipped."""
    return _words.bucket_of(oid) if words.oid_valid(oid) else None


def specified_oids(oid: int) -> None:
    """`oid_valid`, or else an error."""
    if not words.oid_valid(oid):
        raise HandleError


def specified_indexes(index: int) -> None:
    """`index_valid`, or else an error."""
    if not words.index_valid(index):
        raise HandleError


def specified_flags(flags: int) -> None:
    """`flags_accepted`, or else an error."""
    if not words.flags_accepted(flags):
        raise FlagsError


def specified_kind(flags: int) -> tuple[bool, bool] | None:
    """Of a pool with these flags: whether it is persistent, and whether a get that is not exclusive leaves the page."""
    if not words.flags_accepted(flags):
        return None
    persistent, shared = bool(flags & words.PERSISTENT), bool(flags & words.SHARED)
    return persistent, persistent or shared


def shipped_kind(flags: int) -> tuple[bool, bool] | None:
    """What `Pool` makes of flags."""
    if not words.flags_accepted(flags):
        return None
    pool = Pool(0, flags, DefaultHost(), MemoryPam())
    return pool.persistent, pool.keeps


PAIRS: dict[str, tuple[Function, Function]] = {
    "same_height": (specified_height, shipped_height),
    "same_max_index": (specified_max_index, shipped_max_index),
    "same_slots": (specified_slots, shipped_slots),
    "same_packing": (specified_packing, shipped_packing),
    "same_order": (specified_order, shipped_order),
    "same_bucket": (specified_bucket, shipped_bucket),
    "same_oids": (specified_oids, _words.check_oid),
    "same_indexes": (specified_indexes, _words.check_index),
    "same_flags": (specified_flags, _words.check_flags),
    "same_kind": (specified_kind, shipped_kind),
}
