"""The land before anybody came: lake shore, river with its island, hills."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry import LineString, MultiPolygon, Polygon, box
from shapely.geometry.base import BaseGeometry

from dispatch.region.city.plan import (
    HEIGHT_M,
    RIVER,
    WIDTH_M,
    Floats,
    raster_centres,
    smooth_noise,
    spline,
    stream,
)

FAR_SHORE = (
    (2_500.0, 24_800.0),
    (-900.0, 27_000.0),
    (-5_000.0, 26_200.0),
    (-8_800.0, 21_500.0),
    (-10_500.0, 15_000.0),
    (-9_600.0, 8_500.0),
    (-10_400.0, 2_500.0),
    (-7_000.0, -4_300.0),
    (-2_000.0, -5_600.0),
    (2_600.0, -4_700.0),
)
"""The lake beyond the frame, so that it is a lake on a small scale too."""
ISLAND_HEAD_M, ISLAND_TAIL_M = 5_780.0, 4_080.0
"""Where the island begins and ends, along the river's middle line, back from its mouth."""


@dataclass(frozen=True, kw_only=True)
class Terrain:
    """Water and height. Geometries in metres; `height_m` on the raster (rows south to north)."""

    frame: Polygon
    lake: BaseGeometry
    river: BaseGeometry
    island: Polygon
    river_line: LineString
    shore: LineString
    ponds: tuple[Polygon, ...]
    creeks: tuple[LineString, ...]
    water: BaseGeometry
    height_m: Floats


def shore_x(y: Floats, wobble: Floats) -> Floats:
    """How far east the lake reaches at a height y: a bay at the town, a cape north of it."""
    bay = 2_550.0 * np.exp(-(((y - 9_500.0) / 2_300.0) ** 2))
    cape = -1_500.0 * np.exp(-(((y - 14_300.0) / 950.0) ** 2))
    cove = 800.0 * np.exp(-(((y - 17_300.0) / 900.0) ** 2))
    south = -900.0 * np.exp(-(((y - 4_700.0) / 1_300.0) ** 2)) + 700.0 * np.exp(
        -(((y - 1_500.0) / 1_500.0) ** 2)
    )
    return 4_000.0 + bay + cape + cove + south + wobble


def _wobble(rng: np.random.Generator, count: int, step_m: float) -> Floats:
    total = np.zeros(count)
    for wavelength_m, amplitude_m in ((1_900.0, 150.0), (700.0, 60.0), (260.0, 22.0)):
        knots = rng.uniform(-1.0, 1.0, int(count * step_m / wavelength_m) + 4)
        at = np.arange(count) * step_m / wavelength_m
        i = at.astype(np.int64)
        t = at - i
        ease = t * t * (3 - 2 * t)
        total += amplitude_m * (knots[i] * (1 - ease) + knots[i + 1] * ease)
    return total


def _bump(at: Floats, start: float, stop: float) -> Floats:
    """A smooth hill between two distances, 0 at the ends and 1 in the middle."""
    t = np.clip((at - start) / (stop - start), 0.0, 1.0)
    return np.asarray(np.sin(np.pi * t) ** 0.7)


def _ribbon(line: Floats, left_m: Floats, right_m: Floats) -> Polygon:
    tangent = np.gradient(line, axis=0)
    tangent /= np.hypot(tangent[:, 0], tangent[:, 1])[:, None]
    normal = np.column_stack([-tangent[:, 1], tangent[:, 0]])
    left = line + normal * left_m[:, None]
    right = line - normal * right_m[:, None]
    made = shapely.make_valid(Polygon(np.vstack([left, right[::-1]])))
    return _largest(made)


def _largest(shape: BaseGeometry) -> Polygon:
    parts = [g for g in getattr(shape, "geoms", [shape]) if isinstance(g, Polygon)]
    return max(parts, key=lambda part: float(part.area))


def make_terrain(seed: int) -> Terrain:
    """The land for a seed."""
    rng = stream(seed, "terrain")
    frame = box(0.0, 0.0, WIDTH_M, HEIGHT_M)

    y = np.arange(-3_000.0, HEIGHT_M + 3_001.0, 20.0)
    x = shore_x(y, _wobble(rng, len(y), 20.0))
    shore_points = np.column_stack([x, y])
    far = spline(
        ((x[-1], y[-1]), *FAR_SHORE, (x[0], y[0])), 60.0
    )[1:-1]  # fmt: skip
    bend = _wobble(rng, len(far), 60.0) * np.sin(np.linspace(0.0, np.pi, len(far)))
    lake_ring = np.vstack([shore_points, far + 2.2 * bend[:, None]])
    lake = shapely.make_valid(Polygon(lake_ring))

    line = spline(RIVER)
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))])
    head, tail = float(along[-1]) - ISLAND_HEAD_M, float(along[-1]) - ISLAND_TAIL_M
    wobble = _wobble(rng, len(line), 25.0) * 0.10
    half = 52.0 + 38.0 * along / along[-1] + wobble
    mouth = np.clip((along - (along[-1] - 3_000.0)) / 3_000.0, 0.0, 1.0)
    half += 130.0 * mouth**1.5
    swell = _bump(along, head - 350.0, tail + 350.0)
    channel = _ribbon(line, half + 215.0 * swell, half + 165.0 * swell)
    # The island's two ends are sharp, its sides follow the banks.
    on_island = (along > head) & (along < tail)
    body = _bump(along[on_island], head, tail)
    island = _ribbon(line[on_island], 1.0 + 205.0 * body, 1.0 + 155.0 * body)
    island = _largest(island.buffer(-6.0).buffer(6.0).simplify(1.5))
    river = shapely.difference(channel.simplify(1.5), island)

    ponds: list[Polygon] = []
    for cx, cy, radius in (
        (10_950.0, 5_350.0, 170.0),
        (10_650.0, 14_350.0, 240.0),
        (17_700.0, 16_400.0, 330.0),
        (21_600.0, 14_100.0, 150.0),
        (16_900.0, 5_900.0, 210.0),
        (12_200.0, 1_900.0, 270.0),
    ):
        angles = np.linspace(0.0, 2 * np.pi, 40, endpoint=False)
        reach = radius * (
            1.0
            + 0.28 * np.cos(2 * angles + rng.uniform(0, 6.28))
            + 0.14 * np.cos(3 * angles + rng.uniform(0, 6.28))
        )
        ponds.append(
            Polygon(np.column_stack([cx + reach * np.cos(angles), cy + reach * np.sin(angles)]))
        )

    creeks = tuple(
        LineString(spline(points))
        for points in (
            (
                (13_100.0, 19_600.0),
                (12_800.0, 18_000.0),
                (12_350.0, 16_900.0),
                (11_550.0, 15_500.0),
                (10_800.0, 14_500.0),
                (10_850.0, 13_300.0),
                (11_550.0, 12_300.0),
                (11_700.0, 11_150.0),
            ),
            (
                (19_900.0, 5_200.0),
                (18_300.0, 5_750.0),
                (17_000.0, 5_950.0),
                (15_900.0, 6_900.0),
                (16_900.0, 8_000.0),
                (17_000.0, 9_800.0),
                (16_600.0, 11_600.0),
                (16_300.0, 13_480.0),
            ),
        )
    )

    water = shapely.union_all([lake, river, *ponds])
    if isinstance(water, Polygon):
        water = MultiPolygon([water])
    return Terrain(
        frame=frame,
        lake=lake,
        river=river,
        island=island,
        river_line=LineString(line),
        shore=LineString(shore_points),
        ponds=tuple(ponds),
        creeks=creeks,
        water=water,
        height_m=_heights(rng),
    )


def _heights(rng: np.random.Generator) -> Floats:
    """Metres above the lake: ranges in the north and south-east, one hill inside the town."""
    x, y = raster_centres()
    height = np.maximum(0.0, (x - 4_000.0) / 450.0)
    for cx, cy, wide, high, top in (
        (12_500.0, 19_800.0, 4_200.0, 1_900.0, 240.0),
        (18_000.0, 18_600.0, 2_600.0, 1_900.0, 260.0),
        (8_200.0, 19_600.0, 2_000.0, 1_500.0, 150.0),
        (22_500.0, 1_200.0, 2_400.0, 2_700.0, 230.0),
        (15_500.0, 800.0, 1_800.0, 1_700.0, 140.0),
        (11_350.0, 13_250.0, 420.0, 420.0, 85.0),
        (3_000.0, 14_300.0, 900.0, 600.0, 70.0),
        (20_000.0, 17_800.0, 900.0, 900.0, 90.0),
    ):
        height += top * np.exp(-(((x - cx) / wide) ** 2) - ((y - cy) / high) ** 2)
    rough = 14.0 * smooth_noise(rng, 1_400.0) + 5.0 * smooth_noise(rng, 500.0)
    return np.asarray(height * (1.0 + 0.25 * smooth_noise(rng, 1_900.0)) + rough)
