"""Calls per hour by place, hour of the week and type: the demand surface of an agency.

A type's calls follow where people sleep and where they work, mixed by the hour, and a curve of the
day and the week. The curves are figures of our own, of the order that published series show: a
trough at 5, a high plateau from 10 to 20, injuries and violence late and at week-ends,
collisions at the two rush hours.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from dispatch.region.city.plan import Floats, to_degrees
from dispatch.region.city.services import Zone

HOURS = 168
LEAST = 2e-5
"""Rates are rounded to this, calls per hour: a call in six years is not worth a row of its own."""

_SICK = (0.62, 0.54, 0.48, 0.44, 0.43, 0.48, 0.64, 0.86, 1.06, 1.22, 1.30, 1.30,
         1.26, 1.24, 1.22, 1.22, 1.24, 1.28, 1.32, 1.32, 1.28, 1.18, 1.00, 0.80)  # fmt: skip
_INJURY = (0.66, 0.54, 0.46, 0.38, 0.34, 0.40, 0.62, 0.92, 1.10, 1.18, 1.24, 1.28,
           1.30, 1.28, 1.30, 1.36, 1.40, 1.42, 1.38, 1.28, 1.16, 1.06, 0.96, 0.82)  # fmt: skip
_RUSH = (0.42, 0.34, 0.28, 0.24, 0.28, 0.44, 0.84, 1.42, 1.56, 1.16, 1.06, 1.12,
         1.20, 1.20, 1.26, 1.42, 1.62, 1.86, 1.66, 1.26, 1.00, 0.86, 0.72, 0.56)  # fmt: skip
_FIRE = (0.74, 0.62, 0.54, 0.48, 0.46, 0.50, 0.64, 0.84, 0.96, 1.04, 1.10, 1.18,
         1.22, 1.22, 1.22, 1.26, 1.32, 1.42, 1.48, 1.44, 1.30, 1.14, 0.98, 0.88)  # fmt: skip
_NIGHT = (1.42, 1.30, 1.12, 0.86, 0.58, 0.42, 0.38, 0.44, 0.56, 0.66, 0.76, 0.84,
          0.92, 0.96, 1.00, 1.06, 1.14, 1.24, 1.34, 1.42, 1.48, 1.52, 1.54, 1.52)  # fmt: skip
_EVEN_WEEK = (1.03, 1.0, 1.0, 1.0, 1.02, 0.98, 0.97)
_PARTY_WEEK = (0.88, 0.86, 0.88, 0.94, 1.14, 1.26, 1.04)
_WORK_WEEK = (1.02, 1.02, 1.03, 1.06, 1.14, 0.92, 0.81)


@dataclass(frozen=True, kw_only=True)
class Pattern:
    """When and where a type happens; `share` is its part of all calls before an agency's scale."""

    share: float
    day: tuple[float, ...]
    week: tuple[float, ...]
    by_day_at_work: float
    """Part of the day's calls that follow workplaces rather than homes."""


PATTERNS = {
    "unconscious": Pattern(share=0.085, day=_SICK, week=_EVEN_WEEK, by_day_at_work=0.35),
    "breathing": Pattern(share=0.105, day=_SICK, week=_EVEN_WEEK, by_day_at_work=0.15),
    "chest_pain": Pattern(share=0.105, day=_SICK, week=_EVEN_WEEK, by_day_at_work=0.25),
    "stroke": Pattern(share=0.035, day=_SICK, week=_EVEN_WEEK, by_day_at_work=0.2),
    "injury": Pattern(share=0.185, day=_INJURY, week=_PARTY_WEEK, by_day_at_work=0.4),
    "sick": Pattern(share=0.27, day=_SICK, week=_EVEN_WEEK, by_day_at_work=0.2),
    "fire": Pattern(share=0.04, day=_FIRE, week=_EVEN_WEEK, by_day_at_work=0.35),
    "hazard": Pattern(share=0.06, day=_FIRE, week=_EVEN_WEEK, by_day_at_work=0.5),
    "collision": Pattern(share=0.06, day=_RUSH, week=_WORK_WEEK, by_day_at_work=0.6),
    "violence": Pattern(share=0.055, day=_NIGHT, week=_PARTY_WEEK, by_day_at_work=0.45),
}


def curve(pattern: Pattern) -> Floats:
    """The 168 hours of a week from Monday 00, mean 1."""
    day, week = np.array(pattern.day), np.array(pattern.week)
    made = (week[:, None] * day[None, :]).ravel()
    return np.asarray(made / made.mean())


def at_work() -> Floats:
    """For each hour of the week, how much of the working day's displacement is in force, 0..1."""
    day = np.interp(np.arange(24), (6, 9, 17, 21), (0.0, 1.0, 1.0, 0.15))
    day[:6] = 0.0
    week = np.array((1.0, 1.0, 1.0, 1.0, 1.0, 0.45, 0.3))
    return np.asarray((week[:, None] * day[None, :]).ravel())


def demand_table(zones: list[Zone], calls_per_hour: float, scale: dict[str, float]) -> pa.Table:
    """The rows of `demand.parquet`, sorted by type, zone and hour; `level` is null: all levels.

    `calls_per_hour` is the mean of the week over everything; `scale` raises or lowers a type.
    """
    people = np.array([z.people for z in zones])
    workers = np.array([z.workers for z in zones])
    people, workers = people / people.sum(), workers / workers.sum()
    places = np.rint(to_degrees(np.array([(z.x, z.y) for z in zones])) * 1e7).astype(np.int32)
    shares = {t: p.share * scale.get(t, 1.0) for t, p in PATTERNS.items()}
    total = sum(shares.values())
    work = at_work()
    columns: dict[str, list[npt.NDArray[Any]]] = {k: [] for k in ("zone", "hour", "type", "rate")}
    for index, (type_id, pattern) in enumerate(PATTERNS.items()):
        away = (pattern.by_day_at_work * work)[None, :]
        where = people[:, None] * (1.0 - away) + workers[:, None] * away
        rate = calls_per_hour * shares[type_id] / total * where * curve(pattern)[None, :]
        rounded = np.rint(rate / LEAST)
        zone, hour = np.nonzero(rounded)
        columns["zone"].append(zone)
        columns["hour"].append(hour)
        columns["type"].append(np.full(len(zone), index))
        columns["rate"].append(rounded[zone, hour] * LEAST)
    zone = np.concatenate(columns["zone"])
    ids = np.array([z.zone_id for z in zones], dtype=np.int64)
    population = np.array([round(z.people) for z in zones], dtype=np.int64)
    types = pa.DictionaryArray.from_arrays(
        pa.array(np.concatenate(columns["type"]).astype(np.int8)), pa.array(list(PATTERNS))
    )
    return pa.table(
        {
            "zone_id": ids[zone],
            "lon_e7": places[zone, 0],
            "lat_e7": places[zone, 1],
            "hour": np.concatenate(columns["hour"]).astype(np.int16),
            "type_id": types.cast(pa.string()),
            "level": pa.nulls(len(zone), pa.string()),
            "calls_per_hour": np.round(np.concatenate(columns["rate"]), 7),
            "population": population[zone],
        }
    )
