"""A small town for tests: a grid of streets of 10 m/s, and a fleet to put on it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dispatch.domain.level import Level
from dispatch.domain.unit import Fix, Unit, UnitState
from dispatch.domain.value import Point
from dispatch.recommend.arrival import ArrivalModel
from dispatch.recommend.recommend import recommend
from dispatch.recommend.request import RecommendRequest, UnitView
from dispatch.recommend.run_cards import RunCards
from dispatch.resources import resource

NOW = 1_795_000_000_000_000  # 2026-11-18 (Wednesday) 08:26:40 UTC
METRE = 1 / 111_195.0
NOON_CARDS = datetime(2026, 11, 25, 12)  # a Wednesday


class Grid:
    """Driving along a grid on the equator at 10 m/s; nothing east of `coast_m` is reachable."""

    def __init__(self, coast_m: float = 1e9) -> None:
        self.coast = coast_m * METRE
        self.calls = 0

    def many_to_one(
        self, origins: NDArray[np.float64], target: tuple[float, float]
    ) -> NDArray[np.float64]:
        self.calls += 1
        metres = np.abs(np.asarray(origins) - np.asarray(target)).sum(axis=1) / METRE
        metres[(np.asarray(origins)[:, 0] > self.coast) | (target[0] > self.coast)] = np.inf
        return metres / 10.0


def at(east_m: float, north_m: float = 0.0) -> Point:
    return Point(lon=east_m * METRE, lat=north_m * METRE)


def view(
    unit_id: str,
    caps: str,
    east_m: float = 0.0,
    north_m: float = 0.0,
    *,
    kind: str = "als_ambulance",
    state: UnitState = UnitState.AVAILABLE_AT_STATION,
    age_s: float | None = None,
    incident: str | None = None,
    crew: int = 3,
    reason: str = "",
) -> UnitView:
    """A unit at its station, or with a fix of an age where one is given."""
    here = at(east_m, north_m)
    unit = Unit(
        unit_id=unit_id,
        kind=kind,
        service="medical",
        label=unit_id.upper(),
        station_id="s1",
        capabilities=tuple(caps.split()),
        crew=crew,
        home=here if age_s is None else at(0),
        state=state,
        incident_id=incident,
        assignment_id=f"a-{unit_id}" if incident else None,
        reason=reason,
    )
    fix = None
    if age_s is not None:
        fix = Fix(unit_id=unit_id, point=here, t_us=NOW - round(age_s * 1e6))
    return UnitView(unit=unit, fix=fix)


def request(
    *units: UnitView, type_id: str = "unconscious", level: str = "L1", **more: object
) -> RecommendRequest:
    values: dict[str, object] = {
        "recommendation_id": "r1",
        "incident_id": "i1",
        "incident_version": 1,
        "as_of_us": NOW,
        "time_zone": "UTC",
        "type_id": type_id,
        "level": Level(level),
        "point": at(0),
        "units": units,
    }
    return RecommendRequest(**{**values, **more})  # type: ignore[arg-type]


def run_cards_folder(agency: str) -> Path:
    return resource("agencies", f"{agency}.agency", "run_cards")


def cards(agency: str = "international") -> RunCards:
    return RunCards.load(run_cards_folder(agency))


def ask(*units: UnitView, agency: str = "international", roads: Grid | None = None, **more: object):  # type: ignore[no-untyped-def]
    """The recommendation for a request on the grid."""
    return recommend(
        request(*units, **more),  # type: ignore[arg-type]
        roads or Grid(),
        cards(agency),
        ArrivalModel.load(),
    )


def gate_of(recommendation, unit_id: str) -> str:  # type: ignore[no-untyped-def]
    return next(c.verdict.gate for c in recommendation.candidates if c.unit_id == unit_id)
