"""Names in four languages: streets by class, settlements, districts, what stands out."""

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
_ONSETS = ("b", "d", "g", "h", "k", "l", "m", "n", "p", "r", "s", "t", "v", "z", "sh", "ch", "f")
_CLUSTERS = ("br", "dr", "gr", "kr", "tr", "st", "pr", "vr")
_VOWELS = "aeiou"
_CODAS = ("n", "l", "r", "m", "s", "k", "t", "")
_ENDS = (
    "an",
    "in",
    "or",
    "ar",
    "en",
    "el",
    "ov",
    "as",
    "ir",
    "un",
    "on",
    "ek",
    "al",
    "ost",
    "a",
    "o",
)
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
        syllables = 1 if rng.random() < 0.55 else 2
        text = ""
        for k in range(syllables):
            first = _CLUSTERS if k == 0 and rng.random() < 0.18 else _ONSETS
            text += first[int(rng.integers(len(first)))] + _VOWELS[int(rng.integers(5))]
            text += _CODAS[int(rng.integers(len(_CODAS)))] if rng.random() < 0.45 else ""
        text += _ONSETS[int(rng.integers(len(_ONSETS)))] if text[-1] in _VOWELS else ""
        if rng.random() < 0.5 and text[-1] in "nlr":
            text += ("d", "g", "m", "v", "k")[int(rng.integers(5))]
        text += _ENDS[int(rng.integers(len(_ENDS)))]
        if not 5 <= len(text) <= 9 or any(bad in text for bad in _AVOID):
            continue
        if any(text[i] == text[i + 1] for i in range(len(text) - 1)):
            continue
        if hangul(text) in hangul_seen:
            continue
        hangul_seen.add(hangul(text))
        found[text] = None
    return list(found)


def street_name(stem: Stem, kind_id: str) -> Name:
    """The name of a street, for example Birch Lane, Берёзовый переулок, Қайың бұрылысы, 자작나무길."""
    kind = KINDS[kind_id]
    if stem.ru is not None:
        adjective = stem.ru[kind.gender]
        russian = f"{adjective} {kind.ru}"
    else:
        russian = f"{kind.ru} {stem.ru_genitive}"
    return Name(en=f"{stem.en} {kind.en}", ru=russian, kk=f"{stem.kk} {kind.kk}",
                ko=f"{stem.ko}{kind.ko}")  # fmt: skip


class StreetNames:
    """Deals out names so that no name is given twice in one settlement.

    Each settlement has its own deck of made-up stems but they share the plain words, so that the same
    name may stand in two settlements ("twins"), as it does everywhere.
    """

    def __init__(self, seed: int) -> None:
        self._rng = stream(seed, "names")
        self._made = made_up(self._rng, 2_600)
        self._next = 0
        self._decks: dict[tuple[int, str], list[Stem]] = {}

    def name(self, settlement: int, kind_id: str) -> Name:
        """The next name of a kind in a settlement (0 is the city)."""
        group = "large" if kind_id in ("avenue", "boulevard", "road", "highway") else "small"
        key = (settlement, "embankment" if kind_id == "embankment" else group)
        deck = self._decks.get(key)
        if not deck:
            deck = self._deck(settlement, group)
            self._decks[key] = deck
        return street_name(deck.pop(), kind_id)

    def _deck(self, settlement: int, group: str) -> list[Stem]:
        words = word_stems()
        # The larger streets of the city take every third word, the lesser ones the others.
        words = [w for i, w in enumerate(words) if (i % 3 == 0) == (group == "large")]
        first_round = (settlement, group) not in self._decks
        take = (
            (60 if group == "large" else 560)
            if settlement == 0
            else (12 if group == "large" else 45)
        )
        made = [spelled(s) for s in self._made[self._next : self._next + take]]
        self._next += take
        stems = made + (words if first_round else [])
        order = self._rng.permutation(len(stems))
        return [stems[int(i)] for i in order]


CITY = plain("tarvelin")
LAKE = Name(en="Lake Saruen", ru="озеро Саруэн", kk="Саруэн көлі", ko="사루엔호")
RIVER = Name(en="Tarva", ru="Тарва", kk="Тарва", ko="타르바강")
ISLAND = Name(en="Mint Island", ru="Монетный остров", kk="Теңге аралы", ko="조폐섬")
CREEKS = (
    Name(en="Mill Brook", ru="Мельничный ручей", kk="Диірмен бұлағы", ko="물레방아천"),
    Name(en="Heron Brook", ru="Цаплин ручей", kk="Құтан бұлағы", ko="왜가리천"),
)
RING_ROAD = Name(en="Ring Motorway", ru="Кольцевая автомагистраль", kk="Айналма автомагистралі",
                 ko="순환고속도로")  # fmt: skip
EAST_ROAD = Name(en="Eastern Motorway", ru="Восточная автомагистраль",
                 kk="Шығыс автомагистралі", ko="동부고속도로")  # fmt: skip
SOUTH_ROAD = Name(en="Southern Motorway", ru="Южная автомагистраль",
                  kk="Оңтүстік автомагистралі", ko="남부고속도로")  # fmt: skip
LAKE_ROAD = Name(en="Lakeshore Drive", ru="Приозёрное шоссе", kk="Көл жағалауы тас жолы",
                 ko="호반대로")  # fmt: skip
TUNNEL = Name(en="Estuary Tunnel", ru="Устьевой тоннель", kk="Сағалық тоннелі", ko="하구터널")
BRIDGES = (
    Name(en="Old Bridge", ru="Старый мост", kk="Ескі көпір", ko="옛다리"),
    Name(en="Upper Bridge", ru="Верхний мост", kk="Жоғарғы көпір", ko="윗다리"),
    Name(en="Ring Bridge", ru="Кольцевой мост", kk="Айналма көпірі", ko="순환대교"),
)
SATELLITES = tuple(
    plain(s) for s in ("orvana", "selkin", "tambrel", "vishtor", "kestal", "podrin", "gremal")
)

DISTRICTS = (
    (8_350.0, 11_050.0, Name(en="Old Town", ru="Старый город", kk="Ескі қала", ko="구시가")),
    (9_800.0, 10_100.0, Name(en="Mint Island", ru="Монетный остров", kk="Теңге аралы", ko="조폐섬")),
    (6_700.0, 12_900.0, Name(en="Lakeside", ru="Приозёрный", kk="Көл жағасы", ko="호반동")),
    (6_900.0, 15_000.0, Name(en="Westgate", ru="Западные Ворота", kk="Батыс қақпа", ko="서문동")),
    (8_900.0, 13_500.0, Name(en="College Hill", ru="Университетский", kk="Университет", ko="대학동")),
    (9_700.0, 15_600.0, Name(en="Northfield", ru="Северное поле", kk="Солтүстік алаң", ko="북들동")),
    (12_200.0, 14_900.0, Name(en="Orchards", ru="Сады", kk="Бақтар", ko="과수원동")),
    (11_300.0, 12_400.0, Name(en="Castle Hill", ru="Замковая гора", kk="Қамал төбе", ko="성산동")),
    (13_900.0, 12_600.0, Name(en="Riverside", ru="Заречье", kk="Өзен жағасы", ko="강변동")),
    (12_200.0, 10_200.0, Name(en="New Town", ru="Новый город", kk="Жаңа қала", ko="신시가")),
    (10_400.0, 8_900.0, Name(en="Station", ru="Привокзальный", kk="Вокзал маңы", ko="역전동")),
    (14_300.0, 8_900.0, Name(en="Depot", ru="Депо", kk="Депо", ko="차고동")),
    (7_600.0, 8_000.0, Name(en="Harbour", ru="Портовый", kk="Порт", ko="항구동")),
    (7_400.0, 5_700.0, Name(en="Southshore", ru="Южный берег", kk="Оңтүстік жаға", ko="남호동")),
    (10_200.0, 6_000.0, Name(en="Mills", ru="Мельницы", kk="Диірмендер", ko="물레방아동")),
    (13_000.0, 6_700.0, Name(en="Circus", ru="Круглый", kk="Дөңгелек", ko="원형동")),
    (11_500.0, 3_800.0, Name(en="Southgate", ru="Южные Ворота", kk="Оңтүстік қақпа", ko="남문동")),
    (17_000.0, 10_900.0, Name(en="Eastfield", ru="Восточное поле", kk="Шығыс алаң", ko="동들동")),
)  # fmt: skip
