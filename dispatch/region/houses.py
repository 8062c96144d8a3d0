"""A house number on a street: known, within a range of the street's side, or the nearest known."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

import numpy as np

from dispatch.region.lookup import Entry
from dispatch.region.numbers import leading_number
from dispatch.region.pack import Pack
from dispatch.region.schema import PARITIES, SIDES
from dispatch.region.snapping import Flat

#: Numbers further from a known one than this are another part of the street.
_NEAR = 30
#: How far from the middle of the road a house of a range is put, metres.
_ASIDE_M = 12.0
#: How far from its end a street's first house stands, metres.
_CORNER_M = 18.0
_LEFT = SIDES.index("left")


def distance_along(figure: int, first: int, last: int, length_m: float) -> float:
    """Where a number of a range stands along its edge, metres from the edge's start."""
    corner = min(_CORNER_M, length_m / 3)
    share = 0.5 if last == first else (figure - first) / (last - first)
    return corner + share * (length_m - 2 * corner)


def number_along(at_m: float, first: int, last: int, step: int, length_m: float) -> int:
    """The number of a range that stands nearest to a distance: the other way round."""
    corner = min(_CORNER_M, length_m / 3)
    share = min(1.0, max(0.0, (at_m - corner) / max(length_m - 2 * corner, 1e-6)))
    return first + round(share * (last - first) / step) * step


@dataclass(frozen=True)
class House:
    """A place of a house; `quality` 0..1 is less for one put between known numbers."""

    number: str
    lon: float
    lat: float
    quality: float
    accuracy_m: float


class Houses:
    """Asks the index for houses; ranges are laid along the pack's edges."""

    def __init__(self, connection: sqlite3.Connection, pack: Pack) -> None:
        self._db = connection
        self._pack = pack
        self._flat = Flat(pack.bounds)

    def find(self, entry: Entry, key: str) -> list[House]:
        """The houses that a number (in folded form) names on a street.

        A street of which no house is known answers with its middle: its twin in the next town may
        know the number, and still be the wrong one.
        """
        street = entry.entry_id
        rows = self._db.execute(
            "select lon_e7, lat_e7, label from houses where street = ? and number = ?",
            (street, key),
        ).fetchall()
        if rows:
            # Entrances of one building share its number: the first stands for all near it.
            return _apart([House(label, x * 1e-7, y * 1e-7, 1.0, 20.0) for x, y, label in rows])
        figure = leading_number(key)
        if figure is None:
            return []
        ranges = self._db.execute(
            "select first, last, parity, edge, side from ranges "
            "where street = ? and low <= ? and high >= ?",
            (street, figure, figure),
        ).fetchall()
        found = [
            self._along(figure, first, last, edge, side)
            for first, last, parity, edge, side in ranges
            if PARITIES[parity] == "all" or (figure % 2 == 1) == (PARITIES[parity] == "odd")
        ]
        houses = [house for house in found if house is not None]
        if houses:
            return _apart(houses)
        if near := self._nearest(street, figure, key):
            return near
        known = self._db.execute(
            "select exists(select 1 from houses where street = ?) "
            "or exists(select 1 from ranges where street = ?)",
            (street, street),
        ).fetchone()
        if known[0]:
            return []
        return [House(key, entry.lon_e7 * 1e-7, entry.lat_e7 * 1e-7, 0.8, entry.reach_m)]

    def _along(self, figure: int, first: int, last: int, edge_id: int, side: int) -> House | None:
        edges = self._pack.edges
        row = int(np.searchsorted(edges.edge_id, edge_id))
        if row >= len(edges) or edges.edge_id[row] != edge_id:
            return None
        coords, offsets = self._pack.edge_lines()
        line = self._flat.xy(coords[offsets[row] : offsets[row + 1]])
        steps = np.diff(line, axis=0)
        along = np.concatenate([[0.0], np.cumsum(np.hypot(*steps.T))])
        # The first and the last house stand beside the road, not in the crossing.
        at = distance_along(figure, first, last, float(along[-1]))
        piece = min(int(np.searchsorted(along, at, side="right")) - 1, len(steps) - 1)
        ahead = steps[piece] / max(float(np.hypot(*steps[piece])), 1e-6)
        aside = np.array([-ahead[1], ahead[0]]) * (_ASIDE_M if side == _LEFT else -_ASIDE_M)
        spot = np.array([np.interp(at, along, line[:, k]) for k in (0, 1)])
        lon, lat = self._flat.lonlat((spot + aside)[None, :])[0]
        return House(str(figure), float(lon), float(lat), 1.0, 40.0)

    def _nearest(self, street: int, figure: int, key: str) -> list[House]:
        row = self._db.execute(
            "select figure, lon_e7, lat_e7 from houses where street = ? and abs(figure - ?) <= ? "
            "order by abs(figure - ?), (figure - ?) % 2, figure limit 1",
            (street, figure, _NEAR, figure, figure),
        ).fetchone()
        if row is None:
            return []
        gap = abs(row[0] - figure)
        return [House(key, row[1] * 1e-7, row[2] * 1e-7, 0.88 - 0.004 * gap, 40.0 + 10.0 * gap)]


def _apart(houses: list[House]) -> list[House]:
    kept: list[House] = []
    for house in houses:
        if all(abs(h.lon - house.lon) + abs(h.lat - house.lat) > 2e-3 for h in kept):
            kept.append(house)
    return kept
