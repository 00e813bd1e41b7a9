"""The driver: runs our store by the calls of the specification, and tells what it answers in the same words.

    driver = Driver()
    driver.drive(NewPool(PERSISTENT))
    driver.drive(Put(Handle(0, 7, 0), b"a page"), Fail("create")).answer       # Answer(Outcome.REFUSED)

Beside answers it looks at what only a host and a PAM can see: who owns what (OWN-1, OWN-2), and that the first
exception of a callback, and no other, is passed on (ERR-2). Where that is broken it raises, as no answer could say it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import assert_never

from tmem import FlagsError, GetDataError, HandleError, PoolError, Tmem
from tmem_proofs.conformance.recorder import CallbackError, Fail, OwnershipError, Pampd, Recorder
from tmem_spec.calls import (
    Answer,
    Call,
    DestroyPool,
    Environment,
    FlushObject,
    FlushPage,
    FlushPool,
    Freeze,
    Get,
    HandleCall,
    NewPool,
    Outcome,
    PoolCall,
    Put,
    Reclaim,
    Thaw,
)
from tmem_spec.metadata import Callback, Live
from tmem_spec.words import Handle


class PassedOnError(AssertionError):
    """ERR-2: a callback raised, and the caller was not handed that exception, or not the first one."""


class Lookalike(Pampd):
    """A pampd that says it equals any other. Reclaim goes by identity, so it names no page that is stored."""

    def __eq__(self, other: object) -> bool:
        """Always."""
        return True

    __hash__ = object.__hash__


@dataclass(frozen=True, slots=True)
class Driven:
    """One call to our store: what was asked, what came of it."""

    call: Call
    answer: Answer
    environment: Environment
    callbacks: tuple[Callback, ...]
    live: Live


class Driver:
    """A store of ours with a host and PAM that record. `store` and `recorder` may be looked at between calls."""

    def __init__(self, recorder: Recorder | None = None, store: Tmem | None = None) -> None:
        """A store of which `recorder` is the host and the PAM: a new one without pools, if none is given."""
        self.recorder = Recorder() if recorder is None else recorder
        self.store = Tmem(host=self.recorder, pam=self.recorder) if store is None else store

    def drive(self, call: Call, *failures: Fail) -> Driven:
        """Make one call, in which these callbacks fail as far as it gets to them.

        A page put must be bytes. Raises OwnershipError, PassedOnError, ValueError for a `Reclaim` that says it names
        the page at a handle that holds none, and whatever else the store raises that no answer of a call stands for.
        """
        self.recorder.expect(*failures)
        answer = self._answer(call)
        recorder = self.recorder
        if recorder.broken:
            raise recorder.broken[0]
        self._handed_their_own(call)
        return Driven(call, answer, recorder.environment(), tuple(recorder.callbacks), recorder.live())

    def _answer(self, call: Call) -> Answer:
        """The answer of a call."""
        return self._answered(lambda: self._make(call))

    def _answered(self, make: Callable[[], Answer]) -> Answer:
        """What comes of making a call; exceptions that the store's documentation names are answers too."""
        passed_on: BaseException | None = None
        try:
            answer = make()
        except GetDataError as error:
            answer, passed_on = Answer(Outcome.FAILED), error
        except CallbackError as error:
            answer, passed_on = Answer(Outcome.RAISED), error
        except (FlagsError, HandleError, PoolError):
            answer = Answer(Outcome.REJECTED)
        raised = self.recorder.raised
        if raised and passed_on is not raised[0] and not isinstance(passed_on, GetDataError):
            message = f"ERR-2: found {passed_on!r} passed on, expected {raised[0]!r}, which came first"
            raise PassedOnError(message)
        return answer

    def _make(self, call: Call) -> Answer:
        if isinstance(call, NewPool):
            return Answer(Outcome.DONE, pool=self.store.new_pool(call.flags))
        if isinstance(call, Put | Get | FlushPage | Reclaim):
            return self._on_handle(call)
        return self._on_pool(call)

    def _on_handle(self, call: HandleCall) -> Answer:
        place = call.handle.pool, call.handle.oid, call.handle.index
        match call:
            case Put():
                return Answer(Outcome.STORED if self.store.put(*place, call.page) else Outcome.REFUSED)
            case Get():
                get = self.store.get_exclusive if call.exclusive else self.store.get
                page = get(*place)
                return Answer(Outcome.MISS) if page is None else Answer(Outcome.HIT, page)
            case FlushPage():
                return _dropped(found=self.store.flush_page(*place))
            case Reclaim():
                return _dropped(found=self.store.reclaim(*place, self._pampd(call)))
            case _:
                assert_never(call)

    def _on_pool(self, call: PoolCall) -> Answer:
        match call:
            case FlushObject():
                return _dropped(found=self.store.flush_object(call.pool, call.oid))
            case FlushPool():
                self.store.flush_pool(call.pool)
            case DestroyPool():
                self.store.destroy_pool(call.pool)
            case Freeze():
                self.store.freeze(call.pool)
            case Thaw():
                self.store.thaw(call.pool)
            case _:
                assert_never(call)
        return Answer(Outcome.DONE)

    def _pampd(self, call: Reclaim) -> Pampd:
        """The live pampd of the handle, or one that only looks like it."""
        place = call.handle.pool, call.handle.oid, call.handle.index
        live = self.recorder.pampd_at(*place)
        if not call.names_held:
            return Lookalike(place, b"" if live is None else live.page)
        if live is None:
            message = f"{call} names the page held, and {call.handle} holds none"
            raise ValueError(message)
        return live

    def _handed_their_own(self, call: Call) -> None:
        """Raise OwnershipError unless get_data and free were handed pampds of what the call names alone (OWN-2)."""
        for pampd in self.recorder.handed:
            handle = Handle(*pampd.handle)
            if not _names(call, handle):
                message = f"OWN-2: found the pampd of {handle} handed to the PAM, expected one that {call} names"
                raise OwnershipError(message)


def _dropped(*, found: bool) -> Answer:
    return Answer(Outcome.DONE if found else Outcome.NOT_FOUND)


def _names(call: Call, handle: Handle) -> bool:
    """Whether the call may touch this handle."""
    if isinstance(call, Put | Get | FlushPage | Reclaim):
        return call.handle == handle
    if isinstance(call, FlushObject):
        return (call.pool, call.oid) == (handle.pool, handle.oid)
    return isinstance(call, FlushPool | DestroyPool) and call.pool == handle.pool
