"""From a recorded file to what playing it needs: an agency folder, and a table kept from advice."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from dispatch.domain.message import Problem
from dispatch.recommend.observed import (
    ObservedFleet,
    RecordedCall,
    observed_agency,
    stations_of,
)
from dispatch.region.pack import Pack
from dispatch.resources import resource
from dispatch.simulation.planned import PlannedCall
from dispatch.simulation.recorded import read_recorded

AGENCY_TOML = """format = 1
name = {name}
region = {region}
services = [{services}]
languages = ["en"]
profile = "international"

[radio.en]
dispatch = "{{units}}, {{type}}, {{address}}."
recall = "{{unit}}, cancel, return."
confirm_place = "{{unit}}, say your place."
"""


@dataclass(frozen=True)
class Playable:
    """What a recording needs to be played. `start_us` is the first moment."""

    agency: Path
    start_us: int
    calls: int
    units: int


def prepare(
    calls_file: Path,
    pack: Pack,
    folder: Path,
    *,
    start_us: int = 0,
    end_us: int | None = None,
) -> Playable:
    """Write `observed.agency` and `really_sent.json` into a folder of this play.

    The agency has the units seen in the window, at their observed homes, with the run cards of
    the agency that the crosswalk names. What the city really sent lies beside the journal, where
    only reports read it.
    """
    day = read_recorded(calls_file, start_us, end_us)
    ids = {call.call_id.removeprefix("rec-") for call in day.calls}
    _require_region(day.calls, calls_file, pack)
    window = [call for call in day.recorded.calls if call.call_id in ids]
    fleet = observed_agency(window, day.recorded.crosswalk, stations_of(pack))
    agency = folder / "observed.agency"
    try:
        agency.mkdir(parents=True, exist_ok=True)
        _write_agency(agency, pack, fleet, calls_file.stem)
        shutil.copytree(day.recorded.crosswalk.run_cards, agency / "run_cards", dirs_exist_ok=True)
        shutil.copyfile(_international_targets(), agency / "targets.toml")
        (folder / "really_sent.json").write_text(_really_sent(window), "utf-8")
        # A replay finds the map again; it is taken only where its hash is the journal's.
        (folder / "region.path").write_text(str(pack.path.absolute()), "utf-8")
    except OSError as error:
        raise Problem("sources.cannot_prepare", file=str(folder), what=str(error)) from error
    return Playable(agency, day.start_us, len(day.calls), len(fleet.units))


def _require_region(calls: Iterable[PlannedCall], calls_file: Path, pack: Pack) -> None:
    west, south, east, north = pack.bounds
    if not any(
        west <= call.truth_point.lon <= east and south <= call.truth_point.lat <= north
        for call in calls
    ):
        raise Problem("recommend.observed.elsewhere", file=str(calls_file), region=pack.name)


def _international_targets() -> Path:
    return resource("agencies", "international.agency", "targets.toml")


def _write_agency(agency: Path, pack: Pack, fleet: ObservedFleet, name: str) -> None:
    services = sorted({unit.service for unit in fleet.units})
    region = pack.path.name.removesuffix(".region")
    (agency / "agency.toml").write_text(
        AGENCY_TOML.format(
            name=json.dumps(f"Observed in {name}"[:60]),
            region=json.dumps(region),
            services=", ".join(json.dumps(service) for service in services),
        ),
        "utf-8",
    )
    _write_csv(
        agency / "units.csv",
        ["unit_id", "service", "kind", "label", "station_id", "capabilities", "crew"],
        (
            {
                "unit_id": unit.unit_id,
                "service": unit.service,
                "kind": unit.kind,
                "label": unit.label,
                "station_id": unit.station_id,
                "capabilities": " ".join(unit.capabilities),
                "crew": unit.crew,
            }
            for unit in fleet.units
        ),
    )
    _write_csv(
        agency / "stations.csv",
        ["station_id", "service", "name", "lon", "lat"],
        (
            {
                "station_id": each.station_id,
                "service": each.service,
                "name": each.name,
                "lon": each.point.lon,
                "lat": each.point.lat,
            }
            for each in fleet.stations
        ),
    )
    _write_csv(
        agency / "hospitals.csv",
        ["hospital_id", "name", "lon", "lat", "capabilities"],
        _hospitals(pack),
    )


def _hospitals(pack: Pack) -> list[dict[str, object]]:
    rows = pack.table("places").select(["kind", "name", "lon_e7", "lat_e7"]).to_pylist()
    found = [row for row in rows if row["kind"] == "hospital"]
    return [
        {
            "hospital_id": f"H{number}",
            "name": row["name"] or f"H{number}",
            "lon": row["lon_e7"] / 1e7,
            "lat": row["lat_e7"] / 1e7,
            "capabilities": "emergency general",
        }
        for number, row in enumerate(found, start=1)
    ]


def _write_csv(path: Path, header: list[str], rows: Iterable[Mapping[str, object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, header)
        writer.writeheader()
        writer.writerows(rows)


def _really_sent(calls: list[RecordedCall]) -> str:
    sent = {
        f"rec-{call.call_id}": [
            {
                "unit_id": unit.unit_id,
                "dispatched_us": unit.dispatched_us,
                "on_scene_us": unit.on_scene_us,
            }
            for unit in call.units
        ]
        for call in calls
    }
    return json.dumps(sent, sort_keys=True)
