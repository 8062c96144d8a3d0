"""One tile's picture: the base map and its words in one theme, language and pixel ratio."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPen

from ui.map.projection import metres_per_pixel
from ui.map.tiles.base import BasePainter
from ui.map.tiles.grid import TILE_PX, TileKey, tile_box, zoom_of
from ui.map.tiles.labels import Labels
from ui.map.tiles.placement import BLOCK_PX
from ui.map.tiles.scene import Scene, Viewport
from ui.map.tiles.style import MapStyle
from ui.theme.tokens import MapColours, mix

Bytes = npt.NDArray[np.uint8]

#: Words this far outside a tile still reach into it with their halo.
MARGIN_PX = 4
_TILES_A_BLOCK = BLOCK_PX // TILE_PX


class TilePainter:
    """Paints tiles of a scene. The words are shared between themes, the colours are not."""

    def __init__(self, scene: Scene, style: MapStyle, colours: MapColours, words: Labels) -> None:
        self._style = style
        self._colours = colours
        self._base = BasePainter(scene, style, colours)
        self._words = words

    def warm(self) -> None:
        """Build what the first tile would wait for: indexes and the chains of streets."""
        self._base.warm()
        self._words.warm()

    def paint(self, key: TileKey, image: QImage) -> None:
        """Fill a square RGB32 image with a tile."""
        ratio = image.width() / TILE_PX
        zoom = zoom_of(key.level)
        image.fill(QColor(self._colours.land))
        painter = QPainter(image)
        try:
            painter.scale(ratio, ratio)
            view = Viewport(tile_box(key), 1 / metres_per_pixel(zoom))
            self._base.paint(painter, view, zoom)
            self._write(painter, key, image.width())
        finally:
            painter.end()

    def _write(self, painter: QPainter, key: TileKey, side: int) -> None:
        bx, by = key.x // _TILES_A_BLOCK, key.y // _TILES_A_BLOCK
        left = key.x % _TILES_A_BLOCK * TILE_PX
        top = key.y % _TILES_A_BLOCK * TILE_PX
        labels = [
            label
            for label in self._words.block(key.level, bx, by)
            if label.box[2] + MARGIN_PX >= left
            and label.box[3] + MARGIN_PX >= top
            and label.box[0] - MARGIN_PX <= left + TILE_PX
            and label.box[1] - MARGIN_PX <= top + TILE_PX
        ]
        if not labels:
            return
        halo = self._halo([label.path for label in labels if label.plate is None], left, top, side)
        painter.drawImage(QRectF(0, 0, TILE_PX, TILE_PX), halo)
        painter.translate(-left, -top)
        for label in labels:
            if label.plate is not None:
                edge = mix(self._colours.label, self._colours.halo, 0.62)
                painter.setPen(QPen(QColor(edge), 1))
                painter.setBrush(QColor(self._colours.halo))
                painter.drawRoundedRect(label.plate, 3, 3)
            painter.fillPath(label.path, QColor(getattr(self._colours, label.ink)))

    def _halo(self, paths: list[QPainterPath], left: float, top: float, side: int) -> QImage:
        """The ground under the words: their shapes, grown, in the halo's colour.

        All words of a tile are grown together as a mask, which costs a twentieth of stroking
        their outlines one by one.
        """
        ratio = side / TILE_PX
        margin = round(MARGIN_PX * ratio)
        whole = side + 2 * margin
        mask = QImage(whole, whole, QImage.Format.Format_Grayscale8)
        mask.fill(0)
        painter = QPainter(mask)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate(margin, margin)
        painter.scale(ratio, ratio)
        painter.translate(-left, -top)
        for path in paths:
            painter.fillPath(path, Qt.GlobalColor.white)
        painter.end()
        shapes = np.frombuffer(mask.constBits(), dtype=np.uint8).reshape(whole, -1)[:, :whole]
        grown = grow(shapes, self._style.labels.halo_px * ratio)[
            margin : margin + side, margin : margin + side
        ].astype(np.uint32)
        colour = QColor(self._colours.halo)
        # Premultiplied, as 0xAARRGGBB.
        pixels = grown << 24
        for value, place in ((colour.red(), 16), (colour.green(), 8), (colour.blue(), 0)):
            pixels |= (grown * value // 255) << place
        self._kept_pixels = np.ascontiguousarray(pixels)
        return QImage(
            self._kept_pixels.data, side, side, side * 4, QImage.Format.Format_ARGB32_Premultiplied
        )


def grow(mask: Bytes, radius: float) -> Bytes:
    """A grey mask grown by a disc; its rim keeps the softness of half a pixel."""
    out = mask.copy()
    reach = math.ceil(radius + 0.5)
    height, width = mask.shape
    for dy in range(-reach, reach + 1):
        for dx in range(-reach, reach + 1):
            weight = min(1.0, radius + 0.5 - math.hypot(dx, dy))
            if weight <= 0 or (dx == 0 and dy == 0):
                continue
            source = mask[max(0, -dy) : height - max(0, dy), max(0, -dx) : width - max(0, dx)]
            target = out[max(0, dy) : height - max(0, -dy), max(0, dx) : width - max(0, -dx)]
            if weight < 1:
                source = (source.astype(np.uint16) * round(weight * 256) >> 8).astype(np.uint8)
            np.maximum(target, source, out=target)
    return out
