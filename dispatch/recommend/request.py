"""What the recommendation room is asked: an incident, its need and every unit as known now."""

from __future__ import annotations

from typing import Annotated, Any, Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

from dispatch.domain.level import Level
from dispatch.domain.unit import Fix, Unit
from dispatch.domain.value import Key, Micros, Point, Seconds, Text, Value

Count = Annotated[int, msgspec.Meta(ge=1, le=50)]


class Roads(Protocol):
    """The part of the region room's road times that is needed here."""

    def many_to_one(self, origins: Any, target: tuple[float, float]) -> NDArray[np.float64]:
        """Seconds of driving from each (lon, lat) row to the target; inf where there is no way.

        Where the road times have a `snap_origins`, its answer is handed in again and again.
        """
        ...


class UnitView(Value, frozen=True):
    """A unit and its last known position, None where it never reported one."""

    unit: Unit
    fix: Fix | None = None


class Limits(Value, frozen=True):
    """The agency's limits that gates compare with.

    `fix_age_s`: an older position is stale. `accuracy_m`: from this radius of a caller's circle
    on, units are timed to the worst of several points in it. `station_m`: a unit that says it is
    at its station while a fresh fix shows it further away is believed to be where the fix is.
    """

    fix_age_s: Seconds = 120.0
    accuracy_m: float = 50.0
    station_m: float = 500.0


class Waiting(Value, frozen=True):
    """Another incident that waits for units: it competes for them in the same solve."""

    incident_id: Key
    type_id: Key
    level: Level
    point: Point
    area: Text = ""
    alarm_level: int = 1
    patients: Count = 1
    flags: tuple[str, ...] = ()


class RecommendRequest(Value, frozen=True):
    """Everything a recommendation depends on, beside roads, run cards and the arrival model.

    `units` holds the whole roster, units already on this incident included; `assigned_slots`
    says which slot those fill, where it is known (unit id -> slot id); `served_slots` says the
    same of units that have come and gone: what they filled is not wanted again. `incident_labels`
    maps incident ids to the numbers people say, for the why-not. `time_zone` is the region's IANA
    name: run cards have hours of the local day. The caller chooses the road profile (lights, or
    normal traffic for the mild levels) by the `roads` it hands in.
    """

    recommendation_id: Key
    incident_id: Key
    incident_version: int
    as_of_us: Micros
    time_zone: Key
    type_id: Key
    level: Level
    point: Point
    units: tuple[UnitView, ...]
    accuracy_m: float = 0.0
    area: Text = ""
    alarm_level: int = 1
    patients: Count = 1
    flags: tuple[str, ...] = ()
    assigned_slots: dict[str, str] = {}
    served_slots: dict[str, str] = {}
    incident_labels: dict[str, str] = {}
    limits: Limits = Limits()
    waiting: tuple[Waiting, ...] = ()
