"""Reach over the whole network is the same as the times of single trips."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import numpy as np
import pytest

from dispatch.region.ground import Ground, ground_of, to_degrees, to_world
from dispatch.region.pack import Pack, open_pack
from dispatch.region.people import AGENCY, BUILDINGS, people_of
from dispatch.region.reaching import reach_from, reach_to
from dispatch.region.roads import RoadTimes
from dispatch.resources import resource


def finished(steps: Generator[float, None, Any]) -> Any:
    """The value of a generator that works in steps."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


@pytest.fixture(scope="module")
def city() -> Pack:
    return open_pack(resource("region", "builtin.region"))


@pytest.fixture(scope="module")
def ground(city: Pack) -> Ground:
    made: Ground = finished(ground_of(city))
    return made


def points_in(pack: Pack, count: int, seed: int) -> np.ndarray:
    west, south, east, north = pack.bounds
    rng = np.random.default_rng(seed)
    return np.column_stack([rng.uniform(west, east, count), rng.uniform(south, north, count)])


def closed(roads: RoadTimes, share: float) -> RoadTimes:
    ids = roads.pack.edges.edge_id
    rng = np.random.default_rng(5)
    return roads.without(rng.choice(ids, int(len(ids) * share), replace=False).tolist())


def is_closed(roads: RoadTimes) -> np.ndarray:
    """Which edges are shown as reached by nobody, though a trip may end on them."""
    return np.isin(np.arange(len(roads.pack.edges)), list(roads.closed_rows))


@pytest.mark.parametrize("shut", [0.0, 0.03])
def test_that_reach_from_many_is_the_best_of_single_trips(city, shut):
    roads = RoadTimes.of(city)
    roads = closed(roads, shut) if shut else roads
    origins, targets = points_in(city, 4, 1), points_in(city, 800, 2)
    ready = np.array([0.0, 60.0, 10.0, 120.0])
    times = reach_from(roads, origins, ready, np.inf)
    ends = roads._to.many(targets)
    found = times.at(ends.edge, ends.fraction)
    each = [roads.one_to_many(o, targets) + wait for o, wait in zip(origins, ready, strict=True)]
    best = np.where(is_closed(roads)[ends.edge], np.inf, np.min(each, axis=0))
    there = np.isfinite(best)
    assert np.array_equal(np.isfinite(found), there)
    assert np.abs(found[there] - best[there]).max() < 1e-6


@pytest.mark.parametrize("shut", [0.0, 0.03])
def test_that_reach_to_a_place_is_the_time_from_everywhere(city, shut):
    roads = RoadTimes.of(city)
    roads = closed(roads, shut) if shut else roads
    origins = points_in(city, 800, 3)
    target = tuple(points_in(city, 1, 4)[0])
    starts = roads.snap_origins(origins)
    found = reach_to(roads, target).at(starts.edge, starts.fraction)
    ways = roads.many_to_one(origins, target)
    elsewhere = starts.edge != roads.snap(*target).edge
    wanted = np.where(is_closed(roads)[starts.edge] & elsewhere, np.inf, ways)
    there = np.isfinite(wanted)
    assert np.array_equal(np.isfinite(found), there)
    assert np.abs(found[there] - wanted[there]).max() < 1e-6


def test_that_places_on_the_origins_own_street_are_reached_straight(city):
    roads = RoadTimes.of(city)
    origin = points_in(city, 1, 6)
    start = roads.snap_origins(origin)
    shares = np.linspace(0, 1, 41)
    edge = np.full(41, start.edge[0])
    shapes = roads._shapes
    targets = np.array([shapes.part(int(start.edge[0]), s, s)[0][0] for s in shares])
    ends = roads._to.many(targets)
    same = ends.edge == start.edge[0]
    found = reach_from(roads, origin, [0.0], np.inf).at(edge[same], ends.fraction[same])
    assert np.allclose(found, roads.one_to_many(origin[0], targets)[same], atol=1e-6)


def test_that_a_limit_cuts_only_what_lies_beyond_it(city):
    roads = RoadTimes.of(city)
    origin = points_in(city, 1, 7)
    ends = roads._to.many(points_in(city, 500, 8))
    whole = reach_from(roads, origin, [0.0], np.inf).at(ends.edge, ends.fraction)
    cut = reach_from(roads, origin, [0.0], 300.0).at(ends.edge, ends.fraction)
    assert np.allclose(cut[whole <= 300], whole[whole <= 300])
    assert (cut[whole > 300] > 300).all()


def test_that_no_origin_reaches_nothing(city):
    times = reach_from(RoadTimes.of(city), np.empty((0, 2)), [], 600.0)
    assert not np.isfinite(times.at(np.arange(50), np.full(50, 0.5))).any()


def test_that_a_cell_of_the_ground_takes_the_time_of_its_nearest_street(city, ground):
    roads = RoadTimes.of(city)
    times = reach_from(roads, points_in(city, 1, 9), [0.0], np.inf)
    seconds = ground.seconds(times).ravel()
    cells = np.random.default_rng(10).choice(np.flatnonzero(ground.near.ravel()), 300)
    middles = to_degrees(ground.middles(cells))
    nearest = roads._to.many(middles)
    close = nearest.distance_m < 15
    trip = times.at(nearest.edge, nearest.fraction)[close]
    # Within a place's spacing along the street at walking pace for a car: ten seconds.
    assert np.median(np.abs(seconds[cells][close] - trip)) < 2.0


def test_that_water_is_no_land_and_cells_are_found_again(city, ground):
    cells = np.array([0, 5, ground.columns * 7 + 3])
    assert np.array_equal(ground.cells_of(to_degrees(ground.middles(cells))), cells)
    west, south, east, north = city.bounds
    assert ground.cells_of(np.array([[west - 1, south]]))[0] == -1
    back = to_degrees(to_world(np.array([[west, south], [east, north]])))
    assert np.allclose(back, [[west, south], [east, north]])
    assert 0.8 < ground.land.mean() < 1.0


def test_that_people_of_zones_live_in_homes_and_none_is_lost(city, ground):
    counted = finished(
        people_of(city, ground, resource("agencies", "international.agency") / "demand.parquet")
    )
    assert counted.source == AGENCY and counted.is_counted
    assert counted.count.sum() == pytest.approx(599_750, rel=1e-6)
    assert (counted.district >= 0).mean() > 0.95
    guessed = finished(people_of(city, ground, None))
    assert guessed.source == BUILDINGS and not guessed.is_counted
    assert guessed.count.sum() > 0
