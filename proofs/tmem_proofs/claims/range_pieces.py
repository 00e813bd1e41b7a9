"""Pieces that ranges rest on, each run by itself: how a range is split, and how the PAM is asked for a run.

split                  by induction: its loop carries on one index alone, so two runs stand for any number
create_all, read_all   two or three pages stand for any number, as their loops carry on the first exception alone
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from tmem_proofs.claims.claim import Claim, Claims
from tmem_proofs.claims.piece_run import PieceRun, Thing
from tmem_proofs.engine.environment import CallbackError
from tmem_proofs.source import Code
from tmem_spec import words
from tmem_spec.words import SLOT_BITS

GIVEN, REFUSED, RAISES = "given", "refused", "raises"
BATCH, ONE_BY_ONE = "a PAM that takes runs", "one by one"
PAGES = (b"one page", b"another page")
OID = 7


def split(run: PieceRun, code: Code) -> None:
    """`split`, of any range: its first two runs."""
    index = run.path.integer("index", 0, words.INDEX_LIMIT - 1)
    count = run.path.integer("count", 0, words.INDEX_LIMIT)
    run.path.assume(index + count <= words.INDEX_LIMIT)
    run.arguments = {"index": index, "count": count}
    run.result = list(islice(code.runs.split(index, count), 2))


def runs_are_below_one_leaf(run: PieceRun) -> Iterator[Claim]:
    """SHR-3: the indexes of a run share a leaf, and are one at least."""
    for first, some in run.result:
        yield Claim(some >= 1, f"a run of {some} indexes")
        yield Claim(first >> SLOT_BITS == first + some - 1 >> SLOT_BITS, f"{some} indexes from {first} on")
    yield Claim(run.error is None, f"{run.error!r} raised")


def runs_are_the_range(run: PieceRun) -> Iterator[Claim]:
    """COH-1: the runs follow each other without a gap, from the first index of the range up to the last."""
    index, left = run.arguments["index"], run.arguments["count"]
    for first, some in run.result:
        yield Claim(first == index, f"a run from {first}, not {index}")
        yield Claim(some <= left, f"{some} indexes, where {left} are left")
        index, left = index + some, left - some
    whole = len(run.result) == 2  # noqa: PLR2004 - there may be more
    yield Claim(whole or left == 0, f"no more runs where {left} indexes are left")


def create_all(run: PieceRun, code: Code) -> None:
    """`create_all`, of a run of up to two pages, one by one or together."""
    count = int(run.path.choose(("1 page", "2 pages"))[0])
    index = run.path.integer("index", 0, words.INDEX_LIMIT - len(PAGES))
    run.arguments = {"index": index, "pages": list(PAGES[:count])}
    pam = _Pam(run)
    run.result = code.pool.create_all(pam, OID, index, list(PAGES[:count]))


def read_all(run: PieceRun, code: Code) -> None:
    """`read_all`, of a run of three indexes, that hold a page or none, one by one or together."""
    held = [Thing(f"pampd {n}") if run.path.choose(("a page", "no page")) == "a page" else None for n in range(3)]
    run.arguments = {"held": held}
    run.result = code.pool.read_all(_Pam(run), list(held))


class _Pam:
    """A pool whose PAM answers page by page, or for all of them, each time as the path has it."""

    id = 0

    def __init__(self, run: PieceRun) -> None:
        self._run = run
        self.batch = self if run.path.choose((ONE_BY_ONE, BATCH)) == BATCH else None
        self.pam = self
        self.asked: list[Any] = []
        self.answers: list[Thing | None] = []
        self.told: list[Any] = []  # the same, with exceptions where they were raised
        run.arguments |= {"asked": self.asked, "answers": self.answers, "told": self.told}
        run.arguments["batch"] = self.batch is not None
        self.at_once: list[str] = []
        run.arguments["at once"] = self.at_once

    def create(self, pool: int, oid: int, index: Any, page: bytes) -> Thing | None:
        """A pampd, or not."""
        self.asked.append((pool, oid, index, page))
        return self._answer(f"create of {page!r}", (GIVEN, REFUSED, RAISES))

    def get_data(self, pampd: Thing) -> Thing | None:
        """Data, or not."""
        self.asked.append(pampd)
        return self._answer(f"get_data of {pampd.name}", (GIVEN, REFUSED, RAISES))

    def create_all(self, pool: int, oid: int, index: Any, pages: list[bytes]) -> list[Thing | None]:
        """As above, of all."""
        self.asked += [(pool, oid, index + at, page) for at, page in enumerate(pages)]
        self.at_once.append("create_all")
        self._raises_at_once("create_all", len(pages))
        return [self._answer(f"create of {page!r}", (GIVEN, REFUSED)) for page in pages]

    def get_data_all(self, pampds: list[Thing]) -> list[Thing | None]:
        """As above, of all."""
        self.asked += pampds
        self.at_once.append("get_data_all")
        self._raises_at_once("get_data_all", len(pampds))
        return [self._answer(f"get_data of {one.name}", (GIVEN, REFUSED)) for one in pampds]

    def _answer(self, name: str, ways: tuple[str, ...]) -> Thing | None:
        way = self._run.path.choose(ways)
        self.answers.append(Thing(f"what came of {name}") if way == GIVEN else None)
        if way != GIVEN:
            self._run.path.note(f"{name} {way}")
        if way == RAISES:
            self._raise(name)
        self.told.append(self.answers[-1])
        return self.answers[-1]

    def _raises_at_once(self, name: str, count: int) -> None:
        if self._run.path.choose(("answers", RAISES)) == RAISES:
            self._run.path.note(f"{name} raises")
            self.answers += [None] * count
            self._raise(name)

    def _raise(self, name: str) -> None:
        self._run.raised.append(CallbackError(name))
        self.told.append(self._run.raised[-1])
        raise self._run.raised[-1]


def each_has_its_own(run: PieceRun) -> Iterator[Claim]:
    """OWN-1, COH-1: what came of each page is at its place, and None where nothing did."""
    wanted = iter(run.arguments["answers"])
    held = run.arguments.get("held", PAGES[: len(run.arguments.get("pages", ()))])
    expected = [None if one is None else next(wanted, None) for one in held]
    given = run.result[0] if run.error is None else None
    yield Claim(given is not None and len(given) == len(expected), f"{given!r}, {run.error!r}")
    same = given is not None and all(one is other for one, other in zip(given, expected, strict=False))
    yield Claim(same, f"{given!r}, where {expected!r} came")


def asks_for_each_once(run: PieceRun) -> Iterator[Claim]:
    """OWN-2: the PAM is told each page's own handle, or handed each pampd that there is, once and in order.

    It is asked for all of them at once, if it may be, and there are any.
    """
    at_once = int(run.arguments["batch"] and bool(run.arguments["asked"]))
    yield Claim(len(run.arguments["at once"]) == at_once, f"asked at once {run.arguments['at once']}")
    if "held" in run.arguments:
        wanted: list[Any] = [one for one in run.arguments["held"] if one is not None]
        asked = run.arguments["asked"]
        same = len(asked) == len(wanted) and all(one is other for one, other in zip(asked, wanted, strict=False))
        yield Claim(same, f"asked about {asked!r}, not {wanted!r}")
        return
    index, pages = run.arguments["index"], run.arguments["pages"]
    yield Claim(len(run.arguments["asked"]) == len(pages), f"asked for {run.arguments['asked']!r}")
    for at, (pool, oid, told, page) in enumerate(run.arguments["asked"]):
        yield Claim((pool, oid, page) == (0, OID, pages[at]), f"{pool}, {oid}, {page!r}")
        yield Claim(told == index + at, f"index {told} of page {at}")


def gives_the_first_exception(run: PieceRun) -> Iterator[Claim]:
    """ERR-2: beside it comes the first exception, or None; it raises none."""
    first = run.raised[0] if run.raised else None
    yield Claim(run.error is None and run.result[1] is first, f"{run.error!r} raised, {run.result!r}, first: {first!r}")


RANGE_PIECES: dict[str, Callable[[PieceRun, Code], None]] = {
    "split": split,
    "create_all": create_all,
    "read_all": read_all,
}

RANGE_PIECE_CLAIMS: dict[str, dict[str, Claims]] = {
    "split": {"SHR-3": runs_are_below_one_leaf, "COH-1": runs_are_the_range},
    "create_all": {"OWN-1": each_has_its_own, "OWN-2": asks_for_each_once, "ERR-2": gives_the_first_exception},
    "read_all": {"COH-1": each_has_its_own, "OWN-2": asks_for_each_once, "ERR-2": gives_the_first_exception},
}
