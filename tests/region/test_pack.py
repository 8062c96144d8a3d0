"""A pack from anybody is checked before anything in it is believed."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dispatch.domain.message import Problem
from dispatch.region.manifest import Manifest, Source
from dispatch.region.pack import Pack, open_pack
from dispatch.region.roads import RoadTimes
from dispatch.region.schema import TABLES
from dispatch.region.writer import PackWriter
from dispatch.resources import resource
from tests.region.osm_text import OsmText

Build = Callable[..., Pack]
#: `VIGIL_FUZZ=5000 pytest tests/region/test_pack.py -k "fuzzed or odd"` tries for longer.
EXAMPLES = int(os.environ.get("VIGIL_FUZZ", "40"))


@pytest.fixture
def pack(osm: OsmText, built: Build) -> Pack:
    """A pack with a little of everything."""
    osm.way([(0, 0), (1, 0)], highway="residential", name="Elm")
    osm.way([(2, 2), (3, 2), (3, 3), (2, 2)], natural="water", name="Pond")
    osm.at(5, 5, amenity="hospital", name="First")
    return built(osm)


def rehash(folder: Path, name: str) -> None:
    """What a hostile maker does: fit the manifest to the changed file."""
    manifest = folder / "pack.toml"
    content = (folder / name).read_bytes()
    lines = manifest.read_text("utf-8").splitlines()
    at = lines.index(f'file = "{name}"')
    for i in range(at, at + 4):
        if lines[i].startswith("sha256"):
            lines[i] = f'sha256 = "{hashlib.sha256(content).hexdigest()}"'
    manifest.write_text("\n".join(lines), "utf-8")


def test_that_a_pack_reads_back_as_written(pack: Pack) -> None:
    pack.check()
    again = open_pack(pack.path)
    assert again.hash == pack.hash
    assert again.name == "Small"
    assert again.time_zone == "Asia/Almaty"
    assert again.attribution.startswith("Map data © OpenStreetMap")
    assert sorted(path.name for path in pack.path.iterdir()) == sorted(
        ["pack.toml", *(table.file for table in TABLES.values())]
    )


def test_that_arrays_are_read_only(pack: Pack) -> None:
    with pytest.raises(ValueError, match="read-only"):
        pack.edges.length_m[0] = 0
    with pytest.raises(ValueError, match="read-only"):
        pack.edge_lines()[0][0] = 0


def test_that_geo_tools_read_the_edges(pack: Pack) -> None:
    import geopandas as gpd

    frame = gpd.read_parquet(pack.path / "edges.parquet")
    assert frame.crs == "OGC:CRS84"
    assert frame.geometry.iloc[0].geom_type == "LineString"


def test_that_a_foreign_file_is_refused(pack: Pack) -> None:
    (pack.path / "run.sh").write_text("echo", "utf-8")
    with pytest.raises(Problem, match=r"region\.pack_foreign_file.*run\.sh"):
        open_pack(pack.path)


def test_that_a_link_is_refused(pack: Pack, tmp_path: Path) -> None:
    target = tmp_path / "elsewhere.parquet"
    shutil.move(pack.path / "lines.parquet", target)
    (pack.path / "lines.parquet").symlink_to(target)
    with pytest.raises(Problem, match=r"region\.pack_foreign_file"):
        open_pack(pack.path)


def test_that_a_missing_table_is_named(pack: Pack) -> None:
    (pack.path / "edges.parquet").unlink()
    with pytest.raises(Problem, match=r"region\.pack_incomplete.*edges\.parquet"):
        open_pack(pack.path)
    with pytest.raises(Problem, match=r"region\.pack_missing"):
        open_pack(pack.path / "none")


def test_that_a_changed_table_is_found_by_its_hash(pack: Pack) -> None:
    path = pack.path / "places.parquet"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(Problem, match=r"region\.hash.*places\.parquet"):
        open_pack(pack.path)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("format = 2", "format = 3", "region.format"),
        ("format = 2", "format = 2\nevil = 1", "region.manifest_broken"),
        ("Asia/Almaty", "Mars/Base", "region.manifest_broken"),
        ("Asia/Almaty", "../../etc/passwd", "region.manifest_broken"),
        ('file = "edges.parquet"', 'file = "../edges.parquet"', "region.manifest_broken"),
        ("bounds = [", "bounds = [9e9, ", "region.manifest_broken"),
        ("[source]", "[[[source", "region.manifest_broken"),
    ],
)
def test_that_a_bad_manifest_is_refused(pack: Pack, old: str, new: str, problem: str) -> None:
    manifest = pack.path / "pack.toml"
    text = manifest.read_text("utf-8")
    assert old in text
    manifest.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(Problem) as caught:
        open_pack(pack.path)
    assert caught.value.message.id == problem
    assert str(manifest) in str(caught.value.message.values["file"])


def test_that_wrong_columns_are_refused_even_with_a_fitting_hash(pack: Pack) -> None:
    table = pq.read_table(pack.path / "edges.parquet").drop_columns(["geometry"])
    pq.write_table(table, pack.path / "edges.parquet")
    rehash(pack.path, "edges.parquet")
    with pytest.raises(Problem, match=r"region\.table_broken.*edges\.parquet"):
        open_pack(pack.path)


def test_that_an_edge_without_its_node_is_refused(pack: Pack) -> None:
    table = pq.read_table(pack.path / "edges.parquet")
    at = table.schema.get_field_index("to_node")
    table = table.set_column(at, table.schema.field(at), pa.array([424242], pa.int64()))
    pq.write_table(table, pack.path / "edges.parquet")
    rehash(pack.path, "edges.parquet")
    opened = open_pack(pack.path)
    with pytest.raises(Problem, match=r"region\.table_broken.*edges\.parquet"):
        _ = opened.edges


def test_that_geometry_of_the_wrong_kind_is_refused(pack: Pack) -> None:
    table = pq.read_table(pack.path / "edges.parquet")
    at = table.schema.get_field_index("geometry")
    for broken in (b"\x01\x01\x00\x00\x00" + b"\x00" * 16, b"rubbish"):
        changed = table.set_column(at, table.schema.field(at), pa.array([broken], pa.binary()))
        pq.write_table(changed, pack.path / "edges.parquet")
        rehash(pack.path, "edges.parquet")
        opened = open_pack(pack.path)
        with pytest.raises(Problem, match=r"region\.table_broken.*geometry"):
            opened.edge_lines()


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_that_a_fuzzed_pack_is_refused_or_read_never_worse(pack: Pack, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from([table.file for table in TABLES.values()]))
    original = (pack.path / name).read_bytes()
    manifest = (pack.path / "pack.toml").read_bytes()
    content = bytearray(original)
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        (pack.path / name).write_bytes(content)
        rehash(pack.path, name)
        try:
            open_pack(pack.path).check()
        except Problem as problem:
            assert problem.message.id.startswith("region.")
    finally:
        (pack.path / name).write_bytes(original)
        (pack.path / "pack.toml").write_bytes(manifest)


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_that_a_fuzzed_manifest_is_refused_or_read_never_worse(
    pack: Pack, data: st.DataObject
) -> None:
    manifest = pack.path / "pack.toml"
    original = manifest.read_bytes()
    lines = original.splitlines(keepends=True)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(lines) - 1))
        key = lines[at].partition(b" =")[0]
        lines[at] = data.draw(
            st.sampled_from(
                [b"", lines[at] * 2, lines[at][:-4], b"\xff\xfe\n", b"[found]\n", b"[[layers]]\n",
                 *(key + b" = " + value + b"\n" for value in (
                     b"-1", b"1e400", b"nan", b"9223372036854775807", b"[]", b"{}", b"''",
                     b"true", b"'../../x'", b"'" + b"x" * 5_000 + b"'", b"[" * 3_000))]
            )
        )  # fmt: skip
    try:
        manifest.write_bytes(b"".join(lines))
        try:
            open_pack(pack.path).check()
        except Problem as problem:
            assert problem.message.id.startswith("region.")
            assert str(pack.path) in str(problem.message.values["file"])
    finally:
        manifest.write_bytes(original)


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_that_a_table_of_odd_values_is_refused_or_worked_with_never_worse(
    pack: Pack, data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from(["edges", "nodes", "areas", "places"]))
    path = pack.path / f"{name}.parquet"
    original, manifest = path.read_bytes(), (pack.path / "pack.toml").read_bytes()
    table = pq.read_table(path)
    column = data.draw(st.sampled_from(table.column_names))
    type_ = table.schema.field(column).type
    odd: list[object] = [None]
    if pa.types.is_integer(type_):
        odd += [0, -1, 127, -128]
    elif pa.types.is_floating(type_):
        odd += [float("nan"), float("inf"), -1.0, 1e30]
    elif pa.types.is_boolean(type_):
        odd += [True, False]
    elif pa.types.is_binary(type_):
        odd += [b"", b"\x01" * 40, b"\x01\x02\x00\x00\x00\x01\x00\x00\x00" + b"\xff" * 16]
    else:
        odd += ["", "x", "[]", "[{}]", "\ud7ff\x00", "A;;B;", "9" * 400]
    values = [data.draw(st.sampled_from(odd)) for _ in range(len(table))]
    plain = type_.value_type if pa.types.is_dictionary(type_) else type_
    try:
        changed(pack, name, column, pa.array(values, plain))
        try:
            opened = open_pack(pack.path)
            opened.check()
            RoadTimes.of(opened).reach([(76.9, 43.2)], 60)
            opened.district_at(76.9, 43.2)
            _ = opened.area_rings(), opened.edges.aliases, opened.areas.homes
        except Problem as problem:
            assert problem.message.id.startswith("region.")
    finally:
        path.write_bytes(original)
        (pack.path / "pack.toml").write_bytes(manifest)


def changed(pack: Pack, name: str, column: str, values: pa.Array | pa.ChunkedArray) -> None:
    """What a hostile maker does: other values in a column, with a fitting hash."""
    table = pq.read_table(pack.path / f"{name}.parquet")
    at = table.schema.get_field_index(column)
    field = pa.field(column, values.type)
    pq.write_table(table.set_column(at, field, values), pack.path / f"{name}.parquet")
    rehash(pack.path, f"{name}.parquet")


@pytest.mark.parametrize(
    ("name", "column", "values"),
    [
        ("edges", "length_m", pa.array([float("nan")])),
        ("edges", "length_m", pa.array([-1.0])),
        ("edges", "speed_kmh", pa.array([float("inf")], pa.float32())),
        ("edges", "speed_kmh", pa.array([0.0], pa.float32())),
        ("edges", "edge_id", pa.array([None], pa.int64())),
        ("edges", "from_node", pa.array([2**62], pa.int64())),
        ("edges", "name", pa.array(["x" * 1_000_000])),
        ("edges", "class", pa.array(["hyperloop"]).dictionary_encode()),
        ("edges", "rules", pa.array(["not json"])),
        ("edges", "rules", pa.array(['[{"what":"access","value":"teleport"}]'])),
        ("edges", "rules", pa.array(['[{"what":"speed","value":"1e999"}]'])),
        ("edges", "rules", pa.array(['[{"what":"fly","value":"yes"}]'])),
        ("edges", "rules", pa.array(["[" * 15_000])),
        ("edges", "rules", pa.array(['[{"what":"oneway","value":"no","when":{"x":1}}]'])),
        ("nodes", "lon_e7", pa.array([2_000_000_000, 0], pa.int32())),
        ("nodes", "node_id", pa.array([7, 7], pa.int64())),
        ("nodes", "signals", pa.array([None, True])),
        ("areas", "area_m2", pa.array([float("-inf")])),
        ("areas", "geometry", pa.array([b"\x01\x03\x00\x00\x00\xff\xff\xff\x7f"])),
        ("areas", "kind", pa.array([None], pa.string()).dictionary_encode()),
    ],
)  # fmt: skip
def test_that_a_cell_that_breaks_the_format_names_file_and_column(
    pack: Pack, name: str, column: str, values: pa.Array
) -> None:
    changed(pack, name, column, values)
    with pytest.raises(Problem, match=rf"region\.table_broken.*{name}\.parquet") as caught:
        open_pack(pack.path).check()
    what = str(caught.value.message.values["what"])
    assert column in what or "nodes" in what or "geometry" in what


def test_that_a_ban_on_what_is_not_there_is_left_unheeded(pack: Pack) -> None:
    rows = {
        "from_edge": pa.array([1, 2**62], pa.int64()),
        "via_node": pa.array([-5, 2**62], pa.int64()),
        "to_edge": pa.array([3, 4], pa.int64()),
        "kind": pa.array(["no", "only"]),
        "except_emergency": pa.array([False, False]),
        "condition": pa.array([None, None], pa.string()),
        "via_edges": pa.array(["x 1e9 99999999999999999999999", "-1"]),
        "when": pa.array([None, None], pa.string()),
    }
    pq.write_table(pa.table(rows), pack.path / "restrictions.parquet")
    manifest = (pack.path / "pack.toml").read_text("utf-8")
    at = manifest.index('file = "restrictions.parquet"')
    (pack.path / "pack.toml").write_text(
        manifest[:at] + manifest[at:].replace("rows = 0", "rows = 2", 1), "utf-8"
    )
    rehash(pack.path, "restrictions.parquet")
    opened = open_pack(pack.path)
    opened.check()
    assert len(RoadTimes.of(opened).many_to_one([(76.9, 43.2)], (76.901, 43.2))) == 1


def test_that_a_small_table_cannot_hide_a_huge_one(pack: Pack) -> None:
    shape = pq.read_table(pack.path / "areas.parquet")["geometry"][0].as_py()
    rows = 10_000
    big = shapely.to_wkb(shapely.buffer(shapely.from_wkb(shape), 0.01, quad_segs=2_000))
    count = (pack.path / "areas.parquet").stat().st_size
    table = pq.read_table(pack.path / "areas.parquet")
    shared = pa.DictionaryArray.from_arrays(pa.array([0] * rows, pa.int32()), pa.array([big]))
    whole = {
        name: shared if name == "geometry" else pa.concat_arrays(table[name].chunks * rows)
        for name in table.column_names
    }
    pq.write_table(pa.table(whole), pack.path / "areas.parquet", compression="zstd")
    assert (pack.path / "areas.parquet").stat().st_size < 200 * count
    manifest = (pack.path / "pack.toml").read_text("utf-8")
    at = manifest.index('file = "areas.parquet"')
    (pack.path / "pack.toml").write_text(
        manifest[:at] + manifest[at:].replace("rows = 1", f"rows = {rows}", 1), "utf-8"
    )
    rehash(pack.path, "areas.parquet")
    with pytest.raises(Problem, match=r"region\.table_broken.*areas\.parquet"):
        open_pack(pack.path).check()


def test_that_a_pack_put_in_the_place_of_an_open_one_is_noticed(pack: Pack) -> None:
    opened = open_pack(pack.path)
    path = pack.path / "places.parquet"
    pq.write_table(pq.read_table(path), path)
    with pytest.raises(Problem, match=r"region\.hash.*places\.parquet"):
        _ = opened.places


def test_that_a_pack_of_the_first_format_is_still_read(pack: Pack) -> None:
    for table in TABLES.values():
        path = pack.path / table.file
        pq.write_table(pq.read_table(path).drop_columns(list(table.optional)), path)
        rehash(pack.path, table.file)
    manifest = pack.path / "pack.toml"
    text = manifest.read_text("utf-8").replace("format = 2", "format = 1", 1)
    manifest.write_text(text, "utf-8")
    opened = open_pack(pack.path)
    opened.check()
    assert opened.edges.aliases.tolist() == [()]
    assert opened.table("edges").column_names == [name for name, _, _ in TABLES["edges"].columns]
    assert RoadTimes.of(opened).snap(76.9, 43.2).edge == 0


def test_that_the_shipped_city_is_whole() -> None:
    opened = open_pack(resource("region", "builtin.region"))
    opened.check()
    assert opened.attribution and all(layer.licence for layer in opened.manifest.layers)


def _manifest() -> Manifest:
    source = Source(kind="generated", file="x", sha256="0" * 64)
    return Manifest(name='A "quoted" \\ name', bounds=(0, 0, 1, 1), time_zone="UTC", source=source)


def test_that_an_unfinished_pack_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), PackWriter(tmp_path / "x.region") as writer:
        writer.write("nodes", [])
        raise RuntimeError
    assert not list(tmp_path.iterdir())


def test_that_a_pack_is_replaced_whole_and_other_folders_never(tmp_path: Path) -> None:
    output = tmp_path / "x.region"
    for _ in range(2):
        with PackWriter(output) as writer:
            writer.finish(_manifest())
    assert open_pack(output).name == 'A "quoted" \\ name'
    assert [path.name for path in tmp_path.iterdir()] == ["x.region"]
    other = tmp_path / "photos"
    other.mkdir()
    with pytest.raises(Problem, match=r"region\.output_exists"):
        PackWriter(other)


def test_that_a_missing_value_is_the_builders_mistake(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="may not be null"), PackWriter(tmp_path / "x") as writer:
        writer.write("nodes", [{"node_id": 1}])
