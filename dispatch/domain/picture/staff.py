"""What people signing on and alarms do to the picture."""

from __future__ import annotations

from msgspec.structs import replace

from dispatch.domain.facts import staff as facts
from dispatch.domain.facts.envelope import Envelope
from dispatch.domain.picture.picture import Change, Handlers, Picture
from dispatch.domain.staff import Alarm, SignedOn


def _signed_on(picture: Picture, fact: facts.SignedOnFact, e: Envelope) -> tuple[Change, ...]:
    picture.staff[fact.desk_id] = SignedOn(
        user_id=fact.user_id,
        name=fact.name,
        role=fact.role,
        desk_id=fact.desk_id,
        since_us=e.t_us,
    )
    return (Change("staff", fact.desk_id, ("signed_on",)),)


def _signed_off(picture: Picture, fact: facts.SignedOff, e: Envelope) -> tuple[Change, ...]:
    picture.staff.pop(fact.desk_id, None)
    return (Change("staff", fact.desk_id, ("signed_on",)),)


def _raised(picture: Picture, fact: facts.AlarmRaised, e: Envelope) -> tuple[Change, ...]:
    picture.alarms[fact.alarm_id] = Alarm(
        alarm_id=fact.alarm_id,
        kind=fact.alarm_kind,
        subject=fact.subject,
        message=fact.message,
        raised_us=e.t_us,
    )
    return (Change("alarm", fact.alarm_id, ("raised",)),)


def _taken(picture: Picture, fact: facts.AlarmTaken, e: Envelope) -> tuple[Change, ...]:
    alarm = picture.alarms[fact.alarm_id]
    picture.alarms[fact.alarm_id] = replace(alarm, taken_by=fact.by, taken_us=e.t_us)
    return (Change("alarm", fact.alarm_id, ("taken",)),)


def _ended(picture: Picture, fact: facts.AlarmEnded, e: Envelope) -> tuple[Change, ...]:
    picture.alarms.pop(fact.alarm_id, None)
    return (Change("alarm", fact.alarm_id, ("ended",)),)


HANDLERS: Handlers = {
    "staff.signed_on": _signed_on,
    "staff.signed_off": _signed_off,
    "alarm.raised": _raised,
    "alarm.taken": _taken,
    "alarm.ended": _ended,
}
