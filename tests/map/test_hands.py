from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from dispatch.region.pack import Pack
from tests.map.canvas import at, middle, unit
from ui.map.layers import (
    IncidentSymbol,
    UnitLayer,
)
from ui.map.view import MapView


def test_that_a_click_names_the_incident_and_not_the_unit_under_it(
    view: MapView, town: Pack, qtbot: QtBot
) -> None:
    lon, lat = middle(town)
    view.set_incidents([IncidentSymbol("417", lon, lat, level=1, label="0417", waiting=True)])
    view.set_units(UnitLayer.of([unit(1, lon, lat), unit(2, lon + 0.004, lat)]))
    view.centre_on(lon, lat, 15)
    view.repaint()
    with qtbot.waitSignal(view.incident_clicked) as found:
        qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=at(view, lon, lat))
    assert found.args == ["417"]
    with qtbot.waitSignal(view.unit_clicked) as found:
        qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=at(view, lon + 0.004, lat))
    assert found.args == ["u2"]
    with qtbot.waitSignal(view.incident_activated) as found:
        qtbot.mouseDClick(view, Qt.MouseButton.LeftButton, pos=at(view, lon, lat))
    assert found.args == ["417"]


def test_that_a_label_can_be_clicked_as_its_unit(view: MapView, town: Pack, qtbot: QtBot) -> None:
    lon, lat = middle(town)
    view.set_units(UnitLayer.of([unit(7, lon, lat)]))
    view.centre_on(lon, lat, 15)
    view.repaint()
    assert view.pick(QPointF(at(view, lon, lat) + QPoint(24, 2))) == "unit/u7"
    assert view.pick(QPointF(at(view, lon, lat) + QPoint(90, 60))) == ""


def test_that_control_and_click_picks_a_place(view: MapView, town: Pack, qtbot: QtBot) -> None:
    lon, lat = middle(town)
    view.centre_on(lon, lat, 17)
    view.repaint()
    point = at(view, lon + 0.0005, lat - 0.0003)
    with qtbot.waitSignal(view.place_picked) as found:
        qtbot.mouseClick(
            view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ControlModifier, point
        )
    assert found.args == pytest.approx([lon + 0.0005, lat - 0.0003], abs=2e-5)
    view.picking = True
    with qtbot.waitSignal(view.place_picked):
        qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=point)


def test_that_the_wheel_zooms_about_the_pointer(view: MapView, town: Pack) -> None:
    lon, lat = middle(town)
    view.centre_on(lon, lat, 14)
    pointer = QPointF(200, 150)
    before = view.lonlat_at(pointer)
    turn = QWheelEvent(
        pointer,
        view.mapToGlobal(pointer),
        QPoint(0, 0),
        QPoint(0, 120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(view, turn)
    assert view.view_state().zoom == 14.5
    assert view.lonlat_at(pointer) == pytest.approx(before, abs=1e-4)


def test_that_a_zoom_by_hand_ends_on_a_half_level(view: MapView, town: Pack, qtbot: QtBot) -> None:
    view.animate = True
    view.centre_on(*middle(town), 14)
    view.zoom_in()
    view.zoom_in()
    assert view.view_state().zoom == 15.0
    qtbot.waitUntil(lambda: view.camera.zoom == 15.0, timeout=2_000)


@pytest.mark.parametrize(
    ("key", "east", "north"),
    [
        (Qt.Key.Key_Left, -1, 0),
        (Qt.Key.Key_Right, 1, 0),
        (Qt.Key.Key_Up, 0, 1),
        (Qt.Key.Key_Down, 0, -1),
    ],
)
def test_that_arrows_move_the_map(
    view: MapView, town: Pack, qtbot: QtBot, key: Qt.Key, east: int, north: int
) -> None:
    view.centre_on(*middle(town), 15)
    before = view.view_state()
    qtbot.keyClick(view, key)
    after = view.view_state()
    assert np.sign(round(after.lon - before.lon, 9)) == east
    assert np.sign(round(after.lat - before.lat, 9)) == north


def test_that_keys_zoom_show_the_region_and_open_the_selected_incident(
    view: MapView, town: Pack, qtbot: QtBot
) -> None:
    view.centre_on(*middle(town), 15)
    qtbot.keyClick(view, Qt.Key.Key_Plus)
    assert view.view_state().zoom == 15.5
    qtbot.keyClick(view, Qt.Key.Key_Minus)
    qtbot.keyClick(view, Qt.Key.Key_Minus)
    assert view.view_state().zoom == 14.5
    qtbot.keyClick(view, Qt.Key.Key_Home)
    assert view.view_bounds()[0] < town.bounds[0]
    view.set_incidents([IncidentSymbol("9", *middle(town), level=2)])
    view.select_incident("9")
    with qtbot.waitSignal(view.incident_activated) as found:
        qtbot.keyClick(view, Qt.Key.Key_Return)
    assert found.args == ["9"]


def test_that_dragging_carries_the_ground_with_the_pointer(
    view: MapView, town: Pack, qtbot: QtBot
) -> None:
    view.centre_on(*middle(town), 15)
    grabbed = view.lonlat_at(QPointF(300, 300))
    qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=QPoint(300, 300))
    qtbot.mouseMove(view, QPoint(340, 320))
    qtbot.mouseMove(view, QPoint(400, 350))
    qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=QPoint(400, 350))
    assert view.lonlat_at(QPointF(400, 350)) == pytest.approx(grabbed, abs=1e-5)


def test_that_shift_and_drag_zooms_into_the_box(view: MapView, town: Pack, qtbot: QtBot) -> None:
    view.centre_on(*middle(town), 14)
    corner = view.lonlat_at(QPointF(350, 260))
    shift = Qt.KeyboardModifier.ShiftModifier
    qtbot.mousePress(view, Qt.MouseButton.LeftButton, shift, QPoint(350, 260))
    qtbot.mouseMove(view, QPoint(400, 300))
    qtbot.mouseMove(view, QPoint(450, 340))
    qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, shift, QPoint(450, 340))
    assert view.view_state().zoom >= 15.5
    west, south, east, north = view.view_bounds()
    assert west <= corner[0] <= east and south <= corner[1] <= north


def test_that_pointing_is_told_once_and_shows_the_label(
    view: MapView, town: Pack, qtbot: QtBot
) -> None:
    lon, lat = middle(town)
    view.set_incidents([IncidentSymbol("1", lon, lat, level=2, label="0417")])
    view.centre_on(lon, lat, 12)
    view.repaint()
    seen: list[str] = []
    view.hovered.connect(seen.append)
    view.pointed(QPointF(at(view, lon, lat)))
    view.pointed(QPointF(at(view, lon, lat) + QPoint(1, 1)))
    view.repaint()
    assert view._live.labelled == {"1"}
    view.pointed(None)
    assert seen == ["incident/1", ""]


def test_that_the_zoom_buttons_never_take_the_focus(view: MapView, qtbot: QtBot) -> None:
    before = view.view_state().zoom
    qtbot.mouseClick(view._buttons.zoom_in, Qt.MouseButton.LeftButton)
    assert view.view_state().zoom == before + 0.5
    assert not view._buttons.zoom_in.hasFocus()
    assert view._buttons.zoom_in.accessibleName() == "Zoom in"
