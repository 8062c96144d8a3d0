"""Vehicles between two fixes: drawn on the way from where they were to where they are.

Each takes as long for the way as its last two fixes lie apart, whatever the others do. The map thus
lags by one interval of fixes at most, and never invents a place ahead of the last one reported.
What stands for long, jumps far or is stale is put where its fix says at once.
"""

from __future__ import annotations

import numpy as np

from ui.map.cells import Ints
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
        self._allot(0)
        #: Rows whose way can be seen; None while nobody has said so.
        self.seen: Ints | None = None

    def _allot(self, n: int) -> None:
        self._behind: Floats = np.zeros((n, 2))
        self._begun_s: Floats = np.full(n, -LONGEST_S)
        self._lasts_s: Floats = np.full(n, SHORTEST_S)
        self.now: Floats = np.zeros((n, 2))

    def put(self, layer: UnitLayer, world: Floats) -> None:
        """Units stand at their positions at once."""
        self._ids = layer.ids
        self._allot(len(world))
        self.seen = None

    def go(self, layer: UnitLayer, before: Floats, world: Floats, at_s: float) -> bool:
        """New positions at a monotonic time; whether anything has to be moved.

        `before` and `world` (n, 2): the last and the new positions of the units before and now.
        """
        if layer.ids is not self._ids and layer.ids != self._ids:
            before = self._other_units(layer, before, world)
        self._ids = layer.ids
        moved = np.flatnonzero((before[:, 0] != world[:, 0]) | (before[:, 1] != world[:, 1]))
        behind = before[moved] + self.now[moved] - world[moved]
        far = (np.abs(behind[:, 0]) > LONGEST_STEP_M) | (np.abs(behind[:, 1]) > LONGEST_STEP_M)
        behind[far] = 0.0
        self._behind[moved] = behind
        self._behind[layer.stale] = 0.0
        since = at_s - self._begun_s[moved]
        self._lasts_s[moved] = np.clip(since, SHORTEST_S, LONGEST_S)
        self._begun_s[moved] = at_s
        return self.advance(at_s)

    def _other_units(self, layer: UnitLayer, before: Floats, world: Floats) -> Floats:
        """The roster has changed: everybody's row anew; newcomers stand where they are."""
        known = {unit: row for row, unit in enumerate(self._ids)}
        rows = np.array([known.get(unit, -1) for unit in layer.ids], dtype=np.int64)
        old = rows >= 0
        rows = rows[old]
        behind, begun, lasts, now = self._behind, self._begun_s, self._lasts_s, self.now
        self._allot(len(world))
        self._behind[old], self._begun_s[old] = behind[rows], begun[rows]
        self._lasts_s[old], self.now[old] = lasts[rows], now[rows]
        self.seen = None
        places = world.copy()
        places[old] = before[rows]
        return places

    def advance(self, at_s: float) -> bool:
        """Bring `now` to a monotonic time; whether units are still on their way."""
        left = 1.0 - (at_s - self._begun_s) / self._lasts_s
        np.clip(left, 0.0, 1.0, out=left)
        self.now = self._behind * left[:, None]
        return bool(self.now.any())

    def furthest_m(self) -> float:
        """The longest way still to be drawn where it can be seen, in world metres."""
        now = self.now if self.seen is None else self.now[self.seen]
        return float(np.abs(now).max(initial=0.0))
