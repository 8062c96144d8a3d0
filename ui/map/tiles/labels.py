"""Where words stand on the base map: placed in world space, block by block, the same every time.

Three circles, each giving way to the one before:
- names of places and areas, placed for the whole region at once;
- in wide blocks the words of main roads, rivers, stations and the plates of road numbers;
- in near blocks those of small streets, marks and houses.
A word that would reach over the edge of its block is left out, so a block depends on nothing but
the circles before it, and its pictures never change while the map moves.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ui.map.projection import HALF_WORLD_M, metres_per_pixel
from ui.map.tiles.base import road_ranks
from ui.map.tiles.drawing import CM
from ui.map.tiles.grid import Box, zoom_of
from ui.map.tiles.lettering import Face, height_of, width_of, wrapped
from ui.map.tiles.placement import NEAR_PX, WIDE_PX, Label, NearBlock, WideBlock
from ui.map.tiles.scene import Names, Scene
from ui.map.tiles.style import MapStyle, PlaceStyle, growing

#: Blocks whose placement is kept.
KEPT_WIDE, KEPT_NEAR = 12, 32

#: Words this far outside of a tile still reach into it with their halo.
HALO_PX = 4

#: Side of the buckets in which region-wide names look for each other.
_BUCKET_PX = 256.0


@dataclass(frozen=True)
class Standing:
    """A label placed for the whole region, in pixels of the world at its level."""

    x: float
    y: float
    lines: tuple[str, ...]
    face: Face
    ink: str
    box: Box


class Labels:
    """The words of one scene in one language."""

    def __init__(self, scene: Scene, style: MapStyle, language: str) -> None:
        self.scene = scene
        self.style = style
        self.language = language
        self.rank_of_class = road_ranks(scene, style)
        self.street_names = Names(scene.drawing, "street", language)
        self.water_names = Names(scene.drawing, "water", language)
        self.numbers = Names(scene.drawing, "number", "")
        self.place_names = Names(scene.drawing, "place", language)
        self.area_names = Names(scene.drawing, "area", language)
        self._standing: dict[int, list[Standing]] = {}
        self._wide: OrderedDict[tuple[int, int, int], WideBlock] = OrderedDict()
        self._near: OrderedDict[tuple[int, int, int], NearBlock] = OrderedDict()

    def on(self, level: int, left: int, top: int, side: int) -> list[Label]:
        """Labels that reach into a square of world pixels at a level, most important first.

        The square must lie inside one near block. Paths and boxes are in pixels from the wide
        block's north-west corner, the square's being
        (`left`, `top`) modulo `WIDE_PX`.
        """
        wide = self._wide_block(level, left // WIDE_PX, top // WIDE_PX)
        near = self._near_block(level, left // NEAR_PX, top // NEAR_PX, wide)
        x, y = left % WIDE_PX, top % WIDE_PX
        return [
            label
            for label in (*wide.labels, *near.labels)
            if label.box[2] + HALO_PX >= x
            and label.box[3] + HALO_PX >= y
            and label.box[0] - HALO_PX <= x + side
            and label.box[1] - HALO_PX <= y + side
        ]

    def _wide_block(self, level: int, bx: int, by: int) -> WideBlock:
        key = (level, bx, by)
        if key not in self._wide:
            self._wide[key] = WideBlock(self, level, bx, by)
            while len(self._wide) > KEPT_WIDE:
                self._wide.popitem(last=False)
        self._wide.move_to_end(key)
        return self._wide[key]

    def _near_block(self, level: int, bx: int, by: int, wide: WideBlock) -> NearBlock:
        key = (level, bx, by)
        if key not in self._near:
            self._near[key] = NearBlock(self, level, bx, by, wide)
            while len(self._near) > KEPT_NEAR:
                self._near.popitem(last=False)
        self._near.move_to_end(key)
        return self._near[key]

    # -- names of places and areas -----------------------------------------------------------

    def standing(self, level: int) -> list[Standing]:
        """Names of places and areas for the whole region at a level, most important first."""
        if level not in self._standing:
            self._standing[level] = list(self._place_standing(level))
        return self._standing[level]

    def _place_standing(self, level: int) -> Iterator[Standing]:
        buckets: dict[tuple[int, int], list[Box]] = {}
        said: dict[str, list[tuple[float, float]]] = {}
        for one in (*self._place_names(level), *self._area_names(level)):
            left, top, right, bottom = one.box
            cells = [
                (column, row)
                for column in range(int(left // _BUCKET_PX), int(right // _BUCKET_PX) + 1)
                for row in range(int(top // _BUCKET_PX), int(bottom // _BUCKET_PX) + 1)
            ]
            taken = (box for cell in cells for box in buckets.get(cell, ()))
            if any(left < r and right > le and top < b and bottom > t for le, t, r, b in taken):
                continue
            text = " ".join(one.lines).casefold()
            # A district is often called after the suburb in its middle: once is enough.
            twins = said.setdefault(text, [])
            if any(abs(one.x - x) + abs(one.y - y) < 700 for x, y in twins):
                continue
            twins.append((one.x, one.y))
            for cell in cells:
                buckets.setdefault(cell, []).append(one.box)
            yield one

    def _place_names(self, level: int) -> Iterator[Standing]:
        zoom = zoom_of(level)
        for style in self.style.place:
            if style.from_zoom <= zoom <= style.to_zoom:
                face = _place_face(style, zoom)
                ink = style.ink or ("label_place" if style.weight == "strong" else "label")
                for row in self.scene.places_of(style.kinds).tolist():
                    name = self.place_names[row]
                    if name:
                        point = self.scene.places.points[row].tolist()
                        yield self._stand(
                            level, point, name, face, ink, caps=style.caps, room=style.room_px
                        )

    def _area_names(self, level: int) -> Iterator[Standing]:
        zoom = zoom_of(level)
        drawing = self.scene.drawing
        kinds, sides = drawing["area.kind"], drawing["area.sides"]
        points = drawing["area.points"]
        scale = 1 / metres_per_pixel(zoom)
        for style in self.style.area_name:
            if not style.from_zoom <= zoom <= style.to_zoom:
                continue
            face = Face(growing(style.size, zoom), spacing=0.09 if style.caps else 0.0)
            rows = np.flatnonzero(np.isin(kinds, self.scene.codes("area", style.kinds)))
            room = sides[rows] * scale
            rows = rows[(room.max(axis=1, initial=0) >= style.min_px) & (room.min(axis=1) >= 22)]
            for row in rows.tolist():
                name = self.area_names[row]
                if not name:
                    continue
                text = name.upper() if style.caps else name
                lines = wrapped(text, face, 96)
                wide = max(width_of(face, line) for line in lines)
                if wide <= float(sides[row][0]) * scale * 1.15:
                    yield self._stand(
                        level, points[row].tolist(), name, face, style.ink, caps=style.caps
                    )

    def _stand(
        self,
        level: int,
        point: list[int],
        text: str,
        face: Face,
        ink: str,
        *,
        caps: bool,
        room: float = 8.0,
    ) -> Standing:
        """A name with `room` pixels beside it."""
        scale = 1 / metres_per_pixel(zoom_of(level))
        x = (point[0] / CM + HALF_WORLD_M) * scale
        y = (HALF_WORLD_M - point[1] / CM) * scale
        lines = wrapped(text.upper() if caps else text, face, 96)
        half = max(width_of(face, line) for line in lines) / 2 + room
        tall = (face.size_px * 1.18 * (len(lines) - 1) + height_of(face) * 1.5) / 2 + room * 0.6
        box = (x - half, y - tall, x + half, y + tall)
        return Standing(x, y, lines, face, ink, box)


def _place_face(style: PlaceStyle, zoom: float) -> Face:
    size = growing(style.size, zoom)
    return Face(size, strong=style.weight == "strong", spacing=0.09 if style.caps else 0.0)
