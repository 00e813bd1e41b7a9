"""Paths through runs and through calls on ranges, run on shipped objects; and what is found where a path is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from itertools import islice
from typing import Any

import pytest

from tmem_proofs.claims import run_trees
from tmem_proofs.claims.range_calls import PAGES, RangeRun, run_range_call
from tmem_proofs.claims.run_trees import CASES, TreeRun, run_on_tree
from tmem_proofs.conformance.recorder import Fail
from tmem_proofs.engine.explorer import Path, explore
from tmem_proofs.engine.range_contracts import RangeContracts
from tmem_proofs.engine.slots import Slots
from tmem_proofs.prover import prove_scenario
from tmem_proofs.replay import range_paths
from tmem_proofs.replay import run_trees as run_paths
from tmem_proofs.replay.agree import ReplayError
from tmem_proofs.replay.calls import page_of
from tmem_proofs.replay.plain import NEW
from tmem_proofs.replay.range_calls import RangeCase
from tmem_proofs.replay.range_calls import replay as run_again
from tmem_proofs.replay.range_worlds import BATCH, OWN
from tmem_proofs.replay.run_cases import RunCase
from tmem_proofs.replay.templates import OID, POOL
from tmem_proofs.replay.worlds import Count, Meanwhile
from tmem_proofs.source import Code, Fault, load
from tmem_spec import Handle, Outcome
from tmem_spec.metadata import Callback
from tmem_spec.ranges import FlushRange, GetRange, PutRange
from tmem_spec.words import PERSISTENT

C, F, C_REFUSED, NF = Callback.CREATE, Callback.FREE, Callback.CREATE_REFUSED, Callback.OBJNODE_FREE
SAMPLE = 12  # of the paths of put_range every so many-th is replayed here; all are when it is proved


def trees(operation: str, code: Code | None = None) -> Iterator[TreeRun]:
    """Every path of a function of runs, at its end, from the greatest height on."""
    of, runs = load() if code is None else code, list[TreeRun]()
    for height in [height for name, height in CASES if name == operation]:
        for _ in explore(partial(_append, runs, partial(run_on_tree, operation, height), of)):
            yield runs[-1]


def _append(runs: list[TreeRun], run: Callable[[Path, Code], TreeRun], code: Code, path: Path) -> None:
    runs.append(run(path, code))


def ranges(call: str) -> Iterator[RangeRun]:
    """Every path of a call on a range, at its end."""
    code, runs = load(), list[RangeRun]()
    for _ in explore(lambda path: runs.append(run_range_call(call, path, code))):
        yield runs[-1]


@pytest.mark.parametrize(("operation", "height"), CASES)
def test_every_path_of_a_run_is_replayed(operation: str, height: int) -> None:
    """The run that proves an obligation of a run replays each of its paths."""
    explored = prove_scenario(operation, f"height {height}", ["ERR-2"])
    assert (explored.replayed, explored.disagreement) == (explored.paths, "")
    assert explored.paths > 0


@pytest.mark.parametrize("call", ["Tmem.get_range", "Tmem.flush_range"])
def test_every_path_of_a_range_is_replayed(call: str) -> None:
    """The run that proves an obligation of a call on a range replays each of its paths."""
    explored = prove_scenario(call, "any store", ["LCK-2"])
    assert (explored.replayed, explored.disagreement) == (explored.paths, "")
    assert explored.paths > 0


def test_paths_of_put_range_are_replayed() -> None:
    """So does that of put_range; here, as there are thousands, one of each dozen."""
    assert all(range_paths.replay(run) for run in islice(ranges("Tmem.put_range"), 0, None, SAMPLE))


def test_the_runs_are_not_the_simplest() -> None:
    """A leaf that is full, one cut in part, objnodes up to 11 for a new leaf, and no memory for its entry."""
    cut = [case for run in trees("cut") if (case := run_paths.concretise(run)) is not None]
    plant = [case for run in trees("plant") if (case := run_paths.concretise(run)) is not None]
    assert any(len(case.pages) >= 64 and len(case.answer) > 1 for case in cut)
    assert any(not case.answer for case in cut)
    assert max(case.nodes for case in plant) > 6
    assert any(case.entries is not None for case in plant)


def found_in(runs: Iterator[Any], replay: Callable[[Any], bool]) -> str:
    """What the first replay that disagrees says; empty, if none does."""
    for run in runs:
        try:
            replay(run)
        except ReplayError as error:
            return str(error)
    return ""


RUN_FAULTS = {
    "span": Fault("span", "_runs", "leaf.slots[slot : slot + count]", "leaf.slots[slot + 1 : slot + 1 + count]"),
    "fill": Fault("fill", "_runs", "    obj.pampd_count += more\n", ""),
    "plant": Fault("plant", "_runs", "leaf.slots_in_use = len(pampds)", "leaf.slots_in_use = 1"),
    "cut": Fault("cut", "_runs", "[*gone, pampd], unlinked", "[*gone], unlinked"),
}


@pytest.mark.parametrize("operation", RUN_FAULTS)
def test_paths_through_other_code_are_found(operation: str) -> None:
    """Of a function with a fault the paths are not what the shipped one does."""
    assert found_in(trees(operation, load(RUN_FAULTS[operation])), run_paths.replay)


def test_a_last_used_slot_that_is_overlooked_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A contract of `_last_used` that finds none, whatever there is, has paths that no tree has."""

    def overlooks(_path: object, slots: Slots, first: Any, last: Any) -> Any:
        assert slots[last] is None or slots[last] is not None  # found out, and forgotten
        return first - 1

    monkeypatch.setattr(run_trees, "_last_used", overlooks)
    assert found_in(trees("cut"), run_paths.replay)


def a_run(operation: str, wanted: Callable[[RunCase], bool]) -> RunCase:
    """A path of a run, in plain values."""
    cases = (run_paths.concretise(run) for run in trees(operation))
    return next(case for case in cases if case is not None and wanted(case))


def test_a_run_in_other_values_is_found() -> None:
    """What is said of a run, and is not so, is not passed over."""
    cut = a_run("cut", lambda case: len(case.answer) > 1)
    plant = a_run("plant", lambda case: case.entries is None)
    for right in (cut, plant):
        right.replay()
    for wrong in (
        replace(cut, answer=cut.answer[1:]),
        replace(cut, deleted=()),
        replace(cut, deleted=(cut.deleted[0] + 1,)),
        replace(cut, after=cut.before),
        replace(cut, before=replace(cut.before, pampd_count=cut.before.pampd_count + 1)),
        replace(plant, nodes=plant.nodes + 1),
        replace(plant, entries=0),
        replace(plant, answer=(NEW,)),
        replace(plant, after=plant.before),
    ):
        with pytest.raises(ReplayError):
            wrong.replay()


# Contracts that lie.


def _fill(honest: Any, self: Any, obj: Any, index: Any, pages: Any) -> None:
    honest(self, obj, index, pages)
    obj.pampd_count -= 1


def _cut(honest: Any, self: Any, obj: Any, index: Any, count: Any) -> Any:
    pampds, nodes = honest(self, obj, index, count)
    return pampds[1:], nodes


def _span(honest: Any, self: Any, obj: Any, index: Any, count: Any) -> Any:
    return [None, *honest(self, obj, index, count)[1:]]


def _has_leaf(honest: Any, self: Any, obj: Any, index: Any) -> bool:
    return not honest(self, obj, index)


def _create_all(honest: Any, self: Any, *arguments: Any) -> Any:
    pampds, _ = honest(self, *arguments)
    return pampds, None


def _read_all(honest: Any, self: Any, *arguments: Any) -> Any:
    pages, _ = honest(self, *arguments)
    return pages, None


def _put(honest: Any, self: Any, *arguments: Any) -> bool:
    return not honest(self, *arguments)


def _nothing(_honest: Any, _self: Any, _obj: Any) -> None:
    return None


LIES = {
    "fill forgets a count": ("fill", _fill, "Tmem.put_range", "counts"),
    "cut hands out one page less": ("cut", _cut, "Tmem.flush_range", "callbacks"),
    "span misses a page": ("span", _span, "Tmem.get_range", "answers"),
    "has_leaf is wrong": ("has_leaf", _has_leaf, "Tmem.get_range", ""),
    "create_all swallows": ("create_all", _create_all, "Tmem.put_range", "how it ends"),
    "read_all swallows": ("read_all", _read_all, "Tmem.get_range", ""),
    "put says the contrary": ("put", _put, "Tmem.put_range", "answers"),
    "leaves without a page": ("_believe_leaves", _nothing, "Tmem.put_range", "no template"),
}


@pytest.mark.parametrize(("name", "lie", "call", "said"), LIES.values(), ids=LIES)
def test_a_contract_that_lies_is_found(
    name: str, lie: Callable[..., Any], call: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stand-in that does not do what the shipped function does has paths that no shipped store has."""
    honest = getattr(RangeContracts, name)
    monkeypatch.setattr(RangeContracts, name, lambda self, *arguments: lie(honest, self, *arguments))
    rests = (run for run in ranges(call) if name in run.path.rests)
    found = found_in(rests if name in RangeContracts.stand_ins else ranges(call), range_paths.replay)
    assert found
    assert said in found


# Cases.

FIRST, SECOND = ((OID, 69), (OID, 70))
REFUSED = RangeCase(
    call=PutRange(Handle(POOL, *FIRST), PAGES),
    hosts=OWN,
    flags=PERSISTENT,
    frozen=False,
    stored=(FIRST, SECOND),
    failures=(Fail("create", 1),),
    meanwhile=Meanwhile.NOTHING,
    performed=(),
    ended=Outcome.DONE,
    passed_on=None,
    answers=(True, False),
    callbacks=(F, F, C, C_REFUSED),
    left=((FIRST, PAGES[0]),),
    counts=(Count(OID, 1, 2),),
)
RAISED = replace(
    REFUSED,
    failures=(Fail("create", 0, raises=True), Fail("create", 1, raises=True), Fail("objnode_free", 1, raises=True)),
    ended=Outcome.RAISED,
    passed_on=0,
    answers=(),
    callbacks=(F, F, C_REFUSED, C_REFUSED, NF, NF, Callback.OBJ_FREE),
    left=(),
    counts=(),
)
READ = replace(
    REFUSED,
    call=GetRange(Handle(POOL, *FIRST), 3),
    failures=(),
    answers=(page_of(Handle(POOL, *FIRST)), page_of(Handle(POOL, *SECOND)), None),
    callbacks=(Callback.GET_DATA, Callback.GET_DATA),
    left=tuple((place, page_of(Handle(POOL, *place))) for place in (FIRST, SECOND)),
    counts=(Count(OID, 2, 2),),
)
FLUSHED = replace(
    READ,
    call=FlushRange(Handle(POOL, *FIRST), 3),
    answers=(True, True, False),
    callbacks=(F, F, NF, NF, Callback.OBJ_FREE),
    left=(),
    counts=(),
)
GONE = replace(
    READ, meanwhile=Meanwhile.DESTROYED, ended=Outcome.REJECTED, answers=(), callbacks=(), left=(), counts=()
)


@pytest.mark.parametrize("hosts", [OWN, BATCH])
@pytest.mark.parametrize("case", [REFUSED, RAISED, READ, FLUSHED, GONE])
def test_a_case_that_the_objects_agree_with_passes(case: RangeCase, hosts: str) -> None:
    """The cases that the next test changes are right as they stand, with a PAM that takes runs, too."""
    run_again(replace(case, hosts=hosts))


WRONG = {
    "answers": replace(REFUSED, answers=(True, True)),
    "fewer answers": replace(READ, answers=READ.answers[:2]),
    "page": replace(READ, answers=(b"another", *READ.answers[1:])),
    "failure": replace(REFUSED, failures=(Fail("create", 0),)),
    "callbacks": replace(FLUSHED, callbacks=FLUSHED.callbacks[:-1]),
    "page left": replace(REFUSED, left=((FIRST, PAGES[1]),)),
    "page gone": replace(READ, left=READ.left[:1]),
    "counts": replace(REFUSED, counts=(Count(OID, 2, 2),)),
    "exception": replace(RAISED, passed_on=1),
    "end": replace(RAISED, ended=Outcome.DONE),
    "stored": replace(REFUSED, stored=(FIRST,)),
    "frozen": replace(REFUSED, frozen=True),
    "alive": replace(GONE, meanwhile=Meanwhile.NOTHING),
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_a_case_that_the_objects_disagree_with_is_found(wrong: RangeCase) -> None:
    """A path that claims something else of the state, of the environment or of the result is not passed over."""
    with pytest.raises(ReplayError):
        run_again(wrong)
