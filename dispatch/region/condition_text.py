"""The text of conditions, `no @ (Mo-Fr 07:00-09:00; PH off)`, read into typed values.

The grammar is that of OpenStreetMap's opening hours and conditional restrictions, as far as road
signs use it. What is not understood is not guessed: reading gives None and the rule is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from dispatch.region.conditions import Condition, Limit, Span
from dispatch.region.schema import words

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_TEXT_CAP = 500
_USERS = frozenset(
    words(
        "emergency psv bus taxi delivery destination residents permit disabled customers private "
        "agricultural forestry hgv hov goods bicycle motorcycle moped foot tourist_bus coach "
        "military maintenance doctor employees staff caravan trailer hazmat"
    )
)


def parse_conditional(text: str) -> list[tuple[str, Condition | None]]:
    """`no @ (Mo-Fr 07:00-09:00); destination @ Sa` -> values with their conditions, in order.

    None stands for a condition that was not understood.
    """
    if "@" not in text:
        return []
    found: list[tuple[str, Condition | None]] = []
    for value, condition in conditional_parts(text):
        found.append((value, parse_condition(condition)))
    return found


def conditional_parts(text: str) -> list[tuple[str, str]]:
    """The values of a conditional tag and the text of their conditions."""
    parts: list[list[str]] = []
    for piece in _split(text[:_TEXT_CAP], ";"):
        value, sign, condition = piece.partition("@")
        if sign:
            parts.append([value.strip(), condition.strip()])
        elif parts and piece.strip():
            # "no @ Mo-Fr 07:00-09:00; Sa 10:00-12:00": the brackets were forgotten.
            parts[-1][1] += ";" + piece
    return [(value, _bare(condition)) for value, condition in parts if value]


def _bare(text: str) -> str:
    text = text.strip()
    while text.startswith("(") and text.endswith(")") and text.count("(") == text.count(")") == 1:
        text = text[1:-1].strip()
    return text


def _split(text: str, sign: str) -> list[str]:
    """Split at a sign outside brackets."""
    parts, depth, begin = [], 0, 0
    for i, character in enumerate(text):
        depth += (character == "(") - (character == ")")
        if character == sign and depth <= 0:
            parts.append(text[begin:i])
            begin = i + 1
    return [*parts, text[begin:]]


_LIMIT = re.compile(
    r"^(maxweight|weight|weightrating|length|height|width|axleload|axles|occupants)\s*"
    r"(<=|>=|<|>|=)\s*(\d+(?:\.\d+)?)\s*(?:t|m)?$",
    re.IGNORECASE,
)


def parse_condition(text: str) -> Condition | None:
    """One condition, `Mo-Fr 07:00-19:00 AND weight>7.5`; None where it is not understood."""
    if len(text) > _TEXT_CAP:
        return None
    hours: tuple[Span, ...] = ()
    limits: list[Limit] = []
    users: list[str] = []
    for term in re.split(r"\s+AND\s+", _bare(text), flags=re.IGNORECASE):
        term = _bare(term)
        word = term.lower()
        if match := _LIMIT.match(term):
            measure = match[1].lower().removeprefix("max")
            value = float(match[3])
            limits.append(Limit(measure=measure, sign=match[2], value=value))  # type: ignore[arg-type]
        elif word in _USERS:
            users.append(word)
        else:
            spans = parse_hours(term)
            if spans is None or hours:
                return None
            hours = spans
    return Condition(hours=hours, limits=tuple(limits), users=tuple(users))


_LONG_DAYS = {
    name: day
    for day, names in enumerate(
        (
            "mo mon monday",
            "tu tue tues tuesday",
            "we wed wednesday",
            "th thu thur thursday",
            "fr fri friday",
            "sa sat saturday",
            "su sun sunday",
            "ph",
            "sh",
        )
    )
    for name in names.split()
}
_MONTH_NUMBERS = {name.lower(): i + 1 for i, name in enumerate(_MONTHS)}
_TOKEN = re.compile(
    r"\s*(?:(?P<time>\d{1,2}:\d{2})|(?P<number>\d{1,2})(?!\d)|(?P<word>[A-Za-z]+)|(?P<sign>[-,:]))"
)


def parse_hours(text: str) -> tuple[Span, ...] | None:
    """Opening hours with days, months, dates, times, PH, SH, off; None for anything else.

    Years, week numbers, sun times, counted days (`Su[1]`) and comments are not understood.
    """
    spans: list[Span] = []
    for rule in text.replace("–", "-").split(";"):
        if not rule.strip():
            continue
        found = _Rule(rule).spans()
        if found is None:
            return None
        spans += found
    return tuple(spans) or None


class _Unread(Exception):
    """A sign that this reader does not know."""


class _Rule:
    """One rule of opening hours, `Nov-Mar Mo-Fr 07:00-09:00,16:00-18:00 off`."""

    def __init__(self, text: str) -> None:
        self._tokens: list[tuple[str, str]] = []
        self._at = 0
        text, at = text.strip(), 0
        if text == "24/7":
            text = "00:00-24:00"
        while at < len(text):
            match = _TOKEN.match(text, at)
            if match is None or match.lastgroup is None:
                self._tokens = [("bad", text)]
                break
            self._tokens.append((match.lastgroup, match[match.lastgroup].lower()))
            at = match.end()

    def spans(self) -> list[Span] | None:
        """The rule, and those joined to it by a comma; None where it is not understood."""
        try:
            found = [self._one(adds=False)]
            while self._at < len(self._tokens):
                self._take("sign", ",")
                found.append(self._one(adds=True))
        except _Unread:
            return None
        return found

    def _peek(self, ahead: int = 0) -> tuple[str, str]:
        at = self._at + ahead
        return self._tokens[at] if at < len(self._tokens) else ("end", "")

    def _take(self, kind: str, text: str | None = None) -> str:
        found, word = self._peek()
        if found != kind or (text is not None and word != text):
            raise _Unread
        self._at += 1
        return word

    def _is(self, names: Mapping[str, int], ahead: int = 0) -> bool:
        kind, word = self._peek(ahead)
        return kind == "word" and word in names

    def _one(self, adds: bool) -> Span:
        dates: list[tuple[int, int]] = []
        times: list[tuple[int, int]] = []
        days, off, seen = 0, False, 0
        while True:
            kind, word = self._peek()
            if self._is(_MONTH_NUMBERS) and not dates:
                dates = self._dates()
            elif self._is(_LONG_DAYS) and not days:
                days = self._days()
            elif kind == "time" and not times:
                times = self._times()
            elif kind == "word" and word in ("off", "closed") and not off:
                self._at += 1
                off = True
            elif kind == "word" and word == "open" and seen:
                self._at += 1
            elif (kind, word) == ("sign", ":") and seen:
                self._at += 1
                continue
            else:
                break
            seen += 1
        if not seen:
            raise _Unread
        return Span(dates=tuple(dates), days=days, times=tuple(times), off=off, adds=adds)

    def _more(self, names: Mapping[str, int]) -> bool:
        """Whether a comma and another of the same kind follow."""
        if self._peek() == ("sign", ",") and self._is(names, 1):
            self._at += 1
            return True
        return False

    def _days(self) -> int:
        mask = 0
        while True:
            first = last = _LONG_DAYS[self._take("word")]
            if self._peek() == ("sign", "-"):
                self._at += 1
                if not self._is(_LONG_DAYS):
                    raise _Unread
                last = _LONG_DAYS[self._take("word")]
                if first > 6 or last > 6:
                    raise _Unread
            day = first
            while True:
                mask |= 1 << day
                if day == last:
                    break
                day = (day + 1) % 7
            if not self._more(_LONG_DAYS):
                return mask

    def _dates(self) -> list[tuple[int, int]]:
        found = []
        while True:
            month = _MONTH_NUMBERS[self._take("word")]
            day = self._number()
            first = month * 100 + (day or 1)
            last = month * 100 + (day or 31)
            if self._peek() == ("sign", "-"):
                self._at += 1
                if self._is(_MONTH_NUMBERS):
                    month = _MONTH_NUMBERS[self._take("word")]
                    end = self._number()
                elif day is not None and self._peek()[0] == "number":
                    end = self._number()
                else:
                    raise _Unread
                last = month * 100 + (end or 31)
            found.append((first, last))
            if not self._more(_MONTH_NUMBERS):
                return found

    def _number(self) -> int | None:
        kind, word = self._peek()
        if kind != "number":
            return None
        if not 1 <= int(word) <= 31:
            raise _Unread
        self._at += 1
        return int(word)

    def _times(self) -> list[tuple[int, int]]:
        found = []
        while True:
            start = _minutes(self._take("time"), 24)
            self._take("sign", "-")
            end = _minutes(self._take("time"), 48)
            if end <= start:
                end += 1440
            if end > 2880 or end - start > 1440:
                raise _Unread
            found.append((start, end))
            if self._peek() == ("sign", ",") and self._peek(1)[0] == "time":
                self._at += 1
                continue
            return found


def _minutes(text: str, most: int) -> int:
    hour, minute = (int(part) for part in text.split(":"))
    if hour > most or minute > 59 or (hour == most and minute):
        raise _Unread
    return hour * 60 + minute
