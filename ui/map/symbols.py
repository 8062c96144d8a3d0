"""Pictures of words and places, drawn once and then copied: pills, names, stations, halos."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QPainter,
    QPainterPath,
    QPen,
    QPixmap,
    QTransform,
)

from ui.map.fonts import font
from ui.map.sprites import UNIT_RADIUS, Sprites
from ui.theme.icons import draw_icon, icon
from ui.theme.tokens import Theme

PILL_HEIGHT = 20
#: Where the icon's middle lies in a pill, from its left edge.
PILL_ICON_X = 11
KEPT_BYTES = 24 * 1024 * 1024
KEPT_WORDS = 20_000


class Symbols:
    """All pictures of one theme at one pixel ratio."""

    def __init__(self, theme: Theme, ratio: float) -> None:
        self.theme = theme
        self.ratio = ratio
        self._kept: OrderedDict[tuple[object, ...], QPixmap] = OrderedDict()
        self._pill_words: dict[str, float] = {}
        self._kept_bytes = 0
        self.sprites = Sprites(theme, ratio)
        self._pill_font = font(11.5, strong=True)
        self._pill_metrics = QFontMetricsF(self._pill_font)

    # -- single pictures ---------------------------------------------------------------------

    def pill(self, text: str, *, stale: bool, selected: bool, icon_room: bool = True) -> QPixmap:
        """A label on a dark ground; with room at its left for the unit's own symbol."""
        key = ("pill", text, stale, selected, icon_room)
        return self._picture(key, lambda: self._pill(text, stale, selected, icon_room))

    def pill_width(self, text: str, *, icon_room: bool = True) -> float:
        """Width of a pill in device-independent pixels."""
        words = self._pill_words.get(text)
        if words is None:
            if len(self._pill_words) > KEPT_WORDS:
                self._pill_words.clear()
            words = self._pill_words[text] = self._pill_metrics.horizontalAdvance(text)
        return math.ceil((PILL_ICON_X + UNIT_RADIUS + 5.5 if icon_room else 8) + words + 9)

    def _pill(self, text: str, stale: bool, selected: bool, icon_room: bool) -> QPixmap:
        land = self.theme.map
        width = self.pill_width(text, icon_room=icon_room)
        pixmap = self._blank(width + 2, PILL_HEIGHT + 2)
        painter = QPainter(pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen = QPen(QColor(land.selection if selected else land.pill_line), 1.6 if selected else 1.0)
        if stale:
            pen.setStyle(Qt.PenStyle.CustomDashLine)
            pen.setDashPattern([3, 2.4])
        painter.setPen(pen)
        ground = QColor(land.pill)
        ground.setAlphaF(0.94)
        painter.setBrush(ground)
        box = QRectF(1, 1, width, PILL_HEIGHT)
        painter.drawRoundedRect(box, PILL_HEIGHT / 2, PILL_HEIGHT / 2)
        painter.setFont(self._pill_font)
        painter.setPen(QColor(land.pill_dim if stale else land.pill_ink))
        left = PILL_ICON_X + UNIT_RADIUS + 5.5 if icon_room else 8
        base = 1 + (PILL_HEIGHT + self._pill_metrics.capHeight()) / 2
        painter.drawText(QPointF(1 + left, base), text)
        painter.end()
        return pixmap

    def halo(self, radius: float, *, chosen: bool) -> QPixmap:
        """A ring about what is selected, or a thinner one about what is pointed at."""
        key = ("halo", radius, chosen)
        return self._picture(key, lambda: self._halo(radius, chosen))

    def _halo(self, radius: float, chosen: bool) -> QPixmap:
        land = self.theme.map
        side = 2 * (radius + 5)
        pixmap = self._blank(side, side)
        painter = QPainter(pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate(side / 2, side / 2)
        ink = QColor(land.selection)
        if not chosen:
            ink.setAlphaF(0.75)
        painter.setPen(QPen(QColor(land.symbol_line), 5.0 if chosen else 3.5))
        painter.drawEllipse(QPointF(0, 0), radius, radius)
        painter.setPen(QPen(ink, 2.6 if chosen else 1.4))
        painter.drawEllipse(QPointF(0, 0), radius, radius)
        painter.end()
        return pixmap

    def circle(self, radius: float, *, chosen: bool) -> QPixmap:
        """A caller's uncertainty, of a radius in pixels."""
        return self._picture(("circle", radius, chosen), lambda: self._circle(radius, chosen))

    def _circle(self, radius: float, chosen: bool) -> QPixmap:
        side = 2 * math.ceil(radius + 2)
        pixmap = self._blank(side, side)
        painter = QPainter(pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.draw_circle(painter, QPointF(side / 2, side / 2), radius, chosen=chosen)
        painter.end()
        return pixmap

    def draw_circle(
        self, painter: QPainter, middle: QPointF, radius: float, *, chosen: bool
    ) -> None:
        """The same on a canvas."""
        fill = QColor(self.theme.map.accuracy_fill)
        fill.setAlphaF(0.10 if chosen else 0.06)
        pen = QPen(QColor(self.theme.map.accuracy_line), 1.4)
        pen.setDashPattern([4, 3])
        painter.setPen(pen)
        # A circle wider than the canvas by far is only its line; filling it would cost time.
        painter.setBrush(fill if radius < 4000 else Qt.BrushStyle.NoBrush)
        painter.drawEllipse(middle, radius, radius)

    def place(self, kind: str) -> QPixmap:
        """A station or hospital."""
        return self._picture(("place", kind), lambda: self._place(kind))

    def _place(self, kind: str) -> QPixmap:
        land = self.theme.map
        pixmap = self._blank(22, 22)
        painter = QPainter(pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        size = 15.0
        box = QRectF(11 - size / 2, 11 - size / 2, size, size)
        outline = QTransform(size, 0, 0, size, box.x(), box.y()).map(icon(kind).fill)
        halo = QPen(QColor(land.halo), 3)
        halo.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.strokePath(outline, halo)
        painter.fillPath(outline.simplified(), QColor(land.halo))
        draw_icon(painter, kind, box, land.hospital if kind == "hospital" else land.station)
        painter.end()
        return pixmap

    def words(self, text: str, ink: str, size_px: float = 11.0) -> QPixmap:
        """A small text with a halo, for names of stations and scenes."""
        key = ("words", text, ink, size_px)
        return self._picture(key, lambda: self._words(text, ink, size_px))

    def _words(self, text: str, ink: str, size_px: float) -> QPixmap:
        face = font(size_px)
        metrics = QFontMetricsF(face)
        pixmap = self._blank(math.ceil(metrics.horizontalAdvance(text)) + 6, size_px + 8)
        painter = QPainter(pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        path = QPainterPath()
        path.addText(QPointF(3, size_px + 2), face, text)
        halo = QPen(QColor(self.theme.map.halo), 3)
        halo.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.strokePath(path, halo)
        painter.fillPath(path, QColor(ink))
        painter.end()
        return pixmap

    # -- keeping -----------------------------------------------------------------------------

    def _picture(self, key: tuple[object, ...], make: Callable[[], QPixmap]) -> QPixmap:
        found = self._kept.get(key)
        if found is None:
            found = make()
            self._kept[key] = found
            self._kept_bytes += bytes_of(found)
            while self._kept_bytes > KEPT_BYTES:
                self._kept_bytes -= bytes_of(self._kept.popitem(last=False)[1])
        else:
            self._kept.move_to_end(key)
        return found

    def _blank(self, width: float, height: float) -> QPixmap:
        pixmap = QPixmap(math.ceil(width * self.ratio), math.ceil(height * self.ratio))
        pixmap.setDevicePixelRatio(self.ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        return pixmap


def bytes_of(pixmap: QPixmap) -> int:
    """What a picture takes in memory."""
    return pixmap.width() * pixmap.height() * 4
