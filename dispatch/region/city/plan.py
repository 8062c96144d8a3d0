"""The site plan: the frame, the local metre grid and what is drawn by hand before anything grows.

Inside the generator a place is (x, y) in metres, east and north of the frame's south-west corner.
`to_degrees` is the only door to longitude and latitude.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

SEED = 20261
WIDTH_M = 25_000.0
HEIGHT_M = 20_000.0
CELL_M = 25.0
COLUMNS = int(WIDTH_M / CELL_M)
ROWS = int(HEIGHT_M / CELL_M)

# A stretch of open steppe on no town; only the latitude matters, for the length of a degree.
WEST_DEG = 74.1
SOUTH_DEG = 44.9
_MID = math.radians(SOUTH_DEG + 0.09)
# Metres in a degree at the frame's middle latitude (series of the WGS 84 ellipsoid).
METRES_PER_DEG_LAT = 111_132.954 - 559.822 * math.cos(2 * _MID) + 1.175 * math.cos(4 * _MID)
METRES_PER_DEG_LON = 111_412.84 * math.cos(_MID) - 93.5 * math.cos(3 * _MID)

TIME_ZONE = "Asia/Almaty"
POPULATION = 600_000

CENTRE = (8_350.0, 11_050.0)
"""The market square of the old town."""

CLASSES = (
    "motorway",
    "trunk",
    "primary",
    "secondary",
    "tertiary",
    "residential",
    "motorway_link",
)
RANK = {name: rank for rank, name in enumerate(CLASSES)}


@dataclass(frozen=True, kw_only=True)
class Satellite:
    """A small town outside the ring, with streets of its own."""

    x: float
    y: float
    radius_m: float
    angle_deg: float


RIVER = (
    (28_500.0, 18_300.0),
    (25_600.0, 17_000.0),
    (23_300.0, 15_300.0),
    (20_700.0, 15_700.0),
    (18_400.0, 13_900.0),
    (16_300.0, 13_500.0),
    (14_300.0, 11_950.0),
    (12_300.0, 11_500.0),
    (10_700.0, 10_250.0),
    (9_000.0, 10_000.0),
    (7_600.0, 9_250.0),
    (5_200.0, 9_050.0),
)

RING = (
    (4_900.0, 15_500.0),
    (6_600.0, 16_350.0),
    (8_800.0, 16_650.0),
    (11_200.0, 16_150.0),
    (13_300.0, 15_050.0),
    (14_900.0, 13_400.0),
    (15_700.0, 11_200.0),
    (15_600.0, 9_000.0),
    (14_700.0, 6_950.0),
    (12_900.0, 5_150.0),
    (10_600.0, 4_150.0),
    (8_200.0, 3_800.0),
    (6_300.0, 4_000.0),
    (4_900.0, 4_600.0),
)

RADIAL_EAST = (
    (15_990.0, 10_440.0),
    (17_600.0, 10_500.0),
    (20_000.0, 11_300.0),
    (22_500.0, 11_500.0),
    (25_100.0, 12_300.0),
)
RADIAL_SOUTH = (
    (13_700.0, 5_420.0),
    (14_900.0, 4_300.0),
    (16_400.0, 3_300.0),
    (17_700.0, 1_900.0),
    (18_300.0, -100.0),
)

RAIL_EAST = (
    (25_100.0, 8_900.0),
    (22_000.0, 9_200.0),
    (18_500.0, 8_800.0),
    (15_000.0, 8_350.0),
    (12_600.0, 8_550.0),
    (10_900.0, 8_350.0),
    (9_600.0, 7_950.0),
    (8_400.0, 7_500.0),
    (7_450.0, 7_650.0),
    (6_700.0, 7_680.0),
    (6_100.0, 7_560.0),
    (5_640.0, 7_330.0),
)
RAIL_SOUTH = (
    (10_900.0, 8_350.0),
    (10_100.0, 8_050.0),
    (9_450.0, 7_300.0),
    (9_300.0, 5_800.0),
    (10_000.0, 3_600.0),
    (9_500.0, 1_500.0),
    (9_900.0, -100.0),
)

SATELLITES = (
    Satellite(x=20_700.0, y=12_750.0, radius_m=1_150.0, angle_deg=24.0),
    Satellite(x=19_300.0, y=2_900.0, radius_m=1_050.0, angle_deg=-8.0),
    Satellite(x=7_300.0, y=1_500.0, radius_m=950.0, angle_deg=38.0),
    Satellite(x=22_700.0, y=17_700.0, radius_m=900.0, angle_deg=-30.0),
    Satellite(x=4_400.0, y=18_400.0, radius_m=850.0, angle_deg=5.0),
    Satellite(x=23_000.0, y=5_200.0, radius_m=700.0, angle_deg=15.0),
    Satellite(x=17_150.0, y=15_500.0, radius_m=720.0, angle_deg=33.0),
)

AIRPORT = (20_100.0, 7_150.0, 3_500.0, 1_150.0, -6.0)
"""Centre x, y, length, breadth, bearing of the runway off east in degrees."""


def to_degrees(xy: Floats) -> Floats:
    """(n, 2) metres -> (n, 2) (longitude, latitude) degrees."""
    out = np.empty_like(xy, dtype=np.float64)
    out[:, 0] = WEST_DEG + xy[:, 0] / METRES_PER_DEG_LON
    out[:, 1] = SOUTH_DEG + xy[:, 1] / METRES_PER_DEG_LAT
    return out


def stream(seed: int, step: str) -> np.random.Generator:
    """A generator of its own for each step, so that a change in one does not stir the others."""
    return np.random.Generator(np.random.PCG64([seed, *step.encode("ascii")]))


def spline(points: tuple[tuple[float, float], ...], step_m: float = 25.0) -> Floats:
    """A Catmull-Rom curve (centripetal, so no loops) through the points, (n, 2) metres."""
    given = np.array(points, dtype=np.float64)
    padded = np.vstack([2 * given[0] - given[1], given, 2 * given[-1] - given[-2]])
    out: list[Floats] = []
    for i in range(len(given) - 1):
        p0, p1, p2, p3 = padded[i : i + 4]
        t0 = 0.0
        t1 = t0 + math.sqrt(float(np.hypot(*(p1 - p0))))
        t2 = t1 + math.sqrt(float(np.hypot(*(p2 - p1))))
        t3 = t2 + math.sqrt(float(np.hypot(*(p3 - p2))))
        count = max(2, int(np.hypot(*(p2 - p1)) / step_m))
        t = np.linspace(t1, t2, count, endpoint=False)[:, None]
        a1 = (t1 - t) / (t1 - t0) * p0 + (t - t0) / (t1 - t0) * p1
        a2 = (t2 - t) / (t2 - t1) * p1 + (t - t1) / (t2 - t1) * p2
        a3 = (t3 - t) / (t3 - t2) * p2 + (t - t2) / (t3 - t2) * p3
        b1 = (t2 - t) / (t2 - t0) * a1 + (t - t0) / (t2 - t0) * a2
        b2 = (t3 - t) / (t3 - t1) * a2 + (t - t1) / (t3 - t1) * a3
        out.append((t2 - t) / (t2 - t1) * b1 + (t - t1) / (t2 - t1) * b2)
    out.append(given[-1:])
    return np.vstack(out)


def smooth_noise(
    rng: np.random.Generator, wavelength_m: float, shape: tuple[int, int] = (ROWS, COLUMNS)
) -> Floats:
    """Smooth noise on the raster, about -1..1, by a cubic spline over a random lattice."""
    from scipy import ndimage

    cell = wavelength_m / CELL_M
    rows, columns = int(shape[0] / cell) + 4, int(shape[1] / cell) + 4
    lattice = rng.uniform(-1.0, 1.0, (rows, columns))
    row = (np.arange(shape[0]) / cell + 1.0)[:, None] * np.ones(shape[1])[None, :]
    column = np.ones(shape[0])[:, None] * (np.arange(shape[1]) / cell + 1.0)[None, :]
    sampled: Floats = ndimage.map_coordinates(lattice, [row, column], order=3, mode="nearest")
    return sampled


def raster_centres() -> tuple[Floats, Floats]:
    """x and y of every raster cell's middle, each (rows, columns)."""
    x = (np.arange(COLUMNS) + 0.5) * CELL_M
    y = (np.arange(ROWS) + 0.5) * CELL_M
    grid = np.meshgrid(x, y)
    return grid[0], grid[1]
