"""Coordinates as people say and paste them."""

from __future__ import annotations

import re

from dispatch.region.grids import parse_grid

_NUMBER = r"(\d{1,3}(?:[.,]\d+)?)"
_DECIMAL = re.compile(rf"^\s*([+-]?){_NUMBER}\s*°?\s*[,; ]\s*([+-]?){_NUMBER}\s*°?\s*$")
_PART = re.compile(
    r"(?P<before>[NSEWСЮВЗ])?\s*(?P<sign>[+-]?)(?P<deg>\d{1,3}(?:[.,]\d+)?)\s*(?:°|º|\s|$)?\s*"
    r"(?:(?P<min>\d{1,2}(?:[.,]\d+)?)\s*(?:['′’]|\s|$)?\s*)?"
    r"(?:(?P<sec>\d{1,2}(?:[.,]\d+)?)\s*(?:\"|″|''|”)?\s*)?(?P<after>[NSEWСЮВЗ])?",
    re.IGNORECASE,
)
_LATIN = str.maketrans("СЮВЗ", "NSEW")


def parse_coordinates(
    text: str, bounds: tuple[float, float, float, float] | None = None
) -> tuple[float, float] | None:
    """(longitude, latitude) of a text in degrees, None where it holds no coordinates.

    Understood: `37.7749, -122.4194` (latitude first, as maps write it, unless only the other order
    is possible), `N 37 46.494 W 122 25.164`, `37°46'30"N 122°25'10"W`, with Russian letters too;
    UTM, MGRS and Korea's national point number (`grids`).
    """
    text = text.strip().removeprefix("geo:")
    if found := parse_grid(text):
        return found
    if match := _DECIMAL.match(text):
        if "." not in text and "," not in match[2] + match[4]:
            return None
        first = float(match[1] + match[2].replace(",", "."))
        second = float(match[3] + match[4].replace(",", "."))
        return _ordered(first, second)
    if not re.search(r"[NSEWСЮВЗ]", text, re.IGNORECASE) or not re.search(r"\d", text):
        return None
    # "12 S 5 E" is a house on a street in some cities; a fraction or a degree sign decides.
    return _lettered(text) if re.search(r"[.,°º]\s*\d|[°º]", text) else None


def _lettered(text: str) -> tuple[float, float] | None:
    compact = re.sub(r"\s*[,;]\s*(?=[NSEWСЮВЗ+-]|\d{2,3})", "  ", text.upper())
    letters = re.findall(r"[A-ZА-Я]", compact)
    if len(letters) != 2 or not set("".join(letters).translate(_LATIN)) <= set("NSEW"):
        return None
    leading = bool(re.match(r"\s*[NSEWСЮВЗ]", compact))
    parts = re.split(r"(?=[NSEWСЮВЗ])" if leading else r"(?<=[NSEWСЮВЗ])", compact)
    parts = [part.strip() for part in parts if part.strip()]
    if len(parts) != 2:
        return None
    values: dict[str, float] = {}
    for part in parts:
        match = _PART.fullmatch(part)
        if match is None or match["sign"] == "-":
            return None
        letter = (match["before"] or match["after"] or "").upper().translate(_LATIN)
        numbers = [float((match[k] or "0").replace(",", ".")) for k in ("deg", "min", "sec")]
        if numbers[1] >= 60 or numbers[2] >= 60:
            return None
        degrees = numbers[0] + numbers[1] / 60 + numbers[2] / 3600
        values[letter] = -degrees if letter in "SW" else degrees
    lat = values.get("N", values.get("S"))
    lon = values.get("E", values.get("W"))
    if lat is None or lon is None or abs(lat) > 90 or abs(lon) > 180:
        return None
    return lon, lat


def _ordered(first: float, second: float) -> tuple[float, float] | None:
    if abs(first) <= 90 and abs(second) <= 180:
        return second, first
    if abs(first) <= 180 and abs(second) <= 90:
        return first, second
    return None
