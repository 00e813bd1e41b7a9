"""Time of single operations, the contenders side by side: in each round, each of them does each thing once.

A contender is made empty, filled (put), filled once more (put again) and read (get), at the same handles as the others,
and dropped before the next one's turn. The order in which they come moves on by one from round to round. The collector
is off while a loop runs.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Sequence
from typing import Final

from . import handles, names
from .contenders import Contender
from .progress import Rounds, say
from .recording import Recorder

PAGE: Final = b"page"
WARM_UP: Final = 2000
HUGE: Final = 10**7  # too many pages to put them again

Maker = type[Contender]


def measure(recorder: Recorder, makers: Sequence[Maker], size: int, rounds: Rounds) -> None:
    """Rounds of all contenders in both orders of `size` handles."""
    for make in makers:
        warm_up(make)
    orders = handles.in_both_orders(size)
    for number in rounds:
        turn = number % len(makers)
        for name, order in orders.items():
            for make in (*makers[turn:], *makers[:turn]):
                if size >= HUGE:
                    say(f"      {name}: {make.name}")
                measure_one(recorder, make, name, order)


def measure_one(recorder: Recorder, make: Maker, name: str, order: handles.Order) -> None:
    """Fill a new contender, fill it again, read it, and see that it has the last page."""
    contender = make()
    kinds: dict[str, Callable[[], None]] = {
        names.PUT: lambda: contender.puts(order.filled, PAGE),
        names.PUT_AGAIN: lambda: contender.puts(order.asked, PAGE),
        names.GET: lambda: contender.gets(order.asked),
    }
    size, last = len(order.filled), order.filled[-1]
    for kind, run in kinds.items():
        if kind != names.PUT_AGAIN or size < HUGE:
            recorder.add(names.operation(kind, name, size, contender.name), timed(run) / size)
    if contender.keeps and contender.page_at(*last) != PAGE:
        message = f"{contender.name} has lost the page at {last}"
        raise RuntimeError(message)
    contender.close()


def timed(run: Callable[[], None]) -> float:
    """The seconds that a loop takes, the collector off."""
    gc.collect()
    gc.disable()
    try:
        begin = time.perf_counter()
        run()
        return time.perf_counter() - begin
    finally:
        gc.enable()


def warm_up(make: Maker) -> None:
    """Let the interpreter adapt the loops and the methods to what they are called with."""
    few = handles.sequential(WARM_UP)
    contender = make()
    for _ in range(3):
        contender.puts(few, PAGE)
        contender.gets(few)
    contender.close()
