"""Coordinates as people say and paste them."""

from __future__ import annotations

import re
import unicodedata

from dispatch.region.grids import parse_grid
from dispatch.region.map_links import parse_link
from dispatch.region.plus_codes import parse_plus_code

Bounds = tuple[float, float, float, float]

#: Longer texts are no coordinates; a link may be long.
_LINK_CAP, _TEXT_CAP = 2_000, 120
#: A point outside the region by more than this share of its width is not meant, degrees at least.
_AROUND = 1.0
_NUMBER = r"\d{1,3}(?:[.,]\d+)?"
_DECIMAL = re.compile(
    rf"([+-]?)({_NUMBER})\s*°?\s*(?:[,;/]\s+|[;/,]|\s+)\s*([+-]?)({_NUMBER})\s*°?"
)
#: Words and letters of the four directions in the languages of the desk.
_SIDES = {
    "N": ("N", "NORTH", "С", "С.Ш", "СШ", "СЕВ", "СЕВЕР", "СОЛТҮСТІК", "북위", "북"),
    "S": ("S", "SOUTH", "Ю", "Ю.Ш", "ЮШ", "ЮГ", "О", "ОҢТҮСТІК", "남위", "남"),
    "E": ("E", "EAST", "В", "В.Д", "ВД", "ВОСТ", "ВОСТОК", "Ш", "ШЫҒЫС", "동경", "동"),
    "W": ("W", "WEST", "З", "З.Д", "ЗД", "ЗАП", "ЗАПАД", "Б", "БАТЫС", "서경", "서"),
}
_SIDE_OF = {word: side for side, spoken in _SIDES.items() for word in spoken}
_SIDE = re.compile(
    "|".join(
        rf"(?<![^\W\d_]){re.escape(word)}\.?(?![^\W\d_])"
        for word in sorted(_SIDE_OF, key=len, reverse=True)
    )
)
_FINE = re.compile(r"[.,]\d")
_LABELS = re.compile(
    r"\b(?:LAT(?:ITUDE)?|LON(?:G(?:ITUDE)?)?|LNG|ШИРОТА|ДОЛГОТА)\b\s*[:=]?|위도|경도"
)
_SPOKEN = re.compile(
    r"ГРАДУС(?:ОВ|А)?|DEGREES?|DEG|ГРАД\.?|도(?=\s|\d)", re.IGNORECASE
), re.compile(r"МИНУТ[АЫ]?|MINUTES?|MIN\.?|МИН\.?|분(?=\s|\d|$)", re.IGNORECASE), re.compile(
    r"СЕКУНД[АЫ]?|SECONDS?|SEC\.?|СЕК\.?|초(?=\s|$)", re.IGNORECASE
)  # fmt: skip
_ANGLE = re.compile(
    r"([+-]?)(\d{1,3}(?:[.,]\d+)?)\s*°?\s*(?:(\d{1,2}(?:[.,]\d+)?)\s*'?\s*"
    r"(?:(\d{1,2}(?:[.,]\d+)?)\s*(?:\"|'')?\s*)?)?"
)


def parse_coordinates(text: str, bounds: Bounds | None = None) -> tuple[float, float] | None:
    """(longitude, latitude) of a text in degrees, None where it holds no coordinates.

    Understood: `37.7749, -122.4194`, `N 37 46.494 W 122 25.164`, `37°46'30"N 122°25'10"W`, with
    letters and words of the directions in English, Russian, Kazakh and Korean; UTM, MGRS and
    Korea's national point number (`grids`); plus codes, short ones by the region; `geo:` and links
    of maps, read without the network. Latitude comes first, as maps write it, unless only the
    other order is possible or only it lies in the region: `bounds` is west, south, east, north.
    Bounds never turn a pair away that says plainly where it is.
    """
    text = text.strip()[:_LINK_CAP]
    if found := parse_link(text):
        return _plausible(*found, bounds)
    if len(text) > _TEXT_CAP or not any(char.isdigit() for char in text):
        return None
    if found := parse_plus_code(text, bounds):
        return found
    plain = _plain(text)
    if grid := parse_grid(plain):
        return grid
    if match := _DECIMAL.fullmatch(plain):
        if not all(_FINE.search(match[k]) for k in (2, 4)):
            return None  # too coarse for a place: a house, a price, a range
        first = float(match[1] + match[2].replace(",", "."))
        second = float(match[3] + match[4].replace(",", "."))
        return _plausible(first, second, bounds)
    # "12 S 5 E" is a house on a street in some cities; a fraction or a degree sign decides.
    return _lettered(plain, bounds) if re.search(r"\d[.,]\s*\d|°", plain) else None


def _plain(text: str) -> str:
    """Capitals, one sign for each mark, no labels."""
    text = "".join(c for c in text if unicodedata.category(c) not in ("Cf", "Cc")).upper()
    for signs, one in (("º˚", "°"), ("′’‘ʹ´`", "'"), ("″”“ʺ", '"'), ("−–—", "-")):
        text = re.sub(f"[{signs}]", one, text)
    text = _LABELS.sub(" ", text.strip("()[] "))
    text = re.sub(r"([СЮВЗ])\.?\s?([ШД])(?![^\W\d_])", r"\1.\2", text)
    for spoken, sign in zip(_SPOKEN, "°'\"", strict=True):
        text = spoken.sub(sign, text)
    return re.sub(r"\s+", " ", text).strip()


def _lettered(text: str, bounds: Bounds | None) -> tuple[float, float] | None:
    """Degrees, minutes and seconds with the letters of their directions, or two angles alone."""
    sides = list(_SIDE.finditer(text))
    if not sides:
        return _bare_angles(text, bounds)
    if len(sides) != 2:
        return None
    if sides[0].start() == 0:
        parts = [text[sides[0].end() : sides[1].start()], text[sides[1].end() :]]
    else:
        parts = [text[: sides[0].start()], text[sides[0].end() : sides[1].start()]]
        if text[sides[1].end() :].strip(" ,;"):
            return None
    values: dict[str, float] = {}
    for match, part in zip(sides, parts, strict=True):
        degrees = _angle(part)
        if degrees is None or degrees < 0:
            return None
        side = _SIDE_OF[match[0]] if match[0] in _SIDE_OF else _SIDE_OF[match[0].rstrip(".")]
        values[side] = -degrees if side in "SW" else degrees
    lat, lon = values.get("N", values.get("S")), values.get("E", values.get("W"))
    if lat is None or lon is None or abs(lat) > 90 or abs(lon) > 180:
        return None
    return lon, lat


def _bare_angles(text: str, bounds: Bounds | None) -> tuple[float, float] | None:
    """`45°00'41.9" 74°13'23.1"`: two angles with degree signs and no letters."""
    starts = [match.start() for match in re.finditer(r"[+-]?\d{1,3}(?:[.,]\d+)?\s*°", text)]
    if len(starts) != 2 or starts[0] != 0:
        return None
    first, second = _angle(text[: starts[1]]), _angle(text[starts[1] :])
    if first is None or second is None:
        return None
    return _plausible(first, second, bounds)


def _angle(text: str) -> float | None:
    match = _ANGLE.fullmatch(text.strip(" ,;"))
    if match is None:
        return None
    degrees, minutes, seconds = (float((match[k] or "0").replace(",", ".")) for k in (2, 3, 4))
    if minutes >= 60 or seconds >= 60 or (match[3] and "." in match[2]):
        return None
    value = degrees + minutes / 60 + seconds / 3600
    return -value if match[1] == "-" else value


def _plausible(first: float, second: float, bounds: Bounds | None) -> tuple[float, float] | None:
    """Which of two numbers is the latitude: the first, unless only the other way fits."""
    ways = [(second, first), (first, second)]
    possible = [(lon, lat) for lon, lat in ways if abs(lat) <= 90 and abs(lon) <= 180]
    if len(possible) == 2 and bounds is not None:
        west, south, east, north = bounds
        inside = [
            west - _AROUND <= lon <= east + _AROUND and south - _AROUND <= lat <= north + _AROUND
            for lon, lat in possible
        ]
        if inside == [False, True]:
            return possible[1]
    return possible[0] if possible else None
