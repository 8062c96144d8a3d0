from __future__ import annotations

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from dispatch.region.pack import Pack
from tests.map.canvas import at, middle, unit
from ui.map.layers import UnitLayer
from ui.map.projection import world_m
from ui.map.trails import MAX_UNITS, TrailOverlay, Trails
from ui.map.view import MapView


def _drive(trails: Trails, seconds: int, units: int = 2, step: float = 0.0004) -> None:
    for second in range(seconds):
        layer = UnitLayer.of([unit(i, 76.9 + second * step, 43.2 + i * 0.01) for i in range(units)])
        world = world_m(np.column_stack([layer.lon, layer.lat]))
        trails.note(layer, world, 1000.0 + second)


def test_that_a_trail_is_where_the_unit_was_and_only_since_then() -> None:
    trails = Trails()
    _drive(trails, 30)
    found = trails.of(["u1"], 1010.0)
    assert list(found) == ["u1"]
    world, t_s = found["u1"]
    assert (
        len(world) == 20 and (np.diff(t_s) > 0).all() and t_s[0] == pytest.approx(1010.0, abs=0.1)
    )
    expected = world_m([[76.9 + 29 * 0.0004, 43.21]])[0]
    assert np.abs(world[-1] - expected).max() < 0.5


def test_that_standing_units_take_no_room() -> None:
    trails = Trails()
    _drive(trails, 50, step=0.0)
    assert len(trails) == 2


def test_that_trails_are_bounded_and_keep_the_newest() -> None:
    trails = Trails(capacity=64)
    before = trails.bytes
    _drive(trails, 200, units=5)
    assert trails.bytes == before and len(trails) == 64
    found = trails.of([f"u{i}" for i in range(5)], 0.0)
    assert sum(len(world) for world, _ in found.values()) == 64
    assert all(t_s[-1] == pytest.approx(1199.0, abs=0.1) for _, t_s in found.values())


def test_that_another_moment_begins_anew_and_other_units_keep_their_own() -> None:
    trails = Trails()
    _drive(trails, 20)
    layer = UnitLayer.of([unit(7, 76.95, 43.2), unit(1, 76.91, 43.21)])
    trails.note(layer, world_m(np.column_stack([layer.lon, layer.lat])), 1030.0)
    assert len(trails.of(["u1"], 0.0)["u1"][0]) == 21 and "u7" in trails.of(["u7"], 0.0)
    trails.note(layer, world_m(np.column_stack([layer.lon, layer.lat])), 500.0)
    assert len(trails) == 2, "time went back: a replay stands elsewhere"


def test_that_a_trail_is_drawn_for_the_chosen_and_fades(
    view: MapView, town: Pack, qtbot: QtBot
) -> None:
    lon, lat = middle(town)
    trails = Trails()
    for second in range(0, 600, 10):
        layer = UnitLayer.of([unit(1, lon - 0.006 + second * 2e-5, lat)])
        trails.note(layer, world_m(np.column_stack([layer.lon, layer.lat])), 1000.0 + second)
    overlay = TrailOverlay(trails, lambda unit_id: None)
    view.lay(overlay)
    view.centre_on(lon, lat, 15)
    view.repaint()
    without = view.grab().toImage()
    assert overlay.show(["u1"], 1600.0) and not overlay.show(["u1"], 1600.2)
    view.repaint()
    image = view.grab().toImage()

    def change(share: float) -> int:
        spot = at(view, lon - 0.006 + 0.012 * share, lat)
        return abs(image.pixelColor(spot).lightness() - without.pixelColor(spot).lightness())

    assert change(0.95) > change(0.05) > 0
    assert overlay.show([], 1600.0) and overlay.lines == {}


def test_that_few_trails_are_drawn_at_once() -> None:
    trails = Trails()
    _drive(trails, 5, units=100)
    overlay = TrailOverlay(trails, lambda unit_id: None)
    overlay.show([f"u{i}" for i in range(100)], 1005.0)
    assert len(overlay.lines) == MAX_UNITS
