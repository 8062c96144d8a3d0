from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import pyproj
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QEventPoint, QNativeGestureEvent, QPointingDevice
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from dispatch.advice.messages import RouteFound
from dispatch.region.coordinate_format import FORMATS, format_coordinates
from dispatch.region.pack import Pack
from tests.map.desk import NOW_US, Desk, make_desk
from ui.map.geodesy import area_m2, inverse
from ui.map.view import MapView
from ui.map_parts.closure_words import length_of
from ui.map_parts.found import FoundPlace
from ui.map_parts.listing import Listing
from ui.map_parts.measure import Measure
from ui.map_parts.menu import PlaceMenu
from ui.map_parts.part import Spot
from ui.map_parts.pointer import Pointer
from ui.shell.wall_map import FILE, WallMap, read_wall

GEOD = pyproj.Geod(ellps="WGS84")


@pytest.fixture
def desk(town: Pack, cache_dir: Path, qtbot: QtBot) -> Iterator[Desk]:
    made = make_desk(town, cache_dir, qtbot)
    yield made
    made.panel.shut()


def _menu_at(desk: Desk, at: QPoint) -> list[str]:
    part = desk.part(PlaceMenu)
    desk.view.menu_asked.emit(QPointF(at))
    assert part.menu is not None
    return [action.text() for action in part.menu.actions() if not action.isSeparator()]


def _pick(desk: Desk, words: str) -> None:
    menu = desk.part(PlaceMenu).menu
    next(a for a in menu.actions() if a.text().startswith(words)).trigger()
    menu.close()


# -- the menu ----------------------------------------------------------------------------------


def test_that_the_menu_of_a_unit_proposes_it_and_sends_nobody(desk: Desk) -> None:
    desk.context.selection.choose_incident("i417")
    lines = _menu_at(desk, desk.at_unit("M12"))
    assert lines[0] == "M12 · available"
    assert "Follow M12\tF" in lines, "every line says its key"
    _pick(desk, "Propose M12 for 0417")
    assert desk.context.selection.proposal("i417") == ("M12",) and desk.verbs == []


def test_that_what_cannot_be_done_stands_grey_with_its_reason(desk: Desk) -> None:
    desk.context.selection.choose_incident("i417")
    _menu_at(desk, desk.at_unit("M9"))
    menu = desk.part(PlaceMenu).menu
    line = next(a for a in menu.actions() if a.text().startswith("Propose M9"))
    assert not line.isEnabled() and "M9" in line.text().partition("·")[2]
    menu.close()


def test_that_a_key_opens_the_menu_of_the_chosen_incident(desk: Desk, qtbot: QtBot) -> None:
    desk.context.selection.choose_incident("i417")
    qtbot.keyClick(desk.view, Qt.Key.Key_F10, Qt.KeyboardModifier.ShiftModifier)
    menu = desk.part(PlaceMenu).menu
    assert menu is not None and menu.actions()[0].text().startswith("0417")
    assert menu.activeAction() is not None, "arrows and Enter go on from here"
    menu.close()
    assert desk.part(PlaceMenu).menu is None


def test_that_a_stack_is_asked_which_one_is_meant(desk: Desk) -> None:
    point = desk.board.incident("i417").place.point
    desk.move("M12", point.lon, point.lat)
    desk.move("E3", point.lon, point.lat)
    lines = _menu_at(desk, desk.at_incident("i417"))
    assert any("0417" in line for line in lines) and len(lines) >= 2
    desk.part(PlaceMenu).menu.close()


def test_that_the_ground_says_its_coordinates_and_marks_a_place_for_a_call(desk: Desk) -> None:
    at = QPoint(120, 80)
    lon, lat = desk.view.lonlat_at(QPointF(at))
    before = desk.view.view_state()
    lines = _menu_at(desk, at)
    assert any(format_coordinates(lon, lat) in line for line in lines)
    desk.part(PlaceMenu).menu.close()
    desk.part(PlaceMenu)._mark(Spot(lon, lat, ""))
    assert desk.part(FoundPlace).pin.at == pytest.approx((lon, lat))
    assert desk.view.view_state() == before, "what lies in view needs no going to"


# -- measuring ---------------------------------------------------------------------------------


@pytest.mark.parametrize("start", [(76.9, 43.2), (-122.4, 37.8), (179.9, -16.5), (10.0, 78.2)])
def test_that_lengths_and_directions_are_geodesic(start: tuple[float, float]) -> None:
    for east, north in ((0.01, 0.0), (0.0, 0.02), (0.3, -0.2), (-1.5, 1.0)):
        end = (start[0] + east, start[1] + north)
        metres, bearing = inverse(start, end)
        there, _, wanted = GEOD.inv(*start, *end)
        assert metres == pytest.approx(wanted, abs=0.001)
        assert bearing == pytest.approx(there % 360, abs=1e-6)


def test_that_areas_are_geodesic_to_a_thousandth() -> None:
    ring = [(76.90, 43.20), (76.95, 43.21), (76.94, 43.25), (76.91, 43.24)]
    wanted = abs(GEOD.polygon_area_perimeter(*zip(*ring, strict=True))[0])
    assert area_m2(ring) == pytest.approx(wanted, rel=1e-4)
    assert inverse((1.0, 2.0), (1.0, 2.0)) == (0.0, 0.0) and area_m2(ring[:2]) == 0.0


def test_that_clicks_measure_and_the_first_point_again_closes_the_ring(
    desk: Desk, qtbot: QtBot
) -> None:
    view, measure = desk.view, desk.part(Measure)
    qtbot.keyClick(view, Qt.Key.Key_M)
    spots = [QPoint(200, 200), QPoint(360, 200), QPoint(360, 330)]
    for spot in spots:
        QTest.mouseClick(view, Qt.MouseButton.LeftButton, pos=spot)
    places = [view.lonlat_at(QPointF(spot)) for spot in spots]
    wanted = GEOD.line_length(*zip(*places, strict=True))
    assert measure.words()[0] == measure.length(wanted)
    assert [key.split("|")[0] for key, _, _ in desk.asked] == ["measure", "measure"]
    for key, fix, target in desk.asked:
        way = RouteFound(
            key=key, lon=(fix.point.lon, target[0]), lat=(fix.point.lat, target[1]), seconds=30.0
        )
        desk.context.route_found.emit(way)
    assert "by road" in measure.words()[1] and "1:00" in measure.words()[1]
    QTest.mouseClick(view, Qt.MouseButton.LeftButton, pos=spots[0] + QPoint(3, 2))
    assert measure.closed and measure.words()[0].startswith(measure.area(area_m2(places)))
    qtbot.keyClick(view, Qt.Key.Key_Escape)
    assert view.tool is None and view.strips.words_of("measure") == ""


def test_that_what_is_measured_is_never_cut_off(desk: Desk, qtbot: QtBot) -> None:
    strips = desk.view.strips
    strips.show_words("measure", "1 km", "Escape stops")
    strips.show_words("measure", "14.7 km", "last piece 7.88 km, 203° SW, by road 12.5 km, 12:55")
    QApplication.processEvents()
    more = strips._strips["measure"].more
    assert more.width() >= more.sizeHint().width()


@pytest.mark.parametrize(("language", "wanted"), [("en", "1.7 km"), ("ru", "1,7 км")])
def test_that_lengths_are_written_as_the_language_does(
    desk: Desk, language: str, wanted: str
) -> None:
    desk.context.set_language(language)
    assert length_of(desk.context, 1_712.0) == wanted


def test_that_one_can_measure_by_keys_alone(desk: Desk, qtbot: QtBot) -> None:
    view, measure = desk.view, desk.part(Measure)
    qtbot.keyClick(view, Qt.Key.Key_M)
    qtbot.keyClick(view, Qt.Key.Key_Return)
    qtbot.keyClick(view, Qt.Key.Key_Right)
    qtbot.keyClick(view, Qt.Key.Key_Return)
    assert len(measure.points) == 2
    qtbot.keyClick(view, Qt.Key.Key_Backspace)
    assert len(measure.points) == 1


# -- coordinates and the list ------------------------------------------------------------------


def test_that_the_pointer_is_read_out_and_copied_in_every_form(desk: Desk, qtbot: QtBot) -> None:
    pointer = desk.part(Pointer)
    at = QPoint(150, 120)
    desk.point_at(at)
    place = desk.view.lonlat_at(QPointF(at))
    for form in FORMATS:
        assert pointer.form == form and pointer.readout.text == format_coordinates(*place, form)
        qtbot.keyClick(desk.view, Qt.Key.Key_C)
        assert QApplication.clipboard().text() == pointer.readout.text
        QTest.mouseClick(pointer.readout, Qt.MouseButton.LeftButton)
        assert desk.view.hasFocus(), "a click on it never takes the focus"
    desk.point_at(at)
    desk.view.pointed(None)
    assert pointer.readout.dim, "away from the map it is the middle that is read"


def test_that_the_map_can_be_read_as_a_list_and_left_again(desk: Desk, qtbot: QtBot) -> None:
    listing = desk.part(Listing)
    qtbot.keyClick(desk.view, Qt.Key.Key_I)
    words = [listing.list.item(n).text() for n in range(listing.list.count())]
    assert words[0] == "Incident 0417, level 1" and "M12, available" in words
    assert listing.list.hasFocus()
    qtbot.keyClick(listing.list, Qt.Key.Key_Down)
    qtbot.keyClick(listing.list, Qt.Key.Key_Return)
    assert desk.context.selection.incident_id == "i409"
    qtbot.keyClick(listing.list, Qt.Key.Key_Escape)
    assert not listing.frame.isVisible() and desk.view.hasFocus()


# -- pinch, box, wheel -------------------------------------------------------------------------


def _pinch(view: MapView, kind: Qt.NativeGestureType, value: float, at: QPointF) -> None:
    pad = QPointingDevice.primaryPointingDevice()
    event = QNativeGestureEvent(
        kind, pad, 2, at, at, QPointF(view.mapToGlobal(at.toPoint())), value, QPointF()
    )
    QApplication.sendEvent(view, event)


def test_that_a_pinch_zooms_about_the_fingers_and_rests_on_a_half_level(desk: Desk) -> None:
    view, at = desk.view, QPointF(210, 140)
    before, zoom = view.lonlat_at(at), view.view_state().zoom
    _pinch(view, Qt.NativeGestureType.BeginNativeGesture, 0, at)
    for _ in range(6):
        _pinch(view, Qt.NativeGestureType.ZoomNativeGesture, 0.07, at)
    assert zoom + 0.5 < view.camera.zoom < zoom + 0.7
    _pinch(view, Qt.NativeGestureType.EndNativeGesture, 0, at)
    assert view.camera.zoom == zoom + 0.5
    assert view.lonlat_at(at) == pytest.approx(before, abs=5e-5)


@dataclass
class Finger:
    """A touch point as Qt delivers it: one made by hand gets its place only from a window."""

    at: QPoint
    how: QEventPoint.State

    def position(self) -> QPointF:
        return QPointF(self.at)

    def state(self) -> QEventPoint.State:
        return self.how


def _touch(view: MapView, kind: QEvent.Type, state: QEventPoint.State, *spots: QPoint) -> None:
    fingers = [Finger(spot, state) for spot in spots]
    event = SimpleNamespace(type=lambda: kind, points=lambda: fingers)
    assert view._touch.screen(event)  # type: ignore[arg-type]


def _fingers(view: MapView, *steps: tuple[QPoint, ...]) -> None:
    """Fingers put down, moved and lifted."""
    kinds = QEvent.Type
    _touch(view, kinds.TouchBegin, QEventPoint.State.Pressed, *steps[0])
    for spots in steps[1:]:
        _touch(view, kinds.TouchUpdate, QEventPoint.State.Updated, *spots)
    _touch(view, kinds.TouchEnd, QEventPoint.State.Released, *steps[-1])


def test_that_two_fingers_on_a_screen_zoom_one_pans_and_a_tap_chooses(desk: Desk) -> None:
    view = desk.view
    at = QPointF(300, 200)
    before, zoom = view.lonlat_at(at), view.camera.zoom
    _fingers(view, *((QPoint(300 - n, 200), QPoint(300 + n, 200)) for n in (50, 60, 80, 100)))
    assert view.camera.zoom == zoom + 1
    assert view.lonlat_at(at) == pytest.approx(before, abs=5e-5)
    grabbed = view.lonlat_at(QPointF(300, 300))
    _fingers(view, *((QPoint(300 + n, 300),) for n in (0, 20, 60, 100)))
    assert view.lonlat_at(QPointF(400, 300)) == pytest.approx(grabbed, abs=1e-4)
    view.centre_on(*view.place_of_unit("M12"))
    view.repaint()
    _fingers(view, (desk.at_unit("M12"),))
    assert desk.context.selection.unit_id == "M12"


def test_that_a_key_makes_the_next_drag_a_box(desk: Desk, qtbot: QtBot) -> None:
    view, zoom = desk.view, desk.view.view_state().zoom
    qtbot.keyClick(view, Qt.Key.Key_B)
    desk.drag(QPoint(300, 200), QPoint(400, 270))
    assert view.view_state().zoom > zoom + 1
    desk.drag(QPoint(300, 200), QPoint(400, 270))
    assert view.view_state().zoom > zoom + 1, "the one after moves the map again"


def test_that_a_gliding_zoom_holds_the_point_to_the_pixel(desk: Desk, qtbot: QtBot) -> None:
    view, at = desk.view, QPointF(123, 77)
    view.animate = True
    place = view.lonlat_at(at)
    for _ in range(3):
        view.zoom_about(0.5, at)
        qtbot.wait(40)
    qtbot.waitUntil(lambda: view.camera.zoom == view.view_state().zoom, timeout=2_000)
    away = view.canvas_at(*place) - at
    assert max(abs(away.x()), abs(away.y())) <= 1.0


# -- the wall ----------------------------------------------------------------------------------


def test_that_the_wall_map_comes_back_where_it_stood(desk: Desk, qtbot: QtBot) -> None:
    from ui.map_panel import MapPanel

    wall = WallMap(desk.context, MapPanel(desk.context), "Town")
    wall.open_beside(desk.window)
    panel = wall._panel
    panel.view.centre_on(*desk.view.place_of_unit("E3"), 16.5)  # type: ignore[attr-defined]
    looked = panel.view.view_state()  # type: ignore[attr-defined]
    wall.resize(640, 420)
    desk.context.ticked.emit(NOW_US)
    assert wall.clock.text().count(":") == 2
    wall.close()
    kept = read_wall(desk.context.kept)
    assert kept is not None and (kept.width, kept.height) == (640, 420)
    again = WallMap(desk.context, MapPanel(desk.context), "Town")
    again.open_beside(desk.window)
    assert again.size().width() == 640
    assert again._panel.view.view_state() == looked  # type: ignore[attr-defined]
    again.turn_full_screen()
    again.come_back()
    assert not again.isFullScreen(), "its monitor vanished: an ordinary window again"
    again.close()
    assert desk.context.kept is not None
    (desk.context.kept / FILE).write_text('{"version": 1, "screen": 7}')
    assert read_wall(desk.context.kept) is None


def test_that_escape_in_the_map_means_one_thing_at_a_time(desk: Desk) -> None:
    desk.view.use(desk.part(Measure))
    desk.part(FoundPlace).pin.at = (76.9, 43.2)
    desk.run("map.stop")
    assert desk.view.tool is None and desk.part(FoundPlace).pin.at is not None
    desk.run("map.stop")
    assert desk.part(FoundPlace).pin.at is None
