"""Mutants made by hand: every fault that the tests of the proofs know, and the bugs of others that they stand for.

`BUGS` are the defects of the published code (D1 to D19), and bugs that real implementations of tmem had and mended.
What cannot be made in this code, because what it was about is not there, is in `WITHOUT`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from tmem_proofs.mutants.mutant import PREFIXES, Mutant, Text, functions_in, texts
from tmem_proofs.source import Fault

BY_HAND = "by hand, "

# A bug, and the faults that stand for it.
BUGS: dict[str, tuple[str, ...]] = {
    "D1: an error of get_data is taken for data": ("a failing get_data gives an empty page",),
    "D2: the naive repair of D1 leaks the page": ("an error of get_data is raised before the page is dropped",),
    "D3: a put that fails leaves objnodes behind": ("an objnode is linked before the page is there",),
    "D4: heights stay": ("delete does not shrink", "an emptied tree keeps its height"),
    "D5: a duplicate put may need memory": ("a duplicate gives its objnodes back and asks for them again",),
    "D9: a destroyed pool is not disabled, and can be destroyed twice": (
        "a destroyed pool is not marked",
        "a pool may be destroyed twice",
    ),
    "D19: whether a pool is shared is never read": (
        "a get of a shared page removes it",
        "a get from a shared pool removes",
    ),
    "oids are compared wrongly": ("oids hash to nine bits", "objects go in the opposite order"),
    "a put reports success after running out of memory": (
        "a put to a known object that is refused says stored",
        "a put over a page says stored and stores nothing",
    ),
    "two objects of one oid": ("a put to another index of an object makes a second object",),
    "a lock is kept on the way out of an error": (
        "put keeps its lock",
        "flush_object keeps its lock when the pool is destroyed",
    ),
    "a double free": ("an emptied objnode is handed back twice",),
    "counters change on one way only": ("insert forgets pampd_count", "delete forgets the objnodes it unlinks"),
    "a pool id is not checked": ("an unknown pool is another's",),
    "what is gone through is erased meanwhile": ("objects are struck out of what is gone through",),
    "operations succeed on a dying pool": (
        "a put asks no pool whether it is alive",
        "flush_object asks no pool whether it is alive",
    ),
    "a duplicate that fails leaves the stale page": (
        "a refused duplicate keeps the old page",
        "a refused put over a page leaves that page",
    ),
    "an error of decompression is ignored": ("an exception of get_data is swallowed",),
    "locks are taken in two orders": ("the locks of all buckets are taken at once",),
    "a get that fails leaves an object without a page": ("a get forgets the object that it has emptied",),
    "a slot is cleared without the count": ("a slot is cleared without the count",),
    "a tree never empties after inserts that failed": ("a refused put keeps its obj",),
}

WITHOUT: dict[str, str] = {
    "no client is checked": "there are no clients: a store belongs to whoever made it",
    "references to shared pools are counted wrongly": "there are no references to count: a pool is its id",
}


def mutants(package: str, faults: Iterable[Fault]) -> Iterator[Mutant]:
    """The mutants that faults make, in their order; those of one name are numbered, the same change is made once."""
    named: Counter[str] = Counter()
    seen: set[tuple[str, str]] = set()
    sources = texts(package)
    bugs = {name: bug for bug, names in BUGS.items() for name in names}
    for fault in faults:
        text = sources[fault.module]
        changed = fault.module, fault.put_into(text.source)
        if changed in seen:
            continue
        seen.add(changed)
        line = text.line_of(_changed_at(text.source, changed[1]))
        told = f"{PREFIXES[package]}{_function_at(fault.module, text, line)}: {BY_HAND}{fault.name}"
        named[told] += 1
        name = told if named[told] == 1 else f"{told} ({named[told]})"
        yield Mutant(name, package, told.partition(":")[0], line, fault, bugs.get(fault.name, ""))


def _changed_at(old: str, new: str) -> int:
    """The first character that differs."""
    return next(at for at, (one, other) in enumerate(zip(old, new, strict=False)) if one != other)


def _function_at(module: str, text: Text, line: int) -> str:
    """The function that a line is in, or else the module."""
    for name, node in functions_in(text):
        if node.lineno <= line <= (node.end_lineno or node.lineno):
            return f"{module}.{name}"
    return module
