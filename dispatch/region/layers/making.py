"""`vigil agency new`: an agency's folder for a region, with what its pack knows of services."""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from dispatch.domain.message import Problem
from dispatch.region.agency import Agency, open_agency
from dispatch.region.agency_hydrants import HYDRANTS_CAP
from dispatch.region.agency_rows import HOSPITAL_NEEDS, STATION_NEEDS, UNIT_NEEDS
from dispatch.region.layers.columns import FIELDS, usual_capabilities, word_of
from dispatch.region.layers.earth import number_of
from dispatch.region.layers.formula import is_formula
from dispatch.region.layers.tables import LayerTable, csv_text, write_table
from dispatch.region.pack import Pack
from dispatch.region.schema import AREA_KINDS, NAME_LANGUAGES, PLACE_KINDS
from dispatch.resources import resource
from dispatch.words import say

PROFILES = ("international", "kazakhstan", "korea")

#: Kind of place -> (service, letter of its stations).
_STATIONS = {
    "fire_station": ("fire", "F"),
    "ambulance_station": ("medical", "A"),
    "police": ("police", "P"),
}
#: What a first fleet has at each station: service -> kinds, by profile.
_FLEETS: dict[str, dict[str, tuple[str, ...]]] = {
    "international": {
        "medical": ("als_ambulance", "bls_ambulance"),
        "fire": ("engine",),
        "police": ("patrol", "patrol"),
    },
    "kazakhstan": {
        "medical": ("feldsher", "feldsher"),
        "fire": ("pump",),
        "police": ("patrol", "patrol"),
    },
    "korea": {"medical": ("emt",), "fire": ("pump",)},
}


@dataclass(frozen=True)
class Made:
    """The agency, and how many of each the pack gave."""

    agency: Agency
    counts: dict[str, int]


def make_agency(
    folder: Path,
    pack: Pack,
    *,
    profile: str = "international",
    name: str | None = None,
    units: bool = False,
) -> Made:
    """Make the folder, which must not be there; whole or not at all.

    Stations, hospitals, hydrants, districts and beats are those of the pack; levels, targets and
    run cards those of the profile. `units` adds a first fleet, so that a desk can be tried at once.
    Raises `Problem`: `layers.exists`, `layers.unwritable`.
    """
    if folder.exists() or folder.is_symlink():
        raise Problem("layers.exists", file=str(folder))
    template = open_agency(resource("agencies", f"{profile}.agency"))
    rows = _rows(pack, template, profile, with_units=units)
    try:
        with tempfile.TemporaryDirectory(prefix=".vigil-", dir=folder.absolute().parent) as made:
            draft = Path(made, folder.name)
            draft.mkdir()
            _fill(draft, pack, template, name or pack.name, rows)
            agency = open_agency(draft)
            for layer in ("hydrants", "districts", "beats"):
                if rows[layer].rows:
                    write_table(draft, rows[layer], agency)
                    agency = open_agency(draft)
            agency.warm()
            os.rename(draft, folder)
    except OSError as error:
        what = error.strerror or str(error)
        raise Problem("layers.unwritable", file=str(folder), what=what) from error
    return Made(open_agency(folder), {layer: len(table.rows) for layer, table in rows.items()})


def _fill(
    draft: Path, pack: Pack, template: Agency, name: str, rows: dict[str, LayerTable]
) -> None:
    region = pack.path.name.removesuffix(".region")
    (draft / "agency.toml").write_text(_settings(template, name, region), "utf-8")
    shutil.copyfile(template.path / "targets.toml", draft / "targets.toml")
    shutil.copytree(template.path / "run_cards", draft / "run_cards")
    readme = resource("profiles", "agency_readme.md").read_text("utf-8")
    (draft / "README.md").write_text(readme.replace("{region}", name), "utf-8")
    for layer in ("stations", "hospitals", "units"):
        table = rows[layer]
        text = csv_text(table.columns, table.rows, guard=False)
        (draft / f"{layer}.csv").write_text(text, "utf-8")


def _settings(template: Agency, name: str, region: str) -> str:
    """The profile's `agency.toml` with a name and a region of its own."""
    text = (template.path / "agency.toml").read_text("utf-8")
    for key, value in (("name", name), ("region", region)):
        line = f"{key} = {json.dumps(value, ensure_ascii=False)}"
        found = re.search(rf"(?m)^{key} = .*$", text)
        assert found is not None  # a shipped file
        text = text[: found.start()] + line + text[found.end() :]
    text = re.sub(r"(?ms)^\[names\]\n.*?(?=^\[)", "", text)
    return text.rstrip() + '\n\n[map]\ncoordinates = "decimal"\n'


def _rows(pack: Pack, template: Agency, profile: str, *, with_units: bool) -> dict[str, LayerTable]:
    named = tuple(f"name_{language}" for language in NAME_LANGUAGES)
    language = template.languages[0]
    stations, hospitals, hydrants = _places(pack, template.services, language)
    units: list[dict[str, str]] = []
    if with_units:
        stations += _posts(pack, stations, hospitals, language)
        units = _fleet(stations, template, profile)
    columns = {
        "stations": (*STATION_NEEDS[:3], *named, "lon", "lat", "address"),
        "hospitals": (*HOSPITAL_NEEDS[:2], *named, "lon", "lat", "capabilities", "address"),
        "units": (*UNIT_NEEDS, "crew", "shift"),
        "hydrants": (*FIELDS["hydrants"], "lon", "lat"),
    }
    tables = {
        layer: LayerTable(layer, columns[layer], rows, [])
        for layer, rows in (
            ("stations", stations),
            ("hospitals", hospitals),
            ("units", units),
            ("hydrants", hydrants),
        )
    }
    return tables | {layer: _areas(pack, layer) for layer in ("districts", "beats")}


def _places(
    pack: Pack, services: tuple[str, ...], language: str
) -> tuple[list[dict[str, str]], list[dict[str, str]], list[dict[str, str]]]:
    stations: list[dict[str, str]] = []
    hospitals: list[dict[str, str]] = []
    hydrants: list[dict[str, str]] = []
    counts: dict[str, int] = defaultdict(int)
    wanted = [PLACE_KINDS.index(kind) for kind in (*_STATIONS, "hospital", "hydrant")]
    table = pack.table("places")
    for i in np.flatnonzero(np.isin(pack.places.kind_code, wanted)):
        place: dict[str, Any] = table.slice(int(i), 1).to_pylist()[0]
        where = {"lon": f"{place['lon_e7'] * 1e-7:.7f}", "lat": f"{place['lat_e7'] * 1e-7:.7f}"}
        kind = str(place["kind"])
        tags = json.loads(place["attributes"] or "{}")
        if kind == "hydrant":
            if len(hydrants) < HYDRANTS_CAP:
                hydrants.append(_hydrant(place, tags, len(hydrants) + 1) | where)
        elif kind == "hospital":
            number = f"H{len(hospitals) + 1}"
            able = "emergency general" if tags.get("emergency") == "yes" else "general"
            row = {"hospital_id": number, "capabilities": able}
            hospitals.append(row | _names(place, number) | where)
        elif _STATIONS[kind][0] in services:
            service, letter = _STATIONS[kind]
            counts[letter] += 1
            number = f"{letter}{counts[letter]}"
            usual = say("layers.station_name", language, n=number)
            row = {"station_id": number, "service": service}
            stations.append(row | _names(place, usual) | where)
    return stations, hospitals, hydrants


def _names(place: dict[str, Any], usual: str) -> dict[str, str]:
    names = {"name": _plain(place["name"]) or usual, "address": _plain(place["address"])}
    return names | {
        f"name_{language}": _plain(place[f"name_{language}"]) for language in NAME_LANGUAGES
    }


def _plain(text: str | None) -> str:
    """A name of the map, short and harmless in a spreadsheet."""
    shown = "".join(sign for sign in text or "" if sign.isprintable())[:200].strip()
    return shown.lstrip("=@+-\t ") if is_formula(shown) else shown


def _hydrant(place: dict[str, Any], tags: dict[str, str], number: int) -> dict[str, str]:
    kind = word_of("hydrant", str(tags.get("fire_hydrant:type", "")))
    known = ("pillar", "underground", "wall", "water_tank", "pond")
    numbers = {}
    for field, tag in (("diameter_mm", "diameter"), ("flow_lpm", "flow_rate")):
        found = re.match(r"[\d.,]+", str(tags.get(f"fire_hydrant:{tag}", "")))
        value = number_of(found[0]) if found else None
        numbers[field] = "" if value is None else f"{value:g}"
    return {
        "hydrant_id": f"{place['ref'] or number}"[:20].replace(" ", "-") + f"/{number}",
        "kind": kind if kind in known else "other",
        "in_service": "yes",
        "address": _plain(place["address"]),
        **numbers,
    }


def _posts(
    pack: Pack,
    stations: list[dict[str, str]],
    hospitals: list[dict[str, str]],
    language: str,
) -> list[dict[str, str]]:
    """Where ambulances stand in a region whose map shows no ambulance station: at its hospitals,
    else at its fire stations, else in its middle."""
    if any(station["service"] == "medical" for station in stations):
        return []
    homes = hospitals or [station for station in stations if station["service"] == "fire"]
    if not homes:
        lon, lat = np.median(pack.nodes.lonlat, axis=0)
        name = say("layers.station_name", language, n="A1")
        homes = [{"name": name, "lon": f"{lon:.7f}", "lat": f"{lat:.7f}"}]
    kept = ("name", "lon", "lat", "address", *(f"name_{language}" for language in NAME_LANGUAGES))
    return [
        {"station_id": f"A{i}", "service": "medical", **{k: home.get(k, "") for k in kept}}
        for i, home in enumerate(homes, start=1)
    ]


def _fleet(stations: list[dict[str, str]], template: Agency, profile: str) -> list[dict[str, str]]:
    counts: dict[str, int] = defaultdict(int)
    units = []
    for station in stations:
        for kind in _FLEETS[profile].get(station["service"], ()):
            short = template.abbreviation(kind, template.languages[0]) or kind
            counts[short] += 1
            units.append(
                {
                    "unit_id": f"{station['station_id']}-{sum(counts.values())}",
                    "service": station["service"],
                    "kind": kind,
                    "label": f"{short} {counts[short]}",
                    "station_id": station["station_id"],
                    "capabilities": usual_capabilities(kind),
                    "crew": "4" if station["service"] == "fire" else "2",
                    "shift": "24h",
                }
            )
    return units


def _areas(pack: Pack, layer: str) -> LayerTable:
    """Districts: the finest scheme of the pack that is no scheme of beats; beats: those."""
    beat = AREA_KINDS.index("beat")
    codes = np.asarray(pack.areas.kind_code)
    beats = {pack.areas.subkind[int(i)] or "" for i in np.flatnonzero(codes == beat)}
    schemes = [s for s in pack.district_schemes() if (s in beats) == (layer == "beats")]
    rows: list[dict[str, str]] = []
    shapes: list[Any] = []
    seen: set[str] = set()
    for district, shape in pack.districts(schemes[0]) if schemes else ():
        ref = re.sub(r"\s+", "-", district.ref or district.name())[:20] or f"A{len(rows) + 1}"
        while ref in seen:
            ref = f"{ref[:14]}-{len(rows) + 1}"
        seen.add(ref)
        row = {"ref": ref}
        for language, name in district.names.items():
            row[f"name_{language}" if language else "name"] = _plain(name)
        rows.append(row)
        shapes.append(shapely.make_valid(shape, method="structure"))
    return LayerTable(layer, FIELDS[layer], rows, shapes)
