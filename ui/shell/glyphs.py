"""The shell's few small signs, painted in a theme's ink at the screen's own sharpness."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPen, QPixmap, QPolygonF

SIDE = 16


def glyph(name: str, colour: str, ratio: float = 2.0) -> QIcon:
    """The sign "float", "dock", "close", "menu", "alarm" or "info" as an icon of 16 x 16."""
    picture = QPixmap(round(SIDE * ratio), round(SIDE * ratio))
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    pen = QPen(QColor(colour), 1.4)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    _DRAW[name](painter)
    painter.end()
    return QIcon(picture)


def _float(painter: QPainter) -> None:
    painter.drawRect(QRectF(3.5, 6.5, 6, 6))
    painter.drawPolyline(QPolygonF([QPointF(6.5, 3.5), QPointF(12.5, 3.5), QPointF(12.5, 9.5)]))


def _dock(painter: QPainter) -> None:
    painter.drawRect(QRectF(3.5, 3.5, 9, 9))
    painter.drawLine(QPointF(8, 3.5), QPointF(8, 12.5))


def _close(painter: QPainter) -> None:
    painter.drawLine(QPointF(4.5, 4.5), QPointF(11.5, 11.5))
    painter.drawLine(QPointF(11.5, 4.5), QPointF(4.5, 11.5))


def _menu(painter: QPainter) -> None:
    for y in (4.5, 8, 11.5):
        painter.drawLine(QPointF(3, y), QPointF(13, y))


def _alarm(painter: QPainter) -> None:
    painter.drawPolygon(QPolygonF([QPointF(8, 2.5), QPointF(14, 13), QPointF(2, 13)]))
    painter.drawLine(QPointF(8, 6.5), QPointF(8, 9.5))
    painter.drawPoint(QPointF(8, 11.3))


def _info(painter: QPainter) -> None:
    painter.drawEllipse(QRectF(2.5, 2.5, 11, 11))
    painter.drawLine(QPointF(8, 7.5), QPointF(8, 11))
    painter.drawPoint(QPointF(8, 5))


_DRAW: dict[str, Callable[[QPainter], None]] = {
    "float": _float,
    "dock": _dock,
    "close": _close,
    "menu": _menu,
    "alarm": _alarm,
    "info": _info,
}
