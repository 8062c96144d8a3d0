"""The place that somebody looked for: a pin with its name, until another is found or Escape."""

from __future__ import annotations

from PySide6.QtCore import QObject, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPainterPath, QPen

from ui.map.camera import Camera
from ui.map.fonts import font
from ui.map.overlay import Overlay
from ui.map.projection import world_m
from ui.map.view import MapView
from ui.map_parts.part import MapPart
from ui.panel import PanelContext
from ui.theme.tokens import Theme

SCENE_ZOOM = 15.0
HEAD_PX, TALL_PX = 7.0, 20.0
WIDEST_PX = 260
PIN = "found/place"


class _Pin(Overlay):
    above = True

    def __init__(self) -> None:
        self.at: tuple[float, float] | None = None
        self.label = ""
        self._canvas = QPointF()

    def paint(self, painter: QPainter, camera: Camera, theme: Theme, language: str) -> None:
        if self.at is None:
            return
        x, y = camera.to_canvas(world_m([list(self.at)]))[0].tolist()
        self._canvas = QPointF(x, y)
        if not (-300 < x < camera.width + 300 and -60 < y < camera.height + 60):
            return
        drop = QPainterPath(QPointF(x, y))
        head = QPointF(x, y - TALL_PX + HEAD_PX)
        drop.cubicTo(x - 2, y - 6, x - HEAD_PX, head.y() + 4, x - HEAD_PX, head.y())
        drop.arcTo(QRectF(x - HEAD_PX, head.y() - HEAD_PX, 2 * HEAD_PX, 2 * HEAD_PX), 180, -180)
        drop.cubicTo(x + HEAD_PX, head.y() + 4, x + 2, y - 6, x, y)
        painter.setPen(QPen(QColor(theme.map.pill), 2))
        painter.setBrush(QColor(theme.map.selection))
        painter.drawPath(drop)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.map.pill))
        painter.drawEllipse(head, 2.6, 2.6)
        if self.label:
            self._name(painter, theme, x, y)

    def _name(self, painter: QPainter, theme: Theme, x: float, y: float) -> None:
        face = font(11)
        metrics = QFontMetricsF(face)
        text = metrics.elidedText(self.label, Qt.TextElideMode.ElideRight, WIDEST_PX)
        wide = metrics.horizontalAdvance(text) + 16
        box = QRectF(round(x - wide / 2), round(y + 6), round(wide), 20)
        painter.setPen(QPen(QColor(theme.map.pill_line), 1))
        painter.setBrush(QColor(theme.map.pill))
        painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 9, 9)
        painter.setFont(face)
        painter.setPen(QColor(theme.map.pill_ink))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)

    def pick(self, x: float, y: float) -> str:
        if self.at is None:
            return ""
        box = QRectF(self._canvas.x() - 9, self._canvas.y() - TALL_PX, 18, TALL_PX + 2)
        return PIN if box.contains(x, y) else ""


class FoundPlace(MapPart):
    """Marks what was found and goes there."""

    def __init__(self, view: MapView, context: PanelContext, owner: QObject) -> None:
        super().__init__(view, context, owner)
        self.pin = _Pin()
        #: While on, what is found is marked only: it lies where one looks already.
        self.stay = False
        view.lay(self.pin)
        context.selection.place_found.connect(self._found)

    def _found(self, match: object) -> None:
        lon, lat = float(match.lon), float(match.lat)  # type: ignore[attr-defined]
        self.pin.at = (lon, lat)
        self.pin.label = str(getattr(match, "label", ""))
        if not self.stay:
            self.view.centre_on(lon, lat, max(SCENE_ZOOM, self.view.view_state().zoom))
        self.view.update()

    def clear(self) -> bool:
        """Take the pin off; whether there was one."""
        had = self.pin.at is not None
        self.pin.at = None
        if had:
            self.view.update()
        return had

    def escape(self) -> bool:
        return self.clear()

    def replaced(self) -> None:
        self.clear()
