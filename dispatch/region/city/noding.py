"""Turns drawn lines into one clean street graph: join, node, merge, drop slivers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree
from shapely.geometry import LineString
from shapely.geometry.base import BaseGeometry

from dispatch.region.city.graph import Edge, Graph
from dispatch.region.city.plan import RANK, Floats
from dispatch.region.city.trimming import at_frame, demote_tails, keep_largest, smooth

REACH_M = {
    "trunk": 5.0,
    "primary": 60.0,
    "secondary": 900.0,
    "tertiary": 420.0,
    "residential": 95.0,
}
"""How far a loose end looks ahead for a street to join."""
TRIM_M = {"trunk": 5.0, "primary": 40.0, "secondary": 300.0, "tertiary": 210.0, "residential": 46.0}
"""Loose ends shorter than this are cut off."""
MERGE_M = 17.0


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """One line to become streets."""

    kind: str
    line: Floats
    level: int = 0


def build_graph(
    drawn: list[Drawn], water: BaseGeometry, walls: list[Floats], frame: BaseGeometry
) -> Graph:
    """The graph of drawn lines. `walls` (railways, motorways) keep lesser streets from joining."""
    lines = [LineString(d.line).simplify(1.2) for d in drawn]
    barrier = shapely.union_all([water, *[LineString(w) for w in walls]])
    shapely.prepare(barrier)
    lines = _join_ends(drawn, lines, water, barrier)
    lines = [shapely.intersection(line, frame) for line in lines]
    graph = _node(drawn, lines)
    _trim(graph)
    for _ in range(2):
        _merge_near(graph)
        _drop_doubles(graph)
        _drop_slivers(graph)
    smooth(graph)
    _trim(graph)
    keep_largest(graph)
    demote_tails(graph, "secondary", "tertiary")
    demote_tails(graph, "tertiary", "residential")
    smooth(graph)
    return graph


def _join_ends(
    drawn: list[Drawn], lines: list[LineString], water: BaseGeometry, barrier: BaseGeometry
) -> list[LineString]:
    ground = [i for i, d in enumerate(drawn) if d.level == 0]
    tree = shapely.STRtree([lines[i] for i in ground])
    shapely.prepare(water)
    out = list(lines)
    for i in ground:
        reach = REACH_M[drawn[i].kind]
        wall = barrier if drawn[i].kind == "residential" else water
        c = shapely.get_coordinates(out[i])
        if np.hypot(*(c[0] - c[-1])) < 1.0:
            continue
        for first in (True, False):
            tip, before = (c[0], c[1]) if first else (c[-1], c[-2])
            way = tip - before
            way = way / max(1e-9, float(np.hypot(*way)))
            hit = None
            for turn in (0.0, 0.35, -0.35, 0.7, -0.7):
                cos, sin = np.cos(turn), np.sin(turn)
                ray_way = np.array([way[0] * cos - way[1] * sin, way[0] * sin + way[1] * cos])
                length = reach if turn == 0.0 else min(0.75 * reach, 220.0)
                start = tip + ray_way * 0.05
                ray = LineString([start, tip + ray_way * length])
                best = length
                for k in sorted(int(j) for j in tree.query(ray, predicate="intersects")):
                    if ground[k] == i or RANK[drawn[ground[k]].kind] > RANK[drawn[i].kind]:
                        continue
                    crossing = shapely.intersection(ray, lines[ground[k]])
                    best = min(best, float(shapely.distance(crossing, shapely.Point(start))) + 0.05)
                if best < length:
                    end = tip + ray_way * (best + 1.0)
                    if not shapely.intersects(wall, LineString([start, end])):
                        hit = end
                        break
            if hit is not None:
                c = np.vstack([hit, c]) if first else np.vstack([c, hit])
        out[i] = LineString(c)
    return out


def _node(drawn: list[Drawn], lines: list[LineString]) -> Graph:
    ground = [i for i, d in enumerate(drawn) if d.level == 0 and not lines[i].is_empty]
    flat: list[LineString] = []
    owner: list[int] = []
    for i in ground:
        for part in shapely.get_parts(lines[i]):
            flat.append(part)
            owner.append(i)
    pieces = shapely.get_parts(shapely.union_all(flat))
    tree = shapely.STRtree(flat)
    middles = shapely.line_interpolate_point(pieces, 0.5, normalized=True)
    near = tree.query(middles, predicate="dwithin", distance=0.02)
    best: dict[int, int] = {}
    for piece, line in zip(near[0].tolist(), near[1].tolist(), strict=True):
        i = owner[line]
        if piece not in best or _order(drawn, i) < _order(drawn, best[piece]):
            best[piece] = i
    graph = Graph()
    seen: dict[tuple[int, int], int] = {}

    def node_of(point: Floats) -> int:
        key = (round(float(point[0]) * 100), round(float(point[1]) * 100))
        if key not in seen:
            seen[key] = graph.node(float(point[0]), float(point[1]))
        return seen[key]

    order = sorted(range(len(pieces)), key=lambda k: tuple(shapely.get_coordinates(pieces[k])[0]))
    for k in order:
        if k not in best:
            continue
        i = best[k]
        c = shapely.get_coordinates(pieces[k])
        graph.add(Edge(u=node_of(c[0]), v=node_of(c[-1]), line=c, kind=drawn[i].kind, source=i))
    for i, d in enumerate(drawn):
        if d.level != 0:
            c = shapely.get_coordinates(lines[i])
            graph.add(Edge(u=node_of(c[0]), v=node_of(c[-1]), line=c, kind=d.kind, source=i,
                           level=d.level, tunnel=d.level < 0))  # fmt: skip
    return graph


def _order(drawn: list[Drawn], index: int) -> tuple[int, int]:
    return RANK[drawn[index].kind], index


def _trim(graph: Graph) -> None:
    """Cut loose ends that are too short to be a street, until none is left."""
    changed = True
    while changed:
        changed = False
        for number in sorted(graph.edges):
            edge = graph.edges.get(number)
            if edge is None or edge.level != 0:
                continue
            for node in (edge.u, edge.v):
                if graph.degree(node) == 1 and not at_frame(graph.xy[node]):
                    if edge.length_m() < TRIM_M[edge.kind]:
                        graph.drop(number)
                        changed = True
                    break


def _merge_near(graph: Graph) -> None:
    """Make one node of nodes that stand within a junction's width of each other."""
    live = [n for n in range(len(graph.xy)) if graph.at[n]]
    points = np.array([graph.xy[n] for n in live])
    pairs = cKDTree(points).query_pairs(MERGE_M, output_type="ndarray")
    if not len(pairs):
        return
    count, label = connected_components(
        coo_matrix((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(len(live),) * 2),
        directed=False,
    )
    rank = np.array([min(RANK[graph.edges[e].kind] for e in graph.at[n]) for n in live])
    groups: dict[int, list[int]] = {}
    for index, group in enumerate(label.tolist()):
        groups.setdefault(group, []).append(index)
    to: dict[int, int] = {}
    for group in range(count):
        members = groups[group]
        if len(members) < 2:
            continue
        # A chain of near nodes may be long: only what lies near its chief node is merged.
        chief = min(members, key=lambda i: (rank[i], live[i]))
        top = [i for i in members if rank[i] == rank[chief]
               and np.hypot(*(points[i] - points[chief])) < MERGE_M]  # fmt: skip
        x, y = points[top].mean(axis=0)
        graph.xy[live[chief]] = (float(x), float(y))
        for i in members:
            if i != chief and np.hypot(points[i][0] - x, points[i][1] - y) < 1.7 * MERGE_M:
                to[live[i]] = live[chief]
    moved = set(to) | set(to.values())
    touched = sorted({e for n in moved for e in graph.at[n]})
    for number in touched:
        edge = graph.drop(number)
        u, v = to.get(edge.u, edge.u), to.get(edge.v, edge.v)
        if u == v and edge.length_m() < 5 * MERGE_M:
            continue
        edge.line = _moved(edge.line, graph.xy[u], graph.xy[v])
        edge.u, edge.v = u, v
        graph.add(edge)


def _moved(line: Floats, start: tuple[float, float], end: tuple[float, float]) -> Floats:
    """The line with new ends; inner points close to a moved end are left out against kinks."""
    inner = line[1:-1]
    if len(inner):
        keep = (np.hypot(*(inner - np.array(start)).T) > 14.0) & (
            np.hypot(*(inner - np.array(end)).T) > 14.0
        )
        inner = inner[keep]
    return np.vstack([[start], inner, [end]])


def _drop_doubles(graph: Graph) -> None:
    """Of two edges between the same nodes that run side by side, keep the higher class."""
    groups: dict[tuple[int, int], list[int]] = {}
    for number in sorted(graph.edges):
        edge = graph.edges[number]
        if edge.u == edge.v and edge.length_m() < 120.0:
            graph.drop(number)
        else:
            groups.setdefault((min(edge.u, edge.v), max(edge.u, edge.v)), []).append(number)
    for numbers in groups.values():
        if len(numbers) < 2:
            continue
        numbers.sort(key=lambda e: (RANK[graph.edges[e].kind], graph.edges[e].length_m(), e))
        kept = [numbers[0]]
        for number in numbers[1:]:
            line = LineString(graph.edges[number].line)
            near = min(
                float(shapely.hausdorff_distance(line, LineString(graph.edges[k].line)))
                for k in kept
            )
            if near < 28.0:
                graph.drop(number)
            else:
                kept.append(number)


def _drop_slivers(graph: Graph) -> None:
    """Take the weakest side out of blocks too small or too thin to build on."""
    numbers = [n for n in sorted(graph.edges) if graph.edges[n].level == 0]
    lines = [LineString(graph.edges[n].line) for n in numbers]
    middles = shapely.line_interpolate_point(lines, 0.5, normalized=True)
    tree = shapely.STRtree(middles)
    faces = shapely.get_parts(shapely.polygonize(lines))
    thin = 2.0 * shapely.area(faces) / shapely.length(faces)
    bad = (shapely.area(faces) < 1_500.0) | (thin < 13.0)
    for face in faces[bad]:
        sides = [
            numbers[int(k)]
            for k in tree.query(face.exterior, predicate="dwithin", distance=0.05)
        ]  # fmt: skip
        if not sides or any(s not in graph.edges for s in sides):
            continue
        weakest = max(
            sides,
            key=lambda s: (RANK[graph.edges[s].kind], graph.edges[s].length_m(), s),
        )
        if RANK[graph.edges[weakest].kind] >= RANK["tertiary"]:
            graph.drop(weakest)
