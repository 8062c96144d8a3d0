"""Outlines of areas with quiet names, drawn on a sheet larger than the canvas: panning copies it.

A sheet is made between two frames; until then the one before stands in, scaled.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt, QTimer
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPainterPath, QPen, QPixmap, QPolygonF
from PySide6.QtWidgets import QWidget

from ui.map.camera import Camera
from ui.map.fonts import font
from ui.map.overlay import Overlay
from ui.map.projection import HALF_WORLD_M, Floats, metres_per_pixel
from ui.map.tiles.grid import Box, level_of, zoom_of
from ui.theme.tokens import Theme

MARGIN_PX = 256
DASH = (5.0, 3.5)
TEXT_PX = 12
LEAST_PX = 46
"""A name is written in areas at least so many pixels across."""


@dataclass(frozen=True)
class Outline:
    """One area: the box and the point for its name in world metres, and the name by language;
    none where the base map writes it anyway."""

    box: Box
    at: tuple[float, float]
    names: dict[str, str]
    ref: str

    def name(self, language: str) -> str:
        """Its name in a language, else the local one, else its number."""
        return self.names.get(language) or self.names.get("") or self.ref


@dataclass(frozen=True)
class _Sheet:
    picture: QPixmap
    level: int
    box: Box
    made_for: tuple[object, ...]


class Outlines(Overlay):
    """Laid on `view`."""

    def __init__(self, view: QWidget) -> None:
        self._view = view
        self._areas: tuple[Outline, ...] = ()
        self._lines: tuple[Floats, ...] = ()
        self._sheet: _Sheet | None = None
        self._wanted: tuple[Camera, Theme, str, float] | None = None
        self._edition = 0
        self._timer = QTimer(view, interval=0, singleShot=True)
        self._timer.timeout.connect(self._make)
        self.shown = False

    def set_areas(self, areas: Sequence[Outline], lines: Sequence[Floats]) -> None:
        """Replace them all. `lines` (n, 2) are the borders in world metres, each of them once."""
        self._areas, self._lines = tuple(areas), tuple(lines)
        self._edition += 1
        self._view.update()

    def paint(self, painter: QPainter, camera: Camera, theme: Theme, language: str) -> None:
        ratio = painter.device().devicePixelRatioF()
        sheet, box = self._sheet, camera.box
        made_for = (theme.name, language, ratio, self._edition)
        if sheet is not None:
            west, _, _, north = box
            pixel = camera.metres_per_pixel
            left, top = (sheet.box[0] - west) / pixel, (north - sheet.box[3]) / pixel
            wide, tall = (
                (sheet.box[2] - sheet.box[0]) / pixel,
                (sheet.box[3] - sheet.box[1]) / pixel,
            )
            if sheet.level == level_of(camera.zoom) and camera.zoom * 2 % 1 == 0:
                painter.drawPixmap(round(left), round(top), sheet.picture)
            else:
                source = QRectF(sheet.picture.rect())
                painter.drawPixmap(QRectF(left, top, wide, tall), sheet.picture, source)
        fresh = (
            sheet is not None
            and sheet.level == level_of(camera.zoom)
            and sheet.made_for == made_for
            and sheet.box[0] <= box[0]
            and sheet.box[1] <= box[1]
            and sheet.box[2] >= box[2]
            and sheet.box[3] >= box[3]
        )
        if not fresh and camera.zoom * 2 % 1 == 0:
            self._wanted = (camera, theme, language, ratio)
            self._timer.start()

    def _make(self) -> None:
        if self._wanted is None or not self.shown:
            return
        camera, theme, language, ratio = self._wanted
        level = level_of(camera.zoom)
        pixel = metres_per_pixel(zoom_of(level))
        # On whole pixels of the world, so that the sheet is copied one to one.
        left = round((camera.x + HALF_WORLD_M) / pixel - camera.width / 2) - MARGIN_PX
        top = round((HALF_WORLD_M - camera.y) / pixel - camera.height / 2) - MARGIN_PX
        wide, tall = camera.width + 2 * MARGIN_PX, camera.height + 2 * MARGIN_PX
        west, north = left * pixel - HALF_WORLD_M, HALF_WORLD_M - top * pixel
        box = (west, north - tall * pixel, west + wide * pixel, north)
        picture = QPixmap(math.ceil(wide * ratio), math.ceil(tall * ratio))
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        met = [area for area in self._areas if _meet(area.box, box)]
        self._draw_lines(painter, box, west, north, pixel, theme)
        self._draw_names(painter, met, west, north, pixel, theme, language)
        painter.end()
        made_for = (theme.name, language, ratio, self._edition)
        self._sheet = _Sheet(picture, level, box, made_for)
        self._view.update()

    def _draw_lines(
        self, painter: QPainter, box: Box, west: float, north: float, pixel: float, theme: Theme
    ) -> None:
        pen = QPen(QColor(theme.layers.area_line), 1.3)
        pen.setDashPattern(list(DASH))
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for line in self._lines:
            low, high = line.min(axis=0), line.max(axis=0)
            if not _meet((low[0], low[1], high[0], high[1]), box):
                continue
            points = np.column_stack([(line[:, 0] - west) / pixel, (north - line[:, 1]) / pixel])
            # What is nearer than a pixel to the point before is not seen.
            step = np.abs(np.diff(points, axis=0, prepend=points[:1] - 9)).max(axis=1)
            seen = points[step >= 0.75]
            painter.drawPolyline(QPolygonF([QPointF(x, y) for x, y in seen.tolist()]))

    def _draw_names(
        self,
        painter: QPainter,
        areas: Sequence[Outline],
        west: float,
        north: float,
        pixel: float,
        theme: Theme,
        language: str,
    ) -> None:
        face = font(TEXT_PX)
        metrics = QFontMetricsF(face)
        halo = QPen(QColor(theme.map.halo), 3.5)
        halo.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        for area in areas:
            name = area.name(language)
            words = metrics.horizontalAdvance(name)
            across = (area.box[2] - area.box[0]) / pixel
            if not name or across < max(LEAST_PX, words * 0.9):
                continue
            x, y = (area.at[0] - west) / pixel - words / 2, (north - area.at[1]) / pixel
            path = QPainterPath()
            # Under the settlement names of the base map, which stand in the middle.
            path.addText(QPointF(x, y + 20), face, name)
            painter.strokePath(path, halo)
            painter.fillPath(path, QColor(theme.layers.area_label))


def _meet(one: Box, other: Box) -> bool:
    return one[0] < other[2] and one[2] > other[0] and one[1] < other[3] and one[3] > other[1]
