"""How the desk lane does, as the top bar shows it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Health:
    """`journal_ms`: how long the last deed took to become durable; None before the first.

    `sending`: deeds handed in and not yet durable. `well`: False when the lane has stopped.
    """

    journal_ms: float | None = None
    sending: int = 0
    well: bool = True
