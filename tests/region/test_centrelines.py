"""A city's own centrelines and layers become a pack."""

from __future__ import annotations

import zipfile
from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from dispatch.domain.message import Problem
from dispatch.region.build import build_pack
from dispatch.region.pack import Pack, open_pack
from dispatch.region.schema import EDGE_CLASSES, PLACE_KINDS


def roads(**columns: object) -> gpd.GeoDataFrame:
    """Two roads that share node 2."""
    lines = [
        shapely.LineString([(-122.42, 37.77), (-122.41, 37.77)]),
        shapely.LineString([(-122.41, 37.77), (-122.41, 37.78)]),
    ]
    data = {"from_node": [1, 2], "to_node": [2, 3], "name": ["ELM ST", "03RD ST"], **columns}
    return gpd.GeoDataFrame(data, geometry=lines, crs=4326)


def test_that_san_francisco_is_a_network_with_places(san_francisco: Pack) -> None:
    san_francisco.check()
    assert 14_000 < len(san_francisco.edges) < 15_600
    assert len(san_francisco.nodes) == 9_369
    assert (san_francisco.nodes.component == 0).sum() == 9_336
    kinds = [PLACE_KINDS[code] for code in san_francisco.places.kind_code]
    assert kinds.count("fire_station") == 45
    assert kinds.count("hospital") >= 13
    assert san_francisco.district_schemes()[0] == "neighborhoods"
    district = san_francisco.district_at(-122.4194, 37.7599)
    assert district is not None and district.name() == "Mission"
    names = set(san_francisco.edges.names())
    assert {"Mission St", "3rd St", "The Embarcadero"} <= names
    ids = {doubt.id for doubt in san_francisco.doubtful}
    assert {"region.doubt.no_oneway", "region.doubt.on_foot"} <= ids


def test_that_address_ranges_stand_on_their_edges(san_francisco: Pack) -> None:
    addresses = san_francisco.addresses
    assert len(addresses) > 20_000
    assert set(addresses.edge_id) <= set(san_francisco.edges.edge_id)
    assert (addresses.side_code >= 0).all()


def test_that_other_files_and_systems_build_too(tmp_path: Path) -> None:
    roads().to_crs(2227).to_file(tmp_path / "a.gpkg")
    roads(oneway=["F", "T"], speed_mph=[25, 0]).to_file(tmp_path / "b.geojson")
    for name in ("a.gpkg", "b.geojson"):
        build_pack(tmp_path / name, tmp_path / "x.region", time_zone="UTC")
        pack = open_pack(tmp_path / "x.region")
        assert sorted(pack.edges.names()) == ["3rd St", "Elm St"]
        assert pack.bounds == pytest.approx((-122.42, 37.77, -122.41, 37.78), abs=1e-6)
        assert (pack.nodes.component < 2).all()
    assert pack.edges.forward.sum() == 1 and pack.edges.backward.sum() == 1
    assert sorted(pack.edges.speed_kmh.tolist()) == pytest.approx([40.0, 40.2336])


def test_that_people_on_foot_are_left_out_and_classes_understood(tmp_path: Path) -> None:
    roads(layer=["STREETS", "Streets_Pedestri"], classcode=[3, 5]).to_parquet(
        tmp_path / "r.parquet"
    )
    build_pack(tmp_path, tmp_path / "out/x.region", time_zone="UTC")
    pack = open_pack(tmp_path / "out/x.region")
    assert [EDGE_CLASSES[code] for code in pack.edges.class_code] == ["primary"]


def test_that_a_shapefile_with_attributes_apart_builds(shared: Path, tmp_path: Path) -> None:
    source = shared / "data/sf_roads/original_shapefile_and_attributes.zip"
    report = build_pack(source, tmp_path / "x.region", time_zone="UTC")
    assert report.counts["nodes"] == 9_369


def test_that_missing_columns_are_named(tmp_path: Path) -> None:
    roads().drop(columns=["to_node"]).to_parquet(tmp_path / "r.parquet")
    with pytest.raises(Problem, match=r"region\.columns.*to_node") as caught:
        build_pack(tmp_path / "r.parquet", tmp_path / "x.region")
    assert "from_node" in str(caught.value.message.values["found"])


def test_that_a_foreign_coordinate_system_is_said(tmp_path: Path) -> None:
    feet = roads().to_crs(2227).set_crs(None, allow_override=True)
    feet.to_parquet(tmp_path / "r.parquet")
    with pytest.raises(Problem, match=r"region\.coordinates.*r\.parquet"):
        build_pack(tmp_path / "r.parquet", tmp_path / "x.region")


def test_that_rubbish_tables_are_refused(tmp_path: Path) -> None:
    (tmp_path / "r.parquet").write_bytes(b"PAR1 not really")
    with pytest.raises(Problem, match=r"region\.source_broken.*r\.parquet"):
        build_pack(tmp_path / "r.parquet", tmp_path / "x.region")
    with zipfile.ZipFile(tmp_path / "r.zip", "w") as archive:
        archive.writestr("readme.txt", "nothing here")
    with pytest.raises(Problem, match=r"region\.source_empty.*r\.zip"):
        build_pack(tmp_path / "r.zip", tmp_path / "x.region")


def test_that_a_bad_line_of_places_is_named(tmp_path: Path) -> None:
    source, places = tmp_path / "r.parquet", tmp_path / "places"
    roads().to_parquet(source)
    places.mkdir()
    with pytest.raises(Problem, match=r"region\.places_empty"):
        build_pack(source, tmp_path / "x.region", places=places)
    (places / "fire_stations.csv").write_text(
        "station,lat,lon\n1,37.7,-122.4\n2,here,-122\n", "utf-8"
    )
    with pytest.raises(Problem) as caught:
        build_pack(source, tmp_path / "x.region", places=places)
    assert caught.value.message.values["line"] == 3
    with pytest.raises(Problem, match=r"region\.places_missing"):
        build_pack(source, tmp_path / "x.region", places=tmp_path / "none")


def test_that_a_wrong_time_zone_is_refused(tmp_path: Path) -> None:
    roads().to_parquet(tmp_path / "r.parquet")
    with pytest.raises(Problem, match=r"region\.time_zone.*Nowhere"):
        build_pack(tmp_path / "r.parquet", tmp_path / "x.region", time_zone="Nowhere/At_All")
