"""Routes on the canvas: the way of a candidate, of units under way, and alternatives."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from ui.map.camera import Camera
from ui.map.declutter import Declutter
from ui.map.layers import RouteLine
from ui.map.projection import Floats, metres_per_pixel, world_m
from ui.map.symbols import PILL_HEIGHT, Symbols
from ui.map.tiles.strokes import Polylines, path_of

#: Width of the line, of its casing, and the dashes of an alternative.
_WIDTH = {"candidate": 4.5, "alternative": 3.2, "active": 3.0}
_ORDER = {"active": 0, "alternative": 1, "candidate": 2}
_DASHES = (2.6, 1.9)


class Routes:
    """The route layer, drawn under all symbols."""

    def __init__(self) -> None:
        self.lines: tuple[RouteLine, ...] = ()
        self._world: list[Floats] = []
        self._paths: dict[int, tuple[float, QPainterPath]] = {}

    def set_lines(self, lines: Sequence[RouteLine]) -> None:
        """Replace all routes; a route of fewer than two points is left out."""
        usable = [line for line in lines if len(line.points) >= 2]
        self.lines = tuple(sorted(usable, key=lambda line: _ORDER.get(line.kind, 0)))
        self._world = [world_m(line.points) for line in self.lines]
        self._paths.clear()

    def paint(self, painter: QPainter, camera: Camera, symbols: Symbols) -> None:
        """Draw all routes that may be in view."""
        land = symbols.theme.map
        west, south, east, north = camera.box
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for number, line in enumerate(self.lines):
            world = self._world[number]
            low, high = world.min(axis=0), world.max(axis=0)
            if low[0] > east or high[0] < west or low[1] > north or high[1] < south:
                continue
            path = self._path(number, camera.zoom)
            origin = camera.to_canvas(world[:1])[0]
            painter.save()
            painter.translate(round(origin[0]), round(origin[1]))
            width = _WIDTH.get(line.kind, 3.0)
            colour = land.route if line.kind == "candidate" else land.route_alternative
            dashed = line.kind == "alternative"
            painter.setPen(_pen(land.route_casing, width + 3.0, alpha=0.75))
            painter.drawPath(path)
            painter.setPen(_pen(colour, width, dashed=dashed))
            painter.drawPath(path)
            painter.restore()

    def paint_labels(
        self, painter: QPainter, camera: Camera, symbols: Symbols, room: Declutter
    ) -> None:
        """A route's words at the middle of its part in view."""
        for number, line in enumerate(self.lines):
            if not line.label:
                continue
            canvas = camera.to_canvas(self._world[number])
            inside = np.flatnonzero(
                (canvas[:, 0] > 0)
                & (canvas[:, 0] < camera.width)
                & (canvas[:, 1] > 0)
                & (canvas[:, 1] < camera.height)
            )
            if len(inside) == 0:
                continue
            x, y = canvas[inside[len(inside) // 2]].tolist()
            width = symbols.pill_width(line.label, icon_room=False)
            left, top = round(x - width / 2), round(y - PILL_HEIGHT / 2)
            if room.claim(left, top, left + width, top + PILL_HEIGHT):
                picture = symbols.pill(line.label, stale=False, selected=False, icon_room=False)
                painter.drawPixmap(QPointF(left - 1, top - 1), picture)

    def _path(self, number: int, zoom: float) -> QPainterPath:
        """The line in pixels from its own first point, kept while the zoom stays."""
        kept = self._paths.get(number)
        if kept is not None and kept[0] == zoom:
            return kept[1]
        world = self._world[number]
        points = (world - world[0]) / metres_per_pixel(zoom)
        points[:, 1] *= -1
        starts = np.zeros(len(points), dtype=bool)
        starts[0] = True
        thin = Polylines(points, starts).thinned(0.7)
        path = path_of(thin.points, thin.starts)
        self._paths[number] = (zoom, path)
        return path


def _pen(colour: str, width: float, *, alpha: float = 1.0, dashed: bool = False) -> QPen:
    ink = QColor(colour)
    ink.setAlphaF(alpha)
    pen = QPen(ink, width)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap if dashed else Qt.PenCapStyle.RoundCap)
    if dashed:
        pen.setDashPattern(list(_DASHES))
    return pen
