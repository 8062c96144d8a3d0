"""A small made-up town for the map's tests: grid streets, a river with a bridge, a park, houses."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import shapely
from pytestqt.qtbot import QtBot

from dispatch.region.manifest import Manifest, Source
from dispatch.region.pack import Pack, open_pack
from dispatch.region.writer import PackWriter
from ui.map.view import MapView
from ui.theme.tokens import load_theme

WEST, SOUTH, STEP = 76.90, 43.20, 0.002
SIZE = 10

_CLASS = {0: "motorway", 3: "primary", 6: "secondary"}
_NAMES = ("Orchard Street", "Mill Road", "Harbour Lane", "Station Avenue", "Castle Street")
_KAZAKH = ("Бақ көшесі", "Диірмен жолы", "Айлақ көшесі", "Вокзал даңғылы", "Қамал көшесі")
_KOREAN = ("과수원길", "방앗간로", "항구길", "역전대로", "성곽로")


def _edges() -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for line in range(SIZE):
        for piece in range(SIZE - 1):
            for across in (False, True):
                near, far = (line, piece), (line, piece + 1)
                if across:
                    near, far = (piece, line), (piece + 1, line)
                number = len(rows) + 1
                name = (line + 5 * across) % 5
                rows.append(
                    {
                        "edge_id": number,
                        "from_node": near[0] * 100 + near[1] + 1,
                        "to_node": far[0] * 100 + far[1] + 1,
                        "way_id": number,
                        "class": _CLASS.get(line, "residential"),
                        "length_m": 160.0,
                        "speed_kmh": 50.0,
                        "speed_known": False,
                        "forward": True,
                        "backward": line % 4 != 2,
                        "lanes": 0,
                        "layer": 1 if piece == 4 and line == 3 else 0,
                        "bridge": piece == 4 and line == 3,
                        "tunnel": piece == 2 and line == 6,
                        "roundabout": False,
                        "access": "open",
                        "name": f"{_NAMES[name]} {line}",
                        "name_kk": f"{_KAZAKH[name]} {line}",
                        "name_ko": f"{_KOREAN[name]} {line}",
                        "ref": "A4" if line == 3 else None,
                        "geometry": shapely.to_wkb(shapely.LineString([_at(*near), _at(*far)])),
                    }
                )
    return rows


def _at(row: float, column: float) -> tuple[float, float]:
    return WEST + column * STEP, SOUTH + row * STEP * 0.75


def _box(row: float, column: float, height: float, width: float) -> bytes:
    west, south = _at(row, column)
    east, north = _at(row + height, column + width)
    return bytes(shapely.to_wkb(shapely.box(west, south, east, north)))


@pytest.fixture(scope="session")
def town_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("packs") / "town.region"
    areas = [
        {"area_id": 1, "kind": "park", "name": "Long Park", "geometry": _box(1.1, 1.1, 1.8, 1.8)},
        {"area_id": 2, "kind": "water", "name": "Mere", "geometry": _box(4.2, 0.2, 0.6, 8.6)},
        {"area_id": 3, "kind": "residential", "name": None, "geometry": _box(0, 0, 9, 9)},
    ]
    areas += [
        {
            "area_id": 10 + number,
            "kind": "building",
            "name": None,
            "geometry": _box(row + 0.2, column + 0.2, 0.25, 0.25),
        }
        for number, (row, column) in enumerate((r, c) for r in range(9) for c in range(9))
    ]
    for area in areas:
        area |= {"layer": 0, "area_m2": 100.0}
    with PackWriter(output) as writer:
        writer.write(
            "nodes",
            [
                {
                    "node_id": row * 100 + column + 1,
                    "lon_e7": round(_at(row, column)[0] * 1e7),
                    "lat_e7": round(_at(row, column)[1] * 1e7),
                    "signals": False,
                    "component": 0,
                }
                for row in range(SIZE)
                for column in range(SIZE)
            ],
        )
        writer.write("edges", _edges())
        writer.write("areas", areas)
        lon, lat = _at(6.5, 4.5)
        writer.write(
            "places",
            [
                {
                    "place_id": 1,
                    "kind": "town",
                    "name": "Tarvelin",
                    "name_kk": "Қаратөбе",
                    "name_ko": "타르벨린",
                    "lon_e7": round(lon * 1e7),
                    "lat_e7": round(lat * 1e7),
                }
            ],
        )
        writer.write(
            "addresses",
            [
                {
                    "address_id": number,
                    "number": str(number),
                    "lon_e7": round(_at(2.4, number / 4)[0] * 1e7),
                    "lat_e7": round(_at(2.4, number / 4)[1] * 1e7),
                }
                for number in range(1, 30)
            ],
        )
        west, south = _at(0, 0)
        east, north = _at(SIZE - 1, SIZE - 1)
        writer.finish(
            Manifest(
                name="Town",
                bounds=(west, south, east, north),
                time_zone="Asia/Almaty",
                languages=("en", "kk", "ko"),
                attribution="Made for the tests",
                source=Source(kind="generated", file="town", sha256="0" * 64),
            )
        )
    return output


@pytest.fixture(scope="session")
def town(town_path: Path) -> Pack:
    return open_pack(town_path)


@pytest.fixture
def cache_dir(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "cache"


@pytest.fixture
def view(town: Pack, cache_dir: Path, qtbot: QtBot) -> Iterator[MapView]:
    made = MapView(
        town, theme=load_theme("dark"), language="en", cache_dir=cache_dir, animate=False
    )
    qtbot.addWidget(made)
    made.resize(800, 600)
    made.show()
    qtbot.waitExposed(made)
    yield made
    made.close_tiles()
