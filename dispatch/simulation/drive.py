"""A vehicle on its way: a real road path with a time at every vertex."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dispatch.region.roads import RoadTimes


@dataclass(frozen=True)
class Seen:
    """Where a vehicle is at a moment."""

    lon: float
    lat: float
    heading_deg: float
    speed_ms: float


@dataclass(frozen=True)
class Drive:
    """A drive along a line of (lon, lat) rows; `at_us` is the time at each vertex.

    `edges` are the rows of the pack's edges it uses, `factor` how much slower than the road times
    this crew drives.
    """

    line: NDArray[np.float64]
    at_us: NDArray[np.int64]
    edges: frozenset[int] = frozenset()
    factor: float = 1.0

    @property
    def end_us(self) -> int:
        """When the vehicle arrives."""
        return int(self.at_us[-1])

    @property
    def destination(self) -> tuple[float, float]:
        """Where it arrives, (lon, lat)."""
        return float(self.line[-1, 0]), float(self.line[-1, 1])

    def seen(self, t_us: int) -> Seen:
        """Place, heading and speed at a time; at rest before the start and after the end."""
        lon = float(np.interp(t_us, self.at_us, self.line[:, 0]))
        lat = float(np.interp(t_us, self.at_us, self.line[:, 1]))
        last = len(self.at_us) - 2
        leg = int(np.clip(np.searchsorted(self.at_us, t_us, side="right") - 1, 0, max(0, last)))
        if last < 0:
            return Seen(lon, lat, 0.0, 0.0)
        (lon0, lat0), (lon1, lat1) = self.line[leg], self.line[leg + 1]
        east = (lon1 - lon0) * math.cos(math.radians(lat0)) * 111_320
        north = (lat1 - lat0) * 110_574
        heading = math.degrees(math.atan2(east, north)) % 360
        seconds = (self.at_us[leg + 1] - self.at_us[leg]) / 1e6
        moving = self.at_us[0] <= t_us < self.at_us[-1] and seconds > 0
        speed = math.hypot(east, north) / seconds if moving else 0.0
        return Seen(lon, lat, heading, min(60.0, float(speed)))


def drive(
    roads: RoadTimes,
    origin: tuple[float, float],
    target: tuple[float, float],
    start_us: int,
    factor: float,
) -> Drive:
    """A drive along the quickest road path, its time scaled by `factor`.

    Where there is no way by road (an island, a broken graph) the crew still moves, in a straight
    line at 5 m/s: a simulated city must not freeze, and the slowness shows.
    """
    route = roads.route(origin, target)
    if route is not None and len(route.line) >= 2:
        at_us = start_us + np.round(np.asarray(route.at_s) * factor * 1e6).astype(np.int64)
        line = np.asarray(route.line, dtype=np.float64)
        return Drive(line, at_us, frozenset(route.edges), factor)
    line = np.array([origin, target], dtype=np.float64)
    east = (target[0] - origin[0]) * math.cos(math.radians(origin[1])) * 111_320
    metres = math.hypot(east, (target[1] - origin[1]) * 110_574)
    end_us = start_us + max(1_000_000, round(metres / 5 * 1e6))
    return Drive(line, np.array([start_us, end_us], dtype=np.int64), factor=factor)
