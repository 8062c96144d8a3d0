"""Places in pasted links of maps and `geo:` addresses. The text is read, nothing is fetched."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, unquote, urlsplit

_PAIR = re.compile(r"^\s*(?:loc:)?\s*([+-]?\d{1,3}(?:\.\d+)?)\s*[,~/ ]\s*([+-]?\d{1,3}(?:\.\d+)?)")
#: Where the links of many maps hold a pair.
_FIELDS = (
    "ll", "q", "query", "sll", "destination", "daddr", "center", "cp", "coordinate", "lat_lng",
)  # fmt: skip
_LON_FIRST = ("pt", "ll", "m", "whatshere[point]", "center")
_SPLIT_FIELDS = (("mlat", "mlon"), ("lat", "lon"), ("lat", "lng"), ("latitude", "longitude"),
                 ("y", "x"))  # fmt: skip
#: Makers whose pairs are longitude first.
_LON_FIRST_HOSTS = ("yandex.", "2gis.")
_PATHS = (
    re.compile(r"@(-?\d{1,2}\.\d+),(-?\d{1,3}\.\d+)"),
    re.compile(r"!3d(-?\d{1,2}\.\d+)!4d(-?\d{1,3}\.\d+)"),
    re.compile(r"#(?:map=)?\d{1,2}(?:\.\d+)?/(-?\d{1,2}\.\d+)/(-?\d{1,3}\.\d+)"),
    re.compile(r"/(?:place|search|dir)/(-?\d{1,2}\.\d+),\+?(-?\d{1,3}\.\d+)"),
    re.compile(r"/link/(?:map|to)/[^/]*?,(-?\d{1,2}\.\d+),(-?\d{1,3}\.\d+)"),
)
_LON_FIRST_PATH = re.compile(r"/geo/\d+/(-?\d{1,3}\.\d+)(?:,|%2C)(-?\d{1,2}\.\d+)", re.IGNORECASE)


def parse_link(text: str) -> tuple[float, float] | None:
    """(latitude, longitude) that a link of a map or a `geo:` address names; None without any.

    The order is the maker's: yandex and 2gis write the longitude first.
    """
    text = text.strip()
    if text[:4].lower() == "geo:":
        match = _PAIR.match(unquote(text[4:]))
        if match and (float(match[1]) or float(match[2])):
            return _checked(match[1], match[2])
        text = "https://geo.invalid/?" + text.partition("?")[2]
    link = re.search(r"https?://\S+", text, re.IGNORECASE)
    if link is None:
        return None
    try:
        parts = urlsplit(link[0])
        host, fields = parts.hostname or "", parse_qs(parts.query, max_num_fields=50)
    except ValueError:
        return None
    if any(maker in host for maker in _LON_FIRST_HOSTS):
        return _lon_first(link[0], fields)
    for pattern in reversed(_PATHS[:2]):
        # A place's own point comes before the view around it.
        if match := pattern.search(link[0]):
            return _checked(match[1], match[2])
    for one, other in _SPLIT_FIELDS:
        if one in fields and other in fields:
            try:
                return _checked(f"{float(fields[one][0])}", f"{float(fields[other][0])}")
            except ValueError:
                continue
    for name in _FIELDS:
        if name in fields and (match := _PAIR.match(fields[name][0])):
            return _checked(match[1], match[2])
    for pattern in _PATHS[2:]:
        if match := pattern.search(unquote(link[0])):
            return _checked(match[1], match[2])
    return None


def _lon_first(link: str, fields: dict[str, list[str]]) -> tuple[float, float] | None:
    if match := _LON_FIRST_PATH.search(link):
        return _checked(match[2], match[1])
    for name in _LON_FIRST:
        if name in fields and (match := _PAIR.match(fields[name][0])):
            return _checked(match[2], match[1])
    if "text" in fields and (match := _PAIR.match(fields["text"][0])):
        # What somebody typed there is latitude first.
        return _checked(match[1], match[2])
    return None


def _checked(lat: str, lon: str) -> tuple[float, float] | None:
    first, second = float(lat), float(lon)
    return (first, second) if abs(first) <= 90 and abs(second) <= 180 else None
