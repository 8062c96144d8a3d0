"""Fields from the engine: unpacked as hostile bytes, cut into squares, coloured, marked."""

from __future__ import annotations

import zlib

import msgspec
import numpy as np
import pytest
from PySide6.QtGui import QPainter, QPixmap

from dispatch.advice.layers import packed
from dispatch.region.ground import Ground
from ui.map.bands import Bands, Hatch
from ui.map.camera import Camera
from ui.map.field import BadField, Field, FieldPictures
from ui.map.minutes import anchors
from ui.map.point_marks import Mark, PointMarks
from ui.map.projection import lonlat_point
from ui.theme.tokens import load_theme

ROWS, COLUMNS, CELL = 60, 80, 40.0


def a_ground() -> Ground:
    """A plain beside a lake: the left quarter is water."""
    land = np.ones((ROWS, COLUMNS), dtype=bool)
    land[:, :20] = False
    nothing = np.zeros(1, dtype=np.int64)
    return Ground(
        west_m=1_000_000.0,
        north_m=5_000_000.0,
        cell_m=CELL,
        rows=ROWS,
        columns=COLUMNS,
        edge=nothing,
        share=np.zeros(1),
        served=np.zeros(ROWS * COLUMNS, dtype=np.int32),
        near=land,
        land=land,
    )


def rising() -> np.ndarray:
    """Ten seconds more in each column."""
    return np.tile(np.arange(COLUMNS, dtype=np.float32) * 10, (ROWS, 1))


def a_message(limit_s: float = 480.0, *, whole: bool = True):
    ground = a_ground()
    return packed(ground, rising(), ground.land, limit_s, whole=whole)


def test_that_a_field_comes_out_as_it_went_in():
    field = Field.of(a_message())
    row, column = 30, 30
    x, y = field.west_m + (column + 0.5) * CELL, field.north_m - (row + 0.5) * CELL
    left = round((field.west_m - 1_000_000.0) / CELL)
    assert field.at(x, y) == pytest.approx((left + column) * 10, abs=0.5)
    assert field.at(1_000_000.0 + 5 * CELL, y) is None
    assert field.at(field.west_m - 10_000, y) is None


def test_that_only_what_is_reached_is_sent_and_nothing_is_nothing():
    assert a_message(400.0, whole=False).columns < a_message(400.0).columns
    assert a_message(5.0, whole=False) is None


@pytest.mark.parametrize("data", [b"", b"no zlib", zlib.compress(b"short"), "bomb"])
def test_that_bytes_that_do_not_fit_are_refused(data):
    message = a_message()
    if data == "bomb":
        data = zlib.compress(bytes(50_000_000))
    with pytest.raises(BadField):
        Field.of(msgspec.structs.replace(message, packed=data))


def test_that_a_field_of_too_many_cells_is_refused_unread():
    with pytest.raises(BadField):
        Field.of(msgspec.structs.replace(a_message(), rows=4000, columns=4000))


def test_that_bands_are_tinted_less_and_less_and_water_stays_bare():
    field = Field.of(a_message(900))
    bands = Bands((300.0, 500.0), "#5b83d6", "#a9c1f5", dark=True)
    west, _, east, north = field.box
    side = east - west
    seconds, ground = field.sampled((west, north - side, east, north), 256)
    pixels = bands(seconds, ground)
    assert pixels.shape == (256, 256)
    alpha = (pixels >> 24).astype(int)

    def at(cell: int) -> int:
        left = round((field.west_m - 1_000_000.0) / CELL)
        return alpha[90, int((cell - left + 0.5) * 256 / field.seconds.shape[1])]

    assert at(25) > at(40) > at(60) == 0
    assert max(at(29), at(30), at(31)) > at(25)
    assert alpha[:, 0].max() == 0


def test_that_ground_beyond_the_limit_is_hatched_through_all_squares():
    hatch = Hatch(300.0, "#58a99c", "#d3cbb8", dark=True)
    late = np.full((258, 258), 400.0, dtype=np.float32)
    ones = np.ones((258, 258), dtype=np.float32)
    pixels = hatch(late, ones)
    assert len(np.unique(pixels)) > 2
    assert np.array_equal(pixels[:, :8], pixels[:, 248:])
    assert len(np.unique(hatch(late - 200, ones))) == 1


def test_that_squares_are_made_outside_painting_and_old_ones_stand_until_then(qtbot):
    field = Field.of(a_message())
    pictures = FieldPictures()
    pictures.set_colouring(Bands((300.0, 500.0), "#5b83d6", "#a9c1f5", dark=True))
    pictures.set_field(field)
    lon, lat = lonlat_point(field.west_m + 1500, field.north_m - 1200)
    camera = Camera(lon, lat, 14.0)
    camera.width, camera.height = 700, 500
    canvas = QPixmap(700, 500)

    def drawn() -> int:
        canvas.fill("black")
        painter = QPainter(canvas)
        pictures.paint(painter, camera)
        painter.end()
        image = canvas.toImage()
        return sum(image.pixelColor(x, 200).blue() > 0 for x in range(0, 700, 5))

    assert drawn() == 0 and pictures.wants_work
    while not pictures.work():
        pass
    first = drawn()
    assert first > 20 and not pictures.wants_work
    pictures.set_field(Field.of(a_message(300.0)))
    assert drawn() == first and pictures.wants_work
    camera.pan(60, 0)
    assert drawn() > 10
    pictures.set_field(None)
    assert drawn() == 0 and not pictures.wants_work


def test_that_minutes_stand_on_their_lines_apart_from_each_other():
    field = Field.of(a_message(900))
    at, which = anchors(field, (300.0, 500.0), 30)
    assert len(at) and set(which.tolist()) <= {0, 1}
    for (x, y), number in zip(at, which, strict=True):
        assert field.at(x, y) == pytest.approx((300.0, 500.0)[number], abs=15)
    again, _ = anchors(field, (300.0, 500.0), 30)
    assert np.array_equal(at, again)


def test_that_a_hundred_thousand_hydrants_are_culled_and_found(qtbot):
    rng = np.random.default_rng(3)
    lonlat = np.column_stack([rng.uniform(76, 77, 100_000), rng.uniform(43, 44, 100_000)])
    marks = PointMarks("hydrant", (Mark("hydrant", "hydrant"),), 14.0, 16.0)
    marks.set_points(lonlat, np.zeros(100_000, dtype=np.intp), [str(n) for n in range(100_000)])
    marks.shown = True
    camera = Camera(*lonlat[77].tolist(), 17.0)
    camera.width, camera.height = 800, 600
    canvas = QPixmap(800, 600)
    canvas.fill("black")
    painter = QPainter(canvas)
    marks.paint(painter, camera, load_theme("dark"), "en")
    painter.end()
    assert marks.pick(400, 300) == "hydrant/77"
    assert canvas.toImage().pixelColor(400, 296).blue() > 60
    camera.zoom = 12.0
    painter = QPainter(canvas)
    marks.paint(painter, camera, load_theme("dark"), "en")
    painter.end()
    assert marks.pick(400, 300) == ""
