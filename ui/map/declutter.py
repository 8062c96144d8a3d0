"""Which labels fit: an occupancy grid fixed to the world, so that panning changes no choice."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from PySide6.QtGui import QPainter, QPixmap

from ui.map.camera import Camera
from ui.map.projection import HALF_WORLD_M, Floats

CELL_PX = 6
#: Labels are laid out this far outside the canvas, so that a pan can reuse the layout.
MARGIN_PX = 256


class Declutter:
    """Free room on one canvas and a margin round it.

    Canvas pixels go in; the grid's lines are the world's. A row of cells is one integer, so that a
    box of four rows costs four machine-word operations and not an array call.
    """

    def __init__(self, camera: Camera) -> None:
        west, north = camera.left_top
        pixel = camera.metres_per_pixel
        # The part of a cell by which the canvas is off the world's grid.
        self._dx = MARGIN_PX + round((west + HALF_WORLD_M) / pixel) % CELL_PX
        self._dy = MARGIN_PX + round((HALF_WORLD_M - north) / pixel) % CELL_PX
        self._columns = math.ceil((camera.width + 2 * MARGIN_PX) / CELL_PX) + 2
        self._rows = [0] * (math.ceil((camera.height + 2 * MARGIN_PX) / CELL_PX) + 2)

    def claim(self, left: float, top: float, right: float, bottom: float) -> bool:
        """Take a box if all of it is free; what lies outside the grid is not."""
        x0, x1 = int((left + self._dx) // CELL_PX), int((right + self._dx) // CELL_PX)
        y0, y1 = int((top + self._dy) // CELL_PX), int((bottom + self._dy) // CELL_PX)
        rows = self._rows
        if x0 < 0 or y0 < 0 or x1 >= self._columns or y1 >= len(rows):
            return False
        mask = ((1 << (x1 - x0 + 1)) - 1) << x0
        for y in range(y0, y1 + 1):
            if rows[y] & mask:
                return False
        for y in range(y0, y1 + 1):
            rows[y] |= mask
        return True

    def block(self, left: float, top: float, right: float, bottom: float) -> None:
        """Take a box whether or not it is free; what lies outside the grid is left out."""
        x0 = max(0, int((left + self._dx) // CELL_PX))
        x1 = min(self._columns - 1, int((right + self._dx) // CELL_PX))
        y0 = max(0, int((top + self._dy) // CELL_PX))
        y1 = min(len(self._rows) - 1, int((bottom + self._dy) // CELL_PX))
        if x1 >= x0:
            mask = ((1 << (x1 - x0 + 1)) - 1) << x0
            for y in range(y0, y1 + 1):
                self._rows[y] |= mask

    def block_all(self, centres: Floats, half_px: Floats | float) -> None:
        """Take a square round every centre (n, 2), of half a size each or one for all."""
        if len(centres) == 0:
            return
        half = np.broadcast_to(np.asarray(half_px, dtype=np.float64), len(centres))
        self.block_boxes(np.column_stack([centres - half[:, None], centres + half[:, None]]))

    def block_boxes(self, boxes: Floats) -> None:
        """Take boxes (n, 4), left, top, right, bottom, whether or not they are free."""
        shift = np.array([self._dx, self._dy, self._dx, self._dy])
        cell = np.floor((boxes + shift) / CELL_PX).astype(np.int64)
        columns, rows = self._columns, len(self._rows)
        cell = cell[(cell[:, 2] >= 0) & (cell[:, 3] >= 0)]
        cell = cell[(cell[:, 0] < columns) & (cell[:, 1] < rows)]
        if len(cell) == 0:
            return
        cell = np.clip(cell, 0, [columns - 1, rows - 1, columns - 1, rows - 1])
        taken = np.zeros((rows, columns), dtype=bool)
        wide, tall = (cell[:, 2] - cell[:, 0]).max(), (cell[:, 3] - cell[:, 1]).max()
        for down in range(int(tall) + 1):
            for right in range(int(wide) + 1):
                x, y = cell[:, 0] + right, cell[:, 1] + down
                within = (x <= cell[:, 2]) & (y <= cell[:, 3])
                taken[y[within], x[within]] = True
        packed = np.packbits(taken, axis=1, bitorder="little")
        for row in np.flatnonzero(taken.any(axis=1)).tolist():
            self._rows[row] |= int.from_bytes(packed[row].tobytes(), "little")


@dataclass(frozen=True)
class Placed:
    """A label that found room: its picture, its anchor in world metres, its corner from there.

    `id` is whose label it is, `width` and `height` what it covers, in pixels.
    """

    anchor: tuple[float, float]
    dx: float
    dy: float
    picture: QPixmap
    id: str
    width: float
    height: float


class Layout:
    """Labels placed once and drawn while the view only pans."""

    def __init__(self, placed: list[Placed]) -> None:
        self.placed = placed
        self._anchors = np.array([one.anchor for one in placed], dtype=np.float64).reshape(-1, 2)
        self._shift = np.array([(one.dx, one.dy) for one in placed]).reshape(-1, 2)
        self._sizes = np.array([(one.width, one.height) for one in placed]).reshape(-1, 2)
        self._corners: Floats = np.zeros((0, 2))

    def paint(self, painter: QPainter, camera: Camera, moved: Floats | None = None) -> None:
        """Draw what is in view; `moved` (n, 2) in world metres is added to the anchors."""
        anchors = self._anchors if moved is None else self._anchors + moved
        # The anchor is rounded before the corner is added, as its symbol is.
        self._corners = np.round(camera.to_canvas(anchors)) + self._shift
        ends = self._corners + self._sizes
        seen = (ends > 0).all(axis=1) & (self._corners < (camera.width, camera.height)).all(axis=1)
        rows = np.flatnonzero(seen)
        for row, (x, y) in zip(rows.tolist(), self._corners[rows].tolist(), strict=True):
            painter.drawPixmap(round(x) - 1, round(y) - 1, self.placed[row].picture)

    def pick(self, x: float, y: float) -> str | None:
        """Whose label lies under a canvas pixel, as last painted."""
        if len(self._corners) == 0:
            return None
        at = np.array([x, y])
        over = (self._corners <= at).all(axis=1) & (at <= self._corners + self._sizes).all(axis=1)
        found = np.flatnonzero(over)
        return self.placed[int(found[0])].id if len(found) else None
