"""A closure reaches the engine from a script, from the desk, and after the next start."""

from __future__ import annotations

from pathlib import Path

from dispatch.centre import Centre
from dispatch.desk.closures import SetClosure
from dispatch.desk.verbs import SYSTEM
from dispatch.domain.closure import ClosedRoads, ClosureReason, ClosureShape
from dispatch.domain.value import Point
from dispatch.places import Places
from dispatch.resources import resource
from dispatch.simulation.events import WorldSpec

SCENARIO = """
format = 1
id = "flood"
title = "Flood"
start = 2026-06-03T09:00:00
minutes = 40
call = []
[[inject]]
id = "river"
at_s = 30
message = "The river is over the road"
close = { door = 0.4, reason = "flood", minutes = 20 }
"""
REGION, AGENCY = ("region", "builtin.region"), ("agencies", "international.agency")


def test_that_a_scenario_closes_a_road_which_opens_when_its_minutes_are_over(
    tmp_path: Path,
) -> None:
    file = tmp_path / "flood.toml"
    file.write_text(SCENARIO)
    places = Places(tmp_path).prepare()
    centre = Centre.exercise(
        places,
        region=resource(*REGION),
        agency=resource(*AGENCY),
        spec=WorldSpec(kind="scenario", source=str(file)),
        journal=places.journals / "flood.vigil",
        speed=0,
        inline=True,
    )
    try:
        centre.settle()
        start_us = centre.clock.now_us()
        centre.run_until(start_us + 45_000_000, stride_us=15_000_000)
        (closure,) = centre.desk.picture.closures.values()
        assert closure.author == "system" and closure.reason is ClosureReason.FLOOD
        assert closure.until_us is not None and centre.roads_version == 1
        crews = centre.engine._core._world._crews  # type: ignore[attr-defined]
        assert crews._roads.closed_rows, "the crews know of it too"
        centre.run_until(closure.until_us + 2_000_000, stride_us=300_000_000)
        assert not centre.desk.picture.closures and centre.roads_version == 2
        assert not crews._roads.closed_rows
    finally:
        centre.close()


def test_that_the_next_start_counts_with_what_is_still_closed(tmp_path: Path) -> None:
    places = Places(tmp_path).prepare()

    def opened() -> Centre:
        return Centre.live(
            places,
            journal=places.journals / "live.vigil",
            region=resource(*REGION),
            agency=resource(*AGENCY),
            inline=True,
        )

    centre = opened()
    edge = int(centre.pack.edges.edge_id[7])
    closing = SetClosure(
        shape=ClosureShape.LINE,
        points=(Point(lon=0, lat=0),),
        roads=ClosedRoads(edges=(edge,)),
        region_hash=centre.pack.hash,
        reason=ClosureReason.WORKS,
        until_reopened=True,
    )
    centre.desk.do(closing, SYSTEM)
    centre.close()
    again = opened()
    try:
        assert again.roads_version == 1
        core = again.engine._core  # type: ignore[attr-defined]
        assert core._roads["lights"].closed == {2 * edge, 2 * edge + 1}
    finally:
        again.close()
