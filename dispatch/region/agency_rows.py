"""`units.csv`, `stations.csv`, `hospitals.csv`: one row a thing, each error with its line."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import NoReturn

from dispatch.domain.message import Problem
from dispatch.domain.unit import UnitState
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

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SHIFT = re.compile(
    r"^(?:(?P<first>[a-z]{3})-(?P<last>[a-z]{3}) )?(?P<from>\d\d:\d\d)-(?P<to>\d\d:\d\d)$"
)
_ROW_CAP = 20_000
_CELL_CAP = 500
_LANGUAGES = ("en", "ru", "kk", "ko")
_NAME_COLUMNS = tuple(f"name_{language}" for language in _LANGUAGES)


@dataclass(frozen=True)
class Shift:
    """Hours in which a unit is staffed, local time. `days` are 0 = Monday .. 6; a shift that ends
    before it begins runs past midnight and belongs to the day on which it begins."""

    days: frozenset[int] = frozenset(range(7))
    from_min: int = 0
    to_min: int = 24 * 60

    def covers(self, local: datetime) -> bool:
        """Whether a local moment lies in the shift."""
        minute, day = local.hour * 60 + local.minute, local.weekday()
        if self.from_min < self.to_min:
            return day in self.days and self.from_min <= minute < self.to_min
        began_yesterday = minute < self.to_min and (day - 1) % 7 in self.days
        return began_yesterday or (minute >= self.from_min and day in self.days)


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


class _Row:
    """One line of a file, asked cell by cell."""

    def __init__(self, file: Path, line: int, cells: dict[str, str]) -> None:
        self._file = file
        self._line = line
        self._cells = cells

    def wrong(self, column: str, what: str = "") -> NoReturn:
        """Raise the problem of one cell."""
        raise Problem(
            "region.agency_cell",
            file=str(self._file),
            line=self._line,
            column=column,
            what=what or self._cells.get(column, ""),
        )

    def text(self, column: str) -> str:
        """A cell, "" where it is empty or missing."""
        return self._cells.get(column, "")

    def needed(self, column: str) -> str:
        """A cell that must not be empty."""
        value = self.text(column)
        return value if value else self.wrong(column)

    def key(self, column: str, seen: set[str]) -> str:
        """An id: short, without blanks, not used before."""
        value = self.needed(column)
        if len(value) > 20 or re.search(r"\s", value) or value in seen:
            self.wrong(column)
        seen.add(value)
        return value

    def one_of(self, column: str, allowed: Collection[str], default: str = "") -> str:
        """One of a closed list."""
        value = self.text(column) or default
        return value if value in allowed else self.wrong(column)

    def some_of(self, column: str, allowed: Collection[str]) -> frozenset[str]:
        """Words separated by blanks, each of a closed list."""
        values = self.text(column).split()
        for value in values:
            if value not in allowed:
                self.wrong(column, value)
        return frozenset(values)

    def whole(self, column: str, low: int, high: int, default: int) -> int:
        """A whole number in a range."""
        value = self.text(column)
        if not value:
            return default
        if not re.fullmatch(r"\d{1,9}", value) or not low <= int(value) <= high:
            self.wrong(column)
        return int(value)

    def degrees(self, column: str, limit: float) -> float:
        """A coordinate in degrees."""
        value = self.needed(column)
        # A decimal comma is a slip of the spreadsheet, not a second meaning.
        if not re.fullmatch(r"-?\d{1,3}([.,]\d{1,15})?", value):
            self.wrong(column)
        degrees = float(value.replace(",", "."))
        return degrees if abs(degrees) <= limit else self.wrong(column)

    def point(self) -> tuple[float, float]:
        """`lon` and `lat`."""
        return self.degrees("lon", 180.0), self.degrees("lat", 90.0)

    def names(self) -> dict[str, str]:
        """The local name under "" and those in languages."""
        names = {"": self.needed("name")}
        return names | {lang: t for lang in _LANGUAGES if (t := self.text(f"name_{lang}"))}

    def shift(self) -> Shift:
        """`24h`, `08:00-20:00`, `mon-fri 08:00-20:00`."""
        value = self.text("shift").lower()
        if value in ("", "24h"):
            return Shift()
        match = _SHIFT.match(value)
        if match is None:
            self.wrong("shift")
        days = frozenset(range(7))
        if match["first"]:
            if match["first"] not in _DAYS or match["last"] not in _DAYS:
                self.wrong("shift")
            first, last = _DAYS.index(match["first"]), _DAYS.index(match["last"])
            days = frozenset((first + i) % 7 for i in range((last - first) % 7 + 1))
        minutes = []
        for part in (match["from"], match["to"]):
            hour, minute = int(part[:2]), int(part[3:])
            if hour > 24 or minute > 59 or hour * 60 + minute > 24 * 60:
                self.wrong("shift")
            minutes.append(hour * 60 + minute)
        return Shift(days, minutes[0], minutes[1])


def _rows(file: Path, text: str, needed: Collection[str], may: Collection[str]) -> Iterator[_Row]:
    """The rows of a CSV whose header must hold the needed columns and no unknown one."""
    head = text.split("\n", 1)[0]
    separator = max(",;\t", key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        header = [cell.strip().lower() for cell in next(reader, [])]
        problem = _Row(file, 1, {})
        for column in header:
            if column not in (*needed, *may) and not column.startswith("x_"):
                problem.wrong(column, column)
        for column in needed:
            if header.count(column) != 1:
                problem.wrong(column, column)
        for count, cells in enumerate(reader):
            line = reader.line_num
            if not any(cell.strip() for cell in cells):
                continue
            row = _Row(file, line, dict(zip(header, map(str.strip, cells), strict=False)))
            if len(cells) != len(header) or count >= _ROW_CAP:
                row.wrong(header[min(len(cells), len(header)) - 1], f"{len(cells)}/{len(header)}")
            for column, cell in zip(header, cells, strict=True):
                if len(cell) > _CELL_CAP or any(not c.isprintable() for c in cell):
                    row.wrong(column, cell[:40])
            yield row
    except csv.Error as error:
        raise Problem(
            "region.agency_cell",
            file=str(file),
            line=reader.line_num,
            column="",
            what=str(error),
        ) from error


def read_stations(file: Path, text: str) -> tuple[Station, ...]:
    """The rows of `stations.csv`."""
    seen: set[str] = set()
    needed = ("station_id", "service", "name", "lon", "lat")
    result = []
    for row in _rows(file, text, needed, (*_NAME_COLUMNS, "address", "phone")):
        lon, lat = row.point()
        result.append(
            Station(
                station_id=row.key("station_id", seen),
                service=row.one_of("service", SERVICES),
                names=row.names(),
                lon=lon,
                lat=lat,
                address=row.text("address"),
                phone=row.text("phone"),
            )
        )
    return tuple(result)


def read_hospitals(file: Path, text: str) -> tuple[Hospital, ...]:
    """The rows of `hospitals.csv`."""
    seen: set[str] = set()
    needed = ("hospital_id", "name", "lon", "lat", "capabilities")
    result = []
    for row in _rows(file, text, needed, (*_NAME_COLUMNS, "beds", "address", "phone", "accepts")):
        lon, lat = row.point()
        result.append(
            Hospital(
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
        )
    return tuple(result)


def read_units(file: Path, text: str, stations: tuple[Station, ...]) -> tuple[UnitRecord, ...]:
    """The rows of `units.csv`; each must stand at one of the stations."""
    homes = {station.station_id: station for station in stations}
    states = [state.value for state in UnitState]
    seen: set[str] = set()
    labels: set[str] = set()
    needed = ("unit_id", "service", "kind", "label", "station_id", "capabilities")
    result = []
    for row in _rows(file, text, needed, ("crew", "shift", "state", "lon", "lat")):
        home = homes[row.one_of("station_id", homes)]
        placed = bool(row.text("lon") or row.text("lat"))
        lon, lat = row.point() if placed else (home.lon, home.lat)
        label = row.needed("label")
        # The radio and the command line know a unit by its label alone.
        if label in labels or len(label) > 40:
            row.wrong("label")
        labels.add(label)
        result.append(
            UnitRecord(
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
                state=row.one_of("state", states, "available_at_station"),
            )
        )
    return tuple(result)
