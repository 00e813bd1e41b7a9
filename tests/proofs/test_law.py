"""The canonical law, proved of all sets of indexes: that can fail, too, in the law and in what is said of sets."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.specification import specification_with
from tmem_proofs.claims.law_cases import LAW_CASES
from tmem_proofs.claims.machine_steps import MACHINE
from tmem_proofs.engine.explorer import Infeasible, Path, explore
from tmem_proofs.engine.sets import AnySet, WithIndex, WithoutIndex
from tmem_proofs.prover import obligations, prove_scenario
from tmem_proofs.refuted import Refuted
from tmem_proofs.replay.law_sets import changed
from tmem_proofs.results import Explored, Result, Verdict
from tmem_proofs.source import Fault
from tmem_proofs.spec_faults import LAW_FAULTS
from tmem_spec import law
from tmem_spec.words import max_index

OF_SETS = [one for one in LAW_CASES if one.operation not in {"tree", "prefix"}]


def proved(operation: str, case: str) -> Explored:
    """What becomes of everything that is claimed of a case."""
    one = next(one for one in LAW_CASES if (one.operation, one.case) == (operation, case))
    return prove_scenario(f"{MACHINE}{operation}", case, list(one.claims))


@cache
def with_fault(fault: Refuted) -> Result:
    """What becomes of the obligation named for a fault of the specification."""
    with specification_with(fault.fault):
        return prove_scenario(fault.by.operation, fault.by.case, [fault.by.invariant]).results[0]


@pytest.mark.parametrize("one", LAW_CASES, ids=lambda one: f"{one.operation} {one.case}")
def test_the_law_is_proved(one: Any) -> None:
    """Each claim on arbitrary sets and trees is proved; of sets, every path is that of a real set and a real store."""
    explored = proved(one.operation, one.case)
    assert [result.verdict for result in explored.results] == [Verdict.PROVED] * len(one.claims)
    assert explored.replayed == (explored.paths if one in OF_SETS else 0)
    assert not explored.disagreement


@pytest.mark.parametrize("fault", LAW_FAULTS, ids=lambda refuted: f"{refuted.by.operation}: {refuted.fault.name}")
def test_a_fault_of_the_law_is_refuted(fault: Refuted) -> None:
    """The obligation named for the fault refutes it, with a story in numbers."""
    assert fault.by in obligations()
    result = with_fault(fault)
    assert result.verdict is Verdict.REFUTED
    assert "\nfound: " in result.story


def test_every_invariant_claimed_of_the_law_refutes_a_fault() -> None:
    """No invariant is claimed of the law that has never been seen to fail."""
    claimed = {invariant for one in LAW_CASES for invariant in one.claims}
    assert claimed == {refuted.by.invariant for refuted in LAW_FAULTS}


def test_the_dearest_put_is_found() -> None:
    """That a put may need 11 objnodes is no estimate: said to be 10, it is refuted by a put that needs 11."""
    fault = next(one for one in LAW_FAULTS if one.fault.name == "a put may ask for 10 objnodes")
    story = with_fault(fault).story
    assert "set with the index: [0, 4294967295], and any others\n  height 6\n  11 objnodes\n" in story


QUESTIONS = [
    (Fault("largest", "law", "max(indexes, default=0)", "min(indexes, default=0)"), "height", "removing"),
    (
        Fault("prefixes", "law", "len({prefix(index, level) for index in indexes})", "len(indexes)"),
        "distinct_prefixes",
        "inserting",
    ),
]


@pytest.mark.parametrize(("fault", "operation", "case"), QUESTIONS, ids=[fault.name for fault, *_ in QUESTIONS])
def test_what_the_law_asks_of_a_set_is_asked_of_real_ones(fault: Fault, operation: str, case: str) -> None:
    """Two functions of the law are not run on arbitrary sets: contracts stand for them, and real sets contradict."""
    with specification_with(fault):
        explored = proved(operation, case)
    assert explored.disagreement.startswith("ReplayError: ")


LAST = max_index(6)
BOUNDARIES = [*range(3), *(max_index(height) + step for height in range(1, 6) for step in (-1, 0, 1)), LAST - 1, LAST]
SETS = st.frozensets(st.sampled_from(BOUNDARIES) | st.integers(0, LAST), max_size=6)


def contradictions(indexes: frozenset[int], index: int) -> list[str]:
    """What arbitrary sets answer otherwise than real ones, of this set with the index, and without it."""
    (path,) = explore(lambda _: None)
    compared = [*changed(path, indexes, index), *changed(path, indexes | {index}, index)]
    return [what for what, answered, real in compared if answered != real]


@given(indexes=SETS, index=st.sampled_from(BOUNDARIES) | st.integers(0, LAST))
def test_arbitrary_sets_answer_as_real_ones(indexes: frozenset[int], index: int) -> None:
    """The contracts for a set with an index more, or less, are true of real sets."""
    assert contradictions(indexes, index) == []


@pytest.mark.parametrize("indexes", [{0}, {5, 70}, {0, 63, 64, 4096}, {LAST}, {0, LAST - 64, LAST}], ids=str)
def test_an_arbitrary_set_can_be_any_real_one(indexes: set[int]) -> None:
    """No real set is left out: on some path the arbitrary set has these indexes, no other, and counts so."""

    def program(path: Path) -> None:
        some = AnySet(path, "the set")
        path.assume(some.largest() == max(indexes))
        others = some.has(lambda index: all(index != one for one in indexes))
        if others or not all(some.has_prefix(one, 0) for one in indexes):
            path.stop(Infeasible())
        for level in range(7):
            path.assume(some.distinct_prefixes(level) == law.distinct_prefixes(indexes, level))

    assert any(path.witness() is not None for path in explore(program))


CONTRACTS: dict[str, tuple[type, str, Callable[..., Any]]] = {
    "the index added is the largest": (WithIndex, "largest", lambda one: one._index),
    "the largest stays": (WithIndex, "largest", lambda one: one._before.largest()),
    "the largest stays when it is taken out": (WithoutIndex, "largest", lambda one: one._before.largest()),
    "an index adds a prefix": (WithIndex, "_count", lambda one, level: one._before.distinct_prefixes(level) + 1),
    "an index adds no prefix": (WithIndex, "_count", lambda one, level: one._before.distinct_prefixes(level)),
    "an index takes a prefix": (WithoutIndex, "_count", lambda one, level: one._before.distinct_prefixes(level) - 1),
    "an index takes no prefix": (WithoutIndex, "_count", lambda one, level: one._before.distinct_prefixes(level)),
}


@pytest.mark.parametrize("wrong", CONTRACTS)
def test_a_wrong_contract_is_found(wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A changed set that answers otherwise than a real one, or does not answer at all, is found."""
    kind, name, instead = CONTRACTS[wrong]
    monkeypatch.setattr(kind, name, instead)
    assert contradictions(frozenset({5, 70}), 7) + contradictions(frozenset({5, 70}), 4096)


def test_what_a_set_lacks_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    """If an index of an arbitrary set could come up that it was said not to have, a real set would contradict."""
    monkeypatch.setattr(AnySet, "has_none", lambda *_: None)
    assert proved("height", "removing").disagreement


def test_plain_sets_are_answered() -> None:
    """What the law asks of a set and computes of it, of a set that Python holds."""
    indexes = {0, 1, 64, 70, 4096}
    assert law.largest(indexes) == 4096
    assert law.largest(set()) == 0
    assert [law.distinct_prefixes(indexes, level) for level in range(5)] == [5, 3, 2, 1, 1]
    assert (law.height(indexes), law.objnodes(indexes)) == (3, 6)
    assert (law.height(set()), law.objnodes(set())) == (0, 0)
