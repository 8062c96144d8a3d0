"""Lengths, directions and areas on the Earth's ellipsoid (WGS 84), for measuring by hand."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyproj import Geod

LonLat = tuple[float, float]


def inverse(start: LonLat, end: LonLat) -> tuple[float, float]:
    """Metres from one point to another, and the direction there at the start.

    Points are longitude, latitude in degrees; the direction is clockwise from north, 0 to 360.
    """
    if start == end:
        return 0.0, 0.0
    bearing, _, metres = _earth().inv(*start, *end)
    return float(metres), float(bearing) % 360


def length_m(points: Sequence[LonLat]) -> float:
    """Metres along a line of points."""
    if len(points) < 2:
        return 0.0
    lon, lat = zip(*points, strict=True)
    return float(_earth().line_length(lon, lat))


def area_m2(ring: Sequence[LonLat]) -> float:
    """Square metres inside a ring of points; the last is joined to the first."""
    if len(ring) < 3:
        return 0.0
    lon, lat = zip(*ring, strict=True)
    return abs(float(_earth().polygon_area_perimeter(lon, lat)[0]))


@cache
def _earth() -> Geod:
    # Imported when somebody measures: it takes a tenth of a second, which a start has not got.
    from pyproj import Geod

    return Geod(ellps="WGS84")
