"""Routes painted once in square pieces and copied from then on: a wide line takes milliseconds."""

from __future__ import annotations

import time
from collections import OrderedDict
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPixmap

from ui.map.camera import Camera
from ui.map.projection import HALF_WORLD_M
from ui.map.symbols import Symbols, bytes_of

if TYPE_CHECKING:
    from ui.map.routes import Routes

PIECE_PX = 256
#: A line reaches so far from its points.
REACH_PX = 8
KEPT_BYTES = 32 * 1024 * 1024

Place = tuple[int, int]


class Pieces:
    """The pieces of all routes at one zoom."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Place, QPixmap] = OrderedDict()
        self._bytes = 0
        self._for: tuple[object, ...] = ()
        self._crossed: frozenset[Place] = frozenset()
        self._is_known = False

    def paint(
        self,
        painter: QPainter,
        camera: Camera,
        symbols: Symbols,
        routes: Routes,
        until_s: float | None,
    ) -> bool:
        """Copy the pieces in view; paints nothing and answers True while some are missing.

        Pieces are painted up to a `time.perf_counter()` time; all without one.
        """
        wanted = (camera.zoom, routes.version, id(symbols))
        if wanted != self._for:
            self._for, self._bytes = wanted, 0
            self._kept.clear()
            self._crossed = frozenset()
            self._is_known = False
        if not self._is_known:
            if until_s is not None and time.perf_counter() > until_s:
                return True
            self._crossed, self._is_known = _crossed(routes, camera), True
        west, north = camera.left_top
        pixel = camera.metres_per_pixel
        left, top = round((west + HALF_WORLD_M) / pixel), round((HALF_WORLD_M - north) / pixel)
        columns = range(left // PIECE_PX, (left + camera.width) // PIECE_PX + 1)
        rows = range(top // PIECE_PX, (top + camera.height) // PIECE_PX + 1)
        seen = [(x, y) for y in rows for x in columns if (x, y) in self._crossed]
        for place in seen:
            if place in self._kept:
                self._kept.move_to_end(place)
                continue
            if until_s is not None and time.perf_counter() > until_s:
                break
            self._keep(place, _painted(place, camera, symbols, routes))
        if any(place not in self._kept for place in seen):
            return True
        for x, y in seen:
            painter.drawPixmap(x * PIECE_PX - left, y * PIECE_PX - top, self._kept[x, y])
        return False

    def _keep(self, place: Place, piece: QPixmap) -> None:
        self._kept[place] = piece
        self._bytes += bytes_of(piece)
        while self._bytes > KEPT_BYTES and len(self._kept) > 60:
            self._bytes -= bytes_of(self._kept.popitem(last=False)[1])


def _crossed(routes: Routes, camera: Camera) -> frozenset[Place]:
    """The pieces that any line may touch."""
    found: set[Place] = set()
    for points in routes.reach(camera):
        low = np.minimum(points[:-1], points[1:]) - REACH_PX
        high = np.maximum(points[:-1], points[1:]) + REACH_PX
        boxes = np.hstack([low // PIECE_PX, high // PIECE_PX]).astype(np.int64)
        for x0, y0, x1, y1 in np.unique(boxes, axis=0).tolist():
            # A long straight piece of road crosses few of the pieces of its box, but they are
            # painted only where they are seen.
            found.update((x, y) for x in range(x0, x1 + 1) for y in range(y0, y1 + 1))
    return frozenset(found)


def _painted(place: Place, camera: Camera, symbols: Symbols, routes: Routes) -> QPixmap:
    side = round(PIECE_PX * symbols.ratio)
    piece = QPixmap(side, side)
    piece.setDevicePixelRatio(side / PIECE_PX)
    piece.fill(Qt.GlobalColor.transparent)
    eye = Camera(0.0, 0.0, camera.zoom)
    eye.width = eye.height = PIECE_PX
    pixel = eye.metres_per_pixel
    eye.x = (place[0] + 0.5) * PIECE_PX * pixel - HALF_WORLD_M
    eye.y = HALF_WORLD_M - (place[1] + 0.5) * PIECE_PX * pixel
    painter = QPainter(piece)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    routes.draw(painter, eye, symbols)
    painter.end()
    return piece
