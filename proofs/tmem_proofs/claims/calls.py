"""Calls on the store: each public method of the shipped `Tmem`, run along one path, from an arbitrary store.

The table of pools, a pool's buckets, a bucket's objects and an object's pages come into being as they are looked at:
pool ids and oids and indexes are any integers, in range or not, pools of every kind, frozen or not, alive or being
destroyed by another thread. The functions of the tree, and take and release, are their contracts
(`tmem_proofs.engine.contracts`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from tmem_proofs.engine.arbitrary import Buckets, GhostLock, Mapping, Witness
from tmem_proofs.engine.contracts import Contracts
from tmem_proofs.engine.environment import CallbackError
from tmem_proofs.engine.explorer import Path
from tmem_proofs.engine.heap import Data, Pampd
from tmem_proofs.engine.outside import Outside
from tmem_proofs.source import Code
from tmem_spec.calls import Answer, Outcome
from tmem_spec.words import EPHEMERAL, PERSISTENT, SHARED

PAGE = b"the page that is put"
EARLIER = "an earlier bucket"
REJECTIONS = {"HandleError", "PoolError", "PoolDestroyedError", "FlagsError"}


@dataclass(slots=True)
class CallRun:
    """One path through a call: the store before and now, what was asked and answered."""

    path: Path
    code: Code
    witness: Witness
    outside: Outside
    contracts: Contracts
    store: Any
    pool_id: Any
    oid: Any
    index: Any
    buckets: list[Any] = field(default_factory=list)
    objects: list[Mapping] = field(default_factory=list)
    operation: str = ""
    pool: Any = None
    kind: Any = None
    was_frozen: Any = False
    was_destroyed: Any = False
    answer: Answer | None = None
    error: BaseException | None = None
    flags: Any = None
    spent: Any = 0

    @property
    def bucket(self) -> Any:
        """The bucket that the call went to, or None."""
        return self.buckets[0] if self.buckets else None


class Lookalike(Pampd):
    """A pampd that is equal to every other: whoever wants to know which one it is must ask for its identity."""

    __hash__ = Pampd.__hash__

    def __eq__(self, other: object) -> bool:
        """With whatever is a pampd."""
        return isinstance(other, Pampd)


Operate = Callable[[CallRun], Any]


def start(path: Path, code: Code) -> CallRun:
    """An arbitrary store, and arbitrary arguments."""
    witness = Witness()
    outside = Outside(path, code.tree, witness)
    contracts = Contracts(path, outside, code.tree)
    contracts.install([code.operations, code.teardown])
    run = CallRun(
        path,
        code,
        witness,
        outside,
        contracts,
        object.__new__(code.store.Tmem),
        path.integer("pool id", -(1 << 64), 1 << 64),
        path.integer("oid", -(1 << 192), 1 << 193),
        path.integer("index", -(1 << 32), 1 << 33),
    )
    outside.handle = (run.oid, run.index)
    store = run.store
    store._inside = code.host.Inside()
    store._host = store._pam = outside
    store._table = GhostLock(witness, "the table of pools", lambda: _struck_out(run))
    store._spent = run.spent = path.integer("pools made so far", 0, 1 << 64)
    store._pools = Mapping(path, "the table of pools", lambda pool_id: _pool(run, pool_id))
    store._pools.resized = partial(_table_changed, run)
    return run


def _pool(run: CallRun, pool_id: Any) -> Any:
    """An arbitrary pool that is in the table, so that its id is one that was given."""
    path = run.path
    path.assume(pool_id >= 0)
    path.assume(pool_id < run.store._spent)
    pool = object.__new__(run.code.pool.Pool)
    run.kind = path.integer("kind of pool", EPHEMERAL, SHARED)
    pool.id = pool_id
    pool.host = pool.pam = run.outside
    pool.persistent = run.kind == PERSISTENT
    pool.keeps = run.kind != EPHEMERAL
    pool.frozen = run.was_frozen = path.integer("frozen", 0, 1) == 1
    pool.destroyed = run.was_destroyed = path.integer("destroyed by another thread", 0, 1) == 1
    pool.buckets = Buckets(lambda number: _bucket(run, pool, number))
    run.pool = run.outside.pool = pool
    return pool


def _table_changed(run: CallRun) -> None:
    """The table is read without its lock, and changed with it alone."""
    run.witness.expect("LCK-1", run.store._table.is_held, "the table of pools changed without its lock")


def _struck_out(run: CallRun) -> None:
    """Another thread may destroy the pool while this one waits for the table."""
    for entry in run.store._pools.entries:
        if entry.now is not None and run.path.choose(("still there", "struck out")) == "struck out":
            entry.first = entry.now = None


def _bucket(run: CallRun, pool: Any, number: Any) -> Any:
    """An arbitrary bucket; its objects may be touched with its lock held alone."""
    bucket: Any = object.__new__(_watched(run))
    name = f"bucket {number}"
    bucket.pool = pool
    bucket.lock = GhostLock(run.witness, name)

    def guard(what: str) -> None:
        hidden = bucket.objs is not objs  # by then they are nobody else's
        run.witness.expect("LCK-1", hidden or bucket.lock.is_held, f"{what} touched without its lock")

    def make(oid: Any) -> Any:
        brief = number == EARLIER or bool(objs.entries)
        return run.contracts.obj(f"object {oid}", brief=brief)

    objs = Mapping(run.path, name, make, guard)
    objs.exhausted = run.outside.exhausted
    objs.most = 1 if number == EARLIER else 2
    bucket.objs = objs
    run.buckets.append(bucket)
    run.objects.append(objs)
    return bucket


def _watched(run: CallRun) -> type:
    """The class of buckets, of which other objects may be put in the place of a bucket's with its lock held alone."""

    class Watched(run.code.pool.Bucket):  # type: ignore[misc, name-defined]
        __slots__ = ()

        def __setattr__(self, name: str, value: Any) -> None:
            if name == "objs" and hasattr(self, name):
                run.witness.expect("LCK-1", self.lock.is_held, "the objects of a bucket are replaced without its lock")
            super().__setattr__(name, value)

    return Watched


def run_call(name: str, path: Path, code: Code) -> CallRun:
    """Go along one path, through the call to its end."""
    run = start(path, code)
    run.operation = name
    call(run, CALLS[name])
    return run


def call(run: CallRun, operate: Operate) -> None:
    """Make the call; its answer in the specification's words."""
    try:
        run.answer = answer_of(operate(run))
    except CallbackError as error:
        run.answer, run.error = Answer(Outcome.RAISED), error
    except Exception as error:  # noqa: BLE001 - what kind of answer it is, is told by its name
        run.error = error
        name = type(error).__name__
        if name in REJECTIONS:
            run.answer = Answer(Outcome.REJECTED)
        elif name == "GetDataError":
            run.answer = Answer(Outcome.FAILED)


def answer_of(value: Any) -> Answer:
    """What a method gives, as an answer."""
    match value:
        case Answer():
            return value
        case Data():
            return Answer(Outcome.HIT, page=value)
        case _:
            return Answer(Outcome.DONE)


def put(run: CallRun) -> Any:
    """`Tmem.put`, of bytes, or of a buffer that is used for something else afterwards."""
    buffer = bytearray(PAGE)
    page = {"bytes": PAGE, "a buffer": buffer}[run.path.choose(("bytes", "a buffer"))]
    stored = run.store.put(run.pool_id, run.oid, run.index, page)
    buffer.clear()
    return Answer(Outcome.STORED if stored else Outcome.REFUSED)


def get(run: CallRun) -> Any:
    """`Tmem.get`."""
    page = run.store.get(run.pool_id, run.oid, run.index)
    return Answer(Outcome.MISS) if page is None else page


def get_exclusive(run: CallRun) -> Any:
    """`Tmem.get_exclusive`."""
    page = run.store.get_exclusive(run.pool_id, run.oid, run.index)
    return Answer(Outcome.MISS) if page is None else page


def flush_page(run: CallRun) -> Any:
    """`Tmem.flush_page`."""
    return _found(run.store.flush_page(run.pool_id, run.oid, run.index))


def flush_object(run: CallRun) -> Any:
    """`Tmem.flush_object`."""
    return _found(run.store.flush_object(run.pool_id, run.oid))


def flush_pool(run: CallRun) -> Any:
    """`Tmem.flush_pool`."""
    return run.store.flush_pool(run.pool_id)


def destroy_pool(run: CallRun) -> Any:
    """`Tmem.destroy_pool`."""
    return run.store.destroy_pool(run.pool_id)


def freeze(run: CallRun) -> Any:
    """`Tmem.freeze`."""
    return run.store.freeze(run.pool_id)


def thaw(run: CallRun) -> Any:
    """`Tmem.thaw`."""
    return run.store.thaw(run.pool_id)


def reclaim(run: CallRun) -> Any:
    """`Tmem.reclaim`, of the pampd that is at the handle, or of another."""
    run.contracts.named = Lookalike("the page named")
    return _found(run.store.reclaim(run.pool_id, run.oid, run.index, run.contracts.named))


def new_pool(run: CallRun) -> Any:
    """`Tmem.new_pool`, with any flags; it calls neither host nor PAM, which are told apart here."""
    run.store._host, run.store._pam = "the host", "the PAM"
    run.flags = run.path.integer("flags", -(1 << 32), 1 << 32)
    return Answer(Outcome.DONE, pool=run.store.new_pool(run.flags))


def _found(done: bool) -> Answer:
    return Answer(Outcome.DONE if done else Outcome.NOT_FOUND)


CALLS: dict[str, Operate] = {
    "Tmem.put": put,
    "Tmem.get": get,
    "Tmem.get_exclusive": get_exclusive,
    "Tmem.flush_page": flush_page,
    "Tmem.flush_object": flush_object,
    "Tmem.flush_pool": flush_pool,
    "Tmem.destroy_pool": destroy_pool,
    "Tmem.reclaim": reclaim,
    "Tmem.new_pool": new_pool,
    "Tmem.freeze": freeze,
    "Tmem.thaw": thaw,
}
