"""Facts on the streets: names, speeds, lanes, one-way pairs, traffic lights, turn bans."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np

from dispatch.region.city import names
from dispatch.region.city.field import Field
from dispatch.region.city.graph import Edge, Graph
from dispatch.region.city.naming import COUNTRY, Name, StreetNames
from dispatch.region.city.plan import CELL_M, CENTRE, RANK, SATELLITES, stream
from dispatch.region.city.trimming import components

SPEED_KMH = {
    "motorway": 110,
    "motorway_link": 60,
    "trunk": 80,
    "primary": 60,
    "secondary": 60,
    "tertiary": 50,
    "residential": 40,
}
LANES = {"motorway": 3, "motorway_link": 1, "trunk": 4, "primary": 4, "secondary": 4, "tertiary": 2}


@dataclass(kw_only=True)
class Facts:
    """What is signed on each edge; keyed by edge number."""

    name: dict[int, Name] = field(default_factory=dict)
    speed_kmh: dict[int, int] = field(default_factory=dict)
    lanes: dict[int, int] = field(default_factory=dict)
    ref: dict[int, str] = field(default_factory=dict)
    signals: list[int] = field(default_factory=list)
    """Nodes with traffic lights."""
    bans: list[tuple[int, int, int, str]] = field(default_factory=list)
    """From edge, via node, to edge, the restriction's tag value."""
    settlement: dict[int, int] = field(default_factory=dict)
    """Edge -> 0 the city, 1.. a small town, -1 open country."""


def _middle(edge: Edge) -> tuple[float, float]:
    x, y = edge.line[len(edge.line) // 2]
    return float(x), float(y)


def settlement_at(x: float, y: float, built: float) -> int:
    """Which settlement a place belongs to: 0 the city, 1.. a small town, -1 none."""
    for index, town in enumerate(SATELLITES):
        if (x - town.x) ** 2 + (y - town.y) ** 2 < (1.45 * town.radius_m) ** 2:
            return index + 1
    return 0 if built > 0.12 else -1


def settle(graph: Graph, field_: Field, seed: int, drawn: list[str], motorway_source: int) -> Facts:
    """Names and signs for the whole graph.

    `drawn` holds the origin of each source (`drawn`, `quay`, `traced`); sources from
    `motorway_source` on are the motorways in their order.
    """
    facts = Facts()
    for number in sorted(graph.edges):
        edge = graph.edges[number]
        x, y = _middle(edge)
        built = float(field_.built[_cell(y), _cell(x)]) if _on(x, y) else 0.0
        facts.settlement[number] = settlement_at(x, y, built)
        speed = SPEED_KMH[edge.kind]
        if facts.settlement[number] < 0 and edge.kind in ("primary", "secondary", "tertiary"):
            speed = {"primary": 90, "secondary": 80, "tertiary": 70}[edge.kind]
        if edge.kind == "residential" and (built > 0.8 or (x, y) == CENTRE):
            speed = 30
        facts.speed_kmh[number] = speed
        if edge.kind in LANES:
            facts.lanes[number] = LANES[edge.kind]
    _one_ways(graph, field_, seed)
    _name_streets(graph, facts, seed, motorway_source, drawn)
    _lights(graph, facts)
    _turn_bans(graph, facts, seed)
    return facts


def _cell(metres: float) -> int:
    return int(metres / CELL_M)


def _on(x: float, y: float) -> bool:
    return 0 <= x < 25_000 and 0 <= y < 20_000


def _name_streets(
    graph: Graph, facts: Facts, seed: int, motorway_source: int, drawn: list[str]
) -> None:
    deck = StreetNames(seed)
    special = {
        motorway_source: (names.RING_ROAD, "M1"),
        motorway_source + 1: (names.EAST_ROAD, "M2"),
        motorway_source + 2: (names.SOUTH_ROAD, "M3"),
    }
    groups: dict[tuple[int, int], list[int]] = defaultdict(list)
    for number in sorted(graph.edges):
        edge = graph.edges[number]
        if edge.kind == "motorway_link":
            continue
        if edge.kind == "motorway":
            facts.name[number], facts.ref[number] = special[edge.source]
        elif edge.kind == "trunk":
            facts.name[number] = names.TUNNEL if edge.tunnel else names.LAKE_ROAD
            facts.ref[number] = "A4"
        else:
            groups[(edge.source, facts.settlement[number])].append(number)
    order = sorted(
        groups, key=lambda k: (k[1], min(RANK[graph.edges[n].kind] for n in groups[k]), k)
    )
    primaries = 0
    for source, settlement in order:
        numbers = groups[(source, settlement)]
        length = sum(graph.edges[n].length_m() for n in numbers)
        best = min((graph.edges[n].kind for n in numbers), key=lambda k: RANK[k])
        quay = drawn[source] == "quay" and best == "tertiary"
        if settlement < 0:
            kind = "highway" if best in ("primary", "secondary") else "road"
        elif quay:
            kind = "embankment"
        elif best == "primary":
            primaries += 1
            kind = "avenue"
        elif best == "secondary":
            kind = "boulevard" if source % 4 == 0 else "avenue" if source % 4 == 1 else "road"
        elif best == "tertiary":
            kind = "road"
        elif length > 330.0:
            kind = "street"
        else:
            kind = "close" if _dead_end(graph, numbers) else "lane"
        name = deck.name(settlement if settlement >= 0 else COUNTRY, kind)
        for number in numbers:
            facts.name[number] = name
            if best == "primary":
                facts.ref[number] = f"A{5 + source % 20}"


def _dead_end(graph: Graph, numbers: list[int]) -> bool:
    return any(
        len(graph.at[node]) == 1
        for n in numbers
        for node in (graph.edges[n].u, graph.edges[n].v)
    )  # fmt: skip


def _one_ways(graph: Graph, field_: Field, seed: int) -> None:
    """Alternate one-way streets in the old town, as pairs; a street that would cut somebody off
    stays open both ways."""
    rng = stream(seed, "oneway")
    sources: dict[int, list[int]] = defaultdict(list)
    for number in sorted(graph.edges):
        edge = graph.edges[number]
        x, y = _middle(edge)
        if edge.kind != "residential" or edge.level or not _on(x, y):
            continue
        if float(field_.built[_cell(y), _cell(x)]) > 0.72:
            sources[edge.source].append(number)
    changed: list[int] = []
    for source in sorted(sources):
        if rng.random() > 0.55:
            continue
        numbers = sources[source]
        along = np.concatenate([graph.edges[n].line[[0, -1]] for n in numbers])
        # All pieces of a street point the same way: along its longest stretch.
        axis = np.array(along).max(axis=0) - np.array(along).min(axis=0)
        sign = 1.0 if source % 2 else -1.0
        first = graph.edges[numbers[0]].line
        guide = first[-1] - first[0]
        if abs(float(axis @ axis)) < 1.0:
            continue
        for n in numbers:
            edge = graph.edges[n]
            way = edge.line[-1] - edge.line[0]
            if float(way @ guide) * sign < 0:
                edge.line = edge.line[::-1].copy()
                edge.u, edge.v = edge.v, edge.u
            edge.oneway = True
            changed.append(n)
    for _ in range(12):
        label, largest = components(graph, strong=True)
        bad = [
            n
            for n in changed
            if graph.edges[n].oneway
            and (label[graph.edges[n].u] != largest or label[graph.edges[n].v] != largest)
        ]
        if not bad:
            break
        for n in bad:
            graph.edges[n].oneway = False


def _lights(graph: Graph, facts: Facts) -> None:
    for node in range(len(graph.xy)):
        kinds = sorted(RANK[graph.edges[e].kind] for e in graph.at[node])
        if len(kinds) < 3 or graph.edges[min(graph.at[node])].kind == "motorway":
            continue
        if any(graph.edges[e].kind == "motorway" for e in graph.at[node]):
            continue
        main = sum(k <= RANK["secondary"] for k in kinds)
        side = sum(k == RANK["tertiary"] for k in kinds)
        if main >= 3 or (main >= 2 and side >= 1 and len(kinds) >= 4):
            facts.signals.append(node)


def _turn_bans(graph: Graph, facts: Facts, seed: int) -> None:
    """A few bans of the left turn off an arterial, where lights are and a way round exists."""
    rng = stream(seed, "bans")
    for node in facts.signals:
        arms = sorted(graph.at[node])
        if len(arms) < 4 or rng.random() > 0.22:
            continue
        start = arms[int(rng.integers(len(arms)))]
        if graph.edges[start].u == graph.edges[start].v:
            continue
        came = _bearing(graph, start, node, arriving=True)
        for to in arms:
            if to == start or graph.edges[to].oneway or graph.edges[start].oneway:
                continue
            turn = (_bearing(graph, to, node, arriving=False) - came + 180.0) % 360.0 - 180.0
            if 55.0 < turn < 125.0 and graph.edges[to].u != graph.edges[to].v:
                facts.bans.append((start, node, to, "no_left_turn"))
                break


def _bearing(graph: Graph, number: int, node: int, arriving: bool) -> float:
    edge = graph.edges[number]
    line = edge.line if (edge.v == node) == arriving else edge.line[::-1]
    a, b = (line[-2], line[-1]) if arriving else (line[0], line[1])
    return float(np.degrees(np.arctan2(b[1] - a[1], b[0] - a[0])))
