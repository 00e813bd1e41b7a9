"""Ranges, driven: our store's calls on ranges, told as the single calls that they were.

    driver = RangeDriver()
    driver.drive(NewPool(PERSISTENT))
    call = PutRange(Handle(0, 7, 63), (b"a page", b"another"))
    judge_range(judge, *driver.drive_range(call, Fail("create", 1)).observed())

Where a range gives answers, they are those of its singles. Where it raises, its singles are told by what became of the
pages: which pampds are live before and after, and which page each callback was for. Host and PAM must be a recorder.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from tmem import Tmem
from tmem_proofs.conformance.driver import Driver
from tmem_proofs.conformance.recorder import Fail, OwnershipError, Pampd
from tmem_spec.calls import Answer, Environment, Event, FlushPage, Get, Outcome, Put
from tmem_spec.metadata import Callback, Live
from tmem_spec.ranges import GetRange, PutRange, RangeCall, Single, count_of, run_of, singles
from tmem_spec.words import Handle

Held = dict[Handle, Pampd]

_ALLOC_REFUSED = (Callback.OBJ_ALLOC_REFUSED, Callback.OBJNODE_ALLOC_REFUSED)


@dataclass(frozen=True, slots=True)
class DrivenRange:
    """One call on a range: what was asked, how it ended, the singles that were performed, what host and PAM saw."""

    call: RangeCall
    ended: Outcome
    performed: tuple[Event, ...]
    callbacks: tuple[Callback, ...]
    live: Live

    def observed(self) -> tuple[RangeCall, Outcome, tuple[Event, ...], tuple[tuple[Callback, ...], Live]]:
        """What a judge is to be told: see `judge_range`."""
        return self.call, self.ended, self.performed, (self.callbacks, self.live)


def make(store: Tmem, call: RangeCall) -> Sequence[object]:
    """Make a call on a range; its answers."""
    place = call.handle.pool, call.handle.oid, call.handle.index
    if isinstance(call, PutRange):
        return store.put_range(*place, call.pages)
    if isinstance(call, GetRange):
        return store.get_range(*place, call.count)
    return store.flush_range(*place, call.count)


def answered(call: RangeCall, answers: Sequence[object]) -> Iterator[tuple[Single, Answer]]:
    """The singles of a range that gave these answers, each with its own, in the specification's words."""
    for one, answer in zip(singles(call), answers, strict=False):
        yield one, _answer(one, answer)


class RangeDriver(Driver):
    """A driver that makes calls on ranges, too."""

    def drive_range(self, call: RangeCall, *failures: Fail) -> DrivenRange:
        """Make one call, in which these callbacks fail as far as it gets to them. Raises as `drive` does."""
        recorder = self.recorder
        recorder.expect(*failures)
        before = self._held(call)
        answers: list[object] = []
        ended = self._answered(lambda: _done(answers, make(self.store, call))).outcome
        if recorder.broken:
            raise recorder.broken[0]
        self._handed_of_range(call)
        story = Story(call, ended, before, self._held(call), recorder.callbacks, recorder.handles)
        if ended is Outcome.DONE:
            performed = story.answered(answers)
        elif ended is Outcome.REJECTED:
            performed = ()
        else:
            performed = tuple(story.unanswered())
        return DrivenRange(call, ended, performed, tuple(recorder.callbacks), recorder.live())

    def _held(self, call: RangeCall) -> Held:
        """The live pampds of the object of a range."""
        handles = [(Handle(*one.handle), one) for one in self.recorder.pampds.values()]
        whose = call.handle.pool, call.handle.oid
        return {handle: pampd for handle, pampd in handles if (handle.pool, handle.oid) == whose}

    def _handed_of_range(self, call: RangeCall) -> None:
        """Raise OwnershipError unless get_data and free were handed pampds of the range alone (OWN-2)."""
        first, count = call.handle.index, count_of(call)
        for pampd in self.recorder.handed:
            handle = Handle(*pampd.handle)
            if replace(handle, index=first) != call.handle or not first <= handle.index < first + count:
                message = f"OWN-2: found the pampd of {handle} handed to the PAM, expected one of {call}"
                raise OwnershipError(message)


@dataclass(frozen=True)
class Story:
    """What is known of a call on a range: its pages before and after, its callbacks, and of which page each was."""

    call: RangeCall
    ended: Outcome
    before: Held
    after: Held
    callbacks: Sequence[Callback]
    handles: Sequence[tuple[int, int, int] | None]

    def answered(self, answers: Sequence[object]) -> tuple[Event, ...]:
        """The singles of a range that gave these answers, each with its own."""
        told = answered(self.call, answers)
        return tuple(Event(one, answer, self.environment(one.handle)) for one, answer in told)

    def unanswered(self) -> Iterator[Event]:
        """The singles of a range that raised, as far as they were performed."""
        last = run_of(self.reached())
        for one in singles(self.call):
            if run_of(one.handle.index) < last:
                yield Event(one, self.finished(one), self.environment(one.handle))
            elif run_of(one.handle.index) == last and self.performed(one):
                yield Event(one, self.of_last_run(one), self.environment(one.handle, raised=self.raised))

    @property
    def raised(self) -> bool:
        """Whether a callback's exception ended the range."""
        return self.ended is Outcome.RAISED

    def environment(self, handle: Handle, *, raised: bool = False) -> Environment:
        """What the specification calls the environment of the single of this handle."""
        own = self.of_page(handle)
        return Environment(
            refused=Callback.CREATE_REFUSED in own or handle in self.without_metadata,
            get_data_failed=Callback.GET_DATA_FAILED in own,
            raised=raised,
        )

    def of_page(self, handle: Handle) -> list[Callback]:
        """The callbacks that were for the page of this handle."""
        place = handle.pool, handle.oid, handle.index
        return [callback for callback, of in zip(self.callbacks, self.handles, strict=True) if of == place]

    @cached_property
    def without_metadata(self) -> list[Handle]:
        """The handles of a put range to which the host refused an obj or an objnode, in order.

        A put that is refused metadata never gets to its page, and one that is not, does: so the first of those that
        created no page is the one that was refused first, and so on.
        """
        asked = {of for callback, of in zip(self.callbacks, self.handles, strict=True) if _is_create(callback)}
        pages = [one.handle for one in singles(self.call)]
        never = [one for one in pages if (one.pool, one.oid, one.index) not in asked]
        refusals = sum(callback in _ALLOC_REFUSED for callback in self.callbacks)
        return never[:refusals]

    def reached(self) -> int:
        """The index that the last callback was for: metadata is given back just after the page that it was for."""
        refused = iter(self.without_metadata)
        index = self.call.handle.index
        for callback, of in zip(self.callbacks, self.handles, strict=True):
            if of is not None:
                index = of[2]
            elif callback in _ALLOC_REFUSED:
                index = next(refused).index
        return index

    def finished(self, one: Single) -> Answer:
        """What a single of an earlier run would have answered."""
        if isinstance(one, Put):
            return Answer(Outcome.STORED if self.stored(one) else Outcome.REFUSED)
        was = self.before.get(one.handle)
        return _answer(one, was is not None if isinstance(one, FlushPage) else was and was.page)

    def performed(self, one: Single) -> bool:
        """Whether a single of the run that raised was performed: a put, if its handle does not hold what it held.

        A get, if its data failed; or, where no data did, as a flush: if its handle is empty now.
        """
        if isinstance(one, Put):
            return self.stored(one) or one.handle not in self.after
        if isinstance(one, Get) and Callback.GET_DATA_FAILED in self.callbacks:
            return Callback.GET_DATA_FAILED in self.of_page(one.handle)
        return one.handle not in self.after

    def of_last_run(self, one: Single) -> Answer:
        """What a single that was performed in the run that raised would have answered, or as what it ended."""
        if isinstance(one, Put):
            return Answer(Outcome.STORED if self.stored(one) else self.ended)
        held = one.handle in self.before
        return Answer(self.ended) if held else self.finished(one)

    def stored(self, one: Put) -> bool:
        """Whether its handle holds a page that it did not hold before."""
        now = self.after.get(one.handle)
        return now is not None and now is not self.before.get(one.handle)


def _done(answers: list[object], given: Sequence[object]) -> Answer:
    """Keep the answers of a range, and say that it gave some."""
    answers += given
    return Answer(Outcome.DONE)


def _is_create(callback: Callback) -> bool:
    return callback in (Callback.CREATE, Callback.CREATE_REFUSED)


def _answer(one: Single, answer: object) -> Answer:
    """What a single answers, in the specification's words."""
    if isinstance(one, Put):
        return Answer(Outcome.STORED if answer else Outcome.REFUSED)
    if isinstance(one, FlushPage):
        return Answer(Outcome.DONE if answer else Outcome.NOT_FOUND)
    return Answer(Outcome.MISS) if answer is None else Answer(Outcome.HIT, answer)
