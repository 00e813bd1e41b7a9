"""The environment: a host and a PAM that may refuse, or raise, at every call, and that remember what they own.

Every pattern of refusals is explored: each allocation, each create and each get_data is given, refused or answered by
an exception, over the runs; or given and refused alone, for code that does not know of exceptions. What is handed back
is checked on the spot: that it is owned, and that the host gets metadata in the state in which it gave it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from tmem_proofs.engine.explorer import Path
from tmem_proofs.engine.heap import Data, Heap, Pampd
from tmem_spec.calls import Environment
from tmem_spec.metadata import Callback

GIVEN, REFUSED, RAISES = "given", "refused", "raises"
NO_MEMORY = "no memory for the leaf's entry"


class CallbackError(BaseException):
    """What a callback raises, where it does. No `Exception`: it may be a KeyboardInterrupt."""


@dataclass(slots=True)
class Finding:
    """Something that must hold, noted when it was there to be seen: of which invariant, the claim, and words for it."""

    invariant: str
    claim: Any
    found: str


@dataclass(slots=True)
class Surroundings:
    """The host and the PAM of one run: what they were asked, in order, what they gave, and what they got back.

    answers   what a callback that can fail may do, each over the runs
    read      the pampds that get_data was handed
    entries   how many there were that dicts had to find memory for; `short`: how many before there was none
    """

    path: Path
    heap: Heap
    tree: ModuleType
    answers: tuple[str, ...] = (GIVEN, REFUSED, RAISES)
    callbacks: list[Callback] = field(default_factory=list)
    raised: CallbackError | None = None
    entries: int = 0
    short: int | None = None
    given: list[Any] = field(default_factory=list)
    freed: list[Any] = field(default_factory=list)
    read: list[Any] = field(default_factory=list)
    pages: dict[int, tuple[Pampd, Any]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def exhausted(self) -> None:
        """The interpreter may have no memory for another entry of a dict."""
        if self.path.choose(("there is memory", NO_MEMORY)) == NO_MEMORY:
            self.path.note(NO_MEMORY)
            self.short = self.entries
            self.raised = CallbackError(NO_MEMORY)
            raise self.raised
        self.entries += 1

    def environment(self) -> Environment:
        """What the specification calls the environment of the call."""
        refusals = {Callback.OBJ_ALLOC_REFUSED, Callback.OBJNODE_ALLOC_REFUSED, Callback.CREATE_REFUSED}
        return Environment(
            refused=self.short is not None or not refusals.isdisjoint(self.callbacks),
            get_data_failed=Callback.GET_DATA_FAILED in self.callbacks,
            raised=self.raised is not None,
        )

    # The host.

    def obj_alloc(self, pool: int) -> Any:
        """A new obj, or not."""
        return self._ask(pool, Callback.OBJ_ALLOC, Callback.OBJ_ALLOC_REFUSED, self.tree.Obj)

    def objnode_alloc(self, pool: int) -> Any:
        """A new objnode, or not."""
        number = self.callbacks.count(Callback.OBJNODE_ALLOC) + 1

        def make() -> Any:
            return self.heap.fresh(self.tree.Objnode(), f"new objnode {number}")

        return self._ask(pool, Callback.OBJNODE_ALLOC, Callback.OBJNODE_ALLOC_REFUSED, make)

    def obj_free(self, pool: int, obj: Any) -> None:
        """Take an obj back: it must have no page and no objnode."""
        self._take_back(pool, Callback.OBJ_FREE, obj)
        self.expect("CNT-2", obj.root is None, "an obj freed with a tree")

    def objnode_free(self, pool: int, node: Any) -> None:
        """Take an objnode back: its slots must be empty, and counted so."""
        self._take_back(pool, Callback.OBJNODE_FREE, node)
        used = node.slots.used_now()
        self.expect("CNT-5", used == 0, f"an objnode freed with {used} used slots")
        self.expect("CNT-5", node.slots_in_use == 0, f"an objnode freed with slots_in_use {node.slots_in_use}")

    # The PAM.

    def create(self, pool: int, oid: Any, index: Any, page: Any) -> Any:
        """A new pampd, or not."""
        del oid, index
        pampd = self._ask(pool, Callback.CREATE, Callback.CREATE_REFUSED, lambda: Pampd("the new page"))
        if pampd is not None:
            self.pages[id(pampd)] = (pampd, page)
        return pampd

    def get_data(self, pampd: Any) -> Any:
        """The data of a page that is there, or not."""
        self.expect("OWN-2", not self._was_freed(pampd), f"get_data was handed {pampd!r}, which was freed before")
        self.read.append(pampd)
        return Data(pampd) if self._succeeds(Callback.GET_DATA, Callback.GET_DATA_FAILED) else None

    def free(self, pampd: Any) -> None:
        """Forget a page: it must be one."""
        self._take_back(0, Callback.FREE, pampd)
        self.expect("OWN-2", isinstance(pampd, Pampd), f"free was handed {pampd!r}")

    # Both.

    def expect(self, invariant: str, claim: Any, found: str) -> None:
        """Note what must hold at this moment."""
        self.findings.append(Finding(invariant, claim, found))

    def _ask(self, pool: int, done: Callback, refused: Callback, make: Any) -> Any:
        del pool
        if not self._succeeds(done, refused):
            return None
        thing = make()
        self.given.append(thing)
        return thing

    def _succeeds(self, done: Callback, failed: Callback) -> bool:
        """Whether a callback does what it is asked for; it may raise."""
        number = self.callbacks.count(done) + 1
        answer = self.path.choose(self.answers)
        self.callbacks.append(done if answer == GIVEN else failed)
        if answer == GIVEN:
            return True
        self.path.note(f"{done.value} number {number} {answer}")
        if answer == REFUSED:
            return False
        self.raised = CallbackError(done.value)
        raise self.raised

    def _was_freed(self, thing: Any) -> bool:
        return any(thing is other for other in self.freed)

    def _take_back(self, pool: int, what: Callback, thing: Any) -> None:
        del pool
        self.callbacks.append(what)
        again = self._was_freed(thing)
        owned = any(thing is other for other in (*self.given, *self.heap.first_nodes, *self.heap.first_pampds))
        self.expect("OWN-1", not again, f"{what.value} of what was freed before")
        self.expect("OWN-1", owned or isinstance(thing, self.tree.Obj), f"{what.value} of what nobody gave")
        self.freed.append(thing)
