"""What the ground between the streets is: blocks, and areas to be painted under everything."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import shapely
from scipy import ndimage
from shapely.geometry import LineString, Polygon
from shapely.geometry.base import BaseGeometry

from dispatch.region.city import names
from dispatch.region.city.field import Field
from dispatch.region.city.graph import Graph
from dispatch.region.city.hospitals import HOSPITALS
from dispatch.region.city.naming import Name, StreetNames, street_name, word_stems
from dispatch.region.city.network import Network
from dispatch.region.city.plan import (
    AIRPORT,
    CELL_M,
    CENTRE,
    COLUMNS,
    ROWS,
    Floats,
    smooth_noise,
    stream,
)
from dispatch.region.city.terrain import Terrain


@dataclass(kw_only=True)
class Block:
    """A face between streets: its shape, what it is used for, how dense it is."""

    shape: Polygon
    use: str
    built: float


@dataclass(frozen=True, kw_only=True)
class Area:
    """One polygon to be written, with its tags."""

    shape: BaseGeometry
    tags: dict[str, str]


@dataclass(kw_only=True)
class LandUse:
    """All blocks, and everything that is painted."""

    blocks: list[Block] = field(default_factory=list)
    areas: list[Area] = field(default_factory=list)
    lines: list[Area] = field(default_factory=list)


_TAGS = {
    "park": {"leisure": "park"},
    "university": {"amenity": "university"},
    "cemetery": {"landuse": "cemetery"},
    "golf_course": {"leisure": "golf_course"},
    "stadium": {"leisure": "stadium"},
    "hospital": {"amenity": "hospital"},
    "retail": {"landuse": "retail"},
    "industrial": {"landuse": "industrial"},
    "school": {"amenity": "school"},
    "quay": {"leisure": "garden"},
}


def make_land_use(
    seed: int, terrain: Terrain, field_: Field, net: Network, graph: Graph
) -> LandUse:
    """Blocks with their use, and the painted ground."""
    use = LandUse()
    _blocks(seed, terrain, field_, net, graph, use)
    _painted(seed, terrain, field_, net, use)
    return use


def _blocks(
    seed: int, terrain: Terrain, field_: Field, net: Network, graph: Graph, use: LandUse
) -> None:
    rng = stream(seed, "blocks")
    lines = [LineString(e.line) for _, e in sorted(graph.edges.items()) if e.level <= 0]
    noded = shapely.union_all([*lines, terrain.water.boundary])
    faces = shapely.get_parts(shapely.polygonize(list(shapely.get_parts(noded))))
    points = shapely.point_on_surface(faces)
    water = terrain.water.buffer(-2.0)
    shapely.prepare(water)
    wet = shapely.contains(water, points)
    river = terrain.river.buffer(3.0)
    shapely.prepare(river)
    grounds = [shape for _, shape in net.grounds]
    kinds = [kind for kind, _ in net.grounds]
    tree = shapely.STRtree(grounds)
    taken = shapely.union_all([net.airport, net.port, net.yard])
    shapely.prepare(taken)
    order = np.argsort(shapely.get_x(points) + 1e5 * np.round(shapely.get_y(points), 3))
    for k in order.tolist():
        face, point = faces[k], points[k]
        if wet[k] or shapely.contains(taken, point):
            continue
        column = min(COLUMNS - 1, max(0, int(point.x / CELL_M)))
        row = min(ROWS - 1, max(0, int(point.y / CELL_M)))
        built = float(field_.built[row, column])
        inside = [int(i) for i in tree.query(point, predicate="within")]
        roll = float(rng.random())
        if inside:
            kind = kinds[min(inside)]
        elif built > 0.35 and _thin(face) and shapely.intersects(river, face):
            kind = "quay"
        elif face.area > 9.0e5 or built < 0.12:
            kind = "open"
        elif (face.area > 3.5e4 and built < 0.6 and roll < 0.10) or (
            9.0e3 < face.area < 6.0e4 and roll < 0.022
        ):
            kind = "park"
        elif 1.1e4 < face.area < 6.0e4 and roll < 0.046:
            kind = "school"
        elif built > 0.86 and face.area < 3.0e4 and roll < 0.35:
            kind = "commercial"
        else:
            kind = "residential"
        use.blocks.append(Block(shape=face, use=kind, built=built))


def _thin(face: Polygon) -> bool:
    return bool(2.0 * face.area / face.length < 60.0)


def _painted(seed: int, terrain: Terrain, field_: Field, net: Network, use: LandUse) -> None:
    areas = use.areas
    # Lake and river are one sheet of water, or a line would be drawn across the mouth.
    sheet = shapely.union(terrain.lake, terrain.river)
    areas.append(Area(shape=sheet, tags={"natural": "water", "water": "lake", **names.LAKE.tags()}))
    for pond in terrain.ponds:
        areas.append(Area(shape=pond, tags={"natural": "water", "water": "pond"}))
    areas.append(Area(shape=terrain.island, tags={"place": "island", **names.ISLAND.tags()}))
    afloat = shapely.difference(terrain.river_line.simplify(4.0), terrain.island.buffer(40.0))
    for part in shapely.get_parts(afloat):
        use.lines.append(Area(shape=part, tags={"waterway": "river", **names.RIVER.tags()}))
    for creek, name in zip(terrain.creeks, names.CREEKS, strict=True):
        use.lines.append(
            Area(shape=creek.simplify(2.0), tags={"waterway": "stream", **name.tags()})
        )

    home = [b.shape for b in use.blocks if b.use in ("residential", "commercial", "school")]
    town = shapely.union_all(home).buffer(45.0).buffer(-34.0).simplify(9.0)
    town = shapely.difference(town, terrain.water.buffer(6.0))
    for part in shapely.get_parts(town):
        if part.area > 15_000.0:
            areas.append(Area(shape=_without_specks(part), tags={"landuse": "residential"}))
    shops = [b.shape for b in use.blocks if b.use == "commercial"]
    for part in shapely.get_parts(shapely.union_all(shops).buffer(8.0).buffer(-8.0)):
        areas.append(Area(shape=part.simplify(2.0), tags={"landuse": "commercial"}))

    deck = _ParkNames(seed)
    hospitals = iter(HOSPITALS)
    for kind, shape in net.grounds:
        tags = dict(_TAGS[kind])
        if kind == "hospital":
            tags |= next(hospitals).tags()
        if kind == "park":
            tags |= deck.next("park").tags()
        areas.append(Area(shape=shape.buffer(-8.0).simplify(1.5), tags=tags))
    drawn = shapely.union_all([shape for _, shape in net.grounds]).buffer(5.0)
    shapely.prepare(drawn)
    for block in use.blocks:
        if block.use in ("park", "school", "quay") and not shapely.contains(
            drawn, block.shape.representative_point()
        ):
            shape = block.shape.buffer(-7.0).simplify(1.5)
            if shape.is_empty or shape.area < 1_500.0:
                continue
            tags = dict(_TAGS[block.use])
            if block.use == "park" and shape.area > 12_000.0:
                tags |= deck.next("park").tags()
            areas.append(Area(shape=shape, tags=tags))

    _edge_of_water(terrain, areas)
    areas.append(
        Area(
            shape=net.port.simplify(3.0),
            tags={
                "landuse": "port",
                "industrial": "port",
                **Name(
                    en="Port of Tarvelin", ru="Порт Тарвелин", kk="Тарвелин порты", ko="타르벨린항"
                ).tags(),
            },
        )
    )
    for rail in net.rails:
        strip = shapely.difference(LineString(rail).buffer(11.0), net.yard)
        areas.append(Area(shape=strip.simplify(1.5), tags={"landuse": "railway"}))
    areas.append(Area(shape=net.yard.simplify(2.0), tags={"landuse": "railway"}))
    _airport(net, areas)
    woods = _woods(terrain, field_, net, town, areas, seed)
    covered = shapely.union_all([town, woods, *terrain.ponds])
    for block in use.blocks:
        if block.use == "open" and block.shape.area < 4.0e6 and _in_town(block.shape):
            verge = (
                shapely.difference(block.shape.buffer(-10.0), covered).buffer(-8.0).simplify(4.0)
            )
            for part in shapely.get_parts(verge):
                if part.area > 5_000.0:
                    areas.append(Area(shape=part, tags={"landuse": "grass"}))


def _in_town(shape: Polygon) -> bool:
    point = shape.representative_point()
    return bool(np.hypot(point.x - CENTRE[0], point.y - CENTRE[1]) < 7_500.0)


def _without_specks(shape: Polygon) -> Polygon:
    holes = [ring for ring in shape.interiors if Polygon(ring).area > 6_000.0]
    return Polygon(shape.exterior, holes)


def _edge_of_water(terrain: Terrain, areas: list[Area]) -> None:
    """Beaches on the lake, moles at the port."""
    strip = shapely.difference(terrain.lake.buffer(38.0), terrain.lake)
    for low, high in ((11_300.0, 13_100.0), (15_600.0, 16_700.0), (5_300.0, 6_400.0),
                      (1_400.0, 2_600.0)):  # fmt: skip
        beach = shapely.intersection(strip, shapely.box(0.0, low, 9_000.0, high))
        for part in shapely.get_parts(beach):
            if part.area > 8_000.0:
                areas.append(Area(shape=part.simplify(2.0), tags={"natural": "beach"}))
    channel = shapely.union(terrain.river, terrain.island)
    green = shapely.difference(channel.buffer(33.0), channel.buffer(3.0))
    green = shapely.difference(green, terrain.lake.buffer(70.0))
    green = shapely.intersection(green, shapely.box(6_900.0, 8_000.0, 14_950.0, 13_500.0))
    for part in shapely.get_parts(green):
        if part.area > 5_000.0:
            areas.append(Area(shape=part.simplify(2.0), tags={"leisure": "garden"}))
    for points, width in (
        (((6_200, 8_330), (5_700, 8_520), (5_150, 8_380)), 16.0),
        (((5_150, 7_120), (4_750, 7_400), (4_800, 7_800)), 16.0),
        (((5_900, 7_900), (5_450, 8_080)), 30.0),
        (((5_650, 7_600), (5_200, 7_780)), 30.0),
    ):
        mole = LineString(points).buffer(width, cap_style="flat", join_style="mitre")
        mole = shapely.intersection(mole, terrain.lake.buffer(30.0))
        for part in shapely.get_parts(mole):
            areas.append(Area(shape=part, tags={"man_made": "pier"}))


def _airport(net: Network, areas: list[Area]) -> None:
    cx, cy, length, _, bearing_deg = AIRPORT
    a = np.radians(bearing_deg)
    along, across = np.array([np.cos(a), np.sin(a)]), np.array([-np.sin(a), np.cos(a)])
    middle = np.array([cx, cy]) - across * 150.0
    name = Name(en="Tarvelin Airport", ru="Аэропорт Тарвелин", kk="Тарвелин әуежайы",
                ko="타르벨린공항")  # fmt: skip
    areas.append(Area(shape=net.airport, tags={"aeroway": "aerodrome", **name.tags()}))
    runway = LineString([middle - along * length * 0.43, middle + along * length * 0.43])
    areas.append(
        Area(shape=runway.buffer(24.0, cap_style="flat"),
             tags={"aeroway": "runway", "ref": "09/27"})
    )  # fmt: skip
    taxi = LineString([middle - along * length * 0.4 + across * 170.0,
                       middle + along * length * 0.4 + across * 170.0])  # fmt: skip
    areas.append(Area(shape=taxi.buffer(9.0, cap_style="flat"), tags={"aeroway": "taxiway"}))
    for share in (-0.4, -0.15, 0.15, 0.4):
        foot = middle + along * length * share
        link = LineString([foot, foot + across * 170.0])
        areas.append(Area(shape=link.buffer(9.0, cap_style="flat"), tags={"aeroway": "taxiway"}))
    apron = middle + across * 330.0 + along * 150.0
    corners = [
        apron + along * u + across * v
        for u, v in ((-420, -130), (420, -130), (420, 90), (-420, 90))
    ]
    areas.append(Area(shape=Polygon(np.array(corners)), tags={"aeroway": "apron"}))
    hall = middle + across * 455.0 + along * 150.0
    corners = [
        hall + along * u + across * v for u, v in ((-230, -28), (230, -28), (230, 32), (-230, 32))
    ]
    areas.append(Area(shape=Polygon(np.array(corners)), tags={"building": "yes", **name.tags()}))


def _woods(
    terrain: Terrain, field_: Field, net: Network, town: BaseGeometry, areas: list[Area], seed: int
) -> BaseGeometry:
    """Woods on the hills and here and there, fields in the plain; as smooth patches. Returns the
    woods' shape."""
    rng = stream(seed, "woods")
    rough = smooth_noise(rng, 1_100.0) + 0.5 * smooth_noise(rng, 420.0)
    hilly = ndimage.gaussian_filter(field_.hill, 6.0)
    wooded = (hilly + 0.42 * rough > 0.42) | (rough > 0.98)
    wooded &= field_.built < 0.03
    wooded &= field_.water_distance_m > 60.0
    keep_out = shapely.union_all(
        [town.buffer(25.0), net.airport.buffer(60.0), net.port, net.yard,
         *[shape for _, shape in net.grounds]]
    )  # fmt: skip
    for part in _patches(wooded, 2):
        part = shapely.difference(part, keep_out)
        for piece in shapely.get_parts(part):
            if piece.area > 25_000.0:
                areas.append(Area(shape=piece, tags={"natural": "wood"}))
    tilled = smooth_noise(rng, 900.0)
    fields = (tilled > 0.28) & (hilly < 0.2) & (field_.built < 0.02) & ~wooded
    fields &= field_.water_distance_m > 120.0
    for part in _patches(fields, 2):
        part = shapely.difference(part, keep_out)
        for piece in shapely.get_parts(part):
            if piece.area > 60_000.0:
                areas.append(Area(shape=piece, tags={"landuse": "farmland"}))
    return shapely.union_all([a.shape for a in areas if a.tags.get("natural") == "wood"])


def _patches(mask: npt.NDArray[np.bool_], coarse: int) -> list[BaseGeometry]:
    """The true cells as smooth polygons."""
    rows, columns = mask.shape[0] // coarse, mask.shape[1] // coarse
    small = mask[: rows * coarse, : columns * coarse].reshape(rows, coarse, columns, coarse)
    on = small.mean(axis=(1, 3)) > 0.5
    size = CELL_M * coarse
    cells = [
        shapely.box(c * size, r * size, (c + 1) * size, (r + 1) * size)
        for r, c in zip(*np.nonzero(on), strict=True)
    ]
    shape = (
        shapely.union_all(cells)
        .simplify(30.0)
        .buffer(90.0)
        .buffer(-160.0)
        .buffer(70.0)
        .simplify(7.0)
    )
    return [p for p in shapely.get_parts(shape) if not p.is_empty]


def _polygons(shape: BaseGeometry) -> list[Polygon]:
    return [p for p in shapely.get_parts(shape) if isinstance(p, Polygon) and not p.is_empty]


def _rounded(shape: Polygon) -> Polygon:
    """The polygon with its corners cut twice (Chaikin), so that no raster shows through."""

    def cut(ring: BaseGeometry) -> Floats:
        c = shapely.get_coordinates(ring)[:-1]
        for _ in range(2):
            following = np.roll(c, -1, axis=0)
            c = np.stack([0.75 * c + 0.25 * following, 0.25 * c + 0.75 * following], axis=1)
            c = c.reshape(-1, 2)
        return np.asarray(c)

    return Polygon(cut(shape.exterior), [cut(r) for r in shape.interiors]).simplify(4.0)


class _ParkNames:
    """Names for parks, each once."""

    def __init__(self, seed: int) -> None:
        rng = stream(seed, "parks")
        stems = word_stems()
        self._deck = [stems[int(i)] for i in rng.permutation(len(stems))]
        self._spare = StreetNames(seed + 1)

    def next(self, kind: str) -> Name:
        """The next name."""
        if self._deck:
            return street_name(self._deck.pop(), kind)
        return self._spare.name(50, kind)
