"""Where each unit starts from, how sure that is, and how long its road is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from dispatch.domain.advice import Arrival
from dispatch.domain.unit import UnitState
from dispatch.domain.value import Point
from dispatch.recommend.arrival import ArrivalModel, distance_m
from dispatch.recommend.request import Limits, Roads, UnitView

#: Points on the rim of a caller's circle; with the centre they stand for the whole of it.
RIM_POINTS = 6
_METRES_PER_DEGREE = 111_195.0


@dataclass(frozen=True)
class Start:
    """Where a unit is taken to be. `age_s` is the fix's age, None where its home was taken.

    `sure` is False for a stale fix, and for a unit on the road that never reported a position
    (its home is then only a guess).
    """

    point: Point
    sure: bool
    age_s: float | None = None


def start_of(view: UnitView, as_of_us: int, limits: Limits) -> Start:
    """From its last fix, or from home when it is at its station.

    A fix later than `as_of_us` is not used: the future is unknown. A unit that says it is at its
    station while a fresh fix shows it elsewhere is believed to be where the fix is.
    """
    unit, fix = view.unit, view.fix
    known = fix is not None and fix.t_us <= as_of_us
    age_s = (as_of_us - fix.t_us) / 1e6 if fix is not None and known else None
    fresh = age_s is not None and age_s <= limits.fix_age_s
    if unit.state is UnitState.AVAILABLE_AT_STATION:
        away = (
            fix is not None
            and fresh
            and fix.t_us > unit.since_us
            and distance_m(fix.point, unit.home) > limits.station_m
        )
        if not away:
            return Start(point=unit.home, sure=True)
    if fix is None or not known:
        return Start(point=unit.home, sure=False)
    return Start(point=fix.point, sure=fresh, age_s=age_s)


def targets(point: Point, accuracy_m: float, limits: Limits) -> tuple[Point, ...]:
    """The incident's point; the centre and the rim of its circle when it is uncertain."""
    if accuracy_m <= limits.accuracy_m:
        return (point,)
    rim = []
    for k in range(RIM_POINTS):
        angle = 2 * math.pi * k / RIM_POINTS
        lat = point.lat + accuracy_m * math.sin(angle) / _METRES_PER_DEGREE
        scale = _METRES_PER_DEGREE * max(math.cos(math.radians(point.lat)), 1e-6)
        lon = point.lon + accuracy_m * math.cos(angle) / scale
        if -180 <= lon <= 180 and -90 <= lat <= 90:
            rim.append(Point(lon=lon, lat=lat))
    return (point, *rim)


class Reach:
    """Arrivals of a fleet at any incident; positions are brought to the road network once.

    `origins` of the road times may be what `snap_origins` made of points, where there is such.
    """

    def __init__(
        self,
        units: Sequence[UnitView],
        starts: Sequence[Start],
        roads: Roads,
        arrivals: ArrivalModel,
        when_local: datetime,
    ) -> None:
        self.starts = tuple(starts)
        self._units, self._roads, self._arrivals, self._when = units, roads, arrivals, when_local
        told = [i for i, view in enumerate(units) if arrivals.foretells(view.unit.state)]
        self._flying = [i for i in told if "air" in units[i].unit.capabilities]
        self._driving = [i for i in told if "air" not in units[i].unit.capabilities]
        places = [(starts[i].point.lon, starts[i].point.lat) for i in self._driving]
        points = np.array(places, dtype=np.float64).reshape(-1, 2)
        snap = getattr(roads, "snap_origins", None)
        self._origins = points if snap is None or not len(points) else snap(points)

    def to(self, points: Sequence[Point]) -> tuple[Arrival | None, ...]:
        """Each unit's arrival at the worst of the points, None where none can be foretold."""
        road = dict(zip(self._driving, self._road_s(points), strict=True))
        for i in self._flying:
            start = self.starts[i].point
            road[i] = max(self._arrivals.flight_s(start, point) for point in points)
        return tuple(
            self._arrivals.arrival(view.unit.kind, view.unit.state, self._when, road[i])
            if i in road
            else None
            for i, view in enumerate(self._units)
        )

    def _road_s(self, points: Sequence[Point]) -> list[float]:
        """Seconds of driving to the worst of the points.

        A point of the circle that nobody can reach (water, a closed site) says nothing about any
        unit and is left out, as long as one point remains.
        """
        if not self._driving:
            return []
        times = [self._roads.many_to_one(self._origins, (p.lon, p.lat)) for p in points]
        rows = np.stack([np.asarray(row, dtype=np.float64) for row in times])
        reachable = np.isfinite(rows).any(axis=1)
        worst: list[float] = (rows[reachable] if reachable.any() else rows[:1]).max(axis=0).tolist()
        return worst
