"""A house number on a street: known, within a range of the street's side, or between known ones."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from dispatch.region.gazetteer_file import IndexFile
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
#: Houses of one number (12, 12a, 12/2 ...) that are offered.
_MOST = 6
#: Two houses of a number nearer than this (degrees, both ways added) are entrances of one.
_APART = 2e-3
#: What the middle of a street is worth whose known numbers are far from the one asked for.
_UNLIKELY = 0.6
_KNOWN_M, _RANGED_M, _BETWEEN_M = 20.0, 40.0, 40.0


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
    """A place of a house; `quality` 0..1 is less for one put between known numbers.

    `exact` is false where the number itself is not known.
    """

    number: str
    lon: float
    lat: float
    quality: float
    accuracy_m: float
    exact: bool = True


class Houses:
    """Asks the index for houses; ranges are laid along the pack's edges."""

    def __init__(self, file: IndexFile, pack: Pack) -> None:
        self._pack = pack
        self._flat = Flat(pack.bounds)
        self._at = file.array("house.at")
        self._keys, self._shown = file.texts("house.key"), file.texts("house.shown")
        self._entrances = file.texts("house.entrance")
        names = ("low", "high", "lon_e7", "lat_e7")
        self._low, self._high, self._lon, self._lat = (file.array(f"house.{n}") for n in names)
        self._range_at = file.array("range.at")
        fields = ("low", "high", "parity", "first", "last", "edge", "side")
        self._ranges = {name: file.array(f"range.{name}") for name in fields}

    def find(self, street: int, key: str, shown: str, middle: House) -> list[House]:
        """The houses that a number (`key` in folded form) names on a street.

        A street of which no house is known answers with its middle: its twin in the next town may
        know the number, and still be the wrong one.
        """
        low, high = int(self._at[street]), int(self._at[street + 1])
        figure = leading_number(key)
        if figure is None:
            return []
        rows = np.flatnonzero((self._low[low:high] <= figure) & (self._high[low:high] >= figure))
        rows += low
        raw = key.encode()
        exactly = [row for row in rows.tolist() if self._keys.raw(row) == raw]
        if exactly:
            # Entrances of one building share its number: the first stands for all near it.
            return _apart([self._known(row, 1.0) for row in exactly])
        if ranged := self._ranged(street, figure):
            return ranged
        alike = [row for row in rows.tolist() if self._stands_for(row, figure, key)]
        if alike:
            return _apart([self._known(row, 0.95) for row in alike])[:_MOST]
        if between := self._between(low, high, figure, shown):
            return [between]
        if high > low or self._range_at[street + 1] > self._range_at[street]:
            # Other numbers are known here: a likelier slip, or a house that nobody mapped.
            return [replace(middle, quality=_UNLIKELY)]
        return [middle]

    def entrance(self, street: int, key: str, entrance: str) -> tuple[float, float] | None:
        """Where an entrance of a house is, if its address says so (degrees)."""
        low, high = int(self._at[street]), int(self._at[street + 1])
        wanted, raw = entrance.casefold(), key.encode()
        for row in range(low, high):
            if self._keys.raw(row) == raw and self._entrances[row].casefold() == wanted:
                return self._lon[row] * 1e-7, self._lat[row] * 1e-7
        return None

    def _known(self, row: int, quality: float) -> House:
        lon, lat = float(self._lon[row]) * 1e-7, float(self._lat[row]) * 1e-7
        return House(self._shown[row], lon, lat, quality, _KNOWN_M)

    def _stands_for(self, row: int, figure: int, key: str) -> bool:
        """Whether a known number stands for one that was said: 12 for 12a and the other way
        round, 10-14 for 12; not 12a for 12b."""
        known = self._keys[row]
        if self._high[row] > self._low[row]:
            return (figure - int(self._low[row])) % 2 == 0 or (
                (int(self._high[row]) - int(self._low[row])) % 2 == 1
            )
        plain = str(figure)
        return plain in (known, key) or key.startswith(f"{known}-")

    def _ranged(self, street: int, figure: int) -> list[House]:
        low, high = int(self._range_at[street]), int(self._range_at[street + 1])
        part = {name: column[low:high] for name, column in self._ranges.items()}
        found = []
        for i in np.flatnonzero((part["low"] <= figure) & (part["high"] >= figure)).tolist():
            parity = PARITIES[part["parity"][i]]
            if parity == "all" or (figure % 2 == 1) == (parity == "odd"):
                first, last = int(part["first"][i]), int(part["last"][i])
                found.append(
                    self._along(figure, first, last, int(part["edge"][i]), int(part["side"][i]))
                )
        return _apart([house for house in found if house is not None])

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
        return House(str(figure), float(lon), float(lat), 1.0, _RANGED_M)

    def _between(self, low: int, high: int, figure: int, shown: str) -> House | None:
        """Between the nearest known numbers of its side of the street, else beside the nearest."""
        known = self._low[low:high]
        if not len(known):
            return None
        own_side = np.flatnonzero((known - figure) % 2 == 0)
        under = own_side[known[own_side] < figure][-1:]
        over = own_side[known[own_side] > figure][:1]
        if len(under) and len(over):
            a, b = int(under[0]), int(over[0])
            gap = int(known[b] - known[a])
            if gap <= _NEAR:
                share = (figure - int(known[a])) / gap
                lon = self._lon[low + a] + share * (int(self._lon[low + b]) - self._lon[low + a])
                lat = self._lat[low + a] + share * (int(self._lat[low + b]) - self._lat[low + a])
                return House(
                    shown, float(lon) * 1e-7, float(lat) * 1e-7, 0.92, _BETWEEN_M + 5.0 * gap, False
                )
        away = np.abs(known - figure)
        order = np.lexsort((known, (known - figure) % 2, away))
        gap = int(away[order[0]])
        if gap > _NEAR:
            return None
        row = low + int(order[0])
        return House(
            shown, float(self._lon[row]) * 1e-7, float(self._lat[row]) * 1e-7, 0.88 - 0.004 * gap,
            _BETWEEN_M + 10.0 * gap, False,
        )  # fmt: skip


def _apart(houses: list[House]) -> list[House]:
    kept: list[House] = []
    for house in houses:
        if all(
            h.number != house.number or abs(h.lon - house.lon) + abs(h.lat - house.lat) > _APART
            for h in kept
        ):
            kept.append(house)
    return kept
