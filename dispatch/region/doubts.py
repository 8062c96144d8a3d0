"""What a build found, and what of it is doubtful: counted, in kilometres, with a few examples."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dispatch.region.manifest import Doubt
from dispatch.region.schema import NAME_LANGUAGES

#: How many objects of the source are named as examples.
MOST_EXAMPLES = 3
#: Classes that people live on: one without a name is looked for in vain.
_NAMED = ("primary", "secondary", "tertiary", "unclassified", "residential", "living_street")
_POINTS = ("node", "way", "relation")
#: Kinds of place whose number tells whether a source is good for dispatching.
_SERVICES = ("fire_station", "ambulance_station", "police", "hospital", "hydrant")


class Doubts(Counter[str]):
    """Message ids with how often, and a few objects of the source for each."""

    def __init__(self, counts: Mapping[str, int] | Iterable[str] = ()) -> None:
        super().__init__(counts)
        self.examples: defaultdict[str, list[str]] = defaultdict(list)

    def note(self, id: str, example: str) -> None:
        """One more, seen in an object (`way 123`)."""
        self[id] += 1
        if len(self.examples[id]) < MOST_EXAMPLES and example not in self.examples[id]:
            self.examples[id].append(example)

    def take(self, other: Doubts) -> None:
        """Add what another part of the build found."""
        self.update(other)
        for id, examples in other.examples.items():
            self.examples[id] = [*self.examples[id], *examples][:MOST_EXAMPLES]


def examine(
    doubts: Doubts,
    nodes: Mapping[str, Any],
    edges: Mapping[str, Any],
    places: list[dict[str, Any]],
    addresses: list[dict[str, Any]],
    is_osm: bool,
) -> tuple[dict[str, int], tuple[Doubt, ...]]:
    """What was found (`road_km`, `streets` ...) and all doubts, those of the reading and more.

    `nodes` and `edges` are the columns of the tables.
    """
    km = np.asarray(edges["length_m"], dtype=np.float64) / 1000
    ways = np.asarray(edges["way_id"], dtype=np.int64)
    more: list[Doubt] = []

    def roads(id: str, rows: NDArray[np.bool_], n: int) -> None:
        if rows.any():
            longest = np.argsort(-np.where(rows, km, -1), kind="stable")[: 8 * MOST_EXAMPLES]
            named = dict.fromkeys(f"way {ways[row]}" for row in longest if rows[row])
            more.append(
                Doubt(
                    id=id,
                    n=n,
                    km=round(float(km[rows].sum()), 1),
                    examples=tuple(named)[:MOST_EXAMPLES] if is_osm else (),
                )
            )

    at = np.searchsorted(nodes["node_id"], np.asarray(edges["from_node"], dtype=np.int64))
    to = np.searchsorted(nodes["node_id"], np.asarray(edges["to_node"], dtype=np.int64))
    part = np.asarray(nodes["component"])
    islands = part[at] >= 2
    roads("region.doubt.islands", islands, len(np.unique(part[at][islands])))
    traps = ~islands & ((part[at] == 1) | (part[to] == 1))
    roads("region.doubt.traps", traps, int(traps.sum()))
    guessed = ~np.asarray(edges["speed_known"], dtype=bool)
    doubts.pop("region.doubt.no_speed", None)
    roads("region.doubt.limits", guessed, len(np.unique(ways[guessed])))
    names: list[str | None] = edges["name"]
    unnamed = np.array(
        [
            name is None and ref is None and class_ in _NAMED
            for name, ref, class_ in zip(names, edges["ref"], edges["class"], strict=True)
        ]
    )
    roads("region.doubt.unnamed", unnamed, len(np.unique(ways[unnamed])))
    streets = {name for name in names if name}
    translated = {
        name
        for language in NAME_LANGUAGES
        for name, other in zip(names, edges[f"name_{language}"], strict=True)
        if name and other
    }
    if alone := len(streets - translated):
        doubts["region.doubt.one_language"] = alone
    for row in addresses:
        if not row.get("street"):
            if not row.get("district"):
                doubts.note("region.doubt.address_without_street", _point(row, is_osm))
        elif row["street"] not in streets:
            doubts.note("region.doubt.address_street_unknown", _point(row, is_osm))
    found = {
        "road_km": round(float(km.sum())),
        "streets": len(streets),
        "rules": sum(1 for text in edges["rules"] if text),
        "aliases": len({(a, b) for a, b in zip(names, edges["aliases"], strict=True) if b}),
        **{f"streets_{code}": _named(names, edges[f"name_{code}"]) for code in NAME_LANGUAGES},
        **{kind: sum(1 for row in places if row["kind"] == kind) for kind in _SERVICES},
    }
    said = [
        Doubt(id=id, n=n, examples=tuple(doubts.examples.get(id, ())) if is_osm else ())
        for id, n in doubts.items()
        if n
    ]
    return found, tuple(sorted([*said, *more], key=lambda doubt: doubt.id))


def _named(names: list[str | None], others: list[str | None]) -> int:
    return len({name for name, other in zip(names, others, strict=True) if name and other})


def _point(row: dict[str, Any], is_osm: bool) -> str:
    number = int(row["address_id"])
    return f"{_POINTS[number % 4]} {number // 4}" if is_osm and number % 4 < 3 else ""
