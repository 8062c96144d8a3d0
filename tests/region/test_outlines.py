"""Areas whose outline does not close, and shores of all kinds."""

from __future__ import annotations

from pathlib import Path

import pytest
import shapely

from dispatch.region.build import build_pack
from dispatch.region.pack import Pack, open_pack
from dispatch.region.schema import AREA_KINDS
from tests.region.osm_text import OsmText

Points = list[tuple[float, float]]


def built(osm: OsmText, folder: Path, gone: tuple[int, ...] = ()) -> Pack:
    """The pack of a map of 20 by 20 units about the middle, without some of its ways."""
    osm.way([(1, 1), (2, 1)], 9, highway="residential")
    source = osm.write(folder / "town.osm")
    text = source.read_text("utf-8")
    bounds = '<bounds minlon="76.89" minlat="43.19" maxlon="76.91" maxlat="43.21"/>'
    text = text.replace('<osm version="0.6">', f'<osm version="0.6">{bounds}')
    for way in gone:
        at = text.index(f'<way id="{way}"')
        text = text[:at] + text[text.index("</way>", at) + len("</way>") :]
    source.write_text(text, "utf-8")
    build_pack(source, folder / "town.region", time_zone="UTC")
    return open_pack(folder / "town.region")


def areas(pack: Pack, kind: str) -> list[shapely.Geometry]:
    """The areas of a kind."""
    rows = pack.areas.kind_code == AREA_KINDS.index(kind)
    return list(pack.area_polygons()[rows])


def doubts(pack: Pack) -> dict[str, int]:
    """What the build was not sure of."""
    return {doubt.id.removeprefix("region.doubt."): doubt.n for doubt in pack.doubtful}


def at(x: float, y: float) -> shapely.Point:
    """A grid place as a point."""
    return shapely.Point(76.9 + x * 0.001, 43.2 + y * 0.001)


def outline(osm: OsmText, *parts: Points, **tags: str) -> None:
    """A relation of outer ways 11, 12, ..."""
    for number, part in enumerate(parts):
        osm.way(part, 11 + number)
    members = [("way", 11 + number, "outer") for number in range(len(parts))]
    osm.relation(members, **tags)


LAKE = {"type": "multipolygon", "natural": "water", "name": "Lake"}


def test_that_a_lake_that_goes_on_beyond_the_extract_is_kept(osm: OsmText, tmp_path: Path) -> None:
    outline(osm, [(15, -5), (0, -5), (0, 5), (15, 5)], [(15, 5), (30, 0), (15, -5)], **LAKE)
    pack = built(osm, tmp_path, gone=(12,))
    (lake,) = areas(pack, "water")
    assert lake.contains(at(5, 0)) and not lake.contains(at(-1, 0))
    assert doubts(pack)["mended"] == 1 and "area" not in doubts(pack)


def test_that_the_edge_of_an_extract_cut_at_its_bounds_closes_a_district(
    osm: OsmText, tmp_path: Path
) -> None:
    outline(
        osm, [(9.9, 2), (2, 2), (2, 9.9)], [(2, 9.9), (12, 12), (9.9, 2)],
        type="boundary", boundary="administrative", admin_level="9", name="North",
    )  # fmt: skip
    district = built(osm, tmp_path, gone=(12,)).district_at(76.909, 43.209)
    assert district is not None and district.name() == "North"


def test_that_nobody_guesses_which_side_is_inside(osm: OsmText, tmp_path: Path) -> None:
    outline(osm, [(-15, 0), (15, 0)], [(15, 0), (15, 30)], [(15, 30), (-15, 0)], **LAKE)
    pack = built(osm, tmp_path, gone=(12, 13))
    assert not areas(pack, "water") and doubts(pack)["area"] == 1


def test_that_a_gap_across_the_town_is_not_bridged(osm: OsmText, tmp_path: Path) -> None:
    outline(osm, [(-8, -8), (-8, 8)], [(-8, 8), (8, 8), (8, -8)], [(8, -8), (-8, -8)], **LAKE)
    pack = built(osm, tmp_path, gone=(13,))
    assert not areas(pack, "water") and doubts(pack)["area"] == 1


def test_that_a_small_gap_is_a_slip(osm: OsmText, tmp_path: Path) -> None:
    outline(osm, [(0, 0), (8, 0), (8, 8)], [(8.02, 8.02), (0, 8), (0, 0.1)], **LAKE)
    (lake,) = areas(built(osm, tmp_path), "water")
    assert lake.contains(at(4, 4)) and shapely.is_valid(lake)


@pytest.mark.parametrize(
    "ring",
    [
        [(0, 0), (4, 4), (4, 0), (0, 4), (0, 0)],
        [(0, 0), (4, 0), (4, 4), (0, 4), (0, 0), (4, 0), (0, 0)],
        [(0, 0), (4, 0), (4, 4), (2, 2), (6, 6), (2, 2), (0, 4), (0, 0)],
    ],
)
def test_that_a_building_drawn_over_itself_is_kept(
    osm: OsmText, tmp_path: Path, ring: Points
) -> None:
    osm.way(ring, 11, building="house")
    (house,) = areas(built(osm, tmp_path), "building")
    assert shapely.is_valid(house) and house.area > 0


def test_that_a_hole_stays_when_the_outline_is_mended(osm: OsmText, tmp_path: Path) -> None:
    osm.way([(-5, -5), (5, -5), (5, 5), (-5, 5)], 11)
    osm.way([(-5, 5), (-5.01, -4.99)], 12)
    osm.way([(-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1)], 13)
    members = [("way", 11, "outer"), ("way", 12, "outer"), ("way", 13, "inner")]
    osm.relation(members, **LAKE)
    (lake,) = areas(built(osm, tmp_path), "water")
    assert lake.contains(at(3, 3)) and not lake.contains(at(0, 0))


def sea_at(osm: OsmText, folder: Path, *points: tuple[float, float]) -> list[bool]:
    """Whether the sea covers some places."""
    sea = shapely.union_all(areas(built(osm, folder), "sea"))
    return [bool(sea.contains(at(*point))) for point in points]


def test_that_the_sea_lies_about_an_island(osm: OsmText, tmp_path: Path) -> None:
    osm.way([(-5, -5), (5, -5), (5, 5), (-5, 5), (-5, -5)], 11, natural="coastline")
    assert sea_at(osm, tmp_path, (0, 0), (7, 0), (-9, 9)) == [False, True, True]


def test_that_a_closed_shore_the_other_way_round_holds_water(osm: OsmText, tmp_path: Path) -> None:
    osm.way([(-5, -5), (-5, 5), (5, 5), (5, -5), (-5, -5)], 11, natural="coastline")
    assert sea_at(osm, tmp_path, (0, 0), (7, 0)) == [True, False]


def test_that_a_shore_in_pieces_with_an_island_before_it_is_one(
    osm: OsmText, tmp_path: Path
) -> None:
    osm.way([(-15, 2), (0, 2)], 11, natural="coastline")
    osm.way([(0, 2), (15, 4)], 12, natural="coastline")
    osm.way([(3, -5), (5, -5), (5, -3), (3, -3), (3, -5)], 13, natural="coastline")
    assert sea_at(osm, tmp_path, (0, 5), (0, -5), (4, -4)) == [False, True, False]


def test_that_a_shore_cut_inside_the_map_is_carried_on_and_counted(
    osm: OsmText, tmp_path: Path
) -> None:
    osm.way([(-15, 2), (9, 2)], 11, natural="coastline")
    pack = built(osm, tmp_path)
    assert doubts(pack)["coast"] == 1
    assert sum(area.contains(at(0, -5)) for area in areas(pack, "sea")) == 1
    assert not any(area.contains(at(0, 5)) for area in areas(pack, "sea"))


def test_that_bridges_and_tunnels_lie_on_their_levels(osm: OsmText, tmp_path: Path) -> None:
    kinds: list[dict[str, str]] = [
        {"bridge": "yes"},
        {"tunnel": "yes"},
        {"bridge": "viaduct", "layer": "3"},
        {"layer": "-9;-2"},
        {"tunnel": "building_passage"},
        {"bridge": "no"},
    ]
    for number, tags in enumerate(kinds):
        osm.way([(0, number), (2, number)], 20 + number, highway="primary", **tags)
    edges = built(osm, tmp_path).edges
    assert edges.layer.tolist()[1:] == [1, -1, 3, -9, 0, 0]
    assert edges.bridge.tolist()[1:] == [True, False, True, False, False, False]
    assert edges.tunnel.tolist()[1:] == [False, True, False, False, True, False]
