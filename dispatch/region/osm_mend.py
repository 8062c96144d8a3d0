"""Outlines that do not close: broken by a slip of the editor, or cut by the extract's edge.

An outline is closed by straight lines only where that is no guess about the land in the extract:
the gap is small, or it lies outside altogether. Others stay out and are counted.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import osmium
import shapely
from shapely.geometry.base import BaseGeometry
from shapely.ops import substring

from dispatch.region.boxes import Box

#: A gap of this share of the outline's known length is a slip.
_SMALL = 0.03
#: With less of its ways than this nobody can tell which side of an outline is inside.
_LEAST_SHARE = 0.5
#: This share of the bounds' width along their sides is the extract's edge.
_STRIP = 0.05
#: What is left over along a cut is no area, square degrees (about 10 m2).
_LEAST_AREA = 1e-9
_MOST_PARTS = 200


def lines_of(
    file: osmium.io.File, wanted: set[int]
) -> dict[int, tuple[list[tuple[float, float]], dict[str, str]]]:
    """The known places and the tags of some ways of a file, read once more for them alone."""
    found = {}
    ways = osmium.osm.osm_entity_bits.NODE | osmium.osm.osm_entity_bits.WAY
    processor = (
        osmium.FileProcessor(file, ways)
        .with_locations()
        .with_filter(osmium.filter.EntityFilter(osmium.osm.osm_entity_bits.WAY))
        .with_filter(osmium.filter.IdFilter(wanted))
    )
    way: Any
    for way in processor:
        points = [
            (node.location.lon, node.location.lat) for node in way.nodes if node.location.valid()
        ]
        found[way.id] = (points, dict(way.tags))
    return found


def mended(
    outer: list[BaseGeometry], inner: list[BaseGeometry], missing: int, box: Box
) -> BaseGeometry | None:
    """The area within lines that do not close; None where it cannot be told.

    `missing` is how many ways of the outline the extract does not hold, `box` the extract's
    bounds (west, south, east, north, degrees).
    """
    if not outer or len(outer) < _LEAST_SHARE * (len(outer) + missing):
        return None
    rings = _faces(outer)
    open_parts = _open_parts(outer)
    if open_parts:
        if len(open_parts) > _MOST_PARTS:
            return None
        bridges = _bridges(open_parts, box)
        if bridges is None:
            return rings if rings is not None and not missing else None
        rings = _faces([*outer, *bridges])
    if rings is None:
        return None
    holes = _faces(inner) if inner else None
    whole = shapely.difference(rings, holes) if holes is not None else rings
    whole = shapely.make_valid(whole, method="structure")
    parts = [p for p in shapely.get_parts(whole) if p.geom_type == "Polygon" and p.area > 0]
    if not parts or sum(part.area for part in parts) < _LEAST_AREA:
        return None
    return parts[0] if len(parts) == 1 else shapely.multipolygons(parts)


def _faces(lines: Iterable[BaseGeometry]) -> BaseGeometry | None:
    """All that lines enclose; where they cross, both sides."""
    faces = shapely.get_parts(shapely.polygonize([shapely.unary_union(list(lines))]))
    return shapely.union_all(faces) if len(faces) else None


def _open_parts(lines: list[BaseGeometry]) -> list[BaseGeometry]:
    merged = shapely.line_merge(shapely.unary_union(lines))
    parts = [part for part in shapely.get_parts(merged) if part.geom_type == "LineString"]
    return [part for part in parts if not part.is_closed]


def _bridges(parts: list[BaseGeometry], box: Box) -> list[BaseGeometry] | None:
    """Lines from each loose end to the nearest other one, as long as each is small or lies outside
    the land in the box: straight, or along the box's sides."""
    places = np.array([part.coords[side] for part in parts for side in (0, -1)])
    owners = np.repeat(np.arange(len(parts)), 2)
    # Where lines meet in a fork, their ends are no loose ones.
    _, which, counts = np.unique(places, axis=0, return_inverse=True, return_counts=True)
    loose = counts[which.ravel()] == 1
    places, owners = places[loose], owners[loose]
    known = sum(part.length for part in parts)
    inside = shapely.box(*box)
    # An extract cut node by node ends a little before its bounds.
    west, south, east, north = box
    strip_x, strip_y = _STRIP * (east - west), _STRIP * (north - south)
    land = shapely.box(west + strip_x, south + strip_y, east - strip_x, north - strip_y)
    bridges: list[BaseGeometry] = []
    while len(places) > 1:
        gaps = np.hypot(*(places[:, None] - places[None]).transpose(2, 0, 1))
        np.fill_diagonal(gaps, np.inf)
        if len(places) > 2:
            # A part is closed on itself only when nothing else is left to join it to.
            gaps[owners[:, None] == owners[None]] = np.inf
        i, j = divmod(int(np.argmin(gaps)), len(places))
        if not np.isfinite(gaps[i, j]):
            return None
        one, other = shapely.Point(places[i]), shapely.Point(places[j])
        bridge: BaseGeometry | None = shapely.LineString([one, other])
        if gaps[i, j] > _SMALL * known and shapely.intersects(land, bridge):
            bridge = _around(one, other, inside, land)
        if bridge is None:
            return None
        bridges.append(bridge)
        owners[owners == owners[j]] = owners[i]
        rest = np.setdiff1d(np.arange(len(places)), (i, j))
        places, owners = places[rest], owners[rest]
    return bridges


def _around(
    one: shapely.Point, other: shapely.Point, inside: BaseGeometry, land: BaseGeometry
) -> BaseGeometry | None:
    """The shorter way along the bounds between two ends at the extract's edge; None for others."""
    if shapely.intersects(land, one) or shapely.intersects(land, other):
        return None
    ring = inside.exterior
    begin, end = sorted((ring.project(one), ring.project(other)))
    first, last = sorted((one, other), key=ring.project)
    if end - begin <= ring.length / 2:
        return shapely.LineString([first, *substring(ring, begin, end).coords, last])
    # The shorter way leads over the point where the ring begins.
    before, after = substring(ring, end, ring.length), substring(ring, 0, begin)
    return shapely.LineString([last, *before.coords, *after.coords[1:], first])
