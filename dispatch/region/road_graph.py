"""The network of one pack in one profile as arrays: arcs, times, turn bans, who can get where.

An edge e has two arcs: 2e along its geometry, 2e + 1 against it. A ban is a sequence of arcs that
may not be driven one after another: two of them where a node lies between, more where ways do. A
node is split for each beginning of such a sequence that ends there: who has driven just that
beginning stands in a copy of the node, whose outgoing arcs leave out the ones that would complete
a banned sequence (`turn_automaton.py`). So a shortest path over nodes never takes a banned turn,
and U-turns are possible unless banned.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import breadth_first_order, connected_components

from dispatch.domain.message import Problem
from dispatch.region.pack import Pack
from dispatch.region.profiles import PROFILES, road_table
from dispatch.region.road_rules import RuleBook, Signed
from dispatch.region.schema import ACCESS, EDGE_CLASSES
from dispatch.region.turn_automaton import Automaton, banned_sequences, grouped

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Index = NDArray[np.int32]
Flags = NDArray[np.bool_]

#: An arc takes at least this long: a zero in a sparse matrix would be no arc at all.
_LEAST_S = 1e-3
#: A part of the network from which one can come back counts as sound from this many nodes.
_SOUND_NODES = 20
_NONE: Ints = np.empty(0, dtype=np.int64)


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
class Spare:
    """Arcs beside a faster one between the same two nodes: (tail, head, weight, arc) columns."""

    tail: Ints
    head: Ints
    weight: Floats
    arc: Ints

    @classmethod
    def none(cls) -> Spare:
        """No such arcs."""
        return cls(_NONE, _NONE, np.empty(0), _NONE)

    @classmethod
    def of(cls, tail: Ints, head: Ints, weight: Floats, arc: Ints, chosen: Csr) -> Spare:
        """Those of some arcs that were not chosen."""
        rows = chosen.positions(tail, head)
        left = np.flatnonzero(chosen.arc[rows] != arc)
        return cls(tail[left], head[left], weight[left], arc[left])

    def turned(self) -> Spare:
        """The same seen from the other end."""
        return Spare(self.head, self.tail, self.weight, self.arc)


@dataclass(frozen=True)
class RoadGraph:
    """Arrays of a compiled network. Times in seconds; node and arc numbers are positions.

    `travel_s` (2e,) is inf where an arc may not be driven; `delay_s` (2e,) is spent at its end
    (lights, gates). `head` (2e,) is the node or copy an arc ends in, `tail` (2e,) the node it
    starts at. `ratio` (e,) is P90 over P50. `copies` maps a split node to its copies with what is
    banned from each. `size` counts nodes and copies. `spare` are the slower ones of parallel arcs,
    `branches` the copies with an arc that leaves them; `closed_edges` (e,) are closed altogether
    (`closed_graph.py`).
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
    spare: Spare = field(default_factory=Spare.none)
    branches: tuple[Ints, Ints] = (_NONE, _NONE)
    closed_edges: Flags = field(default_factory=lambda: np.empty(0, dtype=bool))

    @property
    def through_s(self) -> Floats:
        """`travel_s` without the closed edges, (2e,)."""
        if not self.closed_edges.any():
            return self.travel_s
        return np.where(np.repeat(self.closed_edges, 2), np.inf, self.travel_s)

    def entries(self, arc: int) -> list[int]:
        """Nodes and copies from which an arc may be entered."""
        node = int(self.tail[arc])
        split = [copy for copy, banned in self.copies.get(node, ()) if arc not in banned]
        return [node, *split]


def compile_graph(
    pack: Pack,
    profile: str,
    in_force: frozenset[int] | None = None,
) -> RoadGraph:
    """Compile a pack for a profile ("lights" or "normal").

    `in_force` are the rules that hold (`RuleBook.in_force`), by default those that do not ask for
    a time. Raises `Problem("region.profile_unknown")` for another profile.
    """
    if profile not in PROFILES:
        raise Problem("region.profile_unknown", profile=profile)
    edges, nodes, book = pack.edges, pack.nodes, RuleBook.of(pack)
    in_force = book.in_force(profile, None) if in_force is None else in_force
    count = len(edges)
    start = np.searchsorted(nodes.node_id, edges.from_node)
    end = np.searchsorted(nodes.node_id, edges.to_node)
    tail = np.column_stack([start, end]).ravel()
    head = np.column_stack([end, start]).ravel()
    travel_s, delay_s, ratio = _times(pack, profile, head, book.signed(in_force))
    drivable = np.isfinite(travel_s)
    banned = banned_sequences(pack, profile, in_force, tail, head, drivable)
    machine = Automaton(banned)
    copies: dict[int, list[tuple[int, frozenset[int]]]] = {}
    tails, heads, arcs = [tail], [head], [np.arange(2 * count)]
    size = len(nodes)
    out_of = grouped(tail, drivable, {int(head[state[-1]]) for state in machine.states})
    copy_of = {state: size + i for i, state in enumerate(machine.states)}
    size += len(copy_of)
    joined = head.copy()
    for state, copy in copy_of.items():
        if len(state) == 1:
            joined[state[0]] = copy
    for state, copy in copy_of.items():
        node = int(head[state[-1]])
        forbidden = machine.forbidden(state)
        copies.setdefault(node, []).append((copy, forbidden))
        allowed = [arc for arc in out_of[node] if arc not in forbidden]
        onward = [machine.after(state, arc) for arc in allowed]
        tails.append(np.full(len(allowed), copy))
        heads.append(
            np.array(
                [
                    copy_of[following] if following else head[arc]
                    for arc, following in zip(allowed, onward, strict=True)
                ],
                dtype=np.int64,
            )
        )
        arcs.append(np.array(allowed, dtype=np.int64))
    heads[0] = joined
    all_tails, all_heads = np.concatenate(tails), np.concatenate(heads)
    all_arcs = np.concatenate(arcs)
    weight = np.maximum(travel_s + delay_s, _LEAST_S)[all_arcs]
    keep = np.isfinite(weight) & (all_tails != all_heads)
    outward = _csr(all_tails[keep], all_heads[keep], weight[keep], all_arcs[keep], size)
    inward = _csr(all_heads[keep], all_tails[keep], weight[keep], all_arcs[keep], size)
    spare = Spare.of(all_tails[keep], all_heads[keep], weight[keep], all_arcs[keep], outward)
    turns = (all_tails, all_arcs)
    branches = (all_tails[2 * count :], all_arcs[2 * count :])
    origin_ok, target_ok = sound_ends(outward, inward, size, turns, joined, drivable)
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
        spare=spare,
        branches=branches,
        closed_edges=np.zeros(count, dtype=bool),
    )


def _times(pack: Pack, profile: str, head: Ints, signed: Signed) -> tuple[Floats, Floats, Floats]:
    table, edges = road_table(), pack.edges
    factors = np.array([getattr(table.classes[name], profile) for name in EDGE_CLASSES])
    ratios = np.array([table.classes[name].p90 for name in EDGE_CLASSES])
    access = np.array([table.access[name].of(profile) for name in ACCESS])
    speed_ms = signed.speed_kmh / 3.6 * factors[edges.class_code][:, None]
    slowing = access[signed.access_code]
    travel = np.full((len(edges), 2), np.inf)
    drivable = slowing > 0
    seconds = np.maximum(edges.length_m[:, None] / speed_ms * slowing[:, None], _LEAST_S)
    for column, allowed in enumerate((signed.forward, signed.backward)):
        mask = drivable & allowed
        travel[mask, column] = seconds[mask, column]
    delay = np.where(pack.nodes.signals[head], table.delay_s["signals"].of(profile), 0.0)
    gated = np.repeat(edges.access_code == ACCESS.index("gate"), 2)
    # Both pieces beside a gate carry it: half each.
    delay = delay + gated * table.delay_s["gate"].of(profile) / 2
    return travel.ravel(), delay, ratios[edges.class_code]


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


def sound_ends(
    outward: Csr, inward: Csr, size: int, turns: tuple[Ints, Ints], head: Ints, drivable: Flags
) -> tuple[Flags, Flags]:
    """Edges from which one gets into the sound part of the network, and edges reached from it.

    `turns` are nodes or copies with an arc that leaves them. A point is snapped to such an edge
    only: a yard that joins nothing would make a unit unreachable for a slip in the map.
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
    entered_arcs = np.zeros(len(head), dtype=bool)
    np.logical_or.at(entered_arcs, turns[1], entered[turns[0]])
    target = (drivable & entered_arcs).reshape(-1, 2)
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
