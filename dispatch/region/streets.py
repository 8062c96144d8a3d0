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

from dispatch.region.columns import Columns
from dispatch.region.pack import Pack
from dispatch.region.schema import AREA_KINDS, NAME_LANGUAGES, PLACE_KINDS, SETTLEMENT_KINDS
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
    """All streets. `of_edge` (n,) is an edge's street or -1, `names` (n,) the name by which it
    belongs there: its own, else the road's number. Per street: `edge` (a middle edge), `lonlat`
    of that middle, `reach_m` from there to its furthest end, `rank` (0 = motorway)."""

    of_edge: Ints
    edge: Ints
    lonlat: Floats
    reach_m: Floats
    rank: Ints
    names: NDArray[np.object_]

    def __len__(self) -> int:
        return len(self.edge)


def find_streets(pack: Pack, shapes: EdgeShapes) -> Streets:
    """Cluster the named edges of a pack into streets."""
    names = _names_or_numbers(pack)
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
        names=names,
    )


def _names_or_numbers(pack: Pack) -> NDArray[np.object_]:
    names = pack.edges.names().copy()
    refs = pack.edges.refs
    for row, name in enumerate(names):
        if name is None and refs[row] is not None:
            names[row] = str(refs[row]).split(";")[0].strip() or None
    return names


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


#: A name in the local language and in each of `NAME_LANGUAGES`; "" where there is none.
NameRow = tuple[str, ...]


class Surroundings:
    """Which settlement and which district hold a point, for telling twins apart.

    `names` lists them all; the methods answer with positions in it, 0 = unknown.
    """

    def __init__(self, pack: Pack) -> None:
        self._pack = pack
        self.names: list[NameRow] = [("",) * (1 + len(NAME_LANGUAGES))]
        places, areas = pack.places, pack.areas
        self._default = self._named((pack.settlement,) * (1 + len(NAME_LANGUAGES)))
        towns = self._place_rows(SETTLEMENT_KINDS)
        self._towns = places.lonlat[towns]
        self._reach = np.array([_REACH_M[PLACE_KINDS[c]] for c in places.kind_code[towns]])
        self._town_names = self._names_of(places, towns)
        quarters = self._place_rows(_QUARTERS)
        self._quarters = places.lonlat[quarters]
        self._quarter_names = self._names_of(places, quarters)
        rows = np.flatnonzero(areas.kind_code == AREA_KINDS.index("settlement"))
        named = areas.names()
        rows = np.array([row for row in rows if named[row] is not None], dtype=np.int64)
        # The smallest area that holds a point is the most telling.
        rows = rows[np.argsort(areas.area_m2[rows], kind="stable")]
        self._bounds = areas.geometry_of(rows)
        self._bound_names = self._names_of(areas, rows)
        schemes = pack.district_schemes()
        districts = pack.districts(schemes[0]) if schemes else ()
        self._districts = np.array([shape for _, shape in districts], dtype=object)
        self._district_names = [
            self._named(tuple(district.name(code) for code in ("", *NAME_LANGUAGES)))
            for district, _ in districts
        ]
        self._scale = np.array([111_195.0 * np.cos(np.radians(pack.bounds[1])), 111_195.0])

    def _place_rows(self, kinds: tuple[str, ...]) -> Ints:
        codes = [PLACE_KINDS.index(kind) for kind in kinds]
        named = np.array([name is not None for name in self._pack.places.names()], dtype=bool)
        return np.flatnonzero(np.isin(self._pack.places.kind_code, codes) & named)

    def _names_of(self, columns: Columns, rows: Ints) -> list[int]:
        texts = [columns.names(), *(columns.texts(f"name_{code}") for code in NAME_LANGUAGES)]
        return [self._named(tuple(column[row] or "" for column in texts)) for row in rows]

    def _named(self, row: NameRow) -> int:
        if not any(row):
            return 0
        self.names.append(row)
        return len(self.names) - 1

    def settlements(self, lonlat: Floats) -> list[int]:
        """The settlement of each point (n, 2): by boundary, else the nearest in reach."""
        found = [self._default] * len(lonlat)
        for i, point in enumerate(lonlat if len(self._towns) else ()):
            share = np.hypot(*((self._towns - point) * self._scale).T) / self._reach
            best = int(np.argmin(share))
            if share[best] <= 1:
                found[i] = self._town_names[best]
        for i, hit in _first(lonlat, self._bounds).items():
            found[i] = self._bound_names[hit]
        return found

    def districts(self, lonlat: Floats) -> list[int]:
        """The district of each point, else the quarter near it."""
        found = [0] * len(lonlat)
        if len(self._quarters) and len(lonlat):
            tree = cKDTree(self._quarters * self._scale)
            away, index = (np.asarray(part) for part in tree.query(lonlat * self._scale))
            for row in np.flatnonzero(away <= _QUARTER_M).tolist():
                found[row] = self._quarter_names[index[row]]
        for i, hit in _first(lonlat, self._districts).items():
            found[i] = self._district_names[hit]
        return found


def _first(lonlat: Floats, shapes: NDArray[np.object_]) -> dict[int, int]:
    """For each point that lies in any shape, the first of them."""
    if not len(shapes) or not len(lonlat):
        return {}
    hits = shapely.STRtree(shapes).query(shapely.points(lonlat), predicate="intersects")
    result: dict[int, int] = {}
    for point, shape in hits.T.tolist():
        result[point] = min(shape, result.get(point, shape))
    return result
