"""Text typed under another keyboard layout, read by the keys that were pressed.

`d 417 m12` typed with the Russian layout on is `в 417 ь12`, with the Hangul one `ㅇ 417 ㅡ12`. The
command line understands all of them; a word is only re-read where it means nothing as typed.
"""

from __future__ import annotations

import unicodedata

_US = "qwertyuiop[]asdfghjkl;'zxcvbnm,."
_RUSSIAN = dict(zip("йцукенгшщзхъфывапролджэячсмитьбю", _US, strict=True))
#: Kazakh (kz): the Russian letters, and Kazakh ones where digits and signs stand elsewhere.
_KAZAKH = dict(zip("әіңғ,.үұқөһ", "234567890-=", strict=True))
#: The unshifted top row of the Kazakh layout, where its signs stand for digits.
_KAZAKH_DIGITS = dict(zip('"әіңғ,.үұқ', "1234567890", strict=True))
#: Dubeolsik, the standard Hangul layout (KS X 5002).
_JAMO = dict(
    zip(
        "ㅂㅈㄷㄱㅅㅛㅕㅑㅐㅔㅁㄴㅇㄹㅎㅗㅓㅏㅣㅋㅌㅊㅍㅠㅜㅡㅃㅉㄸㄲㅆㅒㅖ",
        "qwertyuiopasdfghjklzxcvbnmqwertop",
        strict=True,
    )
)
_COMPOUND = {
    **{"ㅘ": "hk", "ㅙ": "ho", "ㅚ": "hl", "ㅝ": "nj", "ㅞ": "np", "ㅟ": "nl", "ㅢ": "ml"},
    **{"ㄳ": "rt", "ㄵ": "sw", "ㄶ": "sg", "ㄺ": "fr", "ㄻ": "fa", "ㄼ": "fq", "ㄽ": "ft"},
    **{"ㄾ": "fx", "ㄿ": "fv", "ㅀ": "fg", "ㅄ": "qt"},
}
_INITIALS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
_VOWELS = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
_FINALS = ("", *"ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ")


def by_keys(text: str) -> str:
    """The lower-case US letters and digits on the keys that typed `text`."""
    return "".join(_key(char) for char in unicodedata.normalize("NFC", text).lower())


def digits_by_keys(text: str) -> str:
    """The digits on the top-row keys that typed `text` under the Kazakh layout."""
    return "".join(_KAZAKH_DIGITS.get(char, char) for char in text.lower())


def _key(char: str) -> str:
    if char in _RUSSIAN:
        return _RUSSIAN[char]
    if char in _KAZAKH and not char.isascii():
        return _KAZAKH[char]
    if "가" <= char <= "힣":
        index = ord(char) - 0xAC00
        letters = _INITIALS[index // 588], _VOWELS[index % 588 // 28], _FINALS[index % 28]
        return "".join(_jamo(letter) for letter in letters)
    return _jamo(char)


def _jamo(letter: str) -> str:
    return _COMPOUND.get(letter) or _JAMO.get(letter, letter)
