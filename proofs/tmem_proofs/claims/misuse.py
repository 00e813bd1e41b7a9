"""Misuse: each method of the shipped `Tmem` with an argument of a wrong type, or called from within a callback.

The store is as arbitrary as for the other calls, and so are the arguments that are in order. What is of a wrong type is
one of a few examples: the code that looks at it asks for its type alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from threading import get_ident
from typing import Any

from tmem_proofs.claims.calls import PAGE, CallRun, choose_host, start
from tmem_proofs.claims.claim import Claim, Claims
from tmem_proofs.engine.contracts import Contracts
from tmem_proofs.engine.environment import CallbackError
from tmem_proofs.engine.explorer import Path
from tmem_proofs.engine.range_contracts import RangeContracts
from tmem_proofs.source import Code
from tmem_spec.words import PERSISTENT, index_valid, oid_valid

WRONG: tuple[Any, ...] = (0.0, "0", None)  # 0.0 equals an index, an oid and a pool id: it is none all the same
WRONG_PAGES: dict[str, tuple[Any, ...]] = {
    "page": (2, "0", None),  # of 2, bytes would make two zeros
    "pages": (2, [PAGE, 2], b"pages"),  # bytes are pages to nobody: they would be numbers, one by one
}
IN_A_CALLBACK = "called from within a callback"

# The arguments of each method, by name.
_HANDLE = ("pool", "oid", "index")
METHODS: dict[str, tuple[str, ...]] = {
    "put": (*_HANDLE, "page"),
    "get": _HANDLE,
    "get_exclusive": _HANDLE,
    "flush_page": _HANDLE,
    "put_range": (*_HANDLE, "pages"),
    "get_range": (*_HANDLE, "count"),
    "flush_range": (*_HANDLE, "count"),
    "reclaim": (*_HANDLE, "pampd"),
    "flush_object": ("pool", "oid"),
    "flush_pool": ("pool",),
    "destroy_pool": ("pool",),
    "freeze": ("pool",),
    "thaw": ("pool",),
    "new_pool": ("flags",),
}
QUICK = {
    "put",
    "get",
    "put_range",
    "get_range",
}  # these look at types themselves, where host and PAM are those of the package
CHECKED = {"pool", "oid", "index", "page", "pages", "count", "flags"}  # a pampd may be anything


def run_misuse(method: str, path: Path, code: Code) -> CallRun:
    """Go along one path, through a call that is misused, to its end."""
    run = start(path, code, RangeContracts if method.endswith("_range") else Contracts)
    run.operation = f"Tmem.{method}"
    arguments = {"pool": run.pool_id, "oid": run.oid, "index": run.index}
    arguments |= {"page": PAGE, "pages": [PAGE], "count": 1, "pampd": PAGE, "flags": PERSISTENT}
    if method in QUICK:
        choose_host(run)
    names = METHODS[method]
    called = () if run.plain else (IN_A_CALLBACK,)  # those of the package call nobody
    way = path.choose((*called, *(f"a wrong {name}" for name in names if name in CHECKED)))
    if way == IN_A_CALLBACK:
        run.store._inside.threads.add(get_ident())
    else:
        name = way.removeprefix("a wrong ")
        wrong = WRONG_PAGES.get(name, WRONG)
        arguments[name] = wrong[int(path.choose([str(at) for at in range(len(wrong))]))]
    run.wrong = way.removeprefix("a wrong ")
    path.note(way)
    run.given = [arguments[name] for name in names]
    _call(run, getattr(run.store, method), run.given)
    return run


def _call(run: CallRun, method: Callable[..., Any], arguments: list[Any]) -> None:
    try:
        method(*arguments)
    except (Exception, CallbackError) as error:  # noqa: BLE001 - which it is, is claimed
        run.error = error


def is_said(run: CallRun) -> Iterator[Claim]:
    """ERR-2: it is told by an exception of its own kind, in words; something else that is wrong may be told first."""
    kind = type(run.error).__name__
    if run.wrong == IN_A_CALLBACK:
        yield Claim(kind == "ReentryError", f"{run.error!r} raised")
    elif bool(_others_are_in_order(run)):
        yield Claim(kind == "TypeError", f"{run.error!r} raised")
    else:
        yield Claim(kind in {"TypeError", "PoolError", "PoolDestroyedError", "HandleError"}, f"{run.error!r} raised")
    yield Claim(bool(str(run.error)), "an error without a word")


def _others_are_in_order(run: CallRun) -> bool:
    """Whether there is nothing wrong with the arguments that are looked at before the wrong one."""
    if run.wrong in {"pool", "flags", "pages"}:
        return True
    if run.pool is None or (run.wrong != "oid" and not oid_valid(run.oid)):
        return False
    return run.wrong not in {"page", "count"} or bool(index_valid(run.index))


def nothing_is_done(run: CallRun) -> Iterator[Claim]:
    """COH-5: nothing is called, and nothing has changed."""
    yield Claim(not run.outside.calls, f"callbacks {run.outside.calls}")
    changed = [entry.key for objects in run.objects for entry in objects.changed()]
    yield Claim(not changed and not run.store._pools.changed(), f"objects {changed} changed")
    yield Claim(run.store._spent is run.spent, "a pool id is spent")


def no_lock_is_held(run: CallRun) -> Iterator[Claim]:
    """LCK-2; and from within a callback, which holds one, none is waited for."""
    yield Claim(not run.witness.held, f"the locks of {[lock.name for lock in run.witness.held]} are held at the end")
    if run.wrong == IN_A_CALLBACK:
        yield Claim(not any(bucket.lock.taken for bucket in run.buckets), "a lock is waited for within a callback")


MISUSE_CLAIMS: dict[str, Claims] = {"ERR-2": is_said, "COH-5": nothing_is_done, "LCK-2": no_lock_is_held}
