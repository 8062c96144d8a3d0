"""Sprites: small pictures on one sheet, copied to the canvas by the thousand in one call."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPixmap

from ui.map.projection import Floats

#: Width of a sheet in device-independent pixels.
SHEET_PX = 1024
#: Clear pixels between sprites.
GAP_PX = 1

Paint = Callable[[QPainter], None]


class Sheet:
    """Sprites of one theme at one pixel ratio, each painted about its own middle."""

    def __init__(self, ratio: float) -> None:
        self.ratio = ratio
        self.pixmap = QPixmap()
        self._paints: list[Paint] = []
        self._boxes: list[tuple[int, int, int, int]] = []
        self._x = self._y = self._row = 0
        #: (n, 4) left, top, width, height of each sprite in pixels of the sheet.
        self.boxes: Floats = np.zeros((0, 4))

    def add(self, width: float, height: float, paint: Paint) -> int:
        """The number of a new sprite of a size in device-independent pixels."""
        # Whole and even device pixels, so that a sprite is cut exactly and its middle is a pixel.
        wide = 2 * math.ceil(width * self.ratio / 2)
        tall = 2 * math.ceil(height * self.ratio / 2)
        if self._x + wide > SHEET_PX * self.ratio:
            self._x, self._y, self._row = 0, self._y + self._row + GAP_PX, 0
        self._boxes.append((self._x, self._y, wide, tall))
        self._paints.append(paint)
        self._x += wide + GAP_PX
        self._row = max(self._row, tall)
        return len(self._boxes) - 1

    def finish(self) -> None:
        """Paint all sprites."""
        self.boxes = np.array(self._boxes, dtype=np.float64).reshape(-1, 4)
        self.pixmap = QPixmap(math.ceil(SHEET_PX * self.ratio), max(1, self._y + self._row))
        self.pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(self.pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for (left, top, wide, tall), paint in zip(self._boxes, self._paints, strict=True):
            painter.save()
            painter.translate(left + wide / 2, top + tall / 2)
            painter.scale(self.ratio, self.ratio)
            paint(painter)
            painter.restore()
        painter.end()
        self._paints.clear()

    def draw(
        self,
        painter: QPainter,
        sprites: npt.NDArray[np.int64],
        middles: Floats,
        opacity: Floats | float = 1.0,
    ) -> None:
        """Copy sprites (n) to the canvas with their middles at (n, 2) pixels, first ones below."""
        count = len(sprites)
        if count == 0:
            return
        fragments = np.empty((count, 10))
        fragments[:, 0:2] = middles
        fragments[:, 2:6] = self.boxes[sprites]
        fragments[:, 6:8] = 1 / self.ratio
        fragments[:, 8] = 0.0
        fragments[:, 9] = opacity
        painter.drawPixmapFragments(
            shiboken6.wrapInstance(fragments.ctypes.data, QPainter.PixmapFragment),
            count,
            self.pixmap,
        )
