"""Banned sequences of arcs, and which of them a driver is in the middle of."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from dispatch.region.pack import Pack
from dispatch.region.schema import RESTRICTION_KINDS

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Arcs = tuple[int, ...]

#: A longer way between two edges is no turn any more; a pack that names one is left unheeded.
_MOST_ARCS = 64
_NOWHERE: Arcs = ()


class Automaton:
    """States are the beginnings of banned sequences, by the arcs driven last (after Aho and
    Corasick); the empty state is everywhere else."""

    def __init__(self, banned: Iterable[Arcs]) -> None:
        self._whole = set(banned)
        found: dict[Arcs, None] = {}
        for arcs in sorted(self._whole):
            for length in range(1, len(arcs)):
                found[arcs[:length]] = None
        #: All states but the empty one.
        self.states: tuple[Arcs, ...] = tuple(found)
        self._known = set(found)
        self._ends: dict[Arcs, set[int]] = {}
        for arcs in self._whole:
            self._ends.setdefault(arcs[:-1], set()).add(arcs[-1])

    def forbidden(self, state: Arcs) -> frozenset[int]:
        """The arcs that would complete a banned sequence from a state. On the ways of a ban by way
        nobody turns back either: going to and fro there would dodge the sign."""
        arcs = {state[-1] ^ 1} if len(state) > 1 else set()
        for begin in range(len(state)):
            arcs |= self._ends.get(state[begin:], set())
        return frozenset(arcs)

    def after(self, state: Arcs, arc: int) -> Arcs:
        """The state after one more arc: the longest end of what was driven that begins a ban."""
        driven = (*state, arc)
        for begin in range(len(driven)):
            if driven[begin:] in self._known:
                return driven[begin:]
        return _NOWHERE


def banned_sequences(
    pack: Pack, profile: str, in_force: frozenset[int], tail: Ints, head: Ints, drivable: Flags
) -> set[Arcs]:
    """All sequences of drivable arcs that a profile may not drive one after another.

    Edges that the pack does not have, and ways that do not hang together, ban nothing.
    """
    table = pack.restrictions
    if not len(table):
        return set()
    edge_ids, node_ids = pack.edges.edge_id, pack.nodes.node_id
    conditions, vias = table.texts("condition"), table.texts("via_edges")
    exempt, kinds = table.numbers("except_emergency"), table.codes("kind")
    via_nodes = table.numbers("via_node")
    sources, targets = table.numbers("from_edge"), table.numbers("to_edge")
    rows = [
        row
        for row in range(len(table))
        if (conditions[row] is None or -1 - row in in_force)
        and not (profile == "lights" and exempt[row])
    ]

    def edge(value: int) -> int:
        at = int(np.searchsorted(edge_ids, value))
        return at if at < len(edge_ids) and edge_ids[at] == value else -1

    def onward(driven: Arcs, word: str) -> list[Arcs]:
        """A sequence driven on over one more edge; an edge that is a loop can be driven twice."""
        at = edge(int(word)) if word.isdecimal() and len(word) < 20 else -1
        arcs = (2 * at, 2 * at + 1) if at >= 0 else ()
        end = head[driven[-1]]
        return [(*driven, arc) for arc in arcs if tail[arc] == end and drivable[arc]]

    begun: list[tuple[Arcs, int, bool]] = []
    for row in rows:
        at = int(np.searchsorted(node_ids, via_nodes[row]))
        if at >= len(node_ids) or node_ids[at] != via_nodes[row]:
            continue
        source, target = edge(int(sources[row])), edge(int(targets[row]))
        words = (vias[row] or "").split()
        if source < 0 or target < 0 or len(words) > _MOST_ARCS:
            continue
        driven: list[Arcs] = [
            (arc,) for arc in (2 * source, 2 * source + 1) if head[arc] == at and drivable[arc]
        ]
        for word in words:
            driven = [longer for arcs in driven for longer in onward(arcs, word)][:_MOST_ARCS]
        only = bool(kinds[row] == RESTRICTION_KINDS.index("only"))
        begun += [(arcs, target, only) for arcs in driven]
    ends = {int(head[arcs[-1]]) for arcs, _, _ in begun}
    out_of = grouped(tail, drivable, ends)
    found: set[Arcs] = set()
    for arcs, target, only in begun:
        for arc in out_of[int(head[arcs[-1]])]:
            if (arc // 2 == target) != only:
                found.add((*arcs, arc))
    return found


def grouped(tail: Ints, drivable: Flags, nodes: set[int]) -> dict[int, list[int]]:
    """The drivable arcs out of each of some nodes."""
    groups: dict[int, list[int]] = {node: [] for node in nodes}
    if nodes:
        mask = np.isin(tail, np.fromiter(nodes, dtype=np.int64)) & drivable
        for arc in np.flatnonzero(mask):
            groups[int(tail[arc])].append(int(arc))
    return groups
