"""How another agency's recorded file reads in our words: columns, call types, kinds of unit.

Data in `resources/crosswalks/*.toml`; a file of calls is known by its columns.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from dispatch.domain.level import Level
from dispatch.domain.message import Problem
from dispatch.recommend.toml_places import TomlFile
from dispatch.resources import resource

#: Columns of ours that a file must have; the others of `[columns]` may be missing from it.
NEEDED = ("call", "unit", "unit_type", "type", "received", "dispatched", "available", "lon", "lat")


class _Row(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of the rows of the file."""


class Columns(_Row, frozen=True):
    """Our column -> the file's. `priority` names several: the first that is filled counts."""

    call: str
    unit: str
    unit_type: str
    type: str
    received: str
    dispatched: str
    available: str
    lon: str
    lat: str
    en_route: str = ""
    on_scene: str = ""
    transport: str = ""
    hospital: str = ""
    address: str = ""
    area: str = ""
    sequence: str = ""
    als: str = ""
    priority: tuple[str, ...] = ()


class CallRow(_Row, frozen=True):
    """A recorded call type ("*": any other), of some priorities only where they are named."""

    recorded: str
    type: str
    level: Level
    priorities: tuple[str, ...] = ()
    by_priority: dict[str, Level] = {}


class UnitRow(_Row, frozen=True):
    """A recorded kind of unit ("*": any other). See the comments in the file."""

    recorded: str
    kind: str
    service: str
    capabilities: tuple[str, ...]
    crew: int
    prefix: str = ""
    housed: bool = False


class _File(_Row, frozen=True):
    format: int
    name: str
    time_zone: str
    run_cards: str
    columns: Columns
    call: tuple[CallRow, ...]
    unit: tuple[UnitRow, ...]
    arrival: str = "turnout.toml"


@dataclass(frozen=True)
class Crosswalk:
    """One agency's words in ours. `run_cards` and `arrival` are paths of shipped data."""

    name: str
    zone: ZoneInfo
    columns: Columns
    run_cards: Path
    arrival: Path
    calls: tuple[CallRow, ...]
    units: tuple[UnitRow, ...]

    @classmethod
    def load(cls, path: Path) -> Crosswalk:
        """Read one; `Problem("recommend.observed.crosswalk")` naming file and line when wrong."""
        file = TomlFile(path)
        try:
            data = msgspec.convert(file.data, _File)
            zone = ZoneInfo(data.time_zone)
        except (msgspec.ValidationError, ZoneInfoNotFoundError, ValueError) as error:
            raise file.problem("recommend.observed.crosswalk", what=str(error)) from error
        if data.format != 1:
            raise file.problem("recommend.file.format", key="format", wanted=1)
        # The last row must take whatever no other row took.
        if not data.call or data.call[-1].recorded != "*" or data.call[-1].priorities:
            raise file.problem("recommend.observed.crosswalk", "call", what='recorded = "*"')
        if not data.unit or data.unit[-1].recorded != "*" or data.unit[-1].prefix:
            raise file.problem("recommend.observed.crosswalk", "unit", what='recorded = "*"')
        return cls(
            name=data.name,
            zone=zone,
            columns=data.columns,
            run_cards=resource("crosswalks", data.run_cards),
            arrival=resource("profiles", data.arrival),
            calls=data.call,
            units=data.unit,
        )

    def call_of(self, recorded: str, priority: str) -> tuple[str, Level]:
        """Our call type and level for a recorded one."""
        row = next(
            row
            for row in self.calls
            if row.recorded in (recorded, "*")
            and (not row.priorities or priority in row.priorities)
        )
        return row.type, row.by_priority.get(priority, row.level)

    def unit_of(self, recorded: str, unit_id: str) -> UnitRow:
        """What a recorded unit is."""
        return next(
            row
            for row in self.units
            if row.recorded in (recorded, "*") and unit_id.startswith(row.prefix)
        )


def crosswalk_for(columns: Collection[str], file: str) -> Crosswalk:
    """The shipped crosswalk that knows a file's columns.

    `Problem("recommend.observed.columns")` names the columns that are missing for the nearest.
    """
    best: list[str] | None = None
    for path in sorted(resource("crosswalks").glob("*.toml")):
        crosswalk = Crosswalk.load(path)
        wanted = [getattr(crosswalk.columns, name) for name in NEEDED]
        missing = [name for name in wanted if name not in columns]
        if not missing:
            return crosswalk
        if best is None or len(missing) < len(best):
            best = missing
    raise Problem("recommend.observed.columns", file=file, what=", ".join(best or ["*"]))
