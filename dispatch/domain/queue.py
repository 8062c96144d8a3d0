"""The queue: which incidents need units, which are under way, whom to ring back, in what order.

The order is by level, then by time left to the next target; each row carries its reason.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from dispatch.domain.assignment import Assignment, AssignmentState
from dispatch.domain.incident import Incident
from dispatch.domain.level import Level
from dispatch.domain.message import Message
from dispatch.domain.picture.picture import Picture
from dispatch.domain.target import Target, TargetState, applies, state_of

NO_LIMIT_S = 1e9


@dataclass(frozen=True)
class QueueRow:
    """One incident in the queue.

    `age_s` counts from the first ring (`begun_us`), not from when somebody filled in the form.
    `units_needed` is None until a run card has spoken. `target` is the next one to be met: first
    to send, then to arrive; None means not set.
    """

    incident: Incident
    level: Level | None
    age_s: float
    target: TargetState | None
    units_confirmed: int
    units_needed: int | None
    assignments: tuple[Assignment, ...]
    reason: Message


@dataclass
class Queue:
    """Three groups, each in order of urgency."""

    needs_units: list[QueueRow] = field(default_factory=list)
    under_way: list[QueueRow] = field(default_factory=list)
    call_backs: list[QueueRow] = field(default_factory=list)

    def rows(self) -> list[QueueRow]:
        """All rows in the order shown."""
        return [*self.needs_units, *self.under_way, *self.call_backs]


def next_target(
    picture: Picture, targets: Iterable[Target], incident: Incident, now_us: int
) -> TargetState | None:
    """The first target in force: until someone is confirmed the one for sending, then arriving."""
    calls = [picture.calls[c] for c in incident.call_ids if c in picture.calls]
    assignments = picture.assignments_of(incident.incident_id)
    stops = ("on_scene",) if incident.first_confirmed_us is not None else ("confirmed", "alerted")
    fitting = [t for t in targets if applies(t, incident)]
    for stop_set in (stops, ("on_scene",)):
        for target in fitting:
            if target.stop in stop_set:
                return state_of(target, incident, calls, assignments, now_us)
    return None


def begun_us(picture: Picture, incident: Incident) -> int:
    """When help was first asked for: the first ring of its callers, else its opening."""
    calls = (picture.calls.get(call_id) for call_id in incident.call_ids)
    return min((c.received_us for c in calls if c is not None), default=incident.opened_us)


def queue_of(picture: Picture, targets: tuple[Target, ...], now_us: int) -> Queue:
    """The queue at a moment."""
    queue = Queue()
    for incident in picture.open_incidents():
        row = row_of(picture, targets, incident, now_us)
        if incident.no_unit_needed:
            queue.call_backs.append(row)
        elif needs_units(row):
            queue.needs_units.append(row)
        else:
            queue.under_way.append(row)
    for group in (queue.needs_units, queue.under_way):
        group.sort(key=_urgency)
    queue.call_backs.sort(key=lambda r: (r.incident.callback_due_us or 0, r.incident.number))
    return queue


def needs_units(row: QueueRow) -> bool:
    """Whether somebody has to be sent, or more than were."""
    incident = row.incident
    if incident.first_confirmed_us is None:
        return True
    open_now = row.units_confirmed
    if open_now == 0:
        return not _ever_cleared(row.assignments)
    arrived = incident.first_on_scene_us is not None
    return not arrived and row.units_needed is not None and open_now < row.units_needed


def _ever_cleared(assignments: tuple[Assignment, ...]) -> bool:
    """Whether a unit did its work there; recalled ones left the need as it was."""
    return any(a.state is AssignmentState.CLEAR for a in assignments)


def row_of(
    picture: Picture, targets: tuple[Target, ...], incident: Incident, now_us: int
) -> QueueRow:
    """One incident's row at a moment, for whoever follows incidents one by one."""
    assignments = tuple(picture.assignments_of(incident.incident_id))
    confirmed = sum(a.is_open for a in assignments)
    advised = picture.recommendations.get(incident.incident_id)
    target = next_target(picture, targets, incident, now_us)
    return QueueRow(
        incident=incident,
        level=incident.level,
        age_s=max(0.0, (now_us - begun_us(picture, incident)) / 1e6),
        target=target,
        units_confirmed=confirmed,
        units_needed=len(advised.slots) if advised else None,
        assignments=assignments,
        reason=_reason(incident, target, assignments),
    )


def _reason(
    incident: Incident, target: TargetState | None, assignments: tuple[Assignment, ...]
) -> Message:
    if incident.place.point is None:
        return Message("queue.reason.no_place")
    if incident.first_confirmed_us is None:
        return Message("queue.reason.nobody_sent")
    if any(a.is_open and not a.state.is_told for a in assignments):
        return Message("queue.reason.not_acknowledged")
    if not any(a.is_open for a in assignments):
        done = _ever_cleared(assignments)
        return Message("queue.reason.to_close" if done else "queue.reason.nobody_sent")
    if target is not None and target.late and target.stopped_us is None:
        return Message("queue.reason.late")
    return Message("queue.reason.on_time")


def _urgency(row: QueueRow) -> tuple[int, float, int]:
    rank = row.level.rank if row.level else 3
    left = row.target.left_s if row.target and row.target.stopped_us is None else NO_LIMIT_S
    return rank, left, row.incident.number
