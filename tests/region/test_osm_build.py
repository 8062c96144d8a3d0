"""What the build makes of OpenStreetMap data."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from dispatch.domain.message import Problem
from dispatch.region.build import build_pack
from dispatch.region.osm_read import read_extract
from dispatch.region.pack import Pack, open_pack
from dispatch.region.progress import Steps
from dispatch.region.schema import ACCESS, AREA_KINDS, LINE_KINDS, PLACE_KINDS
from tests.region.osm_text import OsmText

Build = Callable[..., Pack]


def edge_row(pack: Pack, way: int, piece: int = 0) -> int:
    """The row of a way's piece."""
    return int(np.flatnonzero(pack.edges.edge_id == way * 4096 + piece)[0])


def test_that_roads_are_cut_where_they_meet_and_nowhere_else(osm: OsmText, built: Build) -> None:
    a = osm.way([(0, 0), (1, 0), (2, 0), (3, 0)], highway="residential", name="Elm")
    b = osm.way([(2, 0), (2, 1)], highway="residential", name="Oak")
    pack = built(osm)
    assert pack.edges.edge_id.tolist() == [a * 4096, a * 4096 + 1, b * 4096]
    assert len(pack.nodes) == 4
    _, offsets = pack.edge_lines()
    assert np.diff(offsets).tolist() == [3, 2, 2]
    assert pack.edges.names().tolist() == ["Elm", "Elm", "Oak"]
    assert pack.edges.length_m[0] == pytest.approx(2 * 0.001 * 81_300, rel=0.01)


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({"oneway": "yes"}, (True, False)),
        ({"oneway": "-1"}, (False, True)),
        ({"oneway": "no"}, (True, True)),
        ({"junction": "roundabout"}, (True, False)),
        ({"highway": "motorway"}, (True, False)),
        ({"highway": "motorway", "oneway": "no"}, (True, True)),
        ({"oneway": "yes", "oneway__motor_vehicle": "no"}, (True, True)),
        ({"oneway": "yes", "oneway__emergency": "no"}, (True, False)),
        ({}, (True, True)),
    ],
)
def test_that_one_way_streets_are_one_way(
    osm: OsmText, built: Build, tags: dict[str, str], expected: tuple[bool, bool]
) -> None:
    way = osm.way([(0, 0), (1, 0)], **{"highway": "residential", **tags})
    pack = built(osm)
    row = edge_row(pack, way)
    assert (bool(pack.edges.forward[row]), bool(pack.edges.backward[row])) == expected


@pytest.mark.parametrize(
    ("tag", "kmh"),
    [
        ("50", 50),
        ("30 mph", 48.28),
        ("RU:urban", 60),
        ("KZ:rural", 90),
        ("walk", 7),
        ("none", 130),
        ("60;40", 60),
    ],
)
def test_that_signed_speeds_are_read_in_their_units(
    osm: OsmText, built: Build, tag: str, kmh: float
) -> None:
    osm.way([(0, 0), (1, 0)], highway="residential", maxspeed=tag)
    pack = built(osm)
    assert pack.edges.speed_kmh[0] == pytest.approx(kmh, abs=0.1)
    assert pack.table("edges")["speed_known"][0].as_py()


def test_that_nonsense_speeds_are_assumed_and_said_to_be(osm: OsmText, built: Build) -> None:
    osm.way([(0, 0), (1, 0)], highway="residential", maxspeed="fast")
    pack = built(osm)
    assert not pack.table("edges")["speed_known"][0].as_py()
    assert {doubt.id: doubt.n for doubt in pack.doubtful}["region.doubt.limits"] == 1


@pytest.mark.parametrize(
    ("tags", "access"),
    [
        ({"access": "private"}, "private"),
        ({"motor_vehicle": "no"}, "emergency"),
        ({"motor_vehicle": "destination"}, "destination"),
        ({"access": "no", "emergency": "yes"}, "emergency"),
        ({"highway": "pedestrian"}, "emergency"),
        ({"access": "no"}, None),
        ({"highway": "footway"}, None),
        ({"highway": "pedestrian", "area": "yes"}, None),
        ({"highway": "construction"}, None),
    ],
)
def test_that_access_is_that_of_emergency_vehicles(
    osm: OsmText, built: Build, tags: dict[str, str], access: str | None
) -> None:
    osm.way([(9, 9), (9, 10)], 77, highway="residential")
    way = osm.way([(0, 0), (1, 0)], **{"highway": "residential", **tags})
    pack = built(osm)
    rows = np.flatnonzero(pack.edges.way_id == way)
    assert [ACCESS[code] for code in pack.edges.access_code[rows]] == ([access] if access else [])


def test_that_nothing_drives_through_a_bollard(osm: OsmText, built: Build) -> None:
    osm.at(1, 0, barrier="bollard")
    way = osm.way([(0, 0), (1, 0), (2, 0)], highway="residential")
    pack = built(osm)
    first, second = edge_row(pack, way, 0), edge_row(pack, way, 1)
    assert pack.edges.to_node[first] != pack.edges.from_node[second]


def test_that_a_gate_is_passed_and_known(osm: OsmText, built: Build) -> None:
    osm.at(1, 0, barrier="gate")
    way = osm.way([(0, 0), (1, 0), (2, 0)], highway="service")
    pack = built(osm)
    first, second = edge_row(pack, way, 0), edge_row(pack, way, 1)
    assert pack.edges.to_node[first] == pack.edges.from_node[second]
    assert ACCESS[pack.edges.access_code[first]] == "gate"


def test_that_names_keep_their_scripts(osm: OsmText, built: Build) -> None:
    osm.way(
        [(0, 0), (1, 0)],
        highway="residential",
        name="Абай көшесі",
        name__en="Abay Street",
        name__ru="улица Абая",
        name__kk="Абай көшесі",
        name__ko="아바이 거리",
    )
    pack = built(osm)
    assert pack.edges.names("en")[0] == "Abay Street"
    assert pack.edges.names("ko")[0] == "아바이 거리"
    assert set(pack.languages) == {"en", "ru", "kk", "ko"}


def test_that_a_missing_translation_falls_back_to_the_local_name(
    osm: OsmText, built: Build
) -> None:
    osm.way([(0, 0), (1, 0)], highway="residential", name="Elm")
    assert built(osm).edges.names("ko")[0] == "Elm"


def test_that_turn_bans_name_the_edges_that_meet(osm: OsmText, built: Build) -> None:
    a = osm.way([(0, 0), (1, 0)], highway="residential")
    b = osm.way([(1, 0), (2, 0)], highway="residential")
    via = osm.at(1, 0)
    members = [("way", a, "from"), ("node", via, "via"), ("way", b, "to")]
    osm.relation(
        members, type="restriction", restriction="no_straight_on", **{"except": "psv;emergency"}
    )
    osm.relation(
        members, type="restriction", restriction__conditional="no_left_turn @ (07:00-09:00)"
    )
    osm.relation(members, type="restriction", restriction__hgv="no_left_turn")
    table = built(osm).restrictions
    assert len(table) == 2
    assert table.numbers("from_edge").tolist() == [a * 4096, a * 4096]
    assert table.numbers("to_edge").tolist() == [b * 4096, b * 4096]
    assert table.texts("condition").tolist() == [None, "07:00-09:00"]
    assert table.numbers("except_emergency").tolist() == [True, False]


def test_that_a_multipolygon_keeps_its_hole(osm: OsmText, built: Build) -> None:
    osm.way([(0, 0), (1, 0)], highway="residential")
    outer = osm.way([(2, 2), (6, 2), (6, 6), (2, 6), (2, 2)])
    inner = osm.way([(3, 3), (4, 3), (4, 4), (3, 4), (3, 3)])
    osm.relation(
        [("way", outer, "outer"), ("way", inner, "inner")],
        type="multipolygon",
        natural="water",
        name="Lake",
    )
    pack = built(osm)
    assert AREA_KINDS[pack.areas.kind_code[0]] == "water"
    _, rings, areas = pack.area_rings()
    assert areas.tolist() == [0, 2] and len(rings) == 3
    assert PLACE_KINDS[pack.places.kind_code[0]] == "water"


def test_that_a_building_has_its_number_height_and_address(osm: OsmText, built: Build) -> None:
    osm.way([(0, 0), (1, 0)], highway="residential", name="Elm")
    osm.way(
        [(0, 1), (0.2, 1), (0.2, 1.2), (0, 1.2), (0, 1)],
        building="school",
        building__levels="3",
        addr__housenumber="12А",
        addr__street="Elm",
    )
    pack = built(osm)
    assert pack.areas.subkind[0] == "school"
    assert pack.areas.height_m[0] == pytest.approx(9.6)
    assert pack.addresses.texts("number").tolist() == ["12А"]


def test_that_house_numbers_are_put_between_interpolated_ends(osm: OsmText, built: Build) -> None:
    osm.way([(0, 0), (4, 0)], highway="residential", name="Elm")
    osm.at(0, 1, addr__housenumber="2", addr__street="Elm")
    osm.at(4, 1, addr__housenumber="10", addr__street="Elm")
    osm.way([(0, 1), (4, 1)], addr__interpolation="even")
    numbers = sorted(built(osm).addresses.texts("number"), key=int)
    assert numbers == ["2", "4", "6", "8", "10"]


def test_that_the_sea_lies_right_of_the_shore(osm: OsmText, built: Build) -> None:
    osm.way([(0, 0), (10, 0), (10, 10)], highway="residential")
    # Land on the left: going east, the north is land and the south is sea.
    osm.way([(-40, 5), (40, 5)], natural="coastline")
    pack = built(osm)
    seas = pack.area_polygons()[pack.areas.kind_code == AREA_KINDS.index("sea")]
    assert len(seas) == 1
    assert seas[0].centroid.y < 43.2 + 0.005
    assert LINE_KINDS.index("coast") in pack.lines.kind_code


def test_that_stations_districts_and_hazards_become_places_and_areas(
    osm: OsmText, built: Build
) -> None:
    osm.way([(0, 0), (1, 0)], highway="residential")
    osm.at(0, 5, amenity="fire_station", ref="7")
    osm.at(0, 6, emergency="fire_hydrant", ref="H12")
    osm.at(0, 7, hazard="gas", description="Tank behind the shed")
    osm.way(
        [(-9, -9), (9, -9), (9, 9), (-9, 9), (-9, -9)],
        boundary="administrative",
        admin_level="9",
        name="Riverside",
        ref="4",
    )
    pack = built(osm)
    kinds = {PLACE_KINDS[code] for code in pack.places.kind_code}
    assert {"fire_station", "hydrant", "hazard"} <= kinds
    district = pack.district_at(76.9, 43.2)
    assert district is not None
    assert (district.name(), district.ref, district.scheme) == ("Riverside", "4", "admin_9")
    assert pack.district_at(0, 0) is None


def test_that_a_way_that_leaves_the_extract_is_kept_as_far_as_it_is_known(
    osm: OsmText, tmp_path: Path
) -> None:
    osm.way([(0, 0), (1, 0), (2, 0)], highway="residential")
    source = osm.write(tmp_path / "cut.osm")
    text = source.read_text("utf-8").replace('<nd ref="3"/>', '<nd ref="999"/>')
    source.write_text(text, "utf-8")
    build_pack(source, tmp_path / "cut.region", time_zone="UTC")
    assert len(open_pack(tmp_path / "cut.region").edges) == 1


def test_that_the_same_input_gives_the_same_bytes(osm: OsmText, tmp_path: Path) -> None:
    osm.way([(0, 0), (1, 0)], highway="residential", name="Elm")
    osm.at(0, 5, amenity="hospital", name="First")
    source = osm.write(tmp_path / "small.osm")
    for name in ("a", "b"):
        build_pack(source, tmp_path / f"{name}.region", time_zone="UTC")
    assert open_pack(tmp_path / "a.region").hash == open_pack(tmp_path / "b.region").hash


def test_that_a_cancelled_build_leaves_nothing(osm: OsmText, tmp_path: Path) -> None:
    osm.way([(0, 0), (1, 0)], highway="residential")
    source = osm.write(tmp_path / "small.osm")
    with pytest.raises(Problem, match=r"region\.cancelled"):
        build_pack(source, tmp_path / "small.region", cancelled=lambda: True)
    assert [path.name for path in tmp_path.iterdir()] == ["small.osm"]


def test_that_a_boundary_cuts_what_lies_outside(osm: OsmText, built: Build, tmp_path: Path) -> None:
    osm.way([(0, 0), (1, 0)], highway="residential", name="In")
    osm.way([(50, 50), (51, 50)], highway="residential", name="Out")
    osm.at(60, 60, amenity="hospital", name="Far")
    border = tmp_path / "border.geojson"
    border.write_text(
        '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{},"geometry":'
        '{"type":"Polygon","coordinates":[[[76.89,43.19],[76.91,43.19],[76.91,43.21],[76.89,43.21],'
        "[76.89,43.19]]]}}]}",
        "utf-8",
    )
    pack = built(osm, boundary=border)
    assert pack.edges.names().tolist() == ["In"]
    assert len(pack.places) == 0
    text = border.read_text("utf-8").replace("[76.", "[16.")
    border.write_text(text, "utf-8")
    with pytest.raises(Problem, match=r"region\.boundary_outside.*border\.geojson"):
        built(osm, boundary=border)


def test_that_what_lies_far_outside_a_boundary_is_not_even_kept_in_memory(
    osm: OsmText, tmp_path: Path
) -> None:
    for number in range(40):
        osm.way([(number * 10, 0), (number * 10 + 1, 0)], highway="residential")
        osm.at(number * 10, 1, amenity="hospital", name="H")
        x = number * 10
        osm.way([(x, 2), (x + 1, 2), (x + 1, 3), (x, 2)], natural="water")
    source = osm.write(tmp_path / "long.osm")
    steps = Steps(None, None)
    whole = read_extract(source, "osm", steps, tmp_path)
    part = read_extract(source, "osm", steps, tmp_path, (76.895, 43.19, 76.925, 43.21))
    assert [len(whole.network.way_ids), len(whole.places), len(whole.areas)] == [40, 40, 40]
    assert [len(part.network.way_ids), len(part.places), len(part.areas)] == [3, 3, 3]
    assert part.box == (76.895, 43.19, 76.925, 43.21)


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("empty.osm", b"", "region.source_empty"),
        ("words.osm.pbf", b"hello, this is no map at all", "region.source_unknown"),
        (
            "half.osm",
            b'<?xml version="1.0"?><osm version="0.6"><node id="1" ',
            "region.extract_broken",
        ),
        ("none.osm", b'<?xml version="1.0"?><osm version="0.6"></osm>', "region.no_roads"),
        ("bad.osm.gz", gzip.compress(b"<osm version='0.6'><node id=")[:-6], "region."),
    ],
)
def test_that_bad_input_names_the_file(
    tmp_path: Path, name: str, content: bytes, problem: str
) -> None:
    source = tmp_path / name
    source.write_bytes(content)
    with pytest.raises(Problem) as caught:
        build_pack(source, tmp_path / "x.region")
    assert caught.value.message.id.startswith(problem)
    assert name in str(caught.value.message.values.get("file"))
    assert not (tmp_path / "x.region").exists()


def test_that_an_empty_folder_says_so(tmp_path: Path) -> None:
    with pytest.raises(Problem, match=r"region\.source_empty"):
        build_pack(tmp_path, tmp_path / "x.region")
    with pytest.raises(Problem, match=r"region\.source_missing"):
        build_pack(tmp_path / "nothing", tmp_path / "x.region")


def test_that_an_extract_without_roads_is_refused(shared: Path, tmp_path: Path) -> None:
    source = shared / "data/osm_extracts/conditional-restrictions.osm.xml"
    with pytest.raises(Problem, match=r"region\.no_roads"):
        build_pack(source, tmp_path / "x.region")


@pytest.mark.parametrize("name", ["moscow.osm.gz", "one_way_dead_end.osm.pbf"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.97])
def test_that_a_truncated_extract_is_a_clear_problem(
    shared: Path, tmp_path: Path, name: str, share: float
) -> None:
    content = (shared / "data/osm_extracts" / name).read_bytes()
    source = tmp_path / name
    source.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(Problem) as caught:
        build_pack(source, tmp_path / "x.region")
    assert caught.value.message.values["file"] == str(source)
