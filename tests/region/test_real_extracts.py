"""Every real extract and graph builds, opens and is searched; whole, and cut, with stations."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from dispatch.region.build import build_pack
from dispatch.region.gazetteer import Gazetteer
from dispatch.region.pack import Pack, open_pack
from dispatch.region.roads import RoadTimes
from dispatch.region.schema import EDGE_CLASSES, PLACE_KINDS

#: Edges at least, whether turn bans are in it, and a street to be searched for.
SOURCES = {
    "osm_extracts/sao_paulo_centre.osm.pbf": (4_000, 0, "Avenida Paulista"),
    "osm_extracts/harrisburg.osm.pbf": (4_000, 11, "Market Street"),
    "osm_extracts/andorra.osm.pbf": (1_500, 0, "Avinguda Meritxell"),
    "osm_extracts/helsinki.osm.pbf": (1_000, 40, "Mannerheimintie"),
    "osm_extracts/krems.osm.gz": (900, 8, "Steiner Landstraße"),
    "osm_extracts/monaco.osm.gz": (500, 0, "Boulevard des Moulins"),
    "osm_extracts/moscow.osm.gz": (500, 70, "Бутырская улица"),
    "osm_extracts/one_way_dead_end.osm.pbf": (80, 0, ""),
    "osmnx_graphs/lower_manhattan.graphml.gz": (1_900, 0, "Broadway"),
    "osmnx_graphs/tel_aviv_centre.graphml.gz": (1_900, 0, "אלנבי"),
}


def looked_at(pack: Pack, folder: Path, street: str) -> None:
    """What a day's work does with a pack."""
    pack.check()
    assert set(np.unique(pack.edges.class_code)) <= set(range(len(EDGE_CLASSES)))
    assert (pack.nodes.component == 0).mean() > 0.5
    coords, offsets = pack.edge_lines()
    west, south, east, north = pack.bounds
    assert np.allclose(coords.min(axis=0), (west, south), atol=1e-6)
    assert np.allclose(coords.max(axis=0), (east, north), atol=1e-6)
    assert np.diff(offsets).min() >= 2
    roads = RoadTimes.of(pack)
    times = roads.many_to_one(pack.nodes.lonlat[::97], tuple(pack.nodes.lonlat[0]))
    assert np.isfinite(times).mean() > 0.8
    if street:
        best = Gazetteer.of(pack, folder).search(street)[0]
        assert west <= best.lon <= east and south <= best.lat <= north
        assert street.split()[-1].casefold() in best.label.casefold()


@pytest.mark.parametrize("name", sorted(SOURCES))
def test_that_every_real_source_builds_opens_and_is_searched(
    shared: Path, tmp_path: Path, name: str
) -> None:
    edges, bans, street = SOURCES[name]
    report = build_pack(shared / "data" / name, tmp_path / "real.region")
    assert report.counts["edges"] >= edges and report.counts["restrictions"] >= bans
    assert not report.time_zone_known
    pack = open_pack(tmp_path / "real.region")
    assert pack.attribution.startswith("Map data © OpenStreetMap")
    assert {layer.licence for layer in pack.manifest.layers} == {"ODbL-1.0"}
    looked_at(pack, tmp_path / "cache", street)
    assert "region.doubt.traps" in {doubt.id for doubt in pack.doubtful if doubt.km}
    cut_with_stations(shared / "data" / name, tmp_path, pack)


def cut_with_stations(source: Path, tmp_path: Path, whole: Pack) -> None:
    """The middle of the same, with stations from a table."""
    lon, lat = np.median(whole.nodes.lonlat, axis=0).tolist()
    west, south, east, north = whole.bounds
    x, y = (east - west) / 5, (north - south) / 5
    ring = [(lon - x, lat - y), (lon + x, lat - y), (lon + x, lat + y), (lon - x, lat + y)]
    shape = {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}
    feature = {"type": "Feature", "properties": {}, "geometry": shape}
    boundary = tmp_path / "boundary.geojson"
    boundary.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), "utf-8")
    stations = tmp_path / "stations.csv"
    stations.write_text(f"name,lon,lat\nFirst,{lon},{lat}\nFar,{lon + 3 * x},{lat}\n", "utf-8")
    report = build_pack(
        source,
        tmp_path / "cut.region",
        boundary=boundary,
        stations=stations,
        time_zone="UTC",
    )
    pack = open_pack(tmp_path / "cut.region")
    pack.check()
    assert 0 < report.counts["edges"] < len(whole.edges)
    assert report.counts["streets"] <= len(set(whole.edges.names()) - {None})
    assert set(pack.edges.edge_id) <= set(whole.edges.edge_id)
    stations_found = pack.places.kind_code == PLACE_KINDS.index("fire_station")
    assert "First" in pack.places.names()[stations_found]
    assert "Far" not in pack.places.names()
    assert len(RoadTimes.of(pack).many_to_one([(lon, lat)], (lon, lat))) == 1
