"""When a unit would be there: turnout plus road time, as a band that owns up to its uncertainty.

A road time is not an arrival time. Turnout comes from a table (kind of unit, where it stands, day
or night); the road time of the graph is stretched by a shipped offset and ratio. Turnout and
driving are taken as independent, so the P90 of the sum is
`p50 + sqrt((turnout90 - turnout50)^2 + (road90 - road50)^2)`. Nothing here is calibrated on an
agency's own trips yet, and every band says so.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Annotated

import msgspec

from dispatch.domain.advice import Arrival
from dispatch.domain.unit import UnitState
from dispatch.domain.value import Point
from dispatch.recommend.rules import Hours
from dispatch.recommend.toml_places import TomlFile
from dispatch.resources import resource

_Seconds = Annotated[float, msgspec.Meta(ge=0, le=7200)]
_Pair = tuple[_Seconds, _Seconds]


class _When(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    day: _Pair
    night: _Pair


class _TurnoutRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    kinds: tuple[str, ...]
    station: _When
    air: _When
    moving: _When


class RoadBand(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Offset and ratio that turn the graph's seconds into P50 and P90 of driving."""

    p50_offset_s: _Seconds
    p50_ratio: Annotated[float, msgspec.Meta(gt=0, le=10)]
    p90_offset_s: _Seconds
    p90_ratio: Annotated[float, msgspec.Meta(gt=0, le=10)]

    def p50_s(self, road_s: float) -> float:
        """The median driving time for a road time."""
        return self.p50_offset_s + self.p50_ratio * road_s

    def p90_s(self, road_s: float) -> float:
        """The driving time that nine of ten trips keep, never below the median."""
        return max(self.p90_offset_s + self.p90_ratio * road_s, self.p50_s(road_s))


class _Air(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    speed_ms: Annotated[float, msgspec.Meta(gt=1, le=300)] = 60.0
    offset_s: _Seconds = 120.0


class _ProfileFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    format: int
    name: str
    night: str
    road: RoadBand
    air: _Air = _Air()
    turnout: tuple[_TurnoutRow, ...]


#: States from which an arrival can be foretold: free units, and those that could be diverted.
_PLACE_OF_STATE = {
    UnitState.AVAILABLE_AT_STATION: "station",
    UnitState.AVAILABLE_ON_AIR: "air",
    UnitState.RETURNING: "moving",
    UnitState.ASSIGNED: "air",
    UnitState.EN_ROUTE: "moving",
    UnitState.STAGING: "air",
}


@dataclass(frozen=True)
class ArrivalModel:
    """The arrival profile of an agency. `turnout_p50_s` overrides the table at stations by kind."""

    name: str
    version: str
    night: Hours
    road: RoadBand
    air_speed_ms: float
    air_offset_s: float
    table: Mapping[str, _TurnoutRow]
    turnout_p50_s: Mapping[str, float]

    @classmethod
    def load(cls, path: Path | None = None) -> ArrivalModel:
        """Read a profile (None: the shipped one). `Problem` naming file and line when wrong."""
        file = TomlFile(path or resource("profiles", "turnout.toml"))
        try:
            data = msgspec.convert(file.data, _ProfileFile)
            night = Hours.parse(data.night)
        except msgspec.ValidationError as error:
            raise file.problem("recommend.file.value", what=str(error)) from error
        except ValueError as error:
            raise file.problem("recommend.cards.hours", key="night", what=data.night) from error
        if data.format != 1:
            raise file.problem("recommend.file.format", key="format", wanted=1)
        table = {kind: row for row in data.turnout for kind in row.kinds}
        if "*" not in table:
            raise file.problem("recommend.arrival.no_default", "turnout", 0)
        return cls(
            name=data.name,
            version=hashlib.sha256(file.text.encode()).hexdigest()[:16],
            night=night,
            road=data.road,
            air_speed_ms=data.air.speed_ms,
            air_offset_s=data.air.offset_s,
            table=table,
            turnout_p50_s={},
        )

    def with_turnout(self, p50_s: Mapping[str, float]) -> ArrivalModel:
        """The same with an agency's own P50 turnout by unit kind; the spread keeps its shape."""
        return replace(self, turnout_p50_s={**self.turnout_p50_s, **p50_s})

    def turnout(self, kind: str, state: UnitState, when_local: datetime) -> tuple[float, float]:
        """(P50, P90) seconds from the alert to wheels turning."""
        row = self.table.get(kind) or self.table["*"]
        place = _PLACE_OF_STATE.get(state, "station")
        when: _When = getattr(row, place)
        p50, p90 = when.night if self.night.holds(when_local) else when.day
        own = self.turnout_p50_s.get(kind, self.turnout_p50_s.get("default"))
        if own is not None and place == "station":
            p50, p90 = own, own * (p90 / p50 if p50 > 0 else 1.0)
        return p50, max(p50, p90)

    def foretells(self, state: UnitState) -> bool:
        """Whether an arrival can be said at all for a unit in this state."""
        return state in _PLACE_OF_STATE

    def arrival(
        self, kind: str, state: UnitState, when_local: datetime, road_s: float
    ) -> Arrival | None:
        """The band for a unit; None where there is no way or its state foretells nothing."""
        if not self.foretells(state) or not math.isfinite(road_s):
            return None
        turnout50, turnout90 = self.turnout(kind, state, when_local)
        drive50, drive90 = self.road.p50_s(road_s), self.road.p90_s(road_s)
        p50 = turnout50 + drive50
        return Arrival(
            turnout_s=turnout50,
            road_s=road_s,
            p50_s=p50,
            p90_s=p50 + math.hypot(turnout90 - turnout50, drive90 - drive50),
            calibrated=False,
        )

    def flight_s(self, origin: Point, target: Point) -> float:
        """Seconds of flight on a straight line, expressed as a road time of the same length."""
        seconds = self.air_offset_s + distance_m(origin, target) / self.air_speed_ms
        return max(0.0, (seconds - self.road.p50_offset_s) / self.road.p50_ratio)


def distance_m(a: Point, b: Point) -> float:
    """Metres between two points of one city (equirectangular, mean Earth radius 6 371 009 m)."""
    x = math.radians(b.lon - a.lon) * math.cos(math.radians((a.lat + b.lat) / 2))
    y = math.radians(b.lat - a.lat)
    return 6_371_009.0 * math.hypot(x, y)
