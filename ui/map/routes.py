"""Routes on the canvas: the way of a candidate, of units under way, and alternatives."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from ui.map.camera import Camera
from ui.map.declutter import Declutter, Placed
from ui.map.layers import RouteLine
from ui.map.projection import Floats, metres_per_pixel, world_m
from ui.map.route_pieces import Pieces
from ui.map.symbols import PILL_HEIGHT, Symbols
from ui.map.tiles.strokes import Polylines, path_of

#: Width of the line, of its casing, and the dashes of an alternative.
_WIDTH = {"candidate": 4.5, "alternative": 3.2, "active": 3.0}
_ORDER = {"active": 0, "alternative": 1, "candidate": 2}
_DASHES = (2.6, 1.9)
_REACH_PX = 12


class Routes:
    """The route layer, drawn under all symbols."""

    def __init__(self) -> None:
        self.lines: tuple[RouteLine, ...] = ()
        #: Counts changes of the layer.
        self.version = 0
        self._world: list[Floats] = []
        self._pieces = Pieces()
        self._kept: dict[int, tuple[float, Floats, Floats]] = {}

    def set_lines(self, lines: Sequence[RouteLine]) -> bool:
        """Replace all routes; whether anything has changed.

        A route of fewer than two points is left out.
        """
        usable = [line for line in lines if len(line.points) >= 2]
        usable.sort(key=lambda line: _ORDER.get(line.kind, 0))
        if len(usable) == len(self.lines) and all(map(RouteLine.same_as, usable, self.lines)):
            return False
        self.lines = tuple(usable)
        self._world = [world_m(line.points) for line in self.lines]
        self._kept.clear()
        self.version += 1
        return True

    def paint(
        self, painter: QPainter, camera: Camera, symbols: Symbols, *, until_s: float | None = None
    ) -> bool:
        """Draw all routes that may be in view; whether another frame is wanted to do it well.

        At rest they are copied from pieces painted once. While pieces are missing at a
        `time.perf_counter()` time, and between half levels, lines are drawn plainly, which takes
        a tenth of the time.
        """
        if not self.lines:
            return False
        if camera.zoom * 2 % 1 == 0:
            missing = self._pieces.paint(painter, camera, symbols, self, until_s)
            if not missing:
                return False
        else:
            missing = until_s is not None
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, until_s is None)
        self.draw(painter, camera, symbols, in_haste=until_s is not None)
        painter.restore()
        return missing and camera.zoom * 2 % 1 == 0

    def draw(
        self, painter: QPainter, camera: Camera, symbols: Symbols, *, in_haste: bool = False
    ) -> None:
        """Draw all lines under a camera; in haste without their casing, which costs most."""
        land = symbols.theme.map
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for number, line in enumerate(self.lines):
            seen = self._seen(number, camera)
            if seen is None:
                continue
            path, travelled = seen
            width = _WIDTH.get(line.kind, 3.0)
            colour = land.route if line.kind == "candidate" else land.route_alternative
            if not in_haste:
                painter.setPen(_pen(land.route_casing, width + 3.0, alpha=0.75))
                painter.drawPath(path)
            dashed = line.kind == "alternative"
            pen = _pen(colour, width, dashed=dashed)
            if dashed:
                # Counted from the route's begin, so that dashes stay put while panning. (On a
                # plain pen an offset would make a dash pattern of nothing.)
                pen.setDashOffset(travelled / width)
            painter.setPen(pen)
            painter.drawPath(path)

    def reach(self, camera: Camera) -> list[Floats]:
        """Of each line the points as whole pixels of the world at a camera's zoom."""
        found = []
        for number in range(len(self.lines)):
            points, _ = self._pixels(number, camera.zoom)
            found.append(points + camera.to_pixels(self._world[number][:1])[0])
        return found

    def _seen(self, number: int, camera: Camera) -> tuple[QPainterPath, float] | None:
        """The pieces of a line near the canvas, and how far along they begin, in pixels."""
        world = self._world[number]
        points, travelled = self._pixels(number, camera.zoom)
        # The line as a whole is put on a pixel, so that its pieces meet.
        origin = np.round(camera.to_canvas(world[:1])[0])
        canvas = points + origin
        low = np.minimum(canvas[:-1], canvas[1:])
        high = np.maximum(canvas[:-1], canvas[1:])
        near = (
            (low[:, 0] < camera.width + _REACH_PX)
            & (high[:, 0] > -_REACH_PX)
            & (low[:, 1] < camera.height + _REACH_PX)
            & (high[:, 1] > -_REACH_PX)
        )
        if not near.any():
            return None
        kept = np.zeros(len(points), dtype=bool)
        kept[:-1] |= near
        kept[1:] |= near
        starts = np.zeros(len(points), dtype=bool)
        starts[0] = True
        starts[1:] = ~near
        return path_of(canvas[kept], starts[kept]), float(travelled[int(kept.argmax())])

    def lay_out(self, camera: Camera, symbols: Symbols, room: Declutter) -> list[Placed]:
        """A route's words at the middle of its part in view."""
        placed = []
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
            middle = int(inside[len(inside) // 2])
            x, y = canvas[middle].tolist()
            width = symbols.pill_width(line.label, icon_room=False)
            dx, dy = -round(width / 2), -PILL_HEIGHT / 2
            if room.claim(x + dx, y + dy, x + dx + width, y + dy + PILL_HEIGHT):
                picture = symbols.pill(line.label, stale=False, selected=False, icon_room=False)
                anchor = (
                    float(self._world[number][middle, 0]),
                    float(self._world[number][middle, 1]),
                )
                placed.append(Placed(anchor, dx, dy, picture, str(number), width, PILL_HEIGHT))
        return placed

    def _pixels(self, number: int, zoom: float) -> tuple[Floats, Floats]:
        """The line in pixels from its own first point, kept while the zoom stays."""
        kept = self._kept.get(number)
        if kept is None or kept[0] != zoom:
            world = self._world[number]
            points = (world - world[0]) / metres_per_pixel(zoom)
            points[:, 1] *= -1
            starts = np.zeros(len(points), dtype=bool)
            starts[0] = True
            thin = Polylines(points, starts).thinned(0.7).points
            steps = np.hypot(*np.diff(thin, axis=0).T)
            kept = self._kept[number] = (zoom, thin, np.concatenate([[0.0], np.cumsum(steps)]))
        return kept[1], kept[2]


def _pen(colour: str, width: float, *, alpha: float = 1.0, dashed: bool = False) -> QPen:
    ink = QColor(colour)
    ink.setAlphaF(alpha)
    pen = QPen(ink, width)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap if dashed else Qt.PenCapStyle.RoundCap)
    if dashed:
        pen.setDashPattern(list(_DASHES))
    return pen
