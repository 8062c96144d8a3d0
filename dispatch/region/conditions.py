"""When a signed rule holds: `Mo-Fr 07:00-09:00; PH off`, `weight>7.5`, `delivery` as typed values.

Their text is read in `condition_text.py`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

import msgspec

_PUBLIC, _SCHOOL = 1 << 7, 1 << 8

_MonthDay = Annotated[int, msgspec.Meta(ge=101, le=1231)]
_Minute = Annotated[int, msgspec.Meta(ge=0, le=2880)]


class _Base(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True,
            omit_defaults=True):  # fmt: skip
    pass


class Span(_Base, frozen=True):
    """One rule of opening hours.

    `dates` are (first, last) as month * 100 + day, the last included, round the year's end if it
    is the lower; `days` bits 0..6 Monday to Sunday, 7 public and 8 school holidays, 0 any day;
    `times` minutes after midnight (from, to), `to` beyond 1440 runs into the next day, none = the
    whole day; `off` closes what earlier rules opened; `adds` joins the rule before instead of
    replacing it on its days.
    """

    dates: tuple[tuple[_MonthDay, _MonthDay], ...] = ()
    days: Annotated[int, msgspec.Meta(ge=0, le=511)] = 0
    times: tuple[tuple[_Minute, _Minute], ...] = ()
    off: bool = False
    adds: bool = False


class Limit(_Base, frozen=True):
    """A measure of the vehicle: `weight` over 7.5 (tonnes), `length` over 10 (metres) ..."""

    measure: Literal["weight", "weightrating", "length", "height", "width", "axleload", "axles",
                     "occupants"]  # fmt: skip
    sign: Literal["<", ">", "<=", ">=", "="]
    value: float


class Condition(_Base, frozen=True):
    """All of it must hold: some hours (none = always), every limit, one of the users (none =
    everybody). `unless` turns the whole round."""

    hours: Annotated[tuple[Span, ...], msgspec.Meta(max_length=40)] = ()
    limits: Annotated[tuple[Limit, ...], msgspec.Meta(max_length=8)] = ()
    users: Annotated[tuple[str, ...], msgspec.Meta(max_length=8)] = ()
    unless: bool = False


@dataclass(frozen=True)
class Driver:
    """Who asks: what users it counts as and what it measures, as far as that is known."""

    users: frozenset[str] = frozenset()
    measures: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Calendar:
    """Days that signs treat apart. Without them no day is a holiday."""

    public: Collection[dt.date] = ()
    school: Collection[dt.date] = ()


NOBODY = Driver()
NO_HOLIDAYS = Calendar()


def holds(
    condition: Condition,
    local: dt.datetime | None,
    driver: Driver = NOBODY,
    calendar: Calendar = NO_HOLIDAYS,
) -> bool:
    """Whether a condition holds at a local time (of the sign's place) for a driver.

    Without a time nothing that depends on hours holds, turned round or not. A limit on something
    that is not known of the driver does not hold.
    """
    if condition.hours and local is None:
        return False
    met = (
        (not condition.users or not driver.users.isdisjoint(condition.users))
        and all(_within(limit, driver) for limit in condition.limits)
        and (not condition.hours or (local is not None and _open(condition.hours, local, calendar)))
    )
    return met != condition.unless


def _within(limit: Limit, driver: Driver) -> bool:
    value = driver.measures.get(limit.measure)
    if value is None:
        return False
    return {
        "<": value < limit.value,
        ">": value > limit.value,
        "<=": value <= limit.value,
        ">=": value >= limit.value,
        "=": value == limit.value,
    }[limit.sign]


def _open(spans: Iterable[Span], local: dt.datetime, calendar: Calendar) -> bool:
    minute = local.hour * 60 + local.minute
    today = local.date()
    if _open_on(spans, today, minute, calendar):
        return True
    # What began yesterday evening may still run.
    try:
        yesterday = today - dt.timedelta(days=1)
    except OverflowError:
        return False
    return _open_on(spans, yesterday, minute + 1440, calendar)


def _open_on(spans: Iterable[Span], day: dt.date, minute: int, calendar: Calendar) -> bool:
    """The last rule for a day decides, together with those that only add to it."""
    is_open = False
    for span in spans:
        if not _covers(span, day, calendar):
            continue
        now = any(start <= minute < end for start, end in span.times or ((0, 1440),))
        if span.off:
            # "PH off" closes the day; "12:00-13:00 off" only those hours.
            is_open = is_open and bool(span.times) and not now
        else:
            is_open = now or (span.adds and is_open)
    return is_open


def _covers(span: Span, day: dt.date, calendar: Calendar) -> bool:
    if span.dates:
        number = day.month * 100 + day.day
        if not any(
            (first <= number <= last) if first <= last else (number >= first or number <= last)
            for first, last in span.dates
        ):
            return False
    if not span.days or span.days >> day.weekday() & 1:
        return True
    return bool(
        (span.days & _PUBLIC and day in calendar.public)
        or (span.days & _SCHOOL and day in calendar.school)
    )


def encoded(condition: Condition) -> str:
    """Canonical JSON, as kept in a pack."""
    return msgspec.json.encode(condition, order="deterministic").decode()
