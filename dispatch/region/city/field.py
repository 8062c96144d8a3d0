"""Which way the streets want to run: a tensor field over the land.

A tensor at a place has two directions at right angles. It is kept as (cos 2a, sin 2a) of its major
direction a, which can be summed where angles cannot. The field is a weighted sum of a radial field
(old town), grids of planned quarters, the directions of shore, river, motorway and railway, and
smooth noise. After Chen, Esch, Wonka, Mueller, Zhang, "Interactive procedural street modeling",
ACM Transactions on Graphics 27 (3), 2008.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from scipy import ndimage

from dispatch.region.city.plan import (
    AIRPORT,
    CELL_M,
    CENTRE,
    COLUMNS,
    RAIL_EAST,
    RAIL_SOUTH,
    RING,
    ROWS,
    SATELLITES,
    Floats,
    raster_centres,
    smooth_noise,
    spline,
    stream,
)
from dispatch.region.city.terrain import Terrain

# Planned quarters: centre x, y, how far their grid reaches, its angle in degrees.
QUARTERS = (
    (8_200.0, 13_400.0, 1_500.0, 14.0),
    (10_400.0, 12_000.0, 900.0, -24.0),
    (12_600.0, 13_600.0, 1_600.0, 38.0),
    (7_000.0, 15_000.0, 1_300.0, 30.0),
    (10_000.0, 15_300.0, 1_300.0, -6.0),
    (9_000.0, 8_700.0, 900.0, 5.0),
    (11_500.0, 9_600.0, 1_200.0, 27.0),
    (13_800.0, 9_900.0, 1_400.0, -14.0),
    (12_300.0, 7_000.0, 1_400.0, -3.0),
    (9_600.0, 5_600.0, 1_500.0, 21.0),
    (7_300.0, 5_300.0, 1_300.0, -12.0),
    (13_900.0, 6_200.0, 1_100.0, 42.0),
    (17_300.0, 9_300.0, 1_300.0, 8.0),
    (6_300.0, 12_600.0, 1_100.0, -8.0),
    (16_900.0, 12_000.0, 1_000.0, -30.0),
    (11_800.0, 3_000.0, 1_200.0, 10.0),
)


@dataclass(frozen=True, kw_only=True)
class Field:
    """The field and the density of the town on the raster, each (rows, columns)."""

    cos2: Floats
    sin2: Floats
    built: Floats
    """How built-up: 0 open country, 0.25 edge of town, 1 old town."""
    water_distance_m: Floats
    hill: Floats
    """0 flat, 1 too steep or too high to build on."""


def _distance_and_bearing(points: Floats) -> tuple[Floats, Floats, Floats]:
    """For every cell: metres to the polyline, and cos 2a, sin 2a of the nearest piece of it."""
    marks = np.ones((ROWS, COLUMNS), dtype=bool)
    cos2 = np.zeros((ROWS, COLUMNS))
    sin2 = np.zeros((ROWS, COLUMNS))
    tangent = np.gradient(points, axis=0)
    angle = np.arctan2(tangent[:, 1], tangent[:, 0])
    column = np.floor(points[:, 0] / CELL_M).astype(np.int64)
    row = np.floor(points[:, 1] / CELL_M).astype(np.int64)
    inside = (column >= 0) & (column < COLUMNS) & (row >= 0) & (row < ROWS)
    marks[row[inside], column[inside]] = False
    cos2[row[inside], column[inside]] = np.cos(2 * angle[inside])
    sin2[row[inside], column[inside]] = np.sin(2 * angle[inside])
    distance, (near_row, near_column) = ndimage.distance_transform_edt(marks, return_indices=True)
    return distance * CELL_M, cos2[near_row, near_column], sin2[near_row, near_column]


def _dense(line: shapely.LineString, step_m: float = 15.0) -> Floats:
    smooth = line.simplify(25.0)
    count = max(2, int(smooth.length / step_m))
    at = np.linspace(0.0, smooth.length, count)
    return np.asarray(shapely.get_coordinates(shapely.line_interpolate_point(smooth, at)))


def make_field(seed: int, terrain: Terrain) -> Field:
    """The tensor field and the town's density over a terrain."""
    rng = stream(seed, "field")
    x, y = raster_centres()
    water = shapely.contains_xy(terrain.water, x.ravel(), y.ravel()).reshape(x.shape)
    water_distance_m = np.asarray(ndimage.distance_transform_edt(~water)) * CELL_M

    slope_rows, slope_columns = np.gradient(terrain.height_m, CELL_M)
    slope = ndimage.gaussian_filter(np.hypot(slope_rows, slope_columns), 6.0)
    hill = np.clip((slope - 0.055) / 0.06, 0.0, 1.0)
    hill = np.maximum(hill, np.clip((terrain.height_m - 150.0) / 60.0, 0.0, 1.0))

    cos2 = np.zeros_like(x)
    sin2 = np.zeros_like(x)

    def add(weight: Floats, cosine: Floats | float, sine: Floats | float) -> None:
        nonlocal cos2, sin2
        cos2 = cos2 + weight * cosine
        sin2 = sin2 + weight * sine

    # Quarters: each place listens mostly to its nearest quarter, so that grids change along seams.
    warp_x = x + 500.0 * smooth_noise(rng, 2_600.0)
    warp_y = y + 500.0 * smooth_noise(rng, 2_600.0)
    grids = [*QUARTERS, *((s.x, s.y, s.radius_m * 1.3, s.angle_deg) for s in SATELLITES)]
    for cx, cy, reach_m, angle_deg in grids:
        squared = ((warp_x - cx) ** 2 + (warp_y - cy) ** 2) / reach_m**2
        a = np.radians(angle_deg)
        add(np.exp(-1.1 * squared) + 0.02 / (1.0 + squared), np.cos(2 * a), np.sin(2 * a))

    # Radial old town, and a weaker one at the south bank's circus.
    for cx, cy, reach_m, strength in (
        (*CENTRE, 1_050.0, 3.2),
        (12_350.0, 7_150.0, 520.0, 1.6),
        (10_000.0, 15_300.0, 450.0, 1.3),
    ):
        bearing = np.arctan2(y - cy, x - cx)
        away = np.hypot(x - cx, y - cy)
        add(strength * np.exp(-((away / reach_m) ** 2)), np.cos(2 * bearing), np.sin(2 * bearing))

    ring = spline(RING)
    for points, reach_m, strength in (
        (_dense(terrain.shore), 420.0, 2.4),
        (spline(_river_middle(terrain)), 430.0, 2.4),
        (ring, 330.0, 1.5),
        (spline(RAIL_EAST), 260.0, 1.2),
        (spline(RAIL_SOUTH), 220.0, 1.0),
    ):
        distance_m, cosine, sine = _distance_and_bearing(points)
        add(strength * np.exp(-((distance_m / reach_m) ** 2)), cosine, sine)

    built = _built(rng, x, y, hill, water_distance_m)

    # Smooth noise turns the streets: little in town, much in the suburbs and in the country.
    loose = np.clip(1.0 - 1.25 * built, 0.12, 1.0)
    turn = np.radians(30.0) * loose * smooth_noise(rng, 1_300.0)
    turn += np.radians(14.0) * loose * smooth_noise(rng, 480.0)
    angle = np.arctan2(sin2, cos2) + 2 * turn
    return Field(
        cos2=np.cos(angle),
        sin2=np.sin(angle),
        built=built,
        water_distance_m=water_distance_m,
        hill=hill,
    )


def _river_middle(terrain: Terrain) -> tuple[tuple[float, float], ...]:
    coordinates = shapely.get_coordinates(terrain.river_line.simplify(40.0))
    return tuple((float(a), float(b)) for a, b in coordinates)


def _built(
    rng: np.random.Generator, x: Floats, y: Floats, hill: Floats, water_distance_m: Floats
) -> Floats:
    """The town's density: a core, arms along the radial roads, small towns beyond the ring."""
    cx, cy = 9_600.0, 10_300.0
    bearing = np.arctan2(y - cy, x - cx)
    away = np.hypot(x - cx, y - cy)
    reach = 6_800.0 * (
        1.0
        + 0.13 * np.exp(-(((bearing - 0.02) / 0.22) ** 2))
        + 0.16 * np.exp(-(((bearing + 0.95) / 0.2) ** 2))
        + 0.10 * np.exp(-(((bearing - 1.55) / 0.25) ** 2))
    )
    reach *= 1.0 + 0.10 * smooth_noise(rng, 2_200.0) + 0.05 * smooth_noise(rng, 700.0)
    built = np.clip(1.0 - 0.75 * (away / reach) ** 1.35, 0.0, 1.0)
    built = np.where(away > reach, 0.0, built)
    core = np.exp(-(((x - CENTRE[0]) ** 2 + (y - CENTRE[1]) ** 2) / 1_250.0**2))
    built = np.maximum(built, np.clip(0.35 + 0.75 * core, 0.0, 1.0) * (core > 0.15))
    for town in SATELLITES:
        edge = town.radius_m * (1.15 + 0.25 * smooth_noise(rng, 700.0))
        near = np.hypot(x - town.x, y - town.y) / edge
        built = np.maximum(built, np.where(near < 1.0, 0.55 - 0.27 * near, 0.0))
    built = np.where(hill > 0.55, 0.0, built)
    ax, ay, length, breadth, bearing_deg = AIRPORT
    a = np.radians(bearing_deg)
    u = (x - ax) * np.cos(a) + (y - ay) * np.sin(a)
    v = -(x - ax) * np.sin(a) + (y - ay) * np.cos(a)
    built = np.where((np.abs(u) < length / 2 + 500) & (np.abs(v) < breadth / 2 + 200), 0.0, built)
    return np.where(water_distance_m <= 0.0, 0.0, built)
