"""Writes a made-up name in four scripts from one spelling, always by the same table.

The spelling is phonetic: consonants `b d f g h k l m n p r s t v z sh ch`, vowels `a e i o u`.
Hangul follows the habits of Korean loan-word spelling: a final n, m, l is the syllable's coda, any
other final consonant takes a filler vowel, and l between vowels is doubled.
"""

from __future__ import annotations

import re

_TOKEN = re.compile(r"sh|ch|[bdfghklmnprstvz]|[aeiou]")
_CYRILLIC = {
    "b": "б", "d": "д", "f": "ф", "g": "г", "h": "х", "k": "к", "l": "л", "m": "м", "n": "н",
    "p": "п", "r": "р", "s": "с", "t": "т", "v": "в", "z": "з", "sh": "ш", "ch": "ч",
    "a": "а", "e": "е", "i": "и", "o": "о", "u": "у",
}  # fmt: skip
_INITIALS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
_MEDIALS = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
_FINALS = " ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"
_ONSET = {
    "b": "ㅂ", "d": "ㄷ", "f": "ㅍ", "g": "ㄱ", "h": "ㅎ", "k": "ㅋ", "l": "ㄹ", "m": "ㅁ",
    "n": "ㄴ", "p": "ㅍ", "r": "ㄹ", "s": "ㅅ", "t": "ㅌ", "v": "ㅂ", "z": "ㅈ", "sh": "ㅅ",
    "ch": "ㅊ",
}  # fmt: skip
_VOWEL = {"a": "ㅏ", "e": "ㅔ", "i": "ㅣ", "o": "ㅗ", "u": "ㅜ"}
_AFTER_SH = {"a": "ㅑ", "e": "ㅖ", "i": "ㅣ", "o": "ㅛ", "u": "ㅠ"}


def _tokens(spelling: str) -> list[str]:
    found = _TOKEN.findall(spelling.lower())
    if "".join(found) != spelling.lower():
        raise ValueError(spelling)
    return found


def latin(spelling: str) -> str:
    """The name as read in English."""
    return spelling[:1].upper() + spelling[1:]


def cyrillic(spelling: str) -> str:
    """The name in Russian and Kazakh Cyrillic; e at the beginning is э."""
    tokens = _tokens(spelling)
    text = "".join(_CYRILLIC[t] for t in tokens)
    if tokens[0] == "e":
        text = "э" + text[1:]
    return text[:1].upper() + text[1:]


def russian_genitive(name: str) -> str:
    """`Келмар` -> `Келмара`; a name that ends in a vowel stays."""
    return name if name[-1] in "аеиоуэ" else name + "а"


def _syllable(initial: str, medial: str, final: str = " ") -> str:
    i, m, f = _INITIALS.index(initial), _MEDIALS.index(medial), _FINALS.index(final)
    return chr(0xAC00 + (i * 21 + m) * 28 + f)


def hangul(spelling: str) -> str:
    """The name in Hangul."""
    tokens = _tokens(spelling)
    out: list[str] = []
    i = 0
    while i < len(tokens):
        token = tokens[i]
        if token in _VOWEL:
            onset, vowel = "ㅇ", _VOWEL[token]
            i += 1
        else:
            following = tokens[i + 1] if i + 1 < len(tokens) else ""
            if following not in _VOWEL:
                out.append("슈" if token == "sh" else _syllable(_ONSET[token], "ㅡ"))
                i += 1
                continue
            onset = _ONSET[token]
            vowel = _AFTER_SH[following] if token == "sh" else _VOWEL[following]
            i += 2
        final = " "
        rest = tokens[i : i + 2]
        if rest and rest[0] not in _VOWEL:
            last = len(rest) == 1 or rest[1] not in _VOWEL
            if rest[0] in "nml" and last:
                final = {"n": "ㄴ", "m": "ㅁ", "l": "ㄹ"}[rest[0]]
                i += 1
            elif rest[0] == "l":
                final = "ㄹ"
        out.append(_syllable(onset, vowel, final))
    return "".join(out)
