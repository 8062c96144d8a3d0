"""A pack written out as an extract builds to the same roads, and a build is measured."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from dispatch.region.build import build_pack
from dispatch.region.build_bench import figures
from dispatch.region.extract_of_pack import write_extract
from dispatch.region.pack import Pack, open_pack
from tests.region.osm_text import OsmText

Build = Callable[..., Pack]


def town(osm: OsmText) -> None:
    """A little of everything that is written out."""
    a = osm.way([(0, 0), (1, 0), (2, 0)], highway="primary", name="Elm", maxspeed="50")
    b = osm.way([(2, 0), (2, 2)], highway="residential", oneway="-1", name="Oak")
    osm.way([(2, 2), (0, 0)], highway="service", access="private", tunnel="yes")
    members = [("way", a, "from"), ("node", osm.at(2, 0), "via"), ("way", b, "to")]
    osm.relation(members, type="restriction", restriction="no_left_turn")
    osm.way([(5, 5), (6, 5), (6, 6), (5, 5)], building="yes")
    osm.way([(3, 3), (9, 3), (9, 9), (3, 9), (3, 3)], 50)
    osm.way([(4, 4), (5, 4), (5, 4.5), (4, 4)], 51)
    osm.relation([("way", 50, "outer"), ("way", 51, "inner")], type="multipolygon", natural="water")
    osm.at(1, 1, addr__housenumber="3", addr__street="Elm")


def test_that_a_pack_written_out_builds_to_the_same_roads(
    osm: OsmText, built: Build, tmp_path: Path
) -> None:
    town(osm)
    pack = built(osm)
    assert write_extract(pack, tmp_path / "again.osm.pbf") == len(pack.edges)
    build_pack(tmp_path / "again.osm.pbf", tmp_path / "again.region", time_zone="UTC")
    again = open_pack(tmp_path / "again.region")
    order, other = (np.argsort(p.edges.length_m, kind="stable") for p in (pack, again))
    for column in ("length_m", "speed_kmh", "forward", "backward", "tunnel", "access_code"):
        ours, theirs = getattr(pack.edges, column), getattr(again.edges, column)
        assert ours[order].tolist() == theirs[other].tolist(), column
    assert pack.edges.names()[order].tolist() == again.edges.names()[other].tolist()
    assert len(again.areas) == len(pack.areas) and len(again.addresses) == 1


def test_that_a_build_is_measured_in_a_process_of_its_own(osm: OsmText, tmp_path: Path) -> None:
    town(osm)
    source = osm.write(tmp_path / "town.osm")
    rows = list(figures(extract=source))
    assert [row["name"] for row in rows] == ["region.build_s", "region.build_rss_mb"]
    assert {row["against"] for row in rows} == {"town.osm"}
    seconds, megabytes = (float(str(row["value"])) for row in rows)
    assert 0 <= seconds < 30 and 50 < megabytes < 1_024
