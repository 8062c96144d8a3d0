"""The raster underlay of an agency: a file on this computer, never a network place."""

from __future__ import annotations

from pathlib import Path

import pytest

from dispatch.domain.message import Problem
from dispatch.region.agency_files import read_agency_toml

HEAD = """format = 1
name = "Town"
region = "town"
services = ["fire"]
languages = ["en"]
profile = "international"

"""


def read(text: str, folder: Path = Path("/made/town.agency")):
    return read_agency_toml(folder / "agency.toml", HEAD + text)


def test_that_an_underlay_and_the_format_of_coordinates_are_read(tmp_path: Path) -> None:
    settings = read(
        '[map]\ncoordinates = "mgrs"\n[underlay]\nkind = "mbtiles"\npath = "air.mbtiles"\n'
        'opacity = 0.6\nmin_zoom = 11\nmax_zoom = 19\nattribution = "City"\n'
    )
    assert settings.map.coordinates == "mgrs"
    assert settings.underlay is not None and settings.underlay.opacity == 0.6
    agency = tmp_path / "town.agency"
    with pytest.raises(Problem, match="underlay_missing"):
        settings.underlay.found(agency)
    (tmp_path / "air.mbtiles").write_bytes(b"x")
    assert settings.underlay.found(agency) == tmp_path / "air.mbtiles"


def test_that_a_folder_of_tiles_may_be_written_as_its_pattern(tmp_path: Path) -> None:
    settings = read('[underlay]\nkind = "xyz"\npath = "tiles/{z}/{x}/{y}.png"\n')
    assert settings.underlay is not None
    assert settings.underlay.place(tmp_path / "a.agency") == tmp_path / "tiles"


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        ("xyz", "https://tiles.example.org/{z}/{x}/{y}.png"),
        ("geotiff", "/vsicurl/https://example.org/a.tif"),
        ("geotiff", "/vsizip/a.zip/a.tif"),
        ("geotiff", "//server/share/a.tif"),
        ("geotiff", r"\\\\server\\share\\a.tif"),
        ("geotiff", "GTIFF_DIR:1:a.tif"),
        ("geotiff", "../secret.tif"),
        ("geotiff", "a.vrt"),
        ("mbtiles", "a.tif"),
        ("mbtiles", ""),
    ],
)
def test_that_an_underlay_from_elsewhere_is_refused_with_its_line(kind: str, path: str) -> None:
    with pytest.raises(Problem) as caught:
        read(f'[underlay]\nkind = "{kind}"\npath = "{path}"\n')
    assert caught.value.message.id == "region.agency_field"
    assert caught.value.message.values["line"] == 10


def test_that_zooms_out_of_order_and_unknown_formats_are_refused() -> None:
    with pytest.raises(Problem, match="max_zoom"):
        read('[underlay]\nkind = "geotiff"\npath = "a.tif"\nmin_zoom = 12\nmax_zoom = 8\n')
    with pytest.raises(Problem, match="coordinates"):
        read('[map]\ncoordinates = "furlongs"\n')
