"""What a caller said about a place, taken apart: the name, and what the numbers beside it are."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from dispatch.region.address_words import address_words
from dispatch.region.fold import fold_word, is_ordinal, words_of

_FIGURE = re.compile(r"\d")
_WITH_WORD = re.compile(r"^(\d+)([^\W\d_]+)$")
_KM = re.compile(r"(\d{1,4})\s*(?:[.,]\s*(\d{1,3})|\+\s*(\d{1,3}))?")
_KM_BEFORE = re.compile(
    r"(\d{1,4}(?:[.,]\d{1,3})?)\s*-?\s*(?:й|ый|ой|м|ом|го|ші|шы|th|st|nd|rd)?\s*$"
)
#: Roles whose number is kept apart from the name.
_APART = ("entrance", "exit", "floor", "flat")


@dataclass(frozen=True)
class House:
    """A house number as said; `key` is its folded form, `shown` as typed."""

    key: str
    shown: str


@dataclass(frozen=True)
class Said:
    """A text taken apart.

    `words` are what is left for the name; `house` stands where a word said that a number is one;
    `entrance` and `exit` are numbers or letters; `km` is a distance along a road.
    """

    words: tuple[str, ...]
    house: House | None = None
    entrance: str = ""
    exit: str = ""
    km: float | None = None


def said(text: str) -> Said:
    """Take a text apart. What no word explains stays in `words`."""
    km, text = _kilometre(text)
    words = _blocks(_parted(words_of(text)))
    table = address_words()
    roles = [table.said.get(fold_word(word), "") for word in words]
    used: set[int] = set()
    result = Said((), km=km)
    for i, role in enumerate(roles):
        if role not in (*_APART, "house"):
            continue
        at = _number_beside(words, i, used, letters=role in ("entrance", "exit", "flat"))
        if at is None:
            continue
        used |= {i, at}
        number = fold_word(words[at]) if is_ordinal(words[at]) else words[at]
        if role == "house":
            shown = number
            if at + 1 < len(words) and at > i and _is_letter(words[at + 1]) and at + 1 not in used:
                shown += words[at + 1]
                used.add(at + 1)
            result = replace(result, house=House(_key(shown), shown))
        elif role == "entrance":
            result = replace(result, entrance=number)
        elif role == "exit":
            result = replace(result, exit=number)
    kept = [word for i, word in enumerate(words) if i not in used]
    return replace(result, words=tuple(kept))


def houses_in(words: tuple[str, ...]) -> list[tuple[tuple[str, ...], House]]:
    """The ways in which one of some words may be a house number: (the rest, the house).

    A number within a name is the name's own where another stands at the end (`쑥3길 5`).
    """
    found = []
    numbers = [i for i, word in enumerate(words) if word[:1].isdigit() and not is_ordinal(word)]
    if len(numbers) > 1 and numbers[-1] == len(words) - 1:
        inner = set(numbers[1:-1] if numbers[0] == 0 else numbers[:-1])
    else:
        inner = set()
    for i, word in enumerate(words):
        if i not in numbers or i in inner or len(words) < 2:
            continue
        before, after = words[:i], words[i + 1 :]
        if after and _is_letter(after[0]):
            # "5 a" is one number.
            shown = word + after[0]
            found.append(((*before, *after[1:]), House(_key(shown), shown)))
        found.append(((*before, *after), House(_key(word), word)))
        first, dash, last = word.partition("-")
        if dash and before and first.isdigit():
            # "4-17": micro-district 4, house 17.
            found.append(((*before, first, *after), House(_key(last), last)))
        if dash and not before and first.isdigit() and after:
            found.append(((first, *after), House(_key(last), last)))
    return found


def _kilometre(text: str) -> tuple[float | None, str]:
    """`A4 km 12.5`, `12-й км А-3`, `км 12+500` -> the kilometres and the rest of the text."""
    spoken = r"[^\W\d_]+"
    for match in re.finditer(spoken, text):
        if address_words().said.get(fold_word(match[0].casefold())) != "kilometre":
            continue
        after = _KM.match(text[match.end() :].lstrip(" .:№#-"))
        before = _KM_BEFORE.search(text[: match.start()])
        # "12-й км А-3": the number stands before the word unless one stands right behind it.
        if after and not (before and not text[match.end() :].lstrip(" .:")[:1].isdigit()):
            metres = (after[3] or "").ljust(3, "0") if after[3] else ""
            figure = float(f"{after[1]}.{after[2] or metres or 0}")
            behind = text[match.end() :].lstrip(" .:№#-")[after.end() :]
            return figure, f"{text[: match.start()]} {behind}"
        if before:
            figure = float(before[1].replace(",", "."))
            return figure, f"{text[: before.start()]} {text[match.end() :]}"
    return None, text


def _parted(words: list[str]) -> list[str]:
    """`17үй` is a number and its word."""
    parted = []
    for word in words:
        match = _WITH_WORD.match(word)
        if match and len(match[2]) > 1 and fold_word(match[2]) in address_words().said:
            parted += [match[1], match[2]]
        else:
            parted.append(word)
    return parted


def _blocks(words: list[str]) -> list[str]:
    """`12 корпус 3` is one house number: `12к3`."""
    result: list[str] = []
    i = 0
    while i < len(words):
        role = address_words().said.get(fold_word(words[i]), "")
        short = {"block": "к", "structure": "с"}.get(role)
        number = result[-1] if result else ""
        if short and number[:1].isdigit() and i + 1 < len(words) and _FIGURE.match(words[i + 1]):
            result[-1] = f"{number}{short}{words[i + 1]}"
            i += 2
            continue
        result.append(words[i])
        i += 1
    return result


def _key(number: str) -> str:
    return fold_word(number)


def _is_letter(word: str) -> bool:
    return len(word) == 1 and word.isalpha()


def _number_beside(words: list[str], i: int, used: set[int], *, letters: bool) -> int | None:
    """Which neighbour of a word is its number: the one behind it, else the one before."""

    def fits(at: int) -> bool:
        if not 0 <= at < len(words) or at in used:
            return False
        word = words[at]
        return word[0].isdigit() or (letters and _is_letter(word) and at > i)

    # "17 үй 2 кіреберіс", "2번 출구": where both neighbours are numbers, the nearer habit of the
    # language is not known; a number before that no name precedes is the word's own.
    before, after = fits(i - 1), fits(i + 1)
    if before and after:
        role = address_words().said.get(fold_word(words[i]))
        follows = i + 2 < len(words) and address_words().said.get(fold_word(words[i + 2])) not in (
            None,
            role,
        )
        return i - 1 if follows else i + 1
    if after:
        return i + 1
    if before:
        return i - 1
    # "2번 출구": a counter between the number and its word.
    if i >= 2 and fold_word(words[i - 1]) in address_words().noise and words[i - 2][0].isdigit():
        return i - 2 if i - 2 not in used else None
    return None
