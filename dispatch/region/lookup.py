"""Entries of the index by the tokens of a query, scored."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from dispatch.region.fold import distance_within, typo_budget
from dispatch.region.gazetteer_index import slips
from dispatch.region.name_tokens import TYPE_MARK, Role, Token
from dispatch.words import LANGUAGES

_ROWS = 300
_FUZZY = 12
#: With so many good hits nobody needs those with slips.
_ENOUGH = 4
_GOOD = 0.8
_STREET_KINDS = ("street", "neighbourhood", "quarter", "suburb")


@dataclass(frozen=True)
class Entry:
    """A street or place of the index; `labels` are local, en, ru, kk, ko."""

    entry_id: int
    kind: str
    labels: tuple[str | None, ...]
    lon_e7: int
    lat_e7: int
    settlement: str
    district: str
    rank: int
    reach_m: float

    def label(self, language: str) -> str:
        """The name in a language, else the local name."""
        own = self.labels[1 + LANGUAGES.index(language)] if language in LANGUAGES else None
        return own or self.labels[0] or ""


@dataclass(frozen=True)
class Hit:
    """An entry and how well it fits, 0..1."""

    entry: Entry
    score: float


class Lookup:
    """Asks the index. Not safe for threads by itself."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection
        self._alike: dict[str, list[tuple[str, float]]] = {}

    def find(self, tokens: Sequence[Token], limit: int, *, streets_only: bool = False) -> list[Hit]:
        """The entries that fit best, the best first; one hit for each entry."""
        needed = [t for t in tokens if t.role in (Role.WORD, Role.NUMBER)]
        if not needed:
            needed = [Token(t.other or t.text, Role.WORD, t.text) for t in tokens[:1]]
        if not needed:
            return []
        types = {t.text for t in tokens if t.role is Role.TYPE}
        options = [{text: 1.0 for text in (t.text, t.other) if text} for t in needed]
        best: dict[int, tuple[float, int]] = {}
        self._collect(best, needed, types, [_any_of(o) for o in options], options)
        self._collect(best, needed, types, [_prefixes(o) for o in options], options)
        if sum(1 for score, _ in best.values() if score >= _GOOD) < _ENOUGH:
            options = [self._with_slips(t, o) for t, o in zip(needed, options, strict=True)]
            parts = [f"({_prefixes(o)} OR {_any_of(o)})" for o in options]
            self._collect(best, needed, types, parts, options)
            if not best and len(needed) > 1:
                for left_out in range(len(parts)):
                    some = parts[:left_out] + parts[left_out + 1 :]
                    self._collect(best, needed, types, some, options)
        if not best:
            return []
        hits = self._hits(best, streets_only)
        return hits[:limit]

    def crossings(self, first: list[int], second: list[int]) -> list[tuple[int, int, int, int]]:
        """Where any of some streets meets any of others: (first, second, lon_e7, lat_e7)."""
        marks_a, marks_b = ",".join("?" * len(first)), ",".join("?" * len(second))
        found: list[tuple[int, int, int, int]] = self._db.execute(
            f"select a, b, lon_e7, lat_e7 from crossings where a in ({marks_a}) "
            f"and b in ({marks_b}) union select b, a, lon_e7, lat_e7 from crossings "
            f"where b in ({marks_a}) and a in ({marks_b})",
            [*first, *second, *first, *second],
        ).fetchall()
        return found

    def _collect(
        self,
        best: dict[int, tuple[float, int]],
        needed: Sequence[Token],
        types: set[str],
        parts: list[str],
        options: list[dict[str, float]],
    ) -> None:
        rows = self._db.execute(
            "select names.entry, names.name, entries.place, entries.rank from names_fts "
            "join names on names.id = names_fts.rowid join entries on entries.id = names.entry "
            f"where names_fts match ? order by names_fts.rowid limit {_ROWS}",
            (" AND ".join(parts),),
        )
        for entry, name, place, rank in rows:
            score = _score(options, types, name.split(), place.split())
            # Of alike matches the weightier kind leads, by a hair.
            score -= 0.001 * min(rank, 30)
            if score > best.get(entry, (-1.0, 0))[0]:
                best[entry] = (score, rank)

    def _hits(self, best: dict[int, tuple[float, int]], streets_only: bool) -> list[Hit]:
        ranked = sorted(best, key=lambda entry: (-best[entry][0], entry))[:_ROWS]
        marks = ",".join("?" * len(ranked))
        rows = self._db.execute(
            "select id, kind, label, label_en, label_ru, label_kk, label_ko, lon_e7, lat_e7, "
            f"settlement, district, rank, reach_m from entries where id in ({marks})",
            ranked,
        )
        entries = {
            row[0]: Entry(row[0], row[1], tuple(row[2:7]), *row[7:13])
            for row in rows
            if not streets_only or row[1] in _STREET_KINDS
        }
        return [Hit(entries[e], min(1.0, best[e][0])) for e in ranked if e in entries]

    def _with_slips(self, token: Token, options: dict[str, float]) -> dict[str, float]:
        result = dict(options)
        for text in options:
            for other, quality in self._like(text):
                result[other] = max(quality, result.get(other, 0.0))
        return result

    def _like(self, word: str) -> list[tuple[str, float]]:
        """Words of the index within the slips that a word may hold, with their worth."""
        if word in self._alike:
            return self._alike[word]
        budget = typo_budget(word)
        found: dict[str, float] = {}
        if budget:
            forms = sorted(slips(word))
            rows = self._db.execute(
                f"select distinct token from slips where form in ({','.join('?' * len(forms))})",
                forms,
            ).fetchall()
            if budget > 1:
                padded = f"__{word}_"
                grams = {padded[i : i + 3] for i in range(len(padded) - 2)}
                match = " OR ".join(f'"{gram}"' for gram in sorted(grams))
                rows += self._db.execute(
                    "select token from tokens_fts where form match ? order by rank limit 80",
                    (match,),
                ).fetchall()
            for (other,) in rows:
                edits = distance_within(word, other, budget)
                if edits is None and len(other) > len(word):
                    # Typed so far with a slip: compare with as much of the longer word.
                    edits = distance_within(word, other[: len(word)], budget)
                    edits = None if edits is None else edits + 1
                if edits:
                    found[other] = 0.92 - 0.09 * edits
        ranked = sorted(found.items(), key=lambda item: (-item[1], item[0]))[:_FUZZY]
        if len(self._alike) > 5_000:
            self._alike.clear()
        self._alike[word] = ranked
        return ranked


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _any_of(options: dict[str, float]) -> str:
    return "(" + " OR ".join(_quoted(text) for text in options) + ")"


def _prefixes(options: dict[str, float]) -> str:
    exact = [text for text, quality in options.items() if quality == 1.0]
    return "(" + " OR ".join(f"{_quoted(text)}*" for text in exact) + ")"


def _quality(options: dict[str, float], word: str) -> float:
    if word in options:
        return options[word]
    best = 0.0
    for text, worth in options.items():
        if worth == 1.0 and word.startswith(text):
            best = max(best, 0.84 + 0.14 * len(text) / len(word))
    return best


def _score(
    options: list[dict[str, float]], types: set[str], name: list[str], place: list[str]
) -> float:
    """How well a name fits: each word's worth, how much of the name was said, its kind.

    A word may be said of the place (settlement, district) instead of the name; at least one must
    be of the name.
    """
    words = [word for word in name if not word.startswith(TYPE_MARK)] or name
    taken: set[int] = set()
    total = 0.0
    for wanted in options:
        best, at = 0.0, -1
        for i, word in enumerate(words):
            if i in taken:
                continue
            worth = _quality(wanted, word)
            if worth > best:
                best, at = worth, i
        of_place = 0.8 * max((_quality(wanted, word) for word in place), default=0.0)
        if of_place > best:
            total += of_place
        else:
            total += best
            if at >= 0 and best > 0:
                taken.add(at)
    if not taken:
        return 0.0
    score = total / len(options) * (0.78 + 0.22 * len(taken) / len(words))
    kinds = {word for word in name if word.startswith(TYPE_MARK)}
    if types:
        score += 0.03 if types & kinds else -0.08 if kinds else -0.02
    return score
