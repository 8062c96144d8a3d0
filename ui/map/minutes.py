"""Minutes along the lines of a field: where they stand at a level, chosen once, and drawn."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPainterPath, QPen, QPixmap

from ui.map.camera import Camera
from ui.map.field import Field
from ui.map.fonts import font
from ui.map.projection import HALF_WORLD_M, Floats, metres_per_pixel
from ui.map.tiles.grid import level_of, zoom_of

APART_PX = 300.0
"""One label in a square of this side: enough to read every line, few enough to stay quiet."""
KEPT_LEVELS = 12
TEXT_PX = 12


class Minutes:
    """Labels of the lines of one field."""

    def __init__(self) -> None:
        self._field: Field | None = None
        self._limits: tuple[float, ...] = ()
        self._words: tuple[str, ...] = ()
        self._anchors: OrderedDict[int, tuple[Floats, np.ndarray]] = OrderedDict()
        self._pictures: dict[tuple[str, str, str, float], QPixmap] = {}

    def set_field(
        self, field: Field | None, limits_s: Sequence[float], words: Sequence[str]
    ) -> None:
        """Another field, with the words of each limit."""
        self._limits = tuple(limits_s) if field is not None else ()
        self._field, self._words = field, tuple(words)
        self._anchors.clear()

    def wants(self, camera: Camera) -> bool:
        """Whether `choose` has something to do for where the camera rests."""
        return bool(self._limits) and level_of(camera.zoom) not in self._anchors

    def choose(self, camera: Camera) -> None:
        """Choose where labels stand at the camera's level: some milliseconds."""
        if self._field is not None:
            level = level_of(camera.zoom)
            self._anchors[level] = anchors(self._field, self._limits, level)
            while len(self._anchors) > KEPT_LEVELS:
                self._anchors.popitem(last=False)

    def paint(self, painter: QPainter, camera: Camera, ink: str, halo: str) -> None:
        """Copy the labels in view onto the canvas."""
        found = self._anchors.get(level_of(camera.zoom))
        if found is None or not len(found[0]):
            return
        at = camera.to_canvas(found[0])
        seen = (at[:, 0] > -40) & (at[:, 0] < camera.width + 40)
        seen &= (at[:, 1] > -20) & (at[:, 1] < camera.height + 20)
        ratio = painter.device().devicePixelRatioF()
        for row in np.flatnonzero(seen).tolist():
            picture = self._picture(self._words[int(found[1][row])], ink, halo, ratio)
            size = picture.deviceIndependentSize()
            painter.drawPixmap(
                round(at[row, 0] - size.width() / 2), round(at[row, 1] - size.height() / 2), picture
            )

    def _picture(self, words: str, ink: str, halo: str, ratio: float) -> QPixmap:
        key = (words, ink, halo, ratio)
        if key not in self._pictures:
            self._pictures[key] = _lettered(words, ink, halo, ratio)
        return self._pictures[key]


def anchors(field: Field, limits_s: Sequence[float], level: int) -> tuple[Floats, np.ndarray]:
    """World metres (n, 2) and which limit (n,): in each square of the level one crossing of a
    line, near its middle, the limits taking turns."""
    rows, columns, which = [], [], []
    solid = field.ground > 0.5
    for number, limit in enumerate(limits_s):
        inside = (field.seconds <= limit) & solid
        beyond = (field.seconds > limit) & solid
        crossed = np.zeros(inside.shape, dtype=bool)
        crossed[:, :-1] = (inside[:, :-1] & beyond[:, 1:]) | (beyond[:, :-1] & inside[:, 1:])
        crossed[:-1] |= (inside[:-1] & beyond[1:]) | (beyond[:-1] & inside[1:])
        row, column = np.nonzero(crossed)
        rows.append(row)
        columns.append(column)
        which.append(np.full(len(row), number))
    row, column = np.concatenate(rows), np.concatenate(columns)
    limit_of = np.concatenate(which)
    x = field.west_m + (column + 0.5) * field.cell_m
    y = field.north_m - (row + 0.5) * field.cell_m
    side = APART_PX * metres_per_pixel(zoom_of(level))
    across, down = (x + HALF_WORLD_M) / side, (HALF_WORLD_M - y) / side
    bin_x, bin_y = np.floor(across).astype(np.int64), np.floor(down).astype(np.int64)
    away = np.hypot(across - bin_x - 0.5, down - bin_y - 0.5)
    turn = (limit_of != (bin_x + 2 * bin_y) % len(limits_s)).astype(np.float64)
    number = bin_y * 4_000_000 + bin_x
    order = np.lexsort((away + turn, number))
    _, first = np.unique(number[order], return_index=True)
    chosen = order[first]
    # At the rim of a square a label would meet its neighbour's.
    chosen = chosen[away[chosen] < 0.42]
    return np.column_stack([x[chosen], y[chosen]]), limit_of[chosen]


def _lettered(words: str, ink: str, halo: str, ratio: float) -> QPixmap:
    face = font(TEXT_PX, strong=True)
    metrics = QFontMetricsF(face)
    wide, tall = math.ceil(metrics.horizontalAdvance(words)) + 10, TEXT_PX + 10
    picture = QPixmap(math.ceil(wide * ratio), math.ceil(tall * ratio))
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    path = QPainterPath()
    path.addText(QPointF(5, (tall + metrics.capHeight()) / 2), face, words)
    pen = QPen(QColor(halo), 4.0)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.strokePath(path, pen)
    painter.fillPath(path, QColor(ink))
    painter.end()
    return picture
