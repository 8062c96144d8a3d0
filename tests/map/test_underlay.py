"""Pictures under the map: every kind is drawn in its place, and a bad one never takes the map."""

from __future__ import annotations

import math
import sqlite3
import warnings
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QBuffer, QIODevice
from PySide6.QtGui import QColor, QImage, QPainter

from ui.map.projection import HALF_WORLD_M, metres_per_pixel, world_point
from ui.map.tiles.messages import Raster
from ui.map.tiles.raster import MAX_SIDE, Underlay, decoded
from ui.map.tiles.scene import Viewport

pytestmark = pytest.mark.usefixtures("qapp")

LON, LAT = 76.895, 43.2
ZOOM = 14.0
SIDE = 256


def picture(colour: str, kind: str = "PNG", side: int = 256) -> bytes:
    image = QImage(side, side, QImage.Format.Format_RGB32)
    image.fill(QColor(colour))
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, kind)  # type: ignore[call-overload]
    return bytes(buffer.data().data())


def place(z: int) -> tuple[int, int]:
    """The web tile over the middle."""
    x, y = world_point(LON, LAT)
    size = 2 * HALF_WORLD_M / 2**z
    return math.floor((x + HALF_WORLD_M) / size), math.floor((HALF_WORLD_M - y) / size)


def raster(kind: str, path: Path, **more: object) -> Raster:
    values: dict[str, object] = {
        "opacity": 1.0,
        "min_zoom": 0.0,
        "max_zoom": 24.0,
        "scheme": "xyz",
    }
    return Raster(kind=kind, path=str(path), **(values | more))  # type: ignore[arg-type]


def painted(underlay: Underlay, zoom: float = ZOOM) -> np.ndarray:
    """A canvas over exactly the web tile of level 14 in the middle."""
    x, y = place(14)
    size = 2 * HALF_WORLD_M / 2**14
    left, top = x * size - HALF_WORLD_M, HALF_WORLD_M - y * size
    image = QImage(SIDE, SIDE, QImage.Format.Format_RGB32)
    image.fill(QColor("#ffffff"))
    painter = QPainter(image)
    view = Viewport((left, top - size, left + size, top), 1 / metres_per_pixel(ZOOM))
    underlay.paint(painter, view, zoom)
    painter.end()
    pixels = np.frombuffer(image.constBits(), dtype=np.uint8).reshape(SIDE, SIDE, 4)
    return pixels[:, :, 2::-1].copy()


def mbtiles(path: Path, rows: list[tuple[int, int, int, bytes]], **metadata: str) -> Path:
    db = sqlite3.connect(path)
    db.execute("CREATE TABLE metadata (name TEXT, value TEXT)")
    db.execute("CREATE TABLE tiles (zoom_level INT, tile_column INT, tile_row INT, tile_data BLOB)")
    db.executemany("INSERT INTO metadata VALUES (?, ?)", metadata.items())
    db.executemany("INSERT INTO tiles VALUES (?, ?, ?, ?)", rows)
    db.commit()
    db.close()
    return path


@pytest.mark.parametrize("kind", ["PNG", "JPG", "WEBP"])
def test_that_mbtiles_are_drawn_where_they_lie(tmp_path: Path, kind: str) -> None:
    x, y = place(14)
    rows = [(14, x, 2**14 - 1 - y, picture("#20c040", kind))]
    path = mbtiles(tmp_path / "a.mbtiles", rows, format=kind.lower())
    found = painted(Underlay(raster("mbtiles", path)))
    assert np.abs(found[128, 128].astype(int) - (0x20, 0xC0, 0x40)).max() < 6


@pytest.mark.parametrize(("scheme", "flipped"), [("xyz", False), ("tms", True)])
def test_that_a_folder_counts_its_rows_as_it_says(
    tmp_path: Path, scheme: str, flipped: bool
) -> None:
    x, y = place(14)
    file = tmp_path / "14" / str(x) / f"{2**14 - 1 - y if flipped else y}.png"
    file.parent.mkdir(parents=True)
    file.write_bytes(picture("#3050a0"))
    found = painted(Underlay(raster("xyz", tmp_path, scheme=scheme)))
    assert tuple(found[10, 10]) == (0x30, 0x50, 0xA0)


def test_that_a_coarser_picture_stands_in_for_a_missing_one(tmp_path: Path) -> None:
    x, y = place(12)
    rows = [(12, x, 2**12 - 1 - y, picture("#a03050"))]
    path = mbtiles(tmp_path / "a.mbtiles", rows, minzoom="12", maxzoom="16")
    assert tuple(painted(Underlay(raster("mbtiles", path)))[40, 40]) == (0xA0, 0x30, 0x50)


def test_that_opacity_and_zooms_are_kept(tmp_path: Path) -> None:
    x, y = place(14)
    path = mbtiles(tmp_path / "a.mbtiles", [(14, x, 2**14 - 1 - y, picture("#000000"))])
    half = painted(Underlay(raster("mbtiles", path, opacity=0.5)))
    assert abs(int(half[99, 99, 0]) - 128) < 3
    assert (painted(Underlay(raster("mbtiles", path, min_zoom=15.0))) == 255).all()
    assert (painted(Underlay(raster("mbtiles", path, max_zoom=13.0))) == 255).all()


def test_that_a_geotiff_of_another_coordinate_system_is_drawn_in_its_place(tmp_path: Path) -> None:
    rasterio = pytest.importorskip("rasterio")
    transform = rasterio.transform.from_bounds(LON - 0.1, LAT - 0.1, LON + 0.1, LAT + 0.1, 400, 400)
    bands = np.zeros((3, 400, 400), dtype=np.uint8)
    bands[0, :, :200], bands[2, :, 200:] = 200, 90
    path = tmp_path / "plan.tif"
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        width=400,
        height=400,
        count=3,
        dtype="uint8",
        crs="EPSG:4326",
        transform=transform,
    ) as file:
        file.write(bands)
    found = painted(Underlay(raster("geotiff", path)))
    x, _ = world_point(LON, LAT)
    size = 2 * HALF_WORLD_M / 2**14
    middle = round((x - (place(14)[0] * size - HALF_WORLD_M)) / size * SIDE)
    # One of its pixels is some 20 of the canvas's: the colours meet softly.
    assert 60 < middle < 196
    assert tuple(found[128, middle - 50]) == (200, 0, 0)
    assert tuple(found[128, middle + 50]) == (0, 0, 90)


def test_that_a_geotiff_without_a_place_is_told(tmp_path: Path) -> None:
    rasterio = pytest.importorskip("rasterio")
    warnings.simplefilter("ignore")
    path = tmp_path / "scan.tif"
    with rasterio.open(path, "w", driver="GTiff", width=9, height=9, count=1, dtype="uint8") as f:
        f.write(np.zeros((1, 9, 9), dtype=np.uint8))
    underlay = Underlay(raster("geotiff", path))
    told = underlay.take_trouble()
    assert told is not None and told.id == "map.underlay_nowhere"
    assert (painted(underlay) == 255).all()


@pytest.mark.parametrize("kind", ["mbtiles", "geotiff", "xyz"])
def test_that_a_bad_underlay_is_told_once_and_the_map_goes_on(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "bad"
    path.write_bytes(b"\0" * 3000)
    underlay = Underlay(raster(kind, path))
    told = underlay.take_trouble()
    assert told is not None and told.id == "map.underlay_broken"
    assert told.values["file"] == str(path)
    assert underlay.take_trouble() is None
    assert (painted(underlay) == 255).all()


def test_that_an_endless_query_behind_the_tiles_is_given_up(tmp_path: Path) -> None:
    path = tmp_path / "a.mbtiles"
    db = sqlite3.connect(path)
    db.execute("CREATE TABLE metadata (name TEXT, value TEXT)")
    db.execute("INSERT INTO metadata VALUES ('minzoom', '0'), ('maxzoom', '14')")
    db.execute(
        "CREATE VIEW tiles AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
        "SELECT count(*) AS zoom_level, 0 AS tile_column, 0 AS tile_row, x'00' AS tile_data FROM n"
    )
    db.commit()
    db.close()
    underlay = Underlay(raster("mbtiles", path))
    assert (painted(underlay) == 255).all()
    told = underlay.take_trouble()
    assert told is not None and told.id == "map.underlay_broken"


def test_that_vector_tiles_are_refused_by_name(tmp_path: Path) -> None:
    path = mbtiles(tmp_path / "a.mbtiles", [], format="pbf", minzoom="0", maxzoom="14")
    told = Underlay(raster("mbtiles", path)).take_trouble()
    assert told is not None and told.id == "map.underlay_format"


def test_that_a_picture_from_a_stranger_is_measured_before_it_is_unpacked() -> None:
    assert decoded(picture("#102030")) is not None
    assert decoded(b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>") is None
    assert decoded(b"GIF89a" + bytes(100)) is None
    assert decoded(picture("#000000", side=MAX_SIDE + 1)) is None
    assert decoded(picture("#000000")[:40]) is None
