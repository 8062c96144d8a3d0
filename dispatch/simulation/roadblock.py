"""A road that a scenario closes, as its file says it and as it lies on a region."""

from __future__ import annotations

from typing import Annotated

import msgspec

from dispatch.domain.closure import NOTE_CAP, ClosedRoads, ClosureReason, ClosureShape
from dispatch.domain.message import Problem
from dispatch.domain.value import Latitude, Longitude, Point, Probability, Value
from dispatch.region.closing import match_roads
from dispatch.region.pack import Pack
from dispatch.simulation.addresses import Doors
from dispatch.simulation.events import Closing


class Roadblock(Value, frozen=True):
    """Where: the piece of road at a `door`, or the roads along (or, with `area`, in) `points` of
    longitude and latitude. Without `minutes` it stays until somebody opens it."""

    reason: ClosureReason = ClosureReason.OTHER
    door: Probability | None = None
    points: Annotated[tuple[tuple[Longitude, Latitude], ...], msgspec.Meta(max_length=200)] = ()
    area: bool = False
    minutes: Annotated[float, msgspec.Meta(gt=0, le=10_080)] | None = None
    note: Annotated[str, msgspec.Meta(max_length=NOTE_CAP)] = ""


def on_region(block: Roadblock, doors: Doors, pack: Pack) -> Closing:
    """The roads it closes on a region; `Problem` where there are none."""
    points = block.points
    if not points:
        point = doors.at(block.door or 0.0).point
        points = ((point.lon, point.lat),)
    found = match_roads(pack, points, area=block.area)
    roads = ClosedRoads(edges=found.edges, along=found.along, against=found.against)
    if not len(roads):
        lon, lat = points[0]
        raise Problem("simulation.roadblock_nowhere", lon=round(lon, 5), lat=round(lat, 5))
    return Closing(
        shape=ClosureShape.AREA if block.area else ClosureShape.LINE,
        points=tuple(Point(lon=lon, lat=lat) for lon, lat in points),
        roads=roads,
        region_hash=pack.hash,
        reason=block.reason,
        names=found.names,
        length_m=found.length_m,
        minutes=block.minutes,
        note=block.note,
    )
