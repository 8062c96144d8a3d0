"""Where words stand on the base map: placed in world space, block by block, the same every time.

For every half-zoom level the world is cut into blocks of `BLOCK_PX` pixels. Inside a block labels
are placed greedily by class over an occupancy grid; a label that would reach over the block's
edge is left out, so a block depends on nothing but itself and its pictures never change while the
map moves. Names of places and areas are placed before, for the whole region.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from dispatch.region.schema import AREA_KINDS, LINE_KINDS
from ui.map.projection import HALF_WORLD_M, Floats, metres_per_pixel
from ui.map.tiles.base import road_ranks
from ui.map.tiles.grid import Box, zoom_of
from ui.map.tiles.lettering import (
    Face,
    width_of,
    wrapped,
)
from ui.map.tiles.names import MAX_NAME, Chains, merge
from ui.map.tiles.placement import BlockPlacement, Label
from ui.map.tiles.scene import Scene
from ui.map.tiles.style import MapStyle, PlaceStyle, growing

#: Blocks whose placement is kept.
KEPT_BLOCKS = 48

#: Side of the buckets in which region-wide names look for each other.
_BUCKET_PX = 256.0

_WATER_KINDS = ("sea", "water")
_GREEN_KINDS = ("park", "wood", "cemetery", "beach")
#: Hospitals and stations are live symbols of the agency and carry their own names.
_SITE_KINDS = ("campus", "airport", "stadium", "port")


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
    """The words of one region in one language."""

    def __init__(self, scene: Scene, style: MapStyle, language: str) -> None:
        self.scene = scene
        self.style = style
        self.language = language
        self._streets: Chains | None = None
        self._waters: Chains | None = None
        self._numbers: Chains | None = None
        self._standing: dict[int, list[Standing]] = {}
        self._blocks: OrderedDict[tuple[int, int, int], list[Label]] = OrderedDict()

    def block(self, level: int, bx: int, by: int) -> list[Label]:
        """Labels of one block; paths and boxes in pixels from the block's north-west corner."""
        key = (level, bx, by)
        if key not in self._blocks:
            self._blocks[key] = BlockPlacement(self, level, bx, by).labels
            while len(self._blocks) > KEPT_BLOCKS:
                self._blocks.popitem(last=False)
        self._blocks.move_to_end(key)
        return self._blocks[key]

    def warm(self) -> None:
        """Merge the streets ahead of the first block."""
        _ = self.streets, self.numbers, self.waters
        self.scene.pack.areas.names(self.language)

    # -- what is named -----------------------------------------------------------------------

    @property
    def streets(self) -> Chains:
        if self._streets is None:
            scene = self.scene
            ranks = road_ranks(self.style)[scene.road_class]
            names = scene.pack.edges.names(self.language)
            rows = np.flatnonzero(ranks >= 0)
            self._streets = merge(scene.roads, rows, names, ranks)
        return self._streets

    @property
    def numbers(self) -> Chains:
        """Chains of road numbers on main roads."""
        if self._numbers is None:
            scene = self.scene
            ranks = road_ranks(self.style)[scene.road_class]
            main = [i for i, r in enumerate(self.style.road) if r.name in _NUMBERED]
            rows = np.flatnonzero(np.isin(ranks, main))
            self._numbers = merge(scene.roads, rows, scene.pack.edges.refs, ranks)
        return self._numbers

    @cached_property
    def house_numbers(self) -> npt.NDArray[np.object_]:
        return self.scene.pack.addresses.texts("number")

    @property
    def waters(self) -> Chains:
        if self._waters is None:
            scene = self.scene
            kinds = [LINE_KINDS.index(kind) for kind in ("river", "canal")]
            rows = np.flatnonzero(np.isin(scene.pack.lines.kind_code, kinds))
            names = scene.pack.lines.names(self.language)
            self._waters = merge(scene.lines, rows, names, np.zeros(len(names), dtype=np.int64))
        return self._waters

    def standing(self, level: int) -> list[Standing]:
        """Names of places and areas for the whole region at a level, most important first."""
        if level not in self._standing:
            self._standing[level] = list(self._place_standing(level))
        return self._standing[level]

    def _place_standing(self, level: int) -> Iterator[Standing]:
        taken: list[Box] = []
        for one in (*self._place_names(level), *self._area_names(level)):
            left, top, right, bottom = one.box
            if not any(left < r and right > le and top < b and bottom > t for le, t, r, b in taken):
                taken.append(one.box)
                yield one

    def _place_names(self, level: int) -> Iterator[Standing]:
        zoom = zoom_of(level)
        names = self.scene.pack.places.names(self.language)
        for style in self.style.place:
            if style.from_zoom <= zoom <= style.to_zoom:
                rows = self.scene.places_of(style.kinds)
                for row in rows.tolist():
                    if names[row] and len(names[row]) <= MAX_NAME:
                        yield self._stand(
                            level,
                            self.scene.place_points[row],
                            names[row],
                            _place_face(style, zoom),
                            "label_place" if style.weight == "strong" else "label",
                            caps=style.caps,
                        )

    def _area_names(self, level: int) -> Iterator[Standing]:
        zoom = zoom_of(level)
        labels = self.style.labels
        if zoom < labels.area_from:
            return
        scale = 1 / metres_per_pixel(zoom)
        areas = self.scene.pack.areas
        names = areas.names(self.language)
        boxes = self.scene.area_boxes * scale
        for kinds, ink in (
            (_WATER_KINDS, "label_water"),
            (_GREEN_KINDS, "label_green"),
            (_SITE_KINDS, "label_minor"),
        ):
            codes = [AREA_KINDS.index(kind) for kind in kinds]
            rows = np.flatnonzero(np.isin(self.scene.area_kind, codes))
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
                    yield self._stand(level, self.scene.area_anchor(row), names[row], face, ink)

    def _stand(
        self, level: int, point: Floats, text: str, face: Face, ink: str, *, caps: bool = False
    ) -> Standing:
        scale = 1 / metres_per_pixel(zoom_of(level))
        x = (float(point[0]) + HALF_WORLD_M) * scale
        y = (HALF_WORLD_M - float(point[1])) * scale
        lines = wrapped(text.upper() if caps else text, face, 96)
        half = max(width_of(face, line) for line in lines) / 2 + 8
        tall = face.size_px * 1.18 * len(lines) / 2 + 5
        box = (x - half, y - tall, x + half, y + tall)
        return Standing(x, y, lines, face, ink, box)


#: Roads whose number is shown on a plate.
_NUMBERED = ("motorway", "trunk", "primary")


def _place_face(style: PlaceStyle, zoom: float) -> Face:
    size = growing(style.size, zoom)
    return Face(size, strong=style.weight == "strong", spacing=0.09 if style.caps else 0.0)
