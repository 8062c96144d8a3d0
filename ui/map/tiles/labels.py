"""Where words stand on the base map: placed in world space, block by block, the same every time.

For every half-zoom level the world is cut into blocks of `BLOCK_PX` pixels. Inside a block labels
are placed greedily by class over an occupancy grid; a label that would reach over the block's
edge is left out, so a block depends on nothing but itself and its pictures never change while the
map moves. Names of places and areas are placed before, for the whole region.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainterPath

from dispatch.region.schema import AREA_KINDS, LINE_KINDS
from ui.map.projection import HALF_WORLD_M, Floats, metres_per_pixel
from ui.map.tiles.base import road_ranks
from ui.map.tiles.grid import Box, zoom_of
from ui.map.tiles.lettering import (
    Face,
    Run,
    along,
    height_of,
    run_path,
    straight,
    width_of,
    wrapped,
)
from ui.map.tiles.names import MAX_NAME, Chains, merge
from ui.map.tiles.scene import Scene, Shapes
from ui.map.tiles.style import MapStyle, PlaceStyle, growing

#: Side of a placement block in pixels: four tiles.
BLOCK_PX = 2048
#: Side of an occupancy cell in pixels.
CELL_PX = 5
#: Blocks whose placement is kept.
KEPT_BLOCKS = 48
#: A line shorter than this carries no word.
_LEAST_CHAIN_PX = 24.0
#: Where along its stretch a street's name is tried, as shares of the stretch.
_SHIFTS = (0.0, 0.14, -0.14, 0.3, -0.3)

#: Side of the buckets in which region-wide names look for each other.
_BUCKET_PX = 256.0

_WATER_KINDS = ("sea", "water")
_GREEN_KINDS = ("park", "wood", "cemetery", "beach")
_SITE_KINDS = ("campus", "hospital", "airport", "stadium", "port")


@dataclass(frozen=True)
class Label:
    """Words at their place: a path in pixels from the block's corner, and how it is inked.

    `ink` is the name of a map colour; `plate` a box drawn under the words (road numbers).
    """

    path: QPainterPath
    box: tuple[float, float, float, float]
    ink: str
    plate: QRectF | None = None


class Occupancy:
    """Which cells of one block already carry words."""

    def __init__(self, side_px: float) -> None:
        self._cells = math.ceil(side_px / CELL_PX)
        self._taken = bytearray(self._cells * self._cells)

    def take(self, points: list[tuple[float, float]], half_px: float) -> bool:
        """Claim a square of half a side around points; False (and no claim) if any is taken."""
        cells, taken = self._cells, self._taken
        claimed: list[tuple[int, int, int]] = []
        for x, y in points:
            left, right = int((x - half_px) // CELL_PX), int((x + half_px) // CELL_PX)
            top, bottom = int((y - half_px) // CELL_PX), int((y + half_px) // CELL_PX)
            if left < 0 or top < 0 or right >= cells or bottom >= cells:
                return False
            for row in range(top, bottom + 1):
                begin, end = row * cells + left, row * cells + right + 1
                if any(taken[begin:end]):
                    return False
                claimed.append((begin, end, end - begin))
        for begin, end, length in claimed:
            taken[begin:end] = b"\1" * length
        return True

    def take_box(self, box: Box, *, by_force: bool = False) -> bool:
        """Claim a box (left, top, right, bottom); `by_force` claims what it can of it."""
        left, top, right, bottom = (math.floor(value / CELL_PX) for value in box)
        cells, taken = self._cells, self._taken
        if by_force:
            left, top = max(left, 0), max(top, 0)
            right, bottom = min(right, cells - 1), min(bottom, cells - 1)
        elif left < 0 or top < 0 or right >= cells or bottom >= cells:
            return False
        rows = [(row * cells + left, row * cells + right + 1) for row in range(top, bottom + 1)]
        if not by_force and any(any(taken[begin:end]) for begin, end in rows):
            return False
        for begin, end in rows:
            if end > begin:
                taken[begin:end] = b"\1" * (end - begin)
        return True


@dataclass(frozen=True)
class _Standing:
    """A label placed for the whole region, in pixels of the world at its level."""

    x: float
    y: float
    lines: tuple[str, ...]
    face: Face
    ink: str
    box: Box


class Labels:
    """The words of one region in one language."""

    def __init__(self, scene: Scene, style: MapStyle, language: str) -> None:
        self._scene = scene
        self._style = style
        self._language = language
        self._streets: Chains | None = None
        self._waters: Chains | None = None
        self._numbers: Chains | None = None
        self._standing: dict[int, list[_Standing]] = {}
        self._blocks: OrderedDict[tuple[int, int, int], list[Label]] = OrderedDict()

    def block(self, level: int, bx: int, by: int) -> list[Label]:
        """Labels of one block; paths and boxes in pixels from the block's north-west corner."""
        key = (level, bx, by)
        if key not in self._blocks:
            self._blocks[key] = _BlockPlacement(self, level, bx, by).labels
            while len(self._blocks) > KEPT_BLOCKS:
                self._blocks.popitem(last=False)
        self._blocks.move_to_end(key)
        return self._blocks[key]

    def warm(self) -> None:
        """Merge the streets ahead of the first block."""
        _ = self.streets, self.numbers, self.waters

    # -- what is named -----------------------------------------------------------------------

    @property
    def streets(self) -> Chains:
        if self._streets is None:
            scene = self._scene
            ranks = road_ranks(self._style)[scene.road_class]
            names = scene.pack.edges.names(self._language)
            rows = np.flatnonzero(ranks >= 0)
            self._streets = merge(scene.roads, rows, names, ranks)
        return self._streets

    @property
    def numbers(self) -> Chains:
        """Chains of road numbers on main roads."""
        if self._numbers is None:
            scene = self._scene
            ranks = road_ranks(self._style)[scene.road_class]
            main = [i for i, r in enumerate(self._style.road) if r.name in _NUMBERED]
            rows = np.flatnonzero(np.isin(ranks, main))
            self._numbers = merge(scene.roads, rows, scene.pack.edges.refs, ranks)
        return self._numbers

    @cached_property
    def house_numbers(self) -> npt.NDArray[np.object_]:
        return self._scene.pack.addresses.texts("number")

    @property
    def waters(self) -> Chains:
        if self._waters is None:
            scene = self._scene
            kinds = [LINE_KINDS.index(kind) for kind in ("river", "canal")]
            rows = np.flatnonzero(np.isin(scene.pack.lines.kind_code, kinds))
            names = scene.pack.lines.names(self._language)
            self._waters = merge(scene.lines, rows, names, np.zeros(len(names), dtype=np.int64))
        return self._waters

    def standing(self, level: int) -> list[_Standing]:
        """Names of places and areas for the whole region at a level, most important first."""
        if level not in self._standing:
            self._standing[level] = list(self._place_standing(level))
        return self._standing[level]

    def _place_standing(self, level: int) -> Iterator[_Standing]:
        taken: list[Box] = []
        for one in (*self._place_names(level), *self._area_names(level)):
            left, top, right, bottom = one.box
            if not any(left < r and right > le and top < b and bottom > t for le, t, r, b in taken):
                taken.append(one.box)
                yield one

    def _place_names(self, level: int) -> Iterator[_Standing]:
        zoom = zoom_of(level)
        names = self._scene.pack.places.names(self._language)
        for style in self._style.place:
            if style.from_zoom <= zoom <= style.to_zoom:
                rows = self._scene.places_of(style.kinds)
                for row in rows.tolist():
                    if names[row] and len(names[row]) <= MAX_NAME:
                        yield self._stand(
                            level,
                            self._scene.place_points[row],
                            names[row],
                            _place_face(style, zoom),
                            "label_place" if style.weight == "strong" else "label",
                            caps=style.caps,
                        )

    def _area_names(self, level: int) -> Iterator[_Standing]:
        zoom = zoom_of(level)
        labels = self._style.labels
        if zoom < labels.area_from:
            return
        scale = 1 / metres_per_pixel(zoom)
        areas = self._scene.pack.areas
        names = areas.names(self._language)
        boxes = self._scene.area_boxes * scale
        for kinds, ink in (
            (_WATER_KINDS, "label_water"),
            (_GREEN_KINDS, "label_green"),
            (_SITE_KINDS, "label_minor"),
        ):
            codes = [AREA_KINDS.index(kind) for kind in kinds]
            rows = np.flatnonzero(np.isin(self._scene.area_kind, codes))
            sides = boxes[rows, 2:] - boxes[rows, :2]
            wide = rows[(sides.max(axis=1) >= labels.area_min_px) & (sides.min(axis=1) >= 24)]
            order = np.argsort(-np.prod(boxes[wide, 2:] - boxes[wide, :2], axis=1), kind="stable")
            face = Face(labels.area_px)
            for row in wide[order].tolist():
                if not names[row] or len(names[row]) > MAX_NAME:
                    continue
                side = boxes[row, 2] - boxes[row, 0]
                lines = wrapped(names[row], face, 96)
                if max(width_of(face, line) for line in lines) <= side * 1.15:
                    yield self._stand(level, self._scene.area_anchor(row), names[row], face, ink)

    def _stand(
        self, level: int, point: Floats, text: str, face: Face, ink: str, *, caps: bool = False
    ) -> _Standing:
        scale = 1 / metres_per_pixel(zoom_of(level))
        x = (float(point[0]) + HALF_WORLD_M) * scale
        y = (HALF_WORLD_M - float(point[1])) * scale
        lines = wrapped(text.upper() if caps else text, face, 96)
        half = max(width_of(face, line) for line in lines) / 2 + 8
        tall = face.size_px * 1.18 * len(lines) / 2 + 5
        box = (x - half, y - tall, x + half, y + tall)
        return _Standing(x, y, lines, face, ink, box)


#: Roads whose number is shown on a plate.
_NUMBERED = ("motorway", "trunk", "primary")


def _place_face(style: PlaceStyle, zoom: float) -> Face:
    size = growing(style.size, zoom)
    return Face(size, strong=style.weight == "strong", spacing=0.09 if style.caps else 0.0)


class _BlockPlacement:
    """One block being filled, most important words first."""

    def __init__(self, words: Labels, level: int, bx: int, by: int) -> None:
        self._words = words
        self._scene = words._scene
        self._style = words._style
        self._zoom = zoom_of(level)
        self._scale = 1 / metres_per_pixel(self._zoom)
        self._left, self._top = bx * BLOCK_PX, by * BLOCK_PX
        self._grid = Occupancy(BLOCK_PX)
        self._said: dict[str, list[tuple[float, float]]] = {}
        self.labels: list[Label] = []
        self._standing(level)
        plates = self._style.labels.shield_from
        if self._zoom >= plates:
            self._plates()
        self._along(words.waters, lambda _rank: (13.5, 11.0, "label_water"))
        self._stations()
        self._along(words.streets, self._street_face)
        if self._zoom >= self._style.labels.number_from:
            self._house_numbers()

    @property
    def _box(self) -> Box:
        size = BLOCK_PX / self._scale
        west = self._left / self._scale - HALF_WORLD_M
        north = HALF_WORLD_M - self._top / self._scale
        return west, north - size, west + size, north

    def _pixels(self, points: Floats) -> Floats:
        out = np.empty_like(points)
        out[:, 0] = (points[:, 0] + HALF_WORLD_M) * self._scale - self._left
        out[:, 1] = (HALF_WORLD_M - points[:, 1]) * self._scale - self._top
        return out

    def _standing(self, level: int) -> None:
        for one in self._words.standing(level):
            left, top, right, bottom = one.box
            box = (left - self._left, top - self._top, right - self._left, bottom - self._top)
            if box[2] < 0 or box[3] < 0 or box[0] > BLOCK_PX or box[1] > BLOCK_PX:
                continue
            # Region-wide names may reach over the edge: both blocks draw their share of them.
            self._grid.take_box(box, by_force=True)
            path = straight(one.face, one.lines, one.x - self._left, one.y - self._top)
            self.labels.append(Label(path, box, one.ink))

    def _street_face(self, rank: int) -> tuple[float, float, str]:
        road = self._style.road[rank]
        grown = min(1.25, 1 + max(0.0, self._zoom - 15) * 0.05)
        main = road.label_px >= 11
        return road.label_from, road.label_px * grown, "label" if main else "label_minor"

    def _along(self, chains: Chains, face_of) -> None:  # type: ignore[no-untyped-def]
        if len(chains) == 0:
            return
        faces = {rank: face_of(rank) for rank in np.unique(chains.rank).tolist()}
        ranks = [rank for rank, (label_from, _, _) in faces.items() if self._zoom >= label_from]
        rows = chains.index.query(self._box) if ranks else np.zeros(0, dtype=np.int64)
        worth = np.isin(chains.rank[rows], ranks)
        worth &= chains.length_m[rows] * self._scale >= _LEAST_CHAIN_PX
        rows = rows[worth]
        rows = rows[np.lexsort((-chains.length_m[rows], -chains.rank[rows]))]
        for row in rows.tolist():
            _, size, ink = faces[int(chains.rank[row])]
            face = Face(size)
            text = str(chains.names[row])
            length = float(chains.length_m[row]) * self._scale
            if length >= width_of(face, text) + 2 * self._style.labels.street_margin_px:
                self._chain(chains.shapes, row, text, face, ink, length)

    def _chain(
        self, shapes: Shapes, row: int, text: str, face: Face, ink: str, length: float
    ) -> None:
        every = max(self._style.labels.street_spacing_px, width_of(face, text) * 2.2)
        count = max(1, int(length // every))
        points = self._pixels(shapes.points[shapes.offsets[row] : shapes.offsets[row + 1]])
        steps = np.hypot(*np.diff(points, axis=0).T)
        travelled = np.concatenate([[0.0], np.cumsum(steps)])
        stretch = length / count
        middles = (np.arange(count) + 0.5) * stretch
        x = np.interp(middles, travelled, points[:, 0])
        y = np.interp(middles, travelled, points[:, 1])
        inside = (x >= 0) & (x < BLOCK_PX) & (y >= 0) & (y < BLOCK_PX)
        if not inside.any():
            return
        line, distance = [(px, py) for px, py in points.tolist()], travelled.tolist()
        for middle in middles[inside].tolist():
            for shift in _SHIFTS:
                run = along(face, text, line, distance, middle + shift * stretch)
                if run is not None and self._claim(text, face, run):
                    path = run_path(face, text, run)
                    bounds = path.boundingRect()
                    self.labels.append(Label(path, bounds.getCoords(), ink))
                    break

    def _claim(self, text: str, face: Face, run: Run) -> bool:
        x, y = run.marks[len(run.marks) // 2]
        near = self._style.labels.street_spacing_px * 0.5
        said = self._said.setdefault(text, [])
        if any(math.hypot(x - ox, y - oy) < near for ox, oy in said):
            return False
        if not self._grid.take(run.marks, height_of(face) / 2 + 1.2):
            return False
        said.append((x, y))
        return True

    def _plates(self) -> None:
        chains = self._words.numbers
        if len(chains) == 0:
            return
        face = Face(self._style.labels.shield_px, strong=True)
        rows = chains.index.query(self._box)
        rows = rows[np.lexsort((-chains.length_m[rows], -chains.rank[rows]))]
        for row in rows.tolist():
            text = str(chains.names[row]).split(";")[0].strip()
            length = float(chains.length_m[row]) * self._scale
            if len(text) > 7 or length < 90:
                continue
            shapes = chains.shapes
            points = self._pixels(shapes.points[shapes.offsets[row] : shapes.offsets[row + 1]])
            travelled = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
            count = max(1, int(length // 620))
            for at in ((np.arange(count) + 0.37) * length / count).tolist():
                x = float(np.interp(at, travelled, points[:, 0]))
                y = float(np.interp(at, travelled, points[:, 1]))
                self._plate(text, face, x, y)

    def _plate(self, text: str, face: Face, x: float, y: float) -> None:
        half = width_of(face, text) / 2 + 5
        tall = face.size_px * 0.78
        said = self._said.setdefault("#" + text, [])
        if any(math.hypot(x - ox, y - oy) < 300 for ox, oy in said):
            return
        if self._grid.take_box((x - half - 4, y - tall - 4, x + half + 4, y + tall + 4)):
            said.append((x, y))
            plate = QRectF(x - half, y - tall, 2 * half, 2 * tall)
            path = straight(face, (text,), x, y)
            box = (x - half, y - tall, x + half, y + tall)
            self.labels.append(Label(path, box, "label", plate))

    def _stations(self) -> None:
        if self._zoom < self._style.labels.station_from:
            return
        names = self._scene.pack.places.names(self._words._language)
        rows = self._scene.places_of(["station"])
        face = Face(10.5)
        for row, (x, y) in zip(
            rows.tolist(), self._pixels(self._scene.place_points[rows]).tolist(), strict=True
        ):
            if not names[row] or not (0 <= x < BLOCK_PX and 0 <= y < BLOCK_PX):
                continue
            said = self._said.setdefault("@" + names[row], [])
            if any(math.hypot(x - ox, y - oy) < 200 for ox, oy in said):
                continue
            said.append((x, y))
            half = width_of(face, names[row]) / 2
            box = (x - half - 3, y - 6, x + half + 3, y + 21)
            if self._grid.take_box(box):
                path = straight(face, (names[row],), x, y + 13)
                path.addEllipse(x - 3, y - 3, 6, 6)
                self.labels.append(Label(path, box, "label"))

    def _house_numbers(self) -> None:
        rows = self._scene.addresses_in(self._box)
        if len(rows) == 0:
            return
        addresses = self._scene.pack.addresses
        rows = rows[addresses.parity_code[rows] < 0]
        numbers = self._words.house_numbers
        face = Face(self._style.labels.number_px)
        points = self._pixels(self._scene.address_points[rows]).tolist()
        tall = face.size_px * 0.6
        for row, (x, y) in zip(rows.tolist(), points, strict=True):
            text = numbers[row]
            if text and len(text) <= 8:
                half = width_of(face, text) / 2 + 2
                box = (x - half, y - tall, x + half, y + tall)
                if self._grid.take_box(box):
                    self.labels.append(Label(straight(face, (text,), x, y), box, "label_number"))
