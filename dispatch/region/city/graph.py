"""The street graph as a value: nodes, edges, and the few ways to change them."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field

import numpy as np
import shapely
import shapely.ops
from shapely.geometry import LineString

from dispatch.region.city.plan import Floats


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
        for i, (start, stop) in enumerate(itertools.pairwise(stops)):
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
