"""What every invariant says of one path through an operation.

Each function here takes a finished run and yields what must hold of it, as claims on unknown values, wherever the
specification has a predicate by calling that. A run of which an invariant says nothing (MEM-1 of a put that is not
refused) yields nothing; an invariant that says nothing of any run is vacuous, and that is no pass.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from tmem_proofs.claims.scenario import OID, PAGE, Run
from tmem_proofs.engine.heap import Misplaced, Unseen, at_first, at_now
from tmem_spec import law, machine, metadata
from tmem_spec.calls import Outcome
from tmem_spec.invariants import Violation
from tmem_spec.metadata import Callback
from tmem_spec.words import INDEX_LIMIT


class Claim(NamedTuple):
    """What must hold at the end of a path, and what is found where it does not."""

    holds: Any
    found: str


Claims = Callable[[Run], Iterator[Claim]]


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
    yield Claim(_same(was, is_now), f"{is_now!r} at another index, where {was!r} was")


def height_is_least(run: Run) -> Iterator[Claim]:
    """SHR-1, of the tree as it is now."""
    obj = _obj(run)
    if obj is None:
        return
    if run.heap.is_node(obj.root):
        used = obj.root.slots[0] is not None
        holds = law.shr_1(obj.height, obj.root.slots_in_use, slot_0_used=used)
        yield Claim(holds, f"a root at level {obj.height} that uses slot 0 alone")
    else:
        yield Claim(obj.height == 0, f"height {obj.height} over {obj.root!r}")


def no_objnode_is_empty(run: Run) -> Iterator[Claim]:
    """SHR-2, of every objnode that the operation has met."""
    for node in _nodes_now(run):
        yield Claim(law.shr_2(node.slots_in_use), f"{node.slots.name} with slots_in_use {node.slots_in_use}")


def page_lies_where_its_index_says(run: Run) -> Iterator[Claim]:
    """SHR-3: the slots that lead to a new page spell its index; any index leads to a page, or to nothing."""
    for pampd, _ in run.surroundings.pages.values():
        for slots in _ways_to(run, pampd, _root_now(run)):
            yield Claim(law.shr_3(run.index, slots), f"the new page in slots {slots}, root first")
    anywhere = run.path.integer("any index", 0, INDEX_LIMIT - 1)
    now = run.now
    held = None if now is None else at_now(run.heap, now.root, now.height, anywhere)
    yield Claim(not isinstance(held, Misplaced) and not run.heap.is_node(held), f"{held!r} in the place of a page")


def pampd_count_is_right(run: Run) -> Iterator[Claim]:
    """CNT-1: pampd_count changes as the number of pages does."""
    pages = run.heap.pages_below(_root_now(run)) - run.heap.pages_below(run.before.root, first=True)
    obj = _obj(run)
    counted = (0 if obj is None else obj.pampd_count) - run.before.pampd_count
    yield Claim(law.cnt_1(counted, pages), f"pampd_count changed by {counted}, pages by {pages}")


def object_exists_iff_it_has_a_page(run: Run) -> Iterator[Claim]:
    """CNT-2: an object is in its bucket if, and only if, it has a page."""
    now = run.now
    yield Claim(now is None or now.root is not None, "an object without a page in its bucket")
    if now is None and run.obj is not None:
        yield Claim(run.heap.pages_below(run.obj.root) == 0, "an object with pages out of its bucket")


def objnode_count_is_right(run: Run) -> Iterator[Claim]:
    """CNT-4: objnode_count changes as the number of objnodes below the root does."""
    nodes = run.heap.objnodes_below(_root_now(run)) - run.heap.objnodes_below(run.before.root, first=True)
    obj = _obj(run)
    counted = (0 if obj is None else obj.objnode_count) - run.before.objnode_count
    yield Claim(law.cnt_4(counted, nodes), f"objnode_count changed by {counted}, objnodes by {nodes}")


def slots_in_use_is_right(run: Run) -> Iterator[Claim]:
    """CNT-5, of every objnode that the operation has met; of those handed back, see `seen_on_the_way`."""
    for node in _nodes_now(run):
        used = node.slots.used_now()
        found = f"{node.slots.name} with slots_in_use {node.slots_in_use}, used {used}"
        yield Claim(law.cnt_5(node.slots_in_use, used), found)
    yield from seen_on_the_way("CNT-5")(run)


def objnodes_are_given_back(run: Run) -> Iterator[Claim]:
    """MEM-1: a put that stores nothing frees every objnode it was given."""
    if run.refused:
        kept = [one for one in _given_nodes(run) if not _among(one, run.surroundings.freed)]
        yield Claim(not kept, f"{len(kept)} objnodes kept")


def obj_is_given_back(run: Run) -> Iterator[Claim]:
    """MEM-2."""
    if run.refused:
        given, freed = run.surroundings.callbacks.count(Callback.OBJ_ALLOC), _freed(run, Callback.OBJ_FREE)
        yield Claim(metadata.mem_2(given, freed), f"{given} objs given, {freed} freed")


def pampd_is_given_back(run: Run) -> Iterator[Claim]:
    """MEM-3."""
    if run.refused:
        created, freed = run.surroundings.callbacks.count(Callback.CREATE), _freed(run, Callback.FREE)
        yield Claim(metadata.mem_3(created, freed), f"{created} pampds created, {freed} freed")


def tree_is_as_it_was(run: Run) -> Iterator[Claim]:
    """MEM-4: a put to an empty index that stores nothing leaves the tree untouched, slot by slot."""
    if not run.refused or run.duplicate:
        return
    now, before = run.now, run.before
    yield Claim((now is None) == (run.obj is None), "the object came or went")
    if now is not None:
        yield Claim(now.root is before.root and now.height == before.height, "another root, or height")
        yield Claim(now.pampd_count == before.pampd_count, f"pampd_count {now.pampd_count}")
        yield Claim(now.objnode_count == before.objnode_count, f"objnode_count {now.objnode_count}")
        for node in run.heap.first_nodes:
            first = [held for _, held in node.slots.first]
            same = all(one is other for one, other in zip(first, node.slots.now, strict=True))
            yield Claim(same, f"{node.slots.name} changed")
            yield Claim(node.slots_in_use == node.slots.used, f"slots_in_use {node.slots_in_use} in {node.slots.name}")


def refused_for_a_reason(run: Run) -> Iterator[Claim]:
    """MEM-5: by the specification's own rule for a put."""
    if run.answer is not None and run.answer.outcome is Outcome.REFUSED:
        yield _none_of("MEM-5", _judged_put(run))


def asks_for_no_more(run: Run) -> Iterator[Claim]:
    """MEM-6: a put asks for 11 objnodes at most, a duplicate for none."""
    callbacks = run.surroundings.callbacks
    asked = callbacks.count(Callback.OBJNODE_ALLOC) + callbacks.count(Callback.OBJNODE_ALLOC_REFUSED)
    yield Claim(metadata.mem_6(callbacks, duplicate=run.duplicate), f"{asked} objnodes asked for")


def freed_exactly_once(run: Run) -> Iterator[Claim]:
    """OWN-1: whatever there was, or was given, is in the tree once, or was freed once, and not both."""
    nodes = list(run.heap.reachable(_root_now(run)))
    pages = [held for node in nodes for held in node.slots.now if not run.heap.is_node(held)]
    pages += [] if run.heap.is_node(_root_now(run)) else [_root_now(run)]
    owned = [*run.heap.first_nodes, *run.heap.first_pampds, *run.surroundings.given]
    for one in owned:
        if isinstance(one, run.surroundings.tree.Obj):
            linked = int(one is run.now)
        else:
            linked = sum(other is one for other in (*nodes, *pages))
        freed = sum(other is one for other in run.surroundings.freed)
        yield Claim(linked + freed == 1, f"{_name(run, one)} {linked} times in the tree and {freed} times freed")
    yield from seen_on_the_way("OWN-1")(run)


def seen_on_the_way(invariant: str) -> Claims:
    """What was found at the moment of a callback."""

    def claims(run: Run) -> Iterator[Claim]:
        for finding in run.surroundings.findings:
            if finding.invariant == invariant:
                yield Claim(finding.claim, finding.found)

    return claims


def exceptions_are_passed_on(run: Run) -> Iterator[Claim]:
    """ERR-2: the operation raises what a callback raised in it, that very exception, and nothing else."""
    yield Claim(run.crash is None, f"it raised {run.crash!r}")
    raised = run.surroundings.raised
    passed_on = run.got if run.answer is not None and run.answer.outcome is Outcome.RAISED else None
    yield Claim(passed_on is raised, f"{passed_on!r} passed on where a callback raised {raised!r}")
    if run.refused and run.surroundings.callbacks:
        yield _none_of("ERR-2", _judged_put(run))


_SHAPE: dict[str, Claims] = {
    "SHR-1": height_is_least,
    "SHR-2": no_objnode_is_empty,
    "SHR-3": page_lies_where_its_index_says,
    "CNT-1": pampd_count_is_right,
    "CNT-2": object_exists_iff_it_has_a_page,
    "CNT-4": objnode_count_is_right,
    "CNT-5": slots_in_use_is_right,
    "COH-5": others_stay,
    "OWN-1": freed_exactly_once,
    "ERR-2": exceptions_are_passed_on,
}

_PUT: dict[str, Claims] = {
    "COH-1": page_is_there,
    "COH-3": old_page_is_gone,
    **_SHAPE,
    "MEM-3": pampd_is_given_back,
    "MEM-5": refused_for_a_reason,
    "MEM-6": asks_for_no_more,
}

# What is claimed of each operation.
CLAIMS: dict[str, dict[str, Claims]] = {
    "insert": {
        **_PUT,
        "MEM-1": objnodes_are_given_back,
        "MEM-2": obj_is_given_back,
        "MEM-4": tree_is_as_it_was,
    },
    "replace": {**_PUT, "OWN-2": seen_on_the_way("OWN-2")},
    "delete": {"COH-4": flushed_page_is_gone, **_SHAPE, "OWN-2": seen_on_the_way("OWN-2")},
    "lookup": {"COH-1": page_is_found, **{key: _SHAPE[key] for key in ("COH-5", "ERR-2")}},
}


# A tree of height 0 has no objnode before the call, nor, if nothing is added, after it.
_OF_OBJNODES = {"SHR-2", "CNT-5"}


def claimed(operation: str, case: str) -> list[str]:
    """The invariants that are claimed of an operation from one kind of state."""
    without = _OF_OBJNODES if case == "height 0" and operation in {"replace", "delete"} else set()
    return [invariant for invariant in CLAIMS[operation] if invariant not in without]


def _judged_put(run: Run) -> tuple[Violation, ...]:
    """What the specification's rule finds wrong with the answer to a put."""
    assert run.answer is not None  # noqa: S101 - for the type checker: who calls this has looked
    rules = machine.Rules(persistent=False)
    return machine.put(PAGE, rules, run.surroundings.environment(), run.answer).violations


def _none_of(invariant: str, violations: tuple[Violation, ...]) -> Claim:
    found = [one for one in violations if one.invariant == invariant]
    return Claim(not found, "; ".join(map(str, found)))


def _held_now(run: Run) -> Any:
    now = run.bucket.objs.get(OID)
    return None if now is None else at_now(run.heap, now.root, now.height, run.index)


def _ways_to(run: Run, wanted: Any, value: Any) -> Iterator[list[Any]]:
    """The slots, from here down, of each way to a pampd."""
    if value is wanted:
        yield []
    if run.heap.is_node(value):
        for (slot, _), held in zip(value.slots.first, value.slots.now, strict=True):
            for slots in _ways_to(run, wanted, held):
                yield [slot, *slots]


def _name(run: Run, thing: Any) -> str:
    """An obj, objnode or pampd, in a message."""
    return thing.slots.name if run.heap.is_node(thing) else repr(thing)


def _obj(run: Run) -> Any:
    """The object, be it in its bucket, out of it, or given and handed back in this run."""
    given = [one for one in run.surroundings.given if isinstance(one, run.surroundings.tree.Obj)]
    return next((one for one in (run.now, run.obj, *given) if one is not None), None)


def _root_now(run: Run) -> Any:
    return None if run.now is None else run.now.root


def _nodes_now(run: Run) -> list[Any]:
    return list(run.heap.reachable(_root_now(run)))


def _given_nodes(run: Run) -> list[Any]:
    return [one for one in run.surroundings.given if run.heap.is_node(one)]


def _among(one: Any, others: list[Any]) -> bool:
    return any(one is other for other in others)


def _freed(run: Run, what: Callback) -> int:
    return run.surroundings.callbacks.count(what)


def _untouched(run: Run) -> bool:
    """Whether the tree is, slot by slot, the one that was there before."""
    now, before = run.now, run.before
    if now is None or now.root is not before.root or now.height != before.height:
        return now is None and before.root is None
    for node in run.heap.first_nodes:
        if any(one is not other for (_, one), other in zip(node.slots.first, node.slots.now, strict=True)):
            return False
    return True


def _same(was: Any, now: Any) -> Any:
    """Whether a place holds what it held; what was never looked at is what it was, if it is the same place."""
    if isinstance(was, Unseen) and isinstance(now, Unseen):
        return was.slots is now.slots and was.slot == now.slot
    return was is now
