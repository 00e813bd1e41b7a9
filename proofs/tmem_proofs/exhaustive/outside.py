"""A host and PAM that own what they give out, and that go, call after call, through every pattern of failures.

At each callback there is a choice: it goes well, refuses, or raises; a free goes well or raises. The choices of one
call are a way through a tree of choices, and `Ways` goes all of them, in the order of a depth-first search.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tmem_proofs.source import Code

WELL, REFUSED, RAISES = 0, 1, 2  # how a callback may go; a free that does not go well raises


class CallbackError(BaseException):
    """What callbacks raise. It is no Exception: they may raise anything."""


@dataclass(eq=False, slots=True)
class Pampd:
    """What the PAM describes a page by: of one handle, with an identity of its own."""

    oid: int
    index: int
    page: bytes


class Lookalike(Pampd):
    """A pampd that says it equals any other. Reclaim goes by identity, so it names no page that is stored."""

    def __eq__(self, other: object) -> bool:
        """Always."""
        return True

    __hash__ = object.__hash__


class Ways:
    """Every way through the choices of one call: `begin`, then the call, as long as there is `another`."""

    def __init__(self, first: Sequence[int] = ()) -> None:
        """No way was gone yet. `first`: what is chosen first the first time."""
        self._ahead = list(first)
        self._taken: list[int] = []
        self._options: list[int] = []

    def begin(self) -> None:
        """From the first choice on."""
        self._taken = []
        self._options = []

    def choose(self, options: int) -> int:
        """Which of so many options it is this time."""
        at = len(self._taken)
        chosen = self._ahead[at] if at < len(self._ahead) else 0
        self._taken.append(chosen)
        self._options.append(options)
        return chosen

    def taken(self) -> tuple[int, ...]:
        """What was chosen since `begin`."""
        return tuple(self._taken)

    def another(self) -> bool:
        """Whether there is a way that was not gone yet, which is then the next one."""
        while self._taken and self._taken[-1] + 1 == self._options[-1]:
            self._taken.pop()
            self._options.pop()
        if not self._taken:
            return False
        self._ahead = [*self._taken[:-1], self._taken[-1] + 1]
        return True


class Outside:
    """Host and PAM in one.

    callbacks   of the call under way, in order, as the specification calls them
    failures    those of them that failed: `objnode_alloc number 2 refused`
    raised      the exceptions that they raised, in order
    handed      the pampds that get_data and free were handed in that call
    trouble     what was wrong inside of callbacks: a store may swallow what they raise

    `refusals_only`: nothing raises. `during` is called in each callback, and says what is wrong then.
    """

    def __init__(self, code: Code, during: Callable[[], str | None], *, refusals_only: bool = False) -> None:
        """It owns nothing."""
        self._code = code
        self._during = during
        self._refusals_only = refusals_only
        self.begin(Ways(), None)
        self.clear()

    def clear(self) -> None:
        """Own nothing any more."""
        self.objs: dict[int, Any] = {}
        self.objnodes: dict[int, Any] = {}
        self.pampds: dict[int, Pampd] = {}

    def begin(self, ways: Ways, raises: int | None) -> None:
        """Begin a call, in which the next of these ways is gone, and at most so many frees raise, if it is bounded."""
        self._ways = ways
        self._raises = raises
        self.callbacks: list[str] = []
        self.failures: list[str] = []
        self.raised: list[CallbackError] = []
        self.handed: list[Pampd] = []
        self.trouble: list[str] = []
        ways.begin()

    # The host.

    def obj_alloc(self, pool: int) -> Any:
        """A new obj, or a failure."""
        del pool
        return _own(self.objs, self._code.tree.Obj()) if self._goes_well("obj_alloc") else None

    def obj_free(self, pool: int, obj: Any) -> None:
        """Take back an obj, which must be empty."""
        del pool
        if self._take_back(self.objs, obj) and (
            obj.root is not None or obj.height or obj.pampd_count or obj.objnode_count
        ):
            counts = f"height {obj.height}, pampd_count {obj.pampd_count}, objnode_count {obj.objnode_count}"
            self.trouble.append(f"CNT-2: found an obj freed with {counts} and root {obj.root!r}, expected an empty one")
        self._free("obj_free")

    def objnode_alloc(self, pool: int) -> Any:
        """A new objnode, or a failure."""
        del pool
        return _own(self.objnodes, self._code.tree.Objnode()) if self._goes_well("objnode_alloc") else None

    def objnode_free(self, pool: int, objnode: Any) -> None:
        """Take back an objnode, which must be empty and counted so."""
        del pool
        if self._take_back(self.objnodes, objnode) and (
            objnode.slots_in_use or objnode.slots.count(None) != len(objnode.slots)
        ):
            used = len(objnode.slots) - objnode.slots.count(None)
            found = f"slots_in_use {objnode.slots_in_use} and {used} slots used"
            self.trouble.append(f"CNT-5: found an objnode freed with {found}, expected none")
        self._free("objnode_free")

    # The PAM.

    def create(self, pool: int, oid: int, index: int, page: bytes) -> Any:
        """Keep a page, or fail."""
        del pool
        return _own(self.pampds, Pampd(oid, index, page)) if self._goes_well("pam_create") else None

    def get_data(self, pampd: Pampd) -> bytes | None:
        """The page, or a failure."""
        if self.pampds.get(id(pampd)) is not pampd:
            self.trouble.append("OWN-2: found get_data of what is not live, expected a live pampd")
            return None
        self.handed.append(pampd)
        return pampd.page if self._goes_well("pam_get_data") else None

    def free(self, pampd: Pampd) -> None:
        """Forget a page."""
        if self._take_back(self.pampds, pampd):
            self.handed.append(pampd)
        self._free("pam_free")

    # What they do.

    def _take_back(self, owned: dict[int, Any], thing: Any) -> bool:
        if id(thing) in owned and owned.pop(id(thing)) is thing:
            return True
        self.trouble.append(f"OWN-1: found a {type(thing).__name__} freed that is not live, expected a live one")
        return False

    def _goes_well(self, name: str) -> bool:
        """Whether a callback that may fail goes well. Raises if it is to."""
        self._look()
        how = self._ways.choose(2 if self._refusals_only else 3)
        self.callbacks.append(name if how == WELL else f"{name}_failed")
        if how == WELL:
            return True
        if how == RAISES:
            self._raise(name)
        self._fail(name, "refused")
        return False

    def _free(self, name: str) -> None:
        """Raise, if that is chosen. The free has happened by then all the same."""
        self._look()
        self.callbacks.append(name)
        may = not self._refusals_only and (self._raises is None or len(self.raised) < self._raises)
        if may and self._ways.choose(2):
            self._raise(name)

    def _look(self) -> None:
        wrong = self._during()
        if wrong is not None:
            self.trouble.append(wrong)

    def _fail(self, name: str, how: str) -> None:
        number = self.callbacks.count(name) + self.callbacks.count(f"{name}_failed")
        self.failures.append(f"{name} number {number} {how}")

    def _raise(self, name: str) -> None:
        self._fail(name, "raises")
        error = CallbackError()
        self.raised.append(error)
        raise error


def _own(owned: dict[int, Any], thing: Any) -> Any:
    owned[id(thing)] = thing
    return thing
