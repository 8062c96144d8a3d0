"""An agency's folder: who serves the land. Opened as hostile input; see AGENCY.md.

Every error is a `Problem` that names file, line and column.
"""

from __future__ import annotations

import hashlib
import stat
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from dispatch.domain.message import Problem
from dispatch.domain.target import Target
from dispatch.region.agency_areas import AgencyArea, AgencyAreas, read_areas
from dispatch.region.agency_files import (
    AgencyToml,
    CoordinateFormat,
    Limits,
    read_agency_toml,
    read_targets,
)
from dispatch.region.agency_hydrants import Hydrants, read_hydrants
from dispatch.region.agency_names import AgencyName, known_places, read_names
from dispatch.region.agency_rows import (
    Hospital,
    Station,
    UnitRecord,
    read_hospitals,
    read_stations,
    read_units,
)
from dispatch.region.underlay import Underlay

if TYPE_CHECKING:
    from dispatch.region.gazetteer_entries import KnownPlace

FILE_CAP = 4 * 1024**2
#: Binary files, read by the rooms that own them.
BINARY_CAP = 256 * 1024**2
ENTRY_CAP = 200

_REQUIRED = ("agency.toml", "units.csv", "stations.csv", "hospitals.csv", "targets.toml")
_FOLDERS = ("run_cards", "questions")
_BINARY = ("areas.gpkg", "demand.parquet", "hydrants.parquet")
_OPTIONAL = ("README.md", "names.csv", *_BINARY)


@dataclass(frozen=True)
class Agency:
    """Who serves a region. `region` is the file name of its pack without `.region`.

    `sha` is the SHA-256 of everything in the folder; it changes with the roster.
    """

    path: Path
    sha: str
    settings: AgencyToml
    units: tuple[UnitRecord, ...]
    stations: tuple[Station, ...]
    hospitals: tuple[Hospital, ...]
    targets: tuple[Target, ...]

    @property
    def name(self) -> str:
        """As shown, in its own language."""
        return self.settings.name

    @property
    def names(self) -> dict[str, str]:
        """Names by language."""
        return self.settings.names

    @property
    def region(self) -> str:
        """The pack it belongs to."""
        return self.settings.region

    @property
    def services(self) -> tuple[str, ...]:
        """medical, fire, police, rescue."""
        return self.settings.services

    @property
    def languages(self) -> tuple[str, ...]:
        """Languages of the service; the first leads."""
        return self.settings.languages

    @property
    def profile(self) -> str:
        """Which levels, run cards and targets are meant."""
        return self.settings.profile

    @property
    def limits(self) -> Limits:
        """Limits in seconds."""
        return self.settings.limits

    @property
    def coordinates(self) -> CoordinateFormat:
        """How places are written; see `coordinate_format.format_coordinates`."""
        return self.settings.map.coordinates

    @property
    def underlay(self) -> Underlay | None:
        """The raster under the map, None where it has none. `found(agency.path)` is its file."""
        return self.settings.underlay

    @property
    def telephone(self) -> dict[str, str]:
        """Numbers of other services."""
        return self.settings.telephone

    @cached_property
    def areas(self) -> AgencyAreas:
        """Districts and beats, read when first asked for; none where it has no `areas.gpkg`.

        The surface thread asks only when `is_warm`. Raises `Problem` naming file and feature.
        """
        file = self.path / "areas.gpkg"
        return read_areas(file) if file.is_file() else AgencyAreas()

    @cached_property
    def hydrants(self) -> Hydrants:
        """Hydrants as columns, read when first asked for. Raises `Problem` naming the file."""
        file = self.path / "hydrants.parquet"
        return read_hydrants(file) if file.is_file() else Hydrants.none()

    @cached_property
    def own_names(self) -> tuple[AgencyName, ...]:
        """Its own names of places, for the gazetteer, read when first asked for.

        Raises `Problem` naming file, line and column.
        """
        file = self.path / "names.csv"
        return read_names(file, _decoded(file, file.read_bytes())) if file.is_file() else ()

    @cached_property
    def known_places(self) -> tuple[KnownPlace, ...]:
        """Its own names as `extra_names` of the gazetteer."""
        return known_places(self.own_names)

    def warm(self) -> None:
        """Read what is read when first asked for; beside the surface thread. Raises `Problem`."""
        _ = self.areas, self.hydrants, self.own_names

    @property
    def is_warm(self) -> bool:
        """Whether districts and beats can be asked for without reading a file."""
        return "areas" in self.__dict__

    def area_of(self, lon: float, lat: float, kind: str = "district") -> AgencyArea | None:
        """The district (or `kind` "beat") that holds a point, degrees."""
        return self.areas.area_of(lon, lat, kind)

    @cached_property
    def _units(self) -> dict[str, UnitRecord]:
        return {unit.unit_id: unit for unit in self.units}

    @cached_property
    def _stations(self) -> dict[str, Station]:
        return {station.station_id: station for station in self.stations}

    @cached_property
    def _hospitals(self) -> dict[str, Hospital]:
        return {hospital.hospital_id: hospital for hospital in self.hospitals}

    def unit(self, unit_id: str) -> UnitRecord | None:
        """A unit by id."""
        return self._units.get(unit_id)

    def station(self, station_id: str) -> Station | None:
        """A station by id."""
        return self._stations.get(station_id)

    def hospital(self, hospital_id: str) -> Hospital | None:
        """A hospital by id."""
        return self._hospitals.get(hospital_id)

    def turnout_s(self, kind: str) -> float:
        """Median seconds from alert to wheels turning of a unit kind."""
        table = self.settings.turnout_s
        return table.get(kind, table.get("default", 60.0))

    def abbreviation(self, state: str, language: str) -> str | None:
        """The agency's own word for a unit state, None where it has none."""
        return self._text(self.settings.abbreviations, state, language)

    def radio(self, text_id: str, language: str | None = None) -> str | None:
        """Words for the radio with their placeholders; the agency's leading language first."""
        return self._text(self.settings.radio, text_id, language or self.languages[0])

    def _text(self, tables: dict[str, dict[str, str]], key: str, language: str) -> str | None:
        for tongue in (language, *self.languages):
            if text := tables.get(tongue, {}).get(key):
                return text
        return None

    def target_for(
        self,
        service: str,
        stop: str,
        *,
        level: str | None = None,
        type_id: str | None = None,
        unit_kind: str | None = None,
    ) -> Target | None:
        """The first target whose scope fits; None is "not set", never invented."""
        for target in self.targets:
            if (
                target.service == service
                and target.stop == stop
                and (not target.levels or level in target.levels)
                and (not target.types or type_id in target.types)
                and (not target.unit_kinds or unit_kind in target.unit_kinds)
            ):
                return target
        return None


def open_agency(path: Path | str) -> Agency:
    """Open an agency's folder.

    Raises `Problem`: `region.agency_missing`, `region.agency_foreign_file`,
    `region.agency_incomplete`, `region.file_too_large`, or `region.agency_cell` /
    `region.agency_field` naming file, line, column and what was expected.
    """
    path = Path(path)
    if path.is_symlink() or not path.is_dir():
        raise Problem("region.agency_missing", file=str(path))
    files = _listing(path)
    if missing := sorted(set(_REQUIRED) - set(files)):
        raise Problem("region.agency_incomplete", file=str(path), missing=", ".join(missing))
    digest = hashlib.sha256()
    texts: dict[str, str] = {}
    for name in sorted(files):
        content = files[name].read_bytes()
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
        if name in _REQUIRED:
            texts[name] = _decoded(files[name], content)
    settings = read_agency_toml(files["agency.toml"], texts["agency.toml"])
    stations = read_stations(files["stations.csv"], texts["stations.csv"])
    return Agency(
        path=path,
        sha=digest.hexdigest(),
        settings=settings,
        stations=stations,
        units=read_units(files["units.csv"], texts["units.csv"], stations),
        hospitals=read_hospitals(files["hospitals.csv"], texts["hospitals.csv"]),
        targets=read_targets(files["targets.toml"], texts["targets.toml"]),
    )


def _listing(path: Path) -> dict[str, Path]:
    """Every file by its name inside the folder, names and sizes checked."""
    found: dict[str, Path] = {}
    for entry in sorted(path.iterdir()):
        mode = entry.lstat().st_mode
        if entry.name in _FOLDERS and stat.S_ISDIR(mode):
            for inner in sorted(entry.iterdir()):
                regular = stat.S_ISREG(inner.lstat().st_mode)
                if not regular or inner.suffix != ".toml":
                    raise Problem("region.agency_foreign_file", file=str(inner))
                found[f"{entry.name}/{inner.name}"] = inner
        elif entry.name in _REQUIRED + _OPTIONAL and stat.S_ISREG(mode):
            found[entry.name] = entry
        else:
            raise Problem("region.agency_foreign_file", file=str(entry))
        if len(found) > ENTRY_CAP:
            raise Problem("region.agency_foreign_file", file=str(entry))
    for name, file in found.items():
        cap = BINARY_CAP if name in _BINARY else FILE_CAP
        if file.stat().st_size > cap:
            raise Problem("region.file_too_large", file=str(file), cap=cap)
    return found


def _decoded(file: Path, content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise Problem(
            "region.agency_cell", file=str(file), line=line, column=1, what="UTF-8"
        ) from error


__all__ = [
    "Agency",
    "AgencyArea",
    "AgencyAreas",
    "AgencyName",
    "Hospital",
    "Hydrants",
    "Limits",
    "Station",
    "Target",
    "UnitRecord",
    "open_agency",
]
