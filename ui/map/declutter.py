"""Which labels fit: an occupancy grid fixed to the world, so that panning changes no choice."""

from __future__ import annotations

import math

import numpy as np

CELL_PX = 6
#: Labels may be claimed this far outside the canvas, so that none pops up at its edge.
MARGIN_PX = 240


class Declutter:
    """Free room on one canvas. Canvas pixels go in; the grid's lines are the world's."""

    def __init__(self, width: int, height: int, left_px: float, top_px: float) -> None:
        """`left_px`, `top_px`: the canvas's corner in pixels of the world at this zoom."""
        # The part of a cell by which the canvas is off the world's grid.
        self._dx = MARGIN_PX + left_px % CELL_PX
        self._dy = MARGIN_PX + top_px % CELL_PX
        columns = math.ceil((width + 2 * MARGIN_PX) / CELL_PX) + 2
        rows = math.ceil((height + 2 * MARGIN_PX) / CELL_PX) + 2
        self._taken = np.zeros((rows, columns), dtype=bool)

    def claim(self, left: float, top: float, right: float, bottom: float) -> bool:
        """Take a box if all of it is free; what lies outside the grid is not."""
        x0, x1 = int((left + self._dx) // CELL_PX), int((right + self._dx) // CELL_PX)
        y0, y1 = int((top + self._dy) // CELL_PX), int((bottom + self._dy) // CELL_PX)
        rows, columns = self._taken.shape
        if x0 < 0 or y0 < 0 or x1 >= columns or y1 >= rows:
            return False
        part = self._taken[y0 : y1 + 1, x0 : x1 + 1]
        if part.any():
            return False
        part[:] = True
        return True

    def block(self, left: float, top: float, right: float, bottom: float) -> None:
        """Take a box whether or not it is free."""
        x0 = max(0, int((left + self._dx) // CELL_PX))
        y0 = max(0, int((top + self._dy) // CELL_PX))
        x1 = int((right + self._dx) // CELL_PX)
        y1 = int((bottom + self._dy) // CELL_PX)
        if x1 >= x0 and y1 >= y0:
            self._taken[y0 : y1 + 1, x0 : x1 + 1] = True
