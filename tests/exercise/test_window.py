"""An exercise in the window: brief, start, injects, end and score, all by keys."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from dispatch.centre import DEMO_PIN
from dispatch.clock import SimClock
from dispatch.exercise.plan import plan_exercise
from dispatch.places import Places
from dispatch.words import say
from tests.exercise.conftest import NOW
from ui.exercise.command import open_centre
from ui.exercise.conduct import Conductor
from ui.panels import Slot
from ui.surface import Surface

EMPTY = tuple(
    Slot(name, f"ui.nothing_yet:{name}", width, least)
    for name, width, least in (
        ("queue", 372, 296),
        ("map", 1096, 320),
        ("incident", 444, 372),
        ("units", 1912, 600),
    )
)


@pytest.fixture
def conductor(qtbot: Any, own: Path, places: Places) -> Iterator[Conductor]:
    plan = plan_exercise(str(own), places, NOW)
    centre = open_centre(plan, places, speed=20.0, inline=True)
    surface = Surface(centre, slots=EMPTY)
    surface._load_gazetteer = lambda: None  # type: ignore[method-assign]
    made = Conductor(surface, plan)
    surface.window.resize(1366, 768)
    surface.start()
    made.open_brief()
    surface.window.activateWindow()
    qtbot.waitUntil(made.brief.isVisible)
    qtbot.waitUntil(lambda: centre.source is not None and centre.source.is_open, timeout=20_000)
    yield made
    surface.close()
    surface.window.deleteLater()


def press(key: Qt.Key) -> None:
    focus = QApplication.focusWidget()
    assert focus is not None
    QTest.keyClick(focus, key)


def sign_on() -> None:
    focus = QApplication.focusWidget()
    assert focus is not None
    QTest.keyClicks(focus, DEMO_PIN)
    QTest.keyClick(focus, Qt.Key.Key_Return)


def test_that_an_exercise_goes_from_its_brief_to_its_score_by_keys(
    conductor: Conductor, qtbot: Any
) -> None:
    surface = conductor.surface
    clock, board = surface.centre.clock, surface.context.board
    assert isinstance(clock, SimClock)

    # The brief first; the clock stands, and Escape does not begin.
    assert conductor.brief.words.text() == "Two calls about one fall."
    assert not surface.window.sign_on_overlay.isVisible()
    press(Qt.Key.Key_Escape)
    QTest.qWait(200)
    assert conductor.brief.isVisible() and clock.now_us() == conductor.plan.start_us

    # Enter begins; the clock waits for somebody to sign on.
    press(Qt.Key.Key_Return)
    assert surface.window.sign_on_overlay.isVisible()
    assert conductor.strip.left.text() == say("exercise.strip.waiting")
    assert clock.is_paused
    sign_on()
    qtbot.waitUntil(lambda: not clock.is_paused, timeout=10_000)

    # An inject is a notice that stays; the time left runs.
    def told() -> list[str]:
        return [notice.message.id for notice in surface.window.notices.standing()]

    qtbot.waitUntil(lambda: "It begins to rain." in told(), timeout=15_000)
    assert "one" in board.picture.calls
    assert "left" in conductor.strip.left.text()

    # The score so far opens and closes by keys, and says that nobody was sent.
    surface.commands.run("exercise.score")
    assert conductor.sheet.isVisible() and not conductor.sheet._final
    assert any("one" in label.text() for label in conductor.sheet.lines)
    press(Qt.Key.Key_Escape)
    assert not conductor.sheet.isVisible()

    # Ending asks back once.
    surface.commands.run("exercise.end")
    QTest.qWait(100)
    assert not board.picture.exercise_ended
    surface.commands.run("exercise.end")
    qtbot.waitUntil(lambda: conductor.sheet.isVisible(), timeout=10_000)
    assert board.picture.exercise_ended and clock.is_paused
    assert conductor.sheet._final
    assert conductor.strip.left.text() == say("exercise.strip.ended")

    # The report lies beside the journal.
    conductor.sheet.save_button.setFocus()
    press(Qt.Key.Key_Return)
    saved = surface.centre.journal.path.with_suffix(".html")
    assert saved.is_file() and str(saved) in conductor.sheet.told.text()

    # Every word changes with the language.
    surface.context.set_language("kk")
    assert conductor.sheet.title.text() == say(
        "exercise.report.title", "kk", title="My own evening"
    )


def test_that_an_exercise_ends_by_itself_at_its_time(conductor: Conductor, qtbot: Any) -> None:
    surface = conductor.surface
    clock = surface.centre.clock
    assert isinstance(clock, SimClock)
    press(Qt.Key.Key_Return)
    sign_on()
    qtbot.waitUntil(lambda: not clock.is_paused, timeout=10_000)
    clock.set_speed(200.0)
    qtbot.waitUntil(lambda: conductor.sheet.isVisible(), timeout=20_000)
    assert surface.context.board.picture.exercise_ended and clock.is_paused


def test_that_it_is_framed_as_an_exercise(conductor: Conductor) -> None:
    window = conductor.surface.window
    assert conductor.surface.context.mode == "exercise"
    assert "EXERCISE" in window.windowTitle()
    assert conductor.strip.title.text() == "My own evening"
