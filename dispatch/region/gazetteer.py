"""Finding a place by what a caller says: streets, crossings, addresses, places, coordinates.

Tolerant of typos, word order, scripts and abbreviations. A name that stands for several places
gives all of them, marked as twins: who calls must be asked, nearness to a view decides nothing.
"""

from __future__ import annotations

import sqlite3
import threading
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from dispatch.region.address_words import address_words
from dispatch.region.coordinates import parse_coordinates
from dispatch.region.fold import words_of
from dispatch.region.gazetteer_index import ensure_index
from dispatch.region.houses import Houses
from dispatch.region.lookup import Entry, Hit, Lookup
from dispatch.region.name_tokens import Role, Token, query_tokens
from dispatch.region.pack import Pack
from dispatch.region.reverse import Reverse

#: Longer texts are narratives, not places.
_TEXT_CAP = 200
#: A match under this is noise.
_LEAST_SCORE = 0.35
#: Streets looked at for a house number or a crossing.
_STREETS = 20
#: A name found as surely as this whole is not taken for two streets.
_SURE = 0.985
_CROSSING_ACCURACY_M = 30.0
_PLACE_ACCURACY_M = 50.0
_AREA_ACCURACY_M = {"city": 8_000.0, "town": 3_000.0, "village": 1_000.0, "hamlet": 400.0,
                    "suburb": 1_500.0, "quarter": 700.0, "neighbourhood": 500.0}  # fmt: skip


@dataclass(frozen=True)
class Match:
    """One place that the text may mean.

    `kind` is `street`, `crossing`, `address`, `coordinate` or a kind of place. `label` reads in
    the language asked for, and is told apart from its twins. `score` is 0..1. `twins` is true
    where the same label stands in more than one place: ask. `accuracy_m` is how far the point may
    be off; `house` and `micro_district` are for the form.
    """

    label: str
    kind: str
    lon: float
    lat: float
    settlement: str
    score: float
    twins: bool = False
    micro_district: str = ""
    house: str = ""
    accuracy_m: float = 0.0


class Gazetteer:
    """The gazetteer of one pack. Made by `Gazetteer.of`; may be used from any thread."""

    def __init__(self, pack: Pack, index: Path) -> None:
        self.pack = pack
        connection = sqlite3.connect(
            f"{index.resolve().as_uri()}?mode=ro&immutable=1", uri=True, check_same_thread=False
        )
        self._lock = threading.RLock()
        self._lookup = Lookup(connection)
        self._houses = Houses(connection, pack)
        self._connection = connection
        self._reverse: Reverse | None = None

    @classmethod
    def of(cls, pack: Pack, cache_dir: Path) -> Gazetteer:
        """The gazetteer of a pack; makes its index in the cache the first time (seconds).

        Raises `Problem("region.cache_unwritable")`.
        """
        gazetteer = cls(pack, ensure_index(pack, Path(cache_dir)))
        west, south, east, north = pack.bounds
        # The districts and the reverse look-up are made now, not under somebody's first key.
        pack.district_at((west + east) / 2, (south + north) / 2)
        gazetteer.nearest((west + east) / 2, (south + north) / 2)
        return gazetteer

    def close(self) -> None:
        """Close the index."""
        with self._lock:
            self._connection.close()

    def search(self, text: str, language: str = "en", limit: int = 8) -> list[Match]:
        """The places that a text may mean, the best first; empty when nothing is like it."""
        text = text[:_TEXT_CAP].strip()
        point = parse_coordinates(text)
        if point is not None:
            lon, lat = point
            label = f"{lat:.5f}, {lon:.5f}"
            return [Match(label, "coordinate", lon, lat, "", 1.0, accuracy_m=10.0)]
        with self._lock:
            found = self._crossings(text, language)
            tokens = query_tokens(text)
            if tokens and not found:
                found = self._addresses(tokens, language)
                hits = self._lookup.find(tokens, 60)
                found += [self._of_entry(hit, language) for hit in hits]
                if max((match.score for match in found), default=0.0) < _SURE:
                    found += self._crossings_unsaid(text, language)
            found = [match for match in _best(found) if match.score >= _LEAST_SCORE]
            return _told_apart(found)[:limit]

    def nearest(self, lon: float, lat: float, language: str = "en") -> str:
        """What a point (degrees) is called: address, crossing, street, place, or coordinates."""
        with self._lock:
            if self._reverse is None:
                self._reverse = Reverse(self.pack)
            return self._reverse.label(lon, lat, language)

    def _of_entry(self, hit: Hit, language: str) -> Match:
        entry = hit.entry
        accuracy = entry.reach_m or _AREA_ACCURACY_M.get(entry.kind, _PLACE_ACCURACY_M)
        return Match(
            label=entry.label(language),
            kind=entry.kind,
            lon=entry.lon_e7 * 1e-7,
            lat=entry.lat_e7 * 1e-7,
            settlement=entry.settlement(language),
            score=round(hit.score, 4),
            micro_district=entry.district(language),
            accuracy_m=accuracy,
        )

    def _district(self, lon: float, lat: float, street: Entry, language: str) -> str:
        """The district of a point; a long street passes through several."""
        schemes = self.pack.district_schemes()
        found = self.pack.district_at(lon, lat, schemes[0]) if schemes else None
        return found.name(language) if found is not None else street.district(language)

    def _addresses(self, tokens: list[Token], language: str) -> list[Match]:
        form = address_words().form(language).address
        found = []
        for position, token in enumerate(tokens):
            if token.role is not Role.NUMBER or len(tokens) < 2:
                continue
            after = tokens[position + 1] if position + 1 < len(tokens) else None
            rest = tokens[:position] + tokens[position + 1 :]
            found += self._houses_on(rest, token.text, form, language)
            if after is not None and len(after.text) == 1 and after.text.isalpha():
                # "5 a" is one number.
                rest = tokens[:position] + tokens[position + 2 :]
                found += self._houses_on(rest, token.text + after.text, form, language)
        return found

    def _houses_on(self, street: list[Token], number: str, form: str, language: str) -> list[Match]:
        found = []
        for hit in self._lookup.find(street, _STREETS, streets_only=True):
            for house in self._houses.find(hit.entry, number):
                label = form.format(number=house.number, street=hit.entry.label(language))
                found.append(
                    Match(
                        label=label,
                        kind="address",
                        lon=house.lon,
                        lat=house.lat,
                        settlement=hit.entry.settlement(language),
                        score=round(hit.score * house.quality, 4),
                        micro_district=self._district(house.lon, house.lat, hit.entry, language),
                        house=house.number,
                        accuracy_m=house.accuracy_m,
                    )
                )
        return found

    def _crossings(self, text: str, language: str) -> list[Match]:
        """Crossings where a sign or a word between two streets says that one is meant."""
        crossing = address_words().crossing
        words = words_of(text.replace("&", " & ").replace("+", " + "))
        sides = [part.strip() for part in _split_on_signs(text)]
        if len(sides) == 2 and all(sides):
            return self._crossing_of(sides[0], sides[1], language)
        for i, word in enumerate(words):
            folded = query_tokens(word)
            if folded and folded[0].text in crossing and 0 < i < len(words) - 1:
                found = self._crossing_of(" ".join(words[:i]), " ".join(words[i + 1 :]), language)
                if found:
                    return found
        return []

    def _crossings_unsaid(self, text: str, language: str) -> list[Match]:
        """`elm fifth`: two streets one after the other, nothing between."""
        words = words_of(text)
        if not 2 <= len(words) <= 8:
            return []
        found: list[Match] = []
        for i in range(1, len(words)):
            left, right = " ".join(words[:i]), " ".join(words[i:])
            found += self._crossing_of(left, right, language)
        # A guess at what was left unsaid is worth a little less than a name found whole.
        return [replace(match, score=round(match.score * 0.93, 4)) for match in found]

    def _crossing_of(self, left: str, right: str, language: str) -> list[Match]:
        first = self._lookup.find(query_tokens(left), _STREETS, streets_only=True)
        second = self._lookup.find(query_tokens(right), _STREETS, streets_only=True)
        if not first or not second:
            return []
        hits = {hit.entry.entry_id: hit for hit in [*second, *first]}
        scores_a = {hit.entry.entry_id: hit.score for hit in first}
        scores_b = {hit.entry.entry_id: hit.score for hit in second}
        form = address_words().form(language).crossing
        found = []
        for a, b, lon_e7, lat_e7 in self._lookup.crossings(list(scores_a), list(scores_b)):
            one, two = hits[a].entry, hits[b].entry
            found.append(
                Match(
                    label=form.format(a=one.label(language), b=two.label(language)),
                    kind="crossing",
                    lon=lon_e7 * 1e-7,
                    lat=lat_e7 * 1e-7,
                    settlement=one.settlement(language),
                    score=round((scores_a[a] + scores_b[b]) / 2, 4),
                    micro_district=self._district(lon_e7 * 1e-7, lat_e7 * 1e-7, one, language),
                    accuracy_m=_CROSSING_ACCURACY_M,
                )
            )
        return found


def _split_on_signs(text: str) -> list[str]:
    """`Elm/5th`, `Elm & 5th`, `Elm + 5th`, `Elm @ 5th`; not the slash of a house number."""
    for sign in ("&", "+", "@", "/", "\\"):
        left, found, right = text.partition(sign)
        if not found:
            continue
        number = left[-1:].isdigit() and right[:1].isdigit() and sign in "/\\"
        if not number:
            return [left, right]
    return []


def _best(matches: Iterable[Match]) -> list[Match]:
    """Without repeats, the best first; of alike scores streets, then shorter labels."""
    kept: dict[tuple[str, str, int, int], Match] = {}
    for match in matches:
        key = (match.kind, match.label, round(match.lon * 1e4), round(match.lat * 1e4))
        if key not in kept or kept[key].score < match.score:
            kept[key] = match
    return sorted(kept.values(), key=lambda m: (-m.score, len(m.label), m.label, m.lon, m.lat))


def _told_apart(matches: list[Match]) -> list[Match]:
    """Mark labels that stand for several places, and add what tells them apart.

    A crossing that lies twice on the same two streets and settlement is no twin in name only:
    it is asked about too, by district.
    """
    alike: dict[tuple[str, str], list[int]] = defaultdict(list)
    for i, match in enumerate(matches):
        alike[match.kind, match.label.casefold()].append(i)
    result = list(matches)
    for rows in alike.values():
        if len(rows) < 2:
            continue
        towns = {matches[i].settlement for i in rows}
        quarters = {matches[i].micro_district for i in rows}
        for i in rows:
            match = matches[i]
            parts = [match.label]
            if len(quarters) > 1 and match.micro_district:
                parts.append(match.micro_district)
            if len(towns) > 1 and match.settlement:
                parts.append(match.settlement)
            result[i] = replace(match, label=", ".join(parts), twins=True)
    return result


__all__ = ["Entry", "Gazetteer", "Match"]
