"""The command `tmem exhaustive`."""

from __future__ import annotations

import sys
import time
from argparse import Namespace
from collections.abc import Iterator, Sequence

from tmem_proofs.exhaustive import counts, story
from tmem_proofs.exhaustive.calls import DROPS
from tmem_proofs.exhaustive.scope import BUCKETS, KINDS, Scope, ScopeError
from tmem_proofs.exhaustive.search import Found, search
from tmem_proofs.exhaustive.shapes import shapes
from tmem_proofs.progress import counted
from tmem_proofs.results import Exit, UsageError
from tmem_proofs.source import Code, load, load_published

# High trees, and beside that objects which share a bucket.
SCOPES = (Scope(fan_out=2, indexes=8), Scope(fan_out=2, indexes=2, objects=2))

_HEAD = f"{'scope':34}{'states':>10}{'transitions':>14}{'that fail':>12}{'patterns':>10}{'seconds':>9}"


def run(options: Namespace) -> int:
    """Search the scopes asked for, up to the first that does not pass; gives the exit status."""
    scopes = _scopes(options)
    if options.published:
        return _compare_shapes(scopes[0])
    code = load()
    kinds = ", ".join(KINDS.values())
    _say(f"every call, but for ranges, in every state of one pool ({kinds}); each callback granted, refused or raising")
    _say(_HEAD)
    for scope in scopes:
        status = _search(code, scope)
        if status is not Exit.PROVED:
            return status
    _say("each transition is as specified, and there are as many as the canonical law makes of these bounds")
    return Exit.PROVED


def _scopes(options: Namespace) -> Sequence[Scope]:
    """The scopes by default, or the one that the options describe. Raises UsageError."""
    names = ("fan_out", "indexes", "objects", "raising")
    given = {name: getattr(options, name) for name in names if getattr(options, name) is not None}
    if options.published and not given.keys().isdisjoint({"objects", "raising"}):
        raise UsageError("--published is about one object, and refusals: --objects and --raising mean nothing to it")
    try:
        return (Scope(**given),) if given else SCOPES
    except ScopeError as error:
        raise UsageError(str(error)) from None


def _search(code: Code, scope: Scope) -> Exit:
    """One scope: its line, and what is wrong in it."""
    started = time.perf_counter()
    with counted(str(scope), counts.all_states(scope).total()) as count:
        found = search(code, scope, told=count)
    _say(_line(found, time.perf_counter() - started))
    _say(f"    {_bounds(scope)}")
    for divergence in found.divergences:
        confirmed = story.happens(found.scaled, divergence)
        sys.stdout.writelines(f"{line}\n" for line in story.told(scope, divergence, confirmed=confirmed))
    if found.divergences:
        return Exit.REFUTED
    missed = list(missing(found))
    sys.stdout.writelines(f"{line}\n" for line in missed)
    return Exit.UNDECIDED if missed else Exit.PROVED


def missing(found: Found) -> Iterator[str]:
    """Where a search of sources that nothing refutes met other numbers than the canonical law makes of its bounds."""
    scope = found.scaled.scope
    due = counts.all_states(scope), counts.all_transitions(scope, found.scaled.spec)
    for what, met, expected in zip(("states", "transitions"), (found.states, found.transitions), due, strict=True):
        for name in sorted(met.keys() | expected.keys()):
            if met[name] != expected[name]:
                yield f"{scope}: met {met[name]} {what} of {name}, expected {expected[name]}"


def _line(found: Found, seconds: float) -> str:
    states, transitions, failing = found.states.total(), found.transitions.total(), found.failing.total()
    return f"{found.scaled.scope!s:34}{states:10,}{transitions:14,}{failing:12,}{len(found.patterns):10,}{seconds:9.1f}"


def _bounds(scope: Scope) -> str:
    """What bounds a scope, but for what its name says."""
    oids = ", ".join(map(str, scope.oids))
    most = f"at most {scope.raising} of the frees in one {' or '.join(DROPS)} raising"
    return f"oid {oids}, in one of {BUCKETS} buckets; height up to {scope.max_height}; {most}"


def _compare_shapes(scope: Scope) -> Exit:
    """How many shapes a tree comes to, by either algorithm, and how many of them the law does not know."""
    unlawful = {}
    for name, code in (("shipped", load()), ("published", load_published())):
        found = shapes(code, scope)
        unlawful[name] = list(found.values()).count(False)
        _say(f"{name:10} {len(found):6,} shapes, {unlawful[name]:6,} beside the canonical law, at {scope}")
    return Exit.REFUTED if unlawful["shipped"] else Exit.PROVED


def _say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
