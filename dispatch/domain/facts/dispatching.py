"""Facts about sending units: a dispatch carries the confirmation of a named person."""

from __future__ import annotations

from dispatch.domain.assignment import AssignmentState
from dispatch.domain.staff import Role
from dispatch.domain.value import Key, Micros, Text, Value


class Confirmation(Value, frozen=True):
    """The signature under a dispatch: a named person, signed on at a desk.

    Made only by `dispatch.desk.confirmation`, which checks the picture; the fold checks again.
    """

    user_id: Key
    name: Key
    role: Role
    desk_id: Key


class Sent(Value, frozen=True):
    """One unit that was confirmed, and the arrival that was shown when it was."""

    assignment_id: Key
    unit_id: Key
    slot_id: Text = ""
    capability: Text = ""
    eta_p50_s: float | None = None
    eta_p90_s: float | None = None


class DispatchConfirmed(Value, frozen=True):
    """Units are committed to an incident by a person.

    `recommendation_id` is the advice that stood there; `changed` tells whether the person sent
    something else than its plan; `shown_ms` is how long it had been on the screen.
    """

    incident_id: Key
    confirmation: Confirmation
    sent: tuple[Sent, ...]
    recommendation_id: str | None = None
    plan_kind: Text = ""
    changed: bool = False
    shown_ms: int | None = None


class AssignmentProgressed(Value, frozen=True):
    """A unit's way: alerted, acknowledged, en route and on. `t_us` is when it was reported."""

    assignment_id: Key
    state: AssignmentState
    t_us: Micros
    hospital_id: Text = ""
    source: Text = ""
    note: Text = ""
    undoes: int | None = None


class UnitRecalled(Value, frozen=True):
    """A person calls a unit off (recalled) or it is not needed (stood down)."""

    assignment_id: Key
    state: AssignmentState
    reason: Text
    confirmation: Confirmation
