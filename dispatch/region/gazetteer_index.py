"""The search index of a pack: one SQLite file in the cache, made again whenever it is missing."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from dispatch.domain.message import Problem
from dispatch.region.fold import fold
from dispatch.region.name_tokens import TYPE_MARK, name_tokens
from dispatch.region.numbers import leading_number
from dispatch.region.pack import Pack
from dispatch.region.schema import EDGE_CLASSES, NAME_LANGUAGES, PARITIES, PLACE_KINDS
from dispatch.region.snapping import edge_shapes
from dispatch.region.streets import NameRow, Streets, Surroundings, find_crossings, find_streets
from dispatch.words import LANGUAGES, catalogue

#: Changes with everything that shapes the file or the words in it.
INDEX_VERSION = 4
_STREET_RANK = 0
_RAMP_RANK = 8
_RAMPS = [i for i, name in enumerate(EDGE_CLASSES) if name.endswith("_link")]
#: How much a kind matters when two names match alike; lower comes first.
_PLACE_RANKS = (
    ("city", 1), ("town", 2), ("village", 4), ("suburb", 3), ("hospital", 3), ("quarter", 4),
    ("fire_station", 4), ("ambulance_station", 4), ("police", 4), ("station", 4), ("airport", 4),
    ("stadium", 5), ("university", 5), ("hamlet", 5), ("neighbourhood", 5), ("hydrant", 30),
    ("milestone", 12), ("entrance", 20), ("gate", 20), ("bus_stop", 15), ("shop", 14),
    ("restaurant", 14), ("other", 16),
)  # fmt: skip
_ALIASES = ("alt_name", "loc_name", "short_name", "old_name", "official_name")
#: A half-made index older than this was left by a process that died.
_STALE_S = 3_600
_SCHEMA = """
create table around(id integer primary key, names text);
create table meta(key text primary key, value text) without rowid;
create table entries(
    id integer primary key, kind text, label text, label_en text, label_ru text, label_kk text,
    label_ko text, lon_e7 integer, lat_e7 integer, settlement integer, district integer,
    rank integer,
    reach_m real, key text, place text);
create index entries_key on entries(key);
create table names(id integer primary key, entry integer, name text);
create virtual table names_fts using fts5(
    name, place, content='', columnsize=0, prefix='2 3', tokenize="unicode61 tokenchars '~/⁄'");
create table houses(street integer, number text, figure integer, lon_e7 integer, lat_e7 integer,
    label text);
create table ranges(street integer, low integer, high integer, parity integer, first integer,
    last integer, edge integer, side integer);
create table crossings(a integer, b integer, lon_e7 integer, lat_e7 integer);
create table tokens(token text primary key, n integer) without rowid;
create table slips(form text, token text);
create virtual table tokens_fts using fts5(token, form, tokenize='trigram', columnsize=0);
"""
_INDEXES = """
create index houses_street on houses(street, figure);
create index ranges_street on ranges(street, low);
create index crossings_a on crossings(a, b);
create index crossings_b on crossings(b, a);
create index slips_form on slips(form);
"""


@dataclass
class _Entry:
    kind: str
    labels: tuple[str | None, ...]
    lon_e7: int
    lat_e7: int
    settlement: int
    district: int
    rank: int
    reach_m: float
    spellings: list[str]
    place: set[str] = field(default_factory=set)


def index_path(pack: Pack, cache_dir: Path) -> Path:
    """Where the index of a pack lies."""
    return Path(cache_dir) / f"gazetteer-{INDEX_VERSION}-{pack.hash[:32]}.sqlite"


def ensure_index(pack: Pack, cache_dir: Path) -> Path:
    """The index of a pack, made now where it is missing or unreadable.

    Raises `Problem("region.cache_unwritable")` naming the folder.
    """
    path = index_path(pack, cache_dir)
    if _is_sound(path):
        return path
    partial = path.with_suffix(f".{os.getpid()}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _sweep(path.parent)
        connection = sqlite3.connect(partial)
        try:
            _fill(connection, pack)
        finally:
            connection.close()
        os.replace(partial, path)
    except (OSError, sqlite3.Error) as error:
        with contextlib.suppress(OSError):
            partial.unlink()
        if _is_sound(path):
            # Another window made it meanwhile and holds it open.
            return path
        raise Problem("region.cache_unwritable", file=str(path.parent), what=str(error)) from error
    return path


def _sweep(folder: Path) -> None:
    """Indexes of earlier versions, and halves left behind, are nobody's."""
    for old in folder.glob("gazetteer-*"):
        with contextlib.suppress(OSError):
            ours = old.name.startswith(f"gazetteer-{INDEX_VERSION}-")
            stale = time.time() - old.stat().st_mtime > _STALE_S
            if not ours or (old.suffix == ".partial" and stale):
                old.unlink()


def _is_sound(path: Path) -> bool:
    if not path.is_file():
        return False
    try:
        connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
        try:
            found = connection.execute("select value from meta where key = 'done'").fetchone()
        finally:
            connection.close()
    except sqlite3.Error:
        return False
    return bool(found == ("yes",))


def _fill(connection: sqlite3.Connection, pack: Pack) -> None:
    connection.execute("pragma journal_mode = off")
    connection.execute("pragma synchronous = off")
    connection.executescript(_SCHEMA)
    connection.execute("begin")
    shapes = edge_shapes(pack)
    streets = find_streets(pack, shapes)
    around = Surroundings(pack)
    entries = _street_entries(pack, streets, around)
    groups = _address_groups(pack, streets, entries, around)
    entries += _place_entries(pack, around)
    _write_entries(connection, entries, around.names)
    _write_addresses(connection, pack, groups)
    crossings = find_crossings(pack, streets)
    connection.executemany(
        "insert into crossings values (?, ?, ?, ?)",
        ((a + 1, b + 1, round(lon * 1e7), round(lat * 1e7)) for a, b, lon, lat in crossings),
    )
    connection.executescript(_INDEXES)
    connection.execute("insert into meta values ('done', 'yes')")
    connection.commit()


def _street_entries(pack: Pack, streets: Streets, around: Surroundings) -> list[_Entry]:
    names = [pack.edges.names()] + [pack.edges.texts(f"name_{code}") for code in NAME_LANGUAGES]
    settlements = around.settlements(streets.lonlat)
    districts = around.districts(streets.lonlat)
    entries = []
    for i, edge in enumerate(streets.edge):
        labels = tuple(column[edge] for column in names)
        lon, lat = streets.lonlat[i]
        entries.append(
            _Entry(
                "street", labels, round(lon * 1e7), round(lat * 1e7), settlements[i], districts[i],
                _RAMP_RANK if streets.rank[i] in _RAMPS else _STREET_RANK,
                float(streets.reach_m[i]),
                [label for label in labels if label],
            )
        )  # fmt: skip
    return entries


def _place_entries(pack: Pack, around: Surroundings) -> list[_Entry]:
    places = pack.places
    columns = [places.names()] + [places.texts(f"name_{code}") for code in NAME_LANGUAGES]
    refs, kinds, attributes = places.refs, places.kind_code, places.texts("attributes")
    ranks = dict(_PLACE_RANKS)
    kind_words = {
        kind: [str(catalogue(code).get(f"region.kind.{kind}", "")) for code in LANGUAGES]
        for kind in PLACE_KINDS
    }
    rows = [
        row for row in range(len(places)) if any(c[row] for c in columns) or refs[row] is not None
    ]
    lonlat = places.lonlat[rows] if rows else np.empty((0, 2))
    settlements, districts = around.settlements(lonlat), around.districts(lonlat)
    lon, lat = places.numbers("lon_e7"), places.numbers("lat_e7")
    entries = []
    for i, row in enumerate(rows):
        kind = PLACE_KINDS[kinds[row]]
        labels = tuple(column[row] for column in columns)
        spellings = [label for label in labels if label] + _aliases(attributes[row])
        if refs[row]:
            # "Hydrant 12" is asked for by kind and number, in any language.
            digits = "".join(c for c in refs[row] if c.isdigit())
            for number in {refs[row], digits or refs[row]}:
                spellings += [f"{word} {number}" for word in kind_words[kind] if word]
            if not any(labels):
                said = (f"{word[:1].upper()}{word[1:]} {refs[row]}" for word in kind_words[kind])
                labels = (refs[row], *said)
        entries.append(
            _Entry(
                kind, labels, int(lon[row]), int(lat[row]),
                settlements[i], districts[i], ranks.get(kind, 10), 0.0, spellings,
            )
        )  # fmt: skip
    return entries


def _aliases(attributes: str | None) -> list[str]:
    """Other names that people use: kept with the place, not shown."""
    if attributes is None or "_name" not in attributes:
        return []
    try:
        known = msgspec.json.decode(attributes, type=dict[str, str])
    except msgspec.DecodeError:
        return []
    return [alias for key in _ALIASES for alias in known.get(key, "").split(";") if alias.strip()]


_Groups = dict[int, list[int]]


def _address_groups(
    pack: Pack, streets: Streets, entries: list[_Entry], around: Surroundings
) -> _Groups:
    """Address rows by entry; a street or micro-district that no road names becomes an entry."""
    addresses = pack.addresses
    if not len(addresses):
        return {}
    lonlat = addresses.lonlat
    by_name: dict[str, list[int]] = defaultdict(list)
    for i, entry in enumerate(entries):
        for spelling in {" ".join(name_tokens(text)) for text in entry.spellings}:
            by_name[spelling].append(i)
    edge_rows = np.searchsorted(pack.edges.edge_id, addresses.edge_id)
    edge_rows = np.minimum(edge_rows, len(pack.edges) - 1)
    on_edge = pack.edges.edge_id[edge_rows] == addresses.edge_id
    own_street = np.where(on_edge, streets.of_edge[edge_rows], -1)
    streets_text, districts_text = addresses.texts("street"), addresses.texts("district")
    groups: _Groups = defaultdict(list)
    orphans: dict[str, list[int]] = defaultdict(list)
    keys: dict[str, str] = {}
    for row in range(len(addresses)):
        if own_street[row] >= 0:
            groups[int(own_street[row])].append(row)
            continue
        text = streets_text[row] or districts_text[row]
        if text is None:
            continue
        key = keys.get(text)
        if key is None:
            key = keys[text] = " ".join(name_tokens(text))
        candidates = by_name.get(key, ())
        best = _nearest(entries, candidates, lonlat[row])
        if best is None:
            orphans[text].append(row)
        else:
            groups[best].append(row)
    for text in sorted(orphans):
        rows = orphans[text]
        middle = np.median(lonlat[rows], axis=0)[None, :]
        on_street = streets_text[rows[0]] is not None
        groups[len(entries)] = rows
        entries.append(
            _Entry(
                "street" if on_street else "neighbourhood", (text, None, None, None, None),
                round(middle[0, 0] * 1e7), round(middle[0, 1] * 1e7),
                around.settlements(middle)[0], around.districts(middle)[0], _STREET_RANK, 300.0,
                [text],
            )
        )  # fmt: skip
    return groups


def _nearest(entries: list[_Entry], candidates: Any, lonlat: NDArray[np.float64]) -> int | None:
    """The entry nearest to a point among those whose reach (and a little more) holds it."""
    best: tuple[float, int] | None = None
    for i in candidates:
        entry = entries[i]
        dx = (entry.lon_e7 * 1e-7 - lonlat[0]) * 111_195 * np.cos(np.radians(lonlat[1]))
        dy = (entry.lat_e7 * 1e-7 - lonlat[1]) * 111_195
        away = float(np.hypot(dx, dy)) - entry.reach_m
        if away < 1_000 and (best is None or away < best[0]):
            best = (away, i)
    return None if best is None else best[1]


def _write_entries(
    connection: sqlite3.Connection, entries: list[_Entry], around: list[NameRow]
) -> None:
    tokens: Counter[str] = Counter()
    places: dict[tuple[int, int], str] = {}
    connection.executemany(
        "insert into around values (?, ?)", ((i, "\x1f".join(row)) for i, row in enumerate(around))
    )
    names = []
    for number, entry in enumerate(entries, start=1):
        where = places.get((entry.settlement, entry.district))
        if where is None:
            told = [*around[entry.settlement], *around[entry.district]]
            where = " ".join(sorted({word for name in told for word in fold(name)}))
            places[entry.settlement, entry.district] = where
        local = next((label for label in entry.labels if label), "")
        connection.execute(
            "insert into entries values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                number, entry.kind, local, *entry.labels[1:], entry.lon_e7, entry.lat_e7,
                entry.settlement, entry.district, entry.rank, entry.reach_m,
                " ".join(sorted(name_tokens(local))), where,
            ),
        )  # fmt: skip
        for text in {" ".join(name_tokens(spelling)) for spelling in entry.spellings}:
            if text:
                names.append((entry.rank, number, text, where))
        tokens.update(where.split())
    # Rows in order of weight: a cut-off list of hits keeps those that matter.
    names.sort()
    for i, (_, number, text, where) in enumerate(names, start=1):
        connection.execute("insert into names values (?, ?, ?)", (i, number, text))
        connection.execute(
            "insert into names_fts(rowid, name, place) values (?, ?, ?)", (i, text, where)
        )
        tokens.update(text.split())
    telling = {t: n for t, n in tokens.items() if not t.startswith(TYPE_MARK)}
    connection.executemany("insert into tokens values (?, ?)", sorted(telling.items()))
    words = sorted(t for t in telling if len(t) >= 4 and not t[0].isdigit())
    connection.executemany(
        "insert into slips values (?, ?)",
        ((form, word) for word in words for form in sorted(slips(word))),
    )
    connection.executemany(
        "insert into tokens_fts(token, form) values (?, ?)",
        ((word, f"__{word}_") for word in words),
    )


def slips(word: str) -> set[str]:
    """The word itself and the word with one letter left out."""
    return {word} | {word[:i] + word[i + 1 :] for i in range(len(word))}


@lru_cache(maxsize=50_000)
def house_key(number: str) -> str:
    """A house number in the common form: `12 А` -> `12a`."""
    return "".join(fold(number))


def _write_addresses(connection: sqlite3.Connection, pack: Pack, groups: _Groups) -> None:
    addresses = pack.addresses
    if not len(addresses):
        return
    numbers, ends = addresses.texts("number"), addresses.texts("number_to")
    labels = addresses.texts("label")
    lon, lat = addresses.numbers("lon_e7"), addresses.numbers("lat_e7")
    edges, parities = addresses.edge_id, addresses.parity_code
    sides = addresses.side_code
    for entry in sorted(groups):
        street = entry + 1
        for row in groups[entry]:
            first, last = leading_number(numbers[row]), leading_number(ends[row])
            if ends[row] is not None and first is not None and last is not None:
                parity = int(parities[row]) if parities[row] >= 0 else PARITIES.index("all")
                low, high = min(first, last), max(first, last)
                connection.execute(
                    "insert into ranges values (?, ?, ?, ?, ?, ?, ?, ?)",
                    (street, low, high, parity, first, last, int(edges[row]), int(sides[row])),
                )
            elif numbers[row] is not None:
                connection.execute(
                    "insert into houses values (?, ?, ?, ?, ?, ?)",
                    (
                        street, house_key(numbers[row]), first or 0, int(lon[row]), int(lat[row]),
                        numbers[row] if labels[row] is None else f"{numbers[row]} {labels[row]}",
                    ),
                )  # fmt: skip
