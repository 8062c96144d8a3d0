"""What of a pack can be found: its streets, places, houses, crossings and kilometre posts."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import msgspec
import numpy as np
from numpy.typing import NDArray

from dispatch.region.address_words import address_words
from dispatch.region.fold import fold
from dispatch.region.gazetteer_draft import IndexDraft
from dispatch.region.name_tokens import TYPE_MARK, name_tokens
from dispatch.region.numbers import leading_number
from dispatch.region.pack import Pack
from dispatch.region.progress import Steps
from dispatch.region.schema import EDGE_CLASSES, NAME_LANGUAGES, PARITIES, PLACE_KINDS
from dispatch.region.snapping import Snapper, edge_shapes
from dispatch.region.streets import Streets, Surroundings, find_crossings, find_streets
from dispatch.words import LANGUAGES, catalogue

#: Kinds that have houses: a street, or a place whose houses bear its own name.
HOUSED = ("street", "neighbourhood", "quarter", "suburb", "village", "hamlet", "locality")
_STREET_RANK = 0
_RAMP_RANK = 8
_RAMPS = [i for i, name in enumerate(EDGE_CLASSES) if name.endswith("_link")]
#: How much a kind matters when two names match alike; lower comes first.
_PLACE_RANKS = {
    "city": 1, "town": 2, "village": 4, "suburb": 3, "hospital": 3, "quarter": 4,
    "fire_station": 4, "ambulance_station": 4, "police": 4, "station": 4, "airport": 4,
    "stadium": 5, "university": 5, "hamlet": 5, "neighbourhood": 5, "hydrant": 30,
    "milestone": 12, "entrance": 20, "gate": 20, "bus_stop": 15, "shop": 14,
    "restaurant": 14, "other": 16,
}  # fmt: skip
_ALIASES = ("alt_name", "loc_name", "short_name", "old_name", "official_name")
#: How far a place with houses of its own reaches, metres.
_REACH_M = {"suburb": 1_500.0, "quarter": 800.0, "neighbourhood": 800.0, "village": 1_500.0,
            "hamlet": 800.0, "locality": 800.0}  # fmt: skip
#: A house further from its street than this belongs to another of that name.
_ASTRAY_M = 1_000.0
_BESIDE_ROAD_M = 60.0
#: What a street of addresses that no road bears is given.
_ORPHAN_REACH_M = 300.0
_FIGURE = re.compile(r"\d{1,5}(?:[.,]\d{1,3})?")


@dataclass(frozen=True)
class KnownPlace:
    """A name that an agency brings itself: a place of its own, or another name of one.

    `names` by language code (en, ru, kk, ko; "" for the local one); the first is shown where a
    language has none. `aliases` are found and said beside the name. `kind` is a kind of place of
    the pack, or `pole`, `call_box`; `ref` its number ("117"). Degrees.
    """

    names: tuple[tuple[str, str], ...]
    lon: float
    lat: float
    kind: str = "other"
    aliases: tuple[str, ...] = ()
    ref: str = ""


def draft_of(pack: Pack, extra_names: Sequence[KnownPlace], steps: Steps) -> IndexDraft:
    """Everything of a pack, and an agency's own names."""
    steps.at("region.step.network", 0.0)
    streets = find_streets(pack, edge_shapes(pack))
    around = Surroundings(pack)
    draft = IndexDraft(around.names)
    steps.at("region.step.network", 0.2)
    _add_streets(draft, pack, streets, around)
    for a, b, lon, lat in find_crossings(pack, streets):
        draft.add_crossing(a, b, lon, lat)
    steps.at("region.step.places", 0.4)
    _add_places(draft, pack, around)
    _add_known(draft, extra_names, around)
    steps.at("region.step.places", 0.6)
    _Addresses(draft, pack, streets, around).add(steps)
    _add_stones(draft, pack)
    steps.at("region.step.places", 0.9)
    return draft


def _add_streets(draft: IndexDraft, pack: Pack, streets: Streets, around: Surroundings) -> None:
    names = [streets.names] + [pack.edges.texts(f"name_{code}") for code in NAME_LANGUAGES]
    settlements = around.settlements(streets.lonlat)
    districts = around.districts(streets.lonlat)
    aliases = _street_aliases(pack, streets)
    for i, edge in enumerate(streets.edge):
        labels = [column[edge] for column in names]
        lon, lat = streets.lonlat[i]
        draft.add(
            "street", labels, round(lon * 1e7), round(lat * 1e7),
            [label for label in labels if label], aliases=sorted(aliases[i]),
            settlement=settlements[i], district=districts[i],
            rank=_RAMP_RANK if streets.rank[i] in _RAMPS else _STREET_RANK,
            reach_m=float(streets.reach_m[i]),
        )  # fmt: skip


def _street_aliases(pack: Pack, streets: Streets) -> dict[int, set[str]]:
    """Other names and road numbers of each street."""
    found: dict[int, set[str]] = defaultdict(set)
    refs, aliases = pack.edges.refs, pack.edges.aliases
    for row, street in enumerate(streets.of_edge.tolist()):
        if street < 0:
            continue
        if aliases[row]:
            found[street].update(aliases[row])
        if refs[row] is not None:
            parts = [part.strip() for part in refs[row].split(";") if part.strip()]
            found[street].update(parts, (part.replace(" ", "") for part in parts))
    return found


def _kind_words(kind: str, subkind: str | None) -> list[str]:
    """How a kind of place is called, in the order of the languages."""
    kinds = address_words().kinds
    own = kinds.get(subkind or "") or (kinds.get(kind) if kind not in PLACE_KINDS else None)
    if own is not None:
        return [own[code][0] for code in LANGUAGES if own.get(code)]
    return [str(catalogue(code).get(f"region.kind.{kind}", "")) for code in LANGUAGES]


def _all_kind_words(kind: str, subkind: str | None) -> list[str]:
    kinds = address_words().kinds
    own = kinds.get(subkind or "") or kinds.get(kind) or {}
    words = [word for words in own.values() for word in words]
    return list(dict.fromkeys([word for word in _kind_words(kind, subkind) if word] + words))


def _numbered(
    kind: str, subkind: str | None, ref: str, labels: Sequence[str | None]
) -> tuple[Sequence[str | None], list[str]]:
    """The labels and spellings of what is known by kind and number: "Hydrant 12"."""
    digits = "".join(c for c in ref if c.isdigit())
    numbers = dict.fromkeys((ref, digits or ref))
    spellings = [f"{word} {n}" for word in _all_kind_words(kind, subkind) for n in numbers]
    if not any(labels):
        said = (f"{word[:1].upper()}{word[1:]} {ref}" for word in _kind_words(kind, subkind))
        labels = (ref, *said)
    return labels, spellings


def _add_places(draft: IndexDraft, pack: Pack, around: Surroundings) -> None:
    places = pack.places
    columns = [places.names()] + [places.texts(f"name_{code}") for code in NAME_LANGUAGES]
    refs, kinds, attributes = places.refs, places.kind_code, places.texts("attributes")
    subkinds = places.subkind
    rows = [
        row for row in range(len(places)) if any(c[row] for c in columns) or refs[row] is not None
    ]
    lonlat = places.lonlat[rows] if rows else np.empty((0, 2))
    settlements, districts = around.settlements(lonlat), around.districts(lonlat)
    lon, lat = places.numbers("lon_e7"), places.numbers("lat_e7")
    for i, row in enumerate(rows):
        kind, subkind = PLACE_KINDS[kinds[row]], subkinds[row]
        labels: Sequence[str | None] = [column[row] for column in columns]
        spellings = [label for label in labels if label]
        if refs[row]:
            labels, more = _numbered(kind, subkind, refs[row], labels)
            spellings += more
        draft.add(
            kind, labels, int(lon[row]), int(lat[row]), spellings,
            aliases=_aliases(attributes[row]), settlement=settlements[i], district=districts[i],
            rank=_PLACE_RANKS.get(kind, 10), reach_m=_REACH_M.get(kind, 0.0), ref=refs[row] or "",
        )  # fmt: skip


def _aliases(attributes: str | None) -> list[str]:
    """Other names that people use."""
    if attributes is None or "_name" not in attributes:
        return []
    try:
        known = msgspec.json.decode(attributes, type=dict[str, str])
    except msgspec.DecodeError:
        return []
    return [alias for key in _ALIASES for alias in known.get(key, "").split(";") if alias.strip()]


def _add_known(draft: IndexDraft, known: Sequence[KnownPlace], around: Surroundings) -> None:
    if not known:
        return
    lonlat = np.array([(place.lon, place.lat) for place in known])
    settlements, districts = around.settlements(lonlat), around.districts(lonlat)
    for i, place in enumerate(known):
        names = dict(place.names)
        local = names.get("") or next(iter(names.values()), "")
        labels: Sequence[str | None] = [local or None, *(names.get(c) for c in NAME_LANGUAGES)]
        spellings = list(names.values())
        if place.ref:
            labels, more = _numbered(place.kind, None, place.ref, labels)
            spellings += more
        draft.add(
            place.kind if place.kind in PLACE_KINDS else "other", labels,
            round(place.lon * 1e7), round(place.lat * 1e7), spellings, aliases=place.aliases,
            settlement=settlements[i], district=districts[i],
            rank=_PLACE_RANKS.get(place.kind, 10), ref=place.ref,
        )  # fmt: skip


class _Addresses:
    """Puts each address on its street; a street that no road names becomes an entry."""

    def __init__(
        self, draft: IndexDraft, pack: Pack, streets: Streets, around: Surroundings
    ) -> None:
        self._draft, self._pack, self._around = draft, pack, around
        self._streets = streets
        self._by_name = self._named()

    def _named(self) -> dict[str, list[int]]:
        """Entries that may have houses, by each of their names; without kinds of street too."""
        names: dict[str, list[int]] = defaultdict(list)
        edges, places = self._pack.edges, self._pack.places
        columns = [self._streets.names] + [edges.texts(f"name_{c}") for c in NAME_LANGUAGES]
        aliases = edges.aliases
        for i, edge in enumerate(self._streets.edge):
            texts = [column[edge] for column in columns if column[edge]]
            texts += aliases[edge]
            for key in {key for text in texts for key in _keys(text)}:
                names[key].append(i)
        entry = len(self._streets)
        columns = [places.names()] + [places.texts(f"name_{code}") for code in NAME_LANGUAGES]
        for row in range(len(places)):
            texts = [column[row] for column in columns if column[row]]
            if not texts and places.refs[row] is None:
                continue
            if PLACE_KINDS[places.kind_code[row]] in HOUSED:
                for key in {key for text in texts for key in _keys(text)}:
                    names[key].append(entry)
            entry += 1
        return names

    def add(self, steps: Steps) -> None:
        """All addresses of the pack."""
        addresses = self._pack.addresses
        if not len(addresses):
            return
        lonlat = addresses.lonlat
        own = self._own_streets()
        texts, districts = addresses.texts("street"), addresses.texts("district")
        orphans: dict[str, list[int]] = defaultdict(list)
        keys: dict[str, list[int]] = {}
        for row in range(len(addresses)):
            if row % 20_000 == 0:
                steps.at("region.step.places", 0.6 + 0.3 * row / len(addresses))
            if own[row] >= 0:
                self._put(int(own[row]), row)
                continue
            text = texts[row] or districts[row]
            if text is None:
                continue
            if text not in keys:
                keys[text] = next((self._by_name[k] for k in _keys(text) if k in self._by_name), [])
            best = self._nearest(keys[text], lonlat[row])
            if best is None:
                orphans[text].append(row)
            else:
                self._put(best, row)
        for text in sorted(orphans):
            self._add_orphan(text, orphans[text], on_street=texts[orphans[text][0]] is not None)

    def _own_streets(self) -> NDArray[np.int64]:
        edges, addresses = self._pack.edges, self._pack.addresses
        rows = np.minimum(np.searchsorted(edges.edge_id, addresses.edge_id), len(edges) - 1)
        on_edge = edges.edge_id[rows] == addresses.edge_id
        found: NDArray[np.int64] = np.where(on_edge, self._streets.of_edge[rows], -1)
        return found

    def _nearest(self, candidates: Sequence[int], lonlat: NDArray[np.float64]) -> int | None:
        """The entry nearest to a point among those whose reach (and a little more) holds it."""
        best: tuple[float, int] | None = None
        for i in candidates:
            lon_e7, lat_e7, reach_m = self._draft.place_of(i)
            dx = (lon_e7 * 1e-7 - lonlat[0]) * 111_195 * np.cos(np.radians(lonlat[1]))
            dy = (lat_e7 * 1e-7 - lonlat[1]) * 111_195
            away = float(np.hypot(dx, dy)) - reach_m
            if away < _ASTRAY_M and (best is None or away < best[0]):
                best = (away, i)
        return None if best is None else best[1]

    def _add_orphan(self, text: str, rows: list[int], *, on_street: bool) -> None:
        middle = np.median(self._pack.addresses.lonlat[rows], axis=0)[None, :]
        entry = self._draft.add(
            "street" if on_street else "neighbourhood", (text, None, None, None, None),
            round(middle[0, 0] * 1e7), round(middle[0, 1] * 1e7), [text],
            settlement=self._around.settlements(middle)[0],
            district=self._around.districts(middle)[0], rank=_STREET_RANK,
            reach_m=_ORPHAN_REACH_M,
        )  # fmt: skip
        for row in rows:
            self._put(entry, row)

    def _put(self, entry: int, row: int) -> None:
        addresses = self._pack.addresses
        number, end = addresses.texts("number")[row], addresses.texts("number_to")[row]
        if number is None:
            return
        first, last = leading_number(number), leading_number(end)
        if end is not None and first is not None and last is not None:
            parity = int(addresses.parity_code[row])
            self._draft.add_range(
                entry, first, last, parity if parity >= 0 else PARITIES.index("all"),
                int(addresses.edge_id[row]), int(addresses.side_code[row]),
            )  # fmt: skip
            return
        self._draft.add_house(
            entry, number, int(addresses.numbers("lon_e7")[row]),
            int(addresses.numbers("lat_e7")[row]), addresses.texts("label")[row] or "",
            addresses.texts("entrance")[row] or "",
        )  # fmt: skip


def _keys(text: str) -> list[str]:
    """The forms under which a street of an address is looked up, the strictest first."""
    tokens = name_tokens(text)
    bare = " ".join(token for token in tokens if not token.startswith(TYPE_MARK))
    return list(dict.fromkeys(key for key in (" ".join(tokens), f"={bare}" if bare else "") if key))


def _add_stones(draft: IndexDraft, pack: Pack) -> None:
    """Kilometre posts under the number and the name of their road."""
    places, edges = pack.places, pack.edges
    rows = np.flatnonzero(places.kind_code == PLACE_KINDS.index("milestone"))
    if not len(rows):
        return
    refs, attributes, names = places.refs, places.texts("attributes"), places.names()
    snapper = Snapper(edge_shapes(pack), np.ones(len(edges), dtype=bool))
    snaps = snapper.many(places.lonlat[rows])
    lon, lat = places.numbers("lon_e7"), places.numbers("lat_e7")
    columns = [edges.refs, *(edges.names(code) for code in ("", *NAME_LANGUAGES))]
    for i, row in enumerate(rows):
        km = _kilometre(attributes[row], names[row], refs[row])
        if km is None:
            continue
        roads = {refs[row]}
        if snaps.distance_m[i] <= _BESIDE_ROAD_M:
            roads |= {column[snaps.edge[i]] for column in columns}
        parts = (part for road in roads if road for part in str(road).split(";"))
        for road in sorted({"".join(fold(part)) for part in parts} - {""}):
            draft.add_stone(road, km, int(lon[row]), int(lat[row]))


def _kilometre(attributes: str | None, *texts: str | None) -> float | None:
    try:
        known = msgspec.json.decode(attributes or "{}", type=dict[str, str])
    except msgspec.DecodeError:
        known = {}
    said: Iterable[str | None] = (known.get("distance"), known.get("railway:position"), *texts)
    for text in said:
        if text and (match := _FIGURE.fullmatch(text.strip().removesuffix("km").strip())):
            return float(match[0].replace(",", "."))
    return None
