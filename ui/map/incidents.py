"""Incidents on the canvas: level symbols, late rings, uncertainty circles and their labels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from ui.map.camera import Camera
from ui.map.declutter import Declutter, Placed
from ui.map.layers import IncidentSymbol
from ui.map.projection import Floats, ground_factor, world_m
from ui.map.symbols import PILL_HEIGHT, Symbols

LABELS_FROM = 14.0
#: A circle smaller than the symbol itself says nothing.
LEAST_CIRCLE_PX = 16.0


class Incidents:
    """The incident layer. Incidents are always drawn one by one, the gravest on top."""

    def __init__(self) -> None:
        self.symbols: tuple[IncidentSymbol, ...] = ()
        self.world: Floats = np.zeros((0, 2))
        self.selected: str | None = None
        self.hovered: str | None = None
        #: Counts changes of the layer.
        self.version = 0
        self._canvas: Floats = np.zeros((0, 2))

    def set_symbols(self, symbols: Sequence[IncidentSymbol]) -> bool:
        """Replace all incidents, kept in drawing order; whether anything has changed."""
        # Level 0 (not assessed) lies between: it may be anything.
        rank = {1: 0, 2: 1, 0: 2, 3: 3, 4: 4, 5: 5}
        ordered = tuple(sorted(symbols, key=lambda s: (s.waiting, -rank.get(s.level, 5), s.id)))
        if ordered == self.symbols:
            return False
        self.symbols = ordered
        points = np.array([(s.lon, s.lat) for s in self.symbols], dtype=np.float64)
        self.world = world_m(points.reshape(-1, 2))
        self.version += 1
        return True

    def find(self, incident_id: str) -> IncidentSymbol | None:
        """An incident by id."""
        return next((s for s in self.symbols if s.id == incident_id), None)

    @property
    def row_of_selected(self) -> int | None:
        """The selected incident's row in `world`."""
        if self.selected is None:
            return None
        return next((i for i, s in enumerate(self.symbols) if s.id == self.selected), None)

    def project(self, camera: Camera) -> None:
        """Bring positions to the canvas; done once a paint, before anything is drawn."""
        self._canvas = camera.to_canvas(self.world)

    def block(self, room: Declutter) -> None:
        """Keep other labels off the symbols."""
        room.block_all(self._canvas.tolist(), 16)

    def paint_circles(self, painter: QPainter, camera: Camera, symbols: Symbols) -> None:
        """Where a caller may be: a circle of the uncertainty's size on the ground."""
        land = symbols.theme.map
        for symbol, (x, y) in zip(self.symbols, self._canvas.tolist(), strict=True):
            if symbol.radius_m <= 0:
                continue
            radius = symbol.radius_m / (camera.metres_per_pixel * ground_factor(symbol.lat))
            if radius < LEAST_CIRCLE_PX or not _near(camera, x, y, radius):
                continue
            fill = QColor(land.accuracy_fill)
            fill.setAlphaF(0.10 if symbol.id == self.selected else 0.06)
            pen = QPen(QColor(land.accuracy_line), 1.4)
            pen.setDashPattern([4, 3])
            painter.setPen(pen)
            # A circle wider than the canvas by far is only its line; filling it would cost time.
            painter.setBrush(fill if radius < 4000 else Qt.BrushStyle.NoBrush)
            painter.drawEllipse(QPointF(x, y), radius, radius)

    def paint(self, painter: QPainter, camera: Camera, symbols: Symbols) -> None:
        """Draw all symbols in view, the chosen one last."""
        chosen = None
        for symbol, (x, y) in zip(self.symbols, self._canvas.tolist(), strict=True):
            if not _near(camera, x, y, 40):
                continue
            if symbol.id == self.selected:
                chosen = (symbol, x, y)
            else:
                self._draw(painter, symbols, symbol, x, y)
        if chosen is not None:
            self._draw(painter, symbols, *chosen)

    def _draw(
        self, painter: QPainter, symbols: Symbols, symbol: IncidentSymbol, x: float, y: float
    ) -> None:
        picture = symbols.incident(
            symbol.level,
            late=symbol.late,
            waiting=symbol.waiting,
            selected=symbol.id == self.selected,
        )
        half = picture.deviceIndependentSize().width() / 2
        painter.drawPixmap(round(x) - round(half), round(y) - round(half), picture)

    def lay_out(self, camera: Camera, symbols: Symbols, room: Declutter) -> list[Placed]:
        """Incident numbers above their symbols: close in, or for the one pointed at."""
        loud = {self.selected, self.hovered} - {None}
        order = sorted(range(len(self.symbols)), key=lambda i: (self.symbols[i].id not in loud, -i))
        placed = []
        for i in order:
            symbol = self.symbols[i]
            is_loud = symbol.id in loud
            if not symbol.label or not (is_loud or camera.zoom >= LABELS_FROM):
                continue
            x, y = self._canvas[i].tolist()
            width = symbols.pill_width(symbol.label, icon_room=False)
            chosen = symbol.id == self.selected
            dx, dy = -round(width / 2), -(36 if chosen else 20) - PILL_HEIGHT
            left, top = round(x) + dx, round(y) + dy
            if room.claim(left, top, left + width, top + PILL_HEIGHT - 3) or is_loud:
                picture = symbols.pill(symbol.label, stale=False, selected=chosen, icon_room=False)
                anchor = (float(self.world[i, 0]), float(self.world[i, 1]))
                placed.append(Placed(anchor, dx, dy, picture, symbol.id, width, PILL_HEIGHT))
        return placed

    def pick(self, x: float, y: float, reach_px: float = 17.0) -> str | None:
        """The incident under a canvas pixel, as last painted; the nearest, then the gravest."""
        if len(self._canvas) == 0:
            return None
        away = np.hypot(self._canvas[:, 0] - x, self._canvas[:, 1] - y)
        nearest = np.flatnonzero(away <= away.min() + 1e-9)[-1]
        return self.symbols[int(nearest)].id if away[nearest] <= reach_px else None

    def all_at(self, x: float, y: float, reach_px: float = 17.0) -> list[str]:
        """Every incident under a canvas pixel, the foremost first."""
        if len(self._canvas) != len(self.symbols):
            return []
        away = np.hypot(self._canvas[:, 0] - x, self._canvas[:, 1] - y)
        rows = np.flatnonzero(away <= reach_px)[::-1].tolist()
        return [self.symbols[row].id for row in rows]


def _near(camera: Camera, x: float, y: float, reach: float) -> bool:
    return -reach < x < camera.width + reach and -reach < y < camera.height + reach
