"""`names.csv` of an agency: names that its callers and crews use and no map knows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dispatch.region.agency_cells import rows_of
from dispatch.region.schema import PLACE_KINDS

if TYPE_CHECKING:
    from dispatch.region.gazetteer_entries import KnownPlace

_LANGUAGES = ("", "en", "ru", "kk", "ko")
#: What an agency may name besides the kinds of place of a pack.
_OWN_KINDS = ("pole", "call_box")


@dataclass(frozen=True)
class AgencyName:
    """A place by the agency's own name.

    `language` "" = any; `lon`, `lat` in degrees; `kind` is a kind of place, `pole` or `call_box`,
    `ref` its number. `alias_of` is the name that is shown, where this is only another one for it.
    """

    name: str
    lon: float
    lat: float
    language: str = ""
    kind: str = "other"
    alias_of: str = ""
    ref: str = ""


def read_names(file: Path, text: str) -> tuple[AgencyName, ...]:
    """The rows of `names.csv`."""
    result = []
    may = ("language", "kind", "alias_of", "ref")
    for row in rows_of(file, text, ("name", "lon", "lat"), may):
        lon, lat = row.point()
        result.append(
            AgencyName(
                name=row.needed("name"),
                lon=lon,
                lat=lat,
                language=row.one_of("language", _LANGUAGES),
                kind=row.one_of("kind", (*PLACE_KINDS, *_OWN_KINDS), "other"),
                alias_of=row.text("alias_of"),
                ref=row.text("ref"),
            )
        )
    return tuple(result)


def known_places(names: Iterable[AgencyName]) -> tuple[KnownPlace, ...]:
    """The names as the gazetteer takes them: rows of one point, kind and number are one place."""
    from dispatch.region.gazetteer_entries import KnownPlace

    found: dict[tuple[int, int, str, str, str], tuple[dict[str, str], list[str]]] = {}
    for own in names:
        point = (round(own.lon * 1e7), round(own.lat * 1e7))
        shown, others = found.setdefault((*point, own.kind, own.ref, own.alias_of), ({}, []))
        if own.alias_of:
            shown[""] = own.alias_of
            others.append(own.name)
        elif own.language in shown:
            others.append(own.name)
        else:
            shown[own.language] = own.name
    return tuple(
        KnownPlace(
            names=tuple(shown.items()),
            lon=lon_e7 * 1e-7,
            lat=lat_e7 * 1e-7,
            kind=kind,
            aliases=tuple(others),
            ref=ref,
        )
        for (lon_e7, lat_e7, kind, ref, _), (shown, others) in found.items()
    )
