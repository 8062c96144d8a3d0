"""Which streets there are: roads drawn by hand first, then streamlines class by class."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import shapely
import shapely.ops
from scipy import ndimage
from shapely.geometry import LineString, Point, Polygon
from shapely.geometry.base import BaseGeometry

from dispatch.region.city.drawn_roads import Street, drawn_roads, shore_road
from dispatch.region.city.field import Field
from dispatch.region.city.plan import (
    AIRPORT,
    CENTRE,
    HEIGHT_M,
    RADIAL_EAST,
    RADIAL_SOUTH,
    RAIL_EAST,
    RAIL_SOUTH,
    RING,
    WIDTH_M,
    Floats,
    spline,
    stream,
)
from dispatch.region.city.streamlines import (
    FINE_COLUMNS,
    FINE_M,
    FINE_ROWS,
    Level,
    Mask,
    Tracer,
    fine,
)
from dispatch.region.city.terrain import Terrain

BIG_GROUNDS = (
    ("park", 11_350.0, 13_300.0),
    ("park", 7_900.0, 12_900.0),
    ("park", 12_350.0, 7_600.0),
    ("park", 9_900.0, 6_300.0),
    ("cemetery", 13_900.0, 13_500.0),
    ("golf_course", 5_500.0, 13_900.0),
    ("park", 14_300.0, 10_300.0),
    ("cemetery", 7_100.0, 4_500.0),
)
"""Whole squares between arterials that no lesser street enters: use, a point inside."""

SMALL_GROUNDS = (
    ("university", 9_900.0, 14_000.0),
    ("university", 10_300.0, 13_700.0),
    ("stadium", 12_300.0, 10_400.0),
    ("stadium", 9_300.0, 14_300.0),
    ("hospital", 9_550.0, 12_350.0),
    ("hospital", 12_900.0, 9_400.0),
    ("hospital", 7_300.0, 14_300.0),
    ("hospital", 9_400.0, 4_900.0),
    ("hospital", 13_300.0, 14_300.0),
    ("retail", 14_700.0, 9_200.0),
    ("retail", 11_200.0, 5_000.0),
    ("retail", 6_900.0, 15_600.0),
    ("retail", 12_100.0, 14_900.0),
    ("industrial", 8_300.0, 7_900.0),
    ("industrial", 8_200.0, 8_350.0),
    ("industrial", 7_900.0, 6_900.0),
    ("industrial", 8_300.0, 6_700.0),
    ("industrial", 13_000.0, 8_150.0),
    ("industrial", 13_600.0, 8_000.0),
    ("industrial", 14_200.0, 8_100.0),
    ("industrial", 12_000.0, 8_900.0),
    ("industrial", 14_900.0, 8_700.0),
    ("industrial", 16_300.0, 8_300.0),
    ("industrial", 16_900.0, 8_300.0),
    ("industrial", 17_400.0, 8_300.0),
    ("industrial", 16_500.0, 9_200.0),
    ("industrial", 9_900.0, 3_300.0),
    ("industrial", 14_900.0, 7_800.0),
    ("park", 8_900.0, 11_500.0),
    ("park", 9_600.0, 8_900.0),
    ("park", 11_000.0, 10_900.0),
    ("park", 6_700.0, 11_800.0),
    ("park", 12_600.0, 12_700.0),
    ("park", 8_600.0, 15_100.0),
    ("park", 11_200.0, 6_400.0),
    ("park", 8_300.0, 5_200.0),
    ("park", 13_300.0, 6_500.0),
    ("park", 10_900.0, 15_400.0),
    ("park", 6_300.0, 5_600.0),
    ("park", 16_900.0, 10_600.0),
    ("park", 20_650.0, 12_800.0),
    ("park", 19_200.0, 2_950.0),
)
"""Squares between collectors with a use of their own: use, a point inside."""


@dataclass(kw_only=True)
class Network:
    """Everything drawn so far, before it becomes a graph."""

    streets: list[Street] = field(default_factory=list)
    grounds: list[tuple[str, Polygon]] = field(default_factory=list)
    motorways: list[Floats] = field(default_factory=list)
    rails: list[Floats] = field(default_factory=list)
    interchanges: list[tuple[float, float]] = field(default_factory=list)
    """Where streets meet motorways, known once the graph is built."""
    airport: Polygon = field(default_factory=Polygon)
    port: BaseGeometry = field(default_factory=Polygon)
    yard: BaseGeometry = field(default_factory=Polygon)


def airport_ground() -> Polygon:
    """The airport's fence."""
    cx, cy, length, breadth, bearing_deg = AIRPORT
    a = np.radians(bearing_deg)
    along, across = np.array([np.cos(a), np.sin(a)]), np.array([-np.sin(a), np.cos(a)])
    corners = [
        np.array([cx, cy]) + along * u * length / 2 + across * v * breadth / 2
        for u, v in ((-1, -0.6), (-0.6, -1), (0.7, -1), (1, -0.5), (1, 0.5), (0.4, 1), (-1, 1))
    ]
    return Polygon(np.array(corners))


def _mask_of(shape: BaseGeometry) -> Mask:
    """1 on the fine raster inside a shape (tested on cells' middles)."""
    mask = np.zeros((FINE_ROWS, FINE_COLUMNS), np.uint8)
    for part in getattr(shape, "geoms", [shape]):
        if part.is_empty:
            continue
        x0, y0, x1, y1 = part.bounds
        c0, c1 = max(0, int(x0 / FINE_M)), min(FINE_COLUMNS, int(x1 / FINE_M) + 1)
        r0, r1 = max(0, int(y0 / FINE_M)), min(FINE_ROWS, int(y1 / FINE_M) + 1)
        if c0 >= c1 or r0 >= r1:
            continue
        px, py = np.meshgrid((np.arange(c0, c1) + 0.5) * FINE_M, (np.arange(r0, r1) + 0.5) * FINE_M)
        inside = shapely.contains_xy(part, px.ravel(), py.ravel()).reshape(px.shape)
        mask[r0:r1, c0:c1] |= inside.astype(np.uint8)
    return mask


def _near(lines: list[Floats], reach_m: float) -> Mask:
    free = np.ones((FINE_ROWS, FINE_COLUMNS), dtype=bool)
    for line in lines:
        dense = shapely.get_coordinates(shapely.segmentize(LineString(line), FINE_M / 2))
        column = np.floor(dense[:, 0] / FINE_M).astype(np.int64)
        row = np.floor(dense[:, 1] / FINE_M).astype(np.int64)
        ok = (column >= 0) & (column < FINE_COLUMNS) & (row >= 0) & (row < FINE_ROWS)
        free[row[ok], column[ok]] = False
    return np.asarray(ndimage.distance_transform_edt(free) * FINE_M < reach_m).astype(np.uint8)


def _faces(streets: list[Street], more: list[Floats], terrain: Terrain) -> list[Polygon]:
    lines = [LineString(s.line) for s in streets if s.level == 0]
    lines += [LineString(line) for line in more]
    # Ends reach a little further, so that a street that nearly meets another closes the face.
    lines = [_stretch(line, 120.0) for line in lines]
    noded = shapely.union_all([*lines, terrain.water.boundary, terrain.frame.boundary])
    faces = shapely.polygonize(list(getattr(noded, "geoms", [noded])))
    return [f for f in faces.geoms if isinstance(f, Polygon)]


def _stretch(line: LineString, more_m: float) -> LineString:
    c = shapely.get_coordinates(line)
    first, last = c[0] - c[min(2, len(c) - 1)], c[-1] - c[max(-3, -len(c))]
    first = first / max(1e-9, float(np.hypot(*first)))
    last = last / max(1e-9, float(np.hypot(*last)))
    return LineString(np.vstack([c[:1] + first * more_m, c, c[-1:] + last * more_m]))


def _pick(
    wanted: tuple[tuple[str, float, float], ...],
    faces: list[Polygon],
    terrain: Terrain,
    largest_m2: float,
) -> list[tuple[str, Polygon]]:
    """The faces nearest to the wanted places that are of a size to be used whole, each once."""
    shore = terrain.water.buffer(-30.0)
    shapely.prepare(shore)
    fit = [f for f in faces if 0.04 * largest_m2 < f.area < largest_m2
           and 2.0 * f.area / f.length > 70.0 and not shapely.intersects(shore, f)]  # fmt: skip
    tree = shapely.STRtree(fit)
    chosen: list[tuple[str, Polygon]] = []
    taken: set[int] = set()
    for use, x, y in wanted:
        point = Point(x, y)
        near = sorted(
            (float(shapely.distance(fit[int(i)], point)), int(i))
            for i in tree.query(point.buffer(650.0))
        )
        for _, index in near:
            if index not in taken:
                taken.add(index)
                chosen.append((use, fit[index]))
                break
    return chosen


def make_network(seed: int, terrain: Terrain, field_: Field) -> Network:
    """All streets and the grounds kept free of them."""
    net = Network()
    net.streets = drawn_roads(terrain)
    net.motorways = [spline(RING), spline(RADIAL_EAST), spline(RADIAL_SOUTH)]
    net.rails = [spline(RAIL_EAST), spline(RAIL_SOUTH)]
    net.airport = airport_ground()
    shore = LineString(shore_road())
    strip = Polygon([(5_000, 7_050), (7_900, 7_050), (7_900, 8_480), (5_000, 8_480)])
    sides = shapely.ops.split(strip, shore)
    west = min(sides.geoms, key=lambda g: g.centroid.x)
    net.port = shapely.difference(west.buffer(-25.0), terrain.water)
    yard = shapely.ops.substring(LineString(net.rails[0]), 9_900.0, 12_300.0)
    net.yard = shapely.difference(yard.buffer(95.0, cap_style="flat"), Polygon())

    tracer = Tracer(field_)
    for street in net.streets:
        tracer.add_drawn(street.line)
    for line in net.motorways:
        tracer.add_drawn(line)

    built = fine(field_.built)
    hill = fine(field_.hill)
    dry = (1 - _mask_of(terrain.water.buffer(24.0))).astype(np.uint8)
    dry &= 1 - _mask_of(net.airport.buffer(40.0))
    dry &= 1 - _mask_of(net.port)
    dry &= 1 - _mask_of(net.yard)
    dry &= 1 - _mask_of(terrain.island.buffer(30.0))
    one = np.ones_like(field_.built)
    base = field_.built

    # Arterials. In the country fewer, and round the hills.
    arterial_ok = dry & ((built > 0.16) | (hill < 0.15)).astype(np.uint8)
    arterial_ok &= 1 - _near(net.motorways, 260.0) * (built < 0.1)
    # Round the market the boulevard serves as arterial; the others end there.
    arterial_ok &= 1 - _mask_of(Point(CENTRE).buffer(880.0))
    spacing = np.where(base > 0.16, 950.0, 2_300.0)
    spacing = ndimage.gaussian_filter(spacing, 12.0)
    grow = [
        ("secondary", arterial_ok & (built > 0.05), spacing * one, 1_100.0, 9_000.0),
    ]
    for kind, allowed, gap, shortest, longest in grow:
        level = Level(name=kind, spacing=(gap, gap), allowed=allowed.astype(np.uint8),
                      step_m=20.0, shortest_m=shortest, longest_m=longest)  # fmt: skip
        for line in tracer.grow(level, stream(seed, kind), []):
            net.streets.append(Street(kind=kind, line=line, origin="traced"))
    rural = Level(name="rural", spacing=(spacing * 0.62, spacing * 0.62),
                  allowed=(arterial_ok & (built <= 0.05)).astype(np.uint8),
                  step_m=25.0, shortest_m=900.0, longest_m=7_000.0)  # fmt: skip
    for line in tracer.grow(rural, stream(seed, "rural"), []):
        net.streets.append(Street(kind="tertiary", line=line, origin="traced"))

    big = _pick(BIG_GROUNDS, _faces(net.streets, net.motorways, terrain), terrain, 1.35e6)
    net.grounds += big
    keep_out = np.zeros((FINE_ROWS, FINE_COLUMNS), np.uint8)
    for _, face in big:
        keep_out |= _mask_of(face.buffer(-12.0))

    # Collectors.
    collector_ok = (dry & (1 - keep_out) & (built > 0.2)).astype(np.uint8)
    gap = np.clip(440.0 - 130.0 * base, 330.0, 430.0)
    level = Level(name="tertiary", spacing=(gap, gap * 1.15), allowed=collector_ok,
                  step_m=15.0, shortest_m=420.0, longest_m=2_600.0)  # fmt: skip
    for line in tracer.grow(level, stream(seed, "tertiary"), []):
        net.streets.append(Street(kind="tertiary", line=line, origin="traced"))

    small = _pick(SMALL_GROUNDS, _faces(net.streets, net.motorways, terrain), terrain, 5.5e5)
    net.grounds += small
    for _, face in small:
        keep_out |= _mask_of(face.buffer(-9.0))

    # Residential streets: close in the old town, long blocks in the quarters, wide in the suburbs.
    residential_ok = collector_ok & (1 - keep_out)
    residential_ok |= _mask_of(terrain.island.buffer(-28.0))
    residential_ok &= 1 - _near(net.motorways, 62.0)
    residential_ok &= 1 - _near(net.rails, 34.0)
    close = np.clip(114.0 - 46.0 * base, 68.0, 101.0)
    long = np.where(base > 0.8, 88.0, np.clip(196.0 - 108.0 * base, 98.0, 166.0))
    level = Level(name="residential", spacing=(close, ndimage.gaussian_filter(long, 3.0)),
                  allowed=residential_ok.astype(np.uint8), step_m=12.0,
                  shortest_m=75.0, longest_m=1_900.0)  # fmt: skip
    for line in tracer.grow(level, stream(seed, "residential"), []):
        net.streets.append(Street(kind="residential", line=line, origin="traced"))
    net.streets = [s for s in net.streets if _inside(s)]
    return net


def _inside(street: Street) -> bool:
    x, y = street.line[len(street.line) // 2]
    return bool(0.0 <= x <= WIDTH_M and 0.0 <= y <= HEIGHT_M)
