"""Transverse Mercator grids that people read out: UTM, MGRS and Korea's national point number.

Pure arithmetic, so that a coordinate can be written at every turn of the mouse. The projection is
Krüger's series in the third flattening n, to the fourth order (L. Krüger 1912; C. F. F. Karney,
"Transverse Mercator with an accuracy of a few nanometers", 2011): within a zone it differs from
PROJ by less than a hundredth of a millimetre. Coordinates are (longitude, latitude), degrees.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import cached_property

BANDS = "CDEFGHJKLMNPQRSTUVWX"
#: Rows of a 100 km square; the letters repeat each 2,000 km.
_ROWS = "ABCDEFGHJKLMNPQRSTUV"
_COLUMNS = ("ABCDEFGH", "JKLMNPQR", "STUVWXYZ")
#: The national point number counts squares of 100 km from (700 km, 1,300 km) with these letters.
_KOREA_LETTERS = "가나다라마바사아"
_KOREA_ORIGIN_M = (700_000.0, 1_300_000.0)
_SQUARE_M = 100_000

_UTM = re.compile(
    r"(\d{1,2})\s*([C-HJ-NP-X])\s+(\d{6}(?:[.,]\d+)?)\s*(?:M?E)?[\s,;]+(\d{1,8}(?:[.,]\d+)?)\s*(?:M?N)?"
)
_MGRS = re.compile(r"(\d{1,2})\s*([C-HJ-NP-X])\s*([A-HJ-NP-Z])([A-HJ-NP-V])\s*(\d+)(?:\s+(\d+))?")
_KOREA = re.compile(rf"([{_KOREA_LETTERS}])([{_KOREA_LETTERS}])\s*(\d{{4}})\s*[-\s]?\s*(\d{{4}})")


@dataclass(frozen=True)
class Grid:
    """A transverse Mercator grid: radius and false origin in metres, origin in degrees."""

    central_lon: float
    origin_lat: float = 0.0
    scale: float = 0.9996
    false_east_m: float = 500_000.0
    false_north_m: float = 0.0
    radius_m: float = 6_378_137.0
    flattening: float = 1 / 298.257223563

    @cached_property
    def _n(self) -> float:
        return self.flattening / (2 - self.flattening)

    @cached_property
    def _arc_m(self) -> float:
        n = self._n
        return self.scale * self.radius_m / (1 + n) * (1 + n**2 / 4 + n**4 / 64)

    @cached_property
    def _forward(self) -> tuple[float, ...]:
        n = self._n
        return (
            n / 2 - 2 * n**2 / 3 + 5 * n**3 / 16 + 41 * n**4 / 180,
            13 * n**2 / 48 - 3 * n**3 / 5 + 557 * n**4 / 1440,
            61 * n**3 / 240 - 103 * n**4 / 140,
            49561 * n**4 / 161280,
        )

    @cached_property
    def _inverse(self) -> tuple[float, ...]:
        n = self._n
        return (
            n / 2 - 2 * n**2 / 3 + 37 * n**3 / 96 - n**4 / 360,
            n**2 / 48 + n**3 / 15 - 437 * n**4 / 1440,
            17 * n**3 / 480 - 37 * n**4 / 840,
            4397 * n**4 / 161280,
        )

    @cached_property
    def _latitude(self) -> tuple[float, ...]:
        n = self._n
        return (
            2 * n - 2 * n**2 / 3 - 2 * n**3 + 116 * n**4 / 45,
            7 * n**2 / 3 - 8 * n**3 / 5 - 227 * n**4 / 45,
            56 * n**3 / 15 - 136 * n**4 / 35,
            4279 * n**4 / 630,
        )

    @cached_property
    def _origin_m(self) -> float:
        return self._plain(0.0, self.origin_lat)[1] if self.origin_lat else 0.0

    def _plain(self, across_deg: float, lat: float) -> tuple[float, float]:
        sine = math.sin(math.radians(lat))
        e = 2 * math.sqrt(self._n) / (1 + self._n)
        t = math.sinh(math.atanh(sine) - e * math.atanh(e * sine))
        across = math.radians(across_deg)
        xi = math.atan2(t, math.cos(across))
        eta = math.atanh(math.sin(across) / math.hypot(1.0, t))
        east, north = eta, xi
        for j, a in enumerate(self._forward, start=1):
            east += a * math.cos(2 * j * xi) * math.sinh(2 * j * eta)
            north += a * math.sin(2 * j * xi) * math.cosh(2 * j * eta)
        return self._arc_m * east, self._arc_m * north

    def metres(self, lon: float, lat: float) -> tuple[float, float]:
        """(east, north) in metres of a place within some 40 degrees of the central meridian."""
        across = (lon - self.central_lon + 180) % 360 - 180
        east, north = self._plain(across, lat)
        return east + self.false_east_m, north - self._origin_m + self.false_north_m

    def degrees(self, east_m: float, north_m: float) -> tuple[float, float]:
        """(longitude, latitude) of metres in this grid."""
        xi = (north_m - self.false_north_m + self._origin_m) / self._arc_m
        eta = (east_m - self.false_east_m) / self._arc_m
        xi0, eta0 = xi, eta
        for j, b in enumerate(self._inverse, start=1):
            xi0 -= b * math.sin(2 * j * xi) * math.cosh(2 * j * eta)
            eta0 -= b * math.cos(2 * j * xi) * math.sinh(2 * j * eta)
        conformal = math.asin(math.sin(xi0) / math.cosh(eta0))
        lat = conformal + sum(
            d * math.sin(2 * j * conformal) for j, d in enumerate(self._latitude, start=1)
        )
        lon = self.central_lon + math.degrees(math.atan2(math.sinh(eta0), math.cos(xi0)))
        return (lon + 180) % 360 - 180, math.degrees(lat)


#: Korea 2000 / Unified CS (EPSG:5179), on GRS 80, of which the national point number is cut.
KOREA = Grid(
    central_lon=127.5,
    origin_lat=38.0,
    false_east_m=1_000_000.0,
    false_north_m=2_000_000.0,
    flattening=1 / 298.257222101,
)


def utm_zone(lon: float, lat: float) -> int:
    """The zone 1 to 60, with the wider ones of Norway and Svalbard."""
    zone = int((lon + 180) % 360 // 6) + 1
    if 56 <= lat < 64 and 3 <= lon < 12:
        return 32
    if lat >= 72 and 0 <= lon < 42:
        return 31 if lon < 9 else 33 if lon < 21 else 35 if lon < 33 else 37
    return zone


def utm_grid(zone: int, *, south: bool) -> Grid:
    """The grid of a zone; southern northings count from 10,000 km."""
    return Grid(central_lon=zone * 6.0 - 183.0, false_north_m=10_000_000.0 if south else 0.0)


def to_utm(lon: float, lat: float) -> tuple[int, str, float, float] | None:
    """(zone, band letter, east m, north m), None beyond 80 S and 84 N, where UTM ends."""
    if not -80 <= lat <= 84:
        return None
    zone = utm_zone(lon, lat)
    band = BANDS[min(int((lat + 80) // 8), 19)]
    return (zone, band, *utm_grid(zone, south=lat < 0).metres(lon, lat))


def to_mgrs(lon: float, lat: float) -> str | None:
    """`43T DK 38779 84536`: the square of one metre that holds the place; None in the far polar
    lands."""
    found = to_utm(lon, lat)
    if found is None:
        return None
    zone, band, east_m, north_m = found
    # A hair of rounding must not put a place on a line into the square before.
    east, north = math.floor(east_m + 1e-5), math.floor(north_m + 1e-5)
    column = _COLUMNS[(zone - 1) % 3][east // _SQUARE_M - 1]
    row = _ROWS[(north // _SQUARE_M + (5 if zone % 2 == 0 else 0)) % 20]
    return f"{zone}{band} {column}{row} {east % _SQUARE_M:05d} {north % _SQUARE_M:05d}"


def to_korea(lon: float, lat: float) -> str | None:
    """`다사 5390 5207`, the national point number (squares of 10 m); None outside Korea."""
    if not (123 < lon < 134 and 32 < lat < 40):
        return None
    east_m, north_m = KOREA.metres(lon, lat)
    east = math.floor(east_m - _KOREA_ORIGIN_M[0] + 1e-5)
    north = math.floor(north_m - _KOREA_ORIGIN_M[1] + 1e-5)
    column, row = east // _SQUARE_M, north // _SQUARE_M
    if not (0 <= column < 7 and 0 <= row < 8):
        return None
    letters = _KOREA_LETTERS[column] + _KOREA_LETTERS[row]
    return f"{letters} {east % _SQUARE_M // 10:04d} {north % _SQUARE_M // 10:04d}"


def parse_grid(text: str) -> tuple[float, float] | None:
    """(longitude, latitude) of a text in UTM, MGRS or as a national point number; else None.

    UTM wants its band letter (`43T 438780 4984536`). A square (MGRS of 4 to 10 digits, a point
    number) stands for its middle.
    """
    text = text.strip().upper()
    if match := _KOREA.fullmatch(text):
        column, row = _KOREA_LETTERS.index(match[1]), _KOREA_LETTERS.index(match[2])
        if column == 7:
            return None
        east = _KOREA_ORIGIN_M[0] + column * _SQUARE_M + int(match[3]) * 10 + 5
        north = _KOREA_ORIGIN_M[1] + row * _SQUARE_M + int(match[4]) * 10 + 5
        return KOREA.degrees(east, north)
    if match := _MGRS.fullmatch(text):
        return _from_mgrs(match)
    if match := _UTM.fullmatch(text):
        zone = int(match[1])
        east, north = float(match[3].replace(",", ".")), float(match[4].replace(",", "."))
        if not (1 <= zone <= 60 and north <= 10_000_000):
            return None
        return _in_band(utm_grid(zone, south=match[2] < "N").degrees(east, north), match[2])
    return None


def _from_mgrs(match: re.Match[str]) -> tuple[float, float] | None:
    zone, band = int(match[1]), match[2]
    digits = match[5] + (match[6] or "")
    halves = match[6] is None or len(match[5]) == len(match[6])
    if not (1 <= zone <= 60 and len(digits) % 2 == 0 and 4 <= len(digits) <= 10 and halves):
        return None
    letters = _COLUMNS[(zone - 1) % 3]
    if match[3] not in letters:
        return None
    half = len(digits) // 2
    size_m = 10.0 ** (5 - half)
    east = (letters.index(match[3]) + 1) * _SQUARE_M + (int(digits[:half]) + 0.5) * size_m
    row = (_ROWS.index(match[4]) - (5 if zone % 2 == 0 else 0)) % 20
    grid = utm_grid(zone, south=band < "N")
    # The rows repeat: the one is meant that lies in the band.
    for cycle in range(5):
        north = (row + 20 * cycle) * _SQUARE_M + (int(digits[half:]) + 0.5) * size_m
        if found := _in_band(grid.degrees(east, north), band):
            return found
    return None


def _in_band(place: tuple[float, float], band: str) -> tuple[float, float] | None:
    """A place that lies in its band of latitude, with the width of a square for the edge."""
    low = BANDS.index(band) * 8 - 80
    high = 84 if band == "X" else low + 8
    return place if low - 1 <= place[1] <= high + 1 else None
