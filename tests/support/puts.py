"""The kinds of put that differ in what they ask of the host, and every place at which each can be refused."""

from __future__ import annotations

from dataclasses import dataclass

from support.worlds import LAST
from tmem_proofs.conformance.recorder import Fail
from tmem_spec import law
from tmem_spec.metadata import Live


@dataclass(frozen=True)
class PutCase:
    """A put at `index` of an object that stores `present`."""

    name: str
    present: tuple[int, ...]
    index: int

    @property
    def duplicate(self) -> bool:
        """Whether the handle holds a page already."""
        return self.index in self.present

    @property
    def missing(self) -> int:
        """How many objnodes the put lacks, by the canonical law."""
        present = set(self.present)
        return law.objnodes(present | {self.index}) - law.objnodes(present)

    @property
    def emptied(self) -> Live:
        """What is live for the object when the handle is empty."""
        rest = set(self.present) - {self.index}
        return Live(int(bool(rest)), law.objnodes(rest), len(rest))

    def refusals(self) -> list[Fail]:
        """Each thing that the put asks for, refused."""
        objs = [] if self.present else [Fail("obj_alloc")]
        return [*objs, *(Fail("objnode_alloc", nth) for nth in range(self.missing)), Fail("create")]


PUTS = (
    PutCase("new object, index 0", (), 0),
    PutCase("new object, one objnode", (), 63),
    PutCase("new object, deep", (), LAST),
    PutCase("free slot of a leaf", (5, 7), 6),
    PutCase("growing", (5, 7), 4096),
    PutCase("growing by one", (0,), 1),
    PutCase("descending", (LAST,), 0),
    PutCase("descending half way", (0, 4096, 300_000), 8192),
    PutCase("growing and descending", (0,), LAST),
    PutCase("growing a full leaf", tuple(range(64)), LAST),
    PutCase("duplicate, first page", (3, 9, 5000), 3),
    PutCase("duplicate, last page of the object", (9,), 9),
    PutCase("duplicate, at height 0", (0,), 0),
    PutCase("duplicate, deep", (0, LAST), LAST),
    PutCase("duplicate, alone and deep", (LAST,), LAST),
)
NEW_PUTS = tuple(case for case in PUTS if not case.duplicate)
DUPLICATE_PUTS = tuple(case for case in PUTS if case.duplicate)
