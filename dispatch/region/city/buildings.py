"""Lots along the streets, a simple footprint on each, and its house number.

Each side of a street is split into lots, again and again in halves until a lot has the breadth its
quarter asks for; a footprint stands in each lot behind its setback. Odd numbers stand on the left
of the street, even ones on the right, and they rise along it.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from dispatch.region.city.graph import Graph
from dispatch.region.city.landuse import Block, LandUse
from dispatch.region.city.naming import Name
from dispatch.region.city.plan import HEIGHT_M, WIDTH_M, Floats, Ints, stream
from dispatch.region.city.streets import Facts

OCCUPIED_M = 3.0


@dataclass(frozen=True, kw_only=True)
class Building:
    """A footprint of four corners, metres; `number` and `street` where it has an address."""

    corners: Floats
    levels: int
    kind: str
    people: float
    number: str = ""
    street: Name | None = None
    settlement: int = 0


@dataclass(frozen=True, kw_only=True)
class Pattern:
    """How a quarter is built: lot breadth, house breadth and depth, setback, storeys; metres."""

    lot_m: float
    breadth_m: float
    depth_m: float
    setback_m: float
    levels: tuple[int, int]
    kind: str
    people_m2: float
    """Floor area a person has."""


OLD = Pattern(lot_m=17.0, breadth_m=16.2, depth_m=13.0, setback_m=5.5, levels=(3, 5),
              kind="house", people_m2=95.0)  # fmt: skip
FLATS = Pattern(lot_m=74.0, breadth_m=56.0, depth_m=13.5, setback_m=14.0, levels=(5, 9),
                kind="apartments", people_m2=48.0)  # fmt: skip
TOWERS = Pattern(lot_m=58.0, breadth_m=26.0, depth_m=22.0, setback_m=15.0, levels=(12, 18),
                 kind="apartments", people_m2=55.0)  # fmt: skip
TERRACE = Pattern(lot_m=46.0, breadth_m=38.0, depth_m=10.5, setback_m=10.0, levels=(2, 3),
                  kind="terrace", people_m2=45.0)  # fmt: skip
VILLA = Pattern(lot_m=28.0, breadth_m=15.0, depth_m=12.0, setback_m=10.5, levels=(1, 2),
                kind="detached", people_m2=55.0)  # fmt: skip
FARM = Pattern(lot_m=130.0, breadth_m=19.0, depth_m=12.0, setback_m=24.0, levels=(1, 2),
               kind="detached", people_m2=70.0)  # fmt: skip
SHED = Pattern(lot_m=95.0, breadth_m=70.0, depth_m=42.0, setback_m=18.0, levels=(1, 1),
               kind="industrial", people_m2=1e9)  # fmt: skip
OFFICE = Pattern(lot_m=34.0, breadth_m=30.0, depth_m=19.0, setback_m=7.0, levels=(4, 8),
                 kind="commercial", people_m2=260.0)  # fmt: skip
SCHOOL = Pattern(lot_m=90.0, breadth_m=58.0, depth_m=16.0, setback_m=24.0, levels=(2, 3),
                 kind="school", people_m2=1e9)  # fmt: skip
WARD = Pattern(lot_m=85.0, breadth_m=62.0, depth_m=18.0, setback_m=24.0, levels=(4, 6),
               kind="hospital", people_m2=1e9)  # fmt: skip
BY_USE = {"industrial": SHED, "commercial": OFFICE, "retail": SHED, "school": SCHOOL,
          "hospital": WARD, "university": WARD}  # fmt: skip


def _pattern(block: Block, roll: float) -> Pattern | None:
    if block.use in BY_USE:
        return BY_USE[block.use]
    if block.use == "open":
        return FARM
    if block.use != "residential":
        return None
    if block.built > 0.82:
        return OLD
    if block.built > 0.52:
        return FLATS if roll < 0.5 else TOWERS if roll < 0.62 else TERRACE
    return FLATS if roll < 0.12 else TERRACE if roll < 0.62 else VILLA


_BUILT_ON = frozenset({"trunk", "primary", "secondary", "tertiary", "residential"})


def halved(length_m: float, lot_m: float) -> int:
    """How many lots a frontage is split into by halving while the halves stay wide enough."""
    count = 1
    while length_m / (2 * count) >= 0.8 * lot_m:
        count *= 2
    # Halving alone leaves lots up to twice too wide; a last split by three mends the worst.
    if length_m / count > 1.5 * lot_m:
        count = max(count, round(length_m / lot_m))
    return count


class Occupied:
    """A raster of ground that is taken, with cells of 3 m."""

    def __init__(self) -> None:
        self.columns = int(WIDTH_M / OCCUPIED_M) + 1
        self.rows = int(HEIGHT_M / OCCUPIED_M) + 1
        self.cells = np.zeros(self.rows * self.columns, dtype=bool)

    def index(self, points: Floats) -> Ints:
        column = np.clip((points[:, 0] / OCCUPIED_M).astype(np.int64), 0, self.columns - 1)
        row = np.clip((points[:, 1] / OCCUPIED_M).astype(np.int64), 0, self.rows - 1)
        return np.asarray(row * self.columns + column)

    def add_line(self, line: Floats, half_m: float) -> None:
        dense = shapely.get_coordinates(shapely.segmentize(shapely.LineString(line), 2.0))
        way = np.gradient(dense, axis=0) if len(dense) > 1 else np.ones_like(dense)
        size = np.maximum(np.hypot(way[:, 0], way[:, 1]), 1e-9)[:, None]
        normal = np.column_stack([-way[:, 1], way[:, 0]]) / size
        for off in np.arange(-half_m, half_m + 0.1, 2.0):
            self.cells[self.index(dense + normal * off)] = True


def make_buildings(
    seed: int, graph: Graph, facts: Facts, land: LandUse, water: BaseGeometry,
    rails: list[Floats], port: BaseGeometry,
) -> list[Building]:  # fmt: skip
    """All buildings, in the order of the streets they stand on."""
    rng = stream(seed, "buildings")
    taken = Occupied()
    for _, edge in sorted(graph.edges.items()):
        half = {"motorway": 22.0, "motorway_link": 9.0, "trunk": 13.0, "primary": 11.0,
                "secondary": 9.0, "tertiary": 6.5}.get(edge.kind, 4.0)  # fmt: skip
        if not edge.tunnel:
            taken.add_line(edge.line, half)
    for rail in rails:
        taken.add_line(rail, 14.0)
    wet = shapely.get_parts(water.boundary)
    for shore in wet:
        taken.add_line(shapely.get_coordinates(shore), 14.0)
    tree = shapely.STRtree([b.shape for b in land.blocks])
    rolls = rng.random(len(land.blocks))
    # Neighbouring blocks are alike: the roll is shared within a patch of about 500 m.
    patch_rolls: dict[tuple[int, int], float] = {}
    for k, block in enumerate(land.blocks):
        centre = block.shape.representative_point()
        key = (int(centre.x / 520.0), int(centre.y / 520.0))
        if key not in patch_rolls:
            patch_rolls[key] = float(rolls[k])
        if rolls[k] < 0.8:
            rolls[k] = patch_rolls[key]

    streets: dict[tuple[str, int], list[int]] = defaultdict(list)
    for number in sorted(graph.edges):
        edge = graph.edges[number]
        if (
            edge.level == 0
            and edge.kind not in ("motorway", "motorway_link")
            and number in facts.name
        ):
            streets[(facts.name[number].en, facts.settlement[number])].append(number)
    made: list[Building] = []
    for street in sorted(streets):
        made += _along_street(streets[street], graph, facts, land.blocks, tree, rolls, taken, rng)
    # Imported here: rows of buildings are made of the same values as these.
    from dispatch.region.city.infill import QUAY, fill, rows_for

    for k, block in enumerate(land.blocks):
        rows = rows_for(block, _pattern(block, float(rolls[k])) in (FLATS, TOWERS))
        if rows is not None:
            made += fill(block.shape, rows, taken, rng)
    for part in shapely.get_parts(port):
        made += fill(part, QUAY, taken, rng)
    return made


def _chain(numbers: list[int], graph: Graph) -> list[tuple[int, bool]]:
    """A street's edges one after the other, with whether each is walked against its order."""
    ends: dict[int, list[int]] = defaultdict(list)
    for n in numbers:
        ends[graph.edges[n].u].append(n)
        ends[graph.edges[n].v].append(n)
    left = set(numbers)
    out: list[tuple[int, bool]] = []
    while left:
        tips = [node for node in sorted(ends) if sum(n in left for n in ends[node]) == 1]
        node = tips[0] if tips else graph.edges[min(left)].u
        while True:
            following = sorted(n for n in ends[node] if n in left)
            if not following:
                break
            number = following[0]
            left.discard(number)
            edge = graph.edges[number]
            out.append((number, edge.u != node))
            node = edge.v if edge.u == node else edge.u
    return out


def _along_street(
    numbers: list[int], graph: Graph, facts: Facts, blocks: list[Block], tree: shapely.STRtree,
    rolls: Floats, taken: Occupied, rng: np.random.Generator,
) -> list[Building]:  # fmt: skip
    made: list[Building] = []
    next_number = {1: 1, -1: 2}
    for number, reverse in _chain(numbers, graph):
        edge = graph.edges[number]
        line = edge.line[::-1] if reverse else edge.line
        lengths = np.hypot(*np.diff(line, axis=0).T)
        along = np.concatenate([[0.0], np.cumsum(lengths)])
        total = float(along[-1])
        if total < 24.0:
            continue
        for side in (1, -1):
            block = _block_beside(line, along, total, side, blocks, tree)
            if block < 0:
                continue
            pattern = _pattern(blocks[block], float(rolls[block]))
            if pattern is None:
                continue
            count = halved(total, pattern.lot_m)
            for lot in range(count):
                at = total * (lot + 0.5) / count
                jitter = rng.uniform(-1.0, 1.0, 5)
                ours = next_number[side]
                next_number[side] += 2
                if jitter[3] > (0.93 if pattern is not FARM else -0.25) and pattern is not OLD:
                    continue
                frontage = _Frontage(line=line, along=along, side=side, kind=edge.kind)
                corners = _footprint(frontage, at, total / count, pattern, jitter)
                inside = probe(corners)
                cells = taken.index(inside)
                if taken.cells[cells].any():
                    continue
                if not shapely.contains_xy(blocks[block].shape, corners[:, 0], corners[:, 1]).all():
                    continue
                taken.cells[cells] = True
                low, high = pattern.levels
                levels = low + int((jitter[4] + 1.0) / 2.0 * (high - low + 0.999))
                floor = float(
                    np.hypot(*(corners[1] - corners[0])) * np.hypot(*(corners[2] - corners[1]))
                )
                made.append(
                    Building(corners=corners, levels=levels, kind=pattern.kind,
                             people=floor * levels / pattern.people_m2, number=str(ours),
                             street=facts.name[number],
                             settlement=facts.settlement[number])
                )  # fmt: skip
    return made


def _block_beside(
    line: Floats, along: Floats, total: float, side: int, blocks: list[Block],
    tree: shapely.STRtree,
) -> int:  # fmt: skip
    x, y = np.interp(total / 2, along, line[:, 0]), np.interp(total / 2, along, line[:, 1])
    x2 = np.interp(total / 2 + 1.0, along, line[:, 0])
    y2 = np.interp(total / 2 + 1.0, along, line[:, 1])
    size = max(1e-9, float(np.hypot(x2 - x, y2 - y)))
    nx, ny = -(y2 - y) / size * side, (x2 - x) / size * side
    found = tree.query(shapely.Point(x + nx * 12.0, y + ny * 12.0), predicate="within")
    return int(found.min()) if len(found) else -1


_KERB_M = {"trunk": 9.0, "primary": 8.0, "secondary": 6.5, "tertiary": 3.0}


@dataclass(frozen=True, kw_only=True)
class _Frontage:
    """One side of one piece of street: +1 left, -1 right, as it is walked."""

    line: Floats
    along: Floats
    side: int
    kind: str


def _area_m2(corners: Floats) -> float:
    return float(np.hypot(*(corners[1] - corners[0])) * np.hypot(*(corners[2] - corners[1])))


def _footprint(
    front: _Frontage, at: float, lot_m: float, pattern: Pattern, jitter: Floats
) -> Floats:
    line, along, side, kind = front.line, front.along, front.side, front.kind
    x, y = float(np.interp(at, along, line[:, 0])), float(np.interp(at, along, line[:, 1]))
    back, ahead = max(0.0, at - 6.0), min(float(along[-1]), at + 6.0)
    dx = float(np.interp(ahead, along, line[:, 0]) - np.interp(back, along, line[:, 0]))
    dy = float(np.interp(ahead, along, line[:, 1]) - np.interp(back, along, line[:, 1]))
    size = max(1e-9, float(np.hypot(dx, dy)))
    t = np.array([dx / size, dy / size])
    n = np.array([-t[1], t[0]]) * side
    breadth = min(pattern.breadth_m * (1.0 + 0.14 * float(jitter[0])), lot_m - 0.6)
    depth = pattern.depth_m * (1.0 + 0.16 * float(jitter[1]))
    near = pattern.setback_m + _KERB_M.get(kind, 0.0) + 1.2 * float(jitter[2])
    a = np.array([x, y]) + n * near
    half = t * breadth / 2
    return np.array([a - half, a + half, a + half + n * depth, a - half + n * depth])


def probe(corners: Floats) -> Floats:
    """Places inside a footprint, close enough that no cell of the raster is missed."""
    u = corners[1] - corners[0]
    v = corners[3] - corners[0]
    long, deep = float(np.hypot(*u)), float(np.hypot(*v))
    nu, nv = max(2, int(long / 2.5) + 1), max(2, int(deep / 2.5) + 1)
    # Inset by more than half a cell on each side, so that party walls may touch.
    a = np.linspace(2.2 / long, 1.0 - 2.2 / long, nu)[:, None, None]
    b = np.linspace(2.2 / deep, 1.0 - 2.2 / deep, nv)[None, :, None]
    return np.asarray((corners[0] + a * u + b * v).reshape(-1, 2))
