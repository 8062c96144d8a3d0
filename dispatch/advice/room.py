"""The advice room: which incident wants an assessment or a recommendation, and when.

It sees every published change in the desk's lane, asks the engine, and hands what comes back to
the desk's `record_*` verbs. An answer about an incident that has moved on is dropped and asked
again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from dispatch.advice import messages as m
from dispatch.domain.advice import Assessment, Plan, Recommendation
from dispatch.domain.assignment import AssignmentState
from dispatch.domain.incident import Incident
from dispatch.domain.message import Problem
from dispatch.domain.picture import Change, Picture
from dispatch.domain.unit import Fix
from dispatch.journal import is_of_the_disk
from dispatch.recommend.request import Limits, RecommendRequest, UnitView, Waiting

REFRESH_US = 15_000_000
"""How often a plan that still waits for a person is computed anew: units move."""
ETA_SHIFT_S = 20.0
"""A shift of an arrival that is worth a new fact; less is noise."""
NEEDS_ASSESSMENT = frozenset({"opened", "type_id", "answers"})
NEEDS_PLAN = frozenset(
    {"opened", "type_id", "place", "person_level", "assessment", "patients", "flags", "closed_us"}
)


class Recorder(Protocol):
    """Where answers go: the desk's verbs, as the centre wires them."""

    def assessment(self, said: Assessment) -> None:
        """Record an assessment; `Problem` when the incident moved on."""
        ...

    def recommendation(self, said: Recommendation) -> None:
        """Record a recommendation; `Problem` when the incident moved on."""
        ...


@dataclass
class _Wanted:
    assess: set[str] = field(default_factory=set)
    plan: set[str] = field(default_factory=set)
    asked_version: dict[str, int] = field(default_factory=dict)
    asked_us: dict[str, int] = field(default_factory=dict)
    by_road: set[str] = field(default_factory=set)
    """Plans asked because roads were closed or opened: any other arrival of theirs is news."""


class AdviceRoom:
    """Keeps advice fresh for open incidents. All methods are called in the desk's lane."""

    def __init__(
        self,
        ask: Callable[[m.Request], None],
        record: Recorder,
        new_id: Callable[[], str],
        *,
        time_zone: str,
        limits: Limits,
    ) -> None:
        self._ask, self._record, self._new_id = ask, record, new_id
        self._time_zone, self._limits = time_zone, limits
        self._wanted = _Wanted()
        self._roads_version = 0
        self.asked = 0
        self.dropped = 0

    def saw(self, changes: Iterable[Change], picture: Picture) -> None:
        """Note what a fact changed."""
        for change in changes:
            fields = set(change.fields)
            if change.noun == "incident":
                if fields & NEEDS_ASSESSMENT:
                    self._wanted.assess.add(change.id)
                if fields & NEEDS_PLAN or "assignment_ids" in fields:
                    self._wanted.plan.add(change.id)
            elif change.noun == "unit":
                self._unit_changed(change.id, picture)
            elif change.noun == "advice" and "on" in fields:
                self._wanted.assess.update(i.incident_id for i in picture.open_incidents())

    def want(self, incident_id: str) -> None:
        """Ask for everything about an incident (after a restart)."""
        self._wanted.assess.add(incident_id)
        self._wanted.plan.add(incident_id)

    def roads_changed(self, version: int, picture: Picture) -> None:
        """Roads were closed or opened: every plan that still counts is made anew."""
        self._roads_version = version
        for incident in picture.open_incidents():
            self._wanted.plan.add(incident.incident_id)
            self._wanted.by_road.add(incident.incident_id)

    def _unit_changed(self, unit_id: str, picture: Picture) -> None:
        """A plan that counts on a unit which is gone must be made anew."""
        unit = picture.units[unit_id]
        if unit.state.is_available and unit.assignment_id is None:
            return
        for incident_id, said in picture.recommendations.items():
            plans_it = any(p.unit_id == unit_id for plan in said.plans for p in plan.units)
            if plans_it and unit.incident_id != incident_id:
                self._wanted.plan.add(incident_id)

    def step(self, picture: Picture, fixes: Mapping[str, Fix], now_us: int) -> None:
        """Ask for what is wanted. An assessment goes before the plan that depends on it."""
        for incident_id in sorted(self._wanted.assess):
            incident = picture.incidents.get(incident_id)
            if incident is not None and incident.is_open and incident.type_id:
                self._ask(_assess(incident, picture, now_us))
                self.asked += 1
        self._wanted.assess.clear()
        self._want_stale_plans(picture, now_us)
        for incident_id in sorted(self._wanted.plan):
            incident = picture.incidents.get(incident_id)
            if incident is not None and _wants_plan(incident, picture):
                self._ask(self._plan_request(incident, picture, fixes, now_us))
                self._wanted.asked_us[incident_id] = now_us
                self.asked += 1
        self._wanted.plan.clear()

    def _want_stale_plans(self, picture: Picture, now_us: int) -> None:
        for incident in picture.open_incidents():
            asked = self._wanted.asked_us.get(incident.incident_id, 0)
            if now_us - asked >= REFRESH_US and _wants_plan(incident, picture):
                self._wanted.plan.add(incident.incident_id)

    def heard(self, response: m.Response, picture: Picture) -> None:
        """Record what the engine said, or ask again where the incident moved on.

        A full disk and the like are raised: hear the same answer again when it can be recorded.
        """
        match response:
            case m.Assessed(assessment=said):
                try:
                    self._record.assessment(said)
                except Problem as problem:
                    if is_of_the_disk(problem):
                        raise
                    self.dropped += 1
                    self._wanted.assess.add(said.incident_id)
            case m.Recommended(recommendation=advised):
                if response.roads_version < self._roads_version:
                    self.dropped += 1  # over roads that are closed by now; it was asked for anew
                    return
                before = picture.recommendations.get(advised.incident_id)
                if not _is_news(before, advised) and not self._by_road(before, advised):
                    return
                try:
                    self._record.recommendation(advised)
                except Problem as problem:
                    if is_of_the_disk(problem):
                        raise
                    self.dropped += 1
                    self._wanted.plan.add(advised.incident_id)

    def _by_road(self, before: Recommendation | None, now: Recommendation) -> bool:
        """Whether this is the first plan since roads changed and some arrival differs."""
        if now.incident_id not in self._wanted.by_road:
            return False
        self._wanted.by_road.discard(now.incident_id)
        return before is None or _arrivals(before) != _arrivals(now)

    def _plan_request(
        self, incident: Incident, picture: Picture, fixes: Mapping[str, Fix], now_us: int
    ) -> m.Recommend:
        assert incident.place.point is not None and incident.level is not None
        held = [a for a in picture.assignments_of(incident.incident_id) if a.slot_id]
        slots = {a.unit_id: a.slot_id for a in held if a.is_open}
        served = {a.unit_id: a.slot_id for a in held if a.state is AssignmentState.CLEAR}
        return m.Recommend(
            request=RecommendRequest(
                recommendation_id=self._new_id(),
                incident_id=incident.incident_id,
                incident_version=incident.version,
                as_of_us=now_us,
                time_zone=self._time_zone,
                type_id=incident.type_id,
                level=incident.level,
                point=incident.place.point,
                units=tuple(
                    UnitView(unit=unit, fix=fixes.get(unit.unit_id))
                    for unit in picture.units.values()
                ),
                accuracy_m=incident.place.accuracy_m,
                patients=max(1, min(50, len(incident.patients))),
                flags=incident.flags,
                assigned_slots=slots,
                served_slots=served,
                incident_labels={i.incident_id: i.number_text for i in picture.open_incidents()},
                limits=self._limits,
                waiting=_waiting(incident, picture),
            )
        )


def _assess(incident: Incident, picture: Picture, now_us: int) -> m.Assess:
    return m.Assess(
        incident_id=incident.incident_id,
        incident_version=incident.version,
        as_of_us=now_us,
        type_id=incident.type_id,
        answers=incident.answers,
        ai_on=picture.ai_on,
    )


def _wants_plan(incident: Incident, picture: Picture) -> bool:
    """A plan is wanted until the units of the run card are on their way, or nobody need go."""
    if not incident.is_open or incident.no_unit_needed or not incident.type_id:
        return False
    if incident.place.point is None or incident.level is None:
        return False
    said = picture.recommendations.get(incident.incident_id)
    if said is None or said.incident_version != incident.version:
        return True
    plan = said.plan()
    if plan is None or not (plan.units or plan.shortfalls):
        return False
    return incident.first_on_scene_us is None


def _waiting(incident: Incident, picture: Picture) -> tuple[Waiting, ...]:
    """Other incidents nobody has been sent to: they compete in the same solve."""
    return tuple(
        Waiting(
            incident_id=other.incident_id,
            type_id=other.type_id,
            level=other.level,
            point=other.place.point,
            patients=max(1, min(50, len(other.patients))),
            flags=other.flags,
        )
        for other in picture.open_incidents()
        if other.incident_id != incident.incident_id
        and other.first_confirmed_us is None
        and not other.no_unit_needed
        and other.type_id
        and other.place.point is not None
        and other.level is not None
    )


def _is_news(before: Recommendation | None, now: Recommendation) -> bool:
    """Whether a recommendation says something that the one on the screen does not."""
    if before is None or before.incident_version != now.incident_version:
        return True
    return _said(before.plan()) != _said(now.plan()) or before.radio_now != now.radio_now


def _said(plan: Plan | None) -> tuple[object, ...]:
    if plan is None:
        return ()
    units = tuple((u.slot_id, u.unit_id, round(u.arrival.p50_s / ETA_SHIFT_S)) for u in plan.units)
    return units, tuple(s.slot_id for s in plan.shortfalls)


def _arrivals(said: Recommendation) -> dict[str, int]:
    """Whole seconds until each candidate could be there."""
    return {
        candidate.unit_id: round(candidate.arrival.p50_s)
        for candidate in said.candidates
        if candidate.arrival is not None
    }
