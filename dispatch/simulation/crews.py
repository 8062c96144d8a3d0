"""Crews: they are alerted, answer, turn out, drive real road paths, stay, transport, return."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np

from dispatch.domain.assignment import AssignmentState as A
from dispatch.domain.level import Level
from dispatch.domain.unit import UnitState
from dispatch.region.roads import RoadTimes
from dispatch.simulation import events as w
from dispatch.simulation.agenda import Agenda
from dispatch.simulation.drive import Drive, Seen, drive
from dispatch.simulation.streams import stream
from dispatch.simulation.times import Spread, Times

TRANSPORTS = "transport"


@dataclass(frozen=True)
class CrewUnit:
    """Who a simulated unit is. Coordinates are (lon, lat)."""

    unit_id: str
    service: str
    capabilities: frozenset[str]
    home: tuple[float, float]
    on_duty: bool = True


@dataclass(frozen=True)
class CrewHospital:
    """Where patients go."""

    hospital_id: str
    point: tuple[float, float]
    capabilities: frozenset[str]


@dataclass
class _Crew:
    unit: CrewUnit
    at: tuple[float, float]
    heading_deg: float = 0.0
    drive: Drive | None = None
    leg: int = 0
    """Counts the drives: one that was begun anew ends by its own clock, not by the old one's."""
    then: Callable[[int], None] | None = None
    """What happens at the end of the drive."""
    job: str | None = None
    turn: int = 0
    """Counts the jobs: an action of an earlier job finds another number and does nothing."""
    reported_us: int = 0
    station: bool = True
    silent: list[tuple[int, int]] = field(default_factory=list)

    def seen(self, t_us: int) -> Seen:
        if self.drive is None:
            return Seen(*self.at, self.heading_deg, 0.0)
        return self.drive.seen(t_us)


class Crews:
    """All crews of a world. `emit` takes their reports."""

    def __init__(
        self,
        units: Iterable[CrewUnit],
        hospitals: Iterable[CrewHospital],
        roads: RoadTimes,
        times: Times,
        agenda: Agenda,
        emit: Callable[[w.Event], None],
        seed: int,
        start_us: int,
    ) -> None:
        self._roads, self._times, self._agenda = roads, times, agenda
        self._emit, self._seed = emit, seed
        self._hospitals = list(hospitals)
        self._crews = {unit.unit_id: _Crew(unit, unit.home) for unit in units}
        self._transported: set[str] = set()
        for crew in self._crews.values():
            crew.silent = self._silences(crew.unit.unit_id, start_us)

    def _silences(self, unit_id: str, start_us: int) -> list[tuple[int, int]]:
        """When this unit's terminal says nothing, over the first day."""
        rng, fixes = stream(self._seed, "silence", unit_id), self._times.fixes
        if rng.random() >= fixes.silent_share:
            return []
        spans, t_us = [], start_us
        while t_us < start_us + 86_400_000_000:
            t_us += round(rng.uniform(600, 5_400) * 1e6)
            length = round(rng.uniform(fixes.silent_min_s, fixes.silent_max_s) * 1e6)
            spans.append((t_us, t_us + length))
            t_us += length
        return spans

    # -- orders ------------------------------------------------------------------------------

    def send(self, order: w.UnitSent, t_us: int, true_level: Level, true_type: str) -> None:
        """A person confirmed this unit; everything else follows by itself."""
        crew = self._crews.get(order.unit_id)
        if crew is None:
            return
        crew.turn += 1
        crew.job = order.assignment_id
        # By the caller, not by the incident's id: that one is another in every run.
        subject = order.call_ids[0] if order.call_ids else order.incident_id
        rng = stream(self._seed, "job", f"{order.unit_id}|{subject}")
        job = _Job(self, crew, order, true_level, true_type, rng, crew.turn)
        job.begin(t_us)

    def call_off(self, unit_id: str, t_us: int) -> None:
        """The unit was recalled: it turns round where it is."""
        crew = self._crews.get(unit_id)
        if crew is not None and crew.job is not None:
            crew.turn += 1
            crew.job = None
            self._go_home(crew, t_us)

    def set_state(self, unit_id: str, state: UnitState, t_us: int) -> None:
        """A person took the unit off the run or brought it back; a parked one stays parked."""
        crew = self._crews.get(unit_id)
        if crew is None or crew.job is not None or crew.drive is None:
            return
        if state in (UnitState.OUT_OF_SERVICE, UnitState.OFF_DUTY, UnitState.ON_BREAK):
            seen = crew.seen(t_us)
            crew.turn += 1
            crew.at, crew.drive, crew.station = (seen.lon, seen.lat), None, False

    def close_roads(self, roads: RoadTimes, t_us: int) -> None:
        """Roads were closed or opened: whoever drives where it is closed now drives round it.

        A vehicle in the middle of it leaves by the nearer way; the others keep to their way.
        """
        self._roads = roads
        for crew in self._crews.values():
            way = crew.drive
            if way is None or way.end_us <= t_us or way.edges.isdisjoint(roads.closed_rows):
                continue
            seen = crew.seen(t_us)
            crew.drive = drive(roads, (seen.lon, seen.lat), way.destination, t_us, way.factor)
            crew.leg += 1
            if crew.then is not None:
                self._when_there(crew, crew.then)

    # -- positions ---------------------------------------------------------------------------

    def fixes(self, t_us: int, *, everyone: bool = False) -> w.FixesReported | None:
        """The vehicles due to report at a time; None when none is."""
        moving_us = self._times.fixes.moving_s * 1e6
        parked_us = self._times.fixes.parked_s * 1e6
        rows: list[tuple[str, Seen]] = []
        for unit_id, crew in self._crews.items():
            if not crew.unit.on_duty:
                continue
            due_us = moving_us if crew.drive is not None else parked_us
            if not everyone and t_us - crew.reported_us < due_us:
                continue
            if any(begin <= t_us < end for begin, end in crew.silent):
                continue
            crew.reported_us = t_us
            rows.append((unit_id, crew.seen(t_us)))
        if not rows:
            return None
        return w.FixesReported(
            t_us=t_us,
            unit_ids=tuple(unit_id for unit_id, _ in rows),
            lon=tuple(seen.lon for _, seen in rows),
            lat=tuple(seen.lat for _, seen in rows),
            heading_deg=tuple(seen.heading_deg for _, seen in rows),
            speed_ms=tuple(seen.speed_ms for _, seen in rows),
        )

    # -- moving ------------------------------------------------------------------------------

    def _start_drive(
        self, crew: _Crew, target: tuple[float, float], t_us: int, rng: np.random.Generator
    ) -> None:
        seen = crew.seen(t_us)
        factor = self._times.drive.draw_us(rng) / 1e6
        crew.drive = drive(self._roads, (seen.lon, seen.lat), target, t_us, factor)
        crew.leg += 1
        crew.then = None
        crew.station = False

    def _when_there(self, crew: _Crew, then: Callable[[int], None], not_before_us: int = 0) -> None:
        """Do something at the end of the drive, also when the way there becomes another."""
        leg, way = crew.leg, crew.drive
        assert way is not None

        def there(now_us: int) -> None:
            if crew.leg == leg:
                then(now_us)

        crew.then = then
        self._agenda.at(max(way.end_us, not_before_us), there)

    def _park(self, crew: _Crew, t_us: int) -> None:
        seen = crew.seen(t_us)
        crew.at, crew.heading_deg, crew.drive = (seen.lon, seen.lat), seen.heading_deg, None
        crew.reported_us = 0

    def _go_home(self, crew: _Crew, t_us: int) -> None:
        turn = crew.turn
        rng = stream(self._seed, "home", f"{crew.unit.unit_id}|{turn}")
        self._start_drive(crew, crew.unit.home, t_us, rng)

        def returning(now_us: int) -> None:
            if crew.turn == turn:
                self._report_unit(crew, UnitState.RETURNING, now_us)

        def home(now_us: int) -> None:
            if crew.turn == turn:
                self._park(crew, now_us)
                crew.station = True
                self._report_unit(crew, UnitState.AVAILABLE_AT_STATION, now_us)

        self._agenda.at(t_us + 2_000_000, returning)
        self._when_there(crew, home, t_us + 3_000_000)

    def _report_unit(self, crew: _Crew, state: UnitState, t_us: int) -> None:
        self._emit(w.UnitReports(t_us=t_us, unit_id=crew.unit.unit_id, state=state))

    def _hospital_for(self, seen: Seen, level: Level, type_id: str) -> CrewHospital | None:
        """The nearest by road among those that can take this patient; any for the milder."""
        wanted = {"stroke": "stroke", "chest_pain": "cardiac", "collision": "trauma"}.get(type_id)
        fitting = self._hospitals
        if level.is_critical and wanted is not None:
            able = [h for h in fitting if wanted in h.capabilities]
            fitting = able or fitting
        if not fitting:
            return None
        points = np.array([h.point for h in fitting], dtype=np.float64)
        seconds = self._roads.one_to_many((seen.lon, seen.lat), points)
        return fitting[int(np.argmin(seconds))]


class _Job:
    """One assignment from the tone to clear; each step puts the next one down."""

    def __init__(
        self,
        crews: Crews,
        crew: _Crew,
        order: w.UnitSent,
        level: Level,
        type_id: str,
        rng: np.random.Generator,
        turn: int,
    ) -> None:
        self._crews, self._crew, self._order = crews, crew, order
        self._level, self._type, self._rng, self._turn = level, type_id, rng, turn
        self._hospital: CrewHospital | None = None

    def begin(self, t_us: int) -> None:
        """The tone goes out."""
        self._after(t_us, self._crews._times.alert, self._alerted)

    def _after(self, t_us: int, spread: Spread, step: Callable[[int], None]) -> None:
        self._at(t_us + spread.draw_us(self._rng), step)

    def _at(self, t_us: int, step: Callable[[int], None]) -> None:
        self._crews._agenda.at(t_us, self._if_still_ours(step))

    def _drive_to(
        self, target: tuple[float, float], t_us: int, step: Callable[[int], None]
    ) -> None:
        self._crews._start_drive(self._crew, target, t_us, self._rng)
        self._crews._when_there(self._crew, self._if_still_ours(step))

    def _if_still_ours(self, step: Callable[[int], None]) -> Callable[[int], None]:
        def if_ours(now_us: int) -> None:
            if self._crew.turn == self._turn:
                step(now_us)

        return if_ours

    def _report(self, state: A, t_us: int) -> None:
        self._crews._emit(
            w.CrewReports(
                t_us=t_us,
                unit_id=self._order.unit_id,
                assignment_id=self._order.assignment_id,
                state=state,
                hospital_id=self._hospital.hospital_id if self._hospital else "",
            )
        )

    def _alerted(self, t_us: int) -> None:
        self._report(A.ALERTED, t_us)
        times = self._crews._times
        slow = self._rng.random() < times.acknowledge_slow.share
        spread = times.acknowledge_slow if slow else times.acknowledge
        self._after(t_us, spread, self._acknowledged)

    def _acknowledged(self, t_us: int) -> None:
        self._report(A.ACKNOWLEDGED, t_us)
        where = "station" if self._crew.station else "air"
        self._after(t_us, self._crews._times.turnout[where], self._rolling)

    def _rolling(self, t_us: int) -> None:
        self._report(A.EN_ROUTE, t_us)
        point = self._order.point
        target = (point.lon, point.lat)
        self._drive_to(target, t_us, self._arrived)

    def _arrived(self, t_us: int) -> None:
        self._crews._park(self._crew, t_us)
        self._report(A.ON_SCENE, t_us)
        spread = self._crews._times.scene_for(self._type, self._crew.unit.service)
        self._after(t_us, spread, self._done_on_scene)

    def _done_on_scene(self, t_us: int) -> None:
        if not self._transports():
            self._clear(t_us)
            return
        self._crews._transported.add(self._order.incident_id)
        seen = self._crew.seen(t_us)
        self._hospital = self._crews._hospital_for(seen, self._level, self._type)
        if self._hospital is None:
            self._clear(t_us)
            return
        self._report(A.LEAVING, t_us)
        self._drive_to(self._hospital.point, t_us, self._at_hospital)

    def _transports(self) -> bool:
        if TRANSPORTS not in self._crew.unit.capabilities:
            return False
        if self._order.incident_id in self._crews._transported:
            return False
        if self._type in ("fire", "hazard", "violence") and self._level.rank > 2:
            return False
        return bool(self._rng.random() < self._crews._times.transport[self._level.value])

    def _at_hospital(self, t_us: int) -> None:
        self._crews._park(self._crew, t_us)
        self._report(A.AT_HOSPITAL, t_us)
        self._after(t_us, self._crews._times.handover, self._handed_over)

    def _handed_over(self, t_us: int) -> None:
        self._report(A.HANDED_OVER, t_us)
        self._at(t_us + 120_000_000, self._clear)

    def _clear(self, t_us: int) -> None:
        self._report(A.CLEAR, t_us)
        self._crew.turn += 1
        self._crew.job = None
        self._crews._go_home(self._crew, t_us)
