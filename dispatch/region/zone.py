"""A first guess of a region's time zone, for the build to note as doubtful."""

from __future__ import annotations

import math
import re
import zoneinfo
from functools import cache
from importlib import resources

_PLACE = re.compile(r"^([+-]\d{4,6})([+-]\d{5,7})$")


@cache
def _cities() -> tuple[tuple[float, float, str], ...]:
    text = resources.files("tzdata").joinpath("zoneinfo", "zone.tab").read_text("utf-8")
    found = []
    for line in text.splitlines():
        if not line.startswith("#"):
            _, place, zone = line.split("\t")[:3]
            if match := _PLACE.match(place):
                found.append((_degrees(match[2], 3), _degrees(match[1], 2), zone))
    return tuple(found)


def _degrees(text: str, digits: int) -> float:
    sign = -1 if text[0] == "-" else 1
    body = text[1:]
    degrees, rest = int(body[:digits]), body[digits:]
    minutes, seconds = int(rest[:2]), int(rest[2:] or 0)
    return sign * (degrees + minutes / 60 + seconds / 3600)


def guess_time_zone(lon: float, lat: float) -> str:
    """The zone of the nearest city that the zone data name; often right, near borders not.

    `lon`, `lat` in degrees. The list holds one city a zone, so the answer is a guess.
    """

    def distance(city: tuple[float, float, str]) -> float:
        across = abs(city[0] - lon)
        across = min(across, 360 - across) * math.cos(math.radians((city[1] + lat) / 2))
        return math.hypot(across, city[1] - lat)

    return min(_cities(), key=distance)[2]


def is_time_zone(name: str) -> bool:
    """Whether a name is one of the zone data's."""
    try:
        zoneinfo.ZoneInfo(name)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        return False
    return bool(name)
