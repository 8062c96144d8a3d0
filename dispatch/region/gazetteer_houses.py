"""Addresses: a house number on a street, in a micro-district or a village, and its entrance."""

from __future__ import annotations

from dispatch.region.address_words import address_words
from dispatch.region.gazetteer_doors import Doors
from dispatch.region.gazetteer_file import IndexFile
from dispatch.region.gazetteer_match import Match
from dispatch.region.gazetteer_said import House as SaidHouse
from dispatch.region.gazetteer_said import Said, houses_in
from dispatch.region.houses import House, Houses
from dispatch.region.lookup import Circle, Hit, Lookup
from dispatch.region.name_tokens import Role, tokens_of
from dispatch.region.pack import Pack

#: Streets looked at for a house number, and how much worse than the best they may fit.
_STREETS, _WORSE = 40, 0.3
_MIDDLE = 0.8


class Addresses:
    """Finds addresses in an index."""

    def __init__(self, lookup: Lookup, file: IndexFile, pack: Pack, doors: Doors) -> None:
        self._lookup, self._doors = lookup, doors
        self._houses = Houses(file, pack)

    def find(
        self, parts: Said, language: str, near: Circle | None, *, slips: bool = True
    ) -> list[Match]:
        """The addresses that a text may mean, in no order."""
        meant = [(parts.words, parts.house)] if parts.house else houses_in(parts.words)
        found: list[Match] = []
        for words, house in meant:
            tokens = tokens_of(words)
            # A figure alone names a micro-district only beside its kind ("4 мкр 17").
            if not any(t.role in (Role.WORD, Role.TYPE) for t in tokens):
                continue
            hits = self._lookup.find(tokens, _STREETS, streets_only=True, near=near, slips=slips)
            for hit in hits:
                if hit.score >= hits[0].score - _WORSE:
                    found += self._on(hit, house, parts.entrance, language)
        return found

    def _on(self, hit: Hit, said: SaidHouse, entrance: str, language: str) -> list[Match]:
        entry = hit.entry
        middle = House(
            said.shown, entry.lon_e7 * 1e-7, entry.lat_e7 * 1e-7, _MIDDLE, entry.reach_m, False
        )
        form = address_words().form(language)
        found = []
        for house in self._houses.find(entry.entry_id, said.key, said.shown, middle):
            match = Match(
                label=form.address.format(number=house.number, street=entry.label(language)),
                kind="address",
                lon=house.lon,
                lat=house.lat,
                settlement=entry.settlement(language),
                score=round(hit.score * house.quality, 4),
                micro_district=entry.district(language),
                house=house.number,
                accuracy_m=house.accuracy_m,
                exact=house.exact,
                alias=hit.alias,
                entry=entry.entry_id,
            )
            if entrance:
                place = self._houses.entrance(entry.entry_id, said.key, entrance)
                match = self._doors.entered(match, entrance, language, place)
            found.append(match)
        return found
