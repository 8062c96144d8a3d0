"""What every simulated world answers to."""

from __future__ import annotations

from typing import Protocol

from dispatch.simulation.events import Event, Order


class World(Protocol):
    """A city in motion: seeded, deterministic, driven by `advance`.

    The same orders at the same simulated times give the same events.
    """

    def advance(self, to_us: int) -> list[Event]:
        """Let time run to `to_us` and say what happened on the way, in order of time."""
        ...

    def order(self, order: Order) -> None:
        """Tell the world what the desk did. An order dated before now counts from now."""
        ...
