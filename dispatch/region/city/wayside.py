"""What a caller on the road reads off: kilometre posts and exits; and the paths in the parks."""

from __future__ import annotations

import numpy as np
import shapely
from shapely.geometry import LineString

from dispatch.region.city.graph import Graph
from dispatch.region.city.landuse import Area, LandUse
from dispatch.region.city.naming import Name
from dispatch.region.city.plan import Floats
from dispatch.region.city.services import Point
from dispatch.region.city.streets import Facts


def kilometre_posts(lines: list[Floats], refs: tuple[str, ...]) -> list[Point]:
    """A post each kilometre, on the right, named after the road."""
    made: list[Point] = []
    for line, ref in zip(lines, refs, strict=True):
        course = LineString(line)
        for km in range(1, int(course.length / 1_000.0) + 1):
            here, ahead = course.interpolate(km * 1_000.0), course.interpolate(km * 1_000.0 + 5.0)
            dx, dy = ahead.x - here.x, ahead.y - here.y
            size = max(1e-6, float(np.hypot(dx, dy)))
            name = Name(en=f"{ref} km {km}", ru=f"{ref}, {km}-й км", kk=f"{ref}, {km}-км",
                        ko=f"{ref} {km}km")  # fmt: skip
            made.append(
                Point(x=here.x + dy / size * 20.0, y=here.y - dx / size * 20.0,
                      tags={"highway": "milestone", "distance": str(km), "ref": ref,
                            **name.tags()})
            )  # fmt: skip
    return made


def exits(graph: Graph, facts: Facts, places: list[tuple[float, float]]) -> list[Point]:
    """The interchanges, numbered in their order and named after the street that crosses there."""
    crossings = [n for n in sorted(graph.edges) if graph.edges[n].bridge and n in facts.name
                 and not graph.edges[n].kind.startswith("motorway")]  # fmt: skip
    made: list[Point] = []
    for number, (x, y) in enumerate(places, start=1):
        near = min(
            crossings,
            key=lambda n: float(np.hypot(*(graph.edges[n].line.mean(axis=0) - np.array([x, y])))),
        )
        street = facts.name[near]
        name = Name(
            en=f"Exit {number}, {street.en}",
            ru=f"Съезд {number}, {street.ru}",
            kk=f"{number}-шығу, {street.kk}",
            ko=f"{number}번 나들목, {street.ko}",
        )
        made.append(
            Point(
                x=x, y=y, tags={"highway": "motorway_junction", "ref": str(number), **name.tags()}
            )
        )
    return made


def park_paths(land: LandUse) -> list[Area]:
    """A loop inside each larger park and two ways across it."""
    made: list[Area] = []
    for area in land.areas:
        if area.tags.get("leisure") != "park" or area.shape.area < 14_000.0:
            continue
        inner = area.shape.buffer(-16.0).buffer(-30.0).buffer(30.0)
        if inner.is_empty or inner.geom_type != "Polygon":
            continue
        loop = LineString(inner.exterior.simplify(2.5))
        made.append(Area(shape=loop, tags={"highway": "footway"}))
        middle = inner.centroid
        for share in (0.1, 0.35, 0.6, 0.85):
            start = loop.interpolate(share, normalized=True)
            way = LineString([start, middle])
            if shapely.covers(area.shape, way):
                made.append(Area(shape=way, tags={"highway": "footway"}))
    return made
