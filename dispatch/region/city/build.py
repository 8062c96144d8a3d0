"""Runs the steps in order and returns the whole city."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import shapely
from shapely.geometry import LineString

from dispatch.region.city.buildings import Building, make_buildings
from dispatch.region.city.districts import Ward, make_beats, make_districts
from dispatch.region.city.field import Field, make_field
from dispatch.region.city.graph import Graph
from dispatch.region.city.landuse import LandUse, make_land_use
from dispatch.region.city.motorway import add_motorways, lift_over
from dispatch.region.city.network import Network, make_network
from dispatch.region.city.noding import Drawn, build_graph
from dispatch.region.city.osm import write_city
from dispatch.region.city.plan import CELL_M, SEED, Floats, stream
from dispatch.region.city.points import add_points_of_interest
from dispatch.region.city.services import Services, make_services
from dispatch.region.city.streets import Facts, settle
from dispatch.region.city.terrain import Terrain, make_terrain
from dispatch.region.city.transit import tracks
from dispatch.region.city.trimming import keep_largest, thin_out
from dispatch.region.city.wayside import exits, kilometre_posts, park_paths

YARD_FROM_M, YARD_TO_M = 9_900.0, 12_300.0


@dataclass(frozen=True, kw_only=True)
class City:
    """Everything the generator knows."""

    seed: int
    terrain: Terrain
    field: Field
    network: Network
    graph: Graph
    facts: Facts
    land: LandUse
    buildings: list[Building]
    services: Services
    districts: list[Ward]
    beats: list[Ward]


def make_streets(seed: int = SEED) -> tuple[Terrain, Field, Network, Graph]:
    """The land and the street graph alone."""
    terrain = make_terrain(seed)
    field = make_field(seed, terrain)
    net = make_network(seed, terrain, field)
    drawn = [Drawn(kind=s.kind, line=s.line, level=s.level) for s in net.streets]
    graph = build_graph(drawn, terrain.water, net.motorways + net.rails, terrain.frame)
    thin_out(graph, stream(seed, "thin"), _thinning(field.built), CELL_M)
    net.interchanges = add_motorways(graph, net.motorways, len(net.streets))
    lift_over(graph, terrain.water, 12.0, "secondary")
    rails = shapely.MultiLineString([LineString(rail) for rail in net.rails])
    lift_over(graph, rails, 28.0, "tertiary")
    keep_largest(graph)
    return terrain, field, net, graph


def _thinning(built: Floats) -> Floats:
    """The share of residential links to take out: few in the old town, many in the suburbs."""
    return np.where(built > 0.75, 0.06, np.clip(0.56 - 0.55 * built, 0.12, 0.38))


def make_city(seed: int = SEED, tell: Callable[[str], None] = lambda _: None) -> City:
    """The whole city of a seed. `tell` hears the name of each step."""
    tell("streets")
    terrain, field, net, graph = make_streets(seed)
    tell("names")
    facts = settle(graph, field, seed, [s.origin for s in net.streets], len(net.streets))
    tell("land")
    land = make_land_use(seed, terrain, field, net, graph)
    tell("buildings")
    buildings = make_buildings(seed, graph, facts, land, terrain.water, net.rails,
                               net.port)  # fmt: skip
    tell("services")
    services = make_services(seed, graph, facts, land, buildings, net)
    add_points_of_interest(seed, buildings, net, services)
    services.points += kilometre_posts(net.motorways, ("M1", "M2", "M3"))
    services.points += exits(graph, facts, net.interchanges)
    land.lines += park_paths(land)
    districts = make_districts(land.blocks, terrain)
    beats = make_beats(land.blocks, services.zones)
    return City(seed=seed, terrain=terrain, field=field, network=net, graph=graph, facts=facts,
                land=land, buildings=buildings, services=services, districts=districts,
                beats=beats)  # fmt: skip


def write_osm(city: City, path: Path) -> None:
    """Write the city as OpenStreetMap data."""
    rails = tracks(city.network.rails, YARD_FROM_M, YARD_TO_M)
    write_city(path, city.graph, city.facts, city.land, city.buildings, city.services, rails,
               city.districts, city.beats, _bridges(city))  # fmt: skip


def _bridges(city: City) -> list[tuple[float, float]]:
    """The middles of the three bridges over the river, in the order of their names."""
    found: list[tuple[float, float]] = []
    for kind, near in (("primary", (9_600.0, 10_050.0)), ("primary", (13_050.0, 11_700.0)),
                       ("motorway", (15_300.0, 12_500.0))):  # fmt: skip
        best = min(
            (e for _, e in sorted(city.graph.edges.items()) if e.bridge and e.kind == kind),
            key=lambda e: float(np.hypot(*(e.line[len(e.line) // 2] - np.array(near)))),
        )
        x, y = LineString(best.line).interpolate(0.5, normalized=True).coords[0]
        found.append((x, y))
    return found
