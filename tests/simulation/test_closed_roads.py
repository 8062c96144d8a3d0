"""Simulated crews drive round a road that was closed while they were under way."""

from __future__ import annotations

import numpy as np
import shapely

from dispatch.domain.assignment import AssignmentState as A
from dispatch.domain.closure import ClosedRoads
from dispatch.domain.value import Point
from dispatch.region.snapping import edge_shapes
from dispatch.simulation import events as w
from tests.simulation.conftest import SECOND, START_US, run, send

SCENARIO = """
format = 1
id = "flood"
title = "Flood"
start = 2026-06-03T09:00:00
minutes = 5
call = []
[[inject]]
id = "river"
at_s = 30
message = "The river is over the road"
close = { door = 0.4, reason = "flood", minutes = 20 }
"""


def driven(events, unit_id):
    """Positions a unit reported, (n, 2)."""
    rows = []
    for event in events:
        if isinstance(event, w.FixesReported) and unit_id in event.unit_ids:
            at = event.unit_ids.index(unit_id)
            rows.append((event.lon[at], event.lat[at]))
    return np.array(rows)


def arrived(events, unit_id):
    """When a unit was on scene; None while it is not."""
    reports = (e for e in events if isinstance(e, w.CrewReports) and e.unit_id == unit_id)
    return next((e.t_us for e in reports if e.state is A.ON_SCENE), None)


def under_way(world, unit_id, goal):
    """Send a unit and let it turn out."""
    send(world, unit_id, Point(lon=goal[0], lat=goal[1]))
    events = []
    while world._crews._crews[unit_id].drive is None:
        events += run(world, 0.2)
    return [*events, *run(world, 0.1)]


def journey(open_shift, agency, pack):
    """A world, a unit, and a far place it is to go to."""
    world = open_shift(per_hour=0.001)
    unit = next(u for u in agency.units if u.service == "medical")
    nodes = np.asarray(pack.nodes.lonlat)
    far = nodes[np.argsort(np.hypot(*(nodes - (unit.lon, unit.lat)).T))[len(nodes) // 2]]
    return world, unit.unit_id, (float(far[0]), float(far[1]))


def test_that_a_crew_under_way_drives_round_a_road_that_is_closed(open_shift, agency, pack):
    plain, unit_id, far = journey(open_shift, agency, pack)
    before = [*under_way(plain, unit_id, far), *run(plain, 40)]
    world, _, _ = journey(open_shift, agency, pack)
    events = under_way(world, unit_id, far)
    way = world._crews._crews[unit_id].drive
    crossed = sorted(way.edges)
    shapes = edge_shapes(pack)
    seen = world._crews._crews[unit_id].seen(world._now_us)
    here = shapely.Point(*shapes.flat.xy(np.array([[seen.lon, seen.lat]]))[0])
    goal = shapely.Point(*shapes.flat.xy(np.array([far]))[0])
    # A road on its way that it has not reached, and not the one it goes to.
    ahead = [
        row
        for row in crossed
        if shapes.lines[row].distance(here) > 800 and shapes.lines[row].distance(goal) > 800
    ]
    shut = ahead[len(ahead) // 2]
    closed = ClosedRoads(edges=(int(pack.edges.edge_id[shut]),))
    world.order(w.RoadsOrdered(t_us=0, roads=closed))
    events += run(world, 0.1)
    assert shut not in world._crews._crews[unit_id].drive.edges
    events += run(world, 60)
    middle = shapely.line_interpolate_point(shapes.lines[shut], 0.5, normalized=True)
    track = shapely.LineString(shapes.flat.xy(driven(events, unit_id)))
    assert track.distance(middle) > shapely.LineString(
        shapes.flat.xy(driven(before, unit_id))
    ).distance(middle)
    there, later = arrived(before, unit_id), arrived(events, unit_id)
    assert there is not None and later is not None and later >= there
    once = [e for e in events if isinstance(e, w.CrewReports) and e.state is A.ON_SCENE]
    assert len([e for e in once if e.unit_id == unit_id]) == 1, "it arrived by the old clock too"


def test_that_a_closure_elsewhere_changes_nothing_for_a_crew(open_shift, agency, pack):
    world, unit_id, far = journey(open_shift, agency, pack)
    under_way(world, unit_id, far)
    way = world._crews._crews[unit_id].drive
    row = next(r for r in range(len(pack.edges)) if r not in way.edges)
    closed = ClosedRoads(edges=(int(pack.edges.edge_id[row]),))
    world.order(w.RoadsOrdered(t_us=0, roads=closed))
    assert world._crews._crews[unit_id].drive is way


def test_that_a_crew_in_the_middle_of_a_closed_road_gets_out_of_it(open_shift, agency, pack):
    world, unit_id, far = journey(open_shift, agency, pack)
    under_way(world, unit_id, far)
    crew = world._crews._crews[unit_id]
    while True:
        seen = crew.seen(world._now_us)
        snap = world._roads._from.one(seen.lon, seen.lat)
        if 0.2 < snap.fraction < 0.8 and snap.edge in crew.drive.edges:
            break
        run(world, 0.05, stride_s=1)
    closed = ClosedRoads(edges=(int(pack.edges.edge_id[snap.edge]),))
    world.order(w.RoadsOrdered(t_us=0, roads=closed))
    after = crew.seen(world._now_us)
    assert abs(after.lon - seen.lon) < 1e-4 and abs(after.lat - seen.lat) < 1e-4
    assert arrived(run(world, 60), unit_id) is not None


def test_that_a_scenario_closes_a_road_of_the_region(tmp_path, pack, roads, agency):
    from dispatch.simulation.worlds import open_world

    file = tmp_path / "flood.toml"
    file.write_text(SCENARIO)
    spec = w.WorldSpec(kind="scenario", seed=1, start_us=START_US, source=str(file))
    opened = open_world(spec, pack, roads, agency)
    happened = opened.world.advance(opened.start_us + 60 * SECOND)
    closes = next(e for e in happened if isinstance(e, w.InjectHappens)).closes
    assert closes is not None and len(closes.roads) == 1
    assert closes.region_hash == pack.hash and closes.minutes == 20
