"""Steps of tearing down: a path becomes a real tree, and the shipped `drain` takes its first leaf away.

A tree that is being drained need not be canonical, so it is built objnode by objnode. On the path its counts are
anything, and a slot below the first used one that is known of may be used: here it counts what it has, and none is.
What is handed out and what stays must be what the path says, and what the specification's law says of such a tree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from tmem import Objnode
from tmem._tree import drain
from tmem_proofs.claims.draining import DrainRun, PagesOf
from tmem_proofs.engine.symbolic import as_fact
from tmem_proofs.engine.terms import Term, Valuation
from tmem_proofs.replay import pieces, range_pieces
from tmem_proofs.replay.agree import agree
from tmem_proofs.replay.plain import Node, Place, State, at_first, at_now, below, build, look, places
from tmem_proofs.story import number
from tmem_spec import law
from tmem_spec.words import SLOTS

FEW = 2


@dataclass(frozen=True, slots=True)
class Drain:
    """A path: the obj before and after, the pages handed out, and the objnodes, with what they count."""

    before: State
    pages: tuple[int, ...]
    unlinked: tuple[tuple[Place, int], ...]
    after: State

    def replay(self) -> None:
        """Run it on shipped objects. Raises ReplayError if anything differs from the path, or is against the law."""
        nodes: dict[Place, Objnode] = {}
        obj = build(self.before, nodes)
        pages, unlinked = drain(obj)
        where = {id(node): place for place, node in nodes.items()}
        agree("pages handed out", tuple(pages), self.pages)
        agree("objnodes handed out", tuple((where[id(node)], node.slots_in_use) for node in unlinked), self.unlinked)
        agree("the obj", look(obj), self.after)
        agree("what breaks the law", list(_unlawful(self.before, look(obj), pages, unlinked)), [])


def of_drain(run: DrainRun) -> Drain | None:
    """The path in plain values, with as few pages as it allows; None if it cannot be taken. Asks the solver."""
    values = _values(run)
    if values is None or run.error is not None:
        return None
    where = dict(places(run.root, run.height, 0, values))
    return Drain(
        _before(run, values),
        tuple(page for one in run.pampds for page in _pages(one, run, values)),
        tuple((where[id(node)], number(node.slots_in_use, values)) for node in run.unlinked),
        State(
            run.obj.height,
            number(run.obj.pampd_count, values),
            number(run.obj.objnode_count, values),
            at_now(run.obj.root, run.obj.height, 0, values),
        ),
    )


def pages_before(run: DrainRun) -> list[int] | None:
    """The indexes of the pages that the tree has before the step; None if the path cannot be taken. Asks the solver."""
    values = _values(run)
    return None if values is None else _page_numbers(_before(run, values).root)


def _values(run: DrainRun) -> Valuation | None:
    """Values with which the path is taken, on a tree with as few pages as it allows."""
    fact, nodes = _real(run), [node.slots for node in run.heap.first_nodes]
    few = _every(run, [slots.unseen() <= FEW for slots in nodes])
    return run.path.witness(run.path.terms.every((fact, few))) or run.path.witness(fact)


def _before(run: DrainRun, values: Valuation) -> State:
    counts = number(run.pampd_count, values), number(run.objnode_count, values)
    return State(run.height, *counts, at_first(run.root, run.height, 0, values))


def _real(run: DrainRun) -> Term:
    """The fact that the tree counts what it has, and that there is room for what it has above each first used slot."""
    nodes = [node.slots for node in run.heap.first_nodes]
    pages = sum(slots.unseen() for slots in nodes) + len(run.heap.first_pampds)
    objnodes = sum(1 + slots.unseen() * (slots.level - 1) for slots in nodes)
    used = [(slots, slot) for slots in nodes for slot, held in slots.first if held is not None]
    room = [slot + slots.unseen() < slots.size for slots, slot in used]
    return _every(run, [run.pampd_count == pages, run.objnode_count == objnodes, *room])


def _every(run: DrainRun, claims: list[Any]) -> Term:
    terms = run.path.terms
    return terms.every(as_fact(terms, claim) for claim in claims)


def _pages(handed: Any, run: DrainRun, values: Valuation) -> list[int]:
    """The pages that were handed out together: those of a leaf, in order; or the root, which is page 0."""
    if not isinstance(handed, PagesOf):
        return [0]
    leaf = next(node for node in run.heap.first_nodes if node.slots is handed.slots)
    level, prefix = dict(places(run.root, run.height, 0, values))[id(leaf)]
    return _page_numbers(at_first(leaf, level, prefix, values))


def _page_numbers(plain: Node | int | None) -> list[int]:
    return [one for one in below(plain) if isinstance(one, int)]


def _unlawful(before: State, after: State, pages: list[int], unlinked: list[Objnode]) -> Iterator[str]:
    """What the specification finds broken. It says nothing of the height, which stays while there are objnodes."""
    staying = [one for one in below(after.root) if isinstance(one, Node)]
    counts = [(one.slots_in_use, len(one.below)) for one in staying]
    counts += [(one.slots_in_use, SLOTS - one.slots.count(None)) for one in unlinked]
    if sorted([*pages, *_page_numbers(after.root)]) != sorted(_page_numbers(before.root)):
        yield "COH-5"
    if not law.cnt_1(after.pampd_count, len(_page_numbers(after.root))):
        yield "CNT-1"
    if not law.cnt_4(after.objnode_count, len(staying)):
        yield "CNT-4"
    if not all(law.cnt_5(*one) for one in counts):
        yield "CNT-5"
    if not all(law.shr_2(one.slots_in_use) for one in staying):
        yield "SHR-2"


class Case(Protocol):
    """A path in plain values."""

    def replay(self) -> None:
        """Run it on the shipped objects. Raises ReplayError if they do not do what the path says."""


# What makes plain values of a path, for everything that is no operation on a handle.
CASES: dict[str, Callable[[Any], Case | None]] = {
    "drain": of_drain,
    "first used slot": pieces.of_first_used,
    "used slots": pieces.of_used,
    "last used slot": range_pieces.of_last_used,
    "split": range_pieces.of_split,
    "create_all": range_pieces.of_asked,
    "read_all": range_pieces.of_asked,
    "take": pieces.of_take,
    "release": pieces.of_release,
    "height_for": pieces.of_height,
    "bucket_of": pieces.of_bucket,
    "order of oids": pieces.of_order,
}


def replay(operation: str, run: Any) -> bool:
    """Replay a path; whether there was something to replay. Raises ReplayError."""
    case = CASES[operation](run)
    if case is not None:
        case.replay()
    return case is not None
