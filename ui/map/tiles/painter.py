"""One tile's picture: the base map and its words in one theme, language and pixel ratio."""

from __future__ import annotations

import math
from functools import cached_property

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from ui.map.projection import metres_per_pixel
from ui.map.tiles.base import BasePainter
from ui.map.tiles.grid import TILE_PX, TileKey, tile_box, zoom_of
from ui.map.tiles.labels import HALO_PX, Labels
from ui.map.tiles.placement import WIDE_PX, Label
from ui.map.tiles.raster import Underlay
from ui.map.tiles.scene import Scene, Viewport
from ui.map.tiles.style import MapStyle
from ui.theme.tokens import MapColours, mix

Bytes = npt.NDArray[np.uint8]

MARGIN_PX = HALO_PX


class TilePainter:
    """Paints tiles of a scene. The words are shared between themes, the colours are not."""

    def __init__(self, scene: Scene, style: MapStyle, colours: MapColours, words: Labels) -> None:
        self._style = style
        self._colours = colours
        self._base = BasePainter(scene, style, colours)
        self._words = words

    def paint(self, key: TileKey, image: QImage, raster: Underlay | None = None) -> None:
        """Fill a square RGB32 image with a tile; a raster lies under its roads and words."""
        ratio = image.width() / TILE_PX
        zoom = zoom_of(key.level)
        image.fill(QColor(self._colours.land))
        painter = QPainter(image)
        try:
            painter.scale(ratio, ratio)
            view = Viewport(tile_box(key), 1 / metres_per_pixel(zoom))
            self._base.paint(painter, view, zoom, raster)
            self._write(painter, key, image.width())
        finally:
            painter.end()

    def _write(self, painter: QPainter, key: TileKey, side: int) -> None:
        left, top = key.x * TILE_PX, key.y * TILE_PX
        reach = TILE_PX + 2 * MARGIN_PX
        labels = self._words.on(key.level, left, top, TILE_PX)
        if not labels:
            return
        corner = (left % WIDE_PX, top % WIDE_PX)
        words = [label for label in labels if label.plate is None]
        if words:
            text = self._text(words, corner, side)
            whole = QRectF(-MARGIN_PX, -MARGIN_PX, reach, reach)
            painter.drawImage(whole, self._halo(text, side))
            painter.drawImage(whole, text)
        painter.translate(-corner[0], -corner[1])
        for label in labels:
            if label.plate is not None:
                edge = mix(self._colours.label, self._colours.halo, 0.62)
                painter.setPen(QPen(QColor(edge), 1))
                painter.setBrush(QColor(self._colours.halo))
                painter.drawRoundedRect(label.plate, 3, 3)
                painter.fillPath(label.path(), self._ink(label.ink))

    def _ink(self, name: str) -> QColor:
        return QColor(str(getattr(self._colours, name)))

    def _text(self, labels: list[Label], corner: tuple[int, int], side: int) -> QImage:
        """The letters of a tile and its margin on nothing."""
        ratio = side / TILE_PX
        whole = side + 2 * round(MARGIN_PX * ratio)
        image = QImage(whole, whole, QImage.Format.Format_ARGB32_Premultiplied)
        image.fill(0)
        painter = QPainter(image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.scale(ratio, ratio)
        painter.translate(MARGIN_PX - corner[0], MARGIN_PX - corner[1])
        for label in labels:
            painter.fillPath(label.path(), self._ink(label.ink))
        painter.end()
        return image

    def _halo(self, text: QImage, side: int) -> QImage:
        """The ground under the words: their shapes, grown, in the halo's colour.

        All words of a tile are grown together as a mask, which costs a twentieth of stroking
        their outlines one by one.
        """
        ratio = side / TILE_PX
        whole = text.width()
        bits = np.frombuffer(text.constBits(), dtype=np.uint8).reshape(whole, whole, 4)
        style = self._style.labels
        grown = grow(np.ascontiguousarray(bits[:, :, 3]), style.halo_px * ratio)
        # Kept while the image lives, which only looks at these bytes.
        self._kept_pixels = self._halo_colours[grown]
        return QImage(
            self._kept_pixels.data,
            whole,
            whole,
            whole * 4,
            QImage.Format.Format_ARGB32_Premultiplied,
        )

    @cached_property
    def _halo_colours(self) -> npt.NDArray[np.uint32]:
        """The halo's colour in every strength, premultiplied, as 0xAARRGGBB."""
        colour = QColor(self._colours.halo)
        strength = np.arange(256) * self._style.labels.halo_strength
        pixels = np.rint(strength).astype(np.uint32) << 24
        for value, place in ((colour.red(), 16), (colour.green(), 8), (colour.blue(), 0)):
            pixels |= np.rint(strength * value / 255).astype(np.uint32) << place
        return pixels


def grow(mask: Bytes, radius: float) -> Bytes:
    """A grey mask grown by a disc; its rim keeps the softness of half a pixel."""
    out = mask.copy()
    reach = math.ceil(radius + 0.5)
    height, width = mask.shape
    weaker: dict[int, Bytes] = {256: mask}
    for dy in range(-reach, reach + 1):
        for dx in range(-reach, reach + 1):
            share = min(1.0, radius + 0.5 - math.hypot(dx, dy))
            if share <= 0 or (dx == 0 and dy == 0):
                continue
            weight = round(share * 256)
            if weight not in weaker:
                table = (np.arange(256) * weight >> 8).astype(np.uint8)
                weaker[weight] = table[mask]
            source = weaker[weight][
                max(0, -dy) : height - max(0, dy), max(0, -dx) : width - max(0, dx)
            ]
            target = out[max(0, dy) : height - max(0, -dy), max(0, dx) : width - max(0, -dx)]
            np.maximum(target, source, out=target)
    return out
