from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from dispatch.region.pack import Pack
from dispatch.words import LANGUAGES, catalogue
from tests.map.canvas import at, middle, sharp, unit
from ui.map.layers import (
    UNIT_KINDS,
    UNIT_STATES,
    IncidentSymbol,
    PlaceSymbol,
    RouteLine,
    UnitLayer,
)
from ui.map.unit_labels import text_of
from ui.map.view import MapView
from ui.theme.icons import has_icon, icon, icon_names
from ui.theme.tokens import load_theme


def test_that_the_whole_region_is_shown_first(view: MapView, town: Pack, qtbot: QtBot) -> None:
    image = sharp(view, qtbot)
    west, south, east, north = view.view_bounds()
    assert west < town.bounds[0] and south < town.bounds[1]
    assert east > town.bounds[2] and north > town.bounds[3]
    assert len({image.pixel(x, y) for x in range(100, 700, 7) for y in range(100, 500, 7)}) > 30


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
    marks = view._live.units.marks
    assert marks is not None and marks.crowds.count.sum() >= 8
    assert view.pick(QPointF(at(view, lon, lat))) == "incident/1"
    view.select_unit("u3")
    view.repaint()
    marks = view._live.units.marks
    assert marks is not None
    assert any(marks.members_of(row) == [3] for row in range(len(marks))), "the chosen stands out"


def test_that_a_stale_unit_fades_and_says_its_age(view: MapView, town: Pack, qtbot: QtBot) -> None:
    lon, lat = middle(town)
    view.centre_on(lon, lat, 15)
    view.set_units(
        UnitLayer.of([unit(15, lon, lat, age_s=360.0, stale=True), unit(2, lon + 0.004, lat)])
    )
    view.repaint()
    opacity = view._live.units._opacity
    assert opacity[0] == pytest.approx(0.5) and opacity[1] == 1
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
    marks = view._live.units.marks
    assert marks is not None and len(marks) == 1 and marks.members_of(0) == [0, 1, 2]


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
    shown = {one.id for one in view._live.unit_labels.layout.placed}
    assert 5 < len(shown) < 120
    for _ in range(40):
        view.pan(13, 7)
        view.repaint()
    canvas = dict.fromkeys(shown, view._live.unit_labels.layout)
    again = {one.id for one in view._live.unit_labels.layout.placed}
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


def test_that_a_long_stack_names_the_first_and_counts_the_rest(view: MapView, town: Pack) -> None:
    lon, lat = middle(town)
    view.centre_on(lon, lat, 15)
    view.set_units(UnitLayer.of([unit(i, lon, lat, label=f"Patrol {i}") for i in range(9)]))
    view.repaint()
    units = view._live.units
    assert units.marks is not None
    assert text_of(units, units.marks, 0, "en") == ("Patrol 0 Patrol 1 +7", False)
