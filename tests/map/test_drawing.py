"""Drawings: what the painter reads instead of the pack. Whole or not there, checked, made anew."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from dispatch.domain.message import Problem
from dispatch.region.pack import Pack
from ui.map.basemap import screen_rect
from ui.map.camera import Camera
from ui.map.projection import world_m, world_point
from ui.map.tiles.clipping import clipped_rings
from ui.map.tiles.drawing import Drawing, drawing_path, open_drawing, to_cm
from ui.map.tiles.grid import TILE_PX, tile_box, tiles_in
from ui.map.tiles.making import STAGES, make_drawing
from ui.map.tiles.messages import Setup
from ui.map.tiles.scene import Index, Scene
from ui.map.tiles.source import Look, TileSource
from ui.map.tiles.store import TileStore
from ui.map.tiles.warming import urban_box, urban_tiles, warm


@pytest.fixture(scope="module")
def drawn(town: Pack, tmp_path_factory: pytest.TempPathFactory) -> Path:
    cache = tmp_path_factory.mktemp("drawings")
    for stage in STAGES:
        make_drawing(town, cache, stage)
    return cache


def drawing(pack: Pack, cache: Path, stage: str = "fine") -> Drawing:
    return open_drawing(drawing_path(cache, pack.hash, stage), pack.hash)


def test_that_a_drawing_holds_the_roads_of_its_pack(town: Pack, drawn: Path) -> None:
    scene = Scene(drawing(town, drawn))
    points, _ = town.edge_lines()
    found = {tuple(row) for row in scene.roads.points.tolist()}
    assert {tuple(row) for row in to_cm(world_m(points)).tolist()} <= found
    assert len(scene.roads) < len(town.edges) * 0.6, "pieces that meet are one line"
    assert scene.buildings is not None
    assert Scene(drawing(town, drawn, "coarse")).buildings is None


def test_that_the_grid_finds_what_looking_at_every_box_finds(town: Pack, drawn: Path) -> None:
    opened = drawing(town, drawn)
    chance = np.random.default_rng(4)
    for what in ("road", "building", "ground", "street", "address"):
        index = Index(opened, what)
        boxes = index.boxes.astype(np.int64)
        high = boxes[:, 2:] if boxes.shape[1] == 4 else boxes
        low, top = boxes[:, :2].min(axis=0), high.max(axis=0)
        for _ in range(40):
            a, b = (low + chance.random(2) * (top - low) for _ in range(2))
            west, south, east, north = *np.minimum(a, b), *np.maximum(a, b)
            meets = (boxes[:, 0] <= east) & (boxes[:, 1] <= north)
            meets &= (high[:, 0] >= west) & (high[:, 1] >= south)
            found = index.query((west / 100, south / 100, east / 100, north / 100))
            assert found.tolist() == np.flatnonzero(meets).tolist()


@pytest.mark.parametrize("keep", [0, 6, 40, 3_000])
def test_that_a_torn_drawing_is_refused(town: Pack, drawn: Path, tmp_path: Path, keep: int) -> None:
    whole = drawing_path(drawn, town.hash, "fine").read_bytes()
    torn = tmp_path / "torn"
    torn.write_bytes(whole[:keep])
    with pytest.raises(Problem) as caught:
        open_drawing(torn, town.hash)
    assert caught.value.message.values["file"] == str(torn)
    with pytest.raises(Problem):
        open_drawing(drawing_path(drawn, town.hash, "fine"), "0" * 64)


def test_that_a_header_cannot_point_outside_of_its_file(
    town: Pack, drawn: Path, tmp_path: Path
) -> None:
    whole = drawing_path(drawn, town.hash, "fine").read_bytes()
    bad = tmp_path / "bad"
    bad.write_bytes(whole.replace(b'"shape":[', b'"shape":[99999', 1))
    with pytest.raises(Problem):
        open_drawing(bad, town.hash)


def test_that_a_damaged_drawing_is_made_anew_while_the_map_is_open(
    town: Pack, drawn: Path, cache_dir: Path, qtbot: QtBot
) -> None:
    shutil.copytree(drawn, cache_dir)
    drawing_path(cache_dir, town.hash, "fine").write_bytes(b"VIGILDRW" + os.urandom(500))
    source = TileSource(Look(town.path, town.hash, "dark", "en", 1.0), cache_dir, painters=1)
    try:
        west, south = world_point(*town.bounds[:2])
        east, north = world_point(*town.bounds[2:])
        key = tiles_in(30, (west, south, east, north))[0]
        source.want([key])
        qtbot.waitUntil(lambda: source.get(key) is not None, timeout=20_000)
    finally:
        source.close()
    drawing(town, cache_dir)


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL here")
def test_that_a_killed_maker_is_started_again(town: Pack, cache_dir: Path, qtbot: QtBot) -> None:
    source = TileSource(Look(town.path, town.hash, "dark", "en", 1.0), cache_dir, painters=1)
    try:
        maker = source._drawings._maker
        assert maker is not None and maker.pid is not None
        os.kill(maker.pid, signal.SIGKILL)
        path = drawing_path(cache_dir, town.hash, "fine")
        qtbot.waitUntil(path.exists, timeout=20_000)
    finally:
        source.close()


def test_that_warming_stops_at_the_bound_and_paints_nothing_twice(
    town: Pack, drawn: Path, qapp: object, tmp_path: Path
) -> None:
    setup = Setup(
        look=0,
        region_hash=town.hash,
        theme="dark",
        language="en",
        ratio=1.0,
        buffers=[],
        cache=str(drawn),
        cache_bytes=0,
    )
    tiles = urban_tiles(urban_box(drawing(town, drawn)["road.points"]))
    assert tiles and tiles[0].level == 22 and tiles[-1].level == 30
    full = TileStore(tmp_path / "small.sqlite", 40_000)
    assert len(list(warm(setup, town.path, full))) < len(tiles)
    store = TileStore(tmp_path / "tiles.sqlite", 50_000_000)
    assert [done for done, _ in warm(setup, town.path, store)][-1] == len(tiles)
    stamp = (tmp_path / "tiles.sqlite-wal").stat().st_mtime_ns
    list(warm(setup, town.path, store))
    assert (tmp_path / "tiles.sqlite-wal").stat().st_mtime_ns == stamp


def test_that_a_ring_is_cut_to_a_window() -> None:
    ring = np.array([(-50.0, 20.0), (150.0, 20.0), (150.0, 80.0), (-50.0, 80.0), (-50.0, 20.0)])
    points, starts = clipped_rings([ring], (0.0, 0.0, 100.0, 100.0))
    assert starts.tolist() == [True] + [False] * (len(points) - 1)
    assert points.min() >= 0 and points.max() <= 100
    x, y = points[:, 0], points[:, 1]
    area = 0.5 * abs(np.sum(x[:-1] * y[1:] - x[1:] * y[:-1]))
    assert area == pytest.approx(100 * 60)
    assert len(clipped_rings([ring + 1_000], (0.0, 0.0, 100.0, 100.0))[0]) == 0


@pytest.mark.parametrize("ratio", [1.0, 1.25, 1.5, 2.0])
def test_that_a_tile_lies_on_whole_pixels_of_any_screen(ratio: float) -> None:
    camera = Camera(76.93, 43.21, 15.5)
    camera.width, camera.height, camera.ratio = 1001, 703, ratio
    camera.pan(7.3, -3.9)
    before = None
    for key in tiles_in(31, camera.box)[:6]:
        rect = screen_rect(camera, tile_box(key))
        assert rect.width() == rect.height() == TILE_PX
        for edge in (rect.left() * ratio, rect.top() * ratio):
            assert edge == pytest.approx(round(edge), abs=1e-6)
        if before is not None and before[0].y == key.y:
            assert before[1].right() == pytest.approx(rect.left())
        before = (key, rect)
