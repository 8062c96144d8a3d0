"""A region's drawing as the painter asks it: what meets a box, and its shapes in pixels."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from ui.map.projection import Floats
from ui.map.tiles.clipping import clipped_rings
from ui.map.tiles.drawing import CM, Cms, Drawing
from ui.map.tiles.grid import Box
from ui.map.tiles.strokes import Bools, Ints, Polylines

Codes = npt.NDArray[np.int8]

#: Rings longer than this are cut to the tile before they are filled.
LONG_RING = 300


@dataclass(frozen=True)
class Viewport:
    """The part of the world on one canvas: its box in world metres and pixels per metre."""

    box: Box
    scale: float

    def pixels(self, points: Cms) -> Floats:
        """(n, 2) centimetres of the drawing to (n, 2) canvas pixels."""
        out = np.empty(points.shape, dtype=np.float64)
        scale = self.scale / CM
        np.subtract(points[:, 0], self.box[0] * CM, out=out[:, 0])
        np.subtract(self.box[3] * CM, points[:, 1], out=out[:, 1])
        out *= scale
        return out

    def lines_of(self, shapes: Shapes, index: Ints) -> Polylines:
        """Chosen shapes in canvas pixels."""
        points, starts = shapes.gather(index)
        return Polylines(self.pixels(points), starts)

    def grown(self, margin_px: float) -> Box:
        """The box with a margin all round."""
        margin = margin_px / self.scale
        west, south, east, north = self.box
        return west - margin, south - margin, east + margin, north + margin


class Index:
    """Which rows of a set of boxes meet a box, by the grid that `arranging` made."""

    def __init__(self, drawing: Drawing, what: str) -> None:
        self._grid = [int(value) for value in drawing[f"{what}.grid"]]
        self._cells = drawing[f"{what}.cells"]
        name = f"{what}.box" if f"{what}.box" in drawing else f"{what}.points"
        #: (n, 4) boxes, or (n, 2) points.
        self.boxes: Cms = drawing[name]

    def query(self, box: Box) -> Ints:
        """Rows in ascending order; a box in world metres."""
        x0, y0, cell, columns, rows, small = self._grid
        west, south, east, north = (value * CM for value in box)
        if columns == 0:
            return np.zeros(0, dtype=np.int64)
        # A row's middle lies at most half a cell outside of a box that it meets.
        half = cell / 2
        first = max(0, int((west - half - x0) // cell))
        last = min(columns - 1, int((east + half - x0) // cell))
        parts: list[Ints] = []
        if first <= last:
            lowest = max(0, int((south - half - y0) // cell))
            highest = min(rows - 1, int((north + half - y0) // cell))
            for row in range(lowest, highest + 1):
                at = row * columns
                begin, end = int(self._cells[at + first]), int(self._cells[at + last + 1])
                if begin < end:
                    parts.append(np.arange(begin, end))
        if small < len(self.boxes):
            parts.append(np.arange(small, len(self.boxes)))
        if not parts:
            return np.zeros(0, dtype=np.int64)
        found = np.concatenate(parts)
        boxes = self.boxes[found]
        high = boxes[:, 2:] if boxes.shape[1] == 4 else boxes
        keep = (boxes[:, 0] <= east) & (boxes[:, 1] <= north)
        keep &= (high[:, 0] >= west) & (high[:, 1] >= south)
        return found[keep]


class Shapes:
    """Lines in flat arrays: shape i is points[offsets[i]:offsets[i + 1]], in centimetres."""

    def __init__(self, drawing: Drawing, what: str) -> None:
        self.points: Cms = drawing[f"{what}.points"]
        self.offsets: npt.NDArray[np.int32] = drawing[f"{what}.at"]
        self.index = Index(drawing, what)

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def part(self, row: int) -> Cms:
        """The points of one shape."""
        part: Cms = self.points[self.offsets[row] : self.offsets[row + 1]]
        return part

    def gather(self, index: Ints) -> tuple[Cms, Bools]:
        """The points of chosen shapes, one after another, and which of them start a shape."""
        first = self.offsets[index].astype(np.int64)
        sizes = self.offsets[index + 1] - first
        total = int(sizes.sum())
        starts = np.zeros(total, dtype=bool)
        if total == 0:
            return np.zeros((0, 2), dtype=np.int32), starts
        before = np.cumsum(sizes) - sizes
        starts[before] = True
        rows = np.arange(total) + np.repeat(first - before, sizes)
        return self.points[rows], starts


class Areas:
    """Polygons as rings, filled even-odd."""

    def __init__(self, drawing: Drawing, what: str) -> None:
        self._rings = Shapes.__new__(Shapes)
        self._rings.points = drawing[f"{what}.points"]
        self._rings.offsets = drawing[f"{what}.at"]
        self._area: npt.NDArray[np.int32] = drawing[f"{what}.area"]
        self._ring_boxes: Cms = drawing[f"{what}.ringbox"]
        self.index = Index(drawing, what)

    def extent(self, rows: Ints) -> Floats:
        """Longer side of the box of some areas, world metres."""
        boxes = self.index.boxes[rows].astype(np.int64)
        longer: Floats = (boxes[:, 2:] - boxes[:, :2]).max(axis=1, initial=0) / CM
        return longer

    def rings(self, rows: Ints, view: Viewport, margin_px: float = 8.0) -> Polylines:
        """Rings of areas in pixels; long ones that leave the canvas are cut to it and a margin.

        Even-odd filling of cut rings equals cutting the filled area, so holes stay holes.
        """
        first = self._area[rows].astype(np.int64)
        counts = self._area[rows + 1] - first
        before = np.cumsum(counts) - counts
        index = np.arange(int(counts.sum())) + np.repeat(first - before, counts)
        box = view.grown(margin_px)
        west, south, east, north = (value * CM for value in box)
        boxes = self._ring_boxes[index]
        meets = (boxes[:, 0] <= east) & (boxes[:, 2] >= west)
        meets &= (boxes[:, 1] <= north) & (boxes[:, 3] >= south)
        index, boxes = index[meets], boxes[meets]
        inside = (boxes[:, 0] >= west) & (boxes[:, 2] <= east)
        inside &= (boxes[:, 1] >= south) & (boxes[:, 3] <= north)
        sizes = self._rings.offsets[index + 1] - self._rings.offsets[index]
        long = (sizes > LONG_RING) & ~inside
        points, starts = self._rings.gather(index[~long])
        pixels = view.pixels(points)
        if long.any():
            window = (-margin_px, -margin_px, *_far_corner(view, margin_px))
            cut = [view.pixels(self._rings.part(row)) for row in index[long].tolist()]
            more, begins = clipped_rings(cut, window)
            pixels, starts = np.concatenate([pixels, more]), np.concatenate([starts, begins])
        return Polylines(pixels, starts)


def _far_corner(view: Viewport, margin_px: float) -> tuple[float, float]:
    west, south, east, north = view.box
    return (east - west) * view.scale + margin_px, (north - south) * view.scale + margin_px


class Names:
    """The names of the rows of one set, in one language."""

    def __init__(self, drawing: Drawing, what: str, language: str) -> None:
        self._drawing = drawing
        name = f"{what}.name.{language}"
        self._numbers = drawing[name if name in drawing else f"{what}.name."]
        self._local = drawing[f"{what}.name."]

    def __getitem__(self, row: int) -> str:
        """ "" where there is none."""
        return self._drawing.text(int(self._numbers[row]))

    def local(self, row: int) -> str:
        """The name as signed on the spot."""
        return self._drawing.text(int(self._local[row]))


class Chains:
    """Long lines with a name and a class each, to write along."""

    def __init__(self, drawing: Drawing, what: str) -> None:
        self.shapes = Shapes(drawing, what)
        self.code: Codes = drawing[f"{what}.class"]
        self.length_m: npt.NDArray[np.float32] = drawing[f"{what}.length"]

    def __len__(self) -> int:
        return len(self.code)


class Points:
    """Places with kinds."""

    def __init__(self, drawing: Drawing, what: str) -> None:
        self.points: Cms = drawing[f"{what}.points"]
        self.index = Index(drawing, what)


class Scene:
    """Everything that one stage of a region's map is painted from."""

    def __init__(self, drawing: Drawing) -> None:
        self.drawing = drawing
        self.roads = Shapes(drawing, "road")
        self.road_class: Codes = drawing["road.class"]
        #: In which pass a road is drawn: -1 tunnels, 0 the ground, above it bridges.
        self.road_level: Codes = drawing["road.level"]
        #: 1 along the geometry only, 0 both ways.
        self.road_oneway: Codes = drawing["road.oneway"]
        self.ground = Areas(drawing, "ground")
        self.ground_kind: Codes = drawing["ground.kind"]
        self.lines = Shapes(drawing, "line")
        self.line_kind: Codes = drawing["line.kind"]
        self.boundaries = Shapes(drawing, "boundary")
        self.boundary_kind: Codes = drawing["boundary.kind"]

    @cached_property
    def buildings(self) -> Areas | None:
        """None in a stage that has none."""
        return Areas(self.drawing, "building") if "building.points" in self.drawing else None

    @cached_property
    def streets(self) -> Chains:
        return Chains(self.drawing, "street")

    @cached_property
    def numbers(self) -> Chains:
        """Chains of road numbers on main roads."""
        return Chains(self.drawing, "number")

    @cached_property
    def waters(self) -> Chains:
        """Rivers and canals."""
        return Chains(self.drawing, "water")

    @cached_property
    def addresses(self) -> Points | None:
        """House numbers; None in a stage that has none."""
        return Points(self.drawing, "address") if "address.points" in self.drawing else None

    @cached_property
    def places(self) -> Points:
        return Points(self.drawing, "place")

    def codes(self, kind_list: str, names: list[str]) -> Codes:
        """Codes of kinds by name; unknown ones are left out."""
        found = [self.drawing.code(kind_list, name) for name in names]
        return np.array([code for code in found if code >= 0], dtype=np.int8)

    def places_of(self, kinds: list[str]) -> Ints:
        """Places of some kinds, the most populous first."""
        rows = np.flatnonzero(np.isin(self.drawing["place.kind"], self.codes("place", kinds)))
        people = self.drawing["place.people"][rows]
        return rows[np.argsort(-people, kind="stable")]
