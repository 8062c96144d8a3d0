"""Pictures of living things, drawn once and then copied: units, incidents, clusters, pills."""

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
from ui.map.layers import UNIT_STATES
from ui.theme.icons import draw_icon, icon
from ui.theme.tokens import Theme

#: Side of a cell of the unit atlas, in device-independent pixels.
UNIT_CELL = 30
#: Side of a cell of the small atlas, for zooms at which a glyph cannot be read.
DOT_CELL = 16
HEADINGS = 32
#: Column of the atlas for a unit whose heading is unknown or means nothing.
NO_HEADING = HEADINGS
UNIT_RADIUS = 8.5
#: States in which a vehicle moves on purpose, so that its heading is worth showing.
MOVING = ("en_route", "transporting", "returning")
PILL_HEIGHT = 20
#: Where the icon's middle lies in a pill, from its left edge.
PILL_ICON_X = 11
KEPT_PICTURES = 3000


class Symbols:
    """All pictures of one theme at one pixel ratio."""

    def __init__(self, theme: Theme, ratio: float) -> None:
        self.theme = theme
        self.ratio = ratio
        self._kept: OrderedDict[tuple[object, ...], QPixmap] = OrderedDict()
        self._pill_words: dict[str, float] = {}
        self.units = self._atlas(UNIT_CELL, self._unit)
        self.dots = self._atlas(DOT_CELL, self._dot)
        self._pill_font = font(11.5, strong=True)
        self._pill_metrics = QFontMetricsF(self._pill_font)

    # -- atlases -----------------------------------------------------------------------------

    def _atlas(self, cell: int, draw: Callable[[QPainter, str, float | None], None]) -> QPixmap:
        """States downward, headings to the right, the last column without heading."""
        # Cells are whole device pixels, so that fragments cut them exactly at any ratio.
        side = round(cell * self.ratio)
        pixmap = QPixmap((HEADINGS + 1) * side, len(UNIT_STATES) * side)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.scale(side / cell, side / cell)
        for row, state in enumerate(UNIT_STATES):
            for column in range(HEADINGS + 1):
                heading = column * 360 / HEADINGS if column < HEADINGS else None
                painter.save()
                painter.translate((column + 0.5) * cell, (row + 0.5) * cell)
                draw(painter, state, heading)
                painter.restore()
        painter.end()
        return pixmap

    def _unit(self, painter: QPainter, state: str, heading: float | None) -> None:
        ink = QColor(self.theme.state(state))
        edge = QColor(self.theme.map.symbol_line)
        shape = QPainterPath()
        shape.addEllipse(QPointF(0, 0), UNIT_RADIUS, UNIT_RADIUS)
        if heading is not None and state in MOVING:
            beak = QPainterPath()
            beak.moveTo(-4.6, -UNIT_RADIUS + 1.6)
            beak.lineTo(0, -UNIT_RADIUS - 4.6)
            beak.lineTo(4.6, -UNIT_RADIUS + 1.6)
            beak.closeSubpath()
            shape = shape.united(QTransform().rotate(heading).map(beak))
        painter.strokePath(shape, QPen(edge, 2.4))
        painter.fillPath(shape, ink)
        glyph = self.theme.map.pill
        if state == "available_on_air":
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(glyph))
            painter.drawEllipse(QPointF(0, 0), 3.6, 3.6)
            return
        size = 11.0
        if state == "en_route" and heading is not None:
            painter.rotate(heading - 90)
        draw_icon(painter, state, QRectF(-size / 2, -size / 2, size, size), glyph)

    def _dot(self, painter: QPainter, state: str, heading: float | None) -> None:
        painter.setPen(QPen(QColor(self.theme.map.symbol_line), 1.4))
        painter.setBrush(QColor(self.theme.state(state)))
        painter.drawEllipse(QPointF(0, 0), 4.6, 4.6)
        if state.startswith("available"):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(self.theme.map.pill))
            painter.drawEllipse(QPointF(0, 0), 1.7, 1.7)

    # -- single pictures ---------------------------------------------------------------------

    def pill(self, text: str, *, stale: bool, selected: bool, icon_room: bool = True) -> QPixmap:
        """A label on a dark ground; with room at its left for the unit's own symbol."""
        key = ("pill", text, stale, selected, icon_room)
        return self._picture(key, lambda: self._pill(text, stale, selected, icon_room))

    def pill_width(self, text: str, *, icon_room: bool = True) -> float:
        """Width of a pill in device-independent pixels."""
        words = self._pill_words.get(text)
        if words is None:
            if len(self._pill_words) > KEPT_PICTURES:
                self._pill_words.clear()
            words = self._pill_words[text] = self._pill_metrics.horizontalAdvance(text)
        return math.ceil((PILL_ICON_X + UNIT_RADIUS + 4 if icon_room else 8) + words + 9)

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
        left = PILL_ICON_X + UNIT_RADIUS + 4 if icon_room else 8
        base = 1 + (PILL_HEIGHT + self._pill_metrics.capHeight()) / 2
        painter.drawText(QPointF(1 + left, base), text)
        painter.end()
        return pixmap

    def incident(self, level: int, *, late: bool, waiting: bool, selected: bool) -> QPixmap:
        """A level's shape with its digit, a ring when late, a halo when chosen."""
        key = ("incident", level, late, waiting, selected)
        return self._picture(key, lambda: self._incident(level, late, waiting, selected))

    @staticmethod
    def incident_size(level: int, *, waiting: bool) -> float:
        """Side of an incident's shape; graver and unserved ones are larger."""
        size = 30.0 if level in (1, 2) else 26.0
        return size if waiting else size - 3

    def _incident(self, level: int, late: bool, waiting: bool, selected: bool) -> QPixmap:
        land = self.theme.map
        size = self.incident_size(level, waiting=waiting)
        side = 76 if selected else 48
        pixmap = self._blank(side, side)
        painter = QPainter(pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate(side / 2, side / 2)
        if selected:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(land.symbol_line), 4.5))
            painter.drawEllipse(QPointF(0, 0), 33, 33)
            painter.setPen(QPen(QColor(land.selection), 2.2))
            painter.drawEllipse(QPointF(0, 0), 33, 33)
        box = QRectF(-size / 2, -size / 2, size, size)
        name = f"level_{level}" if 1 <= level <= 5 else "level_5"
        to_box = QTransform(size, 0, 0, size, box.x(), box.y())
        shape = to_box.map(icon(name).fill)
        if late:
            # Lateness has a colour of its own and goes round the shape, never into it.
            ring = QPen(QColor(self.theme.ui.late), 9.5)
            ring.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
            painter.strokePath(shape, ring)
        gap = QPen(QColor(land.symbol_line), 4.5 if late else 3)
        gap.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.strokePath(shape, gap)
        colours = self.theme.level(level) if 1 <= level <= 5 else self.theme.level(5)
        painter.fillPath(shape, QColor(colours.fill))
        if colours.line != colours.fill:
            painter.strokePath(shape, QPen(QColor(colours.line), 1.2))
        painter.setFont(font(size * 0.5, strong=True))
        painter.setPen(QColor(colours.ink))
        drop = size * (0.13 if level == 2 else 0.0)
        text = str(level) if 1 <= level <= 5 else "?"
        painter.drawText(box.translated(0, drop), Qt.AlignmentFlag.AlignCenter, text)
        painter.end()
        return pixmap

    def cluster(self, count: int, free: int) -> QPixmap:
        """Many units in one place: how many, and round it which share of them is free."""
        shown = count if count < 100 else count // 10 * 10
        eighths = round(8 * free / max(1, count))
        key = ("cluster", shown, eighths)
        return self._picture(key, lambda: self._cluster(shown, eighths))

    def _cluster(self, count: int, eighths: int) -> QPixmap:
        land = self.theme.map
        radius = 11 + 2.2 * math.log2(max(2, count))
        side = math.ceil(2 * radius + 10)
        pixmap = self._blank(side, side)
        painter = QPainter(pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate(side / 2, side / 2)
        painter.setPen(QPen(QColor(land.symbol_line), 5))
        painter.setBrush(QColor(land.cluster))
        painter.drawEllipse(QPointF(0, 0), radius, radius)
        painter.setPen(QPen(QColor(land.pill_line), 2.6))
        painter.drawEllipse(QPointF(0, 0), radius, radius)
        pen = QPen(QColor(land.cluster_line), 2.6)
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        painter.setPen(pen)
        box = QRectF(-radius, -radius, 2 * radius, 2 * radius)
        painter.drawArc(box, 90 * 16, -45 * 16 * eighths)
        painter.setFont(font(11.5 if count < 100 else 11, strong=True))
        painter.setPen(QColor(land.cluster_ink))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, str(count))
        painter.end()
        return pixmap

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
            if len(self._kept) > KEPT_PICTURES:
                self._kept.popitem(last=False)
        return found

    def _blank(self, width: float, height: float) -> QPixmap:
        pixmap = QPixmap(math.ceil(width * self.ratio), math.ceil(height * self.ratio))
        pixmap.setDevicePixelRatio(self.ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        return pixmap
