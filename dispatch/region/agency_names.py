"""`names.csv` of an agency: names that its callers and crews use and no map knows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from dispatch.region.agency_cells import rows_of
from dispatch.region.schema import PLACE_KINDS

_LANGUAGES = ("", "en", "ru", "kk", "ko")


@dataclass(frozen=True)
class AgencyName:
    """A place by the agency's own name.

    `language` "" = any. `lon`, `lat` in degrees; None where `alias_of` names, as the map writes
    it, the place or street of which this is another name. `kind` is a kind of place.
    """

    name: str
    language: str = ""
    lon: float | None = None
    lat: float | None = None
    kind: str = "other"
    alias_of: str = ""


def read_names(file: Path, text: str) -> tuple[AgencyName, ...]:
    """The rows of `names.csv`; each has a point, or says what it is an alias of."""
    result = []
    for row in rows_of(file, text, ("name",), ("language", "lon", "lat", "kind", "alias_of")):
        alias = row.text("alias_of")
        placed = bool(row.text("lon") or row.text("lat")) or not alias
        lon, lat = row.point() if placed else (None, None)
        result.append(
            AgencyName(
                name=row.needed("name"),
                language=row.one_of("language", _LANGUAGES),
                lon=lon,
                lat=lat,
                kind=row.one_of("kind", PLACE_KINDS, "other"),
                alias_of=alias,
            )
        )
    return tuple(result)
