"""Where a kilometre of a road is, by the posts that stand beside it."""

from __future__ import annotations

from dataclasses import dataclass

from dispatch.region.address_words import address_words
from dispatch.region.fold import fold
from dispatch.region.gazetteer_file import IndexFile
from dispatch.region.gazetteer_reader import Entry

#: Two posts further apart than this (in kilometres) leave too much to guess between.
_WIDEST_KM = 10.0
#: So far beyond the last post its own place is still an answer, kilometres.
_BEYOND_KM = 2.0
_AT_POST_M = 30.0
#: A road between two posts is as much longer than the straight line, as a share of it.
_BENT = 0.15


@dataclass(frozen=True)
class Kilometre:
    """A place along a road; `exact` where a post stands there."""

    lon: float
    lat: float
    accuracy_m: float
    exact: bool


class Stones:
    """The kilometre posts of all roads, by the folded number or name of the road."""

    def __init__(self, file: IndexFile) -> None:
        self._roads = file.texts("stone.road")
        self._km = file.array("stone.km")
        self._lon, self._lat = file.array("stone.lon_e7"), file.array("stone.lat_e7")

    def find(self, road: str, km: float) -> Kilometre | None:
        """A kilometre of a road; None where no post is near enough to tell."""
        raw = road.encode("utf-8", "replace")
        low = self._roads.first_not_before(raw)
        high = self._roads.first_not_before(raw + b"\x00", low)
        if low == high:
            return None
        away = abs(self._km[low:high] - km)
        nearest = low + int(away.argmin())
        gap = float(away.min())
        if gap < 0.02:
            return self._at(nearest, _AT_POST_M, exact=True)
        under = [row for row in range(low, high) if self._km[row] < km]
        over = [row for row in range(low, high) if self._km[row] > km]
        if under and over:
            a, b = under[-1], over[0]
            wide = float(self._km[b] - self._km[a])
            if wide <= _WIDEST_KM:
                share = (km - float(self._km[a])) / wide
                lon = self._lon[a] + share * (int(self._lon[b]) - int(self._lon[a]))
                lat = self._lat[a] + share * (int(self._lat[b]) - int(self._lat[a]))
                accuracy_m = 50.0 + 1_000 * _BENT * wide
                return Kilometre(float(lon) * 1e-7, float(lat) * 1e-7, accuracy_m, exact=False)
        if gap <= _BEYOND_KM:
            return self._at(nearest, 1_000 * gap, exact=False)
        return None

    def of_entry(self, road: Entry, alias: str, km: float) -> Kilometre | None:
        """A kilometre of a road of the index, by any of its names."""
        for name in dict.fromkeys((alias, *road.labels)):
            if name and (found := self.find("".join(fold(name)), km)):
                return found
        return None

    def label(self, road: Entry, alias: str, km: float, language: str) -> str:
        """`A4, km 12.5`: the road by the name it was found by."""
        form = address_words().form(language).kilometre
        return form.format(road=alias or road.label(language), number=f"{km:g}")

    def _at(self, row: int, accuracy_m: float, *, exact: bool) -> Kilometre:
        return Kilometre(
            float(self._lon[row]) * 1e-7, float(self._lat[row]) * 1e-7, accuracy_m, exact
        )
