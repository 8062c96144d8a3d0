"""A pack from anybody is checked before anything in it is believed."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dispatch.domain.message import Problem
from dispatch.region.manifest import Manifest, Source
from dispatch.region.pack import Pack, open_pack
from dispatch.region.schema import TABLES
from dispatch.region.writer import PackWriter
from tests.region.osm_text import OsmText

Build = Callable[..., Pack]


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
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
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
