"""A hand along a road closes that road: not what crosses it, above, below or on the level."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.region.closing import edges_between, edges_in_area, edges_near, edges_of_line
from dispatch.region.pack import Pack, open_pack
from dispatch.region.snapping import edge_shapes
from dispatch.resources import resource
from tests.region.osm_text import OsmText

Build = Callable[..., Pack]


def at(x: float, y: float) -> tuple[float, float]:
    """Degrees of a grid place of `OsmText`."""
    return 76.9 + x * 0.001, 43.2 + y * 0.001


@cache
def city() -> Pack:
    """The built-in city."""
    return open_pack(resource("region", "builtin.region"))


def ways_of(pack: Pack, edge_ids: tuple[int, ...]) -> set[int]:
    """The ways that some edges were cut from."""
    rows = np.searchsorted(pack.edges.edge_id, np.array(edge_ids, dtype=np.int64))
    return {int(way) for way in pack.edges.way_id[rows]}


@pytest.fixture
def cross(osm: OsmText) -> tuple[OsmText, int, int]:
    """A street from west to east, crossed by two others; a bridge passes over it."""
    main = osm.way([(0, 0), (1, 0), (2, 0), (3, 0), (4, 0)], highway="secondary", name="Elm St")
    side = osm.way([(1, -2), (1, 0), (1, 2)], highway="residential", name="5th")
    osm.way([(3, -2), (3, 0), (3, 2)], highway="residential", name="7th")
    osm.way([(1, 2), (3, 2)], highway="residential", name="Oak St")
    osm.way([(1, -2), (3, -2)], highway="residential", name="Ash St")
    osm.way([(2.5, -3), (2.5, 3)], highway="primary", name="Viaduct", bridge="yes", layer="1")
    osm.way([(1, 2), (2.5, 3)], highway="primary")
    osm.way([(1, -2), (2.5, -3)], highway="primary")
    return osm, main, side


def test_that_a_line_closes_the_road_it_follows_and_nothing_that_crosses(cross, built: Build):
    osm, main, _ = cross
    pack = built(osm)
    found = edges_of_line(pack, [at(1.1, 0.02), at(2.9, -0.02)])
    assert ways_of(pack, found.edges) == {main}
    assert found.names == ("Elm St",) and found.problem is None
    assert found.length_m == pytest.approx(2 * 0.001 * 111_195 * math.cos(math.radians(43.2)), 0.01)


def test_that_one_click_closes_the_piece_between_two_junctions(cross, built: Build):
    osm, main, _ = cross
    pack = built(osm)
    found = edges_of_line(pack, [at(2, 0.05)])
    assert len(found.edges) == 1 and ways_of(pack, found.edges) == {main}


def test_that_a_click_just_past_a_junction_does_not_close_the_next_road(cross, built: Build):
    osm, main, _ = cross
    pack = built(osm)
    # 4 m beyond 5th, and one corner cut 3 m into it.
    found = edges_of_line(pack, [at(0.95, 0.0), at(1.0, 0.03), at(2.9, 0)])
    assert ways_of(pack, found.edges) == {main}
    assert len(found.edges) == 1


def test_that_one_direction_is_the_one_that_was_drawn(cross, built: Build):
    osm, _, _ = cross
    pack = built(osm)
    east = edges_of_line(pack, [at(1.1, 0), at(2.9, 0)], one_way=True)
    west = edges_of_line(pack, [at(2.9, 0), at(1.1, 0)], one_way=True)
    assert east.along and not east.edges and not east.against
    assert west.against == east.along and not west.along


def test_that_far_from_any_road_nothing_is_closed(cross, built: Build):
    osm, _, _ = cross
    found = edges_of_line(built(osm), [at(40, 40)])
    assert not found.edges and found.problem is not None
    assert found.problem.id == "desk.closure_no_road"


def test_that_a_street_is_kept_to_between_two_crossings(cross, built: Build):
    osm, main, _ = cross
    pack = built(osm)
    # The crossings as somebody points at them, 25 m off: without the name the sides would do.
    found = edges_between(pack, "elm st", at(1.2, 0.25), at(3.1, 0.2))
    assert ways_of(pack, found.edges) == {main} and len(found.edges) == 1


def test_that_both_carriageways_of_a_street_are_closed_unless_one_way_is_said(
    osm: OsmText, built: Build
):
    east = osm.way([(0, 0), (2, 0), (4, 0)], highway="primary", name="Wide", oneway="yes")
    west = osm.way([(4, 0.2), (2, 0.2), (0, 0.2)], highway="primary", name="Wide", oneway="yes")
    beside = osm.way([(0, 0.4), (4, 0.4)], highway="residential", name="Narrow")
    osm.way([(0, 0), (0, 0.2), (0, 0.4)], highway="primary")
    osm.way([(4, 0), (4, 0.2), (4, 0.4)], highway="primary")
    pack = built(osm)
    both = edges_of_line(pack, [at(0.5, -0.02), at(3.5, -0.02)])
    assert ways_of(pack, both.edges) == {east, west}
    one = edges_of_line(pack, [at(0.5, -0.02), at(3.5, -0.02)], one_way=True)
    assert ways_of(pack, one.along) == {east} and beside not in ways_of(pack, one.along)


def test_that_an_area_closes_what_is_in_it_but_no_bridge_that_passes_over(cross, built: Build):
    osm, main, _ = cross
    pack = built(osm)
    ring = [at(2.2, -0.5), at(2.8, -0.5), at(2.8, 0.5), at(2.2, 0.5)]
    rows = edges_in_area(pack, ring)
    assert {int(way) for way in pack.edges.way_id[rows]} == {main}


@given(st.floats(0.1, 0.9), st.floats(0.1, 0.9), st.floats(20, 400))
@settings(max_examples=40, deadline=None)
def test_that_what_lies_near_is_what_measuring_every_road_finds(x, y, radius_m):
    pack = city()
    west, south, east, north = pack.bounds
    lon, lat = west + x * (east - west), south + y * (north - south)
    shapes, edges = edge_shapes(pack), pack.edges
    disc = shapely.Point(*shapes.flat.xy(np.array([[lon, lat]]))[0]).buffer(radius_m, 32)
    storey = edges.bridge | edges.tunnel | (edges.layer != 0)
    expected = []
    for row in np.flatnonzero(shapely.distance(shapes.lines, disc) == 0):
        line = shapes.lines[row]
        inside = line.intersection(disc).length
        ends = [shapely.Point(line.coords[0]), shapely.Point(line.coords[-1])]
        passes = storey[row] and not any(disc.intersects(end) for end in ends)
        if (inside >= 3.0 or inside >= line.length / 2) and not passes:
            expected.append(int(row))
    assert edges_near(pack, lon, lat, radius_m).tolist() == expected


@given(st.integers(0, 2**32))
@settings(max_examples=25, deadline=None)
def test_that_clicks_along_a_real_road_give_back_that_road(seed):
    """A walk over the city's network, clicked at with the hand's few metres of error."""
    pack, rng = city(), np.random.default_rng(seed)
    edges, shapes = pack.edges, edge_shapes(pack)
    row = int(rng.integers(len(edges)))
    while edges.length_m[row] < 60:
        row = int(rng.integers(len(edges)))
    points, _ = shapes.part(row, 0.15, 0.85)
    shaken = shapes.flat.lonlat(shapes.flat.xy(points) + rng.normal(0, 1.0, points.shape))
    found = edges_of_line(pack, [tuple(p) for p in shaken.tolist()], one_way=True)
    assert int(edges.edge_id[row]) in {*found.edges, *found.along, *found.against}
    # Nothing far from what was drawn is closed.
    taken = np.isin(edges.edge_id, [*found.edges, *found.along, *found.against])
    drawn = shapely.linestrings(shapes.flat.xy(points))
    assert shapely.distance(shapes.lines[taken], drawn).max() < 25
