"""Entrances of buildings and exits of stations, by their number or letter."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property

import numpy as np

from dispatch.region.address_words import address_words
from dispatch.region.fold import fold
from dispatch.region.gazetteer_match import Match
from dispatch.region.gazetteer_reader import Reader
from dispatch.region.gazetteer_said import Said
from dispatch.region.lookup import Circle, Lookup
from dispatch.region.name_tokens import tokens_of

_DEGREE_M = 111_195.0
#: An entrance belongs to a house, or to a larger place, within so many metres.
_OF_HOUSE_M, _OF_PLACE_M, _OF_STATION_M = 60.0, 250.0, 500.0
_STATIONS = 8
_JUNCTION = 0.8
_DOOR_M = 10.0
#: A station whose exit is not known answers with itself.
_UNKNOWN, _UNKNOWN_M = 0.97, 200.0


class Doors:
    """The entrances and exits of an index."""

    def __init__(self, lookup: Lookup, reader: Reader) -> None:
        self._lookup, self._reader = lookup, reader

    @cached_property
    def _numbered(self) -> dict[str, list[int]]:
        """Entrances and exits by their number or letter."""
        codes = self._reader.kind_codes("entrance", "station")
        found: dict[str, list[int]] = {}
        for entry in np.flatnonzero(np.isin(self._reader.kind, codes)).tolist():
            if ref := self._reader.refs[entry].casefold():
                found.setdefault(ref, []).append(entry)
        return found

    def _near(self, number: str, lon: float, lat: float, within_m: float) -> tuple[float, float]:
        """The nearest door of a number (degrees), (0, 0) where none is near."""
        entries = self._numbered.get(number.casefold(), [])
        if not entries:
            return 0.0, 0.0
        at = np.array(entries)
        lons, lats = self._reader.lon_e7[at] * 1e-7, self._reader.lat_e7[at] * 1e-7
        away = np.hypot((lons - lon) * np.cos(np.radians(lat)), lats - lat) * _DEGREE_M
        best = int(away.argmin())
        return (float(lons[best]), float(lats[best])) if away[best] <= within_m else (0.0, 0.0)

    def entered(
        self, match: Match, entrance: str, language: str, place: tuple[float, float] | None = None
    ) -> Match:
        """A match at one of its entrances; at its own point where the entrance is not known."""
        within_m = _OF_HOUSE_M if match.kind == "address" else _OF_PLACE_M
        lon, lat = place or self._near(entrance, match.lon, match.lat, within_m)
        form = address_words().form(language).entrance
        match = replace(
            match, label=form.format(place=match.label, number=entrance), entrance=entrance
        )
        if lon or lat:
            return replace(match, lon=lon, lat=lat, accuracy_m=_DOOR_M)
        return match

    def _junctions(self, number: str, language: str, said: frozenset[str]) -> list[Match]:
        """Exits of motorways by their number; those whose road was said first."""
        found = []
        codes = self._reader.kind_codes("junction")
        for entry in np.flatnonzero(np.isin(self._reader.kind, codes)).tolist():
            if self._reader.refs[entry].casefold() != number.casefold():
                continue
            place = self._reader.entry(entry)
            met = any(said.intersection(fold(label)) for label in place.labels)
            found.append(
                Match(
                    label=place.label(language),
                    kind="junction",
                    lon=place.lon_e7 * 1e-7,
                    lat=place.lat_e7 * 1e-7,
                    settlement=place.settlement(language),
                    score=1.0 if met or not said else _JUNCTION,
                    micro_district=place.district(language),
                    accuracy_m=_OF_HOUSE_M,
                    entry=entry,
                )
            )
        return found[:_STATIONS]

    def exits(self, parts: Said, language: str, near: Circle | None) -> list[Match]:
        """An exit of a station; the station itself where the exit is not known."""
        found: list[Match] = []
        form = address_words().form(language).exit
        for hit in self._lookup.find(tokens_of(parts.words), 40, near=near):
            entry = hit.entry
            if entry.kind != "station" or len(found) >= _STATIONS:
                continue
            own = entry.lon_e7 * 1e-7, entry.lat_e7 * 1e-7
            lon, lat = self._near(parts.exit, *own, _OF_STATION_M)
            known = bool(lon or lat)
            found.append(
                Match(
                    label=form.format(place=entry.label(language), number=parts.exit),
                    kind="station",
                    lon=lon if known else own[0],
                    lat=lat if known else own[1],
                    settlement=entry.settlement(language),
                    score=round(hit.score * (1.0 if known else _UNKNOWN), 4),
                    micro_district=entry.district(language),
                    accuracy_m=_DOOR_M if known else _UNKNOWN_M,
                    exact=known,
                    entrance=parts.exit,
                    entry=entry.entry_id,
                )
            )
        words = frozenset(word for text in parts.words for word in fold(text))
        return found or self._junctions(parts.exit, language, words)
