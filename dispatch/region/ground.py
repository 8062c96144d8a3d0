"""The region's ground as a grid: which road each cell is served by, and what of it is land.

The grid lies in Web Mercator metres (x east, y north), so that a map may draw it as it is. Made
once a pack; after that a picture of times is one look-up a cell.
"""

from __future__ import annotations

import math
import weakref
from collections.abc import Generator
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from dispatch.domain.message import Problem
from dispatch.region.pack import Pack
from dispatch.region.reaching import EdgeTimes
from dispatch.region.schema import AREA_KINDS, EDGE_CLASSES
from dispatch.region.snapping import edge_shapes

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

EARTH_M = 6_378_137.0
CELL_M = 30.0
"""Side of a cell on the ground where the region is small enough for `MOST_CELLS`."""
MOST_CELLS = 700_000
PLACES_M = 20.0
MOST_PLACES = 600_000
NEAR_M = 250.0
"""Ground further than this from every road is reached by none."""
SLICE = 60_000
"""Cells looked up between two steps, so that whoever waits for the engine gets a turn."""
#: Roads along which nothing stands that could be reached from them.
PASSED_BY = ("motorway", "motorway_link", "ferry")
WATER = ("sea", "water")

Steps = Generator[float, None, "Ground"]


def to_world(lonlat: Floats) -> Floats:
    """(n, 2) degrees -> (n, 2) metres of Web Mercator."""
    lat = np.radians(np.clip(lonlat[:, 1], -85.05, 85.05))
    y = EARTH_M * np.log(np.tan(math.pi / 4 + lat / 2))
    return np.column_stack([np.radians(lonlat[:, 0]) * EARTH_M, y])


def to_degrees(world: Floats) -> Floats:
    """(n, 2) metres of Web Mercator -> (n, 2) degrees."""
    lat = 2 * np.arctan(np.exp(world[:, 1] / EARTH_M)) - math.pi / 2
    return np.column_stack([np.degrees(world[:, 0] / EARTH_M), np.degrees(lat)])


@dataclass(frozen=True)
class Ground:
    """A grid over a pack. Cell (row, column) has its middle half a cell inside its corner; rows
    run south from `north_m`, columns east from `west_m`.

    `edge` and `share` (k,) are places on roads; `served` (rows * columns,) names the nearest one
    of each cell. `near` and `land` (rows, columns): a road is near; no water.
    """

    west_m: float
    north_m: float
    cell_m: float
    rows: int
    columns: int
    edge: Ints
    share: Floats
    served: NDArray[np.int32]
    near: Flags
    land: Flags

    def seconds(self, times: EdgeTimes) -> NDArray[np.float32]:
        """(rows, columns) seconds at the road that serves each cell, inf where nothing leads."""
        at = times.at(self.edge, self.share).astype(np.float32)
        return at[self.served].reshape(self.rows, self.columns)

    def cells_of(self, lonlat: Floats) -> Ints:
        """(n,) cells, as row * columns + column, of points (n, 2); -1 outside the grid."""
        world = to_world(lonlat)
        column = np.floor((world[:, 0] - self.west_m) / self.cell_m).astype(np.int64)
        row = np.floor((self.north_m - world[:, 1]) / self.cell_m).astype(np.int64)
        inside = (column >= 0) & (column < self.columns) & (row >= 0) & (row < self.rows)
        return np.where(inside, row * self.columns + column, -1)

    def middles(self, cells: Ints) -> Floats:
        """(n, 2) world metres of the middles of cells (n,)."""
        row, column = np.divmod(cells, self.columns)
        x = self.west_m + (column + 0.5) * self.cell_m
        return np.column_stack([x, self.north_m - (row + 0.5) * self.cell_m])


_made: weakref.WeakKeyDictionary[Pack, Ground] = weakref.WeakKeyDictionary()


def ground_of(pack: Pack) -> Steps:
    """Make the ground of a pack, or take it up where it was made; yields the share done.

    A generator, since the first time takes a second: its value is the `Ground`.
    """
    if pack in _made:
        return _made[pack]
    edge, share, places = yield from _places(pack)
    # Places along roads lie evenly enough: a plain tree is made in a third of the time.
    tree = cKDTree(places, balanced_tree=False, compact_nodes=False)
    yield 0.2
    west, south, east, north = pack.bounds
    corners = to_world(np.array([[west, south], [east, north]]))
    stretch = 1.0 / math.cos(math.radians((south + north) / 2))
    wide, tall = (corners[1] - corners[0]).tolist()
    cell_m = max(CELL_M * stretch, math.sqrt(wide * tall / MOST_CELLS))
    columns, rows = math.ceil(wide / cell_m) + 2, math.ceil(tall / cell_m) + 2
    ground = Ground(
        west_m=float(corners[0, 0]) - cell_m,
        north_m=float(corners[1, 1]) + cell_m,
        cell_m=cell_m,
        rows=rows,
        columns=columns,
        edge=edge,
        share=share,
        served=np.zeros(rows * columns, dtype=np.int32),
        near=np.zeros((rows, columns), dtype=np.bool_),
        land=np.ones((rows, columns), dtype=np.bool_),
    )
    near = ground.near.reshape(-1)
    for begin in range(0, rows * columns, SLICE):
        cells = np.arange(begin, min(begin + SLICE, rows * columns))
        distance, found = tree.query(ground.middles(cells))
        ground.served[cells] = found
        near[cells] = distance <= NEAR_M * stretch
        yield 0.2 + 0.5 * (begin + SLICE) / (rows * columns)
    yield from _drown(pack, ground)
    _made[pack] = ground
    return ground


def _places(pack: Pack) -> Generator[float, None, tuple[Ints, Floats, Floats]]:
    """Places along the roads that serve the ground: edge, share, world metres."""
    edges = pack.edges
    passed = [EDGE_CLASSES.index(name) for name in PASSED_BY]
    rows = np.flatnonzero(~np.isin(edges.class_code, passed) & ~edges.tunnel)
    if not len(rows):
        rows = np.arange(len(edges))
    if not len(rows):
        raise Problem("region.no_roads", file=str(pack.path))
    length = edges.length_m[rows]
    step_m = max(PLACES_M, float(length.sum()) / MOST_PLACES)
    count = np.maximum(1, np.ceil(length / step_m)).astype(np.int64)
    edge = np.repeat(rows, count)
    first = np.repeat(np.cumsum(count) - count, count)
    share = (np.arange(len(edge)) - first + 0.5) / np.repeat(count, count)
    yield 0.02
    shapes = edge_shapes(pack)
    yield 0.05
    found = []
    for begin in range(0, len(edge), SLICE):
        part = slice(begin, begin + SLICE)
        points = shapely.line_interpolate_point(
            shapes.lines[edge[part]], share[part], normalized=True
        )
        found.append(to_world(shapes.flat.lonlat(shapely.get_coordinates(points))))
        yield 0.05 + 0.1 * begin / len(edge)
    return edge, share, np.concatenate(found)


def _drown(pack: Pack, ground: Ground) -> Generator[float, None, None]:
    """Take water out of the land; ponds smaller than a few cells are passed over."""
    areas = pack.areas
    least_m2 = 6 * CELL_M**2
    kinds = [AREA_KINDS.index(name) for name in WATER]
    wet = np.flatnonzero(np.isin(areas.kind_code, kinds) & (areas.area_m2 >= least_m2))
    shapes = areas.geometry_of(wet)
    for number, shape in enumerate(shapes):
        shapely.prepare(shape)
        west, south, east, north = shapely.bounds(shape)
        corner = to_world(np.array([[west, north], [east, south]]))
        size = ground.cell_m
        left, right = ((corner[:, 0] - ground.west_m) / size).astype(int).clip(0, ground.columns)
        top, bottom = ((ground.north_m - corner[:, 1]) / size).astype(int).clip(0, ground.rows)
        bottom, right = min(bottom + 1, ground.rows), min(right + 1, ground.columns)
        for row in range(top, bottom, step := max(1, SLICE // max(1, right - left))):
            last = min(row + step, bottom)
            cells = np.arange(row, last)[:, None] * ground.columns + np.arange(left, right)
            points = to_degrees(ground.middles(cells.ravel()))
            under = shapely.contains_xy(shape, points[:, 0], points[:, 1])
            ground.land[row:last, left:right] &= ~under.reshape(cells.shape)
            yield 0.7 + 0.3 * number / len(shapes)
