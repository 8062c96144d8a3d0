"""Words on the base map: none lies on another, none is torn where two tiles or blocks meet."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtGui import QImage

from dispatch.region.pack import Pack, open_pack
from dispatch.resources import resource
from ui.map.projection import world_point
from ui.map.tiles.grid import TILE_PX, TileKey, stage_of, tiles_in
from ui.map.tiles.labels import Labels
from ui.map.tiles.painter import TilePainter
from ui.map.tiles.placement import NEAR_PX, WIDE_PX
from ui.map.tiles.style import load_style
from ui.map_scenes import middle, scene_of
from ui.theme.tokens import load_theme

pytestmark = pytest.mark.usefixtures("qapp")

TILES = WIDE_PX // TILE_PX


@pytest.fixture(scope="module")
def city() -> Pack:
    return open_pack(resource("region", "builtin.region"))


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory):  # type: ignore[no-untyped-def]
    return tmp_path_factory.mktemp("city")


def words_of(pack: Pack, cache, level: int, language: str) -> Labels:  # type: ignore[no-untyped-def]
    return Labels(scene_of(pack, cache, stage_of(level)), load_style(), language)


def over_the_middle(pack: Pack, level: int) -> TileKey:
    x, y = world_point(*middle(pack))
    return tiles_in(level, (x, y, x + 1, y + 1))[0]


@pytest.mark.parametrize(("level", "language"), [(28, "ru"), (31, "kk"), (35, "ko")])
def test_that_no_word_of_the_city_lies_on_another(
    city: Pack,
    cache,
    level: int,
    language: str,  # type: ignore[no-untyped-def]
) -> None:
    words = words_of(city, cache, level, language)
    key = over_the_middle(city, level)
    side = NEAR_PX
    left, top = key.x * TILE_PX // side * side, key.y * TILE_PX // side * side
    labels = words.on(level, left, top, side)
    assert len(labels) > 20
    shapes = [(label.path(), label.path().boundingRect()) for label in labels]
    for number, (one, box) in enumerate(shapes):
        for other, other_box in shapes[number + 1 :]:
            assert not (box.intersects(other_box) and one.intersects(other))


def painted(words: Labels, key: TileKey) -> np.ndarray:
    image = QImage(TILE_PX, TILE_PX, QImage.Format.Format_RGB32)
    painter = TilePainter(words.scene, load_style(), load_theme("light").map, words)
    painter.paint(key, image)
    pixels = np.frombuffer(image.constBits(), dtype=np.uint8).reshape(TILE_PX, TILE_PX, 4)
    return pixels[:, :, :3].astype(int)


@pytest.mark.parametrize("level", [28, 31])
def test_that_tiles_of_the_city_meet_without_a_seam(  # type: ignore[no-untyped-def]
    city: Pack, cache, level: int
) -> None:
    """Inside a block, between near blocks and between wide blocks alike."""
    words = words_of(city, cache, level, "en")
    key = over_the_middle(city, level)
    begin = key.x // TILES * TILES
    for x in (begin, begin + 1, begin + TILES - 1):
        left = painted(words, key._replace(x=x))
        right = painted(words, key._replace(x=x + 1))
        across = np.abs(left[:, -1] - right[:, 0]).mean()
        inside = [np.abs(left[:, -i] - left[:, -i - 1]).mean() for i in range(1, 14)]
        inside += [np.abs(right[:, i] - right[:, i + 1]).mean() for i in range(14)]
        assert across <= max(inside) * 1.2 + 0.5


def test_that_the_order_of_asking_changes_no_picture(city: Pack, cache) -> None:  # type: ignore[no-untyped-def]
    key = over_the_middle(city, 31)
    keys = [key, key._replace(x=key.x + 1), key._replace(y=key.y - 1)]
    one, two = (words_of(city, cache, 31, "en") for _ in range(2))
    first = [painted(one, k) for k in keys]
    second = [painted(two, k) for k in reversed(keys)][::-1]
    assert all((a == b).all() for a, b in zip(first, second, strict=True))
