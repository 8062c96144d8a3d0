"""How long it takes to every place on every road at once: from where units stand, or to one place.

The times are the exact ones of `RoadTimes` (mid-edge, one-ways, turn bans, closed roads), kept as
two straight lines an edge, so that a place anywhere on it costs two multiplications.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dispatch.region.road_graph import RoadGraph
from dispatch.region.roads import RoadTimes, _search
from dispatch.region.snapping import Snap

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class _Direct:
    """An edge on which a search begins or ends: seconds straight along it, from or to `share`."""

    edge: int
    share: float
    ready_s: float
    rising_s: float
    falling_s: float

    def at(self, share: Floats) -> Floats:
        gap = share - self.share
        whole = np.where(gap >= 0, self.rising_s, self.falling_s)
        here = np.isclose(gap, 0.0)
        seconds: Floats = self.ready_s + np.where(here, 0.0, np.abs(gap) * whole)
        return seconds


@dataclass(frozen=True)
class EdgeTimes:
    """Seconds at any place on the roads of a pack; inf where nothing leads.

    `base` and `slope` (edges, 2): by one end and by the other, `base + slope * share`.
    """

    base: Floats
    slope: Floats
    direct: tuple[_Direct, ...] = ()

    def at(self, edge: Ints, share: Floats) -> Floats:
        """(n,) seconds at shares (n,) of edges (n,), as positions in the pack."""
        seconds: Floats = np.minimum(
            self.base[edge, 0] + self.slope[edge, 0] * share,
            self.base[edge, 1] + self.slope[edge, 1] * share,
        )
        if self.direct:
            # Few edges hold an origin; their places are found by one sorted look-up.
            order = np.argsort(edge, kind="stable")
            ranked = edge[order]
            for way in self.direct:
                a, b = np.searchsorted(ranked, [way.edge, way.edge + 1])
                rows = order[a:b]
                seconds[rows] = np.minimum(seconds[rows], way.at(share[rows]))
        return seconds


def reach_from(
    roads: RoadTimes, origins: ArrayLike, ready_s: ArrayLike, limit_s: float
) -> EdgeTimes:
    """From the nearest in time of several origins (n, 2), longitude and latitude.

    Closed roads count as reached by nobody: homes behind a barrier are not covered.

    `ready_s` (n,) is spent at each origin before it drives. Beyond `limit_s` times are inf, except
    on the edges that are entered before it.
    """
    graph = roads._graph
    starts = roads.snap_origins(origins)
    ready = np.asarray(ready_s, dtype=np.float64)
    seeds: dict[int, float] = {}
    direct = []
    for i in range(len(starts)):
        edge, share, wait = int(starts.edge[i]), float(starts.fraction[i]), float(ready[i])
        forward, backward = graph.travel_s[2 * edge], graph.travel_s[2 * edge + 1]
        direct.append(_Direct(edge, share, wait, float(forward), float(backward)))
        for arc, left in ((2 * edge, 1.0 - share), (2 * edge + 1, share)):
            if np.isfinite(graph.travel_s[arc]):
                cost = wait + left * float(graph.travel_s[arc]) + float(graph.delay_s[arc])
                node = int(graph.head[arc])
                seeds[node] = min(seeds.get(node, np.inf), cost)
    if not seeds:
        return _nothing(graph)
    dist, _ = _search(graph.outward, graph.size, seeds, limit_s)
    enter = dist[graph.tail]
    if graph.copies:
        split = np.fromiter(graph.copies, dtype=np.int64)
        for arc in np.flatnonzero(np.isin(graph.tail, split)).tolist():
            enter[arc] = min(dist[node] for node in graph.entries(arc))
    whole = graph.through_s.reshape(-1, 2)
    drivable = np.isfinite(whole)
    finite = np.where(drivable, whole, 0.0)
    enter = np.where(drivable, enter.reshape(-1, 2), np.inf)
    base = np.column_stack([enter[:, 0], enter[:, 1] + finite[:, 1]])
    return EdgeTimes(base, np.column_stack([finite[:, 0], -finite[:, 1]]), tuple(direct))


def reach_to(roads: RoadTimes, target: tuple[float, float]) -> EdgeTimes:
    """From everywhere to one place (longitude, latitude)."""
    graph = roads._graph
    end: Snap = roads.snap(target[0], target[1])
    dist = roads._tree(end).dist
    leave = (dist[graph.head] + graph.delay_s).reshape(-1, 2)
    whole = graph.through_s.reshape(-1, 2)
    drivable = np.isfinite(whole)
    finite = np.where(drivable, whole, 0.0)
    leave = np.where(drivable, leave, np.inf)
    base = np.column_stack([leave[:, 0] + finite[:, 0], leave[:, 1]])
    forward, backward = graph.travel_s.reshape(-1, 2)[end.edge]
    # Before the target one drives forward to it, beyond it backward.
    direct = _Direct(end.edge, end.fraction, 0.0, float(backward), float(forward))
    return EdgeTimes(base, np.column_stack([-finite[:, 0], finite[:, 1]]), (direct,))


def _nothing(graph: RoadGraph) -> EdgeTimes:
    size = len(graph.travel_s) // 2
    return EdgeTimes(np.full((size, 2), np.inf), np.zeros((size, 2)))
