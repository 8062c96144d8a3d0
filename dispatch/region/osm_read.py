"""Reading an OpenStreetMap extract once: roads, bans, areas, lines, places, addresses."""

from __future__ import annotations

import re
from array import array
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import osmium
import shapely

from dispatch.domain.message import Problem
from dispatch.region.boxes import Box, box_of, common, touches
from dispatch.region.doubts import Doubts
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
from dispatch.region.osm_mend import lines_of, mended
from dispatch.region.osm_roads import Network
from dispatch.region.osm_tags import clean, names_of, parse_barrier, parse_layer
from dispatch.region.osm_tidy import check_unpacked, tidied
from dispatch.region.osm_way import parse_road
from dispatch.region.progress import Steps
from dispatch.region.schema import NAME_LANGUAGES
from dispatch.region.turn_bans import parse_bans

_NAME_COLUMNS = ("name", *(f"name_{language}" for language in NAME_LANGUAGES))
_ADDRESS_KEYS = frozenset({"addr:housenumber", "addr:housename", "addr:conscriptionnumber"})
#: Ids are multiplied (see FORMAT.md) and must still fit 64 bits; real ones are below 2^34.
_ID_CAP = 1 << 50
#: Between two looks at whether to stop.
_STRIDE = 4_000
#: Tagged objects in a file: so many, and one for each so many bytes, before it is no map any more.
_FREE_OBJECTS, _LEAST_BYTES = 500_000, 8
#: An extract cut from a map lacks the nodes beyond its edge, but not more than this share.
_MOST_LOST = 0.2
#: Ways of one outline that are looked for when it does not close.
_MOST_MEMBERS = 5_000
#: 180 degrees in 1e-7 degree.
_HALF_TURN = 1_800_000_000
#: What osmium says of unsorted files and of histories.
_ODD = re.compile(r"order|twice|history", re.IGNORECASE)


Match = tuple[Rule, str | None] | None


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
    box: Box | None = None
    date: str = ""
    ways: int = 0
    road_nodes: int = 0
    lost_nodes: int = 0
    languages: Counter[str] = field(default_factory=Counter)
    doubts: Doubts = field(default_factory=Doubts)


def read_extract(
    path: Path, format_: str, steps: Steps, folder: Path, clip: Box | None = None
) -> Extract:
    """Read an extract; `folder` is for what has to be sorted first.

    What lies wholly outside `clip` (west, south, east, north, degrees) is passed over at once: a
    city out of a country's extract takes a city's memory.

    Raises `Problem` naming the file: `region.extract_broken`, `region.extract_swollen`,
    `region.extract_unsorted`.
    """
    check_unpacked(path, format_, steps)
    try:
        try:
            extract = _read(path, format_, steps, clip)
            odd = extract.lost_nodes > _MOST_LOST * extract.road_nodes
        except RuntimeError as error:
            if not _ODD.search(str(error)):
                raise
            extract, odd = Extract(), True
        if odd:
            # Unsorted, with several versions, from an editor, or with places on the ways alone.
            ordered = tidied(path, format_, folder, steps)
            extract = _read(ordered, "pbf", steps, clip, osmium.io.File(str(path), format_))
            ordered.unlink()
    except (
        RuntimeError,
        ValueError,
        OSError,
        EOFError,
        LookupError,
        OverflowError,
        MemoryError,
        osmium.InvalidLocationError,
    ) as error:
        what = str(error)[:300] or type(error).__name__
        raise Problem("region.extract_broken", file=str(path), what=what) from error
    return extract


def _read(
    path: Path,
    format_: str,
    steps: Steps,
    clip: Box | None = None,
    first: osmium.io.File | None = None,
) -> Extract:
    """`first` is the file that another was made of: what it says of itself was lost."""
    extract, file = Extract(), osmium.io.File(str(path), format_)
    _Reader(extract, steps, path.stat().st_size, clip).read(file, first or file)
    return extract


class _Reader:
    def __init__(self, extract: Extract, steps: Steps, size: int, clip: Box | None) -> None:
        self._out = extract
        self._steps = steps
        self._clip = clip
        whole = (-_HALF_TURN, -_HALF_TURN, _HALF_TURN, _HALF_TURN)
        self._inside = tuple(round(v * 1e7) for v in clip) if clip is not None else whole
        # How far one is can only be guessed: tagged objects take some 60 bytes of a file.
        self._expected = size / 60 + 1
        self._most = _FREE_OBJECTS + size // _LEAST_BYTES
        self._areas, self._lines, self._places = feature_rules()
        # What ought to become areas, and what did: relations come after theirs.
        self._outlines: dict[int, tuple[dict[str, str], list[tuple[int, str]]]] = {}
        self._closed: set[int] = set()
        self._drawn: set[int] = set()
        self._wkb = osmium.geom.WKBFactory()

    def read(self, file: osmium.io.File, first: osmium.io.File) -> None:
        reader = osmium.io.Reader(first, osmium.osm.osm_entity_bits.NOTHING)
        header = reader.header()
        box = header.box()
        if box.valid():
            low, high = box.bottom_left, box.top_right
            self._out.box = (low.lon, low.lat, high.lon, high.lat)
        if self._clip is not None:
            self._out.box = common(self._out.box, self._clip)
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
                self._steps.at("region.step.reading", 0.1 + 0.4 * count / (count + self._expected))
                if count > self._most:
                    raise ValueError(f"{count} objects: more than its size allows")
            if entity.is_way():
                self._way(entity)
            elif entity.is_node():
                self._node(entity)
            elif entity.is_area():
                self._area(entity)
            elif entity.is_relation():
                self._relation(entity)
        self._mend(file)

    def _mend(self, file: osmium.io.File) -> None:
        """Close what outlines did not close by themselves, where that is no guess."""
        relations = {i: lost for i, lost in self._outlines.items() if 2 * i + 1 not in self._drawn}
        ways = {i for i in self._closed if 2 * i not in self._drawn}
        wanted = ways | {ref for _, members in relations.values() for ref, _ in members}
        if not wanted:
            return
        self._steps.at("region.step.mending", 0.47)
        lines = lines_of(file, wanted)
        box = self._out.box or box_of(self._out.network.coord_runs)
        for number in sorted(ways & lines.keys()):
            self._steps.at("region.step.mending", 0.47)
            points, tags = lines[number]
            if self._areas.match(tags) is None or tags.get("area") == "no" or len(points) < 4:
                continue
            shape = mended([shapely.LineString(points)], [], 0, box)
            self._mended(shape, tags, 2 * number, f"way {number}")
        for number, (tags, members) in sorted(relations.items()):
            self._steps.at("region.step.mending", 0.48)
            drawn: dict[bool, list[Any]] = {True: [], False: []}
            missing = 0
            for ref, role in members:
                points = lines.get(ref, ([], {}))[0]
                if len(set(points)) > 1:
                    drawn[role == "inner"].append(shapely.LineString(points))
                elif role != "inner":
                    missing += 1
            shape = mended(drawn[False], drawn[True], missing, box)
            self._mended(shape, tags, 2 * number + 1, f"relation {number}")

    def _mended(self, shape: Any, tags: dict[str, str], area_id: int, what: str) -> None:
        if shape is None:
            # Of a country's extract only the wanted part may be doubted.
            if self._clip is None:
                self._out.doubts.note("region.doubt.area", what)
        elif self._clip is None or touches(shape.bounds, self._clip):
            self._out.doubts.note("region.doubt.mended", what)
            matched = self._areas.match(tags), self._places.match(tags)
            self._add_area(shape, tags, area_id, matched)

    def _node(self, node: Any) -> None:
        place = node.location
        west, south, east, north = self._inside
        if place.valid() and not (west <= place.x <= east and south <= place.y <= north):
            return
        tags = dict(node.tags)
        network = self._out.network
        if tags.get("highway") == "traffic_signals" or tags.get("crossing") == "traffic_signals":
            # A signalled crossing away from a junction delays like a junction's lights.
            network.signals.add(node.id)
        if "barrier" in tags and (effect := parse_barrier(tags)):
            network.barriers[node.id] = effect
        if place.valid():
            self._point(tags, 4 * node.id, place.x, place.y, self._places.match(tags))

    def _way(self, way: Any) -> None:
        self._out.ways += 1
        tags = way.tags
        if way.is_closed():
            self._closed.add(way.id)
        road = None
        if "highway" in tags or tags.get("route") == "ferry":
            road = parse_road(dict(tags))
        wanted = road is not None or "addr:interpolation" in tags
        match = None if road else self._line_rule(tags)
        if not wanted and match is None:
            return
        runs = self._runs(way)
        if self._clip is not None and not any(self._near(coords) for _, coords in runs):
            return
        if road is not None:
            known = sum(len(nodes) for nodes, _ in runs)
            self._out.road_nodes += len(way.nodes)
            self._out.lost_nodes += len(way.nodes) - known
            if known < len(way.nodes):
                self._out.doubts.note("region.doubt.leaves", f"way {way.id}")
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
            if place.valid() and not (nodes and abs(place.x - coords[-2]) > _HALF_TURN):
                nodes.append(node.ref)
                coords.append(place.x)
                coords.append(place.y)
                continue
            if len(nodes) > 1:
                runs.append((nodes, coords))
            nodes, coords = array("q"), array("i")
            if place.valid():
                # Over the 180th meridian: the way goes on at the other end of the map.
                nodes.append(node.ref)
                coords.extend((place.x, place.y))
        if len(nodes) > 1:
            runs.append((nodes, coords))
        return runs

    def _near(self, coords: array[int]) -> bool:
        """Whether a line may touch what is wanted, by its bounds."""
        west, south, east, north = self._inside
        x, y = coords[::2], coords[1::2]
        return max(x) >= west and min(x) <= east and max(y) >= south and min(y) <= north

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
        self._drawn.add(area.id)
        tags = dict(area.tags)
        matched = self._areas.match(tags), self._places.match(tags)
        if matched == (None, None) and _ADDRESS_KEYS.isdisjoint(tags):
            return
        try:
            shape = shapely.from_wkb(self._wkb.create_multipolygon(area))
        except RuntimeError:
            # Looked at again by `_mend`.
            self._drawn.discard(area.id)
            return
        if self._clip is not None and not touches(shape.bounds, self._clip):
            return
        self._add_area(shape, tags, area.id, matched)

    def _add_area(
        self, shape: Any, tags: dict[str, str], area_id: int, matched: tuple[Match, Match]
    ) -> None:
        """Rows of one area; `area_id` is twice the way's id, or twice the relation's and one."""
        found, placed = matched
        if found is not None:
            rule, subkind = found
            names = names_of(tags)
            self._languages(names)
            self._out.areas.append(
                {
                    "area_id": area_id,
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
        if placed is not None or not _ADDRESS_KEYS.isdisjoint(tags):
            point = shapely.point_on_surface(shape)
            number = 4 * (area_id // 2) + (2 if area_id % 2 else 1)
            self._point(tags, number, round(point.x * 1e7), round(point.y * 1e7), placed)

    def _point(
        self, tags: dict[str, str], number: int, lon_e7: int, lat_e7: int, found: Match
    ) -> None:
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
        kind = tags.get("type", "")
        if kind in ("multipolygon", "boundary") and self._areas.match(tags):
            parts = [(m.ref, m.role) for m in relation.members if m.type == "w"]
            self._outlines[relation.id] = tags, parts[:_MOST_MEMBERS]
        if not kind.startswith("restriction"):
            return
        members = [(member.type, member.ref, member.role) for member in relation.members]
        bans, doubts = parse_bans(tags, members, relation.id)
        self._out.network.bans += bans
        for doubt in doubts:
            self._out.doubts.note(doubt, f"relation {relation.id}")

    def _languages(self, names: tuple[str | None, ...]) -> None:
        for language, name in zip(NAME_LANGUAGES, names[1:], strict=True):
            if name:
                self._out.languages[language] += 1


def _is_entrance(rule: Rule, ref: str | None) -> bool:
    return rule.kind == "entrance" and ref is not None
