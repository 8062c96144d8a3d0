"""The network of one pack in one profile as arrays: arcs, times, turn bans, who can get where.

An edge e has two arcs: 2e along its geometry, 2e + 1 against it. A node where turns are banned is
split: an arc that may not turn everywhere ends in a copy of the node of its own, whose outgoing
arcs leave out the banned ones. So a shortest path over nodes never takes a banned turn, and
U-turns are possible unless banned.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import breadth_first_order, connected_components

from dispatch.domain.message import Problem
from dispatch.region.pack import Pack
from dispatch.region.profiles import PROFILES, road_table
from dispatch.region.schema import ACCESS, EDGE_CLASSES, RESTRICTION_KINDS

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Index = NDArray[np.int32]
Flags = NDArray[np.bool_]

#: An arc takes at least this long: a zero in a sparse matrix would be no arc at all.
_LEAST_S = 1e-3
#: A part of the network from which one can come back counts as sound from this many nodes.
_SOUND_NODES = 20


@dataclass(frozen=True)
class Csr:
    """A sparse graph by rows; `arc` names the arc behind each entry."""

    indptr: Index
    indices: Index
    weight: Floats
    arc: Ints
    key: Ints

    def positions(self, rows: Ints | Index, columns: Ints | Index) -> Ints:
        """Where the entries (row, column) stand; every pair must be an entry."""
        return np.searchsorted(self.key, rows.astype(np.int64) * len(self.indptr) + columns)


@dataclass(frozen=True)
class RoadGraph:
    """Arrays of a compiled network. Times in seconds; node and arc numbers are positions.

    `travel_s` (2e,) is inf where an arc may not be driven; `delay_s` (2e,) is spent at its end
    (lights, gates). `head` (2e,) is the node or copy an arc ends in, `tail` (2e,) the node it
    starts at. `ratio` (e,) is P90 over P50. `copies` maps a split node to its copies with what is
    banned from each. `size` counts nodes and copies.
    """

    tail: Ints
    head: Ints
    travel_s: Floats
    delay_s: Floats
    ratio: Floats
    size: int
    outward: Csr
    inward: Csr
    origin_edges: Flags
    target_edges: Flags
    copies: dict[int, list[tuple[int, frozenset[int]]]] = field(default_factory=dict)

    def entries(self, arc: int) -> list[int]:
        """Nodes and copies from which an arc may be entered."""
        node = int(self.tail[arc])
        split = [copy for copy, banned in self.copies.get(node, ()) if arc not in banned]
        return [node, *split]


def compile_graph(pack: Pack, profile: str, closed: Collection[int] = ()) -> RoadGraph:
    """Compile a pack for a profile ("lights" or "normal") without the closed edges (edge ids).

    Raises `Problem("region.profile_unknown")` for another profile.
    """
    if profile not in PROFILES:
        raise Problem("region.profile_unknown", profile=profile)
    edges, nodes = pack.edges, pack.nodes
    count = len(edges)
    start = np.searchsorted(nodes.node_id, edges.from_node)
    end = np.searchsorted(nodes.node_id, edges.to_node)
    tail = np.column_stack([start, end]).ravel()
    head = np.column_stack([end, start]).ravel()
    travel_s, delay_s, ratio = _times(pack, profile, closed, head)
    bans = _bans(pack, profile, tail, head, travel_s)
    copies: dict[int, list[tuple[int, frozenset[int]]]] = {}
    tails, heads, arcs = [tail], [head], [np.arange(2 * count)]
    size = len(nodes)
    out_of = _grouped(tail, np.isfinite(travel_s), {int(head[arc]) for arc in bans})
    joined = head.copy()
    for arc in sorted(bans):
        copies.setdefault(int(head[arc]), []).append((size, frozenset(bans[arc])))
        joined[arc] = size
        size += 1
    for node, entries in copies.items():
        for copy, banned in entries:
            allowed = np.array([a for a in out_of[node] if a not in banned], dtype=np.int64)
            tails.append(np.full(len(allowed), copy))
            heads.append(joined[allowed])
            arcs.append(allowed)
    heads[0] = joined
    all_tails, all_heads = np.concatenate(tails), np.concatenate(heads)
    all_arcs = np.concatenate(arcs)
    weight = np.maximum(travel_s + delay_s, _LEAST_S)[all_arcs]
    keep = np.isfinite(weight) & (all_tails != all_heads)
    outward = _csr(all_tails[keep], all_heads[keep], weight[keep], all_arcs[keep], size)
    inward = _csr(all_heads[keep], all_tails[keep], weight[keep], all_arcs[keep], size)
    origin_ok, target_ok = _ends(outward, inward, size, tail, joined, np.isfinite(travel_s))
    return RoadGraph(
        tail=tail,
        head=joined,
        travel_s=travel_s,
        delay_s=delay_s,
        ratio=ratio,
        size=size,
        outward=outward,
        inward=inward,
        origin_edges=origin_ok,
        target_edges=target_ok,
        copies=copies,
    )


def _times(
    pack: Pack, profile: str, closed: Collection[int], head: Ints
) -> tuple[Floats, Floats, Floats]:
    table, edges = road_table(), pack.edges
    factors = np.array([getattr(table.classes[name], profile) for name in EDGE_CLASSES])
    ratios = np.array([table.classes[name].p90 for name in EDGE_CLASSES])
    access = np.array([table.access[name].of(profile) for name in ACCESS])
    speed_ms = edges.speed_kmh.astype(np.float64) / 3.6 * factors[edges.class_code]
    slowing = access[edges.access_code]
    travel = np.full((len(edges), 2), np.inf)
    drivable = slowing > 0
    if len(closed):
        drivable &= ~np.isin(edges.edge_id, np.fromiter(closed, dtype=np.int64))
    seconds = np.maximum(edges.length_m / speed_ms * slowing, _LEAST_S)
    for column, allowed in enumerate((edges.forward, edges.backward)):
        mask = drivable & allowed
        travel[mask, column] = seconds[mask]
    delay = np.where(pack.nodes.signals[head], table.delay_s["signals"].of(profile), 0.0)
    gated = np.repeat(edges.access_code == ACCESS.index("gate"), 2)
    # Both pieces beside a gate carry it: half each.
    delay = delay + gated * table.delay_s["gate"].of(profile) / 2
    return travel.ravel(), delay, ratios[edges.class_code]


def _bans(
    pack: Pack, profile: str, tail: Ints, head: Ints, travel_s: Floats
) -> dict[int, set[int]]:
    """For each arc into a junction the arcs out of it that may not be taken."""
    table = pack.restrictions
    if not len(table):
        return {}
    edge_ids, node_ids = pack.edges.edge_id, pack.nodes.node_id
    sources, targets = table.numbers("from_edge"), table.numbers("to_edge")
    vias, kinds = table.numbers("via_node"), table.codes("kind")
    exempt = table.numbers("except_emergency")
    conditions = table.texts("condition")
    bans: dict[int, set[int]] = {}
    wanted = {int(via) for via in vias}
    positions = {via: int(np.searchsorted(node_ids, via)) for via in wanted}
    out_of = _grouped(tail, np.isfinite(travel_s), set(positions.values()))
    for row in range(len(table)):
        if conditions[row] is not None or (profile == "lights" and exempt[row]):
            continue
        source, target = (
            int(np.searchsorted(edge_ids, value)) for value in (sources[row], targets[row])
        )
        node = positions[int(vias[row])]
        known = (
            source < len(edge_ids)
            and target < len(edge_ids)
            and edge_ids[source] == sources[row]
            and edge_ids[target] == targets[row]
        )
        if not known:
            continue
        into = [a for a in (2 * source, 2 * source + 1) if head[a] == node]
        out = {a for a in (2 * target, 2 * target + 1) if tail[a] == node}
        only = kinds[row] == RESTRICTION_KINDS.index("only")
        for arc in into:
            if np.isfinite(travel_s[arc]):
                banned = set(out_of.get(node, ())) - out if only else out
                bans.setdefault(arc, set()).update(banned)
    return {arc: banned for arc, banned in bans.items() if banned}


def _grouped(tail: Ints, drivable: Flags, nodes: set[int]) -> dict[int, list[int]]:
    """The drivable arcs out of each of some nodes."""
    groups: dict[int, list[int]] = {node: [] for node in nodes}
    if nodes:
        mask = np.isin(tail, np.fromiter(nodes, dtype=np.int64)) & drivable
        for arc in np.flatnonzero(mask):
            groups[int(tail[arc])].append(int(arc))
    return groups


def _csr(rows: Ints, columns: Ints, weight: Floats, arc: Ints, size: int) -> Csr:
    """Sorted by row and column; of parallel arcs the fastest stays."""
    order = np.lexsort((arc, weight, columns, rows))
    rows, columns = rows[order], columns[order]
    first = np.ones(len(rows), dtype=bool)
    first[1:] = (rows[1:] != rows[:-1]) | (columns[1:] != columns[:-1])
    rows, columns = rows[first], columns[first]
    indptr = np.searchsorted(rows, np.arange(size + 1)).astype(np.int32)
    key = rows.astype(np.int64) * len(indptr) + columns
    indices = columns.astype(np.int32)
    return Csr(indptr, indices, weight[order][first], arc[order][first], key)


def _ends(
    outward: Csr, inward: Csr, size: int, tail: Ints, head: Ints, drivable: Flags
) -> tuple[Flags, Flags]:
    """Edges from which one gets into the sound part of the network, and edges reached from it.

    A point is snapped to such an edge only: a yard that joins nothing would make a unit
    unreachable for a slip in the map.
    """
    matrix = csr_array(
        (np.ones(len(outward.indices), np.int8), outward.indices, outward.indptr), (size, size)
    )
    _, part = connected_components(matrix, directed=True, connection="strong")
    sizes = np.bincount(part)
    sound = np.flatnonzero(sizes >= min(_SOUND_NODES, sizes.max()))
    _, first = np.unique(part, return_index=True)
    leaves = _reached(inward, size, first[sound])
    entered = _reached(outward, size, first[sound])
    origin = (drivable & leaves[head]).reshape(-1, 2)
    target = (drivable & entered[tail]).reshape(-1, 2)
    return origin[:, 0] | origin[:, 1], target[:, 0] | target[:, 1]


def _reached(graph: Csr, size: int, sources: Ints) -> Flags:
    """Nodes that can be reached from any of the sources, by a node beside them all."""
    indices = np.concatenate([graph.indices, sources.astype(np.int32)])
    indptr = np.append(graph.indptr, np.int32(len(indices)))
    matrix = csr_array((np.ones(len(indices), np.int8), indices, indptr), (size + 1, size + 1))
    order = breadth_first_order(matrix, size, return_predecessors=False)
    reached = np.zeros(size + 1, dtype=bool)
    reached[order] = True
    return reached[:size]
