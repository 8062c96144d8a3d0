"""One form for names in any script, so that what was typed can meet what is written.

Cyrillic, Kazakh Latin and English spellings of a name fold to the same letters (`Абая`, `Abaya`,
`Abaıa`); Hangul is taken apart into its letters, so that half a syllable is a prefix.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from dispatch.region.schema import words

_CYRILLIC = dict(
    pair.split("=")
    for pair in words(
        "а=a б=b в=v г=g д=d е=e ё=e ж=zh з=z и=i й=i к=k л=l м=m н=n о=o п=p р=r с=s т=t у=u "
        "ф=f х=h ц=ts ч=ch ш=sh щ=sh ъ= ы=i ь= э=e ю=iu я=ia ә=a ғ=g қ=k ң=n ө=o ұ=u ү=u һ=h "
        "і=i ї=i є=e ґ=g ў=u"
    )
)
#: Kazakh Latin of 2021 and (ý = у) of 2018; its other letters lose their marks as all do.
_KAZAKH_LATIN = dict(pair.split("=") for pair in words("ı=i ğ=g ş=sh ç=ch ñ=n ŋ=n ý=u"))
_KAZAKH_LATIN |= {"ß": "ss", "ø": "o", "æ": "ae", "œ": "oe", "đ": "d", "ł": "l", "þ": "th"}
#: Spellings of one sound, longest first.
_SOUNDS = (
    ("shch", "sh"),
    ("sch", "sh"),
    ("tch", "ch"),
    ("zh", "j"),
    ("kh", "h"),
    ("gh", "g"),
    ("ph", "f"),
    ("x", "ks"),
    ("q", "k"),
    ("w", "v"),
    ("y", "i"),
)
_DOUBLED = re.compile(r"([a-z])\1+")
_HANGUL_FIRST, _HANGUL_LAST = 0xAC00, 0xD7A3
_INITIALS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
_VOWELS = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
_FINALS = " ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"
#: Letters that a keyboard makes of two strokes: half of one is typed first.
_SPLIT = dict(
    pair.split("=")
    for pair in words(
        "ㄳ=ㄱㅅ ㄵ=ㄴㅈ ㄶ=ㄴㅎ ㄺ=ㄹㄱ ㄻ=ㄹㅁ ㄼ=ㄹㅂ ㄽ=ㄹㅅ ㄾ=ㄹㅌ ㄿ=ㄹㅍ ㅀ=ㄹㅎ ㅄ=ㅂㅅ "
        "ㅘ=ㅗㅏ ㅙ=ㅗㅐ ㅚ=ㅗㅣ ㅝ=ㅜㅓ ㅞ=ㅜㅔ ㅟ=ㅜㅣ ㅢ=ㅡㅣ"
    )
)
_LETTERS = frozenset(_INITIALS + _VOWELS + _FINALS)
#: Lone letters as some keyboards and file systems write them (U+1100..), as the common ones.
_LONE = {
    **{chr(0x1100 + i): letter for i, letter in enumerate(_INITIALS)},
    **{chr(0x1161 + i): letter for i, letter in enumerate(_VOWELS)},
    **{chr(0x11A7 + i): letter for i, letter in enumerate(_FINALS) if letter != " "},
}
_ORDINAL = re.compile(
    r"^(\d+)(?:st|nd|rd|th|я|й|ая|яя|ий|ый|ой|ое|го|ого|ом|му|ые|ші|шы|шi|нші|ншы|інші|ыншы|번째|º|ª)$"
)
_HANGUL_NUMBER = re.compile(r"(?<=[가-힣])(?=\d)|(?<=\d)(?=[가-힣])")
_NAME_NUMBER = re.compile(r"(?<=[^\W\d_]{3})(?=\d)")
#: Signs inside a word that survive the parting: of a fraction and of a range of numbers.
_SLASH, _DASH = "⁄", "‑"
_DASHES = re.compile(r"[\u2010-\u2015\u2212-]")


def words_of(text: str) -> list[str]:
    """The words of a text, lower case, without punctuation; numbers part from names.

    An apostrophe does not part, nor do a slash or a hyphen within a house number (`12/2`, `12-18`)
    or before its letter (`12-А` -> `12а`). Marks without a width and controls are left out.
    """
    if not text.isascii():
        # One by one: the whole form would turn a lone Hangul letter into half a syllable.
        composed = unicodedata.normalize("NFC", text)
        text = "".join(
            c if c in _LETTERS else _LONE.get(c) or unicodedata.normalize("NFKC", c)
            for c in composed
        ).casefold()
        # What NFC left of accents, and what cannot be seen: zero width, directions, soft hyphens.
        text = "".join(c for c in text if unicodedata.category(c) not in ("Mn", "Mc", "Me", "Cf"))
        text = _DASHES.sub("-", _HANGUL_NUMBER.sub(" ", text))
        text = re.sub(r"['’ʼ`\"«»“”„№#]", "", text)
    else:
        text = re.sub(r"['`\"#]", "", text.casefold())
    text = _NAME_NUMBER.sub(" ", text)
    text = re.sub(r"(?<=\d)[\\/](?=\d)", _SLASH, text)
    text = re.sub(r"(?<=\d)-(?=\d)", _DASH, text)
    text = re.sub(r"(?<=\d)-(?=[^\W\d_]{1,3}\b)", "", text)
    # A road's number: `A-4`, `М-36`.
    text = re.sub(r"\b([^\W\d_]{1,2})-(?=\d)", r"\1", text)
    text = re.sub(rf"[^\w{_SLASH}{_DASH}]+|_", " ", text)
    return text.replace(_SLASH, "/").replace(_DASH, "-").split()


@lru_cache(maxsize=200_000)
def fold_word(word: str) -> str:
    """One lower-case word in the common form; the same for all spellings of a sound."""
    if match := _ORDINAL.match(word):
        return match[1]
    letters = []
    for char in word:
        if _HANGUL_FIRST <= ord(char) <= _HANGUL_LAST:
            index = ord(char) - _HANGUL_FIRST
            parts = _INITIALS[index // 588] + _VOWELS[index % 588 // 28] + _FINALS[index % 28]
            letters.append("".join(_SPLIT.get(part, part) for part in parts.strip()))
        elif char in _SPLIT:
            letters.append(_SPLIT[char])
        else:
            letters.append(_CYRILLIC.get(char) or _KAZAKH_LATIN.get(char) or _plain(char))
    folded = "".join(letters)
    if folded.isascii() and not folded[:1].isdigit():
        for spelling, sound in _SOUNDS:
            folded = folded.replace(spelling, sound)
        folded = _DOUBLED.sub(r"\1", folded)
        if folded.startswith("ie"):  # Есенин, Yesenin
            folded = folded[1:]
    return folded


def is_ordinal(word: str) -> bool:
    """Whether a lower-case word is a number with its ending: `25th`, `5-я`."""
    return _ORDINAL.match(word) is not None


def initials_of(word: str) -> str:
    """The first letters of the syllables of a Hangul word (`서울` -> `ㅅㅇ`), else ""."""
    letters = []
    for char in word:
        if not _HANGUL_FIRST <= ord(char) <= _HANGUL_LAST:
            return ""
        letters.append(_INITIALS[(ord(char) - _HANGUL_FIRST) // 588])
    return "".join(letters)


def is_initials(word: str) -> bool:
    """Whether a word is two or more lone Hangul consonants: `ㅅㅇ`."""
    return len(word) > 1 and all(char in _INITIALS for char in word)


def _plain(char: str) -> str:
    if char in _CYRILLIC:
        return ""
    decomposed = unicodedata.normalize("NFD", char)
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def fold(text: str) -> list[str]:
    """The words of a text in the common form."""
    return [folded for word in words_of(text) if (folded := fold_word(word))]


def distance_within(a: str, b: str, most: int) -> int | None:
    """Edits between two words (insert, delete, change, swap neighbours), None beyond `most`."""
    if abs(len(a) - len(b)) > most:
        return None
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, start=1):
        before_last, before = before, row
        row = [i]
        for j, y in enumerate(b, start=1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, before_last[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return None
    return row[-1] if row[-1] <= most else None


def typo_budget(word: str) -> int:
    """How many slips a word of this length may hold and still be meant."""
    if word[:1].isdigit():
        return 0
    # A Hangul syllable is two or three letters here.
    if word.isascii():
        return 0 if len(word) < 4 else 1 if len(word) < 7 else 2
    return 0 if len(word) < 6 else 1 if len(word) < 8 else 2 if len(word) < 10 else 3
