"""Makes names in four languages: from plain words or made-up family names, by kind of street."""

from __future__ import annotations

import csv
from dataclasses import dataclass

import numpy as np

from dispatch.region.city.plan import stream
from dispatch.region.city.transliterate import cyrillic, hangul, latin, russian_genitive
from dispatch.resources import resource

LANGUAGES = ("en", "ru", "kk", "ko")


@dataclass(frozen=True, kw_only=True)
class Name:
    """One name in the four languages."""

    en: str
    ru: str
    kk: str
    ko: str

    def tags(self) -> dict[str, str]:
        """The name as OpenStreetMap tags; the local name is the English one."""
        return {
            "name": self.en,
            "name:en": self.en,
            "name:ru": self.ru,
            "name:kk": self.kk,
            "name:ko": self.ko,
        }


@dataclass(frozen=True, kw_only=True)
class Stem:
    """What a street is named after. `gendered` Russian forms are masculine, feminine, neuter."""

    en: str
    kk: str
    ko: str
    ru: tuple[str, str, str] | None
    ru_genitive: str


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of street: its word in each language and, in Russian, its gender (0 m, 1 f, 2 n)."""

    en: str
    ru: str
    gender: int
    kk: str
    ko: str


KINDS = {
    "avenue": Kind(en="Avenue", ru="проспект", gender=0, kk="даңғылы", ko="대로"),
    "boulevard": Kind(en="Boulevard", ru="бульвар", gender=0, kk="бульвары", ko="대로"),
    "road": Kind(en="Road", ru="улица", gender=1, kk="көшесі", ko="로"),
    "street": Kind(en="Street", ru="улица", gender=1, kk="көшесі", ko="로"),
    "lane": Kind(en="Lane", ru="переулок", gender=0, kk="бұрылысы", ko="길"),
    "close": Kind(en="Close", ru="тупик", gender=0, kk="тұйығы", ko="안길"),
    "embankment": Kind(en="Embankment", ru="набережная", gender=1, kk="жағалауы", ko="강변로"),
    "highway": Kind(en="Road", ru="шоссе", gender=2, kk="тас жолы", ko="가도"),
    "square": Kind(en="Square", ru="площадь", gender=1, kk="алаңы", ko="광장"),
    "park": Kind(en="Park", ru="парк", gender=0, kk="саябағы", ko="공원"),
}

_ENDINGS = {"ый": ("ый", "ая", "ое"), "ой": ("ой", "ая", "ое"), "ий": ("ий", "ая", "ое")}
_SOFT = ("ий", "яя", "ее")
_ONSETS = ("b", "d", "g", "h", "k", "l", "m", "n", "p", "r", "s", "t", "v", "sh")
_CLUSTERS = ("br", "dr", "gr", "kr", "tr", "st", "vr")
_INNER = ("d", "g", "l", "m", "n", "r", "s", "t", "v", "k", "ld", "rm", "nd", "rv", "lm", "nt")
_VOWELS = "aaeeiioou"
_ENDS = ("an", "in", "or", "ar", "en", "el", "ov", "as", "ir", "on", "al", "ard", "ent", "a")
# Spellings that read as a word nobody wants on a sign in one of the four languages.
_AVOID = ("shit", "nud", "tit", "nik", "kak", "sran", "hui", "suk", "pid", "gov", "mud", "bas",
          "hitl", "stalin", "lenin", "kim", "putin", "pis", "fag", "dik", "kot", "gas", "bib",
          "sis", "pop", "put", "kun", "seks", "sat", "hor", "hol", "zal", "sob", "zad")  # fmt: skip


def _russian(text: str) -> tuple[str, str, str]:
    root, ending = text.split("+")
    if ending == "ий" and root.endswith("н"):
        endings = _SOFT
    else:
        endings = _ENDINGS[ending]
    return (root + endings[0], root + endings[1], root + endings[2])


def word_stems() -> list[Stem]:
    """Stems from the list of plain words, in its order."""
    stems: list[Stem] = []
    with resource("city", "words.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            stems.append(
                Stem(en=row["en"], kk=row["kk"], ko=row["ko"], ru=_russian(row["ru"]),
                     ru_genitive="")
            )  # fmt: skip
    return stems


def spelled(spelling: str) -> Stem:
    """The stem of a made-up name by its phonetic spelling."""
    return Stem(en=latin(spelling), kk=cyrillic(spelling), ko=hangul(spelling), ru=None,
                ru_genitive=russian_genitive(cyrillic(spelling)))  # fmt: skip


def plain(spelling: str) -> Name:
    """A made-up name by itself, for a settlement."""
    return Name(en=latin(spelling), ru=cyrillic(spelling), kk=cyrillic(spelling),
                ko=hangul(spelling))  # fmt: skip


def made_up(rng: np.random.Generator, count: int) -> list[str]:
    """Different phonetic spellings that sound like family names of nowhere."""
    found: dict[str, None] = {}
    hangul_seen: set[str] = set()
    while len(found) < count:
        first = _CLUSTERS if rng.random() < 0.2 else _ONSETS
        text = first[int(rng.integers(len(first)))] + _VOWELS[int(rng.integers(len(_VOWELS)))]
        if rng.random() < 0.42:
            text += _INNER[int(rng.integers(10))] + _VOWELS[int(rng.integers(len(_VOWELS)))]
        text += _INNER[int(rng.integers(len(_INNER)))]
        text += _ENDS[int(rng.integers(len(_ENDS)))]
        if not 5 <= len(text) <= 9 or any(bad in text for bad in _AVOID):
            continue
        if hangul(text) in hangul_seen:
            continue
        hangul_seen.add(hangul(text))
        found[text] = None
    return list(found)


def street_name(stem: Stem, kind_id: str, number: int = 0) -> Name:
    """The name of a street: Birch Lane, Берёзовый переулок, Қайың бұрылысы, 자작나무길.

    With a number: 2nd Birch Lane, 2-й Берёзовый переулок, 2-Қайың бұрылысы, 자작나무2길.
    """
    kind = KINDS[kind_id]
    if stem.ru is not None:
        russian = f"{stem.ru[kind.gender]} {kind.ru}"
    else:
        russian = f"{kind.ru} {stem.ru_genitive}"
    if not number:
        return Name(en=f"{stem.en} {kind.en}", ru=russian, kk=f"{stem.kk} {kind.kk}",
                    ko=f"{stem.ko}{kind.ko}")  # fmt: skip
    ordinal = f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(number, 'th') }"
    ending = ("й", "я", "е")[kind.gender]
    return Name(en=f"{ordinal} {stem.en} {kind.en}", ru=f"{number}-{ending} {russian}",
                kk=f"{number}-{stem.kk} {kind.kk}", ko=f"{stem.ko}{number}{kind.ko}")  # fmt: skip


COUNTRY = 99
"""Stands for the open country where a settlement is asked for."""


class StreetNames:
    """Deals out names so that no name is given twice in one settlement.

    Plain words come first, made-up family names fill up. Settlements share the words, so that one
    name may stand in two of them ("twins"), as it does everywhere. Lanes that follow one another
    are numbered: 1st Birch Lane, 2nd Birch Lane.
    """

    _MIX = {"large": 45, "street": 820, "lane": 90}
    """How many made-up stems are shuffled among the words of the city's first deck."""

    def __init__(self, seed: int) -> None:
        self._rng = stream(seed, "names")
        self._made = made_up(self._rng, 3_600)
        self._words = word_stems()
        self._decks: dict[tuple[int, str], list[tuple[Stem, int]]] = {}
        self._given: set[tuple[int, str]] = set()

    def name(self, settlement: int, kind_id: str) -> Name:
        """The next name of a kind in a settlement (0 is the city)."""
        group = {"street": "street", "lane": "lane", "close": "lane"}.get(kind_id, "large")
        while True:
            deck = self._decks.get((settlement, group))
            if not deck:
                deck = self._decks[(settlement, group)] = self._deck(settlement, group)
            stem, number = deck.pop()
            name = street_name(stem, kind_id, number)
            if (settlement, name.en) not in self._given and (
                settlement,
                name.ko,
            ) not in self._given:
                self._given |= {(settlement, name.en), (settlement, name.ko)}
                return name

    def _deck(self, settlement: int, group: str) -> list[tuple[Stem, int]]:
        first = (settlement, group) not in self._decks
        take = self._MIX[group] if settlement == 0 else 25
        made = [(spelled(self._made.pop()), 0) for _ in range(take)]
        words = [w for i, w in enumerate(self._words) if (i % 3 == 0) == (group == "large")]
        if settlement:
            words = [words[int(i)] for i in self._rng.permutation(len(words))[:40]]
        stacks = [[m] for m in made]
        if settlement == COUNTRY:
            # A country road bears a name of its own: it is a twin of no street in a town.
            return [card for stack in stacks for card in stack]
        if first and group == "lane" and settlement == 0:
            # A word's lanes lie side by side: they are dealt one after the other.
            for word in words:
                count = 2 + int(self._rng.integers(4))
                stacks.append([(word, n) for n in range(count, 0, -1)])
        elif first:
            stacks += [[(word, 0)] for word in words]
        order = self._rng.permutation(len(stacks))
        return [card for i in order for card in stacks[int(i)]]
