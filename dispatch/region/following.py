"""Following a hand along the network: the shortest way on roads through a row of places.

Lengths count, not times, and one-way streets are followed either way.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dispatch.region.columns import Texts
from dispatch.region.fold import words_of
from dispatch.region.pack import Pack
from dispatch.region.schema import NAME_LANGUAGES

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: A metre off the road costs as much as so many metres of way: a click is meant near its road.
_OFF_COST = 3.0
#: Leaving the street that was named costs so many times its length.
_STRAY_COST = 5.0
#: Nodes looked at for one leg: a city centre's worth, some tens of milliseconds.
_MOST_NODES = 20_000


@dataclass(frozen=True)
class Spot:
    """A place on an edge (position in the pack): share of its length, metres off the road."""

    edge: int
    share: float
    off_m: float


@dataclass(frozen=True)
class Step:
    """A part of an edge that was followed, from one share of its length to another."""

    edge: int
    begin: float
    finish: float


class Follower:
    """The undirected network of a pack by length. Edges and nodes are positions."""

    def __init__(self, pack: Pack) -> None:
        edges, nodes = pack.edges, pack.nodes
        self.length_m: Floats = edges.length_m
        self.names = edges.names()
        self._translated = [edges.texts(f"name_{language}") for language in NAME_LANGUAGES]
        self.one_way: NDArray[np.bool_] = edges.forward != edges.backward
        self._by_words: dict[frozenset[str], set[int]] | None = None
        start = np.searchsorted(nodes.node_id, edges.from_node)
        end = np.searchsorted(nodes.node_id, edges.to_node)
        self._ends = np.column_stack([start, end])
        tail = np.concatenate([start, end])
        order = np.argsort(tail, kind="stable")
        self._first = np.searchsorted(tail[order], np.arange(len(nodes) + 1))
        self._edge = np.concatenate([np.arange(len(edges))] * 2)[order]
        self._head = np.concatenate([end, start])[order]

    def named(self, words: Sequence[str]) -> frozenset[int]:
        """Edges whose name in some language is these words in whatever order, else has them."""
        wanted = frozenset(words)
        if self._by_words is None:
            self._by_words = _by_words((self.names, *self._translated))
        exact = self._by_words.get(wanted)
        if exact is not None:
            return frozenset(exact)
        having = (rows for said, rows in self._by_words.items() if wanted <= said)
        return frozenset().union(*having)

    def along(
        self, spots: Sequence[Sequence[Spot]], keep: frozenset[int] | None = None
    ) -> tuple[list[Step], bool]:
        """The shortest way through one spot of each group, and whether it hangs together.

        `keep` are edges not to stray from. Where two groups are not joined, each keeps its own.
        """
        best = [(_OFF_COST * spot.off_m + self._stray(spot, keep), [spot]) for spot in spots[0]]
        ways: dict[tuple[Spot, Spot], list[Step]] = {}
        whole = True
        for group in spots[1:]:
            following = []
            legs = {}
            for spot in {chain[-1] for _, chain in best}:
                legs[spot] = self._legs(spot, group, keep)
            for spot in group:
                chains = [
                    (cost + legs[chain[-1]][spot][0], chain)
                    for cost, chain in best
                    if spot in legs[chain[-1]]
                ]
                if chains:
                    cost, chain = min(chains, key=lambda each: each[0])
                    ways[chain[-1], spot] = legs[chain[-1]][spot][1]
                    total = cost + _OFF_COST * spot.off_m + self._stray(spot, keep)
                    following.append((total, [*chain, spot]))
            if not following:
                whole = False
                _, chain = min(best, key=lambda each: each[0])
                following = [(0.0, [*chain, min(group, key=lambda spot: spot.off_m)])]
            best = following
        _, chain = min(best, key=lambda each: each[0])
        if len(chain) == 1:
            return [Step(chain[0].edge, 0.0, 1.0)], whole
        steps: list[Step] = []
        for before, after in itertools.pairwise(chain):
            own = [Step(before.edge, 0.0, 1.0), Step(after.edge, 0.0, 1.0)]
            steps.extend(ways.get((before, after), own))
        return steps, whole

    def _stray(self, spot: Spot, keep: frozenset[int] | None) -> float:
        return 0.0 if keep is None or spot.edge in keep else 60.0

    def _legs(
        self, start: Spot, group: Sequence[Spot], keep: frozenset[int] | None
    ) -> dict[Spot, tuple[float, list[Step]]]:
        """From one spot to each of a group: cost and steps; those without a way are left out."""
        found: dict[Spot, tuple[float, list[Step]]] = {}
        wanted: dict[int, list[Spot]] = {}
        for spot in group:
            if spot.edge == start.edge:
                cost = abs(spot.share - start.share) * self._cost(spot.edge, keep)
                found[spot] = (cost, [Step(spot.edge, start.share, spot.share)])
            for node in self._ends[spot.edge].tolist():
                wanted.setdefault(node, []).append(spot)
        whole = self._cost(start.edge, keep)
        a, b = self._ends[start.edge].tolist()
        heap = [
            (start.share * whole, a, -1, start.edge),
            ((1 - start.share) * whole, b, -1, start.edge),
        ]
        heapq.heapify(heap)
        before: dict[int, tuple[int, int]] = {}
        missing = set(wanted)
        while heap and missing and len(before) < _MOST_NODES:
            cost, node, came, by = heapq.heappop(heap)
            if node in before:
                continue
            before[node] = (came, by)
            if node in missing:
                missing.discard(node)
                for spot in wanted[node]:
                    self._arrive(found, start, spot, node, cost, before, keep)
            for i in range(int(self._first[node]), int(self._first[node + 1])):
                head = int(self._head[i])
                if head not in before:
                    edge = int(self._edge[i])
                    heapq.heappush(heap, (cost + self._cost(edge, keep), head, node, edge))
        return found

    def _cost(self, edge: int, keep: frozenset[int] | None) -> float:
        stray = 1.0 if keep is None or edge in keep else _STRAY_COST
        return float(self.length_m[edge]) * stray

    def _arrive(
        self,
        found: dict[Spot, tuple[float, list[Step]]],
        start: Spot,
        spot: Spot,
        node: int,
        cost: float,
        before: dict[int, tuple[int, int]],
        keep: frozenset[int] | None,
    ) -> None:
        at_start = int(self._ends[spot.edge][0]) == node
        share = spot.share if at_start else 1.0 - spot.share
        total = cost + share * self._cost(spot.edge, keep)
        if spot in found and found[spot][0] <= total:
            return
        steps = [Step(spot.edge, 0.0 if at_start else 1.0, spot.share)]
        while True:
            came, by = before[node]
            if came < 0:
                leaves = 0.0 if int(self._ends[by][0]) == node else 1.0
                steps.append(Step(by, start.share, leaves))
                break
            forward = int(self._ends[by][0]) == came
            steps.append(Step(by, 0.0 if forward else 1.0, 1.0 if forward else 0.0))
            node = came
        found[spot] = (total, steps[::-1])


def _by_words(columns: Sequence[Texts]) -> dict[frozenset[str], set[int]]:
    """Edges by the words of their name, all languages together."""
    found: dict[frozenset[str], set[int]] = {}
    for names in columns:
        known: dict[str, set[int]] = {}
        for row, name in enumerate(names):
            if name:
                if name not in known:
                    known[name] = found.setdefault(frozenset(words_of(name)), set())
                known[name].add(row)
    return found
