"""What a build found and what it was not sure of, as values for whoever says it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from dispatch.domain.message import Message, Value
from dispatch.region.manifest import Doubt
from dispatch.region.schema import words


@dataclass(frozen=True)
class BuildReport:
    """The outcome of a build.

    `counts` has the number of rows by table and what else was counted (`road_km`, `streets` ...);
    `took_s` is wall time; `time_zone_known` is false when the zone was guessed; `resumed` tells
    that steps of an earlier build were taken over.
    """

    path: Path
    name: str
    counts: dict[str, int]
    doubts: tuple[Doubt, ...]
    time_zone: str
    time_zone_known: bool
    took_s: float
    resumed: bool = False

    def messages(self) -> list[Message]:
        """One message a line: what was found first, then what is doubtful, with examples."""
        values: dict[str, Value] = {"file": str(self.path), "name": self.name}
        values |= {"seconds": round(self.took_s, 1), **self.counts}
        found = Message("region.report.found", values)
        zone = "region.report.zone" if self.time_zone_known else "region.report.zone_guessed"
        return [
            *([Message("region.report.resumed")] if self.resumed else []),
            found,
            *found_messages(self.counts),
            Message(zone, {"zone": self.time_zone}),
            *doubt_messages(self.doubts),
        ]


def found_messages(found: Mapping[str, int]) -> list[Message]:
    """What a build counted beyond the rows, as far as the pack tells it."""
    if "streets" not in found:
        return []
    values: dict[str, Value] = dict(found)
    return [Message("region.report.streets", values), Message("region.report.services", values)]


#: What matters most to who sends crews comes first; what is not named here comes last.
_ORDER = [
    f"region.doubt.{name}"
    for name in words(
        "islands traps unconnected one_way_trap no_oneway reversible oneway restriction "
        "conditional line class antimeridian unnamed address_without_street "
        "address_street_unknown limits no_speed area mended coast leaves one_language"
    )
]


def doubt_messages(doubts: Iterable[Doubt]) -> list[Message]:
    """A message for each doubt, and one after it where the source has examples."""
    said = []
    order = {id: rank for rank, id in enumerate(_ORDER)}
    for doubt in sorted(doubts, key=lambda doubt: order.get(doubt.id, len(order))):
        # Said by the line on the time zone already.
        if doubt.id == "region.doubt.time_zone":
            continue
        said.append(Message(doubt.id, {"n": doubt.n, "km": doubt.km}))
        if doubt.examples:
            what = ", ".join(example for example in doubt.examples if example)
            said.append(Message("region.report.examples", {"what": what}))
    return said
