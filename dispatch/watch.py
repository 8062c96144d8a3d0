"""The watch: what is due by time alone becomes an alarm, and ends when its cause does.

Pure: it looks at the picture and says which alarms should stand; the centre has the desk raise
and end them.
"""

from __future__ import annotations

from dataclasses import dataclass

from dispatch.domain.message import Message, Value
from dispatch.domain.picture import Picture
from dispatch.domain.queue import next_target
from dispatch.domain.target import Target


@dataclass(frozen=True)
class Limits:
    """The agency's limits in seconds."""

    acknowledge_s: float = 60.0
    call_answer_s: float = 15.0
    closure_review_s: float = 4 * 3_600.0


@dataclass(frozen=True)
class DueAlarm:
    """An alarm that should stand now."""

    alarm_id: str
    kind: str
    subject: str
    message: Message


def due_alarms(
    picture: Picture, targets: tuple[Target, ...], limits: Limits, now_us: int
) -> list[DueAlarm]:
    """All alarms whose cause holds at a moment, in a steady order."""
    return [
        *_unanswered_calls(picture, limits, now_us),
        *_unacknowledged(picture, limits, now_us),
        *_late(picture, targets, now_us),
        *_call_backs(picture, now_us),
        *_closures_to_look_at(picture, limits, now_us),
    ]


def due_closures(picture: Picture, now_us: int) -> tuple[list[str], list[str]]:
    """Ids of the closures whose hour has come, and of those whose end has."""
    standing = picture.closures.values()
    ended = [c.closure_id for c in standing if c.until_us is not None and now_us >= c.until_us]
    began = [
        c.closure_id
        for c in standing
        if not c.in_force and now_us >= c.from_us and c.closure_id not in ended
    ]
    return began, ended


def ended_alarms(picture: Picture, due: list[DueAlarm]) -> list[str]:
    """Ids of the watch's own standing alarms whose cause is gone."""
    holds = {alarm.alarm_id for alarm in due}
    return [
        alarm_id
        for alarm_id in picture.alarms
        if alarm_id.startswith("watch:") and alarm_id not in holds
    ]


def _unanswered_calls(picture: Picture, limits: Limits, now_us: int) -> list[DueAlarm]:
    alarms = []
    for call in picture.ringing():
        waited_s = (now_us - call.received_us) / 1e6
        if waited_s >= limits.call_answer_s:
            message = Message("watch.call_unanswered", {"limit_s": int(limits.call_answer_s)})
            alarms.append(
                DueAlarm(f"watch:ring:{call.call_id}", "call_unanswered", call.call_id, message)
            )
    return alarms


def _unacknowledged(picture: Picture, limits: Limits, now_us: int) -> list[DueAlarm]:
    alarms = []
    for unit in picture.units.values():
        held = picture.assignments.get(unit.assignment_id or "")
        if held is None or not held.is_open or held.state.is_told:
            continue
        if (now_us - held.confirmed_us) / 1e6 >= limits.acknowledge_s:
            number = picture.incidents[held.incident_id].number_text
            values: dict[str, Value] = {
                "unit": unit.unit_id,
                "number": number,
                "limit_s": int(limits.acknowledge_s),
            }
            alarms.append(
                DueAlarm(
                    f"watch:ack:{held.assignment_id}",
                    "not_acknowledged",
                    held.incident_id,
                    Message("watch.not_acknowledged", values),
                )
            )
    return alarms


def _late(picture: Picture, targets: tuple[Target, ...], now_us: int) -> list[DueAlarm]:
    alarms = []
    for incident in picture.open_incidents():
        if incident.no_unit_needed or incident.first_confirmed_us is not None:
            continue
        state = next_target(picture, targets, incident, now_us)
        if state is not None and state.late and state.stopped_us is None:
            values: dict[str, Value] = {
                "number": incident.number_text,
                "limit_s": int(state.target.limit_s),
            }
            alarms.append(
                DueAlarm(
                    f"watch:late:{incident.incident_id}",
                    "target_late",
                    incident.incident_id,
                    Message("watch.target_late", values),
                )
            )
    return alarms


def _call_backs(picture: Picture, now_us: int) -> list[DueAlarm]:
    alarms = []
    for incident in picture.open_incidents():
        due = incident.callback_due_us
        if due is not None and now_us >= due:
            alarms.append(
                DueAlarm(
                    f"watch:callback:{incident.incident_id}:{due}",
                    "call_back_due",
                    incident.incident_id,
                    Message("watch.call_back_due", {"number": incident.number_text}),
                )
            )
    return alarms


def _closures_to_look_at(picture: Picture, limits: Limits, now_us: int) -> list[DueAlarm]:
    """A road closed "until reopened" is asked about every few hours, else it stays for ever."""
    alarms = []
    for closure in picture.closures.values():
        since_us = max(closure.reviewed_us, closure.from_us)
        asked = int((now_us - since_us) / (limits.closure_review_s * 1e6))
        if closure.until_us is None and closure.in_force and asked >= 1:
            hours = max(1, round((now_us - closure.reviewed_us) / 3.6e9))
            values: dict[str, Value] = {"street": ", ".join(closure.names[:2]), "hours": hours}
            alarms.append(
                DueAlarm(
                    f"watch:closure:{closure.closure_id}:{closure.reviewed_us}:{asked}",
                    "closure_to_look_at",
                    closure.closure_id,
                    Message("watch.closure_to_look_at", values),
                )
            )
    return alarms
