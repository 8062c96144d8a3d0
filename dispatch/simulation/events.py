"""What goes in and out of a simulated world: orders in, events out."""

from __future__ import annotations

from dispatch.domain.assignment import AssignmentState
from dispatch.domain.call import CallerScript
from dispatch.domain.closure import ClosedRoads, ClosureReason, ClosureShape
from dispatch.domain.level import Level
from dispatch.domain.message import Message
from dispatch.domain.unit import UnitState
from dispatch.domain.value import Key, Micros, Point, Text, Value


class WorldSpec(Value, frozen=True):
    """Which world to open.

    `kind` is `shift` (a seeded city), `recorded` (calls of an agency's file) or `scenario`
    (a script). `source` names the recorded file or the scenario. `calls_per_hour` 0 means what
    the agency's demand says.
    """

    kind: Key
    seed: int = 1
    start_us: Micros = 0
    end_us: Micros | None = None
    source: Text = ""
    calls_per_hour: float = 0.0


# -- events ------------------------------------------------------------------------------------


class CallRings(Value, frozen=True, tag="call_rings"):
    """A caller rings, with what they will say and what it really is."""

    t_us: Micros
    call_id: Key
    line: Text
    number: Text
    language: Text
    where: Point | None
    accuracy_m: float
    script: CallerScript
    truth_type: Key
    truth_level: Level
    truth_point: Point
    same_as_call: str | None = None


class CallerLeaves(Value, frozen=True, tag="caller_leaves"):
    """The caller hangs up or the line breaks."""

    t_us: Micros
    call_id: Key


class CrewReports(Value, frozen=True, tag="crew_reports"):
    """A crew's terminal reports progress of its assignment."""

    t_us: Micros
    unit_id: Key
    assignment_id: Key
    state: AssignmentState
    hospital_id: Text = ""


class UnitReports(Value, frozen=True, tag="unit_reports"):
    """A crew's terminal reports a state outside any assignment (back at the station ...)."""

    t_us: Micros
    unit_id: Key
    state: UnitState
    reason: Text = ""


class FixesReported(Value, frozen=True, tag="fixes"):
    """Vehicle positions, one row a vehicle that moved or was due to report."""

    t_us: Micros
    unit_ids: tuple[str, ...]
    lon: tuple[float, ...]
    lat: tuple[float, ...]
    heading_deg: tuple[float, ...]
    speed_ms: tuple[float, ...]


class Closing(Value, frozen=True):
    """A road that an inject closes; `minutes` None is until somebody opens it."""

    shape: ClosureShape
    points: tuple[Point, ...]
    roads: ClosedRoads
    region_hash: Text
    reason: ClosureReason
    names: tuple[Text, ...] = ()
    length_m: float = 0.0
    minutes: float | None = None
    note: Text = ""


class InjectHappens(Value, frozen=True, tag="inject"):
    """An inject of a scenario."""

    t_us: Micros
    inject_id: Key
    message: Message
    closes: Closing | None = None


class WorldEnds(Value, frozen=True, tag="world_ends"):
    """Nothing more will happen by itself."""

    t_us: Micros
    reason: Text


Event = (
    CallRings | CallerLeaves | CrewReports | UnitReports | FixesReported | InjectHappens | WorldEnds
)

# -- orders ------------------------------------------------------------------------------------


class CallTaken(Value, frozen=True, tag="call_taken"):
    """A dispatcher answered."""

    t_us: Micros
    call_id: Key


class UnitSent(Value, frozen=True, tag="unit_sent"):
    """A person confirmed this unit for an incident; `call_ids` say what it really is."""

    t_us: Micros
    unit_id: Key
    assignment_id: Key
    incident_id: Key
    call_ids: tuple[str, ...]
    type_id: Text
    level: Level | None
    point: Point


class UnitCalledOff(Value, frozen=True, tag="unit_called_off"):
    """The unit was recalled or stood down."""

    t_us: Micros
    unit_id: Key
    assignment_id: Key


class UnitStateOrdered(Value, frozen=True, tag="unit_state_ordered"):
    """A person set a unit's state (out of service, back in service ...)."""

    t_us: Micros
    unit_id: Key
    state: UnitState


class RoadsOrdered(Value, frozen=True, tag="roads_ordered"):
    """These roads and no others are closed from now on."""

    t_us: Micros
    roads: ClosedRoads


Order = CallTaken | UnitSent | UnitCalledOff | UnitStateOrdered | RoadsOrdered
