"""Oids: their three words, their order, their buckets, and objects that share one."""

from __future__ import annotations

import random

import pytest

from support.worlds import COLLIDING, LAST, World, page_of
from tmem import EPHEMERAL, HandleError, oid_from_words
from tmem._words import OID_LIMIT, bucket_of
from tmem_spec import words

WORD = 2**64 - 1
RECORDED = {
    0: 0, 1: 158, 2: 60, 3: 218, 256: 55, 4096: 127, WORD: 97,
    144: 255, 521: 255, 665: 255, 1042: 255, 1186: 255, 233: 0, 377: 0, 754: 0,
}  # fmt: skip


def random_oids(count: int) -> list[int]:
    """Oids of every width, always the same."""
    dice = random.Random(192)
    return [dice.getrandbits(dice.choice((1, 8, 63, 64, 65, 127, 128, 129, 191, 192))) for _ in range(count)]


@pytest.mark.parametrize(("oid", "bucket"), RECORDED.items())
def test_the_bucket_is_the_recorded_one(world: World, pool: int, oid: int, bucket: int) -> None:
    """OID-2: buckets are those recorded from the published hash, by function and by the lock of the object."""
    assert bucket_of(oid) == bucket
    world.fill(pool, oid, [0])
    assert list(world.objs(pool)) == [oid]
    assert world.objs(pool)[oid].lock is world.bucket(pool, bucket).lock


def test_implementation_and_specification_hash_alike() -> None:
    """OID-2: on oids of every width both give one bucket, in range; all of the 256 occur."""
    oids = random_oids(5000)
    assert [bucket_of(oid) for oid in oids] == [words.bucket_of(oid) for oid in oids]
    assert {bucket_of(oid) for oid in oids} == set(range(256))


def test_permuted_words_share_a_bucket() -> None:
    """OID-2: the published hash takes the exclusive or of the words: their order does not count, equal ones cancel."""
    dice = random.Random(3)
    for _ in range(200):
        one, two, three = (dice.getrandbits(64) for _ in range(3))
        assert len({bucket_of(oid_from_words(*order)) for order in ((one, two, three), (three, one, two))}) == 1
        assert bucket_of(oid_from_words(one, two, two)) == bucket_of(one)


def test_the_order_of_oids_is_that_of_integers() -> None:
    """OID-1: word 2 decides, then word 1, then word 0, as the published comparison has it."""
    oids = random_oids(300)
    oids += [oid_from_words(*triple) for triple in ((1, 0, 0), (0, 1, 0), (0, 0, 1), (WORD, 0, 0), (WORD, WORD, 0))]
    for left in oids:
        assert all((left < right) is words.oid_before(left, right) for right in oids)


def test_oids_and_words_correspond() -> None:
    """OID-1: oid_from_words undoes words_of_oid, agrees with the specification, and word 0 is the least significant."""
    for oid in random_oids(500):
        triple = words.words_of_oid(oid)
        assert oid_from_words(*triple) == oid == words.oid_of_words(*triple)
    assert [oid_from_words(1, 0, 0), oid_from_words(0, 1, 0), oid_from_words(0, 0, 1)] == [1, 2**64, 2**128]
    assert oid_from_words(WORD, WORD, WORD) == OID_LIMIT == words.INVALID_OID


@pytest.mark.parametrize("position", [0, 1, 2])
@pytest.mark.parametrize("value", [-1, 2**64, 2**192])
def test_a_word_outside_64_bits(position: int, value: int) -> None:
    """OID-3: a word that does not fit 64 bits is a HandleError that names the word and its value."""
    triple = [0, 0, 0]
    triple[position] = value
    with pytest.raises(HandleError, match=f"word {position} of the oid is {value:#x}: it must fit 64 bits"):
        oid_from_words(*triple)


@pytest.mark.parametrize("position", [0, 1, 2])
@pytest.mark.parametrize("value", ["1", None, 1.0, 2.0**70], ids=repr)
def test_a_word_that_is_no_int(position: int, value: object) -> None:
    """OID-3: a word of another type is a TypeError, of whatever size it is."""
    triple: list[object] = [0, 0, 0]
    triple[position] = value
    with pytest.raises(TypeError):
        oid_from_words(*triple)  # type: ignore[arg-type]  # three of them


@pytest.mark.parametrize("oid", [0, 1, WORD, 2**64, 2**128, 2**191, OID_LIMIT - 1], ids=hex)
def test_the_ends_of_the_range_are_oids(world: World, pool: int, oid: int) -> None:
    """OID-3: from 0 to the one before the invalid oid, every integer names an object."""
    assert words.oid_valid(oid)
    world.fill(pool, oid, (0, LAST))
    assert world.store.get(pool, oid, LAST) == page_of(oid, LAST)
    assert world.store.flush_object(pool, oid)
    world.assert_well_formed()


@pytest.mark.parametrize(
    "oids", [COLLIDING, (144, 521, 665, 1042, 1186), (5, 5 << 64, 5 << 128, 5 | 7 << 64 | 7 << 128)]
)
def test_objects_of_one_bucket_are_apart(world: World, oids: tuple[int, ...]) -> None:
    """COH-5: oids that hash alike, permuted words among them, name objects that have nothing to do with each other."""
    pool = world.new_pool(EPHEMERAL)
    assert len({bucket_of(oid) for oid in oids}) == 1
    for oid in oids:
        world.fill(pool, oid, (0, 64))
    for oid in oids:
        assert world.store.get(pool, oid, 64) == page_of(oid, 64)
        assert world.store.get(pool, oid, 64) is None
        world.assert_well_formed()
    assert world.store.flush_object(pool, oids[1])
    kept = {(pool, oid, 0): page_of(oid, 0) for oid in oids if oid != oids[1]}
    assert world.held() == kept
    world.assert_well_formed()
