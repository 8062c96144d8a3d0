"""Which pieces of road a hand means: along a drawn line, between two crossings, in an area.

A line is followed on the network from point to point; what it merely crosses, above, below or on
the level, is not taken. Both directions of an edge count alike: a closure may be drawn against
the traffic.
"""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import shapely
from numpy.typing import NDArray

from dispatch.domain.message import Message
from dispatch.region.fold import words_of
from dispatch.region.following import Follower, Spot, Step
from dispatch.region.pack import Pack
from dispatch.region.snapping import EdgeShapes, edge_shapes

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
LonLat = tuple[float, float]

#: Farther from every road than this, a point names none.
FAR_M = 120.0
#: Of an area's rim an edge must cross at least this much to count, or lie half inside.
_TOUCH_M = 3.0
#: The last piece counts only where the hand went along it for more than this, or this share.
_STUB_M = 12.0
_STUB_SHARE = 0.25
#: Two carriageways of one street lie no farther apart than this.
_TWIN_M = 45.0


@dataclass(frozen=True)
class Matched:
    """Edge ids of the pack: `edges` both ways, `along` and `against` in one direction of their
    geometry alone. `line` (m, 2) degrees holds their lines one after another, `starts` where each
    begins, `rows` the positions of the edges. `problem` says what could not be followed; there may
    be roads all the same."""

    edges: tuple[int, ...] = ()
    along: tuple[int, ...] = ()
    against: tuple[int, ...] = ()
    line: Floats = field(default_factory=lambda: np.empty((0, 2)))
    starts: tuple[int, ...] = ()
    length_m: float = 0.0
    names: tuple[str, ...] = ()
    rows: tuple[int, ...] = ()
    problem: Message | None = None


class _Roads:
    """The edges of a pack made ready for following and for areas, once."""

    def __init__(self, pack: Pack) -> None:
        edges = pack.edges
        self.shapes: EdgeShapes = edge_shapes(pack)
        self.tree = shapely.STRtree(self.shapes.lines)
        self.follower = Follower(pack)
        self.storey: NDArray[np.bool_] = edges.bridge | edges.tunnel | (edges.layer != 0)
        ends = shapely.get_point(self.shapes.lines, [[0], [-1]])
        self.first: NDArray[np.object_] = ends[0]
        self.last: NDArray[np.object_] = ends[1]


_made: weakref.WeakKeyDictionary[Pack, _Roads] = weakref.WeakKeyDictionary()


def _roads(pack: Pack) -> _Roads:
    if pack not in _made:
        _made[pack] = _Roads(pack)
    return _made[pack]


def match_roads(
    pack: Pack,
    points: Sequence[LonLat],
    *,
    area: bool = False,
    street: str = "",
    one_way: bool = False,
) -> Matched:
    """What was drawn: an area where `area` and three points at least, else a line (one point: the
    piece of road under it). `street` is kept to where that is possible."""
    if area and len(points) >= 3:
        rows = edges_in_area(pack, points)
        problem = None if len(rows) else Message("desk.closure_no_road")
        return _matched(pack, [(int(row), 0) for row in rows], problem)
    return edges_of_line(pack, points, street=street, one_way=one_way)


def lines_of(
    pack: Pack, edges: Sequence[int], along: Sequence[int] = (), against: Sequence[int] = ()
) -> Matched:
    """The lines of closed roads by their edge ids; ids the pack does not have are left out."""
    known = pack.edges.edge_id
    pieces = []
    for ids, way in ((edges, 0), (along, 1), (against, -1)):
        wanted = np.asarray(ids, dtype=np.int64)
        rows = np.minimum(np.searchsorted(known, wanted), len(known) - 1)
        pieces += [(int(row), way) for row in rows[known[rows] == wanted]]
    return _matched(pack, pieces, None)


def names_in(pack: Pack, found: Matched, language: str) -> tuple[str, ...]:
    """The streets of matched roads in a language, in the order of the roads; without a name in it
    as the pack writes them."""
    own = _roads(pack).follower.names
    shown = pack.edges.names(language)
    names = (shown[row] or own[row] for row in found.rows)
    return tuple(dict.fromkeys(name for name in names if name))


def edges_near(pack: Pack, lon: float, lat: float, radius_m: float) -> Ints:
    """Positions of the edges that come within some metres of a point, by the same rule as an area:
    a bridge or tunnel that only passes is left out."""
    roads = _roads(pack)
    centre = shapely.Point(*roads.shapes.flat.xy(np.array([[lon, lat]]))[0])
    return _inside(roads, centre.buffer(radius_m, quad_segs=32))


def edges_in_area(pack: Pack, points: Sequence[LonLat]) -> Ints:
    """Positions of the edges in a polygon of (lon, lat) points, in order.

    An edge counts with 3 m of its length or half of it inside. A bridge or tunnel that passes
    right through, with both ends outside, is not closed: it is on another storey.
    """
    roads = _roads(pack)
    ring = shapely.Polygon(roads.shapes.flat.xy(np.asarray(points, dtype=np.float64)))
    return _inside(roads, shapely.make_valid(ring))


def _inside(roads: _Roads, area: shapely.Geometry) -> Ints:
    rows = np.sort(roads.tree.query(area, predicate="intersects"))
    if not len(rows):
        return np.empty(0, dtype=np.int64)
    shapely.prepare(area)
    lines = roads.shapes.lines[rows]
    length = shapely.length(lines)
    within = shapely.length(shapely.intersection(lines, area))
    counts = (within >= _TOUCH_M) | (within >= length / 2)
    ends = shapely.intersects(area, roads.first[rows]) | shapely.intersects(area, roads.last[rows])
    found: Ints = rows[counts & (ends | ~roads.storey[rows])].astype(np.int64)
    return found


def edges_of_line(
    pack: Pack, points: Sequence[LonLat], *, street: str = "", one_way: bool = False
) -> Matched:
    """The roads that a line of (lon, lat) points follows.

    Each point is put on a road near it, together so that the way along all of them is short; a
    short stub at either end is left out, so that a click just past a junction does not close the
    next road. Of a street of two carriageways both are taken unless `one_way`.
    """
    roads = _roads(pack)
    xy = roads.shapes.flat.xy(np.asarray(points, dtype=np.float64).reshape(-1, 2))
    spots = [_spots(roads, row, street) for row in xy]
    if not spots or any(not found for found in spots):
        return Matched(problem=Message("desk.closure_no_road"))
    keep = roads.follower.named(words_of(street)) if street else None
    steps, whole = roads.follower.along(spots, keep)
    steps = _without_stubs(steps, roads.follower.length_m)
    problem = None if whole else Message("closures.gap")
    if not one_way:
        taken = dict.fromkeys(step.edge for step in steps)
        for twin in _other_carriageway(roads, steps):
            taken.setdefault(twin)
        return _matched(pack, [(edge, 0) for edge in taken], problem)
    ways = {(step.edge, 1 if step.finish >= step.begin else -1): None for step in steps}
    return _matched(pack, list(ways), problem)


def edges_between(pack: Pack, street: str, a: LonLat, b: LonLat) -> Matched:
    """The pieces of a street between two of its crossings (lon, lat), both carriageways."""
    return edges_of_line(pack, (a, b), street=street)


def _spots(roads: _Roads, xy: Floats, street: str) -> list[Spot]:
    """Where a point may lie on the network: the nearest road, and others hardly farther."""
    point = shapely.Point(*xy)
    _, distance = roads.tree.query_nearest(point, return_distance=True, all_matches=False)
    nearest = float(distance[0]) if len(distance) else np.inf
    if nearest > FAR_M:
        return []
    reach = max(_TWIN_M, nearest + 1.0) if street else nearest + 15.0
    rows = roads.tree.query(point, predicate="dwithin", distance=reach)
    off = shapely.distance(roads.shapes.lines[rows], point)
    order = np.lexsort((rows, off))[: 24 if street else 5]
    rows, off = rows[order], off[order]
    share = shapely.line_locate_point(roads.shapes.lines[rows], point, normalized=True)
    return [
        Spot(int(row), float(np.clip(f, 0.0, 1.0)), float(d))
        for row, f, d in zip(rows, share, off, strict=True)
    ]


def _without_stubs(steps: list[Step], length_m: Floats) -> list[Step]:
    """Without pieces that were hardly entered: a click beside a junction, a corner cut. The piece
    that was followed farthest always stays."""
    span: dict[int, tuple[float, float]] = {}
    for step in steps:
        low, high = sorted((step.begin, step.finish))
        known = span.get(step.edge, (low, high))
        span[step.edge] = (min(known[0], low), max(known[1], high))
    covered = {edge: high - low for edge, (low, high) in span.items()}
    metres = {edge: share * float(length_m[edge]) for edge, share in covered.items()}
    longest = max(metres, key=lambda edge: metres[edge])
    return [
        step
        for step in steps
        if step.edge == longest or metres[step.edge] >= _STUB_M or covered[step.edge] >= _STUB_SHARE
    ]


def _other_carriageway(roads: _Roads, steps: list[Step]) -> list[int]:
    """The opposite carriageway beside a drawn one: one-way edges of the same name that run
    against it, close by, along the part that was drawn."""
    follower = roads.follower
    drawn = [step.edge for step in steps if follower.one_way[step.edge]]
    names = {follower.names[edge] for edge in drawn} - {None}
    if not drawn or not names:
        return []
    line = shapely.union_all(roads.shapes.lines[np.array(drawn)])
    rows = roads.tree.query(line, predicate="dwithin", distance=_TWIN_M)
    own = {step.edge for step in steps}
    found = []
    for row in np.sort(rows).tolist():
        if row in own or not follower.one_way[row] or follower.names[row] not in names:
            continue
        shape = roads.shapes.lines[row]
        beside = shapely.length(shapely.intersection(shape, line.buffer(_TWIN_M, cap_style="flat")))
        if beside >= 0.5 * shapely.length(shape):
            found.append(row)
    return found


def _matched(pack: Pack, pieces: list[tuple[int, int]], problem: Message | None) -> Matched:
    """The answer for (position, 0 both ways, 1 along its geometry, -1 against it)."""
    edges, shapes = pack.edges, edge_shapes(pack)
    ways: dict[int, set[int]] = {}
    for row, way in pieces:
        ways.setdefault(row, set()).add(way)
    both = [row for row, way in ways.items() if 0 in way or len(way) == 2]
    along = [row for row, way in ways.items() if way == {1}]
    against = [row for row, way in ways.items() if way == {-1}]
    lines, starts, total = [], [], 0
    for row in ways:
        part = shapes.coords[shapes.offsets[row] : shapes.offsets[row + 1]]
        # A closed direction is drawn in that direction, so that arrows can be put on it.
        lines.append(part[::-1] if row in against else part)
        starts.append(total)
        total += len(part)
    names = _roads(pack).follower.names
    return Matched(
        edges=tuple(int(edges.edge_id[row]) for row in both),
        along=tuple(int(edges.edge_id[row]) for row in along),
        against=tuple(int(edges.edge_id[row]) for row in against),
        line=np.concatenate(lines) if lines else np.empty((0, 2)),
        starts=tuple(starts),
        length_m=round(float(edges.length_m[list(ways)].sum()), 1) if ways else 0.0,
        names=tuple(dict.fromkeys(name for row in ways if (name := names[row]))),
        rows=tuple(ways),
        problem=problem,
    )
