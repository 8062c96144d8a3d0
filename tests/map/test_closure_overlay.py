"""Closed roads are seen without colour, found by the pointer, and cost a frame nothing."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication

from ui.map.camera import Camera
from ui.map_parts.closure_overlay import CLOSURE, ClosureOverlay
from ui.map_parts.closure_painting import RoadMark
from ui.map_parts.closure_words import minute_of, next_time_us
from ui.theme.tokens import load_theme

SIZE = (640, 480)
LON, LAT = 74.2, 45.0


def road(mark_id: str = "c", **how: object) -> RoadMark:
    """A closed road through the middle, from west to east."""
    points = np.array([(LON - 0.002, LAT), (LON + 0.002, LAT)])
    return RoadMark(mark_id, points, (0,), **how)  # type: ignore[arg-type]


def looking(zoom: float) -> Camera:
    camera = Camera(LON, LAT, zoom)
    camera.width, camera.height = SIZE
    return camera


def painted(overlay: ClosureOverlay, camera: Camera, theme: str = "dark") -> np.ndarray:
    """Greys of the canvas, (height, width)."""
    image = QImage(*SIZE, QImage.Format.Format_Grayscale8)
    image.fill(128)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    overlay.paint(painter, camera, load_theme(theme), "en")
    painter.end()
    rows = np.frombuffer(image.constBits(), dtype=np.uint8)
    return rows.reshape(SIZE[1], image.bytesPerLine())[:, : SIZE[0]].copy()


@pytest.fixture
def overlay(qapp: QApplication) -> ClosureOverlay:
    return ClosureOverlay()


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_that_a_closed_road_is_black_and_white_stripes(overlay, theme):
    overlay.show_marks([road()])
    seen = painted(overlay, looking(16.0), theme)
    along = seen[SIZE[1] // 2, SIZE[0] // 2 + 25 : SIZE[0] // 2 + 100]
    assert along.min() < 60 and along.max() > 190
    changes = np.count_nonzero(np.diff((along > 128).astype(int)))
    assert changes > 10, "stripes, not one line"


def test_that_far_out_only_a_sign_stands(overlay):
    overlay.show_marks([road()])
    seen = painted(overlay, looking(10.0))
    rows, columns = np.nonzero(seen != 128)
    assert len(rows) and np.ptp(columns) < 24 and np.ptp(rows) < 24


def test_that_signs_on_one_spot_are_one_while_the_roads_cannot_be_seen(overlay):
    overlay.show_marks([road(str(n)) for n in range(30)])
    one = painted(overlay, looking(10.0))
    overlay.show_marks([road("0")])
    assert np.array_equal(one, painted(overlay, looking(10.0)))


def test_that_what_is_planned_looks_otherwise_than_what_is_closed(overlay):
    overlay.show_marks([road()])
    closed = painted(overlay, looking(16.0))
    overlay.show_marks([road(planned=True)])
    assert not np.array_equal(closed, painted(overlay, looking(16.0)))
    overlay.show_marks([road(one_way=True)])
    assert not np.array_equal(closed, painted(overlay, looking(16.0)))


def test_that_the_pointer_finds_the_road_and_nothing_beside_it(overlay):
    overlay.show_marks([road("c-1")])
    painted(overlay, looking(16.0))
    middle = (SIZE[0] / 2, SIZE[1] / 2)
    assert overlay.pick(*middle) == CLOSURE + "c-1"
    assert overlay.pick(middle[0] + 60, middle[1] + 3) == CLOSURE + "c-1"
    assert overlay.pick(middle[0] + 60, middle[1] + 30) == ""
    painted(overlay, looking(9.0))
    assert overlay.pick(middle[0] + 60, middle[1]) == ""


def test_that_a_frame_with_many_closures_is_finished_in_the_next_ones(overlay, monkeypatch):
    monkeypatch.setattr("ui.map_parts.closure_overlay.BUDGET_S", 0.0)
    asked = []
    overlay.again = lambda: asked.append(True)
    overlay.show_marks([road("c-1", words="Works")])
    hasty = painted(overlay, looking(16.0))
    assert asked and (hasty != 128).any(), "the road stands at once, its stripes a frame later"
    monkeypatch.setattr("ui.map_parts.closure_overlay.BUDGET_S", 1.0)
    asked.clear()
    assert not np.array_equal(hasty, painted(overlay, looking(16.0))) and not asked


def test_that_times_of_day_are_read_as_people_write_them():
    assert [minute_of(t) for t in ("14:00", "1400", "14.05", "9", "24:00", "x", "")] == [
        *(840, 840, 845, 540),
        *(None, None, None),
    ]


def test_that_a_time_of_day_that_has_passed_is_meant_for_tomorrow():
    from zoneinfo import ZoneInfo

    zone, now_us = ZoneInfo("UTC"), 1_778_576_400_000_000  # 09:00
    assert next_time_us(now_us, zone, 10 * 60) - now_us == 3_600_000_000
    assert next_time_us(now_us, zone, 8 * 60) - now_us == 23 * 3_600_000_000
