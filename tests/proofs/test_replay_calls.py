"""Paths of the calls on the store, run on shipped objects: a real store, real failures, and other threads between."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from support import faulty_stores as faulty
from tmem import Tmem
from tmem_proofs.claims.calls import CALLS, PAGE, run_call
from tmem_proofs.conformance.driver import Driver
from tmem_proofs.conformance.recorder import Fail, Recorder
from tmem_proofs.engine.explorer import Path, explore
from tmem_proofs.engine.solver import Solver
from tmem_proofs.engine.symbolic import SymbolicInt, as_fact
from tmem_proofs.prover import prove_scenario
from tmem_proofs.replay import templates
from tmem_proofs.replay.agree import ReplayError
from tmem_proofs.replay.calls import CallCase, concretise
from tmem_proofs.replay.calls import replay as run_again
from tmem_proofs.replay.templates import NEIGHBOUR, OID, POOL, POOLS_MADE
from tmem_proofs.replay.values import values_with
from tmem_proofs.replay.worlds import Count, Meanwhile
from tmem_proofs.source import load
from tmem_spec import Handle, Outcome
from tmem_spec.calls import DestroyPool, FlushPage, Get, NewPool, Put
from tmem_spec.metadata import Callback
from tmem_spec.words import EPHEMERAL, PERSISTENT, SHARED

OA, OF, NA, NF = Callback.OBJ_ALLOC, Callback.OBJ_FREE, Callback.OBJNODE_ALLOC, Callback.OBJNODE_FREE
C, F, C_REFUSED, NA_REFUSED = Callback.CREATE, Callback.FREE, Callback.CREATE_REFUSED, Callback.OBJNODE_ALLOC_REFUSED
FEWEST = 300  # paths of all calls: were there far fewer, something would not be explored


def runs(call: str) -> Iterator[Any]:
    """Every path of a call, at its end."""
    code, found = load(), []
    for _ in explore(lambda path: found.append(run_call(call, path, code))):
        yield found[-1]


@cache
def cases(call: str) -> list[CallCase]:
    """Every path of a call in plain values."""
    found = [concretise(run) for run in runs(call)]
    return [case for case in found if case is not None]


@pytest.mark.parametrize("call", CALLS)
def test_every_path_that_can_be_taken_is_replayed(call: str) -> None:
    """The run that proves an obligation replays each path that has a witness, and takes no path more for it."""
    taken = [run.path.witness() is not None for run in runs(call)]
    explored = prove_scenario(call, "any store", ["COH-5"])
    assert explored.paths == len(taken)
    assert explored.replayed == sum(taken) > 0


def test_there_are_many_paths() -> None:
    """All calls together have some hundreds of ways to go, each with a real store of its own."""
    assert sum(len(cases(call)) for call in CALLS) >= FEWEST


def test_the_real_stores_are_not_the_simplest() -> None:
    """A put of 11 objnodes, one refused the last of them, an object drained leaf by leaf, pools of every kind."""
    every = [case for call in CALLS for case in cases(call)]
    assert any(case.callbacks.count(NA) == 11 and case.outcome is Outcome.STORED for case in every)
    assert any(case.callbacks.count(NA) == 10 and NA_REFUSED in case.callbacks for case in every)
    assert any(case.callbacks.count(NF) == 11 and case.outcome is Outcome.DONE for case in every)
    assert any(len(case.failures) > 2 for case in every)
    assert {case.flags for case in every} == {EPHEMERAL, PERSISTENT, SHARED}
    assert {case.meanwhile for case in every} == set(Meanwhile)
    assert any(case.frozen for case in every)


STORED = CallCase(
    call=Put(Handle(POOL, OID, 64), PAGE),
    flags=PERSISTENT,
    frozen=False,
    stored=((NEIGHBOUR, 5), (OID, 0)),
    failures=(),
    meanwhile=Meanwhile.NOTHING,
    outcome=Outcome.STORED,
    made=None,
    passed_on=None,
    callbacks=(NA, NA, NA, C),
    left=frozenset({(NEIGHBOUR, 5), (OID, 0), (OID, 64)}),
    counts=(Count(OID, 2, 3),),
)
KEPT = frozenset(STORED.stored)
REFUSED = replace(
    STORED,
    failures=(Fail("create"),),
    outcome=Outcome.REFUSED,
    callbacks=(NA, NA, NA, C_REFUSED, NF, NF, NF),
    left=KEPT,
    counts=(Count(OID, 1, 0),),
)
RAISED = replace(
    REFUSED,
    failures=(Fail("create", raises=True), Fail("objnode_free", 1, raises=True)),
    outcome=Outcome.RAISED,
    passed_on=0,
)
NO_MEMORY = replace(
    STORED,
    stored=((NEIGHBOUR, 5),),
    meanwhile=Meanwhile.NO_MEMORY,
    outcome=Outcome.RAISED,
    passed_on=0,
    callbacks=(OA, NA, NA, C, F, NF, NF, OF),
    left=frozenset({(NEIGHBOUR, 5)}),
    counts=(),
)
FLUSHED = replace(
    STORED,
    call=FlushPage(Handle(POOL, OID, 0)),
    outcome=Outcome.DONE,
    callbacks=(F, OF),
    left=frozenset({(NEIGHBOUR, 5)}),
    counts=(),
)
HIT = replace(
    STORED, call=Get(Handle(POOL, OID, 0)), outcome=Outcome.HIT, callbacks=(Callback.GET_DATA,), left=KEPT, counts=()
)
GONE = replace(HIT, meanwhile=Meanwhile.DESTROYED, outcome=Outcome.REJECTED, callbacks=(), left=frozenset())
DESTROYED = replace(
    STORED,
    call=DestroyPool(POOL),
    outcome=Outcome.DONE,
    callbacks=(F, NF, OF, F, OF),
    left=frozenset(),
    counts=(),
)
STRUCK_OUT = replace(GONE, call=DestroyPool(POOL), meanwhile=Meanwhile.STRUCK_OUT)
MADE = replace(STORED, call=NewPool(SHARED), outcome=Outcome.DONE, made=POOLS_MADE, callbacks=(), left=KEPT, counts=())
FROZEN = replace(STORED, frozen=True, outcome=Outcome.REFUSED, callbacks=(), left=KEPT, counts=(Count(OID, 1, 0),))
RIGHT = {
    "stored": STORED,
    "refused": REFUSED,
    "raised": RAISED,
    "no memory": NO_MEMORY,
    "flushed": FLUSHED,
    "hit": HIT,
    "gone": GONE,
    "destroyed": DESTROYED,
    "struck out": STRUCK_OUT,
    "made": MADE,
    "frozen": FROZEN,
}


@pytest.mark.parametrize("case", RIGHT.values(), ids=RIGHT)
def test_a_case_that_the_objects_agree_with_passes(case: CallCase) -> None:
    """The cases that the next tests change are right as they stand."""
    run_again(case)


WRONG = {
    "outcome": replace(REFUSED, outcome=Outcome.STORED),
    "callbacks": replace(REFUSED, callbacks=REFUSED.callbacks[:-1]),
    "order of callbacks": replace(NO_MEMORY, callbacks=(OA, NA, NA, C, NF, NF, F, OF)),
    "failures": replace(REFUSED, failures=()),
    "which failure": replace(RAISED, failures=(Fail("objnode_alloc", raises=True),)),
    "exception": replace(RAISED, passed_on=1),
    "no exception": replace(RAISED, passed_on=None),
    "page left": replace(FLUSHED, left=KEPT),
    "page gone": replace(REFUSED, left=frozenset({(NEIGHBOUR, 5)})),
    "page there": replace(STORED, left=KEPT),
    "pampd_count": replace(STORED, counts=(Count(OID, 3, 3),)),
    "objnode_count": replace(STORED, counts=(Count(OID, 2, 2),)),
    "object": replace(FLUSHED, counts=(Count(OID, 1, 0),)),
    "stored": replace(STORED, stored=((OID, 0), (OID, 1))),
    "flags": replace(HIT, flags=EPHEMERAL),
    "frozen": replace(FROZEN, frozen=False),
    "alive": replace(GONE, meanwhile=Meanwhile.NOTHING),
    "in the table": replace(STRUCK_OUT, meanwhile=Meanwhile.NOTHING),
    "memory": replace(NO_MEMORY, meanwhile=Meanwhile.NOTHING),
    "pool made": replace(MADE, made=POOL),
    "no pool made": replace(MADE, made=None),
    "crash": replace(STORED, outcome=None),
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_a_case_that_the_objects_disagree_with_is_found(wrong: CallCase) -> None:
    """A path that claims something else of the state, of the environment or of the result is not passed over."""
    with pytest.raises(ReplayError):
        run_again(wrong)


FAULTS: dict[str, tuple[type[Tmem], CallCase, str]] = {
    "lock kept": (faulty.KeepsLock, STORED, "locks held on the shipped objects: .'bucket 181 of pool 1'"),
    "table kept": (faulty.KeepsTable, STORED, "locks held on the shipped objects: .'the table of pools'"),
    "broken count": (faulty.Miscounts, STORED, "after the call: CNT-1"),
    "another callback": (faulty.AsksMore, STORED, "callbacks on the shipped objects"),
    "another object": (faulty.DropsNeighbours, STORED, "OWN-2"),
    "another pool": (faulty.DropsElsewhere, STORED, "OWN-2"),
    "exception of its own": (faulty.Crashes, STORED, "raises KeyError"),
    "no exception": (faulty.Swallows, RAISED, "ERR-2"),
    "wrong exception": (faulty.Replaces, RAISED, "ERR-2"),
    "no memory, no exception": (faulty.Swallows, NO_MEMORY, "ERR-2"),
    "page left behind": (faulty.KeepsPage, FLUSHED, "violations by FlushPage.*CNT-1"),
    "destroyed twice": (faulty.DestroysTwice, STRUCK_OUT, "violations by DestroyPool.*POOL-1"),
    "not frozen": (faulty.Thaws, FROZEN, "violations by Put.*POOL-4"),
    "kind of pool": (faulty.MakesPrivate, MADE, "violations by Get.handle=Handle.pool=3"),
}


@pytest.mark.parametrize(("kind", "case", "found"), FAULTS.values(), ids=FAULTS)
def test_a_store_that_does_something_else_is_found(kind: type[Tmem], case: CallCase, found: str) -> None:
    """The store of a case that is right, with a fault: what it does is not what the path did."""
    recorder = Recorder()
    with pytest.raises(ReplayError, match=found):
        run_again(case, Driver(recorder, kind(host=recorder, pam=recorder)))


@pytest.mark.parametrize(
    ("recorder", "case"), [(faulty.Leaks(), FLUSHED), (faulty.Reorders(), STORED)], ids=["leak", "order"]
)
def test_a_host_that_saw_something_else_is_found(recorder: Recorder, case: CallCase) -> None:
    """What the host owns, and the order in which it was called, are held against the path."""
    with pytest.raises(ReplayError):
        run_again(case, Driver(recorder))


def test_a_path_that_no_template_fits_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the templates of handles, a path through a put is not passed over: what it needs is said."""
    monkeypatch.setattr(templates, "HANDLES", ())
    with pytest.raises(ReplayError, match=r"no template for a path of Tmem\.put.*oid < 0"):
        cases.__wrapped__("Tmem.put")


def test_a_path_that_nothing_can_take_is_no_case() -> None:
    """Where what is known of a path contradicts itself, there is nothing to replay, and no template is missed."""
    every = runs("Tmem.flush_page")  # which is kept: a path is on its way as long as its exploration is
    run = next(run for run in every if run.answer.outcome is Outcome.DONE)
    assert concretise(run) is not None
    run.path.knowledge.learn(as_fact(run.path.terms, run.oid + run.index == -1))
    assert concretise(run) is None


def test_values_that_facts_do_not_name_are_the_solver_s() -> None:
    """Facts that name a value are taken at their word; where that does not do, the solver finds others, or none."""
    path = Path(Solver())
    one, other = (SymbolicInt(path, path.terms.unknown(name, 0, 9)) for name in ("one", "other"))
    four, more, less = (as_fact(path.terms, claim) for claim in (one == 4, one + other > 11, one + other < 5))
    named, found = values_with(path, [four, less]), values_with(path, [four, more])
    assert named is not None
    assert found is not None
    assert (named[one.term], named[other.term]) == (4, 0)
    assert (found[one.term], found[other.term] > 7) == (4, True)
    assert values_with(path, [more, less]) is None
