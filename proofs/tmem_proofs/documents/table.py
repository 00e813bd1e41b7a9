"""The table behind the state explorer: every state that real calls lead to, of either algorithm, and every step on.

A state is a pool with one object, in which a few indexes are used. From each state every call is made, with every
allocation refused that it asks for, by the real code; nothing on the page works out what comes of a call.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tmem_proofs.documents.scenes import OURS, PUBLISHED, code_of
from tmem_proofs.documents.stage import OBJ, OBJNODE, PAGE, Refusal, Stage, Step
from tmem_proofs.documents.trees import Node, Tree, broken_in, is_stump
from tmem_spec.words import EPHEMERAL

INDEXES = (0, 1, 64, 4096)
MOST_OBJNODES = 5  # that a put of one of these indexes asks for
MOST_STATES = 5000

Call = tuple[str, int, str]  # what, at which index, and what is refused: "objnode 2", "page", or nothing


@dataclass(slots=True)
class Table:
    """The states of an algorithm, in the order in which they are met, and for each what every call leads to."""

    states: list[Tree | None] = field(default_factory=list)
    steps: list[dict[Call, tuple[int, Step]]] = field(default_factory=list)


def calls() -> Iterator[Call]:
    """Every call there is."""
    for index in INDEXES:
        yield ("put", index, "")
        yield from (("put", index, refused) for refused in refusals())
        yield ("get", index, "")
        yield ("flush_page", index, "")
    yield ("flush_object", 0, "")


def refusals() -> list[str]:
    """What may be refused."""
    return [*(f"{OBJNODE} {nth}" for nth in range(1, MOST_OBJNODES + 1)), PAGE, OBJ]


def table(algorithm: str) -> Table:
    """All states that calls lead to, from an empty pool. Raises RuntimeError if there are too many."""
    found = Table([None], [])
    ways: list[tuple[Call, ...]] = [()]
    ahead = deque([0])
    known: dict[Tree | None, int] = {None: 0}
    while ahead:
        at = ahead.popleft()
        found.steps.append({})
        for call in calls():
            step = _after(algorithm, ways[at], call)
            if step.tree not in known:
                known[step.tree] = len(found.states)
                found.states.append(step.tree)
                ways.append((*ways[at], call))
                ahead.append(known[step.tree])
            if not call[2] or "refused" in step.call:
                found.steps[at][call] = known[step.tree], step
        if len(found.states) > MOST_STATES:
            raise RuntimeError(f"{algorithm}: more than {MOST_STATES} states")
    return found


def _after(algorithm: str, way: tuple[Call, ...], call: Call) -> Step:
    """What a call does after others, on a new pool."""
    stage = Stage(code_of(algorithm), EPHEMERAL)
    for one in way:
        make(stage, one)
    return make(stage, call)


def make(stage: Stage, call: Call) -> Step:
    """Make a call."""
    what, index, refused = call
    match what:
        case "put":
            kind, _, nth = refused.partition(" ")
            return stage.put(index, Refusal(kind, int(nth or 1)) if refused else None)
        case "get":
            return stage.get(index)
        case "flush_page":
            return stage.flush_page(index)
        case _:
            return stage.flush_object()


def script() -> str:
    """Both tables, as a script that a page loads: `const TABLE = {...}`."""
    texts: dict[str, int] = {}
    tables = {algorithm: _as_json(table(algorithm), texts) for algorithm in (PUBLISHED, OURS)}
    whole = {"indexes": INDEXES, "refusals": refusals(), "tables": tables, "texts": list(texts)}
    return f"// Made by `tmem docs`; do not edit.\nconst TABLE = {json.dumps(whole, separators=(',', ':'))};\n"


def _as_json(found: Table, texts: dict[str, int]) -> dict[str, Any]:
    """States as lists, and steps by call: next state, answer, callbacks and what is broken; texts by their number."""

    def number(text: str) -> int:
        return texts.setdefault(text, len(texts))

    return {
        "states": [None if one is None else _state(one) for one in found.states],
        "steps": [
            {
                f"{what} {index} {refused}".strip(): [
                    after,
                    number(step.answer),
                    [number(one) for one in step.callbacks],
                    [number(one) for one in step.broken],
                ]
                for (what, index, refused), (after, step) in steps.items()
            }
            for steps in found.steps
        ],
    }


def _state(tree: Tree) -> list[Any]:
    return [tree.height, tree.pampd_count, tree.objnode_count, _branch(tree.root), list(broken_in(tree))]


def _branch(value: Any) -> Any:
    """An objnode as [level, slots_in_use, whether it is a stump, [slot, what it holds], ...]; a page as its index."""
    if not isinstance(value, Node):
        return value
    return [
        value.level,
        value.slots_in_use,
        int(is_stump(value)),
        *([slot, _branch(held)] for slot, held in value.slots),
    ]
