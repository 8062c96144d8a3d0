"""Reads the entries of an index: streets and places, and where streets meet."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dispatch.region.gazetteer_entries import HOUSED
from dispatch.region.gazetteer_file import IndexFile
from dispatch.region.gazetteer_words import spans
from dispatch.words import LANGUAGES

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Entry:
    """A street or place of the index; `labels` are local, en, ru, kk, ko."""

    entry_id: int
    kind: str
    labels: tuple[str, ...]
    lon_e7: int
    lat_e7: int
    settlements: tuple[str, ...]
    districts: tuple[str, ...]
    rank: int
    reach_m: float
    ref: str

    def label(self, language: str) -> str:
        """The name in a language, else the local name."""
        return _in(self.labels, language)

    def settlement(self, language: str) -> str:
        """Its settlement in a language, "" where unknown."""
        return _in(self.settlements, language)

    def district(self, language: str) -> str:
        """Its district or quarter in a language, "" where unknown."""
        return _in(self.districts, language)


def _in(names: tuple[str, ...], language: str) -> str:
    own = names[1 + LANGUAGES.index(language)] if language in LANGUAGES else ""
    return own or names[0]


@dataclass(frozen=True)
class Found:
    """Entries and their scores, the best first, before anybody looks at their names."""

    entries: Ints
    scores: Floats
    rows: Ints

    def __len__(self) -> int:
        return len(self.entries)


class Reader:
    """The entries of an index. It only reads: any number of threads may ask."""

    def __init__(self, file: IndexFile) -> None:
        self.kinds = file.lists["kinds"]
        self.kind = file.array("entry.kind")
        self.lon_e7, self.lat_e7 = file.array("entry.lon_e7"), file.array("entry.lat_e7")
        self.settlement, self.district = (
            file.array("entry.settlement"), file.array("entry.district"),
        )  # fmt: skip
        self.rank, self.reach_m = file.array("entry.rank"), file.array("entry.reach_m")
        self.refs = file.texts("ref")
        self.housed = np.array([kind in HOUSED for kind in self.kinds], dtype=bool)
        self._labels = [file.texts(f"label{i}") for i in range(5)]
        columns = [file.texts(f"around{i}") for i in range(5)]
        self.around = [tuple(c[i] for c in columns) for i in range(len(columns[0]))]
        self._crossing_at = file.array("crossing.at")
        self._crossing = [file.array(f"crossing.{name}") for name in ("other", "lon_e7", "lat_e7")]

    def kind_codes(self, *kinds: str) -> list[int]:
        """The codes of kinds in this index."""
        return [self.kinds.index(kind) for kind in kinds if kind in self.kinds]

    def entry(self, number: int) -> Entry:
        """An entry by its number."""
        return Entry(
            number, self.kinds[self.kind[number]], tuple(c[number] for c in self._labels),
            int(self.lon_e7[number]), int(self.lat_e7[number]),
            self.around[self.settlement[number]], self.around[self.district[number]],
            int(self.rank[number]), float(self.reach_m[number]), self.refs[number],
        )  # fmt: skip

    def street_met(self, street: int, lon: float, lat: float) -> int:
        """Of the streets that a street meets the one met nearest to a point (degrees), or -1."""
        rows = slice(int(self._crossing_at[street]), int(self._crossing_at[street + 1]))
        other, lons, lats = (column[rows] for column in self._crossing)
        if not len(other):
            return -1
        away = np.hypot((lons * 1e-7 - lon) * np.cos(np.radians(lat)), lats * 1e-7 - lat)
        return int(other[int(away.argmin())])

    def crossings(self, first: Found, second: Found) -> list[tuple[int, int, int, int]]:
        """Where any of some streets meets any of others: positions in `first` and `second`, and
        the place (lon_e7, lat_e7)."""
        where = np.full(len(self.kind), -1, dtype=np.int32)
        where[second.entries] = np.arange(len(second), dtype=np.int32)
        begin = self._crossing_at[first.entries]
        counts = self._crossing_at[first.entries + 1] - begin
        rows = spans(begin, counts)
        other, lon, lat = self._crossing
        met = where[other[rows]]
        kept = np.flatnonzero(met >= 0)
        own = np.repeat(np.arange(len(first)), counts)[kept]
        return list(
            zip(own.tolist(), met[kept].tolist(), lon[rows[kept]].tolist(),
                lat[rows[kept]].tolist(), strict=True)
        )  # fmt: skip
