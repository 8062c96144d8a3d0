"""Where every observed unit was and what it did at any moment, by the record up to that moment.

Nothing later than the moment asked about is used: a unit is busy from its dispatch until it is
available again; afterwards it is at its last known place (the scene, or the hospital nearest to it
after a transport). A housed unit drives home from there at `RETURN_MS` and is then at its station.
A unit without a station is on duty from its first run until `IDLE_S` after its last one.
"""

from __future__ import annotations

import bisect
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dispatch.domain.unit import Fix, Unit, UnitState
from dispatch.domain.value import Point
from dispatch.recommend.arrival import distance_m
from dispatch.recommend.observed import ObservedFleet, RecordedCall, RecordedUnit
from dispatch.recommend.request import UnitView

#: Metres a second on the straight line on the way home; somewhat fast, because crews are often on
#: their way before they say that they are clear.
RETURN_MS = 10.0
#: An ambulance that has not run for so long has gone off duty, as far as the record shows.
IDLE_S = 2 * 3600.0
#: A run whose end was not recorded is taken to last so long.
UNKNOWN_RUN_S = 3600.0


@dataclass(frozen=True, slots=True)
class _Run:
    """One unit's part in one call."""

    call_id: str
    start_us: int
    end_us: int
    scene: Point
    last: Point
    unit: RecordedUnit


class Timeline:
    """The record of a fleet, to be asked for its state at a moment."""

    def __init__(
        self,
        calls: Iterable[RecordedCall],
        fleet: ObservedFleet,
        hospitals: Sequence[Point] = (),
    ) -> None:
        self._fleet = fleet
        runs: dict[str, list[_Run]] = defaultdict(list)
        for call in calls:
            for unit in call.units:
                end = unit.available_us
                last = call.point
                if unit.transport_us is not None and hospitals:
                    last = min(hospitals, key=lambda place: distance_m(call.point, place))
                runs[unit.unit_id].append(
                    _Run(
                        call_id=call.call_id,
                        start_us=unit.dispatched_us,
                        end_us=unit.dispatched_us + round(UNKNOWN_RUN_S * 1e6)
                        if end is None
                        else max(end, unit.dispatched_us),
                        scene=call.point,
                        last=last,
                        unit=unit,
                    )
                )
        self._runs = {u: sorted(r, key=lambda run: run.start_us) for u, r in runs.items()}
        self._starts = {u: [run.start_us for run in r] for u, r in self._runs.items()}

    def at(self, now_us: int, but_call: str = "") -> tuple[UnitView, ...]:
        """All units as known just before `now_us`; the runs of `but_call` are not known yet."""
        return tuple(self._view(unit, now_us, but_call) for unit in self._fleet.units)

    def _view(self, unit: Unit, now_us: int, but_call: str) -> UnitView:
        runs = self._runs.get(unit.unit_id, [])
        n = bisect.bisect_left(self._starts.get(unit.unit_id, []), now_us)
        known = [run for run in runs[max(0, n - 4) : n] if run.call_id != but_call]
        housed = unit.unit_id in self._fleet.housed
        if not known:
            return _view(unit, UnitState.AVAILABLE_AT_STATION if housed else UnitState.OFF_DUTY)
        busy = next((run for run in reversed(known) if run.end_us > now_us), None)
        if busy is not None:
            return _view(unit, _busy_state(busy.unit, now_us), incident=busy.call_id)
        run = max(known, key=lambda run: run.end_us)
        idle_s = (now_us - run.end_us) / 1e6
        if not housed:
            if idle_s > IDLE_S:
                return _view(unit, UnitState.OFF_DUTY)
            return _view(unit, UnitState.AVAILABLE_ON_AIR, run.last, now_us)
        way_m = distance_m(run.last, unit.home)
        share = idle_s * RETURN_MS / way_m if way_m > 0 else 1.0
        if share >= 1.0:
            return _view(unit, UnitState.AVAILABLE_AT_STATION)
        here = Point(
            lon=run.last.lon + share * (unit.home.lon - run.last.lon),
            lat=run.last.lat + share * (unit.home.lat - run.last.lat),
        )
        return _view(unit, UnitState.RETURNING, here, now_us)


def _busy_state(unit: RecordedUnit, now_us: int) -> UnitState:
    for reached, state in (
        (unit.hospital_us, UnitState.AT_HOSPITAL),
        (unit.transport_us, UnitState.TRANSPORTING),
        (unit.on_scene_us, UnitState.ON_SCENE),
        (unit.en_route_us, UnitState.EN_ROUTE),
    ):
        if reached is not None and reached <= now_us:
            return state
    return UnitState.ASSIGNED


def _view(
    unit: Unit,
    state: UnitState,
    place: Point | None = None,
    now_us: int = 0,
    incident: str | None = None,
) -> UnitView:
    shown = Unit(
        unit_id=unit.unit_id,
        kind=unit.kind,
        service=unit.service,
        label=unit.label,
        station_id=unit.station_id,
        capabilities=unit.capabilities,
        crew=unit.crew,
        home=unit.home,
        state=state,
        incident_id=incident,
    )
    # The place is the best the record gives, so it is dated now: its age is not that of a lost fix.
    fix = Fix(unit_id=unit.unit_id, point=place, t_us=now_us) if place is not None else None
    return UnitView(unit=shown, fix=fix)
