"""Open Location Codes ("plus codes"), by their public specification: `8FVC9G8F+6X`, `9G8F+6X`.

A code of ten digits stands for a square of an eighth of a thousandth of a degree (some 14 m); each
further digit parts it into 4 by 5.
"""

from __future__ import annotations

import re

_ALPHABET = "23456789CFGHJMPQRVWX"
_CODE = re.compile(rf"(?<!\w)([{_ALPHABET}]{{0,8}})\+([{_ALPHABET}]{{2,7}})(?!\w)", re.IGNORECASE)
_PAIR_DEGREES = (20.0, 1.0, 0.05, 0.0025, 0.000125)


def parse_plus_code(
    text: str, bounds: tuple[float, float, float, float] | None = None
) -> tuple[float, float] | None:
    """(longitude, latitude) of the middle of a code's square; None where there is none.

    A short code means the place nearest to the middle of `bounds` (west, south, east, north);
    words behind it (a town) are left alone.
    """
    match = _CODE.match(text.strip())
    if match is None:
        return None
    head, tail = match[1].upper(), match[2].upper()
    if len(head) == 8:
        return _middle(head + tail)
    if bounds is None or len(head) not in (4, 6):
        return None
    lon, lat = (bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2
    missing = 8 - len(head)
    found = _middle(_code(lon, lat)[:missing] + head + tail)
    if found is None:
        return None
    # The nearest square of that ending may lie across the edge of the reference's own.
    step = _PAIR_DEGREES[missing // 2 - 1]
    return _nearest(found[0], lon, step), _nearest(found[1], lat, step)


def _nearest(value: float, reference: float, step: float) -> float:
    return value + step * round((reference - value) / step)


def _code(lon: float, lat: float) -> str:
    """The first eight digits of the code of a place."""
    lon, lat = (lon + 180) % 360, min(max(lat + 90, 0.0), 179.999999)
    digits = []
    for size in _PAIR_DEGREES[:4]:
        digits += [_ALPHABET[int(lat // size)], _ALPHABET[int(lon // size)]]
        lat, lon = lat % size, lon % size
    return "".join(digits)


def _middle(code: str) -> tuple[float, float] | None:
    lat, lon = -90.0, -180.0
    high = wide = _PAIR_DEGREES[-1]
    for i, size in enumerate(_PAIR_DEGREES):
        lat += _ALPHABET.index(code[2 * i]) * size
        lon += _ALPHABET.index(code[2 * i + 1]) * size
    for digit in code[10:]:
        row, column = divmod(_ALPHABET.index(digit), 4)
        high, wide = high / 5, wide / 4
        lat, lon = lat + row * high, lon + column * wide
    if lat >= 90 or lon >= 180:
        return None
    return lon + wide / 2, lat + high / 2
