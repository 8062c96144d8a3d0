"""The heap at the core of every world: what happens when, ties in the order they were made."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable

Action = Callable[[int], None]


class Agenda:
    """Actions to come. Times are integer microseconds; an action is called with its time."""

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, Action]] = []
        self._order = itertools.count()

    def at(self, t_us: int, action: Action) -> None:
        """Put an action down for a time."""
        heapq.heappush(self._heap, (t_us, next(self._order), action))

    def run_until(self, t_us: int) -> None:
        """Do everything due up to and including a time, also what is put down on the way."""
        while self._heap and self._heap[0][0] <= t_us:
            due_us, _, action = heapq.heappop(self._heap)
            action(due_us)

    def __len__(self) -> int:
        return len(self._heap)
