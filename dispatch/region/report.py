"""What a build found and what it was not sure of, as values for whoever says it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from dispatch.domain.message import Message, Value
from dispatch.region.manifest import Doubt


@dataclass(frozen=True)
class BuildReport:
    """The outcome of a build.

    `counts` has the number of rows by table and the kilometres of road under `road_km`;
    `took_s` is wall time; `time_zone_known` is false when the zone was guessed.
    """

    path: Path
    name: str
    counts: dict[str, int]
    doubts: tuple[Doubt, ...]
    time_zone: str
    time_zone_known: bool
    took_s: float

    def messages(self) -> list[Message]:
        """One message a line: what was found first, then what is doubtful."""
        values: dict[str, Value] = {"file": str(self.path), "name": self.name}
        values |= {"seconds": round(self.took_s, 1), **self.counts}
        found = Message("region.report.found", values)
        zone = "region.report.zone" if self.time_zone_known else "region.report.zone_guessed"
        return [
            found,
            Message(zone, {"zone": self.time_zone}),
            *(
                Message(doubt.id, {"n": doubt.n})
                for doubt in self.doubts
                # Said by the line above already.
                if doubt.id != "region.doubt.time_zone"
            ),
        ]
