"""Measures calls side by side: in turns, by the thread's processor time, so that a busy machine disturbs all of them alike."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Cost:
    """Processor milliseconds of one call: the median and the 95th percentile of many."""

    median: float
    p95: float
    calls: int

    @property
    def per_second(self) -> float:
        """How many such calls one core does in a second."""
        return 1000 / self.median if self.median else 0.0


def in_turns(calls: dict[str, Callable[[], object]], rounds: int, warm: int = 5) -> dict[str, Cost]:
    """The cost of each call. A round does every call once, in an order that moves on, so none always follows the same one.

    What comes before a measured call has pushed its data out of the processor's caches: that is what a server
    that answers different people does all day.
    """
    names = list(calls)
    for _ in range(warm):
        for name in names:
            calls[name]()
    taken: dict[str, list[float]] = {name: [] for name in names}
    for turn in range(rounds):
        gc.collect()
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            start = time.thread_time()
            calls[name]()
            taken[name].append((time.thread_time() - start) * 1000)
    return {
        name: Cost(statistics.median(times), sorted(times)[int(len(times) * 0.95)], len(times))
        for name, times in taken.items()
    }
