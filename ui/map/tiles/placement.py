"""Words put into one block of the world, most important first, until there is no room left."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QRectF

from ui.map.projection import HALF_WORLD_M, Floats, metres_per_pixel
from ui.map.tiles.drawing import CM, Cms
from ui.map.tiles.grid import Box, zoom_of
from ui.map.tiles.lettering import Face, Run, along, height_of, width_of
from ui.map.tiles.occupancy import Label, Occupancy, Point, station_drop
from ui.map.tiles.scene import Chains, Names

if TYPE_CHECKING:
    from ui.map.tiles.labels import Labels

#: Sides of the blocks in pixels: four tiles and two.
WIDE_PX = 2048
NEAR_PX = 1024
#: A line shorter than this carries no word.
_LEAST_CHAIN_PX = 24.0
#: Where along its stretch a street's name is tried, as shares of the stretch.
_SHIFTS = np.array([0.0, 0.14, -0.14, 0.3, -0.3])


class _Block:
    """One block being filled. Places are pixels from the block's own corner until they are kept."""

    def __init__(self, words: Labels, level: int, bx: int, by: int, side: int) -> None:
        self._words = words
        self._scene = words.scene
        self._style = words.style
        self._zoom = zoom_of(level)
        self._scale = 1 / metres_per_pixel(self._zoom)
        self._side = side
        self._left, self._top = bx * side, by * side
        #: From this block's corner to that of its wide block.
        self._dx, self._dy = self._left % WIDE_PX, self._top % WIDE_PX
        self._grid = Occupancy(side)
        self._said: dict[str, list[Point]] = {}
        self.labels: list[Label] = []

    @property
    def _box(self) -> Box:
        size = self._side / self._scale
        west = self._left / self._scale - HALF_WORLD_M
        north = HALF_WORLD_M - self._top / self._scale
        return west, north - size, west + size, north

    def _pixels(self, points: Cms) -> Floats:
        out = np.empty(points.shape, dtype=np.float64)
        scale = self._scale / CM
        out[:, 0] = points[:, 0] * scale + (HALF_WORLD_M * self._scale - self._left)
        out[:, 1] = (HALF_WORLD_M * self._scale - self._top) - points[:, 1] * scale
        return out

    def _keep(
        self,
        face: Face,
        lines: tuple[str, ...],
        box: Box,
        ink: str,
        at: Point = (0.0, 0.0),
        *,
        plate: QRectF | None = None,
        dot: bool = False,
    ) -> None:
        dx, dy = self._dx, self._dy
        plate = plate.translated(dx, dy) if plate is not None else None
        whole = (box[0] + dx, box[1] + dy, box[2] + dx, box[3] + dy)
        middle = (at[0] + dx, at[1] + dy)
        self.labels.append(Label(face, lines, whole, ink, middle, plate=plate, dot=dot))

    def _keep_run(self, face: Face, text: str, ink: str, run: Run) -> None:
        moved = Run([(x + self._dx, y + self._dy) for x, y in run.marks], run.angles)
        half = height_of(face) / 2 + 1.2
        # Letters reach over their marks by no more than the face's size, descenders included.
        reach = face.size_px * 0.8
        across = [x for x, _ in moved.marks]
        down = [y for _, y in moved.marks]
        box = (min(across) - reach, min(down) - reach, max(across) + reach, max(down) + reach)
        self.labels.append(Label(face, (text,), box, ink, run=moved, half_px=half))

    def _straight(self, text: str, face: Face, x: float, y: float, box: Box, ink: str) -> bool:
        """One word set straight, if its box is free."""
        if not self._grid.take_box(box):
            return False
        self._keep(face, (text,), box, ink, (x, y))
        return True

    # -- along lines -------------------------------------------------------------------------

    def _street_face(self, code: int) -> tuple[float, Face, str]:
        rank = int(self._words.rank_of_class[code])
        road = self._style.road[rank]
        grown = min(1.3, 1 + max(0.0, self._zoom - 15) * 0.07)
        face = Face(road.label_px * grown)
        return road.label_from, face, "label" if road.main else "label_minor"

    def _along(
        self, chains: Chains, names: Names, faces: dict[int, tuple[float, Face, str]]
    ) -> None:
        """Names along the chains whose class has a face at this zoom, the highest class first."""
        shown = [code for code, (label_from, _, _) in faces.items() if self._zoom >= label_from]
        if len(chains) == 0 or not shown:
            return
        rows = chains.shapes.index.query(self._box)
        worth = np.isin(chains.code[rows], shown)
        worth &= chains.length_m[rows] * self._scale >= _LEAST_CHAIN_PX
        rows = rows[worth]
        rank = self._words.rank_of_class[chains.code[rows]]
        rows = rows[np.lexsort((-chains.length_m[rows], -rank))]
        margin = 2 * self._style.labels.street_margin_px
        for row in rows.tolist():
            _, face, ink = faces[int(chains.code[row])]
            length = float(chains.length_m[row]) * self._scale
            # The shortest name there is needs some four letters of room.
            if length < face.size_px * 2 + margin:
                continue
            text = names[row]
            if text and length >= width_of(face, text) + margin:
                self._chain(self._pixels(chains.shapes.part(row)), text, face, ink, length)

    def _chain(self, points: Floats, text: str, face: Face, ink: str, length: float) -> None:
        every = max(self._spacing, width_of(face, text) * 2.2)
        count = max(1, int(length // every))
        steps = np.hypot(*np.diff(points, axis=0).T)
        travelled = np.concatenate([[0.0], np.cumsum(steps)])
        stretch = float(travelled[-1]) / count
        at = ((np.arange(count) + 0.5)[:, None] + _SHIFTS) * stretch
        x = np.interp(at, travelled, points[:, 0])
        y = np.interp(at, travelled, points[:, 1])
        inside = (x >= 0) & (x < self._side) & (y >= 0) & (y < self._side)
        seen = np.flatnonzero(inside[:, 0])
        if len(seen) == 0:
            return
        line, distance = [(px, py) for px, py in points.tolist()], travelled.tolist()
        for number in seen.tolist():
            # Most places are refused for their middle alone, before the letters are laid out.
            tries = zip(at[number].tolist(), x[number].tolist(), y[number].tolist(), strict=True)
            for where, px, py in tries:
                if not self._grid.is_free(px, py) or self._is_said(text, px, py):
                    continue
                run = along(face, text, line, distance, where)
                if run is not None and self._claim(text, face, run):
                    self._keep_run(face, text, ink, run)
                    break

    @property
    def _spacing(self) -> float:
        """From one writing of a street's name to the next: close in, one a screen is enough."""
        return self._style.labels.street_spacing_px * min(1.6, 1 + max(0, self._zoom - 15) * 0.2)

    def _claim(self, text: str, face: Face, run: Run) -> bool:
        if not self._grid.take(run.marks, height_of(face) / 2 + 1.2):
            return False
        self._said.setdefault(text, []).append(run.marks[len(run.marks) // 2])
        return True

    def _is_said(self, text: str, x: float, y: float) -> bool:
        near = self._spacing * 0.6
        return any(math.hypot(x - ox, y - oy) < near for ox, oy in self._said.get(text, ()))


class WideBlock(_Block):
    """Names of places and areas, plates, rivers, stations, main roads."""

    def __init__(self, words: Labels, level: int, bx: int, by: int) -> None:
        super().__init__(words, level, bx, by, WIDE_PX)
        style = self._style.labels
        self._standing(level)
        if self._zoom >= style.shield_from:
            self._plates()
        lists = words.scene.drawing.lists
        river = (style.water_from, Face(style.water_px), "label_water")
        self._along(
            words.scene.waters,
            words.water_names,
            dict.fromkeys(range(len(lists["line"])), river),
        )
        if self._zoom >= style.station_from:
            self._stations()
        main = {
            code: self._street_face(code)
            for code in range(len(lists["road"]))
            if (rank := int(words.rank_of_class[code])) >= 0 and words.style.road[rank].main
        }
        self._along(words.scene.streets, words.street_names, main)

    @property
    def said(self) -> dict[str, list[Point]]:
        """Where each text stands, for the near blocks."""
        return self._said

    def _standing(self, level: int) -> None:
        for one in self._words.standing(level):
            left, top, right, bottom = one.box
            box = (left - self._left, top - self._top, right - self._left, bottom - self._top)
            if box[2] < 0 or box[3] < 0 or box[0] > self._side or box[1] > self._side:
                continue
            # Region-wide names may reach over the edge: both blocks draw their share of them.
            self._grid.take_box(box, by_force=True)
            at = (one.x - self._left, one.y - self._top)
            self._keep(one.face, one.lines, box, one.ink, at)

    def _plates(self) -> None:
        chains = self._words.scene.numbers
        if len(chains) == 0:
            return
        style = self._style.labels
        face = Face(style.shield_px, strong=True)
        rows = chains.shapes.index.query(self._box)
        rank = self._words.rank_of_class[chains.code[rows]]
        rows = rows[np.lexsort((-chains.length_m[rows], -rank))]
        for row in rows.tolist():
            text = self._words.numbers[row].split(";")[0].strip()
            length = float(chains.length_m[row]) * self._scale
            if not text or len(text) > 7 or length < 90:
                continue
            points = self._pixels(chains.shapes.part(row))
            travelled = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
            count = max(1, int(length // style.shield_spacing_px))
            at = (np.arange(count) + 0.37) * travelled[-1] / count
            places = [np.interp(at, travelled, points[:, axis]).tolist() for axis in (0, 1)]
            for x, y in zip(*places, strict=True):
                self._plate(text, face, x, y)

    def _plate(self, text: str, face: Face, x: float, y: float) -> None:
        half = width_of(face, text) / 2 + 5
        tall = face.size_px * 0.78
        said = self._said.setdefault("#" + text, [])
        least = self._style.labels.shield_spacing_px * 0.5
        if any(math.hypot(x - ox, y - oy) < least for ox, oy in said):
            return
        box = (x - half - 4, y - tall - 4, x + half + 4, y + tall + 4)
        if self._grid.take_box(box):
            said.append((x, y))
            plate = QRectF(x - half, y - tall, 2 * half, 2 * tall)
            self._keep(face, (text,), box, "label", (x, y), plate=plate)

    def _stations(self) -> None:
        rows = self._scene.places_of(["station"])
        face = Face(self._style.labels.station_px)
        points = self._pixels(self._scene.places.points[rows]).tolist()
        for row, (x, y) in zip(rows.tolist(), points, strict=True):
            if not (0 <= x < self._side and 0 <= y < self._side):
                continue
            name = self._words.place_names[row]
            said = self._said.setdefault("@" + name, [])
            if not name or any(math.hypot(x - ox, y - oy) < 600 for ox, oy in said):
                continue
            half = width_of(face, name) / 2
            box = (x - half - 3, y - 6, x + half + 3, y + face.size_px * 2)
            if self._grid.take_box(box):
                said.append((x, y))
                at = (x, y + station_drop(face))
                self._keep(face, (name,), box, "label_rail", at, dot=True)


class NearBlock(_Block):
    """Names of small streets, marks and house numbers, where a wide block leaves room."""

    def __init__(self, words: Labels, level: int, bx: int, by: int, wide: WideBlock) -> None:
        super().__init__(words, level, bx, by, NEAR_PX)
        for label in wide.labels:
            left, top, right, bottom = label.box
            dx, dy = self._dx, self._dy
            if right >= dx and bottom >= dy and left <= dx + NEAR_PX and top <= dy + NEAR_PX:
                self._grid.give_way(label, -dx, -dy)
        for text, places in wide.said.items():
            self._said[text] = [(x - self._dx, y - self._dy) for x, y in places]
        classes = range(len(words.scene.drawing.lists["road"]))
        small = {
            code: self._street_face(code)
            for code in classes
            if (rank := int(words.rank_of_class[code])) >= 0 and not words.style.road[rank].main
        }
        self._along(words.scene.streets, words.street_names, small)
        self._marks()
        if self._zoom >= self._style.labels.number_from:
            self._house_numbers()

    def _marks(self) -> None:
        """Numbers of entrances and other marks beside them."""
        scene = self._scene
        for style in self._style.point:
            if self._zoom < style.from_zoom:
                continue
            found = scene.places.index.query(self._box)
            kinds = scene.drawing["place.kind"][found]
            rows = found[np.isin(kinds, scene.codes("place", style.kinds))]
            face = Face(self._style.labels.number_px)
            texts = scene.drawing["place.ref"][rows].tolist()
            points = self._pixels(scene.places.points[rows]).tolist()
            for number, (x, y) in zip(texts, points, strict=True):
                self._grid.take_box((x - 3, y - 3, x + 3, y + 3), by_force=True)
                text = scene.drawing.text(number)
                if self._zoom >= style.text_from and text and len(text) <= 8:
                    half = width_of(face, text) / 2
                    at = x + 7 + half
                    box = (at - half, y - 5, at + half + 2, y + 5)
                    self._straight(text, face, at, y, box, "label_number")

    def _house_numbers(self) -> None:
        addresses, drawing = self._scene.addresses, self._scene.drawing
        if addresses is None:
            return
        rows = addresses.index.query(self._box)
        if len(rows) == 0:
            return
        face = Face(self._style.labels.number_px)
        points = self._pixels(addresses.points[rows]).tolist()
        tall = face.size_px * 0.6
        for number, (x, y) in zip(drawing["address.number"][rows].tolist(), points, strict=True):
            text = drawing.text(number)
            if text and len(text) <= 8:
                half = width_of(face, text) / 2 + 2
                box = (x - half, y - tall, x + half, y + tall)
                self._straight(text, face, x, y, box, "label_number")
