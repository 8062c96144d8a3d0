"""A replay shows closed roads as they stood, and counts its ways with them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dispatch.centre import Centre
from dispatch.desk.closures import LiftClosure, SetClosure
from dispatch.desk.verbs import SYSTEM
from dispatch.domain.closure import ClosedRoads, ClosureReason, ClosureShape
from dispatch.domain.value import Point
from dispatch.places import Places
from dispatch.resources import resource
from dispatch.simulation.events import WorldSpec
from tests.ui_replay.conftest import MINUTE_US, START_US


def shift_with_a_closure(folder: Path) -> tuple[Path, Places]:
    """Six minutes of a quiet city; a road is closed from the second to the fourth."""
    places = Places(folder).prepare()
    path = places.journals / "closed.vigil"
    centre = Centre.exercise(
        places,
        region=resource("region", "builtin.region"),
        agency=resource("agencies", "international.agency"),
        spec=WorldSpec(kind="shift", seed=3, start_us=START_US, calls_per_hour=0.001),
        journal=path,
        speed=0,
        inline=True,
    )
    centre.run_until(START_US + 2 * MINUTE_US, stride_us=MINUTE_US)
    edge = int(centre.pack.edges.edge_id[100])
    closing = SetClosure(
        shape=ClosureShape.LINE,
        points=(Point(lon=0.0, lat=0.0),),
        roads=ClosedRoads(edges=(edge,)),
        region_hash=centre.pack.hash,
        reason=ClosureReason.FLOOD,
        until_reopened=True,
    )
    closure_id = centre.desk.do(closing, SYSTEM).result["closure_id"]
    centre.run_until(START_US + 4 * MINUTE_US, stride_us=MINUTE_US)
    centre.desk.do(LiftClosure(closure_id=closure_id), SYSTEM)
    centre.run_until(START_US + 6 * MINUTE_US, stride_us=MINUTE_US)
    centre.close()
    return path, places


def test_that_a_replay_shows_and_counts_the_roads_closed_at_its_moment(
    tmp_path: Path, open_window: Any
) -> None:
    path, places = shift_with_a_closure(tmp_path)
    surface = open_window(path, places)
    board, keeper = surface.context.board, surface._routes._keeper
    for minute, closed in ((1, 0), (3, 1), (5, 0), (3, 1)):
        surface.seek(START_US + minute * MINUTE_US)
        surface._show_all()
        assert len(board.closures()) == closed
        assert len(keeper.closed) == closed
    assert not surface.commands.is_bound("map.close_road")
