"""A search index in the making: entries, their spellings, houses, crossings, stones of roads.

Columns grow as flat arrays, so that a million names stay well under a gigabyte.
"""

from __future__ import annotations

import re
import sys
from array import array
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dispatch.region.address_words import address_words
from dispatch.region.fold import fold, initials_of, words_of
from dispatch.region.gazetteer_file import text_arrays
from dispatch.region.gazetteer_words import VocabularyDraft
from dispatch.region.name_tokens import INITIALS_MARK, TYPE_MARK, name_tokens
from dispatch.region.numbers import leading_number
from dispatch.region.streets import NameRow

#: A range of house numbers wider than this is no building.
_WIDEST = 60
_SPAN = re.compile(r"^(\d{1,5})\D?-(\d{1,5})\D?$")
#: Names of one place are cut off here: a hostile pack may bring thousands.
_MOST_SPELLINGS = 40


def type_codes() -> dict[str, int]:
    """A bit for each kind of street."""
    return {kind: bit for bit, kind in enumerate(sorted(set(address_words().types.values())))}


@lru_cache(maxsize=50_000)
def house_key(number: str) -> str:
    """A house number in the common form: `12 А` -> `12a`, `12 корп. 3` -> `12k3`."""
    said = address_words().said
    short = {"block": "k", "structure": "s"}
    return "".join(short.get(said.get(word, ""), word) for word in fold(number))


#: Tables of a street's things: the street, then the rest; sorted by all.
_TABLES = {
    "house": ("street", "low", "high", "lon_e7", "lat_e7"),
    "range": ("street", "low", "high", "parity", "first", "last", "edge", "side"),
    "crossing": ("street", "other", "lon_e7", "lat_e7"),
}


class IndexDraft:
    """Takes everything in, then gives the arrays of the index file."""

    def __init__(self, around: Sequence[NameRow] = (("",) * 5,)) -> None:
        self._around = list(around)
        self._kinds: dict[str, int] = {}
        self._labels: list[list[str]] = [[], [], [], [], []]
        self._refs: list[str] = []
        self._columns: dict[str, array[Any]] = {
            name: array(code)
            for name, code in (
                ("kind", "B"), ("lon_e7", "i"), ("lat_e7", "i"), ("settlement", "i"),
                ("district", "i"), ("rank", "B"), ("reach_m", "f"),
            )
        }  # fmt: skip
        self._words = VocabularyDraft()
        self._row_entry, self._row_types = array("i"), array("Q")
        self._row_telling, self._row_alias = array("B"), array("i")
        self._aliases: list[str] = []
        self._bits = type_codes()
        self._tables = {name: [array("q") for _ in fields] for name, fields in _TABLES.items()}
        self._house_texts: tuple[list[str], list[str], list[str]] = ([], [], [])
        self._stones: list[tuple[str, float, int, int]] = []

    def __len__(self) -> int:
        return len(self._refs)

    def add(
        self, kind: str, labels: Sequence[str | None], lon_e7: int, lat_e7: int,
        spellings: Iterable[str], *, aliases: Iterable[str] = (), settlement: int = 0,
        district: int = 0, rank: int = 10, reach_m: float = 0.0, ref: str = "",
    ) -> int:  # fmt: skip
        """A street or place; its number. `labels` are local, en, ru, kk, ko.

        `spellings` are its own names, `aliases` those which are said beside its name when found
        by them.
        """
        number = len(self)
        local = next((label for label in labels if label), "")
        for column, label in zip(self._labels, (local, *labels[1:]), strict=True):
            column.append(label or "")
        self._refs.append(ref)
        values = (
            self._kinds.setdefault(kind, len(self._kinds)), lon_e7, lat_e7, settlement, district,
            min(rank, 255), reach_m,
        )  # fmt: skip
        for column_of, value in zip(self._columns.values(), values, strict=True):
            column_of.append(value)
        known: set[tuple[str, ...]] = set()
        for text in spellings:
            self._spell(number, text, known, alias=False)
        for text in aliases:
            self._spell(number, text, known, alias=True)
        return number

    def _spell(self, entry: int, text: str, known: set[tuple[str, ...]], *, alias: bool) -> None:
        tokens = name_tokens(text)
        key = tuple(tokens)
        if not tokens or key in known or len(known) >= _MOST_SPELLINGS:
            return
        known.add(key)
        words = [token for token in tokens if not token.startswith(TYPE_MARK)]
        mask = 0
        for token in tokens:
            if token.startswith(TYPE_MARK):
                mask |= 1 << self._bits[token[1:]]
        noise = address_words().noise
        telling = sum(1 for word in words if word not in noise)
        if not text.isascii():
            raw = words_of(text)
            words += [INITIALS_MARK + first for word in raw if len(first := initials_of(word)) > 1]
            if len(raw) > 1 and all(initials_of(word) for word in raw):
                # Written together or apart, as people please.
                self._spell(entry, "".join(raw), known, alias=alias)
        self._words.add(words)
        self._row_entry.append(entry)
        self._row_types.append(mask)
        self._row_telling.append(min(255, telling or len(tokens)))
        self._row_alias.append(len(self._aliases) if alias else -1)
        if alias:
            self._aliases.append(text)

    def add_house(
        self, entry: int, number: str, lon_e7: int, lat_e7: int, label: str = "", entrance: str = ""
    ) -> None:
        """A house of a street; `10-14` and `10;12` stand for several numbers."""
        for part in re.split(r"[;,]", number)[:20]:
            key, first = house_key(part), leading_number(part)
            if not key:
                continue
            low = high = first or 0
            if (span := _SPAN.match(key)) and 0 < int(span[2]) - int(span[1]) <= _WIDEST:
                high = int(span[2])
            shown = f"{part.strip()} {label}".strip()
            self._row("house", entry, low, high, lon_e7, lat_e7)
            for column, text in zip(self._house_texts, (key, shown, entrance), strict=True):
                column.append(sys.intern(text))

    def _row(self, table: str, *values: int) -> None:
        for column, value in zip(self._tables[table], values, strict=True):
            column.append(value)

    def add_range(
        self, entry: int, first: int, last: int, parity: int, edge: int, side: int
    ) -> None:
        """House numbers along one side of an edge."""
        low, high = min(first, last), max(first, last)
        self._row("range", entry, low, high, parity, first, last, edge, side)

    def add_crossing(self, a: int, b: int, lon: float, lat: float) -> None:
        """Where two streets meet (degrees)."""
        place = round(lon * 1e7), round(lat * 1e7)
        self._row("crossing", a, b, *place)
        self._row("crossing", b, a, *place)

    def add_stone(self, road: str, km: float, lon_e7: int, lat_e7: int) -> None:
        """A kilometre post of a road (a folded number or name, without blanks)."""
        self._stones.append((road, km, lon_e7, lat_e7))

    def place_of(self, entry: int) -> tuple[int, int, float]:
        """(lon_e7, lat_e7, reach_m) of an entry."""
        columns = self._columns
        return columns["lon_e7"][entry], columns["lat_e7"][entry], columns["reach_m"][entry]

    def arrays(self) -> tuple[dict[str, NDArray[Any]], dict[str, list[str]]]:
        """The arrays and lists of the finished index."""
        result: dict[str, NDArray[Any]] = {}
        for i, column in enumerate(self._labels):
            result |= text_arrays(f"label{i}", column)
        result |= text_arrays("ref", self._refs)
        result |= {f"entry.{name}": _numbers(column) for name, column in self._columns.items()}
        result |= {
            "row.entry": _numbers(self._row_entry),
            "row.types": _numbers(self._row_types),
            "row.telling": _numbers(self._row_telling),
            "row.alias": _numbers(self._row_alias),
        }
        result |= text_arrays("alias", self._aliases)
        result |= self._words.arrays("word")
        around = VocabularyDraft()
        for names in self._around:
            around.add(sorted({word for name in names for word in fold(name)}))
        result |= around.arrays("around")
        for i in range(5):
            result |= text_arrays(f"around{i}", [names[i] for names in self._around])
        result |= self._street_arrays()
        stones = sorted(self._stones)
        result |= text_arrays("stone.road", [stone[0] for stone in stones])
        for i, (name, kind) in enumerate((("km", "f8"), ("lon_e7", "i4"), ("lat_e7", "i4")), 1):
            result[f"stone.{name}"] = np.array([stone[i] for stone in stones], dtype=kind)
        return result, {"kinds": list(self._kinds)}

    def _street_arrays(self) -> dict[str, NDArray[Any]]:
        """Houses, ranges and crossings, each in order of its street."""
        result: dict[str, NDArray[Any]] = {}
        for table, fields in _TABLES.items():
            columns = [_numbers(column) for column in self._tables[table]]
            order = np.lexsort(columns[::-1])
            for name, column in zip(fields[1:], columns[1:], strict=True):
                kind = "i8" if name == "edge" else "i4"
                result[f"{table}.{name}"] = column[order].astype(kind)
            offsets = np.zeros(len(self) + 1, dtype=np.int64)
            np.cumsum(np.bincount(columns[0], minlength=len(self)), out=offsets[1:])
            result[f"{table}.at"] = offsets
            if table == "house":
                for name, texts in zip(
                    ("key", "shown", "entrance"), self._house_texts, strict=True
                ):
                    result |= text_arrays(f"house.{name}", [texts[i] for i in order.tolist()])
        return result


def _numbers(values: array[Any]) -> NDArray[Any]:
    return (
        np.frombuffer(values, dtype=values.typecode)
        if len(values)
        else np.empty(0, dtype=values.typecode)
    )
