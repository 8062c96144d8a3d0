"""Where services stand: stations by p-median on the road graph, hospitals, hydrants, hazards."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import shapely
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree

from dispatch.region.city.buildings import Building
from dispatch.region.city.graph import Graph
from dispatch.region.city.hospitals import HOSPITALS
from dispatch.region.city.landuse import LandUse
from dispatch.region.city.naming import Name
from dispatch.region.city.network import Network
from dispatch.region.city.plan import CENTRE, POPULATION, RANK, Floats, stream
from dispatch.region.city.streets import Facts

FIRE_STATIONS, AMBULANCE_POSTS, POLICE_STATIONS = 14, 12, 6
ZONE_M = 1_000.0


@dataclass(frozen=True, kw_only=True)
class Point:
    """One named point with its tags, metres."""

    x: float
    y: float
    tags: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Post:
    """A station or hospital that the agencies refer to."""

    ref: str
    service: str
    name: Name
    x: float
    y: float
    building: int = -1
    """Index of the building it is in; -1 for a ground of its own."""
    capabilities: tuple[str, ...] = ()
    beds: int = 0


@dataclass(frozen=True, kw_only=True)
class Zone:
    """A square kilometre (or what of it is lived in): its middle, people by night and by day."""

    zone_id: int
    x: float
    y: float
    people: float
    workers: float


@dataclass(kw_only=True)
class Services:
    """Everything a dispatcher looks for."""

    posts: list[Post] = field(default_factory=list)
    points: list[Point] = field(default_factory=list)
    zones: list[Zone] = field(default_factory=list)
    scale: float = 1.0
    """People of the plan for each person the floor area would hold."""


def make_services(
    seed: int, graph: Graph, facts: Facts, land: LandUse, buildings: list[Building], net: Network
) -> Services:
    """All service places of the city."""
    out = Services()
    out.scale = POPULATION / sum(b.people for b in buildings)
    out.zones = _zones(buildings, out.scale)
    _stations(graph, facts, buildings, out)
    _depots(buildings, out)
    _hospitals(net, out)
    _hydrants(seed, graph, facts, land, out)
    return out


def _zones(buildings: list[Building], scale: float) -> list[Zone]:
    cells: dict[tuple[int, int], list[float]] = {}
    for b in buildings:
        x, y = b.corners.mean(axis=0)
        cell = cells.setdefault((int(y / ZONE_M), int(x / ZONE_M)), [0.0, 0.0, 0.0, 0.0, 0.0])
        weight = b.people * scale
        floor = b.levels * float(
            np.hypot(*(b.corners[1] - b.corners[0])) * np.hypot(*(b.corners[2] - b.corners[1]))
        )
        jobs = floor * {"commercial": 0.030, "house": 0.012, "industrial": 0.012,
                        "hospital": 0.012, "school": 0.02}.get(b.kind, 0.0)  # fmt: skip
        mass = weight + jobs + 1e-6
        cell[0] += weight
        cell[1] += jobs
        cell[2] += x * mass
        cell[3] += y * mass
        cell[4] += mass
    zones: list[Zone] = []
    for row, column in sorted(cells):
        people, workers, sx, sy, mass = cells[(row, column)]
        if people + workers < 20.0:
            continue
        zones.append(
            Zone(zone_id=row * 100 + column, x=sx / mass, y=sy / mass, people=people,
                 workers=workers)
        )  # fmt: skip
    return zones


def _drive_s(graph: Graph, facts: Facts, sources: list[int], live: list[int]) -> Floats:
    index = {n: i for i, n in enumerate(live)}
    rows: list[int] = []
    columns: list[int] = []
    cost: list[float] = []
    for number in sorted(graph.edges):
        edge = graph.edges[number]
        seconds = edge.length_m() / (facts.speed_kmh[number] / 3.6) + 2.0
        rows.append(index[edge.u])
        columns.append(index[edge.v])
        cost.append(seconds)
        if not edge.oneway:
            rows.append(index[edge.v])
            columns.append(index[edge.u])
            cost.append(seconds)
    matrix = coo_matrix(
        (np.array(cost), (np.array(rows), np.array(columns))), shape=(len(live),) * 2
    ).tocsr()
    return np.asarray(dijkstra(matrix, indices=[index[s] for s in sources]))


def p_median(cost: Floats, weight: Floats, count: int, power: float = 1.0) -> list[int]:
    """Sites that make the weighted sum of each demand's nearest cost small: greedy, then swaps.

    `cost` is (sites, demands), `weight` (demands,). Teitz and Bart's vertex substitution, 1968.
    """
    priced = cost**power * weight[None, :]
    chosen: list[int] = []
    best = np.full(priced.shape[1], np.inf)
    for _ in range(count):
        totals = np.minimum(priced, best[None, :]).sum(axis=1)
        totals[chosen] = np.inf
        site = int(totals.argmin())
        chosen.append(site)
        best = np.minimum(best, priced[site])
    improved = True
    while improved:
        improved = False
        for k in range(count):
            others = priced[[c for i, c in enumerate(chosen) if i != k]].min(axis=0)
            totals = np.minimum(priced, others[None, :]).sum(axis=1)
            totals[[c for i, c in enumerate(chosen) if i != k]] = np.inf
            site = int(totals.argmin())
            if totals[site] < totals[chosen[k]] - 1e-6:
                chosen[k] = site
                improved = True
    return sorted(chosen)


def _stations(graph: Graph, facts: Facts, buildings: list[Building], out: Services) -> None:
    live = sorted(n for n in range(len(graph.xy)) if graph.at[n])
    main = [
        n for n in live
        if any(RANK[graph.edges[e].kind] in (3, 4) for e in graph.at[n])
        and not any(graph.edges[e].kind.startswith("motorway") for e in graph.at[n])
        and any(facts.settlement[e] >= 0 for e in graph.at[n])
    ]  # fmt: skip
    sites = main[:: max(1, len(main) // 420)]
    points = np.array([graph.xy[n] for n in live])
    where = cKDTree(points)
    zone_xy = np.array([(z.x, z.y) for z in out.zones])
    _, near = where.query(zone_xy)
    seconds = _drive_s(graph, facts, sites, live)[:, np.asarray(near)]
    people = np.array([z.people + 0.6 * z.workers for z in out.zones])
    houses = cKDTree(np.array([b.corners.mean(axis=0) for b in buildings]))
    used: set[int] = set()
    plans = (
        ("fire", FIRE_STATIONS, people**0.75 + 150.0, 1.3, "F"),
        ("medical", AMBULANCE_POSTS, people, 1.0, "A"),
        ("police", POLICE_STATIONS, people**0.9 + 60.0, 1.0, "P"),
    )
    for service, count, weight, power, letter in plans:
        chosen = p_median(np.minimum(seconds, 3_000.0), weight, count, power)
        chosen.sort(key=lambda s: np.hypot(graph.xy[sites[s]][0] - CENTRE[0],
                                           graph.xy[sites[s]][1] - CENTRE[1]))  # fmt: skip
        for rank, site in enumerate(chosen):
            x, y = graph.xy[sites[site]]
            _, candidates = houses.query((x, y), k=25)
            fit = [int(b) for b in np.atleast_1d(candidates) if int(b) not in used
                   and buildings[int(b)].kind not in ("school", "hospital")]  # fmt: skip
            building = fit[0]
            used.add(building)
            bx, by = buildings[building].corners.mean(axis=0)
            out.posts.append(
                Post(ref=f"{letter}{rank + 1}", service=service,
                     name=_post_name(service, rank + 1), x=float(bx), y=float(by),
                     building=building)
            )  # fmt: skip


def _post_name(service: str, number: int) -> Name:
    if service == "fire":
        return Name(en=f"Fire Station {number}", ru=f"Пожарная часть № {number}",
                    kk=f"№ {number} өрт сөндіру бөлімі", ko=f"{number}번 119안전센터")  # fmt: skip
    if service == "medical":
        return Name(
            en=f"Ambulance Station {number}",
            ru=f"Подстанция скорой помощи № {number}",
            kk=f"№ {number} жедел жәрдем қосалқы станциясы",
            ko=f"{number}번 구급대기소",
        )
    return Name(en=f"Police Station {number}", ru=f"Отдел полиции № {number}",
                kk=f"№ {number} полиция бөлімі", ko=f"{number}번 지구대")  # fmt: skip


def _depots(buildings: list[Building], out: Services) -> None:
    """Two depots of the gas service and the rescue helicopter's pad, each in or by a building."""
    used = {p.building for p in out.posts}
    sheds = [i for i, b in enumerate(buildings) if b.kind == "industrial" and i not in used]
    for number, (x, y) in enumerate(((9_500.0, 8_000.0), (11_900.0, 13_800.0))):
        pool = sheds if number == 0 else [
            i for i, b in enumerate(buildings) if b.kind == "apartments" and i not in used
        ]  # fmt: skip
        near = min(
            pool, key=lambda i: float(np.hypot(*(buildings[i].corners.mean(axis=0) - (x, y))))
        )
        bx, by = buildings[near].corners.mean(axis=0)
        used.add(near)
        out.posts.append(
            Post(ref=f"G{number + 1}", service="rescue", building=near, x=float(bx), y=float(by),
                 name=Name(en=f"Gas Emergency {number + 1}", ru=f"Газовая служба № {number + 1}",
                           kk=f"№ {number + 1} газ қызметі", ko=f"가스긴급 {number + 1}"))
        )  # fmt: skip
    out.posts.append(
        Post(ref="Z1", service="medical", x=13_090.0, y=9_420.0,
             name=Name(en="Rescue Helicopter", ru="Медавиация", kk="Медициналық авиация",
                       ko="닥터헬기"))
    )  # fmt: skip


def _hospitals(net: Network, out: Services) -> None:
    grounds = [shape for kind, shape in net.grounds if kind == "hospital"]
    for index, (shape, hospital) in enumerate(zip(grounds, HOSPITALS, strict=True)):
        point = shape.representative_point()
        out.posts.append(
            Post(ref=f"H{index + 1}", service="hospital", name=hospital.name, x=point.x,
                 y=point.y, capabilities=hospital.capabilities, beds=hospital.beds)
        )  # fmt: skip


def _hydrants(seed: int, graph: Graph, facts: Facts, land: LandUse, out: Services) -> None:
    """A hydrant near every junction of note and at least each 320 m of built-up street."""
    rng = stream(seed, "hydrants")
    made: list[tuple[float, float]] = []
    grid: set[tuple[int, int]] = set()
    for number in sorted(graph.edges):
        edge = graph.edges[number]
        if edge.level != 0 or edge.kind.startswith("motorway") or facts.settlement[number] < 0:
            continue
        line = shapely.LineString(edge.line)
        gap = 300.0
        for at in np.arange(25.0, line.length, gap):
            point = line.interpolate(float(at))
            cell = (int(point.x / 260.0), int(point.y / 260.0))
            if cell in grid or rng.random() < 0.15:
                continue
            grid.add(cell)
            ahead = line.interpolate(float(at) + 2.0)
            dx, dy = ahead.x - point.x, ahead.y - point.y
            size = max(1e-6, float(np.hypot(dx, dy)))
            made.append((point.x - dy / size * 5.0, point.y + dx / size * 5.0))
    del land
    for k, (x, y) in enumerate(made):
        kind = "pillar" if rng.random() < 0.6 else "underground"
        bore = ("100", "150", "200")[int(rng.integers(3))]
        out.points.append(
            Point(x=x, y=y, tags={"emergency": "fire_hydrant", "ref": str(1_001 + k),
                                  "fire_hydrant:type": kind, "fire_hydrant:diameter": bore})
        )  # fmt: skip
