from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from dispatch.region.pack import Pack
from tests.map.desk import STEP, Desk, make_desk
from ui.map_parts.carry import Carry
from ui.map_parts.follow import Follow
from ui.map_parts.hover import Hover
from ui.map_parts.views import Views

HELD_MS = 220


@pytest.fixture
def desk(town: Pack, cache_dir: Path, qtbot: QtBot) -> Iterator[Desk]:
    made = make_desk(town, cache_dir, qtbot)
    yield made
    made.panel.shut()


def test_that_a_unit_dropped_on_an_incident_is_proposed_and_nobody_is_sent(desk: Desk) -> None:
    desk.drag(desk.at_unit("M12"), desk.at_incident("i417"), rest_ms=HELD_MS)
    assert desk.context.selection.proposal("i417") == ("M12",)
    assert desk.context.selection.incident_id == "i417", "what Ctrl+Enter would sign is shown"
    assert desk.verbs == [], "nothing went to the desk"


def test_that_the_ghost_says_what_letting_go_would_do(desk: Desk) -> None:
    carry = Carry.of(desk.context)
    desk.drag(desk.at_unit("M12"), desk.at_incident("i417"), rest_ms=HELD_MS, drop=False)
    assert carry.ghost.text == "Propose M12 for 0417" and carry.halo.isVisible()
    QTest.mouseMove(desk.view, QPoint(20, 20))
    assert carry.ghost.text == "M12: drop onto an incident" and not carry.halo.isVisible()
    QTest.mouseRelease(desk.view, Qt.MouseButton.LeftButton, pos=QPoint(20, 20))
    assert desk.context.selection.proposal("i417") is None and not carry.ghost.isVisible()


def test_that_a_unit_that_cannot_go_says_why_while_it_is_carried(desk: Desk) -> None:
    desk.drag(desk.at_unit("M9"), desk.at_incident("i417"), rest_ms=HELD_MS, drop=False)
    carry = Carry.of(desk.context)
    assert carry.target == "" and "M9" in carry.ghost.text
    QTest.mouseRelease(desk.view, Qt.MouseButton.LeftButton, pos=desk.at_incident("i417"))
    assert desk.context.selection.proposal("i417") is None and desk.verbs == []


def test_that_escape_puts_a_carried_unit_back(desk: Desk, qtbot: QtBot) -> None:
    desk.drag(desk.at_unit("M12"), desk.at_incident("i417"), rest_ms=HELD_MS, drop=False)
    qtbot.keyClick(desk.view, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not Carry.of(desk.context).unit_id)
    QTest.mouseRelease(desk.view, Qt.MouseButton.LeftButton, pos=desk.at_incident("i417"))
    assert desk.context.selection.proposal("i417") is None and desk.verbs == []


def test_that_a_drag_that_begins_on_a_unit_at_once_moves_the_map(desk: Desk) -> None:
    grabbed = desk.view.lonlat_at(QPointF(desk.at_unit("M12")))
    start = desk.at_unit("M12")
    desk.drag(start, start + QPoint(90, 40))
    assert desk.view.lonlat_at(QPointF(start + QPoint(90, 40))) == pytest.approx(grabbed, abs=1e-4)
    assert desk.context.selection.proposal("i417") is None


def test_that_a_unit_can_be_dropped_on_a_line_of_the_queue(desk: Desk) -> None:
    row = desk.queue.model.row_of("i:i409")
    assert row is not None
    line = desk.queue.list.visualRect(desk.queue.model.index(row, 0)).center()
    spot = desk.view.mapFromGlobal(desk.queue.list.viewport().mapToGlobal(line))
    desk.drag(desk.at_unit("E3"), spot, rest_ms=HELD_MS)
    assert desk.context.selection.proposal("i409") == ("E3",) and desk.verbs == []


def test_that_following_keeps_the_unit_in_the_middle_until_a_hand_comes(
    desk: Desk, qtbot: QtBot
) -> None:
    follow, view = desk.part(Follow), desk.view
    desk.context.selection.choose_unit("M12")
    qtbot.keyClick(view, Qt.Key.Key_F)
    assert follow.unit_id == "M12" and "M12" in view.strips.words_of("follow")
    assert "Escape" in view.strips.words_of("follow")
    lon, lat = view.place_of_unit("M12")
    desk.move("M12", lon + STEP, lat)
    qtbot.waitUntil(lambda: abs(view.view_state().lon - lon - STEP) < 2e-5, timeout=2_000)
    desk.drag(QPoint(300, 100), QPoint(360, 130))
    assert follow.unit_id is None and view.strips.words_of("follow") == ""
    rested = view.view_state()
    desk.move("M12", lon + 2 * STEP, lat)
    qtbot.wait(400)
    assert view.view_state() == rested, "nothing else moves the map"


@pytest.mark.parametrize("ends", ["wheel", "arrow", "escape", "go"])
def test_that_any_other_move_ends_following(desk: Desk, qtbot: QtBot, ends: str) -> None:
    follow, view = desk.part(Follow), desk.view
    desk.part(Follow).start("M12")
    assert follow.unit_id == "M12"
    match ends:
        case "wheel":
            view.zoom_about(0.5, QPointF(100, 100))
        case "arrow":
            qtbot.keyClick(view, Qt.Key.Key_Left)
        case "escape":
            qtbot.keyClick(view, Qt.Key.Key_Escape)
        case "go":
            desk.context.selection.seek_unit("E3")
    assert follow.unit_id is None


def test_that_a_resized_map_goes_on_following(desk: Desk, qtbot: QtBot) -> None:
    desk.part(Follow).start("M12")
    desk.window.resize(1000, 560)
    qtbot.wait(50)
    assert desk.part(Follow).unit_id == "M12"


def test_that_following_an_incident_follows_its_first_unit(desk: Desk) -> None:
    desk.context.selection.choose_incident("i417")
    assert not desk.run("map.follow")
    assert desk.refused == ["hands.follow.whom"]


def test_that_one_can_go_back_and_forward_through_views(desk: Desk, qtbot: QtBot) -> None:
    view, views = desk.view, desk.part(Views)
    views._remember()
    first = view.view_state()
    view.centre_on(first.lon + 0.006, first.lat, 16)
    views._remember()
    second = view.view_state()
    view.show_region()  # not yet settled
    third = view.view_state()
    alt = Qt.KeyboardModifier.AltModifier
    qtbot.keyClick(view, Qt.Key.Key_Left, alt)
    assert view.view_state() == second
    QTest.mouseClick(view, Qt.MouseButton.BackButton, pos=QPoint(200, 200))
    assert view.view_state() == first
    qtbot.keyClick(view, Qt.Key.Key_Left, alt)
    assert view.view_state() == first and desk.refused == ["hands.views.first"]
    QTest.mouseClick(view, Qt.MouseButton.ForwardButton, pos=QPoint(200, 200))
    qtbot.keyClick(view, Qt.Key.Key_Right, alt)
    assert view.view_state() == third


def test_that_small_moves_and_following_make_no_views(desk: Desk) -> None:
    views, view = desk.part(Views), desk.view
    views._remember()
    view.pan(8, 3)
    views._remember()
    assert not views.history.can(-1)
    follow = desk.part(Follow)
    follow.start("M12")
    follow.start("E3")
    views._remember()
    assert not views.history.can(-1)


def test_that_views_are_kept_by_number_for_the_role(
    desk: Desk, town: Pack, cache_dir: Path, qtbot: QtBot
) -> None:
    kept = desk.view.view_state()
    both = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    qtbot.keyClick(desk.view, Qt.Key.Key_2, both)
    desk.view.show_region()
    qtbot.keyClick(desk.view, Qt.Key.Key_2, Qt.KeyboardModifier.ShiftModifier)
    assert desk.view.view_state() == kept
    desk.view.show_region()
    other = make_desk(town, cache_dir, qtbot)
    assert other.run("map.view_2") and other.view.view_state() == kept
    assert not other.run("map.view_3") and other.refused == ["hands.views.none"]
    other.panel.shut()


def test_that_a_broken_file_of_views_is_passed_over(desk: Desk) -> None:
    folder = desk.context.kept
    assert folder is not None
    folder.mkdir()
    (folder / "views-dispatcher.json").write_text('{"version": 1, "regions": {"Town": 5}}')
    assert not desk.run("map.view_1") and desk.refused == ["hands.views.none"]


def _rest(desk: Desk, at: QPoint, qtbot: QtBot) -> Any:
    hover = desk.part(Hover)
    desk.point_at(at)
    qtbot.waitUntil(hover.card.isVisible, timeout=2_000)
    return hover.card


def test_that_the_card_of_an_incident_says_number_level_why_and_age(
    desk: Desk, qtbot: QtBot
) -> None:
    had_focus = QApplication.focusWidget()
    card = _rest(desk, desk.at_incident("i417"), qtbot)
    words = " | ".join(card.words())
    assert "0417" in words and "A. Seitkali" in words and "Orchard Street 1" in words
    assert "0:41" in words
    assert not card.geometry().contains(desk.at_incident("i417"))
    assert QApplication.focusWidget() is had_focus
    desk.point_at(QPoint(5, 5))
    assert not card.isVisible(), "it goes at once"


def test_that_the_card_of_a_unit_says_state_crew_and_age_of_its_position(
    desk: Desk, qtbot: QtBot
) -> None:
    words = " | ".join(_rest(desk, desk.at_unit("M12"), qtbot).words())
    for part in ("M12", "available", "1:05", "crew 2", "position 3 s old"):
        assert part in words


def test_that_the_card_stays_inside_the_map_and_off_the_pointer(desk: Desk, qtbot: QtBot) -> None:
    view = desk.view
    lon, lat = view.place_of_unit("M12")
    for corner in (QPoint(6, 6), QPoint(view.width() - 6, view.height() - 6)):
        away = corner - view.canvas_at(lon, lat).toPoint()
        view.pan(-away.x(), -away.y())
        view.repaint()
        desk.point_at(QPoint(view.width() // 2, view.height() // 2))
        card = _rest(desk, desk.at_unit("M12"), qtbot)
        assert view.rect().contains(card.geometry())
        assert not card.geometry().contains(desk.at_unit("M12"))


def test_that_a_locked_desk_shows_nothing_personal_on_a_card(desk: Desk, qtbot: QtBot) -> None:
    opened: list[str] = []
    desk.board._open_sealed = lambda token: opened.append(token) or "secret"  # type: ignore
    desk.context.set_locked(True)
    words = " ".join(_rest(desk, desk.at_incident("i417"), qtbot).words())
    assert "secret" not in words and opened == []
