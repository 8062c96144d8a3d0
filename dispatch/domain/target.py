"""Targets: a start event, a stop event, a limit, a share and a scope. Unknown is "not set"."""

from __future__ import annotations

from dispatch.domain.assignment import Assignment, AssignmentState
from dispatch.domain.call import Call
from dispatch.domain.incident import Incident
from dispatch.domain.place import PlaceState
from dispatch.domain.value import Key, Seconds, Text, Value

CALL_EVENTS = ("ringing", "answered", "created", "verified")


class Target(Value, frozen=True):
    """What a service has promised. Empty scopes mean all."""

    id: Key
    service: Text
    start: Key
    stop: Key
    limit_s: Seconds
    share: float = 1.0
    which: Text = "first"
    levels: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    unit_kinds: tuple[str, ...] = ()
    source: Text = ""


class TargetState(Value, frozen=True):
    """How an incident stands against a target now.

    `started_us` is None while the start event has not happened. `left_s` is negative when late;
    `used` is the share of the limit that is gone (may pass 1).
    """

    target: Target
    started_us: int | None
    stopped_us: int | None
    left_s: float
    used: float
    late: bool


def event_us(
    event: str, incident: Incident, calls: list[Call], assignments: list[Assignment]
) -> int | None:
    """When an event of an incident first happened, microseconds; None when it has not."""
    if event == "ringing":
        return min((c.received_us for c in calls), default=incident.opened_us)
    if event == "answered":
        taken = [c.answered_us for c in calls if c.answered_us is not None]
        return min(taken, default=incident.opened_us)
    if event == "created":
        return incident.opened_us
    if event == "verified":
        return incident.opened_us if incident.place.state is not PlaceState.UNVERIFIED else None
    try:
        state = AssignmentState(event)
    except ValueError:
        return None
    times = [a.times[state.value] for a in assignments if state.value in a.times]
    return min(times, default=None)


def applies(target: Target, incident: Incident) -> bool:
    """Whether a target's scope fits an incident."""
    level = incident.level
    return (
        (not target.service or not incident.services or target.service in incident.services)
        and (not target.levels or (level is not None and level.value in target.levels))
        and (not target.types or incident.type_id in target.types)
        and not target.unit_kinds
    )


def state_of(
    target: Target,
    incident: Incident,
    calls: list[Call],
    assignments: list[Assignment],
    now_us: int,
) -> TargetState:
    """How an incident stands against one target at a moment."""
    started = event_us(target.start, incident, calls, assignments)
    stopped = event_us(target.stop, incident, calls, assignments)
    if started is None:
        return TargetState(
            target=target,
            started_us=None,
            stopped_us=stopped,
            left_s=target.limit_s,
            used=0.0,
            late=False,
        )
    spent_s = ((stopped if stopped is not None else now_us) - started) / 1e6
    return TargetState(
        target=target,
        started_us=started,
        stopped_us=stopped,
        left_s=target.limit_s - spent_s,
        used=max(0.0, spent_s / target.limit_s) if target.limit_s else 1.0,
        late=spent_s > target.limit_s,
    )
