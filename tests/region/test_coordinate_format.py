"""Coordinates in the agency's way of writing: as PROJ has them, and read back by the gazetteer."""

from __future__ import annotations

import math
import random

import pyproj
import pytest

from dispatch.region.coordinate_format import FORMATS, format_coordinates
from dispatch.region.coordinates import parse_coordinates
from dispatch.region.grids import KOREA, parse_grid, to_mgrs, to_utm, utm_grid

CITIES = [
    (74.22308, 45.01163),
    (126.9780, 37.5665),
    (-122.4194, 37.7749),
    (-58.3816, -34.6037),
    (5.3221, 60.3913),  # Bergen: the wide zone 32
    (15.6, 78.2),  # Svalbard
    (-0.0001, -0.0001),
    (179.99999, 51.0),
]


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("place", CITIES)
def test_that_what_is_shown_is_read_back(form: str, place: tuple[float, float]) -> None:
    text = format_coordinates(*place, form)
    found = parse_coordinates(text)
    assert found is not None, text
    east = (found[0] - place[0] + 180) % 360 - 180
    metres = 111_195 * math.hypot(east * math.cos(math.radians(place[1])), found[1] - place[1])
    assert metres < (8 if form == "korea" else 3), text


def test_that_the_grids_agree_with_proj() -> None:
    draw = random.Random(7)
    for _ in range(60):
        lon, lat = draw.uniform(-180, 180), draw.uniform(-80, 84)
        found = to_utm(lon, lat)
        assert found is not None
        zone, _, east, north = found
        crs = (32700 if lat < 0 else 32600) + zone
        proj = pyproj.Transformer.from_crs(4326, crs, always_xy=True).transform(lon, lat)
        assert math.dist(proj, (east, north)) < 1e-4
        back = utm_grid(zone, south=lat < 0).degrees(east, north)
        assert abs(back[1] - lat) < 1e-9
    proj = pyproj.Transformer.from_crs(4326, 5179, always_xy=True).transform(126.978, 37.5665)
    assert math.dist(proj, KOREA.metres(126.978, 37.5665)) < 1e-4


def test_that_known_places_have_their_known_squares() -> None:
    assert (to_mgrs(-77.0353, 38.8895) or "").startswith("18S UJ 234")  # Washington Monument
    assert format_coordinates(126.978, 37.5665, "korea") == "다사 5390 5203"
    assert format_coordinates(5.3221, 60.3913, "utm").startswith("32V ")
    assert format_coordinates(74.223084, 45.011635, "dm") == "45°00.698'N 74°13.385'E"
    assert format_coordinates(-0.5, -12.99999999, "dms") == "13°00'00.0\"S 00°30'00.0\"W"


def test_that_a_square_means_its_middle_and_nonsense_means_nothing() -> None:
    middle = parse_grid("18SUJ2306")
    assert middle is not None
    assert to_mgrs(*middle) == "18S UJ 23500 06500"
    for text in ("18S UJ 234 06", "61S UJ 23 06", "18S IJ 23 06", "18S AA 2 06", "하하 1234 1234"):
        assert parse_grid(text) is None
    assert parse_grid("30N 999999 99999999") is None


def test_that_a_place_off_the_grid_falls_back_to_degrees() -> None:
    assert format_coordinates(10.0, 89.0, "mgrs") == "89.00000, 10.00000"
    assert format_coordinates(76.9, 43.2, "korea") == "43.20000, 76.90000"
    assert format_coordinates(76.9, 43.2, "furlongs") == "43.20000, 76.90000"
    assert format_coordinates(float("nan"), 0.0) == format_coordinates(181.0, 0.0) == ""
