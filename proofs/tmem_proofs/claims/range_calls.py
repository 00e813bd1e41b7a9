"""Calls on ranges: put_range, get_range and flush_range, run along one path, from an arbitrary store.

As in `calls`, but that a range names several handles. It is run with up to two pages, at any index, so that they are
of one run, or of two with the end of a leaf between them: what a run carries on to the next is then seen. The claims
are about one page of the range, each in turn: by the specification, its single operation is what is to happen to it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from tmem_proofs.claims.call_state import held_first, held_now
from tmem_proofs.claims.calls import CallRun, start_as
from tmem_proofs.engine.arbitrary import GhostLock
from tmem_proofs.engine.environment import CallbackError
from tmem_proofs.engine.explorer import Path
from tmem_proofs.engine.heap import Data, Pampd
from tmem_proofs.engine.range_contracts import Performed, RangeContracts
from tmem_proofs.engine.symbolic import either
from tmem_proofs.source import Code
from tmem_spec.calls import Answer, Environment, Outcome
from tmem_spec.words import INDEX_LIMIT, index_valid

NO_PAGE, TOO_MANY = "no page", "more than there are indexes, or less than none"
COUNTS = {NO_PAGE: 0, "1 page": 1, "2 pages": 2}
PAGES = (b"the first page that is put", b"the second page that is put")
HOSTS = ("a host and a PAM of its own", "a host of its own", "those of the package")
NOTHING, DESTROYED = "nothing", "another thread destroys the pool"


@dataclass(slots=True)
class RangeRun(CallRun):
    """One path: of a call on a range, as far as it concerns the page at `index`, the `nth` of `count` from `first` on.

    answers   what the call gives, page by page; None if it raised
    between   in which hold of a lock another thread had destroyed the pool, after the call's first
    """

    first: Any = 0
    count: Any = 0
    nth: int = 0
    answers: list[Any] | None = None
    between: int | None = None
    indexes: list[Any] = field(default_factory=list)

    @property
    def done(self) -> Performed | None:
        """The single operation of the page, the last if there were several; None if it was not performed."""
        of_page = [one for one in self.ranges.performed if one.index is self.index]
        return of_page[-1] if of_page else None

    @property
    def page(self) -> bytes:
        """What is to be put at the page's handle."""
        return PAGES[self.nth]

    def environment(self) -> Environment:
        """What the specification calls the environment of the page's single operation."""
        return self.ranges.environment(self.index)

    def takes_a_lock(self) -> bool:
        """Not of no page."""
        return type(self.count) is not int or self.count > 0

    def index_accepted(self) -> bool:
        """Whether every index of the range is valid; of an empty one, the first."""
        if not index_valid(self.first) or self.count < 0:
            return False
        return bool(self.first + self.count <= INDEX_LIMIT)

    def named(self, oid: Any, index: Any) -> bool:
        """Whether a handle of the call's pool is in the range."""
        return bool(oid == self.oid) and any(bool(index == one) for one in self.indexes)

    @property
    def ranges(self) -> RangeContracts:
        """What stands for the functions of runs."""
        assert isinstance(self.contracts, RangeContracts)  # noqa: S101 - for the type checker
        return self.contracts


Operate = Callable[[RangeRun], list[Any]]


def run_range_call(name: str, path: Path, code: Code) -> RangeRun:
    """Go along one path, through the call to its end."""
    run = _start(name, path, code)
    vars(code.operations)["put"] = run.ranges.put
    try:
        run.answers = RANGE_CALLS[name](run)
        run.answer = _answer(run, run.answers)
    except CallbackError as error:
        run.error = error
        run.answer = _unanswered(run, Outcome.RAISED)
    except Exception as error:  # noqa: BLE001 - what kind of answer it is, is told by its name
        run.error = error
        kinds = {"GetDataError": Outcome.FAILED, "HandleError": Outcome.REJECTED}
        kinds |= {"PoolError": Outcome.REJECTED, "PoolDestroyedError": Outcome.REJECTED}
        kind = kinds.get(type(error).__name__)
        run.answer = None if kind is None else _unanswered(run, kind)
    return run


def _start(name: str, path: Path, code: Code) -> RangeRun:
    """An arbitrary store, of which the path is about a range of no page, one or two."""
    run = start_as(RangeRun, RangeContracts, path, code)
    run.operation = name
    _choose_hosts(run)
    run.first = run.index
    _choose_count(run)
    run.ranges.oid, run.ranges.pages_of_range = run.oid, run.indexes
    if name == "Tmem.put_range":
        run.ranges.put_there = list(PAGES[: len(run.indexes)])
    run.before_lock = partial(_between, run)
    return run


def _choose_count(run: RangeRun) -> None:
    """How many pages, and which of them the path is about; or a number that no range has."""
    path = run.path
    way = path.choose((*COUNTS, TOO_MANY) if run.operation != "Tmem.put_range" else tuple(COUNTS))
    if way == TOO_MANY:
        run.count = path.integer("count", -(1 << 33), 1 << 33)
        path.assume(either(run.count < 0, run.first + run.count > INDEX_LIMIT))
        return
    run.count = COUNTS[way]
    run.indexes = [run.first + at for at in range(run.count)]
    if run.count > 1 and path.choose(("of the first", "of the second")) == "of the second":
        run.nth = 1
    run.index = run.indexes[run.nth] if run.indexes else run.first


def _choose_hosts(run: RangeRun) -> None:
    """Whose host and PAM they are: the PAM of the package refuses nothing, whoever the host is."""
    way = run.path.choose(HOSTS)
    if way == HOSTS[2]:
        run.plain = run.outside.plain = True
        run.store._quick = run.store._pools
    run.plain_pam = way != HOSTS[0]


def _between(run: RangeRun, lock: GhostLock) -> None:
    """Another thread may destroy the pool between one run and the next."""
    if (
        lock.taken
        and run.ranges.performed
        and run.between is None
        and run.path.choose((NOTHING, DESTROYED)) == DESTROYED
    ):
        run.pool.destroyed = True
        run.between = lock.taken + 1


def put_range(run: RangeRun) -> list[Any]:
    """`Tmem.put_range`, of bytes, or of buffers that are used for something else afterwards."""
    buffers = [bytearray(page) for page in PAGES[: run.count]]
    pages = {"bytes": PAGES[: run.count], "buffers": buffers}[run.path.choose(("bytes", "buffers"))]
    answers: list[Any] = run.store.put_range(run.pool_id, run.oid, run.first, pages)
    for buffer in buffers:
        buffer.clear()
    return answers


def get_range(run: RangeRun) -> list[Any]:
    """`Tmem.get_range`."""
    answers: list[Any] = run.store.get_range(run.pool_id, run.oid, run.first, run.count)
    return answers


def flush_range(run: RangeRun) -> list[Any]:
    """`Tmem.flush_range`."""
    answers: list[Any] = run.store.flush_range(run.pool_id, run.oid, run.first, run.count)
    return answers


def _answer(run: RangeRun, answers: list[Any]) -> Answer | None:
    """What a call that did not raise gives of the page, as the answer of a single one; None if there is no page."""
    if len(answers) != run.count or not run.indexes:
        return None
    given = answers[run.nth]
    match run.operation:
        case "Tmem.put_range":
            return Answer(Outcome.STORED if given else Outcome.REFUSED)
        case "Tmem.flush_range":
            return Answer(Outcome.DONE if given else Outcome.NOT_FOUND)
        case _:
            page = Data(given) if isinstance(given, Pampd) and run.plain_pam else given
            return Answer(Outcome.MISS) if page is None else Answer(Outcome.HIT, page=page)


def _unanswered(run: RangeRun, outcome: Outcome) -> Answer | None:
    """The answer of the page's single operation in a call that raised; None if it was not performed."""
    if outcome is Outcome.REJECTED and run.between is None:
        return Answer(outcome)
    done = run.done
    if done is None:
        return None
    finished = run.between is not None or done.hold < sum(bucket.lock.taken for bucket in run.buckets)
    if run.operation == "Tmem.put_range":
        stored = held_now(run) == run.page
        return Answer(Outcome.STORED if stored else Outcome.REFUSED if finished else outcome)
    return _as_found(run) if finished else Answer(outcome)


def _as_found(run: RangeRun) -> Answer:
    """The answer of a get or flush in an earlier run, that the caller was not told: what was there."""
    held = held_first(run)
    if run.operation == "Tmem.flush_range":
        return Answer(Outcome.NOT_FOUND if held is None else Outcome.DONE)
    return Answer(Outcome.MISS) if held is None else Answer(Outcome.HIT, page=held)


RANGE_CALLS: dict[str, Operate] = {
    "Tmem.put_range": put_range,
    "Tmem.get_range": get_range,
    "Tmem.flush_range": flush_range,
}
