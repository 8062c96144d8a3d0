"""Outside the region the map fades into plain ground: there is nothing known to show."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter

from ui.map.tiles.drawing import CM
from ui.map.tiles.scene import Scene, Viewport

#: Width of the fade as a share of the region's longer side, and its bounds in world metres.
_SHARE = 0.22
_LEAST_M, _MOST_M = 900.0, 12_000.0
#: The fade is soft: one value for so many pixels is enough.
_STEP_PX = 4


def draw_veil(painter: QPainter, scene: Scene, view: Viewport, colour: str) -> None:
    """Lay the veil over a viewport; it deepens with the distance from the region's edge."""
    west, south, east, north = (scene.drawing["bounds"] / CM).tolist()
    left, bottom, right, top = view.box
    if left >= west and right <= east and bottom >= south and top <= north:
        return
    width = (right - left) * view.scale
    count = max(1, round(width / _STEP_PX))
    depth = min(_MOST_M, max(_LEAST_M, _SHARE * max(east - west, north - south)))
    # Values at the middles of cells: neighbours go on where a tile ends.
    x = left + (np.arange(-1, count + 1) + 0.5) * (right - left) / count
    y = top - (np.arange(-1, count + 1) + 0.5) * (top - bottom) / count
    dx = np.maximum(np.maximum(west - x, x - east), 0.0)
    dy = np.maximum(np.maximum(south - y, y - north), 0.0)
    # A little stays clear: roads may end a little outside of their own bounds.
    share = np.clip(np.hypot(dx[None, :], dy[:, None]) / depth - 0.03, 0.0, 1.0)
    if not share.any():
        return
    strength = np.rint(share * share * (3 - 2 * share) * 255).astype(np.uint32)
    ink = QColor(colour)
    pixels = strength << 24
    for value, place in ((ink.red(), 16), (ink.green(), 8), (ink.blue(), 0)):
        pixels |= (strength * value // 255) << place
    side = count + 2
    image = QImage(
        np.ascontiguousarray(pixels, dtype=np.uint32).tobytes(),
        side,
        side,
        side * 4,
        QImage.Format.Format_ARGB32_Premultiplied,
    )
    cell = width / count
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.drawImage(QRectF(-cell, -cell, width + 2 * cell, width + 2 * cell), image)
    painter.restore()
