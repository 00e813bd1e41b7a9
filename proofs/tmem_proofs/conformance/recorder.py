"""A host and PAM that record every callback, know what they own, and fail where they are told to.

recorder = Recorder()
store = Tmem(host=recorder, pam=recorder)
recorder.expect(Fail("objnode_alloc", 1))     # of the next call, the second objnode_alloc is refused
store.put(...)
recorder.callbacks, recorder.live()           # of that call, and after it
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NoReturn

from tmem import Obj, Objnode
from tmem_spec.calls import Environment
from tmem_spec.metadata import Callback, Live

# Which callbacks can fail, and what the record of a failure says. The frees cannot refuse, but they can raise.
FAILURES = {
    "obj_alloc": Callback.OBJ_ALLOC_REFUSED,
    "objnode_alloc": Callback.OBJNODE_ALLOC_REFUSED,
    "create": Callback.CREATE_REFUSED,
    "get_data": Callback.GET_DATA_FAILED,
}
FREES = ("obj_free", "objnode_free", "free")
_REFUSALS = {Callback.OBJ_ALLOC_REFUSED, Callback.OBJNODE_ALLOC_REFUSED, Callback.CREATE_REFUSED}


def environment_of(callbacks: Sequence[Callback], *, raised: bool = False) -> Environment:
    """What the specification calls the environment of a call with these callbacks."""
    return Environment(
        refused=not _REFUSALS.isdisjoint(callbacks),
        get_data_failed=Callback.GET_DATA_FAILED in callbacks,
        raised=raised,
    )


class CallbackError(Exception):
    """What a callback raises where it is told to raise."""


class OwnershipError(AssertionError):
    """OWN-1 or OWN-2: something was handed back, or asked for, that is not owned."""


@dataclass(frozen=True, slots=True)
class Fail:
    """Of one call: the `nth` (0-based) of its callbacks of one name refuses, or raises: this error, or one of ours."""

    callback: str
    nth: int = 0
    raises: bool | BaseException = False


@dataclass(eq=False, slots=True)
class Pampd:
    """What this PAM describes a page by: of one handle, with an identity of its own."""

    handle: tuple[int, int, int]
    page: bytes


def nothing(name: str) -> None:
    """What a callback does beside its work."""


@dataclass(slots=True)
class Recorder:
    """Host and PAM in one.

    callbacks   of the call under way, in order
    handles     of each of these, the handle of the page that it was about, or None if it was about metadata
    raised      the exceptions that it was told to raise in that call, in order
    handed      the pampds that get_data and free were handed in that call
    broken      every breach of ownership so far: a store may pass on another exception in the place of one

    `during` is called in each callback, with its name: there a test does what it wants done inside one.
    """

    callbacks: list[Callback] = field(default_factory=list)
    handles: list[tuple[int, int, int] | None] = field(default_factory=list)
    raised: list[BaseException] = field(default_factory=list)
    handed: list[Pampd] = field(default_factory=list)
    broken: list[OwnershipError] = field(default_factory=list)
    objs: dict[int, Obj] = field(default_factory=dict)
    objnodes: dict[int, Objnode] = field(default_factory=dict)
    pampds: dict[int, Pampd] = field(default_factory=dict)
    during: Callable[[str], object] = nothing
    _failures: tuple[Fail, ...] = ()
    _calls: Counter[str] = field(default_factory=Counter)

    def expect(self, *failures: Fail) -> None:
        """Begin a call, in which these failures happen as far as it gets to them."""
        self._failures = failures
        self._calls.clear()
        self.callbacks = []
        self.handles = []
        self.raised = []
        self.handed = []

    def environment(self) -> Environment:
        """What the specification calls the environment of the call."""
        return environment_of(self.callbacks, raised=bool(self.raised))

    def live(self) -> Live:
        """What this host and PAM own."""
        return Live(len(self.objs), len(self.objnodes), len(self.pampds))

    def pampd_at(self, pool: int, oid: int, index: int) -> Pampd | None:
        """The live pampd of a handle."""
        return next((one for one in self.pampds.values() if one.handle == (pool, oid, index)), None)

    # The host.

    def obj_alloc(self, pool: int) -> Obj | None:
        """A new obj, unless told to fail."""
        del pool
        if not self._goes_well("obj_alloc", Callback.OBJ_ALLOC):
            return None
        obj = Obj()
        self.objs[id(obj)] = obj
        return obj

    def obj_free(self, pool: int, obj: Obj) -> None:
        """Take back an obj, which must be as it was given out."""
        del pool
        self._take_back(self.objs, obj)
        if obj.root is not None or (obj.height, obj.pampd_count, obj.objnode_count) != (0, 0, 0):
            self._break("CNT-1, CNT-2 or CNT-4: an obj is freed that is not empty")
        if obj.leaves or obj.lock is not None:
            self._break("SHR-3 or OID-2: an obj is freed that still knows leaves, or a lock")
        self._goes_well("obj_free", Callback.OBJ_FREE)

    def objnode_alloc(self, pool: int) -> Objnode | None:
        """A new objnode, unless told to fail."""
        del pool
        if not self._goes_well("objnode_alloc", Callback.OBJNODE_ALLOC):
            return None
        node = Objnode()
        self.objnodes[id(node)] = node
        return node

    def objnode_free(self, pool: int, objnode: Objnode) -> None:
        """Take back an objnode, which must be empty and counted so."""
        del pool
        self._take_back(self.objnodes, objnode)
        if objnode.slots_in_use or any(held is not None for held in objnode.slots):
            slots = f"slots_in_use {objnode.slots_in_use} and slots {objnode.slots}"
            self._break(f"CNT-5: an objnode is freed with {slots}")
        self._goes_well("objnode_free", Callback.OBJNODE_FREE)

    # The PAM.

    def create(self, pool: int, oid: int, index: int, page: bytes) -> Pampd | None:
        """Keep a page, unless told to fail."""
        if not self._goes_well("create", Callback.CREATE, (pool, oid, index)):
            return None
        return self._keep((pool, oid, index), page)

    def get_data(self, pampd: Pampd) -> bytes | None:
        """The page, unless told to fail."""
        self._hand(pampd)
        return pampd.page if self._goes_well("get_data", Callback.GET_DATA, pampd.handle) else None

    def free(self, pampd: Pampd) -> None:
        """Forget a page."""
        self._take_back(self.pampds, pampd)
        self.handed.append(pampd)
        self._goes_well("free", Callback.FREE, pampd.handle)

    def _keep(self, handle: tuple[int, int, int], page: bytes) -> Pampd:
        """A pampd, live from now on."""
        pampd = Pampd(handle, page)
        self.pampds[id(pampd)] = pampd
        return pampd

    def _hand(self, pampd: Pampd) -> None:
        """Note a pampd whose data is asked for: it must be live."""
        if self.pampds.get(id(pampd)) is not pampd:
            self._break(f"OWN-2: get_data of {pampd!r}, which is not live")
        self.handed.append(pampd)

    def _take_back(self, owned: dict[int, Obj] | dict[int, Objnode] | dict[int, Pampd], thing: object) -> None:
        if owned.pop(id(thing), None) is not thing:
            self._break(f"OWN-1: {thing!r} is freed, and is not live")

    def _break(self, message: str) -> NoReturn:
        """Note a breach of ownership, and raise it."""
        error = OwnershipError(message)
        self.broken.append(error)
        raise error

    def _goes_well(self, name: str, done: Callback, handle: tuple[int, int, int] | None = None) -> bool:
        """Record a callback; whether it succeeds. Raises if told to: a free has happened by then all the same."""
        failure = self._told(name)
        self._note(done if failure is None else FAILURES.get(name, done), handle)
        self.during(name)
        self._raise_if_told(failure)
        return failure is None

    def _told(self, name: str) -> Fail | None:
        """Count a callback of this name; how it is told to fail, if it is."""
        nth = self._calls[name]
        self._calls[name] += 1
        return next((one for one in self._failures if (one.callback, one.nth) == (name, nth)), None)

    def _note(self, callback: Callback, handle: tuple[int, int, int] | None) -> None:
        """Record a callback."""
        self.callbacks.append(callback)
        self.handles.append(handle)

    def _raise_if_told(self, failure: Fail | None) -> None:
        """Raise what a callback is told to raise, if it is."""
        if failure is None or failure.raises is False:
            return
        ours = CallbackError(f"{failure.callback} number {failure.nth}")
        error = failure.raises if isinstance(failure.raises, BaseException) else ours
        self.raised.append(error)
        raise error
