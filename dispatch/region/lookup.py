"""Entries of the index by the words of a query, scored.

Every row (one spelling of one entry) that holds what was asked for is scored, none is cut off
before: first roughly and all at once, then the best of them word by word.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dispatch.region.gazetteer_file import IndexFile
from dispatch.region.gazetteer_reader import Entry, Found, Reader
from dispatch.region.gazetteer_terms import OF_TYPE, Term, Terms
from dispatch.region.gazetteer_words import spans
from dispatch.region.name_tokens import Role, Token

Floats = NDArray[np.float32]

#: Rows scored word by word, and rows kept at all (twins in as many towns).
_CLOSELY, _ROWS = 160, 6_000
#: Words of a query that are looked at; the rest is a story.
_MOST_WORDS = 8
#: Rows that are sooner sorted than looked up.
_FEW = 5_000
#: With a hit as good as this nobody needs those with slips.
_GOOD = 0.9
#: How much of a score is how much of the name was said.
_COVERED = 0.22
_TYPE_SAID, _TYPE_OTHER, _TYPE_NONE = 0.03, 0.08, 0.02
_RANK = 0.001
_SMALL_WORD = 0.01
#: A word in so many times more rows than are looked at is looked for in those rows.
_SELECTIVE = 3
#: Nearness to the caller's circle only breaks near-ties.
_NEAR = 0.02
_KEPT = 512


@dataclass(frozen=True)
class Circle:
    """Where the caller may be: degrees and metres."""

    lon: float
    lat: float
    radius_m: float = 1_000.0


@dataclass(frozen=True)
class Hit:
    """An entry and how well it fits, 0..1; `alias` is the other name by which it was found."""

    entry: Entry
    score: float
    alias: str = ""


class Lookup:
    """Asks an index. It only reads: any number of threads may ask."""

    def __init__(self, file: IndexFile, reader: Reader) -> None:
        self._reader = reader
        self._terms = Terms(file, reader)
        self._words = self._terms.words
        self._aliases = file.texts("alias")
        self._row_entry, self._row_types = file.array("row.entry"), file.array("row.types")
        self._row_telling, self._row_alias = file.array("row.telling"), file.array("row.alias")
        self._held, self._held_at = file.array("word.held"), file.array("word.held.at")
        self._kept: OrderedDict[Any, Found] = OrderedDict()
        self._lock = threading.Lock()

    # -- searching -----------------------------------------------------------------------------

    def find(
        self,
        tokens: Sequence[Token],
        limit: int,
        *,
        streets_only: bool = False,
        near: Circle | None = None,
        slips: bool = True,
    ) -> list[Hit]:
        """The entries that fit best, the best first; one hit for each entry."""
        found = self.search(tokens, streets_only=streets_only, near=near, slips=slips)
        return [self.hit(found, i) for i in range(min(limit, len(found)))]

    def search(
        self,
        tokens: Sequence[Token],
        *,
        streets_only: bool = False,
        near: Circle | None = None,
        slips: bool = True,
    ) -> Found:
        """The same before the entries are read; `slips=False` takes words as they are."""
        tokens = tuple(tokens[:_MOST_WORDS])
        key = (tokens, streets_only, near, slips)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        found = self._search(tokens, streets_only, near, slips)
        with self._lock:
            self._kept[key] = found
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return found

    def knows(self, tokens: Sequence[Token]) -> bool:
        """Whether the longest word of a query begins any word of the index."""
        words = [t.text for t in tokens if t.role is Role.WORD]
        if not words:
            return False
        low, high = self._words.begun(max(words, key=len))
        return low < high

    def _search(
        self, tokens: Sequence[Token], streets_only: bool, near: Circle | None, slips: bool
    ) -> Found:
        needed = [t for t in tokens if t.role in (Role.WORD, Role.NUMBER)]
        if not needed:
            return _NOTHING
        noise = [t.text for t in tokens if t.role is Role.NOISE]
        if len(needed) > 1 and len(needed[-1].text) == 1 and needed[-1].text.isalpha():
            # One letter of the next word says nothing yet, and stands in half of all names.
            noise.append(needed.pop().text)
        query = _Query(
            types=self._terms.mask(t.text[1:] for t in tokens if t.role is Role.TYPE),
            noise=noise,
            streets_only=streets_only,
            near=near,
        )
        last = len(needed) - 1
        terms = [self._terms.term(token, last=i == last) for i, token in enumerate(needed)]
        found = self._scored(query, terms)
        if not len(found) or found.scores[0] < _GOOD:
            if slips:
                loose = [
                    self._terms.with_slips(token, terms[i], last=i == last)
                    for i, token in enumerate(needed)
                ]
                if any(len(a.names) > len(b.names) for a, b in zip(loose, terms, strict=True)):
                    found = _better(found, self._scored(query, loose))
                terms = loose
            if not len(found) and len(terms) > 1:
                found = self._apart_or_missing(query, needed, terms, slips)
        return found

    def _apart_or_missing(
        self, query: _Query, needed: list[Token], terms: list[Term], slips: bool
    ) -> Found:
        """Two words that are one in the name, else all words but one."""
        found = _NOTHING
        for i in range(len(needed) - 1):
            pair = needed[i].text + needed[i + 1].text
            if not pair.isdigit():
                one = self._terms.term(Token(pair, Role.WORD), last=True)
                found = _better(found, self._scored(query, [*terms[:i], one, *terms[i + 2 :]]))
        if not len(found) and slips:
            for left_out in range(len(terms)):
                some = terms[:left_out] + terms[left_out + 1 :]
                found = _better(found, self._scored(query, some, missing=1))
        return found

    # -- scoring -------------------------------------------------------------------------------

    def _scored(self, query: _Query, terms: list[Term], missing: int = 0) -> Found:
        """All entries in which each word is found, the best first."""
        rows = self._candidates(terms)
        if not len(rows):
            return _NOTHING
        if query.streets_only:
            rows = rows[self._reader.housed[self._reader.kind[self._row_entry[rows]]]]
        entries = self._row_entry[rows]
        total = np.zeros(len(rows), dtype=np.float32)
        said = np.zeros(len(rows), dtype=np.float32)
        whole = np.ones(len(rows), dtype=bool)
        for term in terms:
            worth = self._worth(term, rows)
            said += worth > 0
            if term.optional:
                np.maximum(worth, self._worth_beside(term, rows, entries), out=worth)
            whole &= worth > 0
            total += worth
        if said.any():
            whole &= said > 0
        if not whole.all():
            rows, entries, total, said = rows[whole], entries[whole], total[whole], said[whole]
        if not len(rows):
            return _NOTHING
        covered = np.minimum(1.0, said / self._row_telling[rows])
        covered[said == 0] = 1.0
        scores = total / (len(terms) + missing) * (1 - _COVERED + _COVERED * covered)
        scores += self._of_type(query.types, rows)
        return self._closely(query, terms, missing, rows, self._weighed(scores, entries, query))

    def _candidates(self, terms: list[Term]) -> NDArray[np.int32]:
        """Rows that may hold all words: those of the rarest that must be in the name."""
        needed = [term for term in terms if not term.optional]
        if needed:
            rarest = min(needed, key=lambda term: self._words.count_of(term.names))
            return self._once(self._words.rows_of(rarest.names)[0])
        rows = np.concatenate([self._words.rows_of(term.names)[0] for term in terms])
        if len(rows):
            return self._once(rows)
        # Nothing but a kind of place: all of that kind.
        codes = set(terms[0].kinds).intersection(*(term.kinds for term in terms))
        if not codes:
            return rows
        wanted = np.isin(self._reader.kind, list(codes))
        found_rows = np.flatnonzero(wanted[self._row_entry]).astype(np.int32)
        return found_rows

    def _once(self, rows: NDArray[np.int32]) -> NDArray[np.int32]:
        """Each row once, in order."""
        if len(rows) < _FEW:
            return np.unique(rows)
        held = np.zeros(len(self._row_entry), dtype=bool)
        held[rows] = True
        return np.flatnonzero(held).astype(np.int32)

    def _worth(self, term: Term, rows: NDArray[np.int32]) -> Floats:
        if _SELECTIVE * len(rows) < self._words.count_of(term.names):
            words, counts = self._held_by(rows)
            worths = self._words.worths(term.names, words)
            best = np.zeros(len(rows), dtype=np.float32)
            some = np.flatnonzero(counts)
            if len(some):
                starts = (np.cumsum(counts) - counts)[some]
                best[some] = np.maximum.reduceat(worths, starts)
            return best
        held, worth = self._words.rows_of(term.names)
        every = np.zeros(len(self._row_entry), dtype=np.float32)
        # A row may come twice: what stands later counts, and the best stand last.
        every[held] = worth
        found: Floats = every[rows]
        return found

    def _held_by(self, rows: NDArray[Any]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """The words of some rows, end to end, and how many each has."""
        begin = self._held_at[rows]
        counts = self._held_at[rows + 1] - begin
        return self._held[spans(begin, counts)], counts

    def _worth_beside(
        self, term: Term, rows: NDArray[np.int32], entries: NDArray[np.int32]
    ) -> Floats:
        """What a word is worth where it is said of the settlement, of the kind, or half of a
        kind of street."""
        worth = np.zeros(len(rows), dtype=np.float32)
        if term.around is not None:
            np.maximum(worth, term.around[self._reader.settlement[entries]], out=worth)
            np.maximum(worth, term.around[self._reader.district[entries]], out=worth)
        if term.types:
            fits = (self._row_types[rows] & np.uint64(term.types)) != 0
            np.maximum(worth, np.where(fits, np.float32(OF_TYPE), 0), out=worth)
        if term.kinds:
            of_kind = np.zeros(len(self._reader.kinds), dtype=np.float32)
            of_kind[list(term.kinds)] = list(term.kinds.values())
            np.maximum(worth, of_kind[self._reader.kind[entries]], out=worth)
        return worth

    def _of_type(self, types: int, rows: NDArray[np.int32]) -> Floats | float:
        if not types:
            return 0.0
        kinds = self._row_types[rows]
        other = np.where(kinds != 0, -_TYPE_OTHER, -_TYPE_NONE)
        found: Floats = np.where((kinds & np.uint64(types)) != 0, _TYPE_SAID, other).astype(
            np.float32
        )
        return found

    def _weighed(self, scores: Floats, entries: NDArray[np.int32], query: _Query) -> Floats:
        """Scores, with the weight of the kind and nearness as what breaks near-ties."""
        weighed = np.minimum(scores, 1.0) - _RANK * np.minimum(self._reader.rank[entries], 30)
        if query.near is not None:
            east = (self._reader.lon_e7[entries] * 1e-7 - query.near.lon) * np.cos(
                np.radians(query.near.lat)
            )
            north = self._reader.lat_e7[entries] * 1e-7 - query.near.lat
            radius_m = max(query.near.radius_m, 500.0)
            beyond = np.hypot(east, north) * 111_195.0 - self._reader.reach_m[entries] - radius_m
            weighed += _NEAR / (1 + np.maximum(beyond, 0.0) / (2 * radius_m))
        found: Floats = weighed.astype(np.float32)
        return found

    def _closely(
        self,
        query: _Query,
        terms: list[Term],
        missing: int,
        rows: NDArray[np.int32],
        rough: Floats,
    ) -> Found:
        """The best rows scored word by word, one for each entry; the others as they are."""
        if len(rows) > _ROWS:
            kept = np.argpartition(-rough, _ROWS)[:_ROWS]
            rows, rough = rows[kept], rough[kept]
        if len(rows) > _CLOSELY:
            cut = np.argpartition(-rough, _CLOSELY)
            close, rest = cut[:_CLOSELY], cut[_CLOSELY:]
        else:
            close, rest = np.arange(len(rows)), np.empty(0, dtype=np.int64)
        exact = rough.copy()
        exact[close] = self._scores(query, terms, missing, rows[close])
        exact[close] += self._weighed(
            np.zeros(len(close), np.float32), self._row_entry[rows[close]], query
        )
        if len(rest):
            # Looked at roughly, none may pass one looked at closely.
            exact[rest] = np.minimum(exact[rest], exact[close].min())
        order = np.lexsort((rows, -exact))
        entries = self._row_entry[rows[order]]
        _, first = np.unique(entries, return_index=True)
        kept = order[np.sort(first)]
        return Found(
            self._row_entry[rows[kept]].astype(np.int64),
            exact[kept],
            rows[kept].astype(np.int64),
        )

    def _scores(
        self, query: _Query, terms: list[Term], missing: int, rows: NDArray[np.int32]
    ) -> Floats:
        """How well rows fit: each word's worth, how much of the name was said, its kind.

        Each word of the name answers for one word of the query.
        """
        words, counts = self._held_by(rows)
        entries = self._row_entry[rows]
        of_words = [self._words.worths(term.names, words).tolist() for term in terms]
        beside = [
            self._worth_beside(term, rows, entries).tolist() if term.optional else None
            for term in terms
        ]
        scores = np.zeros(len(rows), dtype=np.float32)
        begin = 0
        for row, (count, telling) in enumerate(
            zip(counts.tolist(), self._row_telling[rows].tolist(), strict=True)
        ):
            taken: set[int] = set()
            total = 0.0
            for worths, aside in zip(of_words, beside, strict=True):
                best, at = 0.0, -1
                for i in range(begin, begin + count):
                    if worths[i] > best and i not in taken:
                        best, at = worths[i], i
                if aside is not None and best < OF_TYPE and aside[row] > best:
                    best, at = aside[row], -1
                total += best
                if at >= 0:
                    taken.add(at)
            covered = min(1.0, len(taken) / telling) if taken else 1.0
            scores[row] = total / (len(terms) + missing) * (1 - _COVERED + _COVERED * covered)
            begin += count
        scores += self._of_type(query.types, rows)
        for noise in query.noise:
            # A small word that the name has too ("Дом культуры").
            held = self._words.worths(self._words.exactly(noise), words)
            if held.any():
                owners = np.repeat(np.arange(len(rows)), counts)
                scores[np.unique(owners[held > 0])] += _SMALL_WORD
        found: Floats = np.minimum(scores, 1.0)
        return found

    # -- reading -------------------------------------------------------------------------------

    def hit(self, found: Found, at: int) -> Hit:
        """One of what was found."""
        alias = int(self._row_alias[found.rows[at]])
        return Hit(
            self._reader.entry(int(found.entries[at])),
            float(found.scores[at]),
            self._aliases[alias] if alias >= 0 else "",
        )


@dataclass(frozen=True)
class _Query:
    """What of a query is not a word of a name."""

    types: int
    noise: list[str]
    streets_only: bool
    near: Circle | None


_NOTHING = Found(np.empty(0, np.int64), np.empty(0, np.float32), np.empty(0, np.int64))


def _better(one: Found, other: Found) -> Found:
    """Both, each entry once with its better score."""
    if not len(one) or not len(other):
        return one if len(one) else other
    entries = np.concatenate([one.entries, other.entries])
    scores = np.concatenate([one.scores, other.scores])
    rows = np.concatenate([one.rows, other.rows])
    order = np.lexsort((rows, -scores))
    _, first = np.unique(entries[order], return_index=True)
    kept = order[np.sort(first)]
    return Found(entries[kept], scores[kept], rows[kept])
