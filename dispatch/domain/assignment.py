"""An assignment: one unit on one incident, from a person's confirmation to clear."""

from __future__ import annotations

from enum import Enum

from dispatch.domain.unit import UnitState
from dispatch.domain.value import Key, Micros, Text, Value


class AssignmentState(Enum):
    """Confirmed is not told: only an acknowledgement says that a crew knows."""

    CONFIRMED = "confirmed"
    ALERTED = "alerted"
    ACKNOWLEDGED = "acknowledged"
    EN_ROUTE = "en_route"
    STAGING = "staging"
    ON_SCENE = "on_scene"
    AT_PATIENT = "at_patient"
    LEAVING = "leaving"
    AT_HOSPITAL = "at_hospital"
    HANDED_OVER = "handed_over"
    CLEAR = "clear"
    STOOD_DOWN = "stood_down"
    RECALLED = "recalled"

    @property
    def is_over(self) -> bool:
        """Whether the unit is free of this incident."""
        return self in _OVER

    @property
    def is_told(self) -> bool:
        """Whether the crew has answered (or is beyond answering)."""
        return self not in (AssignmentState.CONFIRMED, AssignmentState.ALERTED)


_OVER = frozenset({AssignmentState.CLEAR, AssignmentState.STOOD_DOWN, AssignmentState.RECALLED})

#: What a unit is doing while its assignment stands so.
UNIT_STATE: dict[AssignmentState, UnitState] = {
    AssignmentState.CONFIRMED: UnitState.ASSIGNED,
    AssignmentState.ALERTED: UnitState.ASSIGNED,
    AssignmentState.ACKNOWLEDGED: UnitState.ASSIGNED,
    AssignmentState.EN_ROUTE: UnitState.EN_ROUTE,
    AssignmentState.STAGING: UnitState.STAGING,
    AssignmentState.ON_SCENE: UnitState.ON_SCENE,
    AssignmentState.AT_PATIENT: UnitState.ON_SCENE,
    AssignmentState.LEAVING: UnitState.TRANSPORTING,
    AssignmentState.AT_HOSPITAL: UnitState.AT_HOSPITAL,
    AssignmentState.HANDED_OVER: UnitState.AT_HOSPITAL,
    AssignmentState.CLEAR: UnitState.AVAILABLE_ON_AIR,
    AssignmentState.STOOD_DOWN: UnitState.AVAILABLE_ON_AIR,
    AssignmentState.RECALLED: UnitState.AVAILABLE_ON_AIR,
}


class Assignment(Value, frozen=True):
    """One unit on one incident. `times` maps each state's name to when it was reached."""

    assignment_id: Key
    incident_id: Key
    unit_id: Key
    slot_id: Text = ""
    capability: Text = ""
    state: AssignmentState = AssignmentState.CONFIRMED
    times: dict[str, Micros] = {}
    confirmed_by: Text = ""
    eta_p50_s: float | None = None
    eta_p90_s: float | None = None
    hospital_id: str = ""
    reason: Text = ""

    @property
    def is_open(self) -> bool:
        """Whether the unit is still committed."""
        return not self.state.is_over

    @property
    def confirmed_us(self) -> int:
        """When a person confirmed it."""
        return self.times.get(AssignmentState.CONFIRMED.value, 0)
