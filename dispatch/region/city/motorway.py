"""Motorways as two carriageways with diamond interchanges, and what else crosses on a level."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import shapely
import shapely.ops
from shapely.geometry import LineString, Point
from shapely.geometry.base import BaseGeometry

from dispatch.region.city.graph import Edge, Graph
from dispatch.region.city.plan import RANK, Floats, spline

CARRIAGEWAY_M = 12.0
"""From the motorway's middle line to the middle of one carriageway."""
RAMP_M = 330.0
"""How far before the crossing street a ramp leaves the carriageway."""
SPACING_M = 1_450.0
"""No two interchanges nearer than this along the motorway."""
TAPER_M = 160.0
ACROSS_M = 95.0
"""Where on the crossing street the ramps end, from the motorway's middle."""
LEAST_GAP_M = 260.0


@dataclass(frozen=True, kw_only=True)
class _Crossing:
    along_m: float
    edge: int
    at_m: float


def add_motorways(
    graph: Graph, lines: list[Floats], first_source: int
) -> list[tuple[float, float]]:
    """Put motorways in as pairs of one-way carriageways; the interchanges' places.

    Their pieces get sources `first_source`, `first_source + 1`, ... in the order of `lines`.
    """
    places: list[tuple[float, float]] = []
    for index, line in enumerate(lines):
        places += _add_one(graph, LineString(line), first_source + index)
    return places


def _crossings(graph: Graph, line: LineString) -> list[_Crossing]:
    numbers = [n for n in sorted(graph.edges) if graph.edges[n].level == 0]
    drawn = [LineString(graph.edges[n].line) for n in numbers]
    tree = shapely.STRtree(drawn)
    found: list[_Crossing] = []
    for k in sorted(int(i) for i in tree.query(line, predicate="intersects")):
        number = numbers[k]
        if graph.edges[number].kind.startswith("motorway"):
            continue
        hits = shapely.get_parts(shapely.intersection(drawn[k], line))
        hit = hits[0]
        if hit.geom_type != "Point":
            hit = hit.centroid
        along = float(line.project(hit))
        if along < 60.0 or along > line.length - 60.0:
            # A motorway begins at a street's end, which touches it there.
            continue
        if graph.edges[number].kind == "residential" or len(hits) > 1:
            graph.drop(number)
            continue
        found.append(_Crossing(along_m=along, edge=number, at_m=float(drawn[k].project(hit))))
    return sorted(found, key=lambda c: c.along_m)


def _add_one(graph: Graph, line: LineString, source: int) -> list[tuple[float, float]]:
    kept: list[_Crossing] = []
    for crossing in _crossings(graph, line):
        if kept and crossing.along_m - kept[-1].along_m < LEAST_GAP_M:
            ours, theirs = graph.edges[crossing.edge].kind, graph.edges[kept[-1].edge].kind
            if RANK[ours] >= RANK[theirs]:
                if crossing.edge != kept[-1].edge:
                    graph.drop(crossing.edge)
                continue
            graph.drop(kept.pop().edge)
        kept.append(crossing)

    exits: list[_Crossing] = []
    by_rank = sorted(kept, key=lambda c: (RANK[graph.edges[c.edge].kind], c.along_m))
    for crossing in by_rank:
        if RANK[graph.edges[crossing.edge].kind] > RANK["secondary"]:
            continue
        if not RAMP_M + 220 < crossing.along_m < line.length - RAMP_M - 220:
            continue
        if all(abs(crossing.along_m - other.along_m) >= SPACING_M for other in exits):
            exits.append(crossing)

    stops = sorted({s for c in exits for s in (c.along_m - RAMP_M, c.along_m + RAMP_M)})
    forward = _carriageway(graph, line, stops, source, side=-1.0)
    backward = _carriageway(graph, line, stops, source, side=1.0)
    tips = (forward[0][0], forward[-1][0])
    # Both carriageways begin and end at one node.
    _join(graph, backward[0][0], tips[0])
    _join(graph, backward[-1][0], tips[1])

    for tip in tips:
        _anchor(graph, tip)

    places: list[tuple[float, float]] = []
    for crossing in kept:
        ramp_nodes = _overpass(graph, line, crossing, ramps=crossing in exits)
        if crossing not in exits:
            continue
        middle = line.interpolate(crossing.along_m)
        places.append((middle.x, middle.y))
        before, after = crossing.along_m - RAMP_M, crossing.along_m + RAMP_M
        right, left = ramp_nodes
        _ramp(graph, line, _at(forward, before), right, before, -1.0, source, leaving=True)
        _ramp(graph, line, _at(forward, after), right, after, -1.0, source, leaving=False)
        _ramp(graph, line, _at(backward, after), left, after, 1.0, source, leaving=True)
        _ramp(graph, line, _at(backward, before), left, before, 1.0, source, leaving=False)
    return places


def _at(stations: list[tuple[int, float]], along_m: float) -> int:
    return min(stations, key=lambda s: abs(s[1] - along_m))[0]


def _offset(line: LineString, along_m: float, side_m: float) -> tuple[float, float]:
    here = line.interpolate(along_m)
    a = line.interpolate(max(0.0, along_m - 5.0))
    b = line.interpolate(min(line.length, along_m + 5.0))
    tx, ty = b.x - a.x, b.y - a.y
    size = max(1e-9, float(np.hypot(tx, ty)))
    return here.x - ty / size * side_m, here.y + tx / size * side_m


def _carriageway(
    graph: Graph, line: LineString, stops: list[float], source: int, side: float
) -> list[tuple[int, float]]:
    """One carriageway cut at its ramps; its nodes with their distance along the middle line."""
    marks = [0.0, *stops, line.length]
    stations: list[tuple[int, float]] = []
    for mark in marks:
        x, y = _offset(line, mark, side * _breadth(line, mark))
        stations.append((graph.node(x, y), mark))
    for (u, start), (v, stop) in itertools.pairwise(stations):
        count = max(2, int((stop - start) / 40.0))
        course = [
            _offset(line, at, side * _breadth(line, at)) for at in np.linspace(start, stop, count)
        ]
        points = np.array(course)
        points = shapely.get_coordinates(LineString(points).simplify(0.4))
        points[0], points[-1] = graph.xy[u], graph.xy[v]
        if side < 0:
            graph.add(Edge(u=u, v=v, line=points, kind="motorway", source=source, oneway=True))
        else:
            graph.add(
                Edge(u=v, v=u, line=points[::-1], kind="motorway", source=source, oneway=True)
            )
    return stations


def _breadth(line: LineString, along_m: float) -> float:
    taper = min(1.0, min(along_m, line.length - along_m) / TAPER_M)
    return CARRIAGEWAY_M * float(taper)


def _join(graph: Graph, node: int, to: int) -> None:
    for number in sorted(graph.at[node]):
        edge = graph.drop(number)
        edge.u = to if edge.u == node else edge.u
        edge.v = to if edge.v == node else edge.v
        graph.add(edge)


def _anchor(graph: Graph, tip: int) -> None:
    """Make a motorway's end one with the end of the street that leads to it."""
    x, y = graph.xy[tip]
    best: tuple[float, int] | None = None
    for node, (nx, ny) in enumerate(graph.xy):
        away = float(np.hypot(nx - x, ny - y))
        if away < 70.0 and node != tip and graph.at[node]:
            kinds = {graph.edges[e].kind for e in graph.at[node]}
            if kinds & {"primary", "trunk"} and (best is None or away < best[0]):
                best = (away, node)
    if best is None:
        return
    to = best[1]
    for number in sorted(graph.at[tip]):
        edge = graph.drop(number)
        edge.u = to if edge.u == tip else edge.u
        edge.v = to if edge.v == tip else edge.v
        edge.line[0], edge.line[-1] = graph.xy[edge.u], graph.xy[edge.v]
        graph.add(edge)


def _overpass(graph: Graph, line: LineString, crossing: _Crossing, ramps: bool) -> tuple[int, int]:
    """Lift the crossing street over the motorway; the nodes for ramps right and left of it."""
    # Another crossing of the same edge may have cut it already: find the piece that crosses here.
    number = crossing.edge
    if number not in graph.edges:
        point = line.interpolate(crossing.along_m)
        number = min(
            (n for n in sorted(graph.edges) if not graph.edges[n].kind.startswith("motorway")),
            key=lambda n: float(LineString(graph.edges[n].line).distance(point)),
        )
    course = LineString(graph.edges[number].line)
    at_m = float(course.project(line.interpolate(crossing.along_m)))
    length = course.length
    deck = 42.0
    low, high = at_m - deck, at_m + deck
    cuts = [c for c in (low, high) if 6.0 < c < length - 6.0]
    ends: list[float] = []
    if ramps:
        for side in (-1.0, 1.0):
            at = at_m + side * ACROSS_M
            if 25.0 < at < length - 25.0:
                cuts.append(at)
                ends.append(at)
            else:
                ends.append(0.0 if side < 0 else length)
    edge = graph.edges[number]
    u, v = edge.u, edge.v
    pieces = graph.split(number, sorted(cuts)) if cuts else [number]
    so_far = 0.0
    nodes_at = [(0.0, u)]
    for piece in pieces:
        part = graph.edges[piece]
        size = part.length_m()
        if so_far - 2.0 < at_m < so_far + size + 2.0:
            part.bridge, part.level = True, 1
        so_far += size
        nodes_at.append((so_far, part.v))
    nodes_at[-1] = (length, v)
    if not ramps:
        return u, v
    first = min(nodes_at, key=lambda n: abs(n[0] - ends[0]))[1]
    second = min(nodes_at, key=lambda n: abs(n[0] - ends[1]))[1]
    ax, ay = _offset(line, crossing.along_m, -30.0)
    fx, fy = graph.xy[first]
    sx, sy = graph.xy[second]
    if np.hypot(fx - ax, fy - ay) <= np.hypot(sx - ax, sy - ay):
        return first, second
    return second, first


def _ramp(
    graph: Graph, line: LineString, gore: int, foot: int, at_m: float, side: float, source: int,
    leaving: bool,
) -> None:  # fmt: skip
    """One ramp between a carriageway (at its gore) and the crossing street (at its foot)."""
    foot_along = float(line.project(Point(graph.xy[foot])))
    points = [graph.xy[gore]]
    for share, out in ((0.35, 24.0), (0.7, 48.0)):
        points.append(_offset(line, at_m + (foot_along - at_m) * share, side * out))
    points.append(graph.xy[foot])
    course = shapely.get_coordinates(LineString(spline(tuple(points), 15.0)).simplify(0.4))
    course[0], course[-1] = graph.xy[gore], graph.xy[foot]
    if leaving:
        graph.add(Edge(u=gore, v=foot, line=course, kind="motorway_link", source=source,
                       oneway=True))  # fmt: skip
    else:
        graph.add(Edge(u=foot, v=gore, line=course[::-1], kind="motorway_link", source=source,
                       oneway=True))  # fmt: skip


def lift_over(graph: Graph, below: BaseGeometry, margin_m: float, weakest: str) -> None:
    """Make bridges of what crosses water or a railway; lesser streets than `weakest` end there.

    Only the part over `below` and `margin_m` on both sides becomes the bridge.
    """
    numbers = [n for n in sorted(graph.edges) if graph.edges[n].level == 0]
    drawn = [LineString(graph.edges[n].line) for n in numbers]
    tree = shapely.STRtree(drawn)
    hits = {int(i) for part in shapely.get_parts(below) for i in tree.query(part, "intersects")}
    for k in sorted(hits):
        number, course = numbers[k], drawn[k]
        if RANK[graph.edges[number].kind] > RANK[weakest] and not graph.edges[
            number
        ].kind.startswith("motorway"):
            graph.drop(number)
            continue
        spans: list[list[float]] = []
        for part in shapely.get_parts(shapely.intersection(course, below)):
            at = [float(course.project(Point(c))) for c in shapely.get_coordinates(part)]
            spans.append([max(0.0, min(at) - margin_m), min(course.length, max(at) + margin_m)])
        spans.sort()
        joined: list[list[float]] = []
        for span in spans:
            if joined and span[0] < joined[-1][1] + 30.0:
                joined[-1][1] = max(joined[-1][1], span[1])
            else:
                joined.append(span)
        cuts = sorted({c for span in joined for c in span if 5.0 < c < course.length - 5.0})
        pieces = graph.split(number, cuts) if cuts else [number]
        so_far = 0.0
        for piece in pieces:
            size = graph.edges[piece].length_m()
            middle = so_far + size / 2
            if any(a <= middle <= b for a, b in joined):
                graph.edges[piece].bridge, graph.edges[piece].level = True, 1
            so_far += size
