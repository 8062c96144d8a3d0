"""Turns drawn lines into one clean street graph: join, node, merge, drop slivers, thin, connect."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import shapely
import shapely.ops
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree
from shapely.geometry import LineString
from shapely.geometry.base import BaseGeometry

from dispatch.region.city.plan import HEIGHT_M, RANK, WIDTH_M, Floats

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


@dataclass(kw_only=True)
class Edge:
    """A piece of street between two nodes; `line` runs from `u` to `v`, metres."""

    u: int
    v: int
    line: Floats
    kind: str
    source: int
    """Index of the drawn line it came from: pieces of one line bear one name."""
    level: int = 0
    bridge: bool = False
    tunnel: bool = False
    oneway: bool = False

    def length_m(self) -> float:
        """Length of the line."""
        return float(np.hypot(*np.diff(self.line, axis=0).T).sum())


@dataclass(kw_only=True)
class Graph:
    """Nodes by number, edges by number; numbers are never used twice."""

    xy: list[tuple[float, float]] = field(default_factory=list)
    edges: dict[int, Edge] = field(default_factory=dict)
    at: list[set[int]] = field(default_factory=list)
    _next: int = 0

    def node(self, x: float, y: float) -> int:
        """A new node."""
        self.xy.append((x, y))
        self.at.append(set())
        return len(self.xy) - 1

    def add(self, edge: Edge) -> int:
        """Put an edge in; its number."""
        number = self._next
        self._next += 1
        self.edges[number] = edge
        self.at[edge.u].add(number)
        self.at[edge.v].add(number)
        return number

    def drop(self, number: int) -> Edge:
        """Take an edge out."""
        edge = self.edges.pop(number)
        self.at[edge.u].discard(number)
        self.at[edge.v].discard(number)
        return edge

    def split(self, number: int, at_m: list[float]) -> list[int]:
        """Cut an edge at distances along it (strictly inside, ascending); the pieces in order."""
        edge = self.drop(number)
        line = LineString(edge.line)
        stops = [0.0, *at_m, line.length]
        nodes = [edge.u]
        for at in at_m:
            point = line.interpolate(at)
            nodes.append(self.node(point.x, point.y))
        nodes.append(edge.v)
        made: list[int] = []
        for i, (start, stop) in enumerate(zip(stops[:-1], stops[1:], strict=True)):
            part = shapely.get_coordinates(shapely.ops.substring(line, start, stop))
            part[0], part[-1] = self.xy[nodes[i]], self.xy[nodes[i + 1]]
            made.append(
                self.add(
                    Edge(u=nodes[i], v=nodes[i + 1], line=part, kind=edge.kind,
                         source=edge.source, level=edge.level, bridge=edge.bridge,
                         tunnel=edge.tunnel, oneway=edge.oneway)
                )
            )  # fmt: skip
        return made

    def degree(self, node: int) -> int:
        """How many edge ends meet at a node."""
        return sum(2 if self.edges[e].u == self.edges[e].v else 1 for e in self.at[node])


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """One line to become streets."""

    kind: str
    line: Floats
    level: int = 0


def build_graph(
    drawn: list[Drawn], water: BaseGeometry, walls: list[Floats], frame: BaseGeometry
) -> Graph:
    """The graph of drawn lines. `walls` (railways, motorways) stop the joining of lesser streets."""
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
    _smooth(graph)
    _trim(graph)
    keep_largest(graph)
    demote_tails(graph, "secondary", "tertiary")
    demote_tails(graph, "tertiary", "residential")
    _smooth(graph)
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
        old = best.get(piece)
        if old is None or (RANK[drawn[i].kind], i) < (RANK[drawn[old].kind], old):
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
        i = best.get(k)
        if i is None:
            continue
        c = shapely.get_coordinates(pieces[k])
        graph.add(Edge(u=node_of(c[0]), v=node_of(c[-1]), line=c, kind=drawn[i].kind, source=i))
    for i, d in enumerate(drawn):
        if d.level != 0:
            c = shapely.get_coordinates(lines[i])
            graph.add(Edge(u=node_of(c[0]), v=node_of(c[-1]), line=c, kind=d.kind, source=i,
                           level=d.level, tunnel=d.level < 0))  # fmt: skip
    return graph


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
                if graph.degree(node) == 1 and not _at_frame(graph.xy[node]):
                    if edge.length_m() < TRIM_M[edge.kind]:
                        graph.drop(number)
                        changed = True
                    break


def _at_frame(point: tuple[float, float]) -> bool:
    x, y = point
    return x < 30 or y < 30 or x > WIDTH_M - 30 or y > HEIGHT_M - 30


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


def _smooth(graph: Graph) -> None:
    """Make one edge of two that meet alone at a node and are of one kind."""
    for node in range(len(graph.xy)):
        if len(graph.at[node]) != 2:
            continue
        a, b = sorted(graph.at[node])
        first, second = graph.edges[a], graph.edges[b]
        if (first.kind, first.level, first.oneway, first.bridge) != (
            second.kind, second.level, second.oneway, second.bridge
        ):  # fmt: skip
            continue
        if first.u == first.v or second.u == second.v:
            continue
        start = first.u if first.v == node else first.v
        end = second.v if second.u == node else second.u
        if start == end:
            continue
        head = first.line if first.v == node else first.line[::-1]
        tail = second.line if second.u == node else second.line[::-1]
        longer = first if first.length_m() >= second.length_m() else second
        graph.drop(a)
        graph.drop(b)
        graph.add(Edge(u=start, v=end, line=np.vstack([head, tail[1:]]), kind=first.kind,
                       source=longer.source, level=first.level, bridge=first.bridge,
                       tunnel=first.tunnel, oneway=first.oneway))  # fmt: skip


def demote_tails(graph: Graph, kind: str, to: str) -> None:
    """Give the tails of streets of a class, past their last junction of that class, a lesser one.

    An arterial that stops at an alley is no arterial.
    """
    rank = RANK[kind]

    def ends_here(node: int) -> bool:
        if _at_frame(graph.xy[node]):
            return False
        return sum(RANK[graph.edges[e].kind] <= rank for e in graph.at[node]) == 1

    queue = sorted(e for e, edge in graph.edges.items() if edge.kind == kind)
    while queue:
        following: set[int] = set()
        for number in queue:
            edge = graph.edges[number]
            if edge.kind == kind and (ends_here(edge.u) or ends_here(edge.v)):
                edge.kind = to
                for node in (edge.u, edge.v):
                    following |= {e for e in graph.at[node] if graph.edges[e].kind == kind}
        queue = sorted(following)


def components(graph: Graph, strong: bool = False) -> tuple[dict[int, int], int]:
    """Component number of every node in use, and the number of the largest."""
    live = sorted(n for n in range(len(graph.xy)) if graph.at[n])
    index = {n: i for i, n in enumerate(live)}
    rows: list[int] = []
    columns: list[int] = []
    for number in sorted(graph.edges):
        edge = graph.edges[number]
        rows.append(index[edge.u])
        columns.append(index[edge.v])
        if not edge.oneway:
            rows.append(index[edge.v])
            columns.append(index[edge.u])
    matrix = coo_matrix((np.ones(len(rows)), (rows, columns)), shape=(len(live),) * 2)
    _, label = connected_components(
        matrix, directed=strong, connection="strong" if strong else "weak"
    )
    largest = int(np.bincount(label).argmax())
    return {n: int(label[index[n]]) for n in live}, largest


def keep_largest(graph: Graph) -> None:
    """Leave only the largest connected part."""
    label, largest = components(graph)
    for number in sorted(graph.edges):
        if label[graph.edges[number].u] != largest:
            graph.drop(number)


def thin_out(graph: Graph, rng: np.random.Generator, share_at: Floats, cell_m: float) -> None:
    """Take residential links out, more in the suburbs: T-junctions and cul-de-sacs come of it.

    `share_at` is the raster of the share of links to take. Some links are cut in the middle and
    leave a dead end with a turning place; no part is ever cut off from the rest.
    """
    taken: list[tuple[int, Edge]] = []
    for number in sorted(graph.edges):
        edge = graph.edges[number]
        draw, kind_of_cut = float(rng.random()), float(rng.random())
        if edge.kind != "residential" or edge.level != 0:
            continue
        if graph.degree(edge.u) < 3 or graph.degree(edge.v) < 3:
            continue
        x, y = edge.line[len(edge.line) // 2]
        share = share_at[int(y / cell_m), int(x / cell_m)]
        # At a crossing of four the loss of one arm is a gain; at a T it makes a bend.
        fours = (graph.degree(edge.u) >= 4) + (graph.degree(edge.v) >= 4)
        if draw > share * (0.45, 1.0, 1.5)[fours]:
            continue
        length = edge.length_m()
        graph.drop(number)
        left = -1
        if kind_of_cut < 0.62 and length > 85.0:
            stub_m = min(length * 0.72, length - 32.0)
            line = LineString(edge.line)
            if kind_of_cut < 0.31:
                part = shapely.ops.substring(line, 0.0, stub_m)
                start = edge.u
            else:
                part = shapely.ops.substring(line, length, length - stub_m)
                start = edge.v
            c = shapely.get_coordinates(part)
            end = graph.node(float(c[-1][0]), float(c[-1][1]))
            left = graph.add(Edge(u=start, v=end, line=c, kind=edge.kind, source=edge.source))
        taken.append((left, edge))
    label, largest = components(graph)
    for left, edge in taken:
        if label.get(edge.u, -1) != largest or label.get(edge.v, -1) != largest:
            if left >= 0:
                graph.drop(left)
            graph.add(edge)
    keep_largest(graph)
    _smooth(graph)
