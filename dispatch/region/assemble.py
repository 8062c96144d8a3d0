"""The last part of every build: from drafts of the tables to a finished pack."""

from __future__ import annotations

import math
import re
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from dispatch.domain.message import Problem
from dispatch.region.manifest import Doubt, Manifest, Source
from dispatch.region.progress import Steps
from dispatch.region.report import BuildReport
from dispatch.region.road_draft import RoadDraft
from dispatch.region.writer import PackWriter
from dispatch.region.zone import guess_time_zone, is_time_zone

_DEGREE_M = 111_195.0
_CYRILLIC = re.compile(r"[Ѐ-ӿ]")
_HANGUL = re.compile(r"[가-힣]")


@dataclass
class Draft:
    """The tables of a pack in the making; areas still hold shapely geometry."""

    roads: RoadDraft
    signals: set[int] = field(default_factory=set)
    restrictions: list[dict[str, Any]] = field(default_factory=list)
    areas: list[dict[str, Any]] = field(default_factory=list)
    lines: list[dict[str, Any]] = field(default_factory=list)
    places: list[dict[str, Any]] = field(default_factory=list)
    addresses: list[dict[str, Any]] = field(default_factory=list)
    languages: set[str] = field(default_factory=set)
    doubts: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class About:
    """What the manifest says beyond the tables."""

    name: str
    source: Source
    licence: str = ""
    attribution: str = ""
    time_zone: str | None = None
    settlement: str = ""


def road_bounds(roads: RoadDraft) -> tuple[float, float, float, float]:
    """West, south, east, north of all edges, degrees."""
    coords, _ = roads.coords_e7()
    (west, south), (east, north) = coords.min(axis=0), coords.max(axis=0)
    return tuple(round(int(v) * 1e-7, 7) for v in (west, south, east, north))  # type: ignore[return-value]


def write_pack(
    draft: Draft, about: About, output: Path, steps: Steps, started: float
) -> BuildReport:
    """Write the pack and say what is in it.

    Raises `Problem("region.no_roads")` when nothing can be driven on, `region.time_zone` when the
    zone given is none, and what `PackWriter` raises.
    """
    if not len(draft.roads):
        raise Problem("region.no_roads", file=about.source.file)
    bounds = road_bounds(draft.roads)
    zone = about.time_zone
    if zone is not None and not is_time_zone(zone):
        raise Problem("region.time_zone", zone=zone)
    doubts = Counter(draft.doubts)
    if zone is None:
        zone = guess_time_zone((bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2)
        doubts["region.doubt.time_zone"] = 1
    steps.at("region.step.network", 0.6)
    nodes, edges = draft.roads.finish(draft.signals)
    islands = int((nodes["component"] >= 2).sum())
    if islands:
        doubts["region.doubt.unconnected"] = islands
    if traps := int((nodes["component"] == 1).sum()):
        doubts["region.doubt.one_way_trap"] = traps
    streets = set(draft.roads.columns["name"])
    lost = sum(1 for row in draft.addresses if not row.get("street"))
    if lost:
        doubts["region.doubt.address_without_street"] = lost
    foreign = sum(
        1 for row in draft.addresses if row.get("street") and row["street"] not in streets
    )
    if foreign:
        doubts["region.doubt.address_street_unknown"] = foreign
    steps.at("region.step.writing", 0.75)
    with PackWriter(output) as writer:
        credit = {"licence": about.licence, "attribution": about.attribution}
        counts = {
            "nodes": writer.write("nodes", nodes, **credit),
            "edges": writer.write("edges", edges, **credit),
            "restrictions": writer.write("restrictions", draft.restrictions, **credit),
            "areas": writer.write("areas", _area_rows(draft.areas), **credit),
            "lines": writer.write("lines", draft.lines, **credit),
            "places": writer.write("places", draft.places, **credit),
            "addresses": writer.write("addresses", draft.addresses, **credit),
            "road_km": round(float(np.sum(edges["length_m"])) / 1000),
        }
        steps.at("region.step.writing", 0.95)
        found = tuple(Doubt(id=key, n=n) for key, n in sorted(doubts.items()) if n)
        writer.finish(
            Manifest(
                name=about.name,
                bounds=bounds,
                time_zone=zone,
                time_zone_known=about.time_zone is not None,
                languages=tuple(sorted(draft.languages | _scripts(streets))),
                attribution=about.attribution,
                settlement=about.settlement,
                source=about.source,
            ),
            found,
        )
    steps.at("region.step.done", 1.0)
    return BuildReport(
        path=output,
        name=about.name,
        counts=counts,
        doubts=found,
        time_zone=zone,
        time_zone_known=about.time_zone is not None,
        took_s=time.monotonic() - started,
    )


def _scripts(names: set[str | None]) -> set[str]:
    """Languages that the local names are plainly written in, by their script."""
    known = [name for name in names if name]
    if not known:
        return set()
    found = set()
    for language, pattern in (("ru", _CYRILLIC), ("ko", _HANGUL)):
        if sum(1 for name in known if pattern.search(name)) * 2 > len(known):
            found.add(language)
    return found


def _area_rows(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    if not rows:
        return []
    shapes = np.array([row["geometry"] for row in rows], dtype=object)
    broken = ~shapely.is_valid(shapes)
    shapes[broken] = shapely.make_valid(shapes[broken], method="structure")
    result = []
    for row, shape in zip(rows, shapes, strict=True):
        parts = [p for p in shapely.get_parts(shape) if p.geom_type in ("Polygon", "MultiPolygon")]
        if not parts:
            continue
        whole = parts[0] if len(parts) == 1 else shapely.multipolygons(parts)
        latitude = whole.bounds[1] / 2 + whole.bounds[3] / 2
        scale = _DEGREE_M * _DEGREE_M * math.cos(math.radians(latitude))
        result.append(
            {
                **row,
                "area_m2": round(whole.area * scale, 1),
                "geometry": shapely.to_wkb(whole, byte_order=1),
            }
        )
    return result
