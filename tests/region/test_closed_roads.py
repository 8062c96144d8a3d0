"""Closing a road changes every time at once and exactly, without compiling the network anew."""

from __future__ import annotations

import heapq
import time
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.region.pack import Pack, open_pack
from dispatch.region.roads import RoadTimes
from dispatch.resources import resource


@cache
def city() -> Pack:
    """The built-in city."""
    return open_pack(resource("region", "builtin.region"))


def times_by_hand(roads: RoadTimes, shut: set[int], seeds: dict[int, float]) -> dict[int, float]:
    """Dijkstra over every arc of the network that is not shut, copies of split nodes included."""
    graph = roads._graph
    out: dict[int, list[tuple[int, float]]] = {}
    arcs = [(int(t), int(h), int(a)) for t, h, a in _all_arcs(roads)]
    for tail, head, arc in arcs:
        if arc not in shut and np.isfinite(graph.travel_s[arc]):
            cost = max(float(graph.travel_s[arc] + graph.delay_s[arc]), 1e-3)
            out.setdefault(tail, []).append((head, cost))
    best, heap = {}, [(cost, node) for node, cost in seeds.items()]
    heapq.heapify(heap)
    while heap:
        cost, node = heapq.heappop(heap)
        if node in best:
            continue
        best[node] = cost
        for head, more in out.get(node, ()):
            if head not in best:
                heapq.heappush(heap, (cost + more, head))
    return best


@cache
def _arcs_of_city() -> list[tuple[int, int, int]]:
    graph = RoadTimes.of(city())._graph
    rows = np.repeat(np.arange(graph.size), np.diff(graph.outward.indptr))
    chosen = zip(rows, graph.outward.indices, graph.outward.arc, strict=True)
    spare = zip(graph.spare.tail, graph.spare.head, graph.spare.arc, strict=True)
    return [*chosen, *spare]


def _all_arcs(roads: RoadTimes) -> list[tuple[int, int, int]]:
    return _arcs_of_city()


@given(st.integers(0, 2**32))
@settings(max_examples=12, deadline=None)
def test_that_times_with_closures_are_those_of_a_search_without_these_roads(seed: int) -> None:
    pack, rng = city(), np.random.default_rng(seed)
    free = RoadTimes.of(pack)
    graph, count = free._graph, len(pack.edges)
    start = int(rng.integers(count))
    while not graph.origin_edges[start]:
        start = int(rng.integers(count))
    # Parallel roads and roads near the start are the ones that are easily got wrong.
    parallel = rng.choice(np.unique(graph.spare.arc // 2), 10) if len(graph.spare.arc) else []
    rows = np.unique([*rng.integers(0, count, 300), *parallel]).astype(int)
    rows = rows[rows != start]
    kinds = rng.integers(0, 3, len(rows))
    ids = pack.edges.edge_id[rows]
    roads = free.without(
        ids[kinds == 0].tolist(), ids[kinds == 1].tolist(), ids[kinds == 2].tolist()
    )
    shut = {
        int(2 * r + s) for r, k in zip(rows, kinds, strict=True) for s in (0, 1) if k in (0, s + 1)
    }
    begin = np.asarray(pack.edge_lines()[0][pack.edge_lines()[1][start]])
    snap = roads._from.one(*begin.tolist())
    seeds: dict[int, float] = {}
    for arc, left in ((2 * snap.edge, 1 - snap.fraction), (2 * snap.edge + 1, snap.fraction)):
        if np.isfinite(roads._graph.travel_s[arc]):
            node = int(graph.head[arc])
            cost = left * float(roads._graph.travel_s[arc]) + float(graph.delay_s[arc])
            seeds[node] = min(seeds.get(node, np.inf), max(cost, 1e-9))
    expected = times_by_hand(free, shut, seeds)
    aims = rng.integers(0, count, 40)
    aims = aims[roads._graph.target_edges[aims] & (aims != snap.edge)]
    points = np.array([pack.edge_lines()[0][pack.edge_lines()[1][aim]] for aim in aims])
    ends = roads._to.many(points)
    found = roads.times_from(snap, ends)
    for i in range(len(points)):
        edge, share = int(ends.edge[i]), float(ends.fraction[i])
        if edge == snap.edge:
            continue
        ways = [
            expected.get(node, np.inf) + part * float(roads._graph.travel_s[arc])
            for arc, part in ((2 * edge, share), (2 * edge + 1, 1 - share))
            if np.isfinite(roads._graph.travel_s[arc])
            for node in graph.entries(arc)
        ]
        assert found[i] == pytest.approx(min(ways, default=np.inf), abs=1e-3)


@given(st.integers(0, 2**32))
@settings(max_examples=10, deadline=None)
def test_that_no_route_leads_through_a_closed_road(seed: int) -> None:
    pack, rng = city(), np.random.default_rng(seed)
    free = RoadTimes.of(pack)
    nodes = np.asarray(pack.nodes.lonlat)
    a, b = (tuple(nodes[i].tolist()) for i in rng.integers(0, len(nodes), 2))
    route = free.route(a, b)
    if route is None or len(route.edges) < 5:
        return
    inner = list(dict.fromkeys(route.edges[1:-1]))
    shut_rows = {inner[i] for i in rng.integers(0, len(inner), 3)}
    ids = [int(pack.edges.edge_id[row]) for row in shut_rows]
    round_it = free.without(ids).route(a, b)
    if round_it is None:
        return
    assert not shut_rows & set(round_it.edges[1:-1])
    assert round_it.seconds >= route.seconds - 1e-6


def test_that_opening_again_gives_the_old_times_back() -> None:
    free = RoadTimes.of(city())
    ids = city().edges.edge_id[:50].tolist()
    assert free.without(ids).without([]) is free.without(ids)
    assert free.without([]) is free


def test_that_a_crew_leaves_a_closed_road_and_gets_to_what_happened_on_it() -> None:
    """A crash closes the street: those who go there do not end in the next one."""
    pack = city()
    free = RoadTimes.of(pack)
    lengths = pack.edges.length_m
    row = next(
        r
        for r in range(len(pack.edges))
        if free._graph.origin_edges[r] and free._graph.target_edges[r] and 150 < lengths[r] < 250
    )
    middle, _ = free._shapes.part(row, 0.5, 0.5)
    on_it = tuple(middle[0].tolist())
    shut = free.without([int(pack.edges.edge_id[row])])
    far = tuple(np.asarray(pack.nodes.lonlat)[len(pack.nodes) // 2].tolist())
    there, back = shut.route(far, on_it), shut.route(on_it, far)
    assert there is not None and there.edges[-1] == row
    assert back is not None and back.edges[0] == row
    # But nobody drives through it.
    assert np.isinf(shut.reach([far], 1e6)[row]).all()


def test_that_one_direction_closed_leaves_the_other_open() -> None:
    pack = city()
    free = RoadTimes.of(pack)
    both = np.isfinite(free._graph.travel_s.reshape(-1, 2)).all(axis=1)
    row = int(np.flatnonzero(both & (pack.edges.length_m > 150))[0])
    edge_id = int(pack.edges.edge_id[row])
    line, _ = free._shapes.part(row, 0.2, 0.8)
    a, b = tuple(line[0].tolist()), tuple(line[-1].tolist())
    shut = free.without([], along=[edge_id])
    assert shut.many_to_one([b], a)[0] == pytest.approx(free.many_to_one([b], a)[0])
    assert shut.many_to_one([a], b)[0] > free.many_to_one([a], b)[0]


def test_that_closing_a_road_takes_no_compiling() -> None:
    pack = city()
    free = RoadTimes.of(pack)
    nodes = np.asarray(pack.nodes.lonlat)
    took = []
    for k in range(5):
        ids = pack.edges.edge_id[100 * k : 100 * k + 12].tolist()
        began = time.perf_counter()
        free.without(ids).many_to_one(nodes[:100], tuple(nodes[-1 - k].tolist()))
        took.append(time.perf_counter() - began)
    assert min(took) < 0.15
