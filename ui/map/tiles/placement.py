"""Words put into one block of the world, most important first, until there is no room left."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainterPath

from ui.map.projection import HALF_WORLD_M, Floats, metres_per_pixel
from ui.map.tiles.grid import Box, zoom_of
from ui.map.tiles.lettering import Face, Run, along, height_of, run_path, straight, width_of
from ui.map.tiles.names import Chains
from ui.map.tiles.scene import Shapes

if TYPE_CHECKING:
    from ui.map.tiles.labels import Labels

#: Side of a placement block in pixels: four tiles.
BLOCK_PX = 2048
#: Side of an occupancy cell in pixels.
CELL_PX = 5
#: A line shorter than this carries no word.
_LEAST_CHAIN_PX = 24.0
#: Where along its stretch a street's name is tried, as shares of the stretch.
_SHIFTS = (0.0, 0.14, -0.14, 0.3, -0.3)


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


class BlockPlacement:
    """One block being filled, most important words first."""

    def __init__(self, words: Labels, level: int, bx: int, by: int) -> None:
        self._words = words
        self._scene = words.scene
        self._style = words.style
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

    def _along(self, chains: Chains, face_of: Callable[[int], tuple[float, float, str]]) -> None:
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
                    box = path.boundingRect()
                    corners = (box.left(), box.top(), box.right(), box.bottom())
                    self.labels.append(Label(path, corners, ink))
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
        names = self._scene.pack.places.names(self._words.language)
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
