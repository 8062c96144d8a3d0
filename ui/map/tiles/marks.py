"""Small marks of the base map: one-way arrows, hydrants, entrances."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from ui.map.projection import Floats
from ui.map.tiles.scene import Scene, Viewport
from ui.map.tiles.style import MapStyle, PointStyle, growing
from ui.theme.tokens import MapColours


def draw_arrows(
    painter: QPainter,
    scene: Scene,
    view: Viewport,
    roads: list[tuple[int, float]],
    every_px: float,
    colour: str,
) -> None:
    """Arrow heads along one-way roads, given as (row, width in pixels).

    Where they stand depends on the whole road, so that two tiles agree on them.
    """
    if not roads:
        return
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colour))
    width, height = (
        (view.box[2] - view.box[0]) * view.scale + 8,
        (view.box[3] - view.box[1]) * view.scale + 8,
    )
    for row, road_px in roads:
        points = view.pixels(scene.roads.part(row))
        size = min(5.0, road_px * 0.36)
        steps = np.diff(points, axis=0)
        lengths = np.hypot(steps[:, 0], steps[:, 1])
        total = float(lengths.sum())
        if total < size * 12:
            continue
        count = max(1, int(total // every_px))
        travelled = np.concatenate([[0.0], np.cumsum(lengths)])
        at = (np.arange(count) + 0.5) * total / count
        x, y = (np.interp(at, travelled, points[:, axis]) for axis in (0, 1))
        piece = np.clip(np.searchsorted(travelled, at, side="right") - 1, 0, len(steps) - 1)
        seen = (x > -8) & (y > -8) & (x < width) & (y < height) & (lengths[piece] > 0)
        for i in np.flatnonzero(seen).tolist():
            dx, dy = (steps[piece[i]] / lengths[piece[i]] * size).tolist()
            painter.drawPolygon(_arrow(float(x[i]), float(y[i]), dx, dy))


def _arrow(x: float, y: float, dx: float, dy: float) -> QPolygonF:
    return QPolygonF(
        [
            QPointF(x + dx, y + dy),
            QPointF(x - dx * 0.7 - dy * 0.8, y - dy * 0.7 + dx * 0.8),
            QPointF(x - dx * 0.35, y - dy * 0.35),
            QPointF(x - dx * 0.7 + dy * 0.8, y - dy * 0.7 - dx * 0.8),
        ]
    )


def draw_marks(
    painter: QPainter,
    scene: Scene,
    style: MapStyle,
    colours: MapColours,
    view: Viewport,
    zoom: float,
) -> None:
    """Hydrants, entrances and what else the style names, close in."""
    wanted = [one for one in style.point if zoom >= one.from_zoom]
    if not wanted:
        return
    found = scene.places.index.query(view.grown(12))
    if len(found) == 0:
        return
    kinds = scene.drawing["place.kind"][found]
    for one in wanted:
        rows = found[np.isin(kinds, scene.codes("place", one.kinds))]
        if len(rows):
            _marks(painter, one, colours, view.pixels(scene.places.points[rows]), zoom)


def _marks(
    painter: QPainter, style: PointStyle, colours: MapColours, points: Floats, zoom: float
) -> None:
    size = growing(style.size, zoom)
    ink = QColor(str(getattr(colours, style.colour)))
    ground = QColor(colours.halo)
    for x, y in points.tolist():
        if style.shape == "dot":
            painter.setPen(QPen(ground, 1.0))
            painter.setBrush(ink)
            painter.drawEllipse(QPointF(x, y), size / 2, size / 2)
        elif style.shape == "ring":
            painter.setPen(QPen(ink, max(1.2, size * 0.2)))
            painter.setBrush(ground)
            painter.drawEllipse(QPointF(x, y), size / 2, size / 2)
        elif style.shape == "square":
            painter.setPen(QPen(ground, 1.0))
            painter.setBrush(ink)
            painter.drawRect(QRectF(x - size / 2, y - size / 2, size, size))
        else:
            painter.setPen(QPen(ground, 1.0))
            painter.setBrush(ink)
            high = size * math.sqrt(3) / 2
            painter.drawPolygon(
                QPolygonF(
                    [
                        QPointF(x, y - high * 0.6),
                        QPointF(x - size / 2, y + high * 0.4),
                        QPointF(x + size / 2, y + high * 0.4),
                    ]
                )
            )
