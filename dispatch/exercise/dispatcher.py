"""An automatic dispatcher: the real verbs, in the order a careful person would use them.

It exists for exercises and measurements. It signs on with the role *simulated*, which the desk
refuses in a live journal, and it sees only what the board shows: never the truth of a call.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

from dispatch.desk import Actor, Desk, Refusal
from dispatch.desk.calls import AnswerCall, AttachCall, CloseCall
from dispatch.desk.dispatching import ConfirmDispatch, UnitChoice
from dispatch.desk.incidents import (
    AnswerQuestion,
    CloseIncident,
    OpenIncident,
    PlaceInput,
    SetCallBack,
)
from dispatch.desk.staff import SignOnSimulated
from dispatch.domain.advice import Plan
from dispatch.domain.call import Call, CallState
from dispatch.domain.incident import Incident
from dispatch.domain.message import Problem
from dispatch.domain.picture import Picture
from dispatch.domain.place import PlaceState
from dispatch.domain.value import Point

SAME_WITHIN_M = 150.0
SAME_WITHIN_US = 15 * 60_000_000
TALK_US = 20_000_000
CALL_BACK_US = 30 * 60_000_000


@dataclass
class Tally:
    """What the dispatcher did, and what went wrong."""

    answered: int = 0
    opened: int = 0
    attached: int = 0
    confirmed: int = 0
    units_sent: int = 0
    shortfalls: int = 0
    called_back: int = 0
    closed: int = 0
    errors: list[Problem] = field(default_factory=list)


class AutomaticDispatcher:
    """Answers, places, asks, confirms and closes; one pass per `work`.

    `locate` says where a call is (the gazetteer, or the line's own point); `services_of` names
    the services of a type.
    """

    def __init__(
        self,
        desk: Desk,
        *,
        locate: Callable[[Call], PlaceInput | None],
        type_of: Callable[[Call], str],
        services_of: Callable[[str], tuple[str, ...]],
        desk_id: str = "auto-1",
    ) -> None:
        self._desk, self._locate = desk, locate
        self._type_of, self._services_of = type_of, services_of
        self._actor = Actor(
            user_id=desk_id, name="Automatic", role="simulated", desk_id=desk_id, origin="system"
        )
        self._tried: dict[str, str] = {}
        self.tally = Tally()
        desk.do(SignOnSimulated(name="Automatic"), self._actor)

    def work(self, now_us: int) -> None:
        """One pass over everything that waits."""
        picture = self._desk.picture
        for call in picture.ringing():
            self._try(AnswerCall(call_id=call.call_id))
            self.tally.answered += 1
        for call in [c for c in picture.calls.values() if c.state is CallState.OPEN]:
            self._talk(picture.calls[call.call_id], now_us)
        for incident in picture.open_incidents():
            self._serve(picture.incidents[incident.incident_id], now_us)

    def _try(self, command: object) -> dict[str, object] | None:
        try:
            return self._desk.do(command, self._actor).result  # type: ignore[arg-type]
        except Refusal as refusal:
            self.tally.errors.append(refusal)
            return None

    def _talk(self, call: Call, now_us: int) -> None:
        if call.incident_id is None:
            place = self._locate(call)
            if place is None or place.point is None:
                return
            known = self._known(call, place.point, now_us)
            if known is not None:
                self._try(AttachCall(call_id=call.call_id, incident_id=known.incident_id))
                self.tally.attached += 1
            else:
                self._open(call, place)
        elif now_us - (call.answered_us or now_us) >= TALK_US:
            self._ask(call)
            self._try(CloseCall(call_id=call.call_id))

    def _open(self, call: Call, place: PlaceInput) -> None:
        type_id = self._type_of(call)
        opened = OpenIncident(
            call_id=call.call_id,
            type_id=type_id,
            services=self._services_of(type_id),
            place=place,
        )
        if self._try(opened) is not None:
            self.tally.opened += 1

    def _known(self, call: Call, point: Point, now_us: int) -> Incident | None:
        """The open incident this caller speaks of: near, recent and of the same type."""
        type_id = self._type_of(call)
        for incident in self._desk.picture.open_incidents():
            there = incident.place.point
            if incident.type_id != type_id or there is None:
                continue
            recent = now_us - incident.opened_us <= SAME_WITHIN_US
            if recent and metres_between(point, there) <= SAME_WITHIN_M:
                return incident
        return None

    def _ask(self, call: Call) -> None:
        incident = self._desk.picture.incidents[call.incident_id or ""]
        if call.script is None or not incident.is_open:
            return
        for question, option in call.script.answers.items():
            answer = AnswerQuestion(
                incident_id=incident.incident_id, question_id=question, option_id=option
            )
            self._try(answer)

    def _serve(self, incident: Incident, now_us: int) -> None:
        picture = self._desk.picture
        held = picture.assignments_of(incident.incident_id)
        if held and not any(a.is_open for a in held):
            self._close(incident, "attended")
            return
        due = incident.callback_due_us
        if due is not None and now_us >= due:
            self._close(incident, "advised")
            return
        advised = picture.recommendations.get(incident.incident_id)
        if advised is None or incident.no_unit_needed:
            return
        if advised.recommendation_id == self._tried.get(incident.incident_id):
            return
        self._tried[incident.incident_id] = advised.recommendation_id
        plan = advised.plan()
        if not advised.slots:
            self._try(SetCallBack(incident_id=incident.incident_id, due_us=now_us + CALL_BACK_US))
            self.tally.called_back += 1
        elif plan is not None and plan.units:
            self._confirm(incident, plan, advised.recommendation_id, picture)
        elif plan is not None and plan.shortfalls:
            self.tally.shortfalls += 1

    def _confirm(
        self, incident: Incident, plan: Plan, recommendation_id: str, picture: Picture
    ) -> None:
        choices = tuple(
            UnitChoice(
                unit_id=unit.unit_id,
                slot_id=unit.slot_id,
                capability=unit.capability,
                eta_p50_s=unit.arrival.p50_s,
                eta_p90_s=unit.arrival.p90_s,
            )
            for unit in plan.units
            if picture.units[unit.unit_id].assignment_id is None
        )
        if not choices:
            return
        confirm = ConfirmDispatch(
            incident_id=incident.incident_id,
            units=choices,
            recommendation_id=recommendation_id,
            plan_kind=plan.kind,
        )
        result = self._try(confirm)
        if result is not None:
            self.tally.confirmed += 1
            self.tally.units_sent += len(choices)
            self.tally.shortfalls += len(plan.shortfalls)

    def _close(self, incident: Incident, disposition: str) -> None:
        self._try(CloseIncident(incident_id=incident.incident_id, disposition=disposition))
        if not self._desk.picture.incidents[incident.incident_id].is_open:
            self.tally.closed += 1


def line_place(call: Call) -> PlaceInput | None:
    """Where the line says the caller is, with the address as spoken; None where it says nothing."""
    if call.where is None:
        return None
    said = call.script.address if call.script else ""
    return PlaceInput(
        typed=said,
        label=said,
        point=call.where,
        accuracy_m=call.accuracy_m,
        state=PlaceState.VERIFIED,
    )


def metres_between(one: Point, other: Point) -> float:
    """Distance on the ground, metres; flat-earth, good to a per mille within a city."""
    east = (one.lon - other.lon) * math.cos(math.radians(one.lat)) * 111_320
    return math.hypot(east, (one.lat - other.lat) * 110_574)
