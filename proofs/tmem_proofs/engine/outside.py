"""The outside of the store: the host and the PAM as the operations meet them, through contracts and directly.

Each callback may succeed, refuse or raise, over the runs. What it is handed is checked on the spot: a live thing, of
that very handle, with the bucket's lock held.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from tmem_proofs.engine.arbitrary import Witness
from tmem_proofs.engine.environment import CallbackError
from tmem_proofs.engine.explorer import Path
from tmem_proofs.engine.heap import Data, Pampd
from tmem_spec.calls import Environment


@dataclass(eq=False, slots=True)
class Request:
    """What was asked of the outside at once, and what came of it.

    name    of the callback; "objnode_alloc" may be several, "release" is every free of one release; or "memory"
    things  what was handed back; of several objnodes, those that were given
    failed  whether it, or one of several, was refused or raised
    error   what it raised
    hold    how often the lock that was held had been taken
    """

    name: str
    things: list[Any] = field(default_factory=list)
    failed: bool = False
    error: CallbackError | None = None
    hold: int = 0


@dataclass(slots=True)
class Outside:
    """Host and PAM of one run, what they own, and what they were asked, in order.

    `plain`: they are those of the package, which refuse nothing and raise nothing.
    """

    path: Path
    tree: ModuleType
    witness: Witness
    pool: Any = None
    handle: tuple[Any, Any] = (None, None)
    plain: bool = False
    refused: bool = False
    get_data_failed: bool = False
    first_raised: CallbackError | None = None
    lacking: Any = None
    given: list[Any] = field(default_factory=list)
    linked: list[Any] = field(default_factory=list)
    unlinked: list[Any] = field(default_factory=list)
    freed: list[Any] = field(default_factory=list)
    pages: dict[int, tuple[Pampd, Any]] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)

    def environment(self) -> Environment:
        """What the specification calls the environment of the call."""
        return Environment(
            refused=self.refused, get_data_failed=self.get_data_failed, raised=self.first_raised is not None
        )

    def obj_alloc(self, pool: Any) -> Any:
        """A new obj, or not."""
        self._at(pool, "obj_alloc")
        return self._allocate("obj_alloc", self.tree.Obj)

    def create(self, pool: Any, oid: Any, index: Any, page: Any) -> Any:
        """A new pampd, or not."""
        self._at(pool, "create")
        self._of_handle(oid, index, "create")
        pampd = self._allocate("create", lambda: Pampd("the new page"))
        if pampd is not None:
            self.pages[id(pampd)] = (pampd, page)
        return pampd

    def keep(self, page: Any) -> Any:
        """A page that is its own pampd, as the package's own PAM has it."""
        self.given.append(Pampd("the new page"))
        self.pages[id(self.given[-1])] = (self.given[-1], page)
        return self.given[-1]

    def get_data(self, pampd: Any) -> Any:
        """The bytes, or not."""
        self.called(self.pool, "get_data")
        self._live(pampd, "get_data")
        answer = "data" if self.plain else self.path.choose(("data", "no data", "raises"))
        self.request("get_data", [], failed=answer != "data")
        if answer == "data":
            return Data(pampd)
        self.path.note(f"get_data: {answer}")
        self.get_data_failed = True
        if answer == "raises":
            self.throw("get_data")
        return None

    def free(self, pampd: Any) -> None:
        """Forget a page; it may raise."""
        self.take_back(self.pool, pampd)
        raises = not self.plain and self.path.choose(("returns", "raises")) == "raises"
        self.request("free", [pampd], failed=raises)
        if raises:
            self.path.note("free raises")
            self.throw("free")

    def take_back(self, pool: Any, thing: Any) -> None:
        """Something is freed: it was not freed before, and the lock is held."""
        self.called(pool, "a free")
        again = any(thing is other for other in self.freed)
        self.witness.expect("OWN-1", not again, f"{thing!r} freed twice")
        if isinstance(thing, Pampd):
            self._live(thing, "free")
        if isinstance(thing, self.tree.Obj):
            self.witness.expect("CNT-2", thing.root is None, "an obj freed that has pages")
            self.witness.expect("CNT-1", thing.pampd_count == 0, f"an obj freed with pampd_count {thing.pampd_count}")
            self.witness.expect("CNT-4", thing.objnode_count == 0, "an obj freed with objnodes counted")
        self.freed.append(thing)

    def called(self, pool: Any, name: str) -> None:
        """A callback is made: under a bucket's lock, for a pool that is there."""
        self.calls.append(name)
        self.witness.expect("LCK-1", len(self.witness.held) == 1, f"{name} is called with no lock held")
        self.witness.expect("OWN-2", pool is self.pool, f"{name} is called for another pool")

    def exhausted(self, what: str = "object") -> None:
        """The interpreter may have no memory for another entry of a dict."""
        if self.path.choose(("there is memory", "no memory for an entry")) == "no memory for an entry":
            self.request("memory", [what], failed=True)
            self.path.note("no memory for another entry")
            self.refused = True
            self.throw("memory for another entry")

    def request(self, name: str, things: list[Any], *, failed: bool) -> None:
        """Remember what was asked, and whether it failed."""
        hold = sum(lock.taken for lock in self.witness.held)
        self.requests.append(Request(name, things, failed, hold=hold))

    def raises(self, name: str) -> CallbackError:
        """An exception of the last callback that was asked, remembered if it is the first."""
        error = self.requests[-1].error = CallbackError(name)
        self.first_raised = self.first_raised or error
        return error

    def throw(self, name: str) -> None:
        """Raise it."""
        raise self.raises(name)

    def _allocate(self, name: str, make: Any) -> Any:
        answer = "given" if self.plain else self.path.choose(("given", "refused", "raises"))
        self.request(name, [], failed=answer != "given")
        if answer == "given":
            self.given.append(make())
            return self.given[-1]
        self.path.note(f"{name} {answer}")
        self.refused = True
        if answer == "raises":
            self.throw(name)
        return None

    def _at(self, pool_id: Any, name: str) -> None:
        self.called(self.pool, name)
        self.witness.expect("OWN-2", pool_id == self.pool.id, f"{name} is told another pool id")

    def _of_handle(self, oid: Any, index: Any, name: str) -> None:
        self.witness.expect("OWN-2", oid == self.handle[0], f"{name} is told another oid")
        self.witness.expect("OWN-2", index == self.handle[1], f"{name} is told another index")

    def _live(self, pampd: Any, name: str) -> None:
        gone = any(pampd is other for other in self.freed)
        self.witness.expect("OWN-2", isinstance(pampd, Pampd) and not gone, f"{name} is handed {pampd!r}, not live")
