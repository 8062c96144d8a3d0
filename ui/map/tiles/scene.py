"""A region's geometry as the painter wants it: world metres, indexed, in flat arrays."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import shapely

from dispatch.region.pack import Pack
from dispatch.region.schema import AREA_KINDS, EDGE_CLASSES, LINE_KINDS, PLACE_KINDS
from ui.map.projection import Floats, world_m
from ui.map.tiles.grid import Box
from ui.map.tiles.strokes import Bools, Ints, Polylines

#: Rings longer than this are cut to the tile before they are filled.
LONG_RING = 400


@dataclass(frozen=True)
class Viewport:
    """The part of the world on one canvas: its box in world metres and pixels per metre."""

    box: Box
    scale: float

    def pixels(self, points: Floats) -> Floats:
        """(n, 2) world metres to (n, 2) canvas pixels."""
        out = np.empty_like(points)
        out[:, 0] = (points[:, 0] - self.box[0]) * self.scale
        out[:, 1] = (self.box[3] - points[:, 1]) * self.scale
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


class Shapes:
    """Lines or rings in flat arrays: shape i is points[offsets[i]:offsets[i + 1]]."""

    def __init__(self, points: Floats, offsets: Ints) -> None:
        self.points = points
        self.offsets = offsets
        self.sizes = np.diff(offsets)

    def __len__(self) -> int:
        return len(self.sizes)

    @cached_property
    def boxes(self) -> Floats:
        """(n, 4) west, south, east, north of every shape."""
        if len(self) == 0:
            return np.zeros((0, 4))
        first = self.offsets[:-1]
        low = np.minimum.reduceat(self.points, first)
        high = np.maximum.reduceat(self.points, first)
        return np.hstack([low, high])

    def gather(self, index: Ints) -> tuple[Floats, Bools]:
        """The points of chosen shapes, one after another, and which of them start a shape."""
        sizes = self.sizes[index]
        total = int(sizes.sum())
        starts = np.zeros(total, dtype=bool)
        if total == 0:
            return np.zeros((0, 2)), starts
        begin = np.zeros(len(sizes), dtype=np.int64)
        np.cumsum(sizes[:-1], out=begin[1:])
        starts[begin] = True
        rows = np.arange(total) + np.repeat(self.offsets[index] - begin, sizes)
        return self.points[rows], starts


class Index:
    """Which shapes meet a box: a tree over their bounding boxes, for a subset of rows."""

    def __init__(self, boxes: Floats, rows: Ints | None = None) -> None:
        self._rows = rows
        chosen = boxes if rows is None else boxes[rows]
        self._tree = shapely.STRtree(shapely.box(*chosen.T) if len(chosen) else [])

    def query(self, box: Box) -> Ints:
        """Rows in ascending order."""
        found = np.sort(self._tree.query(shapely.box(*box)))
        return found if self._rows is None else self._rows[found]


class Scene:
    """Everything the base map of one region is painted from."""

    def __init__(self, pack: Pack) -> None:
        self.pack = pack

    @cached_property
    def roads(self) -> Shapes:
        points, offsets = self.pack.edge_lines()
        return Shapes(world_m(points), offsets)

    @cached_property
    def road_class(self) -> npt.NDArray[np.int8]:
        """Position in `EDGE_CLASSES` of every road."""
        return self.pack.edges.class_code

    @cached_property
    def road_level(self) -> npt.NDArray[np.int8]:
        """In which pass a road is drawn: -1 tunnels, 0 the ground, above it bridges."""
        edges = self.pack.edges
        raised = np.maximum(edges.layer, 1)
        level = np.where(edges.bridge, raised, 0)
        return np.where(edges.tunnel, -1, level).astype(np.int8)

    @cached_property
    def road_oneway(self) -> npt.NDArray[np.int8]:
        """1 along the geometry only, -1 against it only, 0 both ways."""
        edges = self.pack.edges
        return (edges.forward.astype(np.int8) - edges.backward.astype(np.int8)).astype(np.int8)

    @cached_property
    def _main_roads(self) -> Index:
        last = EDGE_CLASSES.index("tertiary_link")
        return Index(self.roads.boxes, np.flatnonzero(self.road_class <= last))

    @cached_property
    def _all_roads(self) -> Index:
        return Index(self.roads.boxes)

    def roads_in(self, box: Box, *, main_only: bool) -> Ints:
        """Roads that may meet a box; `main_only` leaves out all below tertiary."""
        return (self._main_roads if main_only else self._all_roads).query(box)

    @cached_property
    def _rings(self) -> tuple[Shapes, Ints]:
        points, ring_offsets, area_offsets = self.pack.area_rings()
        world = world_m(points)
        sea = np.flatnonzero(self.area_kind == AREA_KINDS.index("sea"))
        first, last = ring_offsets[area_offsets[sea]], ring_offsets[area_offsets[sea + 1]]
        extend_sea(world, [slice(a, b) for a, b in zip(first, last, strict=True)])
        return Shapes(world, ring_offsets), area_offsets

    @cached_property
    def area_kind(self) -> npt.NDArray[np.int8]:
        return self.pack.areas.kind_code

    @cached_property
    def area_boxes(self) -> Floats:
        """(n, 4) boxes of the areas in world metres."""
        rings, area_offsets = self._rings
        if len(area_offsets) < 2:
            return np.zeros((0, 4))
        first = area_offsets[:-1]
        low = np.minimum.reduceat(rings.boxes[:, :2], first)
        high = np.maximum.reduceat(rings.boxes[:, 2:], first)
        return np.hstack([low, high])

    @cached_property
    def _areas_of(self) -> dict[str, Index]:
        return {
            kind: Index(self.area_boxes, np.flatnonzero(self.area_kind == code))
            for code, kind in enumerate(AREA_KINDS)
        }

    def areas_in(self, box: Box, kinds: list[str], min_side_m: float) -> Ints:
        """Areas of some kinds that may meet a box, the largest first, none smaller than a side."""
        index = self._areas_of
        found = np.concatenate([index[kind].query(box) for kind in kinds if kind in index])
        boxes = self.area_boxes[found]
        extent = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
        keep = extent >= min_side_m * min_side_m
        return found[keep][np.argsort(-extent[keep], kind="stable")]

    def area_anchor(self, area: int) -> Floats:
        """A point (2,) well inside an area, where its name stands; world metres."""
        shape = self.pack.area_polygons()[area]
        inside = shape.centroid if shape.contains(shape.centroid) else shape.representative_point()
        return world_m([inside.x, inside.y])

    def area_rings(self, areas: Ints, view: Viewport, margin_px: float = 8.0) -> Polylines:
        """Rings of areas in pixels; long ones are cut to the canvas and a margin.

        Even-odd filling of cut rings equals cutting the filled area, so holes stay holes.
        """
        rings, area_offsets = self._rings
        counts = area_offsets[areas + 1] - area_offsets[areas]
        first = np.repeat(area_offsets[areas], counts)
        step = np.arange(len(first)) - np.repeat(np.cumsum(counts) - counts, counts)
        index = first + step
        long = rings.sizes[index] > LONG_RING
        points, starts = rings.gather(index[~long])
        if long.any():
            box = view.grown(margin_px)
            cut_points, cut_starts = _cut(self._long_rings(index[long]), box)
            points = np.concatenate([points, cut_points])
            starts = np.concatenate([starts, cut_starts])
        return Polylines(view.pixels(points), starts)

    @cached_property
    def _long_ring_cache(self) -> dict[int, shapely.Geometry]:
        return {}

    def _long_rings(self, index: Ints) -> npt.NDArray[np.object_]:
        rings, _ = self._rings
        for row in index.tolist():
            if row not in self._long_ring_cache:
                part = rings.points[rings.offsets[row] : rings.offsets[row + 1]]
                self._long_ring_cache[row] = shapely.polygons(part)
        return np.array([self._long_ring_cache[row] for row in index.tolist()], dtype=object)

    @cached_property
    def lines(self) -> Shapes:
        points, offsets = self.pack.line_lines()
        return Shapes(world_m(points), offsets)

    @cached_property
    def _lines_of(self) -> dict[str, Index]:
        codes = self.pack.lines.kind_code
        return {
            kind: Index(self.lines.boxes, np.flatnonzero(codes == code))
            for code, kind in enumerate(LINE_KINDS)
        }

    def lines_in(self, box: Box, kinds: list[str]) -> Ints:
        """Lines of some kinds that may meet a box, those in tunnels left out."""
        found = [self._lines_of[kind].query(box) for kind in kinds if kind in self._lines_of]
        rows = np.concatenate(found) if found else np.zeros(0, dtype=np.int64)
        return rows[~self.line_hidden[rows]]

    @cached_property
    def line_hidden(self) -> Bools:
        """Lines under the ground, metro excepted: a metro is drawn to be found."""
        lines = self.pack.lines
        return np.asarray(lines.tunnel & (lines.kind_code != LINE_KINDS.index("metro")))

    @cached_property
    def place_points(self) -> Floats:
        return world_m(self.pack.places.lonlat)

    def places_of(self, kinds: list[str]) -> Ints:
        """Places of some kinds, the most populous first."""
        codes = [PLACE_KINDS.index(kind) for kind in kinds if kind in PLACE_KINDS]
        rows = np.flatnonzero(np.isin(self.pack.places.kind_code, codes))
        people = np.nan_to_num(self.pack.places.population[rows].astype(np.float64))
        return rows[np.argsort(-people, kind="stable")]

    @cached_property
    def address_points(self) -> Floats:
        return world_m(self.pack.addresses.lonlat)

    @cached_property
    def _addresses(self) -> Index:
        points = self.address_points
        return Index(np.hstack([points, points]))

    def addresses_in(self, box: Box) -> Ints:
        """House numbers in a box."""
        return self._addresses.query(box)


#: How far the sea goes on beyond the region's edge, in world metres.
SEA_BEYOND_M = 200_000.0


def extend_sea(points: Floats, rows: list[slice]) -> None:
    """Carry the sea on beyond the straight edges at which an extract cuts it off; in place.

    An edge of the cut is a side of a ring along the outermost line of all sea. Without this the
    sea would end in a rectangle as soon as one zooms out.
    """
    if not rows:
        return
    everything = np.concatenate([points[row] for row in rows])
    for axis in (0, 1):
        for outermost, way in ((everything[:, axis].min(), -1.0), (everything[:, axis].max(), 1.0)):
            for row in rows:
                on_it = np.abs(points[row, axis] - outermost) < 0.5
                side = on_it[:-1] & on_it[1:]
                # One point alone on the line is a cape, not an edge.
                cut = np.zeros(len(on_it), dtype=bool)
                cut[:-1] |= side
                cut[1:] |= side
                part = points[row]
                part[cut, axis] += way * SEA_BEYOND_M


def _cut(polygons: npt.NDArray[np.object_], box: Box) -> tuple[Floats, Bools]:
    # Inside or outside as a whole is by far the commonest case at close zooms.
    parts = shapely.get_parts(shapely.clip_by_rect(polygons, *box))
    parts = parts[shapely.get_type_id(parts) == 3]
    points, which = shapely.get_coordinates(shapely.get_exterior_ring(parts), return_index=True)
    starts = np.ones(len(which), dtype=bool)
    starts[1:] = which[1:] != which[:-1]
    return points, starts
