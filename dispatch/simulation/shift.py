"""A simulated shift: callers of a seeded city, forever, in order of time."""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from dispatch.domain.call import CallerScript
from dispatch.domain.value import Point
from dispatch.severity.generator import Case, CaseGenerator
from dispatch.simulation.addresses import Door, Doors
from dispatch.simulation.demand import Demand
from dispatch.simulation.planned import PlannedCall
from dispatch.simulation.streams import lognormal_s, stream
from dispatch.simulation.times import Times

SECOND_CALLERS = {"fire": 0.35, "collision": 0.4, "hazard": 0.1, "violence": 0.15, "injury": 0.08}
"""Share of events that a second person reports, by type."""
STATEMENTS = 3
"""First sentences per type in the catalogue (`simulation.says.<type>.<1..n>`)."""
SCATTER_M = 350.0
NUMBER_RANGE = (1_000_000, 9_999_999)


def shift_calls(
    demand: Demand,
    doors: Doors,
    cases: CaseGenerator,
    times: Times,
    languages: tuple[str, ...],
    seed: int,
    start_us: int,
) -> Iterator[PlannedCall]:
    """Calls by thinning a Poisson process at the week's peak rate (Lewis and Shedler, 1979)."""
    arrivals = stream(seed, "arrival")
    peak_per_us = demand.peak / 3.6e9
    later: list[tuple[int, int, PlannedCall]] = []
    t_us, count = start_us, 0
    while True:
        t_us += max(1, round(arrivals.exponential(1 / peak_per_us)))
        if arrivals.random() * demand.peak > demand.rate_at(t_us):
            continue
        while later and later[0][0] <= t_us:
            yield heapq.heappop(later)[2]
        count += 1
        call = _call(demand, doors, cases, times, languages, seed, count, t_us)
        again = _second_caller(call, times, doors, seed, count)
        if again is not None:
            heapq.heappush(later, (again.t_us, count, again))
        yield call


def _call(
    demand: Demand,
    doors: Doors,
    cases: CaseGenerator,
    times: Times,
    languages: tuple[str, ...],
    seed: int,
    count: int,
    t_us: int,
) -> PlannedCall:
    rng = stream(seed, "caller", count)
    where = demand.where(rng, t_us)
    door = _scattered(doors, where.lon, where.lat, rng)
    known = where.type_id is not None and where.type_id in cases.type_mix
    case = cases.draw_case(rng, type_id=where.type_id if known else None)
    mobile = bool(rng.random() < 0.8)
    return PlannedCall(
        t_us=t_us,
        call_id=f"call-{count:05d}",
        line="mobile" if mobile else "landline",
        number=f"+0 555 {rng.integers(*NUMBER_RANGE)}",
        language=languages[int(rng.integers(len(languages)))],
        where=_line_shows(door, mobile, rng),
        accuracy_m=float(round(rng.uniform(15, 300))) if mobile else 0.0,
        script=_script(case, door, rng),
        truth_type=case.type_id,
        truth_level=case.level_true,
        truth_point=door.point,
        patience_s=lognormal_s(rng, times.patience.median_s, times.patience.sigma),
        talk_s=lognormal_s(rng, times.talk.median_s, times.talk.sigma),
    )


def _scattered(doors: Doors, lon: float, lat: float, rng: np.random.Generator) -> Door:
    north = rng.normal(0, SCATTER_M) / 110_574
    east = rng.normal(0, SCATTER_M) / (111_320 * math.cos(math.radians(lat)))
    return doors.near(lon + east, lat + north)


def _line_shows(door: Door, mobile: bool, rng: np.random.Generator) -> Point | None:
    """A landline shows its address; a mobile's circle is off by up to some hundred metres."""
    if not mobile:
        return door.point
    if rng.random() < 0.15:
        return None
    return Point(
        lon=door.point.lon + float(rng.normal(0, 60)) / 70_000,
        lat=door.point.lat + float(rng.normal(0, 60)) / 110_574,
    )


def _script(case: Case, door: Door, rng: np.random.Generator) -> CallerScript:
    which = int(rng.integers(STATEMENTS)) + 1
    return CallerScript(
        statement=f"simulation.says.{case.type_id}.{which}",
        answers=dict(case.answers),
        address=door.said,
    )


def _second_caller(
    call: PlannedCall, times: Times, doors: Doors, seed: int, count: int
) -> PlannedCall | None:
    """Somebody else who saw the same, a minute or three later and some doors away."""
    rng = stream(seed, "second", count)
    if rng.random() >= SECOND_CALLERS.get(call.truth_type, 0.03):
        return None
    lon = call.truth_point.lon + float(rng.normal(0, 40)) / 70_000
    lat = call.truth_point.lat + float(rng.normal(0, 40)) / 110_574
    door = doors.near(lon, lat)
    unsure = {q: a for q, a in call.script.answers.items() if rng.random() < 0.7}
    return replace(
        call,
        t_us=call.t_us + round(rng.uniform(40, 200) * 1e6),
        call_id=f"{call.call_id}-b",
        number=f"+0 555 {rng.integers(*NUMBER_RANGE)}",
        where=door.point,
        accuracy_m=50.0,
        script=CallerScript(statement=call.script.statement, answers=unsure, address=door.said),
        same_as_call=call.call_id,
        patience_s=lognormal_s(rng, times.patience.median_s, times.patience.sigma),
        talk_s=lognormal_s(rng, times.talk.median_s, times.talk.sigma) / 2,
    )
