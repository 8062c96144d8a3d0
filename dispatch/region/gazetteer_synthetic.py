"""A made-up country to search in, the same from the same seed: the load of `vigil bench gazetteer`.

Streets, micro-districts and places in four scripts over some thousand settlements, most names
found once, some in many towns, with houses and crossings; and the queries that a call-taker would
type for them.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

from dispatch.region.gazetteer_draft import IndexDraft
from dispatch.region.schema import words

_BEGIN = words("b v g d zh z k l m n p r s t sh ch br kr st tr gr vl dr")
_MIDDLE = words("a e i o u ai ia ei")
_END = words("n r l v m k s t d rn nt lk rd st nk")
_TO_RUSSIAN = dict(
    pair.split("=")
    for pair in words(
        "zh=ж sh=ш ch=ч ia=я a=а b=б v=в g=г d=д e=е z=з i=и k=к l=л m=м n=н o=о p=п r=р s=с t=т "
        "u=у"
    )
)
_TO_KAZAKH = {"g": "ғ", "k": "қ", "u": "ұ", "o": "ө"}
_INITIALS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
_HANGUL = [chr(0xAC00 + (i * 588 + v * 28 + f)) for i in (0, 2, 3, 5, 6, 7, 9, 11, 12, 14, 16, 18)
           for v in (0, 4, 8, 13, 18, 20) for f in (0, 4, 8, 16, 21)]  # fmt: skip
_RUSSIAN_TYPES = (("улица", "ул"), ("проспект", "пр"), ("переулок", "пер"), ("проезд", "пр-д"))
_KAZAKH_TYPES = (("көшесі", "көш"), ("даңғылы", "даң"), ("тұйығы", ""))
_ENGLISH_TYPES = (
    ("Street", "St"),
    ("Avenue", "Ave"),
    ("Road", "Rd"),
    ("Lane", "Ln"),
    ("Drive", "Dr"),
)
_KOREAN_TYPES = ("로", "길", "대로")
_RUSSIAN_PLACES = ("школа", "аптека", "больница", "магазин", "детский сад", "поликлиника")
_ENGLISH_PLACES = ("School", "Pharmacy", "Hospital", "Market", "Church", "Hotel")
#: Of a hundred names: Russian, Kazakh, English, Korean.
_SCRIPTS = ("ru",) * 34 + ("kk",) * 22 + ("en",) * 28 + ("ko",) * 16
#: Every so many-th name stands in another town too.
_TWIN_EVERY = 7
_HOUSES_EVERY = 20


@dataclass(frozen=True)
class Name:
    """A made-up name; `short` is how people abbreviate it, `kind` its kind in the index."""

    label: str
    short: str
    kind: str
    language: str
    settlement: int
    lon_e7: int
    lat_e7: int


@dataclass(frozen=True)
class Query:
    """What is typed, of which sort, and the label that is wanted ("" where nothing is)."""

    text: str
    sort: str
    wanted: str


class Country:
    """Names by their number, from a seed."""

    def __init__(self, count: int, seed: int = 1) -> None:
        self.count = count
        self._random = random.Random(seed)
        pick = self._random
        stems = {self._stem(pick) for _ in range(40_000)}
        self._stems = sorted(stems)
        pick.shuffle(self._stems)
        self._hangul = sorted({self._syllables(pick) for _ in range(30_000)})
        pick.shuffle(self._hangul)
        self.towns = self._some_towns(max(20, min(3_000, count // 300)))

    def _stem(self, pick: random.Random) -> str:
        parts = pick.choice((1, 2, 2, 2, 3))
        middle = "".join(pick.choice(_BEGIN) + pick.choice(_MIDDLE) for _ in range(parts))
        return middle + pick.choice(_BEGIN) + pick.choice(_MIDDLE) + pick.choice(_END)

    def _syllables(self, pick: random.Random) -> str:
        return "".join(pick.choice(_HANGUL) for _ in range(pick.choice((2, 2, 3, 3, 4))))

    def _some_towns(self, count: int) -> list[tuple[str, str, str, str, str]]:
        towns = []
        for i in range(count):
            stem = self._stems[-1 - i]
            russian = _russian(stem).capitalize() + "ск"
            latin = stem.capitalize() + "sk"
            towns.append((russian, latin, russian, russian, self._hangul[-1 - i] + "시"))
        return towns

    def names(self) -> Iterator[Name]:
        """All names, in order; each label once, then some of them again in another town."""
        pick = random.Random(self.count)
        known: set[str] = set()
        made = 0
        while made < self.count:
            name = self._name(pick, made)
            if name.label in known:
                continue
            known.add(name.label)
            made += 1
            yield name

    def _name(self, pick: random.Random, number: int) -> Name:
        language = pick.choice(_SCRIPTS)
        town = pick.randrange(len(self.towns))
        lon = 740_000_000 + (town % 60) * 900_000 + pick.randrange(300_000)
        lat = 430_000_000 + (town // 60) * 900_000 + pick.randrange(300_000)
        kind, label, short = self._label(pick, language)
        return Name(label, short, kind, language, town, lon, lat)

    def _label(self, pick: random.Random, language: str) -> tuple[str, str, str]:
        stem, other = pick.choice(self._stems), pick.choice(self._stems)
        sort = pick.random()
        if language == "ko":
            word = pick.choice(self._hangul)
            if sort < 0.2:
                return "street", (label := f"{word}로{pick.randrange(2, 99)}길"), label
            if sort < 0.75:
                return "street", (label := word + pick.choice(_KOREAN_TYPES)), label
            return "school", (label := f"{word}{pick.choice(self._hangul)} 학교"), label
        if language == "en":
            if sort < 0.72:
                long, short = pick.choice(_ENGLISH_TYPES)
                name = stem.capitalize() if sort < 0.4 else f"{stem} {other}".title()
                return "street", f"{name} {long}", f"{name} {short}"
            return "shop", (label := f"{stem.capitalize()} {pick.choice(_ENGLISH_PLACES)}"), label
        if language == "kk":
            name = _kazakh(stem).capitalize()
            if sort < 0.8:
                long, short = pick.choice(_KAZAKH_TYPES)
                name = name if sort < 0.4 else f"{_kazakh(other).capitalize()} {name}"
                return "street", f"{name} {long}", f"{name} {short}".strip()
            return "quarter", f"{name}-{pick.randrange(1, 13)} шағынауданы", f"{name}-мкр"
        name = _russian(stem).capitalize()
        if sort < 0.72:
            long, short = pick.choice(_RUSSIAN_TYPES)
            name = f"{name}а" if sort < 0.4 else f"{_russian(other).capitalize()}а {name}ова"
            return "street", f"{long} {name}", f"{short} {name}"
        if sort < 0.8:
            return "quarter", f"{name}-{pick.randrange(1, 13)}", f"{name}-мкр"
        label = f"{pick.choice(_RUSSIAN_PLACES)} {name}ец № {pick.randrange(1, 300)}"
        return "shop", label, label

    def fill(self, draft: IndexDraft) -> None:
        """Put everything into a draft made with `self.around()`."""
        pick = random.Random(self.count + 1)
        streets: dict[int, list[int]] = {}
        for i, name in enumerate(self.names()):
            entry = self._add(draft, name, name.settlement)
            if i % _TWIN_EVERY == 0:
                self._add(draft, name, pick.randrange(len(self.towns)))
            if name.kind != "street":
                continue
            if i % _HOUSES_EVERY == 0:
                for number in range(1, 25):
                    draft.add_house(
                        entry, str(number), name.lon_e7 + number * 3_000, name.lat_e7 + number % 2
                    )
            here = streets.setdefault(name.settlement, [])
            for other in here[-2:]:
                draft.add_crossing(other, entry, name.lon_e7 * 1e-7, name.lat_e7 * 1e-7)
            here.append(entry)

    def _add(self, draft: IndexDraft, name: Name, town: int) -> int:
        east = (town % 60 - name.settlement % 60) * 900_000
        north = (town // 60 - name.settlement // 60) * 900_000
        return draft.add(
            name.kind, (name.label, None, None, None, None), name.lon_e7 + east,
            name.lat_e7 + north,
            [name.label], settlement=1 + town, rank=0 if name.kind == "street" else 10,
            reach_m=400.0,
        )  # fmt: skip

    def around(self) -> list[tuple[str, ...]]:
        """The settlements, as a draft wants them."""
        return [("",) * 5, *self.towns]

    # -- queries -------------------------------------------------------------------------------

    def queries(self, count: int) -> Iterator[Query]:
        """What callers would say of some of the names; equal parts of each sort."""
        pick = random.Random(self.count + 2)
        every = max(1, self.count // max(1, count // 9))
        before: dict[int, Name] = {}
        for i, name in enumerate(self.names()):
            if i % every == 0:
                yield from self._of(pick, name, before.get(name.settlement), i)
            if name.kind == "street":
                before[name.settlement] = name

    def _of(
        self, pick: random.Random, name: Name, met: Name | None, number: int
    ) -> Iterator[Query]:
        label = name.label
        yield Query(label, "whole", label)
        for end in range(2, len(label), 1):
            yield Query(label[:end], "prefix", "")
        yield Query(_slip(pick, label), "slip", label)
        yield Query(" ".join(reversed(label.split())), "order", label)
        yield Query(name.short.lower(), "short", label if not name.short.endswith("мкр") else "")
        town = self.towns[name.settlement][0]
        yield Query(f"{label} {town}".lower(), "town", label)
        if name.language in ("ru", "kk"):
            yield Query(_latin(label), "script", label)
            yield Query(_on_latin_keys(label), "layout", label)
        if name.language == "ko":
            yield Query("".join(_initial(c) for c in label.split()[0]), "initials", "")
            yield Query(label[:-1] + _initial(label[-1]), "hangul", label)
        if name.kind == "street" and number % _HOUSES_EVERY == 0:
            yield Query(f"{label} {pick.randrange(1, 25)}", "house", label)
        if met is not None and name.kind == "street":
            yield Query(f"{name.short} / {met.short}", "crossing", f"{label}|{met.label}")
            if name.language == met.language:
                yield Query(f"{name.short} {met.short}", "unsaid", "")
        yield Query("".join(reversed(label)).lower(), "miss", "")


def _russian(stem: str) -> str:
    for latin, letter in _TO_RUSSIAN.items():
        stem = stem.replace(latin, letter)
    return stem


def _kazakh(stem: str) -> str:
    for latin, letter in _TO_KAZAKH.items():
        stem = stem.replace(latin, letter)
    return _russian(stem)


_FROM_CYRILLIC = {letter: latin for latin, letter in _TO_RUSSIAN.items()} | {
    "ғ": "g", "қ": "k", "ұ": "u", "ө": "o", "ц": "ts", "й": "y", "ы": "y", "х": "kh", "ң": "n",
    "і": "i", "ә": "a", "ү": "u", "ё": "e", "щ": "shch", "ь": "", "ю": "yu", "э": "e", "ф": "f",
}  # fmt: skip
_KEYS = dict(
    zip("йцукенгшщзхъфывапролджэячсмитьбю", "qwertyuiop[]asdfghjkl;'zxcvbnm,.", strict=True)
)


def _latin(text: str) -> str:
    return "".join(_FROM_CYRILLIC.get(c, c) for c in text.lower())


def _on_latin_keys(text: str) -> str:
    plain = text.lower().translate(str.maketrans("ғқұөңіәү", "гкуониау"))
    return "".join(_KEYS.get(c, c) for c in plain)


def _initial(char: str) -> str:
    return _INITIALS[(ord(char) - 0xAC00) // 588] if "가" <= char <= "힣" else char


def _slip(pick: random.Random, text: str) -> str:
    """One slip in the longest word: a letter left out, doubled wrongly, changed or swapped."""
    parts = text.split()
    at = max(range(len(parts)), key=lambda i: len(parts[i]))
    word = parts[at]
    if len(word) > 4:
        i = pick.randrange(1, len(word) - 1)
        parts[at] = pick.choice(
            (
                word[:i] + word[i + 1 :],
                word[:i] + word[i + 1] + word[i] + word[i + 2 :],
                word[:i] + pick.choice(word) + word[i + 1 :],
                word[:i] + pick.choice(word) + word[i:],
            )
        )
    return " ".join(parts)
