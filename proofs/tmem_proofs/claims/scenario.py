"""Scenarios: an operation, run once along one path, from an arbitrary well-formed object of one height.

The object is one whose tree has that height, or no object at all; the index is any of 2**32. Oids play no part below
the bucket and stand for themselves. Heights are 0 to 6: all that 32-bit indexes can have. The operation is the shipped
one, or the published algorithm in its place: to that, callbacks give or refuse but never raise, and it knows of no
exclusive get.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from tmem_proofs.engine.environment import GIVEN, RAISES, REFUSED, CallbackError, Surroundings
from tmem_proofs.engine.explorer import Infeasible, Path
from tmem_proofs.engine.heap import Heap, Pampd, walk
from tmem_proofs.engine.slots import Slots
from tmem_proofs.engine.symbolic import as_fact
from tmem_proofs.engine.terms import Term
from tmem_proofs.source import Algorithm, Code
from tmem_spec.calls import Answer, Outcome
from tmem_spec.machine import Rules
from tmem_spec.metadata import Callback
from tmem_spec.words import EPHEMERAL, INDEX_LIMIT, MAX_HEIGHT, PERSISTENT, SHARED, max_index

OID = 7
PAGE = b"the page that is put"
NO_OBJECT = "no object"
KINDS = {EPHEMERAL: "private ephemeral", PERSISTENT: "persistent", SHARED: "shared ephemeral"}


@dataclass(slots=True)
class Before:
    """What there was before the operation."""

    root: Any
    height: int
    pampd_count: Any
    objnode_count: Any
    held: Any


@dataclass(slots=True)
class Run:
    """One path through an operation: what there was, what was asked and answered, what there is.

    `keeps_leaves`: whether the algorithm has an object know its leaves and its lock, as the shipped one does.
    `way`: which one of those that are counted one by one, as `objnode 2 of 5`: that was refused.
    """

    operation: str
    path: Path
    heap: Heap
    surroundings: Surroundings
    bucket: Any
    obj: Any
    before: Before
    index: Any
    flags: Any = EPHEMERAL
    duplicate: bool = False
    exclusive: Any = False
    answer: Answer | None = None
    got: Any = None
    crash: Exception | None = None
    settled: Term | None = None
    way: str = ""
    keeps_leaves: bool = True
    lacking: Any = None

    @property
    def now(self) -> Any:
        """The object as it is in its bucket now, or None."""
        return self.bucket.pool.objs.get(OID)

    @property
    def root(self) -> Any:
        """The root of its tree now, or None."""
        return None if self.now is None else self.now.root

    @property
    def rules(self) -> Rules:
        """What the pool's kind means to a call; unknown, where that is."""
        return Rules(persistent=self.flags == PERSISTENT, shared=self.flags == SHARED)

    @property
    def refused(self) -> bool:
        """Whether a put stored nothing; whether whatever else it is ended in an exception of a callback."""
        return self.answer is not None and self.answer.outcome in {Outcome.REFUSED, Outcome.RAISED}


def anyhow(_: Run, __: Code) -> bool:
    """Every path."""
    return True


@dataclass(frozen=True, slots=True)
class Scenario:
    """An operation from one kind of state. `run` goes along one path, of those that are `among` what is looked at."""

    operation: str
    case: str
    start: Callable[[str, Path, Code], Run]
    operate: Callable[[Run, Code], None]
    among: Callable[[Run, Code], bool] = anyhow

    def run(self, path: Path, code: Code) -> Run:
        """Go along one path, through the operation to its end."""
        run = self.start(self.operation, path, code)
        try:
            self.operate(run, code)
        except CallbackError as error:
            run.answer = Answer(Outcome.RAISED)
            run.got = error
        except Exception as error:  # noqa: BLE001 - whatever else it raises is a refutation, told as such
            run.crash = error
        if not self.among(run, code):
            path.stop(Infeasible())
        settle(run)
        return run


def scenarios() -> list[Scenario]:
    """Every scenario, the dearest first."""
    found = []
    for height in range(MAX_HEIGHT, -1, -1):
        case = f"height {height}"
        found += [
            Scenario("insert", case, _from(height, held=False), insert),
            Scenario("get", case, _from(height, held=None, any_pool=True), get),
            Scenario("delete", case, _from(height, held=True), delete),
            Scenario("replace", case, _from(height, held=True), insert),
            Scenario("lookup", case, _from(height, held=None), lookup),
            Scenario("place", case, _from(height, held=None), place),
        ]
    return [*found, Scenario("insert", NO_OBJECT, _from(None, held=False), insert), *_stumps()]


def _stumps() -> Iterator[Scenario]:
    """Puts that are refused half way, which is where the published algorithm leaves stumps, each way by its name."""
    for height in (*range(MAX_HEIGHT, -1, -1), None):
        case = NO_OBJECT if height is None else f"height {height}"
        known = _from(height, held=False)
        if height is not None and height < MAX_HEIGHT:
            yield Scenario("insert refused growing", case, known, insert, _refused_growing)
        yield Scenario("insert refused descending", case, known, insert, _refused_descending)
        yield Scenario("insert not created", case, known, insert, _not_created)
        if height is not None:
            yield Scenario("replace not created", case, _from(height, held=True), insert, _not_created)


def _refused_growing(run: Run, code: Code) -> bool:
    """Whether the objnode refused was one for a new root: the k-th makes a tree of k levels more."""
    kth = _objnode_refused(run, code)
    return kth > 0 and bool(run.index > max_index(run.before.height + kth - 1))


def _refused_descending(run: Run, code: Code) -> bool:
    """Whether the objnode refused was one on the way down to the index. In a new object, every one is."""
    kth = _objnode_refused(run, code)
    return kth > 0 and (run.obj is None or bool(run.index <= max_index(run.before.height + kth - 1)))


def _objnode_refused(run: Run, code: Code) -> int:
    """Of the objnodes asked for, the how-manieth was refused, or answered by an exception; 0 if none was."""
    callbacks = run.surroundings.callbacks
    if Callback.OBJNODE_ALLOC_REFUSED not in callbacks:
        return 0
    kth = callbacks.count(Callback.OBJNODE_ALLOC) + 1
    run.way = f"objnode {kth} of {_wanted(run, code)}"
    return kth


def _wanted(run: Run, code: Code) -> str:
    """How many objnodes the put needs: the shipped code says, as its tree is what it was."""
    if code.algorithm is not Algorithm.SHIPPED:
        return "all"
    needed = code.words.height_for(run.index) if run.obj is None else code.tree.missing(run.obj, run.index)
    return str(needed)


def _not_created(run: Run, _: Code) -> bool:
    """Whether the PAM made no pampd."""
    return Callback.CREATE_REFUSED in run.surroundings.callbacks


def _from(height: int | None, *, held: bool | None, any_pool: bool = False) -> Callable[[str, Path, Code], Run]:
    """Start from an object of this height, or from none; its index holds a page, or not, or (None) either.

    `any_pool`: in a pool of any kind; else in a private ephemeral one, where that makes no difference.
    """

    def start(operation: str, path: Path, code: Code) -> Run:
        heap = Heap(path, code.tree)
        flags = path.integer("flags", min(KINDS), max(KINDS)) if any_pool else EPHEMERAL
        answers = (GIVEN, REFUSED, RAISES) if code.algorithm is Algorithm.SHIPPED else (GIVEN, REFUSED)
        surroundings = Surroundings(path, heap, code.tree, answers)
        if code.algorithm is Algorithm.SHIPPED:  # the published one has no leaves to enter
            heap.exhausted = surroundings.exhausted
        bucket = code.pool.Pool(0, flags, surroundings, surroundings).buckets[0]
        index = path.integer("index", 0, INDEX_LIMIT - 1)
        obj = None if height is None else heap.obj(height)
        if obj is None:
            before = Before(None, 0, 0, 0, None)
        else:
            bucket.pool.objs[OID] = obj
            obj.lock = bucket.lock
            found = walk(heap, obj.root, obj.height, index, Slots.__getitem__)
            before = Before(obj.root, obj.height, obj.pampd_count, obj.objnode_count, found)
        if held is not None and held != (before.held is not None):
            path.stop(Infeasible())
        shipped = code.algorithm is Algorithm.SHIPPED
        return Run(operation, path, heap, surroundings, bucket, obj, before, index, flags, keeps_leaves=shipped)

    return start


def settle(run: Run) -> None:
    """Say of the counts before the operation that they were right (CNT-1, CNT-4), now that it is known of what.

    Paths on which intervals show that they were not are left. The equations themselves are asked for only where a
    claim seems refuted, and for witnesses: without them, more states are allowed, so a claim that holds, holds.
    """
    before, heap, terms = run.before, run.heap, run.path.terms
    equations = (
        before.pampd_count == heap.pages_below(before.root, first=True),
        before.objnode_count == heap.objnodes_below(before.root, first=True),
    )
    run.settled = terms.every(as_fact(terms, equation) for equation in equations)
    if run.path.knowledge.decided(run.settled) is False:
        run.path.stop(Infeasible())


def insert(run: Run, code: Code) -> None:
    """`put`: shipped, whole, on an index that holds nothing, or (replace) a page."""
    run.duplicate = run.before.held is not None
    stored = code.operations.put(run.bucket, OID, run.index, PAGE)
    run.answer = Answer(Outcome.STORED if stored else Outcome.REFUSED)


def delete(run: Run, code: Code) -> None:
    """`flush_page`: shipped, whole, on an index that holds a page."""
    done = code.operations.flush_page(run.bucket, OID, run.index)
    run.answer = Answer(Outcome.DONE if done else Outcome.NOT_FOUND)


def lookup(run: Run, code: Code) -> None:
    """`lookup`: shipped, on any index."""
    run.got = code.operations.lookup(run.obj, run.index)
    run.answer = Answer(Outcome.MISS if run.got is None else Outcome.HIT, run.got)


def place(run: Run, code: Code) -> None:
    """`place`: shipped, on any index, that holds a page or not."""
    pampd = Pampd("the new page")
    run.surroundings.pages[id(pampd)] = (pampd, PAGE)
    run.got = code.tree.place(run.obj, run.index, pampd)
    run.answer = Answer(Outcome.STORED if run.got else Outcome.REFUSED)
    if not run.got and run.before.held is None:
        run.lacking = code.tree.missing(run.obj, run.index)


def get(run: Run, code: Code) -> None:
    """`get`: shipped, whole, on any index of a pool of any kind; exclusive or not, where it knows of that."""
    if code.algorithm is Algorithm.SHIPPED:
        run.exclusive = run.path.integer("exclusive", 0, 1) == 1
    try:
        run.got = code.operations.get(run.bucket, OID, run.index, exclusive=run.exclusive)
    except code.errors.GetDataError as error:
        run.got = error
        run.answer = Answer(Outcome.FAILED)
    else:
        run.answer = Answer(Outcome.MISS if run.got is None else Outcome.HIT, run.got)
