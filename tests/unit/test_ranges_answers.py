"""PAMs that take the pages of a run at once, and do it in an unusual way: they lack a callback, or answer amiss."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from support.ranges import AtOnce
from tmem import EPHEMERAL, PERSISTENT, SHARED, BatchPam, MemoryPam, Pampd, Tmem

OID = 7


class Lacking(MemoryPam):
    """A PAM that has some of the three callbacks for runs."""

    def create_all(self, pool: int, oid: int, index: int, pages: Sequence[bytes]) -> Sequence[Pampd | None]:
        """Never asked."""
        raise AssertionError((pool, oid, index, pages))

    def get_data_all(self, pampds: Sequence[Pampd]) -> Sequence[bytes | None]:
        """Never asked."""
        raise AssertionError(pampds)


def test_a_pam_without_all_three_is_asked_page_by_page() -> None:
    """ACC-1: what a PAM does not have cannot be called, and then the others are not called either."""
    assert isinstance(AtOnce(), BatchPam)
    assert not isinstance(Lacking(), BatchPam)
    store = Tmem(pam=Lacking())
    pool = store.new_pool(EPHEMERAL)
    assert store.put_range(pool, OID, 0, [b"page"] * 5) == [True] * 5
    assert store.get_range(pool, OID, 0, 5) == [b"page"] * 5
    store.check()


class Answering(AtOnce):
    """A PAM whose answers are made something else of, in one of its callbacks."""

    def __init__(self, callback: str, change: Callable[[list[Any]], Any]) -> None:
        """`change` is given the right answers."""
        self.callback, self.change = callback, change

    def create_all(self, pool: int, oid: int, index: int, pages: Sequence[bytes]) -> Sequence[Pampd | None]:
        """As ever, or changed."""
        answers = super().create_all(pool, oid, index, pages)
        return self.change(list(answers)) if self.callback == "create_all" else answers

    def get_data_all(self, pampds: Sequence[Pampd]) -> Sequence[bytes | None]:
        """As ever, or changed."""
        answers = super().get_data_all(pampds)
        return self.change(list(answers)) if self.callback == "get_data_all" else answers


# What an answer is made, and what is raised then: it says about how many pages it was asked and answered.
COUNTED = "_all was asked about {} pages and answered about "
WRONG: dict[str, tuple[Callable[[list[Any]], Any], type[Exception], str]] = {
    "none at all": (lambda answers: answers[:0], ValueError, COUNTED),
    "one too few": (lambda answers: answers[:-1], ValueError, COUNTED),
    "one too many": (lambda answers: [*answers, answers[0]], ValueError, COUNTED),
    "twice as many": (lambda answers: answers * 2, ValueError, COUNTED),
    "None": (lambda _: None, TypeError, "no len"),
    "a generator": (iter, TypeError, "no len"),
    "a number": (len, TypeError, "no len"),
}
RIGHT: dict[str, Callable[[list[Any]], Any]] = {"a list": list, "a tuple": tuple, "a deque": deque}


@pytest.mark.parametrize("answers", RIGHT)
@pytest.mark.parametrize("callback", ["create_all", "get_data_all"])
def test_answers_may_be_any_sequence(callback: str, answers: str) -> None:
    """COH-1: a list, a tuple, or what has a length and an order."""
    store = Tmem(pam=Answering(callback, RIGHT[answers]))
    pool = store.new_pool(EPHEMERAL)
    pages = [b"%d" % number for number in range(80)]
    assert store.put_range(pool, OID, 30, pages) == [True] * 80
    assert store.get_range(pool, OID, 30, 80) == pages


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize("flags", [EPHEMERAL, PERSISTENT, SHARED])
def test_too_few_or_too_many_pampds_refuse_the_run(flags: int, wrong: str) -> None:
    """MEM-3, COH-3, LCK-2: as if create_all had raised: none of the run is stored, and what was there is gone."""
    change, error, says = WRONG[wrong]
    store = Tmem(pam=Answering("create_all", change))
    pool = store.new_pool(flags)
    for index in (61, 63, 64, 200):
        assert store.put(pool, OID, index, b"old")
    with pytest.raises(error, match=says.format(3)):
        store.put_range(pool, OID, 61, [b"new"] * 4)
    assert [store.flush_page(pool, OID, index) for index in (61, 62, 63, 64, 200)] == [False, False, False, True, True]
    assert store.count(pool) == (0, 0, 0)
    assert not any(bucket.lock.locked() for bucket in store._pools[pool].buckets)
    store.check()


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize("flags", [EPHEMERAL, PERSISTENT, SHARED])
def test_too_few_or_too_much_data_is_none(flags: int, wrong: str) -> None:
    """ERR-1, LCK-2: as if get_data_all had raised: the pages of the run stay if persistent, and go otherwise."""
    change, error, says = WRONG[wrong]
    store = Tmem(pam=Answering("get_data_all", change))
    pool = store.new_pool(flags)
    for index in (61, 63, 64, 200):
        assert store.put(pool, OID, index, b"old")
    with pytest.raises(error, match=says.format(2)):
        store.get_range(pool, OID, 60, 20)
    kept = flags == PERSISTENT
    assert [store.flush_page(pool, OID, index) for index in (61, 63, 64, 200)] == [kept, kept, True, True]
    assert not any(bucket.lock.locked() for bucket in store._pools[pool].buckets)
    store.check()


class Emptying(AtOnce):
    """A PAM that would take the pages out of what it is handed."""

    def create_all(self, pool: int, oid: int, index: int, pages: Sequence[bytes]) -> Sequence[Pampd | None]:
        """No page is left, if that can be done."""
        answers = super().create_all(pool, oid, index, pages)
        pages.clear()  # type: ignore[attr-defined]  # a list
        return answers


def test_a_pam_cannot_change_what_it_is_handed() -> None:
    """OWN-2, COH-3: it raises where it tries to, and then no page of the run is stored, and no old one stays."""
    store = Tmem(pam=Emptying())
    pool = store.new_pool(PERSISTENT)
    for index in range(4):
        assert store.put(pool, OID, index, b"old")
    with pytest.raises(AttributeError, match="clear"):
        store.put_range(pool, OID, 0, [b"new"] * 4)
    assert store.get_range(pool, OID, 0, 4) == [None] * 4
    store.check()


class Keeping(AtOnce):
    """A PAM that keeps what it is handed, beside a copy."""

    def __init__(self) -> None:
        """Nothing yet."""
        self.kept: list[tuple[Sequence[Any], list[Any]]] = []

    def create_all(self, pool: int, oid: int, index: int, pages: Sequence[bytes]) -> Sequence[Pampd | None]:
        """Kept."""
        self.kept.append((pages, list(pages)))
        return super().create_all(pool, oid, index, pages)

    def get_data_all(self, pampds: Sequence[Pampd]) -> Sequence[bytes | None]:
        """Kept."""
        self.kept.append((pampds, list(pampds)))
        return super().get_data_all(pampds)

    def free_all(self, pampds: Sequence[Pampd]) -> None:
        """Kept."""
        self.kept.append((pampds, list(pampds)))


def test_what_a_pam_was_handed_is_its_own() -> None:
    """COH-5: a list of pages, or of pampds, that a PAM keeps, the store does not change any more."""
    pam = Keeping()
    store = Tmem(pam=pam)
    pool = store.new_pool(EPHEMERAL)
    for round_ in range(3):
        pages = [b"%d %d" % (round_, at) for at in range(100)]
        assert store.put_range(pool, OID, 30, pages) == [True] * 100
        assert store.put_range(pool, OID, 60, pages) == [True] * 100
        assert store.get_range(pool, OID, 50, 100) == pages[20:30] + pages[:90]
    assert all(list(handed) == copy for handed, copy in pam.kept)
    assert len(pam.kept) > 20
