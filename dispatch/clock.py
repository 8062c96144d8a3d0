"""One clock: live, simulated or replayed. Everything that asks for the time asks one of these.

`now_us` is the operational time (it drives ages and targets), `wall_us` real UTC and `mono_us`
orders events within one process, whatever happens to the other two.
"""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """Microseconds, three ways."""

    def now_us(self) -> int:
        """Operational time, microseconds UTC."""

    def wall_us(self) -> int:
        """Real time, microseconds UTC."""

    def mono_us(self) -> int:
        """Monotonic time of this process, microseconds."""


class RealClock:
    """The clock of a live centre: operational time is real time."""

    def now_us(self) -> int:
        """Real time, microseconds UTC."""
        return time.time_ns() // 1_000

    wall_us = now_us

    def mono_us(self) -> int:
        """Monotonic time of this process, microseconds."""
        return time.monotonic_ns() // 1_000


class SimClock:
    """Operational time that runs at a chosen speed from a chosen start, or stands.

    With `speed=0` it moves only by `advance_to`, which makes runs repeatable.
    """

    def __init__(self, start_us: int, speed: float = 0.0) -> None:
        self._base_us = start_us
        self._anchor = time.monotonic_ns() // 1_000
        self._speed = speed
        self._paused = False

    def now_us(self) -> int:
        """Simulated time, microseconds UTC."""
        if self._paused or self._speed == 0:
            return self._base_us
        return self._base_us + int((self.mono_us() - self._anchor) * self._speed)

    def wall_us(self) -> int:
        """Real time, microseconds UTC."""
        return time.time_ns() // 1_000

    def mono_us(self) -> int:
        """Monotonic time of this process, microseconds."""
        return time.monotonic_ns() // 1_000

    @property
    def speed(self) -> float:
        """Simulated seconds a real second; 0 when it only moves by `advance_to`."""
        return self._speed

    @property
    def is_paused(self) -> bool:
        """Whether time stands."""
        return self._paused

    def set_speed(self, speed: float) -> None:
        """Run on from now at another speed (>= 0)."""
        self._rebase(self.now_us())
        self._speed = max(0.0, speed)

    def pause(self) -> None:
        """Let time stand."""
        self._rebase(self.now_us())
        self._paused = True

    def resume(self) -> None:
        """Let time run again from where it stood."""
        self._rebase(self._base_us)
        self._paused = False

    def advance_to(self, t_us: int) -> None:
        """Move forward to `t_us`; never back."""
        self._rebase(max(t_us, self.now_us()))

    def move_to(self, t_us: int) -> None:
        """Stand at `t_us`, forward or back: for replay alone."""
        self._rebase(t_us)

    def _rebase(self, now_us: int) -> None:
        self._base_us = now_us
        self._anchor = self.mono_us()
