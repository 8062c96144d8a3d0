"""The generator works for a seed nobody has looked at, and gives the same twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from dispatch.region.build import build_pack
from dispatch.region.city.build import make_city, make_streets, write_osm
from dispatch.region.city.graph import Graph
from dispatch.region.city.plan import TIME_ZONE
from dispatch.region.city.trimming import components


def _courses(graph: Graph) -> list[tuple[int, int, str, bytes]]:
    """Every edge, whichever way it is walked: one-way streets are turned in a later step."""
    return sorted(
        (min(e.u, e.v), max(e.u, e.v), e.kind, (e.line if e.u <= e.v else e.line[::-1]).tobytes())
        for e in graph.edges.values()
        if e.u != e.v
    )


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_that_another_seed_gives_another_whole_city_and_the_same_one_twice(tmp_path: Path) -> None:
    city = make_city(41)
    label, _ = components(city.graph, strong=True)
    assert len(set(label.values())) == 1
    assert 15_000 < len(city.graph.edges) < 25_000
    assert sum(p.service == "hospital" for p in city.services.posts) == 5

    assert _courses(make_streets(41)[3]) == _courses(city.graph)

    source, output = tmp_path / "city.osm.pbf", tmp_path / "other.region"
    write_osm(city, source)
    report = build_pack(source, output, name="Other", time_zone=TIME_ZONE, kind="generated")
    assert report.messages()
    assert (output / "pack.toml").is_file()
