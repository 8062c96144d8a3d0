"""Shapes a street graph: tails, links taken out, one connected whole."""

from __future__ import annotations

import numpy as np
import shapely
import shapely.ops
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from shapely.geometry import LineString

from dispatch.region.city.graph import Edge, Graph
from dispatch.region.city.plan import HEIGHT_M, RANK, WIDTH_M, Floats


def at_frame(point: tuple[float, float]) -> bool:
    x, y = point
    return x < 30 or y < 30 or x > WIDTH_M - 30 or y > HEIGHT_M - 30


def smooth(graph: Graph) -> None:
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
        if at_frame(graph.xy[node]):
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
    matrix = coo_matrix(
        (np.ones(len(rows)), (np.array(rows), np.array(columns))), shape=(len(live),) * 2
    )
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
        if kind_of_cut < 0.44 and length > 85.0:
            stub_m = min(length * 0.72, length - 32.0)
            line = LineString(edge.line)
            if kind_of_cut < 0.22:
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
    smooth(graph)
