"""The bridge: facts before answers, nothing lost, nothing waited for."""

from __future__ import annotations

import threading

import pytest

from dispatch.board import Board
from dispatch.clock import SimClock
from dispatch.desk import Done, Published
from dispatch.desk.advice import SwitchAdvice
from dispatch.domain.facts.advice import AdviceSwitched
from dispatch.domain.facts.envelope import Envelope
from dispatch.domain.facts.table import encode, kind_of, version_of
from dispatch.domain.message import Problem
from dispatch.domain.unit import Fix
from dispatch.domain.value import Point
from ui.session import Session


class FakeLane:
    def __init__(self):
        self.clock = SimClock(1_000_000)
        self.append_ms = 3.0
        self.problem = None
        self.on_published, self.on_fixes, self.on_response = [], [], []
        self.taken = []

    def submit(self, command, by, done=lambda d: None, refused=lambda p: None):
        self.taken.append((command, by, done, refused))

    def publish(self, pos, on):
        fact = AdviceSwitched(on=on, reason="", by="a")
        envelope = Envelope(
            pos=pos,
            cmd_id=str(pos),
            n=0,
            t_us=pos,
            wall_us=0,
            mono_us=0,
            desk_id="d",
            actor="a",
            role="dispatcher",
            origin="human",
            standing="firm",
            kind=kind_of(fact),
            ver=version_of(fact),
            stream="d",
            body=encode(fact),
            prev="",
            hash="",
        )
        for listener in self.on_published:
            listener(Published(envelope, ()))


@pytest.fixture
def lane():
    return FakeLane()


@pytest.fixture
def session(qtbot, lane):
    board = Board(realm="exercise", region_name="x", time_zone="UTC", desk_id="desk-1")
    made = Session(lane, board)
    yield made
    made.close()


def in_thread(work):
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()


def test_that_the_board_stands_before_the_answer_comes(session, lane, qtbot):
    seen = []
    session.changed.connect(lambda changes: seen.append("changed"))
    session.submit(SwitchAdvice(on=False), lambda done: seen.append(session.board.picture.ai_on))
    _, _, done, _ = lane.taken[0]

    def work():
        lane.publish(1, False)
        done(Done())

    in_thread(work)
    qtbot.waitUntil(lambda: len(seen) == 2)
    assert seen == ["changed", False]


def test_that_a_refusal_comes_back_in_the_surface_thread(session, lane, qtbot):
    where = []
    session.submit(
        SwitchAdvice(on=False), None, lambda problem: where.append(threading.current_thread())
    )
    refused = lane.taken[0][3]
    in_thread(lambda: refused(Problem("desk.nobody_signed_on")))
    qtbot.waitUntil(lambda: bool(where))
    assert where == [threading.current_thread()]


def test_that_many_facts_are_told_in_few_signals_and_none_is_lost(session, lane, qtbot):
    told = []
    session.changed.connect(told.append)
    in_thread(lambda: [lane.publish(n, n % 2 == 0) for n in range(1, 2001)])
    qtbot.waitUntil(lambda: session.board.picture.pos == 2000)
    assert len(told) < 100


def test_that_only_the_newest_position_of_a_vehicle_is_drawn(session, lane, qtbot):
    def work():
        for n in range(100):
            for listener in lane.on_fixes:
                listener([Fix(unit_id="u", point=Point(lon=n / 10, lat=1), t_us=n)])

    in_thread(work)
    qtbot.waitUntil(lambda: "u" in session.board.fixes)
    qtbot.waitUntil(lambda: session.board.fixes["u"].t_us == 99)


def test_that_a_deed_not_yet_durable_shows_as_sending(session, lane, qtbot):
    with qtbot.waitSignal(session.health_changed, timeout=2000) as told:
        session.submit(SwitchAdvice(on=False))
    assert told.args[0].sending == 1
    lane.taken[0][2](Done())
    with qtbot.waitSignal(session.health_changed, timeout=2000) as told:
        pass
    assert told.args[0].sending == 0


def test_that_a_problem_of_the_lane_is_said_once(session, lane, qtbot):
    said = []
    session.failed.connect(said.append)
    lane.problem = Problem("journal.full").message
    qtbot.wait(700)
    assert said == [lane.problem]
    with qtbot.waitSignal(session.mended) as over:
        lane.problem = None
    assert over.args == said


def test_that_time_ticks_four_times_a_second(session, lane, qtbot):
    ticks = []
    session.ticked.connect(ticks.append)
    qtbot.wait(1100)
    assert 3 <= len(ticks) <= 6
    assert ticks[0] == 1_000_000


def test_that_a_closed_session_hears_no_more(session, lane):
    session.close()
    assert lane.on_published == [] and lane.on_fixes == [] and lane.on_response == []
