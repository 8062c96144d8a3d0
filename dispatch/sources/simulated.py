"""A simulated world as a source: its callers ring, its crews report, its vehicles move.

It cannot attach to a live journal: the constructor refuses, and so does the desk.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable

from dispatch.advice import messages as m
from dispatch.desk import Desk, Published, Refusal
from dispatch.desk.calls import DropCall, RingCall
from dispatch.desk.closures import SetClosure
from dispatch.desk.dispatching import ReportProgress
from dispatch.desk.exercise import BeginExercise, EndExercise, Inject, NoteTruth
from dispatch.desk.units import SetUnitState
from dispatch.desk.verbs import SYSTEM, Actor, Command, feed
from dispatch.domain.closure import roads_closed
from dispatch.domain.facts.call import CallAnswered
from dispatch.domain.facts.closure import (
    ClosureBegan,
    ClosureEnded,
    ClosureLifted,
    ClosureSet,
)
from dispatch.domain.facts.dispatching import DispatchConfirmed, UnitRecalled
from dispatch.domain.facts.exercise import ExerciseBegan, Injected, TruthNoted
from dispatch.domain.facts.table import decode
from dispatch.domain.facts.unit import UnitStateSet
from dispatch.domain.message import Message, Problem
from dispatch.domain.picture import Picture
from dispatch.domain.unit import Fix
from dispatch.domain.value import Point
from dispatch.journal import is_of_the_disk
from dispatch.simulation import events as w

log = logging.getLogger(__name__)
CREWS = feed("crews")
LINES = feed("lines")


class SimulatedSource:
    """Stands between the engine's world and the desk. All methods run in the desk's lane."""

    def __init__(
        self,
        desk: Desk,
        ask: Callable[[m.Request], None],
        spec: w.WorldSpec,
        *,
        on_fixes: Callable[[int, list[Fix]], None],
        on_opened: Callable[[int, Message], None],
    ) -> None:
        if desk.realm != "exercise":
            raise Problem("sources.simulated_in_live")
        self._desk, self._ask, self._spec = desk, ask, spec
        self._on_fixes, self._on_opened = on_fixes, on_opened
        self._orders: list[w.Order] = []
        self._heard: deque[m.WorldOpened | m.Happened] = deque()
        self._events: deque[w.Event | m.WorldOpened] = deque()
        self._open = False
        self._waiting = False
        self.ended = False
        self.failed: Message | None = None
        self.refusals: list[Problem] = []
        ask(m.OpenWorld(spec=spec))

    @property
    def is_open(self) -> bool:
        """Whether the world stands and time may run."""
        return self._open

    @property
    def is_waiting(self) -> bool:
        """Whether the world still works on the last step."""
        return self._waiting

    def saw(self, published: Published, picture: Picture) -> None:
        """Turn what the desk recorded into orders for the world."""
        envelope = published.envelope
        fact = decode(envelope)
        t_us = envelope.t_us
        match fact:
            case CallAnswered():
                self._orders.append(w.CallTaken(t_us=t_us, call_id=fact.call_id))
            case DispatchConfirmed():
                self._orders.extend(_sent(fact, picture, t_us))
            case UnitRecalled():
                held = picture.assignments[fact.assignment_id]
                self._orders.append(
                    w.UnitCalledOff(
                        t_us=t_us, unit_id=held.unit_id, assignment_id=held.assignment_id
                    )
                )
            case ClosureSet() | ClosureBegan() | ClosureLifted() | ClosureEnded():
                shut = roads_closed(picture.closures.values())
                self._orders.append(w.RoadsOrdered(t_us=t_us, roads=shut))
            case UnitStateSet() if envelope.origin == "human":
                self._orders.append(
                    w.UnitStateOrdered(t_us=t_us, unit_id=fact.unit_id, state=fact.state)
                )

    def step(self, now_us: int) -> None:
        """Let the world run to now, unless it is still busy with the step before."""
        self.work()
        if not self._open or self._waiting or self.ended:
            return
        self._waiting = True
        orders, self._orders = tuple(self._orders), []
        self._ask(m.Advance(to_us=now_us, orders=orders))

    def heard(self, response: m.Response) -> None:
        """Note what the world did; `work` brings it to the desk."""
        match response:
            case m.WorldOpened() | m.Happened():
                self._heard.append(response)
            case m.Failed(request=request) if request in ("World", "OpenWorld", "Advance"):
                self._open = False
                self._waiting = False
                self.failed = response.message
                log.error("the simulated world failed: %s", response.message)

    def work(self) -> None:
        """Bring what was heard to the desk, in order.

        What cannot be recorded now (full disk) is raised and stays first for the next time.
        """
        while self._heard or self._events:
            if self._events:
                self._record(self._events.popleft())
                continue
            match self._heard.popleft():
                case m.WorldOpened() as opened:
                    self._on_opened(opened.start_us, opened.title)
                    self._open = True
                    self._events.append(opened)
                case m.Happened() as happened:
                    self._waiting = False
                    self._events.extend(happened.events)

    def _record(self, event: w.Event | m.WorldOpened) -> None:
        try:
            self._take(event)
        except Problem as problem:
            if is_of_the_disk(problem):
                self._events.appendleft(event)
            raise

    def _take(self, event: w.Event | m.WorldOpened) -> None:
        match event:
            case m.WorldOpened():
                began = ExerciseBegan(
                    title=event.title,
                    source=self._spec.kind,
                    seed=self._spec.seed,
                    scenario=self._spec.source[-200:],
                )
                self._do(BeginExercise(began=began), SYSTEM)
            case w.CallRings():
                self._ring(event)
            case w.CallerLeaves():
                self._do(DropCall(call_id=event.call_id), LINES)
            case w.CrewReports():
                report = ReportProgress(
                    assignment_id=event.assignment_id,
                    state=event.state,
                    t_us=event.t_us,
                    hospital_id=event.hospital_id,
                )
                self._do(report, CREWS)
            case w.UnitReports():
                state = SetUnitState(unit_id=event.unit_id, state=event.state, reason=event.reason)
                self._do(state, CREWS)
            case w.FixesReported():
                self._on_fixes(event.t_us, _fixes(event))
            case w.InjectHappens():
                injected = Injected(inject_id=event.inject_id, message=event.message)
                self._do(Inject(injected=injected), SYSTEM)
                if event.closes is not None:
                    self._do(_closure(event.closes, event.t_us), SYSTEM)
            case w.WorldEnds():
                self.ended = True
                self._do(EndExercise(reason=event.reason), SYSTEM)

    def _ring(self, event: w.CallRings) -> None:
        ring = RingCall(
            call_id=event.call_id,
            line=event.line,
            number=event.number,
            language=event.language,
            where=event.where,
            accuracy_m=event.accuracy_m,
            script=event.script,
        )
        self._do(ring, LINES)
        truth = TruthNoted(
            call_id=event.call_id,
            type_id=event.truth_type,
            level=event.truth_level,
            same_as_call=event.same_as_call,
        )
        self._do(NoteTruth(truth=truth), SYSTEM)

    def _do(self, command: Command, by: Actor) -> None:
        """A report may cross a recall on its way: a refusal is kept for the log, not raised."""
        try:
            self._desk.do(command, by)
        except Refusal as refusal:
            self.refusals.append(refusal)
            del self.refusals[:-1000]


def _sent(fact: DispatchConfirmed, picture: Picture, t_us: int) -> list[w.Order]:
    incident = picture.incidents[fact.incident_id]
    point = incident.place.point
    if point is None:
        return []
    return [
        w.UnitSent(
            t_us=t_us,
            unit_id=sent.unit_id,
            assignment_id=sent.assignment_id,
            incident_id=incident.incident_id,
            call_ids=incident.call_ids,
            type_id=incident.type_id,
            level=incident.level,
            point=point,
        )
        for sent in fact.sent
    ]


def _fixes(event: w.FixesReported) -> list[Fix]:
    rows = zip(event.unit_ids, event.lon, event.lat, event.heading_deg, event.speed_ms, strict=True)
    return [
        Fix(
            unit_id=unit_id,
            point=Point(lon=lon, lat=lat),
            t_us=event.t_us,
            heading_deg=heading,
            speed_ms=speed,
        )
        for unit_id, lon, lat, heading, speed in rows
    ]


def _closure(closing: w.Closing, t_us: int) -> SetClosure:
    minutes = closing.minutes
    return SetClosure(
        shape=closing.shape,
        points=closing.points,
        roads=closing.roads,
        region_hash=closing.region_hash,
        reason=closing.reason,
        note=closing.note,
        until_us=None if minutes is None else t_us + round(minutes * 60e6),
        until_reopened=minutes is None,
        names=closing.names,
        length_m=closing.length_m,
    )
