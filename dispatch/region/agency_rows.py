"""`units.csv`, `stations.csv`, `hospitals.csv`: one row a thing, each error with its line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from dispatch.domain.unit import UnitState
from dispatch.region.agency_cells import NAME_COLUMNS, Row, Shift, rows_of
from dispatch.region.schema import words

SERVICES = ("medical", "fire", "police", "rescue")
UNIT_KINDS = words(
    "feldsher doctor intensive_care polyclinic emt special pump pump_ambulance "
    "water_tender ladder command rescue hazmat patrol gas helicopter als_ambulance "
    "bls_ambulance engine"
)
CAPABILITIES = words(
    "bls als doctor icu transport aed primary_care pump water ladder rescue command "
    "hazmat patrol gas supervisor air"
)
HOSPITAL_CAPABILITIES = words(
    "emergency trauma stroke cardiac children burns maternity toxicology psychiatric "
    "surgery icu general"
)
_STATES = [state.value for state in UnitState]


@dataclass(frozen=True)
class _Named:
    names: dict[str, str]

    def name(self, language: str = "") -> str:
        """The name in a language, falling back to the local one (key "")."""
        return self.names.get(language) or self.names[""]


@dataclass(frozen=True)
class Station(_Named):
    """A station; `lon`, `lat` in degrees; `names` by language, "" = local."""

    station_id: str
    service: str
    lon: float
    lat: float
    address: str = ""
    phone: str = ""


@dataclass(frozen=True)
class Hospital(_Named):
    """A hospital; `beds` 0 = unknown; `accepts` false: not for ambulances."""

    hospital_id: str
    lon: float
    lat: float
    capabilities: frozenset[str]
    beds: int = 0
    address: str = ""
    phone: str = ""
    accepts: bool = True


@dataclass(frozen=True)
class UnitRecord:
    """A unit on the roster; `lon`, `lat` where it stands at start, degrees."""

    unit_id: str
    service: str
    kind: str
    label: str
    station_id: str
    capabilities: frozenset[str]
    lon: float
    lat: float
    crew: int = 2
    shift: Shift = field(default_factory=Shift)
    state: str = "available_at_station"

    def on_duty(self, local: datetime) -> bool:
        """Whether it is staffed at a local moment."""
        return self.shift.covers(local)


STATION_NEEDS = ("station_id", "service", "name", "lon", "lat")
STATION_MAY = (*NAME_COLUMNS, "address", "phone")
HOSPITAL_NEEDS = ("hospital_id", "name", "lon", "lat", "capabilities")
HOSPITAL_MAY = (*NAME_COLUMNS, "beds", "address", "phone", "accepts")
UNIT_NEEDS = ("unit_id", "service", "kind", "label", "station_id", "capabilities")
UNIT_MAY = ("crew", "shift", "state", "lon", "lat")


def station_of(row: Row, seen: set[str]) -> Station:
    """A station of one row; `seen` holds the ids so far."""
    lon, lat = row.point()
    return Station(
        station_id=row.key("station_id", seen),
        service=row.one_of("service", SERVICES),
        names=row.names(),
        lon=lon,
        lat=lat,
        address=row.text("address"),
        phone=row.text("phone"),
    )


def hospital_of(row: Row, seen: set[str]) -> Hospital:
    """A hospital of one row; `seen` holds the ids so far."""
    lon, lat = row.point()
    return Hospital(
        hospital_id=row.key("hospital_id", seen),
        names=row.names(),
        lon=lon,
        lat=lat,
        capabilities=row.some_of("capabilities", HOSPITAL_CAPABILITIES),
        beds=row.whole("beds", 0, 20_000, 0),
        address=row.text("address"),
        phone=row.text("phone"),
        accepts=row.one_of("accepts", ("yes", "no"), "yes") == "yes",
    )


def unit_of(row: Row, seen: set[str], labels: set[str], homes: Mapping[str, Station]) -> UnitRecord:
    """A unit of one row, which stands at one of the stations; `labels` holds those so far."""
    home = homes[row.one_of("station_id", homes)]
    placed = bool(row.text("lon") or row.text("lat"))
    lon, lat = row.point() if placed else (home.lon, home.lat)
    label = row.needed("label")
    # The radio and the command line know a unit by its label alone.
    if label in labels or len(label) > 40:
        row.wrong("label")
    labels.add(label)
    return UnitRecord(
        unit_id=row.key("unit_id", seen),
        service=row.one_of("service", SERVICES),
        kind=row.one_of("kind", UNIT_KINDS),
        label=label,
        station_id=home.station_id,
        capabilities=row.some_of("capabilities", CAPABILITIES),
        lon=lon,
        lat=lat,
        crew=row.whole("crew", 1, 20, 2),
        shift=row.shift(),
        state=row.one_of("state", _STATES, "available_at_station"),
    )


def read_stations(file: Path, text: str) -> tuple[Station, ...]:
    """The rows of `stations.csv`."""
    seen: set[str] = set()
    return tuple(station_of(row, seen) for row in rows_of(file, text, STATION_NEEDS, STATION_MAY))


def read_hospitals(file: Path, text: str) -> tuple[Hospital, ...]:
    """The rows of `hospitals.csv`."""
    seen: set[str] = set()
    rows = rows_of(file, text, HOSPITAL_NEEDS, HOSPITAL_MAY)
    return tuple(hospital_of(row, seen) for row in rows)


def read_units(file: Path, text: str, stations: tuple[Station, ...]) -> tuple[UnitRecord, ...]:
    """The rows of `units.csv`; each must stand at one of the stations."""
    homes = {station.station_id: station for station in stations}
    seen: set[str] = set()
    labels: set[str] = set()
    rows = rows_of(file, text, UNIT_NEEDS, UNIT_MAY)
    return tuple(unit_of(row, seen, labels, homes) for row in rows)
