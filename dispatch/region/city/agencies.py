"""Writes the three agencies that serve the built-in city (format in ../AGENCY.md).

Everything but the run cards, which stand in the same folders and are other people's.
"""

from __future__ import annotations

import csv
import io
import os
from dataclasses import dataclass
from pathlib import Path

import geopandas
import pyarrow.parquet as pq
import shapely

from dispatch.region.city import fleets
from dispatch.region.city.build import City
from dispatch.region.city.demand import demand_table
from dispatch.region.city.districts import Ward
from dispatch.region.city.naming import Name
from dispatch.region.city.plan import to_degrees
from dispatch.region.city.services import Post
from dispatch.resources import resource

_STATION_COLUMNS = ("station_id", "service", "name", "name_en", "name_ru", "name_kk", "name_ko",
                    "lon", "lat")  # fmt: skip
_HOSPITAL_COLUMNS = ("hospital_id", "name", "name_en", "name_ru", "name_kk", "name_ko", "lon",
                     "lat", "capabilities", "beds", "accepts")  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class _Plan:
    folder: str
    language: str
    units: list[fleets.Unit]
    calls_per_hour: float
    scale: dict[str, float]


def _plans() -> list[_Plan]:
    return [
        _Plan(folder="international", language="en", units=fleets.international(),
              calls_per_hour=13.0, scale={}),
        # 103 is called for far more than 119: illness at home above all.
        _Plan(folder="kazakhstan", language="ru", units=fleets.kazakhstan(),
              calls_per_hour=17.0, scale={"sick": 1.7, "chest_pain": 1.2}),
        _Plan(folder="korea", language="ko", units=fleets.korea(), calls_per_hour=6.5,
              scale={"violence": 0.6, "hazard": 1.2}),
    ]  # fmt: skip


def write_agencies(city: City, folder: Path) -> None:
    """Write `international.agency`, `kazakhstan.agency` and `korea.agency` into a folder."""
    for plan in _plans():
        out = folder / f"{plan.folder}.agency"
        out.mkdir(parents=True, exist_ok=True)
        source = resource("city", "agencies")
        text = (source / f"{plan.folder}.toml").read_text("utf-8")
        shared = (source / "abbreviations.toml").read_text("utf-8")
        (out / "agency.toml").write_text(f"{text}\n{shared}", "utf-8", newline="\n")
        targets = (source / f"{plan.folder}.targets.toml").read_text("utf-8")
        (out / "targets.toml").write_text(targets, "utf-8", newline="\n")
        used = {u.station_id for u in plan.units}
        stations = [p for p in city.services.posts if p.ref in used]
        _csv(
            out / "stations.csv",
            _STATION_COLUMNS,
            [[p.ref, p.service, *_names(p.name, plan.language), *_place(p)] for p in stations],
        )
        _csv(out / "units.csv", fleets.UNIT_COLUMNS, [u.row() for u in plan.units])
        hospitals = [p for p in city.services.posts if p.service == "hospital"]
        _csv(out / "hospitals.csv", _HOSPITAL_COLUMNS,
             [[p.ref, *_names(p.name, plan.language), *_place(p), " ".join(p.capabilities),
               str(p.beds), "yes"] for p in hospitals])  # fmt: skip
        table = demand_table(city.services.zones, plan.calls_per_hour, plan.scale)
        pq.write_table(table, out / "demand.parquet", compression="zstd", compression_level=19,
                       write_statistics=False)  # fmt: skip
        _areas(out / "areas.gpkg", city.districts, city.beats)


def _names(name: Name, language: str) -> list[str]:
    return [getattr(name, language), name.en, name.ru, name.kk, name.ko]


def _place(post: Post) -> list[str]:
    lon, lat = to_degrees(shapely.get_coordinates(shapely.Point(post.x, post.y)))[0]
    return [f"{lon:.6f}", f"{lat:.6f}"]


def _csv(path: Path, columns: tuple[str, ...], rows: list[list[str]]) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    path.write_text(text.getvalue(), "utf-8", newline="\n")


def _areas(path: Path, districts: list[Ward], beats: list[Ward]) -> None:
    # A GeoPackage bears the time of its writing; a fixed one keeps the bytes the same.
    os.environ["OGR_CURRENT_DATE"] = "2026-01-01T00:00:00.000Z"
    path.unlink(missing_ok=True)
    for layer, wards, service in (("districts", districts, "medical"), ("beats", beats, "police")):
        frame = geopandas.GeoDataFrame(
            {
                "ref": [w.ref for w in wards],
                "name": [w.name.en for w in wards],
                "name_en": [w.name.en for w in wards],
                "name_ru": [w.name.ru for w in wards],
                "name_kk": [w.name.kk for w in wards],
                "name_ko": [w.name.ko for w in wards],
                "service": [service for _ in wards],
            },
            geometry=[
                shapely.set_precision(shapely.transform(w.shape.simplify(12.0), to_degrees), 1e-6)
                for w in wards
            ],
            crs="EPSG:4326",
        )
        frame.to_file(path, layer=layer, driver="GPKG", engine="pyogrio",
                      dataset_options={"VERSION": "1.3"})  # fmt: skip
