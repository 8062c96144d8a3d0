"""Streets from edges: the same name in one place is one street, far apart it is another."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from dispatch.region.pack import Pack
from dispatch.region.schema import AREA_KINDS, PLACE_KINDS, SETTLEMENT_KINDS
from dispatch.region.snapping import EdgeShapes

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: Pieces of one name further apart than this are two streets.
_GAP_M = 1_000.0
#: Junctions of the same two streets nearer than this are one crossing (two carriageways).
_CROSSING_M = 120.0
#: How far a settlement reaches where no boundary is drawn, metres.
_REACH_M = {"city": 20_000.0, "town": 7_000.0, "village": 3_000.0, "hamlet": 1_200.0}
_QUARTERS = ("suburb", "quarter", "neighbourhood")
_QUARTER_M = 1_500.0


@dataclass(frozen=True)
class Streets:
    """All streets. `of_edge` (n,) is an edge's street or -1. Per street: `edge` (a middle edge),
    `lonlat` of that middle, `reach_m` from there to its furthest end, `rank` (0 = motorway)."""

    of_edge: Ints
    edge: Ints
    lonlat: Floats
    reach_m: Floats
    rank: Ints

    def __len__(self) -> int:
        return len(self.edge)


def find_streets(pack: Pack, shapes: EdgeShapes) -> Streets:
    """Cluster the named edges of a pack into streets."""
    names = pack.edges.names()
    lines = shapes.lines
    middles = shapely.get_coordinates(shapely.line_interpolate_point(lines, 0.5, normalized=True))
    groups: dict[str, list[int]] = defaultdict(list)
    for row, name in enumerate(names):
        if name is not None:
            groups[name].append(row)
    of_edge = np.full(len(names), -1, dtype=np.int64)
    edge: list[int] = []
    reach: list[float] = []
    rank: list[int] = []
    for name in sorted(groups):
        rows = np.array(groups[name])
        labels = _clusters(middles[rows], lines[rows])
        for label in range(int(labels.max()) + 1):
            members = rows[labels == label]
            centre = middles[members].mean(axis=0)
            away = np.hypot(*(middles[members] - centre).T)
            middle = int(members[np.argmin(away)])
            of_edge[members] = len(edge)
            edge.append(middle)
            ends = np.hypot(*(middles[members] - middles[middle]).T)
            lengths = pack.edges.length_m[members]
            reach.append(float(ends.max() + lengths[np.argmax(ends)] / 2))
            rank.append(int(np.min(pack.edges.class_code[members])))
    rows = np.array(edge, dtype=np.int64)
    return Streets(
        of_edge=of_edge,
        edge=rows,
        lonlat=shapes.flat.lonlat(middles[rows]) if len(rows) else np.empty((0, 2)),
        reach_m=np.array(reach),
        rank=np.array(rank, dtype=np.int64),
    )


def _clusters(points: Floats, lines: NDArray[np.object_]) -> Ints:
    """Pieces that lie within the gap of each other, chained."""
    if len(points) == 1:
        return np.zeros(1, dtype=np.int64)
    # By middles first: long pieces whose middles are far apart are looked at by their lines.
    pairs = cKDTree(points).query_pairs(_GAP_M, output_type="ndarray")
    count = len(points)
    graph = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(count, count))
    parts, labels = connected_components(graph, directed=False)
    if parts == 1:
        return labels.astype(np.int64)
    tree = shapely.STRtree(lines)
    near = tree.query(lines, predicate="dwithin", distance=_GAP_M)
    graph = coo_array((np.ones(near.shape[1]), (near[0], near[1])), shape=(count, count))
    return connected_components(graph, directed=False)[1].astype(np.int64)


def find_crossings(pack: Pack, streets: Streets) -> list[tuple[int, int, float, float]]:
    """(street, street, lon, lat) of every place where two streets meet; first < second."""
    edges, nodes = pack.edges, pack.nodes
    named = streets.of_edge >= 0
    ends = np.concatenate([edges.from_node[named], edges.to_node[named]])
    street = np.tile(streets.of_edge[named], 2)
    at = np.searchsorted(nodes.node_id, ends)
    pairs = np.unique(np.column_stack([at, street]), axis=0)
    meetings: dict[tuple[int, int], list[int]] = defaultdict(list)
    new_node = np.concatenate([[True], np.diff(pairs[:, 0]) != 0])[: len(pairs)]
    starts = [int(row) for row in np.flatnonzero(new_node)]
    for begin, end in zip(starts, [*starts[1:], len(pairs)], strict=True):
        met = pairs[begin:end, 1]
        for i in range(len(met)):
            for j in range(i + 1, len(met)):
                meetings[int(met[i]), int(met[j])].append(int(pairs[begin, 0]))
    lonlat = nodes.lonlat
    scale = np.array([111_195.0 * np.cos(np.radians(pack.bounds[1])), 111_195.0])
    result = []
    for (a, b), met_at in sorted(meetings.items()):
        left = np.array(met_at)
        while len(left):
            near = np.hypot(*((lonlat[left] - lonlat[left[0]]) * scale).T) < _CROSSING_M
            lon, lat = lonlat[left[near]].mean(axis=0)
            result.append((a, b, float(lon), float(lat)))
            left = left[~near]
    return result


class Surroundings:
    """Which settlement and which district hold a point, for telling twins apart."""

    def __init__(self, pack: Pack) -> None:
        self._pack = pack
        places, areas = pack.places, pack.areas
        kinds = [PLACE_KINDS.index(kind) for kind in SETTLEMENT_KINDS]
        self._towns = np.flatnonzero(np.isin(places.kind_code, kinds))
        quarters = [PLACE_KINDS.index(kind) for kind in _QUARTERS]
        self._quarters = np.flatnonzero(np.isin(places.kind_code, quarters))
        rows = np.flatnonzero(areas.kind_code == AREA_KINDS.index("settlement"))
        names = areas.names()
        self._bounds = np.array([r for r in rows if names[r] is not None], dtype=np.int64)
        # The smallest area that holds a point is the most telling.
        self._bounds = self._bounds[np.argsort(areas.area_m2[self._bounds], kind="stable")]
        schemes = pack.district_schemes()
        self._districts = pack.districts(schemes[0]) if schemes else ()
        self._scale = np.array([111_195.0 * np.cos(np.radians(pack.bounds[1])), 111_195.0])

    def settlements(self, lonlat: Floats, language: str | None = None) -> list[str]:
        """The settlement of each point (n, 2), "" where none is known."""
        found = [self._pack.settlement] * len(lonlat)
        places = self._pack.places
        if len(self._towns) and len(lonlat):
            names = places.names(language)
            reach = np.array([_REACH_M[PLACE_KINDS[c]] for c in places.kind_code[self._towns]])
            towns = places.lonlat[self._towns]
            for i, point in enumerate(lonlat):
                share = np.hypot(*((towns - point) * self._scale).T) / reach
                best = int(np.argmin(share))
                if share[best] <= 1:
                    found[i] = names[self._towns[best]] or found[i]
        shapes = self._pack.areas.geometry_of(self._bounds)
        names = self._pack.areas.names(language)
        for i, hit in self._first(lonlat, shapes).items():
            found[i] = names[self._bounds[hit]] or found[i]
        return found

    def districts(self, lonlat: Floats, language: str | None = None) -> list[str]:
        """The district of each point, else the quarter near it, else ""."""
        found = [""] * len(lonlat)
        if len(self._quarters) and len(lonlat):
            names = self._pack.places.names(language)
            tree = cKDTree(self._pack.places.lonlat[self._quarters] * self._scale)
            away, index = (np.asarray(part) for part in tree.query(lonlat * self._scale))
            for row in np.flatnonzero(away <= _QUARTER_M).tolist():
                found[row] = str(names[self._quarters[index[row]]] or "")
        shapes = np.array([shape for _, shape in self._districts], dtype=object)
        for i, hit in self._first(lonlat, shapes).items():
            found[i] = self._districts[hit][0].name(language or "") or found[i]
        return found

    def _first(self, lonlat: Floats, shapes: NDArray[np.object_]) -> dict[int, int]:
        if not len(shapes) or not len(lonlat):
            return {}
        tree = shapely.STRtree(shapes)
        hits = tree.query(shapely.points(lonlat), predicate="intersects")
        result: dict[int, int] = {}
        for point, shape in hits.T:
            result[int(point)] = min(int(shape), result.get(int(point), int(shape)))
        return result
