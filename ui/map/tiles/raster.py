"""The raster underlay as the painter draws it: pictures of the land under roads and words.

Whatever is wrong with it, the map is painted without it: `take_trouble` has the words for that,
once.
"""

from __future__ import annotations

import logging
import math
from collections import OrderedDict
from typing import Protocol

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QRectF
from PySide6.QtGui import QImage, QImageReader, QPainter

from dispatch.domain.message import Message, Problem
from ui.map.projection import HALF_WORLD_M
from ui.map.tiles.messages import Raster
from ui.map.tiles.scene import Viewport

log = logging.getLogger(__name__)

#: What a picture may be, in bytes and in pixels a side, and its formats.
MAX_BYTES = 8 * 1024 * 1024
MAX_SIDE = 4096
FORMATS = ("png", "jpg", "jpeg", "webp")
#: A missing picture is looked for so many levels up, and a level is enlarged so many times.
LEVELS_UP = 4
#: Further out than this below its coarsest level a pyramid would take too many pictures a tile.
LEVELS_OUT = 2
KEPT_PICTURES = 48


class Pyramid(Protocol):
    """Pictures by web tile."""

    levels: tuple[int, int]

    def picture(self, z: int, x: int, y: int) -> bytes | None:
        """The bytes of a picture; rows counted from the north. Raises `Problem`."""


class Window(Protocol):
    """One large picture, cut as asked."""

    def cut(self, box: tuple[float, float, float, float], side: int) -> QImage | None:
        """What lies in a box of world metres, `side` pixels a side. Raises `Problem`."""


class Underlay:
    """One underlay at work. `raster` says what it is."""

    def __init__(self, raster: Raster) -> None:
        self.raster = raster
        self._trouble: Message | None = None
        self._source: Pyramid | Window | None = None
        self._pictures: OrderedDict[tuple[int, int, int], QImage | None] = OrderedDict()
        try:
            self._source = _open(raster)
        except Problem as problem:
            self._complain(problem)

    def take_trouble(self) -> Message | None:
        """What is wrong with it, if that has not been said yet."""
        said, self._trouble = self._trouble, None
        return said

    def paint(self, painter: QPainter, view: Viewport, zoom: float) -> None:
        """Draw what of it lies in a viewport; never raises."""
        source = self._source
        if source is None or not self.raster.min_zoom <= zoom <= self.raster.max_zoom:
            return
        painter.save()
        painter.setOpacity(self.raster.opacity)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        try:
            ratio = painter.worldTransform().m11()
            if hasattr(source, "cut"):
                side = round((view.box[2] - view.box[0]) * view.scale * ratio)
                image = source.cut(view.box, side)
                if image is not None:
                    painter.drawImage(_target(view, view.box), image)
            else:
                self._mosaic(painter, source, view, zoom + math.log2(ratio))
        except Problem as problem:
            self._complain(problem)
            self._source = None
        except Exception as error:
            # A picture that breaks its reader must not take the map with it.
            log.exception("underlay %s", self.raster.path)
            self._complain(Problem("map.underlay_broken", file=self.raster.path, what=str(error)))
            self._source = None
        finally:
            painter.restore()

    def _complain(self, problem: Problem) -> None:
        log.warning("underlay %s: %s", self.raster.path, problem.message.id)
        self._trouble = problem.message

    def _mosaic(self, painter: QPainter, source: Pyramid, view: Viewport, zoom: float) -> None:
        coarsest, finest = source.levels
        # Pictures of 256 pixels: the level whose pixels are about the canvas's own.
        level = max(coarsest, min(finest, math.ceil(zoom - 0.3)))
        if zoom < coarsest - LEVELS_OUT:
            return
        size = 2 * HALF_WORLD_M / 2**level
        west, south, east, north = view.box
        for y in range(
            max(0, math.floor((HALF_WORLD_M - north) / size)),
            min(2**level - 1, math.floor((HALF_WORLD_M - south) / size)) + 1,
        ):
            for x in range(
                max(0, math.floor((west + HALF_WORLD_M) / size)),
                min(2**level - 1, math.floor((east + HALF_WORLD_M) / size)) + 1,
            ):
                self._tile(painter, source, view, (level, x, y))

    def _tile(
        self, painter: QPainter, source: Pyramid, view: Viewport, key: tuple[int, int, int]
    ) -> None:
        z, x, y = key
        size = 2 * HALF_WORLD_M / 2**z
        left, top = x * size - HALF_WORLD_M, HALF_WORLD_M - y * size
        target = _target(view, (left, top - size, left + size, top))
        for up in range(min(LEVELS_UP, z - source.levels[0]) + 1):
            image = self._picture(source, (z - up, x >> up, y >> up))
            if image is not None:
                part = image.width() / 2**up
                cut = QRectF((x % 2**up) * part, (y % 2**up) * part, part, part)
                painter.drawImage(target, image, cut)
                return

    def _picture(self, source: Pyramid, key: tuple[int, int, int]) -> QImage | None:
        if key not in self._pictures:
            data = source.picture(*key)
            self._pictures[key] = decoded(data) if data else None
            while len(self._pictures) > KEPT_PICTURES:
                self._pictures.popitem(last=False)
        self._pictures.move_to_end(key)
        return self._pictures[key]


def decoded(data: bytes) -> QImage | None:
    """A picture from a stranger's bytes, None where it is none that may be shown."""
    if len(data) > MAX_BYTES:
        return None
    buffer = QBuffer()
    buffer.setData(QByteArray(data))
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    reader = QImageReader(buffer)
    reader.setDecideFormatFromContent(True)
    size = reader.size()
    named = bytes(reader.format().data()).decode("ascii", "replace")
    if named not in FORMATS or not 0 < size.width() <= MAX_SIDE or size.height() != size.width():
        return None
    image = reader.read()
    return None if image.isNull() else image


def _open(raster: Raster) -> Pyramid | Window:
    if raster.kind == "geotiff":
        # Only here, and only when there is one: the library takes its time and memory.
        from ui.map.tiles.raster_geotiff import GeoTiff

        return GeoTiff(raster.path)
    from ui.map.tiles.raster_pyramids import Folder, MbTiles

    if raster.kind == "mbtiles":
        return MbTiles(raster.path)
    return Folder(raster.path, from_south=raster.scheme == "tms")


def _target(view: Viewport, box: tuple[float, float, float, float]) -> QRectF:
    left = (box[0] - view.box[0]) * view.scale
    top = (view.box[3] - box[3]) * view.scale
    return QRectF(left, top, (box[2] - box[0]) * view.scale, (box[3] - box[1]) * view.scale)
