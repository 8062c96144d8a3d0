"""Vehicles between two fixes: drawn on the way from where they were to where they are.

The map thus lags by one interval of fixes at most, and never invents a place ahead of the last one
reported. What stands for long, jumps far or is stale is put where its fix says at once.
"""

from __future__ import annotations

import numpy as np

from ui.map.layers import UnitLayer
from ui.map.projection import Floats

#: A step further than this is a correction, not a drive (world metres).
LONGEST_STEP_M = 600.0
#: A way between two fixes is never stretched over more than this, nor less.
LONGEST_S, SHORTEST_S = 1.5, 0.2


class Drive:
    """How far each unit is still drawn behind its last position, in world metres."""

    def __init__(self) -> None:
        self._ids: tuple[str, ...] = ()
        self._behind: Floats = np.zeros((0, 2))
        self._begun_s = 0.0
        self._lasts_s = SHORTEST_S
        self.now: Floats = np.zeros((0, 2))

    def put(self, layer: UnitLayer, world: Floats) -> None:
        """Units stand at their positions at once."""
        self._ids = layer.ids
        self._behind = np.zeros_like(world)
        self.now = self._behind

    def go(self, layer: UnitLayer, before: Floats, world: Floats, at_s: float) -> bool:
        """New positions at a monotonic time; whether anything has to be moved.

        `before` and `world` (n, 2): the last and the new positions of the units before and now.
        """
        drawn = before + self.now
        known = {unit: row for row, unit in enumerate(self._ids)}
        rows = np.array([known.get(unit, -1) for unit in layer.ids], dtype=np.int64)
        behind = np.zeros_like(world)
        old = rows >= 0
        behind[old] = drawn[rows[old]] - world[old]
        far = np.abs(behind).max(axis=1, initial=0.0) > LONGEST_STEP_M
        behind[far | layer.stale] = 0.0
        self._ids = layer.ids
        self._behind = self.now = behind
        self._lasts_s = min(LONGEST_S, max(SHORTEST_S, at_s - self._begun_s))
        self._begun_s = at_s
        return bool(behind.any())

    def advance(self, at_s: float) -> bool:
        """Bring `now` to a monotonic time; whether units are still on their way."""
        left = 1.0 - (at_s - self._begun_s) / self._lasts_s
        self.now = self._behind * max(0.0, min(1.0, left))
        return left > 0.0

    def furthest_m(self) -> float:
        """The longest way still to be drawn, in world metres."""
        return float(np.abs(self.now).max(initial=0.0))
