"""Dicts for which there is no memory: what they raise is an exception like a callback's, for a recorder to know of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any
from unittest import mock

from tmem import Tmem, _tree
from tmem_proofs.conformance.recorder import CallbackError, Recorder


class Full(dict[int, Any]):
    """Takes the place of a dict; it has memory for so many entries more, then none for one, then enough."""

    def __init__(self, content: Mapping[int, Any], recorder: Recorder, entries: int = 0) -> None:
        """`entries`: how many more; what is raised then, `recorder` is told of."""
        super().__init__(content)
        self._entries = entries
        self._recorder = recorder

    def __setitem__(self, key: int, value: Any) -> None:
        self._entries -= key not in self
        if self._entries == -1:
            error = CallbackError("no memory for another entry")
            self._recorder.raised.append(error)
            raise error
        super().__setitem__(key, value)


@contextmanager
def full_leaves(store: Tmem, pool: int, oid: int, recorder: Recorder, entries: int) -> Iterator[None]:
    """Have an object's leaves, or those that it comes to have meanwhile, take so many entries and then fail."""
    obj = store._pools[pool].objs.get(oid)  # noqa: SLF001 - there is no memory in there
    if obj is not None and obj.height > 0:
        obj.leaves = Full(obj.leaves, recorder, entries)
    with mock.patch.object(_tree, "Leaves", partial(Full, {}, recorder, entries)):
        yield
