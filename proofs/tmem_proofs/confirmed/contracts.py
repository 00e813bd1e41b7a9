"""Contracts of the arithmetic of the shipped source: each function here is one condition for CrossHair to confirm.

A function calls the shipped one; what it must give is in the `post` line of its docstring, in the specification's
words (`tmem_spec.words`), and for which arguments in the `pre` lines. Arguments are otherwise any integers.
"""

from __future__ import annotations

from collections.abc import Callable

from tmem import _tree, _words
from tmem_spec import words


class Trail:
    """An objnode whose slots lead to itself, so many times, and which notes the slots that it is asked for."""

    def __init__(self, levels: int) -> None:
        """Not asked for any."""
        self.levels = levels
        self.asked: list[int] = []

    @property
    def slots(self) -> Trail:
        """Its slots: itself."""
        return self

    def __getitem__(self, slot: int) -> Trail | None:
        self.asked.append(slot)
        return self if len(self.asked) < self.levels else None


def raised(function: Callable[..., object], *arguments: object) -> str:
    """The name of the exception that a call raises; empty if it raises none."""
    try:
        function(*arguments)
    except Exception as error:  # noqa: BLE001 - whatever it is, its name is compared
        return type(error).__name__
    return ""


def slots_asked(height: int, index: int) -> list[int]:
    """The slots through which the shipped `missing` goes down a tree of a height, from the root on to a pampd's."""
    obj = _tree.Obj()
    trail = Trail(height)
    if height > 0:
        obj.height = height
        obj.root = trail
        _tree.missing(obj, index)
    return trail.asked


def all_words(*numbers: int) -> bool:
    """Whether each of the numbers fits 64 bits."""
    return all(0 <= number <= words.WORD_MASK for number in numbers)


def has_digits(oid: int) -> bool:
    """Whether the words of an oid are its digits to base 2**64."""
    word0, word1, word2 = words.words_of_oid(oid)
    return all_words(word0, word1, word2) and word2 * 2**128 + word1 * 2**64 + word0 == oid


def height_is_one_that_trees_have(index: int) -> int:
    """The height for an index is 0 to 6.

    pre: words.index_valid(index)
    post: 0 <= _ <= words.MAX_HEIGHT
    """
    return _words.height_for(index)


def height_holds_the_index(index: int) -> int:
    """A tree of the height for an index can hold it.

    pre: words.index_valid(index)
    post: index <= words.max_index(_)
    """
    return _words.height_for(index)


def height_is_least(index: int) -> int:
    """A tree that is one lower cannot.

    pre: words.index_valid(index)
    post: _ == 0 or index > words.max_index(_ - 1)
    """
    return _words.height_for(index)


def max_index_is_that_of_the_height(height: int) -> int:
    """The table of largest indexes has the specification's, for each height.

    pre: 0 <= height <= words.MAX_HEIGHT
    post: _ == words.max_index(height)
    """
    return _words.MAX_INDEX[height]


def slots_are_digits_of_the_index(height: int, index: int) -> list[int]:
    """The way down a tree goes through the slot that the specification names, at each level.

    pre: 0 <= height <= words.MAX_HEIGHT
    pre: 0 <= index <= words.max_index(height)
    post: _ == [words.slot_of(index, level) for level in range(height, 0, -1)]
    """
    return slots_asked(height, index)


def slots_are_in_range(height: int, index: int) -> list[int]:
    """Every slot on the way down is one of 64.

    pre: 0 <= height <= words.MAX_HEIGHT
    pre: 0 <= index <= words.max_index(height)
    post: all(0 <= slot < words.SLOTS for slot in _)
    """
    return slots_asked(height, index)


def slots_make_up_the_index(height: int, index: int) -> bool:
    """The slots on the way down are the digits of the index to base 64, so no two indexes go the same way.

    Step by step: the slots down to a level make up the index without its digits below that level.

    pre: 0 <= height <= words.MAX_HEIGHT
    pre: 0 <= index <= words.max_index(height)
    post: _
    """
    number = 0
    for level, slot in zip(range(height, 0, -1), slots_asked(height, index), strict=True):
        number = number * words.SLOTS + slot
        if number != index // words.SLOTS ** (level - 1):
            return False
    return number == index


def packing_puts_word_2_first(word0: int, word1: int, word2: int) -> int:
    """Three words make the number whose digits to base 2**64 they are, word 2 the most significant.

    pre: all_words(word0, word1, word2)
    post: _ == word2 * 2**128 + word1 * 2**64 + word0
    """
    return _words.oid_from_words(word0, word1, word2)


def packing_undoes_unpacking(oid: int) -> int:
    """The words of an oid, packed, are the oid.

    pre: words.oid_valid(oid)
    post: _ == oid
    """
    return _words.oid_from_words(*words.words_of_oid(oid))


def packing_refuses_what_is_no_word(word0: int, word1: int, word2: int) -> str:
    """Any word outside 64 bits is a HandleError, and nothing else is an error.

    post: _ == ("" if all_words(word0, word1, word2) else "HandleError")
    """
    return raised(_words.oid_from_words, word0, word1, word2)


def words_of_an_oid_are_its_digits(oid: int) -> bool:
    """The specification's words of an oid are its digits to base 2**64.

    pre: words.oid_valid(oid)
    post: _
    """
    return has_digits(oid)


def order_of_oids_is_that_of_integers(left: int, right: int) -> bool:
    """The published order, word by word, is the order of the integers, by which the shipped code sorts.

    The last line before `post` assumes what `words_of_an_oid_are_its_digits` says: the solver cannot see it by itself.

    pre: words.oid_valid(left) and words.oid_valid(right)
    pre: has_digits(left) and has_digits(right)
    post: _ == (left < right)
    """
    return words.oid_before(left, right)


def bucket_is_that_of_the_published_hash(oid: int) -> int:
    """An oid lives in the bucket that the published hash names.

    pre: words.oid_valid(oid)
    post: _ == words.bucket_of(oid)
    """
    return _words.bucket_of(oid)


def bucket_is_one_of_256(oid: int) -> int:
    """The number of a bucket is 0 to 255.

    pre: words.oid_valid(oid)
    post: 0 <= _ < words.BUCKETS
    """
    return _words.bucket_of(oid)


def oids_outside_are_refused(oid: int) -> str:
    """An integer that is no valid oid is a HandleError, and a valid one is no error.

    post: _ == ("" if words.oid_valid(oid) else "HandleError")
    """
    return raised(_words.check_oid, oid)


def indexes_outside_are_refused(index: int) -> str:
    """An integer that is no valid index is a HandleError, and a valid one is no error.

    post: _ == ("" if words.index_valid(index) else "HandleError")
    """
    return raised(_words.check_index, index)


def flags_not_supported_are_refused(flags: int) -> str:
    """Flags that the specification does not accept are a FlagsError, and the others are no error.

    post: _ == ("" if words.flags_accepted(flags) else "FlagsError")
    """
    return raised(_words.check_flags, flags)
