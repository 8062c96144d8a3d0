"""Many small marks that stand still: hydrants, hazards. Culled in arrays, copied from one strip."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap
from shiboken6 import wrapInstance

from ui.map.camera import Camera
from ui.map.overlay import Overlay
from ui.map.projection import Floats, world_m
from ui.theme.icons import draw_icon
from ui.theme.tokens import Theme

CELL_PX = 22
MOST_SHOWN = 4_000
"""More than these in view would be a carpet: every so many are drawn."""


@dataclass(frozen=True)
class Mark:
    """A picture: an icon in an ink of the theme's layers, `size` pixels, `far_px` as a dot."""

    icon: str
    ink: str
    size: float = 13.0


class PointMarks(Overlay):
    """Points (n, 2) of lon, lat, each with a position in `marks`, named `noun`/id."""

    def __init__(
        self, noun: str, marks: Sequence[Mark], from_zoom: float, icons_from: float
    ) -> None:
        self.noun, self.from_zoom, self.icons_from = noun, from_zoom, icons_from
        self._marks = tuple(marks)
        self._world: Floats = np.zeros((0, 2))
        self._kind: NDArray[np.intp] = np.zeros(0, dtype=np.intp)
        self._ids: Sequence[str] = ()
        self._strip = QPixmap()
        self._strip_for: tuple[object, ...] = ()
        self._seen: NDArray[np.intp] = np.zeros(0, dtype=np.intp)
        self._canvas: Floats = self._world
        self.shown = False

    def set_points(self, lonlat: Floats, kind: NDArray[np.intp], ids: Sequence[str]) -> None:
        """Replace them all."""
        self._world, self._kind, self._ids = world_m(lonlat), kind, ids
        self._seen = np.zeros(0, dtype=np.intp)

    def __len__(self) -> int:
        return len(self._ids)

    def paint(self, painter: QPainter, camera: Camera, theme: Theme, language: str) -> None:
        self._seen = np.zeros(0, dtype=np.intp)
        if camera.zoom < self.from_zoom or not len(self._world):
            return
        west, south, east, north = camera.box
        margin = CELL_PX * camera.metres_per_pixel
        x, y = self._world[:, 0], self._world[:, 1]
        inside = (x > west - margin) & (x < east + margin)
        inside &= (y > south - margin) & (y < north + margin)
        seen = np.flatnonzero(inside)
        if len(seen) > MOST_SHOWN:
            seen = seen[:: math.ceil(len(seen) / MOST_SHOWN)]
        if not len(seen):
            return
        self._seen = seen
        self._canvas = camera.to_canvas(self._world[seen])
        ratio = painter.device().devicePixelRatioF()
        near = camera.zoom >= self.icons_from
        strip = self._strip_of(theme, ratio, near)
        side = strip.height()
        rows = np.zeros((len(seen), 10))
        rows[:, 0:2] = np.rint(self._canvas)
        rows[:, 2] = self._kind[seen] * side
        rows[:, 4:6] = side
        rows[:, 6:8] = 1.0 / ratio
        rows[:, 9] = 1.0
        fragments = wrapInstance(rows.ctypes.data, QPainter.PixmapFragment)
        painter.drawPixmapFragments(fragments, len(rows), strip)

    def pick(self, x: float, y: float) -> str:
        if not self.shown or not len(self._seen):
            return ""
        away = np.hypot(self._canvas[:, 0] - x, self._canvas[:, 1] - y)
        nearest = int(away.argmin())
        return f"{self.noun}/{self._ids[int(self._seen[nearest])]}" if away[nearest] < 9 else ""

    def _strip_of(self, theme: Theme, ratio: float, near: bool) -> QPixmap:
        wanted = (theme.name, ratio, near)
        if wanted == self._strip_for:
            return self._strip
        side = round(CELL_PX * ratio)
        strip = QPixmap(side * len(self._marks), side)
        strip.fill(Qt.GlobalColor.transparent)
        painter = QPainter(strip)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.scale(side / CELL_PX, side / CELL_PX)
        for number, mark in enumerate(self._marks):
            middle = QPointF((number + 0.5) * CELL_PX, CELL_PX / 2)
            ink = getattr(theme.layers, mark.ink)
            if near:
                painter.setPen(QPen(QColor(theme.map.halo), 1.2))
                painter.setBrush(QColor(theme.map.halo))
                painter.drawEllipse(middle, mark.size / 2 + 2.5, mark.size / 2 + 2.5)
                half = mark.size / 2
                box = QRectF(middle.x() - half, middle.y() - half, mark.size, mark.size)
                draw_icon(painter, mark.icon, box, ink)
            else:
                painter.setPen(QPen(QColor(theme.map.halo), 1.4))
                painter.setBrush(QColor(ink))
                painter.drawEllipse(middle, 3.2, 3.2)
        painter.end()
        self._strip, self._strip_for = strip, wanted
        return strip
