"""The shapes that the tree of one object comes to: by the shipped algorithm, and by the published one of 2011.

A shape is a form of the object (see forms.py), and None for no object. Put, get and flush_page of a bucket lead from
one to the next, at every index and under every pattern of refusals. Nothing raises, as nothing could in 2011, and
nothing is judged: the canonical law has one shape for each set of indexes, and the others are counted.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

from tmem_proofs.exhaustive.forms import Form, Law, State, indexes_of
from tmem_proofs.exhaustive.outside import Ways
from tmem_proofs.exhaustive.scope import Scaled, Scope, scaled
from tmem_proofs.exhaustive.world import World
from tmem_proofs.source import Code

OID = 0
PAGE = b"a page"

Shape = Form | None
Operation = Callable[[Any], object]


def shapes(code: Code, scope: Scope) -> dict[Shape, bool]:
    """Every shape that a private ephemeral pool's object comes to, and whether it is the law's for its pages."""
    small = scaled(code, scope)
    world, law = World(small, small.spec.words.EPHEMERAL, refusals_only=True), Law(small.spec)
    ahead: deque[Shape] = deque([None])
    found: dict[Shape, bool] = {None: True}
    while ahead:
        for shape in _next(world, ahead.popleft(), small):
            if shape not in found:
                found[shape] = shape is None or shape == law.form(indexes_of(shape.root))
                ahead.append(shape)
    return found


def _next(world: World, shape: Shape, small: Scaled) -> Iterator[Shape]:
    """The shapes that one call leads to, each as often as there are ways."""
    for index in range(small.scope.indexes):
        for operation in _operations(small.code.operations, index):
            ways, another = Ways(), True
            while another:
                world.enter(State(small.spec.words.EPHEMERAL, () if shape is None else ((OID, shape),)))
                world.outside.begin(ways, None)
                _make(operation, world)
                yield dict(world.state(world.reading()).objects).get(OID)
                another = ways.another()


def _operations(operations: Any, index: int) -> list[Operation]:
    """The operations at an index. Whoever calls one holds the bucket's lock."""
    return [
        lambda bucket: operations.put(bucket, OID, index, PAGE),
        lambda bucket: operations.get(bucket, OID, index, exclusive=False),
        lambda bucket: operations.flush_page(bucket, OID, index),
    ]


def _make(operation: Operation, world: World) -> None:
    """One operation. A get of which no data can be had is an error of ours, and data in 2011."""
    bucket = world.bucket
    with bucket.lock:
        try:
            operation(bucket)
        except world.errors.GetDataError:
            return
