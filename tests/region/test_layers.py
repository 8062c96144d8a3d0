"""Layers that an office hands over: any form and system of coordinates, nothing guessed unsaid."""

from __future__ import annotations

import gzip
import shutil
import zipfile
from pathlib import Path

import geopandas as gpd
import pyproj
import pytest
import shapely

from dispatch.domain.message import Problem
from dispatch.region.agency import Agency, open_agency
from dispatch.region.layers.exporting import export_layer
from dispatch.region.layers.importing import Report, import_layer
from dispatch.region.layers.making import make_agency
from dispatch.region.layers.taken import Options
from dispatch.region.pack import Pack, open_pack
from dispatch.resources import resource

LON, LAT = 74.25, 45.0
UTM = "EPSG:32643"


@pytest.fixture(scope="module")
def pack() -> Pack:
    return open_pack(resource("region", "builtin.region"))


@pytest.fixture(scope="module")
def made(pack: Pack, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made") / "town.agency"
    make_agency(folder, pack, name="Town", units=True)
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "town.agency"))


def take(folder: Path, layer: str, file: Path, check: bool = False, **said: object) -> Report:
    region = resource("region", "builtin.region")
    return import_layer(folder, layer, file, Options(**said), region=region, check=check)  # type: ignore[arg-type]


def stations(folder: Path) -> dict[str, tuple[float, float]]:
    return {s.station_id: (s.lon, s.lat) for s in open_agency(folder).stations}


def refused(folder: Path, layer: str, file: Path, **said: object) -> Problem:
    before = open_agency(folder).sha
    with pytest.raises(Problem) as caught:
        take(folder, layer, file, **said)
    assert open_agency(folder).sha == before
    assert str(file.name) in str(caught.value)
    return caught.value


FIRE = {"service": "fire"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1251"])
def test_that_a_russian_table_with_decimal_commas_is_read(
    folder: Path, tmp_path: Path, encoding: str
) -> None:
    file = tmp_path / "части.csv"
    text = f"№;Наименование;Адрес;Долгота;Широта\n7;Пожарная часть № 7;ул. Мира, 5;{LON};{LAT}\n"
    file.write_bytes(text.replace(".2", ",2").replace(".0", ",0").encode(encoding))
    report = take(folder, "stations", file, values=FIRE, add=True)
    assert report.refused is None and report.taken.sheet.separator == ";"
    station = open_agency(folder).station("7")
    assert station is not None and station.name() == "Пожарная часть № 7"
    assert (station.lon, station.lat) == (LON, LAT)


def test_that_a_korean_table_is_read(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "소화전.csv"
    text = f"관리번호\t구분\t주소\t경도\t위도\n가-1\t지상식\t구시가 1\t{LON}\t{LAT}\n"
    file.write_bytes(text.encode("cp949"))
    report = take(folder, "hydrants", file)
    assert report.taken.sheet.encoding == "cp949"
    hydrants = open_agency(folder).hydrants
    assert hydrants.ids == ("가-1",) and hydrants.kind[0] == 0
    assert hydrants.lonlat[0].tolist() == pytest.approx([LON, LAT])


@pytest.mark.parametrize("crs", [UTM, "EPSG:3857", "EPSG:28413"])
@pytest.mark.parametrize("form", ["gpkg", "shp", "zip", "csv"])
def test_that_any_system_of_coordinates_comes_to_the_same_place(
    folder: Path, tmp_path: Path, crs: str, form: str
) -> None:
    x, y = pyproj.Transformer.from_crs(4326, crs, always_xy=True).transform(LON, LAT)
    frame = gpd.GeoDataFrame({"id": ["7"], "name": ["N"]}, geometry=[shapely.Point(x, y)], crs=crs)
    file = tmp_path / f"layer.{form}"
    if form == "csv":
        file.write_text(f"id,name,x,y\n7,N,{x},{y}\n")
        fitting = refused(folder, "stations", file, values=FIRE).message.values["fitting"]
        if crs != "EPSG:28413":
            assert crs in str(fitting)
        take(folder, "stations", file, values=FIRE, crs=crs, add=True)
    else:
        inner = tmp_path / "parts"
        inner.mkdir()
        frame.to_file(inner / f"layer.{'gpkg' if form == 'gpkg' else 'shp'}")
        if form == "zip":
            with zipfile.ZipFile(file, "w") as archive:
                for part in inner.iterdir():
                    archive.write(part, f"deep/{part.name}")
        else:
            file = inner / f"layer.{form}"
        take(folder, "stations", file, values=FIRE, add=True)
    assert stations(folder)["7"] == pytest.approx((LON, LAT), abs=2e-5)


def test_that_a_shapefile_without_its_system_is_asked_about(folder: Path, tmp_path: Path) -> None:
    point = shapely.Point(441_000, 4_983_000)
    frame = gpd.GeoDataFrame({"id": ["7"], "name": ["N"]}, geometry=[point], crs=UTM)
    frame.to_file(tmp_path / "a.shp")
    (tmp_path / "a.prj").unlink()
    problem = refused(folder, "stations", tmp_path / "a.shp", values=FIRE)
    assert problem.message.id == "layers.no_crs" and UTM in str(problem)
    (tmp_path / "a.dbf").unlink()
    assert "shapefile_part" in str(refused(folder, "stations", tmp_path / "a.shp", values=FIRE))


def test_that_swapped_axes_are_asked_about_and_never_guessed(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text(f"id,name,lon,lat\n7,N,{LAT},{LON}\n")
    assert refused(folder, "stations", file, values=FIRE).message.id == "layers.swapped"
    take(folder, "stations", file, values=FIRE, swap_axes=True, add=True)
    assert stations(folder)["7"] == (LON, LAT)
    file.write_text("id,name,lon,lat\n7,N,2.35,48.85\n")
    assert refused(folder, "stations", file, values=FIRE).message.id == "layers.elsewhere"


def test_that_every_bad_row_is_named_and_nothing_is_half_written(
    folder: Path, tmp_path: Path
) -> None:
    file = tmp_path / "a.csv"
    file.write_text(
        "Nr,Label,lon,lat\n"
        f"7,N,{LON},{LAT}\n"
        f"8,M,,{LAT}\n"
        f"7,O,{LON},{LAT}\n"
        f"9,=cmd|' /C calc'!A0,{LON},{LAT}\n"
        f"{'x' * 30},P,{LON},{LAT}\n"
        "10,Paris,2.35,48.85\n"
    )
    before = open_agency(folder).sha
    said = {"values": FIRE, "columns": {"nr": "station_id"}, "add": True}
    report = take(folder, "stations", file, **said)
    found = [(f.place, f.column, f.reason) for f in report.taken.faults]
    assert found == [
        (3, "lon", "empty"),
        (4, "Nr", "twice"),
        (5, "Label", "formula"),
        (6, "Nr", "cell"),
    ]
    assert [f.place for f in report.taken.outside] == [7]
    assert report.refused is not None and open_agency(folder).sha == before
    assert take(folder, "stations", file, **said, skip_bad=True, check=True).file is None
    assert open_agency(folder).sha == before
    assert take(folder, "stations", file, **said, skip_bad=True).file == folder / "stations.csv"
    assert "7" in stations(folder) and "10" not in stations(folder)
    take(folder, "stations", file, **said, skip_bad=True, keep_outside=True)
    assert "10" in stations(folder)


def test_that_a_layer_that_would_tear_the_agency_apart_is_refused(
    folder: Path, tmp_path: Path
) -> None:
    file = tmp_path / "a.csv"
    file.write_text(f"id,name,lon,lat\n7,N,{LON},{LAT}\n")
    before = stations(folder)
    with pytest.raises(Problem, match="breaks"):
        take(folder, "stations", file, values=FIRE)
    assert stations(folder) == before
    assert [p.name for p in folder.parent.iterdir() if p.name.startswith(".")] == []


def test_that_shapes_become_what_the_layer_needs(folder: Path, tmp_path: Path) -> None:
    square = shapely.box(LON, LAT, LON + 0.01, LAT + 0.01)
    bow = shapely.Polygon(
        [(LON, LAT), (LON + 0.02, LAT + 0.02), (LON + 0.02, LAT), (LON, LAT + 0.02)]
    )
    frame = gpd.GeoDataFrame(
        {"id": ["1", "2"], "name": ["A", "B"]}, geometry=[square, bow], crs=4326
    )
    frame.to_file(tmp_path / "a.gpkg", layer="houses")
    report = take(folder, "hospitals", tmp_path / "a.gpkg")
    assert report.taken.notes["represented"] == 2 and report.taken.notes["general"] == 2
    report = take(folder, "districts", tmp_path / "a.gpkg")
    assert report.taken.notes["repaired"] == 1
    agency = open_agency(folder)
    assert all(shape.is_valid for shape in agency.areas.shapes)
    assert len(agency.areas.outlines("beat")) == 24  # the other layer of the file stays
    file = tmp_path / "points.csv"
    file.write_text(f"id,name,lon,lat\n7,N,{LON},{LAT}\n")
    assert [f.reason for f in take(folder, "districts", file).taken.faults] == ["shape"]


def test_that_units_find_their_station_by_number_name_or_nearness(
    folder: Path, tmp_path: Path
) -> None:
    home = open_agency(folder).stations[0]
    file = tmp_path / "a.csv"
    file.write_text(
        "callsign,type,station,lon,lat\n"
        f"Z1,ENGINE,{home.station_id.lower()},,\nZ2,truck,{home.name()},,\n"
    )
    report = take(folder, "units", file, columns={"lon": "-", "lat": "-"})
    assert report.refused is None, report.taken.faults
    kinds = {u.unit_id: (u.kind, u.service, u.station_id) for u in open_agency(folder).units}
    assert kinds == {
        "Z1": ("engine", "fire", home.station_id),
        "Z2": ("ladder", "fire", home.station_id),
    }
    file.write_text(f"unit,type,lon,lat\nZ3,MEDIC,{home.lon},{home.lat}\n")
    assert take(folder, "units", file).taken.notes["nearest"] == 1
    file.write_text("unit,station\nZ3,1\n")
    assert refused(folder, "units", file).message.values["field"] == "kind"


@pytest.mark.parametrize("suffix", ["csv", "geojson", "gpkg"])
@pytest.mark.parametrize("layer", ["stations", "beats", "hydrants"])
def test_that_what_is_exported_comes_back_the_same(
    folder: Path, tmp_path: Path, layer: str, suffix: str
) -> None:
    before = open_agency(folder)
    file = tmp_path / f"out.{suffix}"
    count = export_layer(before, layer, file)
    report = take(folder, layer, file)
    assert report.refused is None and report.rows == count
    after = open_agency(folder)
    if layer == "stations":
        assert {s.station_id: s.names for s in after.stations} == {
            s.station_id: s.names for s in before.stations
        }
    elif layer == "hydrants":
        assert after.hydrants.ids == before.hydrants.ids
    else:
        assert after.areas.areas == before.areas.areas


def test_that_an_exported_cell_never_runs_as_a_formula(folder: Path, tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame(
        {"ref": ["1"], "name": ["plain"]}, geometry=[shapely.box(LON, LAT, 74.3, 45.05)], crs=4326
    )
    frame.to_file(tmp_path / "a.gpkg")
    take(folder, "beats", tmp_path / "a.gpkg")
    agency = open_agency(folder)
    agency.areas.areas[-1].names[""] = '=HYPERLINK("http://x")'
    export_layer(agency, "beats", tmp_path / "o.csv")
    assert "'=HYPERLINK" in (tmp_path / "o.csv").read_text("utf-8-sig")


VRT = (
    '<OGRVRTDataSource><OGRVRTLayer name="a"><SrcDataSource>/vsicurl/http://127.0.0.1:{port}/a.csv'
    "</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>"
)


@pytest.mark.parametrize("name", ["a.geojson", "a.gpkg", "a.csv", "a.shp", "a.vrt", "a.zip"])
def test_that_a_file_that_names_a_network_place_reaches_no_network(
    folder: Path, tmp_path: Path, name: str
) -> None:
    import socket

    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.settimeout(0.05)
        text = VRT.format(port=listener.getsockname()[1])
        file = tmp_path / name
        if name == "a.zip":
            with zipfile.ZipFile(file, "w") as archive:
                archive.writestr("a.geojson", text)
        else:
            file.write_text(text)
        assert refused(folder, "districts", file).message.id.startswith("layers.")
        with pytest.raises(TimeoutError):
            listener.accept()


def test_that_a_view_in_a_geopackage_is_never_asked(folder: Path, tmp_path: Path) -> None:
    import sqlite3

    file = tmp_path / "a.gpkg"
    shutil.copyfile(folder / "areas.gpkg", file)
    with sqlite3.connect(file) as base:
        base.execute("CREATE VIEW evil AS SELECT 1 AS fid, ogr_geocode('x') AS geom")
        base.execute("UPDATE gpkg_geometry_columns SET table_name='evil' WHERE table_name='beats'")
    base.close()
    problem = refused(folder, "beats", file, layer_name="evil")
    assert problem.message.id == "layers.which_layer"


def test_that_bombs_and_paths_out_of_an_archive_come_to_nothing(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dispatch.region.layers import reading, shapefile, sheet

    for module in (reading, shapefile):
        monkeypatch.setattr(module, "BYTES_CAP", 1_000_000)
    bomb = tmp_path / "bomb.csv.gz"
    bomb.write_bytes(gzip.compress(b"a,b\n" * 1_000_000))
    with pytest.raises(Problem, match="file_too_large"):
        take(folder, "stations", bomb, values=FIRE)
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for part in ("shp", "shx", "dbf"):
            archive.writestr(f"a.{part}", b"\0" * 2_000_000)
    with pytest.raises(Problem, match="file_too_large"):
        take(folder, "stations", tmp_path / "bomb.zip", values=FIRE)
    with zipfile.ZipFile(tmp_path / "out.zip", "w") as archive:
        for part in ("shp", "shx", "dbf"):
            archive.writestr(f"../../evil.{part}", b"x" * 200)
    assert refused(folder, "stations", tmp_path / "out.zip", values=FIRE)
    assert not list(tmp_path.parent.glob("**/evil.*"))
    monkeypatch.setattr(sheet, "ROW_CAP", 100)
    monkeypatch.setattr(sheet.require_rows, "__defaults__", (100,))
    long = tmp_path / "long.csv"
    long.write_text("id,name,lon,lat\n" + f"1,N,{LON},{LAT}\n" * 200)
    assert refused(folder, "stations", long, values=FIRE).message.id == "layers.too_many_rows"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0\0\0",
        b"{",
        b'{"type":"FeatureCollection","features":[1]}',
        b'{"type":"FeatureCollection","features":' + b"[" * 5_000,
        b"SQLite format 3\0" + b"\xff" * 500,
        b"\x00\x00\x27\x0a" + b"\xff" * 300,
        b"PK\x03\x04" + b"\xff" * 100,
        b"\x1f\x8b" + b"\xff" * 100,
        b"PAR1....PAR1",
        b'id,name,lon,lat\n7,"N,1,2\n',
        b"id,name,lon,lat\n7,N,1e999,nan\n",
        b"id,name,wkt\n7,N,POINT(\n",
        b"\xff\xfe\x00",
    ],
)
def test_that_broken_files_are_refused_with_their_name(
    folder: Path, tmp_path: Path, content: bytes
) -> None:
    file = tmp_path / "broken.geojson.csv"
    file.write_bytes(content)
    before = open_agency(folder).sha
    try:
        report = take(folder, "stations", file, values=FIRE)
    except Problem as problem:
        assert "broken.geojson.csv" in str(problem)
    else:
        assert report.refused is not None
    assert open_agency(folder).sha == before


def test_that_a_new_agency_has_what_its_pack_knows(made: Path, pack: Pack) -> None:
    agency = open_agency(made)
    assert (agency.name, agency.region, agency.coordinates) == ("Town", "builtin", "decimal")
    assert len(agency.stations) == 32 and len(agency.hospitals) == 5
    assert len(agency.hydrants) == 2_509 and agency.areas.kinds == ("district", "beat")
    assert {unit.station_id for unit in agency.units} <= {s.station_id for s in agency.stations}
    with pytest.raises(Problem, match="exists"):
        make_agency(made, pack)


def test_that_a_point_has_its_district_beat_and_keys(made: Path) -> None:
    shipped: Agency = open_agency(resource("agencies", "korea.agency"))
    assert not shipped.is_warm
    shipped.warm()
    assert shipped.is_warm
    district, beat = shipped.area_of(74.22, 45.01), shipped.area_of(74.22, 45.01, "beat")
    assert district is not None and beat is not None
    assert district.name("ko") == "대학동" and beat.name("ru") == "Участок 109"
    assert district.ref in shipped.areas.keys_at(74.22, 45.01)
    assert shipped.area_of(0.0, 0.0) is None and shipped.area_of(74.22, 45.01, "zone") is None


def test_that_own_names_reach_the_gazetteer_as_places(folder: Path) -> None:
    (folder / "names.csv").write_text(
        "name,language,lon,lat,kind,alias_of,ref\n"
        f"Old mill,en,{LON},{LAT},factory,,\nСтарая мельница,ru,{LON},{LAT},factory,,\n"
        f"The Hill,,{LON},{LAT},hospital,Central Hospital,\n"
        f"Pole 117,,{LON},{LAT},pole,,117\n"
    )
    mill, hospital, pole = open_agency(folder).known_places
    assert dict(mill.names) == {"en": "Old mill", "ru": "Старая мельница"}
    assert hospital.aliases == ("The Hill",) and pole.ref == "117"
    (folder / "names.csv").write_text("name,lon,lat\nX,,45\n")
    with pytest.raises(Problem) as caught:
        open_agency(folder).warm()
    assert caught.value.message.values["line"] == 2
    assert caught.value.message.values["column"] == "lon"
