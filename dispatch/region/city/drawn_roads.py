"""The roads that are drawn by hand, because a city is not grown from noise alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
import shapely.ops
from shapely.geometry import LineString, Polygon

from dispatch.region.city.plan import CENTRE, RING, Floats, spline
from dispatch.region.city.terrain import Terrain, shore_x


@dataclass(frozen=True, kw_only=True)
class Street:
    """One drawn line: its class, its course in metres, and whether it runs under the ground."""

    kind: str
    line: Floats
    origin: str
    """`drawn` by hand, a `quay` along the river, or `traced`."""
    level: int = 0


def shore_road() -> Floats:
    """The middle line of the trunk road along the lake, tunnel included, from north to south."""
    y = np.linspace(15_500.0, 4_600.0, 27)
    x = shore_x(y, np.zeros_like(y)) + 330.0
    mouth = np.exp(-(((y - 9_100.0) / 900.0) ** 2))
    x += 480.0 * mouth
    port = np.exp(-(((y - 7_500.0) / 700.0) ** 2))
    x += 330.0 * port
    # Across the necks of the two capes rather than round them.
    x = np.maximum(x, 4_350.0 + 250.0 * np.cos((y - 10_000.0) / 5_500.0))
    x[0], x[-1] = RING[0][0], RING[-1][0]
    return spline(tuple(zip(x.tolist(), y.tolist(), strict=True)))


def drawn_roads(terrain: Terrain) -> list[Street]:
    """Every road that is drawn by hand: radials, bridges, tunnel, quays, ways to the towns."""
    streets: list[Street] = []
    cx, cy = CENTRE

    def draw(kind: str, *points: tuple[float, float]) -> None:
        streets.append(Street(kind=kind, line=spline(points), origin="drawn"))

    shore = LineString(shore_road())
    mouth = shapely.intersection(shore, shapely.union(terrain.river, terrain.lake))
    middle = shapely.line_locate_point(shore, mouth.centroid)
    half = mouth.length / 2 + 210.0
    parts = (
        (0.0, middle - half, 0),
        (middle - half, middle + half, -1),
        (middle + half, shore.length, 0),
    )
    for start, stop, level in parts:
        piece = shapely.ops.substring(shore, start, stop)
        streets.append(
            Street(kind="trunk", line=shapely.get_coordinates(piece), origin="drawn", level=level)
        )
    # To the airport's terminal.
    draw("secondary", (17_310.0, 8_340.0), (18_500.0, 8_080.0), (19_600.0, 7_960.0),
         (20_330.0, 7_690.0), (20_420.0, 7_560.0))  # fmt: skip
    # The port's quay road and its gates.
    quay_y = np.linspace(7_150.0, 8_330.0, 12)
    quay_x = shore_x(quay_y, np.zeros_like(quay_y)) + 205.0
    quay = tuple(zip(quay_x.tolist(), quay_y.tolist(), strict=True))
    draw("residential", *quay)
    for gate in (0, 6, 11):
        x, y = quay[gate]
        hit = shapely.intersection(shore, LineString([(x, y), (x + 2_500.0, y)]))
        draw("residential", (x, y), (hit.centroid.x + 1.0, y))
    # The boulevard where the old town's wall stood.
    turns = np.linspace(0.0, 2 * np.pi, 25)
    wall_m = 590.0 * (1.0 + 0.06 * np.cos(2 * turns + 0.6))
    wall_x, wall_y = cx + wall_m * np.cos(turns), cy + wall_m * np.sin(turns)
    draw("secondary", *zip(wall_x.tolist(), wall_y.tolist(), strict=True))
    # Old Bridge, over the island to the station.
    draw("primary", (cx, cy), (8_900.0, 10_750.0), (9_350.0, 10_300.0), (9_900.0, 9_600.0),
         (10_400.0, 9_150.0), (10_800.0, 8_700.0))  # fmt: skip
    # The upper bridge.
    draw(
        "primary",
        (12_550.0, 15_450.0),
        (12_500.0, 14_300.0),
        (12_950.0, 13_000.0),
        (13_020.0, 12_200.0),
        (13_120.0, 11_200.0),
        (13_000.0, 10_300.0),
        (12_850.0, 9_280.0),
    )
    # From the station to the two radial motorways and to the south.
    draw("primary", (10_800.0, 8_700.0), (12_000.0, 9_150.0), (13_900.0, 9_700.0),
         (14_900.0, 10_150.0), (15_720.0, 10_400.0), (15_990.0, 10_440.0))  # fmt: skip
    draw("primary", (10_800.0, 8_700.0), (11_450.0, 7_900.0), (12_350.0, 7_150.0),
         (12_950.0, 6_400.0), (13_500.0, 5_680.0), (13_700.0, 5_420.0))  # fmt: skip
    draw("primary", (9_900.0, 9_600.0), (9_000.0, 9_000.0), (8_750.0, 8_100.0), (8_850.0, 6_500.0),
         (8_600.0, 5_000.0), (8_350.0, 3_830.0), (7_800.0, 2_600.0), (7_300.0, 1_500.0),
         (6_700.0, -50.0))  # fmt: skip
    # North bank: north, north-west, and along the valley.
    draw("primary", (cx, cy), (8_750.0, 12_100.0), (9_000.0, 13_300.0), (9_750.0, 15_000.0),
         (9_950.0, 16_520.0), (10_400.0, 18_200.0), (11_000.0, 20_050.0))  # fmt: skip
    draw(
        "primary",
        (cx, cy),
        (7_600.0, 12_000.0),
        (6_900.0, 13_500.0),
        (6_350.0, 15_000.0),
        (5_700.0, 16_000.0),
        (4_950.0, 17_300.0),
        (4_400.0, 18_400.0),
        (4_700.0, 20_050.0),
    )
    draw("primary", (cx, cy), (9_900.0, 11_500.0), (11_400.0, 12_350.0), (12_950.0, 13_000.0),
         (14_000.0, 13_700.0), (14_650.0, 13_700.0))  # fmt: skip
    draw("secondary", (14_650.0, 13_700.0), (16_000.0, 14_600.0), (17_300.0, 15_600.0),
         (19_500.0, 16_900.0), (22_700.0, 17_700.0), (25_050.0, 18_100.0))  # fmt: skip
    draw("secondary", (12_550.0, 15_450.0), (13_300.0, 17_000.0), (14_600.0, 18_600.0),
         (15_400.0, 20_050.0))  # fmt: skip
    draw(
        "secondary",
        (19_700.0, 10_700.0),
        (20_050.0, 11_320.0),
        (20_700.0, 12_750.0),
        (21_900.0, 12_600.0),
        (22_600.0, 11_550.0),
        (22_900.0, 10_950.0),
    )
    draw("secondary", (13_900.0, 9_700.0), (15_550.0, 9_300.0), (17_300.0, 8_350.0),
         (17_950.0, 7_300.0), (18_300.0, 5_900.0), (20_300.0, 5_250.0), (23_000.0, 5_200.0),
         (25_050.0, 4_700.0))  # fmt: skip
    draw(
        "secondary",
        (16_050.0, 2_900.0),
        (16_700.0, 3_060.0),
        (19_300.0, 2_900.0),
        (21_300.0, 3_900.0),
        (23_000.0, 5_200.0),
    )
    draw(
        "secondary",
        (9_750.0, 4_700.0),
        (10_000.0, 4_050.0),
        (10_700.0, 3_000.0),
        (11_300.0, 1_600.0),
        (11_500.0, -50.0),
    )
    draw(
        "secondary",
        (17_750.0, 11_000.0),
        (17_600.0, 10_500.0),
        (17_250.0, 9_500.0),
        (17_300.0, 8_350.0),
    )
    # Quays on both banks, in town only; a loop on the island.
    town = Polygon([(6_900, 8_200), (6_900, 11_500), (10_500, 13_000), (15_200, 14_000),
                                (15_400, 12_300), (12_500, 9_500), (9_000, 7_800)])  # fmt: skip
    channel = shapely.union(terrain.river, terrain.island)
    banks = shapely.intersection(channel.buffer(42.0).simplify(3.0).boundary, town)
    off_lake = shapely.difference(banks, terrain.lake.buffer(60.0))
    for piece in getattr(shapely.line_merge(off_lake), "geoms", [off_lake]):
        if piece.length > 500.0:
            streets.append(
                Street(kind="tertiary", line=shapely.get_coordinates(piece), origin="quay")
            )
    loop = terrain.island.buffer(-34.0).simplify(2.0)
    streets.append(
        Street(kind="residential", line=shapely.get_coordinates(loop.exterior), origin="drawn")
    )
    return streets
