"""What is claimed of memory: what is given is given back, what is freed was owned, and is freed once. MEM and OWN."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tmem_proofs.claims.answers import none_of
from tmem_proofs.claims.claim import Claim, Claims
from tmem_proofs.claims.scenario import Run
from tmem_proofs.engine.heap import Pampd
from tmem_spec import metadata
from tmem_spec.calls import Outcome
from tmem_spec.metadata import Callback
from tmem_spec.words import MOST_OBJNODES_A_PUT


def objnodes_are_given_back(run: Run) -> Iterator[Claim]:
    """MEM-1: a put that stores nothing frees every objnode it was given."""
    if run.refused:
        given, freed = _given_and_freed(run, run.surroundings.tree.Objnode)
        yield Claim(metadata.mem_1(given, freed), f"{given} objnodes given, {freed} of them freed")


def obj_is_given_back(run: Run) -> Iterator[Claim]:
    """MEM-2."""
    if run.refused:
        given, freed = _given_and_freed(run, run.surroundings.tree.Obj)
        yield Claim(metadata.mem_2(given, freed), f"{given} objs given, {freed} of them freed")


def pampd_is_given_back(run: Run) -> Iterator[Claim]:
    """MEM-3."""
    if run.refused:
        given, freed = _given_and_freed(run, Pampd)
        yield Claim(metadata.mem_3(given, freed), f"{given} pampds created, {freed} of them freed")


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
        yield none_of("MEM-5", run)


def asks_for_no_more(run: Run) -> Iterator[Claim]:
    """MEM-6: a put asks for 11 objnodes at most, a duplicate for none."""
    callbacks = run.surroundings.callbacks
    asked = callbacks.count(Callback.OBJNODE_ALLOC) + callbacks.count(Callback.OBJNODE_ALLOC_REFUSED)
    yield Claim(metadata.mem_6(callbacks, duplicate=run.duplicate), f"{asked} objnodes asked for")


def lacks_an_objnode(run: Run) -> Iterator[Claim]:
    """MEM-6: where an index has no leaf, and no page, a put of it lacks an objnode, and 11 at most."""
    if run.lacking is not None:
        yield Claim(run.lacking > 0, f"{run.lacking} objnodes missing where there is no leaf")
        yield Claim(run.lacking <= MOST_OBJNODES_A_PUT, f"{run.lacking} objnodes missing")


def freed_exactly_once(run: Run) -> Iterator[Claim]:
    """OWN-1: whatever there was, or was given, is in the tree once, or was freed once, and not both."""
    nodes = list(run.heap.reachable(run.root))
    pages = [held for node in nodes for held in node.slots.now if not run.heap.is_node(held)]
    pages += [] if run.heap.is_node(run.root) else [run.root]
    owned = [*run.heap.first_nodes, *run.heap.first_pampds, *run.surroundings.given]
    for one in owned:
        if isinstance(one, run.surroundings.tree.Obj):
            linked = int(one is run.now)
        else:
            linked = sum(other is one for other in (*nodes, *pages))
        freed = sum(other is one for other in run.surroundings.freed)
        yield Claim(linked + freed == 1, f"{_name(run, one)} {linked} times in the tree and {freed} times freed")
    yield from seen_on_the_way("OWN-1")(run)


def data_is_of_the_page(run: Run) -> Iterator[Claim]:
    """OWN-2: get_data is handed the pampd of that very handle, and free, as far as it is called, a live one."""
    handed = run.surroundings.read
    if handed:
        yield Claim(metadata.own_2(handed, [run.before.held]), f"get_data handed {handed}, not {run.before.held!r}")
    yield from seen_on_the_way("OWN-2")(run)


def seen_on_the_way(invariant: str) -> Claims:
    """What was found at the moment of a callback."""

    def claims(run: Run) -> Iterator[Claim]:
        for finding in run.surroundings.findings:
            if finding.invariant == invariant:
                yield Claim(finding.claim, finding.found)

    return claims


def _given_and_freed(run: Run, kind: type) -> tuple[int, int]:
    """How many things of one kind the call was given, and how many of these it freed."""
    given = [one for one in run.surroundings.given if isinstance(one, kind)]
    return len(given), sum(any(one is other for other in run.surroundings.freed) for one in given)


def _name(run: Run, thing: Any) -> str:
    """An obj, objnode or pampd, in a message."""
    return thing.slots.name if run.heap.is_node(thing) else repr(thing)
