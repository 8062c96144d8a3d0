from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui.map.camera import Camera
from ui.map.projection import lonlat_point, world_m, world_point
from ui.map.tiles.grid import TILE_PX, TileKey, level_of, tile_box, tiles_in, zoom_of

LON = st.floats(-179.9, 179.9)
LAT = st.floats(-84, 84)


@given(LON, LAT)
def test_that_projecting_there_and_back_changes_nothing(lon: float, lat: float) -> None:
    assert lonlat_point(*world_point(lon, lat)) == pytest.approx((lon, lat), abs=1e-9)
    assert world_m([[lon, lat]])[0] == pytest.approx(world_point(lon, lat), abs=1e-6)


def test_that_a_tile_s_own_box_holds_that_tile_alone() -> None:
    for key in (TileKey(24, 5, 9), TileKey(31, 20_000, 11_000), TileKey(40, 400_001, 300_000)):
        assert tiles_in(key.level, tile_box(key)) == [key]


def test_that_four_tiles_of_the_next_whole_zoom_fill_one() -> None:
    key = TileKey(28, 100, 200)
    inner = tiles_in(30, tile_box(key))
    assert inner == [
        TileKey(30, 200, 400),
        TileKey(30, 201, 400),
        TileKey(30, 200, 401),
        TileKey(30, 201, 401),
    ]


@given(LON, LAT, st.floats(6, 20), st.floats(0, 900), st.floats(0, 700), st.floats(-3, 3))
def test_that_zooming_keeps_the_place_under_the_pointer(
    lon: float, lat: float, zoom: float, x: float, y: float, step: float
) -> None:
    camera = Camera(lon, lat, zoom)
    camera.width, camera.height = 900, 700
    before = camera.to_world(x, y)
    camera.zoom_about(zoom + step, x, y)
    after = camera.to_canvas(np.array([before]))[0]
    # The canvas lies on whole pixels, so half a pixel may go to rounding on each axis.
    if abs(camera.x) < 2e7 and abs(camera.y) < 2e7:
        assert after == pytest.approx((x, y), abs=1.01)


def test_that_a_canvas_at_rest_lies_on_whole_pixels_of_its_tiles() -> None:
    camera = Camera(76.91, 43.21, 15.5)
    camera.width, camera.height = 901, 703
    level = level_of(camera.zoom)
    assert zoom_of(level) == camera.zoom
    for key in tiles_in(level, camera.box):
        west, south, east, north = tile_box(key)
        corners = camera.to_canvas(np.array([[west, north], [east, south]]))
        assert corners == pytest.approx(np.round(corners), abs=1e-6)
        assert corners[1, 0] - corners[0, 0] == pytest.approx(TILE_PX)


def test_that_fitting_a_box_shows_all_of_it_on_a_half_level() -> None:
    camera = Camera(0, 0, 10)
    camera.width, camera.height = 800, 600
    west, south = world_point(76.8, 43.1)
    east, north = world_point(77.0, 43.3)
    camera.fit((west, south, east, north))
    box = camera.box
    assert box[0] <= west and box[1] <= south and box[2] >= east and box[3] >= north
    assert camera.zoom * 2 == int(camera.zoom * 2)
