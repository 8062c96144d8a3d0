"""Web Mercator (EPSG:3857) as the map uses it.

World metres: x east, y north, both within +-`HALF_WORLD_M`. Zoom follows the 256-pixel convention:
at zoom z the world is 256 * 2^z device-independent pixels wide. Longitude comes first, always.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

EARTH_RADIUS_M = 6378137.0
HALF_WORLD_M = math.pi * EARTH_RADIUS_M
MAX_LATITUDE = 85.0511287798066

Floats = npt.NDArray[np.float64]


def world_m(lonlat: npt.ArrayLike) -> Floats:
    """(n, 2) longitude, latitude in degrees to (n, 2) world metres."""
    degrees = np.asarray(lonlat, dtype=np.float64)
    out = np.empty_like(degrees)
    out[..., 0] = degrees[..., 0] * (HALF_WORLD_M / 180.0)
    latitude = np.radians(np.clip(degrees[..., 1], -MAX_LATITUDE, MAX_LATITUDE))
    out[..., 1] = EARTH_RADIUS_M * np.log(np.tan(np.pi / 4 + latitude / 2))
    return out


def world_point(lon: float, lat: float) -> tuple[float, float]:
    """One longitude, latitude in degrees to world metres."""
    latitude = math.radians(max(-MAX_LATITUDE, min(MAX_LATITUDE, lat)))
    y = EARTH_RADIUS_M * math.log(math.tan(math.pi / 4 + latitude / 2))
    return lon * HALF_WORLD_M / 180.0, y


def lonlat_point(x: float, y: float) -> tuple[float, float]:
    """One point in world metres to longitude, latitude in degrees."""
    latitude = 2 * math.atan(math.exp(y / EARTH_RADIUS_M)) - math.pi / 2
    return x * 180.0 / HALF_WORLD_M, math.degrees(latitude)


def metres_per_pixel(zoom: float) -> float:
    """World metres in one device-independent pixel (multiply by cos(latitude) for the ground)."""
    return 2 * HALF_WORLD_M / 256 / math.exp2(zoom)


def ground_factor(lat: float) -> float:
    """Metres on the ground in one world metre at a latitude (degrees)."""
    return math.cos(math.radians(max(-MAX_LATITUDE, min(MAX_LATITUDE, lat))))
