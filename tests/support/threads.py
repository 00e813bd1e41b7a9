"""Calls that are made at one moment, by threads that take turns as often as they can."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from support.worlds import PATIENCE


@contextmanager
def taking_turns() -> Iterator[None]:
    """Threads take turns as often as the interpreter lets them."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


def together(calls: Sequence[Callable[[], object]]) -> list[object]:
    """What the calls answer, each made in a thread of its own, all at one moment; or raise, as answers."""
    barrier = threading.Barrier(len(calls))
    answers: list[object] = [None] * len(calls)

    def run(number: int) -> None:
        barrier.wait(PATIENCE)
        try:
            answers[number] = calls[number]()
        except Exception as error:  # noqa: BLE001 - it is an answer, and judged as one
            answers[number] = error

    threads = [threading.Thread(target=run, args=(number,), daemon=True) for number in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert not any(thread.is_alive() for thread in threads), "a deadlock"
    return answers
