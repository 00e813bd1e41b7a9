"""Theorem A can fail: what is wrong with the machine, with a promise or with a link is found, and nothing is idle."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, product

import pytest

from support.specification import specification_with
from tmem_proofs.claims import traces
from tmem_proofs.claims.any_history import CALLS, KINDS, occurring
from tmem_proofs.claims.claim import Claim, Claims
from tmem_proofs.claims.links import LINKS
from tmem_proofs.claims.machine_steps import AT_STAKE, MACHINE, RESTS_ON, promised
from tmem_proofs.claims.traces import HANDLE, RealHistory, RealRun, steps
from tmem_proofs.prover import obligations, prove_scenario
from tmem_proofs.refuted import Refuted
from tmem_proofs.results import Result, Verdict
from tmem_proofs.source import Fault
from tmem_proofs.spec_faults import MACHINE_FAULTS
from tmem_spec.calls import Answer, Event, Get, Outcome
from tmem_spec.events import History
from tmem_spec.histories import HISTORY_PREDICATES, judge_history
from tmem_spec.store import step

# All histories of up to so many events, but for those that promises and links cannot tell from a shorter one.
EVENTS = 4
ENTRIES = [(call, invariant) for call, promises in AT_STAKE.items() for invariant in promises]


def proved(operation: str, case: str, invariant: str) -> Result:
    """What becomes of one obligation of theorem A."""
    return prove_scenario(f"{MACHINE}{operation}", case, [invariant]).results[0]


@pytest.fixture
def _no_witnesses(monkeypatch: pytest.MonkeyPatch) -> None:
    """No histories are gone through: a machine with a fault has some for which the links do not hold."""
    monkeypatch.setattr(traces, "trace", lambda *_: "")


def real_histories(events: int = EVENTS) -> Iterator[RealRun]:
    """The last step of each."""
    return chain.from_iterable(steps(most) for most in range(1, events + 1))


# Faults.


@pytest.mark.usefixtures("_no_witnesses")
@pytest.mark.parametrize("fault", MACHINE_FAULTS, ids=lambda refuted: f"{refuted.by.operation}: {refuted.fault.name}")
def test_a_fault_of_the_machine_or_of_a_promise_is_refuted(fault: Refuted) -> None:
    """The obligation named for the fault refutes it, with a story of what came before, the event and its answer."""
    with specification_with(fault.fault):
        result = prove_scenario(fault.by.operation, fault.by.case, [fault.by.invariant]).results[0]
    assert result.verdict is Verdict.REFUTED
    assert all(f"\n{part}: " in result.story for part in ("before", "event", "answer", "after", "found"))


def test_faults_are_of_obligations_that_exist_and_of_every_promise() -> None:
    """Each fault names an obligation that `tmem prove` proves; no promise or link has never been seen to fail."""
    named = [refuted.by for refuted in MACHINE_FAULTS]
    assert set(named) <= set(obligations())
    assert {one.invariant for one in named} == set(HISTORY_PREDICATES)
    assert {one.operation for one in named} == {f"{MACHINE}{call}" for call in CALLS}


def test_a_fault_leaves_nothing_behind() -> None:
    """After a fault the specification is what it was, and so is what was found out about it."""
    before, shorter = occurring(), steps(2)
    fault = Fault("no fill", "events", "return puts(event, handle) and event.answer.outcome is Outcome.STORED",
                  "return False")  # fmt: skip
    with specification_with(fault):
        assert occurring() != before
        assert steps(2) != shorter
    assert occurring() == before
    assert len(steps(2)) == len(shorter)
    assert proved("put", "any history", "POOL-4").verdict is Verdict.PROVED


def test_a_fault_outside_of_functions_is_refused() -> None:
    """A fault that changes no function would test nothing: it is an error."""
    with pytest.raises(AssertionError, match="changes no function of machine"), specification_with(
        Fault("a word", "machine", "The machine: what each call does", "The machine: what every call does")
    ):  # fmt: skip
        pass


# Promises that say too little.


def _histories(name: str, old: str, new: str) -> Fault:
    return Fault(name, "histories", old, new)


WEAKENED = [
    (
        _histories(
            "COH-1 of no event", "    if hits(event, handle):\n", "    if hits(event, handle) and event is None:\n"
        ),
        "get/any history/COH-1",
        Verdict.VACUOUS,
    ),
    (
        _histories(
            "COH-1 of events that cannot be",
            "    if hits(event, handle):\n",
            "    if hits(event, handle) and history.since(handle, at, destroys, makes):\n",
        ),
        "get/any history/COH-1",
        Verdict.VACUOUS,
    ),
    (
        _histories(
            "EPH-3 of puts",
            "    if isinstance(call, Reclaim) and call.handle == handle and not call.names_held:\n",
            "    if isinstance(call, Put) and call.handle == handle:\n",
        ),
        "reclaim/any history/EPH-3",
        Verdict.VACUOUS,
    ),
    (
        _histories(
            "EPH-3 of puts, again",
            "    if isinstance(call, Reclaim) and call.handle == handle and not call.names_held:\n",
            "    if isinstance(call, Put) and call.handle == handle:\n",
        ),
        "put/induction/EPH-3",
        Verdict.REFUTED,
    ),
]


@pytest.mark.parametrize(("fault", "by", "verdict"), WEAKENED, ids=[fault.name for fault, *_ in WEAKENED])
def test_a_promise_that_says_nothing_is_not_proved(fault: Fault, by: str, verdict: Verdict) -> None:
    """A promise that is at stake in no event, or in none that the machine allows, is vacuous; in another's, refuted."""
    with specification_with(fault):
        assert proved(*by.split("/")).verdict is verdict


# Tables.


@pytest.mark.usefixtures("_no_witnesses")
@pytest.mark.parametrize(("call", "invariant"), ENTRIES)
def test_what_is_at_stake_is_known_for_every_call(call: str, invariant: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """If a promise is left out that can be at stake in an event, the induction over such events is refuted."""
    monkeypatch.setitem(AT_STAKE, call, tuple(one for one in AT_STAKE[call] if one != invariant))
    result = proved(call, "induction", invariant)
    assert result.verdict is Verdict.REFUTED
    assert f"{invariant} speaks of a {call}" in result.story


@pytest.mark.parametrize(("call", "invariant"), ENTRIES)
def test_nothing_is_said_to_be_at_stake_in_vain(call: str, invariant: str) -> None:
    """Of every promise that can be at stake in an event there is a real history in which it is."""
    assert traces.trace(call, promised(invariant))


def test_an_idle_entry_is_vacuous(monkeypatch: pytest.MonkeyPatch) -> None:
    """A promise that is not at stake in an event, though the table says so, is vacuous."""
    monkeypatch.setitem(AT_STAKE, "put", (*AT_STAKE["put"], "EPH-1"))
    assert proved("put", "any history", "EPH-1").verdict is Verdict.VACUOUS


@pytest.mark.usefixtures("_no_witnesses")
@pytest.mark.parametrize(
    ("invariant", "link"), [(invariant, link) for invariant, links in RESTS_ON.items() for link in links]
)
def test_a_proof_rests_on_every_link_that_it_takes(invariant: str, link: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without any one of the links of its hypothesis, the promise is refuted where it is at stake."""
    monkeypatch.setitem(RESTS_ON, invariant, tuple(one for one in RESTS_ON[invariant] if one != link))
    call = next(call for call in AT_STAKE if invariant in AT_STAKE[call])
    assert proved(call, "any history", invariant).verdict is Verdict.REFUTED


# Real histories.


def test_the_links_hold_of_every_real_history() -> None:
    """The hypothesis of the induction is true of the machine as it runs; each link says something of some history."""
    spoken = set()
    for run in real_histories():
        for name, link in LINKS.items():
            claims = list(link(run.history, HANDLE, run.history.after, run.now))
            assert all(claim.holds is True for claim in claims), (name, traces.told(run.history))
            spoken |= {name} if claims else set()
    assert spoken == set(LINKS)


def test_a_link_that_does_not_hold_is_found() -> None:
    """A machine with a fault has a real history for which a link does not hold: no witness is made of that."""
    fault = next(one.fault for one in MACHINE_FAULTS if one.fault.name == "a refused put stores its page")
    with specification_with(fault), pytest.raises(AssertionError, match="a link does not hold of NewPool"):
        traces.trace("get", promised("COH-3"))


def test_promises_are_silent_where_nothing_is_at_stake() -> None:
    """In no real history does a promise speak of an event whose call is not listed for it."""
    for run in real_histories():
        for invariant in HISTORY_PREDICATES.keys() - set(AT_STAKE[run.call]):
            assert not list(HISTORY_PREDICATES[invariant](run.history, HANDLE, run.history.end))


def test_claims_say_of_real_histories_what_the_judge_says() -> None:
    """Claims break where the judge finds a violation in the last event; and then the machine finds one in it, too."""
    judged: set[str] = set()
    for run in any_last_event():
        broken = {invariant for invariant in HISTORY_PREDICATES if _is_broken(promised(invariant), run)}
        end = run.history.end
        assert broken == {found.invariant for at, found in judge_history(History(run.history), HANDLE) if at == end}
        event = run.history[end]
        assert not broken or step(run.before, event.call, event.answer, event.environment).violations
        judged |= broken
    assert judged == set(HISTORY_PREDICATES)


def any_last_event() -> Iterator[RealRun]:
    """Real histories, with one more event, right or wrong: any after two, a get after three that end with a hit."""
    changed = "get", Event(Get(HANDLE), Answer(Outcome.MISS, buffer_changed=True))
    every_one = [*traces._events(), changed]
    gets = [(name, event) for name, event in every_one if name == "get"]
    hits = [run for run in steps(3) if run.history[run.history.end].answer.outcome is Outcome.HIT]
    for before, (name, event) in chain(product(real_histories(2), every_one), product(hits, gets)):
        yield RealRun(name, RealHistory((*before.history, event)), HANDLE, before.now, before.now)


def _is_broken(claims: Claims, run: RealRun) -> bool:
    said: list[Claim] = list(claims(run))
    return not all(claim.holds for claim in said)


def test_every_real_event_is_of_kinds_that_are_known() -> None:
    """What an event of a call and an outcome can be to a handle was found out of all events: none is missing."""
    for name, event in traces._events():
        kinds = frozenset(kind for kind in KINDS if kind(event, HANDLE))
        assert (name, event.answer.outcome, kinds) in occurring()
