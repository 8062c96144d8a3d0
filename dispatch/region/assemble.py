"""The last part of every build: from drafts of the tables to a finished pack."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from dispatch.domain.message import Problem
from dispatch.region.doubts import Doubts, examine
from dispatch.region.manifest import Manifest, Source
from dispatch.region.progress import Steps
from dispatch.region.report import BuildReport
from dispatch.region.road_draft import RoadDraft
from dispatch.region.writer import PackWriter, Rows
from dispatch.region.zone import guess_time_zone, is_time_zone

if TYPE_CHECKING:
    from dispatch.region.checkpoints import WorkFolder

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
    doubts: Doubts = field(default_factory=Doubts)
    #: The data's own date, where the source tells it.
    date: str = ""
    #: `osm`, `centrelines` or `graphml`.
    kind: str = ""


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
    draft: Draft, about: About, output: Path, steps: Steps, started: float, work: WorkFolder
) -> BuildReport:
    """Write the pack and say what is in it. Tables that `work` has whole are not written again.

    Raises `Problem("region.no_roads")` when nothing can be driven on, `region.time_zone` when the
    zone given is none, and what `PackWriter` raises.
    """
    if not len(draft.roads):
        raise Problem("region.no_roads", file=about.source.file)
    bounds = road_bounds(draft.roads)
    zone = about.time_zone
    if zone is not None and not is_time_zone(zone):
        raise Problem("region.time_zone", zone=zone)
    steps.at("region.step.network", 0.6)
    nodes, edges = draft.roads.finish(draft.signals)
    steps.at("region.step.examining", 0.65)
    if zone is None:
        zone = guess_time_zone((bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2)
        draft.doubts["region.doubt.time_zone"] = 1
    found, doubts = examine(
        draft.doubts, nodes, edges, draft.places, draft.addresses, about.source.kind == "osm"
    )
    credit = {"licence": about.licence, "attribution": about.attribution}
    rows: dict[str, Callable[[], Rows]] = {
        "nodes": lambda: nodes,
        "edges": lambda: edges,
        "restrictions": lambda: draft.restrictions,
        "areas": lambda: _area_rows(draft.areas),
        "lines": lambda: draft.lines,
        "places": lambda: draft.places,
        "addresses": lambda: draft.addresses,
    }
    counts = {}
    with PackWriter(output, work.tables, work.load_layers()) as writer:
        for number, (name, of) in enumerate(rows.items()):
            steps.at("region.step.writing", 0.7 + 0.28 * number / len(rows))
            whole = writer.rows(name)
            counts[name] = writer.write(name, of(), **credit) if whole is None else whole
            work.save_layers(writer.layers)
        steps.at("region.step.writing", 0.98)
        manifest = Manifest(
            name=about.name,
            bounds=bounds,
            time_zone=zone,
            time_zone_known=about.time_zone is not None,
            languages=tuple(sorted(draft.languages | _scripts(set(edges["name"])))),
            attribution=about.attribution,
            settlement=about.settlement,
            source=about.source,
            found=found,
        )
        writer.finish(manifest, doubts)
    work.remove()
    steps.done("region.step.done")
    return BuildReport(
        path=output,
        name=about.name,
        counts=counts | found,
        doubts=doubts,
        time_zone=zone,
        time_zone_known=about.time_zone is not None,
        took_s=time.monotonic() - started,
        resumed=work.taken_over,
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
    for i in np.flatnonzero(~np.isin(shapely.get_type_id(shapes), (3, 6))):
        # What is left of a broken shape besides polygons is no area.
        parts = [p for p in shapely.get_parts(shapes[i]) if p.geom_type.endswith("Polygon")]
        shapes[i] = shapely.multipolygons(shapely.get_parts(parts)) if parts else None
    single = (shapely.get_type_id(shapes) == 6) & (shapely.get_num_geometries(shapes) == 1)
    shapes[single] = shapely.get_geometry(shapes[single], 0)
    bounds = shapely.bounds(shapes)
    scale = _DEGREE_M * _DEGREE_M * np.cos(np.radians(bounds[:, 1] / 2 + bounds[:, 3] / 2))
    sizes = np.round(shapely.area(shapes) * scale, 1).tolist()
    kept = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    wkb = shapely.to_wkb(shapes, byte_order=1)
    return [
        {**row, "area_m2": size, "geometry": shape}
        for row, size, shape, keep in zip(rows, sizes, wkb, kept.tolist(), strict=True)
        if keep
    ]
