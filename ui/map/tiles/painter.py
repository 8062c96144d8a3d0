"""One tile's picture: the base map and its words in one theme, language and pixel ratio."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from ui.map.projection import HALF_WORLD_M, metres_per_pixel
from ui.map.tiles.base import BasePainter
from ui.map.tiles.grid import TILE_PX, TileKey, tile_box, zoom_of
from ui.map.tiles.labels import BLOCK_PX, Label, Labels
from ui.map.tiles.scene import Scene, Viewport
from ui.map.tiles.style import MapStyle
from ui.theme.tokens import MapColours, mix

_TILES_A_BLOCK = BLOCK_PX // TILE_PX


class TilePainter:
    """Paints tiles of a scene. The words are shared between themes, the colours are not."""

    def __init__(self, scene: Scene, style: MapStyle, colours: MapColours, words: Labels) -> None:
        self._style = style
        self._colours = colours
        self._base = BasePainter(scene, style, colours)
        self._words = words

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
            self._write(painter, key)
        finally:
            painter.end()

    def _write(self, painter: QPainter, key: TileKey) -> None:
        bx, by = key.x // _TILES_A_BLOCK, key.y // _TILES_A_BLOCK
        left = key.x % _TILES_A_BLOCK * TILE_PX
        top = key.y % _TILES_A_BLOCK * TILE_PX
        painter.translate(-left, -top)
        for label in self._words.block(key.level, bx, by):
            x0, y0, x1, y1 = label.box
            margin = 4
            if (
                x1 + margin >= left
                and y1 + margin >= top
                and x0 - margin <= left + TILE_PX
                and y0 - margin <= top + TILE_PX
            ):
                self._draw(painter, label)
        painter.translate(left, top)

    def _draw(self, painter: QPainter, label: Label) -> None:
        halo = QColor(self._colours.halo)
        ink = QColor(getattr(self._colours, label.ink))
        if label.plate is not None:
            painter.setPen(QPen(QColor(mix(self._colours.label, self._colours.halo, 0.62)), 1))
            painter.setBrush(halo)
            painter.drawRoundedRect(label.plate, 3, 3)
        else:
            pen = QPen(halo, 2 * self._style.labels.halo_px)
            pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
            painter.strokePath(label.path, pen)
        painter.fillPath(label.path, ink)


def world_pixels(level: int) -> float:
    """Width of the world in pixels at a level."""
    return 2 * HALF_WORLD_M / metres_per_pixel(zoom_of(level))
