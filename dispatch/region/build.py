"""Building a pack from an OpenStreetMap extract, a city's centrelines or an OSMnx graph."""

from __future__ import annotations

import hashlib
import time
from pathlib import Path

from dispatch.domain.message import Problem
from dispatch.region import centrelines, graphml
from dispatch.region.assemble import About, Draft, road_bounds, write_pack
from dispatch.region.boundary import cut_to, read_boundary
from dispatch.region.coast import sea_polygons
from dispatch.region.manifest import Source
from dispatch.region.numbers import interpolated
from dispatch.region.osm_read import Extract, read_extract, sniff
from dispatch.region.osm_roads import cut
from dispatch.region.place_files import add_place_file, add_places
from dispatch.region.progress import Cancel, Progress, Steps
from dispatch.region.report import BuildReport
from dispatch.region.schema import SETTLEMENT_KINDS

_OSM_CREDIT = "Map data © OpenStreetMap contributors, ODbL 1.0"
_OSM_LICENCE = "ODbL-1.0"
#: Sea is drawn this far beyond the roads when the extract does not name its box, degrees.
_SEA_MARGIN = 0.02


def build_pack(
    source: Path | str,
    output: Path | str,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
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
) -> BuildReport:
    """Build a region pack and report what was found and what is doubtful.

    `source` is an OpenStreetMap extract (.osm.pbf, .osm, .osm.gz, .osm.bz2, known by content), an
    OSMnx GraphML file (.graphml, .graphml.gz), or centrelines with node ids (a parquet, shapefile
    zip, GeoPackage or GeoJSON file, or a folder holding one). `places` is a folder of CSV and
    GeoJSON files with stations, hospitals and districts, `stations` one such file, and `boundary`
    a file of polygons to cut to. `kind` overrides the manifest's source
    kind (the city's generator says `generated`). `licence` and `attribution` override what is
    known of the source.

    Raises `Problem` naming the file: `region.source_missing`, `region.source_unknown`,
    `region.source_empty`, `region.extract_broken`, `region.no_roads`, `region.columns`,
    `region.coordinates`, `region.time_zone`, `region.cancelled`, `region.output_*`.
    """
    started = time.monotonic()
    source, output = Path(source), Path(output)
    steps = Steps(progress, cancel)
    steps.at("region.step.reading", 0.0)
    if not source.exists():
        raise Problem("region.source_missing", file=str(source))
    if source.is_dir():
        source = centrelines.find_source(source)
    if source.stat().st_size == 0:
        raise Problem("region.source_empty", file=str(source))
    date = ""
    if graphml.is_graphml(source):
        found_kind, draft = "graphml", graphml.read(source, steps)
    elif format_ := sniff(source):
        found_kind = "osm"
        extract = read_extract(source, format_, steps)
        date = extract.date
        draft = _from_osm(extract, source, steps)
    elif centrelines.is_table(source):
        found_kind, draft = "centrelines", centrelines.read(source, steps)
    else:
        raise Problem("region.source_unknown", file=str(source))
    if places is not None:
        steps.at("region.step.places", 0.5)
        add_places(draft, Path(places))
    if stations is not None:
        add_place_file(draft, Path(stations), "fire_station")
    if boundary is not None:
        steps.at("region.step.boundary", 0.55)
        cut_to(draft, read_boundary(Path(boundary)))
    if not len(draft.roads):
        raise Problem("region.no_roads", file=str(source))
    of_osm = found_kind in ("osm", "graphml") and kind is None
    about = About(
        name=name or _plain_name(source),
        source=Source(kind=kind or found_kind, file=source.name, sha256=_sha256(source), date=date),
        licence=licence if licence is not None else (_OSM_LICENCE if of_osm else ""),
        attribution=attribution if attribution is not None else (_OSM_CREDIT if of_osm else ""),
        time_zone=time_zone,
        settlement=settlement or _default_settlement(draft, name),
    )
    return write_pack(draft, about, output, steps, started)


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
        doubts=doubts + extract.doubts,
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


def _sha256(source: Path) -> str:
    with source.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


__all__ = ["BuildReport", "build_pack"]
