"""Reading an OpenStreetMap extract once: roads, bans, areas, lines, places, addresses."""

from __future__ import annotations

import gzip
from array import array
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import osmium
import shapely

from dispatch.domain.message import Problem
from dispatch.region.osm_features import (
    Rule,
    address_line,
    address_row,
    attributes,
    feature_rules,
    height_m,
    homes,
    levels,
    population,
)
from dispatch.region.osm_roads import Network, parse_ban
from dispatch.region.osm_tags import clean, names_of, parse_barrier, parse_layer, parse_road
from dispatch.region.progress import Steps
from dispatch.region.schema import NAME_LANGUAGES

_NAME_COLUMNS = ("name", *(f"name_{language}" for language in NAME_LANGUAGES))
_ADDRESS_KEYS = frozenset({"addr:housenumber", "addr:housename", "addr:conscriptionnumber"})
#: Ids are multiplied (see FORMAT.md) and must still fit 64 bits; real ones are below 2^34.
_ID_CAP = 1 << 50
#: Between two looks at whether to stop.
_STRIDE = 20_000


@dataclass
class Extract:
    """All that was read. Rows are those of the pack's tables, geometry still shapely or WKB."""

    network: Network = field(default_factory=Network)
    areas: list[dict[str, Any]] = field(default_factory=list)
    lines: list[dict[str, Any]] = field(default_factory=list)
    places: list[dict[str, Any]] = field(default_factory=list)
    addresses: list[dict[str, Any]] = field(default_factory=list)
    interpolations: list[tuple[str, list[int]]] = field(default_factory=list)
    coast: list[shapely.Geometry] = field(default_factory=list)
    box: tuple[float, float, float, float] | None = None
    date: str = ""
    ways: int = 0
    languages: Counter[str] = field(default_factory=Counter)
    doubts: Counter[str] = field(default_factory=Counter)


def sniff(path: Path) -> str | None:
    """The osmium format of a file by its first bytes, None when it is none that we read."""
    with path.open("rb") as stream:
        head = stream.read(64)
    if head[:2] == b"\x1f\x8b":
        try:
            with gzip.open(path) as stream:
                inner = stream.read(64)
        except (OSError, EOFError):
            return None
        return "osm.gz" if _is_xml(inner) else None
    if b"OSMHeader" in head:
        return "pbf"
    if head[:3] == b"BZh":
        return "osm.bz2"
    return "osm" if _is_xml(head) else None


def _is_xml(head: bytes) -> bool:
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    return text.startswith((b"<?xml", b"<osm"))


def read_extract(path: Path, format_: str, steps: Steps) -> Extract:
    """Read a whole extract. Raises `Problem("region.extract_broken")` naming the file."""
    extract = Extract()
    try:
        _Reader(extract, steps).read(osmium.io.File(str(path), format_))
    except (
        RuntimeError,
        ValueError,
        OSError,
        KeyError,
        UnicodeDecodeError,
        osmium.InvalidLocationError,
    ) as error:
        what = str(error)[:300]
        raise Problem("region.extract_broken", file=str(path), what=what) from error
    return extract


class _Reader:
    def __init__(self, extract: Extract, steps: Steps) -> None:
        self._out = extract
        self._steps = steps
        self._areas, self._lines, self._places = feature_rules()
        self._wkb = osmium.geom.WKBFactory()

    def read(self, file: osmium.io.File) -> None:
        reader = osmium.io.Reader(file, osmium.osm.osm_entity_bits.NOTHING)
        header = reader.header()
        box = header.box()
        if box.valid():
            low, high = box.bottom_left, box.top_right
            self._out.box = (low.lon, low.lat, high.lon, high.lat)
        self._out.date = header.get("osmosis_replication_timestamp", "")[:10]
        reader.close()
        processor = (
            osmium.FileProcessor(file)
            .with_locations()
            .with_areas()
            .with_filter(osmium.filter.EmptyTagFilter())
        )
        entity: Any
        for count, entity in enumerate(processor):
            if not -_ID_CAP < entity.id < _ID_CAP:
                raise ValueError(f"id {entity.id}")
            if count % _STRIDE == 0:
                self._steps.at("region.step.reading", 0.0)
            if entity.is_way():
                self._way(entity)
            elif entity.is_node():
                self._node(entity)
            elif entity.is_area():
                self._area(entity)
            elif entity.is_relation():
                self._relation(entity)

    def _node(self, node: Any) -> None:
        tags = dict(node.tags)
        network = self._out.network
        if tags.get("highway") == "traffic_signals" or tags.get("crossing") == "traffic_signals":
            # A signalled crossing away from a junction delays like a junction's lights.
            network.signals.add(node.id)
        if "barrier" in tags and (effect := parse_barrier(tags)):
            network.barriers[node.id] = effect
        place = node.location
        if place.valid():
            self._point(tags, 4 * node.id, place.x, place.y)

    def _way(self, way: Any) -> None:
        self._out.ways += 1
        tags = way.tags
        road = None
        if "highway" in tags or tags.get("route") == "ferry":
            road = parse_road(dict(tags))
        wanted = road is not None or "addr:interpolation" in tags
        match = None if road else self._line_rule(tags)
        if not wanted and match is None:
            return
        runs = self._runs(way)
        if road is not None:
            self._languages(road.names)
            for nodes, coords in runs:
                self._out.network.add_way(way.id, road, nodes, coords)
        elif match is not None and len(runs):
            self._line(way, dict(tags), match, runs)
        if "addr:interpolation" in tags:
            ids = [node.ref for node in way.nodes]
            self._out.interpolations.append((tags["addr:interpolation"], ids))

    def _runs(self, way: Any) -> list[tuple[array[int], array[int]]]:
        """The way's nodes and 1e-7 degree coordinates, cut where a node is not in the extract."""
        runs: list[tuple[array[int], array[int]]] = []
        nodes, coords = array("q"), array("i")
        for node in way.nodes:
            place = node.location
            if place.valid():
                nodes.append(node.ref)
                coords.append(place.x)
                coords.append(place.y)
                continue
            if len(nodes) > 1:
                runs.append((nodes, coords))
            nodes, coords = array("q"), array("i")
        if len(nodes) > 1:
            runs.append((nodes, coords))
        return runs

    def _line_rule(self, tags: Any) -> Rule | None:
        found = self._lines.match(dict(tags))
        return found[0] if found else None

    def _line(
        self, way: Any, tags: dict[str, str], rule: Rule, runs: list[tuple[array[int], array[int]]]
    ) -> None:
        # The longest run only: an id names one line.
        _, coords = max(runs, key=lambda run: len(run[0]))
        if tags.get("area") == "yes":
            return
        points = [(coords[i] * 1e-7, coords[i + 1] * 1e-7) for i in range(0, len(coords), 2)]
        if len(set(points)) < 2:
            return
        line = shapely.LineString(points)
        if rule.kind == "coast":
            self._out.coast.append(line)
        names = names_of(tags)
        self._languages(names)
        self._out.lines.append(
            {
                "line_id": way.id,
                "kind": rule.kind,
                **dict(zip(_NAME_COLUMNS, names, strict=True)),
                "layer": parse_layer(tags),
                "bridge": tags.get("bridge", "no") != "no",
                "tunnel": tags.get("tunnel", "no") != "no",
                "geometry": shapely.to_wkb(line, byte_order=1),
            }
        )

    def _area(self, area: Any) -> None:
        tags = dict(area.tags)
        found = self._areas.match(tags)
        addressed = not _ADDRESS_KEYS.isdisjoint(tags)
        placed = self._places.match(tags)
        if found is None and placed is None and not addressed:
            return
        try:
            shape = shapely.from_wkb(self._wkb.create_multipolygon(area))
        except RuntimeError:
            self._out.doubts["region.doubt.area"] += 1
            return
        if found is not None:
            rule, subkind = found
            names = names_of(tags)
            self._languages(names)
            self._out.areas.append(
                {
                    "area_id": area.id,
                    "kind": rule.kind,
                    "subkind": subkind,
                    **dict(zip(_NAME_COLUMNS, names, strict=True)),
                    "ref": clean(tags.get("ref") or tags.get("addr:housenumber")),
                    "layer": parse_layer(tags) if rule.kind in ("bridge", "building") else 0,
                    "height_m": height_m(tags) if rule.kind == "building" else None,
                    "levels": levels(tags) if rule.kind == "building" else None,
                    "homes": homes(tags) if rule.kind == "building" else None,
                    "geometry": shape,
                }
            )
        if placed is not None or addressed:
            point = shapely.point_on_surface(shape)
            number = 4 * area.orig_id() + (1 if area.from_way() else 2)
            self._point(tags, number, round(point.x * 1e7), round(point.y * 1e7))

    def _point(self, tags: dict[str, str], number: int, lon_e7: int, lat_e7: int) -> None:
        found = self._places.match(tags)
        names = names_of(tags)
        ref = clean(tags.get("ref"))
        if found is not None and (any(names) or not found[0].named or _is_entrance(found[0], ref)):
            self._languages(names)
            self._out.places.append(
                {
                    "place_id": number,
                    "kind": found[0].kind,
                    "subkind": found[1],
                    **dict(zip(_NAME_COLUMNS, names, strict=True)),
                    "ref": ref,
                    "address": address_line(tags),
                    "lon_e7": lon_e7,
                    "lat_e7": lat_e7,
                    "population": population(tags),
                    "attributes": attributes(tags),
                }
            )
        if not _ADDRESS_KEYS.isdisjoint(tags):
            row = address_row(tags, number, lon_e7, lat_e7)
            if row is not None:
                self._out.addresses.append(row)

    def _relation(self, relation: Any) -> None:
        tags = dict(relation.tags)
        if not tags.get("type", "").startswith("restriction"):
            return
        members = [(member.type, member.ref, member.role) for member in relation.members]
        ban = parse_ban(tags, members)
        if isinstance(ban, str):
            self._out.doubts[ban] += 1
        elif ban is not None:
            self._out.network.bans.append(ban)

    def _languages(self, names: tuple[str | None, ...]) -> None:
        for language, name in zip(NAME_LANGUAGES, names[1:], strict=True):
            if name:
                self._out.languages[language] += 1


def _is_entrance(rule: Rule, ref: str | None) -> bool:
    return rule.kind == "entrance" and ref is not None
