"""Lengths, directions and areas on the Earth's ellipsoid (WGS 84), for measuring by hand.

Length and direction: T. Vincenty, "Direct and inverse solutions of geodesics on the ellipsoid",
Survey Review 23 (1975), the inverse formula: to the millimetre except between opposite sides of
the Earth. Area: the edges are drawn straight on the equal-area cylinder through the authalic
latitude (J. P. Snyder, "Map Projections: A Working Manual", 1987, eqs. 3-11 to 3-13 and 10), which
for the size of a city differs from geodesic edges by parts in a hundred thousand.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

MAJOR_M = 6_378_137.0
FLATTENING = 1 / 298.257223563
MINOR_M = MAJOR_M * (1 - FLATTENING)
_E2 = FLATTENING * (2 - FLATTENING)
_E = math.sqrt(_E2)

LonLat = tuple[float, float]


def inverse(start: LonLat, end: LonLat) -> tuple[float, float]:
    """Metres from one point to another, and the direction there at the start.

    Points are longitude, latitude in degrees; the direction is clockwise from north, 0 to 360.
    """
    if start == end:
        return 0.0, 0.0
    reduced = [math.atan((1 - FLATTENING) * math.tan(math.radians(p[1]))) for p in (start, end)]
    sin1, cos1 = math.sin(reduced[0]), math.cos(reduced[0])
    sin2, cos2 = math.sin(reduced[1]), math.cos(reduced[1])
    east = math.radians((end[0] - start[0] + 180) % 360 - 180)
    turn = east
    for _ in range(100):
        sin_turn, cos_turn = math.sin(turn), math.cos(turn)
        across = math.hypot(cos2 * sin_turn, cos1 * sin2 - sin1 * cos2 * cos_turn)
        along = sin1 * sin2 + cos1 * cos2 * cos_turn
        if across == 0:
            return 0.0, 0.0
        angle = math.atan2(across, along)
        sin_a = cos1 * cos2 * sin_turn / across
        cos2_a = 1 - sin_a**2
        middle = along - 2 * sin1 * sin2 / cos2_a if cos2_a else 0.0
        c = FLATTENING / 16 * cos2_a * (4 + FLATTENING * (4 - 3 * cos2_a))
        before = turn
        turn = east + (1 - c) * FLATTENING * sin_a * (
            angle + c * across * (middle + c * along * (2 * middle**2 - 1))
        )
        if abs(turn - before) < 1e-12:
            break
    u2 = cos2_a * (MAJOR_M**2 - MINOR_M**2) / MINOR_M**2
    a = 1 + u2 / 16384 * (4096 + u2 * (-768 + u2 * (320 - 175 * u2)))
    b = u2 / 1024 * (256 + u2 * (-128 + u2 * (74 - 47 * u2)))
    less = (
        b
        * across
        * (
            middle
            + b
            / 4
            * (
                along * (2 * middle**2 - 1)
                - b / 6 * middle * (4 * across**2 - 3) * (4 * middle**2 - 3)
            )
        )
    )
    bearing = math.degrees(
        math.atan2(cos2 * math.sin(turn), cos1 * sin2 - sin1 * cos2 * math.cos(turn))
    )
    return MINOR_M * a * (angle - less), bearing % 360


def length_m(points: Sequence[LonLat]) -> float:
    """Metres along a line of points."""
    return sum(inverse(one, other)[0] for one, other in pairwise(points))


def area_m2(ring: Sequence[LonLat]) -> float:
    """Square metres inside a ring of points; the last is joined to the first."""
    if len(ring) < 3:
        return 0.0
    total = 0.0
    for one, other in pairwise([*ring, ring[0]]):
        east = math.radians((other[0] - one[0] + 180) % 360 - 180)
        total += east * (_q(one[1]) + _q(other[1])) / 2
    return abs(total) * MAJOR_M**2 / 2


def _q(lat: float) -> float:
    sine = math.sin(math.radians(lat))
    part = math.log((1 - _E * sine) / (1 + _E * sine)) / (2 * _E)
    return (1 - _E2) * (sine / (1 - _E2 * sine**2) - part)
