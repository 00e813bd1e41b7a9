"""A counterexample as a program: the calls of a refuted path, written as a pytest function that a person can run.

The function makes the calls to a store from its beginning, through the public interface, with a host and a PAM that
fail where they failed on the path, and asserts that nothing is wrong: so it fails where the refutation is real.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass

from tmem_proofs.conformance.recorder import Fail
from tmem_proofs.results import Obligation
from tmem_proofs.source import Algorithm
from tmem_spec import Handle, named
from tmem_spec.calls import (
    Call,
    FlushObject,
    FlushPage,
    Get,
    NewPool,
    Put,
    Reclaim,
)
from tmem_spec.ranges import FlushRange, GetRange, PutRange, RangeCall
from tmem_spec.words import EPHEMERAL, PERSISTENT, SHARED

# Why a refuted path is no example.
NO_CALL = "this is a step on the way, which is no call of its own"
NO_CODE = "this is about the specification, and about no code"
NO_STORE = "no store was found from which the call goes like this"
MIXED = "its host is a caller's and its PAM that of the package: a test has both of one or of the other"
BESIDE = "it takes another thread, or memory that runs out, at one moment of the call"

WIDTH = 120
GONE, POOL, OTHER = range(3)  # the ids of a pool that is destroyed, of the one that calls name, and of another
KINDS = {EPHEMERAL: "EPHEMERAL", PERSISTENT: "PERSISTENT", SHARED: "SHARED"}


@dataclass(frozen=True, slots=True)
class Example:
    """A history in plain values: a pool, what is put there first, and the call that is about to go wrong.

    call      names the pool as `POOL`
    stored    oid and index of each page that is put first: `page_of` the index, if all are of one object
    frozen    whether the pool is then frozen
    failures  what fails in the call
    plain     whether host and PAM are those of the package
    """

    call: Call | RangeCall
    flags: int
    stored: tuple[tuple[int, int], ...]
    frozen: bool = False
    failures: tuple[Fail, ...] = ()
    plain: bool = False


def page_of(index: int) -> bytes:
    """The page that is put at an index before the call."""
    return b"page %d" % index


def source_of(example: Example, obligation: Obligation, algorithm: Algorithm = Algorithm.SHIPPED) -> str:
    """The source of a module with one test."""
    function = "\n".join(_function(example, obligation, algorithm))
    title = f'"""A counterexample to {obligation.name}, found by `tmem prove`."""'
    return "\n".join([title, "", "from __future__ import annotations", "", *_imports(function), "", "", function, ""])


# Where each name is from that a test may use.
_MODULES = {
    "tmem": ("EPHEMERAL", "PERSISTENT", "SHARED"),
    "tmem_proofs.conformance.judged": ("JudgedStore",),
    "tmem_proofs.conformance.published_store": ("PublishedTmem",),
    "tmem_proofs.conformance.recorder": ("Fail",),
    "tmem_spec": ("Handle",),
    "tmem_spec.calls": (
        "DestroyPool",
        "FlushObject",
        "FlushPage",
        "FlushPool",
        "Freeze",
        "Get",
        "NewPool",
        "Put",
        "Reclaim",
        "Thaw",
    ),
    "tmem_spec.ranges": ("FlushRange", "GetRange", "PutRange"),
}


def _imports(function: str) -> Iterator[str]:
    used = set(re.findall(r"\w+", function))
    for module, names in _MODULES.items():
        wanted = [name for name in names if name in used]
        if wanted:
            yield f"from {module} import {', '.join(wanted)}"


def _function(example: Example, obligation: Obligation, algorithm: Algorithm) -> Iterator[str]:
    yield f"def {obligation.test_name}() -> None:"
    sentence = f'"""{obligation.invariant}: {named(obligation.invariant).sentence}'
    lines = textwrap.wrap(sentence, WIDTH - 7)
    yield from textwrap.indent("\n".join(lines) + ('"""' if len(lines) == 1 else '\n"""'), "    ").split("\n")
    kinds = ["PublishedTmem"] if algorithm is Algorithm.PUBLISHED else []
    yield f"    store = JudgedStore({', '.join([*kinds, *(['host_and_pam=None'] if example.plain else [])])})"
    yield from _pools(example)
    yield from _puts(example)
    if example.frozen:
        yield "    store.make(Freeze(pool))"
    make = "make_range" if isinstance(example.call, RangeCall) else "make"
    yield f"    store.{make}({', '.join([_call(example.call), *map(_fail, example.failures)])})"
    yield "    store.assert_nothing_wrong()"


def _pools(example: Example) -> Iterator[str]:
    """The pool; before it one that is destroyed, and after it another, if the call names none that is there."""
    makes = f"    pool = store.new_pool({KINDS[example.flags]})"
    if isinstance(example.call, NewPool) or _pool_of(example.call) == POOL:
        yield makes
        return
    yield "    gone = store.new_pool(EPHEMERAL)"
    yield "    store.make(DestroyPool(gone))"
    yield makes
    yield f"    {'other = ' if _pool_of(example.call) == OTHER else ''}store.new_pool(EPHEMERAL)"


def _puts(example: Example) -> Iterator[str]:
    """The puts before the call."""
    oids = list(dict.fromkeys(oid for oid, _ in example.stored))
    for oid in oids:
        page = "page %d" if len(oids) == 1 else f"page %d of object {oid:#x}"
        indexes = [index for owner, index in example.stored if owner == oid]
        if len(indexes) == 1:
            yield f'    store.make(Put(Handle(pool, {_number(oid)}, {_number(indexes[0])}), b"{page % indexes[0]}"))'
        else:
            yield from _loop(indexes)
            yield f'        store.make(Put(Handle(pool, {_number(oid)}, index), b"{page}" % index))'


def _loop(indexes: list[int]) -> Iterator[str]:
    loop = f"    for index in ({', '.join(map(_number, indexes))}):"
    if len(loop) <= WIDTH:
        yield loop
    else:
        yield from ["    for index in (", *(f"        {_number(index)}," for index in indexes), "    ):"]


def _call(call: Call | RangeCall) -> str:
    return f"{type(call).__name__}({', '.join(_arguments(call))})"


def _arguments(call: Call | RangeCall) -> list[str]:
    match call:
        case Put(handle, page):
            return [_handle(handle), _bytes(page)]
        case Get(handle, exclusive):
            return [_handle(handle), *(["exclusive=True"] if exclusive else [])]
        case FlushPage(handle):
            return [_handle(handle)]
        case Reclaim(handle, names_held):
            return [_handle(handle), f"names_held={names_held}"]
        case PutRange(handle, pages):
            return [_handle(handle), _pages(pages)]
        case GetRange(handle, count) | FlushRange(handle, count):
            return [_handle(handle), _number(count)]
        case NewPool(flags):
            return [KINDS.get(flags, _number(flags))]
        case _:
            return [_pool(call.pool), *([_number(call.oid)] if isinstance(call, FlushObject) else [])]


def _pool_of(call: Call | RangeCall) -> int | None:
    """The pool that a call names."""
    if isinstance(call, NewPool):
        return None
    return call.handle.pool if isinstance(call, Put | Get | FlushPage | Reclaim | RangeCall) else call.pool


def _pool(number: int) -> str:
    return {GONE: "gone", POOL: "pool", OTHER: "other"}.get(number, _number(number))


def _handle(handle: Handle) -> str:
    return f"Handle({_pool(handle.pool)}, {_number(handle.oid)}, {_number(handle.index)})"


def _number(number: int) -> str:
    """In hexadecimal, if it is longer than an index can be."""
    return str(number) if abs(number) < 1 << 32 else f"{number:#x}"


def _fail(fail: Fail) -> str:
    nth = f", {fail.nth}" if fail.nth else ""
    return f'Fail("{fail.callback}"{nth}{", raises=True" if fail.raises else ""})'


def _pages(pages: tuple[bytes, ...]) -> str:
    return f"({', '.join(map(_bytes, pages))}{',' if len(pages) == 1 else ''})"


def _bytes(page: bytes) -> str:
    return f'b"{page.decode("ascii")}"'
