"""The centre: the composition root without Qt.

It opens journal, desk, advice, watch, sources and clock, drives them in one lane, and closes
them in reverse. A window runs the lane in a thread (`start`); headless runs call `step`.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from dispatch.advice import messages as m
from dispatch.advice.closing import RoadsKeeper
from dispatch.advice.engine import Engine, InlineEngine, ProcessEngine
from dispatch.advice.room import AdviceRoom
from dispatch.board import Board
from dispatch.clock import Clock, RealClock, SimClock
from dispatch.desk import Actor, Desk, Done, Published, Refusal
from dispatch.desk.advice import RecordAssessment, RecordRecommendation, ReportModel
from dispatch.desk.ids import Ids, RandomIds
from dispatch.desk.units import LoadRoster
from dispatch.desk.verbs import ADVICE, SYSTEM, Command
from dispatch.domain.advice import Assessment, Recommendation
from dispatch.domain.message import Message, Problem
from dispatch.domain.picture import Picture
from dispatch.domain.staff import Role
from dispatch.domain.target import Target
from dispatch.domain.unit import Fix
from dispatch.due import Due
from dispatch.fitting import require_fit
from dispatch.fixes import frame_of
from dispatch.journal import Journal, is_of_the_disk
from dispatch.lane import Lane, Submission
from dispatch.places import Places
from dispatch.recommend.request import Limits as PlanLimits
from dispatch.region.agency import Agency, open_agency
from dispatch.region.pack import Pack, open_pack
from dispatch.resources import resource
from dispatch.restore import restore
from dispatch.roster import roster_of
from dispatch.simulation.events import WorldSpec
from dispatch.sources.simulated import SimulatedSource
from dispatch.watch import Limits as WatchLimits

log = logging.getLogger(__name__)

FRAME_EVERY_US = 1_000_000
DEMO_PIN = "1470"
DEMO_PEOPLE = (
    ("a.seitkali", "A. Seitkali", Role.DISPATCHER),
    ("j.kim", "J. Kim", Role.DISPATCHER),
    ("m.orlova", "M. Orlova", Role.SUPERVISOR),
    ("t.novak", "T. Novak", Role.TRAINER),
)


class _Recorder:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def assessment(self, said: Assessment) -> None:
        self._desk.do(RecordAssessment(assessment=said), ADVICE)

    def recommendation(self, said: Recommendation) -> None:
        self._desk.do(RecordRecommendation(recommendation=said), ADVICE)


def default_bundle() -> Path:
    """The model that is shipped."""
    return resource("models", "severity-default")


class Centre:
    """One open journal of one realm, and everything that works on it.

    `on_published`, `on_fixes` and `on_response` are called in the lane; a window bridges them
    to its own thread. Made by `exercise` or `live`.
    """

    def __init__(
        self,
        *,
        places: Places,
        journal: Journal,
        pack: Pack,
        agency: Agency,
        clock: Clock,
        engine: Engine,
        desk_id: str,
        bundle: Path | None,
        ids: Ids | None = None,
    ) -> None:
        self.places, self.journal, self.pack, self.agency = places, journal, pack, agency
        self.clock, self.engine, self.desk_id = clock, engine, desk_id
        self.ids = ids or RandomIds()
        restored = restore(journal)
        self.desk = Desk(journal, restored.picture, clock, ids=self.ids, check_pin=self._check_pin)
        self.fixes: dict[str, Fix] = {fix.unit_id: fix for fix in restored.fixes}
        self.targets: tuple[Target, ...] = agency.targets
        self.source: SimulatedSource | None = None
        self.on_published: list[Callable[[Published], None]] = []
        self.on_fixes: list[Callable[[Sequence[Fix]], None]] = []
        self.on_response: list[Callable[[m.Response], None]] = []
        self.engine_ready = False
        self.engine_problem: Message | None = None
        self.lane = Lane(self.desk, self.step, self._answer_advice)
        self._no_model: Message | None = None
        self._keyless: Message | None = None
        if not journal.vault.ready:
            values = {"file": str(journal.path), "folder": str(places.keys)}
            self._keyless = Message("centre.key_missing", {**values})
        self._unheard: deque[m.Response] = deque()
        self._closed = False
        self._frame_us = 0
        self._advice = AdviceRoom(
            engine.send,
            _Recorder(self.desk),
            self.ids.new,
            time_zone=pack.time_zone,
            limits=PlanLimits(fix_age_s=agency.limits.fix_age_s),
        )
        limits = WatchLimits(
            acknowledge_s=agency.limits.acknowledge_s,
            call_answer_s=agency.limits.call_answer_s,
        )
        self._due = Due(self.desk, self.targets, limits)
        self.desk.listeners.append(self._published)
        engine.on_answer = self.lane.wake
        engine.send(
            m.Open(
                region=str(pack.path),
                agency=str(agency.path),
                bundle=str(bundle or ""),
                cache=str(places.cache),
            )
        )
        self._roads = RoadsKeeper(engine.send, self.desk.picture)
        self._load_roster()

    # -- opening -----------------------------------------------------------------------------

    @classmethod
    def exercise(
        cls,
        places: Places,
        *,
        region: Path,
        agency: Path,
        spec: WorldSpec | None,
        journal: Path,
        speed: float = 1.0,
        inline: bool = False,
        desk_id: str = "desk-1",
        bundle: Path | None = None,
        ids: Ids | None = None,
        pin: str = DEMO_PIN,
    ) -> Centre:
        """A new journal of realm exercise with a simulated world attached.

        `speed` 0 gives a clock that moves only by `run_until`. `inline` runs the engine in this
        thread: for headless work.
        """
        pack, served = open_pack(region), open_agency(agency)
        require_fit(pack, served)
        clock = SimClock(spec.start_us if spec else RealClock().now_us(), 0.0)
        book = Journal.create(
            journal,
            realm="exercise",
            region_id=pack.name,
            region_hash=pack.hash,
            time_zone=pack.time_zone,
            keys_dir=places.keys,
            created_us=clock.wall_us(),
        )
        people = [(user_id, name, role.value) for user_id, name, role in DEMO_PEOPLE]
        book.people.add_demonstration(people, pin)
        engine: Engine = InlineEngine() if inline else ProcessEngine()
        centre = cls(
            places=places,
            journal=book,
            pack=pack,
            agency=served,
            clock=clock,
            engine=engine,
            desk_id=desk_id,
            bundle=bundle or default_bundle(),
            ids=ids,
        )
        if spec is not None:
            centre._attach(spec, clock, speed)
        return centre

    @classmethod
    def live(
        cls,
        places: Places,
        *,
        journal: Path,
        region: Path,
        agency: Path,
        desk_id: str = "desk-1",
        inline: bool = False,
    ) -> Centre:
        """A live journal, made where there is none; a journal of an exercise is refused."""
        pack, served = open_pack(region), open_agency(agency)
        require_fit(pack, served)
        if journal.exists():
            book = Journal.open(journal, places.keys, realm="live")
        else:
            book = Journal.create(
                journal,
                realm="live",
                region_id=pack.name,
                region_hash=pack.hash,
                time_zone=pack.time_zone,
                keys_dir=places.keys,
                created_us=RealClock().wall_us(),
            )
        if book.info.region_hash != pack.hash:
            book.close()
            raise Problem("centre.wrong_region", file=str(journal), region=pack.name)
        return cls(
            places=places,
            journal=book,
            pack=pack,
            agency=served,
            clock=RealClock(),
            engine=InlineEngine() if inline else ProcessEngine(),
            desk_id=desk_id,
            bundle=default_bundle(),
        )

    def _attach(self, spec: WorldSpec, clock: SimClock, speed: float) -> None:
        def opened(start_us: int, title: Message) -> None:
            clock.advance_to(start_us)
            clock.set_speed(speed)

        self.source = SimulatedSource(
            self.desk, self.engine.send, spec, on_fixes=self._take_fixes, on_opened=opened
        )

    def _load_roster(self) -> None:
        units = roster_of(self.agency, self.clock.now_us(), self.pack.time_zone)
        if self.desk.picture.agency_sha != self.agency.sha:
            self.desk.do(
                LoadRoster(agency=self.agency.name, agency_sha=self.agency.sha, units=units),
                SYSTEM,
            )

    def _check_pin(self, user_id: str, pin: str) -> tuple[str, Role]:
        person = self.journal.people.get(user_id)
        if person is None or not self.journal.people.verify(user_id, pin):
            raise Refusal("desk.sign_on_refused", user=user_id)
        return person.name, Role(person.role)

    def board(self) -> Board:
        """A fresh board that stands where the desk stands; feed it what is published."""
        with self.desk.reading():
            board = Board(
                realm=self.journal.info.realm,
                region_name=self.pack.name,
                time_zone=self.pack.time_zone,
                desk_id=self.desk_id,
                picture=Picture.decode(self.desk.picture.encode()),
                targets=self.targets,
                open_sealed=self.journal.vault.open,
            )
            board.apply_fixes(self.fixes.values())
        return board

    # -- working -----------------------------------------------------------------------------

    def submit(
        self,
        command: Command,
        by: Actor,
        done: Callable[[Done], None] = lambda done: None,
        refused: Callable[[Problem], None] = lambda problem: None,
    ) -> None:
        """Hand a command to the lane; the callbacks are called there."""
        self.lane.submit(Submission(command, by, done, refused))

    def ask_route(self, key: str, fix: Fix, target: tuple[float, float]) -> None:
        """Ask the engine for a candidate's way; the answer comes through `on_response`."""
        from dispatch.domain.value import Point

        point = Point(lon=target[0], lat=target[1])
        self.engine.send(m.FindRoute(key=key, origin=fix.point, target=point))

    @property
    def roads_version(self) -> int:
        """Counts the changes of closed roads in this run; answers about roads carry it."""
        return self._roads.version

    def start(self) -> None:
        """Run the lane in a thread of its own."""
        self.lane.start()

    def serve_waiting(self) -> None:
        """Headless: do what was submitted; with a lane of its own the thread does that."""
        self.lane.serve_waiting()

    @property
    def append_ms(self) -> float:
        """How long the last command of a person took to be durable."""
        return self.lane.append_ms

    @property
    def problem(self) -> Message | None:
        """What is wrong now, None when nothing is: the lane's word, else the engine's."""
        return self.lane.problem or self.engine_problem or self._keyless or self._no_model

    def _answer_advice(self) -> None:
        self._take_answers()
        self._advice_step()

    def _take_answers(self) -> None:
        """Hear what the engine said; what cannot be recorded now is heard again, none is lost."""
        self._unheard.extend(self.engine.poll())
        while self._unheard:
            response = self._unheard.popleft()
            try:
                self._hear(response)
            except Problem as problem:
                if is_of_the_disk(problem):
                    self._unheard.appendleft(response)
                raise
        if self.source is not None:
            self.source.work()

    def step(self) -> None:
        """One turn of the lane: answers in, sources on, what is due, advice out."""
        self._take_answers()
        now_us = self.clock.now_us()
        if self.source is not None:
            self.source.step(now_us)
        self._due.step(now_us)
        self._advice_step()

    def run_until(self, t_us: int, *, stride_us: int = 1_000_000, each: Any = None) -> None:
        """Headless: move a clock of speed 0 in strides to `t_us`, settling after each.

        `each(now_us)` is called after every stride (an automatic dispatcher works there).
        """
        clock = self.clock
        if not isinstance(clock, SimClock):
            raise ValueError("only a simulated clock can be run ahead")
        self.settle()
        while clock.now_us() < t_us:
            clock.advance_to(min(t_us, clock.now_us() + stride_us))
            self.settle()
            if each is not None:
                each(clock.now_us())
                self.settle()

    def settle(self, turns: int = 10) -> None:
        """Headless: let an inline engine and the lane talk until both are quiet.

        A request goes out in one turn and its answer is taken in the next: two quiet turns.
        """
        quiet = 0
        for _ in range(turns):
            before = self.desk.picture.pos
            self.step()
            quiet = quiet + 1 if self.desk.picture.pos == before else 0
            if quiet == 2:
                break

    def _advice_step(self) -> None:
        if self.engine_ready:
            self._advice.step(self.desk.picture, self.fixes, self.clock.now_us())

    def _hear(self, response: m.Response) -> None:
        match response:
            case m.Opened():
                self.engine_ready = True
                self.engine_problem = None
                # What was asked of an engine that died was never answered.
                for incident in self.desk.picture.open_incidents():
                    self._advice.want(incident.incident_id)
                self._no_model = response.banner
                report = ReportModel(
                    model=response.model, bundle_sha=response.bundle_sha, banner=response.banner
                )
                self.desk.do(report, ADVICE)
            case m.Failed():
                log.error("engine: %s", response.message)
                self.engine_problem = response.message
                if response.request in m.LOST:
                    self.engine_ready = False
        self._advice.heard(response, self.desk.picture)
        if self.source is not None:
            self.source.heard(response)
        for listener in self.on_response:
            listener(response)

    def _published(self, published: Published) -> None:
        picture = self.desk.picture
        self._advice.saw(published.changes, picture)
        if self._roads.saw(published.changes, picture):
            self._advice.roads_changed(self._roads.version, picture)
        if self.source is not None:
            self.source.saw(published, picture)
        for listener in self.on_published:
            listener(published)

    def _take_fixes(self, t_us: int, fixes: list[Fix]) -> None:
        for fix in fixes:
            self.fixes[fix.unit_id] = fix
        for listener in self.on_fixes:
            listener(fixes)
        if t_us - self._frame_us >= FRAME_EVERY_US:
            self._frame_us = t_us
            self.journal.fixes.write(t_us, frame_of(self.fixes.values()))

    # -- leaving -----------------------------------------------------------------------------

    def close(self) -> None:
        """Sources, desk, journal checkpoint, children: in that order. Safe to call twice."""
        if self._closed:
            return
        self._closed = True
        self.lane.stop()
        self.source = None
        try:
            self.journal.fixes.seal()
            self.desk.snapshot()
        except Problem as problem:
            log.error("leaving: %s", problem)
        self.journal.close()
        self.engine.close()
