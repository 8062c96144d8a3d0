"""Where things happen: doors and streets of a region pack that a caller could name."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from dispatch.domain.message import Problem
from dispatch.domain.value import Point
from dispatch.region.pack import Pack


@dataclass(frozen=True)
class Door:
    """A place as a caller would say it, and where it is."""

    said: str
    point: Point


class Doors:
    """The addresses of a pack, or points on its named streets where it has none."""

    def __init__(self, pack: Pack) -> None:
        addresses = pack.addresses
        self._texts: list[tuple[str | None, str | None]] = []
        if len(addresses):
            self._lonlat = np.asarray(addresses.lonlat, dtype=np.float64)
            streets, numbers = addresses.texts("street"), addresses.texts("number")
        else:
            coords, offsets = pack.edge_lines()
            middle = (offsets[:-1] + offsets[1:]) // 2
            self._lonlat = np.asarray(coords[middle], dtype=np.float64)
            streets = pack.edges.names()
            numbers = np.full(len(streets), None, dtype=object)
        named = np.array([street is not None for street in streets], dtype=bool)
        if not named.any():
            raise Problem("simulation.no_streets", file=str(pack.path))
        self._lonlat = self._lonlat[named]
        self._streets, self._numbers = streets[named], numbers[named]
        self._tree = shapely.STRtree(shapely.points(self._lonlat))

    def __len__(self) -> int:
        return len(self._streets)

    def at(self, share: float) -> Door:
        """The door at a share 0..1 of the list: the same one for the same pack."""
        return self._door(min(len(self) - 1, int(share * len(self))))

    def near(self, lon: float, lat: float) -> Door:
        """The nearest door to a point."""
        return self._door(int(self._tree.nearest(shapely.points(lon, lat))))

    def _door(self, row: int) -> Door:
        lon, lat = self._lonlat[row]
        number = self._numbers[row]
        said = str(self._streets[row]) + (f" {number}" if number else "")
        return Door(said, Point(lon=float(lon), lat=float(lat)))
