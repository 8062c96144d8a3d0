from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtGui import QImage

from dispatch.region.pack import Pack
from ui.map.projection import world_point
from ui.map.tiles.arranging import extend_sea
from ui.map.tiles.grid import TILE_PX, TileKey, stage_of, tiles_in
from ui.map.tiles.labels import Labels
from ui.map.tiles.occupancy import Occupancy
from ui.map.tiles.painter import TilePainter, grow
from ui.map.tiles.scene import Scene
from ui.map.tiles.style import fading, growing, load_style, style_hash
from ui.map_scenes import scene_of
from ui.theme.tokens import load_theme

pytestmark = pytest.mark.usefixtures("qapp")


def tile_at(pack: Pack, level: int) -> TileKey:
    west, south, east, north = pack.bounds
    x, y = world_point((west + east) / 2, (south + north) / 2)
    return tiles_in(level, (x, y, x + 1, y + 1))[0]


def scene(pack: Pack, level: int = 30) -> Scene:
    return scene_of(pack, pack.path.parent / "cache", stage_of(level))


def painted(pack: Pack, key: TileKey, theme: str, language: str = "en", ratio: float = 1) -> QImage:
    drawn, style = scene(pack, key.level), load_style()
    words = Labels(drawn, style, language)
    side = round(TILE_PX * ratio)
    image = QImage(side, side, QImage.Format.Format_RGB32)
    TilePainter(drawn, style, load_theme(theme).map, words).paint(key, image)
    return image


def pixels(image: QImage) -> np.ndarray:
    side = image.width()
    return np.frombuffer(image.constBits(), dtype=np.uint8).reshape(side, side, 4)[:, :, :3].copy()


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("level", [24, 27, 30, 33, 36])
def test_that_a_tile_of_the_town_shows_more_than_land(town: Pack, theme: str, level: int) -> None:
    found = pixels(painted(town, tile_at(town, level), theme))
    colours = np.unique(found.reshape(-1, 3), axis=0)
    assert len(colours) > 20
    brightness = found.mean()
    assert brightness < 70 if theme == "dark" else brightness > 190


def test_that_the_same_tile_is_painted_the_same_twice(town: Pack) -> None:
    key = tile_at(town, 31)
    assert painted(town, key, "dark") == painted(town, key, "dark")


def test_that_a_tile_off_the_region_is_plain_ground(town: Pack) -> None:
    image = painted(town, TileKey(30, 3, 3), "dark")
    assert image.pixelColor(200, 200).name() == load_theme("dark").map.background
    assert len(np.unique(pixels(image).reshape(-1, 3), axis=0)) == 1


@pytest.mark.parametrize("level", [30, 33])
def test_that_two_neighbours_meet_without_a_seam(town: Pack, level: int) -> None:
    """Across the common edge pixels differ no more than they do inside a tile."""
    key = tile_at(town, level)
    left = pixels(painted(town, key, "light")).astype(int)
    right = pixels(painted(town, key._replace(x=key.x + 1), "light")).astype(int)
    across = np.abs(left[:, -1] - right[:, 0]).mean()
    inside = [np.abs(left[:, -i] - left[:, -i - 1]).mean() for i in range(1, 12)]
    inside += [np.abs(right[:, i] - right[:, i + 1]).mean() for i in range(12)]
    assert across <= max(inside) * 1.3 + 0.5


@pytest.mark.parametrize(("language", "word"), [("kk", "ө"), ("ko", "길"), ("en", "S")])
def test_that_words_are_in_the_surface_s_language(town: Pack, language: str, word: str) -> None:
    words = Labels(scene(town), load_style(), language)
    assert any(word in words.street_names[row] for row in range(len(words.scene.streets)))
    key = tile_at(town, 33)
    plain = pixels(painted(town, key, "dark", "en")).astype(int)
    other = pixels(painted(town, key, "dark", language)).astype(int)
    assert (language == "en") == bool((plain == other).all())


def test_that_one_street_is_one_chain_and_not_one_piece_a_block(town: Pack) -> None:
    words = Labels(scene(town), load_style(), "en")
    pieces = len(town.edges)
    assert len(words.scene.streets) < pieces / 5


def test_that_street_names_do_not_lie_on_each_other(town: Pack) -> None:
    words = Labels(scene(town), load_style(), "en")
    key = tile_at(town, 33)
    labels = words.on(key.level, key.x * TILE_PX, key.y * TILE_PX, TILE_PX)
    assert len(labels) > 5
    shapes = [one.path() for one in labels]
    for number, one in enumerate(shapes):
        for other in shapes[number + 1 :]:
            assert not one.intersects(other)


def test_that_a_double_ratio_paints_the_same_map_finer(town: Pack) -> None:
    key = tile_at(town, 32)
    single = pixels(painted(town, key, "light")).astype(float)
    double = pixels(painted(town, key, "light", ratio=2)).astype(float)
    halved = double.reshape(TILE_PX, 2, TILE_PX, 2, 3).mean(axis=(1, 3))
    assert np.abs(halved - single).mean() < 6


def test_that_an_occupied_cell_is_not_given_twice() -> None:
    room = Occupancy(200)
    line = [(50.0 + step, 60.0) for step in range(0, 60, 6)]
    assert room.take(line, 5)
    assert not room.take([(80.0, 62.0)], 5)
    assert room.take([(80.0, 90.0)], 5)
    assert not room.take([(199.0, 100.0)], 5), "a label may not leave its block"
    assert not room.take_box((40, 50, 60, 70))
    assert room.take_box((100, 120, 140, 140))


def test_that_a_halo_grows_by_its_radius_and_no_more() -> None:
    mask = np.zeros((21, 21), dtype=np.uint8)
    mask[10, 10] = 255
    grown = grow(mask, 2.0)
    assert grown[10, 11] == 255 and grown[10, 13] == 0
    assert 0 < grown[10, 12] < 255, "the rim is soft"


def test_that_sizes_grow_evenly_between_stops() -> None:
    stops = [(10.0, 1.0), (12.0, 4.0)]
    assert growing(stops, 9) == 1.0
    assert growing(stops, 11) == pytest.approx(2.0)
    assert growing(stops, 15) == 4.0
    assert fading("#ffffff", "#000000", [(10.0, 0.0), (12.0, 1.0)], 11) == "#808080"


def test_that_another_theme_is_another_set_of_stored_tiles() -> None:
    assert style_hash("dark") != style_hash("light")


def test_that_the_sea_goes_on_where_the_extract_cut_it() -> None:
    coast = [(0.0, 0.0), (900.0, 300.0), (1000.0, 600.0), (800.0, 1000.0)]
    ring = np.array([*coast, (-500.0, 1000.0), (-500.0, 0.0), coast[0]])
    extend_sea(ring, [slice(0, len(ring))])
    assert ring[:, 0].min() < -100_000, "the western cut"
    assert ring[:, 1].max() > 100_000 and ring[:, 1].min() < -100_000
    assert tuple(ring[2]) == (1000.0, 600.0), "the eastmost cape stays where it is"
    assert tuple(ring[1]) == (900.0, 300.0)
