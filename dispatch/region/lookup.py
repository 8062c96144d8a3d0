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
    settlements: tuple[str, ...]
    districts: tuple[str, ...]
    rank: int
    reach_m: float

    def label(self, language: str) -> str:
        """The name in a language, else the local name."""
        return _in(self.labels, language)

    def settlement(self, language: str) -> str:
        """Its settlement in a language, "" where unknown."""
        return _in(self.settlements, language)

    def district(self, language: str) -> str:
        """Its district or quarter in a language, "" where unknown."""
        return _in(self.districts, language)


def _in(names: tuple[str | None, ...], language: str) -> str:
    own = names[1 + LANGUAGES.index(language)] if language in LANGUAGES else None
    return own or names[0] or ""


@dataclass(frozen=True)
class Hit:
    """An entry and how well it fits, 0..1."""

    entry: Entry
    score: float


class Lookup:
    """Asks the index. Not safe for threads by itself."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection
        self._around = [
            tuple(str(names).split("\x1f"))
            for (names,) in connection.execute("select names from around order by id")
        ]
        self._alike: dict[str, list[tuple[str, float]]] = {}

    def find(self, tokens: Sequence[Token], limit: int, *, streets_only: bool = False) -> list[Hit]:
        """The entries that fit best, the best first; one hit for each entry."""
        needed = [t for t in tokens if t.role in (Role.WORD, Role.NUMBER)]
        if not needed:
            needed = [Token(t.other or t.text, Role.WORD, t.text) for t in tokens[:1]]
        if not needed:
            return []
        types = {t.text for t in tokens if t.role is Role.TYPE}
        wanted = [_Wanted({text: 1.0 for text in (t.text, t.other) if text}) for t in needed]
        found = _Found()
        self._collect(found, types, [w.exactly() for w in wanted], wanted)
        self._collect(found, types, [w.begun() for w in wanted], wanted)
        if sum(1 for score in found.best.values() if score >= _GOOD) < _ENOUGH:
            wanted = [_Wanted(self._with_slips(w.options)) for w in wanted]
            parts = [f"({w.begun()} OR {w.exactly()})" for w in wanted]
            self._collect(found, types, parts, wanted)
            if not found.best and len(needed) > 1:
                for left_out in range(len(parts)):
                    some = parts[:left_out] + parts[left_out + 1 :]
                    self._collect(found, types, some, wanted)
        return self._hits(found.best, limit, streets_only) if found.best else []

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
        self, found: _Found, types: set[str], parts: list[str], wanted: list[_Wanted]
    ) -> None:
        rows = self._db.execute(
            "select names.id, names.entry, names.name, entries.place, entries.rank from names_fts "
            "join names on names.id = names_fts.rowid join entries on entries.id = names.entry "
            f"where names_fts match ? order by names_fts.rowid limit {_ROWS}",
            # At least one word must be of the name: a town's own name stands beside every street.
            (f"({' AND '.join(parts)}) AND name : ({' OR '.join(parts)})",),
        )
        for name_id, entry, name, place, rank in rows:
            if name_id in found.seen:
                continue
            found.seen.add(name_id)
            score = _score(wanted, types, name.split(), place.split())
            # Of alike matches the weightier kind leads, by a hair.
            score -= 0.001 * min(rank, 30)
            if score > found.best.get(entry, -1.0):
                found.best[entry] = score

    def _hits(self, best: dict[int, float], limit: int, streets_only: bool) -> list[Hit]:
        ranked = sorted(best, key=lambda entry: (-best[entry], entry))
        if not streets_only:
            ranked = ranked[:limit]
        marks = ",".join("?" * len(ranked))
        kinds = ",".join(f"'{kind}'" for kind in _STREET_KINDS)
        only = f" and kind in ({kinds})" if streets_only else ""
        rows = self._db.execute(
            "select id, kind, label, label_en, label_ru, label_kk, label_ko, lon_e7, lat_e7, "
            f"settlement, district, rank, reach_m from entries where id in ({marks}){only}",
            ranked,
        )
        around = self._around
        entries = {
            row[0]: Entry(
                row[0], row[1], tuple(row[2:7]), row[7], row[8], around[row[9]], around[row[10]],
                row[11], row[12],
            )
            for row in rows
        }  # fmt: skip
        chosen = [entry for entry in ranked if entry in entries][:limit]
        return [Hit(entries[entry], min(1.0, best[entry])) for entry in chosen]

    def _with_slips(self, options: dict[str, float]) -> dict[str, float]:
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


class _Found:
    """Scores by entry, and the names that were already looked at."""

    def __init__(self) -> None:
        self.best: dict[int, float] = {}
        self.seen: set[int] = set()


class _Wanted:
    """What one word of the query may be in the index, with what each is worth."""

    def __init__(self, options: dict[str, float]) -> None:
        self.options = options
        self._whole = tuple(text for text, worth in options.items() if worth == 1.0)
        self._known: dict[str, float] = dict(options)

    def exactly(self) -> str:
        """The expression that finds any of the words."""
        return "(" + " OR ".join(_quoted(text) for text in self.options) + ")"

    def begun(self) -> str:
        """The expression that finds words beginning with what was typed."""
        return "(" + " OR ".join(f"{_quoted(text)}*" for text in self._whole) + ")"

    def worth(self, word: str) -> float:
        """What a word of a name is worth for this word of the query, 0..1."""
        known = self._known.get(word)
        if known is None:
            known = 0.0
            for text in self._whole:
                if word.startswith(text):
                    known = max(known, 0.84 + 0.14 * len(text) / len(word))
            self._known[word] = known
        return known


def _score(wanted: list[_Wanted], types: set[str], name: list[str], place: list[str]) -> float:
    """How well a name fits: each word's worth, how much of the name was said, its kind.

    A word may be said of the place (settlement, district) instead of the name; at least one must
    be of the name.
    """
    words = [word for word in name if not word.startswith(TYPE_MARK)] or name
    taken: set[int] = set()
    total = 0.0
    for one in wanted:
        best, at = 0.0, -1
        for i, word in enumerate(words):
            worth = one.worth(word)
            if worth > best and i not in taken:
                best, at = worth, i
        if best < 0.8:
            for word in place:
                worth = 0.8 * one.worth(word)
                if worth > best:
                    best, at = worth, -1
        total += best
        if at >= 0:
            taken.add(at)
    if not taken:
        return 0.0
    score = total / len(wanted) * (0.78 + 0.22 * len(taken) / len(words))
    if types:
        kinds = {word for word in name if word.startswith(TYPE_MARK)}
        score += 0.03 if types & kinds else -0.08 if kinds else -0.02
    return score
