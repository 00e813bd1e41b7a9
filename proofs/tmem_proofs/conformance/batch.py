"""A host and PAM that record, whose PAM takes the pages of a run in one call.

What is done to many pages at once is recorded as so many callbacks, so that a run looks as its single operations do.
A failure of one page is told as ever: of the pages that the call creates, alone or at once, the `nth` is refused, or of
those that it reads. If one page of a batch is told to raise, the batch does. A batch can also be told to raise by its
own name: `Fail("free_all", 0, raises=True)`. Then none of its pages is created, or read; but all are freed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from tmem_proofs.conformance.recorder import Fail, Pampd, Recorder
from tmem_spec.metadata import Callback

BATCHES = ("create_all", "get_data_all", "free_all")


@dataclass(slots=True)
class BatchRecorder(Recorder):
    """Host and PAM in one, the PAM with three callbacks for runs. `batches`: which were made, and of how many pages."""

    batches: list[tuple[str, int]] = field(default_factory=list)

    def create_all(self, pool: int, oid: int, index: int, pages: Sequence[bytes]) -> list[Pampd | None]:
        """Keep these pages, but for those that are told to fail; or none, if the batch is told to raise."""
        handles = [(pool, oid, index + at) for at in range(len(pages))]
        refused = self._batch("create", handles, Callback.CREATE, Callback.CREATE_REFUSED)
        return [
            None if fails else self._keep(handle, page)
            for handle, page, fails in zip(handles, pages, refused, strict=True)
        ]

    def get_data_all(self, pampds: Sequence[Pampd]) -> list[bytes | None]:
        """These pages, but for those that are told to fail; or none, if the batch is told to raise."""
        for pampd in pampds:
            self._hand(pampd)
        handles = [pampd.handle for pampd in pampds]
        failed = self._batch("get_data", handles, Callback.GET_DATA, Callback.GET_DATA_FAILED)
        return [None if fails else pampd.page for pampd, fails in zip(pampds, failed, strict=True)]

    def free_all(self, pampds: Sequence[Pampd]) -> None:
        """Forget these pages: all of them, if the batch is told to raise, too."""
        for pampd in pampds:
            self._take_back(self.pampds, pampd)
            self.handed.append(pampd)
        self._batch("free", [pampd.handle for pampd in pampds], Callback.FREE, Callback.FREE)

    def _batch(
        self, name: str, handles: list[tuple[int, int, int]], done: Callback, failed: Callback
    ) -> list[Fail | None]:
        """Record a batch; of each page, how it fails, if it does. Raises if the batch, or one page, is told to."""
        batch = f"{name}_all"
        self.batches.append((batch, len(handles)))
        whole = self._told(batch)
        fails = [self._told(name) for _ in handles]
        raising = next((one for one in (whole, *fails) if one is not None and one.raises is not False), None)
        for handle, one in zip(handles, fails, strict=True):
            self._note(done if raising is None and one is None else failed, handle)
        self.during(batch)
        self._raise_if_told(raising)
        return fails
