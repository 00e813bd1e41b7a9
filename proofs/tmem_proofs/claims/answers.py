"""What is claimed of answers, and of what a handle holds after them: COH, EPH and ERR.

The specification's machine is asked wherever it has a rule for the call: what is wrong with the answer, and what the
handle holds next.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tmem_proofs.claims.claim import Claim
from tmem_proofs.claims.scenario import PAGE, Run
from tmem_proofs.engine.heap import Data, at_first, at_now, same_place
from tmem_spec import machine
from tmem_spec.calls import Outcome
from tmem_spec.machine import After
from tmem_spec.words import EPHEMERAL, INDEX_LIMIT, PERSISTENT, SHARED


def page_is_there(run: Run) -> Iterator[Claim]:
    """COH-1: after a put that answers stored, the index leads to the pampd of that very page."""
    if run.answer is not None and run.answer.outcome is Outcome.STORED:
        held = _held_now(run)
        created = run.surroundings.pages.get(id(held))
        yield Claim(created is not None and created[1] is PAGE, f"{held!r} at the index, not the new page's pampd")


def page_is_found(run: Run) -> Iterator[Claim]:
    """COH-1: a lookup gives what is at the place that the index names."""
    yield Claim(run.got is run.before.held, f"{run.got!r}, where {run.before.held!r} is")


def old_page_is_gone(run: Run) -> Iterator[Claim]:
    """COH-3: after a put that stores nothing, the index holds nothing; a replaced page is freed."""
    if run.refused:
        yield Claim(_held_now(run) is None, f"{_held_now(run)!r} at the index after a put that stored nothing")
    if run.duplicate:
        freed = sum(one is run.before.held for one in run.surroundings.freed)
        yield Claim(freed == 1, f"the replaced page freed {freed} times")


def flushed_page_is_gone(run: Run) -> Iterator[Claim]:
    """COH-4: after a flush that found a page, the index holds nothing."""
    yield Claim(_held_now(run) is None, f"{_held_now(run)!r} at the index after its flush")
    yield Claim(run.answer is not None and run.answer.outcome is Outcome.DONE, "a page not found that is there")


def others_stay(run: Run) -> Iterator[Claim]:
    """COH-5: a second, arbitrary index holds what it held."""
    if _untouched(run):
        yield Claim(holds=True, found="")
        return
    other = run.path.integer("another index", 0, INDEX_LIMIT - 1)
    run.path.assume(other != run.index)
    was = at_first(run.heap, run.before.root, run.before.height, other)
    now = run.now
    is_now = None if now is None else at_now(run.heap, now.root, now.height, other)
    yield Claim(same_place(was, is_now), f"{is_now!r} at another index, where {was!r} was")


def exceptions_are_passed_on(run: Run) -> Iterator[Claim]:
    """ERR-2: the operation raises what a callback raised in it, that very exception, and nothing else."""
    yield Claim(run.crash is None, f"it raised {run.crash!r}")
    raised = run.surroundings.raised
    passed_on = run.got if run.answer is not None and run.answer.outcome is Outcome.RAISED else None
    yield Claim(passed_on is raised, f"{passed_on!r} passed on where a callback raised {raised!r}")
    if run.refused and run.surroundings.callbacks:
        yield none_of("ERR-2", run)


def hit_is_the_page(run: Run) -> Iterator[Claim]:
    """COH-1, of a get that answers a page."""
    if run.answer is not None and run.answer.outcome is Outcome.HIT:
        yield none_of("COH-1", run)


def nothing_is_found_where_nothing_is(run: Run) -> Iterator[Claim]:
    """COH-2: a get of an index that holds nothing finds nothing, and leaves nothing there."""
    if run.answer is not None and run.before.held is None:
        yield none_of("COH-2", run)
        yield _stays(run)


def persistent_page_stays(run: Run) -> Iterator[Claim]:
    """COH-6: a get of a persistent page finds it, and leaves it unless the get is exclusive and answers it."""
    if run.answer is not None and run.before.held is not None and run.flags == PERSISTENT:
        yield none_of("COH-6", run)
        yield _stays(run)


def hit_removes_a_private_page(run: Run) -> Iterator[Claim]:
    """EPH-1: after a hit in a private ephemeral pool the index holds nothing, and the page is freed once."""
    if run.answer is not None and run.answer.outcome is Outcome.HIT and run.flags == EPHEMERAL:
        yield _stays(run)
        freed = sum(one is run.before.held for one in run.surroundings.freed)
        yield Claim(freed == 1, f"the page freed {freed} times")


def ephemeral_page_is_found(run: Run) -> Iterator[Claim]:
    """EPH-2: a get of an ephemeral page that nothing has reclaimed does not miss it."""
    if run.answer is not None and run.before.held is not None and run.flags != PERSISTENT:
        yield none_of("EPH-2", run)


def hit_keeps_a_shared_page(run: Run) -> Iterator[Claim]:
    """EPH-4: after a hit in a shared ephemeral pool the page is there, unless the get is exclusive."""
    if run.answer is not None and run.answer.outcome is Outcome.HIT and run.flags == SHARED:
        yield _stays(run)


def failing_get_data_is_an_error(run: Run) -> Iterator[Claim]:
    """ERR-1: where get_data fails, and only there, the get does; an ephemeral page is gone then, a persistent stays."""
    if run.answer is None:
        return
    failed = run.surroundings.environment().get_data_failed
    if failed or run.answer.outcome is Outcome.FAILED:
        yield none_of("ERR-1", run)
        yield _stays(run)


def judged(run: Run) -> After:
    """What the specification's rule says of the answer to a put or a get."""
    assert run.answer is not None  # noqa: S101 - for the type checker: who calls this has looked
    environment = run.surroundings.environment()
    if run.operation == "get":
        return machine.get(_data(run.before.held), run.rules, environment, run.answer, exclusive=run.exclusive)
    return machine.put(PAGE, run.rules, environment, run.answer)


def none_of(invariant: str, run: Run) -> Claim:
    """Nothing that this invariant names is wrong with the answer, by the specification's rule for the call."""
    found = [one for one in judged(run).violations if one.invariant == invariant]
    return Claim(not found, "; ".join(map(str, found)))


def _stays(run: Run) -> Claim:
    """After a get the index holds what the specification's rule says."""
    wanted, now = judged(run).held, _data(_held_now(run))
    return Claim(now == wanted, f"at the index afterwards: {now!r}; by the rule: {wanted!r}")


def _data(pampd: Any) -> Any:
    """What get_data gives of a pampd, if there is one."""
    return None if pampd is None else Data(pampd)


def _held_now(run: Run) -> Any:
    now = run.now
    return None if now is None else at_now(run.heap, now.root, now.height, run.index)


def _untouched(run: Run) -> bool:
    """Whether the tree is, slot by slot, the one that was there before."""
    now, before = run.now, run.before
    if now is None or now.root is not before.root or now.height != before.height:
        return now is None and before.root is None
    for node in run.heap.first_nodes:
        if any(one is not other for (_, one), other in zip(node.slots.first, node.slots.now, strict=True)):
            return False
    return True
