from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from dispatch.region.pack import Pack
from dispatch.words import LANGUAGES, catalogue
from ui.map.layers import (
    UNIT_KINDS,
    UNIT_STATES,
    IncidentSymbol,
    PlaceSymbol,
    RouteLine,
    UnitLayer,
    UnitSymbol,
)
from ui.map.view import MapView
from ui.theme.icons import has_icon, icon, icon_names
from ui.theme.tokens import load_theme


@pytest.fixture
def view(town: Pack, cache_dir: Path, qtbot: QtBot) -> Iterator[MapView]:
    made = MapView(
        town, theme=load_theme("dark"), language="en", cache_dir=cache_dir, animate=False
    )
    qtbot.addWidget(made)
    made.resize(800, 600)
    made.show()
    qtbot.waitExposed(made)
    yield made
    made.close_tiles()


def sharp(view: MapView, qtbot: QtBot) -> QImage:
    def whole() -> bool:
        view.repaint()
        return view.is_sharp

    qtbot.waitUntil(whole, timeout=20_000)
    return view.grab().toImage()


def middle(town: Pack) -> tuple[float, float]:
    west, south, east, north = town.bounds
    return (west + east) / 2, (south + north) / 2


def unit(number: int, lon: float, lat: float, **more: object) -> UnitSymbol:
    values = {"state": "available_on_air", "kind": "emt", "label": f"M{number}", **more}
    return UnitSymbol(id=f"u{number}", lon=lon, lat=lat, **values)  # type: ignore[arg-type]


def at(view: MapView, lon: float, lat: float) -> QPoint:
    return view.canvas_at(lon, lat).toPoint()


def test_that_the_whole_region_is_shown_first(view: MapView, town: Pack, qtbot: QtBot) -> None:
    image = sharp(view, qtbot)
    west, south, east, north = view.view_bounds()
    assert west < town.bounds[0] and south < town.bounds[1]
    assert east > town.bounds[2] and north > town.bounds[3]
    assert len({image.pixel(x, y) for x in range(100, 700, 7) for y in range(100, 500, 7)}) > 30


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


def test_that_nothing_moves_the_view_but_hands_and_calls(
    view: MapView, town: Pack, qtbot: QtBot
) -> None:
    lon, lat = middle(town)
    view.centre_on(lon, lat, 16)
    before = view.view_state()
    view.set_incidents([IncidentSymbol("1", lon + 0.01, lat, level=1)])
    view.set_units(UnitLayer.of([unit(1, lon + 0.01, lat)]))
    view.set_routes([RouteLine(np.array([[lon, lat], [lon + 0.01, lat]]), "candidate")])
    view.select_incident("1")
    view.select_unit("u1")
    view.set_theme(load_theme("light"))
    view.set_language("ko")
    view.resize(700, 500)
    qtbot.wait(50)
    assert view.view_state() == before


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


def test_that_the_theme_changes_the_picture_and_comes_back(
    view: MapView, town: Pack, qtbot: QtBot
) -> None:
    dark = sharp(view, qtbot)
    view.set_theme(load_theme("light"))
    light = sharp(view, qtbot)
    assert dark.pixelColor(400, 20).lightness() < 60 < 180 < light.pixelColor(400, 20).lightness()
    view.set_theme(load_theme("dark"))
    view.repaint()
    assert view.is_sharp, "tiles of the other theme were kept"
    assert view.grab().toImage() == dark


def test_that_a_resized_map_is_filled_to_its_edges(view: MapView, town: Pack, qtbot: QtBot) -> None:
    sharp(view, qtbot)
    view.centre_on(*middle(town), 17)
    view.resize(1100, 700)
    image = sharp(view, qtbot)
    assert (image.width(), image.height()) == (1100, 700)
    assert len({image.pixel(1050, y) for y in range(50, 650, 5)}) > 3


@pytest.mark.parametrize("language", ["kk", "ko", "ru"])
def test_that_the_words_of_the_map_change_with_the_language(
    view: MapView, town: Pack, qtbot: QtBot, language: str
) -> None:
    view.centre_on(*middle(town), 15)
    above_the_scale = (0, 0, 800, 540)
    english = sharp(view, qtbot).copy(*above_the_scale)
    view.set_language(language)
    other = sharp(view, qtbot).copy(*above_the_scale)
    # The town has no Russian names: its local ones stay.
    assert (english != other) == (language != "ru")
    assert view.accessibleName() == catalogue(language)["map.accessible.name"]


@pytest.mark.parametrize("level", [0, 1, 2, 3, 4, 5])
def test_that_an_incident_shows_its_colour_and_lateness_its_own(
    view: MapView, town: Pack, qtbot: QtBot, level: int
) -> None:
    lon, lat = middle(town)
    view.centre_on(lon, lat, 13)
    view.set_incidents([IncidentSymbol("1", lon, lat, level=level, waiting=True)])
    centre = at(view, lon, lat)
    theme = load_theme("dark")
    fill = theme.level(level or 5).fill

    def colours() -> set[str]:
        image = view.grab().toImage()
        reach = range(-24, 25)
        return {image.pixelColor(centre + QPoint(x, y)).name() for x in reach for y in reach}

    assert fill in colours() and theme.ui.late not in colours()
    view.set_incidents([IncidentSymbol("1", lon, lat, level=level, late=True, waiting=True)])
    assert fill in colours() and theme.ui.late in colours()


def test_that_incidents_are_never_hidden_in_a_cluster(
    view: MapView, town: Pack, qtbot: QtBot
) -> None:
    lon, lat = middle(town)
    near = [(lon + 0.0003 * i, lat) for i in range(12)]
    view.set_units(UnitLayer.of([unit(i, x, y) for i, (x, y) in enumerate(near)]))
    view.set_incidents([IncidentSymbol("1", lon, lat, level=1, waiting=True)])
    view.centre_on(lon, lat, 11.5)
    view.repaint()
    assert view._live.units._marks is not None
    assert sum(cluster.count for cluster in view._live.units._marks.clusters) >= 8
    assert view.pick(QPointF(at(view, lon, lat))) == "incident/1"
    view.select_unit("u3")
    view.repaint()
    assert any(members == (3,) for members in view._live.units._marks.members), (
        "the chosen stands out"
    )


def test_that_a_stale_unit_fades_and_says_its_age(view: MapView, town: Pack, qtbot: QtBot) -> None:
    lon, lat = middle(town)
    view.centre_on(lon, lat, 15)
    view.set_units(
        UnitLayer.of([unit(15, lon, lat, age_s=360.0, stale=True), unit(2, lon + 0.004, lat)])
    )
    view.repaint()
    marks = view._live.units._marks
    assert marks is not None
    assert marks.opacity[0] == pytest.approx(0.5) and marks.opacity[1] == 1
    assert "M15, available, position 6 min old" in view.in_view()


def test_that_units_on_scene_stand_under_their_incident(
    view: MapView, town: Pack, qtbot: QtBot
) -> None:
    lon, lat = middle(town)
    view.centre_on(lon, lat, 15)
    view.set_incidents([IncidentSymbol("1", lon, lat, level=2)])
    view.set_units(
        UnitLayer.of(
            [unit(i, lon + 0.00005 * i, lat, state="on_scene", kind="engine") for i in range(3)]
        )
    )
    view.repaint()
    below = QPointF(at(view, lon, lat) + QPoint(0, 29))
    assert view.pick(below) == "unit/u0"
    marks = view._live.units._marks
    assert marks is not None and marks.members == [(0, 1, 2)]


def test_that_labels_stay_the_same_ones_while_panning(
    view: MapView, town: Pack, qtbot: QtBot
) -> None:
    lon, lat = middle(town)
    chance = np.random.default_rng(3)
    spread = chance.normal(0, 0.002, (120, 2))
    view.set_units(
        UnitLayer.of([unit(i, lon + x, lat + y) for i, (x, y) in enumerate(spread.tolist())])
    )
    view.centre_on(lon, lat, 15)
    view.repaint()
    shown = {one.id for one in view._live.units._layout.placed}
    assert 5 < len(shown) < 120
    for _ in range(40):
        view.pan(13, 7)
        view.repaint()
    canvas = dict.fromkeys(shown, view._live.units._layout)
    again = {one.id for one in view._live.units._layout.placed}
    inside = {
        f"u{i}"
        for i, (x, y) in enumerate(spread.tolist())
        if view.rect().adjusted(120, 60, -120, -60).contains(at(view, lon + x, lat + y))
    }
    assert canvas and shown & inside == again & inside


def test_that_a_route_is_drawn_and_an_empty_one_left_out(
    view: MapView, town: Pack, qtbot: QtBot
) -> None:
    lon, lat = middle(town)
    view.centre_on(lon, lat, 15)
    line = np.array([[lon - 0.004, lat], [lon, lat], [lon + 0.004, lat]])
    view.set_routes([RouteLine(line, "candidate"), RouteLine(line[:1], "active")])
    image = view.grab().toImage()
    spot = at(view, lon + 0.002, lat)
    assert image.pixelColor(spot).name() == load_theme("dark").map.route
    view.centre_on(lon, lat, 18)
    image = view.grab().toImage()
    begin_is_out_of_view = view.canvas_at(lon - 0.004, lat).x() < -100
    spot = at(view, lon + 0.0003, lat)
    assert begin_is_out_of_view
    assert image.pixelColor(spot).name() == load_theme("dark").map.route


def test_that_what_is_in_view_can_be_read(view: MapView, town: Pack, qtbot: QtBot) -> None:
    lon, lat = middle(town)
    view.centre_on(lon, lat, 15)
    view.set_incidents(
        [
            IncidentSymbol("1", lon, lat, level=3, label="0412"),
            IncidentSymbol("2", lon, lat + 0.001, level=1, label="0417", late=True),
            IncidentSymbol("3", lon + 1, lat, level=1, label="far away"),
        ]
    )
    view.set_units(UnitLayer.of([unit(12, lon, lat, state="en_route")]))
    assert view.in_view() == [
        "Incident 0417, level 1, late",
        "Incident 0412, level 3",
        "M12, en route",
    ]
    view.set_units(UnitLayer.of([unit(i, lon, lat) for i in range(200)]))
    assert len(view.in_view()) == 61 and view.in_view()[-1] == "142 more"


def test_that_a_view_can_be_kept_and_restored(view: MapView, town: Pack) -> None:
    view.centre_on(*middle(town), 16.5)
    kept = view.view_state()
    view.show_region()
    view.restore_view(kept)
    assert view.view_state() == kept


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


def test_that_another_region_empties_the_layers(view: MapView, town: Pack, qtbot: QtBot) -> None:
    view.set_incidents([IncidentSymbol("1", *middle(town), level=2)])
    view.set_places([PlaceSymbol("h", *middle(town), "hospital", "City hospital")])
    view.set_region(town)
    assert view.in_view() == []
    sharp(view, qtbot)


def test_that_painting_never_waits_for_a_tile(
    view: MapView, town: Pack, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(view.tiles, "want", lambda keys: None)
    view.centre_on(*middle(town), 19)
    view.repaint()
    assert not view.is_sharp
    image = view.grab().toImage()
    assert image.pixelColor(400, 300).isValid()


@pytest.mark.parametrize("name", [*UNIT_STATES, *UNIT_KINDS, "hospital", "plus", "level_1"])
def test_that_every_state_and_kind_has_an_icon(name: str, qapp: QApplication) -> None:
    assert has_icon(name)
    drawn = icon(name)
    bounds = drawn.fill.boundingRect().united(drawn.stroke.boundingRect())
    assert 0.2 < max(bounds.width(), bounds.height()) <= 1
    assert bounds.left() >= 0 and bounds.top() >= 0


def test_that_all_icons_can_be_read(qapp: QApplication) -> None:
    for name in icon_names():
        icon(name)


def test_that_the_map_speaks_four_languages() -> None:
    keys: Callable[[str], set[str]] = lambda language: {  # noqa: E731
        key for key in catalogue(language) if key.startswith("map.")
    }
    english = keys("en")
    assert all(keys(language) == english for language in LANGUAGES)
