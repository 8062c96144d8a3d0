"""Nothing is lost in a crowd, and what is drawn is the same for the same."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QEvent, QPointF
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from dispatch.region.pack import Pack
from tests.map.canvas import at, middle, unit
from ui.map.cells import nearest_within
from ui.map.layers import UNIT_KINDS, UNIT_STATES, IncidentSymbol, PlaceSymbol, UnitLayer
from ui.map.marks import Anchors, arrange
from ui.map.projection import world_m
from ui.map.scenes import arrange_scenes
from ui.map.symbols import Symbols
from ui.map.view import MapView
from ui.theme.tokens import load_theme

spread_m = st.sampled_from([5.0, 300.0, 8_000.0])
zooms = st.sampled_from([9.0, 11.0, 12.5, 14.0, 16.5, 19.0])


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 400), spread_m, zooms, st.integers(0, 2**32 - 1))
def test_that_every_incident_is_drawn_or_counted_once(
    count: int, spread: float, zoom: float, seed: int
) -> None:
    chance = np.random.default_rng(seed)
    world = chance.normal(8e6, spread, (count, 2))
    level = chance.integers(0, 6, count)
    loud = (chance.random(count) < 0.2) | (level == 1)
    scenes = arrange_scenes(world, level, loud, zoom)
    alone = scenes.of_incident < 0
    assert alone.sum() + scenes.counts.sum() == count
    assert alone[loud].all(), "what wants attention stands for itself"
    for crowd in range(len(scenes)):
        of_level = np.bincount(level[scenes.of_incident == crowd], minlength=6)
        assert (of_level == scenes.counts[crowd]).all()
        rank = [1, 2, 0, 3, 4, 5]
        assert scenes.worst[crowd] == next(one for one in rank if of_level[one])
    assert (scenes.shift[~alone] == 0).all()


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 400), spread_m, zooms, st.integers(0, 2**32 - 1))
def test_that_every_unit_is_behind_one_mark_or_in_one_crowd(
    count: int, spread: float, zoom: float, seed: int
) -> None:
    chance = np.random.default_rng(seed)
    world = chance.normal(8e6, spread, (count, 2))
    states = [UNIT_STATES[i] for i in chance.integers(0, len(UNIT_STATES) - 1, count)]
    layer = UnitLayer.of(unit(i, 0, 0, state=state) for i, state in enumerate(states))
    anchors = Anchors(1, world[:5], world[:0], world[:0])
    alone = chance.random(count) < 0.05
    marks = arrange(layer, world, anchors, alone, zoom)
    shown = np.concatenate([marks.members, np.flatnonzero(marks.crowds.of_unit >= 0)])
    assert sorted(shown.tolist()) == list(range(count))
    assert marks.crowds.count.sum() + marks.count.sum() == count
    assert (marks.crowds.of_unit[alone] < 0).all()
    single = marks.mark_of_unit[alone]
    assert (marks.count[single] == 1).all(), "the chosen stand for themselves"
    for row in range(len(marks)):
        members = marks.members_of(row)
        assert members[0] == marks.first[row] and len(members) == marks.count[row]
        assert len({states[member] for member in members}) == 1, "a stack is of one state"
        assert all(marks.mark_of_unit[member] == row for member in members)


@given(st.integers(0, 60), st.integers(0, 60), st.floats(1, 500), st.integers(0, 2**32 - 1))
@settings(max_examples=40, deadline=None)
def test_that_the_nearest_target_is_found(n: int, m: int, reach: float, seed: int) -> None:
    chance = np.random.default_rng(seed)
    points, targets = chance.uniform(0, 1000, (n, 2)), chance.uniform(0, 1000, (m, 2))
    found = nearest_within(points, targets, reach)
    for row, point in enumerate(points):
        away = np.abs(targets - point).max(axis=1) if m else np.array([np.inf])
        if away.min() <= reach:
            assert away[found[row]] == away.min()
        else:
            assert found[row] == -1


def _crowded(view: MapView, town: Pack) -> None:
    lon, lat = middle(town)
    chance = np.random.default_rng(5)
    spread = chance.normal(0, 0.006, (400, 2)).tolist()
    view.set_units(
        UnitLayer.of(
            unit(
                i,
                lon + x,
                lat + y,
                state=UNIT_STATES[i % 11],
                kind=UNIT_KINDS[i % 19],
                heading_deg=float(i % 360),
            )
            for i, (x, y) in enumerate(spread[:300])
        )
    )
    view.set_incidents(
        [
            IncidentSymbol(str(i), lon + x, lat + y, level=i % 6, label=f"04{i}", late=i % 19 == 0)
            for i, (x, y) in enumerate(spread[300:])
        ]
    )
    view.set_places([PlaceSymbol("s", lon, lat, "station_fire", "Station 1")])


def test_that_the_same_gives_the_same_picture(view: MapView, town: Pack, qtbot: QtBot) -> None:
    _crowded(view, town)
    for zoom in (12.0, 15.0):
        view.centre_on(*middle(town), zoom)
        view.repaint()
        first = view.grab().toImage()
        view.pan(300, 200)
        view.repaint()
        view.pan(-300, -200)
        _crowded(view, town)
        view.repaint()
        assert view.grab().toImage() == first


def test_that_labels_never_lie_over_each_other_or_over_incidents(
    view: MapView, town: Pack, qtbot: QtBot
) -> None:
    _crowded(view, town)
    view.centre_on(*middle(town), 15.0)
    view.repaint()
    live = view._live
    boxes = []
    for layout in (live.unit_labels.layout, live._labels):
        for one, (x, y) in zip(layout.placed, layout._corners.tolist(), strict=True):
            boxes.append((x + 22, y + 3, x + one.width, y + one.height - 3))
    assert 20 < len(boxes) <= 300
    for i, (left, top, right, bottom) in enumerate(boxes):
        for other in boxes[i + 1 :]:
            apart = right <= other[0] or other[2] <= left or bottom <= other[1] or other[3] <= top
            assert apart
        rows = np.flatnonzero(live.incidents.scenes.of_incident < 0)  # type: ignore[union-attr]
        for x, y in live.incidents._canvas[rows].tolist():
            assert not (left < x < right and top < y < bottom)


def test_that_a_unit_is_found_among_ten_thousand(view: MapView, town: Pack, qtbot: QtBot) -> None:
    west, south, east, north = town.bounds
    chance = np.random.default_rng(1)
    lon, lat = chance.uniform(west, east, 10_000), chance.uniform(south, north, 10_000)
    n = len(lon)
    view.set_units(
        UnitLayer(
            ids=tuple(f"u{i}" for i in range(n)),
            lon=lon,
            lat=lat,
            heading_deg=np.full(n, np.nan),
            state=np.zeros(n, dtype=np.int64),
            kind=np.zeros(n, dtype=np.int64),
            age_s=np.zeros(n),
            labels=tuple(f"M{i}" for i in range(n)),
            stale=np.zeros(n, dtype=bool),
        )
    )
    view.select_unit("u7777")
    view.centre_on(lon[7777], lat[7777], 20)
    view.repaint()
    assert view.pick(QPointF(at(view, lon[7777], lat[7777]))) == "unit/u7777"


def test_that_a_crowd_of_incidents_opens_where_it_is_clicked(
    view: MapView, town: Pack, qtbot: QtBot
) -> None:
    lon, lat = middle(town)
    view.set_incidents(
        [IncidentSymbol(str(i), lon + 0.0004 * (i % 3), lat, level=2 + i % 3) for i in range(9)]
    )
    view.centre_on(lon, lat, 11.0)
    view.repaint()
    incidents = view._live.incidents
    assert incidents.scenes is not None and len(incidents.scenes) == 1
    x, y = incidents._crowds[0].tolist()
    assert view.pick(QPointF(x, y)) == "incidents/0"
    assert incidents.members_of(0)[0] in {"0", "3", "6"}, "the gravest first"
    assert sorted(view.levels_of_crowd("incidents/0")) == [2, 2, 2, 3, 3, 3, 4, 4, 4]
    view.clicked(QPointF(x, y), picking=False)
    view.repaint()
    assert view.view_state().zoom > 14
    asked: list[object] = []
    view.menu_asked.connect(asked.append)
    view.set_incidents([IncidentSymbol(str(i), lon, lat, level=3) for i in range(9)])
    view.repaint()
    x, y = incidents._crowds[0].tolist()
    view.clicked(QPointF(x, y), picking=False)
    assert asked, "one address is listed, not zoomed into"


def test_that_those_who_share_an_address_are_fanned_out(
    view: MapView, town: Pack, qtbot: QtBot
) -> None:
    lon, lat = middle(town)
    view.set_incidents([IncidentSymbol(str(i), lon, lat, level=1, waiting=True) for i in range(5)])
    view.centre_on(lon, lat, 16.0)
    view.repaint()
    canvas = view._live.incidents._canvas
    found = {view.pick(QPointF(x, y)) for x, y in canvas.tolist()}
    assert found == {f"incident/{i}" for i in range(5)}


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_that_a_late_incident_is_not_counted_away(
    view: MapView, town: Pack, qtbot: QtBot, theme: str
) -> None:
    view.set_theme(load_theme(theme))
    lon, lat = middle(town)
    many = [IncidentSymbol(str(i), lon + 1e-5 * i, lat, level=3) for i in range(30)]
    view.set_incidents([*many, IncidentSymbol("late", lon, lat, level=4, late=True)])
    view.centre_on(lon, lat, 10.0)
    view.repaint()
    assert view.pick(QPointF(at(view, lon, lat))) == "incident/late"
    image = view.grab().toImage()
    spot = at(view, lon, lat)
    near = {
        image.pixelColor(spot.x() + x, spot.y() + y).name()
        for x in range(-16, 17)
        for y in range(-16, 17)
    }
    assert load_theme(theme).ui.late in near


def test_that_crowds_do_not_move_while_panning() -> None:
    chance = np.random.default_rng(2)
    world = world_m(
        np.column_stack([chance.normal(76.9, 0.05, 500), chance.normal(43.2, 0.03, 500)])
    )
    level = np.full(500, 3)
    loud = np.zeros(500, dtype=bool)
    again = arrange_scenes(world[::-1], level, loud, 11.0)
    first = arrange_scenes(world, level, loud, 11.0)
    assert np.allclose(first.world, again.world)


def test_that_another_screen_gets_sprites_of_its_own(
    view: MapView, town: Pack, qtbot: QtBot
) -> None:
    before = view._symbols
    QApplication.sendEvent(view, QEvent(QEvent.Type.DevicePixelRatioChange))
    assert view._symbols is not before
    for ratio in (1.0, 1.25, 1.5, 2.0):
        sprites = Symbols(load_theme("light"), ratio).sprites
        boxes = sprites.sheet.boxes
        assert (boxes[:, 2:] % 2 == 0).all(), "whole device pixels about the middle"
        assert (boxes[:, 0] + boxes[:, 2] <= sprites.sheet.pixmap.width()).all()
        assert (boxes[:, 1] + boxes[:, 3] <= sprites.sheet.pixmap.height()).all()
        assert sprites.crest.shape == (len(UNIT_KINDS), len(UNIT_STATES))
