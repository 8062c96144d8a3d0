"""Turn restriction relations -> bans between edges, by a node or by the ways between."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any

import msgspec

from dispatch.region.condition_text import parse_condition, parse_conditional
from dispatch.region.conditions import Condition, encoded
from dispatch.region.doubts import Doubts
from dispatch.region.osm_tags import Tags, clean
from dispatch.region.road_draft import RoadDraft

#: A ban by more pieces of road than this between its ends is a slip of somebody's mouse.
_MOST_VIA = 60
_MOST_MEMBERS = 200
_UNREAD = "region.doubt.conditional"
_UNPLACED = "region.doubt.restriction"
_KEYS = ("restriction:motorcar", "restriction:motor_vehicle", "restriction:vehicle", "restriction")
_CARS = frozenset({"motorcar", "motor_vehicle", "vehicle"})


class Ban(msgspec.Struct):
    """A turn restriction as tagged: ways of `from` and `to`, the node or the ways between them.

    `condition` is its text where it holds at some times only, `when` the same as read.
    """

    kind: str
    from_ways: list[int]
    via_node: int | None
    via_ways: list[int]
    to_ways: list[int]
    except_emergency: bool
    condition: str | None
    when: str | None
    relation: int = 0


def parse_bans(
    tags: Tags, members: list[tuple[str, int, str]], relation: int = 0
) -> tuple[list[Ban], list[str]]:
    """The bans of a relation's tags and members (type n/w/r, id, role), and what is doubtful.

    No bans and no doubts when it does not bind cars.
    """
    if not tags.get("type", "restriction").startswith("restriction"):
        return [], []
    exempt = {part.strip() for part in tags.get("except", "").split(";")}
    if exempt & _CARS:
        return [], []
    signs = _signs(tags)
    if not signs:
        return [], []
    from_ways = _ways(members, "from")
    to_ways = _ways(members, "to")
    via = [(kind, ref) for kind, ref, role in members if role == "via"]
    nodes = [ref for kind, ref in via if kind == "n"]
    ways = [ref for kind, ref in via if kind == "w"]
    by_node, by_way = len(nodes) == 1 and not ways, bool(ways) and not nodes
    whole = bool(from_ways and to_ways) and len(members) <= _MOST_MEMBERS
    if not (whole and (by_node or by_way) and len(nodes) + len(ways) == len(via)):
        return [], [_UNPLACED]
    bans, doubts = [], []
    for kind, condition, when in signs:
        if condition is not None and when is None:
            doubts.append(_UNREAD)
        bans.append(
            Ban(
                kind=kind,
                from_ways=from_ways,
                via_node=nodes[0] if by_node else None,
                via_ways=ways,
                to_ways=to_ways,
                except_emergency="emergency" in exempt,
                condition=clean(condition),
                when=None if when is None else encoded(when),
                relation=relation,
            )
        )
    return bans, doubts


def _ways(members: list[tuple[str, int, str]], role: str) -> list[int]:
    return [ref for kind, ref, own in members if kind == "w" and own == role]


def _signs(tags: Tags) -> list[tuple[str, str | None, Condition | None]]:
    """Kind (`no`, `only`), the condition's text and what it says; both None: always."""
    key = next((key for key in _KEYS if tags.get(key)), "restriction")
    base = _kind(tags.get(key, ""))
    days = _by_day(tags)
    conditional = tags.get(f"{key}:conditional") or tags.get("restriction:conditional", "")
    signs: list[tuple[str, str | None, Condition | None]] = []
    spared: tuple[str, Condition | None] | None = None
    for value, when in parse_conditional(conditional):
        text = conditional.partition("@")[2].strip().strip("()")
        if value == "none":
            spared = (text, when)
        elif kind := _kind(value):
            signs.append((kind, text or value, when))
    if base and days:
        signs.append((base, days, parse_condition(days)))
    elif base and spared is not None:
        # "Always, but not at these times": when those are not understood, always.
        text, when = spared
        turned = when and msgspec.structs.replace(when, unless=True)
        signs.append((base, text if turned else None, turned))
    elif base:
        signs.append((base, None, None))
    return signs


def _kind(value: str) -> str:
    kind = value.strip().partition("_")[0]
    return kind if kind in ("no", "only") else ""


def _by_day(tags: Tags) -> str:
    """The old way to tag times: `day_on`, `day_off`, `hour_on`, `hour_off`."""
    parts = []
    for name in ("day", "hour"):
        on, off = tags.get(f"{name}_on", ""), tags.get(f"{name}_off", "")
        if on or off:
            # Hours are as often tagged without minutes.
            parts.append("-".join(f"{end}:00" if end.isdigit() else end for end in (on, off)))
    return " ".join(parts)


class Placing:
    """Puts bans on the edges that a network was cut into.

    `touching` has the rows of a way at a node, `pieces` the rows of a way in its order.
    """

    def __init__(
        self,
        draft: RoadDraft,
        touching: Mapping[tuple[int, int], list[int]],
        pieces: Mapping[int, list[int]],
    ) -> None:
        self._columns = draft.columns
        self._touching = touching
        self._pieces = pieces

    def rows(self, bans: list[Ban], doubts: Doubts) -> list[dict[str, Any]]:
        """The rows of `restrictions`; bans that fit nowhere are counted as doubtful."""
        found: dict[tuple[Any, ...], dict[str, Any]] = {}
        for ban in bans:
            places = (
                self._by_node(ban, ban.via_node) if ban.via_node is not None else self._by_way(ban)
            )
            known = all(
                any(way in self._pieces for way in ways) for ways in (ban.from_ways, ban.to_ways)
            ) and all(way in self._pieces for way in ban.via_ways)
            # A ban on ways that the extract does not hold, or nobody drives on, is no loss.
            if not places and known:
                doubts.note(_UNPLACED, f"relation {ban.relation}")
            for source, via, between, target in places:
                ids = self._columns["edge_id"]
                row = {
                    "from_edge": ids[source],
                    "via_node": via,
                    "to_edge": ids[target],
                    "kind": ban.kind,
                    "except_emergency": ban.except_emergency,
                    "condition": ban.condition,
                    "via_edges": " ".join(str(ids[piece]) for piece in between) or None,
                    "when": ban.when,
                }
                key = (
                    via,
                    row["from_edge"],
                    row["to_edge"],
                    ban.kind,
                    ban.condition or "",
                    row["via_edges"] or "",
                )
                found.setdefault(key, row)
        return [found[key] for key in sorted(found)]

    def _into(self, way: int, node: int) -> list[int]:
        c = self._columns
        return [
            row
            for row in self._touching.get((way, node), [])
            if (c["to_node"][row] == node and c["forward"][row])
            or (c["from_node"][row] == node and c["backward"][row])
        ]

    def _out_of(self, way: int, node: int) -> list[int]:
        c = self._columns
        return [
            row
            for row in self._touching.get((way, node), [])
            if (c["from_node"][row] == node and c["forward"][row])
            or (c["to_node"][row] == node and c["backward"][row])
        ]

    def _by_node(self, ban: Ban, via: int) -> list[tuple[int, int, list[int], int]]:
        pairs: list[tuple[int, int, list[int], int]] = []
        for source in ban.from_ways:
            for target in ban.to_ways:
                into, out = self._into(source, via), self._out_of(target, via)
                if len(into) == len(out) == 1:
                    pairs.append((into[0], via, [], out[0]))
                elif source == target and ban.kind == "no":
                    # Turning back on a road that goes on through the node.
                    pairs += [(row, via, [], row) for row in into if row in out]
        return pairs

    def _by_way(self, ban: Ban) -> list[tuple[int, int, list[int], int]]:
        links, nodes = self._links(ban.via_ways)
        found = []
        for source in ban.from_ways:
            for target in ban.to_ways:
                for start in nodes:
                    into = self._into(source, start)
                    if len(into) != 1 or into[0] in self._rows(ban.via_ways):
                        continue
                    for end, between in self._paths(links, start):
                        out = self._out_of(target, end)
                        covered = {self._columns["way_id"][row] for row in between}
                        if len(out) == 1 and covered == set(ban.via_ways):
                            found.append((into[0], start, between, out[0]))
        # The shortest way between, where a loop allows several.
        best: dict[tuple[int, int], tuple[int, int, list[int], int]] = {}
        for place in sorted(found, key=lambda place: len(place[2])):
            best.setdefault((place[0], place[3]), place)
        return list(best.values())

    def _rows(self, ways: list[int]) -> set[int]:
        return {row for way in ways for row in self._pieces.get(way, ())}

    def _links(self, ways: list[int]) -> tuple[dict[int, list[tuple[int, int]]], list[int]]:
        """Where one gets from each node along the ways: (row, next node), and all their nodes."""
        c = self._columns
        links: dict[int, list[tuple[int, int]]] = {}
        nodes: dict[int, None] = {}
        for row in sorted(self._rows(ways)):
            start, end = c["from_node"][row], c["to_node"][row]
            nodes |= {start: None, end: None}
            if c["forward"][row]:
                links.setdefault(start, []).append((row, end))
            if c["backward"][row]:
                links.setdefault(end, []).append((row, start))
        return links, list(nodes)

    def _paths(
        self, links: dict[int, list[tuple[int, int]]], start: int
    ) -> list[tuple[int, list[int]]]:
        """The shortest drivable way from a node to each other one."""
        before: dict[int, tuple[int, int]] = {}
        queue, seen = deque([start]), {start}
        while queue:
            node = queue.popleft()
            for row, following in links.get(node, ()):
                if following not in seen:
                    seen.add(following)
                    before[following] = (row, node)
                    queue.append(following)
        paths = []
        for end in before:
            rows: list[int] = []
            node = end
            while node != start and len(rows) <= _MOST_VIA:
                row, node = before[node]
                rows.append(row)
            if node == start:
                paths.append((end, rows[::-1]))
        return paths
