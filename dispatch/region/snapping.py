"""The nearest place on a road, for one point or many at once."""

from __future__ import annotations

import copy
import math
import weakref
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from dispatch.region.pack import Pack

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_DEGREE_M = 111_195.0


@dataclass(frozen=True)
class Snap:
    """A place on a road: position of the edge in the pack, share of the way along its geometry
    (0..1), the point (degrees), and how far the road is from what was asked (metres)."""

    edge: int
    fraction: float
    lon: float
    lat: float
    distance_m: float


@dataclass(frozen=True)
class Snaps:
    """Many places on roads: `edge` (n,) positions, `fraction` (n,), `distance_m` (n,)."""

    edge: Ints
    fraction: Floats
    distance_m: Floats

    def __len__(self) -> int:
        return len(self.edge)


class Flat:
    """A flat picture of the region in metres, good for distances within a city.

    Equirectangular about the middle latitude: across 50 km it is true to some tenths of a percent.
    """

    def __init__(self, bounds: tuple[float, float, float, float]) -> None:
        west, south, east, north = bounds
        self._lon, self._lat = (west + east) / 2, (south + north) / 2
        self._x = _DEGREE_M * math.cos(math.radians(self._lat))

    def xy(self, lonlat: Floats) -> Floats:
        """(n, 2) degrees -> (n, 2) metres."""
        result: Floats = (np.asarray(lonlat, dtype=np.float64) - (self._lon, self._lat)) * (
            self._x,
            _DEGREE_M,
        )
        return result

    def lonlat(self, xy: Floats) -> Floats:
        """(n, 2) metres -> (n, 2) degrees."""
        result: Floats = np.asarray(xy) / (self._x, _DEGREE_M) + (self._lon, self._lat)
        return result


class EdgeShapes:
    """Geometry of a pack's edges in metres, with the share of the way at each vertex.

    `coords` (m, 2) degrees and `offsets` (n + 1,) as in `Pack.edge_lines`; `share` (m,) runs from
    0 at an edge's start to 1 at its end.
    """

    def __init__(self, pack: Pack) -> None:
        self.coords, self.offsets = pack.edge_lines()
        self.flat = Flat(pack.bounds)
        xy = self.flat.xy(self.coords)
        steps = np.concatenate([[0.0], np.hypot(*(xy[1:] - xy[:-1]).T)])
        along = np.cumsum(steps)
        counts = np.diff(self.offsets)
        base = np.repeat(along[self.offsets[:-1]], counts)
        total = np.repeat(along[self.offsets[1:] - 1], counts) - base
        self.share: Floats = np.where(total > 0, (along - base) / np.where(total > 0, total, 1), 0)
        self.share[self.offsets[1:] - 1] = 1.0
        owner = np.repeat(np.arange(len(counts)), counts)
        self.lines: NDArray[np.object_] = shapely.linestrings(xy, indices=owner)

    def part(self, edge: int, begin: float, finish: float) -> tuple[Floats, Floats]:
        """The vertices (k, 2) from one share of an edge to another, and their shares.

        Runs backwards where `begin` > `finish`.
        """
        low, high = min(begin, finish), max(begin, finish)
        a, b = self.offsets[edge], self.offsets[edge + 1]
        share, coords = self.share[a:b], self.coords[a:b]
        inside = (share > low) & (share < high)
        ends = np.column_stack([np.interp([low, high], share, coords[:, k]) for k in (0, 1)])
        points = np.concatenate([ends[:1], coords[inside], ends[1:]])
        shares = np.concatenate([[low], share[inside], [high]])
        return (points, shares) if begin <= finish else (points[::-1], shares[::-1])


_shapes: weakref.WeakKeyDictionary[Pack, EdgeShapes] = weakref.WeakKeyDictionary()


def edge_shapes(pack: Pack) -> EdgeShapes:
    """The shapes of a pack's edges, made once and shared."""
    if pack not in _shapes:
        _shapes[pack] = EdgeShapes(pack)
    return _shapes[pack]


class Snapper:
    """Snaps points to some of the edges (a mask over the pack's edges)."""

    def __init__(self, shapes: EdgeShapes, mask: NDArray[np.bool_]) -> None:
        self._shapes = shapes
        self._rows = np.flatnonzero(mask)
        self._tree = shapely.STRtree(shapes.lines[self._rows])

        self._barred = np.zeros(len(mask), dtype=bool)

    def __len__(self) -> int:
        return len(self._rows) - int(self._barred.sum())

    def within(self, mask: NDArray[np.bool_]) -> Snapper:
        """The same on those of its edges that a mask keeps, without building its tree anew: for
        a few edges fewer. Edges it does not have stay out."""
        fewer = copy.copy(self)
        fewer._barred = np.zeros(len(mask), dtype=bool)
        fewer._barred[self._rows] = ~mask[self._rows]
        return fewer

    def many(self, lonlat: Floats) -> Snaps:
        """(n, 2) degrees -> places on roads. There must be at least one edge."""
        points = shapely.points(self._shapes.flat.xy(np.asarray(lonlat).reshape(-1, 2)))
        edge = self._rows[self._tree.nearest(points)]
        for i in np.flatnonzero(self._barred[edge]):
            edge[i] = self._beyond(points[i], int(edge[i]))
        lines = self._shapes.lines[edge]
        fraction = shapely.line_locate_point(lines, points, normalized=True)
        return Snaps(edge, np.clip(fraction, 0.0, 1.0), shapely.distance(lines, points))

    def _beyond(self, point: shapely.Point, nearest: int) -> int:
        """The nearest edge that is not barred, where the nearest of all is."""
        reach = float(shapely.distance(self._shapes.lines[nearest], point)) + 50.0
        while True:
            rows = self._rows[self._tree.query(point, predicate="dwithin", distance=reach)]
            rows = np.sort(rows[~self._barred[rows]])
            if len(rows):
                return int(rows[np.argmin(shapely.distance(self._shapes.lines[rows], point))])
            reach *= 2

    def one(self, lon: float, lat: float) -> Snap:
        """The same for one point."""
        found = self.many(np.array([[lon, lat]]))
        edge, fraction = int(found.edge[0]), float(found.fraction[0])
        points, _ = self._shapes.part(edge, fraction, fraction)
        on_lon, on_lat = map(float, points[0])
        return Snap(edge, fraction, on_lon, on_lat, float(found.distance_m[0]))
