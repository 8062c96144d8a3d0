"""Rules about units that no run card can say: least crew, hours, levels and areas of a kind.

`rules.toml` beside the run cards, all parts optional:

    format = 1
    holidays = ["01-01", "2027-03-21"]   # days that are not working days

    [crew]                               # least crew by unit kind
    engine = 3

    [[rule]]
    kinds = ["polyclinic"]
    levels = ["L4", "L5"]                # only for these levels
    hours = "work 08:00-20:00"           # only then
    areas = ["north"]                    # only there
    on_request = true                    # never planned; people ask for it
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, time

import msgspec

from dispatch.domain.level import Level
from dispatch.recommend.toml_places import TomlFile

RULES_FILE = "rules.toml"
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_HOURS = re.compile(r"^(?:(?P<days>[a-z,\-]+)\s+)?(?P<from>\d\d:\d\d)-(?P<to>\d\d:\d\d)$")
_HOLIDAY = re.compile(r"^(?:\d{4}-)?\d\d-\d\d$")


@dataclass(frozen=True)
class Hours:
    """A window of local time: `08:00-20:00`, `mon-fri 08:00-20:00`, `work 08:00-20:00`.

    `work` is Monday to Friday without holidays. A window whose end is not after its start runs
    over midnight; it belongs to the day on which it starts.
    """

    text: str
    days: frozenset[int]
    start: time
    end: time
    no_holidays: bool = False

    @classmethod
    def parse(cls, text: str) -> Hours:
        """From its text; ValueError when it cannot be read."""
        match = _HOURS.match(text.strip().lower())
        if not match:
            raise ValueError(text)
        words = match.group("days") or "mon-sun"
        days: set[int] = set()
        for part in ("mon-fri" if words == "work" else words).split(","):
            first, _, last = part.partition("-")
            a, b = _DAYS.index(first), _DAYS.index(last or first)
            days |= {day % 7 for day in range(a, b + 1 if b >= a else b + 8)}
        return cls(
            text=text,
            days=frozenset(days),
            start=time.fromisoformat(match.group("from")),
            end=time.fromisoformat(match.group("to")),
            no_holidays=words == "work",
        )

    def holds(self, when_local: datetime, holidays: frozenset[str] = frozenset()) -> bool:
        """Whether a local time lies in the window."""
        clock = when_local.time()
        day = when_local.date()
        if self.start < self.end:
            inside = self.start <= clock < self.end
        elif clock >= self.start:
            inside = True
        else:
            inside = clock < self.end
            day = day.fromordinal(day.toordinal() - 1)
        if not inside or day.weekday() not in self.days:
            return False
        holiday = day.isoformat() in holidays or day.isoformat()[5:] in holidays
        return not (self.no_holidays and holiday)


@dataclass(frozen=True)
class UnitRule:
    """When, where and for what a kind of unit may be sent."""

    kinds: frozenset[str]
    levels: frozenset[Level] = frozenset()
    hours: Hours | None = None
    areas: frozenset[str] = frozenset()
    on_request: bool = False


class _RuleRow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    kinds: tuple[str, ...]
    levels: tuple[Level, ...] = ()
    hours: str = ""
    areas: tuple[str, ...] = ()
    on_request: bool = False


class _RulesFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    format: int
    holidays: tuple[str, ...] = ()
    crew: dict[str, int] = {}
    rule: tuple[_RuleRow, ...] = ()


@dataclass(frozen=True)
class Rules:
    """All rules of an agency about its units."""

    crew: dict[str, int] = field(default_factory=dict)
    rules: tuple[UnitRule, ...] = ()
    holidays: frozenset[str] = frozenset()

    @classmethod
    def read(cls, file: TomlFile) -> Rules:
        """From a decoded `rules.toml`; `Problem` naming file and line."""
        try:
            data = msgspec.convert(file.data, _RulesFile)
        except msgspec.ValidationError as error:
            raise file.problem("recommend.file.value", what=str(error)) from error
        if data.format != 1:
            raise file.problem("recommend.file.format", key="format", wanted=1)
        for day in data.holidays:
            if not _HOLIDAY.match(day):
                raise file.problem("recommend.file.value", key="holidays", what=day)
        rules = []
        for index, row in enumerate(data.rule):
            try:
                hours = Hours.parse(row.hours) if row.hours else None
            except ValueError as error:
                raise file.problem(
                    "recommend.cards.hours", "rule", index, key="hours", what=row.hours
                ) from error
            rules.append(
                UnitRule(
                    kinds=frozenset(row.kinds),
                    levels=frozenset(row.levels),
                    hours=hours,
                    areas=frozenset(row.areas),
                    on_request=row.on_request,
                )
            )
        return cls(crew=dict(data.crew), rules=tuple(rules), holidays=frozenset(data.holidays))
