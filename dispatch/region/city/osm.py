"""Writes the city as an OpenStreetMap file, which is all that leaves the generator."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import osmium
import osmium.osm.mutable as mutable
import shapely
from shapely.geometry import LinearRing, LineString, Polygon
from shapely.geometry.base import BaseGeometry

from dispatch.region.city import names
from dispatch.region.city.buildings import Building
from dispatch.region.city.districts import Ward
from dispatch.region.city.graph import Graph
from dispatch.region.city.landuse import Area, LandUse
from dispatch.region.city.plan import Floats, to_degrees
from dispatch.region.city.services import Services
from dispatch.region.city.streets import Facts
from dispatch.region.city.transit import METRO, RAIL_STATIONS, Track

_BUILDING_TAGS = {"industrial": "industrial", "commercial": "commercial", "school": "school",
                  "hospital": "hospital", "apartments": "apartments", "house": "house",
                  "terrace": "terrace", "detached": "detached"}  # fmt: skip
_MEMBER_LIMIT = 1_900


class _File:
    """Collects nodes, ways and relations with numbers of its own, and writes them in order."""

    def __init__(self) -> None:
        self.nodes: list[tuple[float, float, dict[str, str]]] = []
        self.ways: list[tuple[list[int], dict[str, str]]] = []
        self.relations: list[tuple[list[tuple[str, int, str]], dict[str, str]]] = []

    def node(self, lon: float, lat: float, tags: dict[str, str] | None = None) -> int:
        self.nodes.append((lon, lat, tags or {}))
        return len(self.nodes)

    def course(self, line: Floats) -> list[int]:
        return [self.node(float(a), float(b)) for a, b in to_degrees(line)]

    def way(self, nodes: list[int], tags: dict[str, str]) -> int:
        self.ways.append((nodes, tags))
        return len(self.ways)

    def ring(self, ring: LinearRing, tags: dict[str, str]) -> list[int]:
        nodes = self.course(shapely.get_coordinates(ring)[:-1])
        nodes.append(nodes[0])
        made: list[int] = []
        start = 0
        while start < len(nodes) - 1:
            stop = min(len(nodes) - 1, start + _MEMBER_LIMIT)
            made.append(
                self.way(nodes[start : stop + 1], tags if stop - start == len(nodes) - 1 else {})
            )
            start = stop
        return made

    def area(self, shape: BaseGeometry, tags: dict[str, str], kind: str = "multipolygon") -> None:
        parts = [p for p in shapely.get_parts(shape) if isinstance(p, Polygon) and p.area > 0]
        if not parts:
            return
        simple = len(parts) == 1 and not parts[0].interiors and kind == "multipolygon"
        if simple and len(parts[0].exterior.coords) < _MEMBER_LIMIT:
            self.ring(parts[0].exterior, tags)
            return
        members: list[tuple[str, int, str]] = []
        for part in parts:
            members += [("w", way, "outer") for way in self.ring(part.exterior, {})]
            for hole in part.interiors:
                members += [("w", way, "inner") for way in self.ring(hole, {})]
        self.relations.append((members, {"type": kind, **tags}))

    def write(self, path: Path) -> None:
        path.unlink(missing_ok=True)
        header = osmium.io.Header()
        header.set("generator", "vigil")
        writer = osmium.SimpleWriter(str(path), header=header)
        try:
            for i, (lon, lat, tags) in enumerate(self.nodes):
                writer.add_node(mutable.Node(id=i + 1, version=1, location=(lon, lat), tags=tags))
            for i, (refs, tags) in enumerate(self.ways):
                writer.add_way(mutable.Way(id=i + 1, version=1, nodes=refs, tags=tags))
            for i, (members, tags) in enumerate(self.relations):
                writer.add_relation(
                    mutable.Relation(id=i + 1, version=1, members=members, tags=tags)
                )
        finally:
            writer.close()


def write_city(
    path: Path, graph: Graph, facts: Facts, land: LandUse, buildings: list[Building],
    services: Services, rails: list[Track], districts: list[Ward], beats: list[Ward],
    bridges: list[tuple[float, float]],
) -> None:  # fmt: skip
    """Write everything to `path` (`.osm.pbf` or `.osm`)."""
    file = _File()
    ways = _streets(file, graph, facts)
    for start, via, to, value in facts.bans:
        file.relations.append(
            ([("w", ways[start], "from"), ("n", via + 1, "via"), ("w", ways[to], "to")],
             {"type": "restriction", "restriction": value})
        )  # fmt: skip
    for area in land.areas:
        file.area(area.shape, area.tags)
    for line in land.lines:
        _line(file, line)
    for track in rails:
        course = shapely.get_coordinates(LineString(track.line).simplify(1.0))
        file.way(file.course(course), track.tags)
    posts = {p.building: p for p in services.posts if p.building >= 0}
    for index, building in enumerate(buildings):
        _building(file, building, posts.get(index) is not None)
    for point in services.points:
        file.node(*_one(point.x, point.y), point.tags)
    _posts(file, services)
    for x, y, name in METRO:
        file.node(*_one(x, y), {"railway": "station", "station": "subway", **name.tags()})
    for x, y, name in RAIL_STATIONS:
        file.node(*_one(x, y), {"railway": "station", **name.tags()})
    for name, (x, y) in zip(names.BRIDGES, bridges, strict=False):
        file.node(*_one(x, y), {"man_made": "bridge", **name.tags()})
    for ward in districts:
        file.area(ward.shape, {"boundary": "administrative", "admin_level": "9", "ref": ward.ref,
                               **ward.name.tags()}, "boundary")  # fmt: skip
    for ward in beats:
        file.area(ward.shape, {"boundary": "police", "ref": ward.ref, **ward.name.tags()},
                  "boundary")  # fmt: skip
    file.write(path)


def _one(x: float, y: float) -> tuple[float, float]:
    lon, lat = to_degrees(np.array([[x, y]]))[0]
    return float(lon), float(lat)


def _streets(file: _File, graph: Graph, facts: Facts) -> dict[int, int]:
    """One way an edge; junction nodes come first and keep the graph's numbers plus one."""
    signals = set(facts.signals)
    places = to_degrees(np.array(graph.xy))
    for node, (lon, lat) in enumerate(places.tolist()):
        file.node(lon, lat, {"highway": "traffic_signals"} if node in signals else None)
    ways: dict[int, int] = {}
    for number in sorted(graph.edges):
        edge = graph.edges[number]
        line = shapely.get_coordinates(LineString(edge.line).simplify(0.8))
        nodes = [edge.u + 1, *file.course(line[1:-1]), edge.v + 1]
        tags = {"highway": edge.kind, "maxspeed": str(facts.speed_kmh[number])}
        if number in facts.name:
            tags |= facts.name[number].tags()
        if number in facts.lanes:
            tags["lanes"] = str(facts.lanes[number])
        if number in facts.ref:
            tags["ref"] = facts.ref[number]
        if edge.oneway:
            tags["oneway"] = "yes"
        elif edge.kind == "motorway":
            tags["oneway"] = "no"
        if edge.bridge:
            tags["bridge"] = "yes"
        if edge.tunnel:
            tags["tunnel"] = "yes"
        if edge.level:
            tags["layer"] = str(edge.level)
        ways[number] = file.way(nodes, tags)
    return ways


def _line(file: _File, line: Area) -> None:
    file.way(file.course(shapely.get_coordinates(line.shape)), line.tags)


def _building(file: _File, building: Building, is_post: bool) -> None:
    tags = {"building": _BUILDING_TAGS[building.kind], "building:levels": str(building.levels)}
    if building.street is not None and not is_post:
        tags["addr:housenumber"] = building.number
        tags["addr:street"] = building.street.en
        if building.settlement == 0:
            tags["addr:city"] = names.CITY.en
        elif building.settlement > 0:
            tags["addr:city"] = names.SATELLITES[building.settlement - 1].en
    nodes = file.course(building.corners)
    file.way([*nodes, nodes[0]], tags)


_POST_TAGS = {
    "fire": {"amenity": "fire_station"},
    "medical": {"emergency": "ambulance_station"},
    "police": {"amenity": "police"},
    "rescue": {"office": "utility"},
}


def _posts(file: _File, services: Services) -> None:
    for post in services.posts:
        # Hospitals are grounds, written with the areas.
        if post.service != "hospital":
            kind = {"aeroway": "helipad"} if post.ref == "Z1" else _POST_TAGS[post.service]
            tags = {**kind, "ref": post.ref, **post.name.tags()}
            file.node(*_one(post.x, post.y), tags)
