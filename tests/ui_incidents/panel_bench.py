"""A real desk on a real journal behind real panels, without a centre or a region."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from dispatch.board import Board
from dispatch.clock import SimClock
from dispatch.desk import Actor, Desk, Refusal
from dispatch.desk.advice import RecordAssessment, RecordRecommendation
from dispatch.desk.calls import AnswerCall, RingCall
from dispatch.desk.dispatching import ConfirmDispatch, ReportProgress, UnitChoice
from dispatch.desk.ids import CountedIds
from dispatch.desk.incidents import AnswerQuestion, OpenIncident, PlaceInput
from dispatch.desk.staff import SignOn
from dispatch.desk.units import LoadRoster
from dispatch.desk.verbs import ADVICE, SYSTEM, feed
from dispatch.domain.advice import (
    Arrival,
    Candidate,
    Plan,
    PlannedUnit,
    Recommendation,
    Shortfall,
    Slot,
    Verdict,
)
from dispatch.domain.assignment import AssignmentState
from dispatch.domain.call import CallerScript
from dispatch.domain.level import Level
from dispatch.domain.message import Message, Problem
from dispatch.domain.picture import Picture
from dispatch.domain.place import PlaceState
from dispatch.domain.staff import Role
from dispatch.domain.target import Target
from dispatch.domain.unit import Fix, Unit, UnitState
from dispatch.domain.value import Point
from dispatch.journal import Journal
from dispatch.severity.assessor import Assessor
from ui.commands.registry import Registry
from ui.panel import PanelContext
from ui.panels import Slot as DockSlot
from ui.workstation import Workstation

START_US = 1_790_000_000_000_000
PIN = "1470"
PEOPLE = {
    "a.seitkali": ("A. Seitkali", Role.DISPATCHER),
    "k.sim": ("Kim S.", Role.DISPATCHER),
    "ada": ("Ada Min", Role.ADMINISTRATOR),
}
TARGETS = (
    Target(id="send", service="", start="created", stop="confirmed", limit_s=60.0),
    Target(id="arrive", service="", start="confirmed", stop="on_scene", limit_s=600.0),
)
SLOTS = (
    DockSlot("queue", "ui.incidents.queue:QueuePanel", 372, 296),
    DockSlot("map", "ui.nothing_yet:map", 1096, 320),
    DockSlot("incident", "ui.incidents.panel:IncidentPanel", 444, 372),
    DockSlot("units", "ui.nothing_yet:units", 1912, 600),
)
KINDS = (
    ("M", "als_ambulance", "medical", ("als", "bls", "transport"), 2),
    ("E", "engine", "fire", ("pump", "bls", "aed"), 4),
    ("L", "ladder", "fire", ("ladder",), 3),
    ("P", "patrol", "police", ("patrol",), 2),
)


def check_pin(user_id: str, pin: str) -> tuple[str, Role]:
    """A credential check without argon2, which has tests of its own."""
    if pin != PIN or user_id not in PEOPLE:
        raise Refusal("desk.sign_on_refused", user=user_id)
    return PEOPLE[user_id]


def person(user_id: str = "a.seitkali", desk_id: str = "desk-1") -> Actor:
    """The actor of a person at a desk."""
    name, role = PEOPLE[user_id]
    return Actor(user_id=user_id, name=name, role=role.value, desk_id=desk_id, origin="human")


def roster(count: int) -> tuple[Unit, ...]:
    """Units of four kinds round a centre."""
    units = []
    for n in range(count):
        letter, kind, service, capabilities, crew = KINDS[(0, 0, 1, 0, 2, 3)[n % 6]]
        angle = n * 2.399
        far = 0.004 + 0.0006 * n
        units.append(
            Unit(
                unit_id=f"u{n + 1}",
                kind=kind,
                service=service,
                label=f"{letter}{n + 1}",
                station_id=f"st{n % 5 + 1}",
                capabilities=capabilities,
                crew=crew,
                home=Point(lon=76.9 + far * math.cos(angle), lat=43.2 + far * math.sin(angle)),
            )
        )
    return tuple(units)


class PanelBench:
    """Journal, desk, board and context; verbs are decided at once, as by a quick lane."""

    def __init__(
        self,
        folder: Path,
        *,
        language: str = "en",
        theme: str = "dark",
        units: int = 12,
        mode: str = "exercise",
    ) -> None:
        self.journal = Journal.create(
            folder / "j.vigil",
            realm="exercise",
            region_id="r",
            region_hash="h",
            time_zone="Asia/Almaty",
            keys_dir=folder / "keys",
            created_us=START_US,
        )
        self.clock = SimClock(START_US)
        self.desk = Desk(self.journal, Picture(), self.clock, ids=CountedIds(), check_pin=check_pin)
        self.board = Board(
            realm="exercise",
            region_name="Port Lumen",
            time_zone="Asia/Almaty",
            desk_id="desk-1",
            targets=TARGETS,
            open_sealed=self.journal.vault.open,
        )
        self.commands = Registry()
        self.context = PanelContext(
            self.board,
            self.commands,
            self.clock,
            theme=theme,
            language=language,
            mode=mode,
            time_zone="Asia/Almaty",
        )
        self.commands.bind_submit(self.submit)
        self.commands.who = self._who
        self.verbs: list[Any] = []
        self.refusals: list[Message] = []
        self.commands.refused.connect(self.refusals.append)
        self.assessor = Assessor.open()
        self.do(LoadRoster(agency="a", agency_sha="s", units=roster(units)), SYSTEM)
        for n, unit in enumerate(self.board.picture.units.values()):
            fix = Fix(unit_id=unit.unit_id, point=unit.home, t_us=START_US - n % 3 * 1_000_000)
            self.board.apply_fixes([fix])
        self.window: Workstation | None = None

    def _who(self) -> str | None:
        signed = self.board.signed_on
        return signed.role.value if signed is not None else None

    # -- doing ---------------------------------------------------------------------------------

    def do(self, command: Any, by: Actor) -> Any:
        """Have the desk do something and publish it to board and panels."""
        done = self.desk.do(command, by)
        changes: list[Any] = []
        for published in done.published:
            changes.extend(self.board.apply(published.envelope))
        if changes:
            self.context.changed.emit(tuple(changes))
        return done

    def submit(self, verb: Any, on_done: Any = None, on_refused: Any = None) -> None:
        """The registry's door: by the person at this desk."""
        self.verbs.append(verb)
        signed = self.board.signed_on
        nobody = Actor(user_id="nobody", name="nobody", role="", desk_id="desk-1", origin="human")
        try:
            done = self.do(verb, Actor.of(signed) if signed is not None else nobody)
        except Problem as problem:
            if on_refused is not None:
                on_refused(problem)
            return
        if on_done is not None:
            on_done(done)

    def sign_on(self, user_id: str = "a.seitkali", desk_id: str = "desk-1") -> Actor:
        """Sign a person on and give their actor."""
        actor = person(user_id, desk_id)
        self.do(SignOn(user_id=user_id, pin=PIN), actor)
        return actor

    def wait_s(self, seconds: float) -> None:
        """Let simulated time pass and the panels tick."""
        self.clock.advance_to(self.clock.now_us() + round(seconds * 1e6))
        self.context.ticked.emit(self.clock.now_us())

    def ring(
        self,
        *,
        answers: dict[str, str] | None = None,
        statement: str = "simulation.says.chest_pain.2",
        address: str = "Epsom Avenue, the corner of The Drive",
    ) -> str:
        """A line rings."""
        script = CallerScript(statement=statement, answers=answers or {}, address=address)
        rings = RingCall(line="112", number="+7 701 555 41 20", script=script)
        call_id: str = self.do(rings, feed("lines")).result["call_id"]
        return call_id

    def incident(
        self,
        by: Actor,
        type_id: str = "chest_pain",
        address: str = "Epsom Avenue 12",
        *,
        at: tuple[float, float] = (76.9, 43.2),
        verified: bool = True,
        answers: dict[str, str] | None = None,
        advise: bool = True,
        shortfall: bool = False,
    ) -> str:
        """An open incident from a call, assessed and with a recommendation."""
        call_id = self.ring(answers={"awake": "alert"})
        self.do(AnswerCall(call_id=call_id), by)
        state = PlaceState.VERIFIED if verified else PlaceState.UNVERIFIED
        place = PlaceInput(
            typed=address.lower(), label=address, point=Point(lon=at[0], lat=at[1]), state=state
        )
        opened = OpenIncident(call_id=call_id, type_id=type_id, services=("medical",), place=place)
        incident_id: str = self.do(opened, by).result["incident_id"]
        for question_id, option_id in (answers or {}).items():
            self.do(
                AnswerQuestion(
                    incident_id=incident_id, question_id=question_id, option_id=option_id
                ),
                by,
            )
        if advise:
            self.advise(incident_id, shortfall=shortfall)
        return incident_id

    # -- advice --------------------------------------------------------------------------------

    def advise(self, incident_id: str, *, shortfall: bool = False, radio: bool = False) -> None:
        """The real assessor, and a plain recommendation by straight distance."""
        incident = self.board.picture.incidents[incident_id]
        said = self.assessor.assess(
            incident_id=incident_id,
            incident_version=incident.version,
            as_of_us=self.clock.now_us(),
            type_id=incident.type_id,
            answers={q: (a.option_id, a.t_us) for q, a in incident.answers.items()},
        )
        self.do(RecordAssessment(assessment=said), ADVICE)
        self.recommend(incident_id, shortfall=shortfall, radio=radio)

    def recommend(self, incident_id: str, *, shortfall: bool = False, radio: bool = False) -> None:
        """The nearest two medical units and the nearest engine, by straight distance."""
        incident = self.board.picture.incidents[incident_id]
        point = incident.place.point
        assert point is not None
        free, rest = [], []
        for unit in self.board.picture.units.values():
            far = math.hypot(unit.home.lon - point.lon, unit.home.lat - point.lat)
            arrival = Arrival(
                turnout_s=60,
                road_s=far * 2e4,
                p50_s=60 + far * 2e4,
                p90_s=90 + far * 2.6e4,
                calibrated=False,
            )
            held = self.board.picture.open_assignment_of(unit.unit_id)
            if held is None and unit.state.is_available and unit.service != "police":
                free.append((arrival.p50_s, unit, arrival))
            else:
                rest.append(unit)
        free.sort(key=lambda row: row[0])
        needs = (("als", "als_ambulance"), ("bls", "ambulance"), ("aed", "first_responder"))
        slots, planned = [], []
        for capability, label in needs:
            slots.append(
                Slot(
                    slot_id=capability,
                    label=Message(f"recommend.slot.{label}"),
                    capabilities=(capability,),
                )
            )
            taken = {p.unit_id for p in planned}
            pick = next(
                (r for r in free if capability in r[1].capabilities and r[1].unit_id not in taken),
                None,
            )
            if pick is not None:
                planned.append(
                    PlannedUnit(
                        unit_id=pick[1].unit_id,
                        slot_id=capability,
                        capability=capability,
                        arrival=pick[2],
                        why=Message(f"recommend.why.nearest.{capability}"),
                    )
                )
        lacking = ()
        if shortfall:
            lacking = (
                Shortfall(
                    slot_id="ladder",
                    label=Message("recommend.slot.ladder"),
                    why=Message("recommend.shortfall.all_committed", {"n": 2}),
                ),
            )
        inside = {p.unit_id for p in planned}
        stale = (
            next((r[1].unit_id for r in free if r[1].unit_id not in inside), "") if radio else ""
        )
        candidates = [
            Candidate(
                unit_id=unit.unit_id,
                verdict=Verdict(
                    unit_id=unit.unit_id,
                    passed=unit.unit_id != stale,
                    gate="position" if unit.unit_id == stale else "spare",
                    message=Message("recommend.gate.position.minutes", {"n": 6, "limit_s": 120})
                    if unit.unit_id == stale
                    else Message("recommend.gate.spare"),
                ),
                arrival=arrival,
                in_plan=unit.unit_id in inside,
                radio_now=unit.unit_id == stale,
            )
            for _, unit, arrival in free
        ]
        candidates += [
            Candidate(
                unit_id=unit.unit_id,
                verdict=Verdict(
                    unit_id=unit.unit_id,
                    passed=False,
                    gate="capability",
                    message=Message("recommend.gate.capability", {"n": 3}),
                ),
                arrival=None,
                in_plan=False,
            )
            for unit in rest
        ]
        said = Recommendation(
            recommendation_id=f"r-{incident_id}-{incident.version}",
            incident_id=incident_id,
            incident_version=incident.version,
            as_of_us=self.clock.now_us(),
            run_card="card",
            level=incident.level or Level.L3,
            slots=tuple(slots),
            plans=(
                Plan(
                    plan_id="p",
                    kind="fastest",
                    units=tuple(planned),
                    shortfalls=lacking,
                ),
            ),
            candidates=tuple(candidates),
            radio_now=(stale,) if stale else (),
            used_fixes=(),
            versions={},
            took_ms=3.0,
        )
        self.do(RecordRecommendation(recommendation=said), ADVICE)

    # -- crews ---------------------------------------------------------------------------------

    def send(self, incident_id: str, by: Actor, unit_ids: Sequence[str]) -> list[str]:
        """A person confirms units."""
        choices = tuple(UnitChoice(unit_id=u, eta_p50_s=220.0, eta_p90_s=290.0) for u in unit_ids)
        done = self.do(ConfirmDispatch(incident_id=incident_id, units=choices), by)
        ids: list[str] = done.result["assignment_ids"]
        return ids

    def report(self, assignment_id: str, *states: AssignmentState) -> None:
        """A crew's terminal reports."""
        for state in states:
            self.do(ReportProgress(assignment_id=assignment_id, state=state), feed("avl"))

    def age_unit(self, unit_id: str, state: UnitState) -> None:
        """A unit's state as the roster has it, for pictures."""
        unit = self.board.picture.units[unit_id]
        self.board.picture.units[unit_id] = replace(unit, state=state)

    # -- the window ----------------------------------------------------------------------------

    def open_window(self, width: int = 1920, height: int = 1080) -> Workstation:
        """The real workstation with the real panels."""
        window = Workstation(self.context, "Port Lumen", submit=self.submit, slots=SLOTS)
        window.resize(width, height)
        window.show()
        window.activateWindow()
        self.window = window
        return window

    def close(self) -> None:
        """Window first, then the journal."""
        if self.window is not None:
            for dock in self.window.docks.values():
                dock.panel.shut()
            self.window.leave_for_good()
            self.window.deleteLater()
        self.journal.close()


def busy(bench: PanelBench, by: Actor) -> list[str]:
    """A shift at work: waiting, late, under way and call-backs. The ids in order of opening."""
    ids: list[str] = []
    rows = (
        ("collision", "Great South Road, km 3.2", {"trapped": "maybe"}),
        ("hazard", "Market Road 9, school", {}),
        ("sick", "King George Avenue 14", {}),
        ("fire", "Balmoral Road 118", {}),
        ("injury", "Ranfurly Road 40", {}),
        ("unconscious", "Epsom Avenue / The Drive", {"awake": "unresponsive", "breathing": "none"}),
    )
    for n, (type_id, address, answers) in enumerate(rows):
        at = (76.9 + 0.01 * math.cos(n), 43.2 + 0.01 * math.sin(n))
        book = bench.assessor.book
        known = {
            q: o
            for q, o in answers.items()
            if (found := book.question(q)) is not None and found.option(o) is not None
        }
        shortfall = type_id == "fire"
        ids.append(bench.incident(by, type_id, address, at=at, answers=known, shortfall=shortfall))
        bench.wait_s(41)
    sent = bench.send(ids[0], by, ["u1", "u3"])
    for assignment in sent:
        bench.report(assignment, AssignmentState.ALERTED, AssignmentState.ACKNOWLEDGED)
        bench.report(assignment, AssignmentState.EN_ROUTE)
    bench.report(sent[0], AssignmentState.ON_SCENE)
    sent = bench.send(ids[1], by, ["u5"])
    bench.report(sent[0], AssignmentState.ALERTED)
    bench.send(ids[2], by, ["u7"])
    return ids
