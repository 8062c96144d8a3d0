"""Times over the ground, drawn as pictures of the base map's own levels, made a few at a time.

A field comes once from the engine; panning and zooming only cut it into squares. A square is
interpolated, coloured by a look-up table and copied like a tile; while it is not made yet, one of
another level or of the field before stands in for it. Nothing is made while painting.
"""

from __future__ import annotations

import time
import zlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from math import ceil, floor

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRect, QRectF
from PySide6.QtGui import QImage, QPainter, QPixmap

from dispatch.advice.messages import GroundField
from ui.map.basemap import canvas_rect
from ui.map.camera import Camera
from ui.map.projection import HALF_WORLD_M
from ui.map.tiles.grid import MAX_LEVEL, MIN_LEVEL, Box, level_of, tile_size_m

Seconds = NDArray[np.float32]
Pixels = NDArray[np.uint32]

PART_PX = 256
"""Side of a square: small, so that one is made well within a frame."""
TURN_S = 0.0025
"""The longest that squares are made in one turn of the loop; one is always made."""
CACHE_BYTES = 32 * 1024**2
"""Squares are kept up to this, or up to two canvases full where that is more."""
STEP_S = 0.5
CELL_CAP = 4_000_000
_STAND_INS = (-1, 1, -2, -3, -4, 2, -5, -6)

Key = tuple[int, int, int]


class BadField(ValueError):
    """A field from the engine that is not what its header says."""


@dataclass(frozen=True)
class Field:
    """Seconds (rows, columns) over ground in world metres; `ground` is 1 on ground of the layer."""

    west_m: float
    north_m: float
    cell_m: float
    seconds: Seconds
    ground: Seconds

    @classmethod
    def of(cls, packed: GroundField) -> Field:
        """Unpack what the engine sent; `BadField` for anything that does not fit."""
        cells = packed.rows * packed.columns
        most = 2 * cells + (cells + 7) // 8
        if cells > CELL_CAP:
            raise BadField(f"{cells} cells")
        try:
            unpacker = zlib.decompressobj()
            data = unpacker.decompress(packed.packed, most + 1)
        except zlib.error as error:
            raise BadField(str(error)) from error
        if len(data) != most:
            raise BadField(f"{len(data)} bytes for {cells} cells")
        steps = np.frombuffer(data, dtype="<u2", count=cells)
        shape = (packed.rows, packed.columns)
        values = np.cumsum(steps, dtype=np.uint16).reshape(shape)
        bits = np.frombuffer(data, dtype=np.uint8, offset=2 * cells)
        return cls(
            west_m=packed.west_m,
            north_m=packed.north_m,
            cell_m=packed.cell_m,
            seconds=values.astype(np.float32) * np.float32(STEP_S),
            ground=_softened(np.unpackbits(bits, count=cells).reshape(shape)),
        )

    @property
    def box(self) -> Box:
        """West, south, east, north in world metres."""
        rows, columns = self.seconds.shape
        south, east = self.north_m - rows * self.cell_m, self.west_m + columns * self.cell_m
        return self.west_m, south, east, self.north_m

    def sampled(self, box: Box, pixels: int) -> tuple[Seconds, Seconds] | None:
        """Seconds and ground (pixels + 2, pixels + 2) at the pixels of a square box and one row
        and column round it; None where the field does not reach the box."""
        west, south, east, north = box
        mine = self.box
        if east <= mine[0] or west >= mine[2] or north <= mine[1] or south >= mine[3]:
            return None
        step = (east - west) / pixels
        rows, columns = self.seconds.shape
        across = (np.arange(-1, pixels + 1) + 0.5) * step
        x = (west + across - self.west_m) / self.cell_m - 0.5
        y = (self.north_m - north + across) / self.cell_m - 0.5
        inside_x, inside_y = (x > -1) & (x < columns), (y > -1) & (y < rows)
        left, right = _between(x, columns)
        top, bottom = _between(y, rows)
        seconds = _bilinear(self.seconds, left, right, top, bottom)
        ground = _bilinear(self.ground, left, right, top, bottom)
        ground[~inside_y] = 0.0
        ground[:, ~inside_x] = 0.0
        return seconds, ground

    def at(self, x: float, y: float) -> float | None:
        """Seconds at a point in world metres, None where it is no ground of the layer."""
        rows, columns = self.seconds.shape
        column, row = (
            floor((x - self.west_m) / self.cell_m),
            floor((self.north_m - y) / self.cell_m),
        )
        if not (0 <= row < rows and 0 <= column < columns) or self.ground[row, column] < 0.5:
            return None
        return float(self.seconds[row, column])


def _softened(ground: NDArray[np.uint8]) -> Seconds:
    """Ground with a slope at its edge, so that the grid's stairs do not show (1, 2, 1 each way)."""
    across = ground * np.uint8(2)
    across[:, 1:] += ground[:, :-1]
    across[:, :-1] += ground[:, 1:]
    soft = across * np.uint8(2)
    soft[1:] += across[:-1]
    soft[:-1] += across[1:]
    return soft.astype(np.float32) / np.float32(16)


_Side = tuple[NDArray[np.intp], Seconds]


def _between(at: NDArray[np.float64], size: int) -> tuple[_Side, NDArray[np.intp]]:
    """The cells on both sides of positions, and how far between them each lies."""
    low = np.clip(np.floor(at), 0, max(0, size - 2)).astype(np.intp)
    share = np.clip(at - low, 0.0, 1.0).astype(np.float32)
    return (low, share), np.minimum(low + 1, size - 1)


def _bilinear(
    values: Seconds, left: _Side, right: NDArray[np.intp], top: _Side, bottom: NDArray[np.intp]
) -> Seconds:
    down, across = top[1][:, None], left[1][:, None]
    rows = values[top[0]] * (1 - down) + values[bottom] * down
    turned = np.ascontiguousarray(rows.T)
    columns = turned[left[0]] * (1 - across) + turned[right] * across
    return np.ascontiguousarray(columns.T)


#: Seconds and ground, each with a margin of one pixel -> the square's pixels, premultiplied.
Colouring = Callable[[Seconds, Seconds], Pixels]


@dataclass
class _Part:
    pixmap: QPixmap | None
    edition: int


class FieldPictures:
    """The squares of one field under one colouring, kept up to `CACHE_BYTES`."""

    def __init__(self) -> None:
        self._field: Field | None = None
        self._colouring: Colouring | None = None
        self._edition = 0
        self._parts: OrderedDict[Key, _Part] = OrderedDict()
        self._bytes = 0
        self._wanted: list[Key] = []
        self._ratio = 1.0
        self._cap = CACHE_BYTES

    @property
    def field(self) -> Field | None:
        """What is drawn."""
        return self._field

    @property
    def wants_work(self) -> bool:
        """Whether squares in view wait for `work`."""
        return bool(self._wanted)

    def set_field(self, field: Field | None) -> None:
        """Another field; the old squares stand until the new ones are made."""
        self._field = field
        self._edition += 1
        if field is None:
            self.clear()

    def set_colouring(self, colouring: Colouring) -> None:
        """Other colours, for all squares."""
        self._colouring = colouring
        self._edition += 1

    def clear(self) -> None:
        """Forget every square."""
        self._parts.clear()
        self._wanted.clear()
        self._bytes = 0

    def paint(self, painter: QPainter, camera: Camera) -> None:
        """Copy what there is onto the canvas and note what is missing."""
        self._wanted.clear()
        if self._field is None:
            return
        ratio = painter.device().devicePixelRatioF()
        if ratio != self._ratio:
            self._ratio = ratio
            self.clear()
        self._cap = max(CACHE_BYTES, round(9 * camera.width * camera.height * ratio * ratio))
        level = level_of(camera.zoom)
        box = _meeting(camera.box, self._field.box)
        for key in _keys(level, box) if box is not None else ():
            part = self._parts.get(key)
            if part is None or part.edition != self._edition:
                self._wanted.append(key)
            if part is None:
                self._stand_in(painter, camera, key)
                continue
            self._parts.move_to_end(key)
            if part.pixmap is not None:
                target = canvas_rect(camera, _box(key))
                if target.width() == PART_PX and target.height() == PART_PX:
                    painter.drawPixmap(target.topLeft(), part.pixmap)
                else:
                    painter.drawPixmap(target, part.pixmap, part.pixmap.rect())
        middle_x, middle_y = camera.x, camera.y
        size = _size_m(level)
        self._wanted.sort(
            key=lambda key: (
                abs((key[1] + 0.5) * size - HALF_WORLD_M - middle_x)
                + abs(HALF_WORLD_M - (key[2] + 0.5) * size - middle_y)
            )
        )

    def _stand_in(self, painter: QPainter, camera: Camera, key: Key) -> None:
        """A level that covers the square whole, scaled into its place."""
        box = _box(key)
        for step in _STAND_INS:
            level = key[0] + step
            if not MIN_LEVEL <= level <= MAX_LEVEL:
                continue
            covering = _keys(level, box)
            parts = [self._parts.get(one) for one in covering]
            if any(part is None for part in parts):
                continue
            for one, part in zip(covering, parts, strict=True):
                if part is not None and part.pixmap is not None:
                    _draw_part(painter, camera, _box(one), part.pixmap, box)
            return

    def work(self) -> bool:
        """Make some of the squares in view; whether all are made now."""
        begun = time.perf_counter()
        while self._wanted:
            self._make(self._wanted.pop(0))
            if time.perf_counter() - begun > TURN_S / 2:
                break
        return not self._wanted

    def _make(self, key: Key) -> None:
        field, colouring = self._field, self._colouring
        if field is None or colouring is None:
            return
        side = round(PART_PX * self._ratio)
        sampled = field.sampled(_box(key), side)
        pixmap: QPixmap | None = None
        if sampled is not None and sampled[1].any():
            pixels = np.ascontiguousarray(colouring(*sampled))
            if pixels.any():
                image = QImage(
                    pixels.tobytes(), side, side, QImage.Format.Format_ARGB32_Premultiplied
                )
                # A copy: the bytes would be gone before the picture is.
                pixmap = QPixmap.fromImage(image.copy())
                pixmap.setDevicePixelRatio(self._ratio)
        old = self._parts.pop(key, None)
        self._bytes += _weight(pixmap) - (_weight(old.pixmap) if old is not None else 0)
        self._parts[key] = _Part(pixmap, self._edition)
        while self._bytes > self._cap and len(self._parts) > 1:
            _, gone = self._parts.popitem(last=False)
            self._bytes -= _weight(gone.pixmap)


def _weight(pixmap: QPixmap | None) -> int:
    return 64 if pixmap is None else 4 * pixmap.width() * pixmap.height()


def _size_m(level: int) -> float:
    return tile_size_m(level) * PART_PX / 512


def _box(key: Key) -> Box:
    size = _size_m(key[0])
    west, north = key[1] * size - HALF_WORLD_M, HALF_WORLD_M - key[2] * size
    return west, north - size, west + size, north


def _keys(level: int, box: Box) -> list[Key]:
    size = _size_m(level)
    west, south, east, north = box
    inside = 1e-6
    x0, x1 = (
        floor((west + HALF_WORLD_M) / size + inside),
        ceil((east + HALF_WORLD_M) / size - inside),
    )
    y0, y1 = (
        floor((HALF_WORLD_M - north) / size + inside),
        ceil((HALF_WORLD_M - south) / size - inside),
    )
    return [(level, x, y) for y in range(y0, y1) for x in range(x0, x1)]


def _meeting(one: Box, other: Box) -> Box | None:
    west, south = max(one[0], other[0]), max(one[1], other[1])
    east, north = min(one[2], other[2]), min(one[3], other[3])
    return (west, south, east, north) if west < east and south < north else None


def _draw_part(painter: QPainter, camera: Camera, whole: Box, pixmap: QPixmap, box: Box) -> None:
    met = _meeting(whole, box)
    if met is None:
        return
    scale = pixmap.width() / (whole[2] - whole[0])
    source = QRectF(
        (met[0] - whole[0]) * scale,
        (whole[3] - met[3]) * scale,
        (met[2] - met[0]) * scale,
        (met[3] - met[1]) * scale,
    )
    target: QRect = canvas_rect(camera, met)
    painter.drawPixmap(QRectF(target), pixmap, source)
