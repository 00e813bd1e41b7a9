"""What the machines of the claim families share: small worlds, and a count of what each aims at.

A family machine draws little and meets it often. The judge looks at everything after each step, as for the big
machine; besides, a family looks at what its claims say in a way of its own.
"""

from __future__ import annotations

from collections import Counter
from typing import ClassVar

from hypothesis.stateful import initialize

from support.cells import Cell, cells_of
from support.stepping import SteppingMachine
from tmem_proofs.conformance.driver import Driven
from tmem_spec.words import EPHEMERAL, PERSISTENT, SHARED, Handle


class FamilyMachine(SteppingMachine):
    """A machine with a pool of each of its `kinds`, and the handles that its `oids` and `indexes` make.

    `met` counts the cells of coverage, `aimed` what the family aims at, over all runs of it; `steps` all its calls.
    """

    met: ClassVar[Counter[Cell]]
    aimed: ClassVar[Counter[str]]
    kinds: ClassVar[tuple[int, ...]] = (EPHEMERAL, PERSISTENT, SHARED)
    oids: ClassVar[tuple[int, ...]] = (144, 521)
    indexes: ClassVar[tuple[int, ...]] = (0, 1, 64)

    def __init_subclass__(cls) -> None:
        """Counts of its own."""
        super().__init_subclass__()
        cls.met, cls.aimed = Counter(), Counter()

    @initialize()
    def begin(self) -> None:
        """A pool of each kind."""
        for flags in self.kinds:
            self.make_pool(flags)

    def count(self, driven: Driven) -> None:
        """Count what a call met, and what it was that the family aims at."""
        self.met.update(cells_of(self.judge.store, driven))
        self.aimed["steps"] += 1
        self.aimed.update(self.aims(driven))

    def aims(self, driven: Driven) -> list[str]:
        """Which of the things that the family aims at this call is."""
        raise NotImplementedError

    def handle(self, at: int) -> Handle:
        """One of the family's handles: `at` chooses."""
        pools, rest = self.live_pools(), at
        rest, pool = divmod(rest, len(pools))
        rest, oid = divmod(rest, len(self.oids))
        return Handle(pools[pool], self.oids[oid], self.indexes[rest % len(self.indexes)])

    def stored(self, at: int) -> Handle:
        """One of the family's handles, which holds a page: if it held none, one is put."""
        handle = self.handle(at)
        if not self.is_held(handle):
            self.put(handle)
        return handle

    def is_held(self, handle: Handle) -> bool:
        """Whether the specification says that the handle holds a page."""
        return self.judge.store.held(handle) is not None

    def present(self, handle: Handle) -> frozenset[int]:
        """The indexes that the object of a handle stores."""
        return self.judge.store.pools[handle.pool].indexes().get(handle.oid, frozenset())
