"""What follows `close` on the command line: a street, from where to where, until when, why.

    close elm st from 5th to 7th until 14:00 reason works
    close elm st / 5th / 7th +2h flood

Key words in four languages; the signs mean the same in all of them. Pure: it looks nothing up.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from dispatch.domain.message import Message
from ui.commands.layouts import by_keys

REASONS: Mapping[str, tuple[str, ...]] = {
    "works": ("works", "roadworks", "ремонт", "работы", "жөндеу", "공사"),
    "crash": ("crash", "accident", "дтп", "авария", "жко", "апат", "사고", "교통사고"),
    "fire": ("fire", "пожар", "өрт", "화재"),
    "flood": ("flood", "water", "потоп", "подтопление", "вода", "су", "침수", "홍수"),
    "event": ("event", "мероприятие", "праздник", "шара", "행사"),
    "police": ("police", "полиция", "경찰"),
    "other": ("other", "другое", "басқа", "기타"),
}
FROM = frozenset({"from", "between", "с", "от", "между", "бастап"})
TO = frozenset({"to", "and", "до", "по", "и", "дейін", "және"})
UNTIL = frozenset({"until", "till", "до", "дейін", "по", "기한"})
REASON = frozenset({"reason", "because", "why", "причина", "себебі", "사유"})
REOPENED = frozenset({"reopened", "открытия", "ашылғанша", "ашылғанға", "해제"})
#: 14:00, 1400, +2h, 90m; hours and minutes in four languages.
TIME = re.compile(r"^(?:\d{1,2}[:.]\d{2}|\d{4})$")
SPAN = re.compile(r"^\+?(\d{1,3}) ?(h|ч|сағ|시간|m|min|м|мин|분)$")
#: Hangul particles stand behind the word: 5길부터 7길까지.
FROM_ENDING, TO_ENDING = "부터", "까지"


@dataclass(frozen=True)
class Closing:
    """What is to be closed, as it was said. `until` is a time of day, a span (`+2h`) or
    `reopened`; `reason` an id. `tail` is the line behind the street."""

    street: str
    first: str
    second: str
    until: str
    reason: str = "other"
    tail: str = ""


@dataclass(frozen=True)
class Missing:
    """What has still to be said: the question, words that would answer it, where they stand."""

    question: Message
    options: tuple[str, ...] = ()
    at: int = 0
    known: bool = True


def parse_closing(line: str, begin: int) -> Closing | Missing:
    """What a line says from `begin` on, where the street starts."""
    words = [(found.group(), found.start()) for found in re.finditer(r"\S+", line[begin:])]
    words = _split_signs([(word, at + begin) for word, at in words])
    if not words:
        return Missing(Message("commands.line.close_street"), (), len(line))
    parts, until, reason, wrong = _sorted(words)
    if wrong is not None:
        return wrong
    street, first, second = (" ".join(part) for part in parts)
    if not street:
        return Missing(Message("commands.line.close_street"), (), len(line))
    if not first:
        said = Message("commands.line.close_from", {"street": street})
        return Missing(said, ("from",), len(line))
    if not second:
        said = Message("commands.line.close_to", {"street": street, "first": first})
        return Missing(said, ("to",), len(line))
    if not until:
        options = ("until +1h", "until +4h", "until reopened")
        return Missing(Message("commands.line.close_until"), options, len(line))
    tail = _behind(line, words, len(parts[0]))
    return Closing(street, first, second, until, reason or "other", tail)


def _behind(line: str, words: list[tuple[str, int]], taken: int) -> str:
    """The line from behind the street on."""
    return " " + line[words[taken][1] :].strip() if taken < len(words) else ""


def _sorted(
    words: list[tuple[str, int]],
) -> tuple[list[list[str]], str, str, Missing | None]:
    """Words into street, first and second crossing; until; reason; what is wrong."""
    parts: list[list[str]] = [[], [], []]
    at_part, until, reason, wants = 0, "", "", ""
    for number, (word, at) in enumerate(words):
        low = word.casefold()
        time = _time(low)
        if wants == "until" or (time and at_part == 2 and parts[2]):
            if not time:
                return parts, "", "", _wrong("commands.line.close_no_time", word, at, TIMES)
            until, wants = time, ""
        elif wants == "reason" or (until and not reason and _reason(low)):
            reason, wants = _reason(low), ""
            if not reason:
                return parts, "", "", _wrong("commands.line.close_no_reason", word, at, WHYS)
        elif low == "/" and number and at_part < 2:
            at_part += 1
        elif low in FROM and at_part == 0 and parts[0]:
            at_part = 1
        elif low in REASON and parts[0]:
            wants = "reason"
        elif low in TO and at_part == 1 and parts[1]:
            at_part = 2
        elif low in UNTIL and at_part == 2 and parts[2]:
            wants = "until"
        elif low.endswith(FROM_ENDING) and at_part == 0 and parts[0]:
            parts[1].append(word[: -len(FROM_ENDING)])
            at_part = 1
        elif low.endswith(TO_ENDING) and at_part == 1 and parts[1]:
            parts[2].append(word[: -len(TO_ENDING)])
            at_part = 2
        elif until:
            return parts, "", "", _wrong("commands.line.close_no_reason", word, at, WHYS)
        else:
            parts[at_part].append(word)
    return parts, until, reason, None


TIMES = ("14:00", "+1h", "+4h", "reopened")
WHYS = tuple(REASONS)


def _wrong(message: str, word: str, at: int, options: tuple[str, ...]) -> Missing:
    return Missing(Message(message, {"word": word}), options, at, known=False)


def _split_signs(words: list[tuple[str, int]]) -> list[tuple[str, int]]:
    """`elm/5th` and `elm/5/7` are parted at the signs, the house number `12/2` is one word."""
    found: list[tuple[str, int]] = []
    for word, at in words:
        number = word.count("/") == 1 and re.search(r"\d/\d", word)
        pieces = [word] if number else [piece for piece in re.split("(/)", word) if piece]
        for piece in pieces:
            found.append((piece, at))
            at += len(piece)
    return found


def _time(word: str) -> str:
    """A time as `Closing.until` holds it; "" for none."""
    plain = word.removesuffix(TO_ENDING)
    if plain in REOPENED:
        return "reopened"
    if TIME.match(plain):
        return plain
    return plain if SPAN.match(plain) else ""


def minutes_of(until: str) -> int | None:
    """The length of a span in minutes; None for what is no span."""
    found = SPAN.match(until)
    if found is None:
        return None
    hours = found[2] in ("h", "ч", "сағ", "시간")
    return int(found[1]) * (60 if hours else 1)


def _reason(word: str) -> str:
    for typed in dict.fromkeys((word, by_keys(word))):
        for reason, forms in REASONS.items():
            if typed in forms:
                return reason
        begun = [r for r, forms in REASONS.items() if any(f.startswith(typed) for f in forms)]
        if len(begun) == 1 and len(typed) >= 2:
            return begun[0]
    return ""
