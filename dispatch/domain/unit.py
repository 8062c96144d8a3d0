"""Units: who they are, their states, and which moves between states are usual."""

from __future__ import annotations

from enum import Enum

from dispatch.domain.value import Key, Micros, Point, Text, Value


class UnitState(Enum):
    """What a unit is doing, as it or its crew last said."""

    AVAILABLE_ON_AIR = "available_on_air"
    AVAILABLE_AT_STATION = "available_at_station"
    ASSIGNED = "assigned"
    EN_ROUTE = "en_route"
    STAGING = "staging"
    ON_SCENE = "on_scene"
    TRANSPORTING = "transporting"
    AT_HOSPITAL = "at_hospital"
    RETURNING = "returning"
    ON_BREAK = "on_break"
    OUT_OF_SERVICE = "out_of_service"
    OFF_DUTY = "off_duty"

    @property
    def is_available(self) -> bool:
        """Free to be sent: on the air, at its station, or on its way back."""
        return self in _AVAILABLE


_AVAILABLE = frozenset(
    {UnitState.AVAILABLE_ON_AIR, UnitState.AVAILABLE_AT_STATION, UnitState.RETURNING}
)
_BUSY = (
    UnitState.ASSIGNED,
    UnitState.EN_ROUTE,
    UnitState.STAGING,
    UnitState.ON_SCENE,
    UnitState.TRANSPORTING,
    UnitState.AT_HOSPITAL,
)
_FREE = (UnitState.AVAILABLE_ON_AIR, UnitState.AVAILABLE_AT_STATION, UnitState.RETURNING)
_AWAY = (UnitState.ON_BREAK, UnitState.OUT_OF_SERVICE, UnitState.OFF_DUTY)

#: Usual moves. Another move is recorded with a note, never refused: the radio is right.
USUAL_MOVES: dict[UnitState, frozenset[UnitState]] = {
    **{state: frozenset({*_FREE, UnitState.ASSIGNED, *_AWAY}) for state in _FREE},
    UnitState.ASSIGNED: frozenset({UnitState.EN_ROUTE, UnitState.ON_SCENE, *_FREE}),
    UnitState.EN_ROUTE: frozenset({UnitState.STAGING, UnitState.ON_SCENE, *_FREE}),
    UnitState.STAGING: frozenset({UnitState.ON_SCENE, UnitState.EN_ROUTE, *_FREE}),
    UnitState.ON_SCENE: frozenset({UnitState.TRANSPORTING, *_FREE}),
    UnitState.TRANSPORTING: frozenset({UnitState.AT_HOSPITAL, *_FREE}),
    UnitState.AT_HOSPITAL: frozenset({*_FREE, UnitState.ON_BREAK, UnitState.OUT_OF_SERVICE}),
    **{state: frozenset({*_FREE, *_AWAY}) for state in _AWAY},
}


def is_usual_move(before: UnitState, after: UnitState) -> bool:
    """Whether a unit's move between two states needs no note."""
    return before is after or after in USUAL_MOVES[before]


class Unit(Value, frozen=True):
    """A unit on the roster and what it is doing now."""

    unit_id: Key
    kind: Key
    service: Key
    label: Text
    station_id: str
    capabilities: tuple[str, ...]
    crew: int
    home: Point
    state: UnitState = UnitState.AVAILABLE_AT_STATION
    since_us: Micros = 0
    reason: Text = ""
    incident_id: str | None = None
    assignment_id: str | None = None


class Fix(Value, frozen=True):
    """A vehicle's last known position (a stream beside the picture, outside its hash)."""

    unit_id: Key
    point: Point
    t_us: Micros
    heading_deg: float = 0.0
    speed_ms: float = 0.0
