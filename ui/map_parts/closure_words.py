"""What is said of a closed road, and the ends a person may give it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from dispatch.domain.closure import Closure
from dispatch.domain.message import Message
from dispatch.region.agency import Agency
from ui.incidents.durations import clock_text
from ui.incidents.queue_lines import person_name
from ui.map_parts.figures import decimal
from ui.panel import PanelContext

HOURS = (1, 4)
#: Where no unit's shift says when the watch changes.
CHANGES_MIN = (8 * 60, 20 * 60)
NAMES_SHOWN = 2
_TIME = re.compile(r"^(?:(\d{1,2})[:.h]?(\d{2})|(\d{1,2}))$")


@dataclass(frozen=True)
class End:
    """When a closure ends: a moment, or None with `reopened` for until somebody opens it."""

    until_us: int | None
    reopened: bool = False


def street_of(context: PanelContext, names: tuple[str, ...], *, most: int = NAMES_SHOWN) -> str:
    """The streets' names, as many as one reads at a glance."""
    if not names:
        return context.say("closures.unnamed")
    shown = ", ".join(names[:most])
    rest = len(names) - most
    return context.say("closures.and_more", street=shown, n=rest) if rest > 0 else shown


def length_of(context: PanelContext, metres: float) -> str:
    """A length as one says it: 340 m, 1.2 km."""
    if metres < 1_000:
        return context.say("hands.m", n=max(10, round(metres / 10) * 10))
    return context.say("hands.km", n=decimal(metres / 1000, 1, context.language))


def moment_of(context: PanelContext, t_us: int) -> str:
    """The time of day; with the date where it is not today."""
    zone = ZoneInfo(context.time_zone)
    there = datetime.fromtimestamp(t_us / 1e6, UTC).astimezone(zone)
    today = datetime.fromtimestamp(context.clock.now_us() / 1e6, UTC).astimezone(zone)
    time = clock_text(t_us, context.time_zone)
    if there.date() == today.date():
        return time
    return context.say("closures.on_day", day=there.strftime("%d.%m."), time=time)


def until_of(context: PanelContext, until_us: int | None) -> str:
    """Until when."""
    if until_us is None:
        return context.say("closures.until_reopened")
    return context.say("closures.until", time=moment_of(context, until_us))


def label_of(context: PanelContext, closure: Closure) -> str:
    """Why and until when, in one breath."""
    reason = context.say(f"closures.reason.{closure.reason.value}")
    if not closure.in_force:
        begins = context.say("closures.from", time=moment_of(context, closure.from_us))
        return f"{reason} · {begins}"
    return f"{reason} · {until_of(context, closure.until_us)}"


def author_of(context: PanelContext, closure: Closure) -> str:
    """Who closed it, and when."""
    name = closure.author_name or person_name(context, closure.author)
    if closure.author == "system":
        name = context.say("closures.by_script")
    return context.say("closures.by", name=name, time=moment_of(context, closure.set_us))


def card_of(context: PanelContext, closure: Closure, street: str) -> list[Message]:
    """The lines of its card: which road, why and until, how long, a note, who."""
    head = "closures.card.closed" if closure.in_force else "closures.card.planned"
    one_way = bool(closure.roads.along or closure.roads.against) and not closure.roads.edges
    lines = [Message(head, {"street": street}), _plain(label_of(context, closure))]
    ways = "closures.card.one_way" if one_way else "closures.card.both_ways"
    lines.append(Message(ways, {"length": length_of(context, closure.length_m)}))
    if closure.note:
        lines.append(_plain(closure.note))
    incident = context.board.incident(closure.incident_id)
    if incident is not None:
        lines.append(Message("closures.card.incident", {"number": incident.number_text}))
    lines.append(_plain(author_of(context, closure)))
    return lines


def _plain(text: str) -> Message:
    return Message("closures.plain", {"text": text})


def end_of_shift_us(now_us: int, time_zone: str, agency: Agency | None) -> int:
    """When the watch next changes: the end of the shift that most units on duty have."""
    zone = ZoneInfo(time_zone)
    local = datetime.fromtimestamp(now_us / 1e6, UTC).astimezone(zone)
    ends: dict[int, int] = {}
    for unit in agency.units if agency is not None else ():
        shift = unit.shift
        if shift.covers(local) and (shift.from_min, shift.to_min) != (0, 24 * 60):
            ends[shift.to_min % (24 * 60)] = ends.get(shift.to_min % (24 * 60), 0) + 1
    changes = [max(ends, key=lambda minute: ends[minute])] if ends else CHANGES_MIN
    return min(next_time_us(now_us, zone, minute) for minute in changes)


def next_time_us(now_us: int, zone: ZoneInfo, minute: int) -> int:
    """The next moment, in microseconds UTC, at a minute of the day."""
    local = datetime.fromtimestamp(now_us / 1e6, UTC).astimezone(zone)
    then = local.replace(hour=minute // 60, minute=minute % 60, second=0, microsecond=0)
    if then <= local:
        then += timedelta(days=1)
    return round(then.timestamp() * 1e6)


def minute_of(text: str) -> int | None:
    """The minute of the day that a text names: `14:00`, `1400`, `14.00`, `9`; None for others."""
    found = _TIME.match(text.strip())
    if found is None:
        return None
    hour, minute = int(found[1] or found[3]), int(found[2] or 0)
    return hour * 60 + minute if hour < 24 and minute < 60 else None
