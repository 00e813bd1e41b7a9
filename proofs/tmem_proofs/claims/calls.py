"""Calls on the store: each public method of the shipped `Tmem`, run along one path, from an arbitrary store.

The table of pools, a pool's buckets, a bucket's objects and an object's pages come into being as they are looked at:
pool ids and oids and indexes are any integers, in range or not, pools of every kind, frozen or not, alive or being
destroyed by another thread. The functions of the tree, and take and release, are their contracts
(`tmem_proofs.engine.contracts`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from tmem_proofs.engine.arbitrary import Buckets, Entry, GhostLock, Look, Mapping, Witness
from tmem_proofs.engine.contracts import Contracts
from tmem_proofs.engine.environment import CallbackError
from tmem_proofs.engine.explorer import Infeasible, Path
from tmem_proofs.engine.heap import Data, Pampd
from tmem_proofs.engine.outside import Outside
from tmem_proofs.engine.symbolic import type_of
from tmem_proofs.source import Code
from tmem_spec.calls import Answer, Environment, Outcome
from tmem_spec.words import EPHEMERAL, PERSISTENT, SHARED, index_valid, oid_valid

PAGE = b"the page that is put"
STILL, GONE, ANOTHER = "as it was", "gone before its lock was taken", "another before its lock was taken"
ANOTHER_THREAD = -1  # one that is inside a callback of the store
REJECTIONS = {"HandleError", "PoolError", "PoolDestroyedError", "FlagsError"}


@dataclass(frozen=True, slots=True)
class Change:
    """An entry that is not what was looked at: whether something was there, and whether it was listed with all else."""

    entry: Entry
    there: bool
    listed: bool


@dataclass(slots=True)
class CallRun:
    """One path through a call: the store before and now, what was asked and answered.

    changes  what another thread has changed after the call had looked at it, and before it had the lock for it
    plain    whether host and PAM are those of the package, so that the quick way is open; `plain_pam`: the PAM alone
    wrong    which argument is of a wrong type, where that is so; `given` are then all of them
    passed   how often each bucket's lock had been taken in the call when the pool's objects were listed
    """

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
    wrong: str = ""
    given: list[Any] = field(default_factory=list)
    passed: list[int] = field(default_factory=list)
    plain: bool = False
    plain_pam: bool = False
    changes: list[Change] = field(default_factory=list)
    before_lock: Callable[[GhostLock], None] = lambda _: None
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

    @property
    def page(self) -> bytes:
        """What is put, of a put."""
        return PAGE

    def environment(self) -> Environment:
        """What the specification calls the environment of the call."""
        return self.outside.environment()

    def takes_a_lock(self) -> bool:
        """Whether the call, if nothing is wrong with it, takes the lock of its bucket, and looks at its pool then."""
        return True

    def index_accepted(self) -> bool:
        """Whether the index is valid."""
        return bool(index_valid(self.index))

    def named(self, oid: Any, index: Any) -> bool:
        """Whether an oid and an index are those of the call."""
        return bool(oid == self.oid) and bool(index == self.index)


class _Unfinished:
    """An object that is in the table and whose put is not done yet: it has no lock."""

    lock = None


UNFINISHED = _Unfinished()


class Lookalike(Pampd):
    """A pampd that is equal to every other: whoever wants to know which one it is must ask for its identity."""

    __hash__ = Pampd.__hash__

    def __eq__(self, other: object) -> bool:
        """With whatever is a pampd."""
        return isinstance(other, Pampd)


Operate = Callable[[CallRun], Any]
Kind = TypeVar("Kind", bound=CallRun)


def start(path: Path, code: Code, stand_ins: type[Contracts] = Contracts) -> CallRun:
    """An arbitrary store, and arbitrary arguments; `stand_ins`: for the functions that the call rests on."""
    return start_as(CallRun, stand_ins, path, code)


def start_as(kind: type[Kind], stand_ins: type[Contracts], path: Path, code: Code) -> Kind:
    """The same, for a run of a kind."""
    witness = Witness()
    outside = Outside(path, code.tree, witness)
    contracts = stand_ins(path, outside, code.tree)
    contracts.install([code.operations, code.teardown, code.ranges, code.store])
    vars(code.store)["type"] = type_of
    run = kind(
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
    store._inside.threads.add(ANOTHER_THREAD)
    store._host = store._pam = outside
    store._table = GhostLock(witness, "the table of pools", lambda: _struck_out(run))
    store._spent = run.spent = path.integer("pools made so far", 0, 1 << 64)
    store._pools = Mapping(path, "the table of pools", lambda pool_id: _pool(run, pool_id))
    store._pools.resized = partial(_table_changed, run)
    store._quick = Mapping(path, "no pools", None)
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
    pool.plain = run.plain or run.plain_pam
    pool.batch = None
    pool.frozen = run.was_frozen = path.integer("frozen", 0, 1) == 1
    pool.destroyed = run.was_destroyed = path.integer("destroyed by another thread", 0, 1) == 1
    pool.buckets = Buckets(lambda number: _bucket(run, pool, number))
    run.pool = run.outside.pool = pool
    pool.objs = _objects(run, pool)
    return pool


def _table_changed(run: CallRun) -> None:
    """The table is read without its lock, and changed with it alone."""
    run.witness.expect("LCK-1", run.store._table.is_held, "the table of pools changed without its lock")


def _objects(run: CallRun, pool: Any) -> Mapping:
    """An arbitrary table of objects, each of which may be touched with its bucket's lock held alone."""

    def lock_of(oid: Any) -> GhostLock:
        lock: GhostLock = pool.buckets[run.contracts.bucket_of(oid)].lock
        return lock

    def guard(oid: Any) -> None:
        run.witness.expect("LCK-1", lock_of(oid).is_held, f"object {oid} touched without its lock")

    def make(oid: Any) -> Any:
        if not oid_valid(oid):
            run.path.stop(Infeasible())
        obj = run.contracts.obj(f"object {oid}", brief=bool(objs.entries))
        obj.lock = lock_of(oid)
        return obj

    objs = Mapping(run.path, "the pool", make, guard)
    objs.exhausted = run.outside.exhausted
    objs.lock_of = lock_of
    objs.unfinished = UNFINISHED
    objs.copied = lambda: run.passed.extend(bucket.lock.taken for bucket in run.buckets)
    run.objects.append(objs)
    return objs


def _meanwhile(run: CallRun, lock: GhostLock) -> None:
    """Another thread may have changed what the call has looked at before it has taken the lock for it."""
    run.before_lock(lock)
    for objs in run.objects:
        for look in [one for one in objs.looked if objs.lock_of(one.entry.key) is lock]:
            objs.looked.remove(look)
            entry, found = look.entry, look.entry.now
            way = run.path.choose((STILL, *_changes(run, look)))
            if way != STILL:
                run.changes.append(Change(entry, found is not None, look.listed))
                entry.first = entry.now = None
            if way == ANOTHER:
                objs.renew(entry)
            if way != STILL and found is not None:
                found.lock = None


def _changes(run: CallRun, look: Look) -> Iterator[str]:
    """What may have become of an entry. No more in a pool that this call has destroyed, and whose locks it has passed.

    To a call that has listed what there is, and knows no more of it, another object is as good as the one that was.
    """
    if look.listed and run.pool.destroyed is True:
        return
    if look.entry.now is not None:
        yield GONE
    if not look.listed:
        yield ANOTHER


def _struck_out(run: CallRun) -> None:
    """Another thread may destroy the pool while this one waits for the table."""
    for entry in run.store._pools.entries:
        if entry.now is not None and run.path.choose(("still there", "struck out")) == "struck out":
            entry.first = entry.now = None


def _bucket(run: CallRun, pool: Any, number: Any) -> Any:
    """An arbitrary bucket."""
    bucket: Any = object.__new__(run.code.pool.Bucket)
    bucket.pool = pool
    bucket.lock = GhostLock(run.witness, f"bucket {number}", lambda: _meanwhile(run, bucket.lock))
    run.buckets.append(bucket)
    return bucket


def run_call(name: str, path: Path, code: Code) -> CallRun:
    """Go along one path, through the call to its end."""
    run = start(path, code)
    run.operation = name
    call(run, CALLS[name])
    return run


def call(run: CallRun, operate: Operate) -> None:
    """Make the call; its answer in the specification's words."""
    try:
        run.answer = answer_of(run, operate(run))
    except CallbackError as error:
        run.answer, run.error = Answer(Outcome.RAISED), error
    except Exception as error:  # noqa: BLE001 - what kind of answer it is, is told by its name
        run.error = error
        name = type(error).__name__
        if name in REJECTIONS:
            run.answer = Answer(Outcome.REJECTED)
        elif name == "GetDataError":
            run.answer = Answer(Outcome.FAILED)


def answer_of(run: CallRun, value: Any) -> Answer:
    """What a method gives, as an answer. To the package's own PAM, a pampd is the page that it describes."""
    match value:
        case Pampd() if run.plain:
            return Answer(Outcome.HIT, page=Data(value))
        case Answer():
            return value
        case Data():
            return Answer(Outcome.HIT, page=value)
        case _:
            return Answer(Outcome.DONE)


def put(run: CallRun) -> Any:
    """`Tmem.put`, of bytes, or of a buffer that is used for something else afterwards; of any store, as below."""
    choose_host(run)
    buffer = bytearray(PAGE)
    page = {"bytes": PAGE, "a buffer": buffer}[run.path.choose(("bytes", "a buffer"))]
    stored = run.store.put(run.pool_id, run.oid, run.index, page)
    buffer.clear()
    return Answer(Outcome.STORED if stored else Outcome.REFUSED)


def get(run: CallRun) -> Any:
    """`Tmem.get`, as above."""
    choose_host(run)
    page = run.store.get(run.pool_id, run.oid, run.index)
    return Answer(Outcome.MISS) if page is None else page


def choose_host(run: CallRun) -> None:
    """Whose host and PAM they are. Those of the package never refuse, and never raise."""
    if run.path.choose(("a host or a PAM of its own", "those of the package")) == "those of the package":
        run.plain = run.outside.plain = True
        run.store._quick = run.store._pools


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
    host = run.code.host
    pams = {"one by one": host.GuardedPam, "a PAM that takes runs": host.GuardedBatchPam}
    way = run.path.choose(("the package's own", *pams))
    run.store._host = "the host"
    run.store._pam = pams[way]("the PAM", run.store._inside) if way in pams else host.MemoryPam()
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
