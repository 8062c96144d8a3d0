"""Building a pack from an OpenStreetMap extract, a city's centrelines or an OSMnx graph."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import shapely

from dispatch.domain.message import Problem
from dispatch.region import centrelines, graphml
from dispatch.region.assemble import About, Draft, road_bounds, write_pack
from dispatch.region.boundary import cut_to, read_boundary
from dispatch.region.checkpoints import WorkFolder, file_hash
from dispatch.region.coast import sea_polygons
from dispatch.region.manifest import Source
from dispatch.region.numbers import interpolated
from dispatch.region.osm_read import Extract, read_extract
from dispatch.region.osm_roads import cut
from dispatch.region.osm_sniff import packed_as, sniff
from dispatch.region.place_files import add_place_file, add_places
from dispatch.region.progress import Cancel, Progress, Steps
from dispatch.region.report import BuildReport
from dispatch.region.schema import SETTLEMENT_KINDS
from dispatch.region.writer import check_output
from dispatch.region.zone import is_time_zone
from dispatch.resources import resource

_OSM_CREDIT = "Map data © OpenStreetMap contributors, ODbL 1.0"
_OSM_LICENCE = "ODbL-1.0"
#: The tables that decide what tags become: a change of them makes a new build.
_RULES = ("roads.toml", "osm_features.toml")
#: An extract is read this far beyond the bounds of a boundary, degrees.
_CLIP = 0.02
#: Sea is drawn this far beyond the roads when the extract does not name its box, degrees.
_SEA_MARGIN = 0.02


def build_pack(
    source: Path | str,
    output: Path | str,
    progress: Progress | None = None,
    cancelled: Cancel | None = None,
    *,
    places: Path | str | None = None,
    stations: Path | str | None = None,
    boundary: Path | str | None = None,
    name: str | None = None,
    time_zone: str | None = None,
    settlement: str = "",
    kind: str | None = None,
    licence: str | None = None,
    attribution: str | None = None,
    fresh: bool = False,
) -> BuildReport:
    """Build a region pack and report what was found and what is doubtful.

    `source` is an OpenStreetMap extract (.osm.pbf, .osm, .osm.gz, .osm.bz2, known by content), an
    OSMnx GraphML file (.graphml, .graphml.gz), or centrelines with node ids (a parquet, shapefile
    zip, GeoPackage or GeoJSON file, or a folder holding one). `places` is a folder of CSV and
    GeoJSON files with stations, hospitals and districts, `stations` one such file, and `boundary`
    a file of polygons to cut to. `kind` overrides the manifest's source
    kind (the city's generator says `generated`). `licence` and `attribution` override what is
    known of the source.

    `progress` is told the id of each step and the share done, `cancelled` asked between them.
    Finished steps are kept beside the output until the pack is whole (`checkpoints.py`), so that a
    build that was stopped or killed goes on when it is asked for again; `fresh` begins anew.

    Raises `Problem` naming the file: `region.source_missing`, `region.source_unknown`,
    `region.source_packed`, `region.source_empty`, `region.extract_*`, `region.no_roads`,
    `region.columns`, `region.coordinates`, `region.time_zone`, `region.cancelled`,
    `region.stopped` (cancelled, and finished steps are kept), `region.output_*`.
    """
    started = time.monotonic()
    source, output = Path(source), Path(output)
    steps = Steps(progress, cancelled)
    steps.at("region.step.checking", 0.0)
    if not source.exists():
        raise Problem("region.source_missing", file=str(source))
    if source.is_dir():
        source = centrelines.find_source(source)
    if source.stat().st_size == 0:
        raise Problem("region.source_empty", file=str(source))
    if time_zone is not None and not is_time_zone(time_zone):
        raise Problem("region.time_zone", zone=time_zone)
    check_output(output)
    beside = [Path(given) for given in (places, stations, boundary) if given is not None]
    for path in beside:
        if not path.exists():
            missing = "region.places_missing" if path.suffix == "" else "region.source_missing"
            raise Problem(missing, file=str(path))
    source_hash = file_hash(source)
    decides = {
        "source": source_hash,
        "name": source.name,
        "options": repr((name, time_zone, settlement, kind, licence, attribution)),
        "beside": repr([places and 1, stations and 2, boundary and 3]),
        "files": repr([file_hash(path) for path in beside]),
        "rules": "".join(file_hash(resource("profiles", file)) for file in _RULES),
    }
    work = WorkFolder(output, decides, fresh)
    try:
        draft = work.load_draft("ready")
        if draft is None:
            draft = work.load_draft("read")
            if draft is None:
                draft = _read(source, steps, work, boundary)
                work.save_draft("read", draft)
            if beside:
                _complete(draft, steps, places, stations, boundary)
                work.save_draft("ready", draft)
        if not len(draft.roads) and boundary is not None:
            raise Problem("region.boundary_outside", file=str(boundary), source=source.name)
        if not len(draft.roads):
            raise Problem("region.no_roads", file=str(source))
        found_kind = draft.kind
        of_osm = found_kind in ("osm", "graphml") and kind is None
        about = About(
            name=name or _plain_name(source),
            source=Source(
                kind=kind or found_kind, file=source.name, sha256=source_hash, date=draft.date
            ),
            licence=licence if licence is not None else (_OSM_LICENCE if of_osm else ""),
            attribution=attribution if attribution is not None else (_OSM_CREDIT if of_osm else ""),
            time_zone=time_zone,
            settlement=settlement or _default_settlement(draft, name),
        )
        return write_pack(draft, about, output, steps, started, work)
    except Problem as problem:
        if problem.message.id == "region.cancelled" and work.kept():
            raise Problem("region.stopped", file=str(work.path)) from problem
        raise
    finally:
        work.release()


def _read(source: Path, steps: Steps, work: WorkFolder, boundary: Path | str | None) -> Draft:
    """The source as a draft, whatever it is; an extract without what lies far outside."""
    if graphml.is_graphml(source):
        draft, draft_kind = graphml.read(source, steps), "graphml"
    elif format_ := sniff(source):
        clip = None
        if boundary is not None:
            west, south, east, north = read_boundary(Path(boundary)).bounds
            # A little more: roads are parted at crossings outside, too.
            clip = (west - _CLIP, south - _CLIP, east + _CLIP, north + _CLIP)
        extract = read_extract(source, format_, steps, work.scratch, clip)
        if boundary is not None and extract.ways and not extract.network.way_ids:
            raise Problem("region.boundary_outside", file=str(boundary), source=source.name)
        draft, draft_kind = _from_osm(extract, source, steps), "osm"
    elif centrelines.is_table(source):
        draft, draft_kind = centrelines.read(source, steps), "centrelines"
    elif packing := packed_as(source):
        raise Problem("region.source_packed", file=str(source), what=packing)
    else:
        raise Problem("region.source_unknown", file=str(source))
    draft.kind = draft_kind
    return _one_side(draft)


def _complete(
    draft: Draft,
    steps: Steps,
    places: Path | str | None,
    stations: Path | str | None,
    boundary: Path | str | None,
) -> None:
    if places is not None:
        steps.at("region.step.places", 0.53)
        add_places(draft, Path(places))
    if stations is not None:
        steps.at("region.step.places", 0.55)
        add_place_file(draft, Path(stations), "fire_station")
    if boundary is not None:
        steps.at("region.step.boundary", 0.57)
        cut_to(draft, read_boundary(Path(boundary)))


def _one_side(draft: Draft) -> Draft:
    """A region on both sides of the 180th meridian keeps the side with more roads: a map that goes
    once round the Earth serves nobody."""
    if not len(draft.roads):
        return draft
    coords, _ = draft.roads.coords_e7()
    lon = coords[:, 0]
    east = lon > 0
    if int(lon.max()) - int(lon.min()) > 1_800_000_000 and np.abs(lon).min() > 900_000_000:
        before = len(draft.roads)
        west, side = (0.0, 180.0) if east.mean() >= 0.5 else (-180.0, 0.0)
        cut_to(draft, shapely.box(west, -90, side, 90))
        draft.doubts["region.doubt.antimeridian"] += before - len(draft.roads)
    return draft


def _from_osm(extract: Extract, source: Path, steps: Steps) -> Draft:
    steps.at("region.step.network", 0.5)
    if not extract.network.way_ids:
        raise Problem("region.no_roads", file=str(source), ways=extract.ways)
    roads, restrictions, doubts = cut(extract.network)
    if not len(roads):
        raise Problem("region.no_roads", file=str(source), ways=extract.ways)
    west, south, east, north = road_bounds(roads)
    box = extract.box or (
        max(west - _SEA_MARGIN, -180.0),
        max(south - _SEA_MARGIN, -90.0),
        min(east + _SEA_MARGIN, 180.0),
        min(north + _SEA_MARGIN, 90.0),
    )
    sea, loose = sea_polygons(extract.coast, box)
    if loose:
        doubts["region.doubt.coast"] = loose
    doubts.take(extract.doubts)
    extract.areas += [
        {"area_id": -1 - i, "kind": "sea", "layer": 0, "geometry": shape}
        for i, shape in enumerate(sea)
    ]
    known = {row["address_id"] // 4: row for row in extract.addresses if row["address_id"] % 4 == 0}
    for rule, nodes in extract.interpolations:
        first = -1 - 4 * len(extract.addresses)
        extract.addresses += interpolated(rule, nodes, known, first)
    return Draft(
        roads=roads,
        signals=extract.network.signals,
        restrictions=restrictions,
        areas=extract.areas,
        lines=extract.lines,
        places=extract.places,
        addresses=_unique(extract.addresses),
        languages=set(extract.languages),
        doubts=doubts,
        date=extract.date,
    )


def _unique(rows: list[dict[str, object]]) -> list[dict[str, object]]:
    return list({row["address_id"]: row for row in rows}.values())


def _default_settlement(draft: Draft, name: str | None) -> str:
    """A city's own base map names no settlement: the name it is given is the city's."""
    known = any(row["kind"] in SETTLEMENT_KINDS for row in draft.places)
    return "" if known or name is None else name


def _plain_name(source: Path) -> str:
    stem = source.name.split(".")[0].replace("_", " ").replace("-", " ").strip()
    return stem[:1].upper() + stem[1:] if stem else source.name


__all__ = ["BuildReport", "build_pack"]
