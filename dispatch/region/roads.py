"""How long it takes on the road: exact shortest times, mid-edge, one-ways and turn bans kept."""

from __future__ import annotations

import copy
import threading
import weakref
import zoneinfo
from collections import OrderedDict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from dispatch.domain.message import Problem
from dispatch.region.closed_graph import close_arcs
from dispatch.region.conditions import NO_HOLIDAYS, Calendar
from dispatch.region.pack import Pack
from dispatch.region.profiles import road_table
from dispatch.region.road_graph import Csr, RoadGraph, compile_graph
from dispatch.region.road_rules import RuleBook
from dispatch.region.snapping import Snap, Snapper, Snaps, edge_shapes

Floats = NDArray[np.float64]
Index = NDArray[np.int32]
Ints = NDArray[np.int64]

#: Trees of recent targets are kept up to this many bytes: five candidates ask for one incident.
_TREES_BYTES = 48 * 1024**2


@dataclass(frozen=True)
class Route:
    """A way to drive. `line` (m, 2) degrees lies on the road; `at_s` (m,) is the time at each
    vertex, so that a vehicle can be driven along it (a vertex stands twice where it waits).
    `seconds` is the median, `seconds_p90` what nine of ten trips stay under."""

    seconds: float
    seconds_p90: float
    metres: float
    line: Floats
    at_s: Floats
    edges: tuple[int, ...]

    def at(self, t_s: float) -> tuple[float, float]:
        """Where a vehicle is `t_s` seconds after it started: longitude, latitude."""
        return (
            float(np.interp(t_s, self.at_s, self.line[:, 0])),
            float(np.interp(t_s, self.at_s, self.line[:, 1])),
        )


class _Tree:
    """Times from every node to one target; `follow` is the next node on the way; `via` tells by
    which arc the target's edge is entered from each of its entry nodes, and at what cost."""

    def __init__(self, dist: Floats, follow: Index, via: dict[int, tuple[float, int]]) -> None:
        self.dist = dist
        self.follow = follow
        self.via = via
        self._slow: Floats | None = None

    def slow(self, graph: RoadGraph) -> Floats:
        """P90 seconds from every node: class ratios summed along the median's own way."""
        if self._slow is None:
            size = graph.size
            slow, following = np.full(size + 1, np.inf), np.full(size + 1, size)
            slow[size] = 0.0
            rows = np.flatnonzero((self.follow >= 0) & (self.follow < size))
            following[rows] = self.follow[rows]
            entry = graph.outward.positions(rows, self.follow[rows])
            arc = graph.outward.arc[entry]
            slow[rows] = graph.outward.weight[entry] * graph.ratio[arc // 2]
            for node, (cost, arc_in) in self.via.items():
                if self.follow[node] == size:
                    slow[node] = cost * graph.ratio[arc_in // 2]
            # Each round doubles how far ahead a node has summed.
            while (following != size).any():
                slow += np.where(following == size, 0.0, slow[following])
                following = following[following]
            self._slow = slow[:size]
        return self._slow


class RoadTimes:
    """Road times of one pack in one profile. Made by `RoadTimes.of`; safe to share by threads.

    Points are (longitude, latitude) in degrees. The way from a road to a door is not counted.
    Times are medians by class speeds, not calibrated (`calibrated` says so).
    """

    def __init__(
        self,
        pack: Pack,
        profile: str,
        in_force: frozenset[int] | None = None,
    ) -> None:
        self.pack = pack
        self.profile = profile
        #: What is closed: twice the id of an edge along its geometry, one more against it.
        self.closed: frozenset[int] = frozenset()
        #: Positions of the edges of which a direction or both are closed.
        self.closed_rows: frozenset[int] = frozenset()
        #: Which of the pack's rules by time and driver are kept to (`RuleBook.in_force`).
        self.in_force = RuleBook.of(pack).in_force(profile, None) if in_force is None else in_force
        self.calibrated = road_table().calibrated
        self._graph: RoadGraph = compile_graph(pack, profile, self.in_force)
        self._shapes = edge_shapes(pack)
        self._from = Snapper(self._shapes, self._graph.origin_edges)
        same = np.array_equal(self._graph.origin_edges, self._graph.target_edges)
        self._to = self._from if same else Snapper(self._shapes, self._graph.target_edges)
        if not len(self._from) or not len(self._to):
            raise Problem("region.no_roads", file=str(pack.path))
        self._trees: OrderedDict[tuple[int, float], _Tree] = OrderedDict()
        self._most_trees = max(4, _TREES_BYTES // (12 * self._graph.size + 1))
        self._lock = threading.Lock()
        self._free = self
        self._shut: OrderedDict[frozenset[int], RoadTimes] = OrderedDict()

    @classmethod
    def of(cls, pack: Pack, profile: str = "lights") -> RoadTimes:
        """The times of a pack, compiled once for each profile ("lights" or "normal"), without
        the rules that hold at some times only: see `at`."""
        made = _made.setdefault(pack, {})
        if profile not in made:
            made[profile] = cls(pack, profile)
        return made[profile]

    def at(self, local: datetime, calendar: Calendar = NO_HOLIDAYS) -> RoadTimes:
        """The same at a local time of the region: streets closed by the hour, school limits,
        turns banned in the rush hour. `local` with a time zone is turned into the region's.

        Itself where the same rules hold; others are compiled when first asked for (tens of
        milliseconds for a city) and the latest few kept.
        """
        if local.tzinfo is not None:
            local = local.astimezone(zoneinfo.ZoneInfo(self.pack.time_zone))
        in_force = RuleBook.of(self.pack).in_force(self.profile, local, calendar)
        if in_force == self.in_force:
            return self
        key = (self.profile, in_force)
        kept = _timed.setdefault(self.pack, OrderedDict())
        found = kept.pop(key, None) or RoadTimes(self.pack, self.profile, in_force)
        kept[key] = found
        while len(kept) > _MOST_TIMED:
            kept.popitem(last=False)
        return found._closing(self.closed)

    def without(
        self,
        edge_ids: Collection[int],
        along: Collection[int] = (),
        against: Collection[int] = (),
    ) -> RoadTimes:
        """The same with further edges closed (ids of the pack; others are passed over): both ways,
        or only `along` or `against` their geometry.

        A closed edge is not driven through; a trip may begin or end on it, as far as it joins an
        open road: a crew leaves it, and goes to what happened there. Takes some milliseconds for
        a city, for the network is not compiled anew; the latest few are kept.
        """
        both = {2 * edge + side for edge in edge_ids for side in (0, 1)}
        one = {2 * edge for edge in along} | {2 * edge + 1 for edge in against}
        return self._free._closing(self.closed | both | one)

    def _closing(self, closed: frozenset[int]) -> RoadTimes:
        """These roads with exactly `closed` closed; `self` has nothing closed."""
        if not closed:
            return self
        with self._lock:
            found = self._shut.pop(closed, None) or self._without_arcs(closed)
            self._shut[closed] = found
            while len(self._shut) > _MOST_SHUT:
                self._shut.popitem(last=False)
        return found

    def _without_arcs(self, closed: frozenset[int]) -> RoadTimes:
        ids = np.fromiter(closed, dtype=np.int64)
        row = np.searchsorted(self.pack.edges.edge_id, ids // 2)
        row = np.minimum(row, len(self.pack.edges) - 1)
        known = self.pack.edges.edge_id[row] == ids // 2
        shut = np.zeros(2 * len(self.pack.edges), dtype=bool)
        shut[2 * row[known] + ids[known] % 2] = True
        fewer = copy.copy(self)
        fewer.closed, fewer.closed_rows = closed, frozenset(row[known].tolist())
        fewer._graph = close_arcs(self._graph, shut)
        fewer._from = self._from.within(fewer._graph.origin_edges)
        fewer._to = self._to.within(fewer._graph.target_edges)
        if not len(fewer._from) or not len(fewer._to):
            raise Problem("region.no_roads", file=str(self.pack.path))
        fewer._trees, fewer._lock = OrderedDict(), threading.Lock()
        fewer._shut = OrderedDict()
        return fewer

    def snap(self, lon: float, lat: float) -> Snap:
        """The nearest place on a road that can be driven to."""
        return self._to.one(lon, lat)

    def snap_origins(self, origins: ArrayLike) -> Snaps:
        """(n, 2) points -> places on roads to start from, to be kept for points that stand."""
        return self._from.many(_points(origins))

    def many_to_one(self, origins: ArrayLike | Snaps, target: Sequence[float]) -> Floats:
        """Seconds (n,) from each origin (n, 2) to one target, inf where there is no way."""
        starts = origins if isinstance(origins, Snaps) else self.snap_origins(origins)
        return self.times_to(starts, self.snap(float(target[0]), float(target[1])))

    def many_to_one_band(
        self, origins: ArrayLike | Snaps, target: Sequence[float]
    ) -> tuple[Floats, Floats]:
        """Median and P90 seconds (n,), (n,): P90 by class ratios along the median's own way."""
        starts = origins if isinstance(origins, Snaps) else self.snap_origins(origins)
        end = self.snap(float(target[0]), float(target[1]))
        graph, tree = self._graph, self._tree(end)
        slow_from = tree.slow(graph)
        p50, p90 = np.full(len(starts), np.inf), np.full(len(starts), np.inf)
        for arc, left in _ways_out(starts):
            whole = graph.travel_s[arc]
            ok = np.isfinite(whole)
            first = np.where(ok, left * np.where(ok, whole, 0) + graph.delay_s[arc], np.inf)
            total = first + tree.dist[graph.head[arc]]
            better = total < p50
            p50[better] = total[better]
            late = first * graph.ratio[starts.edge] + slow_from[graph.head[arc]]
            p90[better] = late[better]
        for i in np.flatnonzero(starts.edge == end.edge):
            straight = self._along(float(starts.fraction[i]), end)[0]
            if straight <= p50[i]:
                p50[i], p90[i] = straight, straight * graph.ratio[end.edge]
        return p50, p90

    def one_to_many(self, origin: Sequence[float], targets: ArrayLike) -> Floats:
        """Seconds (n,) from one origin to each target (n, 2), inf where there is no way."""
        start = self._from.one(float(origin[0]), float(origin[1]))
        return self.times_from(start, self._to.many(_points(targets)))

    def matrix(self, origins: ArrayLike, targets: ArrayLike) -> Floats:
        """Seconds (n, m) from each origin to each target."""
        starts, ends = self.snap_origins(origins), self._to.many(_points(targets))
        if len(starts) < len(ends):
            rows = [self.times_from(_nth(starts, i), ends) for i in range(len(starts))]
            return np.array(rows).reshape(len(starts), len(ends))
        columns = [self.times_to(starts, _nth(ends, j)) for j in range(len(ends))]
        return np.array(columns).reshape(len(ends), len(starts)).T

    def reach(self, origins: ArrayLike, limit_s: float) -> Floats:
        """Seconds (edges, 2) to the start and the end of every edge of the pack from the nearest
        of some origins (n, 2); inf beyond `limit_s`. For reach-time and cover layers."""
        graph, starts = self._graph, self.snap_origins(origins)
        seeds: dict[int, float] = {}
        for arcs, left in _ways_out(starts):
            for arc, share in zip(arcs.tolist(), left.tolist(), strict=True):
                if np.isfinite(graph.travel_s[arc]):
                    cost = share * float(graph.travel_s[arc]) + float(graph.delay_s[arc])
                    node = int(graph.head[arc])
                    seeds[node] = min(seeds.get(node, np.inf), cost)
        dist, _ = _search(graph.outward, graph.size, seeds, limit_s)
        for node, copies in graph.copies.items():
            dist[node] = min(dist[node], *(dist[copy] for copy, _ in copies))
        ends: Floats = dist[graph.tail].reshape(-1, 2)
        ends[graph.closed_edges] = np.inf
        return ends

    def times_to(self, starts: Snaps, end: Snap) -> Floats:
        """Seconds (n,) between places on roads."""
        graph, dist = self._graph, self._tree(end).dist
        seconds = np.full(len(starts), np.inf)
        for arc, left in _ways_out(starts):
            whole = graph.travel_s[arc]
            ok = np.isfinite(whole)
            first = left[ok] * whole[ok] + graph.delay_s[arc[ok]]
            seconds[ok] = np.minimum(seconds[ok], first + dist[graph.head[arc[ok]]])
        for i in np.flatnonzero(starts.edge == end.edge):
            seconds[i] = min(seconds[i], self._along(float(starts.fraction[i]), end)[0])
        return seconds

    def times_from(self, start: Snap, ends: Snaps) -> Floats:
        """Seconds (n,) from one place on a road to many."""
        graph = self._graph
        seeds: dict[int, float] = {}
        for arc, left in _ways_out_of(start):
            if np.isfinite(graph.travel_s[arc]):
                cost = left * graph.travel_s[arc] + graph.delay_s[arc]
                node = int(graph.head[arc])
                seeds[node] = min(seeds.get(node, np.inf), cost)
        dist, _ = _search(graph.outward, graph.size, seeds)
        seconds = np.full(len(ends), np.inf)
        for side, share in ((0, ends.fraction), (1, 1.0 - ends.fraction)):
            arcs = 2 * ends.edge + side
            ok = np.isfinite(graph.travel_s[arcs])
            entry = dist[graph.tail[arcs]]
            for i in np.flatnonzero(np.isin(graph.tail[arcs], list(graph.copies))):
                entry[i] = min(dist[node] for node in graph.entries(int(arcs[i])))
            last = share[ok] * graph.travel_s[arcs[ok]]
            seconds[ok] = np.minimum(seconds[ok], entry[ok] + last)
        for i in np.flatnonzero(ends.edge == start.edge):
            end = Snap(start.edge, float(ends.fraction[i]), 0.0, 0.0, 0.0)
            seconds[i] = min(seconds[i], self._along(start.fraction, end)[0])
        return seconds

    def route(self, origin: Sequence[float], target: Sequence[float]) -> Route | None:
        """The fastest way to drive, None where there is none."""
        start = self._from.one(float(origin[0]), float(origin[1]))
        end = self.snap(float(target[0]), float(target[1]))
        parts = self._parts(start, end)
        return None if parts is None else self._drawn(parts)

    def _along(self, fraction: float, end: Snap) -> tuple[float, int]:
        """Seconds and arc straight along one edge; inf where one would have to turn back."""
        arc = 2 * end.edge if end.fraction >= fraction else 2 * end.edge + 1
        whole = self._graph.travel_s[arc]
        gap = abs(end.fraction - fraction)
        if gap == 0.0:
            # Standing on the spot, in whichever direction the edge may be driven.
            return 0.0, arc if np.isfinite(whole) else arc ^ 1
        return (gap * whole if np.isfinite(whole) else np.inf), arc

    def _tree(self, end: Snap) -> _Tree:
        key = (end.edge, end.fraction)
        with self._lock:
            if key in self._trees:
                self._trees.move_to_end(key)
                return self._trees[key]
        graph = self._graph
        via: dict[int, tuple[float, int]] = {}
        for arc, share in ((2 * end.edge, end.fraction), (2 * end.edge + 1, 1 - end.fraction)):
            if np.isfinite(graph.travel_s[arc]):
                cost = share * float(graph.travel_s[arc])
                for node in graph.entries(arc):
                    via[node] = min(via.get(node, (np.inf, -1)), (cost, arc))
        dist, follow = _search(graph.inward, graph.size, {n: cost for n, (cost, _) in via.items()})
        tree = _Tree(dist, follow, via)
        with self._lock:
            self._trees[key] = tree
            while len(self._trees) > self._most_trees:
                self._trees.popitem(last=False)
        return tree

    def _parts(self, start: Snap, end: Snap) -> list[tuple[int, float, float]] | None:
        """The fastest way as (arc, share from, share to) along each arc's own direction."""
        graph, tree = self._graph, self._tree(end)
        best, first = np.inf, -1
        for arc, left in _ways_out_of(start):
            if np.isfinite(graph.travel_s[arc]):
                cost = left * graph.travel_s[arc] + graph.delay_s[arc] + tree.dist[graph.head[arc]]
                if cost < best:
                    best, first = float(cost), arc
        if start.edge == end.edge:
            straight, arc = self._along(start.fraction, end)
            if straight <= best and np.isfinite(straight):
                a, b = (
                    (start.fraction, end.fraction)
                    if arc % 2 == 0
                    else (
                        1 - start.fraction,
                        1 - end.fraction,
                    )
                )
                return [(arc, a, b)]
        if not np.isfinite(best):
            return None
        begun = start.fraction if first % 2 == 0 else 1 - start.fraction
        parts = [(first, begun, 1.0)]
        node = int(graph.head[first])
        while (following := int(tree.follow[node])) < graph.size:
            entry = graph.outward.positions(np.array([node]), np.array([following]))
            parts.append((int(graph.outward.arc[entry[0]]), 0.0, 1.0))
            node = following
        last = tree.via[node][1]
        parts.append((last, 0.0, end.fraction if last % 2 == 0 else 1 - end.fraction))
        return parts

    def _drawn(self, parts: list[tuple[int, float, float]]) -> Route:
        graph, lengths = self._graph, self.pack.edges.length_m
        lines, times, clock, metres, slow = [], [], 0.0, 0.0, 0.0
        for number, (arc, begin, finish) in enumerate(parts):
            edge, back = divmod(arc, 2)
            a, b = (1 - begin, 1 - finish) if back else (begin, finish)
            points, shares = self._shapes.part(edge, a, b)
            spent = np.abs(shares - a) * graph.travel_s[arc]
            lines.append(points)
            times.append(clock + spent)
            clock += float(spent[-1])
            metres += abs(finish - begin) * float(lengths[edge])
            ratio = float(graph.ratio[edge])
            slow += float(spent[-1]) * ratio
            if number < len(parts) - 1 and graph.delay_s[arc] > 0:
                clock += float(graph.delay_s[arc])
                slow += float(graph.delay_s[arc]) * ratio
                lines.append(points[-1:])
                times.append(np.array([clock]))
        line, at_s = np.concatenate(lines), np.concatenate(times)
        keep = np.ones(len(line), dtype=bool)
        keep[1:] = (np.diff(line, axis=0) != 0).any(axis=1) | (np.diff(at_s) > 0)
        keep[-1] = True
        edges = tuple(arc // 2 for arc, _, _ in parts)
        return Route(clock, slow, metres, line[keep], at_s[keep], edges)


_made: weakref.WeakKeyDictionary[Pack, dict[str, RoadTimes]] = weakref.WeakKeyDictionary()
_Key = tuple[str, frozenset[int]]
_timed: weakref.WeakKeyDictionary[Pack, OrderedDict[_Key, RoadTimes]] = weakref.WeakKeyDictionary()
#: Networks of other hours that are kept: a day has few sets of rules.
_MOST_TIMED = 6
#: Networks with other closures that are kept: undo, and a closure that was taken back at once.
_MOST_SHUT = 3


def _points(values: ArrayLike) -> Floats:
    return np.asarray(values, dtype=np.float64).reshape(-1, 2)


def _nth(snaps: Snaps, i: int) -> Snap:
    return Snap(int(snaps.edge[i]), float(snaps.fraction[i]), 0.0, 0.0, float(snaps.distance_m[i]))


def _ways_out(starts: Snaps) -> tuple[tuple[Ints, Floats], tuple[Ints, Floats]]:
    """The two arcs of each start's edge and the share of it that is still to drive."""
    return (2 * starts.edge, 1.0 - starts.fraction), (2 * starts.edge + 1, starts.fraction)


def _ways_out_of(start: Snap) -> tuple[tuple[int, float], tuple[int, float]]:
    return (2 * start.edge, 1.0 - start.fraction), (2 * start.edge + 1, start.fraction)


def _search(
    graph: Csr, size: int, seeds: dict[int, float], limit_s: float = np.inf
) -> tuple[Floats, Index]:
    """Dijkstra from a node beside the graph joined to each seed at its cost.

    Returns times (size,) and, for each node, the node before it; that is `size` for a seed
    reached directly, and negative where nothing leads.
    """
    nodes = np.array(sorted(seeds), dtype=np.int32)
    costs = np.array([max(seeds[int(node)], 1e-9) for node in nodes])
    indices = np.concatenate([graph.indices, nodes])
    weight = np.concatenate([graph.weight, costs])
    indptr = np.append(graph.indptr, np.int32(len(indices)))
    matrix = csr_array((weight, indices, indptr), shape=(size + 1, size + 1))
    dist, before = dijkstra(matrix, indices=size, return_predecessors=True, limit=limit_s)  # type: ignore[call-overload]
    return dist.ravel()[:size], before.ravel()[:size]
