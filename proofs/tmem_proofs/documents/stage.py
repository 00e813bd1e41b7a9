"""A stage: one pool with one object, on which real calls of either algorithm are made, and looked at after each.

One allocation of a call may be refused: of the obj, of the k-th objnode, or of the page. The specification judges every
call, and the law every tree: what is found broken is told with the step.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from tmem_proofs.documents.trees import Tree, broken_in, tree_of
from tmem_proofs.source import Algorithm, Code
from tmem_spec import Handle, Judge
from tmem_spec.calls import Answer, Call, Environment, FlushObject, FlushPage, Get, NewPool, Outcome, Put
from tmem_spec.metadata import Callback, Live
from tmem_spec.words import bucket_of

POOL, OID = 0, 7
OBJ, OBJNODE, PAGE = "obj", "objnode", "page"
_REFUSED = {Callback.OBJ_ALLOC_REFUSED, Callback.OBJNODE_ALLOC_REFUSED, Callback.CREATE_REFUSED}


class Refusal(NamedTuple):
    """Which allocation of a call is refused: the `nth` of its kind."""

    kind: str
    nth: int = 1

    def __str__(self) -> str:
        """`objnode 3 refused`."""
        return f"{self.kind} {self.nth} refused" if self.kind == OBJNODE else f"the {self.kind} refused"


@dataclass(eq=False, slots=True)
class Page:
    """What the PAM describes a page by."""

    index: int


@dataclass(frozen=True, slots=True)
class Step:
    """A call that was made, and what came of it. `broken`: what is violated by the call, or in the tree after it."""

    call: str
    answer: str
    callbacks: tuple[str, ...]
    tree: Tree | None
    live: Live
    broken: tuple[str, ...]


@dataclass
class Onlooker:
    """Host and PAM: they give what is asked for, but for one allocation of a call, and take back whatever comes."""

    tree: Any
    refuse: Refusal | None = None
    get_data_fails: bool = False
    asked: Counter[str] = field(default_factory=Counter)  # of the call
    callbacks: list[Callback] = field(default_factory=list)
    live: Counter[str] = field(default_factory=Counter)
    stale: list[str] = field(default_factory=list)

    def begin(self, refuse: Refusal | None, *, get_data_fails: bool) -> None:
        """A call begins."""
        self.refuse, self.get_data_fails = refuse, get_data_fails
        self.asked.clear()
        self.callbacks, self.stale = [], []

    def obj_alloc(self, _: int) -> Any:
        """A new obj."""
        return self.tree.Obj() if self._gives(Callback.OBJ_ALLOC, Callback.OBJ_ALLOC_REFUSED, OBJ) else None

    def obj_free(self, _: int, __: Any) -> None:
        """One goes."""
        self._takes(Callback.OBJ_FREE, OBJ)

    def objnode_alloc(self, _: int) -> Any:
        """A new objnode."""
        gives = self._gives(Callback.OBJNODE_ALLOC, Callback.OBJNODE_ALLOC_REFUSED, OBJNODE)
        return self.tree.Objnode() if gives else None

    def objnode_free(self, _: int, node: Any) -> None:
        """One goes; whether it is as it was given is noted."""
        self._takes(Callback.OBJNODE_FREE, OBJNODE)
        if node.slots_in_use:
            self.stale.append(f"CNT-5: found an objnode handed back with slots_in_use {node.slots_in_use}, expected 0")

    def create(self, _: int, __: int, index: int, ___: bytes) -> Any:
        """A new page."""
        return Page(index) if self._gives(Callback.CREATE, Callback.CREATE_REFUSED, PAGE) else None

    def get_data(self, page: Page) -> bytes | None:
        """Its data."""
        self.callbacks.append(Callback.GET_DATA_FAILED if self.get_data_fails else Callback.GET_DATA)
        return None if self.get_data_fails else page_of(page.index)

    def free(self, _: Page) -> None:
        """One goes."""
        self._takes(Callback.FREE, PAGE)

    def _gives(self, given: Callback, refused: Callback, kind: str) -> bool:
        self.asked[kind] += 1
        gives = self.refuse != (kind, self.asked[kind])
        self.callbacks.append(given if gives else refused)
        self.live[kind] += gives
        return gives

    def _takes(self, callback: Callback, kind: str) -> None:
        self.callbacks.append(callback)
        self.live[kind] -= 1


class Stage:
    """A pool of one algorithm, and the specification beside it."""

    def __init__(self, code: Code, flags: int) -> None:
        """A pool of this kind without a page."""
        self.code = code
        self.host = Onlooker(code.tree)
        self.pool = code.pool.Pool(POOL, flags, self.host, self.host)
        self.bucket = self.pool.buckets[bucket_of(OID)]
        self.judge = Judge()
        self.judge.observe(NewPool(flags), Answer(Outcome.DONE, pool=POOL))

    def put(self, index: int, refuse: Refusal | None = None) -> Step:
        """Put a page."""
        call = Put(Handle(POOL, OID, index), page_of(index))
        return self._made(f"put({OID}, {index})", call, refuse)

    def get(self, index: int, *, get_data_fails: bool = False) -> Step:
        """Get a page."""
        return self._made(f"get({OID}, {index})", Get(Handle(POOL, OID, index)), None, get_data_fails=get_data_fails)

    def flush_page(self, index: int) -> Step:
        """Flush a page."""
        return self._made(f"flush_page({OID}, {index})", FlushPage(Handle(POOL, OID, index)), None)

    def flush_object(self) -> Step:
        """Flush the object."""
        return self._made(f"flush_object({OID})", FlushObject(POOL, OID), None)

    def tree_now(self) -> Tree | None:
        """The object as it is; None if there is none."""
        obj = self.pool.objs.get(OID)
        return None if obj is None else tree_of(obj)

    def _made(self, told: str, call: Call, refuse: Refusal | None, *, get_data_fails: bool = False) -> Step:
        self.host.begin(refuse, get_data_fails=get_data_fails)
        answer = self._answer(call)
        callbacks = tuple(self.host.callbacks)
        failed = Callback.GET_DATA_FAILED in callbacks
        environment = Environment(refused=not _REFUSED.isdisjoint(callbacks), get_data_failed=failed, raised=False)
        live = Live(*(self.host.live[kind] for kind in (OBJ, OBJNODE, PAGE)))
        said = self.judge.observe(call, answer, environment, callbacks, live)
        broken = [*map(str, said), *self.host.stale, *self._broken_now()]
        failing = f", {refuse}" if environment.refused else ", get_data fails" if failed else ""
        answered = answer.outcome.value + (f" {answer.page!r}" if answer.page is not None else "")
        return Step(
            told + failing, answered, tuple(one.value for one in callbacks), self.tree_now(), live, tuple(broken)
        )

    def _broken_now(self) -> Iterator[str]:
        tree = self.tree_now()
        if tree is not None:
            yield from broken_in(tree)

    def _answer(self, call: Call) -> Answer:
        """The answer, in the specification's words."""
        operations, bucket = self.code.operations, self.bucket
        match call:
            case Put(handle=handle, page=page):
                with bucket.lock:
                    stored = operations.put(bucket, OID, handle.index, page)
                return Answer(Outcome.STORED if stored else Outcome.REFUSED)
            case Get(handle=handle):
                return self._got(handle.index)
            case FlushPage(handle=handle):
                with bucket.lock:
                    found = operations.flush_page(bucket, OID, handle.index)
                return Answer(Outcome.DONE if found else Outcome.NOT_FOUND)
            case _:
                return Answer(Outcome.DONE if self._flushed() else Outcome.NOT_FOUND)

    def _got(self, index: int) -> Answer:
        try:
            with self.bucket.lock:
                page = self.code.operations.get(self.bucket, OID, index, exclusive=False)
        except self.code.errors.GetDataError:
            return Answer(Outcome.FAILED)
        return Answer(Outcome.MISS) if page is None else Answer(Outcome.HIT, page)

    def _flushed(self) -> bool:
        """Ours takes the lock by itself, anew for every step."""
        if self.code.algorithm is Algorithm.SHIPPED:
            return bool(self.code.teardown.flush_object(self.bucket, OID))
        with self.bucket.lock:
            return bool(self.code.operations.flush_object(self.bucket, OID))


def page_of(index: int) -> bytes:
    """The page that is put at an index."""
    return b"page %d" % index
