"""OpenStreetMap ways -> edges split at junctions, with the bans between them."""

from __future__ import annotations

import itertools
from array import array
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

from dispatch.region.doubts import Doubts
from dispatch.region.osm_way import Road
from dispatch.region.road_draft import RoadDraft
from dispatch.region.turn_bans import Ban, Placing

#: Pieces of one way get `way_id * 4096 + number`: a way has at most 2,000 nodes.
PIECES_PER_WAY = 4096
#: The far side of a node that nobody drives through.
_FAR_SIDE = 1 << 60


@dataclass
class Network:
    """What was read of the road network before it is cut into edges."""

    way_ids: list[int] = field(default_factory=list)
    roads: list[Road] = field(default_factory=list)
    node_runs: list[array[int]] = field(default_factory=list)
    coord_runs: list[array[int]] = field(default_factory=list)
    signals: set[int] = field(default_factory=set)
    barriers: dict[int, str] = field(default_factory=dict)
    bans: list[Ban] = field(default_factory=list)

    def add_way(self, way_id: int, road: Road, nodes: array[int], coords: array[int]) -> None:
        """A run of consecutive known nodes of one way; two nodes or more."""
        self.way_ids.append(way_id)
        self.roads.append(road)
        self.node_runs.append(nodes)
        self.coord_runs.append(coords)


def cut(network: Network) -> tuple[RoadDraft, list[dict[str, Any]], Doubts]:
    """Split the ways into edges; returns them, the rows of `restrictions`, and what is doubtful."""
    doubts = Doubts()
    uses: Counter[int] = Counter()
    for nodes in network.node_runs:
        uses.update(nodes)
        uses[nodes[0]] += 2
        uses[nodes[-1]] += 2
    forced = (
        network.signals
        | network.barriers.keys()
        | {ban.via_node for ban in network.bans if ban.via_node is not None}
    )
    draft = RoadDraft()
    rows_of: defaultdict[int, list[int]] = defaultdict(list)
    touching: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
    for way_id, road, nodes, coords in zip(
        network.way_ids, network.roads, network.node_runs, network.coord_runs, strict=True
    ):
        for doubt in road.doubts:
            doubts.note(doubt, f"way {way_id}")
        last = len(nodes) - 1
        cuts = [
            i for i, node in enumerate(nodes) if i in (0, last) or uses[node] > 1 or node in forced
        ]
        for a, b in itertools.pairwise(_without_empty(cuts, coords)):
            start, end = nodes[a], nodes[b]
            row = len(draft)
            # A blocked node ends the piece before it; the piece after starts on its far side.
            far = start + _FAR_SIDE if network.barriers.get(start) == "block" else start
            gates = [n for n in (start, end) if network.barriers.get(n) == "gate"]
            gated = bool(gates) and road.access in ("open", "destination")
            draft.add(
                edge_id=way_id * PIECES_PER_WAY + len(rows_of[way_id]),
                from_node=far,
                to_node=end,
                way_id=way_id,
                class_=road.class_,
                speed_kmh=road.speed_kmh,
                speed_known=road.speed_known,
                forward=road.forward,
                backward=road.backward,
                coords_e7=coords[2 * a : 2 * b + 2],
                names=road.names,
                ref=road.ref,
                aliases=road.aliases,
                rules=road.rules,
                lanes=road.lanes,
                layer=road.layer,
                bridge=road.bridge,
                tunnel=road.tunnel,
                roundabout=road.roundabout,
                access="gate" if gated else road.access,
            )
            rows_of[way_id].append(row)
            touching[way_id, start].append(row)
            if end != start:
                touching[way_id, end].append(row)
    rows = Placing(draft, touching, rows_of).rows(network.bans, doubts)
    return draft, rows, doubts


def _without_empty(cuts: list[int], coords: array[int]) -> list[int]:
    """Drop cuts that would make a piece without length; a way without any length has no pieces."""
    kept = [cuts[0]]
    for i in cuts[1:]:
        a = kept[-1]
        points = {(coords[2 * k], coords[2 * k + 1]) for k in range(a, i + 1)}
        if len(points) > 1:
            kept.append(i)
    # A dropped end would leave the road hanging: pull the last cut onto it.
    if len(kept) > 1 and kept[-1] != cuts[-1]:
        kept[-1] = cuts[-1]
    return kept
