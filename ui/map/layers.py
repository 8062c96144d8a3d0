"""What lives on the map, as values the window hands over. Longitude comes before latitude."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from ui.map.projection import Floats

#: Position in this tuple is a unit's state code.
UNIT_STATES = (
    "available_on_air",
    "available_at_station",
    "assigned",
    "en_route",
    "staging",
    "on_scene",
    "transporting",
    "at_hospital",
    "returning",
    "on_break",
    "out_of_service",
    "off_duty",
)
#: Position in this tuple is a unit's kind code.
UNIT_KINDS = (
    "feldsher",
    "doctor",
    "intensive_care",
    "polyclinic",
    "emt",
    "special",
    "pump",
    "pump_ambulance",
    "water_tender",
    "ladder",
    "command",
    "rescue",
    "hazmat",
    "patrol",
    "gas",
    "helicopter",
    "als_ambulance",
    "bls_ambulance",
    "engine",
)
STATE_CODE = {state: code for code, state in enumerate(UNIT_STATES)}
KIND_CODE = {kind: code for code, kind in enumerate(UNIT_KINDS)}

RouteKind = Literal["candidate", "alternative", "active"]
PlaceKind = Literal[
    "hospital",
    "station_medical",
    "station_fire",
    "station_police",
    "station_rescue",
    "available_at_station",
]

Codes = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class UnitSymbol:
    """One unit, for callers that have rows and not columns."""

    id: str
    lon: float
    lat: float
    state: str
    kind: str
    label: str
    heading_deg: float = float("nan")
    age_s: float = 0.0
    stale: bool = False


@dataclass(frozen=True)
class UnitLayer:
    """All units, a column each; n rows.

    `state` and `kind` are positions in `UNIT_STATES` and `UNIT_KINDS`; `heading_deg` clockwise
    from north, NaN when unknown; `age_s` seconds since the fix; `labels` call signs as shown;
    `stale` fixes too old to trust, which fade and say their age.
    """

    ids: tuple[str, ...]
    lon: Floats
    lat: Floats
    heading_deg: Floats
    state: Codes
    kind: Codes
    age_s: Floats
    labels: tuple[str, ...]
    stale: Flags
    #: The same places in world metres (n, 2), where the maker of the layer has kept them.
    world: Floats | None = None

    def __post_init__(self) -> None:
        sizes = {len(column) for column in (self.lon, self.lat, self.heading_deg, self.state)}
        sizes |= {len(self.ids), len(self.kind), len(self.age_s), len(self.labels)}
        if len(sizes | {len(self.stale)}) > 1:
            raise ValueError("the columns of a unit layer differ in length")

    def __len__(self) -> int:
        return len(self.ids)

    def same_as(self, other: UnitLayer) -> bool:
        """Whether nothing that is drawn differs (ages count by the quarter minute)."""
        return (
            (self.ids is other.ids or self.ids == other.ids)
            and (self.labels is other.labels or self.labels == other.labels)
            and np.array_equal(self.lon, other.lon)
            and np.array_equal(self.lat, other.lat)
            and np.array_equal(self.heading_deg, other.heading_deg, equal_nan=True)
            and np.array_equal(self.state, other.state)
            and np.array_equal(self.kind, other.kind)
            and np.array_equal(self.stale, other.stale)
            and np.array_equal(self.age_s // 15, other.age_s // 15)
        )

    @classmethod
    def of(cls, units: Iterable[UnitSymbol]) -> UnitLayer:
        """A layer from rows; an unknown state counts as out of service."""
        rows = list(units)
        unknown = STATE_CODE["out_of_service"]
        return cls(
            ids=tuple(row.id for row in rows),
            lon=np.array([row.lon for row in rows], dtype=np.float64),
            lat=np.array([row.lat for row in rows], dtype=np.float64),
            heading_deg=np.array([row.heading_deg for row in rows], dtype=np.float64),
            state=np.array([STATE_CODE.get(row.state, unknown) for row in rows], dtype=np.int64),
            kind=np.array([KIND_CODE.get(row.kind, 0) for row in rows], dtype=np.int64),
            age_s=np.array([row.age_s for row in rows], dtype=np.float64),
            labels=tuple(row.label for row in rows),
            stale=np.array([row.stale for row in rows], dtype=bool),
        )


EMPTY_UNITS = UnitLayer.of(())


@dataclass(frozen=True)
class IncidentSymbol:
    """An incident: `level` 1 (gravest) to 5, 0 while not yet assessed (drawn as a query).

    `radius_m` is the uncertainty of its place on the ground, 0 when exact; `late` has passed a
    target; `waiting` still needs units.
    """

    id: str
    lon: float
    lat: float
    level: int
    label: str = ""
    radius_m: float = 0.0
    late: bool = False
    waiting: bool = False


@dataclass(frozen=True)
class RouteLine:
    """A way on the road: `points` (n, 2) longitude, latitude, from the unit to the scene."""

    points: Floats
    kind: RouteKind = "candidate"
    label: str = ""

    def same_as(self, other: RouteLine) -> bool:
        """Whether both are drawn alike."""
        return (
            self.kind == other.kind
            and self.label == other.label
            and (self.points is other.points or np.array_equal(self.points, other.points))
        )


@dataclass(frozen=True)
class PlaceSymbol:
    """A station or hospital of the agency."""

    id: str
    lon: float
    lat: float
    kind: PlaceKind
    label: str = ""


@dataclass(frozen=True)
class ViewState:
    """Where a map looks: the centre and the zoom, to be stored and restored."""

    lon: float
    lat: float
    zoom: float
