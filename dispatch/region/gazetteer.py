"""Finding a place by what a caller says: streets, crossings, addresses, places, coordinates.

Tolerant of typos, word order, scripts, abbreviations and the wrong keyboard layout. A name that
stands for several places gives all of them, marked as twins: who calls must be asked, nearness to
a view decides nothing. How a name is found: `GAZETTEER.md`.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from dispatch.region.coordinates import parse_coordinates
from dispatch.region.fold import words_of
from dispatch.region.gazetteer_crossings import Crossings
from dispatch.region.gazetteer_doors import Doors
from dispatch.region.gazetteer_entries import KnownPlace
from dispatch.region.gazetteer_file import IndexFile
from dispatch.region.gazetteer_houses import Addresses
from dispatch.region.gazetteer_index import open_index
from dispatch.region.gazetteer_keyboards import other_layouts
from dispatch.region.gazetteer_match import Match, best_of, literally, told_apart
from dispatch.region.gazetteer_reader import Entry, Reader
from dispatch.region.gazetteer_said import Said, said
from dispatch.region.gazetteer_stones import Stones
from dispatch.region.lookup import Circle, Hit, Lookup
from dispatch.region.name_tokens import plain_tokens, tokens_of
from dispatch.region.pack import Pack
from dispatch.region.progress import Cancel, Progress
from dispatch.region.reverse import Reverse

#: Longer texts are narratives, not places.
_TEXT_CAP = 200
#: A match under this is noise.
_LEAST_SCORE = 0.35
#: A name found as surely as this whole is not taken for two streets.
_SURE = 0.985
#: What reads worse than this may have been typed under another keyboard layout.
_GIBBERISH = 0.75
_OTHER_LAYOUT = 0.97
_ENTRIES = 60
#: What a street is worth where a house on it was asked for.
_HOUSE_IGNORED = 0.85
_PLACE_ACCURACY_M = 50.0
_AREA_ACCURACY_M = {"city": 8_000.0, "town": 3_000.0, "village": 1_000.0, "hamlet": 400.0,
                    "suburb": 1_500.0, "quarter": 700.0, "neighbourhood": 500.0}  # fmt: skip


class Gazetteer:
    """The gazetteer of one pack. Made by `Gazetteer.of`; may be used from any thread."""

    def __init__(self, pack: Pack, index: IndexFile) -> None:
        self.pack = pack
        reader = self._reader = Reader(index)
        self._lookup = Lookup(index, reader)
        doors = Doors(self._lookup, reader)
        self._doors = doors
        self._addresses = Addresses(self._lookup, index, pack, doors)
        self._crossings = Crossings(self._lookup, reader)
        self._stones = Stones(index)
        self._reverse: Reverse | None = None
        self._lock = threading.Lock()

    @classmethod
    def of(
        cls,
        pack: Pack,
        cache_dir: Path,
        extra_names: Sequence[KnownPlace] = (),
        progress: Progress | None = None,
        cancel: Cancel | None = None,
    ) -> Gazetteer:
        """The gazetteer of a pack; makes its index in the cache the first time (seconds).

        `extra_names`: an agency's own places and other names. Raises `Problem("region.cancelled")`
        when `cancel` says so.
        """
        gazetteer = cls(pack, open_index(pack, Path(cache_dir), extra_names, progress, cancel))
        west, south, east, north = pack.bounds
        # The districts and the reverse look-up are made now, not under somebody's first key.
        pack.district_at((west + east) / 2, (south + north) / 2)
        gazetteer.nearest((west + east) / 2, (south + north) / 2)
        gazetteer.search("warm up 1")
        return gazetteer

    def close(self) -> None:
        """Nothing stays open but the file's pages, which go with the last reference."""

    def search(
        self, text: str, language: str = "en", limit: int = 8, near: Circle | None = None
    ) -> list[Match]:
        """The places that a text may mean, the best first; empty when nothing is like it.

        `near` is where the caller may be: it only orders what matches about equally well.
        """
        text = text[:_TEXT_CAP].strip()
        point = parse_coordinates(text, self.pack.bounds)
        if point is not None:
            lon, lat = point
            label = f"{lat:.5f}, {lon:.5f}"
            return [Match(label, "coordinate", lon, lat, "", 1.0, accuracy_m=10.0)]
        found = self._meant(text, language, near)
        if not found or found[0].score < _GIBBERISH:
            for other in other_layouts(text):
                if not self._lookup.knows(tokens_of(words_of(other))):
                    continue
                meant = self._meant(other, language, near, slips=False)
                found += [replace(m, score=m.score * _OTHER_LAYOUT) for m in meant]
        found = best_of(match for match in found if match.score >= _LEAST_SCORE)
        found[:_ENTRIES] = [literally(match, text) for match in found[:_ENTRIES]]
        found = best_of(found)
        return told_apart(found, limit, self.pack, self._reader, language)

    def nearest(self, lon: float, lat: float, language: str = "en", *, full: bool = False) -> str:
        """What a point (degrees) is called: address, crossing, street, place, or coordinates.

        `full` adds to a house the street that is met next: `18 Elm Street, near 5th Avenue`.
        """
        with self._lock:
            if self._reverse is None:
                self._reverse = Reverse(self.pack)
        return self._reverse.label(lon, lat, language, full=full)

    def _meant(
        self, text: str, language: str, near: Circle | None, *, slips: bool = True
    ) -> list[Match]:
        """What a text may mean, the best first."""
        parts = said(text)
        if parts.km is not None and (found := self._kilometre(parts, language)):
            return found
        if found := self._crossings.said(text, language, near, slips=slips):
            return best_of(found)
        if parts.exit and (found := self._doors.exits(parts, language, near)):
            return best_of(found)
        if not parts.words:
            # "Exit 3" is a place of its own on a motorway.
            hits = self._lookup.find(plain_tokens(words_of(text)), _ENTRIES, near=near)
            return [self._of_entry(hit, parts, language) for hit in hits]
        found = self._addresses.find(parts, language, near, slips=slips)
        hits = self._lookup.find(tokens_of(parts.words), _ENTRIES, near=near, slips=slips)
        found += [self._of_entry(hit, parts, language) for hit in hits]
        if max((match.score for match in found), default=0.0) < _SURE:
            found += self._crossings.unsaid(parts.words, language, near, slips=slips)
        return best_of(found)

    def _of_entry(self, hit: Hit, parts: Said, language: str) -> Match:
        entry = hit.entry
        accuracy = (
            entry.reach_m
            if entry.kind == "street"
            else _AREA_ACCURACY_M.get(entry.kind, _PLACE_ACCURACY_M)
        )
        match = Match(
            label=entry.label(language),
            kind=entry.kind,
            lon=entry.lon_e7 * 1e-7,
            lat=entry.lat_e7 * 1e-7,
            settlement=entry.settlement(language),
            score=round(hit.score * (_HOUSE_IGNORED if parts.house else 1.0), 4),
            micro_district=entry.district(language),
            accuracy_m=accuracy,
            alias=hit.alias,
            entry=entry.entry_id,
        )
        if parts.entrance and entry.kind != "street":
            return self._doors.entered(match, parts.entrance, language)
        return match

    def _kilometre(self, parts: Said, language: str) -> list[Match]:
        """A kilometre of a road, by its posts."""
        assert parts.km is not None
        hits = self._lookup.find(tokens_of(parts.words), 8, streets_only=True)
        found: list[Match] = []
        for hit in hits:
            place = self._stones.of_entry(hit.entry, hit.alias, parts.km)
            if place is None:
                continue
            label = self._stones.label(hit.entry, hit.alias, parts.km, language)
            if all(known.label != label for known in found):
                found.append(
                    Match(
                        label, "milestone", place.lon, place.lat, hit.entry.settlement(language),
                        round(hit.score, 4), accuracy_m=place.accuracy_m, exact=place.exact,
                    )
                )  # fmt: skip
        return found


__all__ = ["Circle", "Entry", "Gazetteer", "KnownPlace", "Match"]
