"""Crossings of two streets, said with a sign or a word between them, or one after the other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dispatch.region.address_words import address_words
from dispatch.region.fold import fold_word, words_of
from dispatch.region.gazetteer_match import Match
from dispatch.region.gazetteer_reader import Found, Reader
from dispatch.region.lookup import Circle, Lookup
from dispatch.region.name_tokens import Role, tokens_of

_ACCURACY_M = 30.0
#: Streets that fit much worse than the best are not meant.
_WORSE = 0.25
#: Streets of one name looked at, in as many towns.
_STREETS = 4_000
_OFFERED = 24
#: A guess at what was left unsaid is worth a little less than a name found whole.
_UNSAID = 0.93
_WORDS = 6


class Crossings:
    """Finds crossings in an index."""

    def __init__(self, lookup: Lookup, reader: Reader) -> None:
        self._lookup, self._reader = lookup, reader

    def said(
        self, text: str, language: str, near: Circle | None, *, slips: bool = True
    ) -> list[Match]:
        """Crossings where a sign or a word says that one is meant."""
        sides = [words_of(part) for part in _split_on_signs(text)]
        if len(sides) == 2 and all(sides):
            return self._of(sides[0], sides[1], language, near, slips=slips)
        crossing, words = address_words().crossing, words_of(text)
        told = [fold_word(word) in crossing for word in words]
        for i, word in enumerate(words):
            left, right = words[:i], words[i + 1 :]
            if not told[i]:
                if not (left_word := _without_particle(word)) or not right:
                    continue
                left = [*left, left_word]
            rest = [w for w in right if fold_word(w) not in crossing]
            if _telling(left) and _telling(rest):
                found = self._of(left, rest, language, near, slips=slips)
                if found:
                    return found
        if any(told):
            # "Abay Seyfullin crossing": the word stands beside both.
            rest = [word for word, is_said in zip(words, told, strict=True) if not is_said]
            return self.unsaid(rest, language, near, slips=slips, factor=1.0)
        return []

    def unsaid(
        self, words: Sequence[str], language: str, near: Circle | None, *, slips: bool = True,
        factor: float = _UNSAID,
    ) -> list[Match]:  # fmt: skip
        """`elm fifth`: two streets one after the other, nothing between."""
        if not 2 <= len(words) <= _WORDS:
            return []
        # Words as they are first: slips in every way to part them would take too long.
        for loose in (False, True) if slips and len(words) <= 3 else (False,):
            found: list[Match] = []
            for i in range(1, len(words)):
                left, right = list(words[:i]), list(words[i:])
                if _telling(left) and _telling(right):
                    found += self._of(left, right, language, near, slips=loose, factor=factor)
            if found:
                return found
        return []

    def _of(
        self, left: Sequence[str], right: Sequence[str], language: str, near: Circle | None, *,
        slips: bool, factor: float = 1.0,
    ) -> list[Match]:  # fmt: skip
        first = self._streets(left, near, slips=slips)
        second = self._streets(right, near, slips=slips)
        if not len(first) or not len(second):
            return []
        met = self._reader.crossings(first, second)
        scored = sorted(
            ((float(first.scores[a] + second.scores[b]) / 2 * factor, a, b, lon, lat)
             for a, b, lon, lat in met if first.entries[a] != second.entries[b]),
            key=lambda each: (-each[0], *each[1:]),
        )  # fmt: skip
        form = address_words().form(language).crossing
        found = []
        for score, a, b, lon_e7, lat_e7 in scored[:_OFFERED]:
            one = self._reader.entry(int(first.entries[a]))
            two = self._reader.entry(int(second.entries[b]))
            found.append(
                Match(
                    label=form.format(a=one.label(language), b=two.label(language)),
                    kind="crossing",
                    lon=lon_e7 * 1e-7,
                    lat=lat_e7 * 1e-7,
                    settlement=one.settlement(language),
                    score=round(score, 4),
                    micro_district=one.district(language),
                    accuracy_m=_ACCURACY_M,
                )
            )
        return found

    def _streets(self, words: Sequence[str], near: Circle | None, *, slips: bool) -> Found:
        found = self._lookup.search(tokens_of(words), streets_only=True, near=near, slips=slips)
        if not len(found):
            return found
        kept = np.flatnonzero(found.scores >= found.scores[0] - _WORSE)[:_STREETS]
        return Found(found.entries[kept], found.scores[kept], found.rows[kept])


def _telling(words: Sequence[str]) -> bool:
    """Whether some words can name a street: one that is more than noise, not a figure alone."""
    tokens = tokens_of(words)
    crossing, noise = address_words().crossing, address_words().noise
    small = noise | crossing
    named = [
        t for t in tokens if t.role is Role.WORD and t.text not in small
        and (len(t.text) > 1 or t.text.isdigit())
    ]  # fmt: skip
    numbered = any(t.role is Role.NUMBER for t in tokens)
    return bool(named) or (numbered and any(t.role is Role.TYPE for t in tokens))


def _without_particle(word: str) -> str:
    """`종로와` -> `종로`; "" where the word bears no particle that joins two."""
    if not "가" <= word[-1:] <= "힣":
        return ""
    for particle in ("이랑", "하고", "와", "과", "랑"):
        if word.endswith(particle) and len(word) > len(particle):
            return word.removesuffix(particle)
    return ""


def _split_on_signs(text: str) -> list[str]:
    """`Elm/5th`, `Elm & 5th`, `Elm + 5th`, `Elm @ 5th`; not the slash of a house number."""
    for sign in ("&", "+", "@", "/", "\\"):
        left, found, right = text.partition(sign)
        if not found:
            continue
        number = left[-1:].isdigit() and right[:1].isdigit() and sign in "/\\"
        if not number or (not left.strip().isdigit() and _ordinal_behind(right)):
            return [left, right]
    return []


def _ordinal_behind(text: str) -> bool:
    """`Elm 12/5th` parts, `Elm 12/5` is a house."""
    words = words_of(text)
    return bool(words) and words[0].rstrip("0123456789") != "" and not words[0].isdigit()
