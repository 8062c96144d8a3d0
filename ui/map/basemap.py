"""The base map on the canvas: tiles one to one; missing ones by scaled tiles of other levels."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF
from PySide6.QtGui import QColor, QPainter, QPixmap

from ui.map.camera import Camera
from ui.map.tiles.grid import (
    MAX_LEVEL,
    MIN_LEVEL,
    TILE_PX,
    Box,
    TileKey,
    level_of,
    tile_box,
    tile_size_m,
    tiles_in,
)
from ui.map.tiles.source import TileSource

#: Levels looked at for a missing tile, nearest first: coarser ones, then one finer.
_STAND_INS = (-1, -2, -3, -4, 1, -5, -6, -7, -8, -10, -12)
#: Tiles of the overview, which are asked for first and stand in for everything.
OVERVIEW_TILES = 4
#: Tiles asked for at once; a wall of screens shows no more than 60.
MAX_WANTED = 90


class BaseMap:
    """Paints tiles of a source under a camera and asks for those that are missing."""

    def __init__(self, source: TileSource, region: Box) -> None:
        self._source = source
        self._overview = overview(region)
        #: Tiles in view that were not there in the last paint; one before any paint.
        self.missing = 1

    def set_region(self, region: Box) -> None:
        """Another region: another overview."""
        self._overview = overview(region)

    def paint(self, painter: QPainter, camera: Camera, ground: QColor) -> None:
        """Fill the canvas; never waits for a tile."""
        level = level_of(camera.zoom)
        keys = tiles_in(level, camera.box)
        missing: list[TileKey] = []
        for key in keys:
            pixmap = self._source.get(key)
            if pixmap is None:
                missing.append(key)
                self._stand_in(painter, camera, key, ground)
            else:
                self._place(painter, camera, key, pixmap)
        self.missing = len(missing)
        self._ask(camera, keys, missing)

    def _place(self, painter: QPainter, camera: Camera, key: TileKey, pixmap: QPixmap) -> None:
        target = screen_rect(camera, tile_box(key))
        if target.width() == TILE_PX and target.height() == TILE_PX:
            painter.drawPixmap(target.topLeft(), pixmap)
        else:
            painter.drawPixmap(target, pixmap, QRectF(pixmap.rect()))

    def _stand_in(self, painter: QPainter, camera: Camera, key: TileKey, ground: QColor) -> None:
        """Something true in the place of a missing tile: a level that covers it whole."""
        box = tile_box(key)
        target = screen_rect(camera, box)
        levels = [key.level + step for step in _STAND_INS]
        if self._overview[0].level not in levels:
            levels.append(self._overview[0].level)
        for level in levels:
            if not MIN_LEVEL <= level <= MAX_LEVEL:
                continue
            covering = tiles_in(level, box)
            pixmaps = [self._source.get(one) for one in covering]
            if all(pixmap is not None for pixmap in pixmaps):
                painter.save()
                painter.setClipRect(target)
                for one, pixmap in zip(covering, pixmaps, strict=True):
                    assert pixmap is not None
                    _draw_part(painter, camera, one, pixmap, box)
                painter.restore()
                return
        painter.fillRect(target, ground)

    def _ask(self, camera: Camera, keys: list[TileKey], missing: list[TileKey]) -> None:
        get = self._source.get
        overview = [key for key in self._overview if get(key) is None]
        middle_x = (keys[0].x + keys[-1].x) / 2
        middle_y = (keys[0].y + keys[-1].y) / 2
        missing.sort(key=lambda key: abs(key.x - middle_x) + abs(key.y - middle_y))
        wanted = [*overview, *(key for key in missing if key not in overview)]
        if not missing:
            # Nothing is owed, so look ahead: one ring around, then a step in and a step out, and
            # where a double click would lead.
            level = level_of(camera.zoom)
            size = tile_size_m(level) * 0.6
            west, south, east, north = camera.box
            ring = tiles_in(level, (west - size, south - size, east + size, north + size))
            ahead = list(ring)
            for near in (level + 1, level - 1):
                if MIN_LEVEL <= near <= MAX_LEVEL:
                    ahead += tiles_in(near, camera.box if near < level else _inner(camera.box))
            if level + 2 <= MAX_LEVEL:
                ahead += tiles_in(level + 2, _inner(camera.box, 0.25))
            wanted += [key for key in ahead if key not in keys and get(key) is None]
        self._source.want(wanted[:MAX_WANTED])


def overview(region: Box) -> list[TileKey]:
    """The few tiles that show the whole region."""
    width, height = region[2] - region[0], region[3] - region[1]
    for level in range(MAX_LEVEL, MIN_LEVEL, -1):
        # Reckoned first: close in, a region is hundreds of thousands of tiles.
        if width * height / tile_size_m(level) ** 2 > OVERVIEW_TILES:
            continue
        keys = tiles_in(level, region)
        if len(keys) <= OVERVIEW_TILES:
            return keys
    return tiles_in(MIN_LEVEL, region)[:OVERVIEW_TILES]


def screen_rect(camera: Camera, box: Box) -> QRectF:
    """A box of world metres on the canvas, its edges on whole pixels of the screen.

    Neighbours share their edges, and a tile at its own zoom is copied pixel by pixel whatever the
    screen's ratio.
    """
    west, north = camera.left_top
    pixel, ratio = camera.metres_per_pixel, camera.ratio
    left, right = (round((value - west) / pixel * ratio) for value in (box[0], box[2]))
    top, bottom = (round((north - value) / pixel * ratio) for value in (box[3], box[1]))
    # Sides from whole pixels: a tile's own must be exact, or it would be scaled.
    return QRectF(left / ratio, top / ratio, (right - left) / ratio, (bottom - top) / ratio)


def canvas_rect(camera: Camera, box: Box) -> QRect:
    """A box of world metres as whole canvas pixels; neighbours share their edges."""
    west, north = camera.left_top
    pixel = camera.metres_per_pixel
    left, right = round((box[0] - west) / pixel), round((box[2] - west) / pixel)
    top, bottom = round((north - box[3]) / pixel), round((north - box[1]) / pixel)
    return QRect(left, top, right - left, bottom - top)


def _draw_part(painter: QPainter, camera: Camera, key: TileKey, pixmap: QPixmap, box: Box) -> None:
    """The part of a tile that lies in a box, scaled to its place."""
    whole = tile_box(key)
    west, south = max(whole[0], box[0]), max(whole[1], box[1])
    east, north = min(whole[2], box[2]), min(whole[3], box[3])
    if east <= west or north <= south:
        return
    side = pixmap.width()
    scale = side / (whole[2] - whole[0])
    source = QRectF(
        (west - whole[0]) * scale,
        (whole[3] - north) * scale,
        (east - west) * scale,
        (north - south) * scale,
    )
    painter.drawPixmap(screen_rect(camera, (west, south, east, north)), pixmap, source)


def _inner(box: Box, share: float = 0.15) -> Box:
    """The middle of a box without a share on each side, where a step in would lead."""
    west, south, east, north = box
    dx, dy = (east - west) * share, (north - south) * share
    return west + dx, south + dy, east - dx, north - dy
