"""OpenStreetMap ways -> edges split at junctions, and turn restriction relations -> bans."""

from __future__ import annotations

import itertools
from array import array
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

from dispatch.region.osm_tags import Road, Tags, clean
from dispatch.region.road_draft import RoadDraft

#: Pieces of one way get `way_id * 4096 + number`: a way has at most 2,000 nodes.
PIECES_PER_WAY = 4096
#: The far side of a node that nobody drives through.
_FAR_SIDE = 1 << 60


@dataclass
class Ban:
    """A turn restriction as tagged: ways of `from` and `to`, the node between them."""

    kind: str
    from_ways: list[int]
    via_node: int
    to_ways: list[int]
    except_emergency: bool
    condition: str | None


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


def parse_ban(tags: Tags, members: list[tuple[str, int, str]]) -> Ban | str | None:
    """A ban from a relation's tags and members (type n/w/r, id, role).

    None when it does not bind cars; a message id when it is one we cannot express.
    """
    if tags.get("type", "restriction") not in ("restriction", "restriction:conditional"):
        return None
    text = tags.get("restriction") or tags.get("restriction:motorcar") or ""
    condition: str | None = None
    if not text:
        conditional = tags.get("restriction:conditional", "")
        text, _, condition = conditional.partition("@")
        condition = clean(condition.strip().strip("()"))
        if not text or condition is None:
            return None
    if condition is None and tags.get("day_on"):
        condition = clean(f"{tags.get('day_on')}-{tags.get('day_off', '')}")
    text = text.strip()
    kind = text.partition("_")[0]
    exempt = {part.strip() for part in tags.get("except", "").split(";")}
    if kind not in ("no", "only") or exempt & {"motorcar", "motor_vehicle", "vehicle"}:
        return None
    from_ways = [ref for kind_, ref, role in members if kind_ == "w" and role == "from"]
    to_ways = [ref for kind_, ref, role in members if kind_ == "w" and role == "to"]
    via = [(kind_, ref) for kind_, ref, role in members if role == "via"]
    if not from_ways or not to_ways or len(via) != 1 or via[0][0] != "n":
        return "region.doubt.restriction"
    return Ban(kind, from_ways, via[0][1], to_ways, "emergency" in exempt, condition)


def cut(network: Network) -> tuple[RoadDraft, list[dict[str, Any]], Counter[str]]:
    """Split the ways into edges; returns them, the rows of `restrictions`, and what is doubtful."""
    doubts: Counter[str] = Counter()
    uses: Counter[int] = Counter()
    for nodes in network.node_runs:
        uses.update(nodes)
        uses[nodes[0]] += 2
        uses[nodes[-1]] += 2
    forced = network.signals | network.barriers.keys() | {ban.via_node for ban in network.bans}
    draft = RoadDraft()
    pieces: defaultdict[int, int] = defaultdict(int)
    touching: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
    for way_id, road, nodes, coords in zip(
        network.way_ids, network.roads, network.node_runs, network.coord_runs, strict=True
    ):
        doubts.update(road.doubts)
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
                edge_id=way_id * PIECES_PER_WAY + pieces[way_id],
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
                lanes=road.lanes,
                layer=road.layer,
                bridge=road.bridge,
                tunnel=road.tunnel,
                roundabout=road.roundabout,
                access="gate" if gated else road.access,
            )
            pieces[way_id] += 1
            touching[way_id, start].append(row)
            if end != start:
                touching[way_id, end].append(row)
    rows = _ban_rows(network.bans, draft, touching, doubts)
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


def _ban_rows(
    bans: list[Ban],
    draft: RoadDraft,
    touching: dict[tuple[int, int], list[int]],
    doubts: Counter[str],
) -> list[dict[str, Any]]:
    columns = draft.columns
    found: dict[tuple[int, int, int, str, str], dict[str, Any]] = {}
    for ban in bans:
        via = ban.via_node

        def into(row: int, via: int = via) -> bool:
            return bool(
                (columns["to_node"][row] == via and columns["forward"][row])
                or (columns["from_node"][row] == via and columns["backward"][row])
            )

        def out_of(row: int, via: int = via) -> bool:
            return bool(
                (columns["from_node"][row] == via and columns["forward"][row])
                or (columns["to_node"][row] == via and columns["backward"][row])
            )

        sources = [[r for r in touching.get((way, via), []) if into(r)] for way in ban.from_ways]
        targets = [[r for r in touching.get((way, via), []) if out_of(r)] for way in ban.to_ways]
        pairs = [(s[0], t[0]) for s in sources for t in targets if len(s) == len(t) == 1]
        if not pairs:
            doubts["region.doubt.restriction"] += 1
        for source, target in pairs:
            row = {
                "from_edge": columns["edge_id"][source],
                "via_node": via,
                "to_edge": columns["edge_id"][target],
                "kind": ban.kind,
                "except_emergency": ban.except_emergency,
                "condition": ban.condition,
            }
            key = (row["via_node"], row["from_edge"], row["to_edge"], ban.kind, ban.condition or "")
            found.setdefault(key, row)
    return [found[key] for key in sorted(found)]
