"""The steps that the city is made by."""

from __future__ import annotations

import numpy as np
import pytest

from dispatch.region.city.buildings import halved
from dispatch.region.city.demand import HOURS, PATTERNS, curve, demand_table
from dispatch.region.city.graph import Edge, Graph
from dispatch.region.city.noding import Drawn, build_graph
from dispatch.region.city.plan import METRES_PER_DEG_LAT, METRES_PER_DEG_LON, spline, to_degrees
from dispatch.region.city.services import Zone, p_median
from dispatch.region.city.terrain import make_terrain
from dispatch.region.city.trimming import components, demote_tails


def _edge(graph: Graph, u: int, v: int, kind: str = "residential", oneway: bool = False) -> int:
    line = np.array([graph.xy[u], graph.xy[v]])
    return graph.add(Edge(u=u, v=v, line=line, kind=kind, source=0, oneway=oneway))


def test_that_the_land_is_the_same_for_the_same_seed() -> None:
    first, second = make_terrain(5), make_terrain(5)
    assert first.lake.wkb == second.lake.wkb
    assert first.river.wkb == second.river.wkb
    assert np.array_equal(first.height_m, second.height_m)
    assert make_terrain(6).lake.wkb != first.lake.wkb


def test_that_the_island_lies_in_the_river() -> None:
    terrain = make_terrain(5)
    assert terrain.island.area > 2e5
    assert not terrain.river.contains(terrain.island.representative_point())
    assert terrain.river.union(terrain.island).contains(terrain.island)


def test_that_metres_become_degrees_true_to_scale() -> None:
    a, b = to_degrees(np.array([[0.0, 0.0], [1_000.0, 2_000.0]]))
    assert (b[0] - a[0]) * METRES_PER_DEG_LON == pytest.approx(1_000.0)
    assert (b[1] - a[1]) * METRES_PER_DEG_LAT == pytest.approx(2_000.0)


def test_that_a_spline_goes_through_its_points() -> None:
    course = spline(((0.0, 0.0), (500.0, 200.0), (1_000.0, 0.0)))
    assert np.hypot(*(course - np.array([500.0, 200.0])).T).min() < 1.0


def test_that_a_loose_end_joins_the_street_ahead(tarvelin: object) -> None:
    import shapely

    drawn = [
        Drawn(kind="tertiary", line=np.array([[0.0, 0.0], [1_000.0, 0.0]])),
        Drawn(kind="residential", line=np.array([[300.0, 400.0], [300.0, 60.0]])),
        Drawn(kind="residential", line=np.array([[700.0, 400.0], [700.0, -300.0]])),
        Drawn(kind="residential", line=np.array([[200.0, 380.0], [800.0, 380.0]])),
    ]
    frame = shapely.box(-2_000, -2_000, 3_000, 3_000)
    graph = build_graph(drawn, shapely.Point(-5_000, -5_000).buffer(1.0), [], frame)
    places = [graph.xy[n] for n in range(len(graph.xy)) if len(graph.at[n]) >= 3]
    assert any(np.hypot(x - 300, y) < 2 for x, y in places)


def test_that_an_arterial_never_ends_at_an_alley() -> None:
    graph = Graph()
    a, b, c, d = (graph.node(x, 5_000.0) for x in (1_000.0, 2_000.0, 3_000.0, 4_000.0))
    first, second = _edge(graph, a, b, "primary"), _edge(graph, b, c, "secondary")
    _edge(graph, c, d)
    demote_tails(graph, "secondary", "tertiary")
    assert graph.edges[second].kind == "tertiary"
    assert graph.edges[first].kind == "primary"


def test_that_one_way_streets_count_for_strong_parts() -> None:
    graph = Graph()
    a, b, c = (graph.node(float(x), 0.0) for x in (0, 100, 200))
    _edge(graph, a, b)
    _edge(graph, b, c, oneway=True)
    label, largest = components(graph, strong=True)
    assert label[a] == label[b] == largest
    assert label[c] != largest


def test_that_p_median_finds_the_best_sites() -> None:
    rng = np.random.default_rng(3)
    demands = rng.uniform(0, 1, (60, 2))
    sites = rng.uniform(0, 1, (14, 2))
    cost = np.hypot(*(sites[:, None] - demands[None]).transpose(2, 0, 1))
    found = p_median(cost, np.ones(60), 2)
    best = min(
        np.minimum(cost[i], cost[j]).sum() for i in range(14) for j in range(i + 1, 14)
    )  # fmt: skip
    assert cost[found].min(axis=0).sum() == pytest.approx(best)


@pytest.mark.parametrize(("length", "lot", "least", "most"), [(20, 17, 1, 1), (200, 46, 3, 5),
                                                            (1_000, 28, 30, 42)])  # fmt: skip
def test_that_lots_come_out_near_their_wanted_breadth(
    length: float, lot: float, least: int, most: int
) -> None:
    assert least <= halved(length, lot) <= most


def test_that_demand_keeps_its_mean_and_follows_the_day() -> None:
    zones = [
        Zone(zone_id=1, x=8_000.0, y=11_000.0, people=30_000.0, workers=5_000.0),
        Zone(zone_id=2, x=9_000.0, y=8_000.0, people=2_000.0, workers=20_000.0),
    ]
    table = demand_table(zones, 10.0, {})
    rate = table["calls_per_hour"].to_numpy()
    assert rate.sum() / HOURS == pytest.approx(10.0, rel=0.01)
    hour = table["hour"].to_numpy()
    assert rate[hour % 24 == 4].sum() < 0.6 * rate[hour % 24 == 17].sum()
    home = table["zone_id"].to_numpy() == 1
    night, noon = hour == 3, hour == 24 + 12
    assert (rate[home & noon].sum() / rate[noon].sum()) < (
        rate[home & night].sum() / rate[night].sum()
    )


def test_that_every_curve_has_a_mean_of_one() -> None:
    assert sum(p.share for p in PATTERNS.values()) == pytest.approx(1.0)
    for pattern in PATTERNS.values():
        assert curve(pattern).shape == (HOURS,)
        assert curve(pattern).mean() == pytest.approx(1.0)
