"""Extracts that are not as planet files are: from editors, unsorted, hostile. A pack, or a word."""

from __future__ import annotations

import bz2
import gzip
import os
import random
import zlib
from pathlib import Path

import numpy as np
import osmium
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from osmium.osm.mutable import Node, Way

from dispatch.domain.message import Problem
from dispatch.region.build import build_pack
from dispatch.region.pack import Pack, open_pack

#: `VIGIL_FUZZ=2000 pytest tests/region/test_odd_extracts.py -k fuzzed` fuzzes for longer.
EXAMPLES = int(os.environ.get("VIGIL_FUZZ", "6"))
HEAD = "<?xml version='1.0' encoding='UTF-8'?>\n"
NODES = "<node id='1' lon='76.9' lat='43.2'/><node id='2' lon='76.91' lat='43.2'/>"
WAY = "<way id='10'><nd ref='1'/><nd ref='2'/><tag k='highway' v='residential'/></way>"


def osm(body: str, head: str = "<osm version='0.6'>", tail: str = "</osm>") -> bytes:
    """A small file."""
    return f"{HEAD}{head}{body}{tail}".encode()


def built(folder: Path, content: bytes, name: str = "odd.osm") -> Pack:
    """The pack of a file with some content."""
    (folder / name).write_bytes(content)
    build_pack(folder / name, folder / "odd.region", time_zone="UTC")
    pack = open_pack(folder / "odd.region")
    pack.check()
    assert sorted(path.name for path in folder.iterdir()) == sorted([name, "odd.region"])
    return pack


def doubts(pack: Pack) -> dict[str, int]:
    """What the build was not sure of."""
    return {doubt.id.removeprefix("region.doubt."): doubt.n for doubt in pack.doubtful}


JOSM = "<osm version='0.6' generator='JOSM' upload='never'>"
NEW = (
    "<node id='-1' action='modify' visible='true' lon='76.9' lat='43.2'/>"
    "<node id='-2' action='modify' visible='true' lon='76.91' lat='43.2'/>"
    "<node id='5' action='delete' visible='true' version='3' lon='76.9' lat='43.2'/>"
    "<way id='-10' action='modify'><nd ref='-1'/><nd ref='-2'/><tag k='highway' v='primary'/></way>"
    "<way id='11' action='delete' version='2'><nd ref='-1'/><nd ref='-2'/>"
    "<tag k='highway' v='motorway'/></way>"
)
LEGITIMATE = {
    "josm": osm("<bounds minlat='43' minlon='76' maxlat='44' maxlon='77' origin='x'/>" + NEW, JOSM),
    "ways before nodes": osm(WAY + NODES),
    "ids out of order": osm(
        "<node id='2' lon='76.91' lat='43.2'/><node id='1' lon='76.9' lat='43.2'/>"
        "<way id='99'><nd ref='1'/><nd ref='2'/><tag k='highway' v='service'/></way>" + WAY
    ),
    "overpass": osm(
        "<note>The data included in this document is from www.openstreetmap.org.</note>"
        "<meta osm_base='2026-01-01T00:00:00Z'/>" + NODES + WAY
    ),
    "overpass with places on ways": osm(
        "<way id='10'><bounds minlat='43.2' minlon='76.9' maxlat='43.2' maxlon='76.91'/>"
        "<nd ref='1' lat='43.2' lon='76.9'/><nd ref='2' lat='43.2' lon='76.91'/>"
        "<tag k='highway' v='residential'/></way>"
    ),
    "history": osm(
        "<node id='1' version='1' visible='true' lon='1' lat='1'/>"
        "<node id='1' version='2' visible='true' lon='76.9' lat='43.2'/>"
        "<node id='2' version='1' lon='76.91' lat='43.2'/>"
        "<way id='9' version='1' visible='true'><nd ref='1'/><nd ref='2'/>"
        "<tag k='highway' v='primary'/></way><way id='9' version='2' visible='false'/>"
        "<way id='10' version='1' visible='false'/>"
        "<way id='10' version='4' timestamp='2020-01-01T00:00:00Z' uid='1' user='x'>"
        "<nd ref='1'/><nd ref='2'/><tag k='highway' v='residential'/></way>"
    ),
    "mark before the text": b"\xef\xbb\xbf" + osm(NODES + WAY),
    "a node twice": osm(NODES + "<node id='2' lon='76.91' lat='43.2'/>" + WAY),
    "no length": osm(
        NODES + WAY + "<way id='11'><nd ref='1'/><nd ref='1'/><tag k='highway' v='service'/></way>"
        "<way id='12'><nd ref='1'/><tag k='highway' v='service'/></way><way id='13'/>"
    ),
    "odd relations": osm(
        NODES + WAY + "<relation id='20'><member type='relation' ref='20' role=''/>"
        "<tag k='type' v='multipolygon'/><tag k='natural' v='water'/></relation>"
        "<relation id='21'><tag k='type' v='boundary'/><tag k='boundary' v='administrative'/>"
        "<tag k='admin_level' v='9'/></relation>"
        "<relation id='22'><tag k='type' v='restriction'/>"
        "<tag k='restriction' v='no_exit'/></relation>"
    ),
    "far away points": osm(
        NODES + "<node id='3' lon='76.91' lat='91'/><node id='4' lon='-199' lat='43'/>"
        "<way id='10'><nd ref='1'/><nd ref='2'/><nd ref='3'/><nd ref='4'/>"
        "<tag k='highway' v='residential'/></way>"
    ),
}


@pytest.mark.parametrize("kind", LEGITIMATE)
def test_that_an_odd_file_with_one_street_gives_that_street(kind: str, tmp_path: Path) -> None:
    pack = built(tmp_path, LEGITIMATE[kind])
    rows = np.flatnonzero(pack.edges.length_m > 100)
    assert len(rows) == (2 if kind == "ids out of order" else 1)
    assert pack.bounds == (76.9, 43.2, 76.91, 43.2)


def test_that_a_file_is_known_by_its_content_not_its_name(tmp_path: Path) -> None:
    text = osm(NODES + WAY)
    for name, content in (
        ("a.pbf", text),
        ("b.osm.gz", text),
        ("c.osm", gzip.compress(text)),
        ("d.OSM", bz2.compress(text)),
        ("e", text),
    ):
        folder = tmp_path / name[0]
        folder.mkdir()
        assert len(built(folder, content, name).edges) == 1


def test_that_editors_changes_are_kept_to(tmp_path: Path) -> None:
    pack = built(tmp_path, LEGITIMATE["josm"])
    assert (pack.edges.way_id > 0).all() and (pack.nodes.node_id > 0).all()
    assert len(pack.edges) == 1


def test_that_a_street_over_the_180th_meridian_does_not_go_round_the_earth(tmp_path: Path) -> None:
    nodes = "".join(
        f"<node id='{i + 1}' lon='{lon}' lat='-16.8'/>"
        for i, lon in enumerate((179.95, 179.97, 179.99, -179.99, -179.98))
    )
    refs = "".join(f"<nd ref='{i + 1}'/>" for i in range(5))
    way = f"<way id='10'>{refs}<tag k='highway' v='primary'/></way>"
    pack = built(tmp_path, osm(nodes + way))
    assert pack.bounds == (179.95, -16.8, 179.99, -16.8)
    assert doubts(pack)["antimeridian"] == 1
    assert pack.edges.length_m.sum() < 10_000


def test_that_a_way_with_many_tags_and_long_names_is_read(tmp_path: Path) -> None:
    tags = "".join(f"<tag k='alt_name:{i}' v='Name {i}'/>" for i in range(100_000))
    way = WAY.replace("</way>", tags + f"<tag k='name' v='{'x' * 1_000}'/></way>")
    pack = built(tmp_path, osm(NODES + way))
    assert len(pack.edges.aliases[0]) <= 12
    assert len(pack.edges.names()[0]) <= 200


def test_that_text_that_is_no_text_is_cleaned(tmp_path: Path) -> None:
    way = WAY.replace("</way>", "<tag k='name' v='A&#10;B&#x202E; C'/></way>")
    assert built(tmp_path, osm(NODES + way)).edges.names()[0] == "A B C"


def entities(_: Path) -> bytes:
    """A billion laughs."""
    lines = "".join(
        f"<!ENTITY a{i} '&a{i - 1};&a{i - 1};&a{i - 1};&a{i - 1};'>" for i in range(1, 20)
    )
    return osm("<node id='1' lat='1' lon='1'><tag k='a' v='&a19;'/></node>",
               f"<!DOCTYPE x [<!ENTITY a0 'ha'>{lines}]><osm version='0.6'>")  # fmt: skip


def pbf_bomb(folder: Path) -> bytes:
    """A PBF file whose blocks say that they unpack to far more than they hold."""
    with osmium.SimpleWriter(str(folder / "bomb.osm.pbf"), overwrite=True) as writer:
        for i in range(8_000):
            writer.add_node(Node(id=i + 1, location=(1.0, 1.0)))
        writer.add_way(Way(id=1, nodes=[1, 2], tags={"highway": "primary"}))
    content = (folder / "bomb.osm.pbf").read_bytes()
    (folder / "bomb.osm.pbf").unlink()
    packed = zlib.compress(b"\0" * (31 * 1024 * 1024), 9)
    size = 31 * 1024 * 1024
    blob = b"\x10" + varint(size) + b"\x1a" + varint(len(packed)) + packed
    head = b"\x0a\x07OSMData\x18" + varint(len(blob))
    return content + (len(head).to_bytes(4, "big") + head + blob) * 40


def varint(value: int) -> bytes:
    """A number as protobuf writes it."""
    out = b""
    while value > 127:
        out += bytes([value & 127 | 128])
        value >>= 7
    return out + bytes([value])


def gz_bomb(_: Path) -> bytes:
    return gzip.compress(HEAD.encode() + b"<osm version='0.6'>" + b" " * (300 * 1024**2), 9)


def bz2_bomb(_: Path) -> bytes:
    return bz2.compress(HEAD.encode() + b"<osm version='0.6'>" + b" " * (80 * 1024**2), 9)


def huge_ids(_: Path) -> bytes:
    return osm((NODES + WAY).replace("'1'", f"'{2**62}'").replace("'10'", f"'{9 * 10**18}'"))


def page(_: Path) -> bytes:
    return b"<!DOCTYPE html><html><body>429 Too Many Requests</body></html>"


def change_file(_: Path) -> bytes:
    return osm(NODES + WAY, "<osmChange><create>", "</create></osmChange>")


def endless_number(_: Path) -> bytes:
    return osm(f"<node id='{'9' * 100_000}' lon='1' lat='1'/>" + WAY)


def bad_header(_: Path) -> bytes:
    return (2**31).to_bytes(4, "big") + b"\x0a\x09OSMHeader" + b"\xff" * 60


HOSTILE = {
    "entities": (entities, "region.extract_broken"),
    "gz bomb": (gz_bomb, "region.extract_swollen"),
    "bz2 bomb": (bz2_bomb, "region.extract_swollen"),
    "pbf bomb": (pbf_bomb, "region.extract_swollen"),
    "huge ids": (huge_ids, "region."),
    "only nodes": (lambda _: osm(NODES), "region.no_roads"),
    "only missing nodes": (lambda _: osm(WAY), "region.no_roads"),
    "only steps": (lambda _: osm(NODES + WAY.replace("residential", "steps")), "region.no_roads"),
    "no utf-8": (lambda _: osm(NODES + WAY).replace(b"residential", b"\xff\xfe"), "region."),
    "change file": (change_file, "region.extract_broken"),
    "not closed": (lambda _: osm(NODES + WAY, tail=""), "region.extract_broken"),
    "deep": (lambda _: HEAD.encode() + b"<osm version='0.6'>" + b"<a>" * 200_000, "region."),
    "zstd": (lambda _: b"\x28\xb5\x2f\xfd" + b"x" * 100, "region.source_packed"),
    "zip": (lambda _: b"PK\x03\x04" + b"x" * 100, "region.source_packed"),
    "blank": (lambda _: b" " * 10_000, "region.source_unknown"),
    "html": (page, "region.source_unknown"),
    "json": (lambda _: b'{"version": 0.6, "elements": []}', "region.source_unknown"),
    "endless number": (endless_number, "region."),
    "not a number": (lambda _: osm(NODES.replace("76.9'", "nan'") + WAY), "region."),
    "pbf header": (bad_header, "region.extract_broken"),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_that_a_hostile_file_is_refused_by_name(kind: str, tmp_path: Path) -> None:
    make, problem = HOSTILE[kind]
    source = tmp_path / "odd.osm"
    source.write_bytes(make(tmp_path))
    with pytest.raises(Problem) as caught:
        build_pack(source, tmp_path / "odd.region")
    assert caught.value.message.id.startswith(problem)
    assert caught.value.message.values["file"] == str(source)
    assert [path.name for path in tmp_path.iterdir()] == ["odd.osm"]


def spoilt(data: st.DataObject, raw: bytes) -> bytes:
    """Bits turned, pieces cut out, doubled or filled with rubbish, the end cut off."""
    chance = random.Random(data.draw(st.integers(0, 2**32)))
    content = bytearray(raw)
    for _ in range(data.draw(st.integers(1, 5))):
        at, long = chance.randrange(len(content)), chance.choice([1, 1, 4, 40, 2_000])
        match data.draw(st.sampled_from(["bit", "cut", "double", "rubbish", "end"])):
            case "bit":
                content[at] ^= 1 << chance.randrange(8)
            case "cut":
                del content[at : at + long]
            case "double":
                content[at:at] = content[at : at + long]
            case "rubbish":
                content[at : at + long] = chance.randbytes(long)
            case "end":
                del content[max(at, 16) :]
        if len(content) < 16:
            break
    return bytes(content)


FUZZED = (
    "osm_extracts/one_way_dead_end.osm.pbf",
    "osm_extracts/monaco.osm.gz",
    "osmnx_graphs/lower_manhattan.graphml.gz",
)


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
@pytest.mark.parametrize("packing", ["as it is", "plain", "gz", "bz2"])
@pytest.mark.parametrize("name", FUZZED)
def test_that_a_fuzzed_extract_gives_a_pack_or_a_word(
    shared: Path, tmp_path: Path, name: str, packing: str, data: st.DataObject
) -> None:
    raw = (shared / "data" / name).read_bytes()
    if name.endswith(".gz") and packing != "as it is":
        # A smaller piece of it, so that many can be tried.
        end = b"</osm>" if "osm.gz" in name else b"</graph></graphml>"
        whole = gzip.decompress(raw)
        raw = whole[: whole.rindex(b">", 0, 300_000) + 1] + end
    content = spoilt(data, raw)
    if packing in ("gz", "bz2"):
        content = (gzip if packing == "gz" else bz2).compress(content, 1)
    source = tmp_path / "fuzzed.osm"
    source.write_bytes(content)
    try:
        build_pack(source, tmp_path / "fuzzed.region", time_zone="UTC")
        open_pack(tmp_path / "fuzzed.region").check()
    except Problem as problem:
        assert problem.message.id.startswith("region.")
        assert problem.message.values.get("file")
