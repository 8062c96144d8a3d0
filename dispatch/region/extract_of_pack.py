"""A pack written out as an OpenStreetMap extract with a way for each piece of road: a city of any
wanted size to try and measure builds with, without anybody's map data."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import osmium
import shapely
from osmium.osm.mutable import Node, Relation, Way

from dispatch.region.pack import Pack
from dispatch.region.schema import ACCESS, AREA_KINDS, EDGE_CLASSES, NAME_LANGUAGES

#: Nodes that only give shape, and those of areas and addresses, are numbered from here.
_SHAPES, _AREAS, _POINTS = 1 << 33, 1 << 34, 1 << 35
_TAGS = {
    "water": ("natural", "water"),
    "wood": ("natural", "wood"),
    "park": ("leisure", "park"),
    "grass": ("landuse", "grass"),
    "residential": ("landuse", "residential"),
    "industrial": ("landuse", "industrial"),
    "building": ("building", "yes"),
}


def write_extract(pack: Pack, path: Path) -> int:
    """Write the roads, turn bans, areas and addresses of a pack; returns how many roads."""
    with osmium.SimpleWriter(str(path), overwrite=True) as writer:
        ways: list[Way] = []
        relations: list[Relation] = []
        for thing in (*_roads(pack), *_areas(pack), *_addresses(pack)):
            if isinstance(thing, Node):
                writer.add_node(thing)
            elif isinstance(thing, Way):
                ways.append(thing)
            else:
                relations.append(thing)
        relations += _bans(pack, len(relations) + 1)
        for way in ways:
            writer.add_way(way)
        for relation in relations:
            writer.add_relation(relation)
    return len(pack.edges)


def _names(names: list[Any], row: int) -> dict[str, str]:
    keys = ("name", *(f"name:{code}" for code in NAME_LANGUAGES))
    return {key: column[row] for key, column in zip(keys, names, strict=True) if column[row]}


def _roads(pack: Pack) -> Iterator[Node | Way]:
    edges, nodes = pack.edges, pack.nodes
    for i, (lon, lat) in enumerate(nodes.lonlat.tolist()):
        tags = {"highway": "traffic_signals"} if nodes.signals[i] else {}
        yield Node(id=i + 1, location=(lon, lat), tags=tags)
    start, end = (
        np.searchsorted(nodes.node_id, ids) + 1 for ids in (edges.from_node, edges.to_node)
    )
    coords, offsets = pack.edge_lines()
    names = [edges.texts(key) for key in ("name", *(f"name_{code}" for code in NAME_LANGUAGES))]
    shape = _SHAPES
    known = edges.numbers("speed_known")
    for row in range(len(edges)):
        middle = []
        for lon, lat in coords[offsets[row] + 1 : offsets[row + 1] - 1].tolist():
            yield Node(id=shape, location=(lon, lat))
            middle.append(shape)
            shape += 1
        tags = {"highway": EDGE_CLASSES[edges.class_code[row]], **_names(names, row)}
        if not (edges.forward[row] and edges.backward[row]):
            tags["oneway"] = "yes" if edges.forward[row] else "-1"
        if known[row]:
            tags["maxspeed"] = f"{edges.speed_kmh[row]:.0f}"
        for flag in ("bridge", "tunnel"):
            if getattr(edges, flag)[row]:
                tags |= {flag: "yes", "layer": str(edges.layer[row])}
        if ACCESS[edges.access_code[row]] == "private":
            tags["access"] = "private"
        ends = int(start[row]), int(end[row])
        yield Way(id=row + 1, nodes=[ends[0], *middle, ends[1]], tags=tags)


def _areas(pack: Pack) -> Iterator[Node | Way | Relation]:
    way, node, relation = len(pack.edges) + 1, _AREAS, 1
    kinds = pack.areas.kind_code
    wanted = np.isin(kinds, [AREA_KINDS.index(kind) for kind in _TAGS])
    polygons = pack.area_polygons()
    for row in np.flatnonzero(wanted):
        key, value = _TAGS[AREA_KINDS[kinds[row]]]
        parts = []
        for polygon in shapely.get_parts(polygons[row]):
            for number, ring in enumerate((polygon.exterior, *polygon.interiors)):
                refs = []
                for lon, lat in shapely.get_coordinates(ring)[:-1].tolist():
                    yield Node(id=node, location=(lon, lat))
                    refs.append(node)
                    node += 1
                parts.append((way, [*refs, refs[0]], "inner" if number else "outer"))
                way += 1
        alone = len(parts) == 1
        for number, refs, _ in parts:
            yield Way(id=number, nodes=refs, tags={key: value} if alone else {})
        if not alone:
            members = [("w", number, role) for number, _, role in parts]
            tags = {"type": "multipolygon", key: value}
            yield Relation(id=relation, members=members, tags=tags)
            relation += 1


def _addresses(pack: Pack) -> Iterator[Node]:
    addresses = pack.addresses
    numbers, streets = addresses.texts("number"), addresses.texts("street")
    for row, (lon, lat) in enumerate(addresses.lonlat.tolist()):
        if numbers[row] and streets[row]:
            tags = {"addr:housenumber": numbers[row], "addr:street": streets[row]}
            yield Node(id=_POINTS + row, location=(lon, lat), tags=tags)


def _bans(pack: Pack, first: int) -> Iterator[Relation]:
    table, ids = pack.restrictions, pack.edges.edge_id
    ways = [np.searchsorted(ids, table.numbers(key)) + 1 for key in ("from_edge", "to_edge")]
    kinds = table.codes("kind")
    vias = np.searchsorted(pack.nodes.node_id, table.numbers("via_node")) + 1
    for row, via in enumerate(vias.tolist()):
        members = [
            ("w", int(ways[0][row]), "from"),
            ("n", via, "via"),
            ("w", int(ways[1][row]), "to"),
        ]
        kind = "only_straight_on" if kinds[row] else "no_left_turn"
        tags = {"type": "restriction", "restriction": kind}
        yield Relation(id=first + row, members=members, tags=tags)
