"""The shipped pack is a whole, connected city of a believable shape, at a believable size."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
import shapely

from dispatch.region.city.figures import Figures, measure
from dispatch.region.city.naming import LANGUAGES
from dispatch.region.pack import Pack
from dispatch.region.schema import AREA_KINDS, EDGE_CLASSES, LINE_KINDS, PLACE_KINDS


@pytest.fixture(scope="module")
def figures(tarvelin: Pack) -> Figures:
    return measure(tarvelin, trips=400)


def test_that_the_pack_is_at_most_six_megabytes(tarvelin: Pack) -> None:
    assert sum(p.stat().st_size for p in tarvelin.path.iterdir()) <= 6_000_000


def test_that_every_file_is_what_the_manifest_says(tarvelin: Pack) -> None:
    tarvelin.check()


def test_that_every_street_can_be_reached_from_every_other(tarvelin: Pack) -> None:
    assert set(np.asarray(tarvelin.nodes.component).tolist()) == {0}


def test_that_it_has_about_twenty_thousand_segments(figures: Figures) -> None:
    assert 16_000 < figures.segments < 24_000


def test_that_its_junctions_are_shared_out_as_in_real_cities(figures: Figures) -> None:
    # Between San Francisco (0.12, 0.40, 0.39) and Harrisburg (0.18, 0.60, 0.21).
    assert 0.10 < figures.dead_ends < 0.20
    assert 0.38 < figures.threes < 0.62
    assert 0.18 < figures.fours < 0.42


def test_that_streets_are_as_long_as_real_ones(figures: Figures) -> None:
    assert 40 < figures.length_q10 < 75
    assert 90 < figures.length_q50 < 130
    assert 170 < figures.length_q90 < 340


def test_that_trips_are_as_roundabout_as_in_a_city_with_a_river(figures: Figures) -> None:
    assert 1.18 < figures.circuity < 1.42


def test_that_it_has_a_motorway_ring_with_ramps_and_every_lesser_class(tarvelin: Pack) -> None:
    counts = Counter(EDGE_CLASSES[int(c)] for c in tarvelin.edges.class_code)
    for kind in ("motorway", "motorway_link", "trunk", "primary", "secondary", "tertiary"):
        assert counts[kind] > 3, kind
    assert counts["residential"] > 0.6 * sum(counts.values())


def test_that_three_bridges_and_one_tunnel_cross_the_river(tarvelin: Pack) -> None:
    """Counted where the streets cross the river's middle line."""
    coords, offsets = tarvelin.line_lines()
    kinds = [LINE_KINDS[int(k)] for k in tarvelin.lines.kind_code]
    river = shapely.union_all(
        [
            shapely.LineString(coords[offsets[i] : offsets[i + 1]])
            for i, kind in enumerate(kinds)
            if kind == "river"
        ]
    )
    edges, starts = tarvelin.edge_lines()
    shapely.prepare(river)
    over: Counter[str] = Counter()
    for i in range(len(starts) - 1):
        if shapely.intersects(river, shapely.LineString(edges[starts[i] : starts[i + 1]])):
            kind = EDGE_CLASSES[int(tarvelin.edges.class_code[i])]
            assert tarvelin.edges.bridge[i] or tarvelin.edges.tunnel[i]
            over["tunnel" if tarvelin.edges.tunnel[i] else kind] += 1
    # The Old Bridge crosses at the island, where the middle line is not drawn.
    assert over == {"tunnel": 1, "primary": 1, "motorway": 2}


def test_that_every_street_is_named_in_four_languages(tarvelin: Pack) -> None:
    ramps = np.array([EDGE_CLASSES[int(c)] == "motorway_link" for c in tarvelin.edges.class_code])
    for language in LANGUAGES:
        names = tarvelin.edges.names(language)
        assert all(names[i] for i in np.flatnonzero(~ramps))


def test_that_the_same_street_name_stands_in_two_settlements(tarvelin: Pack) -> None:
    """Twins are what a dispatcher must ask about; the city brings some for training."""
    streets = tarvelin.table("addresses").select(["street", "settlement"]).to_pylist()
    towns: dict[str, set[str]] = {}
    for row in streets:
        if row["street"] and row["settlement"]:
            towns.setdefault(row["street"], set()).add(row["settlement"])
    assert sum(len(t) > 1 for t in towns.values()) > 20


def test_that_no_house_number_is_given_twice_on_one_street(tarvelin: Pack) -> None:
    rows = tarvelin.table("addresses").select(["street", "settlement", "number"]).to_pylist()
    seen = Counter((r["street"], r["settlement"], r["number"]) for r in rows if r["settlement"])
    assert max(seen.values()) == 1


def test_that_services_are_all_there(tarvelin: Pack) -> None:
    counts = Counter(PLACE_KINDS[int(k)] for k in tarvelin.places.kind_code)
    assert counts["fire_station"] == 14
    assert counts["ambulance_station"] == 12
    assert counts["police"] == 6
    assert counts["hospital"] == 5
    assert counts["hydrant"] > 1_500
    assert counts["hazard"] > 20
    assert counts["junction"] >= 6
    assert counts["milestone"] > 40


def test_that_fifteen_districts_or_more_and_police_beats_are_drawn(tarvelin: Pack) -> None:
    counts = Counter(AREA_KINDS[int(k)] for k in tarvelin.areas.kind_code)
    assert counts["district"] >= 15
    assert counts["beat"] >= 15
    assert counts["building"] > 40_000
    for kind in ("water", "park", "wood", "industrial", "campus", "stadium", "airport", "port",
                 "rail_yard", "cemetery", "hospital", "island"):  # fmt: skip
        assert counts[kind] >= 1, kind
