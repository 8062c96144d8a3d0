"""One answer of the gazetteer, and how several of one name are told apart."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace

from dispatch.region.address_words import address_words
from dispatch.region.gazetteer_reader import Reader
from dispatch.region.pack import Pack

#: So many of the best are told apart.
_LOOKED_AT = 32
#: Places of one name and kind nearer than this (degrees, both ways added) are one.
_ONE_PLACE = 0.003
_LITERAL = 0.003
#: Kinds whose district is that of their point, not that of their street.
_OF_POINT = ("address", "crossing", "milestone")


@dataclass(frozen=True)
class Match:
    """One place that the text may mean.

    `kind` is `street`, `crossing`, `address`, `coordinate` or a kind of place. `label` reads in
    the language asked for, and is told apart from its twins. `score` is 0..1. `twins` is true
    where the same label stands in more than one place: ask; `alike` is how many there are.
    `accuracy_m` is how far the point may be off; `exact` is false where the number itself is not
    known and the point lies between known ones. `house`, `micro_district` and `entrance` are for
    the form; `alias` is the other name by which it was found; `entry` its street or place in the
    index, -1 where it is none.
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
    exact: bool = True
    entrance: str = ""
    alias: str = ""
    alike: int = 1
    entry: int = -1


def best_of(matches: Iterable[Match]) -> list[Match]:
    """Without repeats, the best first; of alike scores shorter labels lead."""
    kept: dict[tuple[str, str, int, int], Match] = {}
    for match in matches:
        key = (match.kind, match.label, round(match.lon * 1e4), round(match.lat * 1e4))
        if key not in kept or kept[key].score < match.score:
            kept[key] = match
    order = sorted(kept.values(), key=lambda m: (-m.score, len(m.label), m.label, m.lon, m.lat))
    found: list[Match] = []
    same: dict[tuple[str, str], list[Match]] = defaultdict(list)
    for match in order:
        # Platforms of one stop, gates of one school: one place.
        known = same[match.kind, match.label]
        if all(abs(m.lon - match.lon) + abs(m.lat - match.lat) > _ONE_PLACE for m in known):
            known.append(match)
            found.append(match)
    return found


def literally(match: Match, text: str) -> Match:
    """A little more for a name that is written as it was typed, before those that only sound so."""
    typed = text.casefold().split()
    label = match.label.casefold()
    same = sum(1 for word in typed if word in label) / max(1, len(typed))
    return replace(match, score=match.score + _LITERAL * same)


def told_apart(
    matches: list[Match], limit: int, pack: Pack, reader: Reader, language: str
) -> list[Match]:
    """The first of some matches; labels that stand for several places are marked as twins and
    get what tells them apart: the district, the settlement, else a street that is met."""
    counts: dict[tuple[str, str], int] = defaultdict(int)
    for match in matches:
        counts[match.kind, match.label.casefold()] += 1
    if matches:
        # All of the first's name stand together: who asks must see each.
        first = matches[0].kind, matches[0].label.casefold()
        matches = sorted(matches, key=lambda m: (m.kind, m.label.casefold()) != first)
    looked_at = [
        replace(match, micro_district=_district(pack, match, language))
        for match in matches[:_LOOKED_AT]
    ]
    alike: dict[tuple[str, str], list[int]] = defaultdict(list)
    for i, match in enumerate(looked_at):
        alike[match.kind, match.label.casefold()].append(i)
    for key, rows in alike.items():
        if counts[key] < 2:
            continue
        towns = {looked_at[i].settlement for i in rows}
        quarters = {looked_at[i].micro_district for i in rows}
        for i in rows:
            match = looked_at[i]
            parts = [match.label]
            if len(quarters) > 1 and match.micro_district:
                parts.append(match.micro_district)
            if len(towns) > 1 and match.settlement and match.settlement not in parts:
                parts.append(match.settlement)
            looked_at[i] = replace(match, label=", ".join(parts), twins=True, alike=counts[key])
        _by_street_met(looked_at, rows, reader, language)
    return [replace(m, score=min(1.0, round(m.score, 4))) for m in looked_at[:limit]]


def _district(pack: Pack, match: Match, language: str) -> str:
    """The district of a point; a long street passes through several."""
    if match.kind not in _OF_POINT:
        return match.micro_district
    schemes = pack.district_schemes()
    found = pack.district_at(match.lon, match.lat, schemes[0]) if schemes else None
    return found.name(language) if found is not None else match.micro_district


def _by_street_met(matches: list[Match], rows: list[int], reader: Reader, language: str) -> None:
    """Twins of one district and settlement: a street that each meets stands beside its name."""
    labels: dict[str, list[int]] = defaultdict(list)
    for i in rows:
        labels[matches[i].label].append(i)
    form = address_words().form(language).near
    for label, same in labels.items():
        for i in same if len(same) > 1 else ():
            match = matches[i]
            other = reader.street_met(match.entry, match.lon, match.lat) if match.entry >= 0 else -1
            if other >= 0:
                name = reader.entry(other).label(language)
                matches[i] = replace(match, label=form.format(street=label, other=name))
