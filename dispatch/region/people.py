"""Where people live, on the cells of the region's ground: counted where known, else estimated.

What is known best is taken: the number of people of an agency's zones, spread over the homes in
them; without zones the homes alone (floor area of residential buildings), else residential land,
else the length of streets one lives in. `People.source` says which it was.
"""

from __future__ import annotations

import weakref
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import shapely
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter
from scipy.spatial import cKDTree

from dispatch.domain.message import Problem
from dispatch.region.agency_areas import AgencyArea, AgencyAreas
from dispatch.region.ground import CELL_M, Ground, to_degrees, to_world
from dispatch.region.pack import District, Pack
from dispatch.region.schema import AREA_KINDS, EDGE_CLASSES
from dispatch.region.snapping import edge_shapes

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

AGENCY, BUILDINGS, LAND, ROADS = "agency", "buildings", "land", "roads"
"""Where the numbers come from; the last three are estimates whose sum means nothing."""

#: Values of OpenStreetMap's `building` that people live in, and storeys where none are given.
HOMES = {
    "apartments": 5.0,
    "residential": 3.0,
    "dormitory": 4.0,
    "terrace": 2.0,
    "house": 1.5,
    "detached": 1.5,
    "semidetached_house": 2.0,
    "bungalow": 1.0,
    "cabin": 1.0,
    "farm": 1.5,
    "houseboat": 1.0,
    "static_caravan": 1.0,
    "hotel": 3.0,
}
PEOPLE_A_HOME = 2.5
PEOPLE_A_FLOOR_M2 = 1 / 35
#: A building of no stated use counts for so much of its floor: it may be a home, or a shed.
UNSTATED = 0.4
LEAST_BUILDINGS = 200
SLICE = 10_000
"""Buildings looked at between two steps."""
STREETS = ("residential", "living_street", "unclassified", "tertiary", "service")
ZONE_REACH_M = 1_500.0
#: Cells this far round a home count as lived in, for the picture alone.
ROUND_CELLS = 5
#: A scheme of districts that names where cover is missing has so many of them.
FEWEST_DISTRICTS, MOST_DISTRICTS = 3, 80


@dataclass(frozen=True)
class People:
    """People by cell of a `Ground`: `cell` (n,) and `count` (n,), `district` (n,) is a position
    in `districts` or -1. `lived_in` (rows, columns) is the ground round their homes."""

    source: str
    cell: Ints
    count: Floats
    district: Ints
    districts: tuple[District | AgencyArea, ...]
    lived_in: Flags

    @property
    def is_counted(self) -> bool:
        """Whether `count` is people; otherwise only shares of the whole mean something."""
        return self.source == AGENCY


Steps = Generator[float, None, People]

_made: weakref.WeakKeyDictionary[Pack, dict[Path | None, People]] = weakref.WeakKeyDictionary()


def people_of(
    pack: Pack, ground: Ground, demand: Path | None, areas: AgencyAreas | None = None
) -> Steps:
    """The people of a pack; `demand` is an agency's demand.parquet or None, `areas` its own
    districts, which go before the pack's.

    A generator that yields the share done, as `ground_of`. A broken file is a `Problem`.
    """
    made = _made.setdefault(pack, {})
    if demand in made:
        return made[demand]
    points, weight, source = yield from _homes(pack)
    yield 0.4
    zones = _zones(demand) if demand is not None else None
    if zones is not None:
        points, weight = _spread(points, weight, *zones)
        source = AGENCY
    yield 0.5
    cells = ground.cells_of(points)
    inside = (cells >= 0) & (weight > 0)
    cell, where = np.unique(cells[inside], return_inverse=True)
    count: Floats = np.zeros(len(cell))
    np.add.at(count, where, weight[inside])
    lived = np.zeros(ground.rows * ground.columns, dtype=np.float32)
    lived[cell] = 1.0
    shape = lived.reshape(ground.rows, ground.columns)
    around = uniform_filter(shape, ROUND_CELLS, mode="constant") > 1e-6
    yield 0.6
    district, districts = _districts(pack, areas, to_degrees(ground.middles(cell)))
    made[demand] = People(source, cell, count, district, districts, around & ground.land)
    return made[demand]


def _homes(pack: Pack) -> Generator[float, None, tuple[Floats, Floats, str]]:
    """Points (n, 2) degrees and a weight for the people at each, from what the pack knows."""
    areas = pack.areas
    buildings = np.flatnonzero(areas.kind_code == AREA_KINDS.index("building"))
    use = np.array([value or "" for value in areas.subkind[buildings]], dtype=object)
    storeys = np.array([HOMES.get(value, 0.0) for value in use])
    told = np.nan_to_num(areas.levels[buildings].astype(np.float64), nan=0.0)
    homes = np.nan_to_num(areas.homes[buildings], nan=0.0)
    unstated = np.isin(use, ["", "yes"])
    lived = (storeys > 0) | unstated | (homes > 0)
    floor_m2 = areas.area_m2[buildings] * np.where(told > 0, told, np.maximum(storeys, 1.0))
    people = floor_m2 * PEOPLE_A_FLOOR_M2 * np.where(unstated, UNSTATED, 1.0)
    people = np.where(homes > 0, homes * PEOPLE_A_HOME, people) * lived
    if int(lived.sum()) >= LEAST_BUILDINGS:
        rows = buildings[lived]
        found = []
        for begin in range(0, len(rows), SLICE):
            middle = shapely.centroid(areas.geometry_of(rows[begin : begin + SLICE]))
            found.append(shapely.get_coordinates(middle))
            yield 0.4 * begin / len(rows)
        return np.concatenate(found), people[lived], BUILDINGS
    land = _residential(pack)
    if land is not None:
        return land, np.ones(len(land)), LAND
    return *_streets(pack), ROADS


def _residential(pack: Pack) -> Floats | None:
    """A lattice of points on residential land, None where there is none."""
    areas = pack.areas
    rows = np.flatnonzero(areas.kind_code == AREA_KINDS.index("residential"))
    found = []
    for shape in areas.geometry_of(rows):
        west, south, east, north = shapely.bounds(shape)
        step = 3 * CELL_M / 111_195
        x = np.arange(west + step / 2, east, step / max(0.05, np.cos(np.radians(south))))
        y = np.arange(south + step / 2, north, step)
        if not len(x) or not len(y) or len(x) * len(y) > 2_000_000:
            continue
        lon, lat = (axis.ravel() for axis in np.meshgrid(x, y))
        shapely.prepare(shape)
        inside = shapely.contains_xy(shape, lon, lat)
        found.append(np.column_stack([lon[inside], lat[inside]]))
    points = np.concatenate(found) if found else np.empty((0, 2))
    return points if len(points) else None


def _streets(pack: Pack) -> tuple[Floats, Floats]:
    """Middles of the streets one lives in, weighed by their length."""
    edges = pack.edges
    codes = [EDGE_CLASSES.index(name) for name in STREETS]
    rows = np.flatnonzero(np.isin(edges.class_code, codes))
    if not len(rows):
        rows = np.arange(len(edges))
    shapes = edge_shapes(pack)
    middle = shapely.line_interpolate_point(shapes.lines[rows], 0.5, normalized=True)
    return shapes.flat.lonlat(shapely.get_coordinates(middle)), edges.length_m[rows]


def _zones(demand: Path) -> tuple[Floats, Floats] | None:
    """Middles (n, 2) and people (n,) of an agency's zones; None where it counts none."""
    columns = ["zone_id", "lon_e7", "lat_e7", "population"]
    try:
        if "population" not in pq.read_schema(demand).names:
            return None
        table = pq.read_table(demand, columns=columns, use_threads=False)
        zone, lon, lat, count = (
            np.asarray(table[name].to_numpy(), dtype=np.float64) for name in columns
        )
    except (OSError, ValueError, TypeError, KeyError, RuntimeError) as error:
        raise Problem("region.table_broken", file=str(demand), what=str(error)) from error
    _, first = np.unique(zone, return_index=True)
    points = np.column_stack([lon[first], lat[first]]) / 1e7
    people = np.nan_to_num(count[first], nan=0.0)
    good = (np.abs(points[:, 0]) <= 180) & (np.abs(points[:, 1]) <= 90) & (people > 0)
    return (points[good], people[good]) if good.any() else None


def _spread(points: Floats, weight: Floats, zones: Floats, people: Floats) -> tuple[Floats, Floats]:
    """Each zone's people over the homes nearest to its middle; a zone without any keeps them."""
    stretch = 1.0 / np.cos(np.radians(float(zones[:, 1].mean())))
    distance, nearest = cKDTree(to_world(zones)).query(to_world(points))
    zone: Ints = np.asarray(nearest, dtype=np.int64)
    near = (distance <= ZONE_REACH_M * stretch) & (weight > 0)
    total = np.bincount(zone[near], weights=weight[near], minlength=len(zones))
    spread = weight[near] / total[zone[near]] * people[zone[near]]
    empty = total == 0
    return (
        np.concatenate([points[near], zones[empty]]),
        np.concatenate([spread, people[empty]]),
    )


def _districts(
    pack: Pack, areas: AgencyAreas | None, points: Floats
) -> tuple[Ints, tuple[District | AgencyArea, ...]]:
    """Which district holds each point (n, 2): position (n,) or -1, and the districts."""
    own = [
        (area, shape)
        for area, shape in (zip(areas.areas, areas.shapes, strict=True) if areas else ())
        if area.kind == "district"
    ]
    found: Sequence[tuple[District | AgencyArea, Any]] = own or _of_pack(pack)
    held = np.full(len(points), -1, dtype=np.int64)
    if found:
        tree = shapely.STRtree([shape for _, shape in found])
        row, district = tree.query(shapely.points(points), predicate="intersects")
        held[row[::-1]] = district[::-1]
    return held, tuple(district for district, _ in found)


def _of_pack(pack: Pack) -> Sequence[tuple[District, Any]]:
    """The pack's districts in the scheme that names quarters best; none where none does."""
    fitting = [
        (not scheme.startswith("admin"), len(pack.districts(scheme)), scheme)
        for scheme in pack.district_schemes()
        if FEWEST_DISTRICTS <= len(pack.districts(scheme)) <= MOST_DISTRICTS
    ]
    return pack.districts(min(fitting)[2]) if fitting else ()
