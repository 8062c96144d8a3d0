"""What was meant when a place was typed with the wrong keyboard layout on: `ghbdtn` -> `привет`."""

from __future__ import annotations

import unicodedata

from dispatch.region.schema import words

_US = "`qwertyuiop[]asdfghjkl;'zxcvbnm,./"
_RUSSIAN = "ёйцукенгшщзхъфывапролджэячсмитьбю."
#: The Kazakh layout has its own letters on the row of digits.
_KAZAKH_ROW = dict(zip("234589 0-=", "әіңғүұ қөһ", strict=True))
_TO_RUSSIAN = dict(zip(_US, _RUSSIAN, strict=True))
_FROM_RUSSIAN = dict(zip(_RUSSIAN[:-1], _US[:-1], strict=True))
_FROM_KAZAKH = {letter: digit for digit, letter in _KAZAKH_ROW.items() if digit != " "}
#: Dubeolsik, the standard Hangul layout; capitals are the doubled letters.
_TO_JAMO = dict(
    zip(
        "qwertyuiopasdfghjklzxcvbnm",
        "ㅂㅈㄷㄱㅅㅛㅕㅑㅐㅔㅁㄴㅇㄹㅎㅗㅓㅏㅣㅋㅌㅊㅍㅠㅜㅡ",
        strict=True,
    )
) | dict(zip("QWERTOP", "ㅃㅉㄸㄲㅆㅒㅖ", strict=True))
_FROM_JAMO = {jamo: key.lower() for key, jamo in _TO_JAMO.items()}
_COMPOUND = dict(
    pair.split("=")
    for pair in words(
        "ㅘ=ㅗㅏ ㅙ=ㅗㅐ ㅚ=ㅗㅣ ㅝ=ㅜㅓ ㅞ=ㅜㅔ ㅟ=ㅜㅣ ㅢ=ㅡㅣ ㄳ=ㄱㅅ ㄵ=ㄴㅈ ㄶ=ㄴㅎ ㄺ=ㄹㄱ "
        "ㄻ=ㄹㅁ ㄼ=ㄹㅂ ㄽ=ㄹㅅ ㄾ=ㄹㅌ ㄿ=ㄹㅍ ㅀ=ㄹㅎ ㅄ=ㅂㅅ"
    )
)
_INITIALS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
_VOWELS = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
_FINALS = ("", *"ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ")


def other_layouts(text: str) -> list[str]:
    """The text as the same keys give it under the other layouts; the likeliest first.

    Hangul comes as lone letters, in the order typed, which is how the index holds it.
    """
    lower = text.lower()
    if any("a" <= c <= "z" for c in lower):
        found = ["".join(_TO_RUSSIAN.get(c, c) for c in lower)]
        found.append("".join(_TO_JAMO.get(c) or _TO_JAMO.get(c.lower(), c) for c in text))
        if any(c in _KAZAKH_ROW for c in lower):
            found.append(" ".join(_kazakh(word) for word in lower.split()))
        return found
    if any(c in _FROM_RUSSIAN or c in _FROM_KAZAKH for c in lower if c.isalpha()):
        return ["".join(_FROM_RUSSIAN.get(c) or _FROM_KAZAKH.get(c, c) for c in lower)]
    strokes = "".join(_strokes(c) for c in unicodedata.normalize("NFC", text))
    if any(c in _FROM_JAMO for c in strokes):
        latin = "".join(_FROM_JAMO.get(c, c) for c in strokes)
        return [latin, "".join(_TO_RUSSIAN.get(c, c) for c in latin)]
    return []


def _kazakh(word: str) -> str:
    """A word by the Kazakh layout; a number alone stays one."""
    if not any("a" <= c <= "z" for c in word):
        return word
    return "".join(_KAZAKH_ROW.get(c) or _TO_RUSSIAN.get(c, c) for c in word)


def _strokes(char: str) -> str:
    if "가" <= char <= "힣":
        index = ord(char) - 0xAC00
        parts = _INITIALS[index // 588] + _VOWELS[index % 588 // 28] + _FINALS[index % 28]
        return "".join(_COMPOUND.get(part, part) for part in parts)
    return _COMPOUND.get(char, char)
