"""The signs on the buttons of a replay: play, pause and steps, painted in a theme's ink."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap, QPolygonF

SIDE = 16


def sign(name: str, colour: str, ratio: float = 2.0) -> QIcon:
    """ "play", "pause", "previous_mark", "previous_fact", "next_fact" or "next_mark"."""
    picture = QPixmap(round(SIDE * ratio), round(SIDE * ratio))
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colour))
    if name.startswith("previous"):
        painter.translate(SIDE, 0)
        painter.scale(-1, 1)
    if name == "pause":
        painter.drawRect(QRectF(4, 3, 3, 10))
        painter.drawRect(QRectF(9, 3, 3, 10))
    elif name == "play":
        _triangle(painter, 4, 13)
    elif name.endswith("_mark"):
        _triangle(painter, 2, 8)
        _triangle(painter, 7, 13)
        painter.drawRect(QRectF(13, 3, 2, 10))
    else:
        _triangle(painter, 4, 11)
        painter.drawRect(QRectF(11, 3, 2, 10))
    painter.end()
    return QIcon(picture)


def _triangle(painter: QPainter, left: float, right: float) -> None:
    painter.drawPolygon(QPolygonF([QPointF(left, 3), QPointF(right, 8), QPointF(left, 13)]))
