"""An agency as its records show it: recorded calls, the units seen in them, where those live.

From a table of calls and units (one row for each unit of a call). Used to judge recommendations
against what a city did, and to play a recorded day with the observed fleet.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dispatch.domain.level import Level
from dispatch.domain.message import Problem
from dispatch.domain.unit import Unit
from dispatch.domain.value import Point
from dispatch.recommend.crosswalk import Crosswalk, crosswalk_for
from dispatch.region.pack import Pack

MAX_BYTES = 500_000_000
MAX_ROWS = 5_000_000
_NUMBER = re.compile(r"(\d+)$")


@dataclass(frozen=True, slots=True)
class RecordedUnit:
    """One unit's part in a call; times in microseconds UTC, None where the file has none.

    `sequence` is its place in the dispatch, from 1.
    """

    unit_id: str
    unit_type: str
    sequence: int
    dispatched_us: int
    en_route_us: int | None
    on_scene_us: int | None
    transport_us: int | None
    hospital_us: int | None
    available_us: int | None
    als: bool


@dataclass(frozen=True, slots=True)
class RecordedCall:
    """A call as it was recorded, in our words, and the units the city sent, in their order."""

    call_id: str
    received_us: int
    recorded_type: str
    priority: str
    type_id: str
    level: Level
    point: Point
    address: str
    area: str
    units: tuple[RecordedUnit, ...]

    @property
    def dispatched_us(self) -> int:
        """When the first unit was sent."""
        return min(unit.dispatched_us for unit in self.units)


@dataclass(frozen=True)
class Recorded:
    """A recorded file: its calls by time received, and the crosswalk they were read with."""

    path: Path
    crosswalk: Crosswalk
    calls: tuple[RecordedCall, ...]


@dataclass(frozen=True)
class ObservedStation:
    """A station that units live at."""

    station_id: str
    name: str
    service: str
    point: Point


@dataclass(frozen=True)
class ObservedFleet:
    """The units seen in a record. `housed` holds those whose home is really their station; the
    home of the others (they post dynamically) is shared out by demand, see `observed_agency`.
    """

    units: tuple[Unit, ...]
    stations: tuple[ObservedStation, ...]
    housed: frozenset[str]


def read_recorded(path: Path, limit: int | None = None) -> Recorded:
    """Read a Parquet file of calls and units.

    `limit` keeps the first so many calls. `Problem` (`recommend.observed.*`) when the file is not
    Parquet, lacks columns or holds no usable call. Rows without place, or dispatch time, are left
    out.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise Problem("recommend.file.large", file=str(path), limit=MAX_BYTES)
        table = pd.read_parquet(path)
    except (OSError, ValueError, TypeError, KeyError) as error:
        what = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise Problem("recommend.observed.unreadable", file=str(path), what=what) from error
    if len(table) > MAX_ROWS:
        raise Problem("recommend.file.large", file=str(path), limit=MAX_ROWS)
    crosswalk = crosswalk_for(set(map(str, table.columns)), str(path))
    calls = recorded_calls(table, crosswalk, str(path))
    if not calls:
        raise Problem("recommend.observed.empty", file=str(path))
    return Recorded(path=path, crosswalk=crosswalk, calls=calls[:limit] if limit else calls)


def recorded_calls(
    table: pd.DataFrame, crosswalk: Crosswalk, file: str
) -> tuple[RecordedCall, ...]:
    """The calls of a table in order of time received, ties by their number."""
    c = crosswalk.columns
    try:
        times = {
            name: _utc_us(table, getattr(c, name), crosswalk)
            for name in ("received", "dispatched", "en_route", "on_scene", "transport", "hospital")
        }
        times["available"] = _utc_us(table, c.available, crosswalk)
        lon = pd.to_numeric(table[c.lon], errors="coerce").to_numpy(float)
        lat = pd.to_numeric(table[c.lat], errors="coerce").to_numpy(float)
        sequence = _numbers(table, c.sequence)
    except (ValueError, TypeError, OverflowError) as error:
        what = str(error).splitlines()[0]
        raise Problem("recommend.observed.unreadable", file=file, what=what) from error
    call, unit = _texts(table, c.call), _texts(table, c.unit)
    unit_type, kind = _texts(table, c.unit_type), _texts(table, c.type)
    address, area = _texts(table, c.address), _texts(table, c.area)
    priority = _first_filled(table, c.priority)
    als = _flags(table, c.als)
    usable = (
        np.isfinite(lon) & np.isfinite(lat) & (np.abs(lon) <= 180) & (np.abs(lat) <= 90)
        & (times["received"] >= 0) & (times["dispatched"] >= 0)
    )  # fmt: skip
    rows: dict[str, list[int]] = defaultdict(list)
    for i in np.flatnonzero(usable).tolist():
        if call[i] and unit[i]:
            rows[call[i]].append(i)
    told = {name: _optional(values) for name, values in times.items()}
    calls = []
    for call_id, members in rows.items():
        members.sort(key=lambda i: (int(sequence[i]), int(times["dispatched"][i]), unit[i]))
        first = members[0]
        type_id, level = crosswalk.call_of(kind[first], priority[first])
        units = tuple(
            RecordedUnit(
                unit_id=unit[i],
                unit_type=unit_type[i],
                sequence=place,
                dispatched_us=int(times["dispatched"][i]),
                en_route_us=told["en_route"][i],
                on_scene_us=told["on_scene"][i],
                transport_us=told["transport"][i],
                hospital_us=told["hospital"][i],
                available_us=told["available"][i],
                als=als[i],
            )
            for place, i in enumerate(members, 1)
        )
        calls.append(
            RecordedCall(
                call_id=call_id,
                received_us=min(int(times["received"][i]) for i in members),
                recorded_type=kind[first],
                priority=priority[first],
                type_id=type_id,
                level=level,
                point=Point(lon=float(lon[first]), lat=float(lat[first])),
                address=address[first],
                area=area[first],
                units=units,
            )
        )
    return tuple(sorted(calls, key=lambda made: (made.received_us, made.call_id)))


def stations_of(pack: Pack) -> dict[str, ObservedStation]:
    """The pack's fire stations by number, without leading zeros."""
    table = pack.table("places").select(["kind", "ref", "name", "lon_e7", "lat_e7"]).to_pylist()
    found: dict[str, ObservedStation] = {}
    for row in table:
        number = _number(row["ref"] or "")
        if row["kind"] == "fire_station" and number:
            found.setdefault(
                number,
                ObservedStation(
                    station_id=number,
                    name=row["name"] or number,
                    service="fire",
                    point=Point(lon=row["lon_e7"] / 1e7, lat=row["lat_e7"] / 1e7),
                ),
            )
    return found


def observed_agency(
    calls: Sequence[RecordedCall],
    crosswalk: Crosswalk,
    stations: Mapping[str, ObservedStation],
) -> ObservedFleet:
    """The fleet of a record: every unit seen, with kind, capabilities, crew and a home.

    A housed unit lives at the station whose number is in its id. Where the pack has no such
    station, the middle of the calls in the area of that number stands for it. Units that post
    dynamically are shared out over the stations in proportion to the calls of each station's
    area (highest averages, D'Hondt), kind by kind, so that their posts follow demand.
    A unit is ALS where its kind is, or where at least half of its runs were.
    """
    seen: dict[str, list[RecordedUnit]] = defaultdict(list)
    areas: dict[str, list[Point]] = defaultdict(list)
    for call in calls:
        areas[_number(call.area)].append(call.point)
        for unit in call.units:
            seen[unit.unit_id].append(unit)
    areas.pop("", None)
    homes = dict(stations)
    for number, points in areas.items():
        if number not in homes:
            homes[number] = ObservedStation(number, number, "fire", _middle(points))
    if not homes:
        homes["1"] = ObservedStation("1", "1", "fire", _middle([call.point for call in calls]))
    demand = {n: len(areas.get(n, ())) for n in homes}
    units, housed = [], set()
    posted: dict[str, Counter[str]] = defaultdict(Counter)
    for unit_id in sorted(seen):
        runs = seen[unit_id]
        recorded = Counter(run.unit_type for run in runs).most_common(1)[0][0]
        row = crosswalk.unit_of(recorded, unit_id)
        capabilities = list(row.capabilities)
        mostly_als = sum(run.als for run in runs) * 2 >= len(runs)
        if mostly_als and "bls" in capabilities and "als" not in capabilities:
            capabilities.append("als")
        station = homes.get(_number(unit_id)) if row.housed else None
        if station is not None:
            housed.add(unit_id)
        else:
            taken = posted[row.kind]
            number = max(homes, key=lambda n: (demand[n] / (taken[n] + 1), n))
            taken[number] += 1
            station = homes[number]
        units.append(
            Unit(
                unit_id=unit_id,
                kind=row.kind,
                service=row.service,
                label=unit_id,
                station_id=station.station_id,
                capabilities=tuple(capabilities),
                crew=row.crew,
                home=station.point,
            )
        )
    used = {unit.station_id for unit in units}
    return ObservedFleet(
        units=tuple(units),
        stations=tuple(homes[n] for n in sorted(used)),
        housed=frozenset(housed),
    )


def _number(text: str) -> str:
    match = _NUMBER.search(text.strip())
    return match.group(1).lstrip("0") if match else ""


def _middle(points: Iterable[Point]) -> Point:
    lonlat = np.array([(p.lon, p.lat) for p in points])
    lon, lat = np.median(lonlat, axis=0).tolist()
    return Point(lon=lon, lat=lat)


def _texts(table: pd.DataFrame, column: str) -> list[str]:
    if not column or column not in table.columns:
        return [""] * len(table)
    return [text.strip()[:200] for text in table[column].fillna("").astype(str).tolist()]


def _first_filled(table: pd.DataFrame, columns: Sequence[str]) -> list[str]:
    choices = [_texts(table, column) for column in columns] or [[""] * len(table)]
    return [next((text for text in row if text), "") for row in zip(*choices, strict=True)]


def _numbers(table: pd.DataFrame, column: str) -> NDArray[np.int64]:
    if not column or column not in table.columns:
        return np.ones(len(table), dtype=np.int64)
    values = pd.to_numeric(table[column], errors="coerce").to_numpy(float, na_value=np.nan)
    whole: NDArray[np.int64] = np.nan_to_num(values, nan=9999.0, posinf=9999.0).astype(np.int64)
    return whole


def _flags(table: pd.DataFrame, column: str) -> list[bool]:
    return [text.lower() in ("true", "1", "y", "yes") for text in _texts(table, column)]


def _utc_us(table: pd.DataFrame, column: str, crosswalk: Crosswalk) -> NDArray[np.int64]:
    """Microseconds UTC, -1 where there is none."""
    if not column or column not in table.columns:
        return np.full(len(table), -1, dtype=np.int64)
    times = pd.to_datetime(table[column], errors="coerce")
    if times.dt.tz is None:
        # The hour that exists twice in autumn is taken as the first one; nothing tells them apart.
        first = np.ones(len(times), dtype=bool)
        times = times.dt.tz_localize(crosswalk.zone, ambiguous=first, nonexistent="shift_forward")
    utc = times.dt.tz_convert("UTC").dt.tz_localize(None).astype("datetime64[us]")
    values: NDArray[np.int64] = np.array(utc.to_numpy("datetime64[us]")).astype(np.int64)
    values[values < 0] = -1  # a missing time is the least integer there is
    return values


def _optional(values: NDArray[np.int64]) -> list[int | None]:
    return [value if value >= 0 else None for value in values.tolist()]
