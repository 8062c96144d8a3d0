"""A place in the agency's own way of writing coordinates: one text, to be read out and pasted.

`coordinates.parse_coordinates` reads every text made here.
"""

from __future__ import annotations

from typing import get_args

from dispatch.region.agency_files import CoordinateFormat
from dispatch.region.grids import to_korea, to_mgrs, to_utm

#: What `[map] coordinates` of an agency may say, in the order in which a menu offers them.
FORMATS: tuple[CoordinateFormat, ...] = get_args(CoordinateFormat)


def format_coordinates(lon: float, lat: float, form: str = "decimal") -> str:
    """A place (degrees) in a form of `FORMATS`, latitude before longitude as people say it.

    `decimal` `45.01163, 74.22308` · `dm` `45°00.698'N 74°13.385'E` · `dms` `45°00'41.9"N
    74°13'23.1"E` · `utm` `43T 438780 4984536` · `mgrs` `43T DK 38779 84536` · `korea` (the
    national point number) `다사 5390 5207`. About a metre fine (the point number ten). Where a
    grid does not reach, and for a form not known, decimal degrees. "" for no place on Earth.
    """
    if not (abs(lon) <= 180 and abs(lat) <= 90):  # also when not a number
        return ""
    if form == "dm":
        return f"{_dm(lat, 'NS')} {_dm(lon, 'EW')}"
    if form == "dms":
        return f"{_dms(lat, 'NS')} {_dms(lon, 'EW')}"
    text: str | None = None
    if form == "utm" and (found := to_utm(lon, lat)):
        text = f"{found[0]}{found[1]} {found[2]:06.0f} {found[3]:.0f}"
    elif form == "mgrs":
        text = to_mgrs(lon, lat)
    elif form == "korea":
        text = to_korea(lon, lat)
    # Adding nought turns -0.0 into 0.0.
    return text or f"{round(lat, 5) + 0.0:.5f}, {round(lon, 5) + 0.0:.5f}"


def _dm(value: float, letters: str) -> str:
    # Counted in the smallest shown part, so that nothing reads 60.
    degrees, thousandths = divmod(round(abs(value) * 60_000), 60_000)
    return f"{degrees:02d}°{thousandths / 1000:06.3f}'{letters[value < 0]}"


def _dms(value: float, letters: str) -> str:
    degrees, tenths = divmod(round(abs(value) * 36_000), 36_000)
    minutes, tenths = divmod(tenths, 600)
    return f"{degrees:02d}°{minutes:02d}'{tenths / 10:04.1f}\"{letters[value < 0]}"
